"""A reader's ways through the sample site, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

KEY_PAGES = [
    "", "policies/", "policies/20261109-knzgbfssbf/", "guides/", "guides/hardship-aid/", "honors/", "data/", "interact/",
    "notices/", "search/", "unions/", "venues/", "events/", "pages/about/", "registers/", "campaigns/", "404.html",
]  # fmt: skip


def overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_no_page_scrolls_sideways(browser: Browser, site_url: str, width: int):
    page = browser.new_page(viewport={"width": width, "height": 800})
    wide = []
    for mode in ("", "elder"):
        page.goto(site_url)
        page.evaluate("mode => localStorage.setItem('modes', mode)", mode)
        for path in KEY_PAGES:
            page.goto(site_url + path)
            if overflow(page) > 0:
                wide.append((path, mode, overflow(page)))
    page.close()
    assert wide == []


def test_from_home_to_a_policy_clause(phone: Page, site_url: str):
    phone.goto(site_url)
    phone.get_by_role("link", name="全部政策").click()
    phone.get_by_role("link", name="云溪县困难职工帮扶实施办法（2026年修订）").first.click()
    expect(phone.locator(".valid b")).to_have_text("尚未施行")
    phone.get_by_text("目录", exact=True).click()
    phone.get_by_role("navigation", name="本文目录").get_by_role("link", name="二、帮扶对象").click()
    expect(phone.locator("#s2")).to_be_in_viewport()
    expect(phone.locator("#s2-1-2")).to_contain_text("重病")


def test_searching_titles_and_numbers(phone: Page, site_url: str):
    phone.goto(site_url)
    phone.get_by_label("搜索").first.fill("云工发[2026]12号")
    phone.get_by_role("button", name="搜索").first.click()
    expect(phone).to_have_url(site_url + "search/?q=%E4%BA%91%E5%B7%A5%E5%8F%91%5B2026%5D12%E5%8F%B7")
    expect(phone.locator(".found .doc").first).to_contain_text("云溪县困难职工帮扶实施办法（2026年修订）")
    phone.locator("#q").fill("没有这样的东西")
    expect(phone.get_by_role("status")).to_contain_text("没有找到")


def test_modes_are_remembered_from_page_to_page(desktop: Page, site_url: str):
    desktop.goto(site_url)
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    small = desktop.evaluate(size)
    desktop.get_by_role("button", name="大字版").click()
    desktop.goto(site_url + "guides/")
    assert desktop.evaluate(size) > small
    desktop.get_by_role("button", name="深色").click()
    desktop.goto(site_url + "policies/")
    assert desktop.evaluate("document.documentElement.className").split() == ["js", "elder", "dark"]
    desktop.get_by_role("button", name="大字版").click()
    assert desktop.evaluate(size) == small


def test_the_dark_scheme_of_the_reader_is_followed_without_a_choice(browser: Browser, site_url: str):
    colours = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(site_url)
        colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.close()
    assert colours["light"] != colours["dark"]


def test_the_whole_site_reads_without_script(browser: Browser, site_url: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url + "search/?q=x")
    expect(page.locator("#map")).to_contain_text("政策文件按年份")
    expect(page.get_by_role("button", name="大字版")).to_be_hidden()
    page.goto(site_url + "guides/join-union/")
    expect(page.locator("main")).to_contain_text("我能不能办")
    context.close()


def test_the_keyboard_reaches_the_text_first(desktop: Page, site_url: str):
    desktop.goto(site_url + "policies/20261109-knzgbfssbf/")
    desktop.keyboard.press("Tab")
    expect(desktop.locator(":focus")).to_have_text("跳到正文")
    desktop.keyboard.press("Enter")
    assert desktop.url.endswith("#main")


def test_a_guide_leads_to_what_its_form_will_ask(phone: Page, site_url: str):
    phone.goto(site_url + "guides/hardship-aid/")
    phone.get_by_role("link", name="网上申请").first.click()
    expect(phone.locator("main")).to_contain_text("12351")
    expect(phone.locator("h1")).to_be_visible()
