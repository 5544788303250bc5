"""Ids of imported records: date and pinyin initials, numbered on a clash."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from pypinyin import Style, lazy_pinyin

INITIALS = 16


def make_id(record_date: date | None, title: str, taken: Collection[str]) -> str:
    """Return `<YYYYMMDD>-<pinyin initials, at most 16>`, without the date if there is none, with -2, -3 … on a clash."""
    letters = "".join(lazy_pinyin(title, style=Style.FIRST_LETTER, errors=lambda text: text))
    initials = re.sub("[^a-z0-9]", "", letters.lower())[:INITIALS] or "wj"
    stem = f"{record_date:%Y%m%d}-{initials}" if record_date else initials
    number, found = 2, stem
    while found in taken:
        found, number = f"{stem}-{number}", number + 1
    return found
