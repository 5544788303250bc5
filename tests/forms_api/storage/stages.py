"""Databases as earlier versions left them, with rows in every table: one SQL text for each stage, kept for good.

A migration that is added needs the text of its own stage, written while it is the last: `python -m
tests.forms_api.storage.stages FORMS-BUNDLE` writes those that are not there yet, and never one that is.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlite_utils import Database

from forms_api.model import SYSTEM, ApiKey, FileRef, NewEvent, Upload, digest_api_key
from forms_api.storage import Store, sqlite
from forms_api.storage.schema import MIGRATIONS, Column, Table
from tests.forms_api.archives import note, put, refuse
from tests.forms_api.desk import START, open_desk
from tests.forms_api.office_desk import open_office

FOLDER = Path(__file__).parent / "stages"
FILE = b"sealed file"
FILE_ID = "f1" * 16
PLAIN = {
    "charges": "insert into charges values ('address:x', 1, 2, 3)",
    "drafts": "insert into drafts values (x'01', 'trip', x'02', '2026-11-27T01:00:00.000000+00:00')",
    "failures": "insert into failures values ('pu', 1, 1, 0)",
    "staff": "insert into staff values ('pu', 1, '{}', x'03')",
    "sessions": "insert into sessions values (x'04', 'pu', 1, '2026-11-20', '2026-11-20', 'd', 'a', x'05')",
}
"""Rows of tables that no act of this desk fills."""
EMPTY = {"moved"}
"""Tables that hold nothing while a database is in use."""


def load_stage(stage: str, path: Path) -> None:
    """Make the database of a stage from its text."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / f"{stage}.sql").read_text("utf-8"))


def write_stage(stage: str, work: Path, bundle: Path) -> str:
    """Return the text of a database that has the migrations up to a stage, and what its version would have kept."""
    _receive(work) if stage == "intake" else _work(work, bundle)
    with closing(sqlite3.connect(work / "cases.db")) as full, closing(sqlite3.connect(":memory:")) as copy:
        later = list(MIGRATIONS)[list(MIGRATIONS).index(stage) + 1 :]
        sqlite._MIGRATIONS.apply(Database(copy), stop_before=later)
        for table, columns in _list_columns(stage):
            if table in PLAIN:
                full.execute(PLAIN[table])
            rows = full.execute(f"select {', '.join(columns)} from {table}").fetchall()  # our own names
            assert rows or table in EMPTY, f"{stage}: nothing is kept in {table}"
            copy.executemany(
                f"insert into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})", rows
            )
        copy.execute("update _sqlite_migrations set applied_at = '2026-11-20 01:00:00.000000+00:00'")
        copy.commit()
        return "\n".join(copy.iterdump()) + "\n"


def _list_columns(stage: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the tables that a stage has, each with its columns."""
    until = list(MIGRATIONS)[: list(MIGRATIONS).index(stage) + 1]
    steps = [step for name in until for step in MIGRATIONS[name]]
    for table in steps:
        if isinstance(table, Table):
            later = (step.name for step in steps if isinstance(step, Column) and step.table == table.name)
            yield table.name, [*table.columns, *later]


def _receive(work: Path) -> None:
    """Take an application with a file, as a version did that had no office yet."""
    desk = open_desk(work)
    store = desk.intake.store
    _surround(store)
    _put_file(store, "trip")
    desk.receive(files=(FileRef("photo", FILE_ID),))
    desk.receive()
    store.close()


def _work(work: Path, bundle: Path) -> None:
    """Let an office work: a case refused, an opinion, an entry of a register."""
    desk = open_office(work, bundle)
    _surround(desk.office.store)
    reference = refuse(desk, "suggestion", mobile="13900000001")
    note(desk, reference)
    put(desk, "hold", desk.find(reference).id, "running")
    _put_file(desk.office.store, "suggestion")
    desk.office.store.close()


def _surround(store: Store) -> None:
    store.register_seal("f00d", START)
    store.append_event(NewEvent("seal_registered", START, SYSTEM, {"fingerprint": "f00d"}))
    key = ApiKey("kiosk", b"digest", START, 60)
    store.add_api_key(key)
    store.append_event(NewEvent("api_key_added", START, SYSTEM, {"name": key.name, "sum": digest_api_key(key)}))


def _put_file(store: Store, form: str) -> None:
    size, digest = len(FILE), hashlib.sha256(FILE).hexdigest()
    store.start_upload(
        Upload(FILE_ID, form, "photo", START, START + timedelta(days=1), size, size, digest, b"key", START)
    )


if __name__ == "__main__":
    for name in MIGRATIONS:
        if not (FOLDER / f"{name}.sql").exists():
            with tempfile.TemporaryDirectory() as place:
                text = write_stage(name, Path(place), Path(sys.argv[1]))
            (FOLDER / f"{name}.sql").write_text(text, "utf-8")
