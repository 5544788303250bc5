"""Until when the office must act on a case: working days and calendar days, paused while something is asked. Pure.

Petitions after 信访工作条例 (2022): told within 15 days whether it is taken up, done within 60, 30 more once. For the rest the
promised limit of the guide holds, in its own unit, and the day on which acceptance must be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from forms_api.definitions import CHINA
from forms_api.office import Work
from forms_api.workdays import WorkCalendar

Unit = Literal["工作日", "自然日"]
PETITION_TOLD, PETITION_DONE, PETITION_LONGER = 15, 60, 30
SOON = 2
"""Working days before the end from which a case counts as due soon."""
RUNNING = frozenset(
    {"submitted", "accepted", "visiting", "reviewing", "cleared", "approving", "approved", "filed", "forwarded"}
)
"""States in which the office must act; in the others the clock stands still or has ended."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a service may take from acceptance on, and how soon acceptance must be told (working days)."""

    days: int
    unit: Unit = "工作日"
    told: int = 1


def find_due(workflow: str, work: Work, received: datetime, limit: Limit | None, calendar: WorkCalendar) -> date | None:
    """Return the last day on which the office may act on a case as it stands; None where no clock runs."""
    if work.state not in RUNNING:
        return None
    start = received.astimezone(CHINA).date()
    if workflow == "petition":
        days = PETITION_TOLD if work.state == "submitted" else PETITION_DONE + PETITION_LONGER * work.extended
        return start + timedelta(days=days)
    if work.state == "submitted" and work.accepted_at is None:
        return calendar.after(start, limit.told if limit else 1)
    if limit is None:
        return None
    begun = (work.accepted_at or received).astimezone(CHINA).date()
    if limit.unit == "自然日":
        return calendar.after(begun + timedelta(days=limit.days), work.paused)
    return calendar.after(begun, limit.days + work.paused)


def count_pause(calendar: WorkCalendar, left: datetime, back: datetime) -> int:
    """Return for how many working days a clock stood still between two moments; the day it began counts, the last not."""
    start, end = left.astimezone(CHINA).date(), back.astimezone(CHINA).date()
    return calendar.count(start, end - timedelta(days=1))


def tell_distance(due: date, today: date, calendar: WorkCalendar) -> int:
    """Return how many working days are left until a day (0: today), below zero how many it is past."""
    if due < today:
        return -calendar.count(due + timedelta(days=1), today)
    return calendar.count(today + timedelta(days=1), due)
