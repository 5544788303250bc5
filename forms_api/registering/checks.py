"""What staff do with checks: draw a sample, judge what was drawn, record a household outside, tell the six rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from forms_api import shelves
from forms_api.back_office import Member, Office
from forms_api.model import Actor, NewEvent, Value
from forms_api.office import Entry, EntryQuery
from forms_api.registering.rights import REVIEWERS, find, narrow, require, require_county, require_union
from forms_api.registers import households
from forms_api.registers.checks import (
    CHECK_DAYS,
    REGISTER,
    Check,
    Finding,
    Rate,
    count_rates,
    count_wanted,
    draw,
    judge,
)
from forms_api.registers.households import Household
from forms_api.shelves import Filing, Written
from forms_api.storage import Change
from forms_api.workflow import StepStopped

MOST = 200
SOURCES = {"file": ("in_force",), "exit": ("followed", "closed")}
"""What is drawn → the states of the files that it is drawn from."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One check in a list; `union` is the one that is to judge."""

    entry: Entry
    record: Check
    union: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the checks of a year stand: files in force, those checked, those still wanted, the six rates."""

    files: int
    checked: int
    wanted: int
    rates: tuple[Rate, ...]


def draw_sample(
    office: Office, member: Member, target: str, count: int, *, by_union: str = "", union: str = ""
) -> tuple[int, int]:
    """Draw files at random and return how many, and the seed. `by_union`: a cross check by that union, of others' files.

    Files whose check is still open are passed over. The event keeps the seed and how many there were to draw from.
    """
    require(member, REVIEWERS, "抽查")
    require_county(office, member, "抽查")
    if by_union:
        require_union(office, member, by_union)
    if not 1 <= count <= MOST or target not in SOURCES:
        raise StepStopped("missing", f"请写抽多少份，一次最多 {MOST} 份。")
    open_ones = {one.owner for one in shelves.list_all(office, EntryQuery(REGISTER, states=("drawn",)))}
    own = office.tree.below(by_union) if by_union else frozenset[str]()
    found = {
        one.id: one
        for one in shelves.list_all(
            office, EntryQuery(households.REGISTER, narrow(office, member, union), SOURCES[target])
        )
        if one.id not in open_ones and one.union not in own and _left_in_force(office, one, target)
    }
    seed = int.from_bytes(office.random(4))
    drawn = [found[one] for one in draw(found, count, seed)]
    if not drawn:
        raise StepStopped("need", "没有可以抽的档案。请换一个范围，或者先把已经抽出的核查完。")
    written = [_file_drawn(office, member, one, target, by_union) for one in drawn]
    data: dict[str, Value] = {"register": REGISTER, "seed": seed, "of": len(found), "count": len(drawn)}
    event = NewEvent("drawn", office.clock(), Actor("staff", member.id), data)
    events = (event, *(one.event for one in written))
    shelves.keep(office, Change(events=events, entries=tuple(one.change for one in written)))
    return len(drawn), seed


def judge_check(office: Office, member: Member, entry_id: str, finding: Finding) -> Entry:
    """Keep what was found about a drawn file. Raises NoSuchEntry, StepStopped: not by whoever had a hand in the file."""
    entry = find(office, member, REGISTER, entry_id)
    require(member, REVIEWERS, "核查")
    record = shelves.read(office, entry, Check)
    after = judge(record, finding, office.today(), member.id, find_involved(office, record.household))
    written = shelves.follow(office, entry, after, Filing("judge", entry.union, "judged", owner=entry.owner), member.id)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def record_outside(office: Office, member: Member, union: str, finding: Finding) -> Entry:
    """Keep what was found at a household that has no file; no name is kept. Raises StepStopped."""
    require(member, REVIEWERS, "核查")
    require_union(office, member, union)
    today = office.today()
    drawn = Check(kind="spot", target="outside", drawn_on=today, drawn_by=member.id)
    record = judge(drawn, finding, today, member.id, frozenset())
    written = shelves.start(office, REGISTER, record, Filing("outside", union, "judged"), member.id)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def find_involved(office: Office, household_id: str) -> frozenset[str]:
    """Return the staff who had a hand in a file: in its own history, and in the steps of the case that it came from."""
    entry = office.store.find_entry(household_id)
    if entry is None:
        return frozenset()
    record = shelves.read(office, entry, Household)
    steps = office.store.list_events(record.case_id) if record.case_id else iter(())
    moved = {one.actor.id for one in steps if one.kind == "moved" and one.actor.role == "staff" and one.actor.id}
    return frozenset(moved | {one.staff for one in record.history})


def list_checks(
    office: Office, member: Member, state: str = "", page: int = 1, size: int = 30
) -> tuple[list[Listed], int]:
    """Return the checks that a member of staff may see, those due first before the others, and how many there are in all."""
    require(member, REVIEWERS, "查看核查")
    query = EntryQuery(REGISTER, narrow(office, member), (state,) if state else (), page=page, size=size)
    found, total = office.store.list_entries(query)
    return [Listed(one, shelves.read(office, one, Check), office.tree.title(one.union)) for one in found], total


def count_checks(office: Office, member: Member, year: int) -> Standing:
    """Return how the checks of a year stand in the scope of a member of staff; any duty may see these figures."""
    scope = narrow(office, member)
    judged = [
        shelves.read(office, one, Check) for one in shelves.list_all(office, EntryQuery(REGISTER, scope, ("judged",)))
    ]
    judged = [one for one in judged if one.judged_on and one.judged_on.year == year]
    counts = office.store.count_entries(households.REGISTER, scope)
    files = sum(number for (state, _), number in counts.items() if state == "in_force")
    checked = len({one.household for one in judged if one.target == "file"})
    return Standing(files, checked, count_wanted(files, checked), count_rates(judged, _count_helped(office, scope)))


def _count_helped(office: Office, scope: frozenset[str] | None) -> tuple[int, int]:
    """Return how many files in force name a helper with a way to reach them, and how many are in force."""
    entries = shelves.list_all(office, EntryQuery(households.REGISTER, scope, ("in_force",)))
    plans = [shelves.read(office, one, Household).plan for one in entries]
    return sum(bool(one.helper.strip() and one.helper_phone.strip()) for one in plans), len(plans)


def _left_in_force(office: Office, entry: Entry, target: str) -> bool:
    """Tell whether a closed file is one that a household left after it had been in force."""
    if target != "exit" or entry.state != "closed":
        return True
    return any(one.act == "exit" for one in shelves.read(office, entry, Household).history)


def _file_drawn(office: Office, member: Member, file: Entry, target: str, by_union: str) -> Written:
    number = shelves.read(office, file, Household).number
    kind = "cross" if by_union else "spot"
    record = Check(
        kind=kind, target=target, household=file.id, number=number, drawn_on=office.today(), drawn_by=member.id
    )
    due = office.today() + timedelta(days=CHECK_DAYS)
    return shelves.start(
        office, REGISTER, record, Filing("draw", by_union or file.union, "drawn", due, file.id), member.id
    )
