"""Plain data against a model: the model, or what is wrong in Chinese sentences. No I/O.

No text of pydantic ever reaches an editor: every error type has a sentence here, and unknown ones a general sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from site_builder.reading.parts import models_of

M = TypeVar("M", bound=BaseModel)


class Fault(NamedTuple):
    """One fault of plain data: dotted key, rule name, sentence, what to do."""

    key: str
    rule: str
    message: str
    fix: str


def validate(model: type[M], data: dict[str, Any], raw: Mapping[str, str]) -> tuple[M | None, list[Fault]]:
    """Return the model made from `data`, or None and every fault.

    `raw` holds the written text of scalars that were read as numbers or dates. Where the model wants text, that text is
    taken (a phone of 12351 needs no quotes); a key with nothing behind it counts as absent. Changes `data` so.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
    if sum(_mend(data, one, raw) for one in errors):
        return validate(model, data, raw)
    return None, _faults(model, data, errors)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` most probably means, or None."""
    found = get_close_matches(word.strip().lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def _mend(data: Any, error: ErrorDetails, raw: Mapping[str, str]) -> bool:
    path = _path(data, error)
    if not path or error["type"] == "missing":
        return False
    holder = _follow(data, path[:-1])
    key, value = path[-1], _follow(data, path)
    if value is None and isinstance(holder, dict) and key in holder:
        del holder[key]
        return True
    text = raw.get(".".join(map(str, path)))
    if error["type"] == "string_type" and text is not None and value is not None and _leads_to(error, path):
        holder[key] = text
        return True
    return False


def _leads_to(error: ErrorDetails, path: tuple[str | int, ...]) -> bool:
    # a union of types says string_type too, with the type's name behind the path: there a number may stay a number
    return error["loc"] == path


def _follow(data: Any, path: Iterable[str | int]) -> Any:
    for step in path:
        data = data[step]
    return data


def _path(data: Any, error: ErrorDetails) -> tuple[str | int, ...]:
    """Return the error's place in `data`: its loc without the names of union members and validators."""
    path: list[str | int] = []
    for step in error["loc"]:
        inside = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if inside or (isinstance(data, dict) and step in data):
            data = data[step]
        elif error["type"] == "missing" and step == error["loc"][-1]:
            data = None
        else:
            continue
        path.append(step)
    return tuple(path)


# --- names of fields ---------------------------------------------------------------------------


def _fields(models: Iterable[type[BaseModel]]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for model in models for name, field in model.model_fields.items()}


class _Place(NamedTuple):
    """A place in a model: what may stand beside its last step, that step as editors know it, and what it stands in."""

    fields: dict[str, FieldInfo]
    inside: dict[str, FieldInfo]
    words: str
    above: str


def _locate(model: type[BaseModel], path: Iterable[str | int]) -> _Place:
    models, fields, words, above = [model], _fields([model]), "", ""
    for step in path:
        above = words
        if isinstance(step, int):
            words += f"第 {step + 1} 项"
            continue
        fields = _fields(models)
        field = fields.get(step)
        words = (f"{words}的" if words else "") + (
            f"“{field.title}”（{step}）" if field and field.title else f"“{step}”"
        )
        models = (models_of(field.annotation) if field else []) or models
    return _Place(fields, _fields(models), words or "内容", above)


def field_name(field: FieldInfo, key: str) -> str:
    """Return a field's name as editors know it, with its key."""
    return f"{field.title}（{key}）" if field.title else key


# --- sentences ---------------------------------------------------------------------------------

_WHOLE = ("应当是整数", "请写成不带引号、不带单位的整数，例如 12。")
_NUMBER = ("应当是数字", "请写成不带单位的数字，例如 12 或 12.5。")
_YES_NO = ("应当是 true 或 false", "请写 true（是）或 false（否）。")
_DAY = ("不是正确的日期", "请写成 2026-03-01 这样的日期，月和日各两位，并且这一天要存在。")
_MOMENT = ("不是正确的时刻", "请写成 2026-12-01 08:00 这样的日期和时间。")
_LIST = ("应当是一个列表", "每一项单独一行，以“- ”开头。")
_GROUP = ("应当是一组“键: 值”", "请另起一行，缩进两个空格，逐行写“键: 值”。")

_SENTENCES: dict[str, tuple[str, str]] = {
    "string_type": ("应当是文字", "请写成一段文字；需要时加上引号。"),
    "string_too_short": ("太短，至少 {min_length} 个字", "请补上内容。"),
    "string_too_long": ("太长，最多 {max_length} 个字", "请缩短。"),
    "string_pattern_mismatch": ("格式不对", "格式：{pattern}。"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _GROUP,
    "mapping_type": _GROUP,
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
    "too_short": ("至少要有 {min_length} 项", "请补上。"),
    "too_long": ("最多 {max_length} 项", "请删去多余的。"),
    "greater_than_equal": ("不能小于 {ge}", "请改成不小于 {ge} 的数。"),
    "greater_than": ("要大于 {gt}", "请改成大于 {gt} 的数。"),
    "less_than_equal": ("不能大于 {le}", "请改成不大于 {le} 的数。"),
    "less_than": ("要小于 {lt}", "请改成小于 {lt} 的数。"),
    "union_tag_not_found": ("没有写明类型（type）", "请补上 type。"),
}
PATTERN_WORDS = {
    r"^([01]\d|2[0-3]):[0-5]\d$": "24 小时制的时:分，例如 08:30",
    r"^[^/\\][^\\]*$": "相对本文件所在目录的路径，或以 assets/ 开头，用 / 分隔",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "小写字母、数字，中间可用连字符",
    r"^[a-z][a-z0-9_]*$": "以小写字母开头，只用小写字母、数字和下划线",
    r"^(bm\d{8}|\d{10})$": "十位数字，或 bm 加八位数字",
    r"^(mailto:|tel:|https://)\S+$": "以 mailto:、tel: 或 https:// 开头的地址",
}
"""What a pattern of the models asks for, in words."""
_KINDS = {"string": "文字", "int": "整数", "float": "数字", "bool": "true 或 false", "date": "日期", "none": "空"}


def _faults(model: type[BaseModel], data: Any, errors: list[ErrorDetails]) -> list[Fault]:
    places: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for error in errors:
        path = _path(data, error)
        # a list whose items are all wrong is called too short as well
        if error["type"] != "too_short" or len(_follow(data, path)) < error["ctx"]["min_length"]:
            places.setdefault(path, []).append(error)
    return [_fault(model, data, path, group) for path, group in places.items()]


def _fault(model: type[BaseModel], data: Any, path: tuple[str | int, ...], errors: list[ErrorDetails]) -> Fault:
    error = errors[0]
    key, kind, place = ".".join(map(str, path)), error["type"], _locate(model, path)
    if kind == "extra_forbidden":
        return _unknown_key(key, str(path[-1]), place)
    if kind == "missing":
        return Fault(key, "missing-key", f"缺少{place.words}。", f"请补上一行 {path[-1]}: ……。")
    if kind in ("value_error", "assertion_error"):
        return _own_fault(key, error, place, _follow(data, path))
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        return Fault(key, "bad-value", *_choice(error, place.words))
    if len(errors) > 1:
        kinds = dict.fromkeys(_KINDS.get(one["type"].split("_")[0], "") for one in errors)
        message, fix = f"应当是{'、'.join(filter(None, kinds))}之一", "请改成其中一种。"
    else:
        message, fix = _SENTENCES.get(kind, ("写得不对", "请对照同类内容改写。"))
    context = error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        context = {"pattern": _describe_pattern(place.fields.get(str(path[-1])), context["pattern"])}
    message = f"{place.words}{message.format(**context)}{_as_written(error)}。"
    return Fault(key, "bad-value", message, fix.format(**context))


def _describe_pattern(field: FieldInfo | None, pattern: str) -> str:
    return PATTERN_WORDS.get(pattern) or (field and field.description) or f"要符合 {pattern}"


def _as_written(error: ErrorDetails) -> str:
    value = error["input"]
    if not isinstance(value, str | int | float | date) or error["type"] in ("too_short", "too_long", "missing"):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"，现在写的是“{shorten(text)}”"


def shorten(text: str, length: int = 30) -> str:
    """Return `text` on one line, cut to `length` characters."""
    text = re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()
    return text if len(text) <= length else text[:length] + "……"


def _unknown_key(key: str, name: str, place: _Place) -> Fault:
    usable = {known: field for known, field in place.fields.items() if known not in ("id", "body") or not field.exclude}
    message = f"{place.above and place.above + '里'}没有“{shorten(name)}”这个键。"
    found = nearest(name, usable) or next((k for k, field in usable.items() if field.title == name.strip()), None)
    if found:
        return Fault(key, "unknown-key", message, f"是不是要写 {field_name(usable[found], found)}？")
    return Fault(key, "unknown-key", message, f"请删去，或改成下列之一：{'、'.join(usable)}。")


def _own_fault(key: str, error: ErrorDetails, place: _Place, value: Any) -> Fault:
    """Turn a sentence of a model's own rules into a fault, at the first of its keys that the sentence names."""
    text = str(error.get("ctx", {}).get("error", ""))
    if not re.search("[\u4e00-\u9fff]", text):
        return Fault(key, "bad-value", f"{place.words}写得不对。", "请对照同类内容改写。")
    sentence, _, rest = text.rstrip("。").partition("。")
    title = place.words.strip("“").partition("”")[0]
    if not isinstance(value, dict) and title not in sentence:
        sentence = f"{place.words}：{sentence}"
    named = {
        text.find(field.title): name for name, field in place.inside.items() if field.title and field.title in text
    }
    if isinstance(value, dict) and named and (name := named[min(named)]) in value:
        key = f"{key}.{name}".lstrip(".")
    return Fault(key, "bad-value", sentence + "。", (rest or "请改正") + "。")


def _choice(error: ErrorDetails, words: str) -> tuple[str, str]:
    context = error.get("ctx", {})
    listed = str(context.get("expected") or context.get("expected_tags") or "")
    choices = re.findall(r"'((?:[^'\\]|\\.)*)'", listed) or [listed]
    written = str(context["tag"]) if error["type"] == "union_tag_invalid" else error["input"]
    fix = f"可选：{'、'.join(choices)}。"
    if isinstance(written, str):
        found = nearest(written, choices)
        fix += f"最接近的是 {found}。" if found and len(choices) > 1 else ""
        return f"{words}不能是“{shorten(written)}”。", fix
    return f"{words}不在可选范围内{_as_written(error)}。", fix
