"""Measure a cold build of generated policies against plain MkDocs with Material on the same texts.

Prints a table of medians and ratios; `python -m bench [PAGES] [RUNS]`, by default 1,000 pages, 3 runs.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SENTENCE = "各级工会组织要把职工的急难愁盼放在心上，按照职责分工抓好落实，定期向职工公布进展，接受职工监督。"


def write_policy(folder: Path, number: int) -> None:
    """Write one policy of about 3,700 characters with four sections and twelve clauses."""
    body = []
    for section in "一二三四":
        body.append(f"## {section}、总体安排之{section}\n")
        body += [f"（{item}）分项要求。{SENTENCE * 6}\n" for item in "一二三"]
    text = (
        f"---\ntitle: 云溪县总工会关于第{number}项工作的意见\ndoc_number: 云工发〔2026〕{number + 1}号\nissuer: 云溪县总工会\n"
        f"issued: 2026-01-05\npublished: 2026-01-06\ntopics: [帮扶]\n---\n" + "\n".join(body)
    )
    (folder / f"20260105-p{number}.md").write_text(text, encoding="utf-8")


def prepare(folder: Path, pages: int) -> tuple[Path, Path]:
    """Write the same policies for both generators and return their two project folders."""
    ours, peer = folder / "ours", folder / "peer"
    policies = ours / "content" / "policies" / "2026"
    policies.mkdir(parents=True)
    shutil.copy(ROOT / "content" / "site.yml", ours / "content" / "site.yml")
    shutil.copy(ROOT / "mkdocs.yml", ours / "mkdocs.yml")
    for number in range(pages):
        write_policy(policies, number)
    shutil.copytree(policies, peer / "docs" / "policies")
    (peer / "docs" / "index.md").write_text("# 首页\n", encoding="utf-8")
    (peer / "mkdocs.yml").write_text(
        "site_name: peer\ntheme: {name: material, language: zh, font: false}\nplugins: []\nnav: [index.md]\nnot_in_nav: /policies/**\n",
        encoding="utf-8",
    )
    return ours, peer


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command and return its wall and processor seconds, children included."""
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "1795136400"}
    before, start = os.times(), time.monotonic()
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)  # noqa: S603 - our own words
    wall, after = time.monotonic() - start, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def main(pages: int = 1000, runs: int = 3) -> None:
    """Measure both in turn and print medians and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        ours, peer = prepare(Path(name), pages)
        builders = {
            "site-builder build": ([sys.executable, "-m", "site_builder", "build"], ours),
            "mkdocs + material, out of nav, no search": ([sys.executable, "-m", "mkdocs", "build", "--quiet"], peer),
        }
        figures: dict[str, list[tuple[float, float]]] = {label: [] for label in builders}
        for _ in range(runs):
            for label, (command, folder) in builders.items():
                figures[label].append(measure(command, folder))
    medians = {
        label: [statistics.median(column) for column in zip(*rows, strict=True)] for label, rows in figures.items()
    }
    print(f"{pages} policies, median of {runs} runs, in turn\n")
    print("| builder | wall s | processor s |\n|---|---|---|")
    for label, (wall, cpu) in medians.items():
        print(f"| {label} | {wall:.2f} | {cpu:.2f} |")
    first, second = medians.values()
    print(f"\nratio of wall times, ours to the peer: {first[0] / second[0]:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
