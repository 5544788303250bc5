"""The private keys while staff have unlocked them: in the memory of the one review process, and nowhere else.

Beside them lives the key by which names and numbers are found again without being written down: 32 random bytes, sealed
to the public key, so that it opens with the same passphrase.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from forms_api.config import Folder
from forms_api.crypto import FORMAT, KEY_ID_BYTES, Sealer
from forms_api.custody import KeyFault, list_private, read_public, replace_file
from forms_api.opening import CannotOpen, Opener, OtherKey, WrongPassphrase, find_public, unlock_key

BLIND_BYTES = 32
WAIT_SECONDS = 20.0
_BLIND = "blind-index"


class Locked(Exception):
    """Nobody has unlocked the private key since the start."""


class WrongKey(KeyFault):
    """The passphrase opens no private key."""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """Which public key's partner is open now, and how many private keys are in all."""

    fingerprint: str
    keys: int


class Vault:
    """Holds what a passphrase opens until the process ends or somebody locks it; safe between threads."""

    def __init__(self, folder: Folder) -> None:
        """Take the data folder; nothing is read before `unlock`."""
        self._folder = folder
        self._turn = threading.Lock()
        self._private: dict[str, bytes] = {}
        self._opener: Opener | None = None
        self._blind = b""

    @property
    def is_open(self) -> bool:
        """Tell whether sealed things can be opened now."""
        return self._opener is not None

    @property
    def opener(self) -> Opener:
        """Return what opens sealed answers and files. Raises Locked."""
        if self._opener is None:
            raise Locked
        return self._opener

    def blind(self, kind: str, value: str) -> bytes:
        """Return the keyed digest by which a value of a kind is found again; callers tidy the value. Raises Locked."""
        if self._opener is None:
            raise Locked
        return hmac.digest(self._blind, f"{kind}\0{value}".encode(), "sha256")

    def unlock(self, passphrase: str) -> Unlocked:
        """Hold every private key that a passphrase opens, beside those held already. Raises KeyFault with a sentence.

        The key in use must be among them, unless it is held already; a passphrase of an earlier key is remembered and says so.
        """
        with self._one_at_a_time():
            wanted = read_public(self._folder)
            found = dict(self._open_private(passphrase))
            if not found:
                raise WrongKey("口令不对。请核对后再输一次。")
            self._private |= found
            if wanted not in self._private:
                raise KeyFault("这个口令打开的是以前的私钥，已经记住。请再输入现在这把私钥的口令。")
            opener = Opener(self._private.values())
            self._blind = self._read_blind(opener, self._private[wanted])
            self._opener = opener
            return Unlocked(wanted, len(self._private))

    def lock(self) -> None:
        """Forget all keys."""
        with self._turn:
            self._opener, self._blind = None, b""
            self._private.clear()

    def _open_private(self, passphrase: str) -> Iterator[tuple[str, bytes]]:
        for path, locked in list_private(self._folder):
            try:
                yield str(locked.get("fingerprint")), unlock_key(locked, passphrase)
            except WrongPassphrase:
                continue
            except CannotOpen:
                raise KeyFault(f"{path} 已损坏。请从备份恢复，或用分管纸找回（keys restore）。") from None

    def _read_blind(self, opener: Opener, private: bytes) -> bytes:
        """Return the key of the index, made if there is none; sealed anew where it was sealed to an earlier key."""
        sealer = Sealer(find_public(private))
        try:
            sealed = self._folder.blind_key.read_bytes()
        except FileNotFoundError:
            key = secrets.token_bytes(BLIND_BYTES)
            replace_file(self._folder.blind_key, sealer.seal(key, _BLIND), 0o600)
            return key
        try:
            key = opener.open(sealed, _BLIND)
        except OtherKey as error:
            raise KeyFault(f"还要用以前那把私钥（{error}）的口令解锁一次，检索用的密钥才打得开。") from None
        except CannotOpen:
            raise KeyFault(f"{self._folder.blind_key} 已损坏。请从备份恢复。") from None
        if sealed[len(FORMAT) : len(FORMAT) + KEY_ID_BYTES].hex() != sealer.fingerprint.replace("-", ""):
            replace_file(self._folder.blind_key, sealer.seal(key, _BLIND), 0o600)
        return key

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise KeyFault("别人正在解锁。请稍等再试。")
        try:
            yield
        finally:
            self._turn.release()
