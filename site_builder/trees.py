"""The site folder and its spare: a build brings the spare up to date, then the two change places.

A reader sees whole sites only, and a build that is killed leaves the last one. No file is ever changed in place, as a
release may share it: a new one takes its name. What is known of a tree is stored under the inode of its folder, and
forgotten before the folder is touched, so that it is never wrong.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import pickle
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from site_builder.forking import share

FOLDERS = 500
"""Folders that one process links at a time."""

Manifest = dict[str, str]
"""Path below the site folder → sha256."""

_EXCHANGE = 2
_CURRENT_FOLDER = -100
_NO_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


class CannotSwitch(OSError):
    """A site folder that cannot be exchanged for another; its text is a sentence for the user."""


@dataclass(frozen=True)
class State:
    """What is known of a tree: its files, and what the builder wants to remember of how they were made."""

    manifest: Manifest = field(default_factory=dict)
    memory: Any = None


class Trees:
    """The two trees of one site folder, with what is kept between builds, in a hidden folder beside it."""

    def __init__(self, site: Path) -> None:
        self.site = site.resolve()
        self.store = self.site.parent / f".{self.site.name}-cache"
        self.spare = self.store / "spare"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder against other builds, which wait."""
        self.store.mkdir(parents=True, exist_ok=True)
        with (self.store / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def clean(self) -> None:
        """Forget everything but the site itself."""
        for path in self.store.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()

    # --- what is kept ------------------------------------------------------------------------

    def load(self, name: str, program: str) -> Any:
        """Return the value that was saved first under a name by the same program, or None."""
        return next(iter(self.load_some(name, program, 1)), None)

    def load_some(self, name: str, program: str, count: int, *, of_any: bool = False) -> list[Any]:
        """Return the first values that were saved under a name by the same program, or `of_any`; or none of them."""
        try:
            with (self.store / name).open("rb") as file:
                if file.read(len(program)) == program.encode() or of_any:
                    return [pickle.load(file) for _ in range(count)]  # noqa: S301 - our own file, as trusted as the program
        except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, IndexError, ValueError):
            pass  # cut off or of another time: it is only a cache
        return []

    def save(self, name: str, program: str, *values: Any) -> None:
        """Save values under a name, all of them or nothing."""
        beside = self.store / f"{name}.new"
        with beside.open("wb") as file:
            file.write(program.encode())
            for value in values:
                pickle.dump(value, file, protocol=5)
        os.replace(beside, self.store / name)

    def list_saved(self, kind: str) -> list[str]:
        """Return the names of a kind under which something is saved."""
        return sorted(path.name for path in self.store.glob(f"{kind}-*") if path.suffix != ".new")

    def forget(self, names: Iterable[str]) -> None:
        """Remove what is saved under names."""
        for name in names:
            (self.store / name).unlink(missing_ok=True)

    def folder(self, name: str, program: str) -> str:
        """Return a folder for what this program alone may keep; that of another program goes."""
        wanted = self.store / f"{name}-{program[:16]}"
        for path in self.store.glob(f"{name}-*"):
            if path != wanted:
                shutil.rmtree(path)
        wanted.mkdir(exist_ok=True)
        return str(wanted)

    def recall(self, folder: Path, program: str) -> State | None:
        """Return what is known of a tree, or None: another program made it, or something else touched it."""
        mark = _mark(folder)
        kept = self.load_some(_name(mark), program, 3) if mark else []
        return State(*kept[1:]) if kept and kept[0] == mark else None

    # --- a build -----------------------------------------------------------------------------

    def open_spare(self, program: str) -> Manifest:
        """Make the spare ready to be changed and return its files; from here on nothing is known of it."""
        mark = _mark(self.spare)
        # how its pages were made is of no use any more, but files are the same whatever program made them
        known = self.load_some(_name(mark), program, 2, of_any=True) if mark else []
        if mark is not None:
            self.forget([_name(mark)])
        if known and known[0] == mark:
            manifest: Manifest = known[1]
            return manifest
        if self.spare.exists():
            shutil.rmtree(self.spare)
        self.spare.mkdir(parents=True)
        return {}

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the spare as a new file; nobody reads the spare, so it may grow under its own name."""
        target = f"{self.spare}/{path}"
        try:
            _create(target, content)
        except FileExistsError:
            _put(target, content)

    def read(self, path: str) -> bytes:
        """Return a file of the site."""
        with open(f"{self.site}/{path}", "rb") as file:
            return file.read()

    def align(self, before: Manifest, after: Manifest, written: set[str]) -> None:
        """Bring the spare from `before` to `after`: what was not `written` into it comes from the site by a hard link."""
        for path in before.keys() - after.keys():
            _remove(self.spare, path)
        for path, digest in after.items():
            if path not in written and before.get(path) != digest:
                _link(f"{self.site}/{path}", f"{self.spare}/{path}")

    def switch(self, program: str, state: State) -> None:
        """Put the spare in the site's place, which becomes the spare."""
        mark = _mark(self.spare)
        if mark is None:
            raise FileNotFoundError(self.spare)
        self._remember(program, mark, state)
        try:
            _exchange(self.spare, self.site)
        except OSError as error:
            message = f"不能替换网站文件夹 {self.site}（{error.strerror}）。请用一个普通的文件夹，不用挂载点。"
            raise CannotSwitch(error.errno, message) from error
        kept = {_name(mark) for mark in (_mark(self.site), _mark(self.spare)) if mark}
        self.forget(name for name in self.list_saved("tree") if name not in kept)

    def _remember(self, program: str, mark: _Mark, state: State) -> None:
        self.save(_name(mark), program, mark, state.manifest, state.memory)

    def double(self, program: str, state: State, jobs: int = 1) -> None:
        """Make the spare from the site where there is none, so that the next build finds it ready; `jobs` processes share it."""
        if self.spare.exists():
            return
        making = self.store / "making"
        if making.exists():
            shutil.rmtree(making)
        copy_links(self.site, making, state.manifest, jobs)
        os.replace(making, self.spare)
        if mark := _mark(self.spare):
            self._remember(program, mark, State(state.manifest))


def digest_of(content: bytes) -> str:
    """Return the sha256 of a file's content."""
    return sha256(content).hexdigest()


def copy_links(source: Path, target: Path, paths: Iterable[str], jobs: int = 1) -> None:
    """Make a new folder that holds the same files, by hard links; `jobs` processes share the work."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    target.mkdir()
    for _ in share(partial(_link_folder, source, target), list(folders.items()), jobs, FOLDERS):
        pass


def _link_folder(source: Path, target: Path, folder: tuple[str, list[str]]) -> None:
    name, paths = folder
    os.makedirs(f"{target}/{name}", exist_ok=True)
    for path in paths:
        os.link(f"{source}/{path}", f"{target}/{path}")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder hold exactly these files; each changes as a whole, and what is the same is not touched."""
    for old in sorted(folder.rglob("*"), reverse=True):
        if old.is_dir() and not old.is_symlink():
            if not any(old.iterdir()):
                old.rmdir()
        elif old.relative_to(folder).as_posix() not in files:
            old.unlink()
    for path, content in files.items():
        target = folder / path
        if not target.is_file() or target.read_bytes() != content:
            _put(str(target), content)


# --- files -------------------------------------------------------------------------------------

_Mark = tuple[int, ...]


def _mark(folder: Path) -> _Mark | None:
    """Return what tells a tree from any other: its folder and its home page, whose times every other writer changes."""
    try:
        stat = folder.stat()
    except OSError:
        return None
    try:
        page = (folder / "index.html").stat()
    except OSError:
        return (stat.st_dev, stat.st_ino)
    return (stat.st_dev, stat.st_ino, page.st_ino, page.st_size, page.st_mtime_ns)


def _name(mark: _Mark) -> str:
    return f"tree-{mark[1]}"


def _create(target: str, content: bytes) -> None:
    """Write a file where none stands; raise FileExistsError. Its folder is made where there is none."""
    try:
        file = open(target, "xb")  # noqa: SIM115 - closed below
    except (FileNotFoundError, NotADirectoryError):
        _make_folder(Path(target).parent)
        file = open(target, "xb")  # noqa: SIM115 - closed below
    with file:
        file.write(content)


def _put(target: str, content: bytes) -> None:
    beside = _beside(target)
    _create(beside, content)
    _rename(beside, target)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        beside = _beside(target)
        os.link(source, beside)
        _rename(beside, target)
        with suppress(FileNotFoundError):  # rename(2) does nothing where both names are one file already
            os.unlink(beside)
    except (FileNotFoundError, NotADirectoryError):
        _make_folder(Path(target).parent)
        os.link(source, target)


def _beside(target: str) -> str:
    """Return a free name in the folder of a file."""
    folder, _, name = target.rpartition("/")
    return f"{folder}/.{name}.{secrets.token_hex(4)}"


def _make_folder(folder: Path) -> None:
    """Make a folder; a file that stands where it or one above it must be goes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        next(one for one in (folder, *folder.parents) if one.is_file()).unlink()
        folder.mkdir(parents=True, exist_ok=True)


def _rename(beside: str, target: str) -> None:
    try:
        os.replace(beside, target)
    except IsADirectoryError:
        shutil.rmtree(target)
        os.replace(beside, target)


def _remove(root: Path, path: str) -> None:
    target = root / path
    with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        target.unlink()
    for parent in target.parents:
        if parent == root:
            return
        try:
            parent.rmdir()
        except OSError:
            return


def _exchange(spare: Path, site: Path) -> None:
    if not site.exists():
        os.rename(spare, site)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(spare), os.fsencode(site)
    rename = getattr(libc, "renameat2", None)
    if rename and rename(_CURRENT_FOLDER, names[0], _CURRENT_FOLDER, names[1], _EXCHANGE) == 0:
        return
    if rename and ctypes.get_errno() not in _NO_EXCHANGE:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    aside = spare.with_name("aside")  # where the system cannot exchange, there is no site for an instant
    os.rename(site, aside)
    os.rename(spare, site)
    os.rename(aside, spare)
