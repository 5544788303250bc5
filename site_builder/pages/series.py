"""What may be said of an indicator: its points in order, each in words, and the conclusion of the series. No I/O.

A rate is always said as n of N (domain.md, metric definitions). In the six accuracy rates n and N count households
of people in need, so a count from 1 to 4 is never shown, nor a rate that would give it away; a true zero names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Day
from itertools import pairwise
from typing import Literal

from site_builder.disclosure import PERCENT_UNITS, SMALLEST_CELL, is_hidden
from site_builder.records import Indicator, Observation

YEARS_FIT = 6
"""With more points than this there is no room for the year under a month."""
WORKS_GROUP = "五件实事"
HIDDEN_WORDS = f"少于{SMALLEST_CELL}，不公布"

Cadence = Literal["year", "month", "day"]
_DIGITS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a series as it may be shown; `value` is None where the figure is held back."""

    date: Day
    label: str
    short: str
    value: float | None
    text: str
    share: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the newest figure is on the way to the target."""

    done: float
    target: float
    reached: bool


def format_number(value: float) -> str:
    """Return a figure with thousands separators and at most two decimals, none of them a trailing zero."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_rate(observation: Observation) -> bool:
    """Tell whether an observation is n of N."""
    return observation.n is not None and bool(observation.of)


def find_cadence(indicator: Indicator) -> Cadence:
    """Return how often the series is observed, from the smallest gap between two dates."""
    gap = min(_gaps(indicator), default=31)
    if gap >= 300:
        return "year"
    return "month" if gap >= 25 else "day"


def _gaps(indicator: Indicator) -> list[int]:
    dates = sorted({one.date for one in indicator.series})
    return [(later - earlier).days for earlier, later in pairwise(dates)]


def list_points(indicator: Indicator) -> tuple[Point, ...]:
    """Return the series, oldest first, with what must not be shown held back."""
    cadence = find_cadence(indicator)
    ordered = sorted(indicator.series, key=lambda one: one.date)
    with_year = len(ordered) <= YEARS_FIT and len({one.date.year for one in ordered}) > 1
    return tuple(_point(indicator, one, cadence, with_year) for one in ordered)


def _point(indicator: Indicator, one: Observation, cadence: Cadence, with_year: bool) -> Point:
    hidden = is_hidden(indicator, one)
    text = format_number(one.figure)
    if is_rate(one):
        text = f"{one.figure:.{0 if one.figure.is_integer() else 1}f}%"
    return Point(
        date=one.date,
        label=_label(one.date, cadence),
        short=_short_label(one.date, cadence, with_year),
        value=None if hidden else one.figure,
        text=HIDDEN_WORDS if hidden else text,
        share="" if hidden or not is_rate(one) else f"{one.n:,}／{one.of:,}",
        source=one.source or "",
        note=one.note or "",
    )


def _label(day: Day, cadence: Cadence) -> str:
    if cadence == "year":
        return f"{day.year}年"
    return f"{day.year}年{day.month}月" if cadence == "month" else f"{day.year}年{day.month}月{day.day}日"


def _short_label(day: Day, cadence: Cadence, with_year: bool) -> str:
    if cadence == "year":
        return str(day.year)
    if cadence == "day":
        return f"{day.month}-{day.day}"
    return f"{day.year % 100}.{day.month}" if with_year else str(day.month)


def show_unit(indicator: Indicator, point: Point | None) -> str:
    """Return the unit to write after a point: none where it is held back or already says %."""
    if point is None or point.value is None or point.text.endswith("%"):
        return ""
    return indicator.unit


def conclude(indicator: Indicator) -> str:
    """Return the conclusion that the series allows, as the title of its chart."""
    shown = [point for point in list_points(indicator) if point.value is not None]
    if not shown:
        return f"{indicator.title}：暂无可公布的数字"
    last = shown[-1]
    share = f"（{last.share}）" if last.share else ""
    head = f"{last.label}{last.text}{show_unit(indicator, last)}{share}"
    story = _target_words(indicator, last) or _trend_words(indicator, shown)
    return f"{head}，{story}" if story else head


def _target_words(indicator: Indicator, last: Point) -> str:
    if not indicator.target or last.value is None:
        return ""
    gap = round(last.value - indicator.target.value, 1 if last.share else 2)
    size = f"{format_number(abs(gap))}{_gap_unit(indicator)}"
    if indicator.target.at_least:
        return f"离目标还差{size}" if gap < 0 else ("正好达到目标" if gap == 0 else f"超过目标{size}")
    return f"比目标高出{size}" if gap > 0 else "在目标以内"


def _gap_unit(indicator: Indicator) -> str:
    return "个百分点" if indicator.unit in PERCENT_UNITS else indicator.unit


def _trend_words(indicator: Indicator, shown: list[Point]) -> str:
    if len(shown) < 2:
        return ""
    previous = _previous_word(_gaps(indicator)[-1])
    first, before, last = shown[0].value or 0.0, shown[-2].value or 0.0, shown[-1].value or 0.0
    years = shown[-1].date.year - shown[0].date.year
    if find_cadence(indicator) == "year" and years >= 3 and first > 0:
        return f"{_count(years)}年{describe_change(first, last)}"
    gap = round(last - before, 2)
    if not gap:
        return f"与{previous}持平"
    return f"比{previous}{'多' if gap > 0 else '少'}{format_number(abs(gap))}{_gap_unit(indicator)}"


def _previous_word(days: int) -> str:
    if 27 <= days <= 32:
        return "上月"
    return "上年" if 300 <= days <= 400 else "上期"


def _count(number: int) -> str:
    return _DIGITS[number] if number <= 10 else str(number)


def describe_change(first: float, last: float) -> str:
    """Return the relative change from `first` (> 0) to `last` in the tenths (成) that people say."""
    ratio = (last - first) / first
    if abs(ratio) < 0.05:
        return "基本持平"
    if ratio >= 1.5:
        return f"增加到{format_number(round(last / first, 1))}倍"
    if ratio >= 0.95:
        return "增加约一倍"
    tenths = min(9, max(1, round(abs(ratio) * 10)))
    return f"{'增加' if ratio > 0 else '减少'}约{_count(tenths)}成"


def measure_progress(indicator: Indicator) -> Progress | None:
    """Return how far the newest figure is on the way to the target, or None without target or figure."""
    latest, target = indicator.latest, indicator.target
    if latest is None or target is None or target.value <= 0 or is_hidden(indicator, latest):
        return None
    figure = latest.figure
    reached = figure >= target.value if target.at_least else figure <= target.value
    return Progress(round(figure, 2), target.value, reached)
