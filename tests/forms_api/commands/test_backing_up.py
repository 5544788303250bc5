"""The rehearsals: a county's data is backed up, destroyed, restored elsewhere, and work goes on; wrong use says what to do."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.database_server import DatabaseServer
from forms_api.__main__ import main
from forms_api.config import Folder
from forms_api.forms_bundle import Bundle, read_bundle
from forms_api.model import Event
from forms_api.receiving import Intake, Limits
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk, open_front_desk, reopen_front_desk
from tests.forms_api.office_desk import OfficeDesk


def run(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), prog_name="forms-api", env={"FORMS_BACKUP_KEY_FILE": None})


@dataclass
class County:
    """A data folder, its key of backups, and where backups go."""

    root: Path
    bundle: Bundle

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def key(self) -> Path:
        return self.root / "backup.key"

    def run(self, command: str, *words: object) -> Result:
        return run(*command.split(), *words, "--data", self.data, "--key-file", self.key)


@pytest.fixture
def county(tmp_path: Path, bundle_folder: Path) -> County:
    made = County(tmp_path, read_bundle(bundle_folder))
    assert run("backup-key", "new", made.key).exit_code == 0
    return made


def open_worker(front: FrontDesk) -> OfficeDesk:
    """Return who hands in applications to a staff side."""
    office, limits = front.review.office, Limits(per_address=10**6, per_address_without_work=10**6)
    intake = Intake(office.store, front.review.intake_keys, office.sealer, office.clock, limits=limits)
    return OfficeDesk(office, intake, front.folder / "files", front.now)


def test_yesterdays_backup_is_restored_and_work_goes_on(county: County) -> None:
    front = open_front_desk(county.data, county.bundle)
    client = front.sign_in("reviewer")
    front.post(client, "/unlock", {"passphrase": PASSPHRASE})
    worker = open_worker(front)
    reference = worker.apply_for("hardship", full_name="欧阳小满")
    head = run("audit", "head", "--data", county.data).stdout.split()[1]
    saved = county.root / "saved.backup"
    done = county.run("backup", "--to", saved)
    assert done.exit_code == 0, done.output
    assert "读回来核对过：1 份申请" in done.stdout
    assert front.kinds()[-1] == "backed_up"
    front.now += timedelta(days=1)
    worker.now = front.now
    lost = worker.apply_for("membership")
    front.review.store.close()
    people = front.people
    shutil.rmtree(county.data)

    new = county.root / "elsewhere" / "data"
    done = run("restore", saved, "--data", new, "--key-file", county.key)
    assert done.exit_code == 0, done.output
    assert re.search(r"1\. .*audit verify[^\n]*\n2\. .*purge[^\n]*\n3\. .*keys drill[^\n]*\n4\. .*解锁", done.stdout)
    verified = run("audit", "verify", "--data", new, "--head", head)
    assert verified.exit_code == 0, verified.output
    assert run("purge", "--data", new).exit_code == 0
    passphrase = county.root / "passphrase"
    passphrase.write_text(PASSPHRASE)
    drilled = run("keys", "drill", "--data", new, "--passphrase-file", passphrase)
    assert drilled.exit_code == 0, drilled.output

    again = reopen_front_desk(new, county.bundle)
    again.now, again.people = front.now + timedelta(minutes=5), people
    client = again.sign_in("reviewer")
    assert "私钥还锁着" in client.get("/account").text
    assert again.post(client, "/unlock", {"passphrase": PASSPHRASE}).status_code == 303
    page = client.get(f"/cases/{reference}")
    assert "欧阳小满" in page.text
    assert client.get(f"/cases/{lost}").status_code == 404
    case = again.review.store.find_case(reference)
    assert case
    file = again.review.store.list_files(case.id)[0]
    assert client.get(f"/cases/{reference}/files/{file.id}").data.startswith(b"%PDF-1.7 sample")
    worker = open_worker(again)
    worker.act("reviewer", reference, "refuse", reason="not_eligible", note="不符合条件。")
    fresh = worker.apply_for("hardship")
    assert again.review.store.find_case(fresh)
    assert {"restored", "key_drilled", "vault_opened", "moved"} <= set(again.kinds())
    again.review.store.close()
    verified = run("audit", "verify", "--data", new, "--head", head)
    assert verified.exit_code == 0, verified.output


def test_a_folder_gets_named_backups_and_loses_old_ones(county: County) -> None:
    open_front_desk(county.data, county.bundle).review.store.close()
    folder = county.root / "backups"
    folder.mkdir()
    (folder / "forms-20200101T000000Z.backup").write_bytes(b"old")
    done = county.run("backup", "--to", folder)
    assert done.exit_code == 0, done.output
    assert "删掉了 1 份超过 30 天的备份" in done.stdout
    (made,) = folder.iterdir()
    assert re.fullmatch(r"forms-\d{8}T\d{6}Z\.backup", made.name)


@pytest.mark.parametrize("command", ["backup --to x", "restore x"])
def test_without_a_key_nothing_is_done(county: County, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(county.root)
    done = run(*command.split(), "--data", county.root / "other")
    assert done.exit_code == 1
    assert "请先运行 forms-api backup-key new" in done.stderr
    assert not (county.root / "other").exists()
    assert not (county.root / "x").exists()


def test_the_key_may_stand_in_the_environment(county: County) -> None:
    open_front_desk(county.data, county.bundle).review.store.close()
    words = ["backup", "--data", str(county.data), "--to", str(county.root / "x")]
    done = CliRunner().invoke(main, words, env={"FORMS_BACKUP_KEY_FILE": str(county.key)})
    assert done.exit_code == 0, done.output


def test_faults_are_told_and_end_with_one(county: County) -> None:
    front = open_front_desk(county.data, county.bundle)
    front.review.vault.unlock(PASSPHRASE)
    worker = open_worker(front)
    worker.apply_for("hardship")
    next(path for path in worker.files.rglob("*") if path.is_file()).unlink()
    saved = county.root / "saved.backup"
    done = county.run("backup", "--to", saved)
    assert done.exit_code == 1
    assert "请先从以前的备份找回缺的文件" in done.stderr
    assert not saved.exists()
    assert front.kinds()[-1] != "backed_up"
    done = county.run("backup", "--to", saved, "--despite-faults")
    assert done.exit_code == 1
    assert "备份里好的只有" in done.stderr
    assert saved.exists()
    front.review.store.close()
    restored = run("restore", saved, "--data", county.root / "new", "--key-file", county.key)
    assert restored.exit_code == 1
    assert "备份里好的只有" in restored.stderr
    assert (county.root / "new" / "cases.db").exists()


def test_wrong_keys_and_files_are_told(county: County) -> None:
    again = run("backup-key", "new", county.key)
    assert (again.exit_code, "旧密钥要留着" in again.stderr) == (1, True)
    assert "不能写" in run("backup-key", "new", county.root / "none" / "key").stderr
    county.key.chmod(0o644)
    assert "别的用户也能读" in county.run("backup", "--to", county.root / "x").stderr
    county.key.chmod(0o600)
    assert county.run("backup", "--to", county.root / "x").exit_code == 1
    assert "不是本程序做的备份" in county.run("restore", county.key).stderr


def test_the_restored_folder_says_that_it_was(county: County) -> None:
    open_front_desk(county.data, county.bundle).review.store.close()
    saved = county.root / "saved.backup"
    county.run("backup", "--to", saved)
    assert run("restore", saved, "--data", county.root / "new", "--key-file", county.key).exit_code == 0
    store = SqliteStore(Folder(county.root / "new").database)
    try:
        told, made = store.find_last_of("restored"), SqliteStore(Folder(county.data).database)
        backed = made.find_last_of("backed_up")
        made.close()
        assert told
        assert backed
        assert told.data == backed.data
    finally:
        store.close()


def test_what_a_server_keeps_is_backed_up_too(county: County, database_server: DatabaseServer) -> None:
    words = {"FORMS_STORE": database_server.make_bare_database(), "FORMS_BACKUP_KEY_FILE": str(county.key)}
    passphrase = county.root / "passphrase"
    passphrase.write_text(PASSPHRASE)

    def run_there(*line: object) -> Result:
        return CliRunner().invoke(main, [*map(str, line)], env=words)

    done = run_there("init", "--data", county.data, "--passphrase-file", passphrase)
    assert done.exit_code == 0, done.output
    saved = county.root / "saved.backup"
    done = run_there("backup", "--data", county.data, "--to", saved)
    assert done.exit_code == 0, done.output
    done = run_there("restore", saved, "--data", county.root / "new")
    assert done.exit_code == 0, done.output
    assert "migrate-store" in done.stdout
    verified = run("audit", "verify", "--data", county.root / "new")
    assert verified.exit_code == 0, verified.output
    assert "seal_registered" in {event.kind for event in list_events(county.root / "new")}


def list_events(data: Path) -> list[Event]:
    with closing(SqliteStore(Folder(data).database)) as store:
        return list(store.list_events())
