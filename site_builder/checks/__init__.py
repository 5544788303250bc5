"""Rules for content/ and for the site built from it: every family's table joined, by stable names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from site_builder.checks import (
    citing,
    dates,
    exemptions,
    language,
    moves,
    numbers,
    privacy,
    reading,
    records,
    services,
    site,
    structure,
)
from site_builder.checks.rules import RecordCheck, Rule
from site_builder.model import Library, Origin
from site_builder.records import BODY_LISTENERS, Record
from site_builder.values import Problem

FAMILIES: tuple[tuple[Rule, ...], ...] = (
    exemptions.RULES,
    reading.RULES,
    records.RULES,
    numbers.RULES,
    citing.RULES,
    dates.RULES,
    services.RULES,
    structure.RULES,
    moves.RULES,
    language.RULES,
    privacy.RULES,
    site.RULES,
)

RULES: dict[str, Rule] = {rule.name: rule for family in FAMILIES for rule in family}


def check_records(library: Library, today: date) -> list[Problem]:
    """Return what the rules about records find wrong in `library` on `today`, by file and line."""
    return sorted({*check_library(library, today), *check_single(library)})


def check_library(library: Library, today: date) -> Iterator[Problem]:
    """Yield what the rules that look at everything at once find wrong on `today`."""
    for check in dict.fromkeys(rule.library for rule in RULES.values() if rule.library):
        yield from check(library, today)


_LAID_OVER = (("", "publications"), ("", "withdrawals"))
"""What a server writes over the content each time it publishes; no rule looks at these."""


class Judged(NamedTuple):
    """What the rules that look at everything at once found, and a digest of all that they looked at ('' for nothing kept)."""

    key: str
    problems: tuple[Problem, ...]


def judge_library(library: Library, today: date, last: Judged | None = None) -> Judged:
    """Return what `check_library` yields; what it found last is taken over where nothing but bodies has changed."""
    key = _name_state(library, today)
    if last and last.key == key:
        return last
    heard: list[Record] = []
    BODY_LISTENERS.append(heard.append)
    try:
        problems = tuple(check_library(library, today))
    finally:
        BODY_LISTENERS.pop()
    return Judged("" if heard else key, problems)


def _name_state(library: Library, today: date) -> str:
    heads, digests = library.heads, library.digests
    lines = [
        f"{key} {heads.get(key) or digests.get(key, '')} {origin.path}"
        for key, origin in library.origins.items()
        if key not in _LAID_OVER
    ]
    return sha256("\n".join([str(today), library.root, *lines]).encode()).hexdigest()


def check_single(library: Library) -> Iterator[Problem]:
    """Yield what the rules that look at one record find wrong with each."""
    for record in library.records.values():
        origin = library.origin(record)
        yield from check_record(record, origin, f"{library.root}/{origin.path}")


@cache
def _list_record_checks() -> tuple[RecordCheck, ...]:
    return tuple(dict.fromkeys(rule.record for rule in RULES.values() if rule.record))


def check_record(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Yield what the rules that look at one record find wrong with it; `path` is the one that problems name."""
    for check in _list_record_checks():
        yield from check(record, origin, path)
