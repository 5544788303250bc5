"""The site for a reader whose browser runs no script: read, filter, search by list, print, and reach every form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """Open a phone whose browser runs no script."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 800})
    yield context.new_page()
    context.close()


def guide_paths() -> list[str]:
    return sorted(f"guides/{path.stem}/" for path in (ROOT / "content" / "guides").glob("*.md"))


def test_what_needs_script_is_not_shown(plain, site_url):
    for path in ("", "policies/20261109-knzgbfssbf/", "honors/"):
        plain.goto(site_url + path)
        for name in ("大字版", "字再大", "高对比", "深色", "朗读", "打印", "分享", "复制"):
            expect(plain.get_by_role("button", name=name, exact=True)).to_have_count(0)


def test_a_policy_is_read_whole_and_its_contents_lead_to_its_parts(plain, site_url):
    plain.goto(site_url + "policies/20261109-knzgbfssbf/")
    expect(plain.locator(".valid")).to_contain_text("2026年12月1日")
    expect(plain.locator("article")).to_contain_text("六、附则")
    plain.locator(".toc summary").click()
    plain.get_by_role("navigation", name="本文目录").get_by_role("link", name="二、帮扶对象").click()
    assert plain.url.endswith("#s2")
    expect(plain.locator("#s2")).to_be_in_viewport()


def test_policies_are_filtered_by_links(plain, site_url):
    plain.goto(site_url + "policies/")
    plain.locator(".facets summary").first.click()
    choice = plain.locator(".facets details").first.locator("a").nth(1)
    words = re.sub(r"\d+$", "", choice.inner_text().strip()).strip()
    choice.click()
    expect(plain.locator("main")).to_contain_text(words)
    assert plain.locator("main .doc").count() > 0


def test_search_leads_to_a_list_of_everything(plain, site_url):
    plain.goto(site_url)
    plain.get_by_label("全站搜索").first.fill("帮扶")
    plain.get_by_role("button", name="搜索").first.click()
    expect(plain.locator("main")).to_contain_text("暂时不能搜索")
    plain.locator("#map").get_by_role("link", name=re.compile("^2026年")).first.click()
    expect(plain.get_by_role("link", name="云溪县困难职工帮扶实施办法（2026年修订）").first).to_be_visible()


def test_every_record_is_reached_by_links_from_the_front_page(sample_site: Path):
    found, waiting = set(), {"index.html"}
    while waiting:
        path = waiting.pop()
        found.add(path)
        page = html.document_fromstring((sample_site / path).read_bytes(), base_url=f"http://site/{path}")
        page.make_links_absolute()
        for address in page.xpath("//a/@href"):
            target = re.match(r"http://site/([^?#]*)", address)
            if target and (target[1] == "" or target[1].endswith("/")):
                waiting |= {f"{target[1]}index.html"} - found
    every = {path.relative_to(sample_site).as_posix() for path in sample_site.rglob("index.html")}
    assert every - found == set()


@pytest.mark.parametrize("path", guide_paths())
def test_every_guide_leads_to_its_form_or_says_where_to_go(plain, site_url, path):
    plain.goto(site_url + path)
    for part in ("我能不能办", "我要准备什么", "之后会怎样", "去哪办、找谁"):
        expect(plain.locator("main")).to_contain_text(part)
    assert plain.locator("main a[href^='tel:']").count() > 0
    forms = plain.locator("main a[href*='apply/']")
    if "form:" not in (ROOT / "content" / f"{path.rstrip('/')}.md").read_text(encoding="utf-8").split("---")[1]:
        assert forms.count() == 0
        return
    forms.first.click()
    assert "/apply/" in plain.url
    expect(plain.locator("h1")).to_be_visible()
    expect(plain.locator("main")).to_contain_text("12351")
    assert len(plain.locator("main").inner_text()) > 200


def test_pages_print_their_text(plain, site_url, page_types):
    plain.emulate_media(media="print")
    empty = []
    for path in page_types[::4]:
        plain.goto(site_url + path)
        if len(plain.locator("main").inner_text()) < 40:
            empty.append(path)
    assert empty == []
