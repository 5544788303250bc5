"""Measure `site-builder check` of generated policies: cold, with nothing changed, after one sentence was edited.

`python -m bench check [--pages 10000] [--runs 3] [--site] [--folder build/bench-check]`
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.corpus import ROOT, make_document, write_document, write_site
from bench.measuring import Run, measure, middle
from bench.results import tell_machine, write_section

DATE = "2026-11-20T09:00"
GOALS = {"cold": 15.0, "nothing changed": None, "one sentence edited": 2.0}
"""Seconds at 10,000 documents on two cores."""


def main(arguments: Sequence[str]) -> None:
    """Measure and write the section of the results."""
    parser = argparse.ArgumentParser(prog="python -m bench check", description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--site", action="store_true", help="build the site too and look at it")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench-check")
    parser.add_argument("--keep", action="store_true", help="do not write bench/RESULTS.md")
    options = parser.parse_args(arguments)
    machine, before = tell_machine(), os.getloadavg()[0]
    figures = measure_checks(options.folder, options.pages, options.runs, with_site=options.site)
    what = "content and the site built from it" if options.site else "content (`--source`)"
    text = "\n\n".join(
        [
            f"## Checking{' the built site' if options.site else ''}",
            f"{machine} {options.pages:,} documents, {what}, median of {options.runs}; load {before:.1f} before, "
            f"{os.getloadavg()[0]:.1f} after: on a busy machine processor seconds tell more than wall time.",
            write_table(figures, with_goals=options.pages == 10_000 and not options.site),
        ]
    )
    print(text)
    if not options.keep:
        write_section("check-site" if options.site else "check", text)


def measure_checks(folder: Path, pages: int, runs: int, *, with_site: bool) -> dict[str, list[Run]]:
    """Run every step `runs` times, each in the state that the step before left."""
    shutil.rmtree(folder, ignore_errors=True)
    write_site(folder, pages)
    command = [sys.executable, "-m", "site_builder", "check", "--date", DATE, *([] if with_site else ["--source"])]
    environ = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    figures: dict[str, list[Run]] = {step: [] for step in GOALS}
    old = make_document(pages // 3, pages)
    for turn in range(runs):
        (folder / "build" / "check.memory").unlink(missing_ok=True)
        for step in GOALS:
            if step == "one sentence edited":
                write_document(folder / "content", replace(old, body=f"{old.body}\n第{turn + 1}次修订。\n"))
            figures[step].append(measure(command, folder, environ))
    return figures


def write_table(figures: dict[str, list[Run]], *, with_goals: bool) -> str:
    """Return the steps with wall time, processor time, memory and what is wanted."""
    rows = ["| | wall | processor | most memory | goal, wall |", "|---|---|---|---|---|"]
    for step, runs in figures.items():
        run, goal = middle(runs), GOALS[step] if with_goals else None
        wanted = f"{goal:.0f} s{'' if run.wall <= goal else ' (missed here)'}" if goal else ""
        rows.append(f"| {step} | {run.wall:.2f} s | {run.cpu:.2f} s | {run.memory:,.0f} MB | {wanted} |")
    return "\n".join(rows)
