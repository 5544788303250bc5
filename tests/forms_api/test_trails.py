"""Events for those who audit: filtered, counted, and what is out of the ordinary; no answers, and every look leaves a trace."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from forms_api.casefiles import reveal
from forms_api.model import EVENT_KEYS, Actor, NewEvent
from forms_api.trails import KINDS, MANY_REVEALS, Asked, count_events, find_anomalies, list_trail, tell_event
from tests.forms_api.archives import purge, refuse
from tests.forms_api.office_desk import STAFF, OfficeDesk, open_office

ID = "11010519491231002X"
AUDITOR = STAFF["auditor"]


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def kinds(desk: OfficeDesk, asked: Asked) -> list[str]:
    return [event.kind for event in list_trail(desk.office, AUDITOR, asked)[0]]


def test_events_are_found_by_kind_actor_day_and_case(desk: OfficeDesk) -> None:
    first = desk.apply_for("membership", id_number=ID)
    reveal(desk.office, STAFF["unit"], first, "id_number")
    desk.wait(days=1)
    second = refuse(desk)
    assert kinds(desk, Asked(reference=first.lower())) == ["revealed", "routed", "submitted"]
    assert kinds(desk, Asked(kind="revealed")) == ["revealed"]
    assert kinds(desk, Asked(actor="reviewer")) == ["moved"]
    assert kinds(desk, Asked(actor="applicant")) == ["submitted", "submitted"]
    assert kinds(desk, Asked(until=date(2026, 11, 20), actor="unit")) == ["revealed"]
    assert kinds(desk, Asked(since=date(2026, 11, 21), kind="submitted")) == ["submitted"]
    assert kinds(desk, Asked(reference="YX-NONE")) == []
    events, total = list_trail(desk.office, AUDITOR, Asked(page=2), 2)
    assert (len(events), total) == (2, 13)
    assert ID not in repr(list(desk.office.store.list_events()))
    assert desk.find(second)


def test_each_look_is_an_event(desk: OfficeDesk) -> None:
    desk.apply_for("membership")
    list_trail(desk.office, AUDITOR, Asked())
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.actor.id, event.data) == ("trail_read", "auditor", {"found": 2})


def test_the_events_of_a_case_that_was_deleted_are_found_by_its_reference(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    refuse(desk, "membership")
    purge(desk, days=400)
    assert kinds(desk, Asked(reference=reference)) == ["purged", "moved", "routed", "submitted"]


def test_counts_by_kind_and_actor(desk: OfficeDesk) -> None:
    desk.apply_for("membership")
    desk.wait(days=40)
    refuse(desk)
    by_kind, by_actor = count_events(desk.office)
    assert by_kind == {"moved": 1, "routed": 1, "submitted": 1}
    assert by_actor == {"applicant": 1, "reviewer": 1, "system": 1}


def tell(desk: OfficeDesk, kind: str, actor: str | None = "unit", **data: str | int) -> None:
    who = Actor("staff", actor) if actor else Actor("system")
    desk.office.store.append_event(NewEvent(kind, desk.now, who, data))


def test_what_is_out_of_the_ordinary_is_counted(desk: OfficeDesk) -> None:
    for _ in range(MANY_REVEALS - 1):
        tell(desk, "revealed", field="id_number")
    assert find_anomalies(desk.office) == []
    tell(desk, "revealed", field="id_number")
    tell(desk, "register_exported", register="member", count=9)
    tell(desk, "login_failed", None, reason="password")
    today = desk.now.date()
    found = {(one.what, one.actor, one.day): one.count for one in find_anomalies(desk.office)}
    assert found == {
        ("一天里多次查看遮盖的内容", "unit", today): MANY_REVEALS, ("导出", "unit", today): 1, ("登录或解锁被拒绝", "system", today): 1,
    }  # fmt: skip
    desk.now = desk.now.replace(hour=21) + timedelta(days=1)
    tell(desk, "case_read")
    late = find_anomalies(desk.office)[0]
    assert (late.what, late.day, late.count) == ("休息时间查阅", today + timedelta(days=1), 1)
    desk.wait(days=60)
    assert find_anomalies(desk.office) == []


def test_every_kind_of_event_has_a_name_for_people() -> None:
    assert EVENT_KEYS.keys() == KINDS.keys(), "name a new kind in trails.KINDS"


def test_an_event_is_told_in_codes_without_what_somebody_wrote(desk: OfficeDesk) -> None:
    refuse(desk)
    event = list_trail(desk.office, AUDITOR, Asked(kind="moved"))[0][0]
    assert tell_event(event) == "到：未通过，原因：不符合这项服务的条件"
