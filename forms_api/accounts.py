"""Keeping accounts of staff: found with their MAC proved, added, changed, disabled, reset. Every change is an event."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from forms_api.model import Actor, NewEvent, Value
from forms_api.password_hashes import Hasher
from forms_api.references import spell
from forms_api.staff import (
    GIVEN_LASTS,
    Session,
    Staff,
    StaffRow,
    find_account_fault,
    find_duties_fault,
    find_name_fault,
)
from forms_api.staff_keys import RowRefused, StaffKeys
from forms_api.storage import StaffChange, Store

GIVEN_LETTERS = 16
_GROUP = 4


class AccountFault(Exception):
    """An account cannot be made or changed so; the sentences say what is wrong and what to do."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True)
class Accounts:
    """All accounts of a store, and what proves them."""

    store: Store
    keys: StaffKeys
    hasher: Hasher
    clock: Callable[[], datetime]
    random: Callable[[int], bytes] = secrets.token_bytes
    _newest: dict[str, int] = field(default_factory=dict, repr=False)
    """The newest version seen of each account, so that an old row put back is refused while this process lives."""
    _reported: set[StaffRow] = field(default_factory=set, repr=False)

    def find(self, account: str) -> Staff | None:
        """Return an account. Raises RowRefused, and tells the events, where its row was changed behind the program's back."""
        row = self.store.find_staff(account)
        if row is None:
            self._refuse_removed(account)
            return None
        return self._prove(row)

    def list_all(self) -> list[tuple[str, Staff | None]]:
        """Return all accounts in their order; None stands for one whose row was changed behind the program's back."""
        listed: list[tuple[str, Staff | None]] = []
        for row in self.store.list_staff():
            try:
                listed.append((row.account, self._prove(row)))
            except RowRefused:
                listed.append((row.account, None))
        return listed

    def keep(
        self, staff: Staff, *events: NewEvent, end_sessions: bool = False, session: Session | None = None
    ) -> Staff:
        """Keep an account as it is to be from now on, and return it. Raises StaffChanged."""
        kept = replace(staff, version=staff.version + 1)
        self.store.change_staff(StaffChange(self.keys.write_row(kept), events, end_sessions, session))
        self._newest[kept.id] = kept.version
        return kept

    def _prove(self, row: StaffRow) -> Staff:
        try:
            staff = self.keys.read_row(row)
            if staff.version < self._newest.get(staff.id, 0):
                raise RowRefused(staff.id)
        except RowRefused:
            if row not in self._reported:
                self._reported.add(row)
                self._tell_refused(row.account)
            raise
        self._newest[staff.id] = staff.version
        return staff

    def _refuse_removed(self, account: str) -> None:
        if account in self._newest:  # accounts are disabled, never removed
            del self._newest[account]
            self._tell_refused(account)
            raise RowRefused(account)

    def _tell_refused(self, account: str) -> None:
        at = self.clock()
        self.store.append_event(NewEvent("staff_row_refused", at, Actor("system"), {"account": account}))


def add_staff(
    accounts: Accounts, account: str, name: str, union: str, duties: Collection[str], by: Actor, unions: Collection[str]
) -> str:
    """Make an account and return its one-time password. Raises AccountFault, with all that is wrong.

    `unions` are the ids that may be acted for; where none are known, any is taken.
    """
    faults = [find_account_fault(account), *_find_faults(name, union, duties, unions)]
    if account and accounts.store.find_staff(account):
        faults.append(f"账号 {account} 已经有了。请换一个，或者用“重置”。")
    _raise(faults)
    given = _make_given(accounts)
    now = accounts.clock()
    staff = Staff(
        id=account,
        name=name.strip(),
        union=union,
        duties=frozenset(duties),
        added_at=now,
        password=accounts.hasher.hash(given),
        given_until=now + GIVEN_LASTS,
    )
    accounts.keep(staff, NewEvent("staff_added", now, by, _tell(staff)))
    return given


def change_staff(
    accounts: Accounts, staff: Staff, name: str, union: str, duties: Collection[str], by: Actor, unions: Collection[str]
) -> Staff:
    """Give an account other duties, another union or name; its sessions end. Raises AccountFault."""
    _raise(_find_faults(name, union, duties, unions))
    changed = replace(staff, name=name.strip(), union=union, duties=frozenset(duties), epoch=staff.epoch + 1)
    return accounts.keep(changed, NewEvent("staff_changed", accounts.clock(), by, _tell(changed)), end_sessions=True)


def disable_staff(accounts: Accounts, staff: Staff, by: Actor) -> Staff:
    """Let nobody sign in with an account any more; its sessions end."""
    changed = replace(staff, disabled=True, epoch=staff.epoch + 1)
    return accounts.keep(changed, _name("staff_disabled", accounts, by, staff), end_sessions=True)


def enable_staff(accounts: Accounts, staff: Staff, by: Actor) -> Staff:
    """Let an account that was disabled sign in again, with the password and factor that it had."""
    return accounts.keep(replace(staff, disabled=False), _name("staff_enabled", accounts, by, staff))


def reset_staff(accounts: Accounts, staff: Staff, by: Actor) -> str:
    """Take password, second factor and recovery codes from an account and return its new one-time password."""
    given = _make_given(accounts)
    changed = replace(
        staff,
        password=accounts.hasher.hash(given),
        password_at=None,
        given_until=accounts.clock() + GIVEN_LASTS,
        totp=b"",
        recovery=(),
        epoch=staff.epoch + 1,
    )
    accounts.keep(changed, _name("staff_reset", accounts, by, staff), end_sessions=True)
    accounts.store.forget_failures(accounts.keys.name_failure("account", staff.id))
    return given


def _find_faults(name: str, union: str, duties: Collection[str], unions: Collection[str]) -> Iterable[str | None]:
    yield find_name_fault(name)
    if not union or (unions and union not in unions):
        yield "请选所属工会：编号要和网站上的组织名录一致，县总工会写 county。"
    yield find_duties_fault(duties)


def _raise(faults: Iterable[str | None]) -> None:
    if found := [fault for fault in faults if fault]:
        raise AccountFault(*found)


def _make_given(accounts: Accounts) -> str:
    letters = spell(accounts.random(20), GIVEN_LETTERS)
    return "-".join(letters[start : start + _GROUP] for start in range(0, GIVEN_LETTERS, _GROUP))


def _tell(staff: Staff) -> dict[str, Value]:
    return {"account": staff.id, "union": staff.union, "duties": " ".join(sorted(staff.duties))}


def _name(kind: str, accounts: Accounts, by: Actor, staff: Staff) -> NewEvent:
    return NewEvent(kind, accounts.clock(), by, {"account": staff.id})
