"""What staff keep beside the cases: the work on each, internal notes, entries of registers. Frozen values, no I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime

CASE = "case"
"""The register that cases count as where something is looked up by a keyed digest."""


@dataclass(frozen=True, slots=True)
class Work:
    """How far the office has come with a case; readable without the private key, so no answer stands in it."""

    case_id: str
    union: str
    """The union that has the case."""
    state: str
    """The state that the office saw last; where the case is in another, the worker has moved it."""
    entered_at: datetime
    due: date | None = None
    assignee: str | None = None
    accepted_at: datetime | None = None
    paused: int = 0
    """Working days for which the clock stood still, because something was asked of the worker."""
    extended: bool = False
    unread: bool = True
    joint: tuple[str, ...] = ()
    """Other unions that take part."""
    about: str | None = None
    """The 公示 that the case objects to, or the case that it belongs with."""
    household: str | None = None
    """The household file that the case belongs to."""
    version: int = 0
    """How often it was written; whoever writes must have seen the last one."""


@dataclass(frozen=True, slots=True)
class Note:
    """An internal opinion on a case or an entry of a register, sealed; the worker never sees it."""

    id: str
    owner: str
    """The id of the case or entry."""
    at: datetime
    staff: str
    sealed: bytes = field(repr=False)


def digest_note(note: Note) -> str:
    """Return the SHA-256 (hex) of a note with all that stands beside its sealed text, for the event of it."""
    beside = [note.id, note.owner, note.at.astimezone(UTC).isoformat(timespec="microseconds"), note.staff]
    return hashlib.sha256(json.dumps(beside).encode() + note.sealed).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a register: sealed, with what must be found and sorted without opening it."""

    id: str
    register: str
    union: str
    state: str
    updated_at: datetime
    sealed: bytes = field(repr=False)
    version: int = 1
    due: date | None = None
    owner: str | None = None
    """The case that it came from, or the entry that it belongs to."""


Keys = Mapping[str, bytes | tuple[bytes, ...]]
"""Kind of what is looked up (id_number, name …) → keyed digest of it, or of each where there are several."""
KeyRow = tuple[str, str, bytes]
"""Register, kind and keyed digest by which a case or an entry is found."""


def list_rows(register: str, keys: Keys) -> set[KeyRow]:
    """Return the rows that keys stand in."""
    return {
        (register, kind, digest)
        for kind, value in keys.items()
        for digest in ((value,) if isinstance(value, bytes) else value)
    }


def digest_entry(entry: Entry, keys: Iterable[KeyRow]) -> str:
    """Return the SHA-256 (hex) of an entry with all that stands beside its sealed part and by which it is found.

    The event of its change holds it.
    """
    beside = [
        entry.id,
        entry.register,
        entry.union,
        entry.state,
        entry.version,
        str(entry.due),
        entry.owner,
        _tell(keys),
    ]
    return hashlib.sha256(json.dumps(beside, ensure_ascii=False).encode() + entry.sealed).hexdigest()


def digest_work(work: Work, keys: Iterable[KeyRow]) -> str:
    """Return the SHA-256 (hex) of the work on a case and of what the case is found by, for the event of the change.

    Whether it is unread is a mark for the eye that no decision rests on; how often it was written says nothing.
    """
    row = {name: value for name, value in asdict(work).items() if name not in ("unread", "version")}
    for name in ("entered_at", "accepted_at"):
        row[name] = row[name] and row[name].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps([row, _tell(keys)], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(keys: Iterable[KeyRow]) -> list[list[str]]:
    return sorted([register, kind, digest.hex()] for register, kind, digest in keys)


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """Which entries are asked for; an empty part asks for all. `size` of them, after as many as the pages before hold."""

    register: str
    unions: frozenset[str] | None = None
    states: tuple[str, ...] = ()
    owner: str | None = None
    ids: frozenset[str] | None = None
    due_by: date | None = None
    key: tuple[str, bytes] | None = None
    """Found by this keyed digest of this kind."""
    page: int = 1
    size: int = 30


@dataclass(frozen=True, slots=True)
class WorkQuery:
    """Which cases are asked for; an empty part asks for all."""

    unions: frozenset[str] | None = None
    states: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    assignee: str | None = None
    """Given to that member of staff."""
    unassigned: bool = False
    open_to: str | None = None
    """Given to that member of staff, or to nobody."""
    unread: bool = False
    due_from: date | None = None
    due_by: date | None = None
    ids: frozenset[str] | None = None
    about: str | None = None
    page: int = 1
    size: int = 30
