"""The federation's keys in the data folder: made, checked, tried out, given back. The private key is never written plain."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from forms_api.config import Folder
from forms_api.crypto import Sealer, fingerprint
from forms_api.model import SYSTEM, NewEvent
from forms_api.opening import (
    LOCK_COST,
    CannotOpen,
    Opener,
    OtherKey,
    WrongPassphrase,
    find_public,
    lock_key,
    make_pair,
    unlock_key,
)
from forms_api.references import spell
from forms_api.storage import Store

PASSPHRASE_LETTERS = 20
SHORTEST_PASSPHRASE = 12
CASES_TRIED = 20
_CANARY = "canary"


class KeyFault(Exception):
    """Something about the keys is wrong; the sentence says what and what to do."""


def make_passphrase() -> str:
    """Return a strong passphrase: 20 letters (99 bits) in groups that can be read out."""
    letters = spell(secrets.token_bytes(32), PASSPHRASE_LETTERS)
    return "-".join(letters[start : start + 5] for start in range(0, PASSPHRASE_LETTERS, 5))


def prepare_folder(folder: Folder) -> None:
    """Make the data folder with its two sides and intake's own key; what is there already stays."""
    folder.root.mkdir(parents=True, exist_ok=True)
    for path, mode in ((folder.public_key.parent, 0o750), (folder.files, 0o770), (folder.review, 0o700)):
        path.mkdir(exist_ok=True)
        path.chmod(mode)
    with contextlib.suppress(FileExistsError):
        _write_new(folder.intake_key, secrets.token_hex(32) + "\n", 0o600)
    prepare_staff_key(folder)


def prepare_staff_key(folder: Folder) -> None:
    """Make the master of the keys that prove accounts; one that is there stays."""
    with contextlib.suppress(FileExistsError):
        _write_new(folder.staff_key, secrets.token_hex(32) + "\n", 0o600)


def make_keys(folder: Folder, store: Store, passphrase: str, now: datetime, cost: tuple[int, int] = LOCK_COST) -> str:
    """Make a new pair and seal to it from now on; earlier private keys stay for earlier cases. Return its fingerprint.

    The private key is on the disk before anything can be sealed to the public one.
    """
    public, private = make_pair()
    keep_private(folder, private, passphrase, cost)
    sealer = Sealer(public)
    replace_file(folder.review / _CANARY, sealer.seal(_CANARY.encode(), _CANARY), 0o600)
    told = {"format": 1, "fingerprint": sealer.fingerprint, "public": public.hex(), "since": now.isoformat()}
    store.register_seal(sealer.fingerprint, now)
    replace_file(folder.public_key, json.dumps(told, indent=1).encode() + b"\n", 0o644)
    store.append_event(NewEvent("seal_registered", now, SYSTEM, {"fingerprint": sealer.fingerprint}))
    return sealer.fingerprint


def keep_private(folder: Folder, private: bytes, passphrase: str, cost: tuple[int, int] = LOCK_COST) -> None:
    """Write a private key, encrypted under its passphrase, in place of an earlier writing of the same key."""
    name = fingerprint(find_public(private))
    text = json.dumps(lock_key(private, passphrase, cost), indent=1) + "\n"
    replace_file(folder.review / f"private-{name}.json", text.encode(), 0o600)


def list_private(folder: Folder) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the files of private keys and what they say. Raises KeyFault."""
    for path in sorted(folder.review.glob("private-*.json")):
        try:
            yield path, json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            raise KeyFault(f"{path} 读不出来或已损坏。请从备份恢复，或用分管纸找回（keys restore）。") from None


def open_current(folder: Folder, passphrase: str) -> bytes:
    """Return the private key that belongs to the public key in use. Raises KeyFault."""
    wanted = read_public(folder)
    for path, locked in list_private(folder):
        if locked.get("fingerprint") == wanted:
            try:
                return unlock_key(locked, passphrase)
            except CannotOpen as error:
                raise KeyFault(_say_locked(path, error)) from None
    raise KeyFault(f"没有和公钥 {wanted} 配对的私钥。请用分管纸找回（keys restore）。")


def read_public(folder: Folder) -> str:
    """Return the fingerprint of the public key in use. Raises KeyFault."""
    try:
        told = json.loads(folder.public_key.read_text("utf-8"))
        sealer = Sealer(bytes.fromhex(told["public"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise KeyFault(f"{folder.public_key} 读不出来或已损坏。请从备份恢复。") from None
    if sealer.fingerprint != told.get("fingerprint"):
        raise KeyFault(f"{folder.public_key} 里的公钥被改动过。请从备份恢复。")
    return sealer.fingerprint


def check_keys(folder: Folder, store: Store) -> list[str]:
    """Return what is wrong with the keys as far as it shows without the passphrase; nothing where all is well."""
    faults = []
    try:
        public = read_public(folder)
        if public != store.find_seal():
            faults.append("公钥和数据库里登记的不是同一个，受理已经自动停止。请查明是谁换的，再从备份恢复。")
        if public not in [locked.get("fingerprint") for _, locked in list_private(folder)]:
            faults.append(f"没有和公钥 {public} 配对的私钥，收到的申请将打不开。请用分管纸找回（keys restore）。")
    except KeyFault as fault:
        faults.append(str(fault))
    for path in (folder.review, *folder.review.glob("*")):
        if path.stat().st_mode & 0o077:
            faults.append(f"{path} 别的用户也能读。请运行 chmod go= {path}。")
    return faults


def check_keys_for_intake(folder: Folder, store: Store) -> str | None:
    """Return why intake will stay closed because of the public key; it cannot and need not see the private one."""
    try:
        public = read_public(folder)
    except KeyFault as fault:
        return f"{fault}在那之前不受理申请。"
    if public != store.find_seal():
        return "公钥和数据库里登记的不是同一个，不受理申请。请查明是谁换的，再从备份恢复。"
    return None


def drill(folder: Folder, store: Store, private: bytes, now: datetime) -> int:
    """Prove that a private key opens what intake seals today; return how many real cases were opened as well.

    Opens the canary, a text sealed just now to the public key that intake uses, and some cases. Shows nothing of them.
    """
    opener = Opener([private])
    told = json.loads(folder.public_key.read_text("utf-8"))
    fresh = secrets.token_bytes(64)
    try:
        kept = opener.open((folder.review / _CANARY).read_bytes(), _CANARY)
        opened = opener.open(Sealer(bytes.fromhex(told["public"])).seal(fresh, "drill"), "drill")
        cases = _open_cases(opener, store)
    except (OSError, CannotOpen) as error:
        store.append_event(_tell_drill(private, "failed", now))
        raise KeyFault(
            f"演练没有通过：密封的内容打不开（{type(error).__name__}）。请立即停止受理并查明原因。"
        ) from None
    if (kept, opened) != (_CANARY.encode(), fresh):
        store.append_event(_tell_drill(private, "failed", now))
        raise KeyFault("演练没有通过：打开的内容和密封的不一样。请立即停止受理并查明原因。")
    store.append_event(_tell_drill(private, "opened", now))
    return cases


def _open_cases(opener: Opener, store: Store) -> int:
    opened = 0
    for case in store.list_cases(limit=CASES_TRIED):
        with contextlib.suppress(OtherKey):  # sealed before the key was changed
            for part in store.read_sealed(case.id):
                opener.open(part.sealed, f"case:{case.id}")
            opened += 1
    return opened


def _tell_drill(private: bytes, result: str, now: datetime) -> NewEvent:
    return NewEvent("key_drilled", now, SYSTEM, {"fingerprint": fingerprint(find_public(private)), "result": result})


def _say_locked(path: Path, error: CannotOpen) -> str:
    if isinstance(error, WrongPassphrase):
        return "口令不对。请核对后再输一次。"
    return f"{path} 已损坏。请从备份恢复，或用分管纸找回（keys restore）。"


def _write_new(path: Path, text: str, mode: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all, and durably."""
    new = path.with_name(path.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
