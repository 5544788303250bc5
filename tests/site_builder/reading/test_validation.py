"""Pydantic's errors in an editor's words: whatever stands in any field of any model, and never a word of English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from forms_api.definitions import FormDefinition
from site_builder.model import HolidayYear
from site_builder.reading.parts import models_of
from site_builder.reading.schemas import SETTINGS
from site_builder.reading.validation import PATTERN_WORDS, validate
from site_builder.records import RECORD_TYPES, Finance, Observation, Policy, Recipient

ODD: tuple[Any, ...] = (
    None, "", "x", "x" * 600, "yes", "2026-2-30", "2026-11-16", "12:30", "1.5", "nan", "〔〕号", 0, -1, 10**17, 1.5, 3e300,
    True, date(2026, 11, 16), [], [None], ["x"], [1], [[]], [{}], ["x"] * 9, {}, {"x": 1}, {"id": 1}, {"x": []},
)  # fmt: skip
TOP: dict[str, type[BaseModel]] = {**RECORD_TYPES, **SETTINGS, "form": FormDefinition, "holidays": HolidayYear}


def all_models() -> Iterator[type[BaseModel]]:
    seen: set[type[BaseModel]] = set()
    waiting = list(TOP.values())
    while waiting:
        model = waiting.pop()
        if model not in seen:
            seen.add(model)
            yield model
            waiting += [one for field in model.model_fields.values() for one in models_of(field.annotation)]


MODELS = sorted(all_models(), key=lambda model: (model.__module__, model.__name__))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_no_value_of_any_field_brings_english_or_the_general_sentence(model: type[BaseModel]) -> None:
    for name in (*model.model_fields, "strange_key"):
        for value in ODD:
            _, faults = validate(model, {name: value}, {})
            for fault in faults:
                words = re.sub("“[^”]*”|（[^）]*）", "", fault.message + fault.fix)
                assert "写得不对" not in fault.message, (name, value)
                assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", words), (name, value, words)
                assert re.search("[\u4e00-\u9fff]", words)
                assert fault.message.endswith("。")
                assert fault.fix.endswith(("。", "？"))


def test_every_pattern_of_the_content_models_is_described_in_words() -> None:
    patterns = {
        rule.pattern
        for model in MODELS
        if model.__module__.startswith("site_builder")
        for field in model.model_fields.values()
        for rule in field.metadata
        if getattr(rule, "pattern", None)
    }
    assert patterns <= PATTERN_WORDS.keys()


@pytest.mark.parametrize(
    ("model", "data", "key", "message", "fix"),
    [
        (Finance, {"title": "x", "kind": "预算"}, "year", "缺少“年度”（year）。", "请补上一行 year: ……。"),
        (Finance, {"title": "x", "kind": "预算", "year": 1900}, "year",
         "“年度”（year）不能小于 1949，现在写的是“1900”。", "请改成不小于 1949 的数。"),
        (Finance, {"title": "x", "kind": "预算", "year": 2025, "yaer": 1}, "yaer",
         "没有“yaer”这个键。", "是不是要写 年度（year）？"),
        (Policy, {"title": "x", "status": "draft", "gist": ["1", "2", "3", "4"]}, "gist",
         "“先看三句话”（gist）最多 3 项。", "请删去多余的。"),
        (Policy, {"title": "x", "status": "draft", "relations": {"repeals": [{"article": "三"}]}}, "relations.repeals.0",
         "关联对象要写本站编号（id），或者写标题（title）、文号（doc_number）。", "请改正。"),
        (Recipient, {"name": "甲", "key": "A B"}, "key",
         "“标识”（key）格式不对，现在写的是“A B”。", "格式：小写字母、数字，中间可用连字符。"),
        (Observation, {"date": "2026-01-01", "n": 3, "of": 2}, "n", "分子 3 大于分母 2。", "请改正。"),
        (Observation, {"date": "20261116", "value": 1}, "date",
         "“date”不是正确的日期，现在写的是“20261116”。", "请写成 2026-03-01 这样的日期，月和日各两位，并且这一天要存在。"),
    ],
)  # fmt: skip
def test_faults_say_where_what_and_what_to_do(
    model: type[BaseModel], data: dict[str, Any], key: str, message: str, fix: str
) -> None:
    given = {"id": "a", **data} if "id" in model.model_fields else data
    made, faults = validate(model, given, {})
    assert made is None
    assert [tuple(fault) for fault in faults if fault.key == key] == [
        (key, {"缺": "missing-key", "没": "unknown-key"}.get(message[0], "bad-value"), message, fix)
    ]
