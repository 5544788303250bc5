"""Friday 2026-11-20 is a working day, the weekend after it is free."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from forms_api.clocks import RUNNING, Limit, count_pause, find_due, tell_distance
from forms_api.definitions import CHINA
from forms_api.office import Work
from forms_api.workdays import WorkCalendar
from forms_api.workflow import STATES

FRIDAY = datetime(2026, 11, 20, 22, 0, tzinfo=CHINA)
CALENDAR = WorkCalendar()
WORK = Work("c1", "county", "submitted", FRIDAY)


@pytest.mark.parametrize(
    ("workflow", "changes", "limit", "due"),
    [
        ("aid", {}, Limit(15), date(2026, 11, 23)),
        ("aid", {}, None, date(2026, 11, 23)),
        ("aid", {}, Limit(15, told=3), date(2026, 11, 25)),
        ("aid", {"state": "accepted", "accepted_at": FRIDAY}, Limit(15), date(2026, 12, 11)),
        ("aid", {"state": "reviewing", "accepted_at": FRIDAY, "paused": 2}, Limit(15), date(2026, 12, 15)),
        ("aid", {"state": "accepted", "accepted_at": FRIDAY}, None, None),
        ("direct", {"state": "accepted", "accepted_at": FRIDAY, "paused": 1}, Limit(8, "自然日"), date(2026, 11, 30)),
        ("petition", {}, Limit(15), date(2026, 12, 5)),
        ("petition", {"state": "accepted", "accepted_at": FRIDAY}, None, date(2027, 1, 19)),
        ("petition", {"state": "forwarded", "extended": True}, None, date(2027, 2, 18)),
        ("aid", {"state": "needs_supply"}, Limit(15), None),
        ("aid", {"state": "public_notice"}, Limit(15), None),
        ("aid", {"state": "paid"}, Limit(15), None),
        ("petition", {"state": "answered"}, None, None),
    ],
)
def test_until_when_the_office_must_act(
    workflow: str, changes: dict[str, object], limit: Limit | None, due: date | None
) -> None:
    assert find_due(workflow, replace(WORK, **changes), FRIDAY, limit, CALENDAR) == due  # type: ignore[arg-type]  # by hand


def test_clocks_run_in_known_states_only() -> None:
    assert STATES.keys() >= RUNNING
    assert not any(STATES[state].closed for state in RUNNING)


def test_a_pause_counts_working_days() -> None:
    assert count_pause(CALENDAR, FRIDAY, FRIDAY) == 0
    assert count_pause(CALENDAR, FRIDAY, FRIDAY + timedelta(days=3)) == 1
    assert count_pause(CALENDAR, FRIDAY, FRIDAY + timedelta(days=4)) == 2


@pytest.mark.parametrize(("due", "days"), [(20, 0), (21, 0), (23, 1), (24, 2), (19, -1), (17, -3)])
def test_how_far_off_a_day_is(due: int, days: int) -> None:
    assert tell_distance(date(2026, 11, due), date(2026, 11, 20), CALENDAR) == days
