"""What the service does by itself with 公示 on the site: who is no longer in it comes off the list, and its outcome is told.

A worker who takes an application back during the 公示 has no reason to be named any longer (PIPL art. 47), and a case that
was refused or is reviewed anew is no longer 拟帮扶. Killed at any point it may be run again: what is on the server tells how
far it came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from forms_api.back_office import Office
from forms_api.content_clone import ContentClone, Make, PathTaken
from forms_api.listings import (
    Notice,
    file_entry,
    list_notices,
    list_open,
    name_listing,
    save_notice,
    write_message,
)
from forms_api.model import SYSTEM, Case, NewEvent, Value
from forms_api.office import Entry, EntryQuery, WorkQuery
from forms_api.publication import FIGURES, Draft, find_moment, write_notice, write_result, write_withdrawn
from forms_api.shelves import Written
from forms_api.storage import Change

ALL_LEFT = "名单里的申请都撤回了或者退回重新审核"
Leaver = tuple[Case, Entry]
"""A case that stands in a list and should not, and the entry that says that it stands there."""


def keep_notices(office: Office, clone: ContentClone) -> int:
    """Bring the lists on the site up to what the office knows, and return how many files changed. The keys must be unlocked.

    Raises PushRefused, CannotPush, PathTaken (somebody else changed the file of a list); then the rest waits for the next run.
    """
    changed = 0
    for notice, leavers in list_left(office):
        _strike(office, clone, notice, leavers)
        changed += 1
    for notice in _list_untold(office):
        _tell_result(office, clone, notice)
        changed += 1
    return changed


def list_left(office: Office) -> list[tuple[Notice, list[Leaver]]]:
    """Return the running notices that name somebody whose case is no longer in its 公示, and these cases."""
    found = ((notice, list(_find_leavers(office, notice))) for notice in list_open(office, "running"))
    return [(notice, leavers) for notice, leavers in found if leavers]


def _find_leavers(office: Office, notice: Notice) -> Iterator[Leaver]:
    for reference in notice.references:
        case = office.store.find_case(reference)
        entry = office.store.find_entry(name_listing(notice.id, case.id)) if case else None
        if case and entry and entry.state == "running" and case.state != "public_notice":
            yield case, entry


# --- off the list -----------------------------------------------------------------------------------------


def _strike(office: Office, clone: ContentClone, notice: Notice, leavers: list[Leaver]) -> None:
    """Take cases off a list on the site, and the whole list down where nobody is left in it."""
    gone = {case.reference for case, _ in leavers}
    left = replace(
        notice,
        references=tuple(one for one in notice.references if one not in gone),
        rows=tuple(row for row in notice.rows if row.reference not in gone),
    )
    file, commit = notice.file, notice.commit
    if file:
        new = _write_anew(office, left, file) if left.rows else None
        make = _put_in_place(file.text, new.text) if new else _take_down(office.today())
        commit = clone.change(file.path, make, write_message(f"更新{file.title}：有申请退出", notice))
        left = replace(left, file=new or file)
    left = replace(left, commit=commit, state="running" if left.rows else "withdrawn")
    text = left.file.text if left.file else ""
    told: dict[str, Value] = {
        "notice": notice.id, "commit": commit, "content": hashlib.sha256(text.encode()).hexdigest(), "cases": len(left.rows),
    }  # fmt: skip
    listings = [_end_listing(office, entry, case.id) for case, entry in leavers]
    _store(office, "publicity_struck", told, save_notice(office, left, "struck", ""), *listings)


def _write_anew(office: Office, notice: Notice, file: Draft) -> Draft:
    """Return the file of a list with the rows that are left, as of the moment when it was published."""
    moment = find_moment(file.text)
    figures = office.bundle.figures(FIGURES, moment.date())
    assert figures is not None  # noqa: S101 - it was published by these
    form, bundle = office.bundle.forms[notice.form], office.bundle
    number = int(file.id.rpartition("-")[2])
    return write_notice(form, notice.rows, bundle.site, figures, bundle.calendar, moment, number)


def _put_in_place(old: str, new: str) -> Make:
    def make(there: str | None) -> str:
        if there is None or "\nstatus: withdrawn\n" in there:
            return there or ""
        if there not in (old, new):
            raise PathTaken("有人在网站上改过这份名单，没有自动更新。请撤下它，重新公示。")
        return new

    return make


def _take_down(today: date) -> Make:
    def make(there: str | None) -> str:
        if there is None or "\nstatus: withdrawn\n" in there:
            return there or ""
        return write_withdrawn(there, today, ALL_LEFT)

    return make


def _end_listing(office: Office, entry: Entry, case_id: str) -> Written:
    down = replace(entry, state="withdrawn", version=entry.version + 1, updated_at=office.clock())
    return file_entry(down, "withdrawn", "", case_id)


# --- the outcome ------------------------------------------------------------------------------------------


def _list_untold(office: Office) -> list[Notice]:
    """Return the notices that ended and whose outcome does not stand on the site yet."""
    entries, _ = office.store.list_entries(EntryQuery("notice", states=("ended",), due_by=office.today()))
    wanted = {entry.id for entry in entries}
    return [one for one in list_notices(office, "ended", size=max(len(wanted), 1))[0] if one.id in wanted]


def _tell_result(office: Office, clone: ContentClone, notice: Notice) -> None:
    """Write under a list that ended how it ended, unless an editor has done so."""
    words = tell_outcome(office, notice)
    file, commit = notice.file, notice.commit
    if file:
        message = write_message(f"{file.title}：{words}", notice)
        commit = clone.change(file.path, lambda there: write_result(there or "", words), message)
    told: dict[str, Value] = {"notice": notice.id, "commit": commit}
    kept = save_notice(office, replace(notice, commit=commit, result=words), "told", "")
    _store(office, "publicity_told", told, kept)


def tell_outcome(office: Office, notice: Notice) -> str:
    """Return how a 公示 ended, in a sentence for the public."""
    owners = (office.store.find_case(reference) for reference in notice.references)
    subjects = {notice.id, *(case.id for case in owners if case)}
    about = {case.id for one in sorted(subjects) for case, _ in office.store.list_work(WorkQuery(about=one))[0]}
    return f"公示期满，收到异议{len(about)}件，都已查清答复。" if about else "公示期满，无异议。"


def _store(office: Office, kind: str, data: dict[str, Value], *written: Written) -> None:
    event = NewEvent(kind, office.clock(), SYSTEM, data)
    office.store.change(Change((event, *(one.event for one in written)), entries=tuple(one.change for one in written)))
