"""What the built sample site says to machines: META tags, JSON-LD, feeds, site map, calendars and open data."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from datetime import date, datetime
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import etree, html

from site_builder.clock import CHINA
from site_builder.content_files import read_library
from site_builder.records import Event, Notice, Register, Written
from site_builder.render import Theme
from tests.conftest import ROOT, SAMPLE_DATE
from tests.page_types import leads_on, read_pages

NOW = datetime.fromisoformat(SAMPLE_DATE).replace(tzinfo=CHINA)
CONTENT_GROUP = ("ArticleTitle", "PubDate", "ContentSource")
OUT_OF_SEARCH = ("404.html", "search/", "status/", "apply/")


@pytest.fixture(scope="module")
def pages(sample_site: Path) -> dict[str, html.HtmlElement]:
    """Return every page of the sample site, parsed, by its address."""
    return read_pages(sample_site)


@pytest.fixture(scope="module")
def theme() -> Theme:
    return Theme(read_library(ROOT / "content").library, NOW)


@pytest.fixture(scope="module")
def records(theme):
    """Return every record that has a page, by its address."""
    every = theme.library.records.values()
    return {one.url: one for one in every if not (isinstance(one, Register) and not one.public)}


def tags_of(page) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for meta in page.xpath("//meta[@name]"):
        tags.setdefault(meta.get("name"), []).append((meta.get("content") or "").strip())
    return tags


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def written(day: date) -> set[str]:
    return {f"{day}", f"{day.year}年{day.month}月{day.day}日"}


def graph_of(page) -> list[dict[str, object]]:
    scripts = page.xpath("//script[@type='application/ld+json']")
    assert len(scripts) <= 1
    told = json.loads(scripts[0].text) if scripts else []
    return told if isinstance(told, list) else [told]


# --- META tags ----------------------------------------------------------------------------------


def test_record_pages_have_the_content_group_once_and_others_do_not(pages, records):
    assert set(records) <= set(pages)
    faults = []
    for url, page in pages.items():
        tags = tags_of(page)
        for name in CONTENT_GROUP:
            found = tags.get(name, [])
            if len(found) != (url in records) or not all(found):
                faults.append(f"{url}: {name} {found}")
    assert faults == []


def test_the_publishing_date_is_the_one_that_a_reader_sees(pages, records):
    faults = []
    for url in records:
        told = tags_of(pages[url])["PubDate"][0]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", told), url
        day = date.fromisoformat(told[:10])
        words = _squeeze(pages[url].xpath("//main")[0].text_content())
        if day > NOW.date() or not any(one in words for one in written(day)):
            faults.append(f"{url}: {told}")
    assert faults == []


def test_a_body_is_the_only_article_of_its_page(pages, records, theme):
    faults = []
    for url, page in pages.items():
        articles, record = page.xpath("//article"), records.get(url)
        with_body = isinstance(record, Written) and record.body.strip() and not theme.is_taken_down(record)
        if len(articles) > 1 or (with_body and len(articles) != 1) or (record is None and articles):
            faults.append(f"{url}: {len(articles)} articles")
        elif with_body:
            body = html.fromstring(f"<div>{theme.prose(record).html}</div>").text_content()
            if _squeeze(body)[:20] not in _squeeze(articles[0].text_content()):
                faults.append(f"{url}: its body is not in the article")
    assert faults == []


# --- JSON-LD -------------------------------------------------------------------------------------


def test_every_page_below_home_tells_its_place(pages, theme):
    base, faults = theme.address(""), []
    for url, page in pages.items():
        nodes = graph_of(page)
        crumbs = [node for node in nodes if node["@type"] == "BreadcrumbList"]
        if len(crumbs) != (url != ""):
            faults.append(f"{url}: {len(crumbs)} ways")
        for step in (step for node in crumbs for step in node["itemListElement"]):
            target = step["item"].removeprefix(base).partition("#")[0]
            if target not in pages:
                faults.append(f"{url}: {step['item']}")
        if any(node["@context"] != "https://schema.org" for node in nodes):
            faults.append(f"{url}: context")
    assert faults == []


@pytest.mark.parametrize(
    ("url", "kinds"),
    [
        ("", {"Organization", "WebSite"}),
        ("policies/20261109-knzgbfssbf/", {"BreadcrumbList", "Legislation"}),
        ("guides/hardship-aid/", {"BreadcrumbList", "GovernmentService", "FAQPage"}),
        ("events/20261215-zhuxi-jiefang/", {"BreadcrumbList", "Event"}),
        ("venues/wenhuagong/", {"BreadcrumbList", "Place"}),
        ("indicators/huiyuan-zongshu/", {"BreadcrumbList", "Dataset"}),
        ("news/20261107-chache-juesai/", {"BreadcrumbList", "NewsArticle"}),
        ("open-data/", {"BreadcrumbList", "DataCatalog"}),
        ("open-data/policies/", {"BreadcrumbList", "Dataset"}),
        ("notices/20261119-wyjzgs/", {"BreadcrumbList"}),
    ],
)
def test_pages_tell_what_they_are(pages, url, kinds):
    assert {node["@type"] for node in graph_of(pages[url])} == kinds


def test_every_file_that_json_ld_names_is_there(pages, sample_site, theme):
    base = theme.address("")
    for url, page in pages.items():
        for node in graph_of(page):
            for file in node.get("distribution", []):
                assert (sample_site / file["contentUrl"].removeprefix(base)).is_file(), url


# --- feeds, site map, security.txt -----------------------------------------------------------------


def test_feeds_that_pages_name_are_there_and_lead_to_pages(pages, sample_site, theme):
    base, atom = theme.address(""), "{http://www.w3.org/2005/Atom}"
    feeds = {
        unquote(urlsplit(urljoin(f"http://site/{url}", link)).path).lstrip("/")
        for url, page in pages.items()
        for link in page.xpath("//link[@rel='alternate']/@href")
    }
    assert len(feeds) == 16
    for name in feeds:
        if name.endswith(".json"):
            addresses = [item["url"] for item in json.loads((sample_site / name).read_text(encoding="utf-8"))["items"]]
        else:
            addresses = [e.findtext(f"{atom}id") for e in etree.parse(str(sample_site / name)).iter(f"{atom}entry")]
        assert addresses, name
        assert {address.removeprefix(base) for address in addresses} <= set(pages), name


def test_the_site_map_names_every_page_that_should_be_found(pages, sample_site, theme):
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    urls = list(etree.parse(str(sample_site / "sitemap.xml")).iter(f"{name}url"))
    found = [url.findtext(f"{name}loc").removeprefix(theme.address("")) for url in urls]
    ended = {one.url for one in theme.library.all(Notice) if theme.is_taken_down(one)}
    assert ended
    ended |= {f"{folder}/{name}/" for folder, name in theme.library.tombstones}
    away = {url for url in pages if url.startswith(OUT_OF_SEARCH) or url in ended or leads_on(pages[url])}
    assert {"gaikuang.html", "art/2019/7/3/art_1024_3307.html"} < away
    assert sorted(found) == sorted(set(pages) - away)
    for url in urls:
        day = url.findtext(f"{name}lastmod")
        assert day is None or date.fromisoformat(day) <= NOW.date()


def test_what_has_ended_is_in_no_file_for_machines(sample_site, theme):
    ended = [one.id for one in theme.library.all(Notice) if theme.is_taken_down(one)]
    for path in sample_site.rglob("*"):
        if path.suffix in {".xml", ".csv", ".sqlite", ".ics"} or path.name in {"feed.json", "notices.json"}:
            text = path.read_bytes()
            assert not [one for one in ended if one.encode() in text], path


def test_security_txt_lands(sample_site):
    text = (sample_site / ".well-known" / "security.txt").read_text(encoding="utf-8")
    assert text.startswith("Contact: mailto:anquan@yunxi.example\nExpires: 2027-11-20T09:00:00+08:00\n")
    assert "sitemap.xml" in (sample_site / "robots.txt").read_text(encoding="utf-8")


# --- calendars and open data -------------------------------------------------------------------------


def test_calendars_are_linked_and_whole(pages, sample_site, theme):
    assert pages["events/"].xpath("//main//a[contains(@href, 'events.ics')]")
    whole = (sample_site / "events" / "events.ics").read_bytes()
    events = theme.library.all(Event)
    assert whole.count(b"BEGIN:VEVENT\r\n") == len(events)
    for event in events:
        assert (sample_site / event.url / f"{event.id}.ics").is_file()
    assert pages["events/20261215-zhuxi-jiefang/"].xpath("//main//a[contains(@href, '20261215-zhuxi-jiefang.ics')]")


def test_open_data_holds_what_its_sums_say(sample_site, pages):
    folder = sample_site / "open-data"
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    assert set(sums) == {path.name for path in folder.iterdir() if path.is_file()} - {"index.html", "SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    with sqlite3.connect(f"file:{folder / 'site.sqlite'}?mode=ro", uri=True) as database:
        (rows,) = database.execute("select count(*) from policies").fetchone()
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    database.close()
    assert rows >= 12
    assert "open-data/policies/" in {
        urljoin("open-data/", link) for link in pages["open-data/"].xpath("//a/@href")
    } or (pages["open-data/"].xpath("//a[contains(@href, 'open-data/policies/')]"))


def test_registers_give_their_public_columns_and_no_others(sample_site, theme):
    inner = 0
    for register in (one for one in theme.library.all(Register) if one.public):
        told = json.loads((sample_site / "open-data" / f"register-{register.id}.json").read_text(encoding="utf-8"))
        public = [column.name for column in register.columns if column.public]
        inner += len(register.columns) - len(public)
        assert {tuple(row) for row in told["rows"]} == {tuple(public)}
    assert inner
