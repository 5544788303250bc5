"""The daily head: written once a day, read by the site, and enough to prove the chain with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main
from forms_api.audit_heads import Head, HeadsDiffer, Publish, find_path, publish_head, read_heads
from forms_api.model import SYSTEM, NewEvent
from site_builder.checks.personal_numbers import find_numbers
from site_builder.content_files import read_library
from site_builder.records import Register
from tests.forms_api.office_desk import OfficeDesk, open_office

SITE = Path(__file__).parents[2] / "content" / "site.yml"


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def make_publish(folder: Path) -> Publish:
    """Return what writes into a folder as the clone writes into the repository."""

    def publish(path: str, make: object, message: str) -> str:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        assert callable(make)
        file.write_text(make(file.read_text("utf-8") if file.exists() else None), encoding="utf-8")
        return message

    return publish


def publish(desk: OfficeDesk, tmp_path: Path) -> Head | None:
    return publish_head(desk.office.store, desk.now, make_publish(tmp_path / "repository"))


def read_text(desk: OfficeDesk, tmp_path: Path) -> str:
    return (tmp_path / "repository" / find_path(desk.now.date())).read_text("utf-8")


def verify(tmp_path: Path, head: str) -> Result:
    return CliRunner().invoke(main, ["audit", "verify", "--data", str(tmp_path), "--head", head], prog_name="forms-api")


def test_one_head_a_day_and_an_event_of_it(desk: OfficeDesk, tmp_path: Path) -> None:
    assert publish(desk, tmp_path) is None, "there is no event yet"
    desk.apply_for("membership")
    first = publish(desk, tmp_path)
    assert first
    assert publish(desk, tmp_path) is None
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data) == ("head_published", {"number": first.number, "head": first.digest})
    desk.wait(days=1)
    second = publish(desk, tmp_path)
    assert read_heads(read_text(desk, tmp_path)) == [first, second]


def test_a_head_that_was_pushed_before_a_kill_is_taken_as_it_stands(desk: OfficeDesk, tmp_path: Path) -> None:
    desk.apply_for("membership")
    first = publish(desk, tmp_path)
    desk.wait(days=1)
    assert first
    text = read_text(desk, tmp_path).replace(str(first.day), str(desk.now.date()))
    (tmp_path / "repository" / find_path(desk.now.date())).write_text(text, "utf-8")
    again = publish(desk, tmp_path)
    assert again
    assert (again.number, again.digest) == (first.number, first.digest)
    assert len(read_heads(read_text(desk, tmp_path))) == 1


def test_the_site_reads_it_and_finds_nothing_personal_in_it(desk: OfficeDesk, tmp_path: Path) -> None:
    for _ in range(30):
        desk.apply_for("suggestion")
        publish(desk, tmp_path)
        desk.wait(days=1)
    content = tmp_path / "repository" / "content"
    (content / "site.yml").write_text(SITE.read_text("utf-8"), "utf-8")
    registers = {one.id: one for one in read_library(content).library.all(Register)}
    assert [len(registers[f"shijian-zhaiyao-{year}"].rows) for year in (2026,)] == [30]
    assert registers["shijian-zhaiyao-2026"].public
    assert list(find_numbers((content / "registers" / "shijian-zhaiyao-2026.yml").read_text("utf-8"))) == []


def test_a_published_head_shows_what_was_cut_off_or_written_anew(desk: OfficeDesk, tmp_path: Path) -> None:
    desk.apply_for("membership")
    desk.apply_for("hardship")
    publish(desk, tmp_path)
    head = read_heads(read_text(desk, tmp_path))[-1]
    desk.office.store.append_event(NewEvent("vault_locked", desk.now, SYSTEM, {}))
    assert verify(tmp_path, head.digest).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        raw.execute("delete from event where seq >= ?", (head.number,))
        raw.commit()
    assert f"找不到摘要为 {head.digest}" in verify(tmp_path, head.digest).stderr


def test_nothing_more_is_published_once_a_head_does_not_fit(desk: OfficeDesk, tmp_path: Path) -> None:
    desk.apply_for("membership")
    publish(desk, tmp_path)
    desk.wait(days=1)
    before = read_text(desk, tmp_path)
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        raw.execute("update event set digest = zeroblob(32) where seq = 2")
        raw.commit()
    with pytest.raises(HeadsDiffer, match="audit verify --head"):
        publish(desk, tmp_path)
    assert read_text(desk, tmp_path) == before


def test_a_new_year_begins_a_new_file(desk: OfficeDesk, tmp_path: Path) -> None:
    desk.apply_for("membership")
    publish(desk, tmp_path)
    desk.now += timedelta(days=60)
    publish(desk, tmp_path)
    assert len(read_heads(read_text(desk, tmp_path))) == 1


def test_the_command_needs_a_repository(desk: OfficeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORMS_CONTENT_REMOTE", raising=False)
    told = CliRunner().invoke(main, ["audit", "publish", "--data", str(tmp_path)], prog_name="forms-api")
    assert told.exit_code == 1
    assert "FORMS_CONTENT_REMOTE" in told.stderr
