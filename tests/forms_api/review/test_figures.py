"""统计 and 审计, met as staff meet them."""

from __future__ import annotations

import io

import openpyxl
import pytest

from forms_api.receiving import Intake, Limits
from forms_api.trails import KINDS
from forms_api.workflow import STATES
from tests.forms_api.archives import refuse
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk
from tests.forms_api.office_desk import OfficeDesk
from tests.page_faults import find_page_faults


@pytest.fixture
def worker(desk: FrontDesk) -> OfficeDesk:
    """Return who hands in applications; the key is unlocked."""
    desk.review.vault.unlock(PASSPHRASE)
    office = desk.review.office
    limits = Limits(per_address=10**6, per_address_without_work=10**6)
    intake = Intake(office.store, desk.review.intake_keys, office.sealer, office.clock, limits=limits)
    return OfficeDesk(office, intake, desk.folder / "files")


def test_figures_of_a_month_with_charts_and_workbooks(desk: FrontDesk, worker: OfficeDesk) -> None:
    for form in ("hardship", "membership"):
        for _ in range(6):
            refuse(worker, form)
    refuse(worker, "legal-aid")
    client = desk.sign_in("approver")
    page = client.get("/figures/?period=2026-11").text
    assert find_page_faults(page) == []
    for words in (
        "2026年11月",
        "办件：按事项和结果",
        "困难职工认定与建档",
        "&lt;5",
        "“&lt;5”是1至4",
        "信访件：期限",
        '<rect width="',
    ):
        assert words in page, words
    assert "私钥还锁着：" not in page
    answer = desk.post(client, "/figures/export", {"table": "services", "period": "2026-11"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="services-2026-11.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet["A1"].value == "事项"
    assert desk.kinds()[-1] == "figures_exported"
    assert desk.post(client, "/figures/export", {"table": "nothing"}).status_code == 404


@pytest.mark.parametrize("period", ["", "2026-q4", "2026", "2031-01", "x"])
def test_any_period_has_a_page_even_while_the_key_is_locked(desk: FrontDesk, period: str) -> None:
    page = desk.sign_in("auditor").get(f"/figures/?period={period}").text
    assert find_page_faults(page) == []
    assert "私钥还锁着：" in page
    assert "没有。" in page


def test_events_for_those_who_audit(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference = refuse(worker)
    client = desk.sign_in("auditor")
    page = client.get("/audit/").text
    assert find_page_faults(page) == []
    for words in (KINDS["submitted"], "谈华", "值得问一句的", "办理一步"):
        assert words in page
    assert "不符合条件。" not in page, "what staff wrote to a worker is no figure"
    narrowed = client.get(f"/audit/?case={reference}&kind=moved&since=2026-11-20&until=2026-11-20&actor=reviewer").text
    assert "办理一步" in narrowed
    assert f"到：{STATES['refused'].label}" in narrowed
    assert "共 1 条" in narrowed
    odd = client.get("/audit/?kind=x&page=0&since=never&page=999999999").text
    assert find_page_faults(odd) == []
    assert "没有这样的事件" in client.get("/audit/?case=YX-NONE").text


def test_pages_of_events_are_turned(desk: FrontDesk, worker: OfficeDesk) -> None:
    for _ in range(20):
        refuse(worker)
    client = desk.sign_in("auditor")
    assert "下一页" in client.get("/audit/?kind=").text
    assert "上一页" in client.get("/audit/?page=2").text


def test_the_chain_is_held_against_a_published_head(desk: FrontDesk, worker: OfficeDesk) -> None:
    refuse(worker)
    client = desk.sign_in("auditor")
    last = desk.review.store.find_last_event()
    assert last
    told = desk.post(client, "/audit/verify", {"head": last.digest.hex()}, page="/audit/").text
    assert "没有改动，公布过的摘要也在里面" in told
    assert "查出 1 处不对" in desk.post(client, "/audit/verify", {"head": "0" * 64}, page="/audit/").text
    assert desk.post(client, "/audit/verify", {"head": "abc"}, page="/audit/").status_code == 422
    assert "没有改动" in desk.post(client, "/audit/verify", {"head": ""}, page="/audit/").text
