"""Figures as files of the site: an indicator for each, written by hand as YAML, earlier observations kept. Pure.

A figure that may not be told is left out; what was published before stays as it was, because cases are deleted when their time
is over and their month can then not be counted again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from forms_api.reports import Period, Table

GROUP = "服务质效"
SOURCE = "县总工会办件系统，按月自动汇总"
_LINE = re.compile(r"  - \{date: (\d{4}-\d\d-\d\d), .*\}")


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure at the end of a month: a value, or n of N."""

    day: date
    value: int | Decimal | None = None
    n: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class IndicatorFile:
    """An indicator as the site has it: its id is the name of its file."""

    id: str
    title: str
    unit: str
    definition: str
    order: int
    group: str = GROUP

    @property
    def path(self) -> str:
        """Return where its file lies in the repository."""
        return f"content/indicators/{self.id}.yml"

    def write(self, observations: Sequence[Observation], before: str | None = None) -> str:
        """Return the text of the file with these observations put in; a month that is there already is written anew."""
        lines = {found[1]: found[0] for found in map(_LINE.fullmatch, (before or "").splitlines()) if found}
        lines |= {one.day.isoformat(): _write(one) for one in observations}
        head = {"title": self.title, "group": self.group, "unit": self.unit, "definition": self.definition}
        text = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in head.items())
        series = "".join(f"{lines[day]}\n" for day in sorted(lines))
        year = max(lines)[:4] if lines else ""
        return (
            f"{text}{f'year: {year}' + chr(10) if year else ''}order: {self.order}\n"
            f"{'series:' + chr(10) + series if series else ''}source: {SOURCE}\n"
        )


RECEIVED = IndicatorFile("banjian-shoudao", "每月收到的申请", "件", "当月从网上和窗口收到的申请件数，不含信访件。", 81)
MEDIAN = IndicatorFile("banjian-zhongwei", "办件用时中位数", "工作日", "当月收到、已经办成或者没有办成的申请，用时从受理算到作出决定，等申请人补充的日子不算，取中位数。", 82)  # fmt: skip
APPROVED = IndicatorFile(
    "banjian-bancheng", "申请办成率", "％", "当月收到的申请里办成的件数，除以办成和没有办成的件数之和。", 83
)
PETITIONS = IndicatorFile(
    "xinfang-shoudao", "每月收到的信访件", "件", "当月收到的求助、投诉、建议和反映隐患的件数。", 84
)
ON_TIME = IndicatorFile(
    "xinfang-anqi", "信访件按期办结率", "％", "当月收到、已经办结的信访件里，在期限内办结的件数除以办结的件数。", 85
)
PLEASED = IndicatorFile(
    "banjian-manyi",
    "办结评价满意率",
    "％",
    "当月收到、已经办结的件里，申请人在进度页上评为满意和基本满意的件数除以收到评价的件数。",
    87,
)
GROWTH = IndicatorFile("ruhui-yuezeng", "每月入会人数", "人", "当月新登记入会的人数，按批准日期算。", 86, "会员发展")
_RATE = re.compile(r".*（(\d+)/(\d+)）")


def list_observations(month: Period, tables: Sequence[Table]) -> Iterator[tuple[IndicatorFile, Observation]]:
    """Yield what the tables of one month say for the site; nothing for what is held back there."""
    named = {table.name: table.rows[-1] for table in tables if table.rows}
    for indicator, table, column in (
        (RECEIVED, "services", 1), (MEDIAN, "service-times", 2), (APPROVED, "service-times", 1),
        (PETITIONS, "petitions", 1), (ON_TIME, "petition-limits", 3), (PLEASED, "ratings", 5), (GROWTH, "growth", 1),
    ):  # fmt: skip
        cell = named[table][column] if table in named else None
        if isinstance(cell, int | Decimal):
            yield indicator, Observation(month.last, cell)
        elif rate := _RATE.fullmatch(cell or ""):
            yield indicator, Observation(month.last, n=int(rate[1]), of=int(rate[2]))


def _write(one: Observation) -> str:
    figure = f"n: {one.n}, of: {one.of}" if one.value is None else f"value: {one.value}"
    return f"  - {{date: {one.day}, {figure}}}"
