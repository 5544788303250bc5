"""How long a case is kept: from its outcome and the notice of its form to the last day, and who must be warned. Pure.

PIPL art. 19: no longer than the purpose needs; art. 47: deleted of our own accord when the period is over. Where it cannot
be told when a period began (the membership or the file has not ended), the case is kept and the reason is said.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from forms_api.privacy import Outcome, Retention, Start

OUTCOMES: dict[str, Outcome] = {"finished": "approved", "refused": "refused", "withdrawn": "withdrawn"}
"""Closed state → outcome; a case in any other state is open and always kept."""
STARTS: dict[Start, str] = {"membership": "member", "file": "household"}
"""What a period may begin with the end of → the register that tells when it ended; the others begin with the closing."""
ENDED: Mapping[str, frozenset[str]] = {
    "member": frozenset({"left", "transferred"}),
    "household": frozenset({"closed"}),
}
"""Register → states in which a membership or a file has ended for good. A household that is still followed has not."""
UNKNOWN: dict[Start, str] = {
    "membership": "会籍还在，或者查不到会籍什么时候终止",
    "file": "困难职工档案还没有销档，或者查不到是哪一份档案",
    "case": "事件里查不到什么时候办结",
}
WARN_DAYS = (7, 30)
"""Days before the end from which staff are warned, the more urgent first."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a closed case: its outcome, its period, and the last day on which it is kept (None: not known)."""

    outcome: Outcome
    retention: Retention
    ends: date | None
    kept: str = ""
    """Why it is kept although, or because, the period cannot run; empty where it runs."""

    def is_over(self, today: date) -> bool:
        """Tell whether the period is over and nothing keeps the case."""
        return self.ends is not None and self.ends < today and not self.kept

    def warns(self, today: date) -> int | None:
        """Return how near the end is, as one of WARN_DAYS; None while it is farther, or where no period runs."""
        if self.ends is None:
            return None
        return next((days for days in WARN_DAYS if self.ends <= today + timedelta(days=days)), None)


def find_fate(outcome: Outcome, retention: Retention, started: date | None, kept: str = "") -> Fate:
    """Return what becomes of a case whose period began on a day; `kept` says what else keeps it."""
    if started is None:
        return Fate(outcome, retention, None, UNKNOWN[retention.start])
    return Fate(outcome, retention, add_period(started, retention), kept)


def add_period(start: date, retention: Retention) -> date:
    """Return the last day of a period; months and years end on the same day of the month, or on its last."""
    if retention.unit == "d":
        return start + timedelta(days=retention.count)
    months = start.year * 12 + start.month - 1 + retention.count * (12 if retention.unit == "y" else 1)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
