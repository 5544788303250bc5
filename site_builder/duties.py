"""What must be held so often, and how it stands: a joint meeting each year, a contest each month. Pure.

After the county government's undertaking of one joint meeting with the unions a year (domain brief A000-49), of a contest each month (A001-03).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from site_builder.model import Duty
from site_builder.records import Event


@dataclass(frozen=True, slots=True)
class Turn:
    """How often something was held and is planned in the year or month that is running; `last` is its last day."""

    words: str
    last: date
    held: int
    planned: int
    missing: int


def count_turns(duty: Duty, events: Iterable[Event], today: date) -> Turn:
    """Return how a duty stands in the year or month of `today`; what was called off or put off does not count."""
    first, last, words = find_span(duty, today)
    meant = (one for one in events if one.kind in duty.kinds and (duty.named or "") in one.title)
    days = [one.start.date() for one in meant if one.is_on]
    held = sum(first <= day <= today for day in days)
    planned = sum(today < day <= last for day in days)
    return Turn(words, last, held, planned, max(0, duty.at_least - held - planned))


def find_span(duty: Duty, today: date) -> tuple[date, date, str]:
    """Return the first and the last day of the year or month that is running, and how it is called."""
    if duty.every == "年":
        return date(today.year, 1, 1), date(today.year, 12, 31), f"{today.year}年"
    begun = today.replace(day=1)
    return begun, (begun + timedelta(31)).replace(day=1) - timedelta(1), f"{today.year}年{today.month}月"
