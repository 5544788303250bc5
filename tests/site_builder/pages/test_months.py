"""The grid of a month."""

from datetime import date

import pytest

from site_builder.pages.months import last_of_month, lay_out_month, list_months, month_slug, write_month


def test_weeks_begin_on_monday_and_hold_the_month_once() -> None:
    weeks = lay_out_month(
        (2026, 11), ["a", "b"], {"a": (date(2026, 11, 28), date(2026, 12, 2)), "b": (date(2026, 11, 1),) * 2}.get
    )  # type: ignore[arg-type]  # a dict's get is such a function here
    assert all(week[0].day.isoweekday() == 1 and len(week) == 7 for week in weeks)
    inside = [cell.day.day for week in weeks for cell in week if cell.inside]
    assert inside == list(range(1, 31))
    found = {cell.day: cell.items for week in weeks for cell in week if cell.items}
    assert found[date(2026, 11, 1)] == ("b",)
    assert [day.day for day, items in found.items() if "a" in items] == [28, 29, 30, 1, 2]


def test_months_run_over_the_year() -> None:
    assert list_months((2026, 11), (2027, 2)) == [(2026, 11), (2026, 12), (2027, 1), (2027, 2)]
    assert list_months((2026, 5), (2026, 5)) == [(2026, 5)]


@pytest.mark.parametrize(("month", "last"), [((2026, 2), 28), ((2028, 2), 29), ((2026, 12), 31)])
def test_last_day(month: tuple[int, int], last: int) -> None:
    assert last_of_month(month) == date(*month, last)


def test_words() -> None:
    assert (month_slug((2026, 5)), write_month((2026, 5))) == ("2026-05", "2026年5月")
