"""Rules that every page of the built sample site must keep."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import html

META_ONCE = ("SiteName", "SiteDomain", "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
COLUMN_TYPES = {
    "首页",
    "概况信息",
    "机构职能",
    "负责人信息",
    "工作动态",
    "政策文件",
    "信息公开指南",
    "信息公开目录",
    "信息公开年报",
    "依申请公开",
    "数据发布",
    "数据开放",
    "政策解读",
    "回应关切",
    "办事服务",
    "咨询投诉",
    "征集调查",
    "在线访谈",
}
HANDLER = re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)


@pytest.fixture(scope="module")
def pages(sample_site: Path) -> dict[str, html.HtmlElement]:
    """Return every page of the sample site, parsed, by its path."""
    return {
        path.relative_to(sample_site).as_posix(): html.document_fromstring(path.read_bytes())
        for path in sorted(sample_site.rglob("*.html"))
    }


def faults_of(pages, find):
    """Return 'path: fault' for every fault that `find(path, page)` yields."""
    return [f"{path}: {fault}" for path, page in pages.items() for fault in find(path, page)]


def test_the_sample_is_a_whole_site(pages, sample_site):
    assert len(pages) > 150
    for name in ("index.html", "404.html", "search/index.html", "policies/index.html", "pages/about/index.html"):
        assert name in pages
    assert (sample_site / "sitemap.xml").is_file()
    assert (sample_site.parent / "forms-bundle" / "bundle.json").is_file()


def test_every_page_has_one_title_and_one_heading(pages):
    def find(path, page):
        headings = page.findall(".//h1")
        if len(headings) != 1 or not headings[0].text_content().strip():
            yield f"{len(headings)} h1"
        if not (page.findtext(".//title") or "").strip():
            yield "no title"
        if page.get("lang") != "zh-CN":
            yield "no lang"

    assert faults_of(pages, find) == []
    titles = [page.findtext(".//title") for path, page in pages.items()]
    assert len(set(titles)) > 0.95 * len(titles)


def test_ids_are_unique_and_headings_step_by_one(pages):
    def find(path, page):
        ids = page.xpath("//@id")
        yield from (f"id {one} twice" for one in {i for i in ids if ids.count(i) > 1})
        level = 0
        for heading in page.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]"):
            here = int(heading.tag[1])
            if here > level + 1:
                yield f"{heading.tag} “{heading.text_content().strip()[:20]}” after h{level}"
            level = here

    assert faults_of(pages, find) == []


def test_nothing_runs_or_styles_inline_and_nothing_comes_from_elsewhere(pages):
    def find(path, page):
        yield from (f"style on {e.tag}" for e in page.xpath("//*[@style]"))
        yield from ("inline style element" for _ in page.xpath("//style"))
        yield from (
            "inline script" for s in page.xpath("//script[not(@src)]") if s.get("type") != "application/ld+json"
        )
        yield from (f"handler on {e.tag}" for e in page.iter() for a in e.attrib if a.startswith("on"))
        for address in page.xpath("//script/@src | //link[@rel!='canonical']/@href | //img/@src | //source/@src"):
            if urlsplit(address).scheme or address.startswith("//"):
                yield f"from elsewhere: {address}"

    assert faults_of(pages, find) == []


def test_every_link_leads_somewhere(pages, sample_site):
    ids = {path: set(page.xpath("//@id")) for path, page in pages.items()}
    targets = {path.relative_to(sample_site).as_posix() for path in sample_site.rglob("*") if path.is_file()}

    def find(path, page):
        for address in page.xpath("//a/@href | //link/@href | //script/@src | //img/@src | //form/@action"):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            whole = urlsplit(urljoin("http://site/" + path, address))
            target = unquote(whole.path).lstrip("/")
            target = target + "index.html" if target == "" or target.endswith("/") else target
            if target not in targets:
                yield f"dead link {address}"
            elif parts.fragment and unquote(parts.fragment) not in ids.get(target, set()):
                yield f"dead anchor {address}"

    assert faults_of(pages, find) == []


def test_every_control_has_a_name_and_every_picture_a_text(pages):
    def find(path, page):
        for control in page.xpath("//input[not(@type='hidden') and not(@type='submit')] | //select | //textarea"):
            named = control.get("aria-label") or page.xpath(f"//label[@for='{control.get('id')}']")
            if not (named or control.xpath("ancestor::label")):
                yield f"unnamed {control.tag}"
        yield from ("picture without alt" for _ in page.xpath("//img[not(@alt)]"))
        for link in page.xpath("//a[@href]") + page.xpath("//button"):
            if not (link.text_content().strip() or link.get("aria-label") or link.xpath(".//*[@aria-label]")):
                yield f"link without a name: {link.get('href')}"
        yield from ("table head without scope" for _ in page.xpath("//th[not(@scope)]"))
        yield from ("tabindex above 0" for e in page.xpath("//*[@tabindex]") if int(e.get("tabindex")) > 0)
        viewport = page.xpath("//meta[@name='viewport']/@content")
        if len(viewport) != 1 or "maximum-scale" in viewport[0] or "user-scalable" in viewport[0]:
            yield "viewport forbids zooming"

    assert faults_of(pages, find) == []


def test_meta_tags_of_the_site_standard_stand_once(pages):
    def find(path, page):
        tags: dict[str, list[str]] = {}
        for meta in page.xpath("//meta[@name]"):
            tags.setdefault(meta.get("name"), []).append((meta.get("content") or "").strip())
        for name in META_ONCE:
            if len(tags.get(name, [])) != 1 or not tags[name][0]:
                yield f"{name}: {tags.get(name)}"
        if not set(tags.get("ColumnType", [])) <= COLUMN_TYPES:
            yield f"ColumnType {tags.get('ColumnType')}"
        if "ArticleTitle" in tags and not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", "".join(tags.get("PubDate", ""))):
            yield f"PubDate {tags.get('PubDate')}"

    assert faults_of(pages, find) == []
    assert pages["index.html"].xpath("//meta[@name='ColumnType']/@content") == ["首页"]


def test_only_what_may_be_public_is_there(sample_site):
    suffixes = {path.suffix for path in sample_site.rglob("*") if path.is_file()}
    assert not suffixes & {".yml", ".yaml", ".md"}
    names = {path.name for path in sample_site.rglob("*")}
    assert not names & {"editors.yml", "allow.yml", "synonyms.yml", "bundle.json", ".schema"}
    top = {path.name for path in (sample_site / "assets").iterdir()}
    assert not top & {"javascripts", "stylesheets", "images"}, "Material's own files are not shipped"
