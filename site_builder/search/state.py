"""What one build of the index leaves for the next: which entries stood where, and digests of small files."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

from site_builder.search.segments import Row, text_path


@dataclass(frozen=True, slots=True)
class LastIndex:
    """The index that stands: the `state` that its build gave, and a function that reads one of its files."""

    state: bytes
    read: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group as it was: its bits and the rows of its segments."""

    folder: str
    bits: int
    segments: tuple[tuple[Row, ...], ...]


@dataclass(frozen=True)
class State:
    """Everything that is remembered; `digests` are of small files, by their path."""

    groups: tuple[GroupState, ...]
    digests: Mapping[str, str]

    @cached_property
    def rows(self) -> dict[str, Row]:
        """Return the rows of all entries, by address."""
        return {row.url: row for group in self.groups for segment in group.segments for row in segment}

    def paths(self) -> Iterator[str]:
        """Yield the path of every file of the index below its folder."""
        yield from self.digests
        for group in self.groups:
            if group.segments:
                yield from (shard_path(group.folder, number) for number in range(1 << group.bits))
        for row in self.rows.values():
            yield from (text_path(row.url, number) for number in range(row.parts))


def write_state(state: State) -> bytes:
    """Return a state as bytes, headed by a digest of the code that made it."""
    groups = [
        [
            group.folder,
            group.bits,
            [[[row.url, row.source, row.content, row.parts] for row in one] for one in group.segments],
        ]
        for group in state.groups
    ]
    return json.dumps([tell_code(), groups, state.digests], separators=(",", ":")).encode()


def read_state(data: bytes) -> State | None:
    """Return the state in some bytes; None if other code wrote it, whose files may not be mixed with ours."""
    try:
        code, groups, digests = json.loads(data)
    except ValueError:
        return None
    if code != tell_code():
        return None
    return State(
        tuple(
            GroupState(folder, bits, tuple(tuple([Row(*row) for row in one]) for one in segments))
            for folder, bits, segments in groups
        ),
        digests,
    )


@cache
def tell_code() -> str:
    """Return a digest of what decides the bytes beside the entries: this package and the compressor."""
    digest = sha256(zlib.ZLIB_RUNTIME_VERSION.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def shard_path(folder: str, number: int) -> str:
    """Return the path of a shard of a group."""
    return f"{folder}{place('keys', number)}"


def place(kind: str, number: int) -> str:
    """Return the path of a numbered file."""
    return f"{kind}/{number >> 8:02x}/{number & 255:02x}.bin"


def make_version(parts: Sequence[str]) -> str:
    """Return a short digest that stands in addresses of the index."""
    return sha256("\n".join([tell_code(), *parts]).encode()).hexdigest()[:8]
