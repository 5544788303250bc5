"""What is on its way and not yet handed in, parts of uploads and drafts: kept under a key that only the sender holds.

A broken connection must not cost a worker the part that has arrived, and no plain byte may touch the disk. So each device
gets a secret for its upload; the id and the key of the parts are derived from it, and the server forgets it between calls.
A part is a run of blocks: four bytes of length and an XChaCha20-Poly1305 box, bound to the upload and its place in it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Self

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.secret import Aead
from nacl.utils import random

from forms_api.crypto import LENGTH_BYTES, padded_size

BLOCK = 64 * 1024
SECRET_BYTES = 32
_LENGTH_BYTES = 4
_MOST = BLOCK + Aead.NONCE_SIZE + Aead.MACBYTES


class PartDamaged(Exception):
    """A part was changed, cut short, or belongs to another upload or place."""


@dataclass(frozen=True, slots=True)
class TransitKey:
    """The id of an upload, and the key of its parts; made from the secret of the device."""

    upload_id: str
    key: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes) -> Self:
        """Return what belongs to a secret of 32 bytes. Raises ValueError for any other length."""
        if len(secret) != SECRET_BYTES:
            raise ValueError("the secret of an upload has 32 bytes")
        identity = hashlib.blake2b(secret, digest_size=16, person=b"upload id").hexdigest()
        return cls(identity, hashlib.blake2b(secret, digest_size=32, person=b"upload key").digest())

    def seal(self, block: bytes, offset: int) -> bytes:
        """Return a block (at most BLOCK bytes) that stands at a place of the upload, as its part holds it."""
        # by the binding: Aead.encrypt copies what it made several times over, which doubles the time
        nonce = random(Aead.NONCE_SIZE)
        box = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(block, self._place(offset), nonce, self.key)
        return b"".join(((len(nonce) + len(box)).to_bytes(_LENGTH_BYTES, "big"), nonce, box))

    def open(self, read: Callable[[int], bytes], offset: int, size: int) -> Iterator[bytes]:
        """Yield the blocks of a part that holds `size` plain bytes from `offset` on. Raises PartDamaged."""
        end = offset + size
        while offset < end:
            length = int.from_bytes(read(_LENGTH_BYTES), "big")
            try:
                block = bytes(Aead(self.key).decrypt(read(min(length, _MOST)), self._place(offset)))
            except (CryptoError, ValueError):
                raise PartDamaged from None
            yield block
            offset += len(block)
        if offset != end:
            raise PartDamaged

    def _place(self, offset: int) -> bytes:
        return f"{self.upload_id}:{offset}".encode()


def plain_size(size: int) -> int:
    """Return how many plain bytes a part of so many sealed ones holds, all of whose blocks but the last are whole."""
    whole, rest = divmod(size, _LENGTH_BYTES + _MOST)
    return whole * BLOCK + max(rest - (_LENGTH_BYTES + _MOST - BLOCK), 0)


class BoxDamaged(Exception):
    """A box was changed, or made under another key or for another context."""


def lock_text(text: bytes, key: bytes, context: str) -> bytes:
    """Return a text in a box that the same key (32 bytes) and context open; its size tells the text's only roughly."""
    whole = len(text).to_bytes(LENGTH_BYTES, "big") + text
    return bytes(Aead(key).encrypt(whole.ljust(padded_size(len(whole)), b"\0"), context.encode()))


def unlock_text(box: bytes, key: bytes, context: str) -> bytes:
    """Return the text of a box. Raises BoxDamaged."""
    try:
        whole = bytes(Aead(key).decrypt(box, context.encode()))
    except (CryptoError, ValueError):
        raise BoxDamaged from None
    size = int.from_bytes(whole[:LENGTH_BYTES], "big")
    return whole[LENGTH_BYTES : LENGTH_BYTES + size]


class Spool:
    """A file of a page without script while its post arrives: on disk under a key that is never written down.

    The parser of such posts wants a file to write to; the usual one would lie in plain text in a temporary folder.
    """

    def __init__(self, secret: bytes) -> None:
        """Take 32 random bytes."""
        self._key = TransitKey.derive(secret)
        self._file: IO[bytes] | None = None
        self._waiting = bytearray()
        self._kept = 0

    @property
    def size(self) -> int:
        """Return how many plain bytes were written."""
        return self._kept + len(self._waiting)

    def write(self, block: bytes) -> int:
        """Take the next bytes."""
        self._waiting += block
        while len(self._waiting) >= BLOCK:
            self._seal(BLOCK)
        return len(block)

    def seek(self, place: int, whence: int = 0) -> int:
        """Go back to the beginning, which is all that a parser asks for."""
        return place

    def blocks(self) -> Iterator[bytes]:
        """Yield what was written."""
        if self._file:
            self._file.seek(0)
            yield from self._key.open(self._file.read, 0, self._kept)
        if self._waiting:
            yield bytes(self._waiting)

    def close(self) -> None:
        """Forget everything."""
        if self._file:
            self._file.close()

    def _seal(self, size: int) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._file.write(self._key.seal(bytes(self._waiting[:size]), self._kept))
        self._kept += size
        del self._waiting[:size]
