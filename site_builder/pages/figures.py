"""数据公开: the board, a page for each indicator, the dated rules, and the public side of the registers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Day
from typing import Any

from site_builder.disclosure import PERSONAL_GROUPS, SMALLEST_CELL, is_open, open_columns
from site_builder.pages.charts import Chart, draw_chart
from site_builder.pages.series import (
    HIDDEN_WORDS,
    WORKS_GROUP,
    Point,
    Progress,
    conclude,
    format_number,
    list_points,
    measure_progress,
    show_unit,
)
from site_builder.records import Column, Indicator, Rate, Register, Rules, RuleVersion
from site_builder.render import Theme
from site_builder.values import GeneratedFile

HOME = ("数据公开", "data/")
MOST_KPIS = 4

Cell = str | int | float | bool | Day | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator, ready to be shown."""

    indicator: Indicator
    title: str
    points: tuple[Point, ...]
    chart: Chart | None
    progress: Progress | None

    @property
    def last(self) -> Point | None:
        """Return the newest point."""
        return self.points[-1] if self.points else None

    @property
    def unit(self) -> str:
        """Return the unit to write after the newest point."""
        return show_unit(self.indicator, self.last)

    @property
    def change(self) -> str:
        """Return how the newest point differs from the one before, or nothing."""
        return self.title.partition("，")[2]


def view_figure(indicator: Indicator) -> Figure:
    """Return an indicator with its points, its chart and what they say."""
    points = list_points(indicator)
    target = indicator.target.value if indicator.target else None
    return Figure(indicator, conclude(indicator), points, draw_chart(points, target), measure_progress(indicator))


def group_figures(indicators: list[Indicator]) -> list[tuple[str, list[Figure]]]:
    """Return (group, its figures) by order; the group of the smallest order comes first."""
    groups: dict[str, list[Figure]] = {}
    for indicator in sorted(indicators, key=lambda one: (one.order, one.id)):
        groups.setdefault(indicator.group, []).append(view_figure(indicator))
    return list(groups.items())


def choose_kpis(groups: list[tuple[str, list[Figure]]]) -> list[Figure]:
    """Return the figures at the head of the board: the first of each group in turn; no works, no accuracy rates."""
    open_groups = [figures for name, figures in groups if name != WORKS_GROUP and name not in PERSONAL_GROUPS]
    turns = [figures[turn] for turn in range(MOST_KPIS) for figures in open_groups if len(figures) > turn]
    return [figure for figure in turns if figure.last and figure.last.value is not None][:MOST_KPIS]


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the board, the indicators, the rules and the registers."""
    groups = group_figures(theme.library.all(Indicator))
    yield _board(theme, groups)
    yield theme.page(
        "indicators/",
        "indicators.html",
        title="全部指标",
        current="data",
        crumbs=[HOME, ("全部指标", "")],
        groups=groups,
        hidden_words=HIDDEN_WORDS,
        personal=PERSONAL_GROUPS,
        smallest=SMALLEST_CELL,
    )
    for name, figures in groups:
        for figure in figures:
            yield _indicator(theme, name, figure, figures)
    yield from _rules(theme)
    yield from _registers(theme)


def _board(theme: Theme, groups: list[tuple[str, list[Figure]]]) -> GeneratedFile:
    dates = [figure.last.date for _, figures in groups for figure in figures if figure.last]
    return theme.page(
        "data/",
        "board.html",
        title="数据公开",
        current="data",
        crumbs=[("数据公开", "")],
        as_of=max((day for day in dates if day <= theme.today), default=None),
        kpis=choose_kpis(groups),
        works=[figure for name, figures in groups if name == WORKS_GROUP for figure in figures],
        charted=[
            (name, figures[0], figures[1:])
            for name, figures in groups
            if name != WORKS_GROUP and name not in PERSONAL_GROUPS
        ],
        accuracy=[(name, figures) for name, figures in groups if name in PERSONAL_GROUPS],
        smallest=SMALLEST_CELL,
        rules=theme.library.all(Rules),
        registers=list_registers(theme),
    )


def _indicator(theme: Theme, group: str, figure: Figure, siblings: list[Figure]) -> GeneratedFile:
    indicator = figure.indicator
    return theme.page(
        indicator.url,
        "indicator.html",
        title=indicator.title,
        current="data",
        crumbs=[HOME, ("全部指标", "indicators/"), (indicator.title, "")],
        record=indicator,
        figure=figure,
        indicator=indicator,
        group=group,
        personal=group in PERSONAL_GROUPS,
        hidden=any(point.value is None for point in figure.points),
        smallest=SMALLEST_CELL,
        siblings=[one for one in siblings if one is not figure],
    )


# --- rules ------------------------------------------------------------------------------------


def _rules(theme: Theme) -> Iterator[GeneratedFile]:
    every = sorted(theme.library.all(Rules), key=lambda one: one.id)
    yield theme.page(
        "rules/",
        "rules_list.html",
        title="执行标准",
        current="data",
        crumbs=[HOME, ("执行标准", "")],
        every=[(rules, rules.on(theme.today)) for rules in every],
    )
    for rules in every:
        current = rules.on(theme.today)
        versions = sorted(rules.versions, key=lambda one: one.effective, reverse=True)
        names = list(dict.fromkeys([*rules.labels, *(name for version in versions for name in version.values)]))
        yield theme.page(
            rules.url,
            "rules.html",
            title=rules.title,
            current="data",
            crumbs=[HOME, ("执行标准", "rules/"), (rules.title, "")],
            record=rules,
            rules=rules,
            current_version=current,
            labels=[(name, rules.labels.get(name, name)) for name in names],
            versions=[(version, _stand(version, current, theme.today)) for version in versions],
            show=show_value,
        )


def _stand(version: RuleVersion, current: RuleVersion | None, today: Day) -> tuple[str, str]:
    """Return (status class, word) of a version."""
    if version == current:
        return "ok", "现行"
    return ("warn", "尚未起算") if version.effective > today else ("end", "已停用")


def show_value(value: Cell) -> str:
    """Return a cell as text: figures with separators, yes and no, dates as dates."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return format_number(value)
    return "" if value is None else str(value)


# --- registers --------------------------------------------------------------------------------


def list_registers(theme: Theme) -> list[Register]:
    """Return the registers that may be shown: public ones with at least one public column."""
    return [one for one in theme.library.all(Register) if is_open(one)]


def open_rows(register: Register) -> list[list[str]]:
    """Return the rows, cut down to what may be shown, as text."""
    return [[_cell(column, row.get(column.name)) for column in open_columns(register)] for row in register.rows]


@dataclass(frozen=True, slots=True)
class Share:
    """A rate that a register tells of itself: n of N rows; none where N is 0."""

    rate: Rate
    n: int
    of: int

    @property
    def percent(self) -> float | None:
        """Return n as a percentage of N."""
        return 100 * self.n / self.of if self.of else None

    @property
    def reached(self) -> bool | None:
        """Tell whether the target is reached; None where there is none, or nothing to count."""
        return None if self.percent is None or self.rate.target is None else self.percent >= self.rate.target


def count_rates(register: Register) -> list[Share]:
    """Return the rates of a register, counted from its rows."""
    shares = []
    for rate in register.rates:
        meant = [row for row in register.rows if _fits(row, rate.of)]
        shares.append(Share(rate, sum(_fits(row, rate.where) for row in meant), len(meant)))
    return shares


def _fits(row: Mapping[str, Cell], wanted: Mapping[str, Any]) -> bool:
    return all(row.get(name) in (value if isinstance(value, tuple) else (value,)) for name, value in wanted.items())


def _cell(column: Column, value: Cell) -> str:
    if column.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return format_number(value)
    return show_value(value) if isinstance(value, bool) or value is None else str(value)


def _registers(theme: Theme) -> Iterator[GeneratedFile]:
    every = list_registers(theme)
    yield theme.page(
        "registers/",
        "registers.html",
        title="台账名录",
        current="data",
        crumbs=[HOME, ("台账名录", "")],
        registers=[(one, len(one.rows), [column.label for column in open_columns(one)]) for one in every],
    )
    for register in every:
        yield theme.page(
            register.url,
            "register.html",
            title=register.title,
            current="data",
            crumbs=[HOME, ("台账名录", "registers/"), (register.title, "")],
            record=register,
            register=register,
            columns=open_columns(register),
            rows=open_rows(register),
            rates=count_rates(register),
        )
