"""What the tables are read and written through: a port, with one engine for each database behind it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from forms_api.storage.turn import Ask, Connection
from forms_api.storage.writer import Result, Work

Asks = Callable[[], Sequence[Ask]]


class Engine(Protocol):
    """Reads and writes one database; open it after a fork, not before. Raises StoreBroken."""

    @abstractmethod
    def write(self, work: Work[Result], asks: Asks = ...) -> Result:
        """Run a piece of work in the writer's transaction and return its result once it is durable.

        `asks` tells what it will ask first, so that this can be fetched for all who wait in one trip.
        """

    @abstractmethod
    def reader(self) -> AbstractContextManager[Connection]:
        """Lend a connection that nobody else has at the time."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[Connection]:
        """Lend a connection that sees the database as it is now, whatever others write meanwhile."""

    @abstractmethod
    def backup(self, path: Path) -> None:
        """Write a whole copy as an SQLite file, durably, without stopping others."""

    @abstractmethod
    def shrink_log(self) -> bool:
        """Leave nothing of what was deleted in the log, as far as this database lets us; tell whether nobody was in the way."""

    @abstractmethod
    def close(self) -> None:
        """Finish what waits and let go of the database; may be called twice."""

    def run(self, statement: str, *values: Any) -> int:
        """Run a statement that writes and return how many rows it touched."""
        return self.write(lambda turn: turn.execute(statement, values).rowcount)

    def first(self, query: str, *values: Any) -> Any:
        """Return the first row, or None."""
        with self.reader() as reader:
            return reader.execute(query, values).fetchone()

    def all(self, query: str, *values: Any) -> list[Any]:
        """Return every row."""
        with self.reader() as reader:
            return reader.execute(query, values).fetchall()
