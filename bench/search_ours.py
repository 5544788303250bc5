"""Our own search over a corpus: a bare search page with the site's scripts, asked in a fresh browser as a reader would."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from bench.counting_server import CountingServer
from bench.search_corpora import NOW
from bench.search_peers import READ, Answer
from site_builder.model import Library
from site_builder.render import THEME_DIR, Theme
from site_builder.search.index import build_index

PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>s</title><link rel="icon" href="data:,">
<body data-root="../"><form action="./"><input id="q" name="q"></form><div id="hits" data-find="../assets/find.js"
data-version="{version}" data-hotline="12351" hidden><span role="status"></span><nav class="types"></nav><div class="said">
</div><div class="facets"></div><div class="found"></div><button type="button" data-more hidden></button></div>
<div id="map"></div><script src="../assets/search.js"></script></body></html>"""
_READ = """() => { const found = [...document.querySelector('.found').children]; const at = found.findIndex(one => one.tagName === 'H2');
  return found.filter(one => one.dataset.url).map(one => [one.dataset.url.slice(1), at >= 0 && found.indexOf(one) > at]); }"""
_TITLES = ("meta", "keys", "titles", "folds")


def build_ours(library: Library, folder: Path) -> tuple[float, int]:
    """Write the index and a bare search page; return the seconds that the index took and its bytes."""
    theme = Theme(library, NOW)
    start = time.monotonic()
    index = build_index(theme)
    seconds = time.monotonic() - start
    size = 0
    for file in index.files:
        path = folder / "site" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        size += path.write_bytes(file.content if isinstance(file.content, bytes) else file.content.encode())
    site = folder / "site"
    (site / "search" / "index.html").write_text(PAGE.format(version=index.version), encoding="utf-8")
    (site / "assets").mkdir(exist_ok=True)
    for name in ("find.js", "search.js"):
        shutil.copy(THEME_DIR / "assets" / name, site / "assets" / name)
    return seconds, size


def read_memory() -> str:
    """Return the largest resident size of this process and of its largest child so far."""
    own, child = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return f"{own} MB, largest worker {child} MB"


def open_ours(browser: Browser, server: CountingServer) -> Callable[[str], Answer]:
    """Return a function that asks one query in a fresh browser and reads its results, all of them if they are few."""

    def ask(query: str) -> Answer:
        context = browser.new_context()
        try:
            return _ask(context.new_page(), server, query)
        finally:
            context.close()

    return ask


def _ask(page: Page, server: CountingServer, query: str) -> Answer:
    before, start = server.mark(), time.monotonic()
    page.goto(f"{server.url}search/?q={quote(query)}")
    page.wait_for_selector(".found[data-state=done]", state="attached", timeout=60_000)
    seconds = time.monotonic() - start
    page.wait_for_timeout(200)
    sent = server.since(before)
    titles, texts, others = (
        sum(size for path, size in sent if any(f"/{kind}" in path.partition("/data")[2] for kind in kinds))
        for kinds in (_TITLES, ("text",), ("facets", "near"))
    )
    total = int(page.get_attribute(".found", "data-total") or 0)
    rows = page.evaluate(_READ)
    first = [url for url, apart in rows if not apart or " " in query]
    while total <= READ and page.is_visible("[data-more]") and "词语" not in page.inner_text("[data-more]"):
        page.click("[data-more]")
        page.wait_for_function(
            f"() => document.querySelectorAll('[data-url]').length > {len(rows)}"
            " || /词语/.test(document.querySelector('[data-more]').textContent)"
        )
        rows = page.evaluate(_READ)
    found = {url for url, apart in rows if not apart or " " in query}
    return first, found if total <= READ else None, total, (titles, titles + texts, titles + texts + others), seconds


def ask_later(browser: Browser, server: CountingServer, queries: Sequence[str]) -> list[int]:
    """Return the bytes of each query but the first, typed one after the other on one page."""
    page = browser.new_page()
    page.goto(f"{server.url}search/?q={quote(queries[0])}")
    page.wait_for_selector(".found[data-state=done]", state="attached")
    sizes = []
    for query in queries[1:40]:
        before = server.mark()
        page.fill("#q", query)
        page.keyboard.press("Enter")
        page.wait_for_selector(".found[data-state=done]", state="attached")
        page.wait_for_timeout(200)
        sizes.append(sum(size for _, size in server.since(before)))
    page.close()
    return sizes
