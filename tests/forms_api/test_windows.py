from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.definitions import CHINA
from forms_api.windows import (
    GRACE,
    Standing,
    Window,
    find_standing,
    is_in_time,
    join,
    list_turns,
    say_standing,
    write_windows,
)

SUMMER = Window(date(2026, 7, 20), date(2026, 10, 20))
NEXT = Window(date(2027, 7, 20), date(2027, 10, 20))
ONE_DAY = Window(date(2026, 12, 4), date(2026, 12, 4))
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
WINDOWS = st.lists(st.tuples(DAYS, st.integers(0, 120)), max_size=5).map(
    lambda drawn: join(Window(start, start + timedelta(days=days)) for start, days in drawn)
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        ("2026-07-19T23:59:59.999999", False),
        ("2026-07-20T00:00", True),
        ("2026-10-20T23:59:59.999999", True),
        ("2026-10-21T00:00", False),
    ],
)
def test_both_days_belong_to_a_window_by_the_clock_of_china(moment: str, taken: bool) -> None:
    for zone in (CHINA, UTC, timezone(timedelta(hours=-8))):
        assert is_in_time((SUMMER,), at(moment).astimezone(zone)) == taken


@pytest.mark.parametrize(
    ("opened", "now", "taken"),
    [
        ("2026-10-20T23:59:59", "2026-10-21T00:59:59", True),
        ("2026-10-20T23:59:59", "2026-10-21T01:00", False),
        ("2026-10-20T08:00", "2026-10-21T00:30", True),
        ("2026-10-21T00:00", "2026-10-21T00:30", False),
        ("2026-07-19T23:50", "2026-07-20T00:00", True),
        ("2026-07-19T23:50", "2026-07-19T23:59", False),
    ],
)
def test_a_page_that_was_opened_in_time_has_an_hour_of_grace(opened: str, now: str, taken: bool) -> None:
    assert is_in_time((SUMMER,), at(now), at(opened)) == taken


@given(windows=WINDOWS, now=MOMENTS, opened=MOMENTS)
def test_nothing_is_taken_but_in_a_window_or_its_grace(
    windows: tuple[Window, ...], now: datetime, opened: datetime
) -> None:
    held = any(one.start <= now.astimezone(CHINA).date() <= one.end for one in windows)
    assert is_in_time(windows, now) == held
    if is_in_time(windows, now, opened) and not held:
        earlier = opened.astimezone(CHINA).date()
        (window,) = [one for one in windows if one.start <= earlier <= one.end]
        assert now - GRACE < datetime.combine(window.end + timedelta(days=1), datetime.min.time(), CHINA)


@given(windows=WINDOWS, day=DAYS)
def test_the_turns_tell_every_later_day(windows: tuple[Window, ...], day: date) -> None:
    turns, standing = dict(list_turns(windows, day)), find_standing(windows, day)
    for later in range(1, 800):
        standing = turns.pop(day + timedelta(days=later), standing)
        today = find_standing(windows, day + timedelta(days=later))
        assert standing == today
        assert (today.open is not None) == any(one.holds(day + timedelta(days=later)) for one in windows)
    assert not turns


@given(windows=WINDOWS)
def test_joined_windows_stand_apart_and_hold_the_same_days(windows: tuple[Window, ...]) -> None:
    assert join(windows) == windows
    assert all((after.start - before.end).days > 1 for before, after in pairwise(windows))


@pytest.mark.parametrize(
    ("windows", "day", "said"),
    [
        ((SUMMER,), date(2026, 10, 20), "2026年10月20日截止。"),
        ((SUMMER,), date(2026, 7, 19), "还没有开始收，2026年7月20日至10月20日受理。"),
        ((SUMMER,), date(2026, 10, 21), "这一次已经在2026年10月20日截止。下一次的日子还没有定。"),
        ((SUMMER, NEXT), date(2026, 11, 20), "这一次已经在2026年10月20日截止。下一次2027年7月20日至10月20日受理。"),
        ((), date(2026, 11, 20), "现在不收，下一次的日子还没有定。"),
    ],
)
def test_it_says_when_and_what_next(windows: tuple[Window, ...], day: date, said: str) -> None:
    assert say_standing(find_standing(windows, day)) == said


def test_windows_are_written_as_days() -> None:
    across = Window(date(2026, 11, 20), date(2027, 2, 28))
    assert write_windows((ONE_DAY, across)) == "2026年12月4日、2026年11月20日至2027年2月28日"
    assert find_standing((), date(2026, 1, 1)) == Standing(None, None, None)
