"""Receiving applications: accept once and for good.

What is received has been checked by then: the answers are those of the form and nothing else. Whoever calls says to the
worker what the exceptions of `refusals` say.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from forms_api.crypto import Sealer
from forms_api.definitions import CHINA, FormDefinition
from forms_api.model import (
    APPLICANT,
    Actor,
    ApiKey,
    Attachment,
    Case,
    Channel,
    FileRef,
    Message,
    NewEvent,
    Upload,
    Value,
    digest_case,
    digest_file,
    tell_content,
)
from forms_api.references import make_reference
from forms_api.refusals import Closed, IntakeClosed, OtherAnswers, OutsideWindow, TooFast, TooMany, UploadMissing
from forms_api.storage import (
    Charge,
    Exhausted,
    FilesMissing,
    ReferenceTaken,
    Store,
    StoreBroken,
    Submission,
    TokenUsed,
)
from forms_api.tokens import (
    IntakeKeys,
    check_proof,
    derive_secret,
    digest_answers,
    hash_address,
    hash_secret,
    hash_token,
    read_token,
    write_canonical,
)
from forms_api.windows import Windows, find_standing, is_in_time

MINUTE = 60
_REFERENCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken from one address (a day-long name of it) and for one form; mobile carriers share addresses."""

    per_address: int = 60
    address_seconds: int = 600
    per_address_without_work: int = 20
    per_form: int = 2000
    form_seconds: int = 60
    guesses_per_case: int = 50
    guesses_per_address: int = 30
    guess_seconds: int = 3600
    least_seconds: int = 2
    work_bits: int = 16


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a call comes from: a network address and proof of work, or the key of a program, or a member of staff."""

    address: str = ""
    proof: str = ""
    key: ApiKey | None = None
    staff: str | None = None
    dated: date | None = None
    """The day on which a member of staff was given the paper."""

    @property
    def told(self) -> dict[str, Value]:
        """Return what the event of an application tells of how it came."""
        return {"dated": self.dated.isoformat()} if self.dated else {}

    @property
    def actor(self) -> Actor:
        """Return who acts, as events name it."""
        if self.staff:
            return Actor("staff", self.staff)
        return Actor("program", self.key.name) if self.key else APPLICANT

    def own_token(self, token: str) -> str:
        """Return a token as it is kept: that of a program is made its own."""
        return f"{self.key.name}:{token}" if self.key else token


@dataclass(frozen=True)
class Intake:
    """All that receiving needs; made once at the start."""

    store: Store
    keys: IntakeKeys
    sealer: Sealer | None
    clock: Callable[[], datetime]
    prefix: str = "YX"
    limits: Limits = field(default_factory=Limits)
    guard: Callable[[], Closed | None] = lambda: None
    random: Callable[[int], bytes] = secrets.token_bytes
    windows: Mapping[str, Windows] = field(default_factory=dict)
    """Form → the days on which it is taken, of the forms that are not taken all year."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a worker is given; the secret is None on a replay after the status page was opened."""

    reference: str
    secret: str | None = field(repr=False)
    received_at: datetime
    replayed: bool


def find_closed(intake: Intake) -> Closed | None:
    """Return why intake takes nothing just now, or None where it does."""
    return "key" if intake.sealer is None else intake.guard()


def receive(
    intake: Intake,
    form: FormDefinition,
    answers: Mapping[str, Any],
    files: tuple[FileRef, ...],
    token: str,
    visitor: Visitor,
    channel: Channel = "web",
) -> Receipt:
    """Accept an application in one transaction and return its receipt, which is durable by then.

    Same token and same answers give the same receipt. Raises IntakeClosed, TokenForged, TooFast, TooMany, OtherAnswers,
    UploadMissing, OutsideWindow. A program's token is its own (its Idempotency-Key); all others must have been issued for this form.
    """
    sealer, now = open_sealer(intake), intake.clock()
    token = check_token(intake, form.id, token, visitor, now)
    _require_window(intake, form.id, token, visitor, now)
    token_hash, digest = hash_token(intake.keys, token), digest_answers(intake.keys, token, form.id, answers, files)
    charges, secret = _charge_for_sending(intake, form.id, token, visitor, now), derive_secret(intake.keys, token)
    try:
        if not intake.store.knows_definition(form.version):
            intake.store.keep_definition(form.id, form.version, form.canonical())
        while True:
            case = _make_case(intake, form, secret, channel, now)
            sealed = seal_content(sealer, case, answers, files)
            content = tell_content(sealed, read_sums(intake, files))
            submission = Submission(
                token_hash=token_hash,
                answers_digest=digest,
                case=case,
                sealed=sealed,
                files=files,
                event=_tell_submitted(case, {**content, **visitor.told}, visitor.actor),
                messages=(Message(intake.random(16).hex(), case.id, "received", now),),
                charges=charges,
            )
            try:
                intake.store.accept(submission)
            except ReferenceTaken:
                continue
            return Receipt(case.reference, secret, now, replayed=False)
    except TokenUsed as used:
        return _replay(used, digest, secret)
    except FilesMissing as missing:
        raise UploadMissing(missing.files) from None
    except Exhausted as exhausted:
        raise TooMany(exhausted.seconds) from None
    except StoreBroken:
        raise IntakeClosed("store") from None


def open_sealer(intake: Intake) -> Sealer:
    """Return what seals. Raises IntakeClosed where nothing is taken."""
    closed = find_closed(intake)
    if closed or intake.sealer is None:
        raise IntakeClosed(closed or "key")
    return intake.sealer


def check_token(intake: Intake, form: str, token: str, visitor: Visitor, now: datetime) -> str:
    """Return the token to go on with; a program's is made its own, all others were issued here for this form.

    Raises TokenForged, TooFast.
    """
    if visitor.key:
        return visitor.own_token(token)
    rendered = read_token(intake.keys, form, token)
    if not visitor.staff and (now - rendered).total_seconds() < intake.limits.least_seconds:
        raise TooFast
    return token


def _require_window(intake: Intake, form: str, token: str, visitor: Visitor, now: datetime) -> None:
    """Raise OutsideWindow, but for what was accepted before: its receipt is due on any day."""
    windows = intake.windows.get(form)
    if windows is None or _is_in_time(intake, form, windows, token, visitor, now):
        return
    try:
        before = intake.store.find_submission(hash_token(intake.keys, token))
    except StoreBroken:
        raise IntakeClosed("store") from None
    if before is None:
        raise OutsideWindow(find_standing(windows, now.astimezone(CHINA).date()))


def _is_in_time(intake: Intake, form: str, windows: Windows, token: str, visitor: Visitor, now: datetime) -> bool:
    if visitor.staff and visitor.dated:
        return any(one.holds(visitor.dated) for one in windows)
    return is_in_time(windows, now, None if visitor.key else read_token(intake.keys, form, token))


def _charge_for_sending(intake: Intake, form: str, token: str, visitor: Visitor, now: datetime) -> tuple[Charge, ...]:
    limits = intake.limits
    if visitor.key:
        return (Charge(f"key:{visitor.key.name}", visitor.key.per_minute, MINUTE),) if visitor.key.per_minute else ()
    if visitor.staff:
        return ()
    address = hash_address(intake.keys, visitor.address, now.date())
    worked = check_proof(token, visitor.proof, limits.work_bits)
    return (
        Charge(f"form:{form}", limits.per_form, limits.form_seconds),
        Charge(
            f"{'send' if worked else 'plain'}:{address}",
            limits.per_address if worked else limits.per_address_without_work,
            limits.address_seconds,
        ),
    )


def _make_case(intake: Intake, form: FormDefinition, secret: str, channel: Channel, now: datetime) -> Case:
    reference = make_reference(intake.prefix, intake.random(_REFERENCE_BYTES))
    return Case(
        id=intake.random(16).hex(),
        reference=reference,
        form=form.id,
        version=form.version,
        channel=channel,
        state="submitted",
        received_at=now,
        updated_at=now,
        secret_hash=hash_secret(intake.keys, reference, secret),
    )


def _tell_submitted(case: Case, content: Mapping[str, Value], actor: Actor) -> NewEvent:
    data: dict[str, Value] = {
        "form": case.form,
        "version": case.version,
        "channel": case.channel,
        "state": case.state,
        "case": digest_case(case),
        **content,
    }
    return NewEvent("submitted", case.received_at, actor, data, case.id)


def seal_content(sealer: Sealer, case: Case, answers: Mapping[str, Any], files: tuple[FileRef, ...]) -> bytes:
    """Return what a worker sent for a case, sealed for it: form, version, answers, the fields and ids of the files."""
    named = [{"field": file.field, "id": file.id} for file in files]
    content = {"form": case.form, "version": case.version, "answers": answers, "files": named}
    return sealer.seal(write_canonical(content), f"case:{case.id}")


def read_sums(intake: Intake, files: tuple[FileRef, ...]) -> dict[str, str]:
    """Return id → digest of the entries of the files that answers name; one that is missing has none, and will be refused."""
    kept = [(file.id, intake.store.find_upload(file.id)) for file in files]
    return {name: _digest_upload(upload) if upload else "" for name, upload in kept}


def _digest_upload(upload: Upload) -> str:
    return digest_file(Attachment(upload.id, upload.field, upload.size or 0, upload.digest or "", upload.sealed or b""))


def _replay(used: TokenUsed, digest: bytes, secret: str) -> Receipt:
    if not secrets.compare_digest(used.answers_digest, digest):
        raise OtherAnswers from None
    shown = None if used.case.opened_at else secret
    return Receipt(used.case.reference, shown, used.case.received_at, replayed=True)
