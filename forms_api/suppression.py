"""Tables of counts in which nobody can be found: a count of 1 to 4 is not told, nor can it be worked out from the others. Pure.

Where a small count could be had from a total by subtraction, another count of that row or column is held back too, and again
until no row, no column and no chain of both gives one away. What is guarded against is a reader who knows this rule; not
one who knows some of the people already, or who lays two tables of different periods side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

SMALLEST = 5
SMALL, HELD = "<5", "—"
NOTE = "“<5”是1至4；“—”也不公布，免得从合计里推算出来。"
Shown = int | str
_MOST = 10**12

Mark = Literal["shown", "small", "held"]
At = tuple[int, int]


@dataclass
class _Grid:
    """Counts with their totals, how each is shown, and the lines in which the last is the sum of the others."""

    values: dict[At, int]
    lines: list[tuple[At, ...]]
    marks: dict[At, Mark] = field(default_factory=dict)


def protect(counts: Sequence[Sequence[int]], *, across: bool = True, down: bool = True) -> list[list[Shown]]:
    """Return the rows as they may be shown, each with its total at the end, and the row of totals below.

    `across`, `down`: whether a row, a column adds up to anything; else there is no such total.
    """
    if not counts:
        return []
    grid = _lay_out(counts, across, down)
    grid.marks = {at: "small" if 0 < value < SMALLEST else "shown" for at, value in grid.values.items()}
    while (leak := _find_leak(grid)) and (more := _choose(grid, leak)):
        grid.marks[more] = "held"
    wide, high = len(counts[0]) + across, len(counts) + down
    return [[_show(grid, (row, column)) for column in range(wide)] for row in range(high)]


def _lay_out(counts: Sequence[Sequence[int]], across: bool, down: bool) -> _Grid:
    rows = [[*row, sum(row)] if across else list(row) for row in counts]
    if down:
        rows.append([sum(column) for column in zip(*rows, strict=True)])
    values = {(r, c): value for r, row in enumerate(rows) for c, value in enumerate(row)}
    lines: list[tuple[At, ...]] = []
    if across:
        lines += [tuple((r, c) for c in range(len(row))) for r, row in enumerate(rows)]
    if down:
        lines += [tuple((r, c) for r in range(len(rows))) for c in range(len(rows[0]))]
    return _Grid(values, lines)


def _show(grid: _Grid, at: At) -> Shown:
    mark = grid.marks[at]
    return grid.values[at] if mark == "shown" else SMALL if mark == "small" else HELD


def _find_leak(grid: _Grid) -> At | None:
    """Return a small count that can be worked out from what is shown, by a reader who knows what is held back and why."""
    low = {at: _bound(grid, at)[0] for at in grid.values}
    high = {at: _bound(grid, at)[1] for at in grid.values}
    moved = True
    while moved:
        moved = sum(_tighten(line, low, high) for line in grid.lines) > 0  # every line, each time
    small = (at for at, value in grid.values.items() if 0 < value < SMALLEST)
    return next((at for at in small if low[at] == high[at]), None)


def _bound(grid: _Grid, at: At) -> tuple[int, int]:
    value, mark = grid.values[at], grid.marks[at]
    if mark == "shown":
        return value, value
    if mark == "small":
        return 1, SMALLEST - 1
    return (SMALLEST if value >= SMALLEST else 0), _MOST


def _tighten(line: tuple[At, ...], low: dict[At, int], high: dict[At, int]) -> bool:
    """Narrow what each count of a line can be by the others; tell whether anything was narrowed."""
    *parts, total = line
    before = [(low[at], high[at]) for at in line]
    low[total] = max(low[total], sum(low[at] for at in parts))
    high[total] = min(high[total], sum(high[at] for at in parts))
    lows, highs = sum(low[at] for at in parts), sum(high[at] for at in parts)
    for at in parts:
        least, most = low[total] - (highs - high[at]), high[total] - (lows - low[at])
        lows, highs = lows - low[at], highs - high[at]
        low[at], high[at] = max(low[at], least), min(high[at], most)
        lows, highs = lows + low[at], highs + high[at]
    return before != [(low[at], high[at]) for at in line]


def _choose(grid: _Grid, leak: At) -> At | None:
    """Return the count to hold back next, where one stands alone among those that are told; a part rather than a total.

    Where that does not help: what is told beside the leak, the leak itself, anything.
    """
    alone = [line for line in grid.lines if sum(grid.marks[at] != "shown" for at in line) == 1]
    near = [at for line in grid.lines if leak in line for at in line if at != leak]
    parts = [at for line in alone for at in line[:-1]]
    for told in (
        _told(grid, parts, SMALLEST), _told(grid, near, SMALLEST), _told(grid, near, 0), [leak], near, list(grid.values),
    ):  # fmt: skip
        open_ones = [at for at in told if grid.marks[at] != "held"]
        if open_ones:
            return min(open_ones, key=lambda at: (grid.marks[at] != "shown", grid.values[at], at))
    return None


def _told(grid: _Grid, among: list[At], least: int) -> list[At]:
    totals = {line[-1] for line in grid.lines}
    found = [at for at in among if grid.marks[at] == "shown" and grid.values[at] >= least]
    return [at for at in found if at not in totals] or found
