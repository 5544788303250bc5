"""The front page, search, and the structure of every page that stands for the site or for a document."""

import posixpath
import re
from collections import Counter
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from site_builder.metatags import FEEDS
from site_builder.model import Library
from site_builder.pages import documents, home, redlines
from site_builder.records import Page
from site_builder.render import THEME_DIR, Theme
from tests.small_library import NOW, make_library

OTHERS = {
    "publications/",
    "guides/", "honors/", "honors/medal-2026/", "data/", "interact/", "unions/", "venues/", "guides/aid/", "indicators/",
    "open-data/", "messages/", "consultations/", "campaigns/", "events/", "rules/", "registers/", "honors/years/2026/",
    "honors/industries/", "honors/employers/", "honors/names/", "indicators/stations/", "indicators/visits/",
    *(f"honors/people/{key}/" for key in "abcde"),
}  # fmt: skip
"""Addresses that other generators give."""
NEEDED = {"SiteName", "SiteDomain", "ColumnName", "ColumnType", "ColumnKeywords", "Description", "generator"}


def build(library: Library) -> dict[str, str]:
    theme = Theme(library, NOW)
    generators = (home.generate, home.generate_search, documents.generate, documents.generate_lists, redlines.generate)
    files = [file for generate in generators for file in generate(theme)]
    site = {file.path: str(file.content) for file in files}
    for page in theme.library.all(Page):
        site[f"{page.url}index.html"] = theme.env.get_template("main.html").render(home.page_context(theme, page))
    return site


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    return build(make_library())


@pytest.fixture(scope="module")
def parsed(site: dict[str, str]) -> dict[str, html.HtmlElement]:
    return {path: html.document_fromstring(text) for path, text in site.items() if path.endswith(".html")}


def words(element: html.HtmlElement) -> str:
    return re.sub(r"\s+", "", element.text_content())


# --- front page --------------------------------------------------------------------------------


def test_home_tells_what_is_new(parsed: dict[str, html.HtmlElement]) -> None:
    text = words(parsed["index.html"])
    assert "2026年11月20日星期五" in text
    assert "本周新公开5件" in text
    assert "最近更新2026-11-19" in text
    assert "全部1项" in text


def test_home_lists_policies_and_what_is_running(parsed: dict[str, html.HtmlElement]) -> None:
    home = parsed["index.html"]
    lead = words(home.xpath("//*[@class='lead']")[0])
    assert lead == "新帮扶办法（2026年修订）放宽了条件。现行有效云工发〔2026〕12号11月16日"
    due = [words(row) for row in home.xpath("//ul[@class='due']/li")]
    assert due == [
        "4天后截止拟帮扶名单公示公示中至11月24日",
        "11天后截止焊工大赛报名公告报名中至12月1日",
        "结束11月10日助学名单公示公示期满无异议",
    ]


def test_home_shows_only_standing_honours_and_no_post_without_consent(parsed: dict[str, html.HtmlElement]) -> None:
    laurel = words(parsed["index.html"].xpath("//*[@class='laurel']")[0])
    assert "沈岳宁" not in laurel
    assert "顾知秋" in laurel
    assert "护士长" not in laurel


def test_home_draws_progress_as_boxes_or_bar(parsed: dict[str, html.HtmlElement]) -> None:
    home = parsed["index.html"]
    assert len(home.xpath("//*[@class='tally']/i[@class='on']")) == 14
    assert len(home.xpath("//*[@class='tally']/i")) == 20
    assert home.xpath("//*[@class='bar']/@aria-label") == ["完成 76%"]


def test_empty_site_has_its_pages() -> None:
    site = build(Library(site=make_library().site))
    assert "还没有公开的政策文件。" in site["index.html"]
    assert "laurel" not in site["index.html"]


def test_drafts_are_marked() -> None:
    library = make_library(Page(id="plan", title="计划", status="draft", body="未定。"))
    theme = Theme(library, NOW, drafts=True)
    page = theme.library.get("pages", "plan")
    assert isinstance(page, Page)
    assert "草稿。" in theme.env.get_template("main.html").render(home.page_context(theme, page))
    assert Theme(library, NOW).library.get("pages", "plan") is None


def test_sample_line_can_be_taken_off() -> None:
    site = build(make_library(sample=False, popular=()))
    assert not [path for path, text in site.items() if "虚构" in text]


def test_government_profile_completes_the_footer() -> None:
    home = build(make_library(profile="政府子站", site_id_code="3608280012"))["index.html"]
    for part in ("网站标识码 3608280012", "我为政府网站找错", "党政机关网站标识", "SiteIDCode"):
        assert part in home


# --- search ------------------------------------------------------------------------------------


def test_the_site_map_leads_to_every_column(parsed: dict[str, html.HtmlElement]) -> None:
    page = parsed["sitemap/index.html"]
    columns = page.xpath("//section[@class='branch']/h2/a/@href")
    assert {"../policies/", "../guides/", "../honors/", "../venues/", "../pages/", "../events/"} <= set(columns)
    assert "../honors/years/2026/" in page.xpath("//section[@class='branch']//li/a/@href")


def test_pages_written_by_hand_are_gathered(parsed: dict[str, html.HtmlElement]) -> None:
    text = words(parsed["pages/index.html"].xpath("//main")[0])
    assert text.index("关于单位单位概况") < text.index("信息公开信息公开指南")
    assert parsed["pages/about/index.html"].xpath("//nav[@class='leaves']//a[@aria-current='page']")


def test_a_record_page_says_how_to_report_an_error() -> None:
    corrections = Page(id="corrections", title="内容纠错", body="告诉我们。")
    site = build(make_library(corrections, email="a@yunxi.example"))
    foot = html.document_fromstring(site["news/visit/index.html"]).xpath("//p[@class='mend']")[0]
    assert words(foot).endswith("说这一页的地址：news/visit/")
    [mail] = foot.xpath(".//a[starts-with(@href, 'mailto:')]/@href")
    assert "https://yunxi.example/news/visit/" in unquote(mail)
    assert 'class="mend"' not in site["index.html"]
    assert 'class="mend"' not in build(make_library())["news/visit/index.html"]


# --- every page --------------------------------------------------------------------------------


def test_one_heading_of_the_first_order_and_headings_in_order(parsed: dict[str, html.HtmlElement]) -> None:
    for path, page in parsed.items():
        levels = [int(heading.tag[1]) for heading in page.xpath("//main//*[self::h1 or self::h2 or self::h3]")]
        assert levels.count(1) == 1, path
        assert levels[0] == 1 or path == "index.html", path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_ids_labels_and_names(parsed: dict[str, html.HtmlElement]) -> None:
    for path, page in parsed.items():
        ids = Counter(page.xpath("//@id"))
        assert not [one for one, count in ids.items() if count > 1], path
        for field in page.xpath("//input"):
            assert page.xpath(f"//label[@for='{field.get('id')}']"), path
        for link in page.xpath("//a | //button"):
            assert words(link) or link.get("aria-label"), (path, link.get("href"))
        assert page.get("lang") == "zh-CN"


def test_nothing_inline(site: dict[str, str], parsed: dict[str, html.HtmlElement]) -> None:
    for path, page in parsed.items():
        assert not page.xpath(
            "//@style | //style | //script[not(@src or @type='application/ld+json')] | //@*[starts-with(name(), 'on')]"
        ), path
        for address in page.xpath("//script/@src | //link[not(@rel='canonical')]/@href | //img/@src"):
            assert not urlsplit(address).netloc, (path, address)


def test_every_link_leads_somewhere(site: dict[str, str], parsed: dict[str, html.HtmlElement]) -> None:
    assets = {f"assets/{one.name}" for one in (THEME_DIR / "assets").iterdir()}
    assets |= {f"{way}feed.{kind}" for way in ("", *(f"{one}/" for one in FEEDS)) for kind in ("xml", "json")}
    people = {f"honors/people/{key}/" for key in "abcde"}
    for path, page in parsed.items():
        for address in page.xpath("//a/@href | //link/@href | //script/@src | //form/@action | //@data-titles"):
            parts = urlsplit(address)
            if parts.scheme or "/files/" in parts.path:
                continue
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), unquote(parts.path)))[1:]
            target = path if not parts.path else f"{target}/" if parts.path.endswith("/") and target else target
            known = target in OTHERS | assets | people or target in site or f"{target}index.html" in site
            assert known, (path, address)
            if parts.fragment and (there := parsed.get(target, parsed.get(f"{target}index.html"))) is not None:
                assert there.xpath("//*[@id=$id]", id=unquote(parts.fragment)), (path, address)


def test_meta_tags_stand_once(parsed: dict[str, html.HtmlElement]) -> None:
    for path, page in parsed.items():
        tags = Counter(page.xpath("//meta/@name"))
        assert not [name for name, count in tags.items() if count > 1], path
        assert all(content.strip() for content in page.xpath("//meta/@content")), path
        assert set(tags) >= NEEDED, path
        assert len(page.xpath("//link[@rel='canonical']")) == (path != "404.html"), path


def test_frame_is_small(site: dict[str, str], parsed: dict[str, html.HtmlElement]) -> None:
    for path, page in parsed.items():
        body = sum(len(html.tostring(part)) for part in page.xpath("//main"))
        assert len(site[path].encode()) - body < 12_000, path


def test_same_bytes_again(site: dict[str, str]) -> None:
    assert build(make_library()) == site


def test_hostile_words_stay_words() -> None:
    site = build(make_library(Page(id="x", title='"><script>alert(1)</script>', body="<script>alert(2)</script>")))
    assert not [path for path, text in site.items() if "<script>alert" in text and path.endswith(".html")]
