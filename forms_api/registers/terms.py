"""Unions whose term has ended or ends soon, so that they are told in time to elect anew. Pure.

After 工会基层组织选举工作条例: terms of three or five years, put off by six months at most (domain brief B5.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

SOON_DAYS = 90
PUT_OFF_DAYS = 183


@dataclass(frozen=True, slots=True)
class Term:
    """A union whose term ends: `days` are left (below zero: past)."""

    union: str
    title: str
    ends: date
    days: int

    @property
    def words(self) -> str:
        """Return how it stands, in words."""
        if self.days >= 0:
            return f"还有 {self.days} 天到期"
        if self.days >= -PUT_OFF_DAYS:
            return f"已经超过 {-self.days} 天"
        return f"已经超过 {-self.days} 天，过了可以延期的六个月"


def list_terms(unions: Iterable[Mapping[str, Any]], scope: frozenset[str], today: date) -> list[Term]:
    """Return the unions of a scope that must elect anew within 90 days or should have, the latest first."""
    ends = (
        (one["id"], one.get("short") or one["title"], date.fromisoformat(one["term_end"]))
        for one in unions
        if one["id"] in scope and one.get("term_end")
    )
    terms = (Term(union, title, end, (end - today).days) for union, title, end in ends)
    return sorted((one for one in terms if one.days <= SOON_DAYS), key=lambda one: (one.days, one.union))
