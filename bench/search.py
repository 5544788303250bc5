"""Measure the search: recall and precision against substring truth, bytes on the wire, index time; with peers in the same run.

`python -m bench.search [--pages N] [--peers VENV] [--laws FOLDER]` prints Markdown tables. VENV is a virtual environment that
holds the peers (`pip install "pagefind[extended]" mkdocs-material jieba`); without it only our own search is measured.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.counting_server import CountingServer
from bench.search_corpora import LAW_QUERIES, NOW, SYNTHETIC_QUERIES, make_policies, read_laws
from bench.search_ours import ask_later, build_ours, open_ours, read_memory
from bench.search_peers import Answer, build_material, build_pagefind, open_material, open_pagefind
from site_builder.model import Library
from site_builder.render import Theme
from site_builder.search.entries import list_entries
from site_builder.search.normalising import normalise

ROOT = Path(__file__).parents[1]
ARTICLES = {
    "第42条": "第四十二条",
    "第10条": "第十条",
    "第12条": "第十二条",
    "第3条": "第三条",
    "第101条": "第一百零一条",
}
Build = Callable[[Library, Path], tuple[float, int]]
Opener = Callable[[Browser, CountingServer], Callable[[str], Answer]]


# --- truth -------------------------------------------------------------------------------------


def read_texts(library: Library) -> dict[str, str]:
    """Return the normalised text of every page, title and number included, by its address."""
    texts = {}
    for entry in list_entries(Theme(library, NOW)):
        heads = [normalise(name) for name in (entry.title, entry.number, *entry.names)]
        texts[entry.url] = "\n".join([*heads, normalise("".join(text for _, _, text in entry.read()))])
    return texts


def find_truth(texts: dict[str, str], query: str) -> set[str]:
    """Return the pages that hold every word of a query, an article's number in either writing."""
    other = {**ARTICLES, **{han: digits for digits, han in ARTICLES.items()}}
    found = set(texts)
    for word in query.replace("“", " ").replace("”", " ").split():
        forms = {normalise(word), normalise(other.get(word, word))}
        found &= {url for url, text in texts.items() if any(form in text for form in forms)}
    return found


# --- the tables --------------------------------------------------------------------------------


def judge(answers: dict[str, Answer], texts: dict[str, str]) -> dict[str, str]:
    """Return recall, precision and bytes of one engine, and the queries it fell short on.

    Where results were only counted, recall is what their count allows at most.
    """
    recalls, precisions, short = [], [], []
    for query, (first, every, total, _, _) in answers.items():
        if truth := find_truth(texts, query):
            held = min(total, len(truth)) if every is None else len(every & truth)
            recalls.append(held / len(truth))
            if held < len(truth):
                short.append(f"{query} {held}/{len(truth)}")
        if first:
            precisions.append(sum(url in truth for url in first) / len(first))
    sizes = list(zip(*(sizes for _, _, _, sizes, _ in answers.values()), strict=True))
    return {
        "queries": str(len(answers)),
        "recall, mean / least": f"{statistics.mean(recalls):.3f} / {min(recalls):.3f}",
        "short of 1": f"{len(short)}: {'、'.join(short[:8])}",
        "first page precision": f"{statistics.mean(precisions):.3f}",
        "bytes to titles, median / most": _spread(sizes[0]),
        "bytes with ten snippets": _spread(sizes[1]),
        "and facets": _spread(sizes[2]),
        "seconds, median": f"{statistics.median(seconds for *_, seconds in answers.values()):.2f}",
    }


def _spread(sizes: Sequence[int]) -> str:
    return f"{statistics.median(sizes) / 1000:.1f} / {max(sizes) / 1000:.1f} KB"


def print_table(title: str, columns: dict[str, dict[str, str]]) -> None:
    """Print one row for each figure and one column for each engine."""
    rows = list(next(iter(columns.values())))
    print(f"\n### {title}\n\n| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {row} | {' | '.join(column.get(row, '') for column in columns.values())} |")


def measure_corpus(
    browser: Browser, title: str, library: Library, queries: Sequence[str], peers: dict[str, tuple[Build, Opener]]
) -> None:
    """Build and ask every engine over one corpus and print the table."""
    texts = read_texts(library)
    columns: dict[str, dict[str, str]] = {}
    for engine, (build, opener) in {"ours": (build_ours, open_ours), **peers}.items():
        with tempfile.TemporaryDirectory() as name:
            seconds, size = build(library, Path(name))
            with CountingServer(Path(name) / "site") as server:
                ask = opener(browser, server)
                answers = {query: ask(query) for query in queries}
                column = {"index": f"{seconds:.1f} s, {size / 1e6:.1f} MB", **judge(answers, texts)}
                if engine == "ours":
                    column |= {"later queries": _spread(ask_later(browser, server, queries)), "memory": read_memory()}
            columns[engine] = column
    characters = sum(map(len, texts.values()))
    print_table(f"{title}: {len(texts)} pages, {characters / 1e6:.1f} million characters", columns)


def main() -> None:
    """Measure both corpora and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--laws", type=Path, default=ROOT.parent / "shared" / "laws")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    peers: dict[str, tuple[Build, Opener]] = {}
    if venv := options.peers:
        peers["Pagefind extended"] = (lambda library, folder: build_pagefind(library, folder, venv), open_pagefind)
        peers["Material"] = (lambda library, folder: build_material(library, folder, venv), open_material)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        if options.laws.is_dir():
            measure_corpus(browser, "Statutes", read_laws(options.laws), LAW_QUERIES, peers)
        if options.pages:
            library = make_policies(options.pages)
            measure_corpus(browser, "Generated policies", library, SYNTHETIC_QUERIES, peers)
        browser.close()


if __name__ == "__main__":
    main()
