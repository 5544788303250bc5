"""Chinese numerals, and what is a number at the start of a paragraph."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.numbering import read_number, read_numeral, write_numeral


@given(st.integers(1, 9999))
def test_numerals_round_trip(number: int) -> None:
    assert read_numeral(write_numeral(number)) == number
    assert read_numeral(str(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("一", 1),
        ("十", 10),
        ("十二", 12),
        ("廿一", 21),
        ("卅", 30),
        ("一百零三", 103),
        ("一百〇三", 103),
        ("一百一十", 110),
        ("一千二百六十", 1260),
        ("一千零一", 1001),
        ("九千九百九十九", 9999),
        ("二〇二六", 2026),
        ("二○二六", 2026),
        ("一〇三", 103),
        ("42", 42),
        ("１２", 12),
        ("〇", None),
        ("零", None),
        ("千", None),
        ("十十", None),
        ("", None),
        ("二十三十", None),
        ("甲", None),
        ("12345", None),
        ("一二三四五", None),
    ],
)
def test_numerals(text: str, number: int | None) -> None:
    assert read_numeral(text) == number


def test_numerals_have_an_end() -> None:
    assert write_numeral(20) == "二十"
    with pytest.raises(ValueError, match="no numeral"):
        write_numeral(10_000)


@pytest.mark.parametrize(
    ("text", "form", "part"),
    [
        ("一、甲", "hanzi", "1"),
        ("（十二）甲", "hanzi_bracket", "12"),
        ("㈢甲", "hanzi_bracket", "3"),
        ("3．甲", "digit", "3"),
        ("⒊甲", "digit", "3"),
        ("(3)甲", "digit_bracket", "3"),
        ("⑶甲", "digit_bracket", "3"),
        ("㉑甲", "circle", "21"),
        ("第四十二条之一 甲", "article", "42z1"),
        ("第二章甲", "chapter", "2"),
        ("附件2：", "appendix", "2"),
    ],
)
def test_forms(text: str, form: str, part: str) -> None:
    number = read_number(text)
    assert number is not None
    assert (number.form, number.part, number.written) == (form, part, text[: number.length])


def test_only_a_sure_number_counts_inside_a_paragraph() -> None:
    assert read_number("第三条为了保障") is not None
    assert read_number("第三条为了保障", in_paragraph=True) is None
