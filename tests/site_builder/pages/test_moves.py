"""Old addresses: a page that leads on, the table for nginx, and nothing at an old address that stands elsewhere too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html
from pydantic import ValidationError

from site_builder.pages.moves import find_clashes, generate, write_gone, write_redirects
from site_builder.records import News, Page
from site_builder.render import Theme
from site_builder.sitemap import list_addresses
from site_builder.values import GeneratedFile
from tests.small_library import NOW, make_library

OLD = ("/art/2023/5/123.html", "gg/旧闻", "news/renamed/")
MOVED = News.model_validate({"id": "moved", "title": "搬了家的消息", "published": "2026-11-19", "moved_from": OLD})


@pytest.fixture
def theme() -> Theme:
    return Theme(make_library(MOVED), NOW)


def test_each_old_address_has_a_page_that_leads_on(theme: Theme) -> None:
    files = {file.path: html.document_fromstring(str(file.content)) for file in generate(theme)}
    assert list(files) == ["art/2023/5/123.html", "gg/旧闻/index.html", "news/renamed/index.html"]
    for path, page in files.items():
        root = "../" * path.count("/")
        assert page.xpath("//meta[@http-equiv='refresh']/@content") == [f"0; url={root}news/moved/"]
        assert page.xpath("//main//h1/following::a/@href")[0] == f"{root}news/moved/"
        assert page.xpath("//link[@rel='canonical']/@href") == ["https://yunxi.example/news/moved/"]
        assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert not page.xpath("//article")


def test_nginx_gets_a_table(theme: Theme) -> None:
    table = write_redirects(theme)
    assert table.path == "redirects.map"
    assert str(table.content).splitlines() == [
        '"/art/2023/5/123.html" "/news/moved/";',
        '"/gg/旧闻/" "/news/moved/";',
        '"/news/renamed/" "/news/moved/";',
    ]


def test_search_engines_are_not_sent_to_old_addresses(theme: Theme) -> None:
    paths = [file.path for file in generate(theme)]
    assert not {path.removesuffix("index.html") for path in paths} & set(list_addresses(theme, paths))


def test_what_is_not_public_yet_leads_nowhere() -> None:
    draft = MOVED.model_copy(update={"status": "draft"})
    theme = Theme(make_library(draft), NOW)
    assert list(generate(theme)) == []
    assert write_redirects(theme) == GeneratedFile("redirects.map", "")


@pytest.mark.parametrize(
    ("old", "others"),
    [
        ("news/2026/", ["news/2026/index.html"]),
        ("a.html", ["a.html"]),
        ("a.html", ["a.html/b/index.html"]),
        ("a.html/b/", ["a.html"]),
    ],
)
def test_a_page_that_stands_there_already_is_a_fault(old: str, others: list[str]) -> None:
    theme = Theme(make_library(MOVED.model_copy(update={"moved_from": (old,)})), NOW)
    own = [file.path for file in generate(theme)]
    assert find_clashes(theme, own) == []
    (problem,) = find_clashes(theme, [*own, *others])
    assert (problem.rule, problem.message) == ("moved-address", f"旧网址 /{old} 现在就有一页。")


@pytest.mark.parametrize(
    ("written", "kept"),
    [("/a/index.html", "a/"), ("/a", "a/"), ("a/b.htm", "a/b.htm"), ("/~zgh/", "~zgh/")],
)
def test_an_old_address_has_one_form(written: str, kept: str) -> None:
    assert Page(id="p", title="页", moved_from=(written,)).moved_from == (kept,)


@pytest.mark.parametrize(
    "written",
    ["", "/", "/index.html", "https://old.example/a/", "/a/?id=3", "/a.aspx", "/../a/", "/.git/", "/a b/", '/a"/', "/a" * 120,
     "/api/a/", "/status/", "/assets/a.html"],
)  # fmt: skip
def test_what_cannot_be_an_old_address_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="旧网址"):
        Page(id="p", title="页", moved_from=(written,))


def test_the_table_of_what_is_gone_names_both_ways_to_a_page() -> None:
    library = make_library()
    gone = library.records[("news", "visit")].model_copy(update={"status": "withdrawn"})
    gone = gone.model_copy(update={"moved_from": ("news/old/", "xinwen.htm", "policies/taken/")})
    other = next(one for one in library.records.values() if one.id != "visit")
    other = other.model_copy(update={"moved_from": ("policies/taken/",)})
    records = {**library.records, ("news", "visit"): gone, (other.folder, other.id): other}
    table = write_gone(Theme(replace(library, records=records), NOW))
    names = ("news/old/", "news/old/index.html", "news/visit/", "news/visit/index.html", "xinwen.htm")
    assert table == GeneratedFile("gone.map", "".join(f'"/{name}" "/news/visit/index.html";\n' for name in names))
