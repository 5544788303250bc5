"""The store on SQLite: one file, WAL, synchronous=FULL; many readers, one writer thread in each process.

A plain transaction that begins by reading fails with "database is locked" as soon as several processes write, however long
it would wait, and BEGIN IMMEDIATE alone is unfair: some wait for seconds. So writers stand in line by a file lock.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

from sqlite_utils import Database, Migrations

from forms_api.storage import StoreBroken, StoreOutdated, StoreTooNew
from forms_api.storage.engine import Asks, Engine
from forms_api.storage.schema import MIGRATIONS, Column, Index, Step, Table
from forms_api.storage.tables import Tables
from forms_api.storage.turn import Turn
from forms_api.storage.writer import FindRequest, Result, Verdict, Work, Writer, ask_nothing, no_request

BUSY_SECONDS = 10


class SqliteStore(Tables):
    """All ports of a store on one SQLite file. Open it after a fork, not before."""

    def __init__(self, path: Path, *, renew: bool = False, find_request: FindRequest = no_request) -> None:
        """Open the file; make its tables if it has none, renew old ones if told to.

        Raises StoreOutdated, StoreTooNew, StoreBroken.
        """
        super().__init__(SqliteEngine(path, renew=renew, find_request=find_request))


class SqliteLine:
    """One connection, and the file that the writers of all processes stand in line for."""

    faults: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, open_connection: Callable[[], sqlite3.Connection], lock: Path) -> None:
        """Make the file; the writer's thread opens the connection. Raises StoreBroken."""
        self._open = open_connection
        self._connection: sqlite3.Connection | None = None
        try:
            self._lock = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        except OSError as error:
            raise StoreBroken(str(error)) from error

    @contextmanager
    def turn(self, asks: Sequence[Asks]) -> Iterator[Turn]:
        """Lend a transaction; nothing is fetched ahead, since asking costs no trip."""
        with _hold(self._lock):
            if self._connection is None:  # in turn, as the first to open makes the file, and that must not happen twice
                self._connection = self._open()
            connection = self._connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield Turn(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def judge(self, error: Exception) -> Verdict:
        """Tell that any error may be one piece's own: a full disk, too, has room for a small one."""
        return "one"

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()
        os.close(self._lock)


class SqliteEngine(Engine):
    """Reads and writes one file; open it after a fork, not before."""

    def __init__(self, path: Path, *, renew: bool = False, find_request: FindRequest = no_request) -> None:
        """Open the file; make its tables if it has none, renew old ones if told to.

        Raises StoreOutdated, StoreTooNew, StoreBroken.
        """
        self._path = path
        self._readers: list[sqlite3.Connection] = []
        self._writer = Writer(SqliteLine(lambda: _connect(path), path.with_suffix(".lock")), find_request)
        try:
            self._writer.write(lambda turn: None)
            self._migrate(renew)
        except BaseException:
            self._writer.close()
            raise

    def write(self, work: Work[Result], asks: Asks = ask_nothing) -> Result:
        """Run a piece of work in the writer's transaction and return its result once it is durable."""
        return self._writer.write(work, asks)

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that nobody else has at the time. Raises StoreBroken."""
        if self._writer.is_closed:
            raise StoreBroken("the store is closed")
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = _connect(self._path)
        try:
            yield connection
        except sqlite3.Error as error:
            raise StoreBroken(str(error)) from error
        finally:
            self._readers.append(connection)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection in a transaction that only reads."""
        with self.reader() as connection:
            connection.execute("BEGIN")
            try:
                connection.execute("select count(*) from sqlite_schema").fetchone()  # the transaction begins by reading
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def backup(self, path: Path) -> None:
        """Write a whole copy, durably, without stopping others."""
        with self.reader() as connection:
            _copy(connection, path)

    def shrink_log(self) -> bool:
        """Move all that was written into the file and empty its log; tell whether nobody stood in the way."""
        return not self.first("pragma wal_checkpoint(truncate)")[0]

    def close(self) -> None:
        """Finish what waits and let go of the file; may be called twice."""
        self._writer.close()
        while self._readers:
            self._readers.pop().close()

    def _migrate(self, renew: bool) -> None:
        with self.reader() as connection:
            applied = {one.name for one in _MIGRATIONS.applied(Database(connection))}
            waiting = bool(_MIGRATIONS.pending(Database(connection)))
        if not applied <= MIGRATIONS.keys():
            raise StoreTooNew("written by a later version")
        if waiting and applied and not renew:
            raise StoreOutdated("written by an earlier version")
        if waiting:
            self._writer.write(lambda turn: _MIGRATIONS.apply(Database(cast(sqlite3.Connection, turn.connection))))


def copy_database(path: Path, copy: Path) -> None:
    """Write a whole copy of a database of whatever version, durably, without stopping others. Raises StoreBroken."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", BUSY_SECONDS, uri=True)) as connection:
            _copy(connection, copy)
    except sqlite3.Error as error:
        raise StoreBroken(str(error)) from error


def list_waiting(path: Path) -> list[str]:
    """Return the names of the migrations that a database still lacks, in their order. Raises StoreBroken."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", BUSY_SECONDS, uri=True)) as connection:
            return [one.name for one in _MIGRATIONS.pending(Database(connection))]
    except sqlite3.Error as error:
        raise StoreBroken(str(error)) from error


def find_damage(path: Path) -> str:
    """Return what SQLite itself finds wrong with the pages and indexes of a file; empty where all is well."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            told = str(connection.execute("pragma integrity_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        told = str(error)
    return "" if told == "ok" else told


def _copy(connection: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy:
        connection.backup(copy)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "secure_delete = on"):
            connection.execute(f"pragma {pragma}")
    except sqlite3.Error as error:
        raise StoreBroken(str(error)) from error
    return connection


@contextmanager
def _hold(lock: int) -> Iterator[None]:
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def _gather_migrations() -> Migrations:
    gathered = Migrations("forms_api")
    for name, steps in MIGRATIONS.items():
        gathered(name=name)(_make_migration(steps))
    return gathered


def _make_migration(steps: Sequence[Step]) -> Callable[[Database], None]:
    def migrate(db: Database) -> None:
        for step in steps:
            _take(db, step)

    return migrate


def _take(db: Database, step: Step) -> None:
    if isinstance(step, Table):
        required = [column for column in step.columns if column not in step.optional]
        key = step.key if len(step.key) > 1 else step.key[0]
        db.table(step.name).create(step.columns, pk=key, not_null=required, strict=True)
    elif isinstance(step, Index):
        db.table(step.table).create_index(list(step.columns), unique=step.unique)
    elif isinstance(step, Column):
        db.table(step.table).add_column(step.name, step.type, not_null_default=step.default)
    else:
        db.execute(step)


_MIGRATIONS = _gather_migrations()
