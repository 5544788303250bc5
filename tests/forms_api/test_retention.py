"""How long a case is kept: every unit, the ends of months, what is not known, when staff are warned."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.privacy import Retention
from forms_api.retention import ENDED, OUTCOMES, STARTS, UNKNOWN, add_period, find_fate
from forms_api.workflow import STATES

YEAR = Retention("case", 1, "y")


@pytest.mark.parametrize(
    ("start", "period", "last"),
    [
        ("2026-11-20", YEAR, "2027-11-20"),
        ("2024-02-29", YEAR, "2025-02-28"),
        ("2024-02-29", Retention("case", 4, "y"), "2028-02-29"),
        ("2026-08-31", Retention("case", 6, "m"), "2027-02-28"),
        ("2026-12-15", Retention("case", 1, "m"), "2027-01-15"),
        ("2026-11-20", Retention("case", 90, "d"), "2027-02-18"),
    ],
)
def test_a_period_ends_on_the_same_day_or_the_last_of_the_month(start: str, period: Retention, last: str) -> None:
    assert add_period(date.fromisoformat(start), period) == date.fromisoformat(last)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 120), st.sampled_from("ymd"))
def test_a_longer_period_never_ends_earlier(start: date, count: int, unit: str) -> None:
    ends = add_period(start, Retention("case", count, unit))  # type: ignore[arg-type]  # drawn from the three units
    assert start < ends <= add_period(start, Retention("case", count + 1, unit))  # type: ignore[arg-type]  # as above


def test_the_last_day_is_still_kept() -> None:
    fate = find_fate("refused", YEAR, date(2026, 11, 20))
    assert fate.ends == date(2027, 11, 20)
    assert not fate.is_over(date(2027, 11, 20))
    assert fate.is_over(date(2027, 11, 21))
    assert not find_fate("refused", YEAR, date(2026, 11, 20), "公示还没有结束").is_over(date(2030, 1, 1))


@pytest.mark.parametrize(("days", "level"), [(31, None), (30, 30), (8, 30), (7, 7), (0, 7), (-40, 7)])
def test_staff_are_warned_thirty_and_seven_days_before(days: int, level: int | None) -> None:
    fate = find_fate("refused", YEAR, date(2026, 11, 20))
    assert fate.ends
    assert fate.warns(fate.ends - timedelta(days=days)) == level


@pytest.mark.parametrize("start", UNKNOWN)
def test_a_start_that_is_not_known_keeps_the_case_and_says_so(start: str) -> None:
    fate = find_fate("approved", Retention(start, 5, "y"), None)  # type: ignore[arg-type]  # the keys are the starts
    assert (fate.ends, fate.kept) == (None, UNKNOWN[start])  # type: ignore[index]  # as above
    assert not fate.is_over(date.max)
    assert fate.warns(date.max) is None


def test_every_closed_state_has_an_outcome_and_no_other() -> None:
    assert set(OUTCOMES) == {name for name, state in STATES.items() if state.closed}
    assert set(STARTS.values()) == set(ENDED)
