"""The store on PostgreSQL: a pool of readers, one writer in each process, and one row that all writers stand in line for.

Whoever writes first locks the row of `turn`, so the chain of events stays without a gap whatever hosts write. All who wait
in a process share a transaction of two trips, however many they are: one locks and fetches what they will ask, one writes and
commits. Nothing here needs more than text keys, plain tables and `for update`; what an engine cannot serialise is run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from forms_api.storage import StoreBroken, StoreOutdated, StoreTooNew
from forms_api.storage.copying import copy_tables
from forms_api.storage.engine import Asks, Engine
from forms_api.storage.schema import MIGRATIONS, Column, Index, Step, Table
from forms_api.storage.sqlite import SqliteEngine
from forms_api.storage.tables import Tables
from forms_api.storage.turn import Turn
from forms_api.storage.writer import FindRequest, Result, Verdict, Work, Writer, ask_nothing, no_request

Link = psycopg.Connection[dict[str, Any]]
MOST_READERS = 8
WAIT_SECONDS = 5
PATIENCE: dict[str, str | int] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "application_name": "forms_api",
}
"""A server that is gone is noticed within seconds; what the address itself says comes first."""
SETTINGS = {
    "idle_in_transaction_session_timeout": "5s",  # a host that vanished in its turn must not stop all others
    "client_connection_check_interval": "2s",  # nor may one that waits in line behind it
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "7s",
    "lock_timeout": "30s",
    "statement_timeout": "60s",
    "default_transaction_isolation": "read committed",  # what is asked after the lock sees what the one before wrote
}
DURABLE = "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') in ('off', 'local')"
TAKE_TURN = "select name from turn where name = 'writer' for update"
TYPES = {str: 'text collate "C"', int: "bigint", bytes: "bytea"}
"""Text is compared byte by byte, as SQLite does, so that both list in one order."""
OWN: dict[str, tuple[Step, ...]] = {
    "turn": (Table("turn", ("name",), {"name": str}), "insert into turn (name) values ('writer')")
}


class PostgresStore(Tables):
    """All ports of a store on one PostgreSQL database. Open it after a fork, not before."""

    def __init__(self, address: str, *, renew: bool = False, find_request: FindRequest = no_request) -> None:
        """Connect (postgresql://user@host/database); make the tables if there are none, renew old ones if told to.

        Raises StoreOutdated, StoreTooNew, StoreBroken.
        """
        super().__init__(PostgresEngine(address, renew=renew, find_request=find_request))


class PostgresEngine(Engine):
    """Reads and writes one database; open it after a fork, not before."""

    def __init__(self, address: str, *, renew: bool = False, find_request: FindRequest = no_request) -> None:
        """Connect; make the tables if there are none, renew old ones if told to.

        Raises StoreOutdated, StoreTooNew, StoreBroken.
        """
        try:
            address = make_conninfo("", **{**PATIENCE, **conninfo_to_dict(address)})
            with connect(address) as connection:
                _migrate(connection, renew)
        except psycopg.Error as error:
            raise StoreBroken(_tell(error)) from error
        self._pool = ConnectionPool[Link](
            address,
            connection_class=Link,
            kwargs={"autocommit": True, "row_factory": dict_row},
            configure=_prepare,
            min_size=1,
            max_size=MOST_READERS,
            timeout=WAIT_SECONDS,
            open=True,
        )
        self._writer = Writer(PostgresLine(address), find_request)

    def write(self, work: Work[Result], asks: Asks = ask_nothing) -> Result:
        """Run a piece of work in the writer's transaction and return its result once it is durable."""
        return self._writer.write(work, asks)

    @contextmanager
    def reader(self) -> Iterator[Lent]:
        """Lend a connection that nobody else has at the time. Raises StoreBroken."""
        try:
            with self._pool.connection() as connection:
                yield Lent(connection)
        except PoolClosed:
            raise StoreBroken("the store is closed") from None
        except psycopg.Error as error:
            raise StoreBroken(_tell(error)) from error

    @contextmanager
    def snapshot(self) -> Iterator[Lent]:
        """Lend a connection in a transaction that only reads."""
        with self.reader() as lent:
            lent.execute("begin isolation level repeatable read read only")
            try:
                yield lent
            finally:
                if not lent.is_lost:
                    lent.execute("rollback")

    def first(self, query: str, *values: Any) -> Any:
        """Return the first row, or None; asks again where the connection was lost."""
        try:
            return super().first(query, *values)
        except StoreBroken as broken:
            self._renew(broken)
            return super().first(query, *values)

    def all(self, query: str, *values: Any) -> list[Any]:
        """Return every row; asks again where the connection was lost."""
        try:
            return super().all(query, *values)
        except StoreBroken as broken:
            self._renew(broken)
            return super().all(query, *values)

    def backup(self, path: Path) -> None:
        """Write a whole copy as an SQLite file, durably, without stopping others."""
        copy = SqliteEngine(path)
        try:
            with self.snapshot() as source:
                copy.write(lambda turn: copy_tables(source, turn))
            copy.shrink_log()
        finally:
            copy.close()

    def shrink_log(self) -> bool:
        """Leave it to the server: its log is shared by all who use it, and it empties it itself."""
        return True

    def close(self) -> None:
        """Finish what waits and let go of the database; may be called twice."""
        self._writer.close()
        self._pool.close()

    def _renew(self, broken: StoreBroken) -> None:
        """Replace connections that a restart of the server has left dead; raise what it was if it was something else."""
        cause = broken.__cause__
        if self._pool.closed or not isinstance(cause, psycopg.OperationalError) or isinstance(cause, PoolTimeout):
            raise broken
        self._pool.check()


class Lent:
    """A connection that takes statements as both engines are asked them."""

    def __init__(self, connection: Link, pipeline: psycopg.Pipeline | None = None) -> None:
        self._connection, self._pipeline = connection, pipeline

    @property
    def is_lost(self) -> bool:
        """Return whether the connection is of no more use."""
        return self._connection.closed

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Outcome:
        """Run a statement; in a pipeline it is on its way then, and errors show when an outcome is asked or at the end."""
        return Outcome(self._connection.execute(_translate(statement), values), self._pipeline)


class Outcome:
    """What a statement came to; asked within a pipeline, it waits for the answer."""

    def __init__(self, cursor: psycopg.Cursor[dict[str, Any]], pipeline: psycopg.Pipeline | None) -> None:
        self._cursor, self._pipeline = cursor, pipeline

    @property
    def rowcount(self) -> int:
        """Return how many rows were touched."""
        self._await()
        return self._cursor.rowcount

    def fetchone(self) -> dict[str, Any] | None:
        """Return the next row, or None."""
        self._await()
        return self._cursor.fetchone()

    def fetchall(self) -> list[dict[str, Any]]:
        """Return every row."""
        self._await()
        return self._cursor.fetchall()

    def _await(self) -> None:
        """Wait for every answer, so that the server knows that it waits for us and ends us if we never speak again.

        What psycopg does by itself asks it to flush, and a server that was asked to flush waits without end.
        """
        if self._pipeline and self._cursor.pgresult is None:
            self._pipeline.sync()


class LostBeforeCommit(Exception):
    """The connection was lost while nothing was committed yet."""


class PostgresLine:
    """One connection, and the row that the writers of all hosts stand in line for."""

    faults: tuple[type[Exception], ...] = (psycopg.Error, LostBeforeCommit)

    def __init__(self, address: str) -> None:
        """Take the address; the first turn connects."""
        self._address = address
        self._connection: Link | None = None

    @contextmanager
    def turn(self, asks: Sequence[Asks]) -> Iterator[Turn]:
        """Lend a transaction of two trips: what is asked ahead comes with the lock, what is written goes with the commit."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._address)
        connection, committing = self._connection, False
        try:
            with connection.pipeline() as pipeline:
                yield _take_turn(Lent(connection, pipeline), asks)
                committing = True
                outcome = connection.execute("commit")
            if outcome.statusmessage != "COMMIT":
                raise StoreBroken("the transaction was rolled back")
        except BaseException as error:
            self._leave(connection)
            if isinstance(error, psycopg.OperationalError) and connection.closed and not committing:
                raise LostBeforeCommit(_tell(error)) from error
            raise

    def judge(self, error: Exception) -> Verdict:
        """Tell whether to run a group again: what could not be serialised, or was lost before the commit went out."""
        if isinstance(error, errors.SerializationFailure | errors.DeadlockDetected | LostBeforeCommit):
            return "repeat"
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return "all"
        return "one"

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()

    def _leave(self, connection: Link) -> None:
        try:
            connection.execute("rollback")
        except psycopg.Error:
            connection.close()


def count_others(address: str) -> int:
    """Return how many connections others hold to a database. Raises StoreBroken."""
    counted = (
        "select count(*) as number from pg_stat_activity "
        "where datname = current_database() and usename is not null and pid <> pg_backend_pid()"
    )
    try:
        with Link.connect(address, row_factory=dict_row, autocommit=True) as connection:
            return int(connection.execute(counted).fetchall()[0]["number"])
    except psycopg.Error as error:
        raise StoreBroken(_tell(error)) from error


def connect(address: str) -> Link:
    """Return a connection on which a commit is durable. Raises psycopg.Error."""
    connection = Link.connect(address, autocommit=True, row_factory=dict_row)
    _prepare(connection)
    return connection


def _prepare(connection: Link) -> None:
    for name, value in SETTINGS.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))
    connection.execute(DURABLE)


def _take_turn(lent: Lent, asks: Sequence[Asks]) -> Turn:
    """Begin, wait for the lock and fetch what is asked ahead, in one trip."""
    wanted = dict.fromkeys(ask for told in asks for ask in told())
    lent.execute("begin")
    locked = lent.execute(TAKE_TURN)
    sent = [(ask, lent.execute(*ask)) for ask in wanted]
    locked.fetchone()
    return Turn(lent, {ask: outcome.fetchone() for ask, outcome in sent})


@lru_cache(1024)
def _translate(statement: str) -> str:
    """Return a statement as psycopg writes it."""
    return statement.replace("%", "%%").replace("?", "%s")


def _tell(error: psycopg.Error) -> str:
    """Return the first line of an error; later ones may quote a row."""
    return next(iter(str(error).splitlines()), type(error).__name__)


# --- the tables ---------------------------------------------------------------------------------------


def list_waiting(address: str) -> list[str]:
    """Return the names of the migrations that a database still lacks, in their order. Raises StoreBroken."""
    try:
        with connect(make_conninfo("", **{**PATIENCE, **conninfo_to_dict(address)})) as connection:
            done = _list_done(Lent(connection))
    except psycopg.Error as error:
        raise StoreBroken(_tell(error)) from error
    return [name for name in OWN | MIGRATIONS if name not in done]


def _migrate(connection: Link, renew: bool) -> None:
    """Make what is not there yet; processes that start together wait for one another."""
    done, wanted = _list_done(Lent(connection)), OWN | MIGRATIONS
    if not done <= wanted.keys():
        raise StoreTooNew("written by a later version")
    pending = {name: steps for name, steps in wanted.items() if name not in done}
    if pending and done and not renew:
        raise StoreOutdated("written by an earlier version")
    if pending and not _take_all(connection, pending):
        _migrate(connection, renew)


def _list_done(lent: Lent) -> set[str]:
    if lent.execute("select to_regclass('migrations') as found").fetchall()[0]["found"] is None:
        try:
            lent.execute('create table if not exists migrations (name text collate "C" primary key)')
        except (errors.UniqueViolation, errors.DuplicateTable):  # another process makes it in this moment
            return _list_done(lent)
    return {row["name"] for row in lent.execute("select name from migrations").fetchall()}


def _take_all(connection: Link, pending: Mapping[str, Sequence[Step]]) -> bool:
    """Take migrations in one transaction; tell whether it was this process that did."""
    lent = Lent(connection)
    try:
        with connection.transaction():
            for name, steps in pending.items():
                lent.execute("insert into migrations (name) values (?)", (name,))  # waits for another who does it now
                for step in steps:
                    lent.execute(_write_step(step))
    except errors.UniqueViolation:
        return False
    return True


def _write_step(step: Step) -> str:
    if isinstance(step, Table):
        columns = [
            f"{name} {TYPES[kind]}{'' if name in step.optional else ' not null'}" for name, kind in step.columns.items()
        ]
        return f"create table {step.name} ({', '.join(columns)}, primary key ({', '.join(step.key)}))"
    if isinstance(step, Index):
        unique = "unique " if step.unique else ""
        return f"create {unique}index {step.name} on {step.table} ({', '.join(step.columns)})"
    if isinstance(step, Column):
        filled = "" if step.default is None else f" not null default {step.default}"
        return f"alter table {step.table} add column {step.name} {TYPES[step.type]}{filled}"
    return step
