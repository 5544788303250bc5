"""`site-builder diff`: what it prints, how it ends, and what it says when a file is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from site_builder.__main__ import main

OLD = "---\ntitle: 旧办法\n---\n\n第一条　满一年的可以申请。\n"
NEW = "---\ntitle: 新办法\n---\n\n第一条　满六个月的可以申请。\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a content folder with an old and a new policy and one id that stands twice."""
    for path, text in {
        "policies/2021/old.md": OLD,
        "policies/2026/new.md": NEW,
        "policies/2026/marks.md": OLD.replace("。", "."),
        "policies/2026/twin.md": OLD,
        "notices/2026/twin.md": OLD,
        "policies/2026/open.md": "---\ntitle: 没有结尾\n",
        "policies/2026/plain.md": "第一条　满一年的可以申请。\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "gbk.md").write_bytes("第一条　满一年的可以申请。".encode("gbk"))
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["diff", "--content", str(folder), *arguments])
    return result.exit_code, result.output


def test_two_ids_are_compared(folder: Path) -> None:
    assert run(folder, "old", "new") == (
        1,
        "第一条　修改\n    满[-一年-]{+六个月+}的可以申请。\n修改 1 条，新增 0 条，删去 0 条，文字未变 0 条。\n",
    )


@pytest.mark.parametrize(
    ("names", "options", "code"),
    [
        (("old", "policies/2021/old.md"), (), 0),
        (("old", "policies/2026/plain.md"), (), 0),
        (("old", "marks"), (), 1),
        (("old", "marks"), ("--ignore-marks",), 0),
    ],
)
def test_the_exit_status_tells_whether_they_differ(
    folder: Path, names: tuple[str, str], options: tuple[str, ...], code: int
) -> None:
    paths = [str(folder / name) if "/" in name else name for name in names]
    assert run(folder, *paths, *options)[0] == code


def test_html_is_one_file(folder: Path) -> None:
    code, page = run(folder, "old", "new", "--format", "html")
    assert code == 1
    assert page.startswith("<!doctype html>")
    assert "<title>新旧对照：新办法</title>" in page
    assert "<del>一年</del>" in page


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such.md", "找不到文件 no/such.md。"),
        ("nobody", "里没有编号是 nobody 的文件。"),
        ("twin", "编号 twin 指的可能是 "),
        ("open", "找不到结尾的 ---。"),
        ("gbk.md", "gbk.md："),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder: Path, name: str, said: str) -> None:
    code, output = run(folder, str(folder / name) if name == "gbk.md" else name, "new")
    assert code == 2
    assert said in output
    assert "Traceback" not in output
