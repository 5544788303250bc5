"""When a service takes applications: windows of days in China, first and last day included. Pure; the site reads them too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from forms_api.definitions import CHINA

GRACE = timedelta(hours=1)
"""How long after the last day a page that was opened in time is still taken: for who was writing at midnight."""
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Days on which applications are taken; both ends belong to it."""

    start: date
    end: date

    @property
    def over_from(self) -> date:
        """Return the first day on which it is over."""
        return self.end + _A_DAY

    def holds(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return self.start <= day <= self.end

    def holds_late(self, opened: datetime, now: datetime) -> bool:
        """Tell whether what was opened (aware) in it is still in time: up to an hour after its last day."""
        return self.holds(_day(opened)) and now < datetime.combine(self.over_from, time(), CHINA) + GRACE


Windows = tuple[Window, ...]
"""In order, none overlapping another."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a service stands on a day: the window that is open, the one that ended last, the one that comes next."""

    open: Window | None
    last: Window | None
    next: Window | None

    @property
    def near(self) -> Window | None:
        """Return the window that concerns whoever asks on the day: the open one, else the next, else the last."""
        return self.open or self.next or self.last


def join(windows: Iterable[Window]) -> Windows:
    """Return windows in order, those that overlap or follow each other without a day between as one."""
    joined: list[Window] = []
    for one in sorted(windows):
        if joined and one.start <= joined[-1].over_from:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, one.end))
        else:
            joined.append(one)
    return tuple(joined)


def find_standing(windows: Windows, day: date) -> Standing:
    """Return how a service stands on a day."""
    return Standing(
        open=next((one for one in windows if one.holds(day)), None),
        last=max((one for one in windows if one.end < day), default=None),
        next=min((one for one in windows if one.start > day), default=None),
    )


def list_turns(windows: Windows, day: date) -> list[tuple[date, Standing]]:
    """Return (day, standing) of each later day on which a service opens or closes, in order."""
    turns = {turn for one in windows for turn in (one.start, one.over_from) if turn > day}
    return [(turn, find_standing(windows, turn)) for turn in sorted(turns)]


def is_in_time(windows: Windows, now: datetime, opened: datetime | None = None) -> bool:
    """Tell whether something may be handed in now (aware), from a page that was opened then."""
    if any(one.holds(_day(now)) for one in windows):
        return True
    return opened is not None and any(one.holds_late(opened, now) for one in windows)


def say_standing(standing: Standing) -> str:
    """Return when a service takes applications, in sentences for whoever wants to apply."""
    coming = standing.next
    if standing.open:
        return f"{write_day(standing.open.end)}截止。"
    if standing.last is None:
        return f"还没有开始收，{write_window(coming)}受理。" if coming else "现在不收，下一次的日子还没有定。"
    after = f"下一次{write_window(coming)}受理。" if coming else "下一次的日子还没有定。"
    return f"这一次已经在{write_day(standing.last.end)}截止。{after}"


def write_windows(windows: Sequence[Window]) -> str:
    """Return windows as one list of days."""
    return "、".join(map(write_window, windows))


def write_window(window: Window) -> str:
    """Return both days of a window; the year of the second only where it is another."""
    last = f"{window.end.month}月{window.end.day}日" if window.end.year == window.start.year else write_day(window.end)
    return f"{write_day(window.start)}至{last}" if window.end != window.start else write_day(window.start)


def write_day(day: date) -> str:
    """Return a day in Chinese."""
    return f"{day.year}年{day.month}月{day.day}日"


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()
