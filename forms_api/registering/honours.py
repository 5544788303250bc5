"""What staff do with candidates for honours: take in the winner of a competition, show, name or drop."""

from __future__ import annotations

from dataclasses import dataclass

from forms_api import shelves
from forms_api.back_office import Member, Office
from forms_api.office import Entry, EntryQuery
from forms_api.registering.rights import KEEPERS, READERS, find, narrow, require, require_county, require_union
from forms_api.registers.honours import MOVES, REGISTER, Candidate, Happening, move
from forms_api.shelves import Filing
from forms_api.storage import Change
from forms_api.workflow import StepStopped


@dataclass(frozen=True, slots=True)
class Listed:
    """One candidate in a list."""

    entry: Entry
    record: Candidate
    union: str


def nominate_winner(office: Office, member: Member, candidate: Candidate) -> Entry:
    """Make whoever came first in a competition a candidate. Raises StepStopped."""
    require(member, KEEPERS, "推荐")
    require_union(office, member, candidate.union)
    if not (candidate.name.strip() and candidate.honour.strip() and candidate.competition.strip()):
        raise StepStopped("missing", "请写姓名、推荐哪一项荣誉、哪一年的什么竞赛。")
    happening = Happening(day=office.today(), act="recommend", staff=member.id, words=candidate.competition)
    record = candidate.model_copy(update={"route": "县级竞赛第一名", "history": (happening,)})
    written = shelves.start(office, REGISTER, record, Filing("recommend", candidate.union, "recommended"), member.id)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def move_candidate(
    office: Office, member: Member, entry_id: str, act: str, words: str = "", *, consented: bool = False
) -> Entry:
    """Show, name or drop a candidate and return the entry. Raises NoSuchEntry, StepStopped.

    `consented` notes that the candidate has agreed to be shown; the form of a recommendation asks for it itself.
    """
    entry = find(office, member, REGISTER, entry_id)
    require(member, KEEPERS, MOVES[act].label)
    require_county(office, member, MOVES[act].label)
    record = shelves.read(office, entry, Candidate)
    if consented:
        record = record.model_copy(update={"consented": True})
    after, state = move(record, entry.state, act, words, office.today(), member.id)
    filing = Filing(act, entry.union, state, owner=entry.owner, case_id=record.case_id or None)
    written = shelves.follow(office, entry, after, filing, member.id)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def list_candidates(
    office: Office, member: Member, state: str = "", page: int = 1, size: int = 30
) -> tuple[list[Listed], int]:
    """Return the candidates that a member of staff may see, and how many there are in all."""
    require(member, READERS, "查看荣誉候选")
    query = EntryQuery(REGISTER, narrow(office, member), (state,) if state else (), page=page, size=size)
    found, total = office.store.list_entries(query)
    return [Listed(one, shelves.read(office, one, Candidate), office.tree.title(one.union)) for one in found], total
