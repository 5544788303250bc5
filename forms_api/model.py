"""Cases and what happens to them: frozen values, no I/O. What stands here may be read without the private key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import UTC, datetime
from typing import Literal

Channel = Literal["web", "window", "paper", "api"]
Role = Literal["applicant", "program", "staff", "system"]
Value = str | int | None

NO_EVENT = bytes(32)
"""What the first event of a chain names as the one before it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a worker (who has no name here), a program by its key's name, a member of staff, the system itself."""

    role: Role
    id: str | None = None


APPLICANT = Actor("applicant")
SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True)
class FileRef:
    """An upload as a form names it: the field and the upload's id."""

    field: str
    id: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A sealed file on its way to a case; `sealed` holds its key, name and kind and opens with the private key only."""

    id: str
    form: str
    field: str
    created_at: datetime
    expires_at: datetime
    received: int = 0
    size: int | None = None
    digest: str | None = None
    sealed: bytes | None = dataclass_field(default=None, repr=False)
    finished_at: datetime | None = None
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a case: sealed bytes of that size and SHA-256 (hex) under its id, key and name sealed beside it."""

    id: str
    field: str
    size: int
    digest: str
    sealed: bytes = dataclass_field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a worker is asked to supply, by when, and the state that the case goes on from then."""

    fields: tuple[str, ...]
    until: datetime | None = None
    back: str = "submitted"


@dataclass(frozen=True, slots=True)
class Case:
    """One application as intake may see it; the answers are sealed apart."""

    id: str
    reference: str
    form: str
    version: str
    channel: Channel
    state: str
    received_at: datetime
    updated_at: datetime
    secret_hash: bytes = dataclass_field(repr=False)
    reason: str | None = None
    note: str | None = None
    asked: Asked | None = None
    opened_at: datetime | None = None
    """When the status page was first opened with the right secret; from then on no replay shows the secret again."""


@dataclass(frozen=True, slots=True)
class SealedPart:
    """One sealed set of answers of a case: the application itself, then each supplement in order."""

    case_id: str
    number: int
    at: datetime
    sealed: bytes = dataclass_field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A notice that waits in the outbox: case and template only; the review side opens the contact when it sends."""

    id: str
    case_id: str
    template: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's right to hand in applications; only the digest of its key is kept. No limit means unlimited."""

    name: str
    digest: bytes = dataclass_field(repr=False)
    created_at: datetime
    per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft kept on the server on request, sealed under its own secret."""

    id: bytes = dataclass_field(repr=False)
    form: str
    sealed: bytes = dataclass_field(repr=False)
    expires_at: datetime


# --- events ----------------------------------------------------------------------------------

EVENT_KEYS: dict[str, frozenset[str]] = {
    "submitted": frozenset({"form", "version", "channel", "files", "content", "sums", "state"}),
    "supplied": frozenset({"files", "content", "sums", "state"}),
    "moved": frozenset({"action", "state", "reason", "note"}),
    "status_opened": frozenset(),
    "rated": frozenset({"rating"}),
    "routed": frozenset({"union"}),
    "taken_up": frozenset(),
    "assigned": frozenset({"to"}),
    "joined": frozenset({"union"}),
    "bound": frozenset({"about"}),
    "noted": frozenset({"note", "sum"}),
    "case_read": frozenset(),
    "secret_renewed": frozenset(),
    "notice_sent": frozenset({"template"}),
    "nobody_told": frozenset({"template"}),
    "told_by_phone": frozenset({"template"}),
    "searched": frozenset({"by", "found"}),
    "revealed": frozenset({"field"}),
    "file_read": frozenset({"file"}),
    "printed": frozenset({"kind"}),
    "entered": frozenset({"register", "entry", "act", "version", "sum"}),
    "household_bound": frozenset({"household"}),
    "entry_read": frozenset({"register", "entry"}),
    "entry_revealed": frozenset({"register", "entry", "field"}),
    "entry_printed": frozenset({"register", "entry"}),
    "register_searched": frozenset({"register", "by", "found"}),
    "register_exported": frozenset({"register", "count"}),
    "roster_read": frozenset({"rows", "faults"}),
    "drawn": frozenset({"register", "seed", "of", "count"}),
    "corrected": frozenset({"fields", "request", "files", "content", "sums"}),
    "consent_withdrawn": frozenset({"consent", "request", "files", "content", "sums"}),
    "held": frozenset({"entry", "until"}),
    "released": frozenset({"entry"}),
    "purged": frozenset({"form", "outcome", "request", "reference", "parts", "files", "notes", "entries", "content"}),
    "person_exported": frozenset({"cases", "entries"}),
    "figures_exported": frozenset({"report", "period", "as"}),
    "trail_read": frozenset({"found"}),
    "head_published": frozenset({"number", "head"}),
    "publicity_proposed": frozenset({"notice", "cases"}),
    "publicity_signed": frozenset({"notice"}),
    "publicity_dropped": frozenset({"notice"}),
    "publicity_refused": frozenset({"notice"}),
    "publicity_published": frozenset({"notice", "file", "commit", "content", "cases", "until"}),
    "publicity_ended": frozenset({"notice", "cases"}),
    "publicity_withdrawn": frozenset({"notice", "commit"}),
    "publicity_struck": frozenset({"notice", "commit", "content", "cases"}),
    "honours_named": frozenset({"file", "commit", "content", "count"}),
    "publicity_told": frozenset({"notice", "commit"}),
    "batch_made": frozenset({"batch", "lines", "fen"}),
    "batch_confirmed": frozenset({"batch", "lines", "fen"}),
    "batch_dropped": frozenset({"batch"}),
    "batch_exported": frozenset({"batch", "as", "digest"}),
    "return_read": frozenset({"batch", "digest", "paid", "failed", "repeated", "fen"}),
    "return_refused": frozenset({"batch", "digest", "faults"}),
    "payments_exported": frozenset({"as", "rows", "digest"}),
    "api_key_added": frozenset({"name", "sum"}),
    "login": frozenset({"factor"}),
    "login_failed": frozenset({"reason"}),
    "locked_out": frozenset({"what"}),
    "logged_out": frozenset(),
    "session_ended": frozenset({"reason"}),
    "password_changed": frozenset(),
    "totp_enrolled": frozenset(),
    "recovery_used": frozenset({"left"}),
    "recovery_renewed": frozenset({"count"}),
    "staff_added": frozenset({"account", "union", "duties"}),
    "staff_changed": frozenset({"account", "union", "duties"}),
    "staff_disabled": frozenset({"account"}),
    "staff_enabled": frozenset({"account"}),
    "staff_reset": frozenset({"account"}),
    "staff_row_refused": frozenset({"account"}),
    "vault_opened": frozenset({"fingerprint", "keys"}),
    "vault_refused": frozenset({"reason"}),
    "vault_locked": frozenset(),
    "seal_registered": frozenset({"fingerprint"}),
    "backed_up": frozenset({"digest"}),
    "backup_drilled": frozenset({"digest", "result"}),
    "restored": frozenset({"digest"}),
    "migrated": frozenset({"steps", "backup"}),
    "key_drilled": frozenset({"fingerprint", "result"}),
    "key_split": frozenset({"fingerprint", "needed", "sheets"}),
}
"""The keys that the data of an event has, by its kind: ids, codes, counts and digests, never an answer."""


ROWS = frozenset({"case", "work"})
"""What any event may tell besides: the digest of the row of the case, and of the work on it, as the event left them."""


TRACE = "trace"
"""What an event that a request caused may tell besides: the id by which the logs of the web server and of the service know it."""


MAY_TELL: dict[str, frozenset[str]] = {"submitted": frozenset({"dated"})}
"""Kind of event → what it tells where there is something to tell: the day on which staff were given the paper."""


def has_right_keys(kind: str, data: Mapping[str, Value]) -> bool:
    """Tell whether the data of an event have the keys of its kind."""
    return EVENT_KEYS.get(kind) == frozenset(data) - ROWS - {TRACE} - MAY_TELL.get(kind, frozenset())


class WrongEvent(ValueError):
    """An event whose data are not those of its kind."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that happened, before it has its place in the chain."""

    kind: str
    at: datetime
    actor: Actor
    data: Mapping[str, Value]
    case_id: str | None = None

    def __post_init__(self) -> None:
        if not has_right_keys(self.kind, self.data):
            raise WrongEvent(f"{self.kind}: {sorted(self.data)}")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in its place in the chain."""

    seq: int
    kind: str
    at: datetime
    actor: Actor
    data: Mapping[str, Value]
    case_id: str | None
    previous: bytes = dataclass_field(repr=False)
    digest: bytes = dataclass_field(repr=False, default=b"")


def trace_event(event: NewEvent, request: str) -> NewEvent:
    """Return an event that tells the id of the request that caused it; as it is where there was none."""
    return replace(event, data={**event.data, TRACE: request}) if request else event


def link(event: NewEvent, seq: int, previous: bytes) -> Event:
    """Return an event in its place: its digest covers all of it and the digest of the one before."""
    unsigned = Event(seq, event.kind, event.at, event.actor, event.data, event.case_id, previous)
    return replace(unsigned, digest=digest_event(unsigned))


def tell_content(sealed: bytes, files: Mapping[str, str]) -> dict[str, Value]:
    """Return what an event tells of sealed answers and of the files named with them (id → digest of its entry).

    Neither can change afterwards without the event showing it.
    """
    sums = " ".join(f"{name}:{digest}" for name, digest in sorted(files.items()))
    return {"files": len(files), "content": hashlib.sha256(sealed).hexdigest(), "sums": sums}


def digest_case(case: Case) -> str:
    """Return the SHA-256 (hex) of the row of a case, but for its secret and when it was first looked at."""
    row = [
        case.id, case.reference, case.form, case.version, case.channel, case.state, _tell_moment(case.received_at),
        _tell_moment(case.updated_at), case.reason, case.note,
        case.asked and [case.asked.fields, case.asked.until and _tell_moment(case.asked.until), case.asked.back],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest()


def digest_file(file: Attachment) -> str:
    """Return the SHA-256 (hex) of the entry of a file: its field, size, sealed key and name, and the sum of its bytes."""
    row = [file.id, file.field, file.size, file.digest, file.sealed.hex()]
    return hashlib.sha256(json.dumps(row).encode()).hexdigest()


def digest_api_key(key: ApiKey) -> str:
    """Return the SHA-256 (hex) of the right of a program, for the event of its making."""
    row = [key.name, key.digest.hex(), _tell_moment(key.created_at), key.per_minute]
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest()


def digest_event(event: Event) -> bytes:
    """Return the SHA-256 of an event and of the digest before it."""
    written = [
        event.seq,
        event.kind,
        _tell_moment(event.at),
        event.actor.role,
        event.actor.id,
        dict(event.data),
        event.case_id,
    ]
    text = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(event.previous + text.encode()).digest()


def _tell_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
