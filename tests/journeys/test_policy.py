"""A document on the screen, on paper, and read on a later day than it was built."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PageObject, PdfReader

CASES = json.loads((Path(__file__).parents[1] / "site_builder" / "validity_cases.json").read_text(encoding="utf-8"))
NEW, OLD = "policies/20261109-knzgbfssbf/", "policies/20210508-knzgbfssbf/"
RUNNING = "notices/20261119-wyjzgs/"
WIDE = str.maketrans(",:;()", "，：；（）")
MM = 72 / 25.4


def on(page: Page, moment: str) -> Page:
    """Set the reader's clock; `moment` is China's."""
    page.clock.set_fixed_time(f"{moment}+08:00")
    return page


# --- what holds on the day of reading -----------------------------------------------------------------


def test_the_browser_judges_as_the_build_does(phone: Page, site_url: str):
    phone.goto(site_url)
    phases = phone.evaluate(
        """cases => cases.map(one => { var v = one.validity;
           return validity.phaseOn({ state: v.state, from: v.effective, until: v.expires, amended: v.amended, repealed: v.repealed }, one.day); })""",
        CASES["phases"],
    )
    assert phases == [one["phase"] for one in CASES["phases"]]
    periods = phone.evaluate(
        "cases => cases.map(one => [validity.periodOn(one.start, one.end, one.day), validity.daysTo(one.end, one.day)])",
        CASES["periods"],
    )
    assert periods == [[one["state"], one["left"]] for one in CASES["periods"]]
    days = phone.evaluate("cases => cases.map(one => validity.dayOf(Date.parse(one[0])))", CASES["moments"])
    assert days == [day for _, day in CASES["moments"]]


@pytest.mark.parametrize(
    ("path", "moment", "word", "css", "told"),
    [
        (NEW, "2026-11-30T23:59:00", "尚未施行", "warn", "现在还没有生效。在那以前，仍按"),
        (NEW, "2026-12-01T00:00:00", "现行有效", "ok", "有效期至2031年11月30日。代替《云溪县困难职工帮扶实施办法》"),
        (NEW, "2031-10-01T08:00:00", "即将失效", "warn", "有效期至2031年11月30日，还有 60 天。"),
        (NEW, "2031-11-29T08:00:00", "即将失效", "warn", "还有 1 天。"),
        (NEW, "2031-11-30T08:00:00", "即将失效", "warn", "今天截止。"),
        (NEW, "2031-12-01T08:00:00", "已失效", "end", "有效期到2031年11月30日为止。"),
        (
            OLD,
            "2026-11-30T23:59:00",
            "已被修改",
            "warn",
            "自2026年12月1日起，由《云溪县困难职工帮扶实施办法（2026年修订）》",
        ),
        (
            OLD,
            "2026-12-01T00:00:00",
            "已废止",
            "end",
            "自2026年12月1日起不再有效。现在看《云溪县困难职工帮扶实施办法（2026年修订）》",
        ),
        (NEW, "2019-01-01T00:00:00", "尚未施行", "warn", "自2026年12月1日起施行，现在还没有生效。"),
    ],
)
def test_a_policy_tells_the_truth_on_a_later_day(
    phone: Page, site_url: str, path: str, moment: str, word: str, css: str, told: str
):
    on(phone, moment).goto(site_url + path)
    valid = phone.locator(".valid")
    expect(valid).to_have_class(f"valid {css}")
    expect(valid.locator("b").first).to_have_text(word)
    expect(valid.locator(".stamp")).to_have_text(word)
    expect(valid).to_contain_text(told)
    badge = phone.locator(".dt .st").first
    expect(badge).to_have_class(f"st {css}")
    expect(badge).to_contain_text(word)


def test_lists_move_on_with_the_day(phone: Page, site_url: str):
    row = phone.locator(".doc", has_text="云工发〔2026〕12号").first
    on(phone, "2026-11-20T09:00:00").goto(site_url + "policies/")
    expect(row.locator(".st")).to_have_text("尚未施行")
    on(phone, "2026-12-01T00:00:00").goto(site_url + "policies/")
    expect(row.locator(".st")).to_have_text("现行有效")
    expect(row.locator(".st")).to_have_class("st ok")


def test_days_left_are_counted_again_and_end(phone: Page, site_url: str):
    row = phone.locator(".due li", has_text="2027年度云溪县五一劳动奖章推荐对象公示")
    for moment, number, under, word in (
        ("2026-11-20T23:59:00", "5", "天后截止", "公示中"),
        ("2026-11-24T00:00:00", "1", "天后截止", "公示中"),
        ("2026-11-25T23:59:00", "0", "今天截止", "公示中"),
        ("2026-11-26T00:00:00", "结束", "11月25日", "公示期满"),
    ):
        on(phone, moment).goto(site_url)
        expect(row.locator(".days b")).to_have_text(number)
        expect(row.locator(".days span")).to_have_text(under)
        expect(row.locator(".st")).to_have_text(word)


def test_a_stale_page_hides_the_names_of_an_ended_publicity(phone: Page, site_url: str):
    on(phone, "2026-11-25T23:59:00").goto(site_url + RUNNING)
    expect(phone.locator("main")).to_contain_text("钟立松")
    expect(phone.locator(".valid")).to_contain_text("今天截止")
    on(phone, "2026-11-26T00:00:00").goto(site_url + RUNNING)
    expect(phone.locator(".valid b")).to_have_text("公示期满")
    expect(phone.locator("main")).to_contain_text("名单已经撤下")
    assert "钟立松" not in phone.locator("body").inner_text()
    assert phone.locator("article, .files, .toc").count() == 0


def test_sign_up_and_windows_close(phone: Page, site_url: str):
    closing = {"events/20261212-hangong-dasai/": "报名", "campaigns/": "进行中"}
    for path, word in closing.items():
        on(phone, "2026-11-20T09:00:00").goto(site_url + path)
        expect(phone.locator("main .st", has_text=word).first).to_be_visible()
        on(phone, "2031-01-01T09:00:00").goto(site_url + path)
        assert phone.locator(".st", has_text=re.compile("报名中|进行中")).count() == 0
        assert phone.get_by_role("link", name="我要报名").count() == 0


def test_without_script_the_days_are_told(browser: Browser, site_url: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url + RUNNING)
    expect(page.locator(".valid")).to_contain_text("2026年11月19日至2026年11月25日（5个工作日）")
    page.goto(site_url + NEW)
    expect(page.locator(".valid")).to_contain_text("自2026年12月1日起施行")
    assert page.locator(".clause-menu").count() == 0
    assert page.locator("#s2-1-2 .anc").get_attribute("href") == "#s2-1-2"
    context.close()


# --- a clause -----------------------------------------------------------------------------------------


def test_a_clause_offers_its_link_its_citation_and_its_change(desktop: Page, site_url: str):
    desktop.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desktop.goto(site_url + NEW)
    assert desktop.locator(".clause-menu").count() == 0
    desktop.locator("#s2-1-2").hover()
    desktop.locator("#s2-1-2 .anc").click()
    menu = desktop.get_by_role("group", name="第二部分（一）2的链接")
    menu.get_by_role("button", name="复制引用").click()
    expect(menu.get_by_role("button", name="已复制")).to_be_visible()
    read: Any = desktop.evaluate("navigator.clipboard.readText()")
    assert read == "《云溪县困难职工帮扶实施办法（2026年修订）》（云工发〔2026〕12号）第二部分（一）2"
    menu.get_by_role("button", name="复制本条链接").click()
    assert desktop.evaluate("navigator.clipboard.readText()") == site_url + NEW + "#s2-1-2"
    desktop.goto(site_url + NEW + "#s1")
    assert desktop.locator(".clause-menu").count() == 1
    desktop.goto(site_url + NEW + "#s2-1-2")
    desktop.get_by_role("link", name="看这一条改了什么").click()
    expect(desktop.locator(":target")).to_be_in_viewport()
    assert "/redline-20210508-knzgbfssbf/#s2-1" in desktop.url


def test_an_unknown_or_odd_fragment_breaks_nothing(phone: Page, site_url: str):
    for fragment in ("#nowhere", "#%", "#main", "#s2"):
        phone.goto(site_url + "policies/")
        phone.goto(site_url + NEW + fragment)
        assert phone.locator(".clause-menu").count() == (1 if fragment == "#s2" else 0)


def test_cited_documents_are_links_in_the_text(phone: Page, site_url: str):
    phone.goto(site_url + RUNNING)
    phone.locator("article").get_by_role("link", name="《云溪县劳动模范和工匠选树管理办法》").click()
    expect(phone.locator("h1")).to_contain_text("云溪县劳动模范和工匠选树管理办法")


def test_the_code_is_for_those_who_have_a_phone_beside_the_screen(desktop: Page, phone: Page, site_url: str):
    desktop.goto(site_url + NEW)
    code = desktop.get_by_role("img", name="https://gonghui.yunxi.example/" + NEW)
    expect(code).to_be_visible()
    phone.goto(site_url + NEW)
    expect(phone.locator(".qr")).to_be_hidden()


# --- on paper -----------------------------------------------------------------------------------------


def print_page(page: Page, url: str) -> PdfReader:
    page.goto(url)
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))


def words_of(page: PageObject) -> str:
    return re.sub(r"\s+", "", normalize("NFKD", page.extract_text())).translate(WIDE)


def left_edges(page: PageObject) -> list[float]:
    """Return how many millimetres from the left edge each piece of text begins."""
    edges: list[float] = []

    def visit(text: str, user: list[float], matrix: list[float], *_: object) -> None:
        if text.strip():
            edges.append((matrix[4] * user[0] + user[4]) / MM)

    page.extract_text(visitor_text=visit)
    return edges


def test_a_document_prints_as_gb_t_9704_wants(desktop: Page, site_url: str):
    pages = print_page(desktop, site_url + NEW).pages
    assert [(round(page.mediabox.width / MM), round(page.mediabox.height / MM)) for page in pages] == [
        (210, 297)
    ] * len(pages)
    texts = [words_of(page) for page in pages]
    for number, text in enumerate(texts, 1):
        assert f"—{number}—" in text
    whole = "".join(texts)
    order = ["云溪县总工会文件", "云工发〔2026〕12号", "云溪县困难职工帮扶实施办法（2026年修订）", "各乡镇（街道）工会", "一、总体要求", "1.困难职工帮扶申请表", "云溪县总工会2026年11月9日", "（此件公开发布）", "抄送：清江市总工会", "2026年11月10日印发"]  # fmt: skip
    places = [whole.find(part) for part in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert "2026年11月20日打印，当时尚未施行" in whole
    assert "https：//gonghui.yunxi.example/policies/20261109-knzgbfssbf/" in whole
    for chrome in ("政策公开", "目录", "索引号", "先看三句话", "相关文件", "12351", "§", "下载", "本页更新记录"):
        assert chrome not in whole
    assert 27.5 < min(left_edges(pages[0])) < 29
    assert 25.5 < min(left_edges(pages[1])) < 27


def test_dark_and_elder_readers_print_the_same_document(desktop: Page, site_url: str):
    light = [words_of(page) for page in print_page(desktop, site_url + NEW).pages]
    desktop.evaluate("localStorage.setItem('modes', 'elder dark')")
    assert [words_of(page) for page in print_page(desktop, site_url + NEW).pages] == light


def test_other_pages_print_as_pages(desktop: Page, site_url: str):
    whole = "".join(words_of(page) for page in print_page(desktop, site_url + "guides/hardship-aid/").pages)
    assert "—1—" not in whole
    assert "云溪县总工会文件" not in whole
