"""Numbers and homes of persons: every way they are hidden is found, nothing that only looks like them is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.identifiers import check_character
from site_builder.checks.personal_numbers import find_homes, find_numbers

ID = "11010519491231002X"
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def rules_of(text: str) -> list[str]:
    return [found.rule for found in find_numbers(text)]


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.lower(),
        f"身份证号码{ID}，",
        ID.translate(FULL_WIDTH),
        "1101 0519 4912 3100 2X",
        "110105 19491231 002X",
        "110105-19491231-002X",
        "110105\u200b19491231\u00a0002X",
        "110105，19491231，002X",
        "110105\t19491231\t002X",
        "110105\t1949\t12\t31\t002X",
        "\t".join(ID),
        "\n".join(ID),
        "zhang_" + ID + ".jpg",
        "440524188001010014",
        "810000199408230021",
        "830000199201300022",
        "身份证号：110105194912310021",
    ],
)
def test_identity_numbers_are_found(text: str) -> None:
    assert rules_of(text) == ["resident-id"]


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "电话：１３８００１３８０００",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "8613800138000",
        "0086 13800138000",
        "手机\t138\t0013\t8000",
        "手机号码\t" + "\t".join("13800138000"),
        "A13800138000.xlsx",
    ],
)
def test_mobile_numbers_are_found(text: str) -> None:
    assert rules_of(text) == ["mobile-number"]


@pytest.mark.parametrize(
    "text", ["6225768888888888", "卡号：6225 7688 8888 8888", "6225-7688-8888-8888", "账号 4012888888881881"]
)
def test_bank_cards_are_found(text: str) -> None:
    assert rules_of(text) == ["bank-card"]


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # the check digit is wrong
        "110105194913310021",
        "911101087109272064",  # a credit code of digits only
        "91350100M000100Y43",
        "138****8000",
        "**************002X",
        "0000-6010001",
        "2026-11-20 2026-11-25 10:00-11:00",
        "拨付13800138000元",
        "东经113.8001380001234",
        "YX-GH-2026-00112",
        "000014349/2017-00110",
        "身份证号：110105194913310021",
        "620 2120 0123 4567 890",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "1380\t0138\t000\t12",
        "138\n0013\n8000",
        "1.5\t1.5\t1.5\t1.5\t1.5\t1.5\t1.5",
        "1\t5\t3\t0\t2\t4\t1\t0\t0\t3\t2\t1",
        "索引号 6225768888888888",
        "6225768888888887",
        "1" * 16,
    ],
)
def test_what_only_looks_like_a_number_is_left(text: str) -> None:
    assert rules_of(text) == []


@pytest.mark.parametrize("text", ["身份证" + ID, "电话13800138000", "卡号6225768888888888"])
def test_what_is_found_is_shown_masked(text: str) -> None:
    (found,) = find_numbers(text)
    assert found.value in text
    assert found.value[:8] not in found.shown
    assert found.shown.endswith(found.value[-4:])


@given(
    st.sampled_from(["110105", "330825", "430900"]),
    st.dates(min_value=date(1930, 1, 1), max_value=date(2015, 1, 1)),
    st.integers(0, 999),
    st.sampled_from(["", " ", "-", "\u3000"]),
)
def test_every_number_with_its_check_digit_is_found(region: str, born: date, serial: int, gap: str) -> None:
    body = f"{region}{born:%Y%m%d}{serial:03}"
    number = body + check_character(body)
    assert rules_of(f"号码{gap.join((number[:6], number[6:14], number[14:]))}。") == ["resident-id"]


@pytest.mark.parametrize(
    "text",
    [
        "家住幸福小区3栋2单元501室",
        "住址：云溪县南渡镇石桥村二组5号",
        "城关镇和平路8号院2号楼1单元302室",
        "石桥村三组12号",
    ],
)
def test_homes_are_found(text: str) -> None:
    (found,) = find_homes(text)
    assert found.rule == "home-address"
    assert found.shown.endswith("***")


@pytest.mark.parametrize(
    "text",
    [
        "城关镇文昌路18号",
        "县行政中心2号楼305室",
        "第三条第5号",
        "办公室：综合楼3楼302室",
        "第一组第2名",
        "二队12户以上",
    ],
)
def test_offices_are_no_homes(text: str) -> None:
    assert list(find_homes(text)) == []


def test_clean_statutes_hold_nothing(shared: Path) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in (shared / "laws").glob("*.md")}
    assert len(texts) > 50
    assert {name: found for name, text in texts.items() if (found := [*find_numbers(text), *find_homes(text)])} == {}
