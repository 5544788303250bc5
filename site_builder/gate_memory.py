"""What earlier checks found, in one file: everything once, and after it what each run changed, until that grows too long.

A part of the file that another program wrote, or that is not whole, is as if it were not there.
"""

from __future__ import annotations

import gc
import os
import pickle
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from site_builder.checks import Judged
from site_builder.checks.exemptions import Mark
from site_builder.reading.shelf import Kept
from site_builder.values import Problem

_DIGEST = 32
_HEAD = 8 + _DIGEST
"""Bytes before each part: its length and its digest."""
_TAIL = 4
"""What was added may be this part of the whole; after that everything is written anew."""


class Looked(NamedTuple):
    """What one file gave: the digest it had, its problems, the marks in it, and what rules gathered, by their names."""

    digest: str
    problems: tuple[Problem, ...]
    marks: tuple[Mark, ...]
    gathered: tuple[tuple[str, tuple[Any, ...]], ...] = ()


State = tuple[dict[Any, object], ...]
"""For each table what tells whether an entry changed: signatures and times of readings, digests of what was looked at."""


@dataclass
class Memory:
    """What earlier runs found; `file` is None for a run that keeps nothing."""

    file: Path | None = None
    shelf: dict[str, Kept] = field(default_factory=dict)
    looked: dict[str, Looked] = field(default_factory=dict)
    facts: dict[tuple[str, str], tuple[str, Any]] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    """What the rules about everything at once found, by the name of the content folder."""
    written: State = ({}, {}, {}, {})
    """What the file holds already."""
    size: int = 0
    """Bytes of the file as it was read; 0 if it has to be written whole."""
    first: int = 0
    """Bytes of it before anything was added."""

    @classmethod
    def load(cls, file: Path | None) -> Memory:
        """Return what `file` holds if the same code wrote it, as far as it is whole."""
        memory = cls(file)
        try:
            data = memoryview(file.read_bytes() if file else b"")
        except OSError:
            return memory
        if data[:_DIGEST] != _code_digest():
            return memory
        at = _DIGEST
        with no_collection():
            while part := _read_part(data, at):
                for table, (changed, gone) in zip(memory.tables(), pickle.loads(part), strict=True):  # noqa: S301 # written by ourselves beside the content
                    table.update(changed)
                    for key in gone:
                        table.pop(key, None)
                at += _HEAD + len(part)
                memory.first = memory.first or at
        memory.size = at if at == len(data) else 0
        memory.written = memory.state()
        return memory

    def tables(self) -> tuple[dict[Any, Any], ...]:
        """Return all that is kept."""
        return self.shelf, self.looked, self.facts, self.judged

    def state(self) -> State:
        """Return what tells whether the memory changed."""
        return (
            {path: (kept.signature, kept.read_at) for path, kept in self.shelf.items()},
            {path: one.digest for path, one in self.looked.items()},
            {key: fact[0] for key, fact in self.facts.items()},
            {name: one.key for name, one in self.judged.items()},
        )

    def save(self) -> None:
        """Write what changed, whole or not at all; a folder that cannot be written is no fault of the content."""
        if self.file is None or self.written == (state := self.state()):
            return
        changes = [
            ({key: table[key] for key, sign in now.items() if then.get(key) != sign}, then.keys() - now.keys())
            for table, now, then in zip(self.tables(), state, self.written, strict=True)
        ]
        part = _write_part(changes)
        try:
            if self.size and self.file.stat().st_size == self.size and self._may_add(part):
                with self.file.open("ab") as file:
                    self.size += file.write(part)
            else:
                self._write_whole()
            self.written = state
        except OSError:
            return

    def _may_add(self, part: bytes) -> bool:
        return self.size - self.first + len(part) <= self.first // _TAIL

    def _write_whole(self) -> None:
        if self.file is None:
            return
        data = _code_digest() + _write_part([(table, ()) for table in self.tables()])
        _write_file(self.file, data)
        self.size = self.first = len(data)


def load_value(file: Path) -> Any:
    """Return the one value that the same code saved in `file`, or None."""
    try:
        data = memoryview(file.read_bytes())
    except OSError:
        return None
    part = _read_part(data, _DIGEST) if data[:_DIGEST] == _code_digest() else None
    with no_collection():
        return pickle.loads(part) if part else None  # noqa: S301 # written by ourselves beside the content


def save_value(file: Path, value: object) -> None:
    """Save one value in `file`, whole or not at all; a folder that cannot be written is no fault of the content."""
    with suppress(OSError):
        _write_file(file, _code_digest() + _write_part(value))


def _write_file(file: Path, data: bytes) -> None:
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}.tmp")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        beside.write_bytes(data)
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)


def _read_part(data: memoryview, at: int) -> memoryview | None:
    length = int.from_bytes(data[at : at + 8], "little")
    part = data[at + _HEAD : at + _HEAD + length]
    whole = len(part) == length > 0 and data[at + 8 : at + _HEAD] == sha256(part).digest()
    return part if whole else None


def _write_part(changes: object) -> bytes:
    with no_collection():
        data = pickle.dumps(changes, protocol=5)
    return len(data).to_bytes(8, "little") + sha256(data).digest() + data


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the collector from going through all that is read, again and again while it grows, and from there on out of it.

    It is half of the time of reading what is kept; and processes that are forked later share what is never gone through.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()


@cache
def _code_digest() -> bytes:
    """Return a digest of the code that reads and checks, so that new rules look at old files again."""
    digest = sha256(sys.version.encode())
    package = Path(__file__).parent
    for folder in (package, package.parent / "forms_api"):
        for file in sorted(folder.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.digest()
