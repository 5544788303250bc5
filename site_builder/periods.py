"""Where a period stands on a day, and the words that tell it. Pure; site.js does the same on the day of reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from site_builder.records import Consultation, Notice, Record

PeriodState = Literal["before", "open", "over"]
_STATES: tuple[PeriodState, ...] = ("before", "open", "over")


@dataclass(frozen=True, slots=True)
class Span:
    """A period as it stands on a day: both days, what is left of it, and the word and class that tell it.

    `words` are those before, during and after it, `open_css` the class while it runs.
    """

    start: date
    end: date
    state: PeriodState
    days_left: int
    word: str
    css: str
    estimated: bool
    words: tuple[str, str, str]
    open_css: str

    @property
    def over_from(self) -> date:
        """Return the first day on which it is over."""
        return self.end + timedelta(1)

    @property
    def until(self) -> str:
        """Say how long it still runs, in the words of a list."""
        return "今天截止" if self.days_left == 0 else f"{self.days_left}天后截止"


def tell_state(start: date, end: date, day: date) -> PeriodState:
    """Return where a period stands on a day; both its ends belong to it."""
    return "before" if day < start else "open" if day <= end else "over"


def tell_span(record: Record, start: date, end: date, day: date, *, estimated: bool = False) -> Span:
    """Return how a period of a record stands on a day; `estimated` when its end was counted without a calendar."""
    before, during, after, css = _choose_words(record)
    at = _STATES.index(tell_state(start, end, day))
    return Span(
        start=start,
        end=end,
        state=_STATES[at],
        days_left=(end - day).days,
        word=(before, during, after)[at],
        css=("none", css, "end")[at],
        estimated=estimated,
        words=(before, during, after),
        open_css=css,
    )


def _choose_words(record: Record) -> tuple[str, str, str, str]:
    """Return the words before, during and after a period, and the class while it runs."""
    kind = record.kind if isinstance(record, Notice) else ""
    if kind == "公示":
        return "公示未开始", "公示中", "公示期满", "warn"
    if isinstance(record, Consultation) or kind == "征文启事":
        return "征集未开始", "征集中", "征集结束", "act"
    if kind in ("招聘公告", "采购公告") or "报名" in record.title:
        return "报名未开始", "报名中", "报名结束", "act"
    return "未开始", "受理中", "已截止", "act"
