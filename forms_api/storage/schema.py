"""The tables, as migrations: text keys made by the application, no triggers, nothing that only one engine has."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("forms_api")


@migrations()
def intake(db: Database) -> None:
    """Make what receiving needs."""
    _table(db, "definitions", "version", version=str, form=str, body=str)
    _table(
        db,
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
    )
    db.table("cases").create_index(["reference"], unique=True)
    _table(db, "parts", ("case_id", "number"), case_id=str, number=int, at=str, sealed=bytes)
    _table(db, "submissions", "token_hash", token_hash=bytes, answers_digest=bytes, case_id=str, at=str)
    _table(
        db,
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
    )
    db.table("uploads").create_index(["case_id", "id"])
    _table(
        db,
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
    )
    db.table("event").create_index(["case_id", "seq"])
    _table(db, "outbox", "id", ("sent_at",), id=str, case_id=str, template=str, at=str, sent_at=str)
    _table(db, "charges", ("bucket", "starts_at"), bucket=str, starts_at=int, ends_at=int, hits=int)
    _table(db, "api_keys", "name", ("per_minute",), name=str, digest=bytes, created_at=str, per_minute=int)
    _table(db, "seals", "fingerprint", fingerprint=str, at=str)
    _table(db, "drafts", "id", id=bytes, form=str, sealed=bytes, expires_at=str)


@migrations()
def office(db: Database) -> None:
    """Make what staff keep beside the cases: work, notes, registers, and what they are found by."""
    _table(
        db,
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
    )
    db.table("work").create_index(["union_id", "due"])
    _table(db, "notes", "id", id=str, owner=str, at=str, staff=str, sealed=bytes)
    db.table("notes").create_index(["owner", "at"])
    _table(
        db,
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
    )
    db.table("entries").create_index(["register", "due"])
    db.table("entries").create_index(["owner"])
    _table(db, "keyed", ("register", "kind", "digest", "id"), register=str, kind=str, digest=bytes, id=str)
    db.table("keyed").create_index(["id"])


@migrations()
def sending(db: Database) -> None:
    """Keep with each message how often it was tried, when to try again, and why it did not go."""
    outbox = db.table("outbox")
    outbox.add_column("tries", int, not_null_default=0)
    outbox.add_column("next_at", str)
    outbox.add_column("cause", str)
    db.execute("update outbox set next_at = at where sent_at is null")


@migrations()
def staff(db: Database) -> None:
    """Make what signing in needs: accounts and sessions, each with its MAC, and wrong tries."""
    _table(db, "staff", "account", account=str, version=int, body=str, mac=bytes)
    _table(
        db,
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
    )
    db.table("sessions").create_index(["account"])
    _table(db, "failures", "name", name=str, hits=int, since=int, locked_until=int)


def _table(
    db: Database, table: str, key: str | tuple[str, ...], optional: tuple[str, ...] = (), /, **columns: type
) -> None:
    required = [column for column in columns if column not in optional]
    db.table(table).create(columns, pk=key, not_null=required, strict=True)
