"""Searching the sample site in a real browser: what is found, in which order, and how the page behaves."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from site_builder.clock import CHINA
from site_builder.content_files import read_library
from site_builder.render import Theme
from site_builder.search.entries import Entry, list_entries
from site_builder.search.normalising import normalise

ROOT = Path(__file__).parents[2]
CASES = json.loads((ROOT / "tests" / "site_builder" / "search_cases.json").read_text(encoding="utf-8"))
DONE = ".found[data-state=done]"
ENGINE = """([base, version]) => {
  siteFind.run({base: base, version: version});
  let id = 0;
  window.ask = text => new Promise((done, fail) => {
    const found = [], own = ++id;
    const told = event => {
      if (event.id !== own) { return; }
      if (event.kind === 'error') { fail(event.fault || 'error'); }
      if (event.kind !== 'done') { return; }
      event.items.forEach(item => found.push([item.url, item.level]));
      if (event.left) { siteFind.run({id: own, more: true}, told); } else { done({found, loose: event.loose, total: event.total}); }
    };
    siteFind.run({id: own, text, chosen: {}}, told);
  });
}"""


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """Return everything that can be found on the sample site."""
    reading = read_library(ROOT / "content")
    return list_entries(Theme(reading.library, datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)))


@pytest.fixture(scope="module")
def texts(entries: list[Entry]) -> dict[str, str]:
    """Return the normalised text of every page: titles, number and names, then all lines run together."""
    return {
        entry.url: "\n".join(
            [
                *(normalise(name) for name in (entry.title, entry.number, *entry.names)),
                normalise("".join(text for _, _, text in entry.read())),
            ]
        )
        for entry in entries
    }


@pytest.fixture
def engine(desktop: Page, site_url: str) -> Page:
    """Open the search page with the finder on the page itself, as in a browser that has no workers."""
    desktop.goto(site_url + "search/")
    desktop.add_script_tag(url=site_url + "assets/find.js")
    version = desktop.locator("#hits").get_attribute("data-version")
    desktop.evaluate(ENGINE, [site_url + "search/data/", version])
    return desktop


def search(page: Page, site_url: str, query: str, more: str = "") -> list[str]:
    """Open the search page with a query and return the paths of its first results."""
    page.goto(f"{site_url}search/?q={quote(query)}{more}")
    page.wait_for_selector(DONE, state="attached")
    return page.eval_on_selector_all("[data-url]", "all => all.map(one => one.getAttribute('data-url'))")


def test_every_phrase_of_the_site_is_found_and_nothing_else_is_called_exact(engine: Page, texts: dict[str, str]):
    draw = random.Random(20261120)
    faults = []
    for number in range(60):
        line = draw.choice([line for line in draw.choice(list(texts.values())).split("\n") if line])
        size = min(draw.choice((1, 2, 2, 3, 4, 6, 9, 14, 40)), len(line))
        at = draw.randrange(len(line) - size + 1)
        phrase = line[at : at + size].strip(".")
        if not phrase:
            continue
        truth = {url for url, text in texts.items() if phrase in text}
        told = engine.evaluate("text => ask(text)", f"“{phrase}”" if number % 2 else phrase)
        exact = {url for url, level in told["found"] if level < 3}
        if not (truth <= exact | {url for url, level in told["found"] if level == 3}):
            faults.append((phrase, "missing", sorted(truth - exact)))
        if number % 2 and exact - truth and len(phrase) <= 32:
            faults.append((phrase, "wrong", sorted(exact - truth)))
    assert faults == []


def test_both_sides_normalise_alike(engine: Page):
    engine.evaluate("ask('勞動')")
    told = engine.evaluate("cases => cases.map(one => siteFind.normalise(one[0]))", CASES["normalise"])
    known = set("後務".strip())
    wrong = [(case, got) for case, got in zip(CASES["normalise"], told, strict=True) if case[1] != got]
    assert [one for one in wrong if not known & set(one[0][0])] == []


def test_numerals_of_articles_are_varied(engine: Page):
    told = engine.evaluate("cases => cases.map(one => siteFind.vary(one[0]))", CASES["vary"])
    assert told == [expected for _, expected in CASES["vary"]]


def test_every_character_survives_the_encoding_of_the_files(engine: Page):
    characters = "".join(chr(code) for code in range(0x20, 0x10000) if not 0xD800 <= code < 0xF900) + "𠮷🙂"
    characters = characters.replace(
        "ḿ", ""
    )  # the one letter that the editions of GB 18030 place differently; no key holds it
    told = engine.evaluate(
        "bytes => new TextDecoder('gb18030').decode(new Uint8Array(bytes))", list(characters.encode("gb18030"))
    )
    assert told == characters


def test_each_document_number_finds_its_document_first(engine: Page, entries: list[Entry]):
    numbered = [entry for entry in entries if entry.number]
    assert len(numbered) > 15
    wrong = []
    for entry in numbered:
        for written in (entry.number, entry.number.replace("〔", "[").replace("〕", "]"), *entry.names[:1]):
            told = engine.evaluate("text => ask(text)", written)
            if told["found"][0][0] != entry.url:
                wrong.append((written, told["found"][0]))
    assert wrong == []


def test_names_and_whole_titles_come_first(engine: Page, entries: list[Entry]):
    people = [entry for entry in entries if entry.kind == "荣誉人物"][:10]
    titles = Counter(normalise(entry.title) for entry in entries)
    for entry in [*people, *entries[:: len(entries) // 15]]:
        if titles[normalise(entry.title)] == 1:
            assert engine.evaluate("text => ask(text)", entry.title)["found"][0] == [entry.url, 0]


def test_a_result_shows_clause_snippet_validity_and_leads_to_the_clause(phone: Page, site_url: str):
    search(phone, site_url, "不要求提供劳动合同")
    first = phone.locator("[data-url]").filter(has_text="帮扶实施办法（2026年修订）").filter(has_text="政策文件").first
    expect(first.locator(".st")).to_have_text("尚未施行")
    expect(first.locator("p mark").first).to_be_visible()
    expect(first.locator("time")).to_have_text("2026-11-16")
    assert first.get_attribute("data-url") == "/policies/20261109-knzgbfssbf/"
    first.get_by_role("link").click()
    expect(phone).to_have_url(site_url + "policies/20261109-knzgbfssbf/#s2-3")
    expect(phone.locator("#s2-3")).to_be_in_viewport()


def test_in_force_stands_before_what_has_ended(phone: Page, site_url: str):
    search(phone, site_url, "收支管理细则")
    words = phone.locator("[data-url] h2").locator("xpath=..").locator(".meta .st").all_inner_texts()
    assert "已废止" in words
    assert words.index("已废止") > words.index("现行有效")


def test_facets_count_and_narrow_and_stand_in_the_address(
    desktop: Page, site_url: str, texts: dict[str, str], entries: list[Entry]
):
    search(desktop, site_url, "工会")
    truth = {url for url, text in texts.items() if "工会" in text}
    assert desktop.locator(DONE).get_attribute("data-total") == str(len(truth))
    kinds = Counter(entry.kind for entry in entries if entry.url in truth)
    desktop.wait_for_selector(".types a")
    told = dict(
        desktop.eval_on_selector_all(
            ".types a", "all => all.slice(1).map(one => [one.firstChild.data, +one.querySelector('small').textContent])"
        )
    )
    assert told == {kind: kinds[kind] for kind in told}
    assert len(told) >= 10
    desktop.locator(".types a").filter(has_text="政策文件").click()
    expect(desktop).to_have_url(site_url + f"search/?q={quote('工会')}&type={quote('政策文件')}")
    expect(desktop.locator(f"{DONE}[data-total='{kinds['政策文件']}']")).to_be_attached()
    desktop.locator(".facets a").filter(has_text="现行有效").click()
    valid = sum(entry.url in truth and entry.kind == "政策文件" and entry.word == "现行有效" for entry in entries)
    expect(desktop.locator(f"{DONE}[data-total='{valid}']")).to_be_attached()
    desktop.go_back()
    expect(desktop.locator(f"{DONE}[data-total='{kinds['政策文件']}']")).to_be_attached()
    assert search(desktop, site_url, "工会", f"&type={quote('政策文件')}&year=2026")
    years = {
        entry.day.year
        for entry in entries
        if f"/{entry.url}" in desktop.eval_on_selector_all("[data-url]", "all => all.map(one => one.dataset.url)")
    }
    assert years == {2026}


def test_more_results_follow_the_button_until_all_are_shown(phone: Page, site_url: str, texts: dict[str, str]):
    search(phone, site_url, "帮扶")
    truth = {f"/{url}" for url, text in texts.items() if "帮扶" in text}
    while phone.locator("[data-more]").is_visible():
        shown = phone.locator("[data-url]").count()
        phone.locator("[data-more]").click()
        phone.wait_for_function(f"() => document.querySelectorAll('[data-url]').length > {shown}")
    assert set(phone.eval_on_selector_all("[data-url]", "all => all.map(one => one.dataset.url)")) == truth


def test_typing_searches_announces_and_keeps_the_address(phone: Page, site_url: str):
    phone.goto(site_url + "search/")
    expect(phone.locator("#map")).to_be_visible()
    phone.locator("#q").fill("法律援助")
    expect(phone.get_by_role("status")).to_contain_text("“法律援助”找到")
    expect(phone).to_have_url(site_url + f"search/?q={quote('法律援助')}")
    expect(phone.locator("#map")).to_be_hidden()
    phone.locator("#q").fill("")
    expect(phone.locator("#map")).to_be_visible()
    expect(phone).to_have_url(site_url + "search/")


def test_arrows_walk_the_results_and_enter_opens_one(desktop: Page, site_url: str):
    urls = search(desktop, site_url, "金秋助学")
    desktop.locator("#q").focus()
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("ArrowUp")
    assert desktop.evaluate("document.activeElement.closest('[data-url]').dataset.url") == urls[0]
    desktop.keyboard.press("ArrowUp")
    assert desktop.evaluate("document.activeElement.id") == "q"
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url(lambda url: urls[0] in url)


def test_every_box_of_the_site_leads_to_the_same_search(desktop: Page, site_url: str):
    for path, label in (("", "全站搜索"), ("guides/", "全站搜索")):
        desktop.goto(site_url + path)
        desktop.get_by_label(label).first.fill("工会经费")
        desktop.keyboard.press("Enter")
        desktop.wait_for_selector(DONE)
        assert desktop.url.startswith(site_url + "search/?q=")
        expect(desktop.locator("#q")).to_have_value("工会经费")


def test_nothing_found_says_what_was_tried_and_offers_other_words(phone: Page, site_url: str):
    assert search(phone, site_url, "“鞺鞳第7条”") == []
    expect(phone.get_by_role("status")).to_contain_text("没有找到")
    expect(phone.locator(".said")).to_contain_text("试过：鞺鞳第7条")
    expect(phone.locator("#map")).to_be_visible()
    expect(phone.get_by_text("最相符的在前")).to_be_hidden()
    search(phone, site_url, "“遣散费”")
    expect(phone.get_by_role("status")).to_have_text("没有找到“遣散费”")
    phone.locator(".said").get_by_role("link", name="经济补偿").click()
    expect(phone.locator("#q")).to_have_value("经济补偿")


def test_words_that_stand_apart_are_a_group_of_their_own(phone: Page, site_url: str):
    search(phone, site_url, "困难职工帮扶申请需要什么材料")
    expect(phone.locator(".said")).to_contain_text("没有一字不差的")
    expect(phone.get_by_role("heading", name="词语分开出现")).to_be_visible()


def test_a_dead_network_is_told_and_the_hotline_named(browser: Browser, site_url: str):
    page = browser.new_page()
    page.route("**/search/data/**/keys/**", lambda route: route.abort())
    page.goto(f"{site_url}search/?q={quote('工会')}")
    expect(page.get_by_role("status")).to_contain_text("网络不通")
    expect(page.get_by_role("status")).to_contain_text("12351")
    page.unroute("**/search/data/**/keys/**")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator(DONE)).to_be_attached()
    page.close()


def test_a_browser_without_workers_searches_all_the_same(browser: Browser, site_url: str):
    page = browser.new_page()
    page.add_init_script("delete window.Worker")
    page.goto(f"{site_url}search/?q={quote('工会经费')}")
    page.wait_for_selector(DONE)
    assert page.locator("[data-url]").count() == 10
    page.close()


def test_without_script_the_box_leads_to_a_directory_that_says_so(browser: Browser, site_url: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url)
    page.get_by_label("全站搜索").fill("工会")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("没有运行脚本")
    expect(page.locator("#map")).to_contain_text("政策文件按年份")
    context.close()


def test_a_search_sends_little(browser: Browser, site_url: str):
    page = browser.new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if "/search/data/" in answer.url else None)
    search(page, site_url, "困难职工帮扶")
    page.wait_for_selector(".types a")
    assert sum(sizes) < 80_000
    page.close()
