"""Measure a push of one changed and one new document: from the hook's check to the switch, on a site of any size.

`python -m bench publishing [--pages 1000 10000] [--pushes 3]`. The repository, its hooks and the clone are real; what is
timed is `git push` as a person waits for it, and the processor seconds of everything that it started.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import corpus
from bench.results import tell_machine, write_section

KEPT = 2
"""Releases that are kept; the pages of the one that goes are those of the next, so it is measured after so many pushes."""
ROOT = Path(__file__).parents[1]


def run(*command: str, folder: Path) -> str:
    """Run a command in a folder and return what it says; it must succeed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environ |= {"PYTHONPATH": str(ROOT), "HOME": str(folder)}
    for role in ("AUTHOR", "COMMITTER"):
        environ |= {f"GIT_{role}_NAME": "bench", f"GIT_{role}_EMAIL": "bench@yunxi.example"}
    done = subprocess.run(command, cwd=folder, env=environ, check=False, text=True, capture_output=True)  # noqa: S603 - our own words
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout + done.stderr


def prepare(folder: Path, pages: int) -> Path:
    """Make a server with the real hooks and a clone that holds `pages` policies; return the clone."""
    home, clone = folder / "home", folder / "clone"
    home.mkdir()
    repository = home / "site.git"
    run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(repository), folder=folder)
    (home / "publish.yml").write_text(f"repository: site.git\nkeep: {KEPT}\n", encoding="utf-8")
    command = folder / "site-builder"
    command.write_text(
        f'#!/bin/sh\nexec {sys.executable} -m site_builder "$@" --date 2026-11-20T09:00\n', encoding="utf-8"
    )
    command.chmod(0o755)
    for name, value in (("folder", home), ("command", command)):
        run("git", "config", f"workershome.{name}", str(value), folder=repository)
    for hook in ("pre-receive", "post-receive"):
        (repository / "hooks" / hook).symlink_to(ROOT / "deploy" / "hooks" / hook)
    run("git", "clone", "--quiet", str(repository), str(clone), folder=folder)
    corpus.write_site(clone, pages)
    return clone


class Push(NamedTuple):
    """What a push took: seconds by the clock, and of the processors."""

    seconds: float
    work: float


def push(clone: Path, words: str) -> Push:
    """Commit everything and push it; return what the push took."""
    run("git", "add", "--all", folder=clone)
    run("git", "commit", "--quiet", "--message", words, folder=clone)
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    said = run("git", "push", "origin", "HEAD:refs/heads/main", folder=clone)
    seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if "已发布" not in said:
        raise SystemExit(said)
    return Push(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main(arguments: Sequence[str]) -> None:
    """Measure every size and write the section of the results."""
    parser = argparse.ArgumentParser(prog="python -m bench publishing", description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--pushes", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="do not write bench/RESULTS.md")
    options = parser.parse_args(arguments)
    told = [
        f"## Publishing\n\n{tell_machine()} From `git push` to the switch, with check, build, check of the built site and release; "
        f"median and most of {options.pushes} pushes each, seconds by the clock (of the processors). "
        f"{KEPT} releases are kept, and {KEPT} pushes went before: from then on a release takes over the links of the one that goes.",
        "| pages | first push of everything | one document edited | one document added |\n|---|---|---|---|",
    ]
    told[1] += "".join(measure_size(pages, options.pushes) for pages in options.pages)
    text = "\n\n".join(told)
    print(text)
    if not options.keep:
        write_section("publishing", text)


def measure_size(pages: int, pushes: int) -> str:
    """Push a whole site once, then edits and new documents, and return the row of the table."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        clone = prepare(Path(name), pages)
        first = push(clone, "全部")
        files = sorted((clone / "content" / "policies").rglob("*.md"))
        for number in range(KEPT):
            _edit(files[-number - 1], number)
            push(clone, "先改几条")
        edits, news = [], []
        for number in range(pushes):
            _edit(files[number * 7], number)
            edits.append(push(clone, "改一条"))
            corpus.write_document(clone / "content", corpus.make_document(pages + number, pages))
            news.append(push(clone, "新一条"))
    return f"\n| {pages:,} | {_tell([first])} | {_tell(edits)} | {_tell(news)} |"


def _edit(file: Path, number: int) -> None:
    file.write_text(file.read_text(encoding="utf-8") + f"\n第{number}次补充的一段。\n", encoding="utf-8")


def _tell(pushes: list[Push]) -> str:
    """Return median and most by the clock, and the median of the processors' seconds."""
    seconds, work = [one.seconds for one in pushes], [one.work for one in pushes]
    return f"{statistics.median(seconds):.1f} / {max(seconds):.1f} s ({statistics.median(work):.1f} s)"
