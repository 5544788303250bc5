"""个人信息, met as reviewers meet it: requests, corrections, consents, early deletion, holds, the copy for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forms_api.receiving import Intake, Limits
from tests.forms_api.archives import admit, refuse
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk
from tests.forms_api.office_desk import OfficeDesk
from tests.page_faults import find_page_faults

ID = "11010519491231002X"


@pytest.fixture
def worker(desk: FrontDesk) -> OfficeDesk:
    """Return who hands in applications; the key is unlocked, and both live by the same clock."""
    desk.review.vault.unlock(PASSPHRASE)
    office = desk.review.office
    limits = Limits(per_address=10**6, per_address_without_work=10**6)
    intake = Intake(office.store, desk.review.intake_keys, office.sealer, office.clock, limits=limits)
    return OfficeDesk(office, intake, desk.folder / "files")


def test_a_request_is_answered_step_by_step(desk: FrontDesk, worker: OfficeDesk) -> None:
    about, gone = worker.apply_for("membership", id_number=ID, full_name="欧阳小满"), refuse(worker, id_number=ID)
    asked = worker.apply_for(
        "personal-information", request="更正或补充", which="手机号码", case_number=about, id_number=ID, who="为我自己"
    )
    client = desk.sign_in("reviewer")
    page = client.get("/personal/").text
    assert find_page_faults(page) == []
    assert asked in page
    assert "更正或补充" in page
    one, here = client.get(f"/personal/{asked}").text, f"/personal/{asked}"
    assert find_page_faults(one) == []
    assert "欧阳小满" in one
    wrong = desk.post(client, here, {"act": "correct", "case": about, "field": "mobile", "value": "12"})
    assert wrong.status_code == 422
    assert "手机号码：" in wrong.text
    desk.post(client, here, {"act": "correct", "case": about, "field": "mobile", "value": "13900000002"})
    assert desk.kinds()[-1] == "corrected"
    consent = worker.office.find_definition(worker.find(about)).privacy.consents[0].name
    desk.post(client, here, {"act": "consent", "case": about, "consent": consent})
    assert desk.kinds()[-1] == "consent_withdrawn"
    history = client.get(f"/cases/{about}").text
    assert "照本人的要求更正了信息" in history
    assert "本人收回了一项同意" in history
    desk.post(client, here, {"act": "delete", "case": gone})
    assert desk.kinds()[-1] == "purged"
    assert worker.office.store.find_case(gone) is None
    refused = desk.post(client, here, {"act": "delete", "case": about})
    assert "还没有办结" in refused.text
    assert desk.post(client, here, {"act": "nothing", "case": about}).status_code == 404
    assert "没有这份申请" in client.get(f"{here}?case=YX-NONE").text
    assert client.get("/personal/YX-NONE").status_code == 404


def test_a_case_that_will_go_is_held_and_let_go(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference = refuse(worker, full_name="欧阳小满")
    desk.now += timedelta(days=350)
    client = desk.sign_in("reviewer")
    page = client.get("/personal/").text
    assert find_page_faults(page) == []
    assert "欧阳小满" in page
    until = (desk.now + timedelta(days=60)).date().isoformat()
    faulty = desk.post(client, "/personal/hold", {"case": reference, "reason": "要留", "until": "x"}, page="/personal/")
    assert "请写留到哪一天" in faulty.text
    desk.post(client, "/personal/hold", {"case": reference, "reason": "仲裁未完", "until": until}, page="/personal/")
    held = client.get("/personal/").text
    assert find_page_faults(held) == []
    assert "仲裁未完" in held
    desk.post(client, "/personal/release", {"case": reference}, page="/personal/")
    assert desk.kinds()[-1] == "released"
    assert "没有这份申请" in desk.post(client, "/personal/release", {"case": "YX-1"}, page="/personal/").text


def test_a_person_gets_a_copy_as_a_page_and_for_programs(desk: FrontDesk, worker: OfficeDesk) -> None:
    admit(worker, id_number=ID, full_name="欧阳小满")
    client = desk.sign_in("reviewer")
    page = desk.post(client, "/personal/copy", {"id_number": ID, "as": "html"}, page="/personal/")
    assert page.headers["Content-Disposition"] == 'attachment; filename="personal.html"'
    assert "欧阳小满" in page.text
    told = desk.post(client, "/personal/copy", {"id_number": ID, "as": "json"}, page="/personal/").json
    assert told["organisation"] == "云溪县总工会"
    assert desk.kinds().count("person_exported") == 2
    assert desk.post(client, "/personal/copy", {"as": "html"}, page="/personal/").status_code == 422
