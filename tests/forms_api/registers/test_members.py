"""What may happen to a membership: the table, the six months, the reasons."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies

from forms_api.registers import members
from forms_api.registers.members import (
    FIRST_ACTS,
    MOVES,
    STATES,
    Given,
    Membership,
    add_months,
    admit,
    list_moves,
    move,
    readmit,
)
from forms_api.workflow import StepStopped

DAY = date(2026, 11, 20)
ANSWERS = {
    "full_name": "欧阳小满", "id_number": "11010519491231002X", "worker_kind": "外卖配送员", "platform": "跑得快", "mobile": "13900000001",
}  # fmt: skip


def make(**changes: object) -> Membership:
    member = admit(ANSWERS, "YX-2026-000001", DAY, "unit", "anju")
    return member.model_copy(update=changes)


def test_a_membership_keeps_what_the_form_said() -> None:
    member = make()
    assert (member.full_name, member.employer, member.admitted_on) == ("欧阳小满", "跑得快", DAY)
    assert [(one.act, one.union) for one in member.history] == [("admit", "anju")]
    assert admit(ANSWERS, "n", DAY, "u", "anju", place="清江市总工会").history[0].act == "arrive"


@pytest.mark.parametrize("missing", ["full_name", "id_number", "worker_kind"])
def test_nobody_is_admitted_without_name_number_and_kind(missing: str) -> None:
    with pytest.raises(StepStopped, match="请先请申请人补充"):
        admit(ANSWERS | {missing: ""}, "n", DAY, "u", "anju")


def test_every_state_is_reached_and_every_move_leads_to_one() -> None:
    reached = {"active"} | {one.to_state for one in MOVES.values() if one.to_state}
    assert reached == set(STATES)
    assert all(one.from_states <= set(STATES) for one in MOVES.values())
    assert not set(FIRST_ACTS) & set(MOVES)


@pytest.mark.parametrize(
    ("state", "given_", "after", "union"),
    [
        ("active", Given("move", union="yuntai", reason="换了单位"), "active", "yuntai"),
        ("active", Given("transfer", place="清江市总工会", reason="换了单位"), "transferred", "anju"),
        ("active", Given("retain", reason="退休"), "retained", "anju"),
        ("retained", Given("resume"), "active", "anju"),
        ("retained", Given("correct", reason="登记错字"), "retained", "anju"),
        ("active", Given("leave", reason="本人书面申请"), "left", "anju"),
        ("active", Given("expel", reason="受刑事处罚"), "left", "anju"),
        ("transferred", Given("return", union="anju", place="清江市总工会", reason="其他"), "active", "anju"),
        ("left", Given("readmit", union="anju"), "active", "anju"),
    ],
)
def test_a_move_leads_where_the_table_says(state: str, given_: Given, after: str, union: str) -> None:
    member, now, there = move(make(), state, "anju", given_, DAY, "unit")
    assert (now, there) == (after, union)
    assert (member.history[-1].act, member.history[-1].reason) == (given_.act, given_.reason)


@pytest.mark.parametrize(
    ("state", "given_", "words"),
    [
        ("left", Given("retain", reason="退休"), "已退会"),
        ("active", Given("move", union="anju", reason="换了单位"), "不是同一家"),
        ("active", Given("move", union="yuntai", reason="心情"), "选一个原因"),
        ("active", Given("transfer", reason="换了单位"), "外地工会的全称"),
        ("active", Given("correct"), "选一个原因"),
        ("active", Given("warn", since=date(2026, 11, 21)), "不能晚于今天"),
        ("active", Given("lapse"), "还没有谈话提醒"),
    ],
)
def test_what_may_not_happen_is_said(state: str, given_: Given, words: str) -> None:
    with pytest.raises(StepStopped, match=words):
        move(make(), state, "anju", given_, DAY, "unit")


def test_a_membership_ends_by_itself_only_after_six_months_and_a_talk() -> None:
    member, state, _ = move(make(), "active", "anju", Given("warn", since=date(2026, 5, 31)), DAY, "unit")
    assert members.find_due(member) == date(2026, 11, 30)
    for day, words in ((date(2026, 11, 29), "不满六个月"), (DAY, "不满六个月")):
        with pytest.raises(StepStopped, match=words):
            move(member, state, "anju", Given("lapse"), day, "unit")
    after, gone, _ = move(member, state, "anju", Given("lapse"), date(2026, 11, 30), "unit")
    assert (gone, members.find_due(after)) == ("left", None)
    cleared, _, _ = move(member, state, "anju", Given("clear"), date(2026, 11, 30), "unit")
    with pytest.raises(StepStopped, match="还没有谈话"):
        move(cleared, state, "anju", Given("lapse"), date(2027, 11, 30), "unit")
    late, _, _ = move(make(), "active", "anju", Given("warn", since=date(2025, 1, 1)), DAY, "unit")
    with pytest.raises(StepStopped, match="刚谈过话"):
        move(late, "active", "anju", Given("lapse"), DAY, "unit")
    kept, _, _ = move(member, state, "anju", Given("correct", reason="登记错字"), DAY, "unit")
    assert members.find_due(kept) == date(2026, 11, 30)


def test_whoever_comes_back_keeps_number_and_history() -> None:
    gone, _, _ = move(make(), "active", "anju", Given("leave", reason="其他"), DAY, "unit")
    back = readmit(
        gone,
        {"full_name": "欧阳小满", "id_number": ANSWERS["id_number"], "worker_kind": "快递员"},
        DAY,
        "town",
        "yuntai",
    )
    assert (back.number, back.worker_kind, back.mobile) == (gone.number, "快递员", gone.mobile)
    assert [one.act for one in back.history] == ["admit", "leave", "readmit"]


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last(day: date, months: int, after: date) -> None:
    assert add_months(day, months) == after


@given(strategies.lists(strategies.sampled_from(sorted(MOVES)), max_size=12))
def test_a_walk_of_moves_only_takes_what_is_offered_and_forgets_nothing(acts: list[str]) -> None:
    member, state, union, day = make(), "active", "anju", DAY
    for act in acts:
        found = MOVES[act]
        told = Given(act, "yuntai" if union == "anju" else "anju", "清江市总工会", (found.reasons or ("写错",))[0], day)
        before = len(member.history)
        try:
            member, state, union = move(member, state, union, told, day, "unit")
        except StepStopped:
            assert len(member.history) == before
            assert act not in dict(list_moves(state)) or act == "lapse"
        else:
            assert len(member.history) == before + 1
        day = add_months(day, 7)
    assert member.number == "YX-2026-000001"
    assert state in STATES
