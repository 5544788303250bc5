"""Many writers on one file: none is turned away, none waits long while others go first, and a bad piece harms no other."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from forms_api.storage import StoreBroken, StoreRefusal
from forms_api.storage.sqlite import SqliteLine, SqliteStore
from forms_api.storage.turn import Turn
from forms_api.storage.writer import Writer
from tests.forms_api.storage.test_contract import make

PROCESSES, EACH = 4, 120
WRITE = """
import sys
from pathlib import Path
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.storage.test_contract import make
folder, first, each = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
store = SqliteStore(folder / "cases.db")
print("ready", flush=True)
sys.stdin.readline()
for number in range(first, first + each):
    store.accept(make(number))
store.close()
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    connection.execute("create table numbers (number integer primary key)")
    opened = Writer(SqliteLine(lambda: connection, tmp_path / "x.lock"))
    yield opened
    opened.close()


def insert(number: int) -> str:
    return f"insert into numbers values ({number})"


def test_several_processes_write_and_none_is_locked_out(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITE, str(tmp_path)]
    running = [
        subprocess.Popen(
            [*command, str(1 + index * EACH), str(EACH)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in range(PROCESSES)
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    store = SqliteStore(tmp_path / "cases.db")
    events = list(store.list_events())
    store.close()
    assert [event.seq for event in events] == list(range(1, PROCESSES * EACH + 1))
    # they stand in line: while all of them write, each gets its turns
    owners = [(int(str(event.case_id)[1:]) - 1) // EACH for event in events[: len(events) // 2]]
    assert all(owners.count(index) >= EACH // 6 for index in range(PROCESSES))


def test_those_who_wait_share_one_transaction(tmp_path: Path) -> None:
    statements: list[str] = []

    def open_connection() -> sqlite3.Connection:
        connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
        connection.execute("create table numbers (number integer primary key)")
        connection.set_trace_callback(statements.append)
        return connection

    writer, first, entered = (
        Writer(SqliteLine(open_connection, tmp_path / "x.lock")),
        threading.Event(),
        threading.Event(),
    )

    def hold(turn: Turn) -> None:
        entered.set()
        first.wait(30)

    with ThreadPoolExecutor(20) as pool:
        held = pool.submit(writer.write, hold)
        assert entered.wait(30)
        waiting = [pool.submit(writer.write, lambda c, n=n: c.execute(insert(n)).rowcount) for n in range(15)]
        while writer.waiting < 15:
            threading.Event().wait(0.001)
        first.set()
        assert [one.result(30) for one in waiting] == [1] * 15
        held.result(30)
    writer.close()
    assert statements.count("COMMIT") == 2


def test_a_bad_piece_takes_no_other_with_it(writer: Writer) -> None:
    def fail(turn: Turn) -> None:
        turn.execute(insert(99))
        raise KeyError("bug")

    def refuse(turn: Turn) -> None:
        raise StoreRefusal("no")

    def run(number: int) -> str:
        work = {3: fail, 5: refuse}.get(number, lambda turn: turn.execute(insert(number)).rowcount)
        try:
            return str(writer.write(work))
        except (KeyError, StoreRefusal) as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, range(8)))
    assert results == ["1", "1", "1", "KeyError", "1", "StoreRefusal", "1", "1"]
    kept = writer.write(lambda turn: turn.execute("select number from numbers order by 1").fetchall())
    assert [row[0] for row in kept] == [0, 1, 2, 4, 6, 7]


def test_a_fault_of_the_database_is_a_broken_store(writer: Writer) -> None:
    with pytest.raises(StoreBroken):
        writer.write(lambda turn: turn.execute("insert into nothing values (1)"))
    assert writer.write(lambda turn: turn.execute(insert(1)).rowcount) == 1


def test_what_waits_is_finished_at_the_end(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cases.db")
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(store.probe) for _ in range(50)]
        [one.result(30) for one in done]
    store.close()
    store.close()
    with pytest.raises(StoreBroken):
        store.probe()


@pytest.mark.parametrize("spoil", ["folder", "text"])
def test_a_file_that_cannot_be_opened_is_a_broken_store(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "cases.db"
    if spoil == "folder":
        path.mkdir()
    else:
        path.write_text("this is no database, however long it goes on " * 40)
    with pytest.raises(StoreBroken):
        SqliteStore(path)


def test_a_disk_that_fills_up_loses_nothing_and_heals(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cases.db")
    store.probe()
    pages = store._engine.write(lambda turn: turn.execute("pragma page_count").fetchone()[0])
    limit = "pragma max_page_count"
    store._engine.write(lambda turn: turn.execute(f"{limit} = {pages}").fetchone())
    with pytest.raises(StoreBroken, match="full"):
        list(map(store.accept, map(make, range(1, 5000))))
    kept = len(store.list_cases(limit=10_000))
    assert kept > 0
    assert kept == len(list(store.list_events()))
    store._engine.write(lambda turn: turn.execute(f"{limit} = 1000000").fetchone())
    store.accept(make(9999))
    assert store.find_case("YX-9999")
    store.close()
