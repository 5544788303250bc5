"""Uploads: checked, drawn anew, sealed as they stream; nothing of a file is ever plain on disk.

A file counts once it is checked, a picture drawn anew and marked, all of it sealed and safe on disk; then a form may name
its id. `take_file` takes one in one go (a page without script, a program); `resuming` takes one piece by piece.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from forms_api.crypto import FILE_KEY_BYTES, FileSealer, FileSecret, Sealer
from forms_api.file_kinds import Given, Refused, clean_name, find_kind
from forms_api.model import Attachment, Upload
from forms_api.questions import FormField
from forms_api.recoding import Order
from forms_api.sinks import ClamAv, Recoder
from forms_api.storage import CaseChanged, UploadStore
from forms_api.storage.files import FileStore, Kept

LIFE = timedelta(hours=24)
MEGABYTE = 1024 * 1024
_HEAD = 32


@dataclass(frozen=True)
class Shelf:
    """Where files are kept and all that taking one needs. `mark` makes the words that are written across a picture."""

    files: FileStore
    store: UploadStore
    sealer: Sealer
    clock: Callable[[], datetime]
    mark: Callable[[str], str]
    font: Path
    scanner: str = ""
    random: Callable[[int], bytes] = secrets.token_bytes


# --- in one go ---------------------------------------------------------------------------------


def take_file(shelf: Shelf, form: str, field: FormField, given: Given, blocks: Iterable[bytes]) -> Upload:
    """Take a whole file and return its upload, finished. Raises Refused and whatever `blocks` raises, keeping nothing."""
    now = shelf.clock()
    upload = Upload(shelf.random(16).hex(), form, field.name, now, now + LIFE)
    shelf.store.start_upload(upload)
    try:
        return keep_file(shelf, upload, field, given, blocks)
    except BaseException:
        remove_upload(shelf, upload.id)
        raise


def keep_file(
    shelf: Shelf,
    upload: Upload,
    field: FormField,
    given: Given,
    blocks: Iterable[bytes],
    before_naming: Callable[[], None] = lambda: None,
) -> Upload:
    """Check, seal and keep the bytes of an upload; it is finished when this returns.

    `before_naming` may raise; nothing is kept then. Raises Refused, CaseChanged, StoreBroken.
    """
    key = shelf.random(FILE_KEY_BYTES)
    stream = bound(blocks, field.max_mb * MEGABYTE)
    head = _take_head(stream)
    kind = find_kind(head, given, field)
    order = Order(kind, shelf.mark(upload.form) if kind != "pdf" else "", str(shelf.font))
    with ExitStack() as stack:
        out = stack.enter_context(_SealedFile(shelf.files, upload.id, key))
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
        before_naming()
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
    _note_finished(shelf, done)
    return done


def _note_finished(shelf: Shelf, done: Upload) -> None:
    """Let the store name the file; where it says no, the bytes go, unless they are those of somebody who was first.

    Where it does not answer they stay: it may have written what it could not tell any more.
    """
    try:
        shelf.store.change_upload(done)
    except CaseChanged:
        known = shelf.store.find_upload(done.id)
        if known is None or known.finished_at is None:
            shelf.files.remove(done.id)
        raise


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
    """A file that is sealed as it is written, and gets its name when it is whole and safe."""

    def __init__(self, files: FileStore, name: str, key: bytes) -> None:
        self._file, self._sealer, self._digest = files.create(name), FileSealer(key), hashlib.sha256()
        self._size = self.taken = 0

    def __enter__(self) -> _SealedFile:
        self._file.__enter__()
        return self

    def push(self, block: bytes) -> None:
        """Take plain bytes."""
        self.taken += len(block)
        self._write(self._sealer.push(block))

    def finish(self) -> tuple[int, str]:
        """Make the file safe and return its size and SHA-256, both as it lies there, sealed."""
        self._write(self._sealer.finish())
        self._file.finish()
        return self._size, self._digest.hexdigest()

    def _write(self, sealed: bytes) -> None:
        self._file.write(sealed)
        self._digest.update(sealed)
        self._size += len(sealed)

    def __exit__(self, *told: object) -> None:
        self._file.__exit__(*told)


# --- going away --------------------------------------------------------------------------------


def remove_upload(shelf: Shelf, upload_id: str) -> bool:
    """Forget an upload that no case has, with its bytes; tell whether there was one."""
    if not shelf.store.drop_upload(upload_id):
        return False
    drop_parts(shelf, upload_id)
    shelf.files.remove(upload_id)
    return True


def drop_parts(shelf: Shelf, upload_id: str) -> None:
    """Remove the pieces of an upload."""
    for kept in shelf.files.list_kept(f"{upload_id}."):
        shelf.files.remove(kept.name)


def sweep_files(shelf: Shelf) -> int:
    """Remove expired uploads, and old bytes that no upload knows or that a broken end left beside a finished file; count both."""
    now = shelf.clock()
    gone = sum(remove_upload(shelf, upload.id) for upload in shelf.store.list_stale_uploads(now))
    return gone + sweep_strays(shelf.files, shelf.store, now)


def sweep_strays(files: FileStore, store: UploadStore, now: datetime, *, dry: bool = False) -> int:
    """Remove old bytes that no upload knows, or that a broken end left beside a finished file; count them, which is all if `dry`.

    Old means twice the life of an upload: what is on its way may lie there before its row.
    """
    oldest, gone = now - LIFE - LIFE, 0
    for kept in files.list_kept():
        if kept.since < oldest and _is_stray(kept, store):
            gone += 1
            if not dry:
                files.remove(kept.name)
    for begun in files.list_begun():
        if begun.since < oldest:
            gone += 1
            if not dry:
                files.abandon(begun)
    return gone


def _is_stray(kept: Kept, store: UploadStore) -> bool:
    known = store.find_upload(kept.name.partition(".")[0])
    return known is None or (known.finished_at is not None and kept.name != known.id)


def find_missing(files: FileStore, wanted: Iterable[Upload | Attachment]) -> list[str]:
    """Return the ids of finished files whose bytes are not there or not of the size they should have."""
    return [one.id for one in wanted if one.size is not None and files.measure(one.id) != one.size]
