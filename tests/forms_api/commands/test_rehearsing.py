"""The weekly rehearsal passes on a sound backup and mirror, and fails loudly on anything else."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main
from forms_api.archives import read_key
from forms_api.backups import find_target, make_backup
from forms_api.config import Folder
from forms_api.custody import make_keys, prepare_folder
from forms_api.model import Event
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.desk import START
from tests.forms_api.front_desk import CHEAP  # cheap keys, so that a folder is made quickly


class Room:
    """A data folder with a backup, a repository of content, and a mirror of it."""

    def __init__(self, root: Path) -> None:
        self.root, self.data, self.backups = root, root / "data", root / "backups"
        self.key, self.mirror, self.work = root / "key", root / "mirror.git", root / "work"
        prepare_folder(Folder(self.data))
        with closing(SqliteStore(self.data / "cases.db")) as store:
            make_keys(Folder(self.data), store, "correct horse battery", START, CHEAP)
        self.backups.mkdir()
        assert self.run("backup-key", "new", self.key).exit_code == 0
        self.git("init", "--quiet", "--initial-branch=main", str(self.work), where=root)
        (self.work / "content").mkdir()
        self.commit("one")

    def run(self, *words: object) -> Result:
        return CliRunner().invoke(main, [*map(str, words)])

    def back_up(self) -> None:
        done = self.run("backup", "--data", self.data, "--to", self.backups, "--key-file", self.key)
        assert done.exit_code == 0, done.output

    def copy_content(self) -> Result:
        return self.run("content-mirror", "--to", self.mirror, "--from", self.work)

    def drill(self, *more: object) -> Result:
        words = ("backup-drill", "--data", self.data, "--from", self.backups, "--key-file", self.key)
        return self.run(*words, "--content", self.mirror, *more)

    def git(self, *words: str, where: Path | None = None) -> str:
        named = ["-c", "user.name=n", "-c", "user.email=n@example.org", *words]
        done = subprocess.run(["git", *named], cwd=where or self.work, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, text: str) -> str:
        (self.work / "content" / "site.yml").write_text(text)
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", text)
        return self.git("rev-parse", "HEAD")

    def last(self) -> Event:
        with closing(SqliteStore(self.data / "cases.db")) as store:
            event = store.find_last_event()
        assert event
        return event


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = Room(tmp_path)
    made.back_up()
    done = made.copy_content()
    assert done.exit_code == 0, done.output
    return made


def test_a_sound_backup_and_mirror_pass_and_the_chain_says_so(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(room.root))
    done = room.drill()
    assert done.exit_code == 0, done.output
    assert "备份恢复得出来" in done.stdout
    assert f"内容仓库恢复得出来：{room.git('rev-parse', 'HEAD')}" in done.stdout
    assert (room.last().kind, room.last().data["result"]) == ("backup_drilled", "passed")
    assert not list(room.root.glob("forms-drill-*")), "nothing is left of the rehearsal"
    assert room.run("audit", "verify", "--data", room.data).exit_code == 0


def spoil_backup(room: Room) -> None:
    (path,) = room.backups.iterdir()
    path.write_bytes(path.read_bytes()[:-1])


def spoil_chain(room: Room) -> None:
    """Cut off the end of the living chain and go on with another."""
    with closing(sqlite3.connect(room.data / "cases.db")) as raw:
        raw.execute("delete from event")
        raw.commit()


def spoil_mirror(room: Room) -> None:
    objects = [path for path in (room.mirror / "objects").rglob("*") if path.is_file()]
    for path in objects:
        path.chmod(0o644)
        path.write_bytes(b"spoiled")


def age_mirror(room: Room) -> None:
    os.utime(room.mirror / "FETCH_HEAD", (0, 0))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_backup, "不完整，或者被改动过"),
        (lambda room: [path.unlink() for path in room.backups.iterdir()], "一份备份也没有"),
        (spoil_chain, "有人动过正在用的数据库"),
        (spoil_mirror, "镜像有损坏"),
        (age_mirror, "小时没有更新"),
        (lambda room: shutil.rmtree(room.mirror), "不是内容仓库的镜像"),
    ],
    ids=["cut", "none", "chain", "objects", "old mirror", "no mirror"],
)
def test_whatever_is_wrong_fails_loudly_and_is_an_event(room: Room, spoil, words: str) -> None:  # type: ignore[no-untyped-def]  # a table of functions
    spoil(room)
    done = room.drill()
    assert done.exit_code == 1
    assert "恢复演练没有通过" in done.stderr
    assert words in done.stderr
    assert (room.last().kind, room.last().data["result"]) == ("backup_drilled", "failed")


def test_an_old_backup_fails(room: Room) -> None:
    (fresh,) = room.backups.iterdir()
    fresh.unlink()
    then = datetime.now(UTC) - timedelta(hours=40)
    make_backup(Folder(room.data), find_target(room.backups, then), read_key(room.key), then)
    assert "40 小时前的" in room.drill().stderr
    assert room.drill("--hours", "48").exit_code == 0


def test_a_mirror_keeps_what_the_server_lost(room: Room) -> None:
    lost = room.commit("two")
    assert room.copy_content().exit_code == 0
    room.git("reset", "--quiet", "--hard", "HEAD~1")
    kept = room.commit("three")
    done = room.copy_content()
    assert done.exit_code == 0, done.output
    assert kept in done.stdout
    assert lost in room.git("reflog", "show", "--format=%H", "main", where=room.mirror)
    room.git("gc", "--quiet", where=room.mirror)
    assert room.git("cat-file", "-t", lost, where=room.mirror) == "commit"


def test_a_repository_out_of_reach_or_of_something_else_is_told(room: Room) -> None:
    done = room.run("content-mirror", "--to", room.mirror, "--from", room.root / "nowhere")
    assert (done.exit_code, "连不上内容仓库" in done.stderr) == (1, True)
    done = room.run("content-mirror", "--to", room.key / "x", "--from", room.work)
    assert (done.exit_code, "不能写" in done.stderr) == (1, True)
    room.git("rm", "-rq", "content")
    room.git("commit", "--quiet", "-m", "gone")
    assert room.copy_content().exit_code == 0
    assert "没有 content 文件夹" in room.drill().stderr


def test_where_the_living_store_does_not_open_the_drill_says_so(room: Room) -> None:
    (room.data / "cases.db").write_bytes(b"no database" * 1000)
    done = room.drill()
    assert done.exit_code == 1
    assert "打不开" in done.stderr
    assert "没有记上这一次" in done.stderr


def test_a_backup_made_despite_faults_is_no_backup_to_rely_on(room: Room) -> None:
    with closing(sqlite3.connect(room.data / "cases.db")) as raw:
        raw.execute("update event set at = '2020-01-01T00:00:00.000000+00:00' where seq = 1")
        raw.commit()
    saved = room.root / "despite.backup"
    words = ("backup", "--data", room.data, "--to", saved, "--key-file", room.key, "--despite-faults")
    assert room.run(*words).exit_code == 1
    done = room.run("backup-drill", "--data", room.data, "--from", saved, "--key-file", room.key)
    assert done.exit_code == 1
    assert "第 1 条事件" in done.stderr
