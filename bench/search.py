"""Measure the search: recall and precision against substring truth, bytes on the wire, index time; with peers in the same run.

`python -m bench search [--pages N] [--no-peers] [--laws FOLDER]` writes Markdown tables. The peers are installed below
build/peers; on the generated policies only our own search is measured unless `--peers-on-policies` is given (an hour).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.counting_server import CountingServer
from bench.peers import CannotInstall, Material, Pagefind
from bench.results import tell_machine, write_section
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


def write_table(title: str, columns: dict[str, dict[str, str]]) -> str:
    """Return one row for each figure and one column for each engine."""
    rows = list(next(iter(columns.values())))
    lines = [f"### {title}\n\n| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}"]
    lines += [f"| {row} | {' | '.join(column.get(row, '') for column in columns.values())} |" for row in rows]
    return "\n".join(lines)


def measure_corpus(
    browser: Browser, title: str, library: Library, queries: Sequence[str], peers: dict[str, tuple[Build, Opener]]
) -> str:
    """Build and ask every engine over one corpus and return the table."""
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
    return write_table(f"{title}: {len(texts)} pages, {characters / 1e6:.1f} million characters", columns)


def main(arguments: Sequence[str] = ()) -> None:
    """Measure both corpora and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench search", description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peers-on-policies", action="store_true")
    parser.add_argument("--laws", type=Path, default=ROOT.parent / "shared" / "laws")
    parser.add_argument("--keep", action="store_true", help="do not write bench/RESULTS.md")
    options = parser.parse_args(arguments)
    told = [
        f"## Search\n\n{tell_machine()} Real Chromium, a fresh profile for each query, bytes with 180 for the head of each answer."
    ]
    peers, missing = ({}, "") if options.no_peers else _find_peers()
    told += [missing] if missing else []
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        if options.laws.is_dir():
            told.append(measure_corpus(browser, "Statutes", read_laws(options.laws), LAW_QUERIES, peers))
        if options.pages:
            library, own = make_policies(options.pages), peers if options.peers_on_policies else {}
            told.append(measure_corpus(browser, "Generated policies", library, SYNTHETIC_QUERIES, own))
        browser.close()
    text = "\n\n".join(told)
    print(text)
    if not options.keep:
        write_section("search", text)


def _find_peers() -> tuple[dict[str, tuple[Build, Opener]], str]:
    """Install the peers and return them; and a sentence that names what could not be installed."""
    peers: dict[str, tuple[Build, Opener]] = {}
    missing = []
    for name, builder, build, opener in (
        ("Pagefind extended", Pagefind(), build_pagefind, open_pagefind),
        ("Material", Material(), build_material, open_material),
    ):
        try:
            builder.install()
        except CannotInstall as fault:
            missing.append(f"Not measured: **{name}** ({fault}).")
            continue
        peers[name] = (partial(build, venv=builder.home), opener)
    return peers, " ".join(missing)


if __name__ == "__main__":
    main(sys.argv[1:])
