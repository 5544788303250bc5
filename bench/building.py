"""Measure building: ours and peers on the same documents, in turn; cold, and after one document was edited or added.

`python -m bench build [--pages 1000 10000] [--runs 3] [--patience 150] [--only ours hugo] [--folder build/bench]`
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.corpus import Document, make_document
from bench.measuring import CommandFailed, Run, measure, middle
from bench.peers import BUILDERS, ROOT, Builder, CannotInstall
from bench.results import tell_machine, write_section

ENVIRON = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
STEPS = ("cold", "nothing changed", "one sentence edited", "one document added", "one removed", "one back-dated")
Figures = dict[str, list[Run]]


def main(arguments: Sequence[str]) -> None:
    """Measure every size and write the section of the results."""
    parser = argparse.ArgumentParser(prog="python -m bench build", description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--patience", type=float, default=150, help="seconds of all steps after which one run is enough"
    )
    parser.add_argument("--only", nargs="+", choices=list(BUILDERS), default=list(BUILDERS))
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--keep", action="store_true", help="do not write bench/RESULTS.md")
    options = parser.parse_args(arguments)
    told = [
        f"## Building\n\n{tell_machine()} Median of {options.runs} runs, builders in turn; "
        f"one run of a builder whose steps take more than {options.patience:.0f} s together. "
        "Memory is of all processes together."
    ]
    builders, missing = _install(options.only)
    told += [f"Not measured: **{name}** ({reason})." for name, reason in missing.items()]
    for pages in options.pages:
        told.append(measure_size(builders, pages, options.runs, options.folder / str(pages), options.patience))
    text = "\n\n".join(told)
    print(text)
    if not options.keep:
        write_section("build", text)


def _install(names: Sequence[str]) -> tuple[list[Builder], dict[str, str]]:
    builders, missing = [], {}
    for name in names:
        builder = BUILDERS[name]()
        try:
            builder.install()
            builders.append(builder)
        except CannotInstall as fault:
            missing[builder.name] = str(fault)
    return builders, missing


def measure_size(builders: Sequence[Builder], pages: int, runs: int, folder: Path, patience: float) -> str:
    """Measure all builders on a corpus of one size and return a table."""
    shutil.rmtree(folder, ignore_errors=True)
    documents = [make_document(number, pages) for number in range(pages)]
    places = {}
    for builder in builders:
        places[builder.name] = folder / type(builder).__name__.lower()
        places[builder.name].mkdir(parents=True)
        builder.prepare(places[builder.name], documents)
    figures: dict[str, Figures] = {builder.name: {step: [] for step in STEPS} for builder in builders}
    faults: dict[str, str] = {}
    for turn in range(runs):
        for builder in builders:
            if builder.name not in faults and not (turn and _took(figures[builder.name]) > patience):
                try:
                    _run_steps(builder, places[builder.name], documents, turn, figures[builder.name])
                except CommandFailed as fault:
                    faults[builder.name] = str(fault)
    lines = [f"- **{name}** failed: {fault}" for name, fault in faults.items()]
    sizes = {name: _count_files(place) for name, place in places.items()}
    done = {name: own for name, own in figures.items() if name not in faults}
    return "\n".join([f"### {pages:,} documents\n", *lines, _write_table(done, sizes)])


def _find_unnamed(documents: Sequence[Document], start: int) -> Document:
    """Return a document that no other names: removing one that is named would be an error, and no site."""
    return next(
        one for one in documents[start:] if not any(one.id in other.text for other in documents if other is not one)
    )


def _took(figures: Figures) -> float:
    """Return the seconds that the first run of every step took together."""
    return sum(runs[0].wall for runs in figures.values() if runs)


def _run_steps(builder: Builder, place: Path, documents: Sequence[Document], turn: int, figures: Figures) -> None:
    """Run every step once, in the state that the step before left."""
    builder.clean(place)
    command, pages = builder.command(), len(documents)
    figures["cold"].append(measure(command, place, ENVIRON))
    figures["nothing changed"].append(measure(command, place, ENVIRON))
    old = documents[pages // 3]
    builder.put(place, replace(old, body=f"{old.body}\n补充一句：第{turn + 1}次修订，自公布之日起施行。\n"))
    figures["one sentence edited"].append(measure(command, place, ENVIRON))
    builder.put(place, make_document(pages + turn, pages))
    figures["one document added"].append(measure(command, place, ENVIRON))
    middling = _find_unnamed(documents, pages // 2)
    if builder.drop(place, middling):
        figures["one removed"].append(measure(command, place, ENVIRON))
        builder.put(place, middling)
        figures["one back-dated"].append(measure(command, place, ENVIRON))


def _count_files(place: Path) -> str:
    """Return number and bytes of the files that a builder made."""
    folder = next((place / name for name in ("site", "public") if (place / name).is_dir()), place)
    sizes = [
        entry.stat().st_size for path, _, names in os.walk(folder) for name in names for entry in [Path(path, name)]
    ]
    return f"{len(sizes):,} files, {sum(sizes) / 1e6:,.0f} MB"


def _write_table(figures: dict[str, Figures], sizes: dict[str, str]) -> str:
    rows = ["| | runs | " + " | ".join(STEPS) + " | most memory | output |", "|---|" + "---|" * (len(STEPS) + 3)]
    for name, steps in figures.items():
        cells = [f"{middle(runs).wall:.2f} s ({middle(runs).cpu:.1f})" if runs else "" for runs in steps.values()]
        memory = max(middle(runs).memory for runs in steps.values() if runs)
        rows.append(f"| {name} | {len(steps['cold'])} | {' | '.join(cells)} | {memory:,.0f} MB | {sizes[name]} |")
    ours, hugo = (
        next((own for name, own in figures.items() if name.startswith(which)), None) for which in ("ours", "Hugo")
    )
    if ours and hugo:
        ratios = [f"{middle(ours[step]).wall / middle(hugo[step]).wall:.2f}" if hugo[step] else "" for step in STEPS]
        rows.append(f"| *ours to Hugo* | | {' | '.join(ratios)} | | |")
    return "\n".join([*rows, "", "Seconds of wall time, in brackets of processor time."])
