"""Tables of figures: counts, rates, medians, money; nothing small in any of them, nor between two of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.reports import (
    Aid,
    Table,
    read_period,
    report_aid,
    report_growth,
    report_petitions,
    report_ratings,
    report_services,
)
from forms_api.suppression import HELD, NOTE, SMALL
from forms_api.timelines import Course, Result

MONTH = read_period("2026-10")
TITLES = {"relief": "临时救助", "suggestion": "意见建议", "tuition": "金秋助学"}


def make(count: int, result: Result, form: str = "relief", *, days: int = 5, late: bool = False) -> list[Course]:
    workflow = "petition" if form == "suggestion" else "direct"
    day = date(2026, 10, 9)
    return [Course(form, workflow, day, day, day, result, days if result else None, late, late) for _ in range(count)]


@pytest.mark.parametrize(
    ("name", "first", "last", "words"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31), "2026年10月"),
        ("2026-q4", date(2026, 10, 1), date(2026, 12, 31), "2026年第四季度"),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), "2024年"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024年2月"),
    ],
)
def test_periods(name: str, first: date, last: date, words: str) -> None:
    period = read_period(name)
    assert (period.first, period.last, period.words) == (first, last, words)


@pytest.mark.parametrize("name", ["", "2026-13", "2026-q5", "26", "2026-1"])
def test_no_periods(name: str) -> None:
    with pytest.raises(ValueError, match="请写成 2026-10"):
        read_period(name)


def test_services_by_form_and_result() -> None:
    courses = [
        *make(12, "approved"),
        *make(8, "refused"),
        *make(6, "withdrawn"),
        *make(10, "approved", "tuition", days=9),
    ]
    results, times = report_services([*courses, *make(9, "answered", "suggestion")], TITLES, MONTH)
    assert results.head == ("事项", "收到", "办成", "没有办成", "撤回", "还在办")
    assert results.rows == (("临时救助", 26, 12, 8, 6, 0), ("金秋助学", 10, 10, 0, 0, 0), ("合计", 36, 22, 8, 6, 0))
    assert times.rows == (
        ("临时救助", "60.0%（12/20）", 5, 5, 0), ("金秋助学", "100.0%（10/10）", 9, 9, 0), ("合计", "73.3%（22/30）", 5, 9, 0),
    )  # fmt: skip
    assert [(bar.label, bar.value) for bar in results.bars] == [("临时救助", 26.0), ("金秋助学", 10.0)]
    assert (results.note, times.bars) == ("", ())


def test_what_is_small_takes_its_rate_and_median_along() -> None:
    results, times = report_services(
        [*make(12, "approved"), *make(2, "refused"), *make(9, "approved", "tuition")], TITLES, MONTH
    )
    assert results.rows[0][3] == SMALL
    assert results.note == NOTE
    assert times.rows[0][1:4] == (HELD, HELD, HELD)
    assert times.note == NOTE


def test_what_is_late_is_told_unless_it_is_little() -> None:
    _, times = report_services(
        [*make(12, "approved", late=True), *make(8, "refused", "tuition", late=True)], TITLES, MONTH
    )
    assert [row[4] for row in times.rows] == [12, 8, 20]
    _, times = report_services(
        [*make(12, "approved", late=True), *make(3, "refused", "tuition", late=True)], TITLES, MONTH
    )
    assert [row[4] for row in times.rows] == [HELD, SMALL, 15]


def test_a_median_may_lie_between_two() -> None:
    _, times = report_services([*make(5, "approved", days=4), *make(5, "approved", days=7)], TITLES, MONTH)
    assert times.rows[0][2:4] == (Decimal("5.5"), 7)


def test_petitions_and_their_limits() -> None:
    courses = [
        *make(20, "answered", "suggestion"), *make(5, "answered", "suggestion", late=True), *make(7, "forwarded", "suggestion"),
    ]  # fmt: skip
    results, limits = report_petitions([*courses, *make(3, "approved")], TITLES, MONTH)
    assert results.rows[0] == ("意见建议", 32, 25, 7, 0, 0, 0)
    assert limits.rows[-1] == ("合计", "84.4%（27/32）", 5, "84.4%（27/32）", 5, Decimal(5))


def test_another_period_is_another_report() -> None:
    results, times = report_services(make(9, "approved"), TITLES, read_period("2026-11"))
    assert (results.rows, times.rows) == ((), ())


def test_growth_by_month_and_kind() -> None:
    counts = {("2026-10", "快递员"): 9, ("2026-11", "快递员"): 2, ("2026-10", "农民工"): 7, ("2026-11", "农民工"): 30}
    table = report_growth(counts, read_period("2026-q4"))
    assert table.head == ("月份", "新增", "农民工", "快递员")
    assert [row[0] for row in table.rows] == ["10月", "11月", "12月", "合计"]
    assert (table.rows[1][3], table.rows[3][1]) == (SMALL, 48)
    assert len(table.bars) == 3


def test_money_stands_where_the_number_of_people_does() -> None:
    paid = [
        Aid("生活帮扶", "中央财政", 20, Decimal("40000.00")), Aid("生活帮扶", "县级", 2, Decimal("3000.00")),
        Aid("助学帮扶", "中央财政", 9, Decimal("27000.00")), Aid("助学帮扶", "县级", 30, Decimal("60000.50")),
    ]  # fmt: skip
    times, sums = report_aid(paid, MONTH)
    assert times.head == sums.head == ("类别", "合计", "中央财政", "县级")
    assert times.rows[1][3] == SMALL
    for counts, amounts in zip(times.rows, sums.rows, strict=True):
        assert [isinstance(one, str) for one in counts] == [isinstance(one, str) for one in amounts]
    assert sums.rows[-1][1] == Decimal("130000.50")
    assert report_aid([], MONTH)[0].rows == ()


def list_cells(tables: tuple[Table, ...]) -> list[object]:
    return [cell for table in tables for row in table.rows for cell in row[1:]]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.sampled_from(["approved", "refused", "withdrawn", ""]),
            st.sampled_from(["relief", "tuition"]),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_no_small_count_stands_in_any_table(parts: list[tuple[int, Result, str, bool]]) -> None:
    courses = [one for count, result, form, late in parts for one in make(count, result, form, days=70, late=late)]
    tables = report_services(courses, TITLES, MONTH)
    for cell in list_cells(tables):
        assert not (isinstance(cell, int) and 0 < cell < 5)
        if isinstance(cell, str) and "/" in cell:
            part, of = map(int, cell.partition("（")[2].rstrip("）").split("/"))
            assert not 0 < part < 5
            assert not 0 < of - part < 5


def rated(good: int, fair: int, poor: int, form: str = "relief") -> list[Course]:
    said = ["good"] * good + ["fair"] * fair + ["poor"] * poor
    return [replace(course, rating=word) for course, word in zip(make(len(said), "approved", form), said, strict=True)]


@pytest.mark.parametrize(
    ("courses", "rows"),
    [
        (rated(20, 8, 6), [("临时救助", 34, 20, 8, 6, "82.4%（28/34）"), ("合计", 34, 20, 8, 6, "82.4%（28/34）")]),
        (rated(20, 0, 0), [("临时救助", 20, 20, 0, 0, "100.0%（20/20）"), ("合计", 20, 20, 0, 0, "100.0%（20/20）")]),
        (make(9, "approved"), []),
        ([], []),
    ],
)
def test_ratings(courses: list[Course], rows: list[tuple[object, ...]]) -> None:
    table = report_ratings(courses, TITLES, MONTH)
    assert table.head == ("事项", "收到评价", "满意", "基本满意", "不满意", "满意率")
    assert list(table.rows) == rows


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.sampled_from(sorted(TITLES))), max_size=4
    )
)
def test_no_small_number_of_ratings_is_told(counts: list[tuple[int, int, int, str]]) -> None:
    courses = [one for good, fair, poor, form in counts for one in rated(good, fair, poor, form)]
    for _, *cells, rate in report_ratings(courses, TITLES, MONTH).rows:
        assert not [cell for cell in cells if isinstance(cell, int) and 0 < cell < 5]
        if rate not in (HELD, "没有"):
            assert all(isinstance(cell, int) for cell in cells[:3])
