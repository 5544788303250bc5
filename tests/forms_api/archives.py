"""Closed cases for tests of what is kept and deleted: made through the steps of staff, with files and notes."""

from __future__ import annotations

from datetime import date, timedelta

from forms_api import casework
from forms_api.office import Entry
from forms_api.purging import Purged, purge_due
from forms_api.shelves import tell_entered
from forms_api.storage import Change, EntryChange
from forms_api.storage.files import FolderFiles
from tests.forms_api.office_desk import STAFF, UNIT, OfficeDesk

REFUSED = {"reason": "not_eligible", "note": "不符合条件。"}


def refuse(desk: OfficeDesk, form: str = "hardship", **answers: object) -> str:
    """Hand in an application and let it be refused."""
    reference = desk.apply_for(form, **answers)
    desk.act("reviewer", reference, "refuse", **REFUSED)
    return reference


def admit(desk: OfficeDesk, **answers: object) -> str:
    """Let somebody be admitted to the union, all the way to the end."""
    reference = desk.apply_for("membership", **answers)
    for who, action in (("unit", "endorse"), ("approver", "approve"), ("unit", "finish")):
        desk.act(who, reference, action)
    return reference


def note(desk: OfficeDesk, reference: str) -> None:
    """Keep an internal note on a case."""
    casework.add_note(desk.office, STAFF["reviewer"], reference, "核对过来电记录。")


def put(
    desk: OfficeDesk,
    register: str,
    owner: str | None,
    state: str,
    *,
    id_number: str = "",
    kind: str = "id_number",
    due: date | None = None,
) -> Entry:
    """Put an entry into a register, as whoever keeps that register would."""
    office = desk.office
    entry = Entry(office.new_id(), register, UNIT, state, desk.now, office.seal({}, "x"), due=due, owner=owner)
    keys = {kind: office.blind_number("id_number", id_number)} if id_number else {}
    events = (tell_entered(entry, "put", "clerk", keys=keys),)
    office.store.change(Change(events=events, entries=(EntryChange(entry, keys),)))
    return entry


def purge(desk: OfficeDesk, *, dry: bool = False, **later: float) -> Purged:
    """Let time pass and delete what is due."""
    desk.now += timedelta(**later)
    return purge_due(desk.office.store, FolderFiles(desk.files), desk.now, dry=dry)


def gone(done: Purged) -> list[str]:
    """Return the references of what went."""
    return [one.case.reference for one in done.gone]
