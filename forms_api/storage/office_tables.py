"""What staff keep: the work on cases, notes, entries of registers, and what all of these are found by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from forms_api.model import Case
from forms_api.office import CASE, Entry, EntryQuery, Keys, Note, Work, WorkQuery
from forms_api.storage import CaseChanged, Change, EntryChange, EntryChanged, KeyTaken, statements
from forms_api.storage.engine import Engine
from forms_api.storage.rows import read_case, read_moment, write_moment
from forms_api.storage.schema import UNSEEN
from forms_api.storage.turn import Turn

Row = Mapping[str, Any]
_WORK = (
    "work.case_id, work.union_id, work.state as seen_state, work.entered_at, work.due, work.assignee, work.accepted_at, "
    "work.paused, work.extended, work.unread, work.joint, work.about, work.household, work.version as seen_version"
)
_WORK_COLUMNS = (
    "union_id", "state", "entered_at", "due", "assignee", "accepted_at", "paused", "extended", "unread", "joint", "about",
    "household", "version",
)  # fmt: skip
_SAVE_WORK = (
    f"insert into work (case_id, {', '.join(_WORK_COLUMNS)}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - our words
    f"on conflict (case_id) do update set {', '.join(f'{name} = excluded.{name}' for name in _WORK_COLUMNS)}"
)
_NEW_ENTRY = (
    "insert into entries (id, register, union_id, state, updated_at, sealed, version, due, owner) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_NEW_NOTE = "insert into notes (id, owner, at, staff, sealed) values (?, ?, ?, ?, ?)"
_NEXT_ENTRY = (
    "update entries set union_id = ?, state = ?, updated_at = ?, sealed = ?, version = ?, due = ?, owner = ? "
    "where id = ? and register = ? and version = ?"
)
_ADD_KEYED = "insert into keyed (register, kind, digest, id) values (?, ?, ?, ?) on conflict do nothing"
_HOLDER = "select id from keyed where register = ? and kind = ? and digest = ? and id <> ?"
_JOINT = "exists (select 1 from keyed where keyed.id = work.case_id and kind = 'joint'"
_LATE_LAST = "due is null, due"


class OfficeTables:
    """The tables of the staff side."""

    _engine: Engine

    def change(self, change: Change) -> None:
        """Write one act of staff."""
        self._engine.write(lambda turn: _write(turn, change))

    def list_moved(self, limit: int = 100, *, thorough: bool = False) -> list[tuple[Case, Work | None]]:
        """Return cases that the office has not seen yet, or not in the state that they are in now."""
        which = "work.case_id is null or work.state <> cases.state" if thorough else UNSEEN
        rows = self._engine.all(
            f"select cases.*, {_WORK} from cases left join work on work.case_id = cases.id "  # noqa: S608 - our words
            f"where {which} order by cases.received_at limit ?",
            limit,
        )
        return [(read_case(row), _read_work(row) if row["case_id"] else None) for row in rows]

    def find_work(self, case_id: str) -> Work | None:
        """Return the work on a case."""
        row = self._engine.first(f"select {_WORK} from work where case_id = ?", case_id)  # noqa: S608 - our words
        return _read_work(row) if row else None

    def list_work(self, query: WorkQuery) -> tuple[list[tuple[Case, Work]], int]:
        """Return cases with the work on them, those due first before the others, and how many there are in all."""
        where, values = _ask_work(query)
        source = f"from work join cases on cases.id = work.case_id where {where}"
        total = self._engine.first(f"select count(*) as number {source}", *values)["number"]
        rows = self._engine.all(
            f"select cases.*, {_WORK} {source} order by {_LATE_LAST}, cases.received_at, cases.id limit ? offset ?",
            *values,
            query.size,
            (query.page - 1) * query.size,
        )
        return [(read_case(row), _read_work(row)) for row in rows], total

    def find_keyed(self, register: str, kind: str, digest: bytes) -> frozenset[str]:
        """Return the ids of the entries (or cases) that are found by a keyed digest."""
        rows = self._engine.all(
            "select id from keyed where register = ? and kind = ? and digest = ?", register, kind, digest
        )
        return frozenset(row["id"] for row in rows)

    def list_notes(self, owner: str) -> list[Note]:
        """Return the notes on a case or an entry, oldest first."""
        rows = self._engine.all("select * from notes where owner = ? order by at, id", owner)
        return [_read_note(row) for row in rows]

    def walk_notes(self, after: str = "", limit: int = 500) -> list[Note]:
        """Return notes of all owners by id, from the one after `after` on."""
        rows = self._engine.all("select * from notes where id > ? order by id limit ?", after, limit)
        return [_read_note(row) for row in rows]

    def find_entry(self, entry_id: str) -> Entry | None:
        """Return an entry of a register."""
        row = self._engine.first("select * from entries where id = ?", entry_id)
        return _read_entry(row) if row else None

    def walk_entries(self, after: str = "", limit: int = 500) -> list[Entry]:
        """Return entries of all registers by id, from the one after `after` on."""
        rows = self._engine.all("select * from entries where id > ? order by id limit ?", after, limit)
        return [_read_entry(row) for row in rows]

    def list_entries(self, query: EntryQuery) -> tuple[list[Entry], int]:
        """Return entries, those due first before the others, and how many there are in all."""
        asked = _Asked()
        asked.add("register = ?", query.register)
        asked.among("union_id", query.unions)
        asked.among("state", query.states or None)
        asked.among("id", query.ids)
        if query.owner is not None:
            asked.add("owner = ?", query.owner)
        if query.due_by:
            asked.add("due <= ?", query.due_by.isoformat())
        asked.found_by(query.key)
        total = self._engine.first(f"select count(*) as number from entries where {asked}", *asked.values)["number"]  # noqa: S608 - our words
        rows = self._engine.all(
            f"select * from entries where {asked} order by {_LATE_LAST}, updated_at desc, id limit ? offset ?",  # noqa: S608 - our words
            *asked.values,
            query.size,
            (query.page - 1) * query.size,
        )
        return [_read_entry(row) for row in rows], total

    def list_owned(self, owner: str) -> list[Entry]:
        """Return every entry that belongs to a case or to an entry, of whatever register."""
        return [
            _read_entry(row) for row in self._engine.all("select * from entries where owner = ? order by id", owner)
        ]

    def count_entries(
        self, register: str, unions: frozenset[str] | None = None, key: tuple[str, bytes] | None = None
    ) -> dict[tuple[str, str], int]:
        """Return (state, union) → how many entries, of those found by a keyed digest where one is given."""
        asked = _Asked()
        asked.add("register = ?", register)
        asked.among("union_id", unions)
        asked.found_by(key)
        rows = self._engine.all(
            f"select state, union_id, count(*) as number from entries where {asked} group by state, union_id",  # noqa: S608 - our words
            *asked.values,
        )
        return {(row["state"], row["union_id"]): row["number"] for row in rows}


# --- asking -------------------------------------------------------------------------------------------


class _Asked:
    """Conditions of a query and the values that belong to them."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.values: list[Any] = []

    def add(self, part: str, *values: Any) -> None:
        self._parts.append(part)
        self.values += values

    def among(self, column: str, allowed: Iterable[str] | None) -> None:
        """Ask for one of several values; None asks for nothing, an empty set for the impossible."""
        if allowed is not None:
            values = sorted(allowed)
            self.add(f"{column} in ({_mark(values)})", *values)

    def found_by(self, key: tuple[str, bytes] | None) -> None:
        """Ask for entries that are found by a keyed digest."""
        if key:
            self.add(
                "exists (select 1 from keyed where keyed.register = entries.register and kind = ? and digest = ? and keyed.id = entries.id)",
                *key,
            )

    def either(self, column: str, other: str, allowed: Iterable[str]) -> None:
        """Ask for one of several values in a column, or as a keyed digest that stands for one."""
        values = sorted(allowed)
        marks = _mark(values)
        self.add(f"({column} in ({marks}) or {other} in ({marks})))", *values, *(one.encode() for one in values))

    def __str__(self) -> str:
        return " and ".join(self._parts) or "1 = 1"


def _mark(values: Sequence[str]) -> str:
    """Return a mark for each value; an empty list is none that SQL knows, and nothing equals null."""
    return ", ".join("?" * len(values)) or "null"


def _ask_work(query: WorkQuery) -> tuple[str, list[Any]]:
    asked = _Asked()
    if query.unions is not None:
        asked.either("work.union_id", f"{_JOINT} and digest", query.unions)
    asked.among("cases.state", query.states or None)
    asked.among("cases.form", query.forms or None)
    asked.among("cases.id", query.ids)
    if query.assignee is not None:
        asked.add("work.assignee = ?", query.assignee)
    if query.unassigned:
        asked.add("work.assignee is null")
    if query.open_to is not None:
        asked.add("(work.assignee is null or work.assignee = ?)", query.open_to)
    if query.unread:
        asked.add("work.unread = 1")
    if query.about is not None:
        asked.add("work.about = ?", query.about)
    if query.due_from:
        asked.add("work.due >= ?", query.due_from.isoformat())
    if query.due_by:
        asked.add("work.due <= ?", query.due_by.isoformat())
    return str(asked), asked.values


# --- writing ------------------------------------------------------------------------------------------


def _write(turn: Turn, change: Change) -> None:
    """Write all of a change; what may be refused is asked before anything is written."""
    for one in change.entries:
        _refuse_changed(turn, one.entry)
    _refuse_taken(turn, change.entries)
    if change.work:
        row = turn.first("select version from work where case_id = ?", change.work.case_id)
        if (row["version"] if row else 0) != change.work.version:
            raise CaseChanged
    if change.amendment:
        statements.amend(turn, change.amendment)
    for event in change.events:
        statements.append_event(turn, event)
    if change.work:
        turn.write(_SAVE_WORK, *_write_work(change.work))
        turn.write("update cases set seen = ? where id = ?", change.work.state, change.work.case_id)
        _write_keys(turn, CASE, change.work.case_id, change.keys)
        for union in change.work.joint:
            _write_keys(turn, CASE, change.work.case_id, {"joint": union.encode()})
    for note in change.notes:
        turn.write(_NEW_NOTE, note.id, note.owner, write_moment(note.at), note.staff, note.sealed)
    for one in change.entries:
        _write_entry(turn, one)
    if change.secret_hash:
        case_id, secret_hash = change.secret_hash
        turn.write("update cases set secret_hash = ?, opened_at = null where id = ?", secret_hash, case_id)


def _refuse_changed(turn: Turn, entry: Entry) -> None:
    row = turn.first("select version from entries where id = ?", entry.id)
    if (row["version"] if row else 0) != entry.version - 1:
        raise EntryChanged


def _refuse_taken(turn: Turn, changes: Sequence[EntryChange]) -> None:
    """Raise KeyTaken if a key that only one entry may have belongs to another, in the store or in the same change."""
    held: dict[tuple[str, str, bytes], str] = {}
    for one in changes:
        register, entry_id = one.entry.register, one.entry.id
        for kind in sorted(one.sole & one.keys.keys()):
            for digest in _list_digests(one.keys[kind]):
                row = turn.first(_HOLDER, register, kind, digest, entry_id)
                holder = row["id"] if row else held.setdefault((register, kind, digest), entry_id)
                if holder != entry_id:
                    raise KeyTaken(holder, kind)


def _list_digests(value: bytes | tuple[bytes, ...]) -> tuple[bytes, ...]:
    return (value,) if isinstance(value, bytes) else value


def _write_entry(turn: Turn, change: EntryChange) -> None:
    entry = change.entry
    rest = (entry.union, entry.state, write_moment(entry.updated_at), entry.sealed, entry.version, _day(entry.due))
    if entry.version == 1:
        turn.write(_NEW_ENTRY, entry.id, entry.register, *rest, entry.owner)
    else:
        turn.write(_NEXT_ENTRY, *rest, entry.owner, entry.id, entry.register, entry.version - 1)
        turn.write("delete from keyed where id = ?", entry.id)
    _write_keys(turn, entry.register, entry.id, change.keys)


def _write_keys(turn: Turn, register: str, owner: str, keys: Keys) -> None:
    for kind, value in keys.items():
        for digest in _list_digests(value):
            turn.write(_ADD_KEYED, register, kind, digest, owner)


def _write_work(work: Work) -> tuple[Any, ...]:
    return (
        work.case_id,
        work.union,
        work.state,
        write_moment(work.entered_at),
        _day(work.due),
        work.assignee,
        work.accepted_at and write_moment(work.accepted_at),
        work.paused,
        int(work.extended),
        int(work.unread),
        json.dumps(work.joint),
        work.about,
        work.household,
        work.version + 1,
    )


def _read_work(row: Row) -> Work:
    return Work(
        case_id=row["case_id"],
        union=row["union_id"],
        state=row["seen_state"],
        entered_at=read_moment(row["entered_at"]),
        due=_read_day(row["due"]),
        assignee=row["assignee"],
        accepted_at=read_moment(row["accepted_at"]) if row["accepted_at"] else None,
        paused=row["paused"],
        extended=bool(row["extended"]),
        unread=bool(row["unread"]),
        joint=tuple(json.loads(row["joint"])),
        about=row["about"],
        household=row["household"],
        version=row["seen_version"],
    )


def _read_note(row: Row) -> Note:
    return Note(row["id"], row["owner"], read_moment(row["at"]), row["staff"], row["sealed"])


def _read_entry(row: Row) -> Entry:
    return Entry(
        id=row["id"],
        register=row["register"],
        union=row["union_id"],
        state=row["state"],
        updated_at=read_moment(row["updated_at"]),
        sealed=row["sealed"],
        version=row["version"],
        due=_read_day(row["due"]),
        owner=row["owner"],
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
