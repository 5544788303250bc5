"""Accounts of staff: who may do what for which unions, in which state an account is, how long a session lasts. No I/O.

After GB/T 22239-2019 (level 2): one account for one person, least privilege, system and audit duties kept apart from the
work and from each other, a second factor, an end to idle sessions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

DUTIES = {
    "handler": "经办",
    "reviewer": "审核",
    "approver": "审批",
    "cashier": "财务",
    "auditor": "审计",
    "admin": "系统管理",
}
WORK_DUTIES = frozenset(DUTIES) - {"auditor", "admin"}
ALONE = ("admin", "auditor")
"""Duties that stand alone: who runs accounts does no cases, and who audits does neither."""
ACCOUNT = re.compile(r"[a-z][a-z0-9-]{1,31}")
LONGEST_NAME = 30

GIVEN_LASTS = timedelta(days=7)
"""How long a one-time password may wait for its first use."""
PASSWORD_LASTS = timedelta(days=365)
"""GB/T 22239 wants passwords renewed from time to time and says no number; a forced change each season yields worse ones."""
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)

Errand = Literal["password", "factor"]
"""What stands between signing in and the work: a password of one's own, then a second factor."""


@dataclass(frozen=True, slots=True)
class Staff:
    """One member of staff."""

    id: str
    name: str
    union: str
    """The union they act for, with all below it."""
    duties: frozenset[str]
    added_at: datetime
    disabled: bool = False
    password: str = field(default="", repr=False)
    """The argon2id hash."""
    password_at: datetime | None = None
    given_until: datetime | None = None
    """Until when the password, which is a one-time one, may be used; None for a password of one's own."""
    totp: bytes = field(default=b"", repr=False)
    """The secret of the second factor, in its box."""
    totp_step: int = 0
    """The last step whose code was used; neither it nor an earlier one counts again."""
    recovery: tuple[str, ...] = field(default=(), repr=False)
    """Keyed digests (hex) of the recovery codes that are left."""
    epoch: int = 0
    """Sessions of an earlier epoch have ended."""
    version: int = 0

    def find_errand(self, now: datetime) -> Errand | None:
        """Return what they must do before any work."""
        if self.given_until or self.password_at is None or now - self.password_at >= PASSWORD_LASTS:
            return "password"
        return None if self.totp else "factor"


@dataclass(frozen=True, slots=True)
class StaffRow:
    """An account as the store keeps it: its JSON, how often it was written, and the MAC over both."""

    account: str
    version: int
    body: str = field(repr=False)
    mac: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """One signing-in, from one device; the id is a keyed digest of what the cookie holds."""

    id: bytes = field(repr=False)
    account: str
    epoch: int
    started_at: datetime
    seen_at: datetime
    device: str
    address: str
    mac: bytes = field(default=b"", repr=False)

    def find_end(self, now: datetime) -> Literal["idle", "absolute"] | None:
        """Return why the session is over, if it is."""
        if now - self.started_at >= ABSOLUTE:
            return "absolute"
        return "idle" if now - self.seen_at >= IDLE else None

    @property
    def name(self) -> str:
        """Return what the session is called on pages and in forms; it opens nothing."""
        return self.id.hex()[:16]


def find_account_fault(account: str) -> str | None:
    """Return what is wrong with the name of an account."""
    if ACCOUNT.fullmatch(account):
        return None
    return "账号用 2 到 32 个小写字母、数字或短横，字母开头，例如 zhong-yun。"


def find_name_fault(name: str) -> str | None:
    """Return what is wrong with the name of a person."""
    if name.strip() and len(name) <= LONGEST_NAME and name.isprintable():
        return None
    return f"请写姓名，不超过 {LONGEST_NAME} 个字。"


def find_duties_fault(duties: Iterable[str]) -> str | None:
    """Return what is wrong with the duties of one account."""
    chosen = list(duties)
    if unknown := [one for one in chosen if one not in DUTIES]:
        allowed = "、".join(f"{key}（{word}）" for key, word in DUTIES.items())
        return f"没有“{unknown[0]}”这个岗位。可以写：{allowed}。"
    if not chosen:
        return "至少要选一个岗位。"
    for alone in ALONE:
        if alone in chosen and len(set(chosen)) > 1:
            return f"“{DUTIES[alone]}”不能和别的岗位放在一个账号上（等级保护要求三员分开）。请另开一个账号。"
    return None


def name_duties(duties: Iterable[str]) -> str:
    """Write duties as words, in their usual order."""
    chosen = set(duties)
    return "、".join(word for key, word in DUTIES.items() if key in chosen)


def write_staff(staff: Staff) -> str:
    """Return an account as canonical JSON, for `read_staff`."""
    told = {
        "id": staff.id,
        "name": staff.name,
        "union": staff.union,
        "duties": sorted(staff.duties),
        "added_at": staff.added_at.isoformat(),
        "disabled": staff.disabled,
        "password": staff.password,
        "password_at": staff.password_at and staff.password_at.isoformat(),
        "given_until": staff.given_until and staff.given_until.isoformat(),
        "totp": staff.totp.hex(),
        "totp_step": staff.totp_step,
        "recovery": list(staff.recovery),
        "epoch": staff.epoch,
        "version": staff.version,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_staff(text: str) -> Staff:
    """Return the account that `write_staff` wrote. Raises ValueError, KeyError, TypeError for anything else."""
    told = json.loads(text)

    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(told[name]) if told[name] else None

    return Staff(
        id=told["id"],
        name=told["name"],
        union=told["union"],
        duties=frozenset(told["duties"]),
        added_at=datetime.fromisoformat(told["added_at"]),
        disabled=told["disabled"],
        password=told["password"],
        password_at=moment("password_at"),
        given_until=moment("given_until"),
        totp=bytes.fromhex(told["totp"]),
        totp_step=told["totp_step"],
        recovery=tuple(told["recovery"]),
        epoch=told["epoch"],
        version=told["version"],
    )
