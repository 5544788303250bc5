import io
import os
import re
import signal
import socket
import sqlite3
import threading
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from forms_api import attachments, file_kinds, recoding, resuming, sinks
from forms_api.attachments import LIFE, Shelf, find_missing, remove_upload, sweep_files, take_file
from forms_api.file_kinds import CAUSES, Given, Refused
from forms_api.recoding import Order
from forms_api.resuming import (
    add_part,
    begin_upload,
)
from tests.forms_api import sample_files
from tests.forms_api.sealed_shelf import (
    FIELD,
    PDF,
    PHOTO,
    START,
    cut,
    list_files,
    open_shelf,
    read_back,
)


@pytest.fixture
def shelf(tmp_path):
    opened = open_shelf(tmp_path)
    yield opened
    opened.store.close()


def test_a_pdf_is_kept_as_it_came_sealed(shelf):
    data = sample_files.make_pdf(3)
    upload = take_file(shelf, "hardship", FIELD, PDF, cut(data, 100))
    secret, kept = read_back(shelf.files, upload)
    assert kept == data
    assert (secret.name, secret.kind, secret.size) == ("证明.pdf", "pdf", len(data))
    assert shelf.store.find_upload(upload.id) == upload
    assert upload.finished_at == START
    assert shelf.files.path(upload.id).stat().st_size == upload.size
    assert list_files(shelf.files) == [upload.id]


def test_a_photo_is_drawn_anew_before_it_is_sealed(shelf):
    upload = take_file(shelf, "hardship", FIELD, PHOTO, cut(sample_files.make_located_photo()))
    secret, kept = read_back(shelf.files, upload)
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
    assert list_files(shelf.files) == []
    assert shelf.store.list_stale_uploads(START + LIFE) == []


def test_a_connection_that_breaks_leaves_nothing_of_a_file_sent_in_one_go(shelf):
    def broken():
        yield sample_files.make_photo()[:3000]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        take_file(shelf, "hardship", FIELD, PHOTO, broken())
    assert list_files(shelf.files) == []


def test_every_cause_that_the_code_names_has_words():
    modules = (attachments, file_kinds, recoding, resuming, sinks)
    text = "".join(Path(module.__file__).read_text("utf-8") for module in modules)
    named = set(re.findall(r'Refused\("(\w+)"\)', text)) | set(re.findall(r'"refused": "(\w+)"', text))
    assert len(named) > 8
    assert named | {"virus"} == set(CAUSES)


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
    assert list_files(shelf.files) == sorted([kept.id, late.id])
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
    assert list_files(shelf.files) == ["ab03"]


def test_pieces_that_a_broken_end_left_beside_the_file_of_a_case_are_swept(shelf):
    kept = take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    give_to_case(shelf, kept)
    for path in (shelf.files.path(f"{kept.id}.000000000"), shelf.files.path(kept.id)):
        path.touch()
        os.utime(path, (START.timestamp() - 49 * 3600,) * 2)
    assert sweep_files(shelf) == 1
    assert list_files(shelf.files) == [kept.id]


def test_a_file_that_is_gone_or_cut_short_is_reported(shelf):
    one, two, three = (take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()]) for _ in range(3))
    shelf.files.path(one.id).unlink()
    shelf.files.path(two.id).write_bytes(b"short")
    assert find_missing(shelf.files, [one, two, three]) == [one.id, two.id]


def test_an_upload_is_removed_with_its_bytes(shelf):
    upload = take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()])
    assert remove_upload(shelf, upload.id)
    assert not remove_upload(shelf, upload.id)
    assert list_files(shelf.files) == []


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
    assert read_back(shelf.files, upload)[1] == data


@pytest.mark.parametrize(("word", "cause"), [(b"VIRUS", "virus"), (b"MUTE", "scanner")])
def test_what_the_scanner_does_not_call_clean_is_refused(shelf, scanner, word, cause):
    data = sample_files.make_pdf() + word
    with pytest.raises(Refused, match=cause):
        take_file(with_scanner(shelf, scanner), "hardship", FIELD, PDF, [data])
    assert list_files(shelf.files) == []


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


def test_a_file_is_taken_where_more_than_a_thousand_descriptors_are_open(shelf):
    with ExitStack() as stack:
        for _ in range(1100):
            stack.enter_context(open(os.devnull, "rb"))
        assert take_file(shelf, "hardship", FIELD, PDF, [sample_files.make_pdf()]).finished_at


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
