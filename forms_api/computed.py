"""Hints worked out from answers: income per head beside the dated local line. They inform and never decide. Pure.

form.js works the same out while the worker types; both run over the table tests/forms_api/computed_cases.json.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from forms_api.values import Frozen, Name


class ComputedHint(Frozen):
    """Monthly income per head of a household, compared with a figure of the dated rules."""

    after: Name = Field(title="写在哪个字段下面")
    monthly: tuple[Name, ...] = Field((), title="按月的收入", description="字段名，组内的也可以")
    yearly: tuple[Name, ...] = Field((), title="按年的收入")
    rows: Name | None = Field(None, title="家人是哪一组", description="人数等于本人加这一组的行数")
    rules: str = Field(title="标准", description="rules/ 下的文件名")
    line: str = Field(title="比较哪一项")
    below: str = Field(title="不高于时说什么", description="可以用 {value} {line} {since}")
    above: str = Field(title="高于时说什么")

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield (key, name) for each field that the hint looks at."""
        yield "after", self.after
        for key in ("monthly", "yearly"):
            for name in getattr(self, key):
                yield key, name
        if self.rows:
            yield "rows", self.rows


@dataclass(frozen=True, slots=True)
class Line:
    """The figure of the rules that holds today, and since when."""

    amount: float
    since: str


def work_out(hint: ComputedHint, answers: Mapping[str, Any]) -> int | None:
    """Return the income per head and month in whole yuan, or None while nothing was answered that counts."""
    rows = answers.get(hint.rows or "") or ()
    members = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []
    monthly = [_number(one.get(name)) for name in hint.monthly for one in (answers, *members)]
    yearly = [_number(one.get(name)) for name in hint.yearly for one in (answers, *members)]
    if all(amount is None for amount in (*monthly, *yearly)):
        return None
    total = sum(amount or 0 for amount in monthly) + sum(amount or 0 for amount in yearly) / 12
    return int(total / (1 + len(members)) + 0.5)


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def say(hint: ComputedHint, value: int, line: Line) -> str:
    """Return the sentence for a value."""
    text = hint.below if value <= line.amount else hint.above
    amount = int(line.amount) if line.amount == int(line.amount) else line.amount
    return text.replace("{value}", str(value)).replace("{line}", str(amount)).replace("{since}", line.since)
