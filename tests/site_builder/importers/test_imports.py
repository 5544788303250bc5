from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from site_builder.__main__ import main
from site_builder.importers import AlreadyImported, Imported, make_id, run_import, write_import

Read = Callable[..., Imported]
NOTICE = "云溪县总工会关于借书的通知\n各基层工会：\n请按时还书。\n云溪县总工会\n2026年11月9日\n"


@pytest.mark.parametrize(
    ("day", "title", "taken", "expected"),
    [
        (date(2026, 11, 9), "云溪县困难职工帮扶实施办法", (), "20261109-yxxknzgbfssbf"),
        (None, "工会法", (), "ghf"),
        (None, "《2026年》Wi-Fi 管理办法", (), "2026nwifiglbf"),
        (date(2026, 1, 2), "工会法" * 9, (), "20260102-ghfghfghfghfghfg"),
        (None, "工会法", {"ghf"}, "ghf-2"),
        (None, "工会法", {"ghf", "ghf-2"}, "ghf-3"),
        (None, "……", (), "wj"),
    ],
)
def test_make_id(day: date | None, title: str, taken: set[str], expected: str) -> None:
    assert make_id(day, title, taken) == expected


def test_draft_and_provenance_are_written(read: Read, tmp_path: Path) -> None:
    content = tmp_path / "content"
    imported = read(NOTICE, "借书.txt")
    path = write_import(imported, content, accept=False)
    assert path == content / "policies/2026/20261109-yxxzghgyjsdtz.md"
    assert "status: draft" in path.read_text(encoding="utf-8")
    provenance = path.with_name("20261109-yxxzghgyjsdtz.provenance.yml").read_text(encoding="utf-8")
    assert f"sha256: {hashlib.sha256(NOTICE.encode()).hexdigest()}" in provenance
    assert "file: 借书.txt" in provenance
    assert str(tmp_path) not in provenance


def test_accept_publishes(read: Read, tmp_path: Path) -> None:
    path = write_import(read(NOTICE), tmp_path / "content", accept=True)
    assert "draft" not in path.read_text(encoding="utf-8")


def test_same_file_is_not_written_twice(read: Read, tmp_path: Path) -> None:
    content = tmp_path / "content"
    write_import(read(NOTICE), content, accept=False)
    before = sorted(content.rglob("*"))
    with pytest.raises(AlreadyImported, match="以前导入过"):
        write_import(read(NOTICE, "换了名字.txt"), content, accept=True)
    assert sorted(content.rglob("*")) == before


def test_another_file_with_the_same_title_gets_a_number(read: Read, tmp_path: Path) -> None:
    content = tmp_path / "content"
    write_import(read(NOTICE), content, accept=False)
    path = write_import(read(NOTICE + "附注：有改动。\n"), content, accept=False)
    assert path.stem == "20261109-yxxzghgyjsdtz-2"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    good, again, empty = tmp_path / "好.txt", tmp_path / "再来.txt", tmp_path / "空.txt"
    good.write_text(NOTICE, encoding="utf-8")
    again.write_text(NOTICE, encoding="utf-8")
    empty.write_text("", encoding="utf-8")
    return [good, empty, again]


def test_run_reports_every_file(files: list[Path], tmp_path: Path, now: datetime) -> None:
    content = tmp_path / "content"
    report = run_import(files, "policy", content, False, False, now)
    assert [result.written is not None for result in report.results] == [True, False, False]
    assert report.refused == 2
    lines = list(report.lines())
    assert lines[0] == f"{files[0]}: 云溪县总工会关于借书的通知"
    assert any(line.startswith("  疑点：") for line in lines)
    assert any("空的" in line for line in lines)
    assert any("以前导入过" in line for line in lines)
    assert lines[-1] == "共 3 个文件，成功 1 个，没有导入 2 个。"


def test_dry_run_writes_nothing(files: list[Path], tmp_path: Path, now: datetime) -> None:
    content = tmp_path / "content"
    report = run_import(files[:1], "policy", content, True, True, now)
    assert not content.exists()
    assert any("试运行" in line for line in report.lines())
    run_import(files[:1], "policy", content, False, False, now)
    assert run_import(files[:1], "policy", content, True, False, now).refused == 1


def test_refused_type_is_reported_once_per_file(files: list[Path], tmp_path: Path, now: datetime) -> None:
    assert run_import(files, "union", tmp_path / "content", False, False, now).refused == 3
    assert not (tmp_path / "content").exists()


def test_a_difference_shows_what_was_read_beside_the_draft(tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("关于做好工作的通知\n\n各工会:\n请做好工作,按时报送。\n首页 > 政策 > 正文\n", encoding="utf-8")
    run = CliRunner().invoke(main, ["import", str(source), "--dry-run", "--diff", "--out", str(tmp_path / "content")])
    assert run.exit_code == 0, run.output
    lines = run.output.splitlines()
    assert "-请做好工作,按时报送。" in lines
    assert "+请做好工作，按时报送。" in lines
    plain = CliRunner().invoke(main, ["import", str(source), "--dry-run", "--out", str(tmp_path / "content")])
    assert "-请做好工作,按时报送。" not in plain.output.splitlines()
