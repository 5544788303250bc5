"""Following a case with its reference and secret: see how it stands, add what was asked for, take it back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from forms_api.model import Asked, Case, Event, FileRef, Message, NewEvent, Value, digest_case, tell_content
from forms_api.receiving import Intake, Visitor, check_token, open_sealer, read_sums, seal_content
from forms_api.references import BadReference, parse_reference, parse_secret
from forms_api.refusals import IntakeClosed, OtherAnswers, StepRefused, TooMany, UnknownCase, UploadMissing
from forms_api.storage import Amendment, CaseChanged, Charge, Exhausted, FilesMissing, StoreBroken, TokenUsed
from forms_api.timelines import find_rating
from forms_api.tokens import digest_answers, hash_address, hash_secret, hash_token
from forms_api.workflow import RATED_IN, RATINGS, NotAllowed, find_actions, next_state

SUPPLY_FORM = "supply"
"""The form name that the token of a supplement is issued for."""

_NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case's history as the worker reads it."""

    at: datetime
    kind: str
    state: str
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """What a worker sees of a case; states and reasons are names of the tables in `workflow`."""

    reference: str
    form: str
    version: str
    received_at: datetime
    state: str
    reason: str | None
    note: str | None
    asked: Asked | None
    history: tuple[Step, ...]
    actions: frozenset[str]
    rating: str | None = None
    """What the worker said of how it was handled; empty where it may be said now."""


def supply(
    intake: Intake,
    reference: str,
    secret: str,
    answers: Mapping[str, Any],
    files: tuple[FileRef, ...],
    token: str,
    visitor: Visitor,
) -> CaseView:
    """Add what was asked for to a case and return how it stands then; the same token and answers may come again.

    Raises what `receive` and `status` raise, and StepRefused where nothing is asked for.
    """
    sealer, now = open_sealer(intake), intake.clock()
    case = _find_case(intake, reference, secret, visitor, now)
    token = check_token(intake, SUPPLY_FORM, token, visitor, now)
    token_hash, digest = hash_token(intake.keys, token), digest_answers(intake.keys, token, case.form, answers, files)
    try:
        state = next_state(case, "supply", "applicant")
        after = replace(case, state=state, updated_at=now, reason=None, note=None, asked=None)
        sealed = seal_content(sealer, case, answers, files)
        told = {**tell_content(sealed, read_sums(intake, files)), "state": state, "case": digest_case(after)}
        intake.store.amend(
            Amendment(
                before=case,
                after=after,
                event=NewEvent("supplied", now, visitor.actor, told, case.id),
                sealed=sealed,
                files=files,
                messages=(Message(intake.random(16).hex(), case.id, "supplied", now),),
                token_hash=token_hash,
                answers_digest=digest,
            )
        )
    except (NotAllowed, CaseChanged):
        return _see_supplied(intake, case, token_hash, digest)
    except TokenUsed as used:
        return _see_supplied(intake, used.case, token_hash, digest)
    except FilesMissing as missing:
        raise UploadMissing(missing.files) from None
    except StoreBroken:
        raise IntakeClosed("store") from None
    return _view(intake, after)


def withdraw(intake: Intake, reference: str, secret: str, visitor: Visitor) -> CaseView:
    """Take a case back at the worker's wish; one already withdrawn stays so. Raises what `status` raises, and StepRefused."""
    now = intake.clock()
    case = _find_case(intake, reference, secret, visitor, now)
    if case.state == "withdrawn":
        return _view(intake, case)
    try:
        state = next_state(case, "withdraw", "applicant")
        after = replace(case, state=state, updated_at=now, asked=None)
        data: dict[str, Value] = {
            "action": "withdraw", "state": state, "reason": None, "note": None, "case": digest_case(after),
        }  # fmt: skip
        event = NewEvent("moved", now, visitor.actor, data, case.id)
        intake.store.amend(Amendment(before=case, after=after, event=event))
    except (NotAllowed, CaseChanged):
        raise StepRefused(case.state) from None
    except StoreBroken:
        raise IntakeClosed("store") from None
    return _view(intake, after)


def rate(intake: Intake, reference: str, secret: str, rating: str, visitor: Visitor) -> CaseView:
    """Keep what a worker says of how a case was handled, once; it cannot be changed. Raises what `status` raises, and StepRefused."""
    case = _find_case(intake, reference, secret, visitor, intake.clock())
    view = _view(intake, case)
    if view.rating:
        return view
    if view.rating is None or rating not in RATINGS:
        raise StepRefused(case.state)
    try:
        intake.store.append_event(NewEvent("rated", intake.clock(), visitor.actor, {"rating": rating}, case.id))
    except StoreBroken:
        raise IntakeClosed("store") from None
    return replace(view, rating=rating)


def status(intake: Intake, reference: str, secret: str, visitor: Visitor) -> CaseView:
    """Return a case to whoever has its reference and secret. Raises UnknownCase, TooMany, IntakeClosed (store only)."""
    now = intake.clock()
    case = _find_case(intake, reference, secret, visitor, now)
    if case.opened_at is None:
        try:
            intake.store.mark_opened(case.id, now)
        except StoreBroken:
            raise IntakeClosed("store") from None
    return _view(intake, case)


def _see_supplied(intake: Intake, case: Case, token_hash: bytes, digest: bytes) -> CaseView:
    """Return a case as it stands, if this very supplement has reached it before."""
    try:
        found = intake.store.find_submission(token_hash)
    except StoreBroken:
        raise IntakeClosed("store") from None
    if found is None or found[0].id != case.id:
        raise StepRefused(case.state)
    if not secrets.compare_digest(found[1], digest):
        raise OtherAnswers
    return _view(intake, found[0])


def _find_case(intake: Intake, typed: str, secret: str, visitor: Visitor, now: datetime) -> Case:
    """Return the case of a reference and secret; a wrong pair is counted, by case and by address."""
    try:
        reference = parse_reference(typed, intake.prefix)
    except BadReference:
        reference = ""
    charges = _charge_for_guess(intake, reference, visitor, now)
    try:
        intake.store.peek(charges, now)
        case = intake.store.find_case(reference)
        given = hash_secret(intake.keys, reference, parse_secret(secret))
        if secrets.compare_digest(case.secret_hash if case else _NOBODY, given) and case:
            return case
        intake.store.charge(charges, now)
    except Exhausted as exhausted:
        raise TooMany(exhausted.seconds) from None
    except StoreBroken:
        raise IntakeClosed("store") from None
    raise UnknownCase


def _charge_for_guess(intake: Intake, reference: str, visitor: Visitor, now: datetime) -> tuple[Charge, ...]:
    limits, address = intake.limits, hash_address(intake.keys, visitor.address, now.date())
    return (
        Charge(f"guess:{reference}", limits.guesses_per_case, limits.guess_seconds),
        Charge(f"guesses:{address}", limits.guesses_per_address, limits.guess_seconds),
    )[0 if reference else 1 :]


def _view(intake: Intake, case: Case) -> CaseView:
    try:
        events = list(intake.store.list_events(case.id))
    except StoreBroken:
        raise IntakeClosed("store") from None
    return CaseView(
        reference=case.reference,
        form=case.form,
        version=case.version,
        received_at=case.received_at,
        state=case.state,
        reason=case.reason,
        note=case.note,
        asked=case.asked,
        history=tuple(step for event in events if (step := _tell(event))),
        actions=find_actions(case.state, "applicant"),
        rating=find_rating(events) or ("" if case.state in RATED_IN else None),
    )


def _tell(event: Event) -> Step | None:
    state = event.data.get("state")
    if not isinstance(state, str):
        return None
    reason, note = event.data.get("reason"), event.data.get("note")
    return Step(event.at, event.kind, state, str(reason) if reason else None, str(note) if note else None)
