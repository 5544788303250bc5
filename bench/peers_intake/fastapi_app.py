"""FastAPI with Pydantic, sqlite3 itself and a connection for each thread."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import accepting
from fastapi import FastAPI, Form, Response
from pydantic import AfterValidator, Field, create_model


def check_number(text: str) -> str:
    """Refuse a number that is none."""
    if not accepting.is_resident_id(text):
        raise ValueError("号码不对")
    return text


def build(field: dict[str, Any]) -> Any:
    """Return the type of a field."""
    kind = field["type"]
    if kind == "choice":
        return Literal[tuple(field["options"])]
    if kind == "number":
        return Annotated[int, Field(ge=field["min"], le=field["max"])]
    if kind == "resident_id":
        return Annotated[str, AfterValidator(check_number)]
    if kind == "mobile":
        return Annotated[str, Field(pattern=r"^1\d{10}$")]
    plain = {"date": date, "money": Annotated[Decimal, Field(ge=0)]}
    return plain.get(kind, Annotated[str, Field(min_length=1, max_length=field.get("length", 60))])


kinds: dict[str, Any] = {one["name"]: (build(one), ...) for one in accepting.FIELDS}
Answers = create_model("Answers", **kinds, **{accepting.CONSENT: (bool, ...)})
local = threading.local()
app = FastAPI()


def connect() -> sqlite3.Connection:
    """Return this thread's connection."""
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(accepting.DATABASE, isolation_level=None)
        local.connection.executescript(accepting.PRAGMAS)
    found: sqlite3.Connection = local.connection
    return found


def accept(answers: Annotated[Any, Form()]) -> Response:
    """Accept an application."""
    now, number, reference = datetime.now(UTC).isoformat(), secrets.token_hex(16), accepting.make_reference()
    sealed, blind = accepting.seal(answers.model_dump()), accepting.blind(answers.id_number)
    connection = connect()
    connection.execute("begin immediate")
    row = (number, reference, sealed, blind, "submitted", now)
    connection.execute("insert into application values (?, ?, ?, ?, ?, ?)", row)
    row = (secrets.token_hex(16), number, "submitted", now, "{}")
    connection.execute("insert into event values (?, ?, ?, ?, ?)", row)
    connection.execute("commit")
    return Response(accepting.show_receipt(reference), media_type="text/html; charset=utf-8")


accept.__annotations__ = {"answers": Annotated[Answers, Form()], "return": Response}
app.post("/apply")(accept)
