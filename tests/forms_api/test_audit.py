"""Every table and every column, changed behind the program's back: found and named, or free for a reason that the docs give."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from forms_api import casework
from forms_api.audit import Chain
from forms_api.model import SYSTEM, ApiKey, NewEvent, digest_api_key
from forms_api.registering import households
from forms_api.storage.sqlite import SqliteStore
from forms_api.verifying import list_faults
from tests.forms_api.archives import note, purge, refuse
from tests.forms_api.office_desk import STAFF, open_office

FREE = {
    "cases": {"secret_hash", "opened_at", "seen"},
    "work": {"unread", "version"},
    "uploads": {"form", "created_at", "expires_at", "received", "finished_at", "holder", "held_until"},
    "seals": {"at"},
    "definitions": {"form"},
}
"""Columns of tables that are held to the events which are free; docs/operations.md says why."""
UNHELD = {"outbox", "submissions", "charges", "drafts", "failures", "staff", "sessions", "moved", "_sqlite_migrations"}
"""Tables that the chain says nothing of; docs/operations.md says why."""
OTHERS = {
    "cases": "申请", "parts": "申请 YX-", "uploads": "申请 YX-", "work": "办理记录", "notes": "内部意见", "entries": "登记",
    "keyed": "索引", "seals": "公钥", "api_keys": "程序密钥", "definitions": "表单定义", "event": "条事件",
}  # fmt: skip
"""Table → what the fault names."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bundle_folder: Path) -> Path:
    """An office at work: a household, opinions, a joint case, one asked, one transferred, one deleted, a program, a key."""
    folder = tmp_path_factory.mktemp("office")
    desk = open_office(folder, bundle_folder)
    store = desk.office.store
    store.register_seal("f00d", desk.now)
    store.append_event(NewEvent("seal_registered", desk.now, SYSTEM, {"fingerprint": "f00d"}))
    key = ApiKey("自助机", b"digest", desk.now, 60)
    store.add_api_key(key)
    store.append_event(NewEvent("api_key_added", desk.now, SYSTEM, {"name": key.name, "sum": digest_api_key(key)}))
    gone = refuse(desk)
    note(desk, gone)
    desk.now += timedelta(days=366)
    assert purge(desk).gone
    aid = desk.apply_for("hardship")
    desk.act("unit", aid, "accept")
    note(desk, aid)
    households.open_household(desk.office, STAFF["clerk"], aid)
    casework.join(desk.office, STAFF["reviewer"], aid, "yuntai")
    casework.assign(desk.office, STAFF["unit"], aid, STAFF["unit"])
    asked = desk.apply_for("tuition")
    desk.act(
        "unit", asked, "ask", reason="unclear", note="看不清", fields=("full_name",), until=desk.now + timedelta(days=9)
    )
    casework.bind(desk.office, STAFF["unit"], asked, aid)
    refuse(desk, "suggestion")
    moved = desk.apply_for("membership")
    desk.act("unit", moved, "transfer", union="yuntai", note="归他们办。")
    store.close()
    return folder


def find_faults(folder: Path) -> list[str]:
    with closing(SqliteStore(folder / "cases.db")) as store:
        return [f"{one.where}：{one.words}" for one in list_faults(store, "", Chain())]


def list_columns(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every table of the store with each of its columns."""
    with closing(sqlite3.connect(folder / "cases.db")) as raw:
        for (table,) in raw.execute("select name from sqlite_master where type = 'table'").fetchall():
            for column in raw.execute(f"pragma table_info({table})").fetchall():
                yield table, column[1]


def spoil(value: object) -> object:
    """Return a value of the same type that is another."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, int):
        return value + 1000
    if value is None:
        return "2026-12-31"
    text = str(value)
    if "2026" in text or "2027" in text:
        return text.replace("2027", "2028").replace("2026", "2027")
    return text.replace('"', '"x', 1) if text.startswith(("[", "{")) and '"' in text else "x" + text


def test_an_office_at_work_holds(made: Path) -> None:
    assert find_faults(made) == []


def test_each_column_of_each_row_is_held_or_is_free_for_a_reason(made: Path, tmp_path: Path) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
    kept, missed, unnamed = made / "cases.db", [], []
    for table, column in list_columns(made):
        if table in UNHELD or column in FREE.get(table, ()):
            assert f"`{table}`" in docs, f"say in docs/operations.md why {table} is free"
            assert table in UNHELD or f"`{column}`" in docs, f"say in docs/operations.md why {table}.{column} is free"
            continue
        with closing(sqlite3.connect(kept)) as raw:
            rows = raw.execute(f"select rowid, {column} from {table}").fetchall()
        assert rows, f"the office of this test keeps nothing in {table}"
        for rowid, value in {type(one[1]): one for one in rows}.values():
            if (table, column) == ("uploads", "case_id") and value is None:
                continue
            folder = tmp_path / f"{table}-{column}-{type(value).__name__}"
            folder.mkdir()
            shutil.copy(kept, folder)
            with closing(sqlite3.connect(folder / "cases.db")) as raw:
                raw.execute(f"update {table} set {column} = ? where rowid = ?", (spoil(value), rowid))
                raw.commit()
            found = find_faults(folder)
            if not found:
                missed.append((table, column, value))
            elif not any(OTHERS[table] in one or "读不出来" in one for one in found):
                unnamed.append((table, column, found))
    assert (missed, unnamed) == ([], [])


@pytest.mark.parametrize("table", sorted(OTHERS))
def test_a_row_taken_away_is_found(made: Path, tmp_path: Path, table: str) -> None:
    shutil.copy(made / "cases.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        raw.execute(
            "delete from event where seq = 5"
            if table == "event"
            else f"delete from {table} where rowid in (select rowid from {table} limit 1)"
        )
        raw.commit()
    assert any(OTHERS[table] in one for one in find_faults(tmp_path))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("insert into notes select 'x', owner, at, staff, sealed from notes limit 1", "插进来的"),
        ("insert into keyed select register, kind, x'aa', id from keyed limit 1", "索引"),
        (
            "insert into api_keys select 'x', digest, created_at, per_minute from api_keys",
            "程序密钥“x”：没有发放的事件",
        ),
        ("insert into seals values ('evil', '2029-01-01T00:00:00.000000+00:00')", "请马上停收申请"),
        (
            "insert into event select max(seq) + 1, null, 'case_read', at, role, actor_id, '{}', previous, digest from event",
            "和前一条接不上",
        ),
    ],
)
def test_a_row_put_in_is_found(made: Path, tmp_path: Path, statement: str, words: str) -> None:
    shutil.copy(made / "cases.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        raw.execute(statement)
        raw.commit()
    assert any(words in one for one in find_faults(tmp_path))


def test_work_of_a_case_that_nobody_took_up_is_found(made: Path, tmp_path: Path, bundle_folder: Path) -> None:
    shutil.copy(made / "cases.db", tmp_path)
    desk = open_office(tmp_path, bundle_folder)
    (reference,) = [case.reference for case in desk.office.store.list_cases("refused")]
    desk.office.store.close()
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        raw.execute(
            "update event set kind = 'case_read', data = '{}' where kind in ('routed', 'moved') and case_id = "
            "(select id from cases where reference = ?)",
            (reference,),
        )
        raw.commit()
    assert any(f"{reference} 的办理记录：没有写它的事件" in one for one in find_faults(tmp_path))
