"""The course of a case by its events: told, decided, how many working days, late or not, pauses out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from forms_api.clocks import Limit
from forms_api.definitions import CHINA
from forms_api.model import SYSTEM, Case, Event, NewEvent, link
from forms_api.timelines import Course, follow_course
from forms_api.workdays import WorkCalendar

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=CHINA)
LIMIT = Limit(10)


def follow(workflow: str, *moves: tuple[int, str, str], limit: Limit | None = LIMIT, today: int = 200) -> Course:
    """Return the course of a case that came on a Monday and moved after so many days, by an action, to a state."""
    case = Case("c", "YX-1", "relief", "v", "web", "x", MONDAY, MONDAY, b"")
    told = {
        "form": "relief",
        "version": "v",
        "channel": "web",
        "files": 0,
        "content": "",
        "sums": "",
        "state": "submitted",
    }
    events: list[Event] = [link(NewEvent("submitted", MONDAY, SYSTEM, told, "c"), 1, b"")]
    for days, action, state in moves:
        data = {"action": action, "state": state, "reason": None, "note": None}
        events.append(link(NewEvent("moved", MONDAY + timedelta(days=days), SYSTEM, data, "c"), len(events) + 1, b""))
    day = (MONDAY + timedelta(days=today)).date()
    return follow_course(case, workflow, events, limit, WorkCalendar(), day)


@pytest.mark.parametrize(
    ("moves", "result", "days", "late"),
    [
        (((1, "accept", "accepted"), (8, "approve", "approved"), (9, "finish", "finished")), "approved", 5, False),
        (((1, "accept", "accepted"), (16, "approve", "approved")), "approved", 11, True),
        (((0, "refuse", "refused"),), "refused", 0, False),
        (((1, "accept", "accepted"), (2, "withdraw", "withdrawn")), "withdrawn", 1, False),
        ((), "", None, True),
        (
            ((1, "accept", "accepted"), (2, "ask", "needs_supply"), (9, "recall", "accepted"), (16, "approve", "approved")),
            "approved", 6, False,
        ),
        (((1, "accept", "accepted"), (2, "ask", "needs_supply"), (9, "refuse", "refused")), "refused", 1, False),
        (
            ((1, "accept", "accepted"), (2, "refuse", "refused"), (4, "reopen", "accepted"), (7, "approve", "approved")),
            "approved", 4, False,
        ),
    ],
)  # fmt: skip
def test_a_service(moves: tuple[tuple[int, str, str], ...], result: str, days: int | None, late: bool) -> None:
    course = follow("direct", *moves)
    assert (course.result, course.days, course.late_done) == (result, days, late)


def test_without_a_promise_nothing_is_late_and_natural_days_count_through() -> None:
    moves = ((1, "accept", "accepted"), (100, "approve", "approved"))
    assert not follow("direct", *moves, limit=None).late_done
    assert not follow(
        "direct", (1, "accept", "accepted"), (15, "approve", "approved"), limit=Limit(14, "自然日")
    ).late_done
    assert follow("direct", (1, "accept", "accepted"), (16, "approve", "approved"), limit=Limit(14, "自然日")).late_done


@pytest.mark.parametrize(
    ("moves", "result", "late_told", "late_done"),
    [
        (((15, "accept", "accepted"), (60, "answer", "answered")), "answered", False, False),
        (((16, "accept", "accepted"), (61, "answer", "answered")), "answered", True, True),
        (((5, "accept", "accepted"), (50, "extend", "accepted"), (90, "answer", "answered")), "answered", False, False),
        (((5, "forward", "forwarded"), (30, "finish", "finished")), "forwarded", False, False),
        (((5, "forward", "forwarded"),), "", False, True),
        ((), "", True, True),
    ],
)
def test_a_petition(moves: tuple[tuple[int, str, str], ...], result: str, late_told: bool, late_done: bool) -> None:
    course = follow("petition", *moves)
    assert (course.result, course.late_told, course.late_done) == (result, late_told, late_done)
