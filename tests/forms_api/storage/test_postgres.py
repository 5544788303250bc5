"""What only PostgreSQL has to prove: one chain over many processes, servers that go and come back, groups asked ahead."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from bench.database_server import DatabaseServer
from forms_api.audit import Chain, follow_chain
from forms_api.model import SYSTEM, FileRef, NewEvent
from forms_api.storage import (
    Charge,
    FilesMissing,
    Purge,
    ReferenceTaken,
    StaffChange,
    StoreBroken,
    StoreRefusal,
    TokenUsed,
)
from forms_api.storage.postgres import PostgresEngine, PostgresLine, PostgresStore
from forms_api.storage.turn import Turn
from tests.forms_api.storage.test_contract import NOW, make, make_row, put_file

PROCESSES, EACH = 3, 60
WRITE = """
import sys
from forms_api.storage.postgres import PostgresStore
from tests.forms_api.storage.test_contract import make
address, first, each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = PostgresStore(address)
print("ready", flush=True)
sys.stdin.readline()
for number in range(first, first + each):
    store.accept(make(number))
store.close()
"""


@pytest.fixture
def address(database_server: DatabaseServer) -> str:
    return database_server.empty_database()


@pytest.fixture
def store(address: str) -> Iterator[PostgresStore]:
    with closing(PostgresStore(address)) as opened:
        yield opened


def append(store: PostgresStore, kind: str = "logged_out") -> None:
    store.append_event(NewEvent(kind, NOW, SYSTEM, {}))


def hold(store: PostgresStore, sent: list[Callable[[], Any]]) -> list[Any]:
    """Run pieces of work in one group and return what each returned or raised."""
    held, let_go = threading.Event(), threading.Event()

    def wait(turn: Turn) -> None:
        held.set()
        let_go.wait(30)

    def catch(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except StoreRefusal as refusal:
            return type(refusal)

    engine = store._engine
    assert isinstance(engine, PostgresEngine)
    with ThreadPoolExecutor(len(sent) + 1) as pool:
        first = pool.submit(engine.write, wait)
        assert held.wait(30)
        results = []
        for number, work in enumerate(sent, 1):
            results.append(pool.submit(catch, work))
            while engine._writer.waiting < number and not results[-1].done():
                threading.Event().wait(0.001)
        let_go.set()
        first.result(30)
        return [result.result(30) for result in results]


def test_processes_that_start_and_write_at_once_make_one_chain(database_server: DatabaseServer) -> None:
    address = database_server.make_bare_database()
    command = [sys.executable, "-c", WRITE, address]
    running = [
        subprocess.Popen(
            [*command, str(1 + one * EACH), str(EACH)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for one in range(PROCESSES)
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.communicate("go\n", timeout=120)
        assert process.returncode == 0
    with closing(PostgresStore(address)) as store:
        chain = Chain()
        assert list(follow_chain(store.list_events(), "", chain)) == []
        assert len(store.list_cases(limit=1000)) == PROCESSES * EACH
        assert chain.length == PROCESSES * EACH


@pytest.mark.parametrize("what", ["token", "reference", "file"])
def test_two_of_a_group_that_want_the_same_do_not_both_get_it(store: PostgresStore, what: str) -> None:
    files: tuple[FileRef, ...] = (put_file(store),) if what == "file" else ()
    first, second = make(1, files=files), make(2, files=files)
    if what == "token":
        second = replace(second, token_hash=first.token_hash)
    elif what == "reference":
        second = replace(second, case=replace(second.case, reference=first.case.reference))
    refused = {"token": TokenUsed, "reference": ReferenceTaken, "file": FilesMissing}[what]
    assert hold(store, [lambda: store.accept(first), lambda: store.accept(second)]) == [None, refused]
    assert len(store.list_cases()) == 1
    assert [event.seq for event in store.list_events()] == [1]


def test_a_file_that_was_swept_in_the_same_group_is_missing(store: PostgresStore) -> None:
    submission = make(1, files=(put_file(store),))
    assert hold(store, [lambda: store.drop_upload("f1"), lambda: store.accept(submission)]) == [True, FilesMissing]
    assert store.list_cases() == []


def test_what_could_not_be_serialised_is_run_again(store: PostgresStore) -> None:
    tries: list[int] = []

    def work(turn: Turn) -> str:
        tries.append(1)
        turn.write("insert into seals (fingerprint, at) values (?, ?)", "f", "now")
        if len(tries) < 3:
            raise errors.SerializationFailure("again")
        return "done"

    assert store._engine.write(work) == "done"
    assert (len(tries), store.find_seal()) == (3, "f")


def test_what_can_never_be_serialised_is_a_broken_store(store: PostgresStore) -> None:
    def work(turn: Turn) -> None:
        raise errors.SerializationFailure("again")

    with pytest.raises(StoreBroken, match="again"):
        store._engine.write(work)


def test_a_connection_lost_before_the_commit_costs_nothing(store: PostgresStore, address: str) -> None:
    tries: list[int] = []

    def work(turn: Turn) -> None:
        turn.write("insert into seals (fingerprint, at) values (?, ?)", "f", "now")
        tries.append(turn.first("select pg_backend_pid() as pid")["pid"])
        if len(tries) == 1:
            with psycopg.connect(address, autocommit=True) as other:
                other.execute("select pg_terminate_backend(%s, 5000)", tries)
        turn.first("select 1 as one")

    store._engine.write(work)
    assert len(set(tries)) == 2
    assert store.find_seal() == "f"


def test_the_rights_in_the_handbook_suffice_and_leave_events_alone(database_server: DatabaseServer) -> None:
    address = database_server.make_database()
    told = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")
    statements = told.partition("```sql\n")[2].partition("```")[0].split(";\n")
    roles, grants = statements[0], [one for one in ";".join(statements).split(";") if "grant" in one]
    with psycopg.connect(address, autocommit=True) as owner:
        for statement in (*roles.split(";"), *(one[one.index("grant") :] for one in grants)):
            owner.execute(statement)
    with closing(PostgresStore(address.replace("postgres@", "forms_intake@"))) as store:
        store.keep_definition("trip", "v1", {})
        store.accept(make(1, files=(put_file(store),), charges=(Charge("form", 10, 60),)))
        store.mark_opened("c1", NOW)
        store.probe()
        store.sweep(NOW)
        assert [event.seq for event in store.list_events()] == [1]
        for statement in (
            "update event set kind = 'x'",
            "delete from cases",
            "insert into staff values ('x', 1, '', '')",
        ):
            with pytest.raises(StoreBroken, match="permission denied"):
                store._engine.run(statement)
    with closing(PostgresStore(address.replace("postgres@", "forms_review@"))) as store:
        store.change_staff(StaffChange(make_row(), ()))
        case = store.list_cases()[0]
        store.purge(Purge(case, NewEvent("logged_out", NOW, SYSTEM, {}), ("f1",)))
        with pytest.raises(StoreBroken, match="permission denied"):
            store._engine.run("delete from event")


@pytest.mark.long
def test_a_host_that_falls_silent_in_its_turn_stops_the_others_for_seconds_only(
    store: PostgresStore, address: str
) -> None:
    in_turn, over = threading.Event(), threading.Event()

    def fall_silent(turn: Turn) -> None:
        turn.write("insert into seals (fingerprint, at) values (?, ?)", "silent", "now")
        turn.first("select 1 as one")
        in_turn.set()
        over.wait(60)

    with closing(PostgresStore(address)) as other, ThreadPoolExecutor(1) as pool:
        silent = pool.submit(store._engine.write, fall_silent)
        assert in_turn.wait(30)
        append(other)
        over.set()
        with pytest.raises(StoreBroken):  # whether the commit was heard, nobody here can tell
            silent.result(30)
        assert other.find_seal() is None


def test_a_transaction_that_the_server_rolled_back_is_not_called_durable(store: PostgresStore) -> None:
    def work(turn: Turn) -> None:
        try:
            turn.first("select nothing from nowhere")
        except errors.UndefinedTable:
            return

    with pytest.raises(StoreBroken):
        store._engine.write(work)
    append(store)


def test_a_piece_with_a_fault_takes_no_other_with_it(store: PostgresStore) -> None:
    def fail() -> str:
        try:
            store._engine.run("insert into nowhere values (1)")
        except StoreBroken as broken:
            return str(broken)
        return ""

    results = hold(store, [lambda: append(store), fail, lambda: append(store)])
    assert "nowhere" in results[1]
    assert [event.seq for event in store.list_events()] == [1, 2]


def test_a_server_that_was_restarted_is_met_again() -> None:
    server = DatabaseServer.start()
    try:
        with closing(PostgresStore(server.make_database())) as store:
            append(store)
            assert store.find_last_event()
            server.control("restart", "-m", "immediate")
            append(store)
            assert [event.seq for event in store.list_events()] == [1, 2]
            server.control("stop", "-m", "immediate")
            for use in (store.probe, store.find_seal):
                with pytest.raises(StoreBroken):
                    use()
            server.control("start")
            store.probe()
            assert store.find_last_event()
    finally:
        server.stop()


def test_a_commit_waits_for_the_disk_whatever_the_server_is_set_to(address: str) -> None:
    with psycopg.connect(address) as plain:
        told = plain.execute("show synchronous_commit").fetchone()
        assert told == ("off",)
    engine = PostgresEngine(address)
    try:
        shown = engine.write(lambda turn: turn.first("show synchronous_commit"))
        assert shown == {"synchronous_commit": "on"}
    finally:
        engine.close()


def test_readers_see_one_moment_in_a_snapshot(store: PostgresStore) -> None:
    append(store)
    counted = "select count(*) as number from event"
    with store._engine.snapshot() as snapshot:
        assert snapshot.execute(counted).fetchone() == {"number": 1}
        append(store)
        assert snapshot.execute(counted).fetchone() == {"number": 1}
    assert store._engine.first(counted) == {"number": 2}


@pytest.mark.parametrize("address", ["postgresql://nobody@127.0.0.1:1/none", "postgresql://127.0.0.1/x?nonsense=1"])
def test_a_database_that_cannot_be_opened_is_a_broken_store(address: str) -> None:
    with pytest.raises(StoreBroken):
        PostgresStore(address)


def test_a_fault_that_nobody_else_shares_is_told_to_one() -> None:
    line = PostgresLine("")
    line.close()
    assert line.judge(errors.UniqueViolation()) == "one"
    assert line.judge(psycopg.OperationalError()) == "all"
    assert line.judge(errors.DeadlockDetected()) == "repeat"
