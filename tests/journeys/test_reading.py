"""A reader's ways through the sample site, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect


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


def test_a_guide_leads_to_the_blank_form_beside_the_way_online(phone: Page, site_url: str):
    phone.goto(site_url + "guides/hardship-aid/")
    phone.get_by_role("link", name="打印空白表").first.click()
    expect(phone.locator("main")).to_contain_text("12351")
    expect(phone.locator("h1")).to_be_visible()
