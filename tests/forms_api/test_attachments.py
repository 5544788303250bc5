import io
import os
import re
import signal
import socket
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nacl.public import PrivateKey
from PIL import Image

from forms_api import attachments, file_kinds, recoding, resuming, sinks
from forms_api.attachments import LIFE, Shelf, find_missing, remove_upload, sweep_files, take_file
from forms_api.crypto import Sealer
from forms_api.file_kinds import CAUSES, Given, Refused
from forms_api.opening import Opener, open_stream
from forms_api.questions import FormField
from forms_api.recoding import Order
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
from forms_api.sinks import find_font
from forms_api.storage import CaseChanged, StoreBroken
from forms_api.storage.files import FolderFiles
from forms_api.storage.sqlite import SqliteStore
from forms_api.transit import TransitKey
from tests.forms_api import sample_files

PRIVATE = PrivateKey.generate()
OPENER = Opener([bytes(PRIVATE)])
FIELD = FormField(name="evidence", label="证明", type="file", max_mb=1)
PHOTO, PDF = Given("我的证明.jpg", "image/jpeg"), Given("证明.pdf", "application/pdf")
START = datetime(2026, 11, 20, 1, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def shelf(tmp_path):
    store = SqliteStore(tmp_path / "cases.db")
    font = find_font()
    assert font
    sealer = Sealer(bytes(PRIVATE.public_key))
    yield Shelf(FolderFiles(tmp_path / "files"), store, sealer, Clock(), lambda form: f"仅供办理{form}使用", font)
    store.close()


def cut(data, size=5000):
    return [data[at : at + size] for at in range(0, len(data), size)]


def read_back(shelf, upload):
    secret = OPENER.open_file_key(upload.sealed, upload.id)
    with shelf.files.path(upload.id).open("rb") as file:
        blocks = iter(lambda: file.read(70_000), b"")
        return secret, b"".join(open_stream(blocks, secret.key))


def list_files(shelf):
    return sorted(path.name for path in shelf.files.folder.rglob("*") if path.is_file())


def test_a_pdf_is_kept_as_it_came_sealed(shelf):
    data = sample_files.make_pdf(3)
    upload = take_file(shelf, "hardship", FIELD, PDF, cut(data, 100))
    secret, kept = read_back(shelf, upload)
    assert kept == data
    assert (secret.name, secret.kind, secret.size) == ("证明.pdf", "pdf", len(data))
    assert shelf.store.find_upload(upload.id) == upload
    assert upload.finished_at == START
    assert shelf.files.path(upload.id).stat().st_size == upload.size
    assert list_files(shelf) == [upload.id]


def test_a_photo_is_drawn_anew_before_it_is_sealed(shelf):
    upload = take_file(shelf, "hardship", FIELD, PHOTO, cut(sample_files.make_located_photo()))
    secret, kept = read_back(shelf, upload)
    assert secret.kind == "jpg"
    assert b"MARKED" not in kept
    assert Image.open(io.BytesIO(kept)).size == (200, 600)


REFUSALS = [
    ([], PHOTO, "empty"),
    ([b"MZ" + bytes(100)], PHOTO, "kind"),
    (lambda: cut(sample_files.make_photo()), Given("a.png", "image/png"), "mismatch"),
    (lambda: cut(sample_files.make_photo()[:-3000]), PHOTO, "damaged"),
    (lambda: cut(sample_files.make_script_pdf()), PDF, "script"),
    (lambda: cut(sample_files.make_pdf() + bytes(1024 * 1024)), PDF, "size"),
]


@pytest.mark.parametrize(("blocks", "given", "cause"), REFUSALS)
def test_what_is_refused_leaves_nothing(shelf, blocks, given, cause):
    with pytest.raises(Refused) as caught:
        take_file(shelf, "hardship", FIELD, given, blocks() if callable(blocks) else blocks)
    assert caught.value.cause == cause
    assert list_files(shelf) == []
    assert shelf.store.list_stale_uploads(START + LIFE) == []


def test_a_connection_that_breaks_leaves_nothing_of_a_file_sent_in_one_go(shelf):
    def broken():
        yield sample_files.make_photo()[:3000]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        take_file(shelf, "hardship", FIELD, PHOTO, broken())
    assert list_files(shelf) == []


def test_every_cause_that_the_code_names_has_words():
    modules = (attachments, file_kinds, recoding, resuming, sinks)
    text = "".join(Path(module.__file__).read_text("utf-8") for module in modules)
    named = set(re.findall(r'Refused\("(\w+)"\)', text)) | set(re.findall(r'"refused": "(\w+)"', text))
    assert len(named) > 8
    assert named | {"virus"} == set(CAUSES)


# --- piece by piece ---


def test_an_upload_in_parts_is_the_same_file(shelf):
    data = sample_files.make_pdf(60)
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    offset = 0
    for part in cut(data, 3000):
        offset = add_part(shelf, secret, FIELD, offset, cut(part, 700)).received
    done = finish_upload(shelf, secret, FIELD, PDF)
    assert done.id == upload.id
    assert read_back(shelf, done)[1] == data
    assert list_files(shelf) == [done.id]
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
    assert read_back(shelf, finish_upload(shelf, secret, FIELD, PDF))[1] == data


def test_no_plain_byte_lies_on_disk_while_parts_arrive(shelf):
    data = b"%PDF-1.7\n" + b"MARKED-CONTENT" * 20_000
    _, secret = begin_upload(shelf, "hardship", FIELD)

    def watched():
        for block in cut(data, 30_000):
            yield block
            for path in shelf.files.folder.rglob("*"):
                assert not path.is_file() or b"MARKED" not in path.read_bytes()

    add_part(shelf, secret, FIELD, 0, watched())
    assert len(list_files(shelf)) == 1  # the part
    everything = b"".join(path.read_bytes() for path in shelf.files.folder.parent.rglob("*") if path.is_file())
    assert b"MARKED" not in everything
    assert secret not in everything
    assert secret.hex().encode() not in everything


def test_parts_of_a_file_that_is_refused_are_gone(shelf):
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, cut(sample_files.make_script_pdf()))
    with pytest.raises(Refused, match="script"):
        finish_upload(shelf, secret, FIELD, PDF)
    assert list_files(shelf) == []
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
    assert list_files(shelf) == []


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
    assert len(list_files(shelf)) == 1
    add_part(shelf, secret, FIELD, 2000, cut(data[2000:]))
    assert read_back(shelf, finish_upload(shelf, secret, FIELD, PDF))[1] == data


def test_a_part_that_is_overtaken_by_the_end_is_dropped(shelf):
    data = sample_files.make_pdf()
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [data])

    def late():
        yield b"x"
        finish_upload(shelf, secret, FIELD, PDF)

    with pytest.raises(UploadGone):
        add_part(shelf, secret, FIELD, len(data), late())
    assert list_files(shelf) == [upload.id]


def test_a_slower_twin_that_a_crash_left_behind_does_no_harm(shelf):
    data = sample_files.make_pdf(60)
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    key = TransitKey.derive(secret)
    add_part(shelf, secret, FIELD, 0, [data[:3000]])
    for name, part in (("0" * 9 + ".aaaaaaaa", data[:500]), ("0" * 9 + ".bbbbbbbb", data[:4000])):
        shelf.files.path(f"{upload.id}.{name}").write_bytes(key.seal(part, 0))
    add_part(shelf, secret, FIELD, 3000, [data[3000:]])
    assert read_back(shelf, finish_upload(shelf, secret, FIELD, PDF))[1] == data
    assert list_files(shelf) == [upload.id]


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

    assert read_back(shelf, finish_when(shelf, secret, second))[1] == data


def test_whoever_was_away_for_too_long_finishes_nothing(shelf):
    data = sample_files.make_pdf()
    upload, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [data])

    def other_host():
        shelf.clock.now += HELD
        finish_upload(shelf, secret, FIELD, PDF)

    with pytest.raises(UploadBusy):
        finish_when(shelf, secret, other_host)
    assert read_back(shelf, shelf.store.find_upload(upload.id))[1] == data
    assert list_files(shelf) == [upload.id]


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
    assert read_back(shelf, finish_upload(shelf, secret, FIELD, PDF))[1] == data


def test_a_file_whose_upload_was_taken_back_meanwhile_goes(shelf):
    def take_back(store, upload):
        store.drop_upload(upload.id)
        store.change_upload(upload)

    with pytest.raises(CaseChanged):
        take_file(replace(shelf, store=Torn(shelf.store, take_back)), "hardship", FIELD, PDF, [sample_files.make_pdf()])
    assert list_files(shelf) == []


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


# --- going away ---


def test_what_nobody_used_is_swept_and_what_is_used_stays(shelf):
    kept = take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    stale = take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    _, secret = begin_upload(shelf, "hardship", FIELD)
    add_part(shelf, secret, FIELD, 0, [b"%PDF"])
    shelf.clock.now += timedelta(hours=1)
    late = take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    give_to_case(shelf, kept)
    shelf.clock.now = START + LIFE
    assert sweep_files(shelf) == 2
    assert list_files(shelf) == sorted([kept.id, late.id])
    assert shelf.store.find_upload(stale.id) is None


def give_to_case(shelf, upload):
    with closing(sqlite3.connect(shelf.files.folder.parent / "cases.db")) as connection, connection:
        connection.execute("update uploads set case_id = 'c' where id = ?", (upload.id,))


def test_bytes_that_no_upload_knows_are_swept_once_they_are_old(shelf):
    folder = shelf.files.folder / "ab"
    folder.mkdir(parents=True)
    for name, age in (("ab01", 49), (".ab02.new", 49), ("ab03", 47)):
        path = folder / name
        path.write_bytes(b"x")
        moment = START.timestamp() - age * 3600
        os.utime(path, (moment, moment))
    assert sweep_files(shelf) == 2
    assert list_files(shelf) == ["ab03"]


def test_pieces_that_a_broken_end_left_beside_the_file_of_a_case_are_swept(shelf):
    kept = take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    give_to_case(shelf, kept)
    for path in (shelf.files.path(f"{kept.id}.000000000"), shelf.files.path(kept.id)):
        path.touch()
        os.utime(path, (START.timestamp() - 49 * 3600,) * 2)
    assert sweep_files(shelf) == 1
    assert list_files(shelf) == [kept.id]


def test_a_file_that_is_gone_or_cut_short_is_reported(shelf):
    one, two, three = (take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()]) for _ in range(3))
    shelf.files.path(one.id).unlink()
    shelf.files.path(two.id).write_bytes(b"short")
    assert find_missing(shelf.files, [one, two, three]) == [one.id, two.id]


def test_an_upload_is_removed_with_its_bytes(shelf):
    upload = take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    assert remove_upload(shelf, upload.id)
    assert not remove_upload(shelf, upload.id)
    assert list_files(shelf) == []


# --- a virus scanner: a server that speaks clamd's protocol ---


@pytest.fixture
def scanner(tmp_path):
    """Answer as clamd does: found where the stream holds the word VIRUS, nothing where it holds MUTE."""
    server = socket.socket(socket.AF_UNIX)
    path = str(tmp_path / "clamd.sock")
    server.bind(path)
    server.listen()

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                data = b""
                while length := int.from_bytes(stream.read(4), "big"):
                    data += stream.read(length)
                if b"MUTE" not in data:
                    connection.sendall(b"stream: Test FOUND\0" if b"VIRUS" in data else b"stream: OK\0")

    thread = threading.Thread(target=serve)
    thread.start()
    yield path
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def with_scanner(shelf, address):
    return Shelf(shelf.files, shelf.store, shelf.sealer, shelf.clock, shelf.mark, shelf.font, address)


def test_a_scanner_sees_the_file_as_it_came(shelf, scanner):
    data = sample_files.make_pdf(3)
    upload = take_file(with_scanner(shelf, scanner), "hardship", FIELD, PDF, cut(data, 100))
    assert read_back(shelf, upload)[1] == data


@pytest.mark.parametrize(("word", "cause"), [(b"VIRUS", "virus"), (b"MUTE", "scanner")])
def test_what_the_scanner_does_not_call_clean_is_refused(shelf, scanner, word, cause):
    data = sample_files.make_pdf() + word
    with pytest.raises(Refused, match=cause):
        take_file(with_scanner(shelf, scanner), "hardship", FIELD, PDF, [data])
    assert list_files(shelf) == []


@pytest.mark.parametrize("address", ["/nonexistent/clamd.sock", "127.0.0.1:1"])
def test_a_scanner_that_does_not_answer_stops_uploads(shelf, address):
    with pytest.raises(Refused, match="scanner"):
        take_file(with_scanner(shelf, address), "hardship", FIELD, PDF, [sample_files.make_pdf()])


def end_program():
    """End the program that looks into files, as the kernel does when memory is short."""
    if sinks.PROGRAM.process is not None:
        sinks.PROGRAM.process.kill()
        sinks.PROGRAM.process.wait()


def list_split_off():
    process = sinks.PROGRAM.process.pid
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def test_a_program_that_has_ended_is_started_again(shelf):
    take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    before = sinks.PROGRAM.process.pid
    end_program()
    assert take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()]).finished_at
    assert sinks.PROGRAM.process.pid != before


def test_each_file_has_a_process_of_its_own_which_is_gone_with_the_file():
    with sinks.Recoder(Order("pdf")) as first, sinks.Recoder(Order("jpg")):
        first.push(b"%PDF-1.7")
        assert len(set(list_split_off())) == 2
    assert list_split_off() == []


def test_a_process_that_is_killed_over_its_file_refuses_it(shelf):
    def break_off():
        yield b"%PDF-1.7" + bytes(100)
        for pid in list_split_off():
            os.kill(int(pid), signal.SIGKILL)
        yield from [bytes(1 << 16)] * 10

    with pytest.raises(Refused, match="damaged"):
        take_file(shelf, "hardship", FIELD, PDF, break_off())
    assert take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()]).finished_at


def test_a_program_that_dies_refuses_the_file_and_gives_its_place_back(shelf, monkeypatch):
    end_program()
    monkeypatch.setattr(recoding, "__file__", "/nonexistent.py")
    for _ in range(sinks.AT_ONCE + 1):
        with pytest.raises(Refused, match="damaged"):
            take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    monkeypatch.undo()
    assert take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()]).finished_at
