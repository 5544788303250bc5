"""Flask, WTForms and SQLAlchemy."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

import accepting
import wtforms
from flask import Flask, Response, request
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from wtforms import validators

engine = create_engine(f"sqlite:///{accepting.DATABASE}", pool_size=32)


@event.listens_for(engine, "connect")
def prepare(connection: Any, _: Any) -> None:
    """Set what holds for a connection, and leave BEGIN to us."""
    connection.executescript(accepting.PRAGMAS)
    connection.isolation_level = None


@event.listens_for(engine, "begin")
def begin(connection: Any) -> None:
    """Begin as a writer."""
    connection.exec_driver_sql("begin immediate")


class Base(DeclarativeBase):
    """The tables."""


class Application(Base):
    """An application."""

    __tablename__ = "application"
    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str]
    sealed: Mapped[bytes]
    blind: Mapped[bytes]
    state: Mapped[str]
    at: Mapped[str]


class Event(Base):
    """Something that happened to it."""

    __tablename__ = "event"
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str]
    kind: Mapped[str]
    at: Mapped[str]
    data: Mapped[str]


def check_number(_: Any, field: Any) -> None:
    """Refuse a number that is none."""
    if not accepting.is_resident_id(field.data):
        raise validators.ValidationError("号码不对")


def build(field: dict[str, Any]) -> Any:
    """Return the field of WTForms."""
    kind, label, needed = field["type"], field["label"], validators.InputRequired()
    if kind == "choice":
        return wtforms.RadioField(label, [needed], choices=field["options"])
    if kind == "date":
        return wtforms.DateField(label, [needed])
    if kind == "number":
        return wtforms.IntegerField(label, [needed, validators.NumberRange(field["min"], field["max"])])
    if kind == "money":
        return wtforms.DecimalField(label, [needed, validators.NumberRange(0)])
    if kind == "resident_id":
        return wtforms.StringField(label, [needed, check_number])
    if kind == "mobile":
        return wtforms.StringField(label, [needed, validators.Regexp(r"1\d{10}$")])
    return wtforms.StringField(label, [needed, validators.Length(max=field.get("length", 60))])


ApplicationForm = type("ApplicationForm", (wtforms.Form,), {
    **{one["name"]: build(one) for one in accepting.FIELDS},
    accepting.CONSENT: wtforms.BooleanField("同意", [validators.InputRequired()]),
})  # fmt: skip
app = Flask(__name__)


@app.post("/apply")
def accept() -> Response:
    """Accept an application."""
    form = ApplicationForm(request.form)
    if not form.validate():
        return Response(str(form.errors), 422)
    now, number, reference = datetime.now(UTC).isoformat(), secrets.token_hex(16), accepting.make_reference()
    sealed, blind = accepting.seal(form.data), accepting.blind(form.data["id_number"])
    with Session(engine) as session, session.begin():
        session.add(Application(id=number, reference=reference, sealed=sealed, blind=blind, state="submitted", at=now))
        session.add(Event(id=secrets.token_hex(16), application_id=number, kind="submitted", at=now, data="{}"))
    return Response(accepting.show_receipt(reference))
