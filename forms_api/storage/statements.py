"""What the store writes, each piece inside a transaction that the caller began; whoever refuses has written nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from forms_api.model import Case, Event, FileRef, Message, NewEvent, link, trace_event
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
from forms_api.storage.turn import HITS, LAST_EVENT, Ask, Row, Turn, Window

FIND_SUBMISSION = (
    "select cases.*, answers_digest from submissions join cases on cases.id = submissions.case_id where token_hash = ?"
)

INSERT_UPLOAD = (
    "insert into uploads (id, form, field, created_at, expires_at, received, size, digest, sealed, finished_at, case_id) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
FIND_UPLOAD = "select * from uploads where id = ?"
FIND_STATE = "select state, updated_at from cases where id = ?"
COUNT_PARTS = "select count(*) as number from parts where case_id = ?"
TAKEN = "select id from cases where id = ? or reference = ?"
INSERT_CASE = (
    "insert into cases (id, reference, form, version, channel, state, received_at, updated_at, secret_hash, reason, note, "
    "asked, opened_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_CASE = "update cases set state = ?, updated_at = ?, reason = ?, note = ?, asked = ? where id = ?"
INSERT_EVENT = (
    "insert into event (seq, case_id, kind, at, role, actor_id, data, previous, digest) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_SUBMISSION = "insert into submissions (token_hash, answers_digest, case_id, at) values (?, ?, ?, ?)"
INSERT_PART = "insert into parts (case_id, number, at, sealed) values (?, ?, ?, ?)"
INSERT_MESSAGE = "insert into outbox (id, case_id, template, at, next_at) values (?, ?, ?, ?, ?)"


def accept(turn: Turn, submission: Submission) -> None:
    """Write an application: everything that `Submission` names, or nothing."""
    case = submission.case
    refuse_used_token(turn, submission.token_hash)
    refuse_exhausted(turn, submission.charges, case.received_at)
    _refuse_missing_files(turn, submission.files, case, case.received_at)
    if turn.first(TAKEN, case.id, case.reference):
        raise ReferenceTaken
    count_charges(turn, submission.charges, case.received_at)
    turn.write(INSERT_CASE, *write_case(case))
    _write_token(turn, submission.token_hash, submission.answers_digest, case)
    _write_part(turn, case, 0, submission.sealed)
    _claim_files(turn, submission.files, case)
    append_event(turn, submission.event)
    _write_messages(turn, submission.messages)


def ask_submission(submission: Submission) -> list[Ask]:
    """Return all that `accept` will ask."""
    case = submission.case
    return [
        (FIND_SUBMISSION, (submission.token_hash,)),
        *ask_charges(submission.charges, case.received_at),
        *((FIND_UPLOAD, (file.id,)) for file in submission.files),
        (TAKEN, (case.id, case.reference)),
        (LAST_EVENT, ()),
    ]


def amend(turn: Turn, amendment: Amendment) -> None:
    """Write a change of a case: everything that `Amendment` names, or nothing."""
    before, after = amendment.before, amendment.after
    if amendment.token_hash is not None:
        refuse_used_token(turn, amendment.token_hash)
    refuse_exhausted(turn, amendment.charges, after.updated_at)
    _refuse_missing_files(turn, amendment.files, after, after.updated_at)
    refuse_changed(turn, before)
    count_charges(turn, amendment.charges, after.updated_at)
    asked = write_case(after)[11]
    turn.write(UPDATE_CASE, after.state, write_moment(after.updated_at), after.reason, after.note, asked, after.id)
    if amendment.token_hash is not None and amendment.answers_digest is not None:
        _write_token(turn, amendment.token_hash, amendment.answers_digest, after)
    if amendment.sealed is not None:
        _write_part(turn, after, turn.first(COUNT_PARTS, after.id)["number"], amendment.sealed)
    _claim_files(turn, amendment.files, after)
    append_event(turn, amendment.event)
    _write_messages(turn, amendment.messages)


def ask_amendment(amendment: Amendment) -> list[Ask]:
    """Return all that `amend` will ask."""
    after = amendment.after
    return [
        *([(FIND_SUBMISSION, (amendment.token_hash,))] if amendment.token_hash is not None else []),
        *ask_charges(amendment.charges, after.updated_at),
        *((FIND_UPLOAD, (file.id,)) for file in amendment.files),
        (FIND_STATE, (amendment.before.id,)),
        *([(COUNT_PARTS, (after.id,))] if amendment.sealed is not None else []),
        (LAST_EVENT, ()),
    ]


def ask_charges(charges: Sequence[Charge], now: datetime) -> list[Ask]:
    """Return what `refuse_exhausted` will ask."""
    return [(HITS, _find_window(charge, now)[:2]) for charge in charges]


def refuse_changed(turn: Turn, case: Case) -> None:
    """Raise CaseChanged if the case is no longer in that state, or changed since."""
    row = turn.first(FIND_STATE, case.id)
    if row is None or (row["state"], row["updated_at"]) != (case.state, write_moment(case.updated_at)):
        raise CaseChanged


def append_event(turn: Turn, event: NewEvent) -> Event:
    """Write an event at the end of the chain, with the id of the request that caused it."""
    seq, digest = turn.read_last_event()
    linked = link(trace_event(event, turn.request), seq + 1, digest)
    turn.write(INSERT_EVENT, *write_event(linked))
    turn.note_last_event(linked.seq, linked.digest)
    return linked


def refuse_used_token(turn: Turn, token_hash: bytes) -> None:
    """Raise TokenUsed if the token made a case or a supplement before."""
    if row := turn.first(FIND_SUBMISSION, token_hash):
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
    missing = [file for file in files if not _is_free(turn.first(FIND_UPLOAD, file.id), file, case, now)]
    if missing or len({file.id for file in files}) < len(files):
        raise FilesMissing(missing or files)


def _is_free(row: Row | None, file: FileRef, case: Case, now: datetime) -> bool:
    return (
        row is not None
        and (row["form"], row["field"], row["case_id"]) == (case.form, file.field, None)
        and row["finished_at"] is not None
        and row["expires_at"] > write_moment(now)
    )


def _claim_files(turn: Turn, files: Sequence[FileRef], case: Case) -> None:
    for file in files:
        turn.write("update uploads set case_id = ? where id = ?", case.id, file.id)


def _write_token(turn: Turn, token_hash: bytes, answers_digest: bytes, case: Case) -> None:
    turn.write(INSERT_SUBMISSION, token_hash, answers_digest, case.id, write_moment(case.updated_at))


def _write_part(turn: Turn, case: Case, number: int, sealed: bytes) -> None:
    turn.write(INSERT_PART, case.id, number, write_moment(case.updated_at), sealed)


def _write_messages(turn: Turn, messages: Sequence[Message]) -> None:
    for message in messages:
        at = write_moment(message.at)
        turn.write(INSERT_MESSAGE, message.id, message.case_id, message.template, at, at)
