import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.served import ROOT, find_port


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder as `init` makes it."""
    (tmp_path / "pass").write_text("correct horse battery staple\n", "utf-8")
    folder = tmp_path / "data"
    made = CliRunner().invoke(main, ["init", "--data", str(folder), "--passphrase-file", str(tmp_path / "pass")])
    assert made.exit_code == 0, made.output
    return folder


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["staff", *arguments, "--data", str(data)])


def add(data: Path, account: str, bundle: Path, *more: str) -> Result:
    return run(data, "add", account, "--name", "钟云", "--union", "county", "--bundle", str(bundle), *more)


def test_accounts_are_added_listed_disabled_enabled_and_reset(data: Path, bundle_folder: Path) -> None:
    added = add(data, "zhong", bundle_folder, "--duty", "handler", "--duty", "reviewer", "--json")
    given = json.loads(added.output)
    assert given["account"] == "zhong"
    assert "等待首次登录" in run(data, "list").output
    assert run(data, "disable", "zhong").exit_code == 0
    assert json.loads(run(data, "list", "--json").output)["state"] == "已停用"
    assert run(data, "enable", "zhong").exit_code == 0
    again = json.loads(run(data, "reset", "zhong", "--json").output)
    assert again["password"] != given["password"]
    assert "只显示这一次" in run(data, "reset", "zhong").output
    store = SqliteStore(data / "cases.db")
    kinds = [event.kind for event in store.list_events()]
    store.close()
    assert kinds[1:] == ["staff_added", "staff_disabled", "staff_enabled", "staff_reset", "staff_reset"]


def test_all_that_is_wrong_is_said_at_once(data: Path, bundle_folder: Path) -> None:
    refused = run(
        data, "add", "Zhong", "--name", "", "--union", "x", "--duty", "admin", "--duty", "handler", "--bundle", str(bundle_folder)
    )  # fmt: skip
    assert refused.exit_code == 1
    for said in ("小写字母", "请写姓名", "请选所属工会", "三员分开"):
        assert said in refused.output


def test_without_a_bundle_the_union_is_not_checked_and_that_is_said(data: Path, tmp_path: Path) -> None:
    added = add(data, "zhong", tmp_path / "none", "--duty", "handler")
    assert added.exit_code == 0
    assert "没有核对" in added.output


def test_an_account_that_there_is_not(data: Path) -> None:
    refused = run(data, "reset", "nobody")
    assert refused.exit_code == 1
    assert "没有账号 nobody" in refused.output


def test_an_altered_row_is_named(data: Path, bundle_folder: Path) -> None:
    add(data, "zhong", bundle_folder, "--duty", "handler")
    store = SqliteStore(data / "cases.db")
    store._engine.run("update staff set body = replace(body, 'handler', 'approver')")
    store.close()
    listed = run(data, "list")
    assert listed.exit_code == 1
    assert "被改动过" in listed.output
    assert run(data, "reset", "zhong").exit_code == 1


def test_accounts_whose_key_is_gone_are_not_touched(data: Path, bundle_folder: Path) -> None:
    add(data, "zhong", bundle_folder, "--duty", "handler")
    (data / "review" / "staff.key").unlink()
    refused = run(data, "list")
    assert refused.exit_code == 1
    assert "staff.key" in refused.output


def test_the_staff_app_is_not_started_where_something_is_missing(
    data: Path, tmp_path: Path, bundle_folder: Path
) -> None:
    def start(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["review", *arguments])

    here = ("--bind", "127.0.0.1:8002")
    assert "forms-api init" in start("--data", str(tmp_path / "none"), *here, "--bundle", str(bundle_folder)).output
    assert "site-builder build" in start("--data", str(data), *here, "--bundle", str(tmp_path)).output
    outside = start("--data", str(data), "--bind", "192.0.2.1:8002", "--plain-http", "--bundle", str(bundle_folder))
    assert (outside.exit_code, "127.0.0.1" in outside.output) == (2, True)
    (data / "public" / "federation.json").unlink()
    assert "keys check" in start("--data", str(data), *here, "--bundle", str(bundle_folder)).output


def test_the_staff_app_runs_once_for_a_folder_and_stops_when_told(data: Path, bundle_folder: Path) -> None:
    port = find_port()
    command = [sys.executable, "-m", "forms_api", "review", "--data", str(data), "--bundle", str(bundle_folder)]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "--plain-http"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip
    try:
        assert wait_for(f"http://127.0.0.1:{port}/health") == b"ok\n"
        second = subprocess.run(
            [*command, "--bind", f"127.0.0.1:{find_port()}"],
            check=False,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert second.returncode == 1
        assert "已经有一个同样的服务" in second.stderr
    finally:
        running.terminate()
    assert running.wait(60) == 0


def wait_for(address: str) -> bytes:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            return bytes(answer.read())
        time.sleep(0.1)
    raise AssertionError(address)
