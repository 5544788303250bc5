"""运行状况, met as the one who looks after the service meets it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from forms_api.config import Settings
from forms_api.receiving import Intake, Limits
from forms_api.review import create_app
from forms_api.standing import GROUPS, Pace
from tests.forms_api.desk import START
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk
from tests.forms_api.office_desk import OfficeDesk
from tests.page_faults import find_page_faults


def test_the_page_says_of_everything_how_it_stands_and_what_to_do(desk: FrontDesk) -> None:
    client = desk.sign_in("admin")
    assert '<a href="/upkeep/">运行状况</a>' in client.get("/staff/").text
    page = client.get("/upkeep/").text
    assert find_page_faults(page) == []
    ids = re.findall(r'<div id="([a-z_]+)"', page)
    assert ids == [name for names in GROUPS.values() for name in names]
    assert re.search(r"<h2>\d+ 样坏了，请马上办</h2>", page)
    assert "<b>从来没有备份过。</b> 请照 docs/operations.md 设好备份的定时任务。" in page
    assert '<span class="st end">看不到</span>' in page
    assert "forms-api doctor" in page


def test_every_fault_at_the_top_leads_to_its_row(desk: FrontDesk) -> None:
    page = desk.sign_in("admin").get("/upkeep/").text
    links = re.findall(r'<a href="#([a-z_]+)">', page.partition('class="panel"')[0])
    assert "backup" in links
    assert len(links) == len(set(links)) == len(re.findall(r'<span class="st (?:act|warn|end)">', page))


def test_the_page_names_nobody(desk: FrontDesk) -> None:
    desk.review.vault.unlock(PASSPHRASE)
    office = desk.review.office
    intake = Intake(
        office.store, desk.review.intake_keys, office.sealer, office.clock, limits=Limits(per_address=10**6)
    )
    worker = OfficeDesk(office, intake, desk.folder / "files", desk.now)
    reference = worker.apply_for("membership", full_name="欧阳小满", mobile="13900000001")
    page = desk.sign_in("admin").get("/upkeep/").text
    assert "1 份申请还没有分派" in page
    for told in ("欧阳", "13900000001", reference):
        assert told not in page


@pytest.mark.parametrize("duty", ["handler", "reviewer", "approver", "cashier", "auditor"])
def test_others_do_not_meet_it(desk: FrontDesk, duty: str) -> None:
    client = desk.sign_in(duty)
    assert client.get("/upkeep/").status_code == 403
    assert "/upkeep/" not in client.get("/account").text


def test_the_rounds_of_the_process_are_told(desk: FrontDesk) -> None:
    client = desk.sign_in("admin")
    cookie = client.get_cookie("staff")
    assert cookie
    stuck = Pace(START, desk.now - timedelta(minutes=12), None, None, tells=False)
    app = create_app(desk.review, Settings(desk.folder, desk.folder, plain_http=True), lambda: stuck)
    other = app.test_client()
    other.set_cookie("staff", cookie.value)
    page = other.get("/upkeep/").text
    assert "后台已经 12 分钟没有走完一轮" in page
    assert "没有设每天的提醒" in page
