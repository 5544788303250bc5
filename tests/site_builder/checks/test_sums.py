"""Rules about sums: amounts, and tables whose rows or columns do not come to their 合计."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.checks.amounts import add, agree, read_amount, write_value
from site_builder.checks.source_text import SourceText
from site_builder.checks.table_sums import find_table_sums

HEAD = "---\ntitle: 云溪县总工会2026年决算\n---\n\n"


def find(*rows: str, after: str = "") -> list[tuple[int, str]]:
    """Return (line, message) of what is found in a table of `rows`, whose head is on line 5."""
    width = rows[0].count("|") - 1
    text = HEAD + "\n".join([rows[0], "|" + "---|" * width, *rows[1:]]) + f"\n\n{after}\n"
    source = SourceText("content/finance/a.md", text)
    return [(source.line(found.start), found.message) for found in find_table_sums(source)]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (
            ("| 项目 | 金额 |", "| 甲 | 10 |", "| 乙 | 20 |", "| 合计 | 31 |"),
            (9, "“金额”一列各行相加是 30，合计写的是 31。"),
        ),
        (("| 项目 | 金额 |", "| **合 计** | 1,031.5 |", "| 甲 | 1,000 |", "| 乙 | 20.5 |"), (7, "相加是 1,020.5，")),
        (("| 项目 | 户数 |", "| 甲 | 10户 |", "| 乙 | — |", "| 丙 | 5户 |", "| 总计 | 16户 |"), (10, "相加是 15，")),
        (
            ("| 单位 | 男 | 女 | 合计 |", "| 甲 | 10 | 5 | 15 |", "| 乙 | 20 | 1 | 21 |", "| 丙 | 20 | 3 | 24 |"),
            (9, "“丙”一行各项相加是 23，合计写的是 24。"),
        ),
    ],
)
def test_a_wrong_total_is_found_in_its_row(rows: tuple[str, ...], found: tuple[int, str]) -> None:
    ((line, message),) = find(*rows)
    assert line == found[0]
    assert found[1] in message


@pytest.mark.parametrize(
    "rows",
    [
        ("| 项目 | 金额 | 占比 |", "| 甲 | 10.1 | 33.3% |", "| 乙 | 20 | 66.6% |", "| 合计 | 30.1 | 100% |"),
        ("| 项目 | 户数 |", "| 甲 | 10 |", "| 其中女 | 4 |", "| 乙 | 20 |", "| 合计 | 30 |"),
        ("| 项目 | 收入 |", "| 甲 | 10 |", "| 乙 | 20 |", "| 小计 | 30 |", "| 结转 | 4 |", "| 合计 | 34 |"),
        ("| 项目 | 收入 |", "| 甲 | 10 |", "| 甲小计 | 10 |", "| 乙 | 20 |", "| 乙小计 | 20 |", "| 合计 | 30 |"),
        ("| 项目 | 金额（万元） |", "| 甲 | 1.04 |", "| 乙 | 2.04 |", "| 合计 | 3.09 |"),
        ("| 项目 | 户均（元） |", "| 甲 | 3294 |", "| 乙 | 3163 |", "| 合计 | 3545 |"),
        ("| 项目 | 户数 |", "| 甲 | 10 |", "| 乙 | 若干 |", "| 合计 | 30 |"),
        ("| 项目 | 户数 |", "| 甲 | 10 |", "| 乙 | 20 |", "| 合计 | |"),
        ("| 项目 | 户数 |", "| 甲 | 10 |", "| 合计 | 10 |", "| 乙 | 20 |", "| 合计 | 20 |"),
        ("| 项目 | 户数 |", "| 甲 | 10 |", "| 合计 | 20 |"),
        ("| 单位 | 户数 | 金额 | 合计 |", "| 甲 | 10 | 5 | 500 |", "| 乙 | 20 | 1 | 300 |"),
        ("| 单位 | 说明 | 合计 |", "| 甲 | 无 | 3 |", "| 乙 | 合计 | 4 |"),
        ("| 项目 | 金额 |", "| 甲 | 10 |", "| 乙 | 20 |"),
    ],
)
def test_what_can_be_read_in_another_way_is_no_fault(rows: tuple[str, ...]) -> None:
    assert find(*rows) == []


def test_a_note_that_rows_overlap_settles_it() -> None:
    rows = ("| 项目 | 户数 |", "| 甲 | 10 |", "| 乙 | 20 |", "| 合计 | 28 |")
    assert len(find(*rows)) == 1
    assert find(*rows, after="同一户得到两种帮扶的，合计里只算一户。") == []


def test_amounts_are_as_exact_as_they_are_written() -> None:
    assert [write_value(read_amount(*one).value) for one in (("1,711,000",), ("460.50",), ("1.5", "万"))] == [
        "1,711,000",
        "460.5",
        "15,000",
    ]
    assert agree([read_amount("12.5", "万"), read_amount("4,200")], read_amount("12.9", "万"))
    assert not agree([read_amount("12"), read_amount("4")], read_amount("17"))


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=8))
def test_whole_numbers_add_up_exactly(numbers: list[int]) -> None:
    parts = [read_amount(f"{number:,}") for number in numbers]
    assert add(parts) == (Decimal(sum(numbers)), Decimal(0))
    assert agree(parts, read_amount(str(sum(numbers))))
    assert not agree(parts, read_amount(str(sum(numbers) + 1)))
