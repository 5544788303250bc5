"""Every page of the staff app in every state: sound at both widths, walked with the keyboard, printed on A4."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from forms_api import casework
from tests.forms_api.office_desk import STAFF, UNIT
from tests.forms_api.review.aid import clear
from tests.journeys.test_review import Office
from tests.page_audit import find_sideways, run_axe, walk_keyboard

pytestmark = pytest.mark.browser
EMPTY = {
    "handler": (
        "cases/", "publicity/", "payments/", "registers/", "registers/households/", "registers/members/", "messages/", "enter/", "account",
    ),
    "reviewer": (
        "personal/", "figures/", "registers/checks/", "registers/assessments/", "registers/honours/", "registers/members/roster",
    ),
    "auditor": ("audit/", "payments/", "registers/"),
    "cashier": ("cases/", "payments/"),
    "admin": ("staff/", "staff/new", "upkeep/", "nosuch", "audit/"),
}  # fmt: skip
"""Duty → addresses that somebody with it opens, one that does not exist and one of another duty among them."""
A4 = (210, 297)
MM = 72 / 25.4


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, sample_site: Path) -> Iterator[Office]:
    opened = Office(tmp_path_factory.mktemp("office"), sample_site.parent / "forms-bundle")
    yield opened
    opened.close()


@pytest.fixture
def screen(browser: Browser) -> Iterator[Page]:
    """Open a page on which an answer that says no is no fault."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    yield context.new_page()
    context.close()


def look(page: Page) -> list[str]:
    """Return what is wrong with the open page, everything unfolded, on a phone and on a desk."""
    faults = []
    for width in (320, 375, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        faults += find_sideways(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 800})
        faults += [*find_sideways(page), *run_axe(page)]
    return faults


def bring_cases(office: Office) -> dict[str, str]:
    """Bring cases into the states that a page shows in a way of its own, and return what is told of each."""
    worker, now = office.worker, office.desk.now
    made: dict[str, str] = {}

    def make(name: str, form: str, *steps: tuple[str, str, dict[str, object]], **answers: object) -> str:
        worker.now = now
        made[name] = worker.apply_for(form, at=UNIT, **answers)
        for who, action, said in steps:
            worker.act(who, made[name], action, **said)
        return made[name]

    accept, taken = ("unit", "accept", {}), ("clerk", "accept", {})
    refuse = ("unit", "refuse", {"reason": "not_eligible", "note": "单位不在本县。"})
    asked = {"reason": "unclear", "note": "请重新拍一张。", "fields": ("id_photo",), "until": now + timedelta(days=10)}
    long_name = "阿卜杜热合曼·" * 5
    make("long", "hardship", full_name=long_name, story="家里的情况一句话说不完。" * 80)
    make("accepted", "membership", accept)
    make("asked", "hardship", accept, ("unit", "ask", asked))
    make("refused", "membership", refuse)
    make("reopened", "membership", refuse, ("approver", "reopen", {"note": "材料补来了。"}))
    make("forwarded", "hazard", taken, ("clerk", "forward", {"note": "已转主管部门。"}))
    make("answered", "suggestion", taken, ("reviewer", "answer", {"note": "下月起加一班车。"}))
    make("moved", "hardship", ("unit", "transfer", {"union": "binhe", "note": "人在滨河。"}))
    make("approving", "membership", ("unit", "endorse", {}))
    casework.join(office.desk.review.office, STAFF["unit"], make("joint", "hardship", accept), "binhe")
    worker.now = now
    made["cleared"] = clear(worker)
    return made


@pytest.mark.long
@pytest.mark.parametrize("duty", EMPTY)
def test_an_office_without_any_case_is_sound(tmp_path: Path, sample_site: Path, screen: Page, duty: str) -> None:
    fresh = Office(tmp_path, sample_site.parent / "forms-bundle")
    try:
        fresh.enter(screen, duty)
        faults = {}
        for address in EMPTY[duty]:
            screen.goto(f"{fresh.address}/{address}")
            if found := look(screen):
                faults[address] = found
        assert faults == {}
    finally:
        fresh.close()


@pytest.mark.long
@pytest.mark.parametrize("duty", ["handler", "reviewer", "approver"])
def test_a_case_is_sound_in_every_state(office: Office, desktop: Page, duty: str) -> None:
    cases = bring_cases(office)
    office.enter(desktop, duty)
    faults = {}
    pages = {name: f"cases/{reference}" for name, reference in cases.items()} | {"inbox": "cases/?queue=all"}
    for name, address in pages.items():
        desktop.goto(f"{office.address}/{address}")
        if found := look(desktop):
            faults[name] = found
    assert faults == {}


def test_what_could_not_be_done_is_said_on_a_sound_page(office: Office, screen: Page) -> None:
    """A step without its reason, and a step that somebody else took in the meantime."""
    reference = office.apply_for("membership")
    office.enter(screen, "reviewer")
    screen.goto(f"{office.address}/cases/{reference}")
    screen.evaluate("document.querySelectorAll('[required]').forEach(one => { one.required = false })")
    screen.locator("summary", has_text="不予受理").click()
    office.desk.now += timedelta(seconds=1)
    screen.get_by_role("button", name="确定：不予受理").click()
    expect(screen.locator("#faults")).to_contain_text("请选一个原因")
    assert look(screen) == []
    screen.goto(f"{office.address}/cases/{reference}")
    office.worker.act("unit", reference, "endorse")
    screen.get_by_role("button", name="确定：初审通过").click()
    expect(screen.locator("#faults")).to_contain_text("现在是“审批中”")
    assert look(screen) == []


@pytest.mark.parametrize("width", [375, 1280])
def test_the_keyboard_walks_the_inbox_and_a_case_and_shows_where_it_is(
    office: Office, desktop: Page, width: int
) -> None:
    reference = office.apply_for("hardship")
    office.enter(desktop, "reviewer")
    desktop.set_viewport_size({"width": width, "height": 800})
    for address in ("cases/?queue=all", f"cases/{reference}"):
        desktop.goto(f"{office.address}/{address}")
        assert walk_keyboard(desktop) == []
    desktop.reload()
    desktop.keyboard.press("Tab")
    assert desktop.evaluate("document.activeElement.textContent") == "跳到正文"


def test_a_case_is_decided_with_the_keyboard_alone(office: Office, desktop: Page) -> None:
    """Down to the case, open it, turn to the step by its number, confirm: four keys, typing apart."""
    office.apply_for("membership")
    office.enter(desktop, "reviewer")
    desktop.goto(f"{office.address}/cases/?queue=todo&form=membership")
    for key in ("j", "Enter"):
        desktop.keyboard.press(key)
    expect(desktop.locator(".case-head .st")).to_have_text("已提交")
    desktop.keyboard.press("1")
    expect(desktop.get_by_role("button", name="确定：初审通过")).to_be_focused()
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("status")).to_have_text("办好了。")
    expect(desktop.locator(".case-head .st")).to_have_text("审批中")


def test_single_keys_are_turned_off_by_whom_they_disturb(office: Office, desktop: Page) -> None:
    office.apply_for("membership")
    office.enter(desktop, "reviewer")
    desktop.goto(f"{office.address}/cases/?queue=all")
    first = desktop.locator("tbody .id a").first
    desktop.keyboard.press("j")
    expect(first).to_be_focused()
    desktop.get_by_role("button", name="关掉快捷键").click()
    desktop.reload()
    desktop.keyboard.press("j")
    expect(first).not_to_be_focused()
    desktop.get_by_role("button", name="打开快捷键").click()
    desktop.keyboard.press("j")
    expect(first).to_be_focused()


# --- on paper -----------------------------------------------------------------------------------------


def print_form(page: Page, button: str) -> list[str]:
    """Print the form that a button opens, and return the words of each page; nothing of the form may be missing."""
    with page.expect_popup() as opened:
        page.get_by_role("button", name=button, exact=True).click()
    form = opened.value
    form.wait_for_load_state()
    assert run_axe(form) == []
    wanted = form.locator(".sheet-a4 th, .sheet-a4 td, .sheet-a4 caption, .sheet-a4 h1").all_inner_texts()
    sheets = PdfReader(io.BytesIO(form.pdf(prefer_css_page_size=True))).pages
    form.close()
    assert all((round(one.mediabox.width / MM), round(one.mediabox.height / MM)) == A4 for one in sheets)
    words = [flatten(one.extract_text()) for one in sheets]
    assert [one for one in map(flatten, wanted) if not re.search(blur(one), "".join(words))] == []
    return words


def flatten(text: str) -> str:
    """Return text without what a PDF writes in ways of its own: space and punctuation."""
    return re.sub(r"[\s，。；：（）“”‘’、·×÷=−,;:().\-—/…]", "", text)


def blur(text: str) -> str:
    """Return a pattern of text in which a character may stand as the radical that looks like it, as PDF has it."""
    return "".join(f"[{re.escape(one)}\u2e80-\u2fdf]" for one in text)


def test_the_forms_of_a_case_print_whole_on_a4(office: Office, desktop: Page) -> None:
    reference = clear(office.worker)
    office.enter(desktop, "reviewer")
    desktop.goto(f"{office.address}/cases/{reference}")
    assert len(print_form(desktop, "受理单")) == 1
    form = print_form(desktop, "审批表")
    assert len(form) <= 2
    assert form[-1].startswith(f"{len(form)}{len(form)}"), "the page and how many there are, in its margin"


def test_the_file_of_a_household_prints_whole_on_a4(office: Office, desktop: Page) -> None:
    reference = office.worker.apply_for("hardship", at=UNIT, own_income=900, other_income=0)
    office.worker.act("unit", reference, "accept")
    office.enter(desktop, "handler")
    desktop.goto(f"{office.address}/registers/households/")
    desktop.get_by_label("申请编号").fill(reference)
    desktop.get_by_role("button", name="建立档案草稿").click()
    expect(desktop.locator(".case-head")).to_be_visible()
    assert look(desktop) == []
    desktop.reload()
    assert walk_keyboard(desktop) == []
    assert len(print_form(desktop, "档案表")) <= 2
