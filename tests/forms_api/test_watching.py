from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from forms_api.model import SYSTEM, NewEvent
from forms_api.notifications import NullNotifier
from forms_api.sending import send_waiting
from forms_api.watching import gather_condition, make_digest
from tests.forms_api.office_desk import OfficeDesk, open_office


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def test_the_condition_is_what_the_store_says(desk: OfficeDesk, tmp_path: Path) -> None:
    desk.apply_for("membership", mobile="13900000001")
    desk.wait(days=5)
    desk.apply_for("hardship", mobile="13900000001")
    drilled = {"fingerprint": "f", "result": "opened"}
    desk.office.store.append_event(NewEvent("key_drilled", desk.now - timedelta(days=3, hours=1), SYSTEM, drilled))
    condition = gather_condition(desk.office, tmp_path, locked=True, free_least=500)
    assert (condition.overdue, condition.due_soon, condition.unassigned) == (1, 1, 2)
    assert (condition.waiting_hours, condition.stuck, condition.locked) == (120, 0, True)
    assert (condition.drill_age, condition.backup_age) == (3, None)
    assert condition.free_megabytes > 0
    told = make_digest(desk.office, condition)
    assert told
    assert told.startswith("云溪县总工会申办服务 2026年11月25日")
    assert "1份申请已经超期" in told


def test_what_is_sent_waits_no_more(desk: OfficeDesk, tmp_path: Path) -> None:
    desk.apply_for("suggestion", mobile="13900000001")
    desk.apply_for("hazard", mobile="")
    desk.wait(hours=7)
    send_waiting(desk.office, NullNotifier())
    condition = gather_condition(desk.office, tmp_path, locked=False, free_least=500)
    assert (condition.waiting_hours, condition.stuck) == (
        0,
        0,
    )  # who left no number is told by nobody, which is no fault


def test_backups_and_rehearsals_are_as_old_as_their_events(desk: OfficeDesk, tmp_path: Path) -> None:
    store = desk.office.store
    store.append_event(NewEvent("backed_up", desk.now - timedelta(days=1), SYSTEM, {"digest": "d"}))
    told = {"digest": "d", "result": "passed"}
    store.append_event(NewEvent("backup_drilled", desk.now - timedelta(days=4), SYSTEM, told))
    condition = gather_condition(desk.office, tmp_path, locked=False, free_least=500)
    assert (condition.backup_age, condition.rehearsal_age, condition.rehearsal_failed) == (1, 4, False)
    store.append_event(NewEvent("backup_drilled", desk.now, SYSTEM, told | {"result": "failed"}))
    condition = gather_condition(desk.office, tmp_path, locked=False, free_least=500)
    assert (condition.rehearsal_age, condition.rehearsal_failed) == (0, True)
