"""Which category of hardship a household falls into, worked out step by step with the dated rules. Pure.

After the measure for workers in hardship and domain brief B5.3:
F = (disposable income of a year − rigid spending) ÷ 12 ÷ people who live together; 深度困难: F < L·a; 相对困难: F < k·L;
意外致困: medical spending of one's own above a share of the year's income, or an accident. L, a, k and the share are dated
data; the version that was used is kept with the result. So are the months that somebody must have worked in the county (or,
in the new kinds of work, been a member), and the housing from which nobody is admitted: so many homes, and more floor to each
head than the county's average.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from pydantic import Field

from forms_api.values import Frozen
from forms_api.workflow import StepStopped

CATEGORIES: dict[str, str] = {
    "deep": "深度困难",
    "relative": "相对困难",
    "accident": "意外致困",
    "none": "不符合标准",
}
EVENTS = ("火灾、车祸等突发事件",)
"""Causes that count as an accident, as the form words them."""
FLEXIBLE = "灵活就业"
"""The answer that stands for the new kinds of work, as the form words it."""
MONTHS = 12
MOST = Decimal(10**9)


class Item(Frozen):
    """An amount in yuan with what it is."""

    label: str = Field(min_length=1, max_length=60)
    amount: Decimal = Field(ge=0, le=MOST)


class Means(Frozen):
    """What a household has and must spend: by month, by year, rigid spending of a year, medical bills of its own."""

    monthly: tuple[Item, ...] = ()
    yearly: tuple[Item, ...] = ()
    rigid: tuple[Item, ...] = ()
    medical: Decimal = Field(Decimal(0), ge=0, le=MOST)
    people: int = Field(ge=1, le=30)
    accident: bool = False
    months: int | None = Field(None, ge=0, le=1200)
    """Months of work in the county, or of membership for the new kinds of work; None until somebody checked it."""
    flexible: bool = False
    """Whether it is one of the new kinds of work."""
    homes: int | None = Field(None, ge=0, le=99)
    area: Decimal | None = Field(None, ge=0, le=100_000)
    """Square metres of all homes together."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold whatever the income is: in words, and whether it does (None: nobody checked it yet)."""

    words: str
    met: bool | None


class Reckoning(Frozen):
    """A result with the rules that it used: since when they hold, their source, their figures; each step in words."""

    rules: str
    effective: str
    source: str
    values: dict[str, Any]
    steps: tuple[str, ...]
    per_head: str
    """F in yuan a month, rounded to a fen."""
    category: str


def reckon(means: Means, rules: str, figures: Mapping[str, Any] | None) -> Reckoning:
    """Return the category of a household under a version of the rules. Raises StepStopped where none holds yet."""
    if figures is None:
        raise StepStopped("need", "那一天还没有公布认定线，算不出来。请先在标准里补上，再算。")
    values = dict(figures["values"])
    income, rigid, per_head = work_out(means)
    deep, relative = _line(values, "deep_factor"), _line(values, "relative_factor")
    share = Fraction(str(values["medical_share"])) / 100
    ill = Fraction(means.medical) > income * share
    conditions = check_conditions(means, values)
    admitted = all(one.met is not False for one in conditions)
    category = _decide(per_head, deep, relative, ill or means.accident) if admitted else "none"
    return Reckoning(
        rules=rules,
        effective=str(figures["effective"]),
        source=str(figures["source"]),
        values=values,
        steps=(
            *_tell(means, values, income, rigid, per_head, deep, relative, ill),
            *(one.words for one in conditions),
            f"结果：{CATEGORIES[category]}",
        ),
        per_head=write_money(per_head),
        category=category,
    )


def work_out(means: Means) -> tuple[Fraction, Fraction, Fraction]:
    """Return the income of a year, the rigid spending of a year, and F in yuan a month and head; exact."""
    income = MONTHS * _sum(means.monthly) + _sum(means.yearly)
    rigid = _sum(means.rigid)
    return income, rigid, (income - rigid) / MONTHS / means.people


def check_conditions(means: Means, values: Mapping[str, Any]) -> tuple[Condition, ...]:
    """Return what the rules ask of work and housing, beside what is known; nothing of what a version does not name."""
    found = (_check_work(means, values), _check_housing(means, values))
    return tuple(one for one in found if one)


def propose_means(answers: Mapping[str, Any]) -> Means:
    """Return the means as the worker stated them, for staff to check against what they found."""
    members = [row for row in answers.get("members") or () if isinstance(row, Mapping)]
    stated = [("本人", answers.get("own_income"))]
    stated += [(str(row.get("relation") or "家人"), row.get("member_income")) for row in members]
    medical = _amount(answers.get("medical_cost") or answers.get("own_cost"))
    return Means(
        monthly=_items((f"{who}每月收入", amount) for who, amount in [*stated, ("全家", answers.get("month_income"))]),
        yearly=_items([("全家一年的其他收入", answers.get("other_income"))]),
        rigid=_items([("最近十二个月自己掏的医疗费", medical or None)]),
        medical=medical,
        people=len(members) + 1 if members else int(answers.get("people") or len(answers.get("students") or ()) + 1),
        accident=any(one in EVENTS for one in answers.get("causes") or ()) or answers.get("kind") == "临时救助",
        flexible=answers.get("work_state") == FLEXIBLE,
        homes=_count(answers.get("houses")),
        area=_amount(area) if (area := answers.get("floor_area")) is not None else None,
    )


def write_money(amount: Fraction) -> str:
    """Return an amount in yuan, rounded half up to a fen, without needless zeros."""
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    text = f"{exact.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    return text.removesuffix(".00")


def _decide(per_head: Fraction, deep: Fraction, relative: Fraction, hit: bool) -> str:
    if per_head < deep:
        return "deep"
    if per_head < relative:
        return "relative"
    return "accident" if hit else "none"


def _tell(
    means: Means, values: Mapping[str, Any], income: Fraction, rigid: Fraction, per_head: Fraction,
    deep: Fraction, relative: Fraction, ill: bool,
) -> list[str]:  # fmt: skip
    parts = [f"{one.label} {write_money(Fraction(one.amount))} × 12" for one in means.monthly]
    parts += [f"{one.label} {write_money(Fraction(one.amount))}" for one in means.yearly]
    spent = [f"{one.label} {write_money(Fraction(one.amount))}" for one in means.rigid]
    share = _plain(values["medical_share"])
    line = f"{write_money(income)} × {share}％ = {write_money(income * Fraction(share) / 100)}"
    return [
        f"家庭年可支配收入：{' + '.join(parts) or '0'} = {write_money(income)} 元",
        f"刚性支出：{' + '.join(spent) or '0'} = {write_money(rigid)} 元",
        f"人均月收入：（{write_money(income)} − {write_money(rigid)}）÷ 12 ÷ {means.people} 人 = {write_money(per_head)} 元",
        f"深度困难线：低保标准 {_plain(values['dibao'])} × {_plain(values['deep_factor'])} = {write_money(deep)} 元，{_beside(per_head, deep)}",
        f"相对困难线：低保标准 {_plain(values['dibao'])} × {_plain(values['relative_factor'])} = {write_money(relative)} 元，{_beside(per_head, relative)}",
        f"医疗费：自己掏了 {write_money(Fraction(means.medical))} 元，家庭年收入的 {share}％ 是 {line} 元，{'超过' if ill else '没有超过'}",
        f"突发事件：{'有' if means.accident else '没有'}",
    ]


def _check_work(means: Means, values: Mapping[str, Any]) -> Condition | None:
    flexible = means.flexible and "flexible_months" in values
    least = values.get("flexible_months" if flexible else "work_months")
    if least is None:
        return None
    what = "骑手、司机等新就业群体入会" if flexible else "在本县工作"
    if means.months is None:
        return Condition(f"工作时间：{what}要满 {_plain(least)} 个月，还没有核定", None)
    met = means.months >= least
    return Condition(
        f"工作时间：{what}要满 {_plain(least)} 个月，核定 {means.months} 个月，{'满了' if met else '没有满'}", met
    )


def _check_housing(means: Means, values: Mapping[str, Any]) -> Condition | None:
    homes, average = values.get("homes"), values.get("area_per_head")
    if homes is None or average is None:
        return None
    rule = f"住房：有 {_plain(homes)} 套以上、人均又超过全县平均 {_plain(average)} 平方米的不予认定"
    if means.homes is None:
        return Condition(f"{rule}，还没有核定", None)
    if means.homes < homes:
        return Condition(f"{rule}，这一家 {means.homes} 套", True)
    if means.area is None:
        return Condition(f"{rule}，这一家 {means.homes} 套，还没有核定面积", None)
    per_head = Fraction(means.area) / means.people
    met = per_head <= Fraction(str(average))
    own = f"这一家 {means.homes} 套，{_plain(means.area)} ÷ {means.people} 人 = {write_money(per_head)} 平方米"
    return Condition(f"{rule}，{own}，{'没有超过' if met else '超过了'}", met)


def _beside(amount: Fraction, line: Fraction) -> str:
    return "低于这条线" if amount < line else "不低于这条线"


def _plain(figure: Any) -> str:
    """Return a figure of the rules without needless zeros."""
    return f"{Decimal(str(figure)).normalize():f}"


def _line(values: Mapping[str, Any], factor: str) -> Fraction:
    return Fraction(str(values["dibao"])) * Fraction(str(values[factor]))


def _sum(items: Iterable[Item]) -> Fraction:
    return sum((Fraction(one.amount) for one in items), Fraction())


def _items(given: Iterable[tuple[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(label=label, amount=_amount(amount)) for label, amount in given if amount is not None)


def _count(value: Any) -> int | None:
    return int(value) if value is not None else None


def _amount(value: Any) -> Decimal:
    return Decimal(str(value or 0))
