"""One segment of the index from its entries: files of text, and a block of postings for every shard."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

from site_builder.search.entries import Entry
from site_builder.search.normalising import list_folds
from site_builder.search.parts import cut_parts, normalise_entries
from site_builder.search.postings import list_wholes, write_shards

BATCH = 200
"""Entries whose text is held at once beside its folded form; it bounds memory and changes nothing else."""
LEVEL = 4
"""Of compression: 6 takes an eighth more time and gives 0.3 % less."""
EMPTY = b"\0\0\0"
"""The block of a shard that holds nothing of a segment."""

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Row:
    """What is remembered of an entry: digests of its source (where it has a file) and of its text, its parts."""

    url: str
    source: str
    content: str
    parts: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What is made of a run of entries: their rows, files of text, and a deflated block for each shard."""

    rows: list[Row]
    files: list[File]
    blocks: list[bytes]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where texts come from: digests of records' files, bodies that were cut already, parts that were kept."""

    digests: Mapping[tuple[str, str], str]
    bodies: Mapping[str, str]
    keep: Callable[[Entry], list[str] | None] = lambda entry: None

    def digest(self, entry: Entry) -> str:
        """Return the digest of the file that an entry stands in, '' where it has none of its own."""
        return self.digests.get((entry.record.folder, entry.record.id), "") if entry.record else ""

    def cut(self, entry: Entry) -> list[str]:
        """Return the parts of an entry, from its record."""
        return cut_parts(entry.write(self.bodies.get(entry.url)))


def make_segment(entries: Sequence[Entry], bits: int, sources: Sources) -> Segment:
    """Return the segment of a run of entries; files only of those that were not kept."""
    rows: list[Row] = []
    files: list[File] = []
    units: list[str] = []
    heads: list[str] = []
    for at in range(0, len(entries), BATCH):
        batch = entries[at : at + BATCH]
        kept = [sources.keep(entry) for entry in batch]
        parts = [own or sources.cut(entry) for own, entry in zip(kept, batch, strict=True)]
        fresh = [number for number, own in enumerate(kept) if own is None]
        files += write_texts([batch[number].url for number in fresh], [parts[number] for number in fresh])
        rows += [tell_row(entry, sources, own) for entry, own in zip(batch, parts, strict=True)]
        batch_units, batch_heads = normalise_entries(batch, parts)
        units += batch_units
        heads += batch_heads
    shards = write_shards(bits, units, heads, list_wholes(heads))
    return Segment(rows, files, [pack(shard) for shard in shards])


def tell_row(entry: Entry, sources: Sources, parts: Sequence[str]) -> Row:
    """Return what is remembered of an entry."""
    told = "\0".join([*entry.names_all, *parts]).encode("utf-8", "surrogatepass")
    return Row(entry.url, sources.digest(entry), blake2b(told, digest_size=12).hexdigest(), len(parts))


def write_texts(urls: Sequence[str], parts: Sequence[Sequence[str]]) -> Iterator[File]:
    """Yield the files of entries' parts: a line of folds, then the part."""
    folds = iter(list_folds(list(chain.from_iterable(parts))))
    for url, own in zip(urls, parts, strict=True):
        for number, part in enumerate(own):
            yield text_path(url, number), deflate(f"{next(folds)}\n{part}".encode("gb18030", "replace"))


def read_parts(url: str, count: int, read: Callable[[str], bytes]) -> list[str]:
    """Return the parts of an entry from its files."""
    texts = [inflate(read(text_path(url, number))).decode("gb18030") for number in range(count)]
    return [text.partition("\n")[2] for text in texts]


def text_path(url: str, number: int) -> str:
    """Return the path of one part of an entry's text."""
    return f"text/{url.rstrip('/') or 'index'}.{number}.bin"


# --- bytes -------------------------------------------------------------------------------------


def deflate(data: bytes) -> bytes:
    """Return the size of some bytes and their raw deflate stream: small on any web server, whatever it compresses itself."""
    return len(data).to_bytes(4, "little") + zlib.compress(data, LEVEL, -15)


def inflate(data: bytes) -> bytes:
    """Return the bytes that `deflate` was given."""
    return zlib.decompress(data[4:], -15)


def pack(block: bytes) -> bytes:
    """Return a block as a shard's file holds it: nothing for nothing."""
    return b"" if block == EMPTY else deflate(block)


def unpack(packed: bytes) -> bytes:
    """Return the block that `pack` was given."""
    return inflate(packed) if packed else EMPTY


def join_blocks(packed: Sequence[bytes]) -> bytes:
    """Return the file of a shard: a length (4 bytes) and a packed block for each segment."""
    return b"".join([len(one).to_bytes(4, "little") + one for one in packed])


def split_blocks(data: bytes) -> list[bytes]:
    """Return the packed blocks in the file of a shard."""
    blocks, at = [], 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        blocks.append(data[at + 4 : end])
        at = end
    return blocks
