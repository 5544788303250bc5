"""What the staff app works with, made once at the start of its process: accounts, the vault, the office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from forms_api.accounts import Accounts
from forms_api.back_office import Member, Office
from forms_api.config import (
    Folder,
    NotReady,
    Settings,
    find_sealer,
    find_site_address,
    make_clone,
    open_files,
    open_store,
    read_intake_keys,
)
from forms_api.content_clone import ContentClone
from forms_api.custody import KeyFault, prepare_staff_key
from forms_api.definitions import CHINA
from forms_api.forms_bundle import Bundle, read_bundle
from forms_api.model import NewEvent, Value
from forms_api.password_hashes import Hasher
from forms_api.signing_in import LOCK_SECONDS, MOST_TRIES, LockedOut, SignedIn
from forms_api.staff import Staff
from forms_api.staff_keys import StaffKeys
from forms_api.storage import Store
from forms_api.storage.files import FileStore
from forms_api.tokens import IntakeKeys
from forms_api.vault import Unlocked, Vault, WrongKey


@dataclass(frozen=True)
class Review:
    """All that the staff app needs."""

    office: Office
    accounts: Accounts
    vault: Vault
    folder: Folder
    files: FileStore
    intake_keys: IntakeKeys
    """For a worker who lost the secret and gets a new one at the window, and to fill in for one."""
    site_address: str
    """Where the public site and its forms are, without a slash at the end."""
    clone: ContentClone | None = None
    """Where 公示 are published from; None where no repository is set."""

    @property
    def store(self) -> Store:
        """Return the store."""
        return self.office.store

    @property
    def bundle(self) -> Bundle:
        """Return the bundle of forms, unions and rules."""
        return self.office.bundle

    @property
    def clock(self) -> Callable[[], datetime]:
        """Return the clock."""
        return self.office.clock


def open_review(settings: Settings) -> Review:
    """Return a working review, its vault locked. Raises NotReady, NoBundle."""
    bundle = read_bundle(settings.bundle)
    store = open_store(settings)
    sealer = find_sealer(settings.folder, store)
    if sealer is None:
        store.close()
        raise NotReady(f"公钥缺失或被改动过。请运行 forms-api keys check --data {settings.data} 查明原因。")
    vault = Vault(settings.folder)

    def clock() -> datetime:
        return datetime.now(CHINA)

    folder = settings.folder
    office = Office(store, vault, sealer, bundle, clock)
    return Review(
        office,
        open_accounts(folder, store, clock),
        vault,
        folder,
        open_files(settings),
        read_intake_keys(folder),
        find_site_address(settings, bundle),
        make_clone(settings),
    )


def open_accounts(folder: Folder, store: Store, clock: Callable[[], datetime]) -> Accounts:
    """Return the accounts of a data folder. Raises NotReady where the key that proves them is gone."""
    try:
        if not folder.staff_key.exists() and not store.list_staff():
            prepare_staff_key(folder)
        keys = StaffKeys.derive(bytes.fromhex(folder.staff_key.read_text("ascii").strip()))
    except (OSError, ValueError):
        raise NotReady(f"读不到 {folder.staff_key}，账号没有它就无法核对。请检查权限，或从备份恢复这个文件。") from None
    return Accounts(store, keys, Hasher(keys.pepper), clock)


def as_member(staff: Staff) -> Member:
    """Return an account as casework knows it."""
    return Member(staff.id, staff.name, staff.duties, staff.union)


def unlock_vault(review: Review, signed: SignedIn, passphrase: str) -> Unlocked:
    """Unlock the private keys; wrong passphrases are counted and told to the events. Raises KeyFault, LockedOut."""
    name = review.accounts.keys.name_failure("unlock", signed.staff.id)
    now = review.clock()
    if until := review.store.find_lock(name, now):
        raise LockedOut(until)
    try:
        unlocked = review.vault.unlock(passphrase)
    except KeyFault as fault:
        wrong = isinstance(fault, WrongKey)
        reason = "passphrase" if wrong else "key"
        review.store.append_event(NewEvent("vault_refused", now, signed.actor, {"reason": reason}))
        if wrong:
            review.store.count_failure(name, MOST_TRIES, LOCK_SECONDS, now)
        raise
    review.store.forget_failures(name)
    told: dict[str, Value] = {"fingerprint": unlocked.fingerprint, "keys": unlocked.keys}
    review.store.append_event(NewEvent("vault_opened", now, signed.actor, told))
    return unlocked


def lock_vault(review: Review, signed: SignedIn) -> None:
    """Forget the private keys until somebody unlocks them again."""
    review.vault.lock()
    review.store.append_event(NewEvent("vault_locked", review.clock(), signed.actor, {}))
