"""A reader looks for a place, an honour, a form to print: in a real browser, with and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-20T01:00:00Z", "现在开放，到12:00"),  # Friday 9:00 in China
        ("2026-11-20T04:30:00Z", "现在没开，今天14:00开门"),
        ("2026-11-20T12:00:00Z", "现在没开，明天9:00开门"),
        ("2026-11-21T10:00:00Z", "现在没开，周一8:30开门"),
    ],
)
def test_whether_a_place_is_open_is_told_by_the_clock_of_china(
    phone: Page, site_url: str, moment: str, said: str
) -> None:
    phone.clock.set_fixed_time(moment)
    phone.goto(site_url + "venues/fuwu-zhongxin/")
    expect(phone.locator("[data-hours]")).to_have_text(said)


def test_hours_past_midnight(phone: Page, site_url: str) -> None:
    phone.clock.set_fixed_time("2026-11-19T17:30:00Z")  # Friday 1:30 in China
    phone.goto(site_url + "venues/zhan-yuntai/")
    expect(phone.locator("[data-hours]")).to_have_text("现在开放，到2:00")


def test_without_script_hours_are_words_and_lists_are_links(browser: Browser, site_url: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(site_url + "venues/")
    expect(page.locator("[data-hours]").first).to_be_hidden()
    page.get_by_role("navigation", name="按乡镇街道找").get_by_role("link", name="城关镇").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("城关镇的服务阵地")
    page.goto(site_url + "honors/")
    page.get_by_role("link", name="按行业").click()
    page.get_by_role("main").get_by_role("link", name="纺织").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("荣誉名单：纺织")
    page.get_by_role("complementary").get_by_role("link", name="2026年").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("荣誉名单：2026年 · 纺织")
    page.context.close()


def test_a_guide_leads_to_a_form_that_prints(browser: Browser, site_url: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(site_url + "guides/hardship-aid/")
    page.get_by_role("link", name="打印空白表").first.click()
    expect(page.get_by_role("heading", name="困难职工认定与建档", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="打印这张表")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.get_by_text("填好交到哪里")).to_be_hidden()
    expect(page.get_by_text("申请人签名")).to_be_visible()
    page.context.close()


def test_the_month_is_a_grid_on_a_desk_and_a_list_on_a_phone(phone: Page, desktop: Page, site_url: str) -> None:
    for page, shown in ((phone, False), (desktop, True)):
        page.goto(site_url + "events/2026-12/")
        assert page.locator("table.month").is_visible() == shown
        expect(page.locator(".cal").get_by_role("link").first).to_be_visible()


@pytest.mark.parametrize(
    ("moment", "said"),
    [("2026-11-20T01:00:00Z", "去办理"), ("2027-02-28T15:59:00Z", "去办理"), ("2027-02-28T16:00:00Z", "看指南")],
)
def test_the_button_of_a_window_turns_with_the_date_in_china(
    phone: Page, site_url: str, moment: str, said: str
) -> None:
    phone.clock.set_fixed_time(moment)
    phone.goto(site_url + "campaigns/siji-bangfu/")
    window = phone.locator(".windows li", has_text="冬送温暖")
    expect(window.get_by_role("link")).to_have_text(f"{said}：冬送温暖")
    expect(window).to_contain_text("2026年11月20日至2027年2月28日")


@pytest.mark.parametrize("script", [True, False])
def test_an_old_address_leads_on_with_and_without_script(browser: Browser, site_url: str, script: bool) -> None:
    page = browser.new_context(java_script_enabled=script).new_page()
    page.goto(site_url + "gaikuang.html")
    page.wait_for_url("**/pages/about/")
    expect(page.get_by_role("heading", level=1)).to_have_text("县总工会概况")
    page.context.close()
