"""Working days by the Chinese calendar, make-up working days (调休) included. Pure.

The State Council's arrangements come from chinesecalendar for the years it knows; a site's own days lie over them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache

import chinese_calendar

SATURDAY = 5

_KNOWN_YEARS = frozenset(day.year for day in chinese_calendar.holidays)
"""Years whose arrangement the installed library has; each release adds one."""


class WorkCalendar:
    """Tell working days from days off; an own day goes before the library."""

    def __init__(self, overrides: Mapping[int, tuple[frozenset[date], frozenset[date]]] | None = None) -> None:
        """Take (days off, make-up working days) by year; raise ValueError (Chinese) for a day that is both."""
        given = dict(overrides or {})
        self._off = frozenset[date]().union(*(off for off, _ in given.values()))
        self._on = frozenset[date]().union(*(on for _, on in given.values()))
        if both := sorted(self._off & self._on):
            days = "、".join(map(str, both))
            raise ValueError(f"{days} 既写成放假，又写成上班。请按国务院办公厅的放假通知只留一处。")
        self._known = _KNOWN_YEARS | {year for year, (off, on) in given.items() if off or on}

    def is_workday(self, day: date) -> bool:
        """Tell whether `day` is a working day; in a year that nobody has arranged yet, every weekday is one."""
        if day in self._off or day in self._on:
            return day in self._on
        if day.year in _KNOWN_YEARS:
            return _ask_library(day)
        return day.weekday() < SATURDAY

    def is_estimated(self, year: int) -> bool:
        """Tell whether only weekends are known of `year`, so that its dates must be marked 暂按周末推算."""
        return year not in self._known

    def last_day(self, start: date, days: int) -> date:
        """Return the last of `days` working days, counting `start` itself; raise ValueError if under 1."""
        if days < 1:
            raise ValueError(f"工作日数是 {days}，至少要有 1 天。请改成不小于 1 的整数。")
        return self._nth(start, days)

    def after(self, start: date, days: int) -> date:
        """Return the day that is `days` working days after `start`, which does not count; 0 gives `start` itself."""
        if days < 0:
            raise ValueError(f"工作日数是 {days}，不能小于 0。请改成不小于 0 的整数。")
        return self._nth(start + timedelta(days=1), days) if days else start

    def count(self, start: date, end: date) -> int:
        """Return how many working days lie from `start` to `end`, both included; 0 if `end` is before `start`."""
        return sum(self.is_workday(start + timedelta(days=n)) for n in range((end - start).days + 1))

    def _nth(self, start: date, days: int) -> date:
        for found, day in enumerate(self._workdays_from(start), 1):
            if found == days:
                return day
        raise ValueError(f"从 {start} 起数不满 {days} 个工作日。请把天数改小。")

    def _workdays_from(self, start: date) -> Iterator[date]:
        for ordinal in range(start.toordinal(), date.max.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if self.is_workday(day):
                yield day


@cache
def _ask_library(day: date) -> bool:
    """Return what the library says of a day; it goes through all its holidays each time, and it knows some 8,000 days."""
    return chinese_calendar.is_workday(day)  # type: ignore[no-any-return]  # the library ships no types
