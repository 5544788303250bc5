"""Staff see what will be deleted, keep it with a reason, let it go, and delete early what a person asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from forms_api.casework import NoSuchCase
from forms_api.holds import LONGEST, hold, list_leaving, release
from forms_api.workflow import StepStopped
from tests.forms_api.archives import gone, purge, refuse
from tests.forms_api.office_desk import ELSEWHERE, STAFF, OfficeDesk, open_office


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def test_what_goes_soon_is_listed_with_the_reason_and_the_nearest_first(desk: OfficeDesk) -> None:
    first = refuse(desk, full_name="欧阳小满")
    desk.wait(days=20)
    second = refuse(desk, "membership", at=ELSEWHERE)
    desk.apply_for("hardship")
    desk.wait(days=340)
    rows = list_leaving(desk.office, STAFF["reviewer"])
    assert [(row.case.reference, row.level, row.ends) for row in rows] == [
        (first, 7, date(2027, 11, 20)), (second, 30, date(2027, 12, 10)),
    ]  # fmt: skip
    assert (rows[0].name, rows[0].title, rows[0].period, rows[0].kept) == (
        "欧阳小满",
        "困难职工认定与建档",
        "办结后1年",
        "",
    )
    assert [row.case.reference for row in list_leaving(desk.office, STAFF["elsewhere"])] == [second]


def test_a_hold_keeps_a_case_until_its_day_and_then_no_longer(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    desk.wait(days=360)
    until = desk.office.today() + timedelta(days=100)
    entry = hold(desk.office, STAFF["reviewer"], reference, "仲裁还没有结束。", until)
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data) == ("held", {"entry": entry.id, "until": until.isoformat()})
    assert "仲裁" not in repr(list(desk.office.store.list_events()))
    assert gone(purge(desk, days=100)) == []
    row = list_leaving(desk.office, STAFF["reviewer"])[0]
    assert (row.hold, row.kept) == ("仲裁还没有结束。", f"有人要求暂缓删除，到 {until} 为止")
    again = hold(desk.office, STAFF["reviewer"], reference, "案子发回重审。", until + timedelta(days=10))
    assert (again.id, again.version) == (entry.id, 2)
    assert gone(purge(desk, days=10)) == []
    assert gone(purge(desk, days=1)) == [reference]


def test_a_hold_that_is_released_lets_the_case_go(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    hold(desk.office, STAFF["reviewer"], reference, "有人举报，还在查。", desk.office.today() + timedelta(days=900))
    assert gone(purge(desk, days=400)) == []
    release(desk.office, STAFF["reviewer"], reference)
    assert gone(purge(desk)) == [reference]


Act = Callable[[OfficeDesk, str], object]
TOMORROW = timedelta(days=1)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda desk, ref: hold(desk.office, STAFF["clerk"], ref, "要留", desk.office.today() + TOMORROW), "duty"),
        (lambda desk, ref: hold(desk.office, STAFF["reviewer"], ref, " ", desk.office.today() + TOMORROW), "missing"),
        (lambda desk, ref: hold(desk.office, STAFF["reviewer"], ref, "要留", desk.office.today()), "missing"),
        (
            lambda desk, ref: hold(desk.office, STAFF["reviewer"], ref, "要留", desk.office.today() + TOMORROW * (LONGEST + 1)),
            "missing",
        ),
        (lambda desk, ref: release(desk.office, STAFF["reviewer"], ref), "state"),
        (lambda desk, ref: release(desk.office, STAFF["approver"], ref), "duty"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_refused_and_nothing_is_written(desk: OfficeDesk, act: Act, why: str) -> None:
    reference = refuse(desk)
    before = desk.office.store.find_last_event()
    with pytest.raises(StepStopped) as stopped:
        act(desk, reference)
    assert stopped.value.why == why
    assert stopped.value.words.endswith("。")
    assert desk.office.store.find_last_event() == before


def test_an_open_case_needs_no_hold_and_one_of_others_is_not_seen(desk: OfficeDesk) -> None:
    tomorrow = desk.office.today() + TOMORROW
    with pytest.raises(StepStopped, match="还没有办结"):
        hold(desk.office, STAFF["reviewer"], desk.apply_for("hardship"), "要留", tomorrow)
    with pytest.raises(NoSuchCase):
        hold(desk.office, STAFF["elsewhere"], refuse(desk), "要留", tomorrow)
