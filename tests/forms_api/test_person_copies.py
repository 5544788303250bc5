"""Everything of one person, for that person: their cases, files, membership and household, and nobody else's numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from forms_api.casefiles import read_case
from forms_api.casework import add_note, mark_read
from forms_api.opening import Opener, make_pair
from forms_api.person_copies import copy_person
from forms_api.registering.households import open_household
from forms_api.workflow import StepStopped
from tests.forms_api.archives import admit
from tests.forms_api.office_desk import STAFF, Keyring, OfficeDesk, open_office

ID, OTHER = "11010519491231002X", "440524188001010014"
REVIEWER = STAFF["reviewer"]


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def test_a_person_gets_everything_that_is_kept_of_them(desk: OfficeDesk) -> None:
    admit(desk, id_number=ID, full_name="欧阳小满")
    desk.wait(minutes=1)
    aid = desk.apply_for("hardship", id_number=ID, full_name="欧阳小满", address="云台镇<一号>")
    admit(desk, id_number=OTHER, full_name="诸葛无关")
    desk.act(
        "unit",
        aid,
        "ask",
        reason="unclear",
        note="请再拍一次。",
        fields=("income_proof",),
        until=desk.now.replace(month=12),
    )
    add_note(desk.office, REVIEWER, aid, "内部的话。")
    mark_read(desk.office, REVIEWER, read_case(desk.office, REVIEWER, aid).standing)
    copy = copy_person(desk.office, REVIEWER, "11010519491231002x")
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data) == ("person_exported", {"cases": 2, "entries": 1})
    assert [part.title.partition("（")[0] for part in copy.parts] == ["加入工会", "困难职工认定与建档", "会籍"]
    page, told = copy.write_html(), json.loads(copy.write_json())
    for text in ("欧阳小满", ID, "请再拍一次。", "云台镇&lt;一号&gt;", "打开看过", "在会", "交来的文件"):
        assert text in page, text
    assert "内部的话" not in page
    assert "诸葛无关" not in page
    assert OTHER not in page
    assert told["organisation"] == "云溪县总工会"
    assert [part["title"] for part in told["parts"]] == [part.title for part in copy.parts]


def test_a_household_tells_of_its_others_only_how_many(desk: OfficeDesk) -> None:
    row = {"member_name": "苗青", "relation": "妻子", "member_id": OTHER, "member_state": "务农", "member_income": 100}
    reference = desk.apply_for(
        "hardship", id_number=ID, full_name="欧阳小满", lives_alone=False, members=[row], has_children=False,
        own_income=900, other_income=0, causes=["家庭收入低"], mobile="13900000001",
    )  # fmt: skip
    desk.act("unit", reference, "accept")
    open_household(desk.office, STAFF["clerk"], reference)
    wife = copy_person(desk.office, REVIEWER, OTHER)
    assert [part.title for part in wife.parts] == ["困难职工档案"]
    page = wife.write_html()
    assert "苗青，妻子" in page
    assert "1 人" in page
    assert ID not in page


def test_nobody_is_told_so(desk: OfficeDesk) -> None:
    assert "没有查到您的信息" in copy_person(desk.office, REVIEWER, ID).write_html()


def test_what_cannot_be_opened_is_said(desk: OfficeDesk) -> None:
    desk.apply_for("membership", id_number=ID)
    locked = replace(desk.office, keyring=Keyring(Opener([make_pair()[1]])))
    assert "打不开" in copy_person(locked, REVIEWER, ID).write_html()


@pytest.mark.parametrize("who", ["unit", "clerk", "approver", "auditor"])
def test_only_a_reviewer_of_the_county_may(desk: OfficeDesk, who: str) -> None:
    with pytest.raises(StepStopped, match="县总工会审核岗位"):
        copy_person(desk.office, STAFF[who], ID)
