"""Change a few lists in one block of postings: the same bytes as if the block had been written anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from site_builder.search.postings import write_varint, write_wholes

Changes = dict[int, set[int]]
"""For the rest of a key in its shard: the numbers that its list gains, or loses if it holds them."""


@dataclass(slots=True)
class Edit:
    """What changes in the block of one shard: lists of parts, lists of titles, whole names."""

    units: Changes = field(default_factory=dict)
    titles: Changes = field(default_factory=dict)
    wholes: set[tuple[int, int]] = field(default_factory=set)


def splice(block: bytes, edit: Edit) -> bytes:
    """Return a block with an edit applied."""
    units, at = _splice_lists(block, 0, edit.units)
    titles, at = _splice_lists(block, at, edit.titles)
    wholes, _ = _read_wholes(block, at)
    return units + titles + write_wholes(list(wholes ^ edit.wholes))


def _splice_lists(data: bytes, at: int, changes: Mapping[int, set[int]]) -> tuple[bytes, int]:
    """Return one table with its lists, changed, and where it ended."""
    began = at
    rows, at = _read_table(data, at)
    lists: dict[int, tuple[bytes, int]] = {}
    for low, size in rows:
        lists[low] = (data[at : at + (size >> 1)], size & 1)
        at += size >> 1
    if not changes:
        return data[began:at], at
    for low, numbers in changes.items():
        held = _read_list(*lists.pop(low)) if low in lists else set()
        if left := held ^ numbers:
            lists[low] = _write_list(sorted(left))
    return _write_table(lists), at


def _read_table(data: bytes, at: int) -> tuple[list[tuple[int, int]], int]:
    count, at = read_varint(data, at)
    rows, low = [], 0
    for _ in range(count):
        delta, at = read_varint(data, at)
        size, at = read_varint(data, at)
        low += delta
        rows.append((low, size))
    return rows, at


def _write_table(lists: Mapping[int, tuple[bytes, int]]) -> bytes:
    table, bodies, before = bytearray(write_varint(len(lists))), [], 0
    for low in sorted(lists):
        body, dense = lists[low]
        table += write_varint(low - before) + write_varint(len(body) << 1 | dense)
        bodies.append(body)
        before = low
    return bytes(table) + b"".join(bodies)


def _read_list(data: bytes, dense: int) -> set[int]:
    if dense:
        bits = int.from_bytes(data, "little")
        return {number for number in range(len(data) * 8) if bits >> number & 1}
    numbers, at, last = set(), 0, -1
    while at < len(data):
        gap, at = read_varint(data, at)
        last += gap + 1
        numbers.add(last)
    return numbers


def _write_list(numbers: list[int]) -> tuple[bytes, int]:
    gaps = b"".join(map(write_varint, _gaps(numbers)))
    size = numbers[-1] // 8 + 1
    if size >= len(gaps):
        return gaps, 0
    bitmap = bytearray(size)
    for number in numbers:
        bitmap[number >> 3] |= 1 << (number & 7)
    return bytes(bitmap), 1


def _gaps(numbers: Iterable[int]) -> Iterable[int]:
    last = -1
    for number in numbers:
        yield number - last - 1
        last = number


def _read_wholes(data: bytes, at: int) -> tuple[set[tuple[int, int]], int]:
    count, at = read_varint(data, at)
    wholes = set()
    for _ in range(count):
        document, after = read_varint(data, at + 4)
        wholes.add((int.from_bytes(data[at : at + 4], "little"), document))
        at = after
    return wholes, at


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, and where it ends."""
    value = shift = 0
    while (byte := data[at]) > 127:
        value |= (byte & 127) << shift
        shift += 7
        at += 1
    return value | byte << shift, at + 1
