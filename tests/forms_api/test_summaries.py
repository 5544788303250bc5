from typing import Any

import pytest

from forms_api.definitions import FormDefinition
from forms_api.questions import FormField
from forms_api.summaries import list_rows, list_summary, write_answer
from tests.forms_api.sample_forms import CONSENT, make_form

FORM = FormDefinition.model_validate(make_form(consents=(CONSENT,)))
UNIONS = {"kuaidi": "快递行业工会"}


def make(**keys: Any) -> FormField:
    return FormField.model_validate({"name": "q", "label": "问什么"} | keys)


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        ({"type": "text"}, "<b>甲</b>", "<b>甲</b>"),
        ({"type": "yes_no"}, True, "是"),
        ({"type": "yes_no"}, False, "否"),
        ({"type": "choices", "options": ["甲", "乙"]}, ["甲", "乙"], "甲、乙"),
        ({"type": "money"}, 4200, "4,200 元"),
        ({"type": "money", "unit": "元/月"}, 1234567.5, "1,234,567.5 元/月"),
        ({"type": "number"}, 0, "0"),
        ({"type": "number", "unit": "人"}, 12, "12 人"),
        ({"type": "date"}, "2026-08-01", "2026年8月1日"),
        ({"type": "union"}, "kuaidi", "快递行业工会"),
        ({"type": "union"}, "gone", "gone"),
        ({"type": "file"}, ["h1"], "证明.pdf（1 份）"),
        ({"type": "file"}, ["h1", "h2"], "证明.pdf、已上传的文件（2 份）"),
    ],
)
def test_an_answer_in_words(keys: dict[str, Any], value: Any, words: str) -> None:
    assert write_answer(make(**keys), value, {"h1": "证明.pdf"}, UNIONS) == words


def test_rows_of_a_group_come_one_after_another() -> None:
    inner = [{"name": "who", "label": "姓名", "type": "name"}, {"name": "age", "label": "年龄", "type": "number"}]
    group = make(type="group", item="家人", fields=inner)
    rows = list(list_rows((group,), {"q": [{"who": "张三", "age": 9}, {"who": "李四"}]}, {}, {}))
    assert rows == [("家人 1", "姓名：张三\n年龄：9"), ("家人 2", "姓名：李四")]
    assert next(list_rows((make(type="group", fields=inner),), {"q": [{"age": 1}]}, {}, {}))[0] == "问什么 1"


@pytest.mark.parametrize(("given", "word"), [(True, "已勾选"), (False, "没有勾选")])
def test_a_box_within_the_form(given: bool, word: str) -> None:
    assert list(list_rows((make(type="consent"),), {"q": given}, {}, {})) == [(word, "问什么")]


def test_every_step_is_there_and_what_was_not_answered_is_left_out() -> None:
    parts = list_summary(FORM, {"full_name": "张三", "kind": None, "days": [], "agree": True}, {}, UNIONS)
    assert parts == [("报名", [("姓名", "张三")]), ("材料", []), ("请您同意", [("同意", "我同意")])]
    assert list_summary(FORM, {"agree": False}, {}, {})[-1] == ("请您同意", [("不同意", "我同意")])
    assert list_summary(FORM, {}, {}, {})[-1] == ("请您同意", [])


def test_a_form_without_consents_has_no_such_part() -> None:
    plain = FormDefinition.model_validate(make_form())
    assert [title for title, _ in list_summary(plain, {}, {}, {})] == ["报名", "材料"]
