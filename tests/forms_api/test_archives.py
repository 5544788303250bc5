"""An archive comes back as it went in, or not at all."""

from __future__ import annotations

import gc
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.archives import HEAD_BYTES, MAGIC, BadArchive, BadKey, Reading, Writing, name_key, read_key, write_key
from forms_api.crypto import CHUNK

KEY, OTHER = bytes(range(32)), bytes(32)
CHUNK_SEALED = CHUNK + 17


def write(members: dict[str, bytes], key: bytes = KEY) -> bytes:
    out = io.BytesIO()
    with Writing(out, key) as writing:
        for name, content in members.items():
            writing.add(name, io.BytesIO(content), len(content), 0o640)
        writing.finish({"made_at": "now"})
    return out.getvalue()


def read(raw: bytes, key: bytes = KEY) -> dict[str, bytes]:
    reading = Reading(io.BytesIO(raw), key)
    found = {member.name: b"".join(member.blocks()) for member in reading.members()}
    assert reading.finish()["made_at"] == "now"
    return found


NAMES = st.one_of(
    st.just("cases.db"),
    st.from_regex(r"(public|review)/[a-z][a-z0-9.-]{0,120}", fullmatch=True),
    st.from_regex(r"files/[0-9a-f]{2}/[0-9a-f]{32}", fullmatch=True),
)


@given(st.dictionaries(NAMES, st.binary(max_size=3000), max_size=6))
def test_what_goes_in_comes_out(members: dict[str, bytes]) -> None:
    assert read(write(members)) == members


@pytest.mark.parametrize("size", [0, CHUNK - 1, CHUNK, 5 * CHUNK + 3])
def test_any_size_comes_out(size: int) -> None:
    members = {"cases.db": bytes(size), "review/staff.key": b"key"}
    assert read(write(members)) == members


def test_two_archives_of_the_same_say_nothing_of_it() -> None:
    members = {"cases.db": b"a secret that stands here" * 100}
    one, two = write(members), write(members)
    assert one[HEAD_BYTES:] != two[HEAD_BYTES:]
    assert b"secret" not in one
    assert b"cases.db" not in one


RAW = write({"cases.db": bytes(3 * CHUNK), "files/aa/aa11": b"file" * 9000, "review/canary": b"c"})


@pytest.mark.parametrize(
    "end", [0, 3, len(MAGIC), HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 9, CHUNK, len(RAW) - CHUNK, len(RAW) - 1]
)
def test_an_archive_that_was_cut_is_refused(end: int) -> None:
    with pytest.raises(BadArchive, match="。"):
        read(RAW[:end])


@given(st.integers(0, len(RAW) * 8 - 1))
def test_one_bit_is_enough_to_be_refused(bit: int) -> None:
    raw = bytearray(RAW)
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadArchive, match="。"):
        read(bytes(raw))


def test_chunks_that_were_swapped_repeated_or_added_are_refused() -> None:
    start = HEAD_BYTES + 1 + 24
    head, chunks = RAW[:start], [RAW[at : at + CHUNK_SEALED] for at in range(start, len(RAW), CHUNK_SEALED)]
    assert len(chunks) > 3
    for forged in ([chunks[1], chunks[0], *chunks[2:]], [chunks[0], *chunks], [*chunks, chunks[-1]], chunks[1:]):
        with pytest.raises(BadArchive, match="被改动过"):
            read(head + b"".join(forged))


def test_the_end_of_another_archive_of_the_same_key_does_not_fit() -> None:
    other = write({"cases.db": bytes(3 * CHUNK)})
    with pytest.raises(BadArchive, match="被改动过"):
        read(RAW[: HEAD_BYTES + 25 + CHUNK_SEALED] + other[HEAD_BYTES + 25 + CHUNK_SEALED :])


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "不是本程序做的备份"),
        (b"PK\3\4 something else" * 10, "不是本程序做的备份"),
        (b"workers-home backup 2\n" + bytes(99), "请先升级程序"),
        (write({}, OTHER), f"现在这把是 {name_key(KEY)}"),
    ],
)
def test_what_is_no_backup_of_this_key_says_so(raw: bytes, words: str) -> None:
    with pytest.raises(BadArchive, match=words):
        read(raw)


@pytest.mark.parametrize(
    "name", ["../cases.db", "/etc/passwd", "review/../../x", "review/.hidden", "other/x", "files/aa/b/c"]
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(BadArchive):
        read(write({name: b"x"}))


def test_a_source_that_ends_early_stops_the_writing_and_adds_nothing_later() -> None:
    out = io.BytesIO()
    with pytest.raises(OSError, match="unexpected end"), Writing(out, KEY) as writing:
        writing.add("cases.db", io.BytesIO(b"short"), 10_000, 0o600)
    left = len(out.getvalue())
    del writing
    gc.collect()
    assert len(out.getvalue()) == left


class Zeros:
    """A source without an end."""

    def read(self, size: int, /) -> bytes:
        return bytes(size)


class Nowhere(io.RawIOBase):
    """Counts what it is given."""

    size = 0

    def write(self, block: object, /) -> int:
        assert isinstance(block, bytes)
        self.size += len(block)
        return len(block)


def test_memory_stays_flat_however_much_is_written() -> None:
    out = Nowhere()
    tracemalloc.start()
    try:
        with Writing(out, KEY) as writing:  # type: ignore[arg-type]  # all that writing needs
            for number in range(600):
                writing.add(f"files/aa/{number}", Zeros(), 100_000, 0o600)
            writing.finish({})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert out.size > 60_000_000
    assert peak < 4_000_000


def test_a_key_is_written_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = write_key(path)
    assert (path.stat().st_mode & 0o777, read_key(path), len(key)) == (0o600, key, 32)
    assert name_key(key).replace("-", "") not in key.hex()
    with pytest.raises(FileExistsError):
        write_key(path)
    path.chmod(0o640)
    with pytest.raises(BadKey, match="chmod go="):
        read_key(path)


@pytest.mark.parametrize("text", ["", "zz", "00", "00" * 33, "钥匙"])
def test_what_is_no_key_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadKey, match="不是备份密钥"):
        read_key(path)
    with pytest.raises(BadKey, match="读不出来"):
        read_key(tmp_path / "none")


def test_an_archive_without_its_manifest_or_with_something_after_it_is_refused() -> None:
    out = io.BytesIO()
    with Writing(out, KEY) as writing:
        writing.add("cases.db", io.BytesIO(b"x"), 1, 0o600)
        writing._tar.close()
        writing._sink.finish()
    with pytest.raises(BadArchive, match="不完整"):
        read(out.getvalue())
    out = io.BytesIO()
    with Writing(out, KEY) as writing:
        for name in ("manifest.json", "cases.db"):
            writing.add(name, io.BytesIO(b"{}"), 2, 0o600)
        writing.finish({"made_at": "now"})
    with pytest.raises(BadArchive, match="不完整"):
        read(out.getvalue())
