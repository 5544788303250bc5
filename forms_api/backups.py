"""Backups of a data folder, made while the services run: encrypted, proved by reading them again, kept for so many days.

The database is copied first, then the sealed files that the copy names, so that whatever comes later is simply not in it. A
file that a purge took away meanwhile means that the copy is out of date: it is made anew.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from forms_api.archives import Writing, looks_like_archive
from forms_api.config import Folder
from forms_api.model import Attachment, Upload
from forms_api.restoring import (
    DATABASE,
    PLACES,
    SIDES,
    BackupFailed,
    Proof,
    drop_database,
    explained,
    list_named,
    prove,
    reached,
    scratch_store,
    sync_folder,
    tell_place,
)
from forms_api.storage.files import FileStore, FolderFiles
from forms_api.storage.sqlite import copy_database

Copy = Callable[[Path], None]
"""Writes the store as an SQLite file, whole and consistent, without stopping others."""
TRIES = 3
_LATE = ".new", ".lock"
_STAMP = "forms-%Y%m%dT%H%M%SZ.backup"
_AFTER_FAULTS = "以前的备份没有动。请先从以前的备份找回缺的文件，或者查明是谁改过；实在找不回，加上 --despite-faults 把现有的备份下来。"


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: keys in a folder, a store, sealed files."""

    folder: Folder
    copy: Copy
    files: FileStore


class _Gone(Exception):
    """A file that the copied database names is not there, or not as it should be."""


# --- making --------------------------------------------------------------------------------------------


def make_backup(
    folder: Folder,
    target: Path,
    key: bytes,
    now: datetime,
    *,
    copy: Copy | None = None,
    files: FileStore | None = None,
    despite: bool = False,
) -> Proof:
    """Write an archive of a data folder in place of `target`, once reading it again has proved it.

    `copy` writes the store as an SQLite file, by default the folder's own database; `files` are by default the folder's, too.
    What does not fit (a file that is gone, an event that was changed) stops it, unless `despite` asks for what there is.
    Raises BackupFailed, and leaves nothing behind.
    """
    new = target.with_name(f".{target.name}.new")
    source = Source(
        folder, copy or (lambda path: copy_database(folder.database, path)), files or FolderFiles(folder.files)
    )
    with explained(target), _work_place(folder) as place:
        if target.exists() and not looks_like_archive(target):
            raise BackupFailed(f"{target} 已经有了，而且不是备份，没有动它。请换一个文件名。")
        try:
            with open(os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "r+b") as out:
                _write(source, out, place, key, now, despite)
                out.flush()
                os.fsync(out.fileno())
            drop_database(place / DATABASE)  # so that no more than two copies ever need room
            proof = prove(new, key, place / "proof")
            if proof.faults and not despite:
                raise BackupFailed("\n".join(["照现在的样子备份不完整，没有做成：", *proof.faults, _AFTER_FAULTS]))
            new.rename(target)
            sync_folder(target.parent)
        finally:
            new.unlink(missing_ok=True)
    return proof


def _write(source: Source, out: BinaryIO, place: Path, key: bytes, now: datetime, despite: bool) -> None:
    for left in reversed(range(TRIES)):
        out.seek(0)
        out.truncate()
        try:
            _write_once(source, out, place, key, now, lenient=despite and not left)
        except _Gone as gone:
            if not left:
                raise BackupFailed(f"{gone}\n{_AFTER_FAULTS}") from None
        else:
            return


def _write_once(source: Source, out: BinaryIO, place: Path, key: bytes, now: datetime, *, lenient: bool) -> None:
    database, root = place / DATABASE, source.folder.root
    drop_database(database)
    source.copy(database)
    places = {name: tell_place(root / name) for name in PLACES}
    with Writing(out, key) as writing:
        _add(writing, DATABASE, database, places[DATABASE]["mode"])
        with scratch_store(database, place / "scratch.db") as store:
            for one in list_named(store):
                _add_file(writing, source.files, one, lenient)
            last = store.find_last_event()
        for side in SIDES:
            for path in list_side(root / side):
                _add(writing, f"{side}/{path.name}", path, path.stat().st_mode)
        writing.finish(
            {
                "made_at": now.isoformat(timespec="seconds"),
                "program": version("workers-home"),
                "number": last.seq if last else 0,
                "head": last.digest.hex() if last else "",
                "places": places,
            }
        )


def _add(writing: Writing, name: str, path: Path, mode: int) -> None:
    with path.open("rb") as file:
        writing.add(name, file, os.fstat(file.fileno()).st_size, mode & 0o777)


def _add_file(writing: Writing, files: FileStore, one: Upload | Attachment, lenient: bool) -> None:
    """Add a sealed file as the database names it. Raises _Gone; where that is no matter, a file that is not as named stays out."""
    try:
        with reached(files), files.open(one.id) as file:
            if file.size != one.size:
                raise _Gone(f"文件 {one.id} 的大小和登记的不一样。")
            writing.add(f"files/{one.id[:2]}/{one.id}", file, file.size, file.mode)
    except (FileNotFoundError, _Gone) as error:
        if not lenient:
            raise error if isinstance(error, _Gone) else _Gone(f"文件 {one.id} 有登记，但是不在。") from None


def list_side(side: Path) -> list[Path]:
    """Return the files of one side of the data folder: keys as they lie there, but no folder and nothing half written."""
    found = sorted(side.iterdir()) if side.is_dir() else []
    return [path for path in found if path.is_file() and path.suffix not in _LATE and not path.name.startswith(".")]


# --- one at a time -------------------------------------------------------------------------------------


@contextmanager
def _work_place(folder: Folder) -> Iterator[Path]:
    """Lend a folder on the review side to whoever makes the only backup at the time; what a crash left there goes."""
    place = folder.review / ".backup"
    try:
        lock = os.open(folder.lock("backup"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    except OSError as error:
        raise BackupFailed(f"不能在 {folder.root} 里写文件（{error.strerror}）。请检查权限。") from None
    try:
        _take_turn(lock)
        shutil.rmtree(place, ignore_errors=True)
        try:
            place.mkdir(mode=0o700)
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
    finally:
        os.close(lock)


def _take_turn(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BackupFailed("另一个备份正在进行。请等它做完。") from None


# --- a folder of backups -------------------------------------------------------------------------------


def find_target(target: Path, now: datetime) -> Path:
    """Return the file to write: the one named, or one named by the time in the folder named."""
    return target / now.astimezone(UTC).strftime(_STAMP) if target.is_dir() else target


def list_backups(folder: Path) -> list[tuple[datetime, Path]]:
    """Return the backups of a folder that are named by their time, the oldest first."""
    found = []
    for path in folder.glob("forms-*.backup"):
        with suppress(ValueError):
            found.append((datetime.strptime(path.name, _STAMP).replace(tzinfo=UTC), path))
    return sorted(found)


def thin_out(folder: Path, now: datetime, days: int) -> list[Path]:
    """Delete the backups of a folder that are older than so many days, never the newest, and what a crash left; return them."""
    gone = [path for made, path in list_backups(folder)[:-1] if made < now - timedelta(days=days)]
    for path in (*gone, *folder.glob(".forms-*.backup.new")):
        path.unlink(missing_ok=True)
    return gone
