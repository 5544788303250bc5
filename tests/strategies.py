"""Hypothesis strategies for every record type, made from the models themselves, with texts that YAML likes to spoil."""

from __future__ import annotations

import types
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from site_builder.records import (
    CONTESTS,
    RECORD_TYPES,
    Attachment,
    Event,
    EventChange,
    Guide,
    Honour,
    Message,
    Observation,
    Policy,
    Rate,
    Record,
    Register,
)
from site_builder.values import DocNumber, IndexNumber, OldAddress, Period, Reference, Validity

ODD = (
    "是", "yes", "on", "No", "null", "~", "true", "12:30", "15:29:30", "0570", "007", "1_000", "1e3", "0x1F", "3.0",
    "2026-11-16", "2026-2-30", " 3 ", "- x", "-", "#", "a #b", "：", "结尾:", "a: b", "“引号”", "it's", '"', "'", "*x",
    "&x", "!x", "%x", "@x", "`x`", "[x", "{x", "]", "|", ">", "? x", "---", "...", "=", "<<", "🙂", "䶮𠮷", "a\nb",
    "a\n\nb", "a\n", "\n a\n  b", "a\n\t b", "末尾空格 \n下一行", "《工会法》", "\x01", "\x85", "\u2028x", "\ufeffx",
    "　全角", "A" * 101, "很长的文字：" * 30 + "\n第二段",
)  # fmt: skip
IDS = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
DAYS = st.dates(date(1950, 1, 1), date(2099, 12, 31))
MOMENTS = st.datetimes(datetime(1950, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC))
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9).map(float)
LARGEST = 10**17
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=40),
    st.text("一二县工会。，：、#-|>&*!%@`'\"[]{}: \n\t", max_size=20),
).map(lambda text: unicodedata.normalize("NFC", text))
BODIES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=200).map(
    lambda text: unicodedata.normalize("NFC", text)
) | st.sampled_from(("---\n正文\n---", "## 一、\n\n- 项\n\n1. 条", "title: 不是键", "a\n\n\n\nb"))


def _text(least: int = 0, most: int | None = None) -> st.SearchStrategy[str]:
    return TEXTS.filter(lambda text: len(text.strip()) >= max(least, 1) and (most is None or len(text.strip()) <= most))


def _bounds(field: FieldInfo | None) -> dict[str, Any]:
    names = ("ge", "le", "min_length", "max_length", "pattern")
    rules = field.metadata if field else ()
    found = [(name, getattr(rule, name, None)) for name in names for rule in rules]
    return {name: value for name, value in found if value is not None}


def values(annotation: Any, field: FieldInfo | None = None) -> st.SearchStrategy[Any]:
    """Return a strategy for values of `annotation` as a model takes them."""
    bounds, origin, arguments = _bounds(field), get_origin(annotation), get_args(annotation)
    if annotation == OldAddress:
        return st.from_regex("[a-z]{1,9}(/[a-z0-9]{1,9}){0,2}(/|[.]html)", fullmatch=True)
    if origin is Annotated:
        return values(arguments[0], field)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([values(one, field) for one in arguments])
    if origin is tuple:
        return _tuples(arguments, bounds)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(IDS, values(arguments[1]), max_size=3)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return models(annotation)
    if annotation is str and "pattern" in bounds:
        return st.from_regex(bounds["pattern"].replace(r"\d", "[0-9]"), fullmatch=True)
    if annotation is int:
        return st.integers(bounds.get("ge", -LARGEST), bounds.get("le", LARGEST))
    if annotation is str:
        return _text(bounds.get("min_length", 0), bounds.get("max_length"))
    return PLAIN[annotation]


def _tuples(arguments: tuple[Any, ...], bounds: dict[str, Any]) -> st.SearchStrategy[Any]:
    if arguments[-1] is not Ellipsis:
        return st.tuples(*(values(one) for one in arguments))
    return st.lists(values(arguments[0]), min_size=bounds.get("min_length", 0), max_size=bounds.get("max_length", 3))


PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    float: FLOATS,
    date: DAYS,
    datetime: MOMENTS,
    type(None): st.none(),
    DocNumber: st.builds(
        DocNumber, st.sampled_from(("云工发", "云工办")), st.integers(1950, 2099), st.integers(1, 999)
    ),
    IndexNumber: st.from_regex("[A-Z0-9]{1,4}(-[0-9]{1,6}){0,2}", fullmatch=True).map(IndexNumber),
}


def data_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for the data of a model; keys that may be missing often are."""
    keys = {name: values(field.annotation, field) for name, field in model.model_fields.items()}
    if issubclass(model, Record):
        keys |= {"id": IDS, **({"body": BODIES} if "body" in keys else {})}
    optional = {name for name, field in model.model_fields.items() if not field.is_required()}
    required = {name: keys[name] for name in keys if name not in optional}
    return st.fixed_dictionaries(required, optional={name: keys[name] for name in keys if name in optional})


@cache
def models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Return a strategy for a model that passes its own rules."""
    mend = MENDERS.get(model, lambda data: data)
    return data_of(model).map(lambda data: model.model_validate(mend(data)))


# --- what the models' own rules ask for ----------------------------------------------------------


def _mend_change(data: dict[str, Any]) -> dict[str, Any]:
    return {
        **data,
        "was": data.get("was") or datetime(2026, 1, 1, tzinfo=UTC),
        "was_place": data.get("was_place") or "县",
    }


def _mend_guide(data: dict[str, Any]) -> dict[str, Any]:
    """Let no promise be shorter than the steps, and one alone say when applications are taken."""
    windows = tuple(one for one in data.get("windows", ()) if one.end)
    return {
        **data,
        "promised_limit": None,
        "windows": windows,
        "by_events": data.get("by_events", False) and not windows,
    }


def _mend_period(data: dict[str, Any]) -> dict[str, Any]:
    if (end := data.get("end")) and end < data["start"]:
        data["start"], data["end"] = end, data["start"]
    return data if data.get("end") or data.get("working_days") else {**data, "working_days": 5}


def _mend_validity(data: dict[str, Any]) -> dict[str, Any]:
    days = [data[key] for key in ("effective", "expires", "amended", "repealed") if data.get(key)]
    return {**data, "effective": min(days)} if data.get("effective") else data


def _mend_reference(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("id"):
        data["id"] = "wj-1"
    return data if data.get("id") or data.get("title") or data.get("doc_number") else {**data, "title": "工会法"}


def _mend_policy(data: dict[str, Any]) -> dict[str, Any]:
    data["published"] = published = data.get("published") or date(2026, 11, 16)
    if data.get("issued"):
        data["issued"] = min(data["issued"], published)
    return data if data.get("issuer") or data.get("source") else {**data, "source": "云溪县总工会"}


def _mend_message(data: dict[str, Any]) -> dict[str, Any]:
    if not (data.get("reply") and data.get("replied")):
        return {**data, "reply": None, "replied": None, "rating": None}
    return {**data, "replied": max(data["asked"], data["replied"])}


def _mend_honour(data: dict[str, Any]) -> dict[str, Any]:
    people = [person.model_copy(update={"key": f"r{n}"}) for n, person in enumerate(data["recipients"])]
    ends = [end.model_copy(update={"key": "r0"}) for end in data.get("revocations", ())]
    return {**data, "recipients": people, "revocations": ends}


def _mend_observation(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("n") is not None and data.get("of") is not None:
        data["n"], data["of"] = sorted((data["n"], data["of"]))
    whole = data.get("value") is not None or (data.get("n") is not None and data.get("of") is not None)
    return data if whole else {**data, "value": 1.5}


def _mend_register(data: dict[str, Any]) -> dict[str, Any]:
    names = [column.name for column in data["columns"]]
    rows = [dict(zip(names, row.values(), strict=False)) for row in data.get("rows", ())]
    public = [column.name for column in data["columns"] if column.public]
    rates = [
        one.model_copy(update={"where": {public[0]: next(iter(one.where.values()))}, "of": {}})
        for one in data.get("rates", ())
        if public
    ]
    return {**data, "rows": rows, "rates": rates}


def _mend_rate(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "where": data["where"] or {"a": 1}, "target": 90.0 if data.get("target") else None}


def _mend_event(data: dict[str, Any]) -> dict[str, Any]:
    return data if data["kind"] in CONTESTS else {**data, "winners": (), "candidate_for": None}


MENDERS: dict[type[BaseModel], Callable[[dict[str, Any]], dict[str, Any]]] = {
    EventChange: _mend_change,
    Period: _mend_period,
    Validity: _mend_validity,
    Reference: _mend_reference,
    Policy: _mend_policy,
    Message: _mend_message,
    Honour: _mend_honour,
    Observation: _mend_observation,
    Register: _mend_register,
    Rate: _mend_rate,
    Event: _mend_event,
    Guide: _mend_guide,
    Attachment: lambda data: {**data, "file": "assets/a.pdf"},
}


def records(kind: str) -> st.SearchStrategy[Record]:
    """Return a strategy for records of a type of RECORD_TYPES."""
    return models(RECORD_TYPES[kind])
