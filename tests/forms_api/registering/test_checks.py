"""Checks over a real store: drawn at random with a seed, judged by others, crossed between unions, told as rates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forms_api.model import NewEvent
from forms_api.office import EntryQuery
from forms_api.registering.checks import (
    count_checks,
    draw_sample,
    find_involved,
    judge_check,
    list_checks,
    record_outside,
)
from forms_api.registering.households import read_household, turn_household
from forms_api.registering.rights import NoSuchEntry
from forms_api.registers.checks import REGISTER, Finding, draw
from forms_api.workflow import StepStopped
from tests.forms_api.office_desk import ELSEWHERE, STAFF, TOWN, UNIT, OfficeDesk, open_office
from tests.forms_api.registering.test_households import ID, OTHER, WIFE, open_file

GOOD = Finding(fitted=True, fits_still=True, has_helper=True, aid_fits=None)
SECOND = replace(STAFF["reviewer"], id="second", name="卞先生")


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def find_drawn(desk: OfficeDesk) -> list[str]:
    return [one.id for one in desk.office.store.list_entries(EntryQuery(REGISTER, states=("drawn",)))[0]]


def last_draw(desk: OfficeDesk) -> NewEvent:
    return [one for one in desk.office.store.list_events() if one.kind == "drawn"][-1]


def test_a_sample_is_drawn_once_and_can_be_drawn_again(desk: OfficeDesk) -> None:
    ids = [open_file(desk, one) for one in (ID, WIFE, OTHER)]
    count, seed = draw_sample(desk.office, SECOND, "file", 2)
    assert count == 2
    assert last_draw(desk).data == {"register": "check", "seed": seed, "of": 3, "count": 2}
    drawn = {one.owner for one in desk.office.store.list_entries(EntryQuery(REGISTER))[0]}
    assert drawn == set(draw(ids, 2, seed))
    assert draw_sample(desk.office, SECOND, "file", 5)[0] == 1
    with pytest.raises(StepStopped, match="没有可以抽的档案"):
        draw_sample(desk.office, SECOND, "file", 1)


@pytest.mark.parametrize(
    ("who", "target", "count", "words"),
    [
        ("clerk", "file", 1, "要由审核岗位"),
        ("town", "file", 1, "县总工会的人"),
        ("reviewer", "file", 0, "抽多少份"),
        ("reviewer", "file", 201, "抽多少份"),
        ("reviewer", "moon", 1, "抽多少份"),
    ],
)
def test_a_sample_is_drawn_by_reviewers_of_the_county(
    desk: OfficeDesk, who: str, target: str, count: int, words: str
) -> None:
    with pytest.raises(StepStopped, match=words):
        draw_sample(desk.office, STAFF[who], target, count)


def test_whoever_opened_or_reviewed_the_file_does_not_judge_it(desk: OfficeDesk) -> None:
    entry_id = open_file(desk)
    draw_sample(desk.office, SECOND, "file", 1)
    (check,) = find_drawn(desk)
    assert find_involved(desk.office, entry_id) == {"unit", "clerk"}
    both = replace(STAFF["clerk"], duties=frozenset({"reviewer"}))
    for member in (both, STAFF["unit"]):
        with pytest.raises(StepStopped, match="您办过"):
            judge_check(desk.office, member, check, GOOD)
    judge_check(desk.office, SECOND, check, GOOD)
    assert find_drawn(desk) == []
    assert [one.judged_by for one in read_household(desk.office, SECOND, entry_id).checked] == ["second"]
    with pytest.raises(StepStopped, match="已经核查过"):
        judge_check(desk.office, SECOND, check, GOOD)
    assert find_involved(desk.office, "nothing") == frozenset()


def test_a_cross_check_is_for_another_union_that_then_reads_the_file(desk: OfficeDesk) -> None:
    entry_id = open_file(desk)
    office, other = desk.office, STAFF["elsewhere"]
    with pytest.raises(StepStopped, match="没有可以抽的档案"):
        draw_sample(office, SECOND, "file", 1, by_union=TOWN)
    with pytest.raises(NoSuchEntry):
        read_household(office, other, entry_id)
    draw_sample(office, SECOND, "file", 1, by_union=ELSEWHERE)
    (listed,) = list_checks(office, other, "drawn")[0]
    assert (listed.record.kind, listed.entry.union, listed.entry.due) == (
        "cross",
        ELSEWHERE,
        desk.now.date().replace(month=12),
    )
    assert read_household(office, other, entry_id).listed.entry.id == entry_id
    with pytest.raises(NoSuchEntry):
        judge_check(office, STAFF["town"], listed.entry.id, GOOD)
    judge_check(office, other, listed.entry.id, GOOD)
    with pytest.raises(NoSuchEntry):
        read_household(office, other, entry_id)


def test_the_rates_of_a_year_come_from_what_was_recorded(desk: OfficeDesk) -> None:
    office = desk.office
    ids = [open_file(desk, one) for one in (ID, WIFE)]
    turn_household(office, STAFF["clerk"], ids[1], "exit", words="找到了工作")
    draw_sample(office, SECOND, "file", 9)
    judge_check(office, SECOND, find_drawn(desk)[0], GOOD)
    draw_sample(office, SECOND, "exit", 9)
    judge_check(office, SECOND, find_drawn(desk)[0], Finding(fits_still=True, words="退出时收入仍在线下"))
    record_outside(office, STAFF["town"], UNIT, Finding(fits_still=False))
    with pytest.raises(StepStopped, match="不在您负责的工会范围内"):
        record_outside(office, STAFF["elsewhere"], UNIT, Finding(fits_still=False))
    standing = count_checks(office, STAFF["auditor"], 2026)
    assert (standing.files, standing.checked, standing.wanted) == (1, 1, 0)
    assert {one.title: (one.n, one.of) for one in standing.rates} == {
        "错评率": (0, 1), "漏评率": (0, 1), "错退率": (1, 1), "漏退率": (0, 1), "结对帮扶覆盖率": (1, 1), "帮扶方式精准率": (0, 0),
    }  # fmt: skip
    assert count_checks(office, STAFF["auditor"], 2025).checked == 0
    assert count_checks(office, STAFF["elsewhere"], 2026).files == 0


def test_a_file_closed_without_having_been_left_is_no_exit(desk: OfficeDesk) -> None:
    turn_household(desk.office, STAFF["clerk"], open_file(desk), "close", words="调离")
    with pytest.raises(StepStopped, match="没有可以抽的档案"):
        draw_sample(desk.office, SECOND, "exit", 1)
