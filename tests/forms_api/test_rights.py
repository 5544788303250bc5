"""What a person may ask about their own information: the worklist with its clock, correction, consent taken back."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms_api.audit import Chain, compare_case, follow_chain
from forms_api.back_office import merge
from forms_api.office import CASE
from forms_api.purging import weigh
from forms_api.rights import correct_answers, delete_early, list_requests, withdraw_consent
from forms_api.storage.files import FolderFiles
from forms_api.workflow import StepStopped
from tests.forms_api.archives import admit, put, refuse
from tests.forms_api.office_desk import STAFF, OfficeDesk, open_office

REVIEWER, ID = STAFF["reviewer"], "11010519491231002X"


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def ask(desk: OfficeDesk, **answers: object) -> str:
    return desk.apply_for("personal-information", **{"id_number": ID, "who": "为我自己"} | answers)


def read(desk: OfficeDesk, reference: str) -> dict[str, Any]:
    return merge(desk.office.read_sent(desk.find(reference).id))


def assert_whole(desk: OfficeDesk, reference: str) -> None:
    chain, case, store = Chain(), desk.find(reference), desk.office.store
    assert list(follow_chain(store.list_events(), "", chain)) == []
    assert list(compare_case(case, chain.trails[case.id], store.read_sealed(case.id), store.list_files(case.id))) == []


def test_requests_stand_in_the_order_of_the_law(desk: OfficeDesk) -> None:
    first = ask(desk, request="查看和复制", which="住址", case_number="YX-1")
    desk.wait(days=3)
    second = ask(desk)
    done = ask(desk)
    desk.act("reviewer", done, "refuse", reason="other", note="不是本人。")
    rows = list_requests(desk.office, REVIEWER)
    assert [row.row.case.reference for row in rows] == [first, second]
    assert (rows[0].wants, rows[0].which, rows[0].about) == ("查看和复制", "住址", "YX-1")
    assert rows[0].by_law == date(2026, 12, 11), "fifteen working days after it came"
    assert rows[0].days == 14
    assert list_requests(desk.office, STAFF["unit"]) == []


def test_a_correction_stands_beside_what_was_answered_first(desk: OfficeDesk) -> None:
    reference, request = desk.apply_for("hardship", id_number=ID, mobile="13900000001", address="云台镇一号"), ask(desk)
    before = desk.office.store.read_sealed(desk.find(reference).id)
    fields = correct_answers(desk.office, REVIEWER, reference, request, {"mobile": "139 0000 0002"})
    assert fields == ("mobile",)
    assert read(desk, reference)["mobile"] == "13900000002"
    after = desk.office.store.read_sealed(desk.find(reference).id)
    assert after[: len(before)] == before
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data["fields"], event.data["request"]) == ("corrected", "mobile", desk.find(request).id)
    assert "13900000002" not in repr(event)
    digest = desk.office.blind_number("mobile", "13900000002")
    assert desk.office.store.find_keyed(CASE, "mobile", digest) == {desk.find(reference).id}
    assert_whole(desk, reference)


def test_a_name_that_was_corrected_is_found(desk: OfficeDesk) -> None:
    reference, request = desk.apply_for("membership", id_number=ID, full_name="欧阳小满"), ask(desk)
    correct_answers(desk.office, REVIEWER, reference, request, {"full_name": "欧阳晓曼"})
    digest = desk.office.blind_name("欧阳晓曼")
    assert desk.office.store.find_keyed(CASE, "name", digest) == {desk.find(reference).id}


def test_a_closed_case_may_be_corrected_and_its_period_runs_on(desk: OfficeDesk) -> None:
    reference, request = refuse(desk, id_number=ID), ask(desk)
    desk.wait(days=200)
    correct_answers(desk.office, REVIEWER, reference, request, {"mobile": "13900000002"})
    found = weigh(desk.office.store, desk.find(reference), desk.now.date())
    assert found
    assert found.fate.ends == date(2027, 11, 20)


@pytest.mark.parametrize(
    ("who", "corrected", "why"),
    [
        ("clerk", {"mobile": "13900000002"}, "duty"),
        ("reviewer", {}, "missing"),
        ("reviewer", {"id_number": "11010519491231002X"}, "missing"),
        ("reviewer", {"nothing": "x"}, "missing"),
        ("reviewer", {"mobile": "12"}, "missing"),
    ],
)
def test_a_correction_that_is_not_right_is_refused(
    desk: OfficeDesk, who: str, corrected: dict[str, str], why: str
) -> None:
    reference, request = desk.apply_for("membership", id_number=ID), ask(desk)
    before = desk.office.store.find_last_event()
    with pytest.raises(StepStopped) as stopped:
        correct_answers(desk.office, STAFF[who], reference, request, corrected)
    assert stopped.value.why == why
    assert desk.office.store.find_last_event() == before


def test_nothing_is_changed_without_the_request_of_the_person(desk: OfficeDesk) -> None:
    reference, other = desk.apply_for("membership"), desk.apply_for("membership")
    for request in (other, reference, "YX-NONE"):
        with pytest.raises(StepStopped, match="个人信息申请"):
            correct_answers(desk.office, REVIEWER, reference, request, {"mobile": "13900000002"})


def test_a_consent_is_taken_back(desk: OfficeDesk) -> None:
    reference, request = desk.apply_for("hardship", id_number=ID), ask(desk)
    form = desk.office.find_definition(desk.find(reference))
    consent = form.privacy.consents[0].name
    assert withdraw_consent(desk.office, REVIEWER, reference, request, consent) is True
    assert read(desk, reference)[consent] is False
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data["consent"]) == ("consent_withdrawn", consent)
    assert_whole(desk, reference)
    for again in (consent, "nothing"):
        with pytest.raises(StepStopped, match="没有给过这一项同意"):
            withdraw_consent(desk.office, REVIEWER, reference, request, again)


def test_a_person_may_have_deleted_early_what_was_not_granted(desk: OfficeDesk) -> None:
    request = ask(desk)
    reference, granted = refuse(desk, id_number=ID), admit(desk, id_number=ID)
    held = refuse(desk, id_number=ID)
    put(desk, "publicity", desk.find(held).id, "running")
    delete_early(desk.office, REVIEWER, reference, request, FolderFiles(desk.files))
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.actor.id, event.data["request"]) == ("purged", "reviewer", desk.find(request).id)
    assert desk.office.store.find_case(reference) is None
    with pytest.raises(StepStopped, match="已经办成，要按规定保存"):
        delete_early(desk.office, REVIEWER, granted, request, FolderFiles(desk.files))
    with pytest.raises(StepStopped, match="公示还没有结束"):
        delete_early(desk.office, REVIEWER, held, request, FolderFiles(desk.files))
    with pytest.raises(StepStopped, match="还没有办结"):
        delete_early(desk.office, REVIEWER, desk.apply_for("hardship", id_number=ID), request, FolderFiles(desk.files))


def test_nobody_changes_what_belongs_to_somebody_else(desk: OfficeDesk) -> None:
    other = desk.apply_for("membership", id_number="440524188001010014")
    with pytest.raises(StepStopped, match="证件号码和提出要求的人不一样"):
        correct_answers(desk.office, REVIEWER, other, ask(desk), {"mobile": "13900000002"})
    for_child = ask(desk, who="为我的孩子或被监护人")
    assert correct_answers(desk.office, REVIEWER, other, for_child, {"mobile": "13900000002"}) == ("mobile",)
