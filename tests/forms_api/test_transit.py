import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.transit import BLOCK, PartDamaged, TransitKey

SECRET = bytes(range(32))
KEY = TransitKey.derive(SECRET)


def seal(blocks, offset=0, key=KEY):
    out = b""
    for block in blocks:
        out += key.seal(block, offset)
        offset += len(block)
    return out


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=6), st.integers(0, 10**8))
def test_what_was_sealed_is_read_again(blocks, offset):
    sealed = io.BytesIO(seal(blocks, offset))
    assert list(KEY.open(sealed.read, offset, sum(map(len, blocks)))) == blocks


def test_the_secret_cannot_be_seen_in_what_is_kept():
    sealed = seal([b"MARKED" * 100])
    assert b"MARKED" not in sealed
    assert SECRET.hex() not in KEY.upload_id
    assert TransitKey.derive(bytes(32)).upload_id != KEY.upload_id


@pytest.mark.parametrize(
    ("data", "offset", "size"),
    [
        (seal([b"abc"]), 1, 3),
        (seal([b"abc"]), 0, 4),
        (seal([b"abc"]), 0, 2),
        (seal([b"abc"])[:-1], 0, 3),
        (b"", 0, 3),
        (b"\xff\xff\xff\xff" + bytes(9), 0, 3),
        (seal([b"abc"], key=TransitKey.derive(bytes(32))), 0, 3),
        (seal([bytes(BLOCK)])[:-20], 0, BLOCK),
    ],
    ids=["elsewhere", "more", "less", "cut", "nothing", "too long", "other key", "cut block"],
)
def test_a_part_that_was_changed_or_stands_elsewhere_is_found_out(data, offset, size):
    with pytest.raises(PartDamaged):
        list(KEY.open(io.BytesIO(data).read, offset, size))


def test_a_secret_of_another_length_is_none():
    with pytest.raises(ValueError, match="32 bytes"):
        TransitKey.derive(b"short")
