"""What the store writes, each piece inside a transaction that the caller began; whoever refuses has written nothing yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from forms_api.model import NO_EVENT, Case, Event, FileRef, Message, NewEvent, link
from forms_api.storage import (
    Amendment,
    CaseChanged,
    Charge,
    Exhausted,
    FilesMissing,
    ReferenceTaken,
    Submission,
    TokenUsed,
)
from forms_api.storage.rows import read_case, write_case, write_event, write_moment

FIND_SUBMISSION = (
    "select cases.*, answers_digest from submissions join cases on cases.id = submissions.case_id where token_hash = ?"
)


def accept(connection: sqlite3.Connection, submission: Submission) -> None:
    """Write an application: everything that `Submission` names, or nothing."""
    case = submission.case
    refuse_used_token(connection, submission.token_hash)
    refuse_exhausted(connection, submission.charges, case.received_at)
    _refuse_missing_files(connection, submission.files, case, case.received_at)
    if connection.execute("select 1 from cases where reference = ? or id = ?", (case.reference, case.id)).fetchone():
        raise ReferenceTaken
    count_charges(connection, submission.charges, case.received_at)
    connection.execute("insert into cases values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", write_case(case))
    _write_token(connection, submission.token_hash, submission.answers_digest, case)
    _write_part(connection, case, 0, submission.sealed)
    _claim_files(connection, submission.files, case)
    append_event(connection, submission.event)
    _write_messages(connection, submission.messages)


def amend(connection: sqlite3.Connection, amendment: Amendment) -> None:
    """Write a change of a case: everything that `Amendment` names, or nothing."""
    before, after = amendment.before, amendment.after
    if amendment.token_hash is not None:
        refuse_used_token(connection, amendment.token_hash)
    refuse_exhausted(connection, amendment.charges, after.updated_at)
    _refuse_missing_files(connection, amendment.files, after, after.updated_at)
    row = connection.execute("select state, updated_at from cases where id = ?", (before.id,)).fetchone()
    if row is None or tuple(row) != (before.state, write_moment(before.updated_at)):
        raise CaseChanged
    count_charges(connection, amendment.charges, after.updated_at)
    connection.execute(
        "update cases set state = ?, updated_at = ?, reason = ?, note = ?, asked = ? where id = ?",
        (after.state, write_moment(after.updated_at), after.reason, after.note, write_case(after)[11], after.id),
    )
    if amendment.token_hash is not None and amendment.answers_digest is not None:
        _write_token(connection, amendment.token_hash, amendment.answers_digest, after)
    if amendment.sealed is not None:
        number = connection.execute("select count(*) from parts where case_id = ?", (after.id,)).fetchone()[0]
        _write_part(connection, after, number, amendment.sealed)
    _claim_files(connection, amendment.files, after)
    append_event(connection, amendment.event)
    _write_messages(connection, amendment.messages)


def append_event(connection: sqlite3.Connection, event: NewEvent) -> Event:
    """Write an event at the end of the chain."""
    last = connection.execute("select seq, digest from events order by seq desc limit 1").fetchone()
    linked = link(event, last["seq"] + 1, last["digest"]) if last else link(event, 1, NO_EVENT)
    connection.execute("insert into events values (?, ?, ?, ?, ?, ?, ?, ?, ?)", write_event(linked))
    return linked


def refuse_used_token(connection: sqlite3.Connection, token_hash: bytes) -> None:
    """Raise TokenUsed if the token made a case or a supplement before."""
    if row := connection.execute(FIND_SUBMISSION, (token_hash,)).fetchone():
        raise TokenUsed(read_case(row), row["answers_digest"])


def refuse_exhausted(connection: sqlite3.Connection, charges: Sequence[Charge], now: datetime) -> None:
    """Raise Exhausted if one of the limits is reached."""
    for charge in charges:
        starts, ends = _window(charge, now)
        row = connection.execute(
            "select hits from charges where bucket = ? and starts_at = ?", (charge.bucket, starts)
        ).fetchone()
        if (row["hits"] if row else 0) >= charge.limit:
            raise Exhausted(charge.bucket, max(1, ends - int(now.timestamp())))


def count_charges(connection: sqlite3.Connection, charges: Sequence[Charge], now: datetime) -> None:
    """Count one use of each."""
    for charge in charges:
        connection.execute(
            "insert into charges values (?, ?, ?, 1) on conflict (bucket, starts_at) do update set hits = hits + 1",
            (charge.bucket, *_window(charge, now)),
        )


def _window(charge: Charge, now: datetime) -> tuple[int, int]:
    starts = int(now.timestamp()) // charge.seconds * charge.seconds
    return starts, starts + charge.seconds


def _refuse_missing_files(connection: sqlite3.Connection, files: Sequence[FileRef], case: Case, now: datetime) -> None:
    missing = [
        file
        for file in files
        if not connection.execute(
            "select 1 from uploads where id = ? and form = ? and field = ? and case_id is null "
            "and finished_at is not null and expires_at > ?",
            (file.id, case.form, file.field, write_moment(now)),
        ).fetchone()
    ]
    if missing or len({file.id for file in files}) < len(files):
        raise FilesMissing(missing or files)


def _claim_files(connection: sqlite3.Connection, files: Sequence[FileRef], case: Case) -> None:
    for file in files:
        connection.execute("update uploads set case_id = ? where id = ?", (case.id, file.id))


def _write_token(connection: sqlite3.Connection, token_hash: bytes, answers_digest: bytes, case: Case) -> None:
    row = (token_hash, answers_digest, case.id, write_moment(case.updated_at))
    connection.execute("insert into submissions values (?, ?, ?, ?)", row)


def _write_part(connection: sqlite3.Connection, case: Case, number: int, sealed: bytes) -> None:
    row = (case.id, number, write_moment(case.updated_at), sealed)
    connection.execute("insert into parts values (?, ?, ?, ?)", row)


def _write_messages(connection: sqlite3.Connection, messages: Sequence[Message]) -> None:
    for message in messages:
        row = (message.id, message.case_id, message.template, write_moment(message.at))
        connection.execute("insert into outbox values (?, ?, ?, ?, null)", row)
