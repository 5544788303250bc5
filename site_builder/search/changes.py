"""Only what has changed of a group of entries since the last build, and the same bytes as if everything were made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from site_builder.search.arrangement import Group
from site_builder.search.entries import Entry
from site_builder.search.parts import normalise_heads, normalise_units
from site_builder.search.postings import Numbers, list_pairs, list_wholes, mix
from site_builder.search.segments import (
    File,
    Row,
    Segment,
    Sources,
    join_blocks,
    make_segment,
    pack,
    read_parts,
    split_blocks,
    tell_row,
    unpack,
    write_texts,
)
from site_builder.search.splicing import Edit, splice
from site_builder.search.state import GroupState, State, shard_path

FEW = 8
"""Changed entries of a segment up to which its shards are spliced; for more it is made again."""
MANY = 400
"""Changed entries of the site from which on everything is made again, by several processes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What may be reused: the state of the last build and its files."""

    state: State
    read: Callable[[str], bytes]
    sources: Sources
    names: Callable[[str, int], list[str]]
    """Return the names of an entry of the last build, by its group's folder and its number there."""
    fresh: dict[str, tuple[Row, list[str]]] = field(default_factory=dict)

    def find_changed(self, entries: Sequence[Entry]) -> bool:
        """Cut every entry that may have changed; tell whether there were few enough to go on."""
        for entry in entries:
            row = self.state.rows.get(entry.url)
            if row and row.source and row.source == self.sources.digest(entry):
                continue
            if len(self.fresh) == MANY:
                return False
            parts = self.sources.cut(entry)
            self.fresh[entry.url] = (tell_row(entry, self.sources, parts), parts)
        return True

    def row(self, entry: Entry) -> Row:
        """Return the row of an entry as it is now."""
        return self.fresh[entry.url][0] if entry.url in self.fresh else self.state.rows[entry.url]

    def is_same(self, entry: Entry) -> bool:
        """Tell whether the text of an entry is what it was."""
        old = self.state.rows.get(entry.url)
        return old is not None and old.content == self.row(entry).content

    def parts(self, entry: Entry) -> list[str] | None:
        """Return the parts of an entry from its files, if they are what they were."""
        return self.old_parts(entry.url) if self.is_same(entry) else None

    def old_parts(self, url: str) -> list[str]:
        """Return the parts that an entry had."""
        return read_parts(url, self.state.rows[url].parts, self.read)


Plan = tuple[str, Any]
"""'keep' and the old segment's number; 'splice' and (number, changed entries); or 'make' and the segment made."""


def update_group(group: Group, old: GroupState, kept: Kept) -> tuple[GroupState, list[File]]:
    """Return a group's new state and its files that differ from those of the last build."""
    places = {segment[0].url: number for number, segment in enumerate(old.segments)}
    changes = [_list_changes(segment, old, places, kept) for segment in group.segments]
    same_place = [place for place, _ in changes] == list(range(len(old.segments))) and group.bits == old.bits
    texts = [(entry.url, kept.fresh[entry.url][1]) for one in group.entries if not kept.is_same(entry := one)]
    files = list(write_texts([url for url, _ in texts], [parts for _, parts in texts]))
    state = GroupState(group.folder, group.bits, tuple(tuple(map(kept.row, one)) for one in group.segments))
    if same_place and all(len(changed) <= FEW for _, changed in changes):
        files += _splice_shards(group, [changed for _, changed in changes], kept)
    else:
        files += _write_shards(group, old, changes, kept)
    return state, files


def _list_changes(
    segment: Sequence[Entry], old: GroupState, places: dict[str, int], kept: Kept
) -> tuple[int, list[Entry]]:
    """Return the number of the old segment with the same numbering, or -1; and the entries that changed."""
    number = places.get(segment[0].url, -1)
    rows = old.segments[number] if number >= 0 else ()
    if [(row.url, row.parts) for row in rows] != [(row.url, row.parts) for row in map(kept.row, segment)]:
        return -1, []
    return number, [entry for entry in segment if not kept.is_same(entry)]


# --- all shards, from segments made anew and segments kept -----------------------------------------


def _write_shards(
    group: Group, old: GroupState, changes: Sequence[tuple[int, list[Entry]]], kept: Kept
) -> Iterator[File]:
    """Yield the shards of a group some of whose segments are made anew."""
    made: dict[int, Segment] = {}
    sources = replace(kept.sources, keep=kept.parts)
    for number, (place, changed) in enumerate(changes):
        if place < 0 or changed or group.bits != old.bits:
            made[number] = make_segment(group.segments[number], group.bits, sources)
    reads = bool(old.segments) and group.bits == old.bits
    for shard in range(1 << group.bits if group.segments else 0):
        path = shard_path(group.folder, shard)
        before = kept.read(path) if reads else b""
        blocks = split_blocks(before) if len(made) < len(changes) else []
        data = join_blocks(
            [
                made[number].blocks[shard] if number in made else blocks[place]
                for number, (place, _) in enumerate(changes)
            ]
        )
        if data != before:
            yield path, data


# --- a few shards, spliced -----------------------------------------------------------------------


def _splice_shards(group: Group, changes: Sequence[Sequence[Entry]], kept: Kept) -> Iterator[File]:
    """Yield the shards that hold something of changed entries."""
    edits: dict[int, dict[int, Edit]] = {}
    before = 0
    for number, (segment, changed) in enumerate(zip(group.segments, changes, strict=True)):
        chosen = {entry.url for entry in changed}
        unit = 0
        for document, entry in enumerate(segment):
            if entry.url in chosen:
                names = kept.names(group.folder, before + document)
                for shard, edit in _compare(entry, names, group.bits, unit, document, kept).items():
                    _merge(edits.setdefault(shard, {}).setdefault(number, Edit()), edit)
            unit += kept.row(entry).parts
        before += len(segment)
    for shard, of_segments in edits.items():
        path = shard_path(group.folder, shard)
        blocks = split_blocks(kept.read(path))
        for number, edit in of_segments.items():
            blocks[number] = pack(splice(unpack(blocks[number]), edit))
        yield path, join_blocks(blocks)


def _compare(
    entry: Entry, old_names: Sequence[str], bits: int, unit: int, document: int, kept: Kept
) -> dict[int, Edit]:
    old_head, new_head = normalise_heads([old_names, entry.names_all])
    old = normalise_units([old_head], [kept.old_parts(entry.url)])
    new = normalise_units([new_head], [kept.fresh[entry.url][1]])
    return list_edits(old, new, old_head, new_head, bits, unit, document)


def list_edits(
    old: Sequence[str], new: Sequence[str], old_head: str, new_head: str, bits: int, unit: int, document: int
) -> dict[int, Edit]:
    """Return what an entry's change means for each shard: everything that only one side holds.

    Both sides are normalised: the parts (as many as before, numbered from `unit`) and the names.
    """
    edits: dict[int, Edit] = {}
    for mixed, number in _differ(old, new):
        _edit(edits, mixed, bits).units.setdefault(_low(mixed, bits), set()).add(unit + number)
    for mixed, _ in _differ([old_head], [new_head]):
        _edit(edits, mixed, bits).titles.setdefault(_low(mixed, bits), set()).add(document)
    wholes = [{(key, value) for key, value, _ in list_wholes([head])} for head in (old_head, new_head)]
    for key, value in wholes[0] ^ wholes[1]:
        _edit(edits, mix(key), bits).wholes.add((value, document))
    return edits


def _differ(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return (mixed key, number of the text) of what stands in one of two rows of texts only."""
    both: Numbers = np.setxor1d(list_pairs(old), list_pairs(new), assume_unique=True)
    return [(value >> 32, value & 0xFFFFFFFF) for value in both.tolist()]


def _edit(edits: dict[int, Edit], mixed: int, bits: int) -> Edit:
    return edits.setdefault(mixed >> 32 - bits, Edit())


def _low(mixed: int, bits: int) -> int:
    return mixed & (1 << 32 - bits) - 1


def _merge(edit: Edit, other: Edit) -> None:
    for own, more in ((edit.units, other.units), (edit.titles, other.titles)):
        for low, numbers in more.items():
            own[low] = own.get(low, set()) ^ numbers
    edit.wholes ^= other.wholes
