"""One transaction that several callers share: what one of them has asked, the next need not ask again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from forms_api.model import NO_EVENT

Row = Mapping[str, Any]
Window = tuple[str, int, int]
"""The bucket of a limit, and the seconds at which its window starts and ends."""
Ask = tuple[str, tuple[Any, ...]]
"""A query and its values."""
LAST_EVENT = "select seq, digest from event order by seq desc limit 1"
HITS = "select hits from charges where bucket = ? and starts_at = ?"
ADD_HITS = (
    "insert into charges (bucket, starts_at, ends_at, hits) values (?, ?, ?, ?) "
    "on conflict (bucket, starts_at) do update set hits = charges.hits + excluded.hits"
)


class Cursor(Protocol):
    """What a statement came to."""

    @property
    def rowcount(self) -> int:
        """Return how many rows it touched."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return every row."""


class Connection(Protocol):
    """Runs statements written with `?` for each value; rows are found by the names of their columns."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Cursor:
        """Run a statement."""


class Turn:
    """A transaction of the one writer. Nobody else writes meanwhile, so what it has read once stays true until its end.

    `known` holds what was fetched ahead for pieces of work that said what they would ask (see `statements.ask_submission`).
    Such an answer serves once: whoever asks is about to write, and the next must see it. So whoever writes tables that are
    asked ahead either asks by `first` before, or uses `execute`, after which nothing fetched ahead is believed.
    """

    def __init__(self, connection: Connection, known: dict[Ask, Row | None] | None = None) -> None:
        self.connection = connection
        self.request = ""
        """The id of the request for which a piece of work is done, which its events tell."""
        self._known = known or {}
        self._last: tuple[int, bytes] | None = None
        self._hits: dict[Window, int] = {}
        self._counted: dict[Window, int] = {}

    def first(self, query: str, *values: Any) -> Any:
        """Return the first row of a query, or None."""
        ask = (query, values)
        if ask in self._known:
            return self._known.pop(ask)
        return self.connection.execute(query, values).fetchone()

    def write(self, statement: str, *values: Any) -> None:
        """Run a statement whose outcome nobody needs; a connection far away need not wait for it."""
        self.connection.execute(statement, values)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        """Run any statement."""
        self._known.clear()
        return self.connection.execute(statement, values)

    def read_last_event(self) -> tuple[int, bytes]:
        """Return number and digest of the event at the end of the chain."""
        if self._last is None:
            row = self.first(LAST_EVENT)
            self._last = (row["seq"], row["digest"]) if row else (0, NO_EVENT)
        return self._last

    def note_last_event(self, seq: int, digest: bytes) -> None:
        """Remember the event that now stands at the end of the chain."""
        self._last = (seq, digest)

    def count_hits(self, window: Window) -> int:
        """Return how often a limit was used in a window."""
        if window not in self._hits:
            row = self.first(HITS, *window[:2])
            self._hits[window] = row["hits"] if row else 0
        return self._hits[window] + self._counted.get(window, 0)

    def add_hit(self, window: Window) -> None:
        """Count one use of a limit; it is written at the end."""
        self._counted[window] = self._counted.get(window, 0) + 1

    def finish(self) -> None:
        """Write what was counted."""
        for window, hits in self._counted.items():
            self.write(ADD_HITS, *window, hits)
