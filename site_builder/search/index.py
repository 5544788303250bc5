"""The search index: files that a browser fetches one by one as a query needs them. docs/search.md describes each of them."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from multiprocessing import get_context

from site_builder.render import Theme
from site_builder.search import facets
from site_builder.search.entries import Entry, list_entries
from site_builder.search.normalising import list_characters, list_folds, list_typed_folds
from site_builder.search.parts import cut_parts, normalise_entries, write_part
from site_builder.search.postings import BREAK, Whole, choose_bits, choose_pair, write_shards
from site_builder.values import GeneratedFile

FOLDER = "search/data/"
FORMAT = 1
SEGMENT = 5000
"""Entries of one segment: segments are independent, so that several processes make them and one change spares the rest."""
BATCH = 200
"""Entries whose text is held at once beside its folded form; it bounds memory and changes nothing else."""
TITLES = 8
_COUNTS = 48
_LONG = 200


@dataclass(frozen=True, slots=True)
class Segment:
    """What one process makes of a run of entries."""

    counts: list[int]
    parts: list[bytes]
    shards: list[bytes]
    characters: str


@dataclass(frozen=True, slots=True)
class Index:
    """All files of the index; `version` is a digest of them, `bits` how many bits of a key name its shard."""

    version: str
    bits: int
    files: list[GeneratedFile]


def build_index(theme: Theme, workers: int | None = None) -> Index:
    """Return the index of everything on the site; the same for the same records and day, however many workers."""
    entries = list_entries(theme)
    bits = choose_bits(sum(_measure(entry) for entry in entries))
    runs = [(entries[at : at + SEGMENT], bits) for at in range(0, max(len(entries), 1), SEGMENT)]
    segments = _share(_make_segment, runs, workers or os.cpu_count() or 1)
    known = sorted(set(chain.from_iterable(segment.characters for segment in segments)))
    files = [
        *_shard_files(segments, bits),
        *_part_files(segments),
        *_title_files(entries),
        _file("facets", facets.write_facets(entries)),
        _file("folds", list_typed_folds(known).encode("gb18030")),
        _file("near", _json([list(group) for group in theme.library.synonyms.groups])),
    ]
    meta = {
        "format": FORMAT,
        "bits": bits,
        "titles": TITLES,
        "segments": [[len(segment.counts), len(segment.parts)] for segment in segments],
        "counts": "".join(
            chr(_COUNTS + count * 2 + entry.ended)
            for entry, count in zip(entries, chain.from_iterable(one.counts for one in segments), strict=True)
        ),
        "folds": list_folds(known),
    }
    files.append(_file("meta", _json(meta)))
    digest = sha256()
    for path, data in files:
        digest.update(path.encode() + b"\0" + data)
    return Index(digest.hexdigest()[:8], bits, [GeneratedFile(path, data) for path, data in files])


def _measure(entry: Entry) -> int:
    return len(getattr(entry.record, "body", "")) + sum(len(text) for _, _, text in entry.lines) + _LONG // 4


def _share(
    make: Callable[[tuple[list[Entry], int]], Segment], runs: list[tuple[list[Entry], int]], workers: int
) -> list[Segment]:
    if len(runs) == 1 or workers == 1:
        return [make(run) for run in runs]
    # fork: the workers see the library without its being copied to them
    _WAITING[:] = runs
    try:
        with get_context("fork").Pool(min(workers, len(runs))) as pool:
            return pool.map(_make_waiting, range(len(runs)), chunksize=1)
    finally:
        _WAITING.clear()


_WAITING: list[tuple[list[Entry], int]] = []


def _make_waiting(number: int) -> Segment:
    return _make_segment(_WAITING[number])


def _make_segment(run: tuple[list[Entry], int]) -> Segment:
    entries, bits = run
    counts: list[int] = []
    files: list[bytes] = []
    units: list[str] = []
    heads: list[str] = []
    characters: set[str] = set()
    for at in range(0, len(entries), BATCH):
        batch = entries[at : at + BATCH]
        parts = [cut_parts(entry.read()) for entry in batch]
        texts = [write_part(part) for own in parts for part in own]
        batch_units, batch_heads = normalise_entries(batch, parts)
        counts += map(len, parts)
        files += [deflate(text.encode("gb18030", "replace")) for text in texts]
        units += batch_units
        heads += batch_heads
        characters.update(list_characters("".join([*texts, *(entry.title for entry in batch)])))
    shards = write_shards(bits, units, heads, list(_list_wholes(heads)))
    return Segment(counts, files, shards, "".join(sorted(characters)))


def _list_wholes(heads: Sequence[str]) -> Iterator[Whole]:
    for number, head in enumerate(heads):
        for whole in dict.fromkeys(head.split(BREAK)):
            if whole and max(whole) <= "\uffff":
                yield choose_pair(whole), whole, number


# --- files -------------------------------------------------------------------------------------


def deflate(data: bytes) -> bytes:
    """Return the size of some bytes and their raw deflate stream: small on any web server, whatever it compresses itself."""
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    return len(data).to_bytes(4, "little") + squeeze.compress(data) + squeeze.flush()


def _file(name: str, data: bytes) -> tuple[str, bytes]:
    return f"{FOLDER}{name}.bin", deflate(data)


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("gb18030", "replace")


def _place(kind: str, number: int) -> str:
    return f"{kind}/{number >> 8:02x}/{number & 255:02x}"


def _shard_files(segments: Sequence[Segment], bits: int) -> Iterator[tuple[str, bytes]]:
    for shard in range(1 << bits):
        pieces = [segment.shards[shard] for segment in segments]
        yield _file(_place("keys", shard), b"".join([len(one).to_bytes(4, "little") + one for one in pieces]))


def _part_files(segments: Sequence[Segment]) -> Iterator[tuple[str, bytes]]:
    for number, part in enumerate(chain.from_iterable(segment.parts for segment in segments)):
        yield f"{FOLDER}{_place('text', number)}.bin", part


def _title_files(entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
    for at in range(0, len(entries), TITLES):
        rows = "\n".join(map(_title_row, entries[at : at + TITLES]))
        yield _file(_place("titles", at // TITLES), rows.encode("gb18030", "replace"))


def _title_row(entry: Entry) -> str:
    day = str(entry.day) if entry.day else ""
    cells: Iterable[str] = (entry.url, entry.title, entry.number, day, entry.kind, entry.css, entry.word, *entry.names)
    return "\t".join([" ".join(cell.split()) for cell in cells])
