from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.answers import check_answers
from forms_api.definitions import FormDefinition
from forms_api.field_rules import World
from tests.forms_api.sample_forms import CONSENT, make_form

WORLD = World(date(2026, 11, 20))
GROUP = {
    "name": "members", "label": "家庭成员", "type": "group", "item": "家人", "min": 1, "max": 3, "show_if": {"kind": "在职"},
    "fields": [
        {"name": "relation", "label": "关系", "type": "choice", "options": ["配偶", "子女"]},
        {"name": "school", "label": "学校", "type": "text", "show_if": {"relation": "子女", "kind": "在职"}},
        {"name": "card", "label": "卡号", "type": "bank_account", "required": False, "show_if": {"relation": "配偶"}},
    ],
}  # fmt: skip
MORE = (
    GROUP,
    {"name": "unit", "label": "单位名称", "type": "text", "show_if": {"kind": "在职"}},
    {"name": "note", "label": "备注", "type": "text", "required": False},
    {"name": "tick", "label": "看过了", "type": "consent"},
    {"name": "wish", "label": "愿意参加", "type": "consent", "required": False},
    {"name": "said", "label": "说明", "type": "statement", "text": "请看。"},
)
FINANCE = CONSENT | {"name": "agree_money", "kind": "finance", "show_if": {"kind": "在职"}}
OPTIONAL = CONSENT | {"name": "agree_show", "kind": "publication", "required": False}
FORM = FormDefinition.model_validate(make_form(*MORE, consents=(FINANCE, OPTIONAL)))
GOOD: dict[str, Any] = {
    "full_name": "张三",
    "kind": "退休",
    "days": ["周六", "周五"],
    "driver": "no",
    "tick": "yes",
    "photo": ["abcdefgh"],
}
WORKING = GOOD | {"kind": "在职", "unit": "云溪纺织厂", "agree_money": True, "members": [{"relation": "配偶"}]}


def check(given: Any, confirmed: tuple[str, ...] = ()) -> Any:
    return check_answers(FORM, given, WORLD, confirmed)


def test_good_answers_are_kept_in_one_form() -> None:
    result = check(GOOD)
    assert result.faults == {}
    assert result.answers == {
        "full_name": "张三",
        "kind": "退休",
        "days": ["周五", "周六"],
        "driver": False,
        "tick": True,
        "wish": False,
        "photo": ["abcdefgh"],
        "agree_show": False,
    }
    assert check(result.answers).answers == result.answers


def test_hidden_and_unknown_keys_are_dropped() -> None:
    forged = GOOD | {
        "unit": "假",
        "members": [{"relation": "配偶"}],
        "agree_money": True,
        "said": "x",
        "state": "approved",
    }
    assert check(forged).answers == check(GOOD).answers
    assert check(forged).faults == {}


def test_a_condition_sees_the_checked_answer_only() -> None:
    assert "unit" not in check(GOOD | {"kind": ["在职"], "unit": "假"}).answers


def test_inside_a_row_the_form_is_seen_too() -> None:
    result = check(
        WORKING | {"members": [{"relation": "子女", "school": "一中"}, {"relation": "配偶", "school": "二中"}]}
    )
    assert result.answers["members"] == [{"relation": "子女", "school": "一中"}, {"relation": "配偶"}]
    assert result.faults == {}


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"full_name": " "}, "full_name", "请填写“姓名”。"),
        ({"kind": None}, "kind", "请选一项：类别。"),
        ({"days": []}, "days", "请至少选一项：哪几天。"),
        ({"driver": ""}, "driver", "请选“是”或“否”：自己开车吗。"),
        ({"photo": []}, "photo", "请上传“照片”。"),
        ({"tick": "no"}, "tick", "请勾选“看过了”，才能继续。"),
        ({"agree_money": False}, "agree_money", "请勾选“我同意”，才能继续。"),
        ({"agree_money": {"x": 1}}, "agree_money", "请勾选“我同意”，才能继续。"),
        ({"members": []}, "members", "请至少填1个家人。"),
        ({"members": None}, "members", "请至少填1个家人。"),
        ({"members": [{}, {"relation": ""}]}, "members", "请至少填1个家人。"),
        ({"members": [{"relation": "配偶"}] * 4}, "members", "最多填3个家人"),
        ({"members": "配偶"}, "members", "格式不对"),
        ({"members": ["配偶"]}, "members", "格式不对"),
        ({"members": [{"relation": "配偶"}, {"relation": "子女"}]}, "members.1.school", "请填写“学校”。"),
    ],
)
def test_faults_stand_at_their_field(change: dict[str, Any], path: str, words: str) -> None:
    faults = check(WORKING | change).faults
    assert list(faults) == [path]
    assert words in faults[path]


def test_every_fault_is_found_at_once() -> None:
    assert set(check({}).faults) == {"full_name", "kind", "days", "driver", "tick", "photo"}
    assert set(check("no mapping").faults) == set(check({}).faults)


def test_the_worker_may_insist_on_a_number() -> None:
    rows = {"members": [{"relation": "配偶", "card": "6222021234567890123"}]}
    first = check(WORKING | rows)
    assert first.insistable == set(first.faults) == {"members.0.card"}
    second = check(WORKING | rows, ("members.0.card", "full_name"))
    assert second.faults == {}
    assert second.confirmed == {"members.0.card"}
    assert second.answers["members"][0]["card"] == "6222021234567890123"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*WORKING, "note", "wish", "said"]), JSON))
def test_nothing_that_is_sent_breaks_the_check(sent: dict[str, Any]) -> None:
    result = check(WORKING | sent)
    assert all(sentence.endswith("。") for sentence in result.faults.values())
    assert set(result.answers) <= {field.name for field in FORM.fields()} | {"agree_money", "agree_show"}
