"""A backup is made beside the running services, proved, and comes back whole; whatever is wrong with it, nothing is left."""

from __future__ import annotations

import fcntl
import io
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from forms_api.archives import Writing
from forms_api.backups import find_target, list_backups, make_backup, thin_out
from forms_api.config import Folder
from forms_api.forms_bundle import read_bundle
from forms_api.model import FileRef
from forms_api.purging import purge_due
from forms_api.receiving import Intake, Limits
from forms_api.restoring import BackupFailed, list_named, list_owner_hints, prove, restore_backup
from forms_api.storage.files import FolderFiles, Opened
from forms_api.storage.sqlite import find_damage
from tests.forms_api.archives import refuse
from tests.forms_api.desk import START
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk, open_front_desk
from tests.forms_api.office_desk import OfficeDesk

KEY = bytes(range(32))


class Place:
    """A data folder at work, and where its backups go."""

    def __init__(self, root: Path, front: FrontDesk, desk: OfficeDesk) -> None:
        self.folder, self.front, self.desk, self.target = Folder(root / "data"), front, desk, root / "saved.backup"

    def wait(self, days: int) -> None:
        """Let time pass for everybody."""
        self.front.now += timedelta(days=days)
        self.desk.now = self.front.now

    def back_up(self, **more: bool) -> str:
        """Make a backup and return the digest of its end of the chain."""
        return make_backup(self.folder, self.target, KEY, self.desk.now, **more).head

    def file(self, number: int = 0) -> Path:
        """Return one of the sealed files."""
        return sorted(path for path in self.folder.files.rglob("*") if path.is_file())[number]


@pytest.fixture
def place(tmp_path: Path, bundle_folder: Path) -> Iterator[Place]:
    front = open_front_desk(tmp_path / "data", read_bundle(bundle_folder))
    front.review.vault.unlock(PASSPHRASE)
    office = front.review.office
    intake = Intake(
        office.store, front.review.intake_keys, office.sealer, office.clock, limits=Limits(per_address=10**6, per_address_without_work=10**6)
    )  # fmt: skip
    desk = OfficeDesk(office, intake, tmp_path / "data" / "files", START)
    yield Place(tmp_path, front, desk)
    office.store.close()


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file of a folder that a backup must hold: mode and content."""
    found = (path for side in ("files", "public", "review") for path in (root / side).rglob("*"))
    return {str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes()) for path in found if path.is_file()}


def test_a_folder_comes_back_as_it_was(place: Place, tmp_path: Path) -> None:
    reference = place.desk.apply_for("hardship")
    waiting = place.desk.put_file("membership", "photo")
    before = {one.id for one in list_named(place.desk.office.store)}
    assert waiting in before
    head = place.back_up()
    last = place.desk.office.store.find_last_event()
    assert last
    assert head == last.digest.hex()
    assert place.target.stat().st_mode & 0o777 == 0o600
    proof = restore_backup(place.target, Folder(tmp_path / "new"), KEY)
    assert (proof.cases, proof.files, proof.faults, proof.head) == (1, len(before), (), head)
    assert tree(tmp_path / "new") == tree(place.folder.root)
    assert (tmp_path / "new" / "review").stat().st_mode & 0o777 == 0o700
    assert sorted(os.listdir(tmp_path / "new")) == ["cases.db", "files", "public", "review"]
    assert list_owner_hints(Folder(tmp_path / "new"), proof) == []
    assert find_damage(tmp_path / "new" / "cases.db") == ""
    with closing(sqlite3.connect(tmp_path / "new" / "cases.db")) as raw:
        assert raw.execute("select reference from cases").fetchall() == [(reference,)]
    assert sorted(os.listdir(place.folder.review)) == sorted(os.listdir(tmp_path / "new" / "review")), (
        "nothing is left of the work"
    )


def test_what_is_half_done_stays_out(place: Place, tmp_path: Path) -> None:
    place.desk.apply_for("membership")
    shelf = place.folder.files / "ab"
    shelf.mkdir(exist_ok=True)
    for name in (".abcd.new", "abcd.000000000", "abcd.lock", "abstray"):
        (shelf / name).write_bytes(b"half")
    (place.folder.review / "canary.new").write_bytes(b"half")
    (place.folder.review / "content").mkdir()
    place.back_up()
    restore_backup(place.target, Folder(tmp_path / "new"), KEY)
    names = {path.name for path in (tmp_path / "new").rglob("*")}
    assert names.isdisjoint({".abcd.new", "abcd.000000000", "abcd.lock", "abstray", "canary.new", "content"})


def test_applications_go_on_while_it_is_made(place: Place, tmp_path: Path) -> None:
    ended, errors = threading.Event(), []

    def hand_in() -> None:
        try:
            while not ended.is_set():
                place.desk.apply_for("hardship")
        except Exception as error:  # whatever it is must be seen by the test
            errors.append(error)

    thread = threading.Thread(target=hand_in)
    thread.start()
    try:
        for _ in range(3):
            place.back_up()
    finally:
        ended.set()
        thread.join()
    assert errors == []
    proof = restore_backup(place.target, Folder(tmp_path / "new"), KEY)
    assert proof.faults == ()
    assert proof.cases <= len(place.desk.office.store.list_cases(limit=10_000))


def test_a_purge_meanwhile_makes_it_begin_anew(place: Place) -> None:
    """The database is copied, then a purge takes the case and its files, then the files are read."""
    refuse(place.desk)
    place.wait(days=400)
    kept = place.desk.apply_for("membership")

    class Purged(FolderFiles):
        """Files that are purged at the moment when they are first looked for."""

        def open(self, name: str) -> Opened:
            purge_due(place.desk.office.store, FolderFiles(self.folder), place.desk.now)
            return super().open(name)

    proof = make_backup(place.folder, place.target, KEY, place.desk.now, files=Purged(place.folder.files))
    assert (proof.cases, proof.faults) == (1, ())
    assert place.desk.find(kept)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.unlink(), "有登记，但是不在"),
        (lambda file: file.write_bytes(b"short"), "大小和登记的不一样"),
        (lambda file: file.write_bytes(bytes(file.stat().st_size)), "和登记的摘要不一样"),
    ],
)
def test_a_file_that_is_not_as_named_stops_it_unless_asked(place: Place, tmp_path: Path, spoil, words: str) -> None:  # type: ignore[no-untyped-def]  # a table of lambdas
    place.desk.apply_for("hardship")
    place.back_up()
    earlier = place.target.read_bytes()
    spoil(place.file())
    with pytest.raises(BackupFailed, match=words):
        place.back_up()
    assert place.target.read_bytes() == earlier
    assert not list(tmp_path.glob(".*"))
    proof = make_backup(place.folder, place.target, KEY, place.desk.now, despite=True)
    assert len(proof.faults) >= 1
    assert proof.files == len(list(list_named(place.desk.office.store))) - 1
    assert restore_backup(place.target, Folder(tmp_path / "new"), KEY).faults == proof.faults


def test_a_chain_that_was_changed_stops_it(place: Place) -> None:
    place.desk.apply_for("membership")
    with closing(sqlite3.connect(place.folder.database)) as raw:
        raw.execute("update event set at = '2020-01-01T00:00:00+00:00' where seq = 2")
        raw.commit()
    with pytest.raises(BackupFailed, match="第 2 条"):
        place.back_up()
    assert not place.target.exists()


def test_only_one_is_made_at_a_time_and_what_a_crash_left_goes(place: Place) -> None:
    left = place.folder.review / ".backup"
    left.mkdir()
    (left / "cases.db").write_bytes(b"left")
    place.back_up()
    assert not left.exists()
    with place.folder.lock("backup").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BackupFailed, match="另一个备份正在进行"):
            place.back_up()


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:-1], lambda raw: raw[: len(raw) // 2], lambda raw: raw[:999] + b"\0" + raw[1000:]]
)
@pytest.mark.parametrize("there", [False, True])
def test_a_spoiled_archive_leaves_nothing_behind(place: Place, tmp_path: Path, spoil, there: bool) -> None:  # type: ignore[no-untyped-def]  # a table of lambdas
    place.desk.apply_for("membership")
    place.back_up()
    place.target.write_bytes(spoil(place.target.read_bytes()))
    new = tmp_path / "new"
    if there:
        new.mkdir()
    with pytest.raises(BackupFailed, match="不完整，或者被改动过"):
        restore_backup(place.target, Folder(new), KEY)
    assert (new.exists(), list(new.iterdir()) if there else []) == (there, [])


def test_another_key_a_missing_file_and_a_full_folder_are_refused(place: Place, tmp_path: Path) -> None:
    place.back_up()
    new = Folder(tmp_path / "new")
    with pytest.raises(BackupFailed, match="另一把备份密钥"):
        restore_backup(place.target, new, bytes(32))
    with pytest.raises(BackupFailed, match=r"nowhere.*读写不了"):
        restore_backup(tmp_path / "nowhere", new, KEY)
    assert not new.root.exists()
    with pytest.raises(BackupFailed, match="已经有东西"):
        restore_backup(place.target, place.folder, KEY)
    with pytest.raises(BackupFailed, match="读写不了"):
        make_backup(place.folder, tmp_path / "none" / "x", KEY, START)
    with pytest.raises(BackupFailed):
        make_backup(Folder(tmp_path / "none"), place.target, KEY, START)


def test_a_restore_that_was_cut_off_may_be_done_again(place: Place, tmp_path: Path) -> None:
    place.back_up()
    left = tmp_path / "new" / ".restoring" / "files"
    left.mkdir(parents=True)
    (left / "x").write_bytes(b"x")
    restore_backup(place.target, Folder(tmp_path / "new"), KEY)
    assert sorted(os.listdir(tmp_path / "new")) == ["cases.db", "files", "public", "review"]


def test_an_upload_half_received_is_asked_for_again(place: Place, tmp_path: Path) -> None:
    ref = FileRef("photo", place.desk.put_file("trip", "photo"))
    with closing(sqlite3.connect(place.folder.database)) as raw:
        raw.execute("update uploads set finished_at = null, size = null, digest = null where id = ?", (ref.id,))
        raw.commit()
    place.file().unlink()
    place.back_up()
    assert prove(place.target, KEY, tmp_path / "proof").files == 0


def test_a_folder_of_backups_is_thinned_but_never_emptied(tmp_path: Path) -> None:
    for days in (0, 10, 29, 31, 60):
        find_target(tmp_path, START - timedelta(days=days)).write_bytes(b"x")
    (tmp_path / "forms-other.backup").write_bytes(b"x")
    (tmp_path / ".forms-20260101T000000Z.backup.new").write_bytes(b"x")
    assert [made for made, _ in list_backups(tmp_path)] == [
        (START - timedelta(days=days)).astimezone(UTC) for days in (60, 31, 29, 10, 0)
    ]
    assert len(thin_out(tmp_path, START, 30)) == 2
    assert len(list_backups(tmp_path)) == 3
    assert (tmp_path / "forms-other.backup").exists()
    assert not (tmp_path / ".forms-20260101T000000Z.backup.new").exists()
    thin_out(tmp_path, START + timedelta(days=365), 30)
    assert [made for made, _ in list_backups(tmp_path)] == [START.astimezone(UTC)]
    assert find_target(tmp_path / "named", START) == tmp_path / "named"


def test_nothing_but_a_backup_is_written_over(place: Place) -> None:
    place.target.write_text("a letter")
    with pytest.raises(BackupFailed, match="不是备份，没有动它"):
        place.back_up()
    assert place.target.read_text() == "a letter"
    place.target.unlink()
    place.back_up()
    first = place.target.read_bytes()
    place.back_up()
    assert place.target.read_bytes() != first


def test_whose_things_were_is_told_to_root(place: Place, tmp_path: Path) -> None:
    place.back_up()
    proof = restore_backup(place.target, Folder(tmp_path / "new"), KEY)
    places = proof.places | {
        "review": {"mode": 0o700, "owner": "forms-review:forms"},
        "files": {"mode": 0o770, "owner": ""},
    }
    assert list_owner_hints(Folder(tmp_path / "new"), replace(proof, places=places)) == [
        f"chown -R forms-review:forms {tmp_path / 'new' / 'review'}"
    ]


def test_an_archive_without_a_database_is_refused(place: Place, tmp_path: Path) -> None:
    with place.target.open("wb") as out, Writing(out, KEY) as writing:
        writing.add("review/canary", io.BytesIO(b"c"), 1, 0o600)
        writing.finish({})
    with pytest.raises(BackupFailed, match="没有数据库"):
        restore_backup(place.target, Folder(tmp_path / "new"), KEY)
    assert not (tmp_path / "new").exists()
