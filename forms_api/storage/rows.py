"""Rows to values and back: moments as UTC text of one length (they sort as they pass), the rest as plain as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from forms_api.definitions import CHINA
from forms_api.model import Actor, ApiKey, Asked, Attachment, Case, Draft, Event, SealedPart, Upload

Row = Mapping[str, Any]


def write_moment(moment: datetime) -> str:
    """Return an aware moment as UTC text to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def read_moment(text: str) -> datetime:
    """Return a moment in China's time."""
    return datetime.fromisoformat(text).astimezone(CHINA)


def write_case(case: Case) -> tuple[Any, ...]:
    """Return a case in the order of the columns."""
    return (
        case.id,
        case.reference,
        case.form,
        case.version,
        case.channel,
        case.state,
        write_moment(case.received_at),
        write_moment(case.updated_at),
        case.secret_hash,
        case.reason,
        case.note,
        _write_asked(case.asked),
        case.opened_at and write_moment(case.opened_at),
    )


def read_case(row: Row) -> Case:
    """Return the case of a row."""
    return Case(
        id=row["id"],
        reference=row["reference"],
        form=row["form"],
        version=row["version"],
        channel=row["channel"],
        state=row["state"],
        received_at=read_moment(row["received_at"]),
        updated_at=read_moment(row["updated_at"]),
        secret_hash=row["secret_hash"],
        reason=row["reason"],
        note=row["note"],
        asked=_read_asked(row["asked"]),
        opened_at=_read_optional(row["opened_at"]),
    )


def write_upload(upload: Upload) -> tuple[Any, ...]:
    """Return an upload in the order of the columns."""
    return (
        upload.id,
        upload.form,
        upload.field,
        write_moment(upload.created_at),
        write_moment(upload.expires_at),
        upload.received,
        upload.size,
        upload.digest,
        upload.sealed,
        upload.finished_at and write_moment(upload.finished_at),
        upload.case_id,
    )


def read_upload(row: Row) -> Upload:
    """Return the upload of a row."""
    return Upload(
        id=row["id"],
        form=row["form"],
        field=row["field"],
        created_at=read_moment(row["created_at"]),
        expires_at=read_moment(row["expires_at"]),
        received=row["received"],
        size=row["size"],
        digest=row["digest"],
        sealed=row["sealed"],
        finished_at=_read_optional(row["finished_at"]),
        case_id=row["case_id"],
    )


def read_attachment(row: Row) -> Attachment:
    """Return the finished file of a row of uploads."""
    return Attachment(row["id"], row["field"], row["size"], row["digest"], row["sealed"])


def read_part(row: Row) -> SealedPart:
    """Return the sealed answers of a row."""
    return SealedPart(row["case_id"], row["number"], read_moment(row["at"]), row["sealed"])


def write_event(event: Event) -> tuple[Any, ...]:
    """Return an event in the order of the columns."""
    return (
        event.seq,
        event.case_id,
        event.kind,
        write_moment(event.at),
        event.actor.role,
        event.actor.id,
        json.dumps(dict(event.data), ensure_ascii=False),
        event.previous,
        event.digest,
    )


def read_event(row: Row) -> Event:
    """Return the event of a row."""
    actor = Actor(row["role"], row["actor_id"])
    data = json.loads(row["data"])
    at = read_moment(row["at"])
    return Event(row["seq"], row["kind"], at, actor, data, row["case_id"], row["previous"], row["digest"])


def read_api_key(row: Row) -> ApiKey:
    """Return the key of a program of a row."""
    return ApiKey(row["name"], row["digest"], read_moment(row["created_at"]), row["per_minute"])


def read_draft(row: Row) -> Draft:
    """Return the draft of a row."""
    return Draft(row["id"], row["form"], row["sealed"], read_moment(row["expires_at"]))


def _read_optional(text: str | None) -> datetime | None:
    return read_moment(text) if text else None


def _write_asked(asked: Asked | None) -> str | None:
    if asked is None:
        return None
    return json.dumps({"fields": asked.fields, "until": asked.until and write_moment(asked.until), "back": asked.back})


def _read_asked(text: str | None) -> Asked | None:
    if text is None:
        return None
    told = json.loads(text)
    return Asked(tuple(told["fields"]), _read_optional(told["until"]), told["back"])
