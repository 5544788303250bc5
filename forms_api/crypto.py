"""Sealing to the federation's public key: what was sealed here cannot be opened here.

A sealed text is one byte for the format, eight for the key, and a libsodium sealed box (X25519, XSalsa20-Poly1305). The
format byte stands first so that national algorithms (SM2, SM4) can be added beside it. Inside are the digest of its context
(the case or file that it belongs to, so that two cannot be swapped unseen), the length, the text and zeros up to a round size.

A sealed file is one byte for the format and a libsodium secretstream (XChaCha20-Poly1305) under a key of its own, cut into
64 KiB; the key is sealed like a text. Cutting, swapping or shortening it is found out.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property

from nacl import bindings
from nacl.exceptions import CryptoError

FORMAT = b"\x01"
KEY_ID_BYTES = 8
CONTEXT_BYTES = 16
LENGTH_BYTES = 4
SMALLEST = 1024
LARGEST_DOUBLED = 64 * 1024
CHUNK = 64 * 1024
FILE_BLOCK = 4096
FILE_KEY_BYTES = bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class BadPublicKey(ValueError):
    """What should be a public key is none, or one that nothing may be sealed to."""


def fingerprint(public: bytes) -> str:
    """Return the name of a public key as people compare it: 16 hex digits in groups of four."""
    digest = hashlib.blake2b(public, digest_size=KEY_ID_BYTES, person=b"public key").hexdigest()
    return "-".join(digest[start : start + 4] for start in range(0, 16, 4))


@dataclass(frozen=True)
class Sealer:
    """Seals to one public key (32 bytes). Raises BadPublicKey where that is none."""

    public: bytes

    def __post_init__(self) -> None:
        if len(self.public) != bindings.crypto_box_PUBLICKEYBYTES:
            raise BadPublicKey("a public key has 32 bytes")
        try:
            bindings.crypto_box_seal(b"", self.public)
        except CryptoError:
            raise BadPublicKey("a point of low order") from None

    @cached_property
    def fingerprint(self) -> str:
        """Return the name of the key."""
        return fingerprint(self.public)

    @cached_property
    def _head(self) -> bytes:
        return FORMAT + bytes.fromhex(self.fingerprint.replace("-", ""))

    def seal(self, text: bytes, context: str) -> bytes:
        """Return a text sealed for a context, which must be given again to open it."""
        return self._head + bindings.crypto_box_seal(_pad(digest_context(context) + _measure(text)), self.public)

    def seal_file_key(self, secret: FileSecret, file_id: str) -> bytes:
        """Return the key of a file and what it is, sealed."""
        told = {"key": secret.key.hex(), "name": secret.name, "kind": secret.kind, "size": secret.size}
        return self.seal(json.dumps(told, ensure_ascii=False).encode(), f"file:{file_id}")


@dataclass(frozen=True, slots=True)
class FileSecret:
    """What only the reviewer may know of a file: its key, the name it was given, its kind, its size in bytes."""

    key: bytes = field(repr=False)
    name: str = field(repr=False)
    kind: str
    size: int


class FileSealer:
    """Seals one file as it streams by; nothing of it is kept but the chunk that is not yet full."""

    def __init__(self, key: bytes) -> None:
        """Take a fresh random key of 32 bytes, to be used for this file only."""
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        self._out = FORMAT + bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        self._waiting = bytearray()

    def push(self, data: bytes) -> bytes:
        """Return the next sealed bytes to be written; often none, until a chunk is full."""
        if len(data) == CHUNK and not self._waiting:  # as uploads arrive: nothing is copied
            return self._take_head() + self._seal(data, _MESSAGE)
        self._waiting += data
        sealed = [self._take_head()]
        while len(self._waiting) >= CHUNK:
            sealed.append(self._seal(bytes(self._waiting[:CHUNK]), _MESSAGE))
            del self._waiting[:CHUNK]
        return b"".join(sealed)

    def finish(self) -> bytes:
        """Return the last sealed bytes; the last chunk is filled up so that the size tells little."""
        block = bindings.sodium_pad(bytes(self._waiting), FILE_BLOCK)
        self._waiting.clear()
        return self._take_head() + self._seal(block, _FINAL)

    def _take_head(self) -> bytes:
        head, self._out = self._out, b""
        return head

    def _seal(self, chunk: bytes, tag: int) -> bytes:
        return bindings.crypto_secretstream_xchacha20poly1305_push(self._state, chunk, None, tag)


def digest_context(context: str) -> bytes:
    """Return what a sealed text carries of its context."""
    return hashlib.blake2b(context.encode(), digest_size=CONTEXT_BYTES, person=b"context").digest()


def padded_size(size: int) -> int:
    """Return the round size that a text of some size is filled up to.

    Powers of two up to 64 KiB; above that steps of an eighth of the power below, so that at most 13 % are wasted.
    """
    if size <= SMALLEST:
        return SMALLEST
    power = 1 << (size - 1).bit_length()
    if power <= LARGEST_DOUBLED:
        return power
    step = power // 16
    return -(-size // step) * step


def _measure(text: bytes) -> bytes:
    return len(text).to_bytes(LENGTH_BYTES, "big") + text


def _pad(text: bytes) -> bytes:
    return text.ljust(padded_size(len(text)), b"\0")
