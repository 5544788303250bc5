import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main
from forms_api.commands.running import hash_api_key
from forms_api.config import Folder, Settings, open_intake
from forms_api.model import digest_api_key
from forms_api.receiving import Visitor, receive
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.desk import TRIP


def run(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, list(args), input=text, prog_name="forms-api")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Make a data folder as the first command of an installation does."""
    (tmp_path / "pass").write_text("correct horse battery\n")
    result = run("init", "--data", str(tmp_path / "data"), "--passphrase-file", str(tmp_path / "pass"))
    assert result.exit_code == 0, result.output
    return tmp_path / "data"


def test_init_makes_two_sides_and_shows_no_given_passphrase(data: Path) -> None:
    folder = Folder(data)
    assert {path.name for path in data.iterdir()} >= {"cases.db", "files", "public", "review"}
    assert os.stat(folder.review).st_mode & 0o777 == 0o700
    assert os.stat(folder.intake_key).st_mode & 0o777 == 0o600
    assert all(os.stat(path).st_mode & 0o077 == 0 for path in folder.review.iterdir())
    everything = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"correct horse" not in everything


def test_init_again_changes_nothing(data: Path) -> None:
    before = {path: path.read_bytes() for path in data.glob("*/*")}
    result = run("init", "--data", str(data))
    assert (result.exit_code, "早已建好，没有改动。" in result.stdout) == (0, True)
    assert {path: path.read_bytes() for path in data.glob("*/*")} == before


def test_init_does_not_paper_over_a_lost_public_key(data: Path) -> None:
    Folder(data).public_key.unlink()
    result = run("init", "--data", str(data))
    assert (result.exit_code, "请从备份恢复" in result.stderr) == (1, True)


def test_init_without_terminal_and_file_makes_a_passphrase_and_shows_it_once(tmp_path: Path) -> None:
    result = run("init", "--data", str(tmp_path / "data"))
    assert result.exit_code == 0
    passphrase = result.stdout.split("：")[2].splitlines()[0]
    assert len(passphrase) == 23
    (tmp_path / "pass").write_text(passphrase)
    drill = run("keys", "drill", "--data", str(tmp_path / "data"), "--passphrase-file", str(tmp_path / "pass"))
    assert drill.exit_code == 0, drill.output
    assert "演练通过" in drill.stdout
    assert passphrase not in run("init", "--data", str(tmp_path / "data")).output


@pytest.mark.parametrize(("content", "says"), [("short", "口令太短"), ("", "读不到口令文件"), (None, "读不到口令文件")])
def test_a_passphrase_file_must_hold_a_good_one(tmp_path: Path, content: str | None, says: str) -> None:
    if content is not None:
        (tmp_path / "pass").write_text(content)
    result = run("init", "--data", str(tmp_path / "data"), "--passphrase-file", str(tmp_path / "pass"))
    assert (result.exit_code, says in result.stderr) == (1, True)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("init", "--data", str(tmp_path / "file" / "data"))
    assert (result.exit_code, "请检查权限" in result.stderr) == (1, True)


def test_a_key_for_a_program_is_shown_once_and_kept_as_a_digest(data: Path) -> None:
    key = json.loads(run("api-key", "add", "自助机", "--data", str(data), "--json").stdout)["key"]
    store = SqliteStore(data / "cases.db")
    found = store.find_api_key(hash_api_key(key))
    assert found
    assert (found.name, found.per_minute) == ("自助机", None)
    assert [event.data for event in store.list_events() if event.kind == "api_key_added"] == [
        {"name": "自助机", "sum": digest_api_key(store.list_api_keys()[0])}
    ]
    store.close()
    plain = run("api-key", "add", "自助机", "--data", str(data), "--per-minute", "60").stdout
    assert plain.startswith("自助机：")
    assert key not in plain


def test_cases_are_listed_without_opening_them(data: Path) -> None:
    intake = open_intake(Settings(data, Path("bundle")))
    visitor = Visitor(staff="chen")
    from forms_api.tokens import issue_token

    token = issue_token(intake.keys, "trip", intake.clock(), bytes(15))
    receipt = receive(intake, TRIP, {"full_name": "张三丰"}, (), token, visitor, "paper")
    intake.store.close()
    result = run("cases", "--data", str(data), "--json")
    (line,) = result.stdout.splitlines()
    told = json.loads(line)
    assert (told["reference"], told["state"], told["label"], told["channel"]) == (
        receipt.reference,
        "submitted",
        "已提交",
        "paper",
    )
    assert "张三丰" not in result.stdout
    assert run("cases", "--data", str(data)).stdout.startswith(f"{receipt.reference}\ttrip\tsubmitted\t已提交\t")


@pytest.mark.parametrize(
    "command", [("cases",), ("api-key", "add", "x"), ("keys", "check"), ("intake", "--bind", "[::1]:1")]
)
def test_a_folder_that_was_not_made_is_said(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "bundle.json").touch()
    more = ("--bundle", str(tmp_path)) if command[0] == "intake" else ()
    result = run(*command, "--data", str(tmp_path / "nowhere"), *more)
    assert (result.exit_code, "请先运行 forms-api init" in result.stderr) == (1, True)


def test_a_wrong_setting_is_said(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMS_WORKERS", "many")
    result = run("cases", "--data", str(data))
    assert (result.exit_code, "FORMS_WORKERS" in result.stderr) == (1, True)


def test_a_damaged_store_is_said(data: Path) -> None:
    (data / "cases.db").write_bytes(b"no database" * 500)
    for name in ("cases.db-wal", "cases.db-shm"):
        (data / name).unlink(missing_ok=True)
    result = run("cases", "--data", str(data))
    assert (result.exit_code, "打不开" in result.stderr) == (1, True)


def test_intake_needs_a_bundle_and_an_address(data: Path, tmp_path: Path) -> None:
    result = run("intake", "--data", str(data), "--bind", "127.0.0.1:1", "--bundle", str(tmp_path / "none"))
    assert (result.exit_code, "请先生成网站" in result.stderr) == (1, True)
    result = run("intake", "--data", str(data), "--bind", "nowhere")
    assert (result.exit_code, "请写成 127.0.0.1:8001 这样" in result.stderr) == (2, True)
