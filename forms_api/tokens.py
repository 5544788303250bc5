"""Submission tokens, access secrets and proof of work: what intake can recognise again without keeping it.

A token names one sending of one form. It carries the signed time when its page was rendered and is itself the challenge of
the proof of work; once a case was made with it, it is remembered for good. Kept are keyed digests only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from forms_api.model import FileRef
from forms_api.references import SECRET, spell

RANDOM_BYTES = 15
_SIGNATURE_BYTES = 13  # 33 bytes in all: base64 without spare bits, so that a token has one spelling
_TIME_BYTES = 5
_TOKEN_BYTES = RANDOM_BYTES + _TIME_BYTES + _SIGNATURE_BYTES


class TokenForged(ValueError):
    """A token that this service did not give out for this form."""


@dataclass(frozen=True, slots=True)
class IntakeKeys:
    """The keys of intake, each for one purpose, derived from one master of 32 bytes. None opens an answer."""

    token: bytes = field(repr=False)
    stamp: bytes = field(repr=False)
    answers: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    secret_hash: bytes = field(repr=False)
    address: bytes = field(repr=False)
    upload: bytes = field(repr=False)
    draft: bytes = field(repr=False)
    ticket: bytes = field(repr=False)

    @classmethod
    def derive(cls, master: bytes) -> IntakeKeys:
        """Return the keys that belong to a master."""
        if len(master) != 32:
            raise ValueError("the master key of intake has 32 bytes")
        return cls(*(hmac.digest(master, name.encode(), "sha256") for name in cls.__dataclass_fields__))


def issue_token(keys: IntakeKeys, form: str, now: datetime, random: bytes) -> str:
    """Return a fresh token for a page of a form that is rendered now; `random` is 15 bytes."""
    head = random + int(now.timestamp()).to_bytes(_TIME_BYTES, "big")
    return base64.urlsafe_b64encode(head + _sign(keys, form, head)).decode()


def read_token(keys: IntakeKeys, form: str, token: str) -> datetime:
    """Return when the page of a token was rendered. Raises TokenForged."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raise TokenForged from None
    head, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    if len(raw) != _TOKEN_BYTES or not hmac.compare_digest(_sign(keys, form, head), signature):
        raise TokenForged
    return datetime.fromtimestamp(int.from_bytes(head[RANDOM_BYTES:], "big"), UTC)


def check_proof(token: str, proof: str, bits: int) -> bool:
    """Tell whether SHA-256 of `token:proof` begins with so many zero bits. The proof is a decimal number."""
    if not (proof.isascii() and proof.isdigit() and len(proof) <= 20):
        return False
    digest = hashlib.sha256(f"{token}:{proof}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def hash_token(keys: IntakeKeys, token: str) -> bytes:
    """Return what is kept of a token."""
    return hmac.digest(keys.token, token.encode(), "sha256")


def digest_answers(
    keys: IntakeKeys, token: str, form: str, answers: Mapping[str, Any], files: Sequence[FileRef]
) -> bytes:
    """Return the digest that binds a token to what was sent.

    The token, of which only a digest is kept, is part of the key: who holds the database and the keys cannot try out guesses.
    """
    named = sorted((file.field, file.id) for file in files)
    key = hmac.digest(keys.answers, token.encode(), "sha256")
    return hmac.digest(key, write_canonical([form, answers, named]), "sha256")


def write_canonical(data: Any) -> bytes:
    """Return data as JSON that is the same for the same data; dates and numbers of other kinds are written as text."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def derive_secret(keys: IntakeKeys, token: str) -> str:
    """Return the access secret that belongs to a token, so that a retry shows the same one."""
    return spell(hmac.digest(keys.secret, token.encode(), "sha256"), SECRET)


def hash_secret(keys: IntakeKeys, reference: str, secret: str) -> bytes:
    """Return what is kept of the access secret of a case."""
    return hmac.digest(keys.secret_hash, f"{reference}:{secret}".encode(), "sha256")


def hash_api_key(key: str) -> bytes:
    """Return what is kept of a program's key: it is random enough that a plain digest is safe."""
    return hashlib.sha256(key.encode()).digest()


def hash_address(keys: IntakeKeys, address: str, day: date) -> str:
    """Return a name for a network address that lasts one day and cannot be read back; IPv6 counts by its /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        known = "unknown"
    else:
        known = str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
    return hmac.digest(keys.address, f"{day}:{known}".encode(), "sha256").hex()[:24]


def _sign(keys: IntakeKeys, form: str, head: bytes) -> bytes:
    return hmac.digest(keys.stamp, head + form.encode(), "sha256")[:_SIGNATURE_BYTES]
