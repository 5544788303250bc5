"""Income per head and month against the dated lines: beside a plain second computation, and each step in words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies

from forms_api.registers.reckoning import (
    CATEGORIES,
    Item,
    Means,
    check_conditions,
    propose_means,
    reckon,
    work_out,
    write_money,
)
from forms_api.workflow import StepStopped

FIGURES = {
    "effective": "2026-12-01",
    "source": "云工发〔2026〕12号",
    "values": {"dibao": 820, "deep_factor": 1.0, "relative_factor": 1.5, "medical_share": 30},
}
amounts = strategies.decimals(0, 50_000, places=2)
items = strategies.lists(strategies.builds(Item, label=strategies.just("工资"), amount=amounts), max_size=4).map(tuple)
means = strategies.builds(
    Means,
    monthly=items,
    yearly=items,
    rigid=items,
    medical=amounts,
    people=strategies.integers(1, 9),
    accident=strategies.booleans(),
)


def make(monthly: int = 0, yearly: int = 0, rigid: int = 0, people: int = 1, **more: object) -> Means:
    def one(amount: int) -> tuple[Item, ...]:
        return (Item(label="收入", amount=Decimal(amount)),)

    return Means(monthly=one(monthly), yearly=one(yearly), rigid=one(rigid), people=people, **more)


@given(means)
def test_the_result_is_that_of_a_plain_second_computation(told: Means) -> None:
    """In fen and integers, multiplied out, so that no division can hide a fault."""
    fen = [[int(one.amount * 100) for one in group] for group in (told.monthly, told.yearly, told.rigid)]
    income, rigid = 12 * sum(fen[0]) + sum(fen[1]), sum(fen[2])
    left, unit = income - rigid, 12 * told.people
    if left < 82_000 * unit:
        expected = "deep"
    elif left * 2 < 82_000 * 3 * unit:
        expected = "relative"
    elif int(told.medical * 100) * 100 > income * 30 or told.accident:
        expected = "accident"
    else:
        expected = "none"
    assert reckon(told, "kunnan-xian", FIGURES).category == expected
    assert work_out(told)[2] * unit * 100 == left


@pytest.mark.parametrize(
    ("told", "category", "per_head"),
    [
        (make(2460, people=3), "relative", "820"),
        (make(2459, people=3), "deep", "819.67"),
        (make(3690, people=3), "none", "1,230"),
        (make(3689, people=3), "relative", "1,229.67"),
        (make(3690, rigid=1, people=3), "relative", "1,229.97"),
        (make(0, 12_000, people=1), "relative", "1,000"),
        (make(5000, people=1, medical=Decimal(18_000)), "none", "5,000"),
        (make(5000, people=1, medical=Decimal("18000.01")), "accident", "5,000"),
        (make(5000, people=1, accident=True), "accident", "5,000"),
        (make(0, rigid=24_000, people=2), "deep", "-1,000"),
    ],
)
def test_lines_are_undercut_and_the_share_is_exceeded(told: Means, category: str, per_head: str) -> None:
    result = reckon(told, "kunnan-xian", FIGURES)
    assert (result.category, result.per_head) == (category, per_head)


def test_each_step_is_told_with_the_rules_it_used() -> None:
    result = reckon(make(2460, 1200, 600, 3), "kunnan-xian", FIGURES)
    assert (result.effective, result.source, result.values["dibao"]) == ("2026-12-01", "云工发〔2026〕12号", 820)
    assert result.steps[0] == "家庭年可支配收入：收入 2,460 × 12 + 收入 1,200 = 30,720 元"
    assert result.steps[2] == "人均月收入：（30,720 − 600）÷ 12 ÷ 3 人 = 836.67 元"
    assert result.steps[3] == "深度困难线：低保标准 820 × 1 = 820 元，不低于这条线"
    assert result.steps[4] == "相对困难线：低保标准 820 × 1.5 = 1,230 元，低于这条线"
    assert result.steps[-1] == f"结果：{CATEGORIES['relative']}"


ASKED = {"work_months": 12, "flexible_months": 3, "homes": 2, "area_per_head": 43.8}


@pytest.mark.parametrize(
    ("known", "asked", "met", "words"),
    [
        ({}, {"work_months": 12}, None, "工作时间：在本县工作要满 12 个月，还没有核定"),
        ({"months": 11}, {"work_months": 12}, False, "工作时间：在本县工作要满 12 个月，核定 11 个月，没有满"),
        ({"months": 12}, {"work_months": 12}, True, "工作时间：在本县工作要满 12 个月，核定 12 个月，满了"),
        ({"months": 3, "flexible": True}, ASKED | {"homes": None}, True, "工作时间：骑手、司机等新就业群体入会要满 3 个月，核定 3 个月，满了"),
        ({"months": 3, "flexible": True}, {"work_months": 12}, False, "工作时间：在本县工作要满 12 个月，核定 3 个月，没有满"),
    ],
)  # fmt: skip
def test_months_of_work_are_held_to_the_rules_of_their_day(
    known: dict[str, object], asked: dict[str, object], met: bool | None, words: str
) -> None:
    (condition,) = check_conditions(make(500, **known), asked)
    assert (condition.met, condition.words) == (met, words)


HOUSING = "住房：有 2 套以上、人均又超过全县平均 43.8 平方米的不予认定，"


@pytest.mark.parametrize(
    ("known", "met", "words"),
    [
        ({}, None, "还没有核定"),
        ({"homes": 1, "area": Decimal(500)}, True, "这一家 1 套"),
        ({"homes": 2}, None, "这一家 2 套，还没有核定面积"),
        ({"homes": 2, "area": Decimal("131.4"), "people": 3}, True, "这一家 2 套，131.4 ÷ 3 人 = 43.80 平方米，没有超过"),
        ({"homes": 2, "area": Decimal("131.5"), "people": 3}, False, "这一家 2 套，131.5 ÷ 3 人 = 43.83 平方米，超过了"),
    ],
)  # fmt: skip
def test_housing_is_held_to_the_average_of_the_county(known: dict[str, object], met: bool | None, words: str) -> None:
    (condition,) = check_conditions(make(500, **known), {"homes": 2, "area_per_head": 43.8})
    assert (condition.met, condition.words) == (met, HOUSING + words)


@pytest.mark.parametrize(
    ("known", "category"),
    [
        ({}, "deep"),
        ({"months": 12, "homes": 1}, "deep"),
        ({"months": 11}, "none"),
        ({"months": 3, "flexible": True}, "deep"),
        ({"homes": 2, "area": Decimal(44), "accident": True}, "none"),
    ],
)
def test_who_is_kept_out_is_kept_out_whatever_the_income(known: dict[str, object], category: str) -> None:
    """What nobody checked yet keeps nobody out."""
    result = reckon(make(100, **known), "kunnan-xian", FIGURES | {"values": FIGURES["values"] | ASKED})
    assert result.category == category
    assert [one.partition("：")[0] for one in result.steps[-3:]] == ["工作时间", "住房", "结果"]


def test_before_the_first_rules_nothing_is_reckoned() -> None:
    with pytest.raises(StepStopped, match="还没有公布认定线"):
        reckon(make(), "kunnan-xian", None)


def test_the_answers_of_forms_become_means_to_be_checked() -> None:
    hardship = propose_means(
        {
            "own_income": 1800, "other_income": 1200.5, "medical_cost": 9000, "causes": ["家人重病或受伤", "火灾、车祸等突发事件"],
            "members": [{"relation": "妻子", "member_income": 600}, {"relation": "儿子"}],
        }
    )  # fmt: skip
    assert [(one.label, one.amount) for one in hardship.monthly] == [("本人每月收入", 1800), ("妻子每月收入", 600)]
    assert (hardship.yearly[0].amount, hardship.rigid[0].amount) == (Decimal("1200.5"), 9000)
    assert (hardship.people, hardship.medical, hardship.accident) == (3, 9000, True)
    relief = propose_means({"kind": "大病救助", "people": 4, "month_income": 3000, "own_cost": 100})
    assert (relief.people, relief.monthly[0].amount, relief.medical, relief.accident) == (4, 3000, 100, False)
    assert propose_means({}).people == 1
    assert propose_means({"students": [{"student_name": "甲"}, {"student_name": "乙"}]}).people == 3
    stated = propose_means({"work_state": "灵活就业", "houses": 2, "floor_area": 90.5})
    assert (stated.flexible, stated.homes, stated.area, stated.months) == (True, 2, Decimal("90.5"), None)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(Fraction(1, 8), "0.13"), (Fraction(2500), "2,500"), (Fraction(-5, 2), "-2.50"), (Fraction(1, 3), "0.33")],
)
def test_money_is_rounded_half_up_to_a_fen(amount: Fraction, text: str) -> None:
    assert write_money(amount) == text
