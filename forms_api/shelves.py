"""Entries of registers: opened, sealed, written with their event, found by number. Rights are asked before, by whoever acts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from pydantic import BaseModel

from forms_api.back_office import Office
from forms_api.identifiers import mask_name
from forms_api.model import SYSTEM, Actor, NewEvent, Value
from forms_api.office import Entry, EntryQuery, Keys, digest_entry, list_rows
from forms_api.registers import households, members
from forms_api.storage import Change, EntryChange, KeyTaken
from forms_api.workflow import StepStopped

Record = TypeVar("Record", bound=BaseModel)
ALL_AT_ONCE = 500
DRAWS = 100


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be written of an entry, and the event of it."""

    change: EntryChange
    event: NewEvent

    @property
    def entry(self) -> Entry:
        """Return the entry as it will stand."""
        return self.change.entry


@dataclass(frozen=True, slots=True)
class Filing:
    """How an entry is filed: by which act, where it stands, until when, for whom, found by what."""

    act: str
    union: str
    state: str
    due: date | None = None
    owner: str | None = None
    keys: Keys = field(default_factory=dict)
    sole: frozenset[str] = frozenset()
    case_id: str | None = None
    """The case whose history shows it, too."""


def start(office: Office, register: str, record: BaseModel, filing: Filing, staff: str) -> Written:
    """Return a new entry, to be written."""
    return _write(
        office, Entry(office.new_id(), register, "", "", office.clock(), b"", version=0), record, filing, staff
    )


def follow(office: Office, entry: Entry, record: BaseModel, filing: Filing, staff: str) -> Written:
    """Return an entry as it is to stand after the one in the store."""
    return _write(office, entry, record, filing, staff)


def read(office: Office, entry: Entry, model: type[Record]) -> Record:
    """Return what an entry holds, opened. Raises what the keyring and the opener raise."""
    return model.model_validate(office.open_data(entry.sealed, _name(entry)))


def list_all(office: Office, query: EntryQuery) -> Iterator[Entry]:
    """Yield every entry that is asked for, page by page."""
    page = 1
    while found := office.store.list_entries(replace(query, page=page, size=ALL_AT_ONCE))[0]:
        yield from found
        page += 1


def find_person(office: Office, register: str, id_number: str) -> Entry | None:
    """Return the entry that a person with an ID number stands in, wherever in the county."""
    ids = office.store.find_keyed(register, "id_number", office.blind_number("id_number", id_number))
    return next((entry for one in sorted(ids) if (entry := office.store.find_entry(one))), None)


def draw_number(office: Office, register: str, prefix: str, day: date, taken: set[str] | None = None) -> str:
    """Return a number that no entry of a register has, nor any of `taken`, and add it there: prefix, year, six digits."""
    drawn: set[str] = set() if taken is None else taken
    for _ in range(DRAWS):
        number = f"{prefix}-{day.year}-{int.from_bytes(office.random(8)) % 10**6:06d}"
        known = office.store.find_keyed(register, "number", office.blind_number("number", number))
        if number not in drawn and not known:
            drawn.add(number)
            return number
    raise RuntimeError("no number is free")


def keep(office: Office, change: Change) -> None:
    """Write a change. Raises StepStopped where a person already stands in another entry, CaseChanged, EntryChanged."""
    try:
        office.store.change(change)
    except KeyTaken as taken:
        entry = office.store.find_entry(taken.entry_id)
        raise StepStopped(
            "need", tell_taken(office, entry) if entry else "刚刚有人登记了同一个人。请刷新页面再看。"
        ) from taken


def tell_taken(office: Office, entry: Entry) -> str:
    """Return the sentence that says where a person stands already."""
    union = office.tree.title(entry.union)
    if entry.register == households.REGISTER:
        file = read(office, entry, households.Household)
        who = mask_name(file.people[0].name)
        return f"这一家已经有人在{union}的档案里（{file.number}，申请人{who}）。一户只建一份档案，请关联到那一份，或者先办销档。"
    number = read(office, entry, members.Membership).number
    return f"这个证件号码已经是{union}的会员（{number}），不用再入会。换了单位的，请办会籍转接。"


def _write(office: Office, before: Entry, record: BaseModel, filing: Filing, staff: str) -> Written:
    entry = replace(
        before,
        union=filing.union,
        state=filing.state,
        updated_at=office.clock(),
        sealed=office.seal(record.model_dump(mode="json"), _name(before)),
        version=before.version + 1,
        due=filing.due,
        owner=filing.owner,
    )
    return Written(
        EntryChange(entry, filing.keys, filing.sole),
        tell_entered(entry, filing.act, staff, filing.case_id, filing.keys),
    )


def tell_entered(entry: Entry, act: str, staff: str, case_id: str | None = None, keys: Keys | None = None) -> NewEvent:
    """Return the event of an entry that is written: its digest holds the entry, and what it is found by, to the chain.

    Without a member of staff it is the service that writes.
    """
    data: dict[str, Value] = {
        "register": entry.register, "entry": entry.id, "act": act, "version": entry.version,
        "sum": digest_entry(entry, list_rows(entry.register, keys or {})),
    }  # fmt: skip
    return NewEvent("entered", entry.updated_at, Actor("staff", staff) if staff else SYSTEM, data, case_id)


def _name(entry: Entry) -> str:
    return f"entry:{entry.id}"
