"""How heavy a page may be (product.md, sections 8 and 10), over every page of the built sample site.

What is around the body: the bytes of a page without its record's body, which is its <article>. A page without one is
a list or a table of facts: there the body is its outermost lists, tables and drawings, which grow with the content.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from site_builder.model import Library
from site_builder.pages import documents
from site_builder.records import News, Policy
from site_builder.render import Theme
from tests.page_types import read_pages
from tests.small_library import NOW, make_library

AROUND = 25_000
WHOLE_RECORD = 60_000
"""A record's page with its body: 25 KB around the longest text that a county's document is likely to have."""
FIRST_VIEW = 150_000
SCRIPTS = 12_000
SEARCH_SCRIPTS = 25_000
"""The page of search finds by itself; every other page only leads there."""
ROWS = (
    "self::ul or self::ol or self::dl or self::table or self::svg"
    " or contains(concat(' ', @class, ' '), ' doc ') or contains(concat(' ', @class, ' '), ' rl-row ')"
)


def size_of(elements: Iterable[html.HtmlElement]) -> int:
    return sum(len(html.tostring(one, encoding="utf-8", with_tail=False)) for one in elements)


def body_of(page: html.HtmlElement) -> list[html.HtmlElement]:
    """Return what a page is for: its article, or its outermost lists, tables and drawings."""
    if articles := page.xpath("//article"):
        return articles
    found = page.xpath(f"//main//*[{ROWS}]")
    inner = set(found)
    return [one for one in found if not any(above in inner for above in one.iterancestors())]


@pytest.fixture(scope="module")
def pages(sample_site: Path) -> dict[str, html.HtmlElement]:
    return read_pages(sample_site)


def file_of(site: Path, url: str) -> Path:
    return site / url if url.endswith(".html") else site / url / "index.html"


def test_html_around_the_body_stays_small(pages, sample_site):
    around = {url: file_of(sample_site, url).stat().st_size - size_of(body_of(page)) for url, page in pages.items()}
    assert {url: size for url, size in around.items() if size > AROUND} == {}
    assert min(around.values()) > 3_000, "the frame itself was taken for the body"


def test_no_page_is_long_to_load(pages, sample_site):
    sizes = {url: file_of(sample_site, url).stat().st_size for url in pages}
    assert {url: size for url, size in sizes.items() if size > WHOLE_RECORD} == {}


def test_the_first_view_of_home_is_light(sample_site, pages):
    page = pages[""]
    addresses = page.xpath("//script/@src | //link[@rel='stylesheet' or @rel='icon']/@href | //img/@src")
    files = [sample_site / "index.html"]
    files += [sample_site / unquote(urlsplit(address).path.removeprefix("./")) for address in addresses]
    assert len(files) >= 4
    assert sum(len(gzip.compress(file.read_bytes(), 6)) for file in files) <= FIRST_VIEW


def test_no_page_makes_a_phone_load_much_script(sample_site, pages):
    scripts = {one.name: len(gzip.compress(one.read_bytes(), 6)) for one in (sample_site / "assets").glob("*.js")}
    assert scripts

    def weigh(page: html.HtmlElement) -> int:
        return sum(scripts[Path(urlsplit(address).path).name] for address in page.xpath("//script/@src"))

    loads = {url: weigh(page) for url, page in pages.items()}
    assert {url: load for url, load in loads.items() if load > (SEARCH_SCRIPTS if url == "search/" else SCRIPTS)} == {}


def test_old_phones_can_run_every_script(sample_site):
    for script in sorted((sample_site / "assets").glob("*.js")):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"=>|\b(?:let|const|class|async|await)\s|`", text), script.name


def test_no_page_asks_another_host(pages):
    found = [
        f"{url}: {address}"
        for url, page in pages.items()
        for address in page.xpath(
            "//script/@src | //img/@src | //img/@srcset | //source/@src | //iframe/@src | //link[not(@rel='canonical')]/@href"
        )
        if urlsplit(address).netloc
    ]
    assert found == []


def test_a_policy_page_does_not_grow_with_the_number_of_records():
    def page_of(library: Library) -> str:
        files = documents.generate(Theme(library, NOW))
        return next(str(file.content) for file in files if file.path == "policies/new/index.html")

    others = [
        *(
            Policy.model_validate(
                {
                    "id": f"p{n}",
                    "title": f"第{n}号办法",
                    "issuer": "云溪县总工会",
                    "published": "2020-05-01",
                    "topics": ["帮扶"],
                }
            )
            for n in range(300)
        ),
        *(News.model_validate({"id": f"n{n}", "title": f"第{n}条", "published": "2020-05-01"}) for n in range(300)),
    ]
    assert page_of(make_library(*others)) == page_of(make_library())
