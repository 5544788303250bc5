"""Accounts of staff, their sessions and wrong tries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forms_api.model import NewEvent
from forms_api.staff import Session, StaffRow
from forms_api.storage import StaffChange, StaffChanged, statements
from forms_api.storage.engine import Engine
from forms_api.storage.rows import read_moment, write_moment
from forms_api.storage.turn import Turn

_NEW_SESSION = (
    "insert into sessions (id, account, epoch, started_at, seen_at, device, address, mac) "
    "values (?, ?, ?, ?, ?, ?, ?, ?)"
)
_SAVE_STAFF = (
    "insert into staff (account, version, body, mac) values (?, ?, ?, ?) on conflict (account) "
    "do update set version = excluded.version, body = excluded.body, mac = excluded.mac"
)
_SAVE_FAILURE = (
    "insert into failures (name, hits, since, locked_until) values (?, ?, ?, ?) on conflict (name) "
    "do update set hits = excluded.hits, since = excluded.since, locked_until = excluded.locked_until"
)


class StaffTables:
    """The tables of accounts."""

    _engine: Engine

    def change_staff(self, change: StaffChange) -> None:
        """Write a change of an account."""
        self._engine.write(lambda turn: _change(turn, change))

    def find_staff(self, account: str) -> StaffRow | None:
        """Return the row of an account."""
        row = self._engine.first("select * from staff where account = ?", account)
        return _read_staff(row) if row else None

    def list_staff(self) -> list[StaffRow]:
        """Return the rows of all accounts in their order."""
        return [_read_staff(row) for row in self._engine.all("select * from staff order by account")]

    def find_session(self, session_id: bytes) -> Session | None:
        """Return a session."""
        row = self._engine.first("select * from sessions where id = ?", session_id)
        return _read_session(row) if row else None

    def list_sessions(self, account: str) -> list[Session]:
        """Return the sessions of an account, the latest first."""
        rows = self._engine.all("select * from sessions where account = ? order by seen_at desc, id", account)
        return [_read_session(row) for row in rows]

    def touch_session(self, session: Session) -> None:
        """Note when a session was last used, if it is still there."""
        seen = (write_moment(session.seen_at), session.mac, session.id)
        self._engine.run("update sessions set seen_at = ?, mac = ? where id = ?", *seen)

    def end_session(self, session_id: bytes, event: NewEvent) -> bool:
        """Forget a session and keep the event; tell whether there was one, else nothing is written."""

        def work(turn: Turn) -> bool:
            found = turn.execute("delete from sessions where id = ?", (session_id,)).rowcount > 0
            if found:
                statements.append_event(turn, event)
            return found

        return self._engine.write(work)

    def count_failure(self, name: str, most: int, seconds: int, now: datetime) -> datetime | None:
        """Count a wrong try; the last of `most` within so many seconds locks the name for as long. Return until when."""
        return self._engine.write(lambda turn: _count_failure(turn, name, most, seconds, now))

    def find_lock(self, name: str, now: datetime) -> datetime | None:
        """Return until when a name is locked, if it is."""
        row = self._engine.first(
            "select locked_until from failures where name = ? and locked_until > ?", name, int(now.timestamp())
        )
        return datetime.fromtimestamp(row["locked_until"], now.tzinfo) if row else None

    def forget_failures(self, name: str) -> None:
        """Forget the wrong tries and the lock of a name."""
        self._engine.run("delete from failures where name = ?", name)

    def sweep_failures(self, now: datetime) -> int:
        """Forget wrong tries of more than a day ago; return how many names went."""
        return self._engine.run("delete from failures where since < ?", int(now.timestamp()) - 86_400)


def _change(turn: Turn, change: StaffChange) -> None:
    row = change.row
    found = turn.first("select version from staff where account = ?", row.account)
    if (found["version"] if found else 0) != row.version - 1:
        raise StaffChanged
    turn.write(_SAVE_STAFF, row.account, row.version, row.body, row.mac)
    if change.end_sessions:
        turn.write("delete from sessions where account = ?", row.account)
    if change.session:
        turn.write(_NEW_SESSION, *_write_session(change.session))
    for event in change.events:
        statements.append_event(turn, event)


def _count_failure(turn: Turn, name: str, most: int, seconds: int, now: datetime) -> datetime | None:
    moment = int(now.timestamp())
    row = turn.first("select hits, since from failures where name = ?", name)
    hits, since = (row["hits"], row["since"]) if row and moment - row["since"] < seconds else (0, moment)
    until = moment + seconds if hits + 1 >= most else 0
    kept = (name, 0, moment, until) if until else (name, hits + 1, since, 0)
    turn.write(_SAVE_FAILURE, *kept)
    return datetime.fromtimestamp(until, now.tzinfo) if until else None


def _read_staff(row: Mapping[str, Any]) -> StaffRow:
    return StaffRow(row["account"], row["version"], row["body"], row["mac"])


def _write_session(session: Session) -> tuple[Any, ...]:
    return (
        session.id,
        session.account,
        session.epoch,
        write_moment(session.started_at),
        write_moment(session.seen_at),
        session.device,
        session.address,
        session.mac,
    )


def _read_session(row: Mapping[str, Any]) -> Session:
    started, seen = read_moment(row["started_at"]), read_moment(row["seen_at"])
    return Session(row["id"], row["account"], row["epoch"], started, seen, row["device"], row["address"], row["mac"])
