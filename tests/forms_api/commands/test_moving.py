"""`forms-api migrate-store`: a county goes from one database to another whole, once, and nobody goes on with the old one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from bench.database_server import DatabaseServer
from forms_api.__main__ import main
from forms_api.config import Folder, NotReady, Settings, open_store
from forms_api.model import SYSTEM, Attachment, NewEvent
from forms_api.office import Entry
from forms_api.receiving import Limits
from forms_api.serving import hold_lock
from forms_api.shelves import tell_entered
from forms_api.storage import Change, EntryChange, StaffChange, Store
from forms_api.storage.copying import TABLES
from forms_api.storage.postgres import PostgresStore
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.desk import open_desk
from tests.forms_api.storage.test_contract import NOW, make, make_row, make_session

CASES = 520
"""More than are copied at once."""


def move(source: str, target: str) -> Result:
    return CliRunner().invoke(main, ["migrate-store", source, target], prog_name="forms-api")


def tell(store: Store) -> list[object]:
    """Return what a store says of itself, cases and chain first."""
    cases = store.list_cases(limit=10_000)
    files: list[Attachment] = [file for case in cases for file in store.list_files(case.id)]
    return [
        cases,
        list(store.list_events()),
        [store.read_sealed(case.id) for case in cases],
        files,
        store.list_staff(),
        store.walk_entries(),
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county with some cases, one of them with a file, an entry of a register, and an account that is signed in."""
    folder = tmp_path_factory.mktemp("county")
    desk = open_desk(folder, Limits(per_address=10**6, per_address_without_work=10**6, per_form=10**6))
    store = desk.intake.store
    desk.receive(files=(desk.upload(),))
    for _ in range(1, CASES):
        desk.receive()
    entry = Entry("e1", "household", "anju", "draft", NOW, b"one", owner=store.list_cases()[0].id)
    keys = {"name": b"name"}
    store.change(
        Change(events=(tell_entered(entry, "write", "zhong", keys=keys),), entries=(EntryChange(entry, keys),))
    )
    store.change_staff(StaffChange(make_row(), (), session=make_session()))
    store.close()
    return folder


@pytest.fixture
def county(made: Path, tmp_path: Path) -> Path:
    store = SqliteStore(made / "cases.db")
    store.backup(tmp_path / "cases.db")
    store.close()
    return tmp_path / "cases.db"


def test_everything_goes_there_and_back_and_the_old_one_is_left(county: Path, database_server: DatabaseServer) -> None:
    address, back = database_server.make_bare_database(), county.parent / "back" / "cases.db"
    with closing(SqliteStore(county)) as store:
        before = tell(store)
    done = move(f"sqlite:{county}", address)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"申请 {CASES} 份、事件 {CASES + 1} 条，逐行一致，事件链首尾相接。" in done.stdout
    assert f"FORMS_STORE={address}" in done.stdout
    with closing(PostgresStore(address)) as store:
        assert tell(store) == before
        assert store.find_keyed("household", "name", b"name") == {"e1"}
    with pytest.raises(NotReady, match="已经搬到 postgresql://"):
        open_store(Settings(county.parent, county.parent))
    back.parent.mkdir()
    done = move(address, f"sqlite:{back}")
    assert (done.exit_code, done.stderr) == (0, "")
    with closing(SqliteStore(back)) as store:
        assert tell(store) == before
        assert store.append_event(NewEvent("logged_out", NOW, SYSTEM, {})).seq == CASES + 2
    with pytest.raises(NotReady, match="已经搬到 sqlite:"):
        open_store(Settings(county.parent, county.parent, store=address))


def test_a_second_run_finds_all_of_it_there(county: Path, database_server: DatabaseServer) -> None:
    address = database_server.make_database()
    assert move(f"sqlite:{county}", address).exit_code == 0
    again = move(f"sqlite:{county}", address)
    assert again.exit_code == 0
    assert again.stdout.startswith("上次已经搬过，现在重新核对。\n已搬完")
    other = move(f"sqlite:{county}", database_server.make_database())
    assert (other.exit_code, "请从那里搬" in other.stderr) == (1, True)
    with closing(PostgresStore(address)) as store:
        store.accept(make(CASES + 1))
    late = move(f"sqlite:{county}", address)
    assert (late.exit_code, "和原来的库也不一样" in late.stderr) == (1, True)
    with closing(PostgresStore(address)) as store:
        assert len(store.list_cases(limit=10_000)) == CASES + 1


def test_a_database_that_was_left_takes_nothing_in(county: Path, made: Path, database_server: DatabaseServer) -> None:
    address = database_server.make_database()
    assert move(f"sqlite:{county}", address).exit_code == 0
    told = move(address, f"sqlite:{county}")
    assert (told.exit_code, "停用的旧库" in told.stderr) == (1, True)


@pytest.mark.parametrize("role", ["intake", "review"])
def test_nothing_is_moved_under_a_running_service(county: Path, database_server: DatabaseServer, role: str) -> None:
    address, lock = database_server.make_database(), hold_lock(Folder(county.parent).lock(role))
    try:
        told = move(f"sqlite:{county}", address)
    finally:
        os.close(lock)
    assert (told.exit_code, "请先停掉" in told.stderr) == (1, True)
    with closing(PostgresStore(address)) as store:
        assert store.list_cases() == []


def test_nothing_is_taken_from_a_database_that_others_use(county: Path, database_server: DatabaseServer) -> None:
    address = database_server.make_database()
    with psycopg.connect(address):
        told = move(address, f"sqlite:{county.with_name('new.db')}")
    assert (told.exit_code, "请先停掉每台机器上的服务" in told.stderr) == (1, True)


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("sqlite:/nowhere/cases.db", "postgresql://nobody@127.0.0.1:1/x", "找不到 /nowhere/cases.db"),
        ("COUNTY", "sqlite:/nowhere/x.db", "找不到文件夹 /nowhere"),
        ("COUNTY", "postgresql://nobody@127.0.0.1:1/x", "打不开数据库"),
        ("postgresql://nobody@127.0.0.1:1/x", "COUNTY", "数据库读写出错"),
        ("COUNTY", "COUNTY", "写成了同一个"),
        ("cases.db", "COUNTY", "看不懂“cases.db”"),
        ("COUNTY", "postgresql://u:geheim@127.0.0.1/x", "不能写密码"),
    ],
)
def test_what_cannot_be_moved_is_told(county: Path, source: str, target: str, words: str) -> None:
    told = move(*(f"sqlite:{county}" if place == "COUNTY" else place for place in (source, target)))
    assert told.exit_code
    assert words in told.stderr
    assert "geheim" not in told.stderr


def test_a_run_that_was_killed_leaves_nothing_and_can_be_run_again(
    county: Path, database_server: DatabaseServer
) -> None:
    address = database_server.make_database()
    command = [sys.executable, "-m", "forms_api", "migrate-store", f"sqlite:{county}", address]
    with psycopg.connect(address) as other:
        other.execute("lock table sessions in share mode")  # may be read, not written: the move stops in its midst
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_blocked(address, running)
        running.send_signal(signal.SIGKILL)
        running.wait(30)
    with closing(PostgresStore(address)) as store:
        assert [table for table, _, _ in TABLES if store._engine.first(f"select 1 as found from {table}")] == []
    with closing(SqliteStore(county)) as store:
        assert store.find_place() is None
    assert move(f"sqlite:{county}", address).exit_code == 0
    with closing(PostgresStore(address)) as store:
        assert len(store.list_cases(limit=10_000)) == CASES


def wait_until_blocked(address: str, running: subprocess.Popen[bytes]) -> None:
    blocked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    deadline = time.monotonic() + 60
    with psycopg.connect(address, autocommit=True) as looking:
        while time.monotonic() < deadline:
            assert running.poll() is None
            row = looking.execute(blocked).fetchone()
            if row and row[0]:
                return
            time.sleep(0.02)
    raise AssertionError("the move was never stopped")
