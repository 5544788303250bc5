"""Pagefind (extended) and Material's own search over the same texts, each in its own browser interface."""

from __future__ import annotations

import html
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from bench.counting_server import CountingServer
from bench.search_corpora import NOW
from site_builder.model import Library
from site_builder.render import Theme
from site_builder.search.entries import list_entries

READ = 400
"""Results beyond this many are counted and not read."""
Answer = tuple[list[str], set[str] | None, int, tuple[int, int, int], float]
"""First page, all addresses (None if only counted), their count, bytes to titles, with snippets, with facets, seconds."""

_PAGEFIND = """async query => {
  window.pagefind = window.pagefind || await import('/pagefind/pagefind.js');
  const found = await window.pagefind.search(query);
  const first = await Promise.all(found.results.slice(0, 10).map(one => one.data()));
  return [first.map(one => one.url), found.results.length];
}"""
_PAGEFIND_ALL = """async query => {
  const found = await window.pagefind.search(query);
  return Promise.all(found.results.map(async one => (await one.data()).url));
}"""
_MATERIAL = """async query => {
  const config = JSON.parse(document.getElementById('__config').textContent);
  window.asked = window.asked || (async () => {
    const index = await (await fetch('/search/search_index.json')).json();
    const worker = new Worker(new URL(config.search, location.href));
    await new Promise(done => { worker.onmessage = event => event.data.type === 1 && done();
      worker.postMessage({type: 0, data: {config: index.config, docs: index.docs, options: {suggest: false}}}); });
    return worker;
  })();
  const worker = await window.asked;
  return new Promise(done => { worker.onmessage = event => event.data.type === 3 &&
      done(event.data.data.items.map(item => item[0].location));
    worker.postMessage({type: 2, data: query}); });
}"""


def build_pagefind(library: Library, folder: Path, venv: Path) -> tuple[float, int]:
    """Write plain pages and index them; return seconds and bytes of the index."""
    site = folder / "site"
    for entry in list_entries(Theme(library, NOW)):
        lines = "".join(f"<p>{html.escape(text)}</p>" for _, _, text in entry.read())
        path = site / entry.url / "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{html.escape(entry.title)}</title>'
            f"<body data-pagefind-body><h1>{html.escape(entry.title)}</h1><p>{entry.number}</p>{lines}</body></html>",
            encoding="utf-8",
        )
    (site / "index.html").write_text(
        '<!doctype html><html lang="zh-CN"><title>s</title><link rel="icon" href="data:,">', encoding="utf-8"
    )
    start = time.monotonic()
    subprocess.run([venv / "bin" / "python", "-m", "pagefind", "--site", site], check=True, capture_output=True)  # noqa: S603 - our own words
    return time.monotonic() - start, _size(site / "pagefind")


def open_pagefind(browser: Browser, server: CountingServer) -> Callable[[str], Answer]:
    """Return a function that asks one query in a fresh browser."""

    def ask(query: str) -> Answer:
        context = browser.new_context()
        page = context.new_page()
        page.goto(server.url)
        before, start = server.mark(), time.monotonic()
        first, count = page.evaluate(_PAGEFIND, query)
        seconds = time.monotonic() - start
        sizes = server.since(before)
        found = page.evaluate(_PAGEFIND_ALL, query) if count <= READ else None
        context.close()
        titles = sum(size for path, size in sizes if "/fragment/" not in path)
        whole = sum(size for _, size in sizes)
        every = None if found is None else {url.lstrip("/") for url in found}
        return [url.lstrip("/") for url in first], every, count, (titles, whole, whole), seconds

    return ask


def build_material(library: Library, folder: Path, venv: Path) -> tuple[float, int]:
    """Write the same texts as Markdown, build them with Material and its search; return seconds and bytes of the index."""
    docs = folder / "docs"
    docs.mkdir(parents=True)
    for entry in list_entries(Theme(library, NOW)):
        text = "\n\n".join(text for _, _, text in entry.read())
        path = docs / f"{entry.url.strip('/')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {entry.title}\n\n{entry.number}\n\n{text}\n", encoding="utf-8")
    (docs / "index.md").write_text("# 首页\n", encoding="utf-8")
    (folder / "mkdocs.yml").write_text(
        "site_name: peer\ntheme: {name: material, language: zh, font: false}\nplugins: [search]\nnav: [index.md]\n"
        "not_in_nav: /policies/**\n",
        encoding="utf-8",
    )
    start = time.monotonic()
    subprocess.run([venv / "bin" / "mkdocs", "build", "--quiet"], cwd=folder, check=True, capture_output=True)  # noqa: S603 - our own words
    return time.monotonic() - start, (folder / "site" / "search" / "search_index.json").stat().st_size


def open_material(browser: Browser, server: CountingServer) -> Callable[[str], Answer]:
    """Return a function that asks one query; the index is fetched whole before the first, so its bytes count for each."""
    page = browser.new_page()
    page.goto(server.url)
    before = server.mark()
    page.evaluate(_MATERIAL, "首页")
    size = sum(size for path, size in server.since(before) if "search" in path)

    def ask(query: str) -> Answer:
        start = time.monotonic()
        found = [url.partition("#")[0] for url in page.evaluate(_MATERIAL, query)]
        ordered = list(dict.fromkeys(found))
        return ordered[:10], set(ordered), len(ordered), (size, size, size), time.monotonic() - start

    return ask


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
