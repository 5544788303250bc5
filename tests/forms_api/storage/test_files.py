"""One contract for both places of sealed files, a folder and object storage; then what may befall the way to the latter."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.object_server import KEY_ID, SECRET, ObjectServer
from forms_api.config import open_bucket
from forms_api.environment import Bucket
from forms_api.storage import StoreBroken
from forms_api.storage.files import FileStore, FolderFiles
from forms_api.storage.objects import PIECE, ObjectFiles
from tests.forms_api.storage.faulty_line import FaultyLine

NAME, OTHER = "ab" * 16, "cd" * 16
SIZES = [0, 1, 70_000, PIECE, PIECE + 1, 2 * PIECE + 7]


@pytest.fixture
def bucket(object_server: ObjectServer) -> Bucket:
    return object_server.make_bucket()


@pytest.fixture(params=["folder", "objects"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FolderFiles(tmp_path / "files")
    return open_bucket(request.getfixturevalue("bucket"))


def make_bytes(size: int) -> bytes:
    return bytes(range(256)) * (size // 256) + bytes(range(size % 256))


def put(files: FileStore, name: str, data: bytes) -> None:
    with files.create(name) as file:
        for at in range(0, len(data), 65536):
            file.write(data[at : at + 65536])
        file.finish()


def get(files: FileStore, name: str) -> bytes:
    with files.open(name) as file:
        return file.read()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_comes_back(files: FileStore, size: int) -> None:
    data = make_bytes(size)
    put(files, NAME, data)
    assert (files.measure(NAME), get(files, NAME)) == (size, data)
    with files.open(NAME) as file:
        assert (file.size, file.mode & 0o600) == (size, 0o600)
        assert b"".join(iter(lambda: file.read(1_000_003), b"")) == data
    assert list(files.list_begun()) == []


@pytest.mark.parametrize("size", [10, PIECE + 10])
def test_a_file_has_its_name_only_when_it_is_whole(files: FileStore, size: int) -> None:
    with files.create(NAME) as file:
        file.write(make_bytes(size))
        assert files.measure(NAME) is None
        assert list(files.list_kept()) == []
    assert list(files.list_kept()) == list(files.list_begun()) == []
    with pytest.raises(FileNotFoundError):
        files.open(NAME)


def test_a_file_takes_the_place_of_another_whole(files: FileStore) -> None:
    put(files, NAME, b"the first")
    with files.create(NAME) as slow:
        slow.write(b"the slow")
        put(files, NAME, b"the second one")
        assert get(files, NAME) == b"the second one"
        slow.finish()
    assert get(files, NAME) == b"the slow"


def test_what_is_removed_is_gone_and_may_be_removed_again(files: FileStore) -> None:
    put(files, NAME, b"x")
    for durably in (False, True):
        files.remove(NAME, durably=durably)
        assert files.measure(NAME) is None
    assert list(files.list_kept()) == []


def test_files_are_listed_by_name(files: FileStore) -> None:
    for name in (OTHER, f"{NAME}.000000005", NAME, f"{NAME}.000000000"):
        put(files, name, b"12345")
    names = [NAME, f"{NAME}.000000000", f"{NAME}.000000005", OTHER]
    assert [kept.name for kept in files.list_kept()] == names
    parts = list(files.list_kept(f"{NAME}."))
    assert [(kept.name, kept.size) for kept in parts] == [(name, 5) for name in names[1:3]]
    assert all(abs(datetime.now(UTC) - kept.since) < timedelta(minutes=5) for kept in parts)
    assert list(files.list_kept("ef" * 16)) == []
    assert files.measure(NAME[:-2]) is None


def test_what_was_begun_and_left_can_be_found_and_dropped(files: FileStore) -> None:
    left = files.create(NAME)
    left.__enter__()
    left.write(make_bytes(PIECE + 10))
    (begun,) = files.list_begun()
    assert begun.name.startswith(NAME)
    assert list(files.list_kept()) == []
    for _ in range(2):
        files.abandon(begun)
        assert list(files.list_begun()) == []
    left.__exit__()


def test_large_files_need_little_room(files: FileStore) -> None:
    block = make_bytes(1 << 20)
    tracemalloc.start()
    try:
        with files.create(NAME) as file:
            for _ in range(40):
                file.write(block)
            file.finish()
        with files.open(NAME) as opened:
            while opened.read(1 << 16):
                pass
        assert tracemalloc.get_traced_memory()[1] < 6 * PIECE
    finally:
        tracemalloc.stop()
    assert files.measure(NAME) == 40 << 20


def test_a_place_that_is_there_is_well(files: FileStore) -> None:
    files.probe()
    assert files.place


def test_a_folder_that_is_none_is_broken(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("no folder")
    files = FolderFiles(tmp_path / "files")
    for act in list_acts(files):
        with pytest.raises(StoreBroken):
            act()


# --- what may befall the way to the objects -------------------------------------------------------


def list_acts(files: FileStore) -> list[Callable[[], object]]:
    return [
        files.probe,
        lambda: put(files, NAME, b"x"),
        lambda: get(files, NAME),
        lambda: files.measure(NAME),
        lambda: files.remove(NAME),
    ]


@pytest.fixture
def line(object_server: ObjectServer) -> Iterator[FaultyLine]:
    line = FaultyLine(object_server.port)
    yield line
    line.close()


@pytest.fixture
def far(object_server: ObjectServer, line: FaultyLine, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    """Return files at the other end of a line, asked without long pauses."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    return open_bucket(object_server.make_bucket(line.endpoint))


def test_a_bucket_that_is_gone_is_broken(object_server: ObjectServer, bucket: Bucket) -> None:
    files = open_bucket(bucket)
    object_server.drop_bucket(bucket)
    acts = [*list_acts(files), lambda: list(files.list_kept()), lambda: list(files.list_begun())]
    for act in acts:
        with pytest.raises(StoreBroken, match="NoSuchBucket"):
            act()


def test_a_server_that_is_not_there_is_broken_and_no_secret_is_told(
    far: FileStore, line: FaultyLine, caplog: pytest.LogCaptureFixture
) -> None:
    line.close()
    with caplog.at_level(logging.INFO):
        for act in list_acts(far):
            with pytest.raises(StoreBroken) as broken:
                act()
            assert SECRET not in str(broken.value)
    assert KEY_ID not in caplog.text
    assert SECRET not in caplog.text


def test_a_probe_is_good_for_a_moment(far: FileStore, line: FaultyLine, monkeypatch: pytest.MonkeyPatch) -> None:
    far.probe()
    line.close()
    far.probe()
    monkeypatch.setattr("forms_api.storage.objects.PROBE_SECONDS", 0.0)
    for _ in range(2):
        with pytest.raises(StoreBroken):
            far.probe()


@pytest.mark.parametrize("size", [1_000_000, 2 * PIECE])
def test_a_cut_in_the_middle_of_a_file_is_mended(far: FileStore, line: FaultyLine, size: int) -> None:
    data = make_bytes(size)
    line.cut(up=500_000)
    put(far, NAME, data)
    line.cut(down=500_000)
    assert get(far, NAME) == data
    assert line.times == 0


def test_what_cannot_be_sent_is_not_there_and_what_was_sent_of_it_can_be_swept(
    far: FileStore, line: FaultyLine
) -> None:
    def send() -> None:
        with far.create(NAME) as file:
            file.write(make_bytes(PIECE + 1))
            line.cut(up=1, times=1000)
            file.write(make_bytes(PIECE))

    with pytest.raises(StoreBroken):
        send()
    line.heal()
    assert list(far.list_kept()) == []
    (begun,) = far.list_begun()
    far.abandon(begun)
    assert list(far.list_begun()) == []


def test_a_file_that_breaks_off_for_good_is_broken(far: FileStore, line: FaultyLine) -> None:
    put(far, NAME, make_bytes(4 * PIECE))
    with far.open(NAME) as file:
        file.read(1000)
        line.cut(down=100, times=1000)
        with pytest.raises(StoreBroken):
            file.read()


def test_a_file_that_is_replaced_while_it_is_read_is_not_mixed(far: FileStore, line: FaultyLine) -> None:
    put(far, NAME, make_bytes(1_000_000))
    line.cut(down=300_000)
    with far.open(NAME) as file:
        head = file.read(1000)
        put(far, NAME, b"\xff" * 1_000_000)
        with pytest.raises(StoreBroken):
            file.read()
    assert head == make_bytes(1000)


def test_keys_lie_as_files_do_in_a_folder(object_server: ObjectServer, bucket: Bucket) -> None:
    put(open_bucket(bucket), NAME, b"x")
    assert object_server.list_keys(bucket) == [f"yunxi/ab/{NAME}"]


def test_nothing_of_the_environment_counts(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    files = open_bucket(bucket)
    assert isinstance(files, ObjectFiles)
    put(files, NAME, b"x")
    assert get(files, NAME) == b"x"
