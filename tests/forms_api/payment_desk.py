"""An office with cases whose files are in force, ready to be paid; and the answers of a bank."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from forms_api.office import Entry
from forms_api.registers.payments import to_yuan
from forms_api.spreadsheets import write_csv
from forms_api.storage import Change, EntryChange
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.office_desk import STAFF, UNIT, OfficeDesk

CLERK, CASHIER = STAFF["clerk"], STAFF["cashier"]


def put(desk: OfficeDesk, register: str, owner: str, state: str, **more: object) -> str:
    """Keep an entry of a register that nobody opens and return its id."""
    office = desk.office
    entry = Entry(office.new_id(), register, UNIT, state, desk.now, b"", owner=owner)
    office.store.change(Change(entries=(EntryChange(replace(entry, **more)),)))
    return entry.id


def bring_to_file(desk: OfficeDesk, household: str = "", form: str = "hardship", **answers: object) -> tuple[str, str]:
    """Bring a case as far as 已建档 and return its reference and its household, a new one where none is given."""
    reference = desk.apply_for(form, **answers)
    case_id = desk.find(reference).id
    desk.act("unit", reference, "accept")
    desk.act("unit", reference, "first_review")
    put(desk, "visit", case_id, "recorded")
    desk.act("unit", reference, "visit")
    desk.act("reviewer", reference, "review")
    put(desk, "publicity", case_id, "running", due=desk.now.date())
    desk.act("clerk", reference, "publish")
    desk.wait(days=1)
    desk.act("clerk", reference, "end_notice")
    desk.act("approver", reference, "approve")
    household = household or put(desk, "household", case_id, "in_force")
    work = desk.office.store.find_work(case_id)
    assert work
    desk.office.store.change(Change(work=replace(work, household=household)))
    desk.act("clerk", reference, "file")
    return reference, household


def reopen(desk: OfficeDesk, path: Path, folder: Path) -> OfficeDesk:
    """Return an office on a copy of a store."""
    shutil.copy(path, folder / "cases.db")
    store = SqliteStore(folder / "cases.db")
    copy = replace(desk, now=desk.now)
    copy.office = replace(desk.office, store=store, clock=lambda: copy.now)
    copy.intake = replace(desk.intake, store=store, clock=lambda: copy.now)
    return copy


def write_return(answers: Mapping[str, tuple[int, str]]) -> bytes:
    """Return a bank's file: reference → (fen, what it says)."""
    rows = [(reference, to_yuan(fen), *result.partition("：")[::2]) for reference, (fen, result) in answers.items()]
    return write_csv(("受理编号", "金额", "结果", "原因"), rows)
