import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_seal

from forms_api.crypto import CHUNK, FORMAT, BadPublicKey, FileSealer, FileSecret, Sealer, digest_context, padded_size
from forms_api.opening import Damaged, Opener, OtherKey, UnknownFormat, find_public, make_pair, open_stream

PUBLIC, PRIVATE = make_pair()
SEALER, OPENER = Sealer(PUBLIC), Opener([PRIVATE])
KEY = bytes(range(32))
SIZES = st.sampled_from([0, 1, 4095, 4096, 4097, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])


def seal_file(content: bytes, step: int = 1000, key: bytes = KEY) -> bytes:
    sealer = FileSealer(key)
    parts = [sealer.push(content[start : start + step]) for start in range(0, len(content), step)]
    return b"".join([*parts, sealer.finish()])


def open_file(sealed: bytes, step: int = 1000, key: bytes = KEY) -> bytes:
    return b"".join(open_stream((sealed[start : start + step] for start in range(0, len(sealed), step)), key))


# --- texts ---------------------------------------------------------------------------------------


@given(st.binary(max_size=5000), st.text(max_size=40))
def test_what_is_sealed_opens_for_its_context_alone(text: bytes, context: str) -> None:
    sealed = SEALER.seal(text, context)
    assert OPENER.open(sealed, context) == text
    with pytest.raises(Damaged):
        OPENER.open(sealed, context + "x")


def test_sealing_twice_gives_nothing_to_compare() -> None:
    assert SEALER.seal(b"yes", "a") != SEALER.seal(b"yes", "a")


def test_the_length_tells_little() -> None:
    assert len({len(SEALER.seal(bytes(size), "a")) for size in range(0, 1000, 37)}) == 1
    assert len(SEALER.seal(bytes(1100), "a")) == len(SEALER.seal(bytes(2000), "a"))


@given(st.integers(0, 10_000_000))
def test_padding_never_cuts_and_wastes_little(size: int) -> None:
    padded = padded_size(size)
    assert size <= padded <= max(1024, 2 * size)
    assert padded <= size * 1.13 or size <= 64 * 1024
    assert padded_size(padded) == padded


@given(st.integers(0, 2000), st.integers(1, 255))
def test_a_changed_byte_is_found(place: int, change: int) -> None:
    sealed = bytearray(SEALER.seal(b"text" * 100, "a"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises((Damaged, OtherKey, UnknownFormat)):
        OPENER.open(bytes(sealed), "a")


def test_a_length_that_lies_is_found() -> None:
    head = SEALER.seal(b"", "a")[:9]
    lying = head + crypto_box_seal(digest_context("a") + (5000).to_bytes(4, "big"), PUBLIC)
    with pytest.raises(Damaged):
        OPENER.open(lying, "a")


def test_short_and_strange_input_is_refused() -> None:
    for sealed in (b"", b"\x02abc", b"\x00"):
        with pytest.raises(UnknownFormat):
            OPENER.open(sealed, "a")
    with pytest.raises(OtherKey):
        OPENER.open(FORMAT + bytes(8), "a")
    with pytest.raises(Damaged):
        OPENER.open(SEALER.seal(b"x", "a")[:20], "a")


def test_earlier_keys_open_earlier_texts() -> None:
    public, private = make_pair()
    both = Opener([private, PRIVATE])
    assert both.open(Sealer(public).seal(b"new", "a"), "a") == b"new"
    assert both.open(SEALER.seal(b"old", "a"), "a") == b"old"
    with pytest.raises(OtherKey, match=SEALER.fingerprint):
        Opener([private]).open(SEALER.seal(b"old", "a"), "a")


@pytest.mark.parametrize("public", [b"", b"short", bytes(31), bytes(32), b"\x01" + bytes(31)])
def test_what_is_no_public_key_is_refused(public: bytes) -> None:
    with pytest.raises(BadPublicKey):
        Sealer(public)


def test_the_public_key_belongs_to_the_private_one() -> None:
    assert find_public(PRIVATE) == PUBLIC


# --- files ---------------------------------------------------------------------------------------


@given(SIZES, st.sampled_from([1, 777, 4096, 70_000, 10_000_000]), st.sampled_from([999, CHUNK, 10_000_000]))
def test_a_file_opens_as_it_was_however_it_is_cut(size: int, step: int, read: int) -> None:
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    if step == 1:
        content = content[:5000]
    assert open_file(seal_file(content, step), read) == content


def test_no_plain_text_is_in_a_sealed_file() -> None:
    content = b"resident id 110105" * 20_000
    sealed = seal_file(content)
    assert b"resident" not in sealed
    assert len(seal_file(b"x")) == len(seal_file(bytes(4000)))


@pytest.mark.parametrize("cut", [0, 1, 24, 25, 26, CHUNK, CHUNK + 42, -1, -17])
def test_a_file_that_was_cut_short_is_found_out(cut: int) -> None:
    sealed = seal_file(bytes(3 * CHUNK))
    with pytest.raises((Damaged, UnknownFormat)):
        open_file(sealed[:cut])


def test_chunks_that_were_swapped_or_added_are_found_out() -> None:
    sealed = seal_file(bytes(CHUNK) + b"\x01" * CHUNK + b"\x02" * CHUNK)
    size = CHUNK + 17
    one, two = sealed[25 : 25 + size], sealed[25 + size : 25 + 2 * size]
    with pytest.raises(Damaged):
        open_file(sealed[:25] + two + one + sealed[25 + 2 * size :])
    for whole in (sealed, seal_file(bytes(CHUNK - 1))):
        with pytest.raises(Damaged):
            open_file(whole + b"x")
    with pytest.raises(Damaged):
        open_file(sealed, key=bytes(32))


def test_the_key_of_a_file_is_sealed_for_that_file() -> None:
    secret = FileSecret(KEY, "身份证.jpg", "jpg", 1234)
    sealed = SEALER.seal_file_key(secret, "f1")
    assert OPENER.open_file_key(sealed, "f1") == secret
    with pytest.raises(Damaged):
        OPENER.open_file_key(sealed, "f2")
    assert "身份证" not in repr(secret)
    assert KEY.hex() not in repr(secret)
