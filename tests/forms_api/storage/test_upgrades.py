"""Every earlier database becomes today's with nothing lost, only when it is told to; a later one is not touched."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from bench.database_server import DatabaseServer
from forms_api.__main__ import main
from forms_api.audit import Chain
from forms_api.config import Folder
from forms_api.custody import make_keys, prepare_folder
from forms_api.serving import hold_lock
from forms_api.storage import StoreOutdated, StoreTooNew
from forms_api.storage.schema import MIGRATIONS
from forms_api.storage.sqlite import SqliteStore, find_damage, list_waiting
from forms_api.verifying import list_faults
from tests.forms_api.desk import START
from tests.forms_api.front_desk import CHEAP
from tests.forms_api.storage.stages import EMPTY, FILE, FILE_ID, FOLDER, load_stage

STAGES = list(MIGRATIONS)
TABLES = "select name from sqlite_schema where type = 'table' and name not like '\\_%' escape '\\'"


def read_rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return table → its rows."""
    with closing(sqlite3.connect(path)) as raw:
        raw.row_factory = sqlite3.Row
        return {
            name: [dict(row) for row in raw.execute(f"select * from {name} order by rowid")]
            for (name,) in raw.execute(TABLES).fetchall()
        }


def read_schema(path: Path) -> set[tuple[str, str]]:
    """Return name and text of every table and index."""
    with closing(sqlite3.connect(path)) as raw:
        return {tuple(row) for row in raw.execute("select name, sql from sqlite_schema where sql is not null")}


def test_every_stage_is_kept_as_text() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(STAGES), "see tests/forms_api/storage/stages.py"


@pytest.mark.parametrize("stage", STAGES)
def test_an_earlier_database_becomes_todays_and_loses_nothing(stage: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    load_stage(stage, path)
    before = read_rows(path)
    assert {table for table, rows in before.items() if not rows} <= EMPTY
    assert list_waiting(path) == STAGES[STAGES.index(stage) + 1 :]
    with closing(SqliteStore(path, renew=True)) as store:
        assert [f"{one.where}{one.words}" for one in list_faults(store, "", Chain())] == []
        assert {case.id for case in store.list_cases()} == {row["id"] for row in before["cases"]}
        waiting = {row["id"] for row in before["outbox"] if row["sent_at"] is None}
        assert waiting
        assert {message.id for message, _ in store.list_waiting(START.replace(year=2030))} == waiting
    after = read_rows(path)
    for table, rows in before.items():
        kept = [{name: row[name] for name in (rows[0] if rows else ())} for row in after[table]]
        assert kept == rows, table
    fresh = tmp_path / "fresh.db"
    SqliteStore(fresh).close()
    assert read_schema(path) == read_schema(fresh)
    assert (find_damage(path), list_waiting(path)) == ("", [])
    SqliteStore(path).close()


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_nobody_renews_it_by_merely_opening_it(stage: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    load_stage(stage, path)
    before = read_rows(path)
    with pytest.raises(StoreOutdated):
        SqliteStore(path)
    assert read_rows(path) == before


def test_a_later_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('forms_api', 'later', 'now')"
        )
        raw.commit()
    for renew in (False, True):
        with pytest.raises(StoreTooNew):
            SqliteStore(path, renew=renew)


# --- the command -----------------------------------------------------------------------------------------


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)], prog_name="forms-api")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder of the first stage, with keys and the file that its case names."""
    folder = Folder(tmp_path / "data")
    prepare_folder(folder)
    spare = tmp_path / "spare.db"
    with closing(SqliteStore(spare)) as store:
        make_keys(folder, store, "correct horse battery", START, CHEAP)
    load_stage("intake", folder.database)
    (folder.files / "f1").mkdir()
    (folder.files / "f1" / FILE_ID).write_bytes(FILE)
    assert run("backup-key", "new", tmp_path / "key").exit_code == 0
    return folder.root


def test_it_is_backed_up_first_and_going_back_is_a_restore(data: Path, tmp_path: Path) -> None:
    before = read_rows(data / "cases.db")
    assert "forms-api migrate" in run("cases", "--data", data).stderr
    assert run("migrate", "--data", data, "--check").exit_code == 1
    done = run("migrate", "--data", data, "--key-file", tmp_path / "key")
    assert done.exit_code == 0, done.output
    assert f"已升级：{'、'.join(STAGES[1:])}" in done.stdout
    assert run("cases", "--data", data).exit_code == 0
    with closing(SqliteStore(data / "cases.db")) as store:
        last = store.find_last_event()
        assert last
        assert (last.kind, last.data["steps"]) == ("migrated", " ".join(STAGES[1:]))
    (saved,) = (data / "backups").iterdir()
    restored = run("restore", saved, "--data", tmp_path / "back", "--key-file", tmp_path / "key")
    assert "没有记上这一次" in restored.stderr, "the old tables stay as they are for the old program"
    assert read_rows(tmp_path / "back" / "cases.db") == before
    again = run("migrate", "--data", data)
    assert (again.exit_code, "不用升级" in again.stdout) == (0, True)
    assert run("migrate", "--data", data, "--check").exit_code == 0


def test_without_a_key_it_must_be_asked_for(data: Path) -> None:
    done = run("migrate", "--data", data)
    assert (done.exit_code, "--without-backup" in done.stderr) == (1, True)
    assert list_waiting(data / "cases.db")
    done = run("migrate", "--data", data, "--without-backup")
    assert done.exit_code == 0, done.output
    assert not (data / "backups").exists()


@pytest.mark.parametrize(
    "spoil",
    [lambda data: shutil.rmtree(data / "files" / "f1"), lambda data: (data / "cases.db").write_bytes(b"no" * 5000)],
)
def test_what_cannot_be_backed_up_is_not_renewed(data: Path, tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]  # a table of lambdas
    spoil(data)
    before = (data / "cases.db").read_bytes()
    assert run("migrate", "--data", data, "--key-file", tmp_path / "key").exit_code == 1
    assert (data / "cases.db").read_bytes() == before


def test_no_server_may_run_meanwhile(data: Path, tmp_path: Path) -> None:
    lock = hold_lock(Folder(data).lock("intake"))
    try:
        done = run("migrate", "--data", data, "--key-file", tmp_path / "key")
    finally:
        os.close(lock)
    assert (done.exit_code, "停下受理和审核" in done.stderr) == (1, True)
    assert list_waiting(data / "cases.db")


def test_wrong_folders_are_told(tmp_path: Path) -> None:
    assert "forms-api init" in run("migrate", "--data", tmp_path / "none").stderr
    (tmp_path / "cases.db").write_bytes(b"no database" * 1000)
    assert "打不开" in run("migrate", "--data", tmp_path).stderr


def test_a_server_is_renewed_when_asked_and_never_unasked(data: Path, database_server: DatabaseServer) -> None:
    address = database_server.make_bare_database()
    environ = {"FORMS_STORE": address}

    def run_there(*words: object) -> Result:
        return CliRunner().invoke(main, [*map(str, words), "--data", str(data)], env=environ)

    assert (run_there("cases").exit_code, run_there("migrate").exit_code) == (0, 0)
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute("delete from migrations where name = %s", (STAGES[-1],))
        raw.execute("drop index idx_cases_state")
        raw.execute("alter table cases drop column seen cascade")
    assert "forms-api migrate" in run_there("cases").stderr
    assert run_there("migrate", "--check").exit_code == 1
    refused = run_there("migrate")
    assert (refused.exit_code, "pg_dump" in refused.stderr) == (1, True)
    done = run_there("migrate", "--without-backup")
    assert done.exit_code == 0, done.output
    assert run_there("cases").exit_code == 0
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute("insert into migrations (name) values ('later')")
    assert "更新的版本" in run_there("cases").stderr
