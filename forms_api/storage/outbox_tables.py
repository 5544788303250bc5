"""What waits to be told to workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forms_api.model import Message, NewEvent
from forms_api.storage import Stuck, statements
from forms_api.storage.engine import Engine
from forms_api.storage.rows import read_moment, write_moment
from forms_api.storage.turn import Turn

_WAITING = "sent_at is null and next_at is not null"
_GIVEN_UP = "sent_at is null and next_at is null"


class OutboxTables:
    """The table of the outbox: a message without a next moment was given up."""

    _engine: Engine

    def list_waiting(self, now: datetime, limit: int = 50) -> list[tuple[Message, int]]:
        """Return messages that are due, oldest first, with how often each was tried."""
        rows = self._engine.all(
            f"select * from outbox where {_WAITING} and next_at <= ? order by next_at, id limit ?",  # noqa: S608 - our words
            write_moment(now),
            limit,
        )
        return [(_read(row), row["tries"]) for row in rows]

    def settle(self, message_id: str, at: datetime, event: NewEvent) -> None:
        """Note that a message went out, and the event of it."""

        def work(turn: Turn) -> None:
            statement = "update outbox set sent_at = ?, tries = tries + 1, cause = null where id = ?"
            turn.write(statement, write_moment(at), message_id)
            statements.append_event(turn, event)

        self._engine.write(work)

    def postpone(self, message_id: str, tries: int, until: datetime, cause: str) -> None:
        """Note that a message did not go out and when to try again."""
        statement = "update outbox set tries = ?, next_at = ?, cause = ? where id = ?"
        self._engine.run(statement, tries, write_moment(until), cause, message_id)

    def give_up(self, message_id: str, tries: int, cause: str) -> None:
        """Leave a message to staff."""
        self._engine.run(
            "update outbox set tries = ?, next_at = null, cause = ? where id = ?", tries, cause, message_id
        )

    def list_stuck(self) -> list[Stuck]:
        """Return the messages that were given up, oldest first."""
        rows = self._engine.all(f"select * from outbox where {_GIVEN_UP} order by at, id")  # noqa: S608 - our words
        return [Stuck(_read(row), row["tries"], row["cause"]) for row in rows]

    def count_waiting(self) -> tuple[int, datetime | None]:
        """Return how many messages wait, and since when the oldest has."""
        row = self._engine.first(f"select count(*) as number, min(at) as since from outbox where {_WAITING}")  # noqa: S608 - our words
        return row["number"], read_moment(row["since"]) if row["since"] else None


def _read(row: Mapping[str, Any]) -> Message:
    return Message(row["id"], row["case_id"], row["template"], read_moment(row["at"]))
