"""Cases whose time is over, deleted for good: planned by their events, one transaction each, the bytes of files after it.

Nothing sealed is opened, so it runs by a timer while the keys are locked. Killed at any point it may be run again: what was
committed is gone with its proof, what was not is still whole, and bytes that nobody knows any more are swept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from forms_api.attachments import find_missing, sweep_strays
from forms_api.audit import Trail, compare_case, follow_case
from forms_api.definitions import CHINA, FormDefinition
from forms_api.model import SYSTEM, Actor, Case, NewEvent
from forms_api.office import CASE, Entry, WorkQuery
from forms_api.privacy import Start
from forms_api.retention import ENDED, OUTCOMES, STARTS, Fate, find_fate
from forms_api.storage import CaseChanged, Purge, Store
from forms_api.storage.files import FileStore

HOLD, RUNNING = "hold", "running"
CASES_AT_ONCE = 500
ACCOUNTS = frozenset({"payment"})
"""Registers that are books: kept as 会计档案管理办法 asks, whatever becomes of the case."""
OF_ITS_OWN = frozenset(ENDED)
"""Registers whose entries outlive the case they came from, and go with the last case of the same person once they ended."""
BY_PERSON = ("id_number", "former_id")
"""What an entry is found by by an ID number; a file that was closed no longer holds its people by the first."""
SETTLED = frozenset({"paid", "failed", "dropped"})
"""States of a payment that has an end; whoever pays again after a failure makes a new one."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """A closed case, what becomes of it, and the entries of registers that belong to it."""

    case: Case
    fate: Fate
    trail: Trail = field(repr=False)
    owned: tuple[Entry, ...] = field(default=(), repr=False)


@dataclass
class Purged:
    """What a run did, or would do: cases gone, cases kept past their day, bytes nobody knew, files that are not there."""

    gone: list[Doomed] = field(default_factory=list)
    kept: list[Doomed] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    """References of cases that do not fit their events, or were changed meanwhile; they are left as they are."""
    strays: int = 0
    missing: list[str] = field(default_factory=list)
    log_emptied: bool = True


# --- what is to go ------------------------------------------------------------------------------------


def list_closed(store: Store, today: date) -> Iterator[Doomed | Case]:
    """Yield every closed case with what becomes of it; the bare case where its events or its form do not tell."""
    for state in OUTCOMES:
        after = ""
        while cases := store.list_cases(state, after, CASES_AT_ONCE):
            after = cases[-1].id
            yield from (weigh(store, case, today) or case for case in cases)


def weigh(store: Store, case: Case, today: date) -> Doomed | None:
    """Return what becomes of a closed case; None where it is open, or does not fit its events."""
    if case.state not in OUTCOMES:
        return None
    trail, body = _follow(store, case), store.find_definition(case.version)
    if trail is None or body is None:
        return None
    if any(compare_case(case, trail, store.read_sealed(case.id), store.list_files(case.id))):
        return None
    outcome = OUTCOMES[case.state]
    retention = FormDefinition.model_validate(body).privacy.retention_for(outcome)
    owned = tuple(store.list_owned(case.id))
    register = STARTS.get(retention.start)
    started = _find_end(store, case, register, owned) if register else trail.since and _day(trail.since)
    return Doomed(case, find_fate(outcome, retention, started, _find_keeper(store, case, owned, today)), trail, owned)


def _follow(store: Store, case: Case) -> Trail | None:
    trails: dict[str, Trail] = {}
    for event in store.list_events(case.id):
        follow_case(event, trails)
    return trails.get(case.id)


def _find_end(store: Store, case: Case, register: str, owned: tuple[Entry, ...]) -> date | None:
    """Return when the last membership or file of a case's person ended; None while one has not, or where there is none."""
    ids = {entry.id for entry in owned if entry.register == register}
    ids |= _find_by_person(store, register, _list_numbers(store, case.id))
    work = store.find_work(case.id)
    if register == "household" and work and work.household:
        ids.add(work.household)
    found = [store.find_entry(one) for one in sorted(ids)]
    if not found or any(entry is None or entry.state not in ENDED[register] for entry in found):
        return None
    return max(_day(entry.updated_at) for entry in found if entry)


def _find_keeper(store: Store, case: Case, owned: tuple[Entry, ...], today: date) -> str:
    """Return why a case must stay although its time may be over; empty where nothing keeps it."""
    for entry in owned:
        if entry.register == HOLD and entry.state == RUNNING and (entry.due is None or entry.due >= today):
            return f"有人要求暂缓删除，到 {entry.due} 为止"
        if entry.register == "publicity" and entry.state == RUNNING:
            return "公示还没有结束"
        if entry.register in ACCOUNTS and entry.state not in SETTLED:
            return "还有款项没有发放完"
    about, _ = store.list_work(WorkQuery(about=case.id))
    return "还有关联的异议没有办结" if any(one.state not in OUTCOMES for one, _ in about) else ""


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


# --- deleting -----------------------------------------------------------------------------------------


def purge_due(store: Store, files: FileStore, now: datetime, *, dry: bool = False) -> Purged:
    """Delete every case whose time is over, and what broken ends left; `dry` only tells. May be called again at any time."""
    today, done = _day(now), Purged()
    for one in list_closed(store, today):
        if isinstance(one, Case):
            done.unclear.append(one.reference)
        elif one.fate.is_over(today):
            _try_purge(store, files, one, now, done, dry)
        elif one.fate.ends and one.fate.ends < today:
            done.kept.append(one)
    done.missing = list(_list_missing(store, files))
    done.strays = sweep_strays(files, store, now, dry=dry)
    if not dry:
        store.sweep(now)
        done.log_emptied = store.shrink_log()
    return done


def _list_missing(store: Store, files: FileStore) -> Iterator[str]:
    after = ""
    while cases := store.list_cases(after=after, limit=CASES_AT_ONCE):
        after = cases[-1].id
        yield from (name for case in cases for name in find_missing(files, store.list_files(case.id)))


def _try_purge(store: Store, files: FileStore, doomed: Doomed, now: datetime, done: Purged, dry: bool) -> None:
    try:
        if not dry:
            purge_case(store, files, doomed, now, SYSTEM)
    except CaseChanged:
        done.unclear.append(doomed.case.reference)
    else:
        done.gone.append(doomed)


def purge_case(
    store: Store, files: FileStore, doomed: Doomed, now: datetime, actor: Actor, request: str | None = None
) -> None:
    """Delete a case for good, as it was weighed; then the bytes of its files. `request` is the case by which the person asked.

    Raises CaseChanged, and nothing is deleted.
    """
    case, trail = doomed.case, doomed.trail
    sealed = store.list_files(case.id)
    gone = tuple(_list_doomed_entries(store, doomed))
    event = NewEvent(
        "purged",
        now,
        actor,
        {
            "form": case.form,
            "outcome": doomed.fate.outcome,
            "request": request,
            "reference": digest_reference(case.reference),
            "parts": len(trail.contents),
            "files": len(sealed),
            "notes": len(store.list_notes(case.id)),
            "entries": " ".join(gone),
            "content": trail.digest(),
        },
        case.id,
    )
    names = tuple(file.id for file in sealed)
    owned = frozenset((entry.id, entry.version) for entry in doomed.owned)
    store.purge(Purge(case, event, names, owned, gone))
    for name in names:
        files.remove(name, durably=True)


def digest_reference(reference: str) -> str:
    """Return the digest by which the event of a deletion can be found by whoever has the reference, and by nobody else."""
    return hashlib.sha256(reference.encode()).hexdigest()


def _list_doomed_entries(store: Store, doomed: Doomed) -> Iterator[str]:
    """Yield the ids of the entries that go with a case: its own, and a register's that ended, with all that is about it."""
    for entry in doomed.owned:
        if entry.register not in ACCOUNTS | OF_ITS_OWN:
            yield entry.id
    register = STARTS.get(doomed.fate.retention.start)
    for entry in _list_ended(store, doomed, register) if register else ():
        yield entry.id
        yield from (one.id for one in store.list_owned(entry.id) if one.register not in ACCOUNTS)


def _list_ended(store: Store, doomed: Doomed, register: str) -> Iterator[Entry]:
    """Yield what ended and began the period of a case, unless another case of the same person still waits for it."""
    numbers = _list_numbers(store, doomed.case.id)
    others = {one for number in numbers for one in store.find_keyed(CASE, "id_number", number)} - {doomed.case.id}
    if any(_may_need(store, case_id, doomed.fate.retention.start) for case_id in others):
        return
    ids = {entry.id for entry in doomed.owned if entry.register == register}
    ids |= _find_by_person(store, register, numbers)
    for entry in map(store.find_entry, sorted(ids)):
        if entry and entry.state in ENDED[register]:
            yield entry


def _list_numbers(store: Store, case_id: str) -> list[bytes]:
    return [digest for _, kind, digest in store.list_keys(case_id) if kind == "id_number"]


def _find_by_person(store: Store, register: str, numbers: list[bytes]) -> set[str]:
    return {one for number in numbers for kind in BY_PERSON for one in store.find_keyed(register, kind, number)}


def _may_need(store: Store, case_id: str, start: Start) -> bool:
    """Tell whether a case is open, or kept for a period that begins with the end of the same thing."""
    case = store.find_case_by_id(case_id)
    body = store.find_definition(case.version) if case else None
    if case is None or body is None or case.state not in OUTCOMES:
        return case is not None
    return FormDefinition.model_validate(body).privacy.retention_for(OUTCOMES[case.state]).start == start
