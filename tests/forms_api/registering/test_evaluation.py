"""The table for whoever evaluates: every file once, nothing by which somebody could be known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from forms_api.registering.checks import draw_sample, judge_check
from forms_api.registering.evaluation import HEAD, export_evaluation, number_row
from forms_api.registering.households import read_household
from forms_api.registers.checks import REGISTER, Finding
from forms_api.spreadsheets import read_lines
from forms_api.workflow import StepStopped
from tests.forms_api.office_desk import STAFF, OfficeDesk, open_office
from tests.forms_api.registering.test_checks import SECOND, find_drawn
from tests.forms_api.registering.test_households import ID, OTHER, open_file

WORDS = "收入漏了一项，骆家的房租没有算进去。"


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def test_every_file_stands_in_it_once_without_whom_it_is_about(desk: OfficeDesk) -> None:
    ids = [open_file(desk, one) for one in (ID, OTHER)]
    draw_sample(desk.office, SECOND, "file", 1)
    finding = Finding(fitted=False, fits_still=True, has_helper=True, words=WORDS)
    (drawn,) = find_drawn(desk)
    judge_check(desk.office, SECOND, drawn, finding)
    exported = export_evaluation(desk.office, SECOND)
    lines = read_lines(exported, HEAD)
    assert {line["评估编号"] for line in lines} == {number_row(desk.office, one) for one in ids}
    assert {line["有帮扶人"] for line in lines} == {"是"}
    assert sorted(line["核查次数"] for line in lines) == ["0", "1"]
    assert {line["核查结论"] for line in lines} == {"", "认定不符合标准,现在仍符合标准"}
    for line in lines:
        assert int(line["人均月收入取整到百元"]) % 100 == 0
    told = "".join(cell for line in lines for cell in line.cells.values())
    record = read_household(desk.office, STAFF["clerk"], ids[0]).listed.record
    secrets = (
        record.number,
        record.mobile,
        record.address,
        record.employer,
        record.plan.helper,
        record.plan.detail,
        WORDS,
    )
    hidden = [*secrets, *(one.name for one in record.people), *record.numbers(), *ids]
    assert [one for one in hidden if one and one in told] == []
    event = [one for one in desk.office.store.list_events() if one.kind == "register_exported"][-1]
    assert event.data == {"register": "household", "count": 2}
    assert REGISTER == "check"


def test_its_numbers_are_those_of_one_year(desk: OfficeDesk) -> None:
    before = number_row(desk.office, "x")
    assert number_row(desk.office, "x") == before
    desk.now += timedelta(days=366)
    assert number_row(desk.office, "x") != before


@pytest.mark.parametrize(("who", "words"), [("clerk", "要由审核岗位"), ("town", "县总工会的人")])
def test_a_reviewer_of_the_county_hands_it_out(desk: OfficeDesk, who: str, words: str) -> None:
    with pytest.raises(StepStopped, match=words):
        export_evaluation(desk.office, STAFF[who])
