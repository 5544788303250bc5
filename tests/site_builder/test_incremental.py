"""A build that takes over from the last one makes the bytes of a clean build, whatever was changed in between."""

from __future__ import annotations

import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from site_builder.driver import BuildResult, build
from site_builder.search.segments import inflate
from tests.trees import snapshot

PROGRAM = Path(__file__).parents[2]
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


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with the good content and a mkdocs.yml, built once."""
    return prepare(tmp_path)


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


# --- one change after another ------------------------------------------------------------------


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


@pytest.mark.parametrize("name", ["read-*", "copied", "tree-*"])
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


# --- anything at all ---------------------------------------------------------------------------

Step = Callable[[Path, random.Random], None]


def _policies(folder: Path) -> list[Path]:
    return sorted((folder / "content" / "policies").rglob("*-p[0-9]*.md"))


def add(folder: Path, dice: random.Random) -> None:
    write_policy(folder, dice.randint(1, 40), dice.randint(1, 9), f"关于第{dice.randint(1, 40)}项工作的意见")


def relate(folder: Path, dice: random.Random) -> None:
    others = [path.stem for path in _policies(folder)]
    number, month = dice.randint(41, 60), dice.randint(1, 9)
    verb = dice.choice(["replaces", "repeals", "amends", "implements"])
    others = [one for one in others if one != f"20260{month}01-p{number}"]
    more = f"relations: {{{verb}: [{dice.choice(others)}]}}\n" if others else ""
    write_policy(folder, number, month, more=more)


def edit(folder: Path, dice: random.Random) -> None:
    if paths := _policies(folder):
        path = dice.choice(paths)
        path.write_text(path.read_text(encoding="utf-8") + f"\n第{dice.random()}段。\n", encoding="utf-8")


def retitle(folder: Path, dice: random.Random) -> None:
    if paths := _policies(folder):
        path = dice.choice(paths)
        words = path.read_text(encoding="utf-8").replace("工作的", dice.choice(["事项的", "任务的", "工作的"]))
        path.write_text(words, encoding="utf-8")


def expire(folder: Path, dice: random.Random) -> None:
    day = dice.choice(["2026-11-20", "2026-12-01", "2027-01-01"])
    write_policy(folder, dice.randint(61, 70), more=f"validity: {{effective: 2026-04-01, expires: {day}}}\n")


def remove(folder: Path, dice: random.Random) -> None:
    if paths := _policies(folder):
        dice.choice(paths).unlink()


def announce(folder: Path, dice: random.Random) -> None:
    path = folder / "content" / "notices" / "2026" / f"202611{dice.randint(10, 28)}-n{dice.randint(1, 3)}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    day = f"2026-11-{path.name[6:8]}"
    path.write_text(
        f"---\ntitle: 公示第{dice.randint(1, 99)}号\nkind: 公示\nissuer: 云溪县总工会\npublished: {day}\n"
        f"period: {{start: {day}, working_days: {dice.randint(5, 9)}}}\nobjection: {{unit: 县总工会, phone: 0000-6010000}}\n---\n\n名单：甲。\n",
        encoding="utf-8",
    )


def _replace(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "content" / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def settle(folder: Path, dice: random.Random) -> None:
    path = folder / "content" / "site.yml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("slogan:")]
    path.write_text("\n".join([*lines, f"slogan: 有事找工会{dice.randint(1, 3)}。\n"]), encoding="utf-8")


def rest(folder: Path, dice: random.Random) -> None:
    path = folder / "content" / "holidays" / "2026.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"holidays: [2026-11-{dice.randint(23, 27)}]\n", encoding="utf-8")


def write_by_hand(folder: Path, dice: random.Random) -> None:
    path = folder / "content" / "pages" / f"p{dice.randint(1, 3)}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"---\ntitle: 说明{dice.randint(1, 9)}\ncolumn: 概况信息\n---\n\n第{dice.random()}段。\n", encoding="utf-8"
    )


def attach(folder: Path, dice: random.Random) -> None:
    number = dice.randint(71, 75)
    path = write_policy(folder, number, more=f"attachments: [{{title: 附表, file: f{number}.csv}}]\n")
    (path.parent / f"f{number}.csv").write_text("a" * dice.randint(1, 3000), encoding="utf-8")


def hang(folder: Path, dice: random.Random) -> None:
    path = folder / "content" / "assets" / f"a{dice.randint(1, 2)}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(str(dice.random()), encoding="utf-8")


def offer(folder: Path, dice: random.Random) -> None:
    """Change the form of a guide: its title, and a field that comes and goes."""
    path = folder / "content" / "forms" / "hardship.yml"
    lines = path.read_text(encoding="utf-8").splitlines()[:15]
    lines[1] = f"title: 困难职工建档申请（{dice.choice('甲乙丙')}）"
    more = ["      - {name: remark, label: 说明, type: textarea, required: false}"]
    path.write_text("\n".join([*lines, *dice.choice([more, []])]) + "\n", encoding="utf-8")


def redesign(folder: Path, dice: random.Random) -> None:
    """Change a template of a copy of the program, which builds from then on."""
    for package in ("site_builder", "forms_api"):
        if not (folder / "program" / package).exists():
            leave_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(PROGRAM / package, folder / "program" / package, ignore=leave_out)
    path = folder / "program" / "site_builder" / "theme" / dice.choice(["frame.html", "list.html", "macros.html"])
    path.write_text(
        path.read_text(encoding="utf-8").replace("</", f"<!-- {dice.randint(1, 9)} --></", 1), encoding="utf-8"
    )


STEPS: dict[str, Step] = {
    step.__name__: step
    for step in (
        add, relate, edit, retitle, expire, remove, announce, settle, rest, write_by_hand, attach, hang, offer, redesign,
    )
}  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=3), st.sampled_from(DATES)),
    min_size=1,
    max_size=3,
)


def walk(folder: Path, changes: list[tuple[list[str], str]], seed: int) -> None:
    dice = random.Random(seed)
    prepare(folder)
    for number in range(1, 4):
        write_policy(folder, number)
    run(folder)
    for names, date in changes:
        for name in names:
            STEPS[name](folder, dice)
        check(folder, date)


@pytest.mark.parametrize("name", ["offer", "redesign"])
def test_each_change(tmp_path: Path, name: str) -> None:
    walk(tmp_path, [([name], DATES[0]), ([name], DATES[2])], 7)


@settings(max_examples=4)
@given(changes=CHANGES, seed=st.integers(0, 10_000))
def test_any_changes(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[list[str], str]], seed: int) -> None:
    walk(tmp_path_factory.mktemp("walk"), changes, seed)


@pytest.mark.long
@settings(max_examples=150)
@given(changes=CHANGES, seed=st.integers(0, 10_000))
def test_many_changes(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[list[str], str]], seed: int
) -> None:
    walk(tmp_path_factory.mktemp("walk"), changes, seed)
