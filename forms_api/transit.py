"""Parts of an upload on their way: kept on disk under a key that only the sender's device holds.

A broken connection must not cost a worker the part that has arrived, and no plain byte may touch the disk. So each device
gets a secret for its upload; the id and the key of the parts are derived from it, and the server forgets it between calls.
A part is a run of blocks: four bytes of length and an XChaCha20-Poly1305 box, bound to the upload and its place in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

from nacl.exceptions import CryptoError
from nacl.secret import Aead

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
        box = bytes(Aead(self.key).encrypt(block, self._place(offset)))
        return len(box).to_bytes(_LENGTH_BYTES, "big") + box

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
