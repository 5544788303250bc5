"""What the events of a case tell of its course: when it was told, decided, how long that took, whether it was late. Pure.

Petitions after 信访工作条例 (2022): told within 15 days whether it is taken up, done within 60, 30 more once. The rest by the
limit that the guide promises, from acceptance on, without the time for which something was asked of the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from forms_api.clocks import PETITION_DONE, PETITION_LONGER, PETITION_TOLD, Limit, count_pause
from forms_api.definitions import CHINA
from forms_api.model import Case, Event
from forms_api.workdays import WorkCalendar

Result = Literal["", "approved", "refused", "withdrawn", "answered", "forwarded"]
DECIDED: dict[str, Result] = {
    "approved": "approved",
    "answered": "answered",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "finished": "forwarded",
}
"""State in which a case is decided → result; what is finished without an answer was passed on."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a case went; `days` are the working days that the office took, `late` whether a limit was not kept."""

    form: str
    workflow: str
    received: date
    told: date | None
    done: date | None
    result: Result
    days: int | None
    late_told: bool
    late_done: bool
    rating: str = ""


def follow_course(
    case: Case, workflow: str, events: Sequence[Event], limit: Limit | None, calendar: WorkCalendar, today: date
) -> Course:
    """Return the course of a case from its events, as of a day."""
    moves = [event for event in events if event.data.get("state")]
    reopened = max((event.seq for event in moves if event.data.get("action") == "reopen"), default=0)
    left = next((event for event in moves if event.data["state"] not in ("submitted", "needs_supply")), None)
    decided = next((one for one in moves if one.seq > reopened and one.data["state"] in DECIDED), None)
    received = _day(case.received_at)
    told, done = (_day(one.at) if one else None for one in (left, decided))
    paused = _count_pauses(moves, decided, calendar)
    begun = received if left is None or left is decided else _day(left.at)
    result: Result = DECIDED[str(decided.data["state"])] if decided else ""
    days = max(0, calendar.count(begun + timedelta(days=1), done) - paused) if done else None
    if workflow == "petition":
        longer = PETITION_LONGER * any(event.data.get("action") == "extend" for event in moves)
        told_by, done_by = received + timedelta(days=PETITION_TOLD), received + timedelta(days=PETITION_DONE + longer)
    else:
        told_by = calendar.after(received, limit.told if limit else 1)
        done_by = _find_end(begun, limit, paused, calendar)
    late_done = result != "withdrawn" and (done or today) > done_by
    late_told = (told or today) > told_by
    return Course(
        case.form, workflow, received, told, done, result, days, late_told, late_done, find_rating(events) or ""
    )


def find_rating(events: Iterable[Event]) -> str | None:
    """Return what the worker said of how a case was handled: the first word counts. None where nothing was said."""
    return next((str(event.data["rating"]) for event in events if event.kind == "rated"), None)


def _find_end(begun: date, limit: Limit | None, paused: int, calendar: WorkCalendar) -> date:
    if limit is None:
        return date.max
    if limit.unit == "自然日":
        return calendar.after(begun + timedelta(days=limit.days), paused)
    return calendar.after(begun, limit.days + paused)


def _count_pauses(moves: Sequence[Event], decided: Event | None, calendar: WorkCalendar) -> int:
    """Return for how many working days something was asked of the worker, before the decision."""
    total, since = 0, None
    for event in moves:
        if since and event.data["state"] != "needs_supply":
            total += count_pause(calendar, since, event.at)
            since = None
        if event.data["state"] == "needs_supply":
            since = since or event.at
        if event is decided:
            break
    return total


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()
