"""Uploads piece by piece, so that a broken connection costs at most the piece that was on its way.

Until an upload is finished its pieces lie under a key that only the sender's device knows (see `transit`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import BinaryIO

from forms_api.attachments import LIFE, MEGABYTE, Shelf, bound, drop_parts, keep_file, remove_upload, sync_name
from forms_api.file_kinds import Given, Refused
from forms_api.model import Upload
from forms_api.questions import FormField
from forms_api.transit import BLOCK, PartDamaged, TransitKey

PART_BYTES = 1024 * 1024
"""How much a device sends at once."""


class UploadGone(Exception):
    """No such upload, or it has expired or is part of a case."""


class UploadBusy(Exception):
    """Another part of the same upload is just being received."""


class OffsetWrong(Exception):
    """A part does not begin where the one before ended; `received` is where that is."""

    def __init__(self, received: int) -> None:
        super().__init__(str(received))
        self.received = received


def begin_upload(shelf: Shelf, form: str, field: FormField) -> tuple[Upload, bytes]:
    """Return a new upload and its secret, which the device must show with every part; the server forgets it."""
    now, secret = shelf.clock(), shelf.random(32)
    upload = Upload(TransitKey.derive(secret).upload_id, form, field.name, now, now + LIFE)
    shelf.store.start_upload(upload)
    return upload, secret


def find_open(shelf: Shelf, secret: bytes) -> Upload:
    """Return the upload of a device's secret, while it can still be worked on. Raises UploadGone."""
    try:
        upload = shelf.store.find_upload(TransitKey.derive(secret).upload_id)
    except ValueError:
        raise UploadGone from None
    if upload is None or upload.case_id or upload.expires_at <= shelf.clock():
        raise UploadGone
    return upload


def add_part(shelf: Shelf, secret: bytes, field: FormField, offset: int, blocks: Iterable[bytes]) -> Upload:
    """Keep the next part of an upload and return how far it has come; what arrived before `blocks` raised is kept too.

    Raises UploadGone, UploadBusy, OffsetWrong, Refused.
    """
    upload, key = find_open(shelf, secret), TransitKey.derive(secret)
    if upload.finished_at:
        raise UploadGone
    with _alone(shelf, upload):
        upload = find_open(shelf, secret)
        if offset != upload.received:
            raise OffsetWrong(upload.received)
        left = field.max_mb * MEGABYTE - offset
        path = _part_path(shelf, upload.id, offset)
        sealed = _SealedPart(path, key, offset)
        try:
            for block in bound(blocks, left):
                sealed.push(block)
        finally:
            upload = replace(upload, received=sealed.finish())
            shelf.store.change_upload(upload)
    return upload


def finish_upload(shelf: Shelf, secret: bytes, field: FormField, given: Given) -> Upload:
    """Check, seal and keep an upload whose parts have all arrived; may be called again.

    Raises UploadGone, UploadBusy, Refused; a file that is refused is gone.
    """
    upload, key = find_open(shelf, secret), TransitKey.derive(secret)
    if upload.finished_at:
        return upload
    with _alone(shelf, upload):
        try:
            done = keep_file(shelf, upload, field, given, _read_parts(shelf, upload, key))
        except (Refused, PartDamaged) as fault:
            remove_upload(shelf, upload.id)
            raise fault if isinstance(fault, Refused) else Refused("damaged") from None
    drop_parts(shelf, upload.id)
    return done


class _SealedPart:
    """One part, sealed under the device's key, named when it is safe on disk."""

    def __init__(self, path: Path, key: TransitKey, offset: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._beside = path, path.with_name(f".{path.name}.new")
        self._key, self._offset, self._waiting = key, offset, bytearray()
        self._file: BinaryIO = self._beside.open("wb")

    def push(self, block: bytes) -> None:
        """Take plain bytes."""
        if len(block) == BLOCK and not self._waiting:  # as a whole post is read: nothing is copied
            self._write(block)
            return
        self._waiting += block
        while len(self._waiting) >= BLOCK:
            self._write_waiting(BLOCK)

    def finish(self) -> int:
        """Make what has arrived safe and return where it ends."""
        if self._waiting:
            self._write_waiting(len(self._waiting))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._beside.rename(self._path)
        sync_name(self._path)
        return self._offset

    def _write_waiting(self, size: int) -> None:
        self._write(bytes(self._waiting[:size]))
        del self._waiting[:size]

    def _write(self, block: bytes) -> None:
        self._file.write(self._key.seal(block, self._offset))
        self._offset += len(block)


def _part_path(shelf: Shelf, upload_id: str, offset: int) -> Path:
    return shelf.path(upload_id).with_name(f"{upload_id}.{offset:09}")


def _list_parts(shelf: Shelf, upload_id: str) -> list[tuple[int, Path]]:
    found = shelf.path(upload_id).parent.glob(f"{upload_id}.*")
    return sorted((int(path.suffix[1:]), path) for path in found if path.suffix[1:].isdigit())


def _read_parts(shelf: Shelf, upload: Upload, key: TransitKey) -> Iterator[bytes]:
    parts = [(offset, path) for offset, path in _list_parts(shelf, upload.id) if offset < upload.received]
    if upload.received and (not parts or parts[0][0] > 0):
        raise PartDamaged
    ends = [offset for offset, _ in parts[1:]] + [upload.received]
    for (offset, path), end in zip(parts, ends, strict=False):  # no part at all where nothing has arrived
        with path.open("rb") as file:
            yield from key.open(file.read, offset, end - offset)


@contextmanager
def _alone(shelf: Shelf, upload: Upload) -> Iterator[None]:
    """Keep other requests, in whatever process, from working on the same upload. Raises UploadBusy."""
    path = shelf.path(upload.id).with_name(f"{upload.id}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except OSError:
            raise UploadBusy from None
        yield
