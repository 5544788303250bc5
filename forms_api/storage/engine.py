"""One SQLite file, opened for many readers and one writer thread: what the store's tables are read and written through."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from forms_api.storage import StoreBroken
from forms_api.storage.writer import Result, Work, Writer

BUSY_SECONDS = 10


class Engine:
    """Reads and writes one file; open it after a fork, not before."""

    def __init__(self, path: Path, migrations: Migrations) -> None:
        """Open the file, make or renew its tables. Raises StoreBroken."""
        self._path = path
        self._readers: list[Database] = []
        self._writer = Writer(lambda: _connect(path), path.with_suffix(".lock"))
        try:
            self._writer.write(lambda turn: None)
            self._migrate(migrations)
        except BaseException:
            self._writer.close()
            raise

    def write(self, work: Work[Result]) -> Result:
        """Run a piece of work in the writer's transaction and return its result once it is durable."""
        return self._writer.write(work)

    def run(self, statement: str, *values: Any) -> int:
        """Run a statement that writes and return how many rows it touched."""
        return self._writer.write(lambda turn: turn.execute(statement, values).rowcount)

    def first(self, query: str, *values: Any) -> Any:
        """Return the first row, or None."""
        with self.reader() as db:
            return db.execute(query, values).fetchone()

    def all(self, query: str, *values: Any) -> list[Any]:
        """Return every row."""
        with self.reader() as db:
            return db.execute(query, values).fetchall()

    @contextmanager
    def reader(self) -> Iterator[Database]:
        """Lend a connection that nobody else has at the time. Raises StoreBroken."""
        if self._writer.is_closed:
            raise StoreBroken("the store is closed")
        try:
            db = self._readers.pop()
        except IndexError:
            db = Database(_connect(self._path))
        try:
            yield db
        except sqlite3.Error as error:
            raise StoreBroken(str(error)) from error
        finally:
            self._readers.append(db)

    def backup(self, path: Path) -> None:
        """Write a whole copy, durably, without stopping others."""
        with self.reader() as db:
            copy = sqlite3.connect(path)
            try:
                db.conn.backup(copy)
            finally:
                copy.close()
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Finish what waits and let go of the file; may be called twice."""
        self._writer.close()
        while self._readers:
            self._readers.pop().conn.close()

    def _migrate(self, migrations: Migrations) -> None:
        with self.reader() as db:
            waiting = bool(migrations.pending(db))
        if waiting:
            self._writer.write(lambda turn: migrations.apply(Database(turn.connection)))


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "secure_delete = on"):
            connection.execute(f"pragma {pragma}")
    except sqlite3.Error as error:
        raise StoreBroken(str(error)) from error
    return connection
