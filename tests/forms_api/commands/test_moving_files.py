"""`forms-api migrate-files`: sealed files go from the data folder into object storage and back, none lost, none doubled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.object_server import ObjectServer, tell_settings, write_credentials
from forms_api.__main__ import main
from forms_api.attachments import take_file
from forms_api.config import Folder, open_bucket
from forms_api.custody import prepare_folder
from forms_api.environment import Bucket
from forms_api.relocating import move_files
from forms_api.resuming import add_part, begin_upload, finish_upload
from forms_api.serving import hold_lock
from forms_api.storage import StoreBroken
from forms_api.storage.files import FolderFiles
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api import sample_files
from tests.forms_api.sealed_shelf import FIELD, PDF, list_files, make_shelf, read_back

NAME = "ab" * 16


@pytest.fixture
def bucket(object_server: ObjectServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Make a bucket that all commands reach."""
    made = object_server.make_bucket()
    for name, value in tell_settings(made, write_credentials(tmp_path / "s3")).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FORMS_FILES")
    return made


class County:
    """A county with two files, another half uploaded, and bytes that nobody knows."""

    def __init__(self, root: Path) -> None:
        self.folder = Folder(root)
        prepare_folder(self.folder)
        self.store = SqliteStore(self.folder.database)
        self.files = FolderFiles(self.folder.files)
        shelf = make_shelf(self.files, self.store)
        self.kept = [take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()]) for _ in range(2)]
        self.half, self.secret = begin_upload(shelf, "hardship", FIELD)
        add_part(shelf, self.secret, FIELD, 0, [sample_files.make_pdf()])
        with self.files.create(NAME) as file:
            file.finish()

    def move(self, source: object, target: object) -> Result:
        words = ["migrate-files", source, target, "--data", self.folder.root]
        return CliRunner().invoke(main, list(map(str, words)), prog_name="forms-api")


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path / "data")
    yield made
    made.store.close()


def test_there_and_back(county: County, bucket: Bucket) -> None:
    before, there = list_files(county.files), open_bucket(bucket)
    done = county.move("folder", bucket.address)
    assert done.exit_code == 0, done.output
    assert "新的地方有 3 个文件（这次搬了 3 个）" in done.stdout
    assert "原处还有 1 个没有登记的文件" in done.stdout
    assert f"FORMS_FILES={bucket.address}" in done.stdout
    assert (list_files(there), list_files(county.files)) == (sorted({*before} - {NAME}), [NAME])
    for one in county.kept:
        assert read_back(there, one)[1] == sample_files.make_pdf()
    shelf = make_shelf(there, county.store)
    assert read_back(there, finish_upload(shelf, county.secret, FIELD, PDF))[1] == sample_files.make_pdf()
    done = county.move(bucket.address, "folder")
    assert (done.exit_code, "去掉环境变量 FORMS_FILES" in done.stdout) == (0, True), done.output
    assert list_files(there) == []
    assert list_files(county.files) == sorted([NAME, county.half.id, *(one.id for one in county.kept)])


def test_it_can_be_run_again_wherever_it_was_cut_off(county: County, bucket: Bucket) -> None:
    there = open_bucket(bucket)

    class Cut(FolderFiles):
        """A folder that fails after some acts."""

        left = 0

        def open(self, name: str):  # type: ignore[no-untyped-def]  # as the folder's
            self.left -= 1
            if self.left < 0:
                raise StoreBroken("cut")
            return super().open(name)

        def remove(self, name: str, *, durably: bool = False) -> None:
            self.left -= 1
            if self.left < 0:
                raise StoreBroken("cut")
            super().remove(name, durably=durably)

    cuts = 0
    while True:
        files = Cut(county.folder.files)
        files.left = cuts
        try:
            move = move_files(county.store, files, there)
        except StoreBroken:
            cuts += 1
            continue
        break
    assert (move.total, move.faults) == (3, [])
    assert cuts > 3
    assert list_files(county.files) == [NAME]
    for one in county.kept:
        assert read_back(there, one)[1] == sample_files.make_pdf()
    assert county.move("folder", bucket.address).exit_code == 0


def test_what_is_damaged_or_gone_stops_the_removing(county: County, bucket: Bucket) -> None:
    before = list_files(county.files)
    county.files.path(county.kept[0].id).write_bytes(b"damaged")
    done = county.move("folder", bucket.address)
    assert (done.exit_code, county.kept[0].id in done.stderr) == (1, True)
    assert list_files(county.files) == before
    county.files.remove(county.kept[0].id)
    assert county.move("folder", bucket.address).exit_code == 1
    assert len(list_files(county.files)) == len(before) - 1


def test_it_waits_until_the_services_stand_still(county: County, bucket: Bucket) -> None:
    lock = hold_lock(county.folder.lock("intake"))
    try:
        done = county.move("folder", bucket.address)
    finally:
        os.close(lock)
    assert (done.exit_code, list_files(open_bucket(bucket))) == (1, [])


def test_a_bucket_that_is_gone_is_told(county: County, bucket: Bucket, object_server: ObjectServer) -> None:
    object_server.drop_bucket(bucket)
    before = list_files(county.files)
    done = county.move("folder", bucket.address)
    assert (done.exit_code, "请检查网络和权限" in done.stderr) == (1, True)
    assert list_files(county.files) == before


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("folder", "folder", "同一个"),
        ("folder", "ftp://x", "地方写成"),
        ("s3://A", "folder", "s3://桶名/目录，数据文件夹写 folder"),
    ],
)
def test_wrong_places_are_refused(county: County, bucket: Bucket, source: str, target: str, words: str) -> None:
    done = county.move(source, target)
    assert (done.exit_code, words in done.stderr) == (2, True), done.output
