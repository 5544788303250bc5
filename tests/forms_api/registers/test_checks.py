"""Samples that can be drawn again, findings that are whole, the six rates as n of N."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies

from forms_api.registers.checks import Check, Finding, count_rates, count_wanted, draw, judge
from forms_api.workflow import StepStopped

DAY = date(2026, 11, 20)
GOOD = Finding(fitted=True, fits_still=True, has_helper=True, aid_fits=True)


def make(target: str = "file", finding: Finding | None = None) -> Check:
    return Check(kind="spot", target=target, household="h1", drawn_on=DAY, drawn_by="x", finding=finding)


@given(
    strategies.sets(strategies.text("abcdef0123456789", min_size=1, max_size=8)),
    strategies.integers(0, 30),
    strategies.integers(0, 2**32),
)
def test_a_sample_is_the_same_for_the_same_seed(ids: set[str], wanted: int, seed: int) -> None:
    drawn = draw(ids, wanted, seed)
    assert drawn == draw(sorted(ids, reverse=True), wanted, seed)
    assert set(drawn) <= ids
    assert len(drawn) == len(set(drawn)) == min(wanted, len(ids))


@pytest.mark.parametrize(
    ("files", "checked", "wanted"), [(100, 0, 30), (101, 0, 31), (10, 3, 0), (10, 5, 0), (0, 0, 0), (1, 0, 1)]
)
def test_three_in_ten_are_to_be_checked_in_a_year(files: int, checked: int, wanted: int) -> None:
    assert count_wanted(files, checked) == wanted


def test_who_had_a_hand_in_it_does_not_check_it_and_nobody_checks_twice() -> None:
    with pytest.raises(StepStopped, match="您办过"):
        judge(make(), GOOD, DAY, "clerk", frozenset({"clerk", "reviewer"}))
    judged = judge(make(), GOOD, DAY, "town", frozenset({"clerk"}))
    assert (judged.judged_by, judged.judged_on) == ("town", DAY)
    with pytest.raises(StepStopped, match="已经核查过"):
        judge(judged, GOOD, DAY, "unit", frozenset())


@pytest.mark.parametrize(
    ("target", "finding", "words"),
    [
        ("file", Finding(fits_still=True, has_helper=True), "逐项选"),
        ("exit", Finding(), "逐项选"),
        ("outside", Finding(fitted=True), "逐项选"),
        ("file", Finding(fitted=False, fits_still=True, has_helper=True), "什么问题"),
        ("file", Finding(fitted=True, fits_still=False, has_helper=True), "什么问题"),
        ("file", Finding(fitted=True, fits_still=True, has_helper=True, aid_fits=False, words="错"), "什么问题"),
        ("exit", Finding(fits_still=True), "什么问题"),
        ("outside", Finding(fits_still=True), "什么问题"),
    ],
)
def test_a_finding_is_whole_and_a_fault_is_explained(target: str, finding: Finding, words: str) -> None:
    with pytest.raises(StepStopped, match=words):
        judge(make(target), finding, DAY, "town", frozenset())


def test_the_six_rates_are_counted_each_over_its_own_number() -> None:
    wrong = "工资比申请写的多一倍"
    found = [
        make("file", GOOD),
        make("file", GOOD.model_copy(update={"aid_fits": None})),
        make("file", Finding(fitted=False, fits_still=False, has_helper=False, aid_fits=False, words=wrong)),
        make("exit", Finding(fits_still=False)),
        make("exit", Finding(fits_still=True, words=wrong)),
        make("outside", Finding(fits_still=False)),
        make("outside", Finding(fits_still=True, words=wrong)),
        make("outside", Finding(fits_still=False)),
        make("file"),
    ]
    rates = {one.title: (one.n, one.of) for one in count_rates(found, (2, 3))}
    assert rates == {
        "错评率": (1, 3), "漏评率": (1, 3), "错退率": (1, 2), "漏退率": (1, 3), "结对帮扶覆盖率": (2, 3), "帮扶方式精准率": (1, 2),
    }  # fmt: skip


def test_a_goal_is_reached_missed_or_not_known() -> None:
    none = count_rates([], (0, 0))
    assert {one.reached for one in none} == {None}
    good = count_rates([make("file", GOOD)] * 50, (50, 50))
    assert [one.reached for one in good] == [True, None, None, True, True, True]
    bad = make("file", Finding(fitted=False, fits_still=True, has_helper=False, words="不该认定的"))
    for number, reached in ((1, True), (2, False)):
        rates = {
            one.id: one.reached for one in count_rates([make("file", GOOD)] * (50 - number) + [bad] * number, (49, 50))
        }
        assert (rates["cuopinglv"], rates["jiedui-fugailv"]) == (reached, False)
