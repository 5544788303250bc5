"""Signing in with three things, sessions, and what staff change about their own account. Nothing tells which thing was wrong."""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from forms_api.accounts import AccountFault, Accounts
from forms_api.model import Actor, NewEvent
from forms_api.password_rules import find_password_faults
from forms_api.staff import Session, Staff
from forms_api.staff_keys import RECOVERY_CODES, RowRefused, make_recovery_codes
from forms_api.storage import StaffChanged
from forms_api.totp import match_step

TOKEN_BYTES = 32
LOCK_SECONDS = 15 * 60
MOST_TRIES = 5
MOST_TRIES_PER_ADDRESS = 30
TOUCH_AFTER = timedelta(seconds=30)
"""A session that was used just now is not written again."""


class SignInRefused(Exception):
    """Account, password or code is wrong; which, nobody is told."""


class LockedOut(SignInRefused):
    """Too many wrong tries; the moment until which nothing is tried any more."""

    def __init__(self, until: datetime) -> None:
        super().__init__("locked")
        self.until = until


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where somebody signs in from."""

    address: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member of staff and the session that they work in; the token is what the cookie holds."""

    staff: Staff
    session: Session
    token: str = field(default="", repr=False)

    @property
    def actor(self) -> Actor:
        """Return who acts, as events name them."""
        return Actor("staff", self.staff.id)


def sign_in(accounts: Accounts, account: str, password: str, code: str, visitor: Visitor) -> SignedIn:
    """Return a new session. Raises LockedOut, SignInRefused, Busy. Takes as long for an account that there is not."""
    now = accounts.clock()
    names = [
        (accounts.keys.name_failure("account", account), "account", MOST_TRIES),
        (accounts.keys.name_failure("address", visitor.address), "address", MOST_TRIES_PER_ADDRESS),
    ]
    for name, _, _ in names:
        if until := accounts.store.find_lock(name, now):
            raise LockedOut(until)
    staff, reason = _find_usable(accounts, account, now)
    fits = accounts.hasher.verify(staff.password if staff else "", password)
    factor, used = _use_factor(accounts, staff, code, now) if staff else ("", None)
    if staff and used and fits and factor:
        accounts.store.forget_failures(names[0][0])
        return _begin(accounts, used, visitor, factor, now)
    actor = Actor("staff", staff.id if staff else None)
    why = reason or ("password" if not fits else "code")
    accounts.store.append_event(NewEvent("login_failed", now, actor, {"reason": why}))
    for name, what, most in names:
        if accounts.store.count_failure(name, most, LOCK_SECONDS, now):
            accounts.store.append_event(NewEvent("locked_out", now, actor, {"what": what}))
    raise SignInRefused


def find_signed_in(accounts: Accounts, token: str, *, refresh: bool = True) -> SignedIn | None:
    """Return whose session a cookie holds, and note that it is used; one that is over ends here."""
    now = accounts.clock()
    session = accounts.store.find_session(accounts.keys.name_session(token))
    if session is None or not accounts.keys.is_signed(session):
        return None
    try:
        staff = accounts.find(session.account)
    except RowRefused:
        return None
    if staff is None or staff.disabled or staff.epoch != session.epoch:
        return None
    if over := session.find_end(now):
        accounts.store.end_session(session.id, _tell_end(staff, over, now))
        return None
    if refresh and now - session.seen_at >= TOUCH_AFTER:
        session = accounts.keys.sign_session(replace(session, seen_at=now))
        accounts.store.touch_session(session)
    return SignedIn(staff, session, token)


def sign_out(accounts: Accounts, signed: SignedIn) -> None:
    """End the session that somebody works in."""
    event = NewEvent("logged_out", accounts.clock(), signed.actor, {})
    accounts.store.end_session(signed.session.id, event)


def list_sessions(accounts: Accounts, staff: Staff) -> list[Session]:
    """Return the sessions of an account that are not over, the latest first."""
    now = accounts.clock()
    return [
        one
        for one in accounts.store.list_sessions(staff.id)
        if accounts.keys.is_signed(one) and one.epoch == staff.epoch and not one.find_end(now)
    ]


def end_session(accounts: Accounts, signed: SignedIn, name: str) -> bool:
    """End another of one's own sessions; tell whether there was one of that name."""
    found = [one for one in list_sessions(accounts, signed.staff) if one.name == name]
    now = accounts.clock()
    return any(accounts.store.end_session(one.id, _tell_end(signed.staff, "own", now)) for one in found)


def change_password(
    accounts: Accounts, signed: SignedIn, old: str, new: str, own_words: Collection[str], visitor: Visitor
) -> SignedIn:
    """Set a password of one's own and return a new session, the only one that is left.

    The present one is asked for, unless it is a one-time one that has just been used to sign in.
    Raises AccountFault with all that is wrong, Busy, LockedOut, StaffChanged.
    """
    now, staff = accounts.clock(), signed.staff
    name = accounts.keys.name_failure("password", staff.id)
    if until := accounts.store.find_lock(name, now):
        raise LockedOut(until)
    if not staff.given_until and not accounts.hasher.verify(staff.password, old):
        accounts.store.append_event(NewEvent("login_failed", now, signed.actor, {"reason": "password"}))
        if until := accounts.store.count_failure(name, MOST_TRIES, LOCK_SECONDS, now):
            raise LockedOut(until)
        raise AccountFault("现在的密码不对。请再输一次。")
    faults = find_password_faults(new, (staff.id, staff.name, *own_words))
    if not faults and accounts.hasher.verify(staff.password, new):
        faults.append("新密码和现在的一样。请换一个。")
    if faults:
        raise AccountFault(*faults)
    accounts.store.forget_failures(name)
    changed = replace(
        staff, password=accounts.hasher.hash(new), password_at=now, given_until=None, epoch=staff.epoch + 1
    )
    session, token = _make_session(accounts, changed, visitor, now)
    event = NewEvent("password_changed", now, signed.actor, {})
    return SignedIn(accounts.keep(changed, event, end_sessions=True, session=session), session, token)


def enrol_totp(accounts: Accounts, signed: SignedIn, code: str) -> tuple[Staff, tuple[str, ...]]:
    """Take the secret that the session offered as second factor and return the recovery codes, to be shown once.

    Raises AccountFault where the code does not belong to it, StaffChanged.
    """
    now, staff = accounts.clock(), signed.staff
    secret = accounts.keys.derive_totp(signed.session.id, staff.id)
    step = match_step(secret, code, now, staff.totp_step)
    if step is None:
        raise AccountFault("动态码不对。请看手机上现在显示的六位数字；手机时间要设成自动。")
    codes = make_recovery_codes(accounts.random(RECOVERY_CODES * 10))
    changed = replace(
        staff, totp=accounts.keys.box_totp(secret), totp_step=step, recovery=_hash_codes(accounts, staff, codes)
    )
    return accounts.keep(changed, NewEvent("totp_enrolled", now, signed.actor, {})), codes


def renew_recovery(accounts: Accounts, signed: SignedIn, code: str) -> tuple[str, ...]:
    """Return new recovery codes, to be shown once; those before end. Raises AccountFault, LockedOut, StaffChanged."""
    now, staff = accounts.clock(), signed.staff
    name = accounts.keys.name_failure("code", staff.id)
    if until := accounts.store.find_lock(name, now):
        raise LockedOut(until)
    secret = accounts.keys.open_totp(staff.totp)
    step = match_step(secret, code, now, staff.totp_step) if secret else None
    if step is None:
        accounts.store.append_event(NewEvent("login_failed", now, signed.actor, {"reason": "code"}))
        accounts.store.count_failure(name, MOST_TRIES, LOCK_SECONDS, now)
        raise AccountFault("动态码不对，或者已经用过。请等手机上换了新的数字再输。")
    codes = make_recovery_codes(accounts.random(RECOVERY_CODES * 10))
    changed = replace(staff, totp_step=step, recovery=_hash_codes(accounts, staff, codes))
    accounts.keep(changed, NewEvent("recovery_renewed", now, signed.actor, {"count": len(codes)}))
    return codes


def _find_usable(accounts: Accounts, account: str, now: datetime) -> tuple[Staff | None, str]:
    """Return an account that may sign in, or None and the reason for the events."""
    try:
        staff = accounts.find(account)
    except RowRefused:
        return None, "row"
    if staff is None:
        return None, "unknown"
    if staff.disabled:
        return None, "disabled"
    if staff.given_until and now >= staff.given_until:
        return None, "expired"
    return staff, ""


def _use_factor(accounts: Accounts, staff: Staff, code: str, now: datetime) -> tuple[str, Staff | None]:
    """Return which factor was shown, and the account with it used up; before enrolment none is asked for."""
    if not staff.totp:
        return "none", staff
    secret = accounts.keys.open_totp(staff.totp)
    step = match_step(secret, code, now, staff.totp_step) if secret else None
    if step is not None:
        return "totp", replace(staff, totp_step=step)
    hashed = accounts.keys.hash_recovery(staff.id, code)
    if hashed in staff.recovery:
        return "recovery", replace(staff, recovery=tuple(one for one in staff.recovery if one != hashed))
    return "", None


def _begin(accounts: Accounts, staff: Staff, visitor: Visitor, factor: str, now: datetime) -> SignedIn:
    session, token = _make_session(accounts, staff, visitor, now)
    actor = Actor("staff", staff.id)
    events = [NewEvent("login", now, actor, {"factor": factor})]
    if factor == "recovery":
        events.append(NewEvent("recovery_used", now, actor, {"left": len(staff.recovery)}))
    try:
        return SignedIn(accounts.keep(staff, *events, session=session), session, token)
    except StaffChanged:  # the same code came twice at once
        raise SignInRefused from None


def _make_session(accounts: Accounts, staff: Staff, visitor: Visitor, now: datetime) -> tuple[Session, str]:
    token = base64.urlsafe_b64encode(accounts.random(TOKEN_BYTES)).decode().rstrip("=")
    identity = accounts.keys.name_session(token)
    fresh = Session(identity, staff.id, staff.epoch, now, now, visitor.device, visitor.address)
    return accounts.keys.sign_session(fresh), token


def _hash_codes(accounts: Accounts, staff: Staff, codes: Collection[str]) -> tuple[str, ...]:
    return tuple(accounts.keys.hash_recovery(staff.id, code) for code in codes)


def _tell_end(staff: Staff, reason: str, now: datetime) -> NewEvent:
    return NewEvent("session_ended", now, Actor("staff", staff.id), {"reason": reason})
