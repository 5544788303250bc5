"""One transaction that several callers share: what one of them has asked, the next need not ask again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from forms_api.model import NO_EVENT

Window = tuple[str, int, int]
"""The bucket of a limit, and the seconds at which its window starts and ends."""


class Turn:
    """A transaction of the one writer. Nobody else writes meanwhile, so what it has read once stays true until its end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._last: tuple[int, bytes] | None = None
        self._hits: dict[Window, int] = {}
        self._counted: dict[Window, int] = {}

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement."""
        return self.connection.execute(statement, values)

    def read_last_event(self) -> tuple[int, bytes]:
        """Return number and digest of the event at the end of the chain."""
        if self._last is None:
            row = self.execute("select seq, digest from event order by seq desc limit 1").fetchone()
            self._last = (row["seq"], row["digest"]) if row else (0, NO_EVENT)
        return self._last

    def note_last_event(self, seq: int, digest: bytes) -> None:
        """Remember the event that now stands at the end of the chain."""
        self._last = (seq, digest)

    def count_hits(self, window: Window) -> int:
        """Return how often a limit was used in a window."""
        if window not in self._hits:
            row = self.execute("select hits from charges where bucket = ? and starts_at = ?", window[:2]).fetchone()
            self._hits[window] = row["hits"] if row else 0
        return self._hits[window] + self._counted.get(window, 0)

    def add_hit(self, window: Window) -> None:
        """Count one use of a limit; it is written at the end."""
        self._counted[window] = self._counted.get(window, 0) + 1

    def finish(self) -> None:
        """Write what was counted."""
        if self._counted:
            self.connection.executemany(
                "insert into charges values (?, ?, ?, ?) "
                "on conflict (bucket, starts_at) do update set hits = hits + excluded.hits",
                [(*window, hits) for window, hits in self._counted.items()],
            )
