"""The inbox and the page of a case, met as staff meet them: links followed, forms posted, sentences read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forms_api.receiving import Intake, Limits
from forms_api.references import parse_secret
from forms_api.tokens import hash_secret
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk
from tests.forms_api.office_desk import UNIT, OfficeDesk
from tests.page_faults import find_page_faults

ID, NAME = "11010519491231002X", "欧阳小满"


@pytest.fixture
def worker(desk: FrontDesk) -> OfficeDesk:
    """Return who hands in applications; the key is unlocked."""
    desk.review.vault.unlock(PASSPHRASE)
    office = desk.review.office
    intake = Intake(
        office.store, desk.review.intake_keys, office.sealer, office.clock, limits=Limits(per_address=10**6, per_address_without_work=10**6)
    )  # fmt: skip
    return OfficeDesk(office, intake, desk.folder / "files")


def check_page(page: str) -> None:
    assert find_page_faults(page) == []


def ask_for_aid(worker: OfficeDesk, desk: FrontDesk) -> str:
    worker.now = desk.now
    return worker.apply_for("hardship", full_name=NAME, id_number=ID, mobile="13900000001")


def post(desk: FrontDesk, client: FlaskClient, reference: str, act: str, **data: object) -> TestResponse:
    return desk.post(client, f"/cases/{reference}/{act}", data)


def follow(client: FlaskClient, answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


def test_a_case_is_found_in_the_inbox_and_opened(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    assert client.get("/").headers["Location"] == "/cases/"
    inbox = client.get("/cases/")
    check_page(inbox.text)
    assert reference in inbox.text
    assert NAME in inbox.text
    assert ID not in inbox.text
    page = client.get(f"/cases/{reference}")
    check_page(page.text)
    assert "**************002X" in page.text
    assert ID not in page.text
    assert [event.kind for event in desk.review.store.list_events()][-1] == "case_read"
    assert ">新<" not in client.get("/cases/").text


def test_a_search_never_stands_in_an_address(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("reviewer")
    for text in (NAME, ID, reference):
        found = desk.post(client, "/cases/search", {"q": text, "queue": "notice"})
        assert found.status_code == 200
        assert f"/cases/{reference}" in found.text
        assert not re.search(rf'href="[^"]*{NAME}', found.text)
    nobody = desk.post(client, "/cases/search", {"q": "诸葛无人"})
    check_page(nobody.text)
    assert "没有找到" in nobody.text
    filtered = desk.post(
        client, "/cases/search", {"q": "", "queue": "all", "form": "hardship", "union": UNIT, "unread": "1"}
    )
    assert filtered.headers["Location"] == f"/cases/?queue=all&form=hardship&union={UNIT}&unread=1"
    assert reference in client.get(filtered.headers["Location"]).text


def test_a_case_is_decided_from_its_page(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, handler = ask_for_aid(worker, desk), desk.sign_in("handler")
    assert "确定：材料齐了，受理" in handler.get(f"/cases/{reference}").text
    page = follow(handler, post(desk, handler, reference, "step", action="accept"))
    assert "已受理" in page
    refused = post(desk, handler, reference, "step", action="first_review")
    check_page(refused.text)
    assert refused.status_code == 422
    assert "要由审核岗位的人来办" in refused.text
    assert worker.find(reference).state == "accepted"


def test_what_was_typed_comes_back_with_the_sentence(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    until = (desk.now + timedelta(days=9)).date().isoformat()
    answer = post(
        desk, client, reference, "step", action="ask", reason="unclear", field="income_proof", until=until, note="您的卡号6222021234567890不清楚"
    )  # fmt: skip
    check_page(answer.text)
    assert answer.status_code == 422
    assert "说明里有证件、银行卡或手机这样的号码" in answer.text
    assert "您的卡号6222021234567890不清楚" in answer.text
    assert f'value="{until}"' in answer.text
    page = follow(
        client,
        post(
            desk,
            client,
            reference,
            "step",
            action="ask",
            reason="unclear",
            field="income_proof",
            until=until,
            note="请再拍一次。",
        ),
    )
    assert "等申请人补充：收入说明" in page
    wrong = post(desk, client, reference, "step", action="recall", until="soon")
    assert wrong.status_code == 303


def test_a_number_is_shown_whole_once_and_leaves_a_trace(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    shown = post(desk, client, reference, "reveal", path="id_number")
    check_page(shown.text)
    assert ID in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert ID not in client.get(f"/cases/{reference}").text
    assert post(desk, client, reference, "reveal", path="full_name").status_code == 404
    assert "revealed" in desk.kinds()


def test_a_file_is_shown_closed_off(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    link = re.search(r'href="(/cases/[^"]+/files/[0-9a-f]+)"', client.get(f"/cases/{reference}").text)
    assert link
    answer = client.get(link[1])
    assert answer.data == b"%PDF-1.7 sample"
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(link[1][:-4] + "0000").status_code == 404


def test_cases_are_handed_on_noted_and_bound(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    other = ask_for_aid(worker, desk)
    desk.sign_in("reviewer")
    page = follow(client, post(desk, client, reference, "assign", to="fei"))
    assert "分派给费明" in page
    assert "这个人还有同样的申请没有办结" in page
    assert "已经打过电话" in follow(client, post(desk, client, reference, "note", text="已经打过电话"))
    assert post(desk, client, reference, "note", text=" ").status_code == 422
    assert "顺达" in follow(client, post(desk, client, reference, "join", union="shunda"))
    assert follow(client, post(desk, client, reference, "bind", about=other.lower()))
    missing = post(desk, client, reference, "bind", about="YX-0000")
    assert "没有这个编号的申请" in missing.text
    assert post(desk, client, reference, "assign", to="nobody").status_code == 404


def test_several_are_given_to_one_person_at_once(desk: FrontDesk, worker: OfficeDesk) -> None:
    references, client = [ask_for_aid(worker, desk) for _ in range(3)], desk.sign_in("handler")
    desk.sign_in("reviewer")
    page = follow(client, desk.post(client, "/cases/assign", {"case": references, "to": "fei", "back": "queue=all"}))
    assert page.count('data-l="经办">费明') == 3
    none = desk.post(client, "/cases/assign", {"to": "fei"})
    assert "还没有勾选" in none.text
    wrong = desk.post(client, "/cases/assign", {"case": ["YX-0000"], "to": "fei"})
    assert wrong.status_code == 422


def test_one_of_a_small_union_sees_only_its_own(desk: FrontDesk, worker: OfficeDesk) -> None:
    worker.now = desk.now
    own, others = worker.apply_for("membership"), worker.apply_for("membership", at="binhe")
    desk.hire("unit", "钟女士", UNIT, ("handler", "reviewer"))
    client = desk.open_client()
    desk.enter(client, desk.people["unit"])
    inbox = client.get("/cases/?queue=all").text
    assert own in inbox
    assert others not in inbox
    assert client.get(f"/cases/{others}").status_code == 404
    assert post(desk, client, others, "step", action="accept").status_code == 404
    assert worker.find(others).state == "submitted"
    moved = post(desk, client, own, "step", action="transfer", union="binhe", note="不在我们单位了。")
    assert moved.headers["Location"].startswith("/cases/?")
    assert client.get(f"/cases/{own}").status_code == 404


@pytest.mark.parametrize("duty", ["auditor", "admin"])
def test_who_does_no_cases_sees_none(desk: FrontDesk, worker: OfficeDesk, duty: str) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in(duty)
    assert client.get("/cases/").status_code == 403
    assert client.get(f"/cases/{reference}").status_code == 403
    assert client.get("/").headers["Location"] != "/cases/"


def test_while_the_key_is_locked_the_inbox_says_so(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    desk.review.vault.lock()
    for address in ("/cases/", f"/cases/{reference}"):
        assert client.get(address).headers["Location"].startswith("/unlock?to=")


def test_strange_filters_are_taken_as_none(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    page = client.get("/cases/?queue=nothing&state=nothing&page=x&form=").text
    assert reference in page
    for address in ("/cases/?queue=all&page=99", "/cases/?queue=late", "/cases/?queue=all&form=nothing"):
        empty = client.get(address)
        check_page(empty.text)
        assert "这里没有申请" in empty.text


def test_what_could_not_be_delivered_is_told_by_phone(desk: FrontDesk, worker: OfficeDesk) -> None:
    worker.now = desk.now
    reference, client = worker.apply_for("hazard"), desk.sign_in("handler")
    others = worker.apply_for("membership", at="binhe", mobile="13900000001")
    client.get("/cases/")
    for message, _ in desk.review.store.list_waiting(desk.now):
        desk.review.store.give_up(
            message.id, 3, "no contact" if message.case_id == worker.find(reference).id else "HTTP 400"
        )
    assert "有 2 条消息没发出去" in client.get("/cases/").text
    page = client.get("/messages/")
    check_page(page.text)
    assert "内容打不开，不知道发给谁" in page.text
    assert "HTTP 400" in page.text
    desk.hire("unit", "钟女士", UNIT, ("handler",))
    outside = desk.open_client()
    desk.enter(outside, desk.people["unit"])
    assert others not in outside.get("/messages/").text
    message = next(one.message.id for one in desk.review.store.list_stuck() if one.cause == "HTTP 400")
    assert desk.post(outside, "/messages/told", {"message": message}).status_code == 404
    assert "记下了" in follow(client, desk.post(client, "/messages/told", {"message": message}))
    assert len(desk.review.store.list_stuck()) == 1
    assert desk.kinds()[-1] == "told_by_phone"


def test_a_lost_secret_is_renewed_at_the_window_only(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    refused = post(desk, client, reference, "secret")
    assert "请先当面核对证件" in refused.text
    before = worker.find(reference).secret_hash
    slip = post(desk, client, reference, "secret", seen="yes")
    check_page(slip.text)
    assert re.search(r'<svg viewBox="0 0 \d+ \d+" role="img" aria-label="查进度的二维码"><path d="M', slip.text)
    shown = re.search(r'class="key">([A-Z0-9-]+)<', slip.text)
    assert shown
    hashed = hash_secret(desk.review.intake_keys, reference, parse_secret(shown[1]))
    assert worker.find(reference).secret_hash == hashed != before
    assert post(desk, desk.sign_in("approver"), reference, "secret", seen="yes").status_code == 403


@pytest.mark.parametrize(("kind", "words"), [("acceptance", "受理单"), ("approval", "审批表")])
def test_paper_is_printed_masked_unless_asked_for_whole(
    desk: FrontDesk, worker: OfficeDesk, kind: str, words: str
) -> None:
    reference, client = ask_for_aid(worker, desk), desk.sign_in("handler")
    page = post(desk, client, reference, "print", kind=kind)
    check_page(page.text)
    assert words in page.text
    assert ID not in page.text
    assert desk.kinds()[-1] == "printed"
    whole = post(desk, client, reference, "print", kind=kind, whole="yes")
    assert (ID in whole.text) == (kind == "approval")
    assert ("revealed" in desk.kinds()) == (kind == "approval")
    assert post(desk, client, reference, "print", kind="other").status_code == 404


def test_the_form_to_sign_shows_answers_people_rules_and_what_was_done(desk: FrontDesk, worker: OfficeDesk) -> None:
    worker.now, client = desk.now, desk.sign_in("reviewer")
    relative = {
        "member_name": "欧阳大海",
        "relation": "父亲",
        "member_id": "440524188001010014",
        "member_state": "务农",
        "member_income": 100,
    }
    reference = worker.apply_for(
        "hardship", full_name=NAME, lives_alone=False, has_children=False, members=[relative], own_income=900, other_income=0, houses=2,
        housing="自己的房子", floor_area=60,
    )  # fmt: skip
    shown = client.get(f"/cases/{reference}").text
    assert "<h3>家庭成员 1</h3>" in shown
    assert 'aria-label="看全 家庭成员 1 身份证号码"' in shown
    assert "这一家 2 套，60 ÷ 2 人 = 30 平方米，没有超过" in shown
    assert "还没有核定" in shown
    post(desk, client, reference, "step", action="accept")
    page = post(desk, client, reference, "print", kind="approval").text
    check_page(page)
    assert "<h1>困难职工认定与建档审批表</h1>" in page
    assert '<th scope="col">是您的什么人</th>' in page
    assert "<td>欧阳大海</td>" in page
    assert "500 元，不高于2026年7月1日起的认定线" in page
    assert "<td>已受理</td>" in page
    assert re.findall(r'<th scope="row">([^<]+意见)</th>', page) == [
        "基层工会初审意见",
        "县总工会复核意见",
        "县总工会审批意见",
    ]
    assert '<col class="k">' in page


@pytest.mark.parametrize(("form", "title"), [("suggestion", "办理单"), ("membership", "审批表")])
def test_a_petition_is_handled_and_everything_else_approved(
    desk: FrontDesk, worker: OfficeDesk, form: str, title: str
) -> None:
    worker.now, client = desk.now, desk.sign_in("reviewer")
    reference = worker.apply_for(form, at=UNIT)
    assert f">{title}</button>" in client.get(f"/cases/{reference}").text
    assert f"{title}</h1>" in post(desk, client, reference, "print", kind="approval").text


def test_a_case_leads_to_its_visits_and_its_household(desk: FrontDesk, worker: OfficeDesk) -> None:
    """From the case to the visit and back; from the decision to the file."""
    reference, handler, reviewer = ask_for_aid(worker, desk), desk.sign_in("handler"), desk.sign_in("reviewer")
    assert "记一次走访" not in handler.get(f"/cases/{reference}").text
    post(desk, handler, reference, "step", action="accept")
    post(desk, reviewer, reference, "step", action="first_review")
    page = handler.get(f"/cases/{reference}").text
    link = re.search(r'href="(/registers/visits/[^"]+)"', page)
    assert link
    visit = {
        "kind": "survey",
        "day": desk.now.date().isoformat(),
        "visitor": ["费明", "庾珊"],
        "found": "家里的情况和申请里写的一致。",
        "result": "true",
    }
    kept = desk.post(handler, link[1], visit)
    assert kept.headers["Location"].startswith(f"/cases/{reference}"), kept.text
    follow(handler, post(desk, handler, reference, "step", action="visit"))
    assert worker.find(reference).state == "reviewing"
