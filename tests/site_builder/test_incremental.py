"""A build that takes over from the last one makes the bytes of a clean build, one change after another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from site_builder.building import Order, digest_program
from site_builder.driver import build
from site_builder.search.segments import inflate
from site_builder.trees import Trees
from tests.builds import DATES, check, prepare, run, write_policy
from tests.trees import snapshot


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with the good content and a mkdocs.yml, built once."""
    return prepare(tmp_path)


def test_nothing_changed_leaves_every_file_where_it_is(site: Path) -> None:
    run(site)
    before = {path: path.stat().st_mtime_ns for path in (site / "site").rglob("*.html")}
    run(site)
    assert {path: path.stat().st_mtime_ns for path in (site / "site").rglob("*.html")} == before


def test_records_come_change_and_go(site: Path) -> None:
    run(site)
    write_policy(site, 1)
    check(site)
    write_policy(site, 2, cited="关于第1项工作的意见")
    check(site)
    path = write_policy(site, 1, title="关于第1项工作的新意见")
    check(site)
    write_policy(site, 3, month=5, more="relations: {replaces: [20260301-p2]}\n")
    check(site)
    path.unlink()
    check(site)


def test_the_search_page_names_the_index_that_is_there(site: Path) -> None:
    path = write_policy(site, 1)
    for number in range(3):
        path.write_text(path.read_text(encoding="utf-8") + f"\n只改正文的第{number}段。\n", encoding="utf-8")
        check(site)


def test_an_old_file_is_never_changed_in_place(site: Path, tmp_path: Path) -> None:
    """A release shares the files of the tree."""
    path = write_policy(site, 1)
    run(site)
    release = tmp_path / "release"
    shutil.copytree(site / "site", release, copy_function=os.link)
    before = snapshot(release)
    for number in range(3):
        path.write_text(path.read_text(encoding="utf-8") + f"\n又加了第{number}段。\n", encoding="utf-8")
        run(site)
    assert snapshot(release) == before
    assert snapshot(site / "site") != before


def test_jobs_make_no_difference(site: Path) -> None:
    for number in range(1, 130):
        write_policy(site, number, cited=f"关于第{number - 1}项工作的意见")
    run(site, jobs=2)
    run(site, site="alone/site", jobs=1)
    assert snapshot(site / "site") == snapshot(site / "alone" / "site")


def test_clean_forgets_what_was_kept(site: Path) -> None:
    run(site)
    (site / "site" / "index.html").write_text("x", encoding="utf-8")
    (site / "site" / "stray.html").write_text("x", encoding="utf-8")
    wanted = run(site, clean=True).manifest
    assert snapshot(site / "site") == wanted


def test_a_site_that_something_else_touched_is_made_anew(site: Path) -> None:
    run(site)
    (site / "site" / "index.html").write_text("x", encoding="utf-8")
    check(site)
    shutil.rmtree(site / "site")
    check(site)
    shutil.rmtree(site / ".site-cache")
    check(site)


@pytest.mark.parametrize("name", ["read-*", "copied", "judged", "tree-*"])
@pytest.mark.parametrize("damage", [b"", b"\0\1\2"])
def test_a_damaged_cache_costs_time_only(site: Path, name: str, damage: bytes) -> None:
    run(site)
    for path in (site / ".site-cache").glob(name):
        path.write_bytes(path.read_bytes()[:64] + damage if damage else b"")
    write_policy(site, 1)
    check(site)


def test_nothing_of_a_withdrawn_record_stays_in_the_cache(site: Path) -> None:
    name = "欧阳拾遗"
    path = write_policy(site, 1, title=f"关于表彰{name}的决定")
    path.write_text(path.read_text(encoding="utf-8") + f"\n授予{name}县五一劳动奖章。\n", encoding="utf-8")
    write_policy(site, 2, cited=f"关于表彰{name}的决定")
    run(site)
    cache = site / ".site-cache"
    assert _find_files(cache, name)
    path.unlink()
    write_policy(site, 2)
    run(site)
    assert not [one for one in _find_files(cache, name) if "spare" not in one.parts and "tree" not in one.name]
    run(site)
    assert not _find_files(cache, name)


def _find_files(folder: Path, words: str) -> list[Path]:
    codings = [words.encode(coding) for coding in ("utf-8", "gb18030", "utf-16-le")]
    codings.append(json.dumps(words)[1:-1].encode())
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if path.suffix == ".bin" and "keys" not in path.parts:
                data = inflate(data)
            if any(one in data for one in codings) or words in path.name:
                found.append(path)
    return found


def test_faulty_content_leaves_the_site_and_the_next_build_is_right(site: Path) -> None:
    path = write_policy(site, 1)
    before = run(site).manifest
    good = path.read_text(encoding="utf-8")
    path.write_text("---\ntitel: x\n---\n", encoding="utf-8")
    assert build(site / "mkdocs.yml", site / "site", DATES[0]).failed
    assert snapshot(site / "site") == before
    path.write_text(good.replace("要求", "规定"), encoding="utf-8")
    check(site)


def test_history_is_part_of_what_is_compared(site: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *words], cwd=site / "content", check=True, capture_output=True)

    git("init", "-q")
    path = write_policy(site, 1)
    git("add", "-A")
    git("commit", "-qm", "发布意见")
    check(site)
    path.write_text(path.read_text(encoding="utf-8") + "\n补充一段。\n", encoding="utf-8")
    git("commit", "-qam", "修改意见")
    check(site)
    git("commit", "-q", "--amend", "-m", "改过的说明")
    check(site)


# --- what a body may change ----------------------------------------------------------------------


def test_a_body_changes_only_what_shows_it(site: Path) -> None:
    """A page that asks for no body is not made again, nor is a list or a table."""
    path = write_policy(site, 1)
    write_policy(site, 2, cited="关于第1项工作的意见")
    before = run(site).manifest
    path.write_text(path.read_text(encoding="utf-8") + "\n只在正文里的一段。\n", encoding="utf-8")
    after = check(site)
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name for name in changed if name.endswith(".html")} == {
        "policies/20260301-p1/index.html",
        "search/index.html",
    }
    assert not [name for name in changed if name.startswith("open-data/")]


@pytest.mark.parametrize("body", ["", "\n一、很长的一条。" + "反复写的话。" * 900 + "\n", "\n见[附表](f1.csv)。\n"])
def test_a_body_that_comes_grows_and_goes(site: Path, body: str) -> None:
    path = write_policy(site, 1)
    (path.parent / "f1.csv").write_text("a", encoding="utf-8")
    run(site)
    head, _, old = path.read_text(encoding="utf-8").rpartition("---\n")
    path.write_text(f"{head}---\n{body}", encoding="utf-8")
    check(site)
    path.write_text(f"{head}---\n{old}", encoding="utf-8")
    check(site)


def test_a_comparison_follows_both_bodies(site: Path) -> None:
    old = write_policy(site, 1)
    new = write_policy(site, 2, month=5, more="relations: {replaces: [20260301-p1]}\n")
    run(site)
    for path in (old, new):
        path.write_text(path.read_text(encoding="utf-8").replace("分项要求", "具体要求"), encoding="utf-8")
        check(site)


def test_the_log_of_publications_changes_its_own_page_only(site: Path) -> None:
    log = '{"publications": [{"at": "2026-11-%dT09:00:00+08:00", "commit": "a1b2c3d4", "records": [{"folder": "policies", "id": "20260301-p1", "action": "发布"}]}]}'
    write_policy(site, 1)
    path = site / "content" / "publications.yml"
    path.write_text(log % 18, encoding="utf-8")
    before, asked = run(site).manifest, recall_answers(site)
    path.write_text(log % 19, encoding="utf-8")
    after = check(site)
    assert {name for name in after if after[name] != before.get(name)} == {"publications/index.html"}
    answers = recall_answers(site)
    assert {question for question, answer in answers.items() if asked.get(question) != answer} == {("publications",)}


def recall_answers(site: Path) -> dict[tuple[str, ...], str]:
    """Return what was asked for the site that stands, with the answers."""
    trees = Trees(site / "site")
    order = Order((site / "content").resolve(), site / "site", datetime.now(UTC))
    state = trees.recall(trees.site, digest_program(order))
    assert state is not None
    return dict(zip(state.memory.questions, state.memory.answers, strict=True))
