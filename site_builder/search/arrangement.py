"""Which entries are indexed together, so that one change touches little: a function of the set of entries alone.

Documents come by the thousand, each new one the newest. All but the last few dozen are the body, in shards of their own;
those few and everything that is no document are the late group, small enough to be made again at any time. Groups are
cut into segments, numbered within. Where something is cut follows from the addresses, not from counts, so that an entry
added or taken away moves no cut but, seldom, the one beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from site_builder.search.entries import Entry
from site_builder.search.postings import choose_bits

LEAST = 1024
"""Documents below which there is no body: a small site is one group."""
TAIL = 64
"""Documents after the last one in TAIL (by its address) are late."""
SEGMENT = 3000
"""Entries of a segment at most."""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that share a set of shards: `bits` of a key name its shard."""

    folder: str
    bits: int
    segments: tuple[tuple[Entry, ...], ...]

    @property
    def entries(self) -> list[Entry]:
        """Return all entries in order."""
        return [entry for segment in self.segments for entry in segment]


def arrange(entries: Sequence[Entry]) -> list[Group]:
    """Return the body and the late group of entries that are ordered from old to new."""
    documents = [entry for entry in entries if entry.is_document]
    cut = 0
    if len(documents) >= LEAST:
        cut = next((at for at in range(len(documents), 0, -1) if not _hash(documents[at - 1]) % TAIL), 0)
    early = {entry.url for entry in documents[:cut]}
    late = [entry for entry in entries if entry.url not in early]
    return [_group("", documents[:cut]), _group("late/", late)]


def count_older(groups: Sequence[Group]) -> list[int]:
    """Return for each late entry how many of the body are older, so that both stand in one order of time."""
    body, late = (group.entries for group in groups)
    keys = [entry.age for entry in body]
    counts, at = [], 0
    for entry in late:
        while at < len(keys) and keys[at] < entry.age:
            at += 1
        counts.append(at)
    return counts


def _group(folder: str, entries: Sequence[Entry]) -> Group:
    return recall_group(folder, _divide(entries))


def recall_group(folder: str, segments: Sequence[Sequence[Entry]]) -> Group:
    """Return the group of entries that are divided already."""
    measure = sum([entry.measure for segment in segments for entry in segment])
    return Group(folder, choose_bits(measure), tuple(map(tuple, segments)))


def _divide(entries: Sequence[Entry]) -> list[Sequence[Entry]]:
    """Cut in two near the middle, behind the entry with the highest hash there, until all are small."""
    if len(entries) <= SEGMENT:
        return [entries] if entries else []
    middle = range(len(entries) * 2 // 5, len(entries) * 3 // 5)
    at = max(middle, key=lambda index: _hash(entries[index])) + 1
    return [*_divide(entries[:at]), *_divide(entries[at:])]


def _hash(entry: Entry) -> int:
    return crc32(entry.url.encode())
