"""Whoever changes the store behind the program's back is found out, and where."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main
from forms_api.following import supply, withdraw
from forms_api.model import Asked, NewEvent, digest_case
from forms_api.office import Entry
from forms_api.shelves import tell_entered
from forms_api.storage import Amendment, Change, EntryChange
from tests.forms_api.desk import VISITOR, open_desk


def run(data: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["audit", *args, "--data", str(data)], prog_name="forms-api")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four cases: one with a file, one asked and supplied with another file, one withdrawn, one as it came."""
    folder = tmp_path_factory.mktemp("audited")
    desk = open_desk(folder)
    store = desk.intake.store
    desk.receive(files=(desk.upload(),))
    asked, gone, _ = desk.receive(), desk.receive(), desk.receive()
    case = store.find_case(asked.reference)
    assert case
    after = replace(case, state="needs_supply", asked=Asked(("photo",), desk.now + timedelta(days=9)))
    data = {"action": "ask", "state": "needs_supply", "reason": "unclear", "note": "看不清", "case": digest_case(after)}
    store.amend(Amendment(case, after, NewEvent("moved", desk.now, VISITOR.actor, data, case.id)))
    supplement = (desk.upload(),)
    supply(desk.intake, asked.reference, asked.secret or "", {"note": "补"}, supplement, desk.token("supply"), VISITOR)
    first = Entry("e1", "household", "anju", "draft", desk.now, b"one", due=desk.now.date(), owner=case.id)
    second = replace(first, state="in_force", sealed=b"two", version=2)
    for entry in (first, second, replace(first, id="e2", register="visit")):
        store.change(Change(events=(tell_entered(entry, "write", "zhong"),), entries=(EntryChange(entry),)))
    withdraw(desk.intake, gone.reference, gone.secret or "", VISITOR)
    store.close()
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


def change(data: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data / "cases.db")) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount, statement
        connection.commit()


def test_an_untouched_store_holds_and_tells_its_head(data: Path) -> None:
    told = run(data, "verify")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith("共 10 条事件、4 份申请、2 条登记，首尾相接，没有改动。")
    head = run(data, "head").stdout.split()
    assert head[0] == "10"
    assert told.stdout.rstrip().endswith(head[1])
    assert run(data, "verify", "--head", head[1].upper()).exit_code == 0


MUTATIONS = {
    "an event's data": ("第 2 条事件：内容被改过", "update event set data = replace(data, 'web', 'api') where seq = 2"),
    "who acted": ("第 3 条事件：内容被改过", "update event set role = 'staff' where seq = 3"),
    "when it happened": (
        "第 3 条事件：内容被改过",
        "update event set at = '2026-11-20T01:00:00.000001+00:00' where seq = 3",
    ),
    "one bit of a digest": ("第 4 条事件：内容被改过", "update event set digest = zeroblob(32) where seq = 4"),
    "an event removed": ("第 5 条事件：不见了", "delete from event where seq = 5"),
    "the first removed": ("第 1 条事件：不见了", "delete from event where seq = 1"),
    "an event put in": (
        "第 11 条事件：和前一条接不上",
        "insert into event select 11, case_id, kind, at, role, actor_id, data, previous, digest from event where seq = 10",
    ),
    "two events exchanged": (
        "第 3 条事件：和前一条接不上",
        "update event set seq = 99 where seq = 3",
        "update event set seq = 3 where seq = 4",
        "update event set seq = 4 where seq = 99",
    ),
    "the state of a case": ("现在记的状态是 finished", "update cases set state = 'finished' where state = 'withdrawn'"),
    "the form of a case": ("表单、版本、来路或收到的时间被改过", "update cases set channel = 'paper' where rowid = 1"),
    "one bit of the answers": (
        "收到的内容被改过",
        "update parts set sealed = cast(sealed || x'00' as blob) where number = 0 and rowid = 1",
    ),
    "a supplement removed": ("少了、多了一份", "delete from parts where number = 1"),
    "a file exchanged": ("收到的文件或它的登记被换过", "update uploads set digest = '11' where rowid = 1"),
    "a file taken away": ("少了、多了一个", "update uploads set case_id = null where rowid = 2"),
    "a case removed": ("说的那份申请", "delete from cases where state = 'withdrawn'"),
    "a case put in": (
        "没有提交的事件",
        "insert into cases (id, reference, form, version, channel, state, received_at, updated_at, secret_hash) "
        "select 'x', 'YX-NEW', form, version, channel, state, received_at, updated_at, secret_hash from cases where rowid = 1",
    ),
    "one bit of an entry": ("对不上", "update entries set sealed = x'74776e' where id = 'e1'"),
    "the state of an entry": ("对不上", "update entries set state = 'closed' where id = 'e1'"),
    "whom an entry belongs to": ("对不上", "update entries set owner = 'x' where id = 'e2'"),
    "an old entry put back": (
        "放回来的旧的一条",
        "update entries set state = 'draft', sealed = x'6f6e65', version = 1 where id = 'e1'",
    ),
    "an entry removed": ("说的那条登记（visit", "delete from entries where id = 'e2'"),
    "an entry put in": (
        "没有登记的事件",
        "insert into entries select 'e3', register, union_id, state, updated_at, sealed, version, due, owner from entries "
        "where id = 'e1'",
    ),
    "a row that cannot be read": ("有一行读不出来", "update event set data = 'no json' where seq = 6"),
}


@pytest.mark.parametrize(("words", "statements"), [(words, rest) for words, *rest in MUTATIONS.values()], ids=MUTATIONS)
def test_every_change_is_found_and_named(data: Path, words: str, statements: list[str]) -> None:
    change(data, *statements)
    told = run(data, "verify")
    assert told.exit_code == 1
    assert words in told.stderr
    assert "请不要再写这个文件夹" in told.stderr


def test_an_end_that_was_cut_off_shows_only_beside_a_published_head(data: Path) -> None:
    head = run(data, "head").stdout.split()[1]
    change(data, "delete from event where seq = 10", "update cases set state = 'submitted' where state = 'withdrawn'")
    assert run(data, "verify").exit_code == 0
    told = run(data, "verify", "--head", head)
    assert told.exit_code == 1
    assert "第 9 条以后：找不到摘要为" in told.stderr


def test_wrong_use_is_told(data: Path, tmp_path: Path) -> None:
    assert run(data, "verify", "--head", "abc").exit_code == 2
    assert "forms-api init" in run(tmp_path / "none", "verify").stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    open_desk(empty).intake.store.close()
    assert "没有可以公布的摘要" in run(empty, "head").stderr
    assert run(empty, "verify").stdout.startswith("共 0 条事件")
