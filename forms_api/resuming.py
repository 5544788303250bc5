"""Uploads piece by piece, so that a broken connection costs at most the piece that was on its way.

Until an upload is finished its pieces lie under a key that only the sender's device knows (see `transit`). They may reach any
host: each piece has a name of its own, and counts once the upload's row has moved on from where the piece begins; of two that
begin at one place the slower is dropped. Whoever finishes an upload holds it for a while, in its row, against all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from forms_api.attachments import LIFE, MEGABYTE, Shelf, bound, drop_parts, keep_file, remove_upload
from forms_api.file_kinds import Given, Refused
from forms_api.model import Upload
from forms_api.questions import FormField
from forms_api.storage.files import NewFile, Opened
from forms_api.transit import BLOCK, PartDamaged, TransitKey, plain_size

PART_BYTES = 1024 * 1024
"""How much a device sends at once."""
HELD = timedelta(minutes=2)
"""How long one request may keep an upload to itself, so that one that was killed keeps nobody waiting for longer."""


class UploadGone(Exception):
    """No such upload, or it has expired or is part of a case."""


class UploadBusy(Exception):
    """Another request is just finishing the same upload."""


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

    Raises UploadGone, OffsetWrong, Refused.
    """
    upload, key = find_open(shelf, secret), TransitKey.derive(secret)
    if upload.finished_at:
        raise UploadGone
    if offset != upload.received:
        raise OffsetWrong(upload.received)
    name = f"{upload.id}.{offset:09}.{shelf.random(4).hex()}"
    with shelf.files.create(name) as file:
        part = _SealedPart(file, key, offset)
        try:
            for block in bound(blocks, field.max_mb * MEGABYTE - offset):
                part.push(block)
        finally:
            upload = replace(upload, received=part.finish())
            _move_on(shelf, secret, offset, upload, name)
    return upload


def _move_on(shelf: Shelf, secret: bytes, offset: int, upload: Upload, name: str) -> None:
    """Let a part count, or drop it if another came first. Raises UploadGone, OffsetWrong."""
    if shelf.store.advance_upload(upload.id, offset, upload.received):
        return
    shelf.files.remove(name)
    found = find_open(shelf, secret)
    if found.finished_at:
        raise UploadGone
    raise OffsetWrong(found.received)


def finish_upload(shelf: Shelf, secret: bytes, field: FormField, given: Given) -> Upload:
    """Check, seal and keep an upload whose parts have all arrived; may be called again.

    Raises UploadGone, UploadBusy, Refused; a file that is refused is gone.
    """
    upload, key = find_open(shelf, secret), TransitKey.derive(secret)
    if upload.finished_at:
        return upload
    with _held(shelf, upload.id) as hold_on:
        upload = find_open(shelf, secret)
        try:
            done = keep_file(shelf, upload, field, given, _read_parts(shelf, upload, key), hold_on)
        except (Refused, PartDamaged) as fault:
            remove_upload(shelf, upload.id)
            raise fault if isinstance(fault, Refused) else Refused("damaged") from None
    drop_parts(shelf, upload.id)
    return done


class _SealedPart:
    """One part, sealed under the device's key as it is written."""

    def __init__(self, file: NewFile, key: TransitKey, offset: int) -> None:
        self._file, self._key, self._offset, self._waiting = file, key, offset, bytearray()

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
        self._file.finish()
        return self._offset

    def _write_waiting(self, size: int) -> None:
        self._write(bytes(self._waiting[:size]))
        del self._waiting[:size]

    def _write(self, block: bytes) -> None:
        self._file.write(self._key.seal(block, self._offset))
        self._offset += len(block)


def _list_parts(shelf: Shelf, upload_id: str) -> list[tuple[int, int, str]]:
    """Return where each part begins, where it ends, and its name."""
    found = []
    for kept in shelf.files.list_kept(f"{upload_id}."):
        offset = kept.name.split(".")[1]
        if offset.isdigit():
            found.append((int(offset), int(offset) + plain_size(kept.size), kept.name))
    return sorted(found)


def _read_parts(shelf: Shelf, upload: Upload, key: TransitKey) -> Iterator[bytes]:
    """Yield what the parts hold, each from where the one before ended; a slower twin that was left behind does no harm."""
    at, parts = 0, _list_parts(shelf, upload.id)
    while at < upload.received:
        offset, end, name = max((part for part in parts if part[0] <= at), key=lambda part: part[1], default=(0, 0, ""))
        if end <= at:
            raise PartDamaged
        with _found(shelf, name) as file:
            yield from _between(key.open(file.read, offset, end - offset), offset, at, upload.received)
        at = end


@contextmanager
def _found(shelf: Shelf, name: str) -> Iterator[Opened]:
    try:
        with shelf.files.open(name) as file:
            yield file
    except FileNotFoundError:
        raise PartDamaged from None


def _between(blocks: Iterable[bytes], offset: int, start: int, end: int) -> Iterator[bytes]:
    """Yield what of blocks that begin at `offset` lies between two places."""
    for block in blocks:
        if piece := block[max(start - offset, 0) : max(end - offset, 0)]:
            yield piece
        offset += len(block)


@contextmanager
def _held(shelf: Shelf, upload_id: str) -> Iterator[Callable[[], None]]:
    """Keep other requests, on whatever host, from finishing the same upload; lend what makes sure of it for as long again.

    Raises UploadBusy where another holds it.
    """
    holder = shelf.random(8).hex()

    def hold_on() -> None:
        now = shelf.clock()
        if not shelf.store.hold_upload(upload_id, holder, now, now + HELD):
            raise UploadBusy

    hold_on()
    try:
        yield hold_on
    finally:
        shelf.store.release_upload(upload_id, holder)
