"""Run Lighthouse (npm, mobile profile) over four pages of the sample site: `python -m bench lighthouse`. Needs node and npm.

The site is built, served on 127.0.0.1 compressed as any web server does it, and Chromium is kept from every other host.
Exit status 1 if a category of a page is under 95.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.results import tell_machine, write_section
from bench.web_server import serve
from site_builder.driver import build

ROOT = Path(__file__).parents[1]
VERSION = "12.8.2"
"""The newest Lighthouse that runs on Node 18 and 20."""
FOLDER = ROOT / ".venv" / "lighthouse"
PAGES = {
    "首页": "",
    "政策（主要样本）": "policies/20261109-knzgbfssbf/",
    "办事指南": "guides/hardship-aid/",
    "荣誉榜": "honors/",
}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 95
CHROME_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'"


def install() -> Path:
    """Install the pinned Lighthouse below .venv once, and return its command."""
    command = FOLDER / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(  # noqa: S603 - our own words
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(FOLDER), f"lighthouse@{VERSION}"],  # noqa: S607 - npm is found by PATH, as everywhere
            check=True,
            env={**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"},
        )
    return command


def measure(command: Path, address: str, report: Path) -> tuple[dict[str, float], dict[str, str], list[str]]:
    """Run Lighthouse once: scores from 0 to 100, key figures as it writes them, and the audits that lost points."""
    chrome = shutil.which("chromium") or shutil.which("google-chrome") or ""
    options = [f"--chrome-flags={CHROME_FLAGS}", "--output=json", f"--output-path={report}", "--quiet"]
    options += [f"--only-categories={','.join(CATEGORIES)}", "--no-enable-error-reporting"]
    environ = {**os.environ, "CHROME_PATH": chrome}
    subprocess.run([str(command), address, *options], check=True, env=environ)  # noqa: S603 - our own words
    data = json.loads(report.read_text(encoding="utf-8"))
    scores: dict[str, float] = {name: 100 * (data["categories"][name]["score"] or 0) for name in CATEGORIES}
    audits = data["audits"]
    names = {
        "FCP": "first-contentful-paint",
        "LCP": "largest-contentful-paint",
        "TBT": "total-blocking-time",
        "CLS": "cumulative-layout-shift",
        "bytes": "total-byte-weight",
    }
    figures = {
        label: audits[name].get("displayValue", "").removeprefix("Total size was ") for label, name in names.items()
    }
    lost = [
        f"{ref['id']}: {audits[ref['id']]['title']}"
        for name in CATEGORIES
        for ref in data["categories"][name]["auditRefs"]
        if ref["weight"] and audits[ref["id"]]["score"] is not None and audits[ref["id"]]["score"] < 0.9
    ]
    return scores, figures, lost


def main(arguments: Sequence[str] = ()) -> int:
    """Measure every page several times, write medians as a table, and tell what lost points."""
    parser = argparse.ArgumentParser(prog="python -m bench lighthouse")
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args(arguments).runs
    command = install()
    low: list[str] = []
    rows = [
        f"## Lighthouse\n\n{tell_machine()} Lighthouse {VERSION}, mobile profile with its slow 4G and CPU four times slower, "
        f"median of {runs} runs, figures of the last; text compressed as nginx does it, every other host blocked.\n",
        "| page | performance | accessibility | best practices | SEO | FCP | LCP | TBT | CLS | wire |",
        "|" + "---|" * 10,
    ]
    with tempfile.TemporaryDirectory() as name:
        site = Path(name) / "site"
        build(ROOT / "mkdocs.yml", site, "2026-11-20T09:00")
        with serve(site) as url:
            for label, path in PAGES.items():
                results = [measure(command, url + path, Path(name) / "report.json") for _ in range(runs)]
                scores = {one: statistics.median(result[0][one] for result in results) for one in CATEGORIES}
                cells = [label, *(f"{score:.0f}" for score in scores.values()), *results[-1][1].values()]
                rows.append(f"| {' | '.join(cells)} |")
                low += [f"{label} {one}: {score:.0f}, under {LEAST}" for one, score in scores.items() if score < LEAST]
                low += [f"{label}: {one}" for one in results[-1][2] if min(scores.values()) < LEAST]
    print("\n".join(rows))
    write_section("lighthouse", "\n".join(rows))
    for one in low:
        print(one, file=sys.stderr)
    return 1 if low else 0
