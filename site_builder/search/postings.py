"""Which units of text hold which characters and pairs of characters, as bytes that a browser reads in small pieces.

A key is a pair of UTF-16 units (first | second << 16) or one unit alone. Multiplied by an odd constant it gives a number
whose high bits name the shard and whose low bits name the key in it. docs/search.md describes the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIX = 0x9E3779B1
PAIRS_PER_SHARD = 4000
MIN_BITS, MAX_BITS = 6, 13
RANGE_BITS = 3
CHUNK = 256
_GAP = 10
BREAK = "\x01"

Numbers = NDArray[Any]
Whole = tuple[int, int, int]
"""The key of one pair of characters of a whole title, number or name, the hash of all of it, and its document."""


def choose_bits(characters: int) -> int:
    """Return how many bits of a key name its shard; about six in ten characters of a text make a posting of their own."""
    return min(max((characters * 6 // 10 // PAIRS_PER_SHARD).bit_length(), MIN_BITS), MAX_BITS)


def key_of(text: str) -> int:
    """Return the key of one or two characters of the basic plane."""
    return ord(text[0]) | (ord(text[1]) << 16 if len(text) > 1 else 0)


def mix(key: int) -> int:
    """Return a key spread over 32 bits; no two keys give the same number."""
    return key * MIX & 0xFFFFFFFF


def list_wholes(heads: Sequence[str]) -> list[Whole]:
    """Return every whole title, number and name by the pair whose shard tells of it; `heads` part them by BREAK.

    That is any of its pairs, by its hash, for many titles begin alike.
    """
    found = [
        (whole, document)
        for document, head in enumerate(heads)
        for whole in dict.fromkeys(head.split(BREAK))
        if whole and max(whole) <= "\uffff"
    ]
    wholes = []
    for (whole, document), value in zip(found, hash_all([whole for whole, _ in found]), strict=True):
        at = value % max(1, len(whole) - 1)
        wholes.append((key_of(whole[at : at + 2]), value, document))
    return wholes


def hash_all(texts: Sequence[str]) -> list[int]:
    """Return a 32-bit hash of each text of the basic plane: FNV-1a over its UTF-16 units."""
    values = np.full(len(texts), 0x811C9DC5, dtype=np.uint32)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    longest = int(lengths.max(initial=0))
    padded = "".join([text.ljust(longest) for text in texts]).encode("utf-16-le", "surrogatepass")
    units = np.frombuffer(padded, dtype="<u2").reshape(len(texts), longest).astype(np.uint32)
    for at in range(longest):
        values = np.where(lengths > at, (values ^ units[:, at]) * np.uint32(0x01000193), values)
    return [int(value) for value in values]


def write_varint(number: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first, the high bit set on all but the last."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def write_shards(bits: int, units: Sequence[str], titles: Sequence[str], wholes: Sequence[Whole]) -> list[bytes]:
    """Return the bytes of one segment for every shard, in order: postings of units, of titles, whole titles.

    `units` and `titles` are normalised; their numbers are their positions, those of titles are documents. A BREAK in
    them parts what does not belong together.
    """
    of_units, of_titles = write_blocks(bits, units), write_blocks(bits, titles)
    of_wholes: list[list[tuple[int, int]]] = [[] for _ in range(1 << bits)]
    for key, value, document in wholes:
        of_wholes[mix(key) >> 32 - bits].append((value, document))
    return [a + b + write_wholes(c) for a, b, c in zip(of_units, of_titles, of_wholes, strict=True)]


def write_wholes(wholes: list[tuple[int, int]]) -> bytes:
    """Return hashes of whole names with their documents, in order, behind their count."""
    told = [value.to_bytes(4, "little") + write_varint(document) for value, document in sorted(wholes)]
    return write_varint(len(told)) + b"".join(told)


def write_blocks(bits: int, texts: Sequence[str]) -> list[bytes]:
    """Return for each shard the keys of the texts that fall in it, with the numbers of the texts that hold them."""
    return [block for pairs in _sorted_pairs(texts) for block in _write_range(pairs, bits)]


def _sorted_pairs(texts: Sequence[str]) -> Iterator[Numbers]:
    """Yield (mixed key << 32 | text number), sorted, no pair twice, in ranges of keys so that memory stays small."""
    chunks = [list_pairs(texts[at : at + CHUNK], at) for at in range(0, len(texts), CHUNK)]
    for part in range(1 << RANGE_BITS):
        slices = [chunk[_place(chunk, part) : _place(chunk, part + 1)] for chunk in chunks]
        pairs = np.concatenate(slices) if slices else np.empty(0, dtype=np.uint64)
        pairs.sort()
        yield pairs


def _place(chunk: Numbers, part: int) -> int:
    """Return where a range of keys begins in a sorted chunk."""
    return int(np.searchsorted(chunk, np.uint64(part << 64 - RANGE_BITS))) if part >> RANGE_BITS == 0 else len(chunk)


def list_pairs(texts: Sequence[str], first: int = 0) -> Numbers:
    """Return (mixed key << 32 | number of the text, counted from `first`) of all texts, sorted, none twice."""
    encoded = "\n".join([*texts, ""]).encode("utf-16-le", "surrogatepass")
    here = np.frombuffer(encoded, dtype="<u2").astype(np.uint32)
    is_text = here >= 32
    ends = np.flatnonzero(here == _GAP)
    number = np.repeat(np.arange(first, first + len(texts), dtype=np.uint32), np.diff(ends, prepend=-1))
    both = np.flatnonzero(is_text[:-1] & is_text[1:])
    ones = np.flatnonzero(is_text)
    pairs = np.empty(len(ones) + len(both), dtype=np.uint64)
    pairs[: len(ones)] = here[ones] * np.uint32(MIX)
    pairs[len(ones) :] = (here[both] | here[both + 1] << np.uint32(16)) * np.uint32(MIX)
    pairs <<= np.uint64(32)
    pairs[: len(ones)] |= number[ones]
    pairs[len(ones) :] |= number[both]
    pairs.sort()
    new: Numbers = pairs[_is_new(pairs)]
    return new


def _is_new(values: Numbers) -> Numbers:
    """Tell of each sorted value whether it differs from the one before."""
    new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def _write_range(pairs: Numbers, bits: int) -> list[bytes]:
    """Return the blocks of the shards of one range of keys: count, table of keys and lengths, lists."""
    shards = 1 << bits - RANGE_BITS
    if not len(pairs):
        return [b"\0"] * shards
    mixed, numbers = (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)
    starts = np.flatnonzero(_is_new(mixed))
    lists, sizes, dense = _write_lists(numbers, starts)
    keys = mixed[starts]
    shard = (keys >> np.uint32(32 - bits)).astype(np.int64) & (shards - 1)
    low = (keys & np.uint32((1 << 32 - bits) - 1)).astype(np.int64)
    delta = np.where(_is_new(shard), low, np.diff(low, prepend=0))
    table = np.empty(2 * len(keys), dtype=np.int64)
    table[0::2], table[1::2] = delta, sizes << 1 | dense
    entries = _varint_sizes(table)
    table_ends = _ends(entries)
    rows = np.zeros(table_ends[-1], dtype=np.uint8)
    _put_varints(rows, table_ends - entries, table, entries)
    edges = np.searchsorted(shard, np.arange(shards + 1))
    return _cut(edges, rows.tobytes(), table_ends[1::2], lists.tobytes(), _ends(sizes))


def _cut(edges: Numbers, table: bytes, table_ends: Numbers, lists: bytes, list_ends: Numbers) -> list[bytes]:
    rows = np.append(0, table_ends)[edges].tolist()
    data = np.append(0, list_ends)[edges].tolist()
    counts = np.diff(edges).tolist()
    return [
        write_varint(count) + table[a:b] + lists[c:d]
        for count, (a, b), (c, d) in zip(counts, pairwise(rows), pairwise(data), strict=True)
    ]


def _write_lists(numbers: Numbers, starts: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the lists of all keys run together, the size of each, and 1 for those that are bitmaps.

    A list is gaps less one (the first number as it is) as varints, or a bitmap, lowest bit first, where that is shorter.
    """
    counts = np.diff(np.append(starts, len(numbers)))
    gaps = np.diff(numbers.astype(np.int64), prepend=0) - 1
    gaps[starts] = numbers[starts]
    entries = _varint_sizes(gaps)
    as_gaps = np.add.reduceat(entries, starts)
    as_bits = numbers[starts + counts - 1].astype(np.int64) // 8 + 1
    dense = as_bits < as_gaps
    sizes = np.where(dense, as_bits, as_gaps)
    begins = _ends(sizes) - sizes
    out = np.zeros(sizes.sum(), dtype=np.uint8)
    is_dense = np.repeat(dense, counts)
    within = _ends(entries) - entries
    shift = begins - within[starts]
    sparse = ~is_dense
    _put_varints(out, (within + np.repeat(shift, counts))[sparse], gaps[sparse], entries[sparse])
    if dense.any():
        _put_bits(out, np.repeat(begins, counts)[is_dense], numbers[is_dense])
    return out, sizes, dense.astype(np.int64)


def _put_bits(out: Numbers, begins: Numbers, numbers: Numbers) -> None:
    places = begins + (numbers >> 3)
    first = np.flatnonzero(_is_new(places))
    bits = np.left_shift(1, numbers & 7).astype(np.uint8)
    out[places[first]] = np.bitwise_or.reduceat(bits, first)


def _varint_sizes(values: Numbers) -> Numbers:
    sizes = np.ones(len(values), dtype=np.int64)
    for limit in (1 << 7, 1 << 14, 1 << 21, 1 << 28):
        if not (larger := values >= limit).any():
            break
        sizes += larger
    return sizes


def _put_varints(out: Numbers, places: Numbers, values: Numbers, sizes: Numbers) -> None:
    for byte in range(int(sizes.max(initial=0))):
        chosen = sizes > byte if byte else slice(None)
        more = (sizes[chosen] > byte + 1).astype(np.uint8) << 7
        out[places[chosen] + byte] = (values[chosen] >> 7 * byte & 127).astype(np.uint8) | more


def _ends(sizes: Numbers) -> Numbers:
    return np.cumsum(sizes)
