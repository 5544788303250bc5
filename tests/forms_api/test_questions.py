from datetime import date
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from forms_api.definitions import FormDefinition
from forms_api.privacy import KIND_WORDS, ConsentKind
from forms_api.questions import COMMON_KEYS, FIELD_TYPES, FormField, Sensitivity, TypeName
from tests.forms_api.sample_forms import make_form

TEXT = {"name": "a", "label": "甲", "type": "text"}
CHOICE = TEXT | {"type": "choice", "options": ["一", "二"]}
CHOICES = CHOICE | {"type": "choices"}
FILE = TEXT | {"type": "file"}
GROUP = TEXT | {"type": "group", "fields": [TEXT | {"name": "b"}]}


def test_the_table_covers_every_type_and_key() -> None:
    assert set(FIELD_TYPES) == set(get_args(TypeName))
    own = set().union(*(kind.keys for kind in FIELD_TYPES.values()))
    assert own | COMMON_KEYS == set(FormField.model_fields)
    assert not own & COMMON_KEYS
    assert all(kind.needs <= kind.keys for kind in FIELD_TYPES.values())
    assert all(field.title for field in FormField.model_fields.values())


def test_every_kind_of_consent_has_words() -> None:
    assert set(KIND_WORDS) == set(get_args(ConsentKind))
    assert set(get_args(Sensitivity)) < set(KIND_WORDS)


@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
def test_every_type_can_be_used(kind: str) -> None:
    needed = {"options": ["一", "二"], "text": "请看", "fields": [TEXT | {"name": "b"}]}
    data = TEXT | {"type": kind} | {key: needed[key] for key in FIELD_TYPES[kind].needs}
    field = FormField.model_validate(data)
    assert field.is_required is (kind != "statement")


def refuse(data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        FormField.model_validate(data)
    [error] = caught.value.errors(include_url=False)
    return str(error.get("ctx", {}).get("error", error["type"]))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (TEXT | {"options": ["一", "二"]}, "单行文字（text）不能写 options。请删去；这一类另外可以写：length、min。"),
        (TEXT | {"type": "name", "length": 3}, "另外可以写：共有的各项"),
        (TEXT | {"fields": [TEXT]}, "不能写 fields"),
        (TEXT | {"type": "choice"}, "单选（choice）缺少 options。请补上。"),
        (TEXT | {"type": "statement"}, "缺少 text"),
        (TEXT | {"type": "group"}, "缺少 fields"),
        (CHOICE | {"options": ["一", "一", "二"]}, "选项“一”写了不止一次"),
        (CHOICE | {"options": ["一"]}, "只有一个选项"),
        (CHOICES | {"max": 3}, "只有 2 个选项"),
        (CHOICES | {"min": -1}, "不小于 0 的整数"),
        (CHOICES | {"min": 2, "max": 1}, "下限 2 大于上限 1"),
        (TEXT | {"min": 10, "length": 5}, "下限 10 大于上限 5"),
        (TEXT | {"min": 1.5}, "不小于 0 的整数"),
        (TEXT | {"type": "number", "min": "today"}, "min 写成“today”不合适。请改成数字。"),
        (TEXT | {"type": "number", "min": 3, "max": 1.5}, "下限 3 大于上限 1.5"),
        (TEXT | {"type": "date", "min": 3}, "请改成日期"),
        (TEXT | {"type": "date", "min": date(2026, 1, 2), "max": date(2026, 1, 1)}, "下限 2026-01-02 大于上限"),
        (FILE | {"required": False}, "写 need: 必要、容缺或非必要"),
        (FILE | {"show_if": {"kind": "在职"}}, "请补上 when"),
        (GROUP | {"fields": [GROUP | {"name": "b"}]}, "组内字段 b 不能是重复填写的一组（group）"),
        (GROUP | {"fields": [FILE | {"name": "b"}]}, "不能是材料"),
        (GROUP | {"fields": [TEXT | {"name": "b", "type": "statement", "text": "x"}]}, "不能是说明文字"),
        (TEXT | {"type": "fax"}, "literal_error"),
        (TEXT | {"label": ""}, "string_too_short"),
        (FILE | {"blank": "/etc/passwd"}, "string_pattern_mismatch"),
        (FILE | {"accept": []}, "too_short"),
        (CHOICE | {"options": "一、二"}, "tuple_type"),
    ],
)
def test_keys_that_do_not_fit_are_refused(data: dict[str, Any], words: str) -> None:
    assert words in refuse(data)


def test_a_field_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(ValidationError):
        FormField.model_validate("姓名")


def test_options_are_words_or_words_with_a_hint() -> None:
    field = FormField.model_validate(CHOICE | {"options": ["一", {"value": "二", "hint": "第二个"}]})
    assert field.values == ("一", "二")
    assert [option.hint for option in field.options] == [None, "第二个"]


def test_closed_lists_know_their_values() -> None:
    kinds = {kind: FormField.model_validate(TEXT | {"type": kind}).values for kind in ("ethnicity", "yes_no", "text")}
    assert len(kinds["ethnicity"]) == 58
    assert kinds["ethnicity"][0] == "汉族"
    assert kinds["yes_no"] == (True, False)
    assert kinds["text"] == ()


def test_materials_are_the_file_fields() -> None:
    field = {
        "name": "bill", "label": "结算单", "type": "file", "hint": "每一页都拍。", "need": "容缺", "source": "医院",
        "copies": 2, "medium": "照片", "when": "因病申请的", "blank": "files/a.docx", "sample": {"file": "assets/b.pdf"},
        "show_if": {"kind": "在职"},
    }  # fmt: skip
    bill, photo = FormDefinition.model_validate(make_form(field)).materials()
    assert (bill.field, bill.name, bill.need, bill.note) == ("bill", "结算单", "容缺", "每一页都拍。")
    assert (bill.source, bill.copies, bill.medium, bill.when) == ("医院", 2, "照片", "因病申请的")
    assert bill.blank is not None
    assert bill.sample is not None
    assert (bill.blank.file, bill.sample.file) == ("files/a.docx", "assets/b.pdf")
    assert (photo.need, photo.copies, photo.medium, photo.when) == ("必要", 1, "电子", None)


@pytest.mark.parametrize(
    ("data", "required"),
    [(FILE, True), (FILE | {"need": "容缺"}, False), (TEXT | {"required": False}, False), (TEXT, True)],
)
def test_required(data: dict[str, Any], required: bool) -> None:
    assert FormField.model_validate(data).is_required is required
