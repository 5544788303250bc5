"""A small site that is built again and again: prepare it, change it, and hold what came to a clean build."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

from site_builder.driver import BuildResult, build
from tests.trees import snapshot

PROGRAM = Path(__file__).parents[1]
GOOD = PROGRAM / "tests" / "sites" / "good"
MKDOCS_YML = "site_name: 职工之家\ndocs_dir: content\ntheme: {name: material, language: zh, font: false}\nplugins: [workers-home]\n"
DATES = ("2026-11-20T09:00", "2026-11-20T17:30", "2026-11-21T00:10", "2026-12-08T09:00", "2027-06-30T09:00")
POLICY = """---
title: {title}
doc_number: 云工发〔2026〕{month}{number:03}号
issuer: 云溪县总工会
issued: 2026-0{month}-01
published: 2026-0{month}-02
topics: [帮扶]
{more}---

一、总的要求。按照《{cited}》办理。

（一）分项要求{number}。
"""


def prepare(folder: Path) -> Path:
    shutil.copytree(GOOD / "content", folder / "content")
    (folder / "mkdocs.yml").write_text(MKDOCS_YML, encoding="utf-8")
    return folder


BUILD = """
import pickle, sys
from pathlib import Path
from site_builder.driver import build
folder, site, date, options = pickle.load(sys.stdin.buffer)
sys.stdout.buffer.write(pickle.dumps(build(folder / "mkdocs.yml", folder / site, date, **options)))
"""


def build_at(folder: Path, site: str, date: str, **options: bool | int) -> BuildResult:
    """Build with this program, or with the copy of it that stands in the folder."""
    program = folder / "program"
    if not program.exists():
        return build(folder / "mkdocs.yml", folder / site, date, **options)  # type: ignore[arg-type]  # by their names
    done = subprocess.run(
        [sys.executable, "-c", BUILD],
        input=pickle.dumps((folder, site, date, options)),
        env={**os.environ, "PYTHONPATH": str(program)},
        check=True,
        stdout=subprocess.PIPE,
    )
    result: BuildResult = pickle.loads(done.stdout)
    return result


def run(folder: Path, date: str = DATES[0], site: str = "site", **options: bool | int) -> BuildResult:
    result = build_at(folder, site, date, **options)
    assert not result.failed, result.problems
    return result


def check(folder: Path, date: str = DATES[0]) -> dict[str, str]:
    """Build on, build from scratch elsewhere, compare all bytes, and return the digests of the site."""
    result = build_at(folder, "site", date)
    shutil.rmtree(folder / "clean", ignore_errors=True)
    (folder / "clean").mkdir()
    clean = build_at(folder, "clean/site", date, jobs=1)
    assert result.problems == clean.problems
    if result.failed:  # what was drawn at random does not fit: the next change may mend it
        return {}
    wanted = snapshot(folder / "clean" / "site")
    found = snapshot(folder / "site")
    assert found.keys() == wanted.keys()
    assert {path for path in wanted if found[path] != wanted[path]} == set()
    assert result.manifest == wanted
    for beside in ("forms-bundle", "web-server"):
        assert snapshot(folder / beside) == snapshot(folder / "clean" / beside)
    return wanted


def write_policy(folder: Path, number: int, month: int = 3, cited: str = "x", title: str = "", more: str = "") -> Path:
    path = folder / "content" / "policies" / "2026" / f"20260{month}01-p{number}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    title = title or f"关于第{number}项工作的意见"
    path.write_text(POLICY.format(number=number, month=month, cited=cited, title=title, more=more), encoding="utf-8")
    return path
