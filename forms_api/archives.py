"""A backup as one encrypted file: what it looks like, how it is written and read as a stream.

A line that names the format, eight bytes that name the key, 32 random bytes; then a sealed stream (see `crypto.FileSealer`)
under a key derived from the backup key and all that stands before it. Inside is a tar archive whose last member, a manifest,
tells a digest of all the others. Whoever cuts, changes, swaps or lengthens a byte is found out at the latest at the end: until
`Reading.finish` returned, nothing that was read may be trusted as whole.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import re
import secrets
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol, Self

from forms_api.crypto import CHUNK, FileSealer
from forms_api.opening import CannotOpen, open_stream

MAGIC = b"workers-home backup 1\n"
FAMILY = b"workers-home backup "
KEY_BYTES = 32
NAME_BYTES = 8
SALT_BYTES = 32
HEAD_BYTES = len(MAGIC) + NAME_BYTES + SALT_BYTES
MANIFEST = "manifest.json"
MOST_MANIFEST = 1024 * 1024
_NAMES = re.compile(r"cases\.db|manifest\.json|(public|review)/[^/.\0][^/\0]*|files/[^/.\0]{2}/[^/.\0]+")
"""What may stand in an archive: whatever else a key's holder put in is refused."""


class BadArchive(Exception):
    """A file that is no backup, not a whole one, or one of another key; the sentence says which."""


class BadKey(Exception):
    """The file of a backup key cannot be used; the sentence says why and what to do."""


class Source(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""


# --- the key -------------------------------------------------------------------------------------------


def write_key(path: Path) -> bytes:
    """Make a backup key and write it into a new file that nobody else reads. Raises OSError."""
    key = secrets.token_bytes(KEY_BYTES)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> bytes:
    """Return the backup key that stands in a file. Raises BadKey."""
    try:
        if path.stat().st_mode & 0o077:
            raise BadKey(f"备份密钥 {path} 别的用户也能读。请运行 chmod go= {path}。")
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise BadKey(f"备份密钥 {path} 读不出来（{error.strerror}）。请检查路径和权限。") from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(f"{path} 不是备份密钥，或者已经损坏。请用 forms-api backup-key new 做的那个文件。")
    return key


def name_key(key: bytes) -> str:
    """Return the name of a backup key as people compare it: 16 hex digits in groups of four. It tells nothing of the key."""
    digest = hashlib.blake2b(key, digest_size=NAME_BYTES, person=b"backup key").hexdigest()
    return "-".join(digest[start : start + 4] for start in range(0, 16, 4))


def _name(key: bytes) -> bytes:
    return bytes.fromhex(name_key(key).replace("-", ""))


def _derive(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, head, "sha256")


def looks_like_archive(path: Path) -> bool:
    """Tell whether a file begins as a backup of some version and key does."""
    with path.open("rb") as file:
        return file.read(len(FAMILY)) == FAMILY


# --- members -------------------------------------------------------------------------------------------


@dataclass
class _Sum:
    """What the manifest tells of all members before it: how many, and a digest over name, size, mode and digest of each."""

    count: int = 0
    running: Any = field(default_factory=hashlib.sha256)

    def add(self, name: str, size: int, mode: int, digest: str) -> None:
        self.count += 1
        self.running.update(f"{name}\0{size}\0{mode}\0{digest}\n".encode())

    def tell(self) -> dict[str, Any]:
        return {"members": self.count, "digest": self.running.hexdigest()}


class _Hashed(io.RawIOBase):
    """Counts and digests what is read through it."""

    def __init__(self, source: Source) -> None:
        self._source, self.digest, self.size = source, hashlib.sha256(), 0

    def read(self, size: int = -1, /) -> bytes:
        block = self._source.read(size if size >= 0 else CHUNK)
        self.digest.update(block)
        self.size += len(block)
        return block


class Writing:
    """An archive that is written, member by member, in a context; `finish` makes it whole."""

    def __init__(self, out: BinaryIO, key: bytes) -> None:
        """Begin an archive in an open, empty file."""
        head = MAGIC + _name(key) + secrets.token_bytes(SALT_BYTES)
        out.write(head)
        self._sink = _Sink(out, FileSealer(_derive(key, head)))
        self._tar = tarfile.open(fileobj=self._sink, mode="w|", bufsize=CHUNK, format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by `finish`
        self._sum = _Sum()

    def add(self, name: str, source: Source, size: int, mode: int) -> str:
        """Add a member of exactly so many bytes and return its SHA-256. Raises OSError where there are fewer."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, mode
        hashed = _Hashed(source)
        self._tar.addfile(member, hashed)
        self._tar.members.clear()  # type: ignore[attr-defined]  # typeshed hides it; or every member stays in memory
        digest: str = hashed.digest.hexdigest()
        self._sum.add(name, size, mode, digest)
        return digest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sink.end()  # a tar stream that is given up writes its end when it is collected

    def finish(self, told: dict[str, Any]) -> None:
        """Add the manifest with what is told of the whole, and end the archive."""
        text = json.dumps(told | self._sum.tell(), ensure_ascii=False).encode()
        self.add(MANIFEST, io.BytesIO(text), len(text), 0o600)
        self._tar.close()
        self._sink.finish()


class _Sink(io.RawIOBase):
    """Seals what is written; after its end it takes no notice."""

    def __init__(self, out: BinaryIO, sealer: FileSealer) -> None:
        self._out, self._sealer, self._ended = out, sealer, False

    def write(self, block: Any, /) -> int:
        if not self._ended:
            self._out.write(self._sealer.push(block))
        return len(block)

    def finish(self) -> None:
        self._out.write(self._sealer.finish())
        self.end()

    def end(self) -> None:
        self._ended = True


class Member:
    """One file of an archive, to be read once and at once."""

    def __init__(self, name: str, size: int, mode: int, source: Source) -> None:
        self.name, self.size, self.mode = name, size, mode
        self._source = _Hashed(source)

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of what was read of it so far."""
        return self._source.digest.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """Yield what has not been read yet. Raises BadArchive."""
        try:
            while block := self._source.read(CHUNK):
                yield block
        except (CannotOpen, tarfile.TarError):
            raise BadArchive(_DAMAGED) from None


class Reading:
    """An archive that is read, member by member, then `finish`. All of it raises BadArchive."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        """Take an open file and look at its head."""
        head = file.read(HEAD_BYTES)
        _check_head(head, key)
        self._raw = hashlib.sha256(head)
        self._plain = _Plain(open_stream(self._read_raw(file), _derive(key, head)))
        self._sum = _Sum()
        self._told: dict[str, Any] | None = None

    def members(self) -> Iterator[Member]:
        """Yield the members but for the manifest; each must be read before the next."""
        try:
            with tarfile.open(fileobj=self._plain, mode="r|", bufsize=CHUNK) as tar:
                while (found := tar.next()) is not None:
                    tar.members.clear()  # type: ignore[attr-defined]  # as in `Writing.add`
                    member = self._check_member(tar, found)
                    if member.name == MANIFEST:
                        self._told = json.loads(b"".join(member.blocks()))
                        continue
                    yield member
                    for _ in member.blocks():
                        pass
                    self._sum.add(member.name, member.size, member.mode, member.digest)
        except (CannotOpen, tarfile.TarError, ValueError):
            raise BadArchive(_DAMAGED) from None

    def finish(self) -> dict[str, Any]:
        """Return the manifest once all was read and fits it."""
        try:
            while self._plain.read(CHUNK):
                pass  # filling after the tar's end, and the proof that the stream ends here
        except CannotOpen:
            raise BadArchive(_DAMAGED) from None
        told, found = self._told, self._sum.tell()
        if told is None or {name: told.get(name) for name in found} != found:
            raise BadArchive(_DAMAGED)
        return told

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of the file as it lies on the disk, once `finish` returned."""
        return self._raw.hexdigest()

    def _check_member(self, tar: tarfile.TarFile, found: tarfile.TarInfo) -> Member:
        source = tar.extractfile(found) if found.isreg() and _NAMES.fullmatch(found.name) else None
        if source is None or self._told is not None or (found.name == MANIFEST and found.size > MOST_MANIFEST):
            raise BadArchive(_DAMAGED)
        return Member(found.name, found.size, found.mode & 0o777, source)

    def _read_raw(self, file: BinaryIO) -> Iterator[bytes]:
        while block := file.read(1024 * 1024):
            self._raw.update(block)
            yield block


class _Plain(io.RawIOBase):
    """Bytes of a stream of blocks, as a file that is read in pieces of any size."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._waiting = blocks, b""

    def read(self, size: int = -1, /) -> bytes:
        while not self._waiting:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._waiting = block
        end = size if size >= 0 else len(self._waiting)
        piece, self._waiting = self._waiting[:end], self._waiting[end:]
        return piece


_DAMAGED = "这份备份不完整，或者被改动过。请改用另一份备份。"


def _check_head(head: bytes, key: bytes) -> None:
    if not head.startswith(FAMILY):
        raise BadArchive("这个文件不是本程序做的备份。请检查路径。")
    if not head.startswith(MAGIC):
        raise BadArchive("这份备份的格式本程序不认识，应该是更新的版本做的。请先升级程序。")
    if len(head) < HEAD_BYTES:
        raise BadArchive(_DAMAGED)
    if not hmac.compare_digest(head[len(MAGIC) :][:NAME_BYTES], _name(key)):
        raise BadArchive(
            f"这份备份是用另一把备份密钥做的，现在这把是 {name_key(key)}。请用 --key-file 指出当时那把密钥的文件。"
        )
