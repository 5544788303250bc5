"""The site map, robots.txt and security.txt."""

from datetime import date

import pytest
from lxml import etree

from site_builder.records import News, Register
from site_builder.render import Theme
from site_builder.sitemap import generate
from tests.small_library import NOW, make_library

PATHS = [
    "index.html",
    "404.html",
    "search/index.html",
    "search/titles.json",
    "status/index.html",
    "apply/membership/index.html",
    "policies/index.html",
    "policies/new/index.html",
    "notices/open-list/index.html",
    "notices/closed-list/index.html",
    "honors/people/a/index.html",
    "news/draft/index.html",
    "registers/inner/index.html",
    "feed.xml",
]
DRAFT = News.model_validate({"id": "draft", "title": "草稿", "published": "2026-11-19", "status": "draft"})
INNER = Register.model_validate(
    {"id": "inner", "title": "内部台账", "public": False, "columns": [{"name": "a", "label": "甲", "public": True}]}
)


@pytest.fixture
def files():
    theme = Theme(make_library(DRAFT, INNER), NOW, drafts=True)
    return {file.path: str(file.content) for file in generate(theme, PATHS)}


def locations(text):
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    urls = etree.fromstring(text.encode()).findall(f"{name}url")
    return {
        url.findtext(f"{name}loc").removeprefix("https://yunxi.example/"): url.findtext(f"{name}lastmod")
        for url in urls
    }


def test_lists_records_people_and_hand_written_pages_are_found(files):
    assert set(locations(files["sitemap.xml"])) == {
        "",
        "policies/",
        "policies/new/",
        "notices/open-list/",
        "honors/people/a/",
        "pages/about/",
        "pages/guide-open/",
    }


def test_days_are_those_that_the_pages_give(files):
    found = locations(files["sitemap.xml"])
    assert found["policies/new/"] == "2026-11-16"
    assert found["policies/"] == "2026-11-16"
    assert found["pages/about/"] == "2026-01-05"
    assert found["pages/guide-open/"] is None
    assert date.fromisoformat(found[""]) <= NOW.date()


def test_robots_stay_out_of_the_forms(files):
    assert "Disallow: /apply/\n" in files["robots.txt"]
    assert files["robots.txt"].endswith("Sitemap: https://yunxi.example/sitemap.xml\n")


@pytest.mark.parametrize(
    ("settings", "contact"),
    [({}, "tel:0000-6010001"), ({"security_contact": "mailto:a@yunxi.example"}, "mailto:a@yunxi.example")],
)
def test_whoever_finds_a_hole_learns_where_to_turn(settings, contact):
    files = {file.path: str(file.content) for file in generate(Theme(make_library(**settings), NOW), [])}
    assert files[".well-known/security.txt"].startswith(f"Contact: {contact}\n")


def test_without_any_contact_there_is_no_security_txt():
    theme = Theme(make_library(phone=None), NOW)
    assert ".well-known/security.txt" not in {file.path for file in generate(theme, [])}
