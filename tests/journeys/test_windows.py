"""A service that is taken on some days only: its pages turn with the date in China, and nothing that was written is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect

from forms_api.config import Settings
from forms_api.definitions import CHINA
from forms_api.forms_bundle import read_bundle
from forms_api.intake import create_app
from forms_api.intake.beside import serve_beside
from forms_api.samples import make_answers
from tests.forms_api.desk import Desk, open_desk
from tests.forms_api.form_filler import fill_form
from tests.journeys.test_tour import serve
from tests.page_audit import find_sideways, run_axe

pytestmark = pytest.mark.browser
GUIDE, FORM = "guides/skills-contest/", "apply/enrolment/"


def on(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=CHINA)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Open an intake whose clock is set by hand."""
    opened = open_desk(tmp_path_factory.mktemp("windows"))
    yield opened
    opened.intake.store.close()


@pytest.fixture(scope="module")
def address(sample_site: Path, desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve site and forms behind one address."""
    settings = Settings(data=tmp_path_factory.mktemp("data"), bundle=sample_site.parent / "forms-bundle")
    with serve(serve_beside(create_app(desk.intake, settings), sample_site)) as public:
        yield public


@pytest.mark.parametrize(
    ("moment", "button", "said"),
    [
        ("2026-11-20T09:00", "网上申请", "受理中2026年12月4日截止"),
        ("2026-12-04T23:59:59", "网上申请", "受理中2026年12月4日截止"),
        ("2026-12-05T00:00", "先看空白表", "这一次已经在2026年12月4日截止"),
    ],
)
def test_the_guide_turns_by_itself_on_the_day(phone: Page, address: str, moment: str, button: str, said: str) -> None:
    phone.clock.set_fixed_time(on(moment))
    phone.goto(address + GUIDE)
    expect(phone.locator(".standing")).to_contain_text(said)
    expect(phone.locator(".apply .btn", has_text=button)).to_be_visible()
    expect(phone.locator(".close .btn")).to_have_text(button)
    assert find_sideways(phone) == []
    assert run_axe(phone) == []


def test_without_script_the_guide_tells_the_days(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + GUIDE)
    expect(page.locator(".standing")).to_contain_text("2026年12月4日截止")
    page.goto(address + "guides/tuition-aid/")
    expect(page.locator(".standing")).to_contain_text("这一次已经在2026年10月20日截止")
    assert page.get_by_role("link", name="网上申请").count() == 0
    context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_what_was_written_too_late_can_be_kept(
    browser: Browser, address: str, sample_site: Path, desk: Desk, script: bool
) -> None:
    bundle = read_bundle(sample_site.parent / "forms-bundle")
    drawn = (
        make_answers(bundle.forms["enrolment"], bundle.world(desk.now.date()), Random(seed), lambda _: [])
        for seed in range(200)
    )
    answers = next(one for one in drawn if one["kind"] == "讲座或活动")
    context = browser.new_context(
        viewport={"width": 375, "height": 800}, java_script_enabled=script, timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    desk.now = on("2026-12-04T23:50")
    page.goto(address + FORM)
    fill_form(page, bundle.forms["enrolment"], answers, None, script=script)
    desk.now = on("2026-12-05T01:00")
    page.locator("[data-next]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("没有收下，您填的都在这里")
    expect(page.locator("main")).to_contain_text(answers["full_name"])
    assert find_sideways(page) == []
    assert not script or run_axe(page) == []
    page.get_by_role("button", name="存草稿，给我取回码").click()
    expect(page.locator(".slip .key")).to_be_visible()
    page.goto(address + FORM)
    expect(page.get_by_role("heading", level=1)).to_have_text("竞赛与培训报名：现在不收")
    context.close()
