"""Memberships as entries of the register: how one is filed and found, begun and changed. Rights are asked before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from forms_api import shelves
from forms_api.back_office import Office
from forms_api.office import Entry, Keys
from forms_api.registers.members import (
    IN_THE_COUNTY,
    REGISTER,
    Given,
    Membership,
    admit,
    find_due,
    move,
    readmit,
)
from forms_api.shelves import Filing, Written
from forms_api.workflow import StepStopped

SOLE = frozenset({"id_number", "number"})
PREFIX = "YX"


def refuse_double(office: Office, id_number: str) -> Entry | None:
    """Raise StepStopped, naming the union, if a person is a member already; return the entry of one who has left."""
    entry = shelves.find_person(office, REGISTER, id_number)
    if entry and entry.state in IN_THE_COUNTY:
        raise StepStopped("need", shelves.tell_taken(office, entry))
    return entry


def enrol(
    office: Office,
    answers: Mapping[str, Any],
    union: str,
    day: date,
    staff: str,
    *,
    place: str = "",
    case_id: str | None = None,
    taken: set[str] | None = None,
) -> Written:
    """Return the entry of a person who becomes a member, again or for the first time. Raises StepStopped.

    `taken` are the member numbers that others of the same change get; this one is added.
    """
    former = refuse_double(office, str(answers.get("id_number") or ""))
    if former:
        record = readmit(shelves.read(office, former, Membership), answers, day, staff, union)
        return _file(office, former, record, "readmit", union, "active", staff, case_id)
    record = admit(answers, shelves.draw_number(office, REGISTER, PREFIX, day, taken), day, staff, union, place=place)
    filing = Filing(
        "admit", union, "active", owner=case_id, keys=_list_keys(office, record), sole=SOLE, case_id=case_id
    )
    return shelves.start(office, REGISTER, record, filing, staff)


def change(
    office: Office,
    entry: Entry,
    given: Given,
    staff: str,
    *,
    corrected: Mapping[str, str] | None = None,
    case_id: str | None = None,
) -> Written:
    """Return an entry after something happened to the membership. Raises StepStopped."""
    record = shelves.read(office, entry, Membership)
    after, state, union = move(record, entry.state, entry.union, given, office.today(), staff)
    if corrected:
        after = after.model_copy(update=dict(corrected))
    return _file(office, entry, after, given.act, union, state, staff, case_id)


def _file(
    office: Office, entry: Entry, record: Membership, act: str, union: str, state: str, staff: str, case_id: str | None
) -> Written:
    filing = Filing(
        act, union, state, find_due(record) if state == "active" else None, entry.owner or case_id,
        _list_keys(office, record), SOLE, case_id,
    )  # fmt: skip
    return shelves.follow(office, entry, record, filing, staff)


def _list_keys(office: Office, record: Membership) -> Keys:
    keys = {
        "id_number": office.blind_number("id_number", record.id_number),
        "number": office.blind_number("number", record.number),
        "name": office.blind_name(record.full_name),
        "worker_kind": office.keyring.blind("worker_kind", record.worker_kind),
        "month": office.keyring.blind("month", f"{record.admitted_on:%Y-%m}"),
    }
    return keys | ({"mobile": office.blind_number("mobile", record.mobile)} if record.mobile else {})
