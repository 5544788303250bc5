"""Drafts that a worker asks the server to keep: to go on with on another device, by a code that only the worker has.

Kept is a box that opens with the code alone: its key is derived from the code and from a key of intake, so that neither the
database nor the data folder without the code tells anything. A draft goes when it is handed in, when the worker says so,
and by itself after a week; its files live as long as it does.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from forms_api.definitions import FormDefinition
from forms_api.model import Draft, Upload
from forms_api.receiving import Intake, Visitor, find_closed
from forms_api.references import parse_secret, spell
from forms_api.refusals import IntakeClosed, TooMany
from forms_api.storage import Charge, Exhausted, StoreBroken
from forms_api.tokens import hash_address
from forms_api.transit import BoxDamaged, lock_text, unlock_text

LIFE = timedelta(days=7)
CODE_LETTERS = 16
"""79 bits: not to be guessed even by someone who has the database and the keys of intake."""
MOST_BYTES = 256 * 1024
PER_ADDRESS, ADDRESS_SECONDS = 30, 3600
"""Drafts that one address may have kept in an hour."""


class UnknownDraft(Exception):
    """No draft of that form has that code, or it has run out."""


class DraftTooLarge(Exception):
    """More was filled in than a draft holds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The code of a draft (as it is derived, without hyphens), and how long it is kept."""

    code: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a draft held: answers as they were filled in, handle → name of each file that is still there, how many are gone."""

    given: Mapping[str, Any] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    version: str
    lost: int


def keep_draft(
    intake: Intake,
    form: FormDefinition,
    given: Mapping[str, Any],
    names: Mapping[str, str],
    code: str,
    visitor: Visitor,
) -> Kept:
    """Keep what was filled in, in place of the draft with that code if there is one; consents are asked for anew each time.

    Raises IntakeClosed, TooMany, DraftTooLarge.
    """
    now = intake.clock()
    if closed := find_closed(intake):
        raise IntakeClosed(closed)
    consents = {one.name for one in form.privacy.consents}
    answers = {name: value for name, value in given.items() if name not in consents and value not in (None, "", [])}
    content = {"version": form.version, "given": answers, "names": dict(names)}
    text = json.dumps(content, ensure_ascii=False).encode()
    if len(text) > MOST_BYTES:
        raise DraftTooLarge
    address = hash_address(intake.keys, visitor.address, now.date())
    try:
        intake.store.charge((Charge(f"draft:{address}", PER_ADDRESS, ADDRESS_SECONDS),), now)
        code = parse_secret(code)
        if not code or intake.store.find_draft(_name(intake, form, code), now) is None:
            code = spell(intake.random(16), CODE_LETTERS)
        box = lock_text(text, _derive(intake, "key", form, code), form.id)
        intake.store.save_draft(Draft(_name(intake, form, code), form.id, box, now + LIFE))
        for upload in _uploads(intake, form, answers, now):
            intake.store.extend_upload(upload.id, now + LIFE)
    except Exhausted as exhausted:
        raise TooMany(exhausted.seconds) from None
    except StoreBroken:
        raise IntakeClosed("store") from None
    return Kept(code, now + LIFE)


def resume_draft(intake: Intake, form: FormDefinition, code: str, visitor: Visitor) -> Resumed:
    """Return what a draft holds; it stays kept. Raises UnknownDraft, TooMany, IntakeClosed."""
    now = intake.clock()
    content = _open(intake, form, code, visitor, now)
    try:
        there = {upload.id for upload in _uploads(intake, form, content["given"], now)}
    except StoreBroken:
        raise IntakeClosed("store") from None
    given, lost = dict(content["given"]), 0
    for one in form.fields():
        if one.type == "file" and isinstance(given.get(one.name), list):
            handles = [handle for handle in given[one.name] if handle in there]
            lost += len(given[one.name]) - len(handles)
            given[one.name] = handles
    names = {handle: name for handle, name in content["names"].items() if handle in there}
    return Resumed(given, names, content["version"], lost)


def forget_draft(intake: Intake, form: FormDefinition, code: str, visitor: Visitor) -> None:
    """Forget a draft at the worker's wish, its files with the next sweep. Raises what `resume_draft` raises."""
    now = intake.clock()
    content = _open(intake, form, code, visitor, now)
    try:
        intake.store.drop_draft(_name(intake, form, parse_secret(code)))
        for upload in _uploads(intake, form, content["given"], now):
            intake.store.extend_upload(upload.id, now)
    except StoreBroken:
        raise IntakeClosed("store") from None


def purge_draft(intake: Intake, form: FormDefinition, code: str) -> None:
    """Forget the draft of an application that was accepted; where the store fails now, its time runs out."""
    try:
        intake.store.drop_draft(_name(intake, form, parse_secret(code)))
    except StoreBroken:
        return


# --- parts ---------------------------------------------------------------------------------------


def _derive(intake: Intake, use: str, form: FormDefinition, code: str) -> bytes:
    return hmac.digest(intake.keys.draft, f"{use}:{form.id}:{code}".encode(), "sha256")


def _name(intake: Intake, form: FormDefinition, code: str) -> bytes:
    return _derive(intake, "name", form, code)


def _open(intake: Intake, form: FormDefinition, typed: str, visitor: Visitor, now: datetime) -> dict[str, Any]:
    """Return the content of a draft; a wrong code is counted like a wrong secret of a case."""
    code, limits = parse_secret(typed), intake.limits
    address = hash_address(intake.keys, visitor.address, now.date())
    charges = (Charge(f"guesses:{address}", limits.guesses_per_address, limits.guess_seconds),)
    try:
        intake.store.peek(charges, now)
        draft = intake.store.find_draft(_name(intake, form, code), now)
        if draft is None:
            intake.store.charge(charges, now)
            raise UnknownDraft
        text = unlock_text(draft.sealed, _derive(intake, "key", form, code), form.id)
    except Exhausted as exhausted:
        raise TooMany(exhausted.seconds) from None
    except StoreBroken:
        raise IntakeClosed("store") from None
    except BoxDamaged:
        raise UnknownDraft from None
    content: dict[str, Any] = json.loads(text)
    return content


def _uploads(intake: Intake, form: FormDefinition, given: Mapping[str, Any], now: datetime) -> Iterator[Upload]:
    """Yield the finished files that answers name and that may still be handed in."""
    for one in form.fields():
        handles = given.get(one.name) if one.type == "file" else None
        for handle in handles if isinstance(handles, list) else ():
            upload = intake.store.find_upload(str(handle))
            fits = upload and (upload.form, upload.field) == (form.id, one.name) and upload.finished_at
            if upload and fits and upload.case_id is None and upload.expires_at > now:
                yield upload
