"""The site for a reader whose browser runs no script: read, filter, search by list, print, and reach every form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote

import pytest
from lxml import html
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

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


@pytest.mark.parametrize("column", ["policies", "notices", "news", "cases", "finance"])
def test_every_filter_leads_to_as_many_entries_as_it_says(sample_site: Path, column: str):
    page = html.document_fromstring(
        (sample_site / column / "index.html").read_bytes(), base_url=f"http://site/{column}/"
    )
    page.make_links_absolute()
    wrong, tried = [], 0
    for link in page.xpath("//*[contains(@class, 'facets')]//a"):
        numbers = re.findall(r"\d+$", link.text_content().strip())
        way, _, anchor = unquote(link.get("href").removeprefix("http://site/")).partition("#")
        target = html.document_fromstring((sample_site / way / "index.html").read_bytes())
        found = target.xpath("//*[@class='count']//text()")
        tried += 1
        if anchor and not target.xpath("//*[@id=$anchor]", anchor=anchor):
            wrong.append(link.get("href"))
        if numbers and not anchor and numbers[0] not in re.findall(r"\d+", "".join(found)):
            wrong.append(link.get("href"))
    assert wrong == []
    assert tried >= 2


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
        expect(plain.locator("main")).to_contain_text(re.compile("打电话办|窗口"))
        expect(plain.locator("main a[href*='venues/']").first).to_be_visible()
        for blank in plain.locator("main a[download]").evaluate_all("all => all.map(one => one.href)"):
            assert plain.request.get(blank).ok, blank
        return
    forms.first.click()
    assert "/apply/" in plain.url
    expect(plain.locator("h1")).to_be_visible()
    expect(plain.locator("main")).to_contain_text("12351")
    assert len(plain.locator("main").inner_text()) > 200


@pytest.mark.parametrize(
    ("path", "printed", "left_out"),
    [
        ("policies/20261109-knzgbfssbf/", ["云溪县困难职工帮扶实施办法", "六、附则"], ["数据公开"]),
        (
            "apply/hardship/",
            ["困难职工认定与建档", "受理编号", "申请人签名", "随表交的材料"],
            ["填好交到哪里", "数据公开"],
        ),
        ("guides/hardship-aid/", ["我能不能办", "我要准备什么"], ["数据公开"]),
    ],
)
def test_a_page_prints_on_paper_without_script(plain, site_url, path, printed, left_out):
    plain.goto(site_url + path)
    sheets = PdfReader(BytesIO(plain.pdf(format="A4"))).pages
    words = "".join(sheet.extract_text() for sheet in sheets)
    text = re.sub(
        r"\s", "", normalize("NFKC", words)
    )  # Chromium writes some characters as the radicals that look alike
    assert [one for one in printed if one not in text] == []
    assert [one for one in left_out if one in text] == []


def test_pages_print_their_text(plain, site_url, page_types):
    plain.emulate_media(media="print")
    empty = []
    for path in page_types[::4]:
        plain.goto(site_url + path)
        if len(plain.locator("main").inner_text()) < 40:
            empty.append(path)
    assert empty == []
