"""A case opened for staff: answers in words, numbers masked, files, opinions, earlier cases, what can be done next."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from forms_api import casework
from forms_api.arrivals import take_in
from forms_api.casefiles import open_file, read_case, reveal
from forms_api.casework import NoSuchCase
from forms_api.following import SUPPLY_FORM, supply
from forms_api.receiving import Visitor
from forms_api.references import spell
from forms_api.storage.files import FolderFiles
from forms_api.tokens import issue_token
from tests.forms_api.office_desk import ELSEWHERE, STAFF, OfficeDesk, open_office

ID = "11010519491231002X"
MEMBER = {
    "member_name": "欧阳大海",
    "relation": "父亲",
    "member_id": "440524188001010014",
    "member_state": "退休",
    "member_income": 0,
}


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def apply_for_aid(desk: OfficeDesk) -> str:
    return desk.apply_for(
        "hardship", full_name="欧阳小满", id_number=ID, mobile="13900000001", bank_card="6225768888888888",
        lives_alone=False, members=[MEMBER],
    )  # fmt: skip


def words(desk: OfficeDesk, reference: str, who: str = "unit") -> dict[str, str]:
    file = read_case(desk.office, STAFF[who], reference)
    return {f"{one.item} {one.label}".strip(): one.words for group in file.groups for one in group.rows}


def test_answers_are_in_words_and_numbers_masked(desk: OfficeDesk) -> None:
    reference = apply_for_aid(desk)
    told = words(desk, reference)
    assert told["姓名"] == "欧阳小满"
    assert told["所在工会"] == "安居家政公司"
    assert told["身份证号码"] == "**************002X"
    assert told["手机号码"] == "139****0001"
    assert told["银行卡或社保卡号"].endswith("8888")
    assert told["家庭成员 1 姓名"] == "欧阳大海"
    assert told["家庭成员 1 身份证号码"] == "**************0014"
    assert ID not in repr(told)
    file = read_case(desk.office, STAFF["unit"], reference)
    assert [group.title for group in file.groups][:2] == ["您是谁", "家里有谁"]
    assert (True, "我同意提供家庭收入、财产和收款账户") in file.consents
    assert {one.transition.action for one in file.steps} == {"accept", "ask", "transfer", "refuse"}


@pytest.mark.parametrize(
    ("path", "whole"),
    [("id_number", ID), ("members.0.member_id", "440524188001010014"), ("mobile", "13900000001")],
)
def test_a_number_is_revealed_and_leaves_a_trace(desk: OfficeDesk, path: str, whole: str) -> None:
    reference = apply_for_aid(desk)
    assert reveal(desk.office, STAFF["unit"], reference, path) == whole
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data, event.actor.id) == ("revealed", {"field": path}, "unit")
    assert whole not in repr(event)


@pytest.mark.parametrize("path", ["", "full_name", "story", "members.7.member_id", "members", "nothing", "patient"])
def test_only_what_is_masked_and_there_is_revealed(desk: OfficeDesk, path: str) -> None:
    reference = apply_for_aid(desk)
    before = desk.office.store.find_last_event()
    with pytest.raises(KeyError):
        reveal(desk.office, STAFF["unit"], reference, path)
    assert desk.office.store.find_last_event() == before


def test_nothing_is_opened_outside_the_scope(desk: OfficeDesk) -> None:
    reference = apply_for_aid(desk)
    file = desk.office.store.list_files(desk.find(reference).id)[0]
    for act in (
        lambda: read_case(desk.office, STAFF["elsewhere"], reference),
        lambda: reveal(desk.office, STAFF["elsewhere"], reference, "id_number"),
        lambda: open_file(desk.office, STAFF["elsewhere"], reference, file.id, FolderFiles(desk.files)),
    ):
        with pytest.raises(NoSuchCase):
            act()


def test_files_are_listed_by_material_and_opened_with_a_trace(desk: OfficeDesk) -> None:
    reference = apply_for_aid(desk)
    materials = read_case(desk.office, STAFF["unit"], reference).materials
    assert "身份证正反面" in {one.label for one in materials}
    assert len(materials) == len(desk.office.store.list_files(desk.find(reference).id))
    assert {one.round for one in materials} == {0}
    one = materials[0]
    secret, blocks = open_file(desk.office, STAFF["unit"], reference, one.file.id, FolderFiles(desk.files))
    assert (secret.name, secret.kind, b"".join(blocks)) == (one.name, "pdf", b"%PDF-1.7 sample")
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data) == ("file_read", {"file": one.file.id})
    with pytest.raises(KeyError):
        open_file(desk.office, STAFF["unit"], reference, "0" * 32, FolderFiles(desk.files))


def test_opinions_are_opened_in_order(desk: OfficeDesk) -> None:
    reference = apply_for_aid(desk)
    for text in ("第一条", "第二条"):
        casework.add_note(desk.office, STAFF["unit"], reference, text)
        desk.wait(minutes=1)
    assert [one.text for one in read_case(desk.office, STAFF["town"], reference).opinions] == ["第一条", "第二条"]


def test_earlier_cases_of_the_same_person_show_whoever_had_them(desk: OfficeDesk) -> None:
    first = desk.apply_for("membership", at=ELSEWHERE, id_number=ID)
    desk.wait(days=1)
    second = apply_for_aid(desk)
    desk.wait(days=1)
    third = apply_for_aid(desk)
    file = read_case(desk.office, STAFF["unit"], third)
    assert [row.case.reference for row in file.earlier] == [second, first]
    assert file.duplicates == {second}
    desk.act("unit", second, "refuse", reason="duplicate", note="同一件事已经收到一份。")
    assert read_case(desk.office, STAFF["unit"], third).duplicates == frozenset()
    assert read_case(desk.office, STAFF["clerk"], desk.apply_for("suggestion")).earlier == ()


@pytest.mark.parametrize(("income", "below"), [(1200, True), (1300, False)])
def test_income_is_reckoned_by_the_rules_of_the_day_of_application(desk: OfficeDesk, income: int, below: bool) -> None:
    reference = desk.apply_for("hardship", lives_alone=True, own_income=income, other_income=120, members=[])
    desk.wait(days=60)
    (one,) = read_case(desk.office, STAFF["unit"], reference).reckoned
    assert (one.value, one.line, one.since, one.below) == (income + 10, 1230, "2026年7月1日", below)
    assert "2026年低保标准" in one.source


def test_what_a_worker_adds_later_is_seen(desk: OfficeDesk) -> None:
    reference = apply_for_aid(desk)
    desk.act(
        "unit",
        reference,
        "ask",
        reason="unclear",
        note="请再拍一次。",
        fields=("story",),
        until=desk.now + timedelta(days=9),
    )
    case, secret = desk.find(reference), spell(bytes(32), 8)
    casework.renew_secret(desk.office, desk.intake.keys, STAFF["unit"], reference, secret)
    token = issue_token(desk.intake.keys, SUPPLY_FORM, desk.now - timedelta(minutes=1), bytes(15))
    sent = {"story": "孩子开学要交学费，家里实在周转不开。", "more_said": "照片晚上再补。"}
    supply(desk.intake, case.reference, secret, sent, (), token, Visitor("192.0.2.1"))
    take_in(desk.office)
    told = words(desk, reference)
    assert told["家里的情况"] == "孩子开学要交学费，家里实在周转不开。"
    assert told["第1次补充时说"] == "照片晚上再补。"
