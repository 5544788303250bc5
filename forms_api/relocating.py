"""All sealed files of a county from one place into another: copied, proved by reading them again, only then removed.

What is there already is looked at and left, so it may be run again after it was cut off. Nothing that no row knows is touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from forms_api.model import Attachment, Upload
from forms_api.restoring import BLOCK, digest_file, list_named, list_unfinished
from forms_api.storage import Store
from forms_api.storage.files import FileStore


@dataclass
class Move:
    """What a move came to: how many files were copied now, how many were there already, and those that do not fit."""

    copied: int = 0
    there: int = 0
    removed: int = 0
    faults: list[str] = field(default_factory=list)
    """Ids of files that are in neither place as they are registered; if there is one, nothing is removed."""
    unknown: int = 0
    """Files at the old place that no row knows; they stay."""

    @property
    def total(self) -> int:
        """Return how many files are at the new place."""
        return self.copied + self.there


def move_files(store: Store, source: FileStore, target: FileStore) -> Move:
    """Move every file that the store names, and every part of an upload on its way. Raises StoreBroken; may be run again."""
    move = Move()
    names = []
    for one in list_named(store):
        names.append(one.id)
        _copy_named(one, source, target, move)
    for name in list_parts(store, source):
        names.append(name)
        _copy(name, source, target, move)
    if not move.faults:
        for name in names:
            if source.measure(name) is not None:
                source.remove(name, durably=True)
                move.removed += 1
        move.unknown = sum(1 for _ in source.list_kept())
    return move


def list_parts(store: Store, files: FileStore) -> Iterator[str]:
    """Yield the names of the parts of uploads on their way."""
    for upload in list_unfinished(store):
        for kept in files.list_kept(f"{upload.id}."):
            yield kept.name


def _copy_named(one: Upload | Attachment, source: FileStore, target: FileStore, move: Move) -> None:
    wanted = one.size, one.digest
    if digest_file(target, one.id) == wanted:
        move.there += 1
    elif digest_file(source, one.id) == wanted:
        _copy(one.id, source, target, move)
    else:
        move.faults.append(one.id)


def _copy(name: str, source: FileStore, target: FileStore, move: Move) -> None:
    """Copy a file and read it again. Raises FileNotFoundError, StoreBroken."""
    sent, size = hashlib.sha256(), 0
    with source.open(name) as old, target.create(name) as new:
        while block := old.read(BLOCK):
            new.write(block)
            sent.update(block)
            size += len(block)
        new.finish()
    if digest_file(target, name) == (size, sent.hexdigest()):
        move.copied += 1
    else:
        move.faults.append(name)
