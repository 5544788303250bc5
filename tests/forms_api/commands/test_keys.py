import os
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api import custody
from forms_api.__main__ import main
from forms_api.config import Folder, Settings, open_intake
from forms_api.definitions import CHINA
from forms_api.receiving import Visitor, receive
from forms_api.storage.sqlite import SqliteStore
from forms_api.tokens import issue_token
from tests.forms_api.desk import TRIP

PASSPHRASE = "correct horse battery"


def run(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["keys", *args], input=text, prog_name="forms-api")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made")
    folder = Folder(root / "data")
    custody.prepare_folder(folder)
    store = SqliteStore(folder.database)
    custody.make_keys(folder, store, PASSPHRASE, datetime.now(CHINA))
    store.close()
    (root / "pass").write_text(PASSPHRASE)
    (root / "wrong").write_text("something else entirely")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "root"))


def options(root: Path, passphrase: str = "pass") -> tuple[str, ...]:
    return ("--data", str(root / "data"), "--passphrase-file", str(root / passphrase))


def hand_in(root: Path) -> None:
    intake = open_intake(Settings(root / "data", Path("bundle")))
    token = issue_token(intake.keys, "trip", intake.clock(), os.urandom(15))
    receive(intake, TRIP, {"full_name": "张三丰"}, (), token, Visitor(staff="chen"), "paper")
    intake.store.close()


def test_check_says_that_all_is_well(root: Path) -> None:
    result = run("check", "--data", str(root / "data"))
    assert result.exit_code == 0, result.output
    assert re.search("公钥指纹：([0-9a-f]{4}-){3}[0-9a-f]{4}", result.stdout)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: folder.public_key.unlink(), "读不出来或已损坏"),
        (lambda folder: folder.public_key.write_text(folder.public_key.read_text().replace('"fingerprint": "', '"fingerprint": "0')), "被改动过"),
        (lambda folder: next(folder.review.glob("private-*")).unlink(), "没有和公钥"),
        (lambda folder: next(folder.review.glob("private-*")).write_text("{"), "已损坏"),
        (lambda folder: next(folder.review.glob("private-*")).chmod(0o644), "别的用户也能读"),
    ],
)  # fmt: skip
def test_check_finds_what_is_wrong(root: Path, spoil: object, says: str) -> None:
    assert callable(spoil)
    spoil(Folder(root / "data"))
    result = run("check", "--data", str(root / "data"))
    assert (result.exit_code, says in result.stderr) == (1, True), result.output


def test_check_finds_another_key_than_the_registered_one(root: Path) -> None:
    store = SqliteStore(root / "data" / "cases.db")
    store.register_seal("0000-0000-0000-0000", datetime.now(CHINA))
    store.close()
    result = run("check", "--data", str(root / "data"))
    assert (result.exit_code, "不是同一个" in result.stderr) == (1, True)
    assert custody.check_keys_for_intake(Folder(root / "data"), SqliteStore(root / "data" / "cases.db"))


def test_drill_opens_the_canary_and_real_cases(root: Path) -> None:
    hand_in(root)
    result = run("drill", *options(root))
    assert (result.exit_code, "试开了 1 份申请" in result.stdout) == (0, True), result.output
    assert "张三丰" not in result.output
    store = SqliteStore(root / "data" / "cases.db")
    (event,) = [event for event in store.list_events() if event.kind == "key_drilled"]
    assert event.data["result"] == "opened"
    store.close()


def test_drill_fails_with_a_wrong_passphrase_or_a_spoilt_canary(root: Path) -> None:
    result = run("drill", *options(root, "wrong"))
    assert (result.exit_code, "口令不对" in result.stderr) == (1, True)
    (root / "data" / "review" / "canary").write_bytes(b"\x01spoilt")
    result = run("drill", *options(root))
    assert (result.exit_code, "演练没有通过" in result.stderr) == (1, True)
    store = SqliteStore(root / "data" / "cases.db")
    assert [event.data["result"] for event in store.list_events() if event.kind == "key_drilled"] == ["failed"]
    store.close()


def test_a_new_pair_seals_new_cases_and_old_ones_still_open(root: Path) -> None:
    hand_in(root)
    (root / "second").write_text("a passphrase of another year")
    result = run("new", *options(root, "second"))
    assert (result.exit_code, "请重启受理服务" in result.stdout) == (0, True)
    hand_in(root)
    assert len(list((root / "data" / "review").glob("private-*"))) == 2
    assert "试开了 1 份申请" in run("drill", *options(root, "second")).stdout
    assert run("check", "--data", str(root / "data")).exit_code == 0


def test_sheets_bring_the_key_back_under_a_new_passphrase(root: Path) -> None:
    hand_in(root)
    out = root / "sheets"
    result = run("split", *options(root), "--needed", "2", "--sheets", "3", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert [path.name for path in sorted(out.iterdir())] == ["sheet-1.html", "sheet-2.html", "sheet-3.html"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (out, *out.iterdir()))
    words = [" ".join(re.findall("<li>([a-z]+)</li>", path.read_text("utf-8"))) for path in sorted(out.iterdir())]
    next((root / "data" / "review").glob("private-*")).unlink()
    assert run("drill", *options(root)).exit_code == 1
    for number in (0, 2):
        (root / f"sheet-{number}.txt").write_text(words[number])
    (root / "fresh").write_text("the next passphrase")
    sheets = ("--sheet", str(root / "sheet-0.txt"), "--sheet", str(root / "sheet-2.txt"))
    result = run("restore", *options(root, "fresh"), *sheets)
    assert result.exit_code == 0, result.output
    assert "试开了 1 份申请" in run("drill", *options(root, "fresh")).stdout
    typed = f"{words[1]}\n{words[2]}\n\ntyped passphrase\ntyped passphrase\n"
    assert run("restore", "--data", str(root / "data"), text=typed).exit_code == 0
    assert run("drill", "--data", str(root / "data"), text="typed passphrase\n").exit_code == 0


def test_sheets_that_do_not_fit_are_refused(root: Path) -> None:
    (root / "sheet.txt").write_text("not the words of a sheet")
    result = run("restore", *options(root), "--sheet", str(root / "sheet.txt"))
    assert (result.exit_code, "第1张分管纸有写错或漏掉的词" in result.stderr) == (1, True)
    (root / "sheet.txt").write_bytes(b"\xff\xfe")
    result = run("restore", *options(root), "--sheet", str(root / "sheet.txt"))
    assert (result.exit_code, "不是文字" in result.stderr) == (1, True)


def test_splitting_wants_sensible_numbers_and_a_fresh_folder(root: Path) -> None:
    result = run("split", *options(root), "--needed", "4", "--sheets", "3", "--out", str(root / "sheets"))
    assert (result.exit_code, "凑不齐" in result.stderr) == (2, True)
    result = run("split", *options(root), "--out", str(root))
    assert (result.exit_code, "请给一个还没有的文件夹" in result.stderr) == (1, True)
    result = run("split", *options(root, "wrong"), "--out", str(root / "sheets"))
    assert (result.exit_code, "口令不对" in result.stderr) == (1, True)
    assert not (root / "sheets").exists()
