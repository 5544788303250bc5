"""Deleting for good: a case with all that belongs to it in one transaction."""

from __future__ import annotations

from collections.abc import Iterable

from forms_api.office import CASE
from forms_api.storage import CaseChanged, Purge, statements
from forms_api.storage.engine import Engine
from forms_api.storage.turn import Turn

_OF_CASE = (
    "delete from parts where case_id = ?",
    "delete from submissions where case_id = ?",
    "delete from uploads where case_id = ?",
    "delete from outbox where case_id = ?",
    "delete from work where case_id = ?",
    "delete from notes where owner = ?",
)
_OF_ENTRY = (
    "delete from notes where owner = ?",
    "delete from keyed where id = ?",
    "delete from entries where id = ?",
)


class PurgeTables:
    """What deleting writes."""

    _engine: Engine

    def purge(self, purge: Purge) -> None:
        """Delete a case for good and keep the event of it."""
        self._engine.write(lambda turn: _purge(turn, purge))

    def list_keys(self, owner: str) -> list[tuple[str, str, bytes]]:
        """Return (register, kind, keyed digest) by which a case or an entry is found."""
        rows = self._engine.all("select * from keyed where id = ? order by register, kind, digest", owner)
        return [(row["register"], row["kind"], row["digest"]) for row in rows]

    def shrink_log(self) -> bool:
        """Leave nothing of what was deleted in the store's log; tell whether nobody stood in the way."""
        return self._engine.shrink_log()


def _purge(turn: Turn, purge: Purge) -> None:
    case = purge.case
    statements.refuse_changed(turn, case)
    owned = turn.execute("select id, version from entries where owner = ?", (case.id,)).fetchall()
    files = turn.execute("select id from uploads where case_id = ?", (case.id,)).fetchall()
    if {(one["id"], one["version"]) for one in owned} != purge.owned or {one["id"] for one in files} != set(
        purge.files
    ):
        raise CaseChanged
    for statement in _OF_CASE:
        turn.execute(statement, (case.id,))
    turn.execute("delete from keyed where register = ? and id = ?", (CASE, case.id))
    _delete_entries(turn, purge.entries)
    turn.execute("delete from cases where id = ?", (case.id,))
    statements.append_event(turn, purge.event)


def _delete_entries(turn: Turn, entries: Iterable[str]) -> None:
    for entry_id in entries:
        for statement in _OF_ENTRY:
            turn.execute(statement, (entry_id,))
