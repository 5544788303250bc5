"""Codes of the second factor: TOTP after RFC 6238 (SHA-1, 30 seconds, six digits), as every authenticator app knows it."""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
DRIFT = 1
"""How many steps the clock of a phone may be ahead or behind."""


def find_step(now: datetime) -> int:
    """Return the number of the step that a moment lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def make_code(secret: bytes, step: int) -> str:
    """Return the code of a step."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def match_step(secret: bytes, code: str, now: datetime, used: int) -> int | None:
    """Return the step whose code was typed, if it is a current one after the last that was used."""
    typed = tidy_code(code)
    today = find_step(now)
    found = [step for step in range(today - DRIFT, today + DRIFT + 1) if _is_same(make_code(secret, step), typed)]
    return next((step for step in found if step > used), None)


def tidy_code(code: str) -> str:
    """Return a typed code without spaces and differences of width."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", code[:40]))


def spell_secret(secret: bytes) -> str:
    """Return a secret in the letters that apps take, in groups of four."""
    letters = base64.b32encode(secret).decode()
    return " ".join(_cut(letters, 4))


def write_address(secret: bytes, account: str, issuer: str) -> str:
    """Return the address that an app reads from the QR code."""
    letters = base64.b32encode(secret).decode()
    label = quote(f"{issuer}:{account}", safe=":")
    return f"otpauth://totp/{label}?secret={letters}&issuer={quote(issuer)}&digits={DIGITS}&period={STEP_SECONDS}"


def _is_same(code: str, typed: str) -> bool:
    return hmac.compare_digest(code.encode(), typed.encode())


def _cut(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))
