from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.workdays import WorkCalendar

PLAIN = WorkCalendar()
UNKNOWN_YEAR = max(day.year for day in chinese_calendar.holidays) + 1
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))


def span(start: date, end: date) -> frozenset[date]:
    return frozenset(start + timedelta(days=n) for n in range((end - start).days + 1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 1, 4), True),  # Sunday, made up for New Year
        (date(2026, 2, 14), True),  # Saturday, made up for Spring Festival
        (date(2026, 2, 16), False),
        (date(2026, 2, 17), False),  # first day of the lunar year
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # Saturday, made up
        (date(2026, 5, 1), False),
        (date(2026, 5, 9), True),  # Saturday, made up
        (date(2026, 9, 20), True),  # Sunday, made up for National Day
        (date(2026, 9, 25), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # Saturday, made up
        (date(2026, 10, 11), False),
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
    ],
)
def test_arrangement_of_2026(day: date, works: bool) -> None:
    assert PLAIN.is_workday(day) is works


def test_periods_step_over_the_long_holidays() -> None:
    assert PLAIN.last_day(date(2026, 9, 30), 2) == date(2026, 10, 8)
    assert PLAIN.last_day(date(2026, 10, 1), 1) == date(2026, 10, 8)
    assert PLAIN.after(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert PLAIN.last_day(date(2026, 2, 13), 3) == date(2026, 2, 24)
    assert PLAIN.last_day(date(2026, 11, 16), 5) == date(2026, 11, 20)
    assert PLAIN.count(date(2026, 2, 14), date(2026, 2, 28)) == 6


def test_a_year_that_nobody_knows_is_estimated_by_weekends() -> None:
    assert not PLAIN.is_estimated(UNKNOWN_YEAR - 1)
    assert PLAIN.is_estimated(UNKNOWN_YEAR)
    new_year = date(UNKNOWN_YEAR, 1, 1)
    for day in span(new_year, new_year + timedelta(days=6)):
        assert PLAIN.is_workday(day) is (day.weekday() < 5)


def test_own_days_lie_over_library_and_weekends() -> None:
    off, on = date(UNKNOWN_YEAR, 1, 1), date(UNKNOWN_YEAR, 1, 2)
    calendar = WorkCalendar(
        {
            UNKNOWN_YEAR: (frozenset({off}), frozenset({on})),
            2026: (frozenset({date(2026, 11, 20)}), frozenset({date(2026, 10, 1)})),
        }
    )
    assert not calendar.is_workday(off)
    assert calendar.is_workday(on)
    assert not calendar.is_workday(date(2026, 11, 20))
    assert calendar.is_workday(date(2026, 10, 1))
    assert not calendar.is_workday(date(2026, 10, 2))
    assert not calendar.is_estimated(UNKNOWN_YEAR)
    assert calendar.is_estimated(UNKNOWN_YEAR + 1)


def test_a_file_without_days_is_no_knowledge() -> None:
    assert WorkCalendar({UNKNOWN_YEAR: (frozenset(), frozenset())}).is_estimated(UNKNOWN_YEAR)


def test_a_day_cannot_be_both() -> None:
    day = frozenset({date(2027, 1, 2)})
    with pytest.raises(ValueError, match="2027-01-02 既写成放假"):
        WorkCalendar({2027: (day, day)})


@pytest.mark.parametrize("days", [0, -1])
def test_a_period_has_at_least_one_day(days: int) -> None:
    with pytest.raises(ValueError, match="至少要有 1 天"):
        PLAIN.last_day(date(2026, 1, 1), days)


def test_after_takes_no_negative_number() -> None:
    with pytest.raises(ValueError, match="不能小于 0"):
        PLAIN.after(date(2026, 1, 1), -1)


def test_the_end_of_the_calendar_is_a_plain_sentence() -> None:
    with pytest.raises(ValueError, match="数不满"):
        PLAIN.last_day(date(9999, 12, 30), 10)


@given(DAYS, st.integers(1, 60))
def test_last_day_is_a_working_day_and_counts_back(start: date, days: int) -> None:
    last = PLAIN.last_day(start, days)
    assert PLAIN.is_workday(last)
    assert PLAIN.count(start, last) == days
    assert PLAIN.count(start, last - timedelta(days=1)) == days - 1


@given(DAYS, st.integers(0, 60))
def test_after_is_last_day_from_tomorrow(start: date, days: int) -> None:
    day = PLAIN.after(start, days)
    assert PLAIN.count(start + timedelta(days=1), day) == days
    if days:
        assert day == PLAIN.last_day(start + timedelta(days=1), days)
    else:
        assert day == start


@given(DAYS, st.integers(0, 40), st.integers(0, 40))
def test_counts_add_up(start: date, first: int, second: int) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    assert PLAIN.count(start, end) == PLAIN.count(start, middle) + PLAIN.count(middle + timedelta(days=1), end)


def test_count_of_a_span_that_ends_before_it_begins_is_zero() -> None:
    assert PLAIN.count(date(2026, 11, 20), date(2026, 11, 16)) == 0


@given(st.dates(date(2010, 1, 1), date(2026, 12, 31)))
def test_known_years_agree_with_the_library(day: date) -> None:
    assert PLAIN.is_workday(day) is chinese_calendar.is_workday(day)
