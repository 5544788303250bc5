"""A month as a grid of weeks, and what falls on its days. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta
from typing import Generic, TypeVar

T = TypeVar("T")
Month = tuple[int, int]
"""Year and month."""


@dataclass(frozen=True, slots=True)
class Cell(Generic[T]):
    """One day of the grid; `inside` tells that it belongs to the month."""

    day: Day
    inside: bool
    items: tuple[T, ...]


def month_of(day: Day) -> Month:
    """Return the month of a day."""
    return day.year, day.month


def write_month(month: Month) -> str:
    """Return a month in words: 2026年11月."""
    return f"{month[0]}年{month[1]}月"


def month_slug(month: Month) -> str:
    """Return a month as part of an address: 2026-11."""
    return f"{month[0]}-{month[1]:02}"


def list_months(first: Month, last: Month) -> list[Month]:
    """Return every month from the first to the last."""
    numbers = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return [(number // 12, number % 12 + 1) for number in numbers]


def lay_out_month(month: Month, items: Iterable[T], days: Callable[[T], tuple[Day, Day]]) -> list[Sequence[Cell[T]]]:
    """Return the weeks of a month, Monday first, each day with the items whose first to last day covers it."""
    known = [(days(one), one) for one in items]
    weeks = calendar.Calendar().monthdatescalendar(*month)
    return [
        [
            Cell(day, month_of(day) == month, tuple(one for (start, end), one in known if start <= day <= end))
            for day in week
        ]
        for week in weeks
    ]


def last_of_month(month: Month) -> Day:
    """Return the last day of a month."""
    return Day(month[0] + month[1] // 12, month[1] % 12 + 1, 1) - timedelta(days=1)
