"""Staff work in a real browser: from the inbox to a decision, by mouse and by keyboard; every page audited."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import BaseWSGIServer, make_server

from forms_api.forms_bundle import read_bundle
from forms_api.receiving import Intake, Limits
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk, open_front_desk
from tests.forms_api.office_desk import UNIT, OfficeDesk
from tests.page_audit import find_sideways, run_axe

pytestmark = pytest.mark.browser


class Office:
    """A staff app that listens, people who work there, and who hands in applications."""

    def __init__(self, folder: Path, bundle: Path) -> None:
        self.desk: FrontDesk = open_front_desk(folder, read_bundle(bundle))
        self.desk.review.vault.unlock(PASSPHRASE)
        office = self.desk.review.office
        intake = Intake(
            office.store, self.desk.review.intake_keys, office.sealer, office.clock, limits=Limits(per_address=10**6, per_address_without_work=10**6)
        )  # fmt: skip
        self.worker = OfficeDesk(office, intake, folder / "files")
        app: Flask = self.desk.open_client().application
        self.server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        """Return where the app listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def apply_for(self, form: str) -> str:
        """Hand in an application and return its reference."""
        self.worker.now = self.desk.now
        return self.worker.apply_for(form, at=UNIT)

    def enter(self, page: Page, duty: str) -> None:
        """Let somebody with a duty be signed in in a browser."""
        cookie = self.desk.sign_in(duty).get_cookie("staff")
        assert cookie
        page.context.add_cookies([{"name": "staff", "value": cookie.value, "url": self.address}])

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.desk.review.store.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, sample_site: Path) -> Iterator[Office]:
    opened = Office(tmp_path_factory.mktemp("office"), sample_site.parent / "forms-bundle")
    yield opened
    opened.close()


class Hand:
    """A hand that counts what it does: each click or choice is an action; typing into a field that is open is none."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0

    def click(self, role: Literal["link", "button"], name: str) -> None:
        """Press a link or a button."""
        self.actions += 1
        self.page.get_by_role(role, name=name).click()

    def open(self, summary: str) -> None:
        """Open another step than the one that is offered."""
        self.actions += 1
        self.page.locator("summary", has_text=summary).click()

    def choose(self, name: str, value: str) -> None:
        """Choose from a list."""
        self.actions += 1
        self.page.locator(name).select_option(value)


@pytest.mark.parametrize(
    ("form", "step", "state", "most"),
    [
        ("membership", "初审通过", "审批中", 2),
        ("hardship", "材料齐了，受理", "已受理", 2),
        ("suggestion", "材料齐了，受理", "已受理", 3),
        ("membership", "不予受理", "未通过", 4),
        ("hardship", "不予受理", "未通过", 4),
    ],
)
def test_a_case_is_decided_in_at_most_four_actions(
    office: Office, desktop: Page, form: str, step: str, state: str, most: int
) -> None:
    """From the inbox: open, confirm. For a refusal: open, turn to it, choose why, confirm."""
    reference = office.apply_for(form)
    office.enter(desktop, "reviewer")
    desktop.goto(f"{office.address}/cases/")
    hand = Hand(desktop)
    hand.click("link", reference)
    expect(desktop.locator(".decide")).to_be_visible()
    if not desktop.get_by_role("button", name=f"确定：{step}").is_visible():
        hand.open(step)
    if state == "未通过":
        hand.choose("#reason-refuse", "not_eligible")
        desktop.locator("#note-refuse").fill("单位不在本县，请找单位所在地的工会。")
    hand.click("button", f"确定：{step}")
    expect(desktop.get_by_role("status")).to_have_text("办好了。")
    expect(desktop.locator(".case-head .st")).to_have_text(state)
    assert hand.actions <= most <= 4


def test_the_keyboard_is_enough(office: Office, desktop: Page) -> None:
    references = {office.apply_for("membership") for _ in range(3)}
    office.enter(desktop, "reviewer")
    desktop.goto(f"{office.address}/cases/?queue=todo&form=membership")
    for key in ("j", "j", "k", "x"):
        desktop.keyboard.press(key)
    first = desktop.locator("tbody tr").first
    expect(first.locator(".id a")).to_be_focused()
    expect(first.locator("input[type=checkbox]")).to_be_checked()
    desktop.keyboard.press("/")
    expect(desktop.locator("input[type=search]")).to_be_focused()
    desktop.keyboard.type("jx")
    expect(desktop.locator("input[type=search]")).to_have_value("jx")
    first.locator(".id a").focus()
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".case-head")).to_be_visible()
    desktop.keyboard.press("2")
    expect(desktop.locator(".decide details").nth(1)).to_have_attribute("open", "")
    desktop.locator("h1").click()
    desktop.keyboard.press("u")
    expect(desktop).to_have_url(f"{office.address}/cases/")
    assert references


def test_a_masked_number_is_shown_whole_on_this_answer_only(office: Office, desktop: Page) -> None:
    reference = office.apply_for("hardship")
    office.enter(desktop, "handler")
    desktop.goto(f"{office.address}/cases/{reference}")
    desktop.get_by_role("button", name="看全 身份证号码").click()
    whole = desktop.locator(".whole").inner_text()
    assert len(whole) == 18
    desktop.goto(f"{office.address}/cases/{reference}")
    expect(desktop.get_by_text(whole)).to_have_count(0)


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_every_page_of_the_work_is_sound(office: Office, desktop: Page, width: int) -> None:
    reference, other = office.apply_for("hardship"), office.apply_for("hazard")
    office.enter(desktop, "handler")
    desktop.set_viewport_size({"width": width, "height": 800})
    faults: dict[str, list[str]] = {}

    def look(name: str) -> None:
        desktop.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found = [*run_axe(desktop), *find_sideways(desktop)]
        faults.update({name: found} if found else {})

    for name, address in (
        ("inbox", "/cases/?queue=all"), ("nothing found", "/cases/?queue=notice"), ("case", f"/cases/{reference}"),
        ("petition", f"/cases/{other}"), ("entering", "/enter/"), ("messages", "/messages/"),
    ):  # fmt: skip
        desktop.goto(f"{office.address}{address}")
        look(name)
    desktop.goto(f"{office.address}/cases/{reference}")
    desktop.locator("summary", has_text="申请人丢了查询码").click()
    desktop.get_by_label("已当面核对本人证件").check()
    desktop.get_by_role("button", name="换一个，旧的作废").click()
    look("slip")
    desktop.goto(f"{office.address}/cases/{reference}")
    with desktop.expect_popup() as popup:
        desktop.get_by_role("button", name="审批表").click()
    popup.value.wait_for_load_state()
    assert find_sideways(popup.value) == []
    popup.value.close()
    assert faults == {}
