"""Rules for content/ and for the site built from it: every family's table joined, by stable names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

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
from site_builder.records import Record
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
    return sorted({*check_library(library, today), *_single(library)})


def check_library(library: Library, today: date) -> Iterator[Problem]:
    """Yield what the rules that look at everything at once find wrong on `today`."""
    for check in dict.fromkeys(rule.library for rule in RULES.values() if rule.library):
        yield from check(library, today)


def _single(library: Library) -> Iterator[Problem]:
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
