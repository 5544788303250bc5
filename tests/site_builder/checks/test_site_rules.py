"""The rules about the finished site: each planted fault is found on a small site, and the sample site has none."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from site_builder.checks import site
from site_builder.checks.built_pages import read_page, resolve
from site_builder.checks.site import RULES, check_site
from site_builder.model import Library, Site
from site_builder.security import write_policy

TODAY = date(2026, 11, 20)
LIBRARY = Library(Site(name="职工之家", organisation="云溪县总工会", domain="yunxi.example"))
POLICY = write_policy().replace("'", "&#39;")
HEAD = f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width">
<title>题 · 职工之家</title>
<link rel="canonical" href="https://yunxi.example/a/">
<meta name="SiteName" content="职工之家">
<meta name="SiteDomain" content="yunxi.example">
<meta name="ColumnName" content="栏目">
<meta name="ColumnDescription" content="说明">
<meta name="ColumnKeywords" content="词">
<meta name="ColumnType" content="{{kind}}">
</head>
"""
BODY = '<body><main id="main"><h1>题</h1><p><a href="{way}">好</a></p></main></body>\n</html>\n'
HOME = HEAD.format(kind="首页") + BODY.format(way="a/")
PAGE = HEAD.format(kind="政策文件") + BODY.format(way="../#main")
ARTICLE = '<meta name="ArticleTitle" content="题"><meta name="PubDate" content="2026-11-19 08:35"><meta name="ContentSource" content="会">'
DATED = PAGE.replace("</head>", f"{ARTICLE}</head>").replace("<h1>题</h1>", "<h1>题</h1><p>2026年11月<b>19</b>日</p>")


class Built:
    """A built site in memory."""

    is_whole = True

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = {path: one if isinstance(one, bytes) else one.encode() for path, one in files.items()}

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> bytes:
        return self.files[path]

    def facts(self, gather: Callable[[str, bytes], Any]) -> Mapping[str, Any]:
        return {path: gather(path, self.files[path]) for path in self.paths}


def check(
    page: str | bytes = PAGE, library: Library = LIBRARY, home: str = HOME, **more: str | bytes
) -> list[tuple[str, str, int]]:
    files = {"index.html": home, "a/index.html": page, "robots.txt": "", **more}
    problems = list(check_site(Built(files), library, TODAY))
    for problem in problems:
        assert problem.message.endswith("。")
        assert problem.fix.endswith("。")
    return [(problem.rule, problem.path, problem.line) for problem in problems]


def put(markup: str, page: str = PAGE) -> str:
    return page.replace("</main>", f"{markup}</main>")


def test_a_good_site_has_no_fault() -> None:
    assert check() == []
    assert check(DATED) == []
    good = '<ul><li>一</li></ul><details><summary><h2>二</h2></summary></details><svg viewBox="0 0 1 1"><path d="M0 0"/></svg>'
    assert (
        check(put(good + '<label for="q">找</label><input id="q"><button aria-label="找"><svg></svg></button>')) == []
    )


PLANTED = {
    "link": ("dead-link", put('<a href="../b/">二</a>')),
    "link of the root": ("dead-link", put('<a href="/b.html">二</a>')),
    "link above the root": ("dead-link", put('<a href="../../../b/">二</a>')),
    "picture": ("dead-link", put('<img src="b.png" alt="图">')),
    "form": ("dead-link", put('<form action="../b/"><button>找</button></form>')),
    "anchor": ("dead-anchor", put('<a href="#s1">一</a>')),
    "anchor elsewhere": ("dead-anchor", put('<a href="../#%E4%B8%80">一</a>')),
    "block in a paragraph": ("html-syntax", put("<p>一<div>二</div></p>")),
    "paragraph in a span": ("html-syntax", put("<span><p>一</p></span>")),
    "button in a link": ("html-syntax", put('<a href="#main"><button>按</button></a>')),
    "attribute twice": ("html-syntax", put('<p class="a" class="b">一</p>')),
    "attribute of old": ("html-syntax", put('<p align="center">一</p>')),
    "element of old": ("html-syntax", put("<center>一</center>")),
    "child of a list": ("html-syntax", put("<ul><p>一</p></ul>")),
    "crossed": ("html-syntax", put("<b><i>一</b></i>")),
    "open": ("html-syntax", put("<div><p>一</p>")),
    "end without start": ("html-syntax", put("</div>")),
    "stray mark": ("html-syntax", put("<p>1 < 2</p>")),
    "unquoted": ("html-syntax", put("<p class=a>一</p>")),
    "label of nobody": ("html-syntax", put('<label for="nobody">一</label>')),
    "empty id": ("html-syntax", put('<p id="">一</p>')),
    "other encoding": ("html-syntax", PAGE.encode("gb18030")),
    "id twice": ("duplicate-element-id", put('<p id="main">一</p>')),
    "no title": ("page-title", PAGE.replace("<title>题 · 职工之家</title>", "")),
    "two headings": ("page-title", put("<h1>二</h1>")),
    "empty heading": ("page-title", PAGE.replace("<h1>题</h1>", "<h1> </h1>")),
    "no language": ("page-title", PAGE.replace(' lang="zh-CN"', "")),
    "level": ("page-headings", put("<h3>三</h3>")),
    "tag missing": ("meta-tags", PAGE.replace('<meta name="SiteName" content="职工之家">\n', "")),
    "tag empty": ("meta-tags", PAGE.replace('content="栏目"', 'content=" "')),
    "tag twice": ("meta-tags", PAGE.replace("</head>", '<meta name="ColumnName" content="二"></head>')),
    "column": ("meta-tags", PAGE.replace("政策文件", "概括信息")),
    "date": ("meta-tags", DATED.replace("2026-11-19 08:35", "2026/11/19")),
    "other date": ("meta-tags", DATED.replace("2026-11-19 08:35", "2026-11-18 08:35")),
    "no source": ("meta-tags", DATED.replace('<meta name="ContentSource" content="会">', "")),
    "code": ("meta-tags", PAGE.replace("</head>", '<meta name="SiteIDCode" content="123"></head>')),
    "no policy": ("page-csp", PAGE.replace("default-src", "img-src")),
    "style": ("page-csp", put('<p style="color:red">一</p>')),
    "style element": ("page-csp", put("<style></style>")),
    "script": ("page-csp", put("<script>a()</script>")),
    "handler": ("page-csp", put('<p onclick="a()">一</p>')),
    "script from elsewhere": ("external-request", put('<script src="https://a.example/a.js"></script>')),
    "picture from elsewhere": ("external-request", put('<img src="//a.example/a.png" alt="">')),
    "style from elsewhere": ("external-request", put('<link rel="stylesheet" href="http://a.example/a.css">')),
    "alt": ("image-alt", put('<img src="../robots.txt">')),
    "field": ("control-name", put('<input name="q">')),
    "link without words": ("control-name", put('<a href="../"><span></span></a>')),
    "button without words": ("control-name", put("<button> </button>")),
    "table head": ("control-name", put("<table><thead><tr><th>一</th></tr></thead></table>")),
    "tabindex": ("control-name", put('<p tabindex="3">一</p>')),
    "no zoom": ("control-name", PAGE.replace("width=device-width", "width=device-width, user-scalable=no")),
    "long": ("page-size", put(f"<article><p>{'一' * 21_000}</p></article>")),
    "frame": ("page-size", put(f"<p>{'一' * 9_000}</p>")),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str) -> None:
    rule, page = PLANTED[name]
    found = check(page)
    assert rule in [one for one, path, _ in found if path == "a/index.html"]
    assert {one for one, _, _ in found} <= {rule, "orphan-page", "meta-tags" if isinstance(page, bytes) else rule}


def test_faults_tell_their_line() -> None:
    line = PAGE[: PAGE.index("</main>")].count("\n") + 1
    assert check(put('\n<img src="../robots.txt">')) == [("image-alt", "a/index.html", line + 1)]
    assert check(put('\n\n<a href="b/">二</a>')) == [("dead-link", "a/index.html", line + 2)]


def test_a_page_that_nothing_leads_to_is_an_orphan() -> None:
    moved = PAGE.replace("../#main", "a/").replace("</head>", '<meta http-equiv="refresh" content="0; url=a/"></head>')
    assert check(**{"b/index.html": PAGE, "404.html": PAGE.replace("../#main", "./"), "old.html": moved}) == [
        ("orphan-page", "b/index.html", 1)
    ]


def test_home_is_of_its_own_kind_and_light() -> None:
    assert check(home=HOME.replace("首页", "政策文件")) == [("meta-tags", "index.html", 1)]
    noise = random.Random(1).randbytes(site.FIRST_VIEW)
    heavy = HOME.replace("</main>", '<img src="big.png" alt=""></main>')
    assert check(home=heavy, **{"big.png": noise}) == [("page-size", "index.html", 1)]


def test_scripts_have_a_budget_and_the_search_a_larger_one() -> None:
    script = random.Random(1).randbytes(site.SCRIPTS)
    page = put('<script src="../s.js"></script>')
    assert check(page, **{"s.js": script}) == [("page-size", "a/index.html", 1)]
    search = {"search/index.html": page, "s.js": script}
    home = HOME.replace("</main>", '<a href="search/">找</a></main>')
    assert check(home=home, **search) == []


def test_a_government_site_shows_its_code() -> None:
    code = LIBRARY.site.model_copy(update={"profile": "政府子站", "site_id_code": "3308250001"})
    government = Library(code)
    assert {rule for rule, _, _ in check(library=government)} == {"meta-tags"}
    told = '<meta name="SiteIDCode" content="3308250001"></head>'
    assert check(PAGE.replace("</head>", told), government, HOME.replace("</head>", told)) == []


@pytest.mark.parametrize(
    ("path", "address", "target"),
    [
        ("a/b/index.html", "../c/", "a/c/index.html"),
        ("a/b/index.html", "../../", "index.html"),
        ("a/b/index.html", "./", "a/b/index.html"),
        ("a/b/index.html", "../c/./d.pdf?v=1#p2", "a/c/d.pdf#p2"),
        ("a/b/index.html", "../c/../d/", "a/d/index.html"),
        ("a/b/index.html", "#s1", "a/b/index.html#s1"),
        ("a/b/index.html", "", "a/b/index.html"),
        ("a/b/index.html", "/e/%E4%B8%80.csv", "e/一.csv"),
        ("index.html", "./", "index.html"),
        ("index.html", ".", "index.html"),
        ("index.html", "../x", "../x"),
    ],
)
def test_addresses_are_resolved_as_browsers_do(path: str, address: str, target: str) -> None:
    folder = path.split("/")[:-1]
    assert resolve(path, folder, address) == target


def test_other_files_are_no_pages() -> None:
    assert read_page("a.css", b"<p>").faults == ()


def test_the_sample_site_has_no_fault(sample_site: Path) -> None:
    files = {
        path.relative_to(sample_site).as_posix(): path.read_bytes() for path in sample_site.rglob("*") if path.is_file()
    }
    assert sum(path.endswith(".html") for path in files) > 150
    assert list(check_site(Built(files), LIBRARY, TODAY)) == []


def test_every_rule_is_planted() -> None:
    assert {rule.name for rule in RULES} == {rule for rule, _ in PLANTED.values()} | {"orphan-page"}
