import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.conditions import MAX_DEPTH, check_shape, holds, implies, terms

CASES = json.loads(Path(__file__).with_name("condition_cases.json").read_text("utf-8"))

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["甲", "乙", 1, 0, True, False])
CONDITIONS = st.recursive(
    st.dictionaries(NAMES, VALUES | st.lists(VALUES, min_size=1, max_size=3), min_size=1, max_size=2),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
    ),
    max_leaves=4,
)
ANSWERS = st.dictionaries(NAMES, VALUES | st.none() | st.lists(VALUES, max_size=3))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_shared_table(case: dict[str, Any]) -> None:
    check_shape(case["condition"])
    assert holds(case["condition"], case["answers"]) is case["holds"]


def test_table_is_large_and_its_names_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) >= 40
    assert len(set(names)) == len(names)


@given(CONDITIONS, ANSWERS)
def test_not_turns_any_condition_round(condition: dict[str, Any], answers: dict[str, Any]) -> None:
    assert holds({"not": condition}, answers) is not holds(condition, answers)


@given(CONDITIONS, CONDITIONS, ANSWERS)
def test_not_any_is_all_not(one: dict[str, Any], two: dict[str, Any], answers: dict[str, Any]) -> None:
    neither = {"not": {"any": [one, two]}}
    assert holds(neither, answers) is holds({"all": [{"not": one}, {"not": two}]}, answers)


@given(CONDITIONS, ANSWERS)
def test_a_condition_sees_only_the_fields_it_names(condition: dict[str, Any], answers: dict[str, Any]) -> None:
    named = {name for name, _ in terms(condition)}
    assert holds(condition, answers) is holds(condition, {k: v for k, v in answers.items() if k in named})


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({}, "不能是空的"),
        ("worker_kind", "字段: 值"),
        (["a"], "字段: 值"),
        (None, "字段: 值"),
        ({"a": []}, "要比较的值不对"),
        ({"a": ""}, "要比较的值不对"),
        ({"a": None}, "要比较的值不对"),
        ({"a": {"b": 1}}, "要比较的值不对"),
        ({"a": ["x", None]}, "要比较的值不对"),
        ({True: "x"}, "不是字段名"),
        ({"not": "x"}, "字段: 值"),
        ({"not": {}}, "不能是空的"),
        ({"any": {"a": 1}}, "一列条件"),
        ({"any": []}, "一列条件"),
        ({"all": ["a"]}, "字段: 值"),
    ],
)
def test_badly_written_conditions_are_refused(condition: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_shape(condition)


def test_depth_is_bounded() -> None:
    condition: dict[str, Any] = {"a": 1}
    for _ in range(MAX_DEPTH - 1):
        condition = {"not": condition}
    check_shape(condition)
    with pytest.raises(ValueError, match="层"):
        check_shape({"not": condition})


@pytest.mark.parametrize(
    ("premise", "conclusion", "many", "expected"),
    [
        ({"a": "甲"}, {"a": ["甲", "乙"]}, (), True),
        ({"a": ["甲", "乙"]}, {"a": "甲"}, (), False),
        ({"a": "甲", "b": "乙"}, {"a": "甲"}, (), True),
        ({"a": "甲"}, {"not": {"a": "乙"}}, (), True),
        ({"a": "甲"}, {"not": {"a": "乙"}}, ("a",), False),
        ({"a": "甲"}, {}, (), True),
        ({"all": []}, {"a": "甲"}, (), False),
        ({"all": [{"a": True}, {"a": False}]}, {"b": "x"}, (), True),
        ({"a": True}, {"a": 1}, (), False),
        ({f"f{n}": ["甲", "乙"] for n in range(8)}, {"f0": ["甲", "乙"]}, (), False),
    ],
)
def test_implies(premise: dict[str, Any], conclusion: dict[str, Any], many: tuple[str, ...], expected: bool) -> None:
    assert implies(premise, conclusion, many) is expected


@given(CONDITIONS, CONDITIONS, st.dictionaries(NAMES, VALUES | st.none()))
def test_what_is_implied_holds(premise: dict[str, Any], conclusion: dict[str, Any], answers: dict[str, Any]) -> None:
    if implies(premise, conclusion) and holds(premise, answers):
        assert holds(conclusion, answers)
