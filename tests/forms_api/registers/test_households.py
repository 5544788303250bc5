"""The states of a household's file: nothing in force without a whole plan, dates by which somebody must look."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given as vary
from hypothesis import strategies

from forms_api.registers import households
from forms_api.registers.households import (
    CLOSING,
    STATES,
    TURNS,
    Given,
    Happening,
    Household,
    Person,
    Plan,
    Stage,
    find_due,
    find_plan_faults,
    list_people,
    list_turns,
    turn,
)
from forms_api.registers.reckoning import Item, Means, reckon
from forms_api.workflow import StepStopped

DAY = date(2026, 11, 20)
FIGURES = {"effective": "2026-07-01", "source": "x", "values": {"dibao": 820, "deep_factor": 1, "relative_factor": 1.5, "medical_share": 30}}  # fmt: skip
PLAN = Plan(
    measure="医疗帮扶",
    detail="每季度报一次医药费",
    timetable=(Stage(day=date(2026, 12, 31), what="第一次发放"), Stage(day=date(2027, 3, 31), what="复核")),
    helper="康女士",
    helper_phone="0000-6010012",
)


def means(income: int) -> Means:
    return Means(monthly=(Item(label="工资", amount=Decimal(income)),), people=1)


POOR, RICH = (reckon(means(income), "kunnan-xian", FIGURES) for income in (500, 5000))


def make(plan: Plan = PLAN, **changes: object) -> Household:
    person = Person(name="欧阳小满", relation="本人", id_number="11010519491231002X")
    file = Household(number="KN-1", people=(person,), applied_on=DAY, means=means(500), reckoning=POOR, plan=plan)
    return file.model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"measure": ""}, "一户一措施"),
        ({"measure": "发红包"}, "一户一措施"),
        ({"detail": " "}, "一户一措施"),
        ({"timetable": ()}, "一户一时间表：请至少写"),
        ({"timetable": tuple(reversed(PLAN.timetable))}, "从早到晚"),
        ({"timetable": (Stage(day=date(2026, 1, 1), what="太早了"),)}, "不能早于建档"),
        ({"helper": ""}, "一户一帮扶人"),
        ({"helper_phone": ""}, "一户一帮扶人"),
    ],
)
def test_a_plan_that_lacks_something_does_not_open_a_file(changes: dict[str, object], words: str) -> None:
    plan = PLAN.model_copy(update=changes)
    (fault,) = find_plan_faults(plan, DAY)
    assert words in fault
    with pytest.raises(StepStopped, match=words):
        turn(make(plan), "draft", Given("open"), DAY, "clerk")
    with pytest.raises(StepStopped, match="帮扶计划不全"):
        turn(make(), "in_force", Given("plan", plan=plan), DAY, "clerk")


def test_a_file_goes_its_whole_way() -> None:
    file, state = turn(make(Plan()), "draft", Given("plan", plan=PLAN), DAY, "clerk")
    assert state == "draft"
    file, state = turn(file, state, Given("open"), DAY, "clerk")
    file, state = turn(
        file, state, Given("review", means=means(600), reckoning=reckon(means(600), "r", FIGURES)), DAY, "clerk"
    )
    assert (state, file.means.monthly[0].amount) == ("in_force", 600)
    file, state = turn(file, state, Given("exit", "本人找到了工作"), DAY, "clerk")
    assert (state, file.left_on) == ("followed", DAY)
    file, state = turn(file, state, Given("follow", "情况稳定"), DAY + timedelta(days=100), "clerk")
    with pytest.raises(StepStopped, match="满一年"):
        turn(file, state, Given("settle"), DAY + timedelta(days=364), "clerk")
    file, state = turn(file, state, Given("settle"), DAY + timedelta(days=365), "clerk")
    assert (state, [one.act for one in file.history]) == (
        "closed",
        ["plan", "open", "review", "exit", "follow", "settle"],
    )


@pytest.mark.parametrize(
    ("state", "given", "words"),
    [
        ("closed", Given("open"), "已销档"),
        ("in_force", Given("exit"), "写明原因"),
        ("in_force", Given("close", "不喜欢"), "选一个销档的原因"),
        ("in_force", Given("review"), "重新算一遍"),
        ("in_force", Given("review", means=means(5000), reckoning=RICH), "不符合认定标准"),
        ("followed", Given("restore", "又困难了", means=means(5000), reckoning=RICH), "不符合认定标准"),
    ],
)
def test_what_may_not_happen_is_said(state: str, given: Given, words: str) -> None:
    with pytest.raises(StepStopped, match=words):
        turn(make(), state, given, DAY, "clerk")


def test_nobody_is_taken_in_before_somebody_looked_at_the_income() -> None:
    nothing = Means(people=1)
    reckoned = reckon(nothing, "kunnan-xian", FIGURES)
    assert reckoned.category == "deep"
    with pytest.raises(StepStopped, match="收入还没有核定"):
        turn(make(means=nothing, reckoning=reckoned), "draft", Given("open"), DAY, "clerk")


def test_a_household_above_the_lines_is_not_taken_in() -> None:
    with pytest.raises(StepStopped, match="不符合认定标准"):
        turn(make(reckoning=RICH), "draft", Given("open"), DAY, "clerk")


def test_a_household_falls_back_and_is_in_force_again() -> None:
    file, state = turn(
        make(left_on=DAY), "followed", Given("restore", "又住院了", means=means(500), reckoning=POOR), DAY, "clerk"
    )
    assert (state, file.left_on) == ("in_force", None)


@pytest.mark.parametrize(
    ("state", "opened", "left", "today", "due"),
    [
        ("draft", None, None, DAY, date(2026, 11, 30)),
        ("in_force", DAY, None, DAY, date(2027, 3, 31)),
        ("in_force", date(2026, 2, 1), None, DAY, date(2027, 2, 1)),
        ("in_force", date(2026, 4, 2), None, DAY, date(2027, 3, 31)),
        ("followed", DAY, date(2026, 11, 1), date(2026, 11, 1), date(2027, 5, 2)),
        ("followed", DAY, date(2026, 11, 1), date(2027, 6, 1), date(2027, 11, 1)),
        ("followed", DAY, date(2025, 11, 1), DAY, date(2026, 11, 1)),
        ("closed", DAY, None, DAY, None),
    ],
)
def test_somebody_must_look_by_a_day(
    state: str, opened: date | None, left: date | None, today: date, due: date | None
) -> None:
    history = (Happening(day=opened, act="open", staff="clerk"),) if opened else ()
    file = make(history=history, left_on=left)
    assert find_due(file, state, today) == due


def test_people_are_those_that_the_forms_name() -> None:
    answers = {
        "full_name": "欧阳小满", "id_number": "1", "work_state": "在岗",
        "members": [{"member_name": "苗青", "relation": "妻子", "member_id": "2", "member_state": "务农"}],
        "students": [{"student_name": "苗苗", "relation": "女儿", "student_id": "3", "stage": "普通高中"}],
    }  # fmt: skip
    assert [(one.name, one.relation, one.id_number, one.state) for one in list_people(answers)] == [
        ("欧阳小满", "本人", "1", "在岗"),
        ("苗青", "妻子", "2", "务农"),
        ("苗苗", "女儿", "3", "普通高中"),
    ]
    assert [one.relation for one in list_people({})] == ["本人"]


plans = strategies.sampled_from(
    [PLAN, Plan(), PLAN.model_copy(update={"helper": ""}), PLAN.model_copy(update={"timetable": ()}), None]
)
given_ = strategies.builds(
    Given,
    act=strategies.sampled_from(sorted(TURNS)),
    words=strategies.sampled_from(["", "有了工作", *CLOSING]),
    plan=plans,
    means=strategies.just(means(500)),
    reckoning=strategies.sampled_from([POOR, RICH, None]),
)


@vary(strategies.lists(given_, max_size=15), plans)
def test_no_file_is_ever_in_force_without_a_whole_plan(acts: list[Given], plan: Plan | None) -> None:
    file, state, day = make(plan or Plan()), "draft", DAY
    for one in acts:
        before = (file, state)
        try:
            file, state = turn(file, state, one, day, "clerk")
        except StepStopped:
            assert (file, state) == before
        if state == "in_force":
            assert find_plan_faults(file.plan, DAY) == []
        assert (state == "followed") <= (file.left_on is not None)
        assert state in STATES
        assert (find_due(file, state, day) is None) == (state == "closed")
        assert (state == "closed") == (dict(list_turns(state)) == {})
        day += timedelta(days=40)
    assert {name for name in STATES if dict(list_turns(name))} == households.OPEN
