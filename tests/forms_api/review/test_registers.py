"""The pages of the registers, met as staff meet them: every page drawn, forms posted, sentences read."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from forms_api.office import EntryQuery
from forms_api.receiving import Intake, Limits
from forms_api.spreadsheets import read_lines
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk
from tests.forms_api.office_desk import UNIT, OfficeDesk
from tests.forms_api.registering.test_members import GOOD, make_table
from tests.forms_api.review.aid import open_paper_clone, with_clone
from tests.page_faults import find_page_faults

ID, OTHER, NAME = "11010519491231002X", "440524188001010014", "欧阳小满"


@pytest.fixture
def worker(desk: FrontDesk) -> OfficeDesk:
    """Return who hands in applications; the key is unlocked."""
    desk.review.vault.unlock(PASSPHRASE)
    office = desk.review.office
    intake = Intake(
        office.store, desk.review.intake_keys, office.sealer, office.clock, limits=Limits(per_address=10**6, per_address_without_work=10**6)
    )  # fmt: skip
    return OfficeDesk(office, intake, desk.folder / "files")


def see(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert find_page_faults(answer.text) == []
    return answer.text


def follow(client: FlaskClient, answer: TestResponse) -> str:
    assert answer.status_code == 303, re.sub(r"<[^>]+>", "", answer.text)
    return see(client, answer.headers["Location"])


def refuse(answer: TestResponse, words: str) -> str:
    assert answer.status_code == 422
    assert find_page_faults(answer.text) == []
    assert words in answer.text
    return answer.text


def find_id(desk: FrontDesk, register: str) -> str:
    return desk.review.store.list_entries(EntryQuery(register))[0][0].id


def send_roster(desk: FrontDesk, client: FlaskClient, *rows: list[object], **more: str) -> TestResponse:
    token = re.search(r'name="post_token" value="([0-9a-f]+)"', client.get("/registers/members/roster").text)
    assert token
    file = FileStorage(io.BytesIO(make_table(*rows)), "ruhui.xlsx")
    return client.post("/registers/members/roster", data={"post_token": token[1], "table": file, **more})


def step(desk: FrontDesk, worker: OfficeDesk, form: str, **answers: object) -> str:
    worker.now = desk.now
    return worker.apply_for(form, **answers)


# --- members ------------------------------------------------------------------------------------------


def test_members_are_admitted_by_a_table_found_changed_and_exported(desk: FrontDesk, worker: OfficeDesk) -> None:
    client = desk.sign_in("reviewer")
    assert "这里还没有会员" in see(client, "/registers/members/")
    see(client, "/registers/members/roster")
    assert client.get("/registers/members/template.xlsx").data.startswith(b"PK")
    bad = refuse(send_roster(desk, client, GOOD, ["苗青", OTHER, "飞行员", UNIT, "", "", ""]), "一个人也没有登记")
    packed = re.search(r'base64,([^"]+)"', bad)
    assert packed
    assert [line["姓名"] for line in read_lines(base64.b64decode(packed[1]), ["问题"])] == ["苗青"]
    refuse(send_roster(desk, client), "没有可以登记的人")
    again = send_roster(desk, client, GOOD, ["苗青", OTHER, "飞行员", UNIT, "", "", ""], only_good="1")
    assert "登记了 1 人" in again.text
    entry_id = find_id(desk, "member")
    here = f"/registers/members/{entry_id}"
    assert NAME in see(client, "/registers/members/?kind=快递员&state=active")
    found = desk.post(client, "/registers/members/search", {"q": ID})
    assert here in found.text
    assert ID not in see(client, here)
    shown = desk.post(client, f"{here}/reveal", {"path": "id_number"})
    assert ID in shown.text
    assert desk.post(client, f"{here}/reveal", {"path": "history"}).status_code == 404
    refuse(desk.post(client, f"{here}/move", {"act": "retain", "reason": "心情"}), "请选一个原因")
    assert desk.post(client, f"{here}/move", {"act": "fly"}).status_code == 404
    page = follow(client, desk.post(client, f"{here}/move", {"act": "warn", "since": "2026-05-25"}))
    assert "可以按自动退会办理" in page
    assert NAME in see(client, "/registers/")
    corrected = {"act": "correct", "reason": "登记错字", "full_name": "欧阳小曼"}
    assert "欧阳小曼" in follow(client, desk.post(client, f"{here}/move", corrected))
    exported = desk.post(client, "/registers/members/export", {"state": "active"})
    assert exported.headers["Content-Disposition"] == 'attachment; filename="huiyuan.xlsx"'
    assert [line["姓名"] for line in read_lines(exported.data, ["姓名"])] == ["欧阳小曼"]


def test_a_file_that_is_no_table_is_refused(desk: FrontDesk, worker: OfficeDesk) -> None:
    client = desk.sign_in("reviewer")
    refuse(desk.post(client, "/registers/members/roster", {}), "表头里没有这几列")


def test_what_is_not_there_is_not_found(desk: FrontDesk, worker: OfficeDesk) -> None:
    client = desk.sign_in("reviewer")
    for address in ("members", "households", "assessments"):
        assert client.get(f"/registers/{address}/{'0' * 32}").status_code == 404
    for address in (
        "members/0/move",
        "households/0/turn",
        "households/0/visit",
        "checks/0/judge",
        "assessments/0/score",
        "honours/0/move",
    ):
        act = {"members/0/move": "retain", "households/0/turn": "open", "honours/0/move": "show"}.get(address, "")
        assert desk.post(client, f"/registers/{address}", {"act": act}).status_code == 404
    assert client.get("/registers/visits/YX-0000-0000-0").status_code == 404


# --- households ---------------------------------------------------------------------------------------


def test_a_file_is_opened_planned_visited_and_left(desk: FrontDesk, worker: OfficeDesk) -> None:
    reference = step(
        desk, worker, "hardship", full_name=NAME, id_number=ID, lives_alone=True, members=[], own_income=900, other_income=0, causes=["家庭收入低"],
        mobile="13900000001",
    )  # fmt: skip
    client = desk.sign_in("handler")
    assert "这里还没有档案" in see(client, "/registers/households/")
    refuse(desk.post(client, "/registers/households/open", {"reference": "YX-1"}), "没有这一份")
    refuse(desk.post(client, "/registers/households/open", {"reference": reference, "how": "bind"}), "先建档、后帮扶")
    page = follow(client, desk.post(client, "/registers/households/open", {"reference": reference.lower()}))
    assert "深度困难线：低保标准 820" in page
    assert "2026-07-01 起的标准" in page
    here = f"/registers/households/{find_id(desk, 'household')}"
    turn = f"{here}/turn"
    means = {
        "monthly_label": "本人工资", "monthly_amount": "900", "medical": "0", "people": "1", "rigid_label": "", "rigid_amount": "",
    }  # fmt: skip
    assert "相对困难" in follow(client, desk.post(client, turn, {"act": "reckon", **means}))
    typed = refuse(
        desk.post(client, turn, {"act": "reckon", **means, "monthly_amount": "八百", "people": "很多"}),
        "金额写成数字就行",
    )
    assert 'value="八百"' in typed
    assert 'value="很多"' in typed
    refuse(desk.post(client, turn, {"act": "reckon", **means, "monthly_amount": "-1"}), "金额写成数字就行")
    refuse(desk.post(client, turn, {"act": "open"}), "一户一帮扶人")
    plan = {
        "act": "plan", "measure": "生活帮扶", "detail": "每季度发放一次", "stage_day": "2026-12-31", "stage_what": "第一次发放",
        "helper": "康女士", "helper_phone": "0000-6010012",
    }  # fmt: skip
    assert 'value="第一次发放"' in refuse(desk.post(client, turn, plan | {"stage_day": ""}), "日期和内容要成对填")
    refuse(desk.post(client, turn, plan | {"helper": ""}), "一户一帮扶人")
    assert "康女士，0000-6010012" in follow(client, desk.post(client, turn, plan))
    assert "在档" in follow(client, desk.post(client, turn, {"act": "open"}))
    visit = {
        "kind": "season",
        "day": "2026-11-20",
        "visitor": ["钟云", "费明"],
        "found": "家里暖和，药也买了。",
        "result": "true",
    }
    assert 'value="钟云"' in refuse(desk.post(client, f"{here}/visit", visit | {"visitor": ["钟云"]}), "两个人一起去")
    refuse(desk.post(client, f"{here}/visit", visit | {"day": ""}), "请写上门的日期")
    assert "家里暖和" in follow(client, desk.post(client, f"{here}/visit", visit))
    see(client, f"/registers/visits/{reference}")
    refuse(desk.post(client, f"/registers/visits/{reference}", visit | {"found": "好"}), "不少于十个字")
    kept = desk.post(client, f"/registers/visits/{reference}", visit | {"kind": "survey"})
    assert kept.headers["Location"] == f"/cases/{reference}?said=noted"
    shown = desk.post(client, f"{here}/reveal", {"path": "id_number"})
    assert ID in shown.text
    assert ID not in see(client, here)
    assert desk.post(client, f"{here}/reveal", {"path": "plan"}).status_code == 404
    assert here in desk.post(client, "/registers/households/search", {"q": ID}).text
    assert here in see(client, "/registers/households/?state=in_force")
    assert "退出后跟踪" in follow(client, desk.post(client, turn, {"act": "exit", "words": "找到了工作"}))
    assert desk.post(client, turn, {"act": "fly"}).status_code == 404


def test_people_of_a_household_are_put_right(desk: FrontDesk, worker: OfficeDesk) -> None:
    open_file(desk, worker)
    client = desk.sign_in("handler")
    here = f"/registers/households/{find_id(desk, 'household')}"
    assert "家庭成员有变化" in see(client, here)
    child = {"new_name": "欧阳小禾", "new_relation": "子女", "words": "出生"}
    refuse(desk.post(client, f"{here}/people", {"words": "出生"}), "请勾选")
    refuse(desk.post(client, f"{here}/people", child | {"new_id_number": "123"}), "证件号码不对")
    assert "出生（加上欧阳小禾（子女））" in follow(client, desk.post(client, f"{here}/people", child))
    assert desk.post(client, f"{here}/turn", {"act": "people", "words": "x"}).status_code == 404


@pytest.mark.parametrize("whole", ["", "yes"])
def test_a_file_is_printed_masked_unless_asked_for_whole(desk: FrontDesk, worker: OfficeDesk, whole: str) -> None:
    open_file(desk, worker)
    client, here = desk.sign_in("reviewer"), f"/registers/households/{find_id(desk, 'household')}"
    assert "档案表" in see(client, here)
    before = len(desk.kinds())
    page = desk.post(client, f"{here}/print", {"whole": whole}).text
    assert find_page_faults(page) == []
    for words in (
        "困难职工档案表",
        NAME,
        "康女士，0000-6010012",
        "第一次发放",
        "家里暖和，药也买了。",
        "工作时间",
        "返困，恢复在档",
        "建档人",
    ):
        assert words in page
    assert (ID in page) == bool(whole)
    assert desk.kinds()[before:].count("entry_printed") == 1
    assert desk.kinds()[before:].count("entry_revealed") == (3 if whole else 0)
    assert desk.post(client, "/registers/households/nobody/print", {}).status_code == 404


def test_what_was_checked_beside_the_income_decides_with_it(desk: FrontDesk, worker: OfficeDesk) -> None:
    open_file(desk, worker)
    client, here = desk.sign_in("reviewer"), f"/registers/households/{find_id(desk, 'household')}"
    again = {"act": "review", "monthly_label": "工资", "monthly_amount": "500", "people": "1"}
    turn = f"{here}/turn"
    refuse(desk.post(client, turn, again | {"months": "一年"}), "金额写成数字就行")
    refuse(desk.post(client, turn, again | {"months": "11"}), "工作时间和住房算，不符合认定标准")
    refuse(desk.post(client, turn, again | {"homes": "2", "area": "99.5"}), "不符合认定标准")
    page = follow(client, desk.post(client, turn, again | {"months": "24", "homes": "1", "area": "99.5"}))
    assert "核定 24 个月，满了" in page
    assert 'name="homes" value="1"' in page


# --- checks, assessments, candidates ------------------------------------------------------------------


def open_file(desk: FrontDesk, worker: OfficeDesk) -> None:
    """Let the handler bring a file into force."""
    test_a_file_is_opened_planned_visited_and_left(desk, worker)
    handler = desk.sign_in("handler")
    here = f"/registers/households/{find_id(desk, 'household')}/turn"
    again = {"act": "restore", "words": "又困难了", "monthly_label": "工资", "monthly_amount": "500", "people": "1"}
    follow(handler, desk.post(handler, here, again))


def test_files_are_drawn_judged_and_told_as_rates(desk: FrontDesk, worker: OfficeDesk) -> None:
    open_file(desk, worker)
    client = desk.sign_in("reviewer")
    assert "还没有数" in see(client, "/registers/checks/")
    refuse(desk.post(client, "/registers/checks/draw", {"target": "file", "count": "many"}), "请写抽多少份")
    page = follow(client, desk.post(client, "/registers/checks/draw", {"target": "file", "count": "1"}))
    assert "当初认定符合标准吗" in page
    judge = f"/registers/checks/{find_id(desk, 'check')}/judge"
    refuse(desk.post(client, judge, {"fitted": "yes"}), "逐项选")
    told = {"fitted": "no", "fits_still": "yes", "has_helper": "yes", "aid_fits": ""}
    typed = refuse(desk.post(client, judge, told), "写明是什么问题")
    assert 'name="fitted" value="no" checked' in typed
    page = follow(client, desk.post(client, judge, told | {"words": "收入少报了一半"}))
    assert re.search(r"错评率.*?<b>1</b> / 1", page, re.DOTALL)
    refuse(desk.post(client, "/registers/checks/outside", {"union": UNIT}), "逐项选")
    follow(client, desk.post(client, "/registers/checks/outside", {"union": UNIT, "fits_still": "no"}))
    see(client, "/registers/checks/?state=judged")
    see(client, f"/registers/households/{find_id(desk, 'household')}")
    auditor = desk.sign_in("auditor")
    for address in ("/registers/", "/registers/checks/"):
        page = see(auditor, address)
        assert NAME not in page
    assert auditor.get("/registers/households/").status_code == 403


def test_an_assessment_is_scored(desk: FrontDesk, worker: OfficeDesk) -> None:
    form = worker.office.bundle.forms["self-assessment"]
    base = {
        one.name: "2026年3月12日开过会" if one.name.endswith("_proof") else "做到了"
        for one in form.fields()
        if one.name.startswith("base_")
    }
    other = {one.name: None for one in form.fields() if one.name.startswith(("county_", "town_"))}
    reference = step(desk, worker, "self-assessment", level="基层工会", year=2026, members=160, **base, **other)
    worker.act("reviewer", reference, "endorse")
    worker.act("approver", reference, "approve")
    client = desk.sign_in("reviewer")
    here = f"/registers/assessments/{find_id(desk, 'assessment')}"
    assert here in see(client, "/registers/assessments/?state=claimed")
    see(client, here)
    marks = {f"mark_{name}": "做到了" for name in base if not name.endswith("_proof")}
    refuse(desk.post(client, f"{here}/score", {**marks, "mark_base_say": "没有做到"}), "评得比自评低")
    assert "12 / 12 分" in follow(client, desk.post(client, f"{here}/score", marks))
    assert "达标" in see(client, "/registers/assessments/")


def test_a_winner_becomes_a_candidate_and_is_named(desk: FrontDesk, worker: OfficeDesk) -> None:
    client = desk.sign_in("handler")
    see(client, "/registers/honours/")
    winner = {"honour": "云溪工匠", "name": NAME, "union": UNIT, "competition": "2026年家政技能竞赛"}
    refuse(desk.post(client, "/registers/honours/nominate", winner | {"competition": ""}), "哪一年的什么竞赛")
    assert NAME in follow(client, desk.post(client, "/registers/honours/nominate", winner))
    move = f"/registers/honours/{find_id(desk, 'candidate')}/move"
    refuse(desk.post(client, move, {"act": "show"}), "还没有同意公示")
    follow(client, desk.post(client, move, {"act": "show", "consented": "1"}))
    assert "已命名" in follow(client, desk.post(client, move, {"act": "name", "words": "云工发〔2026〕20号"}))
    assert "公示中" not in see(client, "/registers/honours/?state=named")


def test_who_was_shown_is_put_onto_the_roll_of_the_site(desk: FrontDesk, worker: OfficeDesk, tmp_path: Path) -> None:
    client, here = desk.sign_in("handler"), "/registers/honours/name"
    winner = {"honour": "云溪工匠", "name": NAME, "union": UNIT, "competition": "2026年家政技能竞赛"}
    follow(client, desk.post(client, "/registers/honours/nominate", winner))
    one = find_id(desk, "candidate")
    assert "命名，公布到荣誉榜" not in see(client, "/registers/honours/")
    shown = desk.post(client, f"/registers/honours/{one}/move", {"act": "show", "consented": "1"})
    assert "命名，公布到荣誉榜" in follow(client, shown)
    told = {"candidate": one, "title": "关于命名云溪工匠的决定", "doc_number": "云工发〔2026〕20号"}
    told |= {"conferred_by": "云溪县总工会", "conferred": "2026-12-08"}
    refuse(desk.post(client, here, told), "还没有设置发布服务器")
    with_clone(desk, open_paper_clone(tmp_path, "false"))
    client = desk.sign_in("handler")
    refuse(desk.post(client, here, told | {"conferred": "x"}), "请写授予的日期")
    refuse(desk.post(client, here, told), "检查没有通过，也没有说明原因")
    with_clone(desk, replace(open_paper_clone(tmp_path / "gone"), remote=str(tmp_path / "none")))
    client = desk.sign_in("handler")
    refuse(desk.post(client, here, told), "没有成功")
    with_clone(desk, open_paper_clone(tmp_path / "good"))
    client = desk.sign_in("handler")
    refuse(desk.post(client, here, told | {"doc_number": ""}), "文号")
    assert "已命名" in follow(client, desk.post(client, here, told))


def test_who_came_first_on_the_site_waits_to_be_a_candidate(desk: FrontDesk, worker: OfficeDesk) -> None:
    client = desk.sign_in("handler")
    shown = see(client, "/registers/honours/")
    assert "曲长安 · 2026年云溪县第十二届职工技能大赛（叉车工组决赛）" in shown
    told = {"honour": "县五一劳动奖章", "name": "曲长安", "employer": "云溪物流园", "union": UNIT, "kind": "个人"}
    told["competition"] = "2026年云溪县第十二届职工技能大赛（叉车工组决赛）"
    after = follow(client, desk.post(client, "/registers/honours/nominate", told))
    assert "曲长安 · 2026年云溪县" not in after
    assert after.count("曲长安") == 1, "a candidate now, with the contest beside the name"
