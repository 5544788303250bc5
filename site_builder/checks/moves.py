"""Rules about old addresses: one page each, and none at which a record stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from site_builder.checks.rules import Rule
from site_builder.model import Library
from site_builder.values import Problem

NAME = "moved-address"


def check_moves(library: Library, today: date) -> Iterator[Problem]:
    """Find old addresses that two records claim, and those that are the address of a record of this site."""
    owners = {record.url: record for record in library.records.values()}
    for _, record in sorted((key, one) for key, one in library.records.items() if one.moved_from):
        origin = library.origin(record)
        path, line = f"{library.root}/{origin.path}", origin.line("moved_from")
        for old in record.moved_from:
            owner = owners.setdefault(old, record)
            if owner is not record:
                said = f"旧网址 /{old} 已经归《{owner.title}》（{library.origin(owner).path}）。"
                yield Problem(path, line, NAME, said, "一个旧网址只能转到一页，请从其中一处删去。")
            elif old == record.url:
                yield Problem(path, line, NAME, f"旧网址 /{old} 就是这一页现在的网址。", "从 moved_from 里删去。")


RULES = (
    Rule(
        NAME,
        "error",
        "旧网址（moved_from）现在另有一页，或者两份内容写了同一个旧网址。",
        "一个旧网址只能转到一页，从多余的一处删去。",
        "records",
        check_moves,
    ),
)
