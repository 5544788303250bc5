"""Faults that no generated page may have, for tests of one generator on a small library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from lxml import html

from site_builder.values import GeneratedFile

LARGEST = 25_000


def find_faults(files: Iterable[GeneratedFile], own: Iterable[str]) -> list[str]:
    """Return the faults of the pages; links into the folders `own` must lead to a page or an anchor among them (files are copied by the build)."""
    sources = {file.path: str(file.content) for file in files}
    pages = {path: html.document_fromstring(text) for path, text in sources.items()}
    faults = []
    for path, page in pages.items():
        found = [*_structure(page), *_inline(page), *_dead(path, pages, tuple(own))]
        if len(sources[path]) > LARGEST:
            found.append(f"{len(sources[path])} characters")
        faults += [f"{path}: {fault}" for fault in found]
    return faults


def find_page_faults(source: str) -> list[str]:
    """Return the faults of one page that a service drew: its structure, style or script inline, controls without a name."""
    page = html.document_fromstring(source)
    return [*_structure(page), *_inline(page), *_nameless(page)]


def words(files: Iterable[GeneratedFile], path: str, where: str = "//main") -> str:
    """Return what a reader sees in one part of a page, without spaces."""
    source = next(str(file.content) for file in files if file.path == f"{path}index.html")
    parts = html.document_fromstring(source).xpath(where)
    assert parts, where
    return re.sub(r"\s+", "", "".join(part.text_content() for part in parts))


def _structure(page: html.HtmlElement) -> Iterator[str]:
    headings = page.xpath("//h1")
    if len(headings) != 1 or not headings[0].text_content().strip():
        yield f"{len(headings)} h1"
    ids = page.xpath("//@id")
    yield from (f"id {one} twice" for one in sorted({one for one in ids if ids.count(one) > 1}))
    yield from ("table head without scope" for _ in page.xpath("//th[not(@scope)]"))
    yield from (f"empty link {one.get('href')}" for one in page.xpath("//main//a") if not one.text_content().strip())
    level = 0
    for heading in page.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]"):
        if int(heading.tag[1]) > level + 1:
            yield f"{heading.tag} “{heading.text_content()}” after h{level}"
        level = int(heading.tag[1])


def _nameless(page: html.HtmlElement) -> Iterator[str]:
    labelled = {label.get("for") for label in page.xpath("//label")}
    for control in page.xpath("//select | //textarea | //input[not(@type='hidden')]"):
        inside = control.xpath("ancestor::label")
        if not (control.get("aria-label") or inside or control.get("id") in labelled):
            yield f"{control.tag} {control.get('name')} without a label"
    yield from (
        "button without words"
        for one in page.xpath("//button")
        if not (one.text_content().strip() or one.get("aria-label"))
    )


def _inline(page: html.HtmlElement) -> Iterator[str]:
    yield from (f"style on {one.tag}" for one in page.xpath("//*[@style] | //style"))
    yield from ("script inline" for _ in page.xpath("//script[not(@src or @type='application/ld+json')]"))


def _dead(path: str, pages: dict[str, html.HtmlElement], own: tuple[str, ...]) -> Iterator[str]:
    for address in page_links(pages[path]):
        whole, anchor = urldefrag(urljoin(f"http://site/{path}", address))
        target = unquote(urlsplit(whole).path).lstrip("/")
        if urlsplit(whole).netloc != "site" or not target.startswith(own) or not target.endswith("/"):
            continue
        found = pages.get(f"{target}index.html")
        if found is None or (anchor and anchor not in found.xpath("//@id")):
            yield f"dead link {address}"


def page_links(page: html.HtmlElement) -> list[str]:
    """Return the addresses of the links of a page."""
    return [str(address) for address in page.xpath("//main//a/@href")]
