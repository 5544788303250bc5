"""`forms-api purge`: what it deletes, what it says, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main
from tests.forms_api.archives import put, refuse
from tests.forms_api.office_desk import OfficeDesk, open_office


def run(data: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["purge", *args, "--data", str(data)], prog_name="forms-api")


@pytest.fixture
def made(tmp_path: Path, bundle_folder: Path) -> tuple[OfficeDesk, str, str]:
    """Two applications refused long ago, one of them held by a 公示 that was never ended."""
    desk = open_office(tmp_path, bundle_folder)
    desk.wait(days=-900)
    due, held = refuse(desk), refuse(desk)
    put(desk, "publicity", desk.find(held).id, "running")
    desk.office.store.close()
    return desk, due, held


def test_a_run_tells_first_and_deletes_then(made: tuple[OfficeDesk, str, str], tmp_path: Path) -> None:
    _, due, held = made
    told = run(tmp_path, "--dry-run")
    assert (told.exit_code, told.stderr) == (0, "")
    assert f"会删除 {due}：保存期（办结后1年）到 " in told.stdout
    assert f"到期未删 {held}：公示还没有结束。" in told.stdout
    assert told.stdout.endswith("会删除 1 份，到期未删 1 份。\n")
    done = json.loads(run(tmp_path, "--json").stdout)
    assert [one["reference"] for one in done["purged"]] == [due]
    assert [(one["reference"], one["why"]) for one in done["kept"]] == [(held, "公示还没有结束")]
    assert done | {"purged": [], "kept": []} == {
        "dry_run": False, "purged": [], "kept": [], "unclear": [], "missing_files": [], "stray_files": 0, "log_emptied": True,
    }  # fmt: skip
    assert run(tmp_path).stdout == f"到期未删 {held}：公示还没有结束。\n已删除 0 份，到期未删 1 份。\n"
    verified = CliRunner().invoke(main, ["audit", "verify", "--data", str(tmp_path)], prog_name="forms-api")
    assert (verified.exit_code, verified.stderr) == (0, "")


def test_a_file_that_is_gone_is_told_and_ends_with_one(made: tuple[OfficeDesk, str, str], tmp_path: Path) -> None:
    for path in (tmp_path / "files").glob("*/*"):
        path.unlink()
    told = run(tmp_path)
    assert told.exit_code == 1
    assert "有登记，但是不在，或者大小不对" in told.stderr


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    told = run(tmp_path / "none")
    assert told.exit_code == 1
    assert "forms-api init" in told.stderr
