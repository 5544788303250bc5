"""Archives read again: proved byte by byte against their database and its chain of events, and restored whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forms_api.archives import BadArchive, Member, Reading
from forms_api.audit import Chain
from forms_api.config import Folder
from forms_api.model import Attachment, Upload
from forms_api.storage import Store, StoreBroken, StoreTooNew
from forms_api.storage.files import FileStore
from forms_api.storage.sqlite import SqliteStore, find_damage
from forms_api.verifying import list_faults

DATABASE = "cases.db"
SIDES = ("public", "review")
PLACES = ("files", *SIDES, DATABASE)
"""What a data folder consists of; the database last, as without it a folder is none."""
Keep = Callable[[Member], None]
"""Takes a member of an archive and keeps it somewhere."""
CASES_AT_ONCE = 500
FAULTS_SHOWN = 20
BLOCK = 1024 * 1024
_END = datetime(9999, 1, 1, tzinfo=UTC)


class BackupFailed(Exception):
    """No backup was made, or none was restored; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What an archive was found to hold: digest of the file, end of the chain, counts; what of it does not fit."""

    digest: str
    number: int
    head: str
    cases: int
    entries: int
    files: int
    made_at: str
    faults: tuple[str, ...] = ()
    places: dict[str, Any] = field(default_factory=dict, repr=False)
    """Part of the folder → its mode and whose it was (user:group)."""


# --- proving -------------------------------------------------------------------------------------------


def prove(path: Path, key: bytes, place: Path, keep: Keep | None = None) -> Proof:
    """Read an archive whole: every byte against its digest, every file against the database, the database against its chain.

    Its database is written into the folder `place`, which must not be there yet; `keep` takes all else that it holds.
    Raises BackupFailed where it is not whole; what does not fit inside it is told in the proof.
    """
    place.mkdir(mode=0o700)
    faults: list[str] = []
    with explained(path), path.open("rb") as file:
        try:
            reading = Reading(file, key)
            members = reading.members()
            _put(next(members, None), place)
            with scratch_store(place / DATABASE, place / ".scratch.db") as store:
                seen = _read_files(members, store, keep, faults)
                told = reading.finish()
                chain, named = Chain(), sum(1 for _ in list_named(store))
                if seen < named:
                    faults.append(f"数据库登记了 {named} 个文件，备份里好的只有 {seen} 个。")
                faults += [f"{one.where}：{one.words}" for one in list_faults(store, str(told["head"]), chain)]
                faults += [f"数据库文件：{damage}" for damage in [find_damage(place / ".scratch.db")] if damage]
                cases = sum(trail.purged is None for trail in chain.trails.values())
        except BadArchive as error:
            raise BackupFailed(str(error)) from None
    return Proof(
        reading.digest, chain.length, chain.end.hex(), cases, len(chain.entries), seen, told["made_at"],
        tuple(faults[:FAULTS_SHOWN]), told["places"],
    )  # fmt: skip


def _read_files(members: Iterator[Member], store: Store, keep: Keep | None, faults: list[str]) -> int:
    """Read all members after the database and return how many are files as the database names them."""
    seen = 0
    for member in members:
        if keep:
            keep(member)
        else:
            for _ in member.blocks():
                pass
        side, _, name = member.name.partition("/")
        if side == "files":
            upload = store.find_upload(Path(name).name)
            if upload and (upload.size, upload.digest) == (member.size, member.digest):
                seen += 1
            else:
                faults.append(f"文件 {Path(name).name} 的内容和登记的摘要不一样。")
    return seen


def _put(member: Member | None, place: Path) -> None:
    """Write a member durably. Raises BadArchive where the first is no database."""
    if member is None or (not (place / DATABASE).exists()) != (member.name == DATABASE):
        raise BadArchive("这份备份里没有数据库。请改用另一份备份。")
    path = place / member.name
    for folder in reversed(path.relative_to(place).parents):
        (place / folder).mkdir(mode=0o700, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, member.mode), "wb") as file:
        for block in member.blocks():
            file.write(block)
        file.flush()
        os.fchmod(file.fileno(), member.mode)
        os.fsync(file.fileno())


def list_named(store: Store) -> Iterator[Upload | Attachment]:
    """Yield every file that a database says is there, sealed and whole: those of cases, those that still wait for one."""
    after = ""
    while cases := store.list_cases(after=after, limit=CASES_AT_ONCE):
        after = cases[-1].id
        for case in cases:
            yield from store.list_files(case.id)
    for upload in store.list_stale_uploads(_END):
        if upload.finished_at:
            yield upload


def list_unfinished(store: Store) -> Iterator[Upload]:
    """Yield the uploads of which only parts have arrived."""
    for upload in store.list_stale_uploads(_END):
        if not upload.finished_at:
            yield upload


# --- restoring -----------------------------------------------------------------------------------------


def restore_backup(path: Path, folder: Folder, key: bytes, files: FileStore | None = None) -> Proof:
    """Restore an archive into a folder that is new or empty. Raises BackupFailed, and leaves nothing behind.

    Sealed files go into `files`, by default into the folder, too; one that is there already must be the same.
    The database comes last, so that a restore that was cut off is never taken for a whole one.
    """
    place, made, sent = folder.root / ".restoring", not folder.root.exists(), list[str]()

    def keep(member: Member) -> None:
        if files and member.name.startswith("files/"):
            _send(member, files, sent)
        else:
            _put(member, place)

    with explained(folder.root):
        if not made and any(entry.name != place.name for entry in folder.root.iterdir()):
            raise BackupFailed(f"{folder.root} 里已经有东西。请给一个新的或者空的文件夹，恢复不会覆盖任何数据。")
        folder.root.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        try:
            proof = prove(path, key, place, keep)
            _take_over(place, folder, proof)
        except BaseException:
            if files:
                _take_back(files, sent)
            shutil.rmtree(place, ignore_errors=True)
            if made:
                shutil.rmtree(folder.root, ignore_errors=True)
            raise
    return proof


def _send(member: Member, files: FileStore, sent: list[str]) -> None:
    """Put a sealed file among others, unless it is there. Raises BackupFailed where another of its name is."""
    name = Path(member.name).name
    with reached(files):
        found = digest_file(files, name)
        if found is None:
            with files.create(name) as file:
                for block in member.blocks():
                    file.write(block)
                file.finish()
            sent.append(name)
            return
    for _ in member.blocks():
        pass
    if found != (member.size, member.digest):
        raise BackupFailed(
            f"{files.place} 里已经有文件 {name}，内容和备份里的不一样，没有动它。请把 FORMS_FILES 改成一个空的目录，再恢复。"
        )


def _take_back(files: FileStore, sent: list[str]) -> None:
    with suppress(StoreBroken):
        for name in sent:
            files.remove(name)


def digest_file(files: FileStore, name: str) -> tuple[int, str] | None:
    """Return the size and the SHA-256 (hex) of a sealed file; None where there is none. Raises StoreBroken."""
    digest, size = hashlib.sha256(), 0
    try:
        with files.open(name) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
    except FileNotFoundError:
        return None
    return size, digest.hexdigest()


def _take_over(place: Path, folder: Folder, proof: Proof) -> None:
    """Give what was restored its modes, its owners where root does it and they exist, and its names."""
    for name in PLACES:
        part, told = place / name, proof.places[name]
        if name != DATABASE:
            part.mkdir(exist_ok=True)
        with suppress(LookupError):
            _give(part, *told["owner"].split(":", 1))
        for path in (part, *part.rglob("*")):
            if path.is_dir():
                path.chmod(0o700 if name == "review" else told["mode"])
                sync_folder(path)
        part.rename(folder.root / name)
    place.rmdir()
    sync_folder(folder.root)
    sync_folder(folder.root.parent)


def _give(part: Path, user: str, group: str = "") -> None:
    if os.geteuid() == 0 and user and group:
        for path in (part, *part.rglob("*")):
            shutil.chown(path, user, group)


def list_owner_hints(folder: Folder, proof: Proof) -> list[str]:
    """Return the commands by which root gives things to the users who had them, where they are not theirs now."""
    owners = {name: proof.places[name]["owner"] for name in PLACES}
    return [
        f"chown -R {owner} {folder.root / name}"
        for name, owner in owners.items()
        if owner and tell_place(folder.root / name)["owner"] != owner
    ]


# --- parts ---------------------------------------------------------------------------------------------


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the disk or the database says into a sentence."""
    try:
        yield
    except StoreTooNew:
        raise BackupFailed("这份数据是更新的版本建的，现在这个版本不能用。请先升级程序。") from None
    except StoreBroken as error:
        raise BackupFailed(f"数据库打不开（{error}）。请检查文件夹、权限和磁盘空间。") from None
    except OSError as error:
        name = error.filename or path
        raise BackupFailed(f"{name} 读写不了（{error.strerror or error}）。请检查路径、权限和磁盘空间。") from None


@contextmanager
def reached(files: FileStore) -> Iterator[None]:
    """Say where sealed files were to be read or written when they cannot be. Raises BackupFailed."""
    try:
        yield
    except StoreBroken as error:
        raise BackupFailed(f"{files.place} 里的文件读写不了（{error}）。请检查地址、权限和网络，再运行一次。") from None


@contextmanager
def scratch_store(database: Path, scratch: Path) -> Iterator[SqliteStore]:
    """Lend a store on a throw-away copy, so that the tables of an earlier version can be read and stay as they are."""
    drop_database(scratch)
    shutil.copyfile(database, scratch)
    try:
        with closing(SqliteStore(scratch, renew=True)) as store:
            yield store
    finally:
        drop_database(scratch)


def drop_database(path: Path) -> None:
    for one in (path, *path.parent.glob(f"{path.name}-*"), path.with_suffix(".lock")):
        one.unlink(missing_ok=True)


def tell_place(path: Path) -> dict[str, Any]:
    """Return the mode of a part of the data folder and whose it is; a database that a server keeps has none here."""
    if not path.exists():
        return {"mode": 0o660, "owner": ""}
    try:
        owner = f"{path.owner()}:{path.group()}"
    except KeyError:  # a number without a name
        owner = ""
    return {"mode": path.stat().st_mode & 0o7777, "owner": owner}


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
