"""Value objects: document numbers, index numbers, validity, references, periods, moments, problems."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from site_builder.clock import CHINA
from site_builder.values import (
    DocNumber,
    IndexNumberField,
    Moment,
    Period,
    Problem,
    Reference,
    Relations,
    Validity,
    is_id,
)

DAY = date(2026, 11, 20)
VALIDITY_CASES = Path(__file__).with_name("validity_cases.json")


# --- document numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "year", "serial"),
    [
        ("云工发〔2026〕12号", "云工发", 2026, 12),
        ("江政办发〔1998〕1号", "江政办发", 1998, 1),
        ("江原省人民政府令第211号", "江原省人民政府令", 0, 211),
        ("江原省人大常委会公告2021年第7号", "江原省人大常委会公告", 2021, 7),
    ],
)
def test_a_right_number_is_parsed_and_written_the_same(text: str, code: str, year: int, serial: int) -> None:
    number = DocNumber.parse(f" {text} ")
    assert number == DocNumber(code, year, serial)
    assert str(number) == text


@pytest.mark.parametrize(
    "text",
    [
        "云工发[2026]12号", "云工发【2026】12号", "云工发（2026）12号", "云工发(2026)12号", "云工发〔2026〕第12号",
        "云工发〔2026〕012号", "云工发 〔2026〕 12 号", "云工发〔２０２６〕１２号", "云工发<2026>12号", "云工发﹝2026﹞12号",
        "云工发〔202 6〕12号", "云工发［2026］12号",
    ],
)  # fmt: skip
def test_a_number_in_another_dress_is_understood_but_not_accepted(text: str) -> None:
    assert DocNumber.normalise(text) == DocNumber("云工发", 2026, 12)
    with pytest.raises(ValueError, match="请改为 云工发〔2026〕12号"):
        DocNumber.parse(text)


@pytest.mark.parametrize(
    "text", ["", "12号", "云工发12号", "云工发〔26〕12号", "云工发〔2026〕号", "A〔2026〕1号", "云工发〔2026〕12"]
)
def test_what_is_no_number_is_refused_with_an_example(text: str) -> None:
    assert DocNumber.normalise(text) is None
    with pytest.raises(ValueError, match="例如 云工发〔2026〕12号"):
        DocNumber.parse(text)


def test_numbers_are_found_in_running_text_with_their_places() -> None:
    text = "依据《办法》（云工发〔2021〕6号、云工办[2024]15号）办理。"
    found = list(DocNumber.find(text))
    assert [str(number) for number, _, _ in found] == ["云工发〔2021〕6号", "云工办〔2024〕15号"]
    assert [text[start:end] for _, start, end in found] == ["云工发〔2021〕6号", "云工办[2024]15号"]


@pytest.mark.parametrize(
    ("text", "codes", "found"),
    [
        ("云工发〔2021〕6号和云工办〔2024〕15号", (), ["云工发〔2021〕6号", "云工办〔2024〕15号"]),
        ("本县和政工发〔2024〕15号", ("和政工发", "政工发"), ["和政工发〔2024〕15号"]),
        ("本会转发云工办〔2024〕15号", (), ["云工办〔2024〕15号"]),
        ("经云工办〔2024〕15号", ("云工办",), ["云工办〔2024〕15号"]),
        ("以市政府名义按照国办发〔2017〕47号", (), ["国办发〔2017〕47号"]),
    ],
)
def test_words_before_a_code_are_parted_from_it(text: str, codes: tuple[str, ...], found: list[str]) -> None:
    numbers = list(DocNumber.find(text, codes))
    assert [str(number) for number, _, _ in numbers] == found
    assert [text[start:end] for _, start, end in numbers] == found


@given(st.integers(1950, 2099), st.integers(1, 99999))
def test_every_number_reads_back(year: int, serial: int) -> None:
    number = DocNumber("云工发", year, serial)
    assert DocNumber.parse(str(number)) == number


def test_numbers_sort_by_code_year_and_serial() -> None:
    texts = ["云工发〔2026〕12号", "云工发〔2026〕2号", "云工办〔2026〕1号", "云工发〔2021〕6号"]
    assert [str(one) for one in sorted(map(DocNumber.parse, texts))] == [texts[2], texts[3], texts[1], texts[0]]


# --- index numbers, ids, moments -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "text", "year"),
    [
        ("YX-GH-2026-00112", "YX-GH-2026-00112", 2026),
        ("01251010-001/2022-142321", "01251010-001/2022-142321", 2022),
        (" 000014349 ", "000014349", None),
        (20261, "20261", None),
    ],
)
def test_an_index_number_is_any_text_without_spaces(written: Any, text: str, year: int | None) -> None:
    number = TypeAdapter(IndexNumberField).validate_python(written)
    assert (str(number), number.year) == (text, year)


@pytest.mark.parametrize("written", ["", "  ", "YX 1", "YX\t1"])
def test_an_index_number_is_one_word(written: str) -> None:
    with pytest.raises(ValidationError, match="索引号不能为空"):
        TypeAdapter(IndexNumberField).validate_python(written)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("20261109-knzgbfssbf", True), ("a", True), ("a-b-1", True), ("", False), ("-a", False), ("a-", False),
        ("a--b", False), ("A", False), ("a_b", False), ("a b", False), ("经费", False), ("a\n", False), ("a/b", False),
    ],
)  # fmt: skip
def test_ids_are_small_letters_digits_and_single_hyphens(text: str, good: bool) -> None:
    assert is_id(text) is good


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-12-01 08:30", datetime(2026, 12, 1, 8, 30, tzinfo=CHINA)),
        ("2026-12-01T08:30+00:00", datetime(2026, 12, 1, 16, 30, tzinfo=CHINA)),
        (date(2026, 12, 1), datetime(2026, 12, 1, tzinfo=CHINA)),
        (datetime(2026, 12, 1, 0, 30, tzinfo=UTC), datetime(2026, 12, 1, 8, 30, tzinfo=CHINA)),
    ],
)
def test_moments_are_chinese_time(written: Any, moment: datetime) -> None:
    made = TypeAdapter(Moment).validate_python(written)
    assert made == moment
    assert made.tzinfo is CHINA


@pytest.mark.parametrize("written", [20261201, 20217600, 1.5, "20261201", "明天", True])
def test_a_number_is_no_moment(written: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(written)


# --- validity ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "phase"),
    [
        ({}, "unknown"),
        ("effective", "effective"),
        ("repealed", "repealed"),
        ("expired", "expired"),
        ("amended", "amended"),
        ({"effective": "2026-11-20"}, "effective"),
        ({"effective": "2026-11-21"}, "pending"),
        ({"state": "effective", "effective": "2026-12-01"}, "pending"),
        ({"expires": "2026-11-20"}, "expiring"),
        ({"expires": "2026-11-19"}, "expired"),
        ({"expires": "2027-01-19"}, "expiring"),
        ({"expires": "2027-01-20"}, "effective"),
        ({"state": "expired", "expires": "2027-06-01"}, "effective"),
        ({"state": "effective", "repealed": "2026-11-20"}, "repealed"),
        ({"state": "repealed", "repealed": "2026-11-21"}, "effective"),
        ({"state": "effective", "amended": "2026-11-20"}, "amended"),
        ({"state": "effective", "amended": "2026-11-21"}, "effective"),
        ({"expires": "2026-01-01", "repealed": "2026-02-01"}, "repealed"),
    ],
)
def test_dates_decide_before_words(data: Any, phase: str) -> None:
    assert Validity.model_validate(data).on(DAY) == phase


@pytest.mark.parametrize(("name", "word"), [("expires", "失效"), ("repealed", "废止"), ("amended", "修改")])
def test_nothing_ends_before_it_begins(name: str, word: str) -> None:
    with pytest.raises(ValidationError, match=f"{word}日期 2026-01-01 早于施行日期 2026-01-02"):
        Validity.model_validate({"effective": "2026-01-02", name: "2026-01-01"})


# --- references, periods, problems --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("20210508-bf", Reference(id="20210508-bf")),
        ("《中华人民共和国工会法》", Reference(title="中华人民共和国工会法")),
        ("工会法", Reference(title="工会法")),
        ({"doc_number": "云工发〔2021〕6号"}, Reference(doc_number=DocNumber("云工发", 2021, 6))),
    ],
)
def test_a_reference_may_be_one_word(written: Any, reference: Reference) -> None:
    assert Reference.model_validate(written) == reference


def test_a_reference_must_name_something() -> None:
    with pytest.raises(ValidationError, match="关联对象要写本站编号"):
        Reference.model_validate({"article": "第三条"})


def test_relations_are_given_in_the_order_of_the_model() -> None:
    relations = Relations.model_validate({"repeals": ["b"], "based_on": ["a", "工会法"]})
    assert [(name, target.id or target.title) for name, target in relations.pairs()] == [
        ("based_on", "a"), ("based_on", "工会法"), ("repeals", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "part"),
    [
        ({"start": "2026-01-01"}, "要写结束日期"),
        ({"start": "2026-01-02", "end": "2026-01-01"}, "早于开始日期"),
        ({"start": "2026-01-02", "working_days": 0}, "greater than or equal to 1"),
    ],
)
def test_a_period_has_an_end_after_its_start(data: dict[str, Any], part: str) -> None:
    with pytest.raises(ValidationError, match=part):
        Period.model_validate(data)


def test_a_problem_is_one_line_that_starts_with_its_place() -> None:
    problem = Problem("content/a.md", 3, "bad-value", "写错了。", "请改。")
    assert str(problem) == "content/a.md:3: bad-value: 写错了。请改。"
    assert problem.severity == "error"


# --- one table for the build and for the browser (tests/journeys/test_policy.py) -----------------------


@pytest.mark.parametrize(
    "case", json.loads(VALIDITY_CASES.read_text(encoding="utf-8"))["phases"], ids=lambda case: case["why"]
)
def test_phases_of_the_shared_table(case: dict[str, Any]) -> None:
    assert Validity.model_validate(case["validity"]).on(date.fromisoformat(case["day"])) == case["phase"]
