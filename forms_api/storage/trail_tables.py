"""The chain of events asked by those who audit: by kind, actor, day and case, and counted."""

from __future__ import annotations

from typing import Any

from forms_api.model import Event
from forms_api.storage import TrailQuery
from forms_api.storage.engine import Engine
from forms_api.storage.rows import read_event, write_moment


class TrailTables:
    """What is asked of the table of events."""

    _engine: Engine

    def list_trail(self, query: TrailQuery) -> tuple[list[Event], int]:
        """Return events, the latest first, and how many there are in all."""
        where, values = _ask(query)
        total = self._engine.first(f"select count(*) as number from event where {where}", *values)["number"]  # noqa: S608 - our words
        rows = self._engine.all(
            f"select * from event where {where} order by seq desc limit ? offset ?",  # noqa: S608 - our words
            *values,
            query.size,
            (query.page - 1) * query.size,
        )
        return [read_event(row) for row in rows], total

    def count_trail(self, query: TrailQuery) -> dict[tuple[str, str], int]:
        """Return (kind, id of the actor or their role) → how many events."""
        where, values = _ask(query)
        rows = self._engine.all(
            "select kind, coalesce(actor_id, role) as actor, count(*) as number "  # noqa: S608 - our words
            f"from event where {where} group by kind, actor",
            *values,
        )
        return {(row["kind"], row["actor"]): row["number"] for row in rows}


def _ask(query: TrailQuery) -> tuple[str, list[Any]]:
    parts, values = ["1 = 1"], list[Any]()
    if query.kinds:
        parts.append(f"kind in ({', '.join('?' * len(query.kinds))})")
        values += sorted(query.kinds)
    for part, value in (
        ("coalesce(actor_id, role) = ?", query.actor),
        ("case_id = ?", query.case_id),
        ("at >= ?", query.since and write_moment(query.since)),
        ("at < ?", query.until and write_moment(query.until)),
    ):
        if value:
            parts.append(part)
            values.append(value)
    return " and ".join(parts), values
