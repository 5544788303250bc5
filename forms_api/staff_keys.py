"""The keys of accounts, all derived from one master in the review folder; they make rows of the database trustworthy.

Intake can write the database. So what stands there about staff holds only with a MAC under a key that intake has not, and
the secret of the second factor lies in a box.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from forms_api.references import parse_secret, spell
from forms_api.staff import Session, Staff, StaffRow, read_staff, write_staff
from forms_api.totp import SECRET_BYTES

MASTER_BYTES = 32
RECOVERY_CODES = 10
RECOVERY_LETTERS = 10
_GROUP = 5


class RowRefused(Exception):
    """A row of the database was changed behind the program's back; the argument is the account."""


@dataclass(frozen=True, slots=True)
class StaffKeys:
    """The keys, each for one purpose, derived from one master of 32 bytes."""

    pepper: bytes = field(repr=False)
    row: bytes = field(repr=False)
    session: bytes = field(repr=False)
    session_row: bytes = field(repr=False)
    post: bytes = field(repr=False)
    box: bytes = field(repr=False)
    enrol: bytes = field(repr=False)
    recovery: bytes = field(repr=False)
    name: bytes = field(repr=False)

    @classmethod
    def derive(cls, master: bytes) -> StaffKeys:
        """Return the keys that belong to a master. Raises ValueError where it is none."""
        if len(master) != MASTER_BYTES:
            raise ValueError("the master key of accounts has 32 bytes")
        return cls(*(hmac.digest(master, f"staff {name}".encode(), "sha256") for name in cls.__dataclass_fields__))

    # --- rows ---

    def write_row(self, staff: Staff) -> StaffRow:
        """Return an account as the store keeps it."""
        body = write_staff(staff)
        return StaffRow(staff.id, staff.version, body, hmac.digest(self.row, body.encode(), "sha256"))

    def read_row(self, row: StaffRow) -> Staff:
        """Return the account of a row. Raises RowRefused."""
        if not hmac.compare_digest(hmac.digest(self.row, row.body.encode(), "sha256"), row.mac):
            raise RowRefused(row.account)
        staff = read_staff(row.body)
        if (staff.id, staff.version) != (row.account, row.version):
            raise RowRefused(row.account)
        return staff

    # --- sessions ---

    def name_session(self, token: str) -> bytes:
        """Return the id under which the session of a cookie is kept."""
        return hmac.digest(self.session, token.encode("utf-8", "replace"), "sha256")

    def sign_session(self, session: Session) -> Session:
        """Return a session with its MAC."""
        return replace(session, mac=self._measure(session))

    def is_signed(self, session: Session) -> bool:
        """Tell whether a session is as it was written."""
        return hmac.compare_digest(self._measure(session), session.mac)

    def make_post_token(self, session_id: bytes) -> str:
        """Return what every form of a session must send back."""
        return hmac.digest(self.post, session_id, "sha256").hex()[:32]

    def _measure(self, session: Session) -> bytes:
        told = [
            session.id.hex(),
            session.account,
            session.epoch,
            session.started_at.timestamp(),
            session.seen_at.timestamp(),
            session.device,
            session.address,
        ]
        return hmac.digest(self.session_row, repr(told).encode(), "sha256")

    # --- the second factor ---

    def derive_totp(self, session_id: bytes, account: str) -> bytes:
        """Return the secret that a session offers for enrolment: the same on every page until it is confirmed."""
        return hmac.digest(self.enrol, session_id + account.encode(), "sha256")[:SECRET_BYTES]

    def box_totp(self, secret: bytes) -> bytes:
        """Return a secret in its box."""
        return bytes(SecretBox(self.box).encrypt(secret))

    def open_totp(self, boxed: bytes) -> bytes | None:
        """Return the secret of a box, or None if it is damaged."""
        try:
            return SecretBox(self.box).decrypt(boxed)
        except (CryptoError, ValueError):
            return None

    def hash_recovery(self, account: str, code: str) -> str:
        """Return what is kept of a recovery code, however it was typed."""
        return hmac.digest(self.recovery, f"{account}:{parse_secret(code)}".encode(), "sha256").hex()

    def name_failure(self, what: str, name: str) -> str:
        """Return the name under which wrong tries are counted; it tells nothing of what was typed."""
        return f"{what}:{hmac.digest(self.name, name.encode('utf-8', 'replace'), 'sha256').hex()[:32]}"


def make_recovery_codes(random: bytes) -> tuple[str, ...]:
    """Return ten recovery codes of ten letters from at least 100 random bytes."""
    size = len(random) // RECOVERY_CODES
    parts = (random[number * size : (number + 1) * size] for number in range(RECOVERY_CODES))
    spelt = (spell(part, RECOVERY_LETTERS) for part in parts)
    return tuple(f"{letters[:_GROUP]}-{letters[_GROUP:]}" for letters in spelt)
