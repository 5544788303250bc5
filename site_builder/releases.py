"""Finished sites as releases: whole folders beside each other, one of which a symlink `current` points to.

    releases/<UTC time>-<commit>/   site/  (and what a build writes beside it)  release.json  manifest.json
    current -> releases/<UTC time>-<commit>

A release is made under a temporary name and takes its own only when every file was compared with the manifest and is on
the disk; the switch is one rename. So a reader, and whoever starts after a crash, finds whole releases only.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
DESCRIPTION = "release.json"
SITE = "site"
_UNFINISHED, _RETIRED, _SPARE = ".new-", ".old-", ".spare"
_ONE_BY_ONE = 200
"""Up to so many new files are flushed to the disk one by one; for more, one sync of everything is quicker."""


class Damaged(Exception):
    """A copy whose files are not those of its manifest; carries their paths."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(f"复制后的文件与清单不符：{'、'.join(paths[:5])}{'等' if len(paths) > 5 else ''}。")
        self.paths = paths


@dataclass(frozen=True, slots=True)
class Release:
    """One release: its folder's name, the whole commit, when and for which moment it was built (ISO 8601), and why."""

    name: str
    commit: str
    built: str
    moment: str
    reason: str
    cleared: bool = False
    """Its pages were deleted, because something in them was withdrawn later; its commit can still be built."""
    cut: bool = False
    """Something was taken out of it where it stands, and it has not been built anew since."""


def name_release(now: datetime, commit: str) -> str:
    """Return <UTC time>-<commit>."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{commit[:12]}"


class Shelf:
    """The releases of one site below `home`, and the switch between them."""

    def __init__(self, home: Path) -> None:
        """Take the folder that holds, or will hold, `releases/` and `current`."""
        self.home = home
        self.folder = home / "releases"

    # --- what there is ---

    def releases(self) -> list[Release]:
        """Return all whole releases, the newest first."""
        names = (path.name for path in self.folder.glob("[!.]*") if (path / DESCRIPTION).is_file())
        return [self._describe(name) for name in sorted(names, reverse=True)]

    def live(self) -> Release | None:
        """Return the release that readers see, or None."""
        try:
            name = Path(os.readlink(self.home / "current")).name
        except OSError:
            return None
        return self._describe(name) if (self.folder / name / DESCRIPTION).is_file() else None

    def _describe(self, name: str) -> Release:
        return Release(**{**_read_json(self.folder / name / DESCRIPTION), "name": name})

    def manifest(self, name: str) -> dict[str, str]:
        """Return path → sha256 of every public file of a release."""
        found: dict[str, str] = _read_json(self.folder / name / MANIFEST)
        return found

    # --- making and switching ---

    def add(self, release: Release, built: Path, sums: Mapping[str, str] | None = None) -> Release:
        """Make a release of the folder `built` (site/, forms-bundle/ …) and return it with its final name.

        `sums` is path → sha256 of the site's files if the builder knows them. Files are hard links: a builder never writes
        into a finished file. A file that the live release shares needs no second look; all others are read back.
        Raises Damaged, OSError.
        """
        sums = sums or {path: _sum(built / SITE / path) for path, _ in _list_files(built / SITE)}
        self.folder.mkdir(parents=True, exist_ok=True)
        working = self.folder / f"{_UNFINISHED}{secrets.token_hex(6)}"
        try:
            self._take_spare(working)
            _link_files(built / SITE, working / SITE, sums)
            for beside in built.iterdir():
                if beside.is_dir() and beside.name != SITE and beside.name[0] != ".":
                    shutil.copytree(beside, working / beside.name)
            self._verify(working / SITE, sums)
            name = self._free_name(release.name)
            _write_json(working / MANIFEST, dict(sorted(sums.items())))
            described = Release(**{**asdict(release), "name": name})
            _write_json(working / DESCRIPTION, asdict(described))
            _flush_folder(working)
            working.rename(self.folder / name)
        finally:
            shutil.rmtree(working, ignore_errors=True)
        _flush_folder(self.folder)
        return described

    def _take_spare(self, working: Path) -> None:
        """Begin with the pages of the release that was pruned last: all but a few of them are those of the new one."""
        with suppress(OSError):
            (self.folder / _SPARE).rename(working)
            for part in working.iterdir():
                if part.name != SITE:
                    shutil.rmtree(part) if part.is_dir() else part.unlink()
        working.mkdir(exist_ok=True)

    def _free_name(self, name: str) -> str:
        found, number = name, 2
        while (self.folder / found).exists():
            found, number = f"{name}-{number}", number + 1
        return found

    def _verify(self, copy: Path, sums: Mapping[str, str]) -> None:
        """Compare every file with the manifest, and flush to the disk what the live release does not hold already."""
        live = self.live()
        known = self.manifest(live.name) if live and not live.cleared else {}
        shared = dict(_list_files(self.folder / live.name / SITE)) if live and known else {}
        found = dict(_list_files(copy))
        new = [
            path for path, digest in sums.items() if known.get(path) != digest or shared.get(path) != found.get(path)
        ]
        wrong = [path for path in new if path in found and _sum(copy / path) != sums[path]]
        wrong += sorted(found.keys() ^ sums.keys())
        if wrong:
            raise Damaged(wrong)
        if len(new) > _ONE_BY_ONE:
            os.sync()
            return
        for path in new:
            _flush(copy / path)
        for folder in {(copy / path).parent for path in new}:
            _flush_folder(folder)

    def switch(self, name: str) -> None:
        """Show a release to the readers, in one step."""
        beside = self.home / f".current-{secrets.token_hex(6)}"
        try:
            beside.symlink_to(Path("releases") / name)
            os.replace(beside, self.home / "current")
        finally:
            beside.unlink(missing_ok=True)
        _flush_folder(self.home)

    # --- keeping house ---

    def sweep(self) -> None:
        """Remove what an interrupted run left behind; only whoever holds the lock may do so."""
        for pattern in (f"{_UNFINISHED}*", f"{_RETIRED}*"):
            for path in self.folder.glob(pattern):
                shutil.rmtree(path, ignore_errors=True)
        for path in self.home.glob(".current-*"):
            path.unlink(missing_ok=True)

    def prune(self, keep: int) -> None:
        """Keep the newest release of each of the last `keep` commits, the live one, and the one before it for its readers."""
        releases, live = self.releases(), self.live()
        commits = list(dict.fromkeys(release.commit for release in releases))[:keep]
        newest = {commit: next(one.name for one in releases if one.commit == commit) for commit in commits}
        kept = {*newest.values(), *(one.name for one in releases[:2]), *((live.name,) if live else ())}
        for release in releases:
            if release.name not in kept:
                self._remove(release.name)

    def _remove(self, name: str) -> None:
        retired = self.folder / f"{_RETIRED}{name}"
        (self.folder / name).rename(retired)
        if (self.folder / _SPARE).exists():
            shutil.rmtree(retired, ignore_errors=True)
        else:
            retired.rename(self.folder / _SPARE)

    def clear_others(self, name: str) -> list[str]:
        """Delete the pages of every release but `name`, which keep their descriptions; return the names of those cleared."""
        cleared = []
        shutil.rmtree(self.folder / _SPARE, ignore_errors=True)
        for release in self.releases():
            if release.name == name or release.cleared:
                continue
            folder = self.folder / release.name
            _write_json(folder / DESCRIPTION, {**asdict(release), "cleared": True})
            for part in [path for path in folder.iterdir() if path.is_dir()]:
                shutil.rmtree(part, ignore_errors=True)
            _write_json(folder / MANIFEST, {})
            cleared.append(release.name)
        return cleared

    def cut(self, release: Release, out: Iterable[str], put: Mapping[str, bytes]) -> None:
        """Remove files of a release, then write others, without a build; what is out is out even if the disk is full."""
        folder, gone = self.folder / release.name, set(out)
        for path in gone:
            (folder / SITE / path).unlink(missing_ok=True)
        sums = {path: digest for path, digest in self.manifest(release.name).items() if path not in gone}
        _write_json(folder / DESCRIPTION, {**asdict(release), "cut": True})
        for path, content in put.items():
            (folder / SITE / path).parent.mkdir(parents=True, exist_ok=True)
            _write_bytes(folder / SITE / path, content)
            sums[path] = hashlib.sha256(content).hexdigest()
        _write_json(folder / MANIFEST, dict(sorted(sums.items())))

    def compare(self, name: str) -> list[str]:
        """Return the files of a release that are missing, strange or not those of its manifest; every byte is read."""
        sums, site = self.manifest(name), self.folder / name / SITE
        found = {path for path, _ in _list_files(site)} if site.is_dir() else set()
        wrong = [path for path in found & set(sums) if _sum(site / path) != sums[path]]
        return sorted([*wrong, *(found ^ set(sums))])


# --- files ----------------------------------------------------------------------------------------


def _list_files(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield path and inode of every file; two names of one inode are one file, and nothing has to be asked of either."""
    stack = [""]
    while stack:
        prefix = stack.pop()
        with os.scandir(f"{folder}/{prefix}") as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    stack.append(f"{path}/")
                else:
                    yield path, entry.inode()


def _link_files(source: Path, target: Path, paths: Mapping[str, str]) -> None:
    """Make `target` hold links to the files of `source`, and nothing else; what is there already stays."""
    target.mkdir(exist_ok=True)
    own, there = dict(_list_files(source)), dict(_list_files(target))
    for path in [path for path, inode in there.items() if own.get(path) != inode or path not in paths]:
        os.unlink(f"{target}/{path}")
        _drop_empty(target, path)
        del there[path]
    new = [path for path in paths if path not in there]
    _make_folders(target, new)
    for path in new:
        _link(f"{source}/{path}", f"{target}/{path}")


def _make_folders(target: Path, paths: Iterable[str]) -> None:
    """Make the folders of some files below `target`, each with one call: most of a site's files have one of their own."""
    folders = {path.rpartition("/")[0] for path in paths}
    for folder in list(folders):
        while folder := folder.rpartition("/")[0]:
            folders.add(folder)
    for folder in sorted(folders - {""}):
        with suppress(FileExistsError):
            os.mkdir(f"{target}/{folder}")


def _drop_empty(top: Path, path: str) -> None:
    """Remove the folders that a file left empty."""
    while path := path.rpartition("/")[0]:
        try:
            os.rmdir(f"{top}/{path}")
        except OSError:
            return


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except PermissionError:  # a file system without hard links
        shutil.copyfile(source, target)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write_json(path: Path, data: Any) -> None:
    _write_bytes(path, json.dumps(data, ensure_ascii=False, indent=0).encode())


def _write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that a crash leaves the old one."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_flush_folder = _flush
