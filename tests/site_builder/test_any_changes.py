"""A build that takes over from the last one makes the bytes of a clean build, whatever was changed in between."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builds import DATES, PROGRAM, check, prepare, run, write_policy

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


def reword(folder: Path, dice: random.Random) -> None:
    """Add to the body of any record at all."""
    path = dice.choice(sorted((folder / "content").rglob("*.md")))
    path.write_text(path.read_text(encoding="utf-8") + f"\n又一段{dice.randint(1, 99)}。\n", encoding="utf-8")


def rewrite(folder: Path, dice: random.Random) -> None:
    """Give a policy another body: none, a long one, or one that links to another document."""
    if paths := _policies(folder):
        path = dice.choice(paths)
        head = path.read_text(encoding="utf-8").rpartition("---\n")[0]
        bodies = ("", "一、" + "反复写的话。" * 900, f"见[另一份](../2026/{dice.choice(paths).name})。")
        path.write_text(f"{head}---\n\n{dice.choice(bodies)}\n", encoding="utf-8")


def tell(folder: Path, dice: random.Random) -> None:
    """Write the log of publications anew, as a server does with each push."""
    path = folder / "content" / "publications.yml"
    ids = [one.stem for one in _policies(folder)] or ["nobody"]
    rows = [
        {
            "at": f"2026-11-{dice.randint(10, 19)}T09:00:00+08:00",
            "commit": f"{dice.randrange(16**40):040x}",
            "records": [{"folder": "policies", "id": dice.choice(ids), "action": "发布"}],
        }
        for _ in range(dice.randint(0, 3))
    ]
    path.write_text(json.dumps({"publications": rows}, ensure_ascii=False), encoding="utf-8")


STEPS: dict[str, Step] = {
    step.__name__: step
    for step in (
        add, relate, edit, retitle, expire, remove, announce, settle, rest, write_by_hand, attach, hang, offer, redesign,
        reword, rewrite, tell,
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


@pytest.mark.parametrize("name", ["offer", "redesign", "reword", "rewrite", "tell"])
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
