"""Hashes of passwords: argon2id over a peppered password, a few at a time.

The pepper lies outside of the database, so that a stolen or altered database yields no password and takes none. Hashing
takes much memory on purpose; the gate keeps a crowd at the door from taking all of it.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

OPERATIONS = 3
MEMORY = 64 * 1024 * 1024
AT_ONCE = 2
WAIT_SECONDS = 8.0


class Busy(Exception):
    """Too many are signing in at the same time."""


class Hasher:
    """Makes and checks hashes under one pepper."""

    def __init__(self, pepper: bytes, operations: int = OPERATIONS, memory: int = MEMORY) -> None:
        """Take the pepper, and the cost of one hash in passes and bytes."""
        self._pepper, self._operations, self._memory = pepper, operations, memory
        self._gate = threading.BoundedSemaphore(AT_ONCE)
        self.wait = WAIT_SECONDS

    def hash(self, password: str) -> str:
        """Return the hash of a password. Raises Busy."""
        with self._enter():
            return argon2id.str(self._mix(password), self._operations, self._memory).decode()

    def verify(self, hashed: str, password: str) -> bool:
        """Tell whether a hash is that of a password; an empty hash is none's, and takes as long to tell. Raises Busy."""
        against = hashed or self._decoy
        with self._enter():
            try:
                return argon2id.verify(against.encode(), self._mix(password)) and bool(hashed)
            except (CryptoError, ValueError):
                return False

    @cached_property
    def _decoy(self) -> str:
        return argon2id.str(self._mix(""), self._operations, self._memory).decode()

    def _mix(self, password: str) -> bytes:
        return hmac.digest(self._pepper, password.encode("utf-8", "surrogatepass"), "sha256")

    @contextmanager
    def _enter(self) -> Iterator[None]:
        if not self._gate.acquire(timeout=self.wait):
            raise Busy
        try:
            yield
        finally:
            self._gate.release()
