"""Records kept as they were read, so that a file is read again only after it changed; bodies stay in their files.

A file is the same while its size, times and inode are, as long as it was not written in the very moment of the last
reading; otherwise its digest decides.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from site_builder.forking import forked
from site_builder.model import Origin
from site_builder.reading.named_files import NamedFile, name_linked
from site_builder.reading.record_text import NoFrontMatter, Parsed, parse_record, split_front_matter
from site_builder.reading.source_files import NotText, decode, read_bytes
from site_builder.records import Record, Written
from site_builder.values import Problem

Examine = Callable[[Record, Origin, str], Iterable[Problem]]
"""Gives what is wrong with a record; the third argument is the path that problems name."""
Signature = tuple[int, int, int, int]
"""Size, time of the last change, time of the last change of what is known of the file (ns), and inode."""
MARGIN = 2_000_000_000
"""Nanoseconds: a file that was this fresh when it was read may have been written again at the same time."""
WORTH_SHARING = 200
_CHUNK = 50


class Source(NamedTuple):
    """Where a record stands: path below content/, path on disk, type by its folder, id, name of the content folder."""

    path: str
    file: str
    kind: str
    record_id: str
    root: str


class Kept(NamedTuple):
    """What one reading of a file gave."""

    signature: Signature
    read_at: int
    digest: str
    parsed: Parsed
    found: tuple[Problem, ...] = ()
    """What the rules that look at this record alone found."""
    head: str = ""
    """Digest of everything but the body, where that was left in the file."""


class ContentChanged(Exception):
    """A file that was written while the site was being made from it; its text is a sentence for the user."""

    def __init__(self, file: str) -> None:
        super().__init__(f"生成网站的时候，{file} 被改动了。请再生成一次。")


class LeftBody(NamedTuple):
    """The body of a record that stayed in its file, with the files that it links to."""

    file: str
    digest: str
    named: tuple[NamedFile, ...]
    length: int

    def __call__(self) -> str:
        """Return the body; raise ContentChanged if the file is no longer the one that was read."""
        try:
            data = read_bytes(self.file)
        except NotText:
            raise ContentChanged(self.file) from None
        if sha256(data).hexdigest() != self.digest:
            raise ContentChanged(self.file)
        return split_front_matter(decode(data)).body.strip()


@dataclass
class Shelf:
    """What earlier readings gave, by path below content/; `jobs` processes share the reading of what is new."""

    kept: dict[str, Kept] = field(default_factory=dict)
    jobs: int = 1
    examine: Examine | None = None
    """Looks at each record that is read, while its text is at hand; it may depend on nothing else, above all not on the day."""
    used: dict[str, Kept] = field(default_factory=dict)

    def fill(self, sources: Sequence[Source]) -> None:
        """Read what is not there or no longer true; a file that holds no text is left to `take`."""
        stale = [source for source in sources if not self._is_current(source)]
        for path, kept in _read_all(stale, self.examine, self.jobs if len(stale) >= WORTH_SHARING else 1):
            self.used[path] = kept

    def take(self, source: Source) -> Kept:
        """Return what a file says; raise NotText."""
        if source.path not in self.used:
            self.used[source.path] = _read(source, self.examine)
        return self.used[source.path]

    def _is_current(self, source: Source) -> bool:
        kept = self.kept.get(source.path)
        if kept is None:
            return False
        try:
            signature = sign(source.file)
            if signature != kept.signature or is_fresh(signature, kept.read_at):
                if sha256(read_bytes(source.file)).hexdigest() != kept.digest:
                    return False
                kept = kept._replace(signature=signature, read_at=time.time_ns())
        except (OSError, NotText):
            return False
        self.used[source.path] = kept
        return True

    def forget_bodies(self) -> dict[str, Kept]:
        """Return all that was used, to be kept for the next build, without bodies that can be read again."""
        for kept in self.used.values():
            record = kept.parsed.record
            if record is not None:
                record.__dict__.pop("fetched_body", None)
        return self.used


def sign(file: str) -> Signature:
    """Return what tells whether a file was touched; raise OSError."""
    stat = os.stat(file)
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def is_fresh(signature: Signature, read_at: int) -> bool:
    """Tell whether a file had been written so shortly before it was read that its times cannot be trusted."""
    return max(signature[1], signature[2]) > read_at - MARGIN


def _read(source: Source, examine: Examine | None) -> Kept:
    read_at = time.time_ns()
    try:
        signature = sign(source.file)
    except OSError:
        signature = (0, 0, 0, 0)
    data = read_bytes(source.file)
    digest = sha256(data).hexdigest()
    text = decode(data)
    parsed = parse_record(text, source.kind, source.record_id, source.path, source.root)
    found: tuple[Problem, ...] = ()
    if examine and parsed.record:
        found = tuple(examine(parsed.record, parsed.origin, f"{source.root}/{source.path}"))
    head = _leave_body(parsed, source.file, digest, text)
    return Kept(signature, read_at, digest, parsed, found, head)


def _leave_body(parsed: Parsed, file: str, digest: str, text: str) -> str:
    """Leave the body of a record in its file and return a digest of all that the record is without it; '' where it stays."""
    record = parsed.record
    if not isinstance(record, Written) or not record.body:
        return ""
    try:
        if split_front_matter(text).body.strip() != record.body:
            return ""
    except NoFrontMatter:
        return ""
    before = text.rstrip().removesuffix(record.body)
    named = tuple(name_linked(record.body, parsed.origin)) if "](" in record.body else ()
    record.__dict__["left_body"] = LeftBody(file, digest, named, len(record.body))
    del record.__dict__["body"]
    return sha256(f"{before}\0{named}".encode()).hexdigest()


def _read_some(sources: Sequence[Source], examine: Examine | None) -> list[tuple[str, Kept]]:
    found = []
    for source in sources:
        try:
            found.append((source.path, _read(source, examine)))
        except NotText:
            continue
    return found


def _read_all(sources: Sequence[Source], examine: Examine | None, jobs: int) -> list[tuple[str, Kept]]:
    if jobs == 1:
        return _read_some(sources, examine)
    chunks = [sources[at : at + _CHUNK] for at in range(0, len(sources), _CHUNK)]
    with forked(jobs) as pool:
        shares = pool.imap_unordered(partial(_read_some, examine=examine), chunks)
        return [one for found in shares for one in found]
