"""The whole way of aid, from a worker's phone to the exit from the file, with seven staff in a real browser.

The list goes through a real repository with its hooks onto a real site; every shortcut is tried on the way and refused with
a sentence that says why; at the end the chain of events holds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from forms_api.audit import Chain, follow_chain
from forms_api.config import Settings
from forms_api.content_clone import ContentClone
from forms_api.forms_bundle import read_bundle
from forms_api.intake import create_app
from forms_api.receiving import Intake, Limits
from forms_api.samples import make_answers
from forms_api.spreadsheets import write_csv
from tests.forms_api.form_filler import fill_form
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk, open_front_desk
from tests.forms_api.office_desk import TOWN, UNIT
from tests.forms_api.publicity_desk import start_desk
from tests.publishing_desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.long]
PEOPLE = {
    "unit": ("庾珊", UNIT, ("handler", "reviewer")),
    "town": ("费明", TOWN, ("handler",)),
    "clerk": ("钟云", "county", ("handler",)),
    "reviewer": ("阮静", "county", ("reviewer",)),
    "approver": ("束文", "county", ("approver",)),
    "cashier": ("柏兰", "county", ("cashier",)),
    "auditor": ("谈华", "county", ("auditor",)),
}
"""Account → name, union, duties; those who review and approve have these accounts in the server's editors.yml."""
APPLICANT: dict[str, Any] = {
    "full_name": "欧阳小满", "id_number": "11010519491231002X", "mobile": "13900000001", "union": UNIT, "causes": ["家庭收入低"],
    "lives_alone": True, "own_income": 900, "other_income": 0, "bank": "云溪农商行城关支行", "bank_card": "6225768888888888",
}  # fmt: skip
"""What the sample's answers say is put right by these; nothing hangs on the rest."""


class County:
    """Everything that a county runs: intake, staff app, the server with the public site, and the clock of all."""

    def __init__(self, folder: Path, bundle: Path) -> None:
        self.desk: FrontDesk = open_front_desk(folder / "data", read_bundle(bundle))
        self.server: Desk
        self.server, key = start_desk(folder)
        environ = {k: v for k, v in self.server.environ.items() if not k.startswith(("GIT_AUTHOR", "GIT_COMM"))}
        clone = ContentClone(
            folder / "content", str(self.server.repository), (str(self.server.command_file),), key=key, environ=environ
        )
        self.desk.review = replace(self.desk.review, clone=clone)
        self.desk.review.vault.unlock(PASSPHRASE)
        office = self.desk.review.office
        limits = Limits(per_address=10**6, per_address_without_work=10**6, least_seconds=0, work_bits=8)
        self.intake = Intake(office.store, self.desk.review.intake_keys, office.sealer, office.clock, limits=limits)
        public = create_app(self.intake, Settings(data=folder / "data", bundle=bundle))
        for account, (name, union, duties) in PEOPLE.items():
            self.desk.hire(account, name, union, duties)
        handler = partial(_Quiet, directory=str(self.server.site))
        self.servers = {
            "staff": make_server("127.0.0.1", 0, self.desk.open_client().application, threaded=True),
            "forms": make_server("127.0.0.1", 0, public, threaded=True),
            "site": ThreadingHTTPServer(("127.0.0.1", 0), handler),
        }
        for one in self.servers.values():
            threading.Thread(target=one.serve_forever, daemon=True).start()

    def find(self, which: str, path: str) -> str:
        """Return an address of one of the servers."""
        return f"http://127.0.0.1:{self.servers[which].server_address[1]}{path}"

    def wait(self, **time: float) -> None:
        """Let time pass for office and server."""
        self.desk.now += timedelta(**time)
        self.server.set_clock(self.desk.now.strftime("%Y-%m-%dT%H:%M"))

    def enter(self, context: BrowserContext, account: str) -> None:
        """Let somebody sign in in a browser, as those who came back from lunch do."""
        client = self.desk.open_client()
        self.desk.enter(client, self.desk.people[account])
        cookie = client.get_cookie("staff")
        assert cookie
        context.add_cookies([{"name": "staff", "value": cookie.value, "url": self.find("staff", "/")}])

    def close(self) -> None:
        """Stop everything."""
        for one in self.servers.values():
            one.shutdown()
            one.server_close()
        self.desk.review.store.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def county(tmp_path: Path, sample_site: Path) -> Iterator[County]:
    opened = County(tmp_path, sample_site.parent / "forms-bundle")
    yield opened
    opened.close()


class Walk:
    """One case on its way; `be` changes who sits at the screen."""

    def __init__(self, county: County, browser: Browser) -> None:
        self.county, self.browser, self.reference = county, browser, ""
        self.page: Page = browser.new_page()

    def be(self, account: str) -> Page:
        """Let somebody sit down at a screen of their own, at the case."""
        self.page.context.close()
        context = self.browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        self.county.enter(context, account)
        self.page = context.new_page()
        return self.open()

    def open(self) -> Page:
        """Show the case."""
        self.page.goto(self.county.find("staff", f"/cases/{self.reference}"))
        return self.page

    def take(self, label: str, state: str) -> None:
        """Take a step and see the case in its next state."""
        self.open()
        step = self.page.locator(".decide > details").filter(has=self.page.get_by_text(label, exact=True))
        if step.get_attribute("open") is None:
            step.locator("summary").click()
        self.page.get_by_role("button", name=f"确定：{label}", exact=True).click()
        expect(self.page.locator(".case-head .st")).to_have_text(state)

    def is_stopped(self, label: str, words: str) -> None:
        """See that a step cannot be taken, and the sentence that says why."""
        self.open()
        step = self.page.locator(".decide > details").filter(has=self.page.get_by_text(label, exact=True))
        if step.get_attribute("open") is None:
            step.locator("summary").click()
        expect(step.locator(".note")).to_contain_text(words)
        expect(step.get_by_role("button")).to_have_count(0)

    def force(self, action: str, words: str) -> None:
        """Post a step that no button offers, as somebody would who knows the addresses, and read the refusal."""
        self.open()
        self.page.evaluate(
            "([where, action]) => { const form = document.createElement('form'); form.method = 'post'; form.action = where;"
            "const token = document.querySelector('[name=post_token]').cloneNode(); form.append(token);"
            "const named = document.createElement('input'); named.name = 'action'; named.value = action; form.append(named);"
            "document.body.append(form); form.submit(); }",
            [f"/cases/{self.reference}/step", action],
        )
        expect(self.page.locator("#faults")).to_contain_text(words)

    def visit(self, kind: str) -> None:
        """Write down a visit."""
        self.open()
        self.page.get_by_role("link", name="记一次走访").click()
        self.page.locator("[name=kind]").select_option(kind)
        self.page.locator("[name=day]").fill(self.county.desk.now.date().isoformat())
        for number, name in enumerate(("费明", "庾珊")):
            self.page.locator("[name=visitor]").nth(number).fill(name)
        self.page.locator("[name=found]").fill("家里的情况和申请里写的一致，住房简单。")
        self.page.locator("[name=result]").select_option("true")
        self.page.get_by_role("button", name="存走访记录").click()
        expect(self.page.locator(".case-head")).to_be_visible()


def apply_by_phone(county: County, browser: Browser, folder: Path) -> str:
    """Let a worker fill in the form on a phone, and return the reference on the receipt."""
    form, bundle = county.desk.review.bundle.forms["hardship"], county.desk.review.bundle
    answers = make_answers(
        form, bundle.world(county.desk.now.date()), Random(5), lambda one: ["x"] if one.is_required else []
    )
    kept = {name for name in answers if name not in ("members", "has_children", "minors", "household_book")}
    answers = {name: value for name, value in answers.items() if name in kept} | APPLICANT
    picture = folder / "照片.jpg"
    Image.effect_noise((600, 400), 40).convert("RGB").save(picture)
    context = browser.new_context(viewport={"width": 375, "height": 812}, locale="zh-CN")
    page = context.new_page()
    page.goto(county.find("forms", "/apply/hardship/"))
    fill_form(page, form, answers, picture, script=False)
    page.locator("[data-next]").click()
    page.locator("[data-send]").click()
    reference = page.locator(".slip .ref").inner_text()
    context.close()
    return reference


def test_aid_from_the_phone_to_the_exit(county: County, browser: Browser, tmp_path: Path) -> None:
    walk = Walk(county, browser)
    walk.reference = apply_by_phone(county, browser, tmp_path)

    # the grassroots: 受理, 初审, 入户
    walk.be("unit")
    walk.take("材料齐了，受理", "已受理")
    walk.take("初审通过，安排入户", "待入户")
    walk.is_stopped("入户核实完毕，报县总工会", "还没有入户调查记录")
    walk.be("town")
    walk.visit("survey")
    walk.take("入户核实完毕，报县总工会", "审核中")

    # the county: 复核; nobody skips the list
    walk.be("reviewer")
    walk.take("复核通过", "待公示")
    walk.be("approver")
    walk.force("approve", "不能这样办")
    notice = publish(county, walk)
    shown = look_at_site(county, browser, notice)
    assert "欧阳**" in shown
    assert "小满" not in shown

    # an objection holds it up; the period must run out
    walk.be("clerk")
    walk.is_stopped("公示期满，报审批", "公示期还没有满")
    objection = object_to(county, walk)
    county.wait(days=12)
    walk.be("clerk")
    walk.is_stopped("公示期满，报审批", "异议还没有办结")
    answer_objection(county, walk, objection)
    walk.be("clerk")
    walk.take("公示期满，报审批", "审批中")
    assert "已发布" in county.server.command("publish", "--live").stdout
    assert "欧阳" not in look_at_site(county, browser, notice)

    # 审批, 建档
    walk.be("reviewer")
    walk.force("approve", "要由审批岗位的人来办")
    walk.be("approver")
    walk.take("同意", "已通过")
    walk.be("clerk")
    walk.is_stopped("建档完毕", "先建档、后帮扶")
    open_household(county, walk)
    walk.be("clerk")
    walk.take("建档完毕", "已建档")

    # 发放
    walk.be("cashier")
    walk.is_stopped("已发放", "本人的账户")
    pay(county, walk, tmp_path)
    walk.open()
    expect(walk.page.locator(".case-head .st")).to_have_text("已发放")

    # 跟踪, 年度复核, 退出
    walk.be("clerk")
    walk.is_stopped("回访完毕，办结", "还没有回访记录")
    county.wait(days=30)
    walk.be("clerk")
    walk.visit("return")
    walk.take("回访完毕，办结", "已办结")
    review_and_leave(county, walk)
    check_chain(county)


# --- parts of the way ---------------------------------------------------------------------------------


def publish(county: County, walk: Walk) -> str:
    """Put the case on the list of the public site, signed by another, and return the id of the page."""
    page = walk.be("clerk")
    page.goto(county.find("staff", "/publicity/"))
    page.get_by_role("button", name="预览名单").click()
    page.get_by_role("button", name="名单没错，送签发").click()
    address = page.url
    page = walk.be("approver")
    page.goto(address)
    page.get_by_role("button", name="签发").click()
    page = walk.be("clerk")
    page.goto(address)
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_role("link", name="看网站上的这一页")).to_be_visible(timeout=120_000)
    found = page.get_by_role("link", name="看网站上的这一页").get_attribute("href")
    walk.open()
    expect(page.locator(".case-head .st")).to_have_text("公示中")
    return str(found).rstrip("/").rpartition("/")[2]


def look_at_site(county: County, browser: Browser, notice: str) -> str:
    """Return what the public reads."""
    page = browser.new_page()
    page.goto(county.find("site", f"/notices/{notice}/"))
    text = page.locator("main").inner_text()
    page.close()
    return text


def object_to(county: County, walk: Walk) -> str:
    """Let somebody object, and bind the objection to the case."""
    from tests.forms_api.office_desk import OfficeDesk

    office = OfficeDesk(county.desk.review.office, county.intake, county.desk.folder / "files", county.desk.now)
    reference = office.apply_for("objection", about=f"编号 {walk.reference} 的那位")
    walk.page.goto(county.find("staff", f"/cases/{reference}"))
    if walk.page.locator("summary", has_text="联办、关联").count():
        walk.page.locator("summary", has_text="联办、关联").click()
        walk.page.locator("[name=about]").fill(walk.reference)
        walk.page.get_by_role("button", name="关联", exact=True).click()
    return reference


def answer_objection(county: County, walk: Walk, objection: str) -> None:
    """Look into an objection and answer it."""
    aid, walk.reference = walk.reference, objection
    walk.be("reviewer")
    walk.take("材料齐了，受理", "已受理")
    walk.open()
    step = walk.page.locator(".decide > details").filter(has=walk.page.get_by_text("答复", exact=True))
    if step.get_attribute("open") is None:
        step.locator("summary").click()
    walk.page.locator("#note-answer").fill("查过了，情况属实，不影响认定。")
    walk.page.get_by_role("button", name="确定：答复").click()
    expect(walk.page.locator(".case-head .st")).to_have_text("已答复")
    walk.reference = aid


def open_household(county: County, walk: Walk) -> None:
    """Make the file with its plan, and put it in force."""
    walk.open()
    walk.page.get_by_role("button", name="为这一家建档").click()
    address = walk.page.url
    page = walk.be("reviewer")
    page.goto(address)
    page.locator("summary", has_text="写帮扶计划").click()
    page.locator("#measure").select_option("生活帮扶")
    page.locator("#detail").fill("按季度发放生活帮扶金，联系公益岗位。")
    page.locator("[name=stage_day]").first.fill((county.desk.now + timedelta(days=60)).date().isoformat())
    page.locator("[name=stage_what]").first.fill("发放第一笔帮扶金")
    page.locator("#helper").fill("费明")
    page.locator("#helper-phone").fill("0000-6010034")
    page.get_by_role("button", name="确定：写帮扶计划").click()
    page = walk.be("clerk")
    page.goto(address)
    page.locator("summary", has_text="建档").first.click()
    page.get_by_role("button", name="确定：建档").click()
    expect(page.locator(".case-head .st")).to_have_text("在档")


def pay(county: County, walk: Walk, folder: Path) -> None:
    """Make a batch, let another confirm it, and hold the bank's answer against it."""
    page = walk.be("clerk")
    page.goto(county.find("staff", "/payments/"))
    page.get_by_label(f"勾选 {walk.reference}").check()
    page.get_by_label(f"{walk.reference} 的金额，元").fill("1000")
    page.get_by_role("button", name="做一批").click()
    expect(page.locator("h1")).to_be_visible()
    address = page.url
    page = walk.be("cashier")
    page.goto(address)
    page.get_by_role("button", name="复核无误").click()
    page.goto(address)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert "6225768888888888" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    answer = folder / "回单.csv"
    answer.write_bytes(write_csv(("受理编号", "金额", "结果"), [(walk.reference, "1000.00", "成功")]))
    page.goto(address)
    page.locator("#file").set_input_files(answer)
    page.get_by_role("button", name="对账").click()
    expect(page.get_by_text("成功 1 笔")).to_be_visible()


def review_and_leave(county: County, walk: Walk) -> None:
    """Look into the file by the end of March, then let the household leave it."""
    county.wait(days=70)
    page = walk.be("clerk")
    page.goto(county.find("staff", "/registers/households/"))
    page.locator("tbody .id a, tbody a").first.click()
    address = page.url
    page = walk.be("reviewer")
    page.goto(address)
    page.locator("summary", has_text="年度复核，继续在档").click()
    page.get_by_role("button", name="确定：年度复核，继续在档").click()
    county.wait(days=60)
    page = walk.be("reviewer")
    page.goto(address)
    page.locator("summary", has_text="脱困退出，转入跟踪").click()
    page.locator("#words-exit").fill("本人重新就业，收入稳定，高于认定线。")
    page.get_by_role("button", name="确定：脱困退出，转入跟踪").click()
    expect(page.locator(".case-head .st")).to_have_text("退出后跟踪")


def check_chain(county: County) -> None:
    """Hold the chain of events, and what it says of who did what."""
    store, chain = county.desk.review.store, Chain()
    assert list(follow_chain(store.list_events(), "", chain)) == []
    actors = {event.actor.id for event in store.list_events() if event.kind == "moved"}
    assert actors >= {"unit", "town", "reviewer", "clerk", "approver", "cashier"}
