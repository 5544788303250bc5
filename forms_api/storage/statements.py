"""What the store writes, each piece inside a transaction that the caller began; whoever refuses has written nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from forms_api.model import Case, Event, FileRef, Message, NewEvent, link
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
from forms_api.storage.turn import Turn, Window

FIND_SUBMISSION = (
    "select cases.*, answers_digest from submissions join cases on cases.id = submissions.case_id where token_hash = ?"
)

INSERT_CASE = "insert into cases values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"


def accept(turn: Turn, submission: Submission) -> None:
    """Write an application: everything that `Submission` names, or nothing."""
    case = submission.case
    refuse_used_token(turn, submission.token_hash)
    refuse_exhausted(turn, submission.charges, case.received_at)
    _refuse_missing_files(turn, submission.files, case, case.received_at)
    if not turn.execute(INSERT_CASE, write_case(case)).rowcount:  # the first thing written, so nothing stays of it
        raise ReferenceTaken
    count_charges(turn, submission.charges, case.received_at)
    _write_token(turn, submission.token_hash, submission.answers_digest, case)
    _write_part(turn, case, 0, submission.sealed)
    _claim_files(turn, submission.files, case)
    append_event(turn, submission.event)
    _write_messages(turn, submission.messages)


def amend(turn: Turn, amendment: Amendment) -> None:
    """Write a change of a case: everything that `Amendment` names, or nothing."""
    before, after = amendment.before, amendment.after
    if amendment.token_hash is not None:
        refuse_used_token(turn, amendment.token_hash)
    refuse_exhausted(turn, amendment.charges, after.updated_at)
    _refuse_missing_files(turn, amendment.files, after, after.updated_at)
    row = turn.execute("select state, updated_at from cases where id = ?", (before.id,)).fetchone()
    if row is None or tuple(row) != (before.state, write_moment(before.updated_at)):
        raise CaseChanged
    count_charges(turn, amendment.charges, after.updated_at)
    turn.execute(
        "update cases set state = ?, updated_at = ?, reason = ?, note = ?, asked = ? where id = ?",
        (after.state, write_moment(after.updated_at), after.reason, after.note, write_case(after)[11], after.id),
    )
    if amendment.token_hash is not None and amendment.answers_digest is not None:
        _write_token(turn, amendment.token_hash, amendment.answers_digest, after)
    if amendment.sealed is not None:
        number = turn.execute("select count(*) from parts where case_id = ?", (after.id,)).fetchone()[0]
        _write_part(turn, after, number, amendment.sealed)
    _claim_files(turn, amendment.files, after)
    append_event(turn, amendment.event)
    _write_messages(turn, amendment.messages)


def append_event(turn: Turn, event: NewEvent) -> Event:
    """Write an event at the end of the chain."""
    seq, digest = turn.read_last_event()
    linked = link(event, seq + 1, digest)
    turn.execute("insert into event values (?, ?, ?, ?, ?, ?, ?, ?, ?)", write_event(linked))
    turn.note_last_event(linked.seq, linked.digest)
    return linked


def refuse_used_token(turn: Turn, token_hash: bytes) -> None:
    """Raise TokenUsed if the token made a case or a supplement before."""
    if row := turn.execute(FIND_SUBMISSION, (token_hash,)).fetchone():
        raise TokenUsed(read_case(row), row["answers_digest"])


def refuse_exhausted(turn: Turn, charges: Sequence[Charge], now: datetime) -> None:
    """Raise Exhausted if one of the limits is reached."""
    for charge in charges:
        window = _find_window(charge, now)
        if turn.count_hits(window) >= charge.limit:
            raise Exhausted(charge.bucket, max(1, window[2] - int(now.timestamp())))


def count_charges(turn: Turn, charges: Sequence[Charge], now: datetime) -> None:
    """Count one use of each."""
    for charge in charges:
        turn.add_hit(_find_window(charge, now))


def _find_window(charge: Charge, now: datetime) -> Window:
    starts = int(now.timestamp()) // charge.seconds * charge.seconds
    return charge.bucket, starts, starts + charge.seconds


def _refuse_missing_files(turn: Turn, files: Sequence[FileRef], case: Case, now: datetime) -> None:
    missing = [
        file
        for file in files
        if not turn.execute(
            "select 1 from uploads where id = ? and form = ? and field = ? and case_id is null "
            "and finished_at is not null and expires_at > ?",
            (file.id, case.form, file.field, write_moment(now)),
        ).fetchone()
    ]
    if missing or len({file.id for file in files}) < len(files):
        raise FilesMissing(missing or files)


def _claim_files(turn: Turn, files: Sequence[FileRef], case: Case) -> None:
    for file in files:
        turn.execute("update uploads set case_id = ? where id = ?", (case.id, file.id))


def _write_token(turn: Turn, token_hash: bytes, answers_digest: bytes, case: Case) -> None:
    row = (token_hash, answers_digest, case.id, write_moment(case.updated_at))
    turn.execute("insert into submissions values (?, ?, ?, ?)", row)


def _write_part(turn: Turn, case: Case, number: int, sealed: bytes) -> None:
    row = (case.id, number, write_moment(case.updated_at), sealed)
    turn.execute("insert into parts values (?, ?, ?, ?)", row)


def _write_messages(turn: Turn, messages: Sequence[Message]) -> None:
    for message in messages:
        at = write_moment(message.at)
        row = (message.id, message.case_id, message.template, at, at)
        turn.execute("insert into outbox (id, case_id, template, at, next_at) values (?, ?, ?, ?, ?)", row)
