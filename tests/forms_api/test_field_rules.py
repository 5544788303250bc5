from datetime import date
from typing import Any

import pytest

from forms_api.field_rules import ELSEWHERE, RULES, World, check
from forms_api.identifiers import CheckDigitWrong
from forms_api.questions import FIELD_TYPES, FormField

WORLD = World(date(2026, 11, 20), ("城关镇", "溪坪镇"), {"county": "云溪县总工会"})
OPTIONS = {"options": ["甲", "乙", "丙"]}


def field(kind: str, **more: Any) -> FormField:
    return FormField.model_validate({"name": "x", "label": "一项", "type": kind, **more})


def test_every_type_that_holds_an_answer_has_a_rule() -> None:
    assert set(RULES) == set(FIELD_TYPES) - {"statement", "group"}


@pytest.mark.parametrize(
    ("kind", "more", "given", "kept"),
    [
        ("text", {}, "  云溪　纺织厂 \n", "云溪 纺织厂"),
        ("text", {}, "a\u200bb\ufeff", "ab"),
        ("text", {}, 42, "42"),
        ("textarea", {}, "一\r\n二\r三  ", "一\n二\n三"),
        ("textarea", {}, "手机 📱👨‍👩‍👧", "手机 📱👨‍👩‍👧"),
        ("name", {}, "张三", "张三"),
        ("name", {}, "阿依古丽•买买提", "阿依古丽·买买提"),
        ("name", {}, "𠮷野㐂", "𠮷野㐂"),
        ("name", {}, "John O'Neil Jr.", "John O'Neil Jr."),
        ("resident_id", {}, "11010519491231002x", "11010519491231002X"),
        ("mobile", {}, "+86 138 0000 0000", "13800000000"),
        ("phone", {}, "（0000）6010001", "0000-6010001"),
        ("credit_code", {}, "91350100m000100y43", "91350100M000100Y43"),
        ("bank_account", {}, "6225 7688 8888 8888", "6225768888888888"),
        ("money", {}, "４，２００．５０元", 4200.5),
        ("money", {}, "¥4,200", 4200),
        ("money", {}, 0, 0),
        ("number", {"unit": "平方米", "decimals": 1}, "58.5平方米", 58.5),
        ("date", {}, "20260801", "2026-08-01"),
        ("date", {}, "2026年8月1日", "2026-08-01"),
        ("date", {"max": "today"}, "2026/11/20", "2026-11-20"),
        ("choice", OPTIONS, "乙", "乙"),
        ("choices", OPTIONS, ["丙", "甲", "甲"], ["甲", "丙"]),
        ("choices", OPTIONS, "甲", ["甲"]),
        ("yes_no", {}, "no", False),
        ("yes_no", {}, True, True),
        ("region", {}, "城关镇", "城关镇"),
        ("region", {}, ELSEWHERE, ELSEWHERE),
        ("address", {}, "城关镇文昌路18号", "城关镇文昌路18号"),
        ("union", {}, "county", "county"),
        ("ethnicity", {}, "汉族", "汉族"),
        ("education", {}, "高中", "高中"),
        ("political_status", {}, "群众", "群众"),
        ("file", {}, ["abcdefgh", "abcdefgh"], ["abcdefgh"]),
        ("consent", {}, "yes", True),
    ],
)
def test_a_good_answer_is_kept_in_one_form(kind: str, more: dict[str, Any], given: Any, kept: Any) -> None:
    assert check(given, field(kind, **more), WORLD) == kept
    assert check(kept, field(kind, **more), WORLD) == kept


@pytest.mark.parametrize(
    ("kind", "more", "given", "words"),
    [
        ("text", {}, "a\x00b", "控制字符"),
        ("text", {}, "a\u202eb", "控制字符"),
        ("text", {}, "a\ud800", "控制字符"),
        ("text", {}, {"a": 1}, "格式不对"),
        ("text", {}, ["a"], "格式不对"),
        ("text", {}, True, "格式不对"),
        ("text", {"length": 3}, "一二三四", "最多3个"),
        ("text", {"min": 3}, "一二", "至少写3个字"),
        ("textarea", {}, "长" * 2001, "最多2000个"),
        ("name", {}, "张", "证件上的姓名"),
        ("name", {}, "张三3", "证件上的姓名"),
        ("name", {}, "张三😀", "证件上的姓名"),
        ("name", {}, "<b>张三</b>", "证件上的姓名"),
        ("resident_id", {}, "110105194912310021", "有一位不对"),
        ("resident_id", {"min_age": 90}, "11010519491231002X", "还不满90周岁"),
        ("mobile", {}, "12345", "11位手机号码"),
        ("phone", {}, "x", "电话号码"),
        ("money", {}, "四千多", "只能写数字，例如 4200"),
        ("money", {}, "1e9", "只能写数字"),
        ("money", {}, "9" * 15, "只能写数字"),
        ("money", {}, "1.234", "最多2位"),
        ("money", {"min": 0}, "-1", "不能小于 0"),
        ("number", {"max": 20, "unit": "套"}, 21, "不能大于 20套"),
        ("number", {}, "1.5", "整数"),
        ("number", {"min": 3}, "x", "例如 3"),
        ("date", {}, "昨天", "请写成年、月、日"),
        ("date", {}, "2026-02-30", "日历上没有这一天"),
        ("date", {"max": "today"}, "2026-11-21", "不能晚于今天"),
        ("date", {"min": date(2026, 1, 1)}, "2025-12-31", "不能早于2026年1月1日"),
        ("date", {}, "0099-01-01", "年份不对"),
        ("choice", OPTIONS, "丁", "选一项"),
        ("choice", OPTIONS, ["甲"], "选一项"),
        ("choices", OPTIONS, ["甲", "丁"], "列出的"),
        ("choices", OPTIONS, [{"a": 1}], "列出的"),
        ("choices", OPTIONS, {"a": 1}, "列出的"),
        ("choices", OPTIONS | {"min": 2}, ["甲"], "至少选2项"),
        ("choices", OPTIONS | {"max": 1}, ["甲", "乙"], "最多选1项"),
        ("yes_no", {}, "是", "“是”或“否”"),
        ("region", {}, "别处", "选一项"),
        ("address", {}, "家里", "门牌号"),
        ("union", {}, "nobody", "选一项"),
        ("file", {}, ["../../etc/passwd"], "重新上传"),
        ("file", {}, {"a": 1}, "重新上传"),
        ("file", {"max": 1}, ["abcdefgh", "abcdefgi"], "最多传1份"),
        ("consent", {}, "on", "格式不对"),
    ],
)
def test_a_bad_answer_gets_a_sentence(kind: str, more: dict[str, Any], given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        check(given, field(kind, **more), WORLD)
    assert str(caught.value).endswith("。")


@pytest.mark.parametrize(
    ("kind", "number"), [("credit_code", "91350100M0001TGQXM"), ("bank_account", "6222021234567890123")]
)
def test_some_numbers_may_be_insisted_on(kind: str, number: str) -> None:
    with pytest.raises(CheckDigitWrong) as caught:
        check(number, field(kind), WORLD)
    assert caught.value.number == number
