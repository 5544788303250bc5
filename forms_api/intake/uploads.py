"""Uploading files, one by one: begin, send parts, go on after a broken connection, finish, take back."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, request

from forms_api.attachments import MEGABYTE, Shelf, remove_upload, take_file
from forms_api.definitions import FormDefinition
from forms_api.file_kinds import Given, Refused, explain
from forms_api.intake.answering import Failed, answer, answer_failure, read_json
from forms_api.intake.supplements import MORE_FILES
from forms_api.questions import FormField
from forms_api.receiving import Intake, find_closed
from forms_api.refusals import IntakeClosed, TooMany
from forms_api.resuming import (
    PART_BYTES,
    OffsetWrong,
    UploadBusy,
    UploadGone,
    add_part,
    begin_upload,
    find_open,
    finish_upload,
)
from forms_api.storage import Charge, Exhausted
from forms_api.tokens import hash_address
from forms_api.transit import Spool

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads")

BLOCK = 64 * 1024
PER_ADDRESS, ADDRESS_SECONDS = 200, 3600
"""Files that one address may begin in an hour; a family fills in two or three forms with ten photos each."""


@dataclass(frozen=True)
class FileDesk:
    """What the views of this module need; `shelf` is None where no file can be taken (no key, no font)."""

    intake: Intake
    forms: Mapping[str, FormDefinition]
    shelf: Shelf | None

    def find_field(self, form_id: str, name: str) -> FormField:
        """Return a file field of a form. Raises Failed."""
        form = self.forms.get(form_id)
        fields = [*form.fields(), MORE_FILES] if form else []
        found = next((one for one in fields if one.name == name and one.type == "file"), None)
        if found is None:
            raise Failed("not-found")
        return found

    def open_shelf(self) -> Shelf:
        """Return where files go. Raises IntakeClosed."""
        closed = find_closed(self.intake)
        if closed or self.shelf is None:
            raise IntakeClosed(closed or "key")
        return self.shelf

    def charge(self, address: str) -> None:
        """Count a file against an address. Raises TooMany."""
        now = self.intake.clock()
        bucket = f"upload:{hash_address(self.intake.keys, address, now.date())}"
        try:
            self.intake.store.charge((Charge(bucket, PER_ADDRESS, ADDRESS_SECONDS),), now)
        except Exhausted as exhausted:
            raise TooMany(exhausted.seconds) from None


def file_desk() -> FileDesk:
    """Return what this app's uploads need."""
    found: FileDesk = current_app.extensions["uploads"]
    return found


@blueprint.post("/")
def begin() -> Response:
    """Begin an upload for a field of a form; the device keeps the secret that comes back."""
    at, told = file_desk(), read_json()
    field = at.find_field(_text(told, "form"), _text(told, "field"))
    shelf = at.open_shelf()
    at.charge(request.remote_addr or "")
    upload, secret = begin_upload(shelf, _text(told, "form"), field)
    shown = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    return answer({"id": upload.id, "secret": shown, "part": PART_BYTES, "most": field.max_mb * MEGABYTE}, 201)


@blueprint.get("/<upload_id>")
def show(upload_id: str) -> Response:
    """Tell how far an upload has come."""
    upload = find_open(file_desk().open_shelf(), _read_secret(upload_id))
    return answer({"id": upload.id, "received": upload.received, "finished": upload.finished_at is not None})


@blueprint.patch("/<upload_id>")
def add(upload_id: str) -> Response:
    """Take the next part; what arrived before the connection broke is kept."""
    at, secret = file_desk(), _read_secret(upload_id)
    shelf = at.open_shelf()
    upload = find_open(shelf, secret)
    offset = request.headers.get("Upload-Offset", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) <= 12):
        raise Failed("offset", received=upload.received)
    if (request.content_length or 0) > PART_BYTES:
        raise Failed("too-large")
    upload = add_part(shelf, secret, at.find_field(upload.form, upload.field), int(offset), read_body())
    return answer({"id": upload.id, "received": upload.received})


@blueprint.post("/<upload_id>/finish")
def finish(upload_id: str) -> Response:
    """Check and seal what has arrived; from then on the form may name it."""
    at, secret, told = file_desk(), _read_secret(upload_id), read_json()
    shelf = at.open_shelf()
    begun = find_open(shelf, secret)
    field = at.find_field(begun.form, begun.field)
    given = Given(_text(told, "name"), str(told.get("type") or ""))
    try:
        upload = finish_upload(shelf, secret, field, given)
    except Refused as refused:
        raise Failed("file", explain(refused, field), cause=refused.cause) from None
    return answer({"id": upload.id, "size": upload.received}, 201)


@blueprint.delete("/<upload_id>")
def remove(upload_id: str) -> Response:
    """Take an upload back."""
    shelf = file_desk().open_shelf()
    remove_upload(shelf, find_open(shelf, _read_secret(upload_id)).id)
    return Response(status=204)


@blueprint.errorhandler(UploadGone)
def _say_gone(_: UploadGone) -> Response:
    return answer_failure(Failed("upload-gone"))


@blueprint.errorhandler(UploadBusy)
def _say_busy(_: UploadBusy) -> Response:
    return answer_failure(Failed("upload-busy"))


@blueprint.errorhandler(OffsetWrong)
def _say_offset(wrong: OffsetWrong) -> Response:
    return answer_failure(Failed("offset", received=wrong.received))


@blueprint.errorhandler(Refused)
def _say_refused(refused: Refused) -> Response:
    return answer_failure(Failed("too-large", cause=refused.cause))


# --- files of a page without script --------------------------------------------------------------


def take_posted(form: FormDefinition, field: FormField, spool: Spool, name: str, declared: str) -> str:
    """Keep a file that came with the post of a form and return its handle. Raises Refused, TooMany, IntakeClosed."""
    at = file_desk()
    shelf = at.open_shelf()
    at.charge(request.remote_addr or "")
    return take_file(shelf, form.id, field, Given(name, declared), spool.blocks()).id


# --- parts ---------------------------------------------------------------------------------------


def read_body() -> Iterator[bytes]:
    """Yield the body of the request as it arrives. Raises ClientDisconnected where it breaks off."""
    while block := request.stream.read(BLOCK):
        yield block


def _read_secret(upload_id: str) -> bytes:
    text = request.headers.get("Upload-Secret", "")
    try:
        secret = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise UploadGone from None
    if len(secret) != 32 or find_open(file_desk().open_shelf(), secret).id != upload_id:
        raise UploadGone
    return secret


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or len(value) > 500:
        raise Failed("bad-request")
    return value
