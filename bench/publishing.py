"""Measure a push of one changed and one new document: from the hook's check to the switch, on a site of any size.

`python -m bench.publishing [PAGES] [PUSHES]`, by default 1,000 pages and 3 pushes of each kind. The repository, its hooks
and the clone are real; what is timed is `git push` as a person waits for it, and what the hooks took of it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import corpus

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
    (home / "publish.yml").write_text("repository: site.git\n", encoding="utf-8")
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


def push(clone: Path, words: str) -> float:
    """Commit everything and push it; return the seconds of the push."""
    run("git", "add", "--all", folder=clone)
    run("git", "commit", "--quiet", "--message", words, folder=clone)
    start = time.monotonic()
    said = run("git", "push", "origin", "HEAD:refs/heads/main", folder=clone)
    seconds = time.monotonic() - start
    if "已发布" not in said:
        raise SystemExit(said)
    return seconds


def main() -> None:
    """Push the whole site once, then edits and new documents, and print the seconds of each."""
    pages, pushes = (int(word) for word in [*sys.argv[1:], "1000", "3"][:2])
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        clone = prepare(Path(name), pages)
        first = push(clone, "全部")
        files = sorted((clone / "content" / "policies").rglob("*.md"))
        edits, news = [], []
        for number in range(pushes):
            file = files[number * 7]
            file.write_text(file.read_text(encoding="utf-8") + f"\n第{number}次补充的一段。\n", encoding="utf-8")
            edits.append(push(clone, "改一条"))
            corpus.write_document(clone / "content", corpus.make_document(pages + number, pages))
            news.append(push(clone, "新一条"))
    print(f"{pages} pages: first push {first:.1f} s; edit {_tell(edits)}; new document {_tell(news)}")


def _tell(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.2f} s (most {max(seconds):.2f})"


if __name__ == "__main__":
    main()
