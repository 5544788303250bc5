"""Sealed files, kept under names: the port, and the folder that is behind it by default.

A name is there only with all its bytes, safe on disk. Names are ids of uploads, and ids with a piece's place behind a dot.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self

from forms_api.storage import StoreBroken

_HALF = ".new"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as a list tells it; `token` is the store's own word for one that was begun and never finished."""

    name: str
    size: int
    since: datetime
    token: str = ""


class Body(Protocol):
    """Bytes that arrive as they are asked for."""

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes, fewer only at the end."""

    def close(self) -> None:
        """Let go of them."""


class Opened:
    """A file that is read, in a context: its size, and the mode that it has or would have in a folder."""

    def __init__(self, body: Body, size: int, mode: int) -> None:
        self._body, self.size, self.mode = body, size, mode

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes, fewer only at the end. Raises StoreBroken."""
        with explained():
            return self._body.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._body.close()


class NewFile(Protocol):
    """A file that is being written, in a context: whoever leaves it before `finish` leaves nothing."""

    def write(self, block: bytes) -> None:
        """Take the next bytes. Raises StoreBroken."""

    def finish(self) -> None:
        """Make the bytes safe, then give them their name; what had it before is gone. Raises StoreBroken."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class FileStore(Protocol):
    """Keeps sealed files. All of it raises StoreBroken where it cannot be written or read just now."""

    place: str
    """Where the files are, as a person reads it."""

    def create(self, name: str) -> NewFile:
        """Begin a file."""

    def open(self, name: str) -> Opened:
        """Open a file. Raises FileNotFoundError."""

    def measure(self, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""

    def remove(self, name: str, *, durably: bool = False) -> None:
        """Take a file away if it is there; `durably` waits until it cannot come back."""

    def list_kept(self, prefix: str = "") -> Iterator[Kept]:
        """Yield the files whose names begin so (two characters at least, or none), by name."""

    def list_begun(self) -> Iterator[Kept]:
        """Yield what was begun and not finished yet, or never."""

    def abandon(self, begun: Kept) -> None:
        """Drop what was begun, with all its bytes; it may be gone already."""

    def probe(self) -> None:
        """Raise StoreBroken if files cannot be written, read and removed."""


@contextmanager
def explained() -> Iterator[None]:
    """Say of a disk what is said of any store: it is broken just now. A file that is not there stays one."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreBroken(error.strerror or str(error)) from error


# --- a folder ------------------------------------------------------------------------------------------


class FolderFiles:
    """Sealed files in a folder, spread over others by the first two characters of their names."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder, str(folder)

    def path(self, name: str) -> Path:
        """Return where a file lies."""
        return self.folder / name[:2] / name

    def create(self, name: str) -> NewFolderFile:
        """Begin a file."""
        return NewFolderFile(self.path(name))

    def open(self, name: str) -> Opened:
        """Open a file. Raises FileNotFoundError, StoreBroken."""
        with explained():
            file = self.path(name).open("rb")
            stat = os.fstat(file.fileno())
        return Opened(file, stat.st_size, stat.st_mode & 0o777)

    def measure(self, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""
        with explained(), suppress(FileNotFoundError):
            return self.path(name).stat().st_size
        return None

    def remove(self, name: str, *, durably: bool = False) -> None:
        """Take a file away if it is there."""
        path = self.path(name)
        with explained():
            path.unlink(missing_ok=True)
            if durably and path.parent.is_dir():
                sync_name(path)

    def list_kept(self, prefix: str = "") -> Iterator[Kept]:
        """Yield the files whose names begin so, by name."""
        for path in self._list_paths(prefix):
            if not path.name.startswith("."):
                yield from _describe(path, path.name)

    def list_begun(self) -> Iterator[Kept]:
        """Yield what was begun and not finished yet, or never."""
        for path in self._list_paths(""):
            if path.name.startswith("."):
                yield from _describe(path, path.name.removeprefix("."), path.name)

    def abandon(self, begun: Kept) -> None:
        """Drop what was begun; it may be gone already."""
        with explained():
            (self.folder / begun.name[:2] / begun.token).unlink(missing_ok=True)

    def probe(self) -> None:
        """Raise StoreBroken if the folder cannot be written; one that is not there yet is made with the first file."""
        folder = self.folder if self.folder.exists() else self.folder.parent
        if not (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
            raise StoreBroken(f"no access to {folder}")

    def _list_paths(self, prefix: str) -> list[Path]:
        with explained():
            return sorted(self.folder.glob(f"{prefix[:2]}/{prefix}*" if prefix else "*/*"))


class NewFolderFile:
    """A file that gets its name when it is whole and safe on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_HALF}")  # two may write under one name

    def __enter__(self) -> Self:
        with explained():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._beside.open("wb")
        return self

    def write(self, block: bytes) -> None:
        """Take the next bytes."""
        with explained():
            self._file.write(block)

    def finish(self) -> None:
        """Make the bytes safe, then give them their name, and make that safe, too."""
        with explained():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._beside.rename(self._path)
            sync_name(self._path)

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what was buffered for a full disk is of no use to anybody
            self._file.close()
        with suppress(OSError):
            self._beside.unlink(missing_ok=True)


def sync_name(path: Path) -> None:
    """Make the name of a file safe on disk, and that of its folder, which may be as new."""
    for folder in (path.parent, path.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _describe(path: Path, name: str, token: str = "") -> Iterator[Kept]:
    with suppress(FileNotFoundError), explained():
        stat = path.stat()
        yield Kept(name, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC), token)
