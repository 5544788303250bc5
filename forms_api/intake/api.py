"""The programming interface, for the union's own mini-programme or kiosk: the same acceptance as the pages, as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, request

from forms_api.answers import check_answers
from forms_api.api_schema import KEY_PATTERN, describe_api
from forms_api.attachments import take_file
from forms_api.definitions import CHINA, FormDefinition
from forms_api.field_rules import World
from forms_api.file_kinds import Given, Refused, explain
from forms_api.following import status
from forms_api.forms_bundle import Bundle
from forms_api.intake.answering import Failed, answer, read_json
from forms_api.intake.desk import desk
from forms_api.intake.uploads import file_desk, read_body
from forms_api.model import ApiKey, FileRef
from forms_api.receiving import Intake, Visitor, receive
from forms_api.references import show_secret
from forms_api.refusals import OtherAnswers, UnknownCase, UploadMissing
from forms_api.tokens import hash_api_key
from forms_api.windows import Windows
from forms_api.wording import FILE_GONE

blueprint = Blueprint("api", __name__, url_prefix="/api")

_KEY = re.compile(KEY_PATTERN)
_BEARER = "Bearer "
MOST_JSON = 2 * 1024 * 1024
MOST_CONFIRMED = 100


@dataclass(frozen=True)
class Counter:
    """What the views of this module need."""

    intake: Intake
    bundle: Bundle

    @property
    def today(self) -> date:
        """Return today's date in China."""
        return self.intake.clock().astimezone(CHINA).date()

    @property
    def world(self) -> World:
        """Return what the rules of fields look up."""
        return self.bundle.world(self.today)


def counter() -> Counter:
    """Return what this app's interface needs."""
    found: Counter = current_app.extensions["api"]
    return found


@blueprint.get("/v1/openapi.json")
def describe() -> Response:
    """Describe the interface; anyone may read it."""
    at = counter()
    return answer(describe_api(at.bundle.forms, at.world, str(at.bundle.site["name"])))


@blueprint.get("/v1/forms")
def list_forms() -> Response:
    """List the forms that can be handed in."""
    _read_key()
    at = counter()
    rows: list[dict[str, Any]] = [
        {
            "id": form.id,
            "title": form.title,
            "version": form.version,
            "guide": form.guide,
            "windows": _write_windows(at.intake.windows.get(form.id)),
        }
        for form in at.bundle.forms.values()
    ]
    return answer({"forms": rows})


def _write_windows(windows: Windows | None) -> list[dict[str, str]] | None:
    """Return the days on which a form is taken; None for all year."""
    return None if windows is None else [{"start": str(one.start), "end": str(one.end)} for one in windows]


@blueprint.post("/v1/forms/<form_id>/cases")
def send(form_id: str) -> Response:
    """Accept an application; the same key of the sender gives the same answer again."""
    at, visitor = counter(), Visitor(request.remote_addr or "", key=_read_key())
    form = _find_form(form_id)
    token = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(token):
        raise Failed("no-idempotency-key")
    told = _read_json("answers", "confirmed")
    confirmed = told.get("confirmed") or []
    if not isinstance(confirmed, list) or len(confirmed) > MOST_CONFIRMED:
        raise Failed("bad-request")
    given = told.get("answers")
    if not isinstance(given, Mapping):
        raise Failed("invalid", fields={"answers": "请写成一个对象，每一项的名称对应一个答案。"})
    paths = [str(path) for path in confirmed]
    try:
        return _accept(at, form, _check(form, given, at.world, paths), token, visitor)
    except Failed as failed:  # what the key made before the form or the day changed is still its answer
        before = desk().find_accepted(form, visitor.own_token(token))
        if before is None or failed.code not in ("invalid", "key-used"):
            raise
        return _accept(at, before[0], _check(before[0], given, before[1], paths), token, visitor)


def _check(form: FormDefinition, given: Mapping[str, Any], world: World, confirmed: list[str]) -> dict[str, Any]:
    checked = check_answers(form, given, world, confirmed)
    if checked.faults:
        raise Failed("invalid", fields=checked.faults)
    return checked.answers


def _accept(at: Counter, form: FormDefinition, answers: dict[str, Any], token: str, visitor: Visitor) -> Response:
    fields = [one.name for one in form.uploads]
    files = tuple(FileRef(name, handle) for name in fields for handle in answers.get(name, ()))
    try:
        receipt = receive(at.intake, form, answers, files, token, visitor, "api")
    except OtherAnswers:
        raise Failed("key-used") from None
    except UploadMissing as missing:
        raise Failed("invalid", fields={file.field: FILE_GONE for file in missing.files}) from None
    told = {
        "reference": receipt.reference,
        "secret": show_secret(receipt.secret) if receipt.secret else None,
        "received_at": receipt.received_at.isoformat(timespec="seconds"),
        "replayed": receipt.replayed,
    }
    return answer(told, 201)


@blueprint.post("/v1/forms/<form_id>/files")
def send_file(form_id: str) -> Response:
    """Take a file for a form: the body is the file, the address names its field and its name."""
    _read_key()
    at, form = file_desk(), _find_form(form_id)
    if request.mimetype != "application/octet-stream":
        raise Failed("wrong-type")
    named = [one for one in form.fields() if one.type == "file" and one.name == request.args.get("field")]
    if not named:
        raise Failed("invalid", fields={"field": "请写这张表里一项材料的名称。"})
    given = Given(request.args.get("name", "")[:500])
    try:
        upload = take_file(at.open_shelf(), form.id, named[0], given, read_body())
    except Refused as refused:
        raise Failed("file", explain(refused, named[0]), cause=refused.cause) from None
    return answer({"id": upload.id, "size": upload.received}, 201)


@blueprint.post("/v1/status")
def show_status() -> Response:
    """Tell how a case stands to whoever has its reference and secret."""
    key, told = _read_key(), _read_json("reference", "secret")
    reference, secret = told.get("reference"), told.get("secret")
    if not isinstance(reference, str) or not isinstance(secret, str):
        raise Failed("invalid", fields={"reference": "请写受理编号和查询码（secret）。"})
    try:
        view = status(counter().intake, reference, secret, Visitor(address=request.remote_addr or "", key=key))
    except UnknownCase:
        raise Failed("unknown-case") from None
    told = {
        "reference": view.reference,
        "form": view.form,
        "state": view.state,
        "received_at": view.received_at.isoformat(timespec="seconds"),
        "reason": view.reason,
        "note": view.note,
    }
    return answer(told)


@blueprint.route("/", defaults={"rest": ""})
@blueprint.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def find_nothing(rest: str) -> Response:
    """Answer every other address."""
    raise Failed("not-found")


# --- parts ---------------------------------------------------------------------------------------


def _read_key() -> ApiKey:
    text = request.headers.get("Authorization", "")
    key = counter().intake.store.find_api_key(hash_api_key(text.removeprefix(_BEARER))) if text else None
    if key is None or not text.startswith(_BEARER):
        raise Failed("unauthorized")
    return key


def _find_form(form_id: str) -> FormDefinition:
    form = counter().bundle.forms.get(form_id)
    if form is None:
        raise Failed("not-found")
    return form


def _read_json(*known: str) -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise Failed("wrong-type")
    if (request.content_length or 0) > MOST_JSON:
        raise Failed("too-large")
    told = read_json()
    if strange := sorted(map(str, set(told) - set(known))):
        raise Failed("invalid", fields={name[:80]: "没有这一项。请对照接口说明。" for name in strange[:20]})
    return told
