"""What the peers in Python share: the fields, the check of an identity number, sealing, the receipt. Runs in their own environment."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
from pathlib import Path
from typing import Any

from nacl.public import PrivateKey, SealedBox

FORM = json.loads(Path(__file__).with_name("form.json").read_text("utf-8"))
FIELDS: list[dict[str, Any]] = FORM["sections"][0]["fields"]
CONSENT: str = FORM["privacy"]["consents"][0]["name"]
DATABASE = os.environ.get("PEER_DATABASE", "")
TABLES = """
create table if not exists application (id text primary key, reference text unique, sealed blob, blind blob, state text, at text);
create table if not exists event (id text primary key, application_id text, kind text, at text, data text);
create index if not exists event_of on event (application_id);
"""
PRAGMAS = "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 30000;"
_BOX = SealedBox(PrivateKey.generate().public_key)
_KEY = secrets.token_bytes(32)
_WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]
_PAGE = "<!doctype html><html lang=zh><meta charset=utf-8><title>已收到</title><h1>已收到您的申请</h1><p>受理编号：<b>{}</b><p>请记下来。"


def is_resident_id(text: str) -> bool:
    """Tell whether a number has the right check character (GB 11643)."""
    if len(text) != 18 or not text[:17].isdigit():
        return False
    return (
        "10X98765432"[sum(int(digit) * weight for digit, weight in zip(text[:17], _WEIGHTS, strict=True)) % 11]
        == text[17]
    )


def seal(answers: dict[str, Any]) -> bytes:
    """Return answers that only the reviewer can open."""
    return bytes(_BOX.encrypt(json.dumps(answers, ensure_ascii=False, default=str).encode()))


def blind(number: str) -> bytes:
    """Return the keyed digest by which a number is found again."""
    return hmac.new(_KEY, number.encode(), hashlib.sha256).digest()


def make_reference() -> str:
    """Return a reference number."""
    return f"YX-{secrets.token_hex(5).upper()}"


def show_receipt(reference: str) -> bytes:
    """Return the page that tells the reference."""
    return _PAGE.format(reference).encode()


def make_database() -> None:
    """Make the tables."""
    connection = sqlite3.connect(DATABASE)
    connection.executescript(PRAGMAS + TABLES)
    connection.close()


if __name__ == "__main__":
    make_database()
