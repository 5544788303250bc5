"""Opening what intake sealed, with the private key; used on the review side and by `forms-api keys`, never by intake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random

from forms_api.crypto import (
    CHUNK,
    CONTEXT_BYTES,
    FILE_BLOCK,
    FORMAT,
    KEY_ID_BYTES,
    LENGTH_BYTES,
    FileSecret,
    digest_context,
    fingerprint,
)

_HEAD = len(FORMAT) + KEY_ID_BYTES
_STREAM_HEAD = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_SEALED_CHUNK = CHUNK + bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class CannotOpen(Exception):
    """Something sealed that does not open."""


class UnknownFormat(CannotOpen):
    """It begins with a format byte that this version does not know."""


class OtherKey(CannotOpen):
    """It was sealed to a public key whose private key is not at hand; the fingerprint is the argument."""


class Damaged(CannotOpen):
    """It was changed, cut short, or belongs to another case or file."""


class Opener:
    """Opens what was sealed to any of several keys: today's, and those before it."""

    def __init__(self, private_keys: Iterable[bytes]) -> None:
        """Take private keys of 32 bytes; they live in memory only."""
        self._pairs: dict[bytes, tuple[bytes, bytes]] = {}
        for private in private_keys:
            public = bindings.crypto_scalarmult_base(private)
            self._pairs[bytes.fromhex(fingerprint(public).replace("-", ""))] = (public, private)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the text that was sealed for a context. Raises UnknownFormat, OtherKey, Damaged."""
        if sealed[:1] != FORMAT:
            raise UnknownFormat(sealed[:1].hex())
        pair = self._pairs.get(sealed[1:_HEAD])
        if pair is None:
            named = sealed[1:_HEAD].hex()
            raise OtherKey("-".join(named[start : start + 4] for start in range(0, 16, 4)))
        try:
            text = bindings.crypto_box_seal_open(sealed[_HEAD:], *pair)
        except (CryptoError, TypeError, ValueError):
            raise Damaged(context) from None
        size = int.from_bytes(text[CONTEXT_BYTES : CONTEXT_BYTES + LENGTH_BYTES], "big")
        start = CONTEXT_BYTES + LENGTH_BYTES
        if text[:CONTEXT_BYTES] != digest_context(context) or start + size > len(text):
            raise Damaged(context)
        return text[start : start + size]

    def open_file_key(self, sealed: bytes, file_id: str) -> FileSecret:
        """Return the key of a file and what it is."""
        told = json.loads(self.open(sealed, f"file:{file_id}"))
        return FileSecret(bytes.fromhex(told["key"]), told["name"], told["kind"], told["size"])


def open_stream(blocks: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """Yield the plain chunks of a sealed file that is read in blocks of any size.

    Raises UnknownFormat and Damaged, the latter also at the end of a file that was cut short: what came before is not whole.
    """
    cut = _Cutter(blocks)
    head = cut.take(len(FORMAT) + _STREAM_HEAD)
    if head[:1] != FORMAT:
        raise UnknownFormat(head[:1].hex())
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    try:
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, head[1:], key)
        while True:
            chunk, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, cut.take(_SEALED_CHUNK), None)
            if tag == _FINAL:
                yield bindings.sodium_unpad(chunk, FILE_BLOCK)
                break
            yield chunk
    except (CryptoError, TypeError, ValueError):
        raise Damaged("file") from None
    if cut.take(1):
        raise Damaged("file goes on after its end")


class _Cutter:
    """Cuts blocks of any size into pieces of the sizes asked for."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._waiting = iter(blocks), bytearray()

    def take(self, size: int) -> bytes:
        """Return the next bytes, fewer only at the end."""
        while len(self._waiting) < size and (block := next(self._blocks, None)) is not None:
            self._waiting += block
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        return piece


# --- the private key at rest ---------------------------------------------------------------------


LOCK_COST = argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE
"""Passes and bytes that one guess at a passphrase costs."""


class WrongPassphrase(CannotOpen):
    """The passphrase is not that of the key, or the file of the key was changed."""


def make_pair() -> tuple[bytes, bytes]:
    """Return a new public and private key."""
    public, private = bindings.crypto_box_keypair()
    return public, private


def find_public(private: bytes) -> bytes:
    """Return the public key that belongs to a private one."""
    return bindings.crypto_scalarmult_base(private)


def lock_key(private: bytes, passphrase: str, cost: tuple[int, int] = LOCK_COST) -> dict[str, Any]:
    """Return a private key encrypted under a passphrase (argon2id of that cost, XSalsa20-Poly1305), as JSON data."""
    salt, nonce = random(argon2id.SALTBYTES), random(SecretBox.NONCE_SIZE)
    ops, mem = cost
    box = SecretBox(argon2id.kdf(SecretBox.KEY_SIZE, passphrase.encode(), salt, ops, mem)).encrypt(private, nonce)
    return {
        "format": 1,
        "fingerprint": fingerprint(find_public(private)),
        "kdf": {"name": "argon2id", "salt": salt.hex(), "ops": ops, "mem": mem},
        "box": bytes(box).hex(),
    }


def unlock_key(locked: Mapping[str, Any], passphrase: str) -> bytes:
    """Return the private key that `lock_key` encrypted. Raises UnknownFormat, WrongPassphrase, Damaged."""
    if locked.get("format") != 1:
        raise UnknownFormat(str(locked.get("format")))
    try:
        kdf, box = locked["kdf"], bytes.fromhex(locked["box"])
        key = argon2id.kdf(SecretBox.KEY_SIZE, passphrase.encode(), bytes.fromhex(kdf["salt"]), kdf["ops"], kdf["mem"])
    except (KeyError, TypeError, ValueError):
        raise Damaged("key") from None
    try:
        private = SecretBox(key).decrypt(box)
    except CryptoError:
        raise WrongPassphrase from None
    if fingerprint(find_public(private)) != locked.get("fingerprint"):
        raise Damaged("key")
    return private
