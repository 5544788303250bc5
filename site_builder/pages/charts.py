"""The geometry of a chart: bars up to twelve points, a line above that. Pure figures; the theme draws them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from site_builder.pages.series import Point, format_number

WIDTH = 360.0
TOP, BASE = 46.0, 194.0
MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; the newest is marked."""

    x: float
    y: float
    width: float
    height: float
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A text with the place of its middle (or, on the left axis, of its end)."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the drawing needs, in units of a 360 × 230 view box."""

    left: float
    grid: tuple[Label, ...]
    ticks: tuple[Label, ...]
    values: tuple[Label, ...]
    bars: tuple[Bar, ...] = ()
    line: str = ""
    dots: tuple[Label, ...] = ()
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """Bars of several parts, the first part at the foot; `parts` holds the bars of each part in turn."""

    left: float
    grid: tuple[Label, ...]
    ticks: tuple[Label, ...]
    values: tuple[Label, ...]
    parts: tuple[tuple[Bar, ...], ...]


def draw_stack(labels: Sequence[str], rows: Sequence[Sequence[int]]) -> Stack | None:
    """Return stacked bars, one for each label, or None when fewer than two are given; at most twelve, the last ones."""
    labels, rows = labels[-MOST_BARS:], rows[-MOST_BARS:]
    if len(rows) < 2:
        return None
    totals = [sum(row) for row in rows]
    ceiling = round_up(max(totals) or 1)
    marks = [0.0, ceiling / 2, ceiling]
    left = 8.0 + 8.5 * max(_width(shorten(mark)) for mark in marks)
    slot = (WIDTH - left) / len(rows)
    centres = [left + slot * (index + 0.5) for index in range(len(rows))]
    return Stack(
        left=round(left, 1),
        grid=tuple(Label(left - 8, _scale(mark, ceiling), shorten(mark)) for mark in marks),
        ticks=tuple(Label(round(x, 1), BASE + 24, label) for x, label in zip(centres, labels, strict=True)),
        values=tuple(
            Label(round(x, 1), round(_scale(total, ceiling) - 9, 1), format_number(total))
            for x, total in zip(centres, totals, strict=True)
        ),
        parts=tuple(_stacked(rows, part, centres, slot, ceiling) for part in range(len(rows[0]))),
    )


def _stacked(
    rows: Sequence[Sequence[int]], part: int, centres: list[float], slot: float, ceiling: float
) -> tuple[Bar, ...]:
    width = round(min(36.0, slot * 0.6), 1)
    spans = [(_scale(sum(row[: part + 1]), ceiling), _scale(sum(row[:part]), ceiling)) for row in rows]
    return tuple(
        Bar(round(x - width / 2, 1), top, width, round(foot - top, 1))
        for x, (top, foot) in zip(centres, spans, strict=True)
        if foot > top
    )


def draw_chart(points: Sequence[Point], target: float | None = None) -> Chart | None:
    """Return the chart of the points that may be shown, or None when fewer than two are left."""
    shown = [point for point in points if point.value is not None]
    if len(shown) < 2:
        return None
    figures = [point.value or 0.0 for point in shown]
    ceiling = round_up(max([*figures, target or 0.0]) or 1.0)
    marks = [0.0, ceiling / 2, ceiling]
    left = 8.0 + 8.5 * max(_width(shorten(mark)) for mark in marks)
    slot = (WIDTH - left) / len(shown)
    centres = [left + slot * (index + 0.5) for index in range(len(shown))]
    heights = [_scale(figure, ceiling) for figure in figures]
    return Chart(
        left=round(left, 1),
        grid=tuple(Label(left - 8, _scale(mark, ceiling), shorten(mark)) for mark in marks),
        ticks=_ticks(shown, centres),
        values=_values(shown, centres, heights),
        bars=_bars(centres, heights, slot) if len(shown) <= MOST_BARS else (),
        line=_line(centres, heights) if len(shown) > MOST_BARS else "",
        dots=(Label(round(centres[-1], 1), heights[-1], ""),) if len(shown) > MOST_BARS else (),
        target=None if target is None else _scale(target, ceiling),
    )


def round_up(value: float) -> float:
    """Return the nearest round figure (1, 2, 4, 5, 6, 8 or 10 times a power of ten) that is not below `value`."""
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= value - 1e-9 * power)


def shorten(value: float) -> str:
    """Return a figure for an axis: from ten thousand on in 万."""
    return f"{format_number(value / 10_000)}万" if value >= 10_000 else format_number(value)


def _width(text: str) -> float:
    return sum(1.7 if ord(char) > 0x2E80 else 1 for char in text)


def _scale(value: float, ceiling: float) -> float:
    return round(BASE - (BASE - TOP) * max(0.0, value) / ceiling, 1)


def _bars(centres: list[float], heights: list[float], slot: float) -> tuple[Bar, ...]:
    width = round(min(36.0, slot * 0.6), 1)
    last = len(centres) - 1
    return tuple(
        Bar(round(x - width / 2, 1), y, width, round(BASE - y, 1), newest=index == last)
        for index, (x, y) in enumerate(zip(centres, heights, strict=True))
    )


def _line(centres: list[float], heights: list[float]) -> str:
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in zip(centres, heights, strict=True))


def _ticks(shown: list[Point], centres: list[float]) -> tuple[Label, ...]:
    """Label at most twelve points, the newest among them."""
    stride = -(-len(shown) // MOST_BARS)
    last = len(shown) - 1
    return tuple(
        Label(round(centres[index], 1), BASE + 24, shown[index].short)
        for index in range(len(shown))
        if (last - index) % stride == 0
    )


def _values(shown: list[Point], centres: list[float], heights: list[float]) -> tuple[Label, ...]:
    """Write out the newest figure, and the highest where both have room."""
    last = len(shown) - 1
    top = heights.index(min(heights))
    named = [last] if abs(centres[last] - centres[top]) < 56 else [top, last]
    edge = 4.2 * len(shown[last].text)
    return tuple(
        Label(round(min(centres[index], WIDTH - edge), 1), round(heights[index] - 9, 1), shown[index].text)
        for index in named
    )
