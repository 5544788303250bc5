"""The invented county: made by the command, whole, lively, and proved by its own chain of events."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from forms_api.__main__ import main
from forms_api.config import Folder
from forms_api.definitions import CHINA
from forms_api.office import EntryQuery
from forms_api.reviewing import open_accounts
from forms_api.signing_in import Visitor, sign_in
from forms_api.staff import DUTIES
from forms_api.storage.sqlite import SqliteStore
from forms_api.vault import Vault

ROOT = Path(__file__).parents[3]


def demonstrate(data: Path, bundle: Path, *more: str) -> Mapping[str, Any]:
    done = CliRunner().invoke(main, ["demo", "--data", str(data), "--bundle", str(bundle), "--json", *more])
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.output.splitlines()[-1])
    return told


def test_a_county_at_work(tmp_path: Path, bundle_folder: Path) -> None:
    told = demonstrate(tmp_path / "data", bundle_folder)
    assert {duty for one in told["staff"] for duty in one["duties"].split("、")} == set(DUTIES.values())
    store, now = SqliteStore(tmp_path / "data" / "cases.db"), datetime.now(CHINA)
    cases = store.list_cases(limit=10_000)
    assert len(cases) == told["cases"] >= 40
    states = Counter(case.state for case in cases)
    assert {"finished", "refused"} < states.keys()
    assert len(states) >= 6
    assert len({case.form for case in cases}) >= 10
    accounts = open_accounts(Folder(tmp_path / "data"), store, lambda: now)
    first = told["staff"][0]
    assert sign_in(accounts, first["account"], first["password"], "", Visitor("192.0.2.1")).staff.name == first["name"]
    vault = Vault(Folder(tmp_path / "data"))
    vault.unlock(told["passphrase"])
    assert vault.is_open
    store.close()
    verified = CliRunner().invoke(main, ["audit", "verify", "--data", str(tmp_path / "data")])
    assert verified.exit_code == 0, verified.output


def test_only_an_empty_folder_is_filled(tmp_path: Path, bundle_folder: Path) -> None:
    done = CliRunner().invoke(main, ["init", "--data", str(tmp_path / "data")])
    assert done.exit_code == 0
    done = CliRunner().invoke(main, ["demo", "--data", str(tmp_path / "data"), "--bundle", str(bundle_folder)])
    assert done.exit_code == 1
    assert "要用一个空的文件夹" in done.output
    done = CliRunner().invoke(main, ["demo", "--data", str(tmp_path / "other"), "--bundle", str(tmp_path)])
    assert done.exit_code == 1
    assert "请先运行 site-builder build" in done.output
    assert not (tmp_path / "other").exists()


@pytest.mark.long
def test_its_lists_go_through_a_real_repository(
    tmp_path: Path, bundle_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a folder named as `make run` names it, from where one stands
    data = Path("data")
    demonstrate(data, bundle_folder, "--content", str(ROOT / "content"), "--seed", "3")
    bare = str(data / "review" / "demo-content.git")
    log = subprocess.run(
        ["git", "--git-dir", bare, "log", "--format=%B"], capture_output=True, text=True, check=True
    ).stdout
    assert "公示" in log
    assert "Approved-by: shuwen" in log
    store = SqliteStore(data / "cases.db")
    states = {case.state for case in store.list_cases(limit=10_000)}
    assert states & {"public_notice", "approving", "approved", "filed"}
    assert store.list_entries(EntryQuery("household", states=("in_force",)))[1] >= 1
    assert store.list_entries(EntryQuery("batch", states=("reconciled",)))[1] >= 1
    assert store.list_stuck() == []
    assert store.list_waiting(datetime.now(CHINA)) == []
    store.close()
