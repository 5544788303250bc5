"""An intake of one form and no pages, for trials of the store and of serving: what is posted is accepted as it is."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from forms_api.config import Settings
from forms_api.definitions import FormDefinition
from forms_api.receiving import Intake, Visitor, receive
from forms_api.refusals import IntakeClosed, OtherAnswers, TooMany
from forms_api.tokens import TokenForged, issue_token
from tests.forms_api.sample_forms import FORM

TRIP = FormDefinition.model_validate(FORM)
STATUS = {IntakeClosed: "503 Closed", OtherAnswers: "409 Other", TooMany: "429 Many", TokenForged: "400 Forged"}
Start = Callable[[str, list[tuple[str, str]]], object]


def create_app(intake: Intake, settings: Settings) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """Return a WSGI application: GET gives a token, POST takes JSON with token and answers and gives the receipt."""

    def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            rendered = intake.clock() - timedelta(minutes=1)
            body, status = issue_token(intake.keys, TRIP.id, rendered, secrets.token_bytes(15)), "200 OK"
        else:
            sent = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            if sent.get("fail"):
                raise ValueError(f"a fault that carries an answer: {sent['answers']}")
            try:
                receipt = receive(intake, TRIP, sent["answers"], (), sent["token"], Visitor(environ["REMOTE_ADDR"]))
                told = {"reference": receipt.reference, "secret": receipt.secret, "replayed": receipt.replayed}
                body, status = json.dumps(told), "200 OK"
            except tuple(STATUS) as refusal:
                body, status = type(refusal).__name__, STATUS[type(refusal)]
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body.encode()]

    return application
