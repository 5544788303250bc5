import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forms_api.attachments import LIFE, sweep_files, take_file
from forms_api.config import open_bucket
from forms_api.file_kinds import Refused
from forms_api.resuming import (
    HELD,
    OffsetWrong,
    UploadBusy,
    UploadGone,
    add_part,
    begin_upload,
    find_open,
    finish_upload,
)
from forms_api.storage import CaseChanged, StoreBroken
from forms_api.storage.objects import PIECE
from forms_api.storage.sqlite import SqliteStore
from forms_api.transit import TransitKey
from tests.forms_api import sample_files
from tests.forms_api.sealed_shelf import FIELD, PDF, START, cut, list_files, make_shelf, open_shelf, read_back


@pytest.fixture
def shelf(tmp_path):
    opened = open_shelf(tmp_path)
    yield opened
    opened.store.close()


def test_an_upload_in_parts_is_the_same_file(shelf):
    data = sample_files.make_pdf(60)
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    offset = 0
    for part in cut(data, 3000):
        offset = add_part(shelf, secret, FIELD, offset, cut(part, 700)).received
    done = finish_upload(shelf, secret, FIELD, PDF)
    assert done.id == upload.id
    assert read_back(shelf.files, done)[1] == data
    assert list_files(shelf.files) == [done.id]
    assert finish_upload(shelf, secret, FIELD, PDF) == done


def test_a_broken_connection_costs_only_what_had_not_arrived(shelf):
    data = sample_files.make_pdf(60)
    _, secret = begin_upload(shelf, "hardship", FIELD)

    def broken():
        yield data[:1000]
        yield data[1000:2500]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        add_part(shelf, secret, FIELD, 0, broken())
    assert find_open(shelf, secret).received == 2500
    with pytest.raises(OffsetWrong) as caught:
        add_part(shelf, secret, FIELD, 0, cut(data))
    assert caught.value.received == 2500
    add_part(shelf, secret, FIELD, 2500, cut(data[2500:]))
    assert read_back(shelf.files, finish_upload(shelf, secret, FIELD, PDF))[1] == data


def test_no_plain_byte_lies_on_disk_while_parts_arrive(shelf):
    data = b"%PDF-1.7\n" + b"MARKED-CONTENT" * 20_000
    _, secret = begin_upload(shelf, "hardship", FIELD)

    def watched():
        for block in cut(data, 30_000):
            yield block
            for path in shelf.files.folder.rglob("*"):
                assert not path.is_file() or b"MARKED" not in path.read_bytes()

    add_part(shelf, secret, FIELD, 0, watched())
    assert len(list_files(shelf.files)) == 1  # the part
    everything = b"".join(path.read_bytes() for path in shelf.files.folder.parent.rglob("*") if path.is_file())
    assert b"MARKED" not in everything
    assert secret not in everything
    assert secret.hex().encode() not in everything


def test_parts_of_a_file_that_is_refused_are_gone(shelf):
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, cut(sample_files.make_script_pdf()))
    with pytest.raises(Refused, match="script"):
        finish_upload(shelf, secret, FIELD, PDF)
    assert list_files(shelf.files) == []
    with pytest.raises(UploadGone):
        find_open(shelf, secret)
    assert shelf.store.find_upload(upload.id) is None


def test_a_part_that_was_changed_on_disk_is_found_out(shelf):
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, cut(sample_files.make_pdf()))
    (part,) = shelf.files.folder.glob(f"*/{upload.id}.0*")
    data = bytearray(part.read_bytes())
    data[50] ^= 1
    part.write_bytes(data)
    with pytest.raises(Refused, match="damaged"):
        finish_upload(shelf, secret, FIELD, PDF)
    assert list_files(shelf.files) == []


def test_parts_cannot_grow_past_the_limit(shelf):
    _, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [bytes(1024 * 1024)])
    with pytest.raises(Refused, match="size"):
        add_part(shelf, secret, FIELD, 1024 * 1024, [b"x"])


def test_of_two_parts_that_begin_at_one_place_the_faster_counts(shelf):
    data = sample_files.make_pdf(60)
    _, secret = begin_upload(shelf, "hardship", FIELD)

    def overtaken():
        yield data[:1000]
        assert add_part(shelf, secret, FIELD, 0, cut(data[:2000])).received == 2000
        yield data[1000:1500]

    with pytest.raises(OffsetWrong) as caught:
        add_part(shelf, secret, FIELD, 0, overtaken())
    assert caught.value.received == 2000
    assert len(list_files(shelf.files)) == 1
    add_part(shelf, secret, FIELD, 2000, cut(data[2000:]))
    assert read_back(shelf.files, finish_upload(shelf, secret, FIELD, PDF))[1] == data


def test_a_part_that_is_overtaken_by_the_end_is_dropped(shelf):
    data = sample_files.make_pdf()
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [data])

    def late():
        yield b"x"
        finish_upload(shelf, secret, FIELD, PDF)

    with pytest.raises(UploadGone):
        add_part(shelf, secret, FIELD, len(data), late())
    assert list_files(shelf.files) == [upload.id]


def test_a_slower_twin_that_a_crash_left_behind_does_no_harm(shelf):
    data = sample_files.make_pdf(60)
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    key = TransitKey.derive(secret)
    add_part(shelf, secret, FIELD, 0, [data[:3000]])
    for name, part in (("0" * 9 + ".aaaaaaaa", data[:500]), ("0" * 9 + ".bbbbbbbb", data[:4000])):
        shelf.files.path(f"{upload.id}.{name}").write_bytes(key.seal(part, 0))
    add_part(shelf, secret, FIELD, 3000, [data[3000:]])
    assert read_back(shelf.files, finish_upload(shelf, secret, FIELD, PDF))[1] == data
    assert list_files(shelf.files) == [upload.id]


def test_a_part_that_is_gone_is_found_out(shelf):
    data = sample_files.make_pdf(60)
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [data[:3000]])
    (first,) = shelf.files.folder.glob(f"*/{upload.id}.*")
    add_part(shelf, secret, FIELD, 3000, [data[3000:]])
    first.unlink()
    with pytest.raises(Refused, match="damaged"):
        finish_upload(shelf, secret, FIELD, PDF)


def finish_when(shelf, secret, act):
    """Finish an upload and act in the midst of it, when the name of the file is about to be given."""
    watched = replace(shelf, store=Watched(shelf.store, act))
    return finish_upload(watched, secret, FIELD, PDF)


class Watched:
    """A store that lets something happen before an upload is held on to for the second time."""

    def __init__(self, store, act):
        self._store, self._act, self._held = store, act, 0

    def hold_upload(self, *told):
        self._held += 1
        if self._held == 2:
            self._act()
        return self._store.hold_upload(*told)

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_only_one_request_finishes_an_upload(shelf):
    data = sample_files.make_pdf()
    _, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [data])

    def second():
        with pytest.raises(UploadBusy):
            finish_upload(shelf, secret, FIELD, PDF)

    assert read_back(shelf.files, finish_when(shelf, secret, second))[1] == data


def test_whoever_was_away_for_too_long_finishes_nothing(shelf):
    data = sample_files.make_pdf()
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [data])

    def other_host():
        shelf.clock.now += HELD
        finish_upload(shelf, secret, FIELD, PDF)

    with pytest.raises(UploadBusy):
        finish_when(shelf, secret, other_host)
    assert read_back(shelf.files, shelf.store.find_upload(upload.id))[1] == data
    assert list_files(shelf.files) == [upload.id]


def test_an_upload_that_was_held_by_a_process_that_died_is_free_again_soon(shelf):
    data = sample_files.make_pdf()
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [data])
    assert shelf.store.hold_upload(upload.id, "dead", START, START + HELD)
    with pytest.raises(UploadBusy):
        finish_upload(shelf, secret, FIELD, PDF)
    shelf.clock.now += HELD
    assert finish_upload(shelf, secret, FIELD, PDF).finished_at


class Torn:
    """A store whose answer to the last change is lost, or that lets another be first."""

    def __init__(self, store, change):
        self._store, self._change = store, change

    def change_upload(self, upload):
        self._change(self._store, upload)

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_a_file_stays_where_the_store_wrote_it_and_its_answer_was_lost(shelf):
    data = sample_files.make_pdf()
    _, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [data])

    def lose(store, upload):
        store.change_upload(upload)
        raise StoreBroken("lost")

    with pytest.raises(StoreBroken):
        finish_upload(replace(shelf, store=Torn(shelf.store, lose)), secret, FIELD, PDF)
    assert read_back(shelf.files, finish_upload(shelf, secret, FIELD, PDF))[1] == data


def test_a_file_whose_upload_was_taken_back_meanwhile_goes(shelf):
    def take_back(store, upload):
        store.drop_upload(upload.id)
        store.change_upload(upload)

    with pytest.raises(CaseChanged):
        take_file(replace(shelf, store=Torn(shelf.store, take_back)), "hardship", FIELD, PDF, [sample_files.make_pdf()])
    assert list_files(shelf.files) == []


def test_a_wrong_or_old_secret_finds_nothing(shelf):
    _, secret = begin_upload(shelf, "hardship", FIELD)
    for wrong in (bytes(32), b"short"):
        with pytest.raises(UploadGone):
            find_open(shelf, wrong)
    shelf.clock.now += LIFE
    with pytest.raises(UploadGone):
        add_part(shelf, secret, FIELD, 0, [b"x"])


def test_nothing_is_added_to_a_finished_upload(shelf):
    _, secret = begin_upload(shelf, "hardship", FIELD)
    data = sample_files.make_pdf()
    add_part(shelf, secret, FIELD, 0, [data])
    finish_upload(shelf, secret, FIELD, PDF)
    with pytest.raises(UploadGone):
        add_part(shelf, secret, FIELD, len(data), [b"x"])


# --- several hosts, one database, files in object storage ---


@pytest.fixture
def hosts(tmp_path, object_server):
    bucket, store = object_server.make_bucket(), SqliteStore(tmp_path / "cases.db")
    yield [make_shelf(open_bucket(bucket), store) for _ in range(2)]
    store.close()


def test_parts_of_one_upload_reach_different_hosts(hosts):
    data = sample_files.make_pdf(60)
    _, secret = begin_upload(hosts[0], "hardship", FIELD)
    offset = 0
    for number, part in enumerate(cut(data, 3000)):
        offset = add_part(hosts[number % 2], secret, FIELD, offset, cut(part, 700)).received
    done = finish_upload(hosts[1], secret, FIELD, PDF)
    assert read_back(hosts[0].files, done)[1] == data
    assert list_files(hosts[0].files) == [done.id]
    assert finish_upload(hosts[0], secret, FIELD, PDF) == done


def test_two_hosts_that_finish_one_upload_at_once_keep_it_once(hosts):
    data = sample_files.make_pdf(60)
    upload, secret = begin_upload(hosts[0], "hardship", FIELD)
    add_part(hosts[0], secret, FIELD, 0, [data])
    ready = threading.Barrier(2)

    def finish(host):
        ready.wait()
        try:
            return finish_upload(host, secret, FIELD, PDF)
        except UploadBusy:
            return None

    with ThreadPoolExecutor(2) as both:
        found = [one for one in both.map(finish, hosts) if one]
    done = hosts[0].store.find_upload(upload.id)
    assert found
    assert all(one.digest == done.digest for one in found)
    assert read_back(hosts[0].files, done)[1] == data
    assert list_files(hosts[0].files) == [done.id]


def test_what_broken_ends_left_in_object_storage_is_swept(hosts):
    shelf = hosts[0]
    shelf.clock.now = datetime.now(UTC)
    begin_upload(shelf, "hardship", FIELD)
    _, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [b"%PDF"])
    with shelf.files.create("cd" * 16) as stray:
        stray.finish()
    assert sweep_files(shelf) == 0
    broken = shelf.files.create("ab" * 16)  # to moto all that was begun was begun in 2010
    broken.__enter__()
    broken.write(bytes(PIECE + 1))
    shelf.clock.now += 2 * LIFE + timedelta(minutes=1)
    late = take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    assert sweep_files(shelf) == 4
    assert list_files(shelf.files) == [late.id]
