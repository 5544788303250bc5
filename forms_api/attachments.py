"""Uploads: checked, drawn anew, sealed as they stream; nothing of a file is ever plain on disk.

A file counts once it is checked, a picture drawn anew and marked, all of it sealed and safe on disk; then a form may name
its id. `take_file` takes one in one go (a page without script, a program); `resuming` takes one piece by piece.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from forms_api.crypto import FILE_KEY_BYTES, FileSealer, FileSecret, Sealer
from forms_api.file_kinds import Given, Refused, clean_name, find_kind
from forms_api.model import Attachment, Upload
from forms_api.questions import FormField
from forms_api.recoding import Order
from forms_api.sinks import ClamAv, Recoder
from forms_api.storage import UploadStore

LIFE = timedelta(hours=24)
MEGABYTE = 1024 * 1024
_HEAD = 32


@dataclass(frozen=True)
class Shelf:
    """Where files are kept and all that taking one needs. `mark` makes the words that are written across a picture."""

    folder: Path
    store: UploadStore
    sealer: Sealer
    clock: Callable[[], datetime]
    mark: Callable[[str], str]
    font: Path
    scanner: str = ""
    random: Callable[[int], bytes] = secrets.token_bytes

    def path(self, upload_id: str) -> Path:
        """Return where a sealed file lies."""
        return self.folder / upload_id[:2] / upload_id


# --- in one go ---------------------------------------------------------------------------------


def take_file(shelf: Shelf, form: str, field: FormField, given: Given, blocks: Iterable[bytes]) -> Upload:
    """Take a whole file and return its upload, finished. Raises Refused and whatever `blocks` raises, keeping nothing."""
    now = shelf.clock()
    upload = Upload(shelf.random(16).hex(), form, field.name, now, now + LIFE)
    shelf.store.start_upload(upload)
    try:
        return keep_file(shelf, upload, field, given, blocks)
    except BaseException:
        shelf.store.drop_upload(upload.id)
        raise


def keep_file(shelf: Shelf, upload: Upload, field: FormField, given: Given, blocks: Iterable[bytes]) -> Upload:
    """Check, seal and keep the bytes of an upload; it is finished when this returns."""
    key = shelf.random(FILE_KEY_BYTES)
    stream = bound(blocks, field.max_mb * MEGABYTE)
    head = _take_head(stream)
    kind = find_kind(head, given, field)
    order = Order(kind, shelf.mark(upload.form) if kind != "pdf" else "", str(shelf.font))
    with ExitStack() as stack:
        out = stack.enter_context(_SealedFile(shelf.path(upload.id), key))
        recoder = stack.enter_context(Recoder(order))
        scanner = stack.enter_context(ClamAv(shelf.scanner)) if shelf.scanner else None
        for block in _after(head, stream):
            recoder.push(block)
            if scanner:
                scanner.push(block)
            if kind == "pdf":
                out.push(block)
        if scanner:
            scanner.finish()
        kept, drawn = recoder.finish()
        for block in drawn:
            out.push(block)
        size, digest = out.finish()
        told = FileSecret(key, clean_name(given.name), kept, out.taken)
        done = replace(
            upload,
            received=out.taken,
            size=size,
            digest=digest,
            sealed=shelf.sealer.seal_file_key(told, upload.id),
            finished_at=shelf.clock(),
        )
        try:
            shelf.store.change_upload(done)
        except BaseException:
            out.discard()
            raise
    return done


def bound(blocks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield blocks as long as they are not too much in all. Raises Refused."""
    total = 0
    for block in blocks:
        total += len(block)
        if total > most:
            raise Refused("size")
        yield block


def _take_head(stream: Iterator[bytes]) -> bytes:
    head = b""
    while len(head) < _HEAD and (block := next(stream, None)) is not None:
        head += block
    if not head:
        raise Refused("empty")
    return head


def _after(head: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from stream


class _SealedFile:
    """A file that is sealed as it is written, and gets its name when it is whole and safe on disk."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._beside = path, path.with_name(f".{path.name}.new")
        self._sealer, self._digest = FileSealer(key), hashlib.sha256()
        self._size = self.taken = 0

    def __enter__(self) -> _SealedFile:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._beside.open("wb")
        return self

    def push(self, block: bytes) -> None:
        """Take plain bytes."""
        self.taken += len(block)
        self._write(self._sealer.push(block))

    def finish(self) -> tuple[int, str]:
        """Make the file safe and return its size and SHA-256, both as it lies there, sealed."""
        self._write(self._sealer.finish())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._beside.rename(self._path)
        sync_name(self._path)
        return self._size, self._digest.hexdigest()

    def discard(self) -> None:
        """Take the finished file away again."""
        self._path.unlink(missing_ok=True)

    def _write(self, sealed: bytes) -> None:
        self._file.write(sealed)
        self._digest.update(sealed)
        self._size += len(sealed)

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._beside.unlink(missing_ok=True)


def sync_name(path: Path) -> None:
    """Make the name of a file safe on disk, and that of its folder, which may be as new."""
    for folder in (path.parent, path.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# --- going away --------------------------------------------------------------------------------


def remove_upload(shelf: Shelf, upload_id: str) -> bool:
    """Forget an upload that no case has, with its bytes; tell whether there was one."""
    if not shelf.store.drop_upload(upload_id):
        return False
    drop_parts(shelf, upload_id)
    shelf.path(upload_id).unlink(missing_ok=True)
    return True


def drop_parts(shelf: Shelf, upload_id: str) -> None:
    """Remove the pieces of an upload and its lock."""
    for path in shelf.path(upload_id).parent.glob(f"{upload_id}.*"):
        path.unlink(missing_ok=True)


def sweep_files(shelf: Shelf) -> int:
    """Remove expired uploads, and old bytes that no upload knows or that a broken end left beside a finished file; count both."""
    now = shelf.clock()
    gone = sum(remove_upload(shelf, upload.id) for upload in shelf.store.list_stale_uploads(now))
    for path in list_strays(shelf.folder, shelf.store, now):
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def list_strays(folder: Path, store: UploadStore, now: datetime) -> Iterator[Path]:
    """Yield old bytes that no upload knows, or that a broken end left beside a finished file.

    Old means twice the life of an upload: what is on its way may lie there before its row.
    """
    oldest = (now - LIFE - LIFE).timestamp()
    for path in sorted(folder.glob("*/*")):
        with suppress(FileNotFoundError):
            known = store.find_upload(path.name.lstrip(".").partition(".")[0])
            beside = known is None or (known.finished_at is not None and path.name != known.id)
            if beside and path.stat().st_mtime < oldest:
                yield path


def find_missing(folder: Path, files: Iterable[Upload | Attachment]) -> list[str]:
    """Return the ids of finished files whose bytes are not there or not of the size they should have."""
    return [one.id for one in files if one.size is not None and _size_of(folder / one.id[:2] / one.id) != one.size]


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
