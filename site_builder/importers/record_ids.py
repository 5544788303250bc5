"""Ids of imported records: date and pinyin initials, numbered on a clash."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from site_builder.pinyin import write_initials

INITIALS = 16


def make_id(record_date: date | None, title: str, taken: Collection[str]) -> str:
    """Return `<YYYYMMDD>-<pinyin initials, at most 16>`, without the date if there is none, with -2, -3 … on a clash."""
    initials = write_initials(title)[:INITIALS] or "wj"
    stem = f"{record_date:%Y%m%d}-{initials}" if record_date else initials
    number, found = 2, stem
    while found in taken:
        found, number = f"{stem}-{number}", number + 1
    return found
