"""Look into a data folder after a trial: what was acknowledged and is not there, what is there twice, what is half there."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.applicants import MARKED_FIELD, Application
from forms_api.attachments import Shelf, sweep_files
from forms_api.config import Folder
from forms_api.crypto import Sealer
from forms_api.definitions import CHINA
from forms_api.model import Case
from forms_api.opening import CannotOpen, Opener, open_stream
from forms_api.storage.files import FileStore, FolderFiles
from forms_api.storage.sqlite import SqliteStore

BLOCK = 64 * 1024


@dataclass
class Losses:
    """What a trial cost; every figure must be 0.

    `lost` counts applications that were acknowledged, or whose file was, `changed` those that got another receipt on a retry.
    """

    lost: int = 0
    changed: int = 0
    twice: int = 0
    half: int = 0
    without_file: int = 0
    stray_files: int = 0
    damaged: int = 0

    def __add__(self, other: Losses) -> Losses:
        return Losses(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        return ", ".join(f"{one.name} {getattr(self, one.name)}" for one in fields(self))


def find_losses(folder: Folder, opener: Opener, sent: Iterable[Application], files: FileStore | None = None) -> Losses:
    """Open every case and every file of a folder and compare them with what was sent and acknowledged.

    Files are the folder's unless others are given. Sweeps them as they will be in three days; what then remains beside the
    files of cases is stray.
    """
    told, losses, files = {one.mark: one for one in sent}, Losses(), files or FolderFiles(folder.files)
    store = SqliteStore(folder.database)
    try:
        checks = [row[0] for row in store._engine.all("pragma integrity_check")]
        losses.damaged += checks != ["ok"]
        losses.half += _count_unmatched(store)
        kept: dict[str, str] = {}
        marks: Counter[str] = Counter()
        for case in _list_cases(store):
            content = _open_case(store, opener, case)
            if content is None:
                losses.half += 1
                continue
            mark = content["answers"][MARKED_FIELD]
            marks[mark] += 1
            kept[mark] = case.reference
            if not _has_files(store, files, opener, case, content["files"], told.get(mark)):
                losses.without_file += 1
        losses.twice = sum(number - 1 for number in marks.values())
        losses.lost = sum(1 for one in told.values() if one.reference and kept.get(one.mark) != one.reference)
        losses.stray_files = _count_stray(store, folder, files)
    finally:
        store.close()
    return losses


def _list_cases(store: SqliteStore) -> Iterator[Case]:
    after = ""
    while found := store.list_cases(after=after, limit=500):
        yield from found
        after = found[-1].id


def _count_unmatched(store: SqliteStore) -> int:
    """Return how many rows stand without the others of their case, and events that are not linked to the one before."""
    unmatched = 0
    for table in ("parts", "submissions", "outbox", "event"):
        wanted = "and kind = 'submitted'" if table == "event" else ""
        (alone,) = store._engine.all(
            f"select (select count(*) from {table} where case_id is not null {wanted} and case_id not in (select id from cases)) "  # noqa: S608 - our words
            f"+ (select count(*) from cases where (select count(*) from {table} where case_id = cases.id {wanted}) != 1)"
        )
        unmatched += alone[0]
    events = list(store.list_events())
    return unmatched + sum(1 for one, after in pairwise(events) if after.previous != one.digest)


def _open_case(store: SqliteStore, opener: Opener, case: Case) -> dict[str, Any] | None:
    try:
        (part,) = store.read_sealed(case.id)
        content: dict[str, Any] = json.loads(opener.open(part.sealed, f"case:{case.id}"))
    except (CannotOpen, ValueError):
        return None
    return content


def _has_files(
    store: SqliteStore, files: FileStore, opener: Opener, case: Case, named: object, sent: Application | None
) -> bool:
    """Tell whether a case has the files that it names, each as it was sent."""
    known = {file.id: file for file in store.list_files(case.id)}
    names = [one["id"] for one in named] if isinstance(named, list) else []
    if sorted(known) != sorted(names) or (sent and bool(sent.file) != bool(names)):
        return False
    for file in known.values():
        try:
            with files.open(file.id) as opened:
                sealed = opened.read()
        except FileNotFoundError:
            return False
        if (len(sealed), hashlib.sha256(sealed).hexdigest()) != (file.size, file.digest):
            return False
        try:
            secret = opener.open_file_key(file.sealed, file.id)
            plain = b"".join(open_stream([sealed], secret.key))
        except CannotOpen:
            return False
        if sent and plain != sent.file:
            return False
    return True


def _count_stray(store: SqliteStore, folder: Folder, files: FileStore) -> int:
    later = datetime.now(CHINA) + timedelta(days=3)
    public = json.loads(folder.public_key.read_text("utf-8"))["public"]
    shelf = Shelf(files, store, Sealer(bytes.fromhex(public)), lambda: later, str, Path())
    sweep_files(shelf)
    names = {one.name for one in (*files.list_kept(), *files.list_begun())}
    owned = {row["id"] for row in store._engine.all("select id from uploads where case_id is not null")}
    return len(names - owned)
