"""What staff do with candidates for honours: take in the winner of a competition, show, name or drop, publish who was named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from forms_api import shelves
from forms_api.back_office import Member, Office
from forms_api.content_clone import ContentClone, PathTaken
from forms_api.honour_files import Naming, find_path, write_batch
from forms_api.model import Actor, NewEvent, Value
from forms_api.office import Entry, EntryQuery
from forms_api.registering.rights import KEEPERS, READERS, find, narrow, require, require_county, require_union
from forms_api.registers.honours import MOVES, REGISTER, STATES, Candidate, Happening, move
from forms_api.shelves import Filing
from forms_api.storage import Change
from forms_api.workflow import StepStopped

MOST_A_DAY = 20


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


def list_firsts(office: Office, member: Member) -> list[Mapping[str, str]]:
    """Return who came first in a contest of the site's calendar and is no candidate yet for the honour that was promised."""
    require(member, READERS, "查看荣誉候选")
    entries = shelves.list_all(office, EntryQuery(REGISTER, office.tree.below(office.tree.county)))
    known = {(one.name, one.honour) for one in (shelves.read(office, entry, Candidate) for entry in entries)}
    return [one for one in office.bundle.firsts if (one["name"], one["honour"]) not in known]


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


def name_candidates(
    office: Office, clone: ContentClone, member: Member, entry_ids: Sequence[str], naming: Naming
) -> str:
    """Put candidates for one honour onto the site's roll, note that they are named, and return the path of the batch.

    May be called again after a crash: what is on the server already is taken as it is. Raises NoSuchEntry, StepStopped,
    PushRefused (then nothing has changed), CannotPush.
    """
    require(member, KEEPERS, "命名")
    require_county(office, member, "命名")
    if not (naming.title.strip() and naming.doc_number.strip() and naming.conferred_by.strip()):
        raise StepStopped("missing", "请写命名决定的标题、文号和授予单位。")
    chosen = [_demand_shown(office, member, one) for one in dict.fromkeys(entry_ids)]
    if not chosen:
        raise StepStopped("missing", "请至少选一名公示过的候选。")
    if len({record.honour for _, record in chosen}) > 1:
        raise StepStopped("missing", "一批只能命名同一项荣誉。请分开命名。")
    text = write_batch(naming, [(f"m-{entry.id[:12]}", record) for entry, record in chosen])
    path, commit = _push(clone, naming, text)
    words = f"{naming.title.strip()}（{naming.doc_number.strip()}）"
    written = []
    for entry, record in chosen:
        after, state = move(record, entry.state, "name", words, office.today(), member.id)
        filing = Filing("name", entry.union, state, owner=entry.owner, case_id=record.case_id or None)
        written.append(shelves.follow(office, entry, after, filing, member.id))
    told: dict[str, Value] = {
        "file": path, "commit": commit, "content": sha256(text.encode()).hexdigest(), "count": len(chosen),
    }  # fmt: skip
    event = NewEvent("honours_named", office.clock(), Actor("staff", member.id), told)
    events = (event, *(one.event for one in written))
    shelves.keep(office, Change(events=events, entries=tuple(one.change for one in written)))
    return path


def _demand_shown(office: Office, member: Member, entry_id: str) -> tuple[Entry, Candidate]:
    entry = find(office, member, REGISTER, entry_id)
    record = shelves.read(office, entry, Candidate)
    if entry.state != "shown":
        raise StepStopped("state", f"{record.name}现在是“{STATES[entry.state]}”，不能命名。请刷新页面看最新的情况。")
    if not record.consented:
        raise StepStopped("need", f"{record.name}还没有同意公开，不能上荣誉榜。请先取得同意。")
    return entry, record


def _push(clone: ContentClone, naming: Naming, text: str) -> tuple[str, str]:
    """Return the path under which a batch lies on the server now, and the commit."""

    def put(there: str | None) -> str:
        if there is not None and there != text:
            raise PathTaken
        return text

    for number in range(1, MOST_A_DAY):
        path = find_path(naming.conferred, number)
        with suppress(PathTaken):
            return path, clone.change(path, put, f"公布{naming.title.strip()}\n")
    raise StepStopped("need", "同一天的命名太多，编号用完了。请换一个日期，或者并成一批。")


def list_candidates(
    office: Office, member: Member, state: str = "", page: int = 1, size: int = 30
) -> tuple[list[Listed], int]:
    """Return the candidates that a member of staff may see, and how many there are in all."""
    require(member, READERS, "查看荣誉候选")
    query = EntryQuery(REGISTER, narrow(office, member), (state,) if state else (), page=page, size=size)
    found, total = office.store.list_entries(query)
    return [Listed(one, shelves.read(office, one, Candidate), office.tree.title(one.union)) for one in found], total
