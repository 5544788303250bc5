import dataclasses
import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from forms_api.attachments import LIFE, Shelf, take_file
from forms_api.file_kinds import Given
from forms_api.intake.sweeping import start_sweeping, sweep_once
from forms_api.model import Draft
from forms_api.questions import FormField
from forms_api.serving import hold_lock
from forms_api.sinks import find_font
from forms_api.storage import Charge
from forms_api.storage.files import FolderFiles
from tests.forms_api.desk import Desk
from tests.forms_api.sample_files import make_pdf

PHOTO = FormField(name="photo", label="照片", type="file")
DRAFT = b"d" * 32


@pytest.fixture
def shelf(office: Desk, tmp_path: Path) -> Shelf:
    at, font = office.intake, find_font()
    assert at.sealer
    assert font
    return Shelf(FolderFiles(tmp_path / "files"), at.store, at.sealer, at.clock, str, font)


class Counted(Event):
    """An event that counts how often it was waited for."""

    waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        return super().wait(timeout)


@pytest.fixture
def stop() -> Iterator[Counted]:
    event = Counted()
    yield event
    event.set()


def leave(office: Desk, shelf: Shelf) -> Path:
    """Leave an upload, a draft and a limit that all run out, and return where the file lies."""
    office.intake.store.charge((Charge("b", 1, 60),), office.now)
    office.intake.store.save_draft(Draft(DRAFT, "trip", b"sealed", office.now + timedelta(hours=1)))
    return shelf.files.path(take_file(shelf, "trip", PHOTO, Given("a.pdf"), [make_pdf()]).id)


def test_what_has_run_out_goes_and_nothing_earlier(office: Desk, shelf: Shelf) -> None:
    path = leave(office, shelf)
    assert (sweep_once(office.intake, shelf), path.exists()) == (0, True)
    office.now += LIFE + timedelta(minutes=1)
    assert (sweep_once(office.intake, shelf), path.exists()) == (3, False)
    assert sweep_once(office.intake, None) == 0


def test_one_process_sweeps_and_the_next_takes_over(office: Desk, shelf: Shelf, stop: Counted, tmp_path: Path) -> None:
    path, lock = leave(office, shelf), tmp_path / "sweep.lock"
    office.now += LIFE + timedelta(minutes=1)
    other = hold_lock(lock)
    thread = start_sweeping(office.intake, shelf, lock, stop, (0.0, 0.01))
    assert wait_until(lambda: stop.waits > 5)
    assert path.exists()

    os.close(other)
    assert wait_until(lambda: not path.exists())
    stop.set()
    thread.join(20)
    os.close(hold_lock(lock))


def test_a_store_that_fails_once_is_swept_later(
    office: Desk, stop: Counted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clocks = iter([ZeroDivisionError("MARKED")])

    def clock() -> datetime:
        for fault in clocks:
            raise fault
        return office.now

    broken = dataclasses.replace(office.intake, clock=clock)
    leaves = Charge("b", 1, 60)
    office.intake.store.charge((leaves,), office.now - timedelta(hours=1))
    thread = start_sweeping(broken, None, tmp_path / "sweep.lock", stop, (0.0, 0.01))
    assert wait_until(lambda: "swept" in [one.message for one in caplog.records])
    stop.set()
    thread.join(20)
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == ["sweeping failed"]


def wait_until(told: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not told():
        time.sleep(0.005)
    return told()
