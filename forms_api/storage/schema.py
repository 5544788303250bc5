"""The tables, as migrations: text keys made by the application, no triggers, nothing that only one engine has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A new table: columns are of type str, int or bytes, and filled unless they are `optional`."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, type]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Index:
    """A new index."""

    table: str
    columns: tuple[str, ...]
    unique: bool = False

    @property
    def name(self) -> str:
        """Return its name."""
        return f"idx_{self.table}_{'_'.join(self.columns)}"


@dataclass(frozen=True)
class Column:
    """A new column of a table that is there; with a `default` it is filled, without one it may be empty."""

    table: str
    name: str
    type: type
    default: int | None = None


UNSEEN = "(cases.seen is null or cases.seen <> cases.state)"
"""What a query must say, word for word, to find cases that the office has not seen by their index."""

Step = Table | Index | Column | str
"""What a migration does, one after the other; text is a statement."""


def _table(name: str, key: str | tuple[str, ...], optional: tuple[str, ...] = (), /, **columns: type) -> Table:
    return Table(name, (key,) if isinstance(key, str) else key, columns, frozenset(optional))


MIGRATIONS: dict[str, tuple[Step, ...]] = {
    # what receiving needs
    "intake": (
        _table("definitions", "version", version=str, form=str, body=str),
        _table(
            "cases",
            "id",
            ("reason", "note", "asked", "opened_at"),
            id=str,
            reference=str,
            form=str,
            version=str,
            channel=str,
            state=str,
            received_at=str,
            updated_at=str,
            secret_hash=bytes,
            reason=str,
            note=str,
            asked=str,
            opened_at=str,
        ),
        Index("cases", ("reference",), unique=True),
        _table("parts", ("case_id", "number"), case_id=str, number=int, at=str, sealed=bytes),
        _table("submissions", "token_hash", token_hash=bytes, answers_digest=bytes, case_id=str, at=str),
        _table(
            "uploads",
            "id",
            ("size", "digest", "sealed", "finished_at", "case_id"),
            id=str,
            form=str,
            field=str,
            created_at=str,
            expires_at=str,
            received=int,
            size=int,
            digest=str,
            sealed=bytes,
            finished_at=str,
            case_id=str,
        ),
        Index("uploads", ("case_id", "id")),
        _table(
            "event",
            "seq",
            ("actor_id", "case_id"),
            seq=int,
            case_id=str,
            kind=str,
            at=str,
            role=str,
            actor_id=str,
            data=str,
            previous=bytes,
            digest=bytes,
        ),
        Index("event", ("case_id", "seq")),
        _table("outbox", "id", ("sent_at",), id=str, case_id=str, template=str, at=str, sent_at=str),
        _table("charges", ("bucket", "starts_at"), bucket=str, starts_at=int, ends_at=int, hits=int),
        _table("api_keys", "name", ("per_minute",), name=str, digest=bytes, created_at=str, per_minute=int),
        _table("seals", "fingerprint", fingerprint=str, at=str),
        _table("drafts", "id", id=bytes, form=str, sealed=bytes, expires_at=str),
    ),
    # what staff keep beside the cases: work, notes, registers, and what they are found by
    "office": (
        _table(
            "work",
            "case_id",
            ("due", "assignee", "accepted_at", "about", "household"),
            case_id=str,
            union_id=str,
            state=str,
            entered_at=str,
            due=str,
            assignee=str,
            accepted_at=str,
            paused=int,
            extended=int,
            unread=int,
            joint=str,
            about=str,
            household=str,
            version=int,
        ),
        Index("work", ("union_id", "due")),
        _table("notes", "id", id=str, owner=str, at=str, staff=str, sealed=bytes),
        Index("notes", ("owner", "at")),
        _table(
            "entries",
            "id",
            ("due", "owner"),
            id=str,
            register=str,
            union_id=str,
            state=str,
            updated_at=str,
            sealed=bytes,
            version=int,
            due=str,
            owner=str,
        ),
        Index("entries", ("register", "due")),
        Index("entries", ("owner",)),
        _table("keyed", ("register", "kind", "digest", "id"), register=str, kind=str, digest=bytes, id=str),
        Index("keyed", ("id",)),
    ),
    # how often each message was tried, when to try again, and why it did not go
    "sending": (
        Column("outbox", "tries", int, default=0),
        Column("outbox", "next_at", str),
        Column("outbox", "cause", str),
        "update outbox set next_at = at where sent_at is null",
    ),
    # what signing in needs: accounts and sessions, each with its MAC, and wrong tries
    "staff": (
        _table("staff", "account", account=str, version=int, body=str, mac=bytes),
        _table(
            "sessions",
            "id",
            id=bytes,
            account=str,
            epoch=int,
            started_at=str,
            seen_at=str,
            device=str,
            address=str,
            mac=bytes,
        ),
        Index("sessions", ("account",)),
        _table("failures", "name", name=str, hits=int, since=int, locked_until=int),
    ),
    # where everything went, if another store took this one's place
    "moving": (_table("moved", "place", place=str),),
    # which request is just finishing an upload, and until when all others keep off
    "holding": (Column("uploads", "holder", str), Column("uploads", "held_until", str)),
    # in which state the office saw a case last, so that what it has not seen is found without going through all cases
    "seeing": (
        Column("cases", "seen", str),
        "update cases set seen = (select work.state from work where work.case_id = cases.id)",
        f"create index idx_cases_unseen on cases (received_at) where {UNSEEN}",
        Index("cases", ("state",)),
    ),
}


def list_tables() -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Yield name, key and columns of every table as the migrations leave it."""
    steps = [step for steps in MIGRATIONS.values() for step in steps]
    for table in steps:
        if isinstance(table, Table):
            later = (step.name for step in steps if isinstance(step, Column) and step.table == table.name)
            yield table.name, table.key, (*table.columns, *later)
