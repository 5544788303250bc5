"""What staff do with assessments of unions (六好), and the terms of unions as a worklist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forms_api import shelves
from forms_api.back_office import Member, Office
from forms_api.office import Entry, EntryQuery
from forms_api.registering.rights import READERS, REVIEWERS, find, narrow, note_read, require
from forms_api.registers.assessments import REGISTER, Assessment, Reach, count_reach, score
from forms_api.registers.terms import Term, list_terms
from forms_api.shelves import Filing
from forms_api.storage import Change
from forms_api.workflow import StepStopped


@dataclass(frozen=True, slots=True)
class Listed:
    """One assessment in a list."""

    entry: Entry
    record: Assessment
    union: str


def list_assessments(
    office: Office, member: Member, state: str = "", page: int = 1, size: int = 30
) -> tuple[list[Listed], int]:
    """Return the assessments that a member of staff may see, and how many there are in all."""
    require(member, READERS, "查看六好自评")
    query = EntryQuery(REGISTER, narrow(office, member), (state,) if state else (), page=page, size=size)
    found, total = office.store.list_entries(query)
    return [_open(office, one) for one in found], total


def read_assessment(office: Office, member: Member, entry_id: str) -> Listed:
    """Return an assessment, and leave a trace. Raises NoSuchEntry."""
    entry = find(office, member, REGISTER, entry_id)
    note_read(office, member, entry)
    return _open(office, entry)


def score_assessment(office: Office, member: Member, entry_id: str, marks: Mapping[str, tuple[str, str]]) -> Entry:
    """Keep the reviewer's marks (criterion → mark, words). Raises NoSuchEntry, StepStopped: no union scores itself."""
    entry = find(office, member, REGISTER, entry_id)
    require(member, REVIEWERS, "六好评分")
    record = shelves.read(office, entry, Assessment)
    if member.union == record.union and member.union != office.tree.county:
        raise StepStopped("scope", "自评要由上一级工会评分。请报给上级工会。")
    after = score(record, marks, office.today(), member.id)
    filing = Filing("score", entry.union, "scored", owner=entry.owner, case_id=entry.owner)
    written = shelves.follow(office, entry, after, filing, member.id)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def count_assessments(office: Office, member: Member, year: int) -> tuple[Reach, ...]:
    """Return how many unions of each level reach the standard, in the scope of a member of staff; any duty may see it."""
    scope = narrow(office, member)
    scored = (
        shelves.read(office, one, Assessment)
        for one in shelves.list_all(office, EntryQuery(REGISTER, scope, ("scored",)))
    )
    return count_reach(scored, (one for one in office.bundle.unions if one["id"] in scope), year)


def list_own_terms(office: Office, member: Member) -> list[Term]:
    """Return the unions of one's scope that must elect anew within 90 days, or should have."""
    return list_terms(office.bundle.unions, narrow(office, member), office.today())


def _open(office: Office, entry: Entry) -> Listed:
    return Listed(entry, shelves.read(office, entry, Assessment), office.tree.title(entry.union))
