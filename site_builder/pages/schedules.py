"""Where something dated stands today: campaigns, windows, sign-up periods, events to come and past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta

from site_builder.periods import Span
from site_builder.records import Event, Record
from site_builder.render import Theme
from site_builder.values import Period

_WORDS = {"before": "未开始", "open": "进行中", "over": "已结束"}
_CLASSES = {"before": "none", "open": "act", "over": "end"}


@dataclass(frozen=True, slots=True)
class State:
    """Where something dated stands: word, class of its mark, both days."""

    word: str
    css: str
    start: Day
    end: Day
    open: bool
    over: bool

    @property
    def over_from(self) -> Day:
        """Return the first day on which it is over."""
        return self.end + timedelta(1)


def judge(theme: Theme, record: Record, period: Period | None = None) -> State | None:
    """Return where the period of a record stands today, in the words of an activity."""
    span = theme.span(record, period)
    return None if span is None else _state(span)


def _state(span: Span) -> State:
    here = span.state
    return State(_WORDS[here], _CLASSES[here], span.start, span.end, open=here == "open", over=here == "over")


def last_day(event: Event) -> Day:
    """Return the last day of an event."""
    return (event.end or event.start).date()


def split_events(theme: Theme) -> tuple[list[Event], list[Event]]:
    """Return the events that are not over, the next first, and those that are, the latest first."""
    every = sorted(theme.library.all(Event), key=lambda one: (one.start.replace(tzinfo=None), one.id))
    coming = [one for one in every if last_day(one) >= theme.today]
    return coming, [one for one in reversed(every) if last_day(one) < theme.today]


def write_hours(event: Event) -> str:
    """Return from when to when, leaving out what goes without saying."""
    start, end = event.start, event.end
    begin = f"{start:%H:%M}" if (start.hour, start.minute) != (0, 0) else ""
    if end is None:
        return begin
    finish = f"{end:%H:%M}" if (end.hour, end.minute) != (0, 0) else ""
    if end.date() == start.date():
        return f"{begin}–{finish}" if begin and finish else begin
    return f"{begin} 至{end.month}月{end.day}日 {finish}".strip()
