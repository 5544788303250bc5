"""Figures of the office as tables that name nobody: 信访月报, services by form, growth of members, aid. Pure.

Every count goes through `suppression`; a rate, a median or a sum of money stands only where the counts it is made from do.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from forms_api.suppression import HELD, NOTE, SMALL, SMALLEST, Shown, protect
from forms_api.timelines import Course, Result
from forms_api.workflow import RATINGS

Cell = Shown | Decimal
_PERIOD = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])|q([1-4])))?")
SERVICE_RESULTS = {"approved": "办成", "refused": "没有办成", "withdrawn": "撤回", "": "还在办"}
PETITION_RESULTS = {
    "answered": "已答复",
    "forwarded": "已转办",
    "refused": "不予办理",
    "withdrawn": "撤回",
    "": "还在办",
}


@dataclass(frozen=True, slots=True)
class Period:
    """A month, a quarter or a year."""

    name: str
    first: date
    last: date

    @property
    def words(self) -> str:
        """Return it as people write it."""
        year, _, rest = self.name.partition("-")
        return f"{year}年" + (
            f"第{'一二三四'[int(rest[1]) - 1]}季度" if rest.startswith("q") else f"{int(rest)}月" if rest else ""
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; without a value where the figure is held back."""

    label: str
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it may be shown, with the chart of one of its columns."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    charted: int = 0
    """The column that is drawn, if any."""

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Return the bars of the charted column, without the total."""
        if not self.charted:
            return ()
        cells = ((str(row[0]), row[self.charted]) for row in self.rows[:-1])
        return tuple(Bar(label, None if isinstance(cell, str) else float(cell), str(cell)) for label, cell in cells)


def read_period(name: str) -> Period:
    """Return the period of a name such as 2026-10, 2026-q4 or 2026. Raises ValueError."""
    found = _PERIOD.fullmatch(name)
    if not found:
        raise ValueError(f"看不懂期间“{name}”。请写成 2026-10、2026-q4 或 2026。")
    year, month, quarter = (int(one) if one else 0 for one in found.groups())
    first, last = (month, month) if month else (quarter * 3 - 2, quarter * 3) if quarter else (1, 12)
    return Period(name, date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


# --- cases --------------------------------------------------------------------------------------------


def report_petitions(courses: Iterable[Course], titles: Mapping[str, str], period: Period) -> tuple[Table, Table]:
    """Return the petitions that came in a period by form and result, and how the limits were kept."""
    chosen = [one for one in courses if one.workflow == "petition" and period.first <= one.received <= period.last]
    results = _count_results("petitions", "信访件：按来件和结果", chosen, titles, PETITION_RESULTS)
    return results, _tell_limits(chosen, results)


def report_services(courses: Iterable[Course], titles: Mapping[str, str], period: Period) -> tuple[Table, Table]:
    """Return the applications that came in a period by form and result, and how long they took."""
    chosen = [one for one in courses if one.workflow != "petition" and period.first <= one.received <= period.last]
    results = _count_results("services", "办件：按事项和结果", chosen, titles, SERVICE_RESULTS)
    return results, _tell_times(chosen, results)


def _count_results(
    name: str, title: str, courses: list[Course], titles: Mapping[str, str], results: Mapping[str, str]
) -> Table:
    forms = _list_forms(courses)
    counts = [[sum((one.form, one.result) == (form, key) for one in courses) for key in results] for form in forms]
    shown = protect(counts)
    labels = [*(titles.get(form, form) for form in forms), "合计"]
    rows = tuple((label, row[-1], *row[:-1]) for label, row in zip(labels, shown, strict=False))
    return Table(name, title, ("事项", "收到", *results.values()), rows, _note(shown), charted=1)


def _tell_limits(courses: list[Course], results: Table) -> Table:
    """Return for each form how many were told and done in time or late, and the median.

    In time is what is left of the counts that stand in `results`, so that the two tables tell no more than each.
    """
    late_told = _count_late(courses, lambda one: one.late_told)
    late_done = _count_late(courses, lambda one: one.late_done)
    rows = []
    for form, row, told, done in zip([*_list_forms(courses), ""], results.rows, late_told, late_done, strict=False):
        label, received, answered, forwarded, refused, *_ = row
        finished = _add(answered, forwarded, refused)
        days = _list_days(courses, form, ("answered", "forwarded", "refused"))
        on_time = (_tell_rate(_take(received, told), received), told, _tell_rate(_take(finished, done), finished), done)
        rows.append((label, *on_time, _quantile(days, 50, finished)))
    head = ("事项", "按期告知", "逾期告知", "按期办结", "逾期办结", "中位用时（工作日）")
    return Table("petition-limits", "信访件：期限", head, tuple(rows), _note(rows))


def _tell_times(courses: list[Course], results: Table) -> Table:
    """Return for each form the rate of approval, the median and the ninetieth percentile of days, and how many were late."""
    late = _count_late(courses, lambda one: one.late_done)
    rows = []
    for form, row, overdue in zip([*_list_forms(courses), ""], results.rows, late, strict=False):
        label, _, approved, refused, *_ = row
        judged = _add(approved, refused)
        days = _list_days(courses, form, ("approved", "refused"))
        rows.append(
            (label, _tell_rate(approved, judged), _quantile(days, 50, judged), _quantile(days, 90, judged), overdue)
        )
    head = ("事项", "办成率", "中位用时（工作日）", "九成在几个工作日内", "逾期")
    return Table("service-times", "办件：用时", head, tuple(rows), _note(rows))


def report_ratings(courses: Iterable[Course], titles: Mapping[str, str], period: Period) -> Table:
    """Return how the work on what came in a period was rated, by form; the rate stands only where its counts do."""
    chosen = [one for one in courses if one.rating and period.first <= one.received <= period.last]
    forms = _list_forms(chosen)
    shown = protect(
        [[sum((one.form, one.rating) == (form, key) for one in chosen) for key in RATINGS] for form in forms]
    )
    labels = [*(titles.get(form, form) for form in forms), "合计"]
    rows = tuple(
        (label, row[-1], *row[:-1], _tell_rate(_add(row[0], row[1]), row[-1]))
        for label, row in zip(labels, shown, strict=False)
    )
    head = ("事项", "收到评价", *RATINGS.values(), "满意率")
    return Table("ratings", "办结后的评价", head, rows, _note(shown), charted=1)


def _count_late(courses: list[Course], late: Callable[[Course], bool]) -> list[Shown]:
    counts = [[sum(one.form == form and late(one) for one in courses)] for form in _list_forms(courses)]
    return [row[0] for row in protect(counts, across=False)]


def _list_days(courses: list[Course], form: str, results: tuple[Result, ...]) -> list[int]:
    """Return the working days of what was decided; an empty form stands for all."""
    return [one.days for one in courses if form in ("", one.form) and one.result in results and one.days is not None]


def _add(*counts: Cell) -> Shown:
    """Return the sum of counts, held back where one of them is."""
    known = [one for one in counts if isinstance(one, int)]
    return sum(known) if len(known) == len(counts) else HELD


def _take(whole: Cell, part: Cell) -> Shown:
    return whole - part if isinstance(whole, int) and isinstance(part, int) else HELD


def _list_forms(courses: Iterable[Course]) -> list[str]:
    return sorted({one.form for one in courses})


def _quantile(days: Sequence[int], percent: int, count: Cell) -> Cell:
    """Return the nearest rank; the median of an even number is the middle of two. Held back where the count of cases is."""
    if len(days) < SMALLEST or isinstance(count, str):
        return HELD
    ordered = sorted(days)
    if percent == 50 and len(days) % 2 == 0:
        return Decimal(ordered[len(days) // 2 - 1] + ordered[len(days) // 2]) / 2
    return ordered[max(0, -(-len(days) * percent // 100) - 1)]


def _tell_rate(part: Cell, of: Cell) -> str:
    """Return n of N as a percentage with both beside it; held back where one of them is, or the rest would be small."""
    if not isinstance(part, int) or not isinstance(of, int):
        return HELD
    if 0 < part < SMALLEST or 0 < of - part < SMALLEST:
        return HELD
    return f"{100 * part / of:.1f}%（{part}/{of}）" if of else "没有"


# --- members and money --------------------------------------------------------------------------------


def report_growth(counts: Mapping[tuple[str, str], int], period: Period) -> Table:
    """Return new members by month and kind of work; `counts` maps (2026-10, kind) to how many."""
    kinds = sorted({kind for (_, kind), number in counts.items() if number})
    months = [f"{period.first.year}-{month:02}" for month in range(period.first.month, period.last.month + 1)]
    shown = protect([[counts.get((month, kind), 0) for kind in kinds] for month in months])
    labels = [*(f"{int(month[5:])}月" for month in months), "合计"]
    rows = tuple((label, row[-1], *row[:-1]) for label, row in zip(labels, shown, strict=True))
    return Table("growth", "新增会员：按月和就业形态", ("月份", "新增", *kinds), rows, _note(shown), charted=1)


@dataclass(frozen=True, slots=True)
class Aid:
    """Payments of one kind from one fund: how many, and the sum in yuan."""

    kind: str
    fund: str
    count: int
    amount: Decimal


def report_aid(payments: Iterable[Aid], period: Period) -> tuple[Table, Table]:
    """Return the payments of a period by kind and fund: how many, and how much; `payments` are those of the period."""
    listed = list(payments)
    kinds, funds = sorted({one.kind for one in listed}), sorted({one.fund for one in listed})
    shown = protect([[_sum_counts(listed, kind, fund) for fund in funds] for kind in kinds])
    labels = [*kinds, "合计"][: len(shown)]
    head = ("类别", "合计", *funds)
    times = tuple((label, row[-1], *row[:-1]) for label, row in zip(labels, shown, strict=True))
    sums = []
    for at, kind in enumerate([*kinds, ""][: len(shown)]):
        amounts = [_sum_amounts(listed, kind, fund) for fund in ["", *funds]]
        told = [shown[at][-1], *shown[at][:-1]]
        sums.append(
            (labels[at], *(HELD if isinstance(count, str) else one for one, count in zip(amounts, told, strict=True)))
        )
    note = _note(shown)
    return (
        Table("aid-times", f"{period.words}帮扶：人次", head, times, note, charted=1),
        Table("aid-sums", f"{period.words}帮扶：金额（元）", head, tuple(sums), note),
    )


def _sum_counts(payments: list[Aid], kind: str, fund: str) -> int:
    return sum(one.count for one in payments if (one.kind, one.fund) == (kind, fund))


def _sum_amounts(payments: list[Aid], kind: str, fund: str) -> Decimal:
    """Return the sum of a kind and a fund; empty stands for all of them."""
    return sum((one.amount for one in payments if kind in ("", one.kind) and fund in ("", one.fund)), Decimal(0))


def _note(rows: Iterable[Sequence[object]]) -> str:
    return NOTE if any(cell in (HELD, SMALL) for row in rows for cell in row) else ""
