"""公示 as the office keeps them: proposed, signed, on the site, ended or taken down; and which one an objection is about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from forms_api.back_office import Office
from forms_api.office import Entry, EntryQuery
from forms_api.publication import Draft, Row
from forms_api.references import BadReference, parse_reference
from forms_api.shelves import Written, tell_entered
from forms_api.storage import EntryChange

NOTICE, PUBLICITY = "notice", "publicity"
"""The register of notices, and that of the cases in them (owner: the case; due: the last day)."""
STATES = {
    "proposed": "待签发",
    "signed": "待发布",
    "publishing": "正在发布",
    "running": "公示中",
    "ended": "公示期满",
    "withdrawn": "已撤下",
    "dropped": "已作废",
}
OPEN = ("proposed", "signed", "publishing", "running")


class NoSuchNotice(Exception):
    """There is no notice of that id."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One 公示: its cases and masked rows, who proposed, reviewed and signed it, and its file once that is fixed."""

    id: str
    state: str
    form: str
    references: tuple[str, ...]
    rows: tuple[Row, ...]
    proposer: str
    reviewers: tuple[str, ...]
    signer: str = ""
    file: Draft | None = None
    commit: str = ""
    report: tuple[str, ...] = ()
    """What the check or the hook said when it refused the last attempt."""
    version: int = 0
    result: str = ""
    """How it ended, once that stands on the site."""

    @property
    def due(self) -> date | None:
        """Return the last day."""
        return self.file.due if self.file else None


def save_notice(office: Office, notice: Notice, act: str, staff: str) -> Written:
    """Return the entry that keeps a notice as it stands now, to be written."""
    data = asdict(notice)
    if notice.file:
        data["file"] |= {"start": notice.file.start.isoformat(), "due": notice.file.due.isoformat()}
    for name in ("id", "state", "version"):
        del data[name]
    sealed = office.seal(data, f"notice:{notice.id}")
    due = notice.due if notice.state in ("publishing", "running") or _is_untold(notice) else None
    union, now = office.tree.county, office.clock()
    return file_entry(Entry(notice.id, NOTICE, union, notice.state, now, sealed, notice.version + 1, due), act, staff)


def _is_untold(notice: Notice) -> bool:
    """Tell whether a notice ended and its outcome does not stand on the site yet."""
    return notice.state == "ended" and not notice.result


def write_message(title: str, notice: Notice) -> str:
    """Return the message of a commit for a notice, with those who answer for it as the site's gate demands."""
    words = [f"Reviewed-by: {one}" for one in notice.reviewers] + [f"Approved-by: {notice.signer}"]
    return f"{title}\n\n" + "\n".join(words) + "\n"


def file_entry(entry: Entry, act: str, staff: str, case_id: str | None = None) -> Written:
    """Return an entry and its event, to be written."""
    return Written(EntryChange(entry), tell_entered(entry, act, staff, case_id))


def find_notice(office: Office, notice_id: str) -> Notice:
    """Return a notice. Raises NoSuchNotice, and what the keyring and the opener raise."""
    entry = office.store.find_entry(notice_id)
    if entry is None or entry.register != NOTICE:
        raise NoSuchNotice(notice_id)
    return _read(office, entry)


def list_notices(office: Office, *states: str, page: int = 1, size: int = 30) -> tuple[list[Notice], int]:
    """Return notices in some states (none: in all), those that end first before the others, and how many there are."""
    entries, total = office.store.list_entries(EntryQuery(NOTICE, states=states, page=page, size=size))
    return [_read(office, entry) for entry in entries], total


def list_open(office: Office, *states: str) -> Iterator[Notice]:
    """Yield all notices in some states (none: in those that are not over)."""
    page = 1
    while True:
        found, total = list_notices(office, *(states or OPEN), page=page, size=100)
        yield from found
        if page * 100 >= total:
            return
        page += 1


def name_listing(notice_id: str, case_id: str) -> str:
    """Return the id of the entry that says that a case stands in a notice."""
    return f"{notice_id}:{case_id}"


def find_listing_notice(entry_id: str) -> str:
    """Return the notice that such an entry belongs to."""
    return entry_id.partition(":")[0]


def _read(office: Office, entry: Entry) -> Notice:
    data = office.open_data(entry.sealed, f"notice:{entry.id}")
    file = data.pop("file")
    rows = tuple(Row(one["reference"], tuple(one["cells"]), one["deed"]) for one in data.pop("rows"))
    made = Notice(
        entry.id, entry.state, rows=rows, version=entry.version, **{key: _freeze(one) for key, one in data.items()}
    )
    if file is None:
        return made
    days = {name: date.fromisoformat(file[name]) for name in ("start", "due")}
    return replace(made, file=Draft(**(file | days)))


def _freeze(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# --- objections ---------------------------------------------------------------------------------------

OBJECTION = "objection"
_REFERENCE = re.compile(r"[A-Z]{1,4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")
_LOOSE = re.compile(r"[\s《》“”\"（）()]+")


def find_subject(office: Office, form: str, answers: Mapping[str, Any]) -> str | None:
    """Return what an objection is about: a case that it names by its reference, else the running 公示 that it names."""
    if form != OBJECTION:
        return None
    told = unicodedata.normalize(
        "NFKC", " ".join(str(answers.get(name) or "") for name in ("about", "notice", "story"))
    )
    for found in _REFERENCE.findall(told.upper()):
        if case_id := _find_case(office, found):
            return case_id
    named = _LOOSE.sub("", unicodedata.normalize("NFKC", str(answers.get("notice") or "")))
    for notice in list_open(office, "running"):
        if notice.file and (notice.file.id in told or _is_named(notice.file.title, named)):
            return notice.id
    return None


def _find_case(office: Office, reference: str) -> str | None:
    try:
        case = office.store.find_case(parse_reference(reference, reference.partition("-")[0]))
    except BadReference:
        return None
    return case.id if case and case.form != OBJECTION else None


def _is_named(title: str, named: str) -> bool:
    plain = _LOOSE.sub("", unicodedata.normalize("NFKC", title))
    return len(named) > 5 and (named in plain or plain in named)
