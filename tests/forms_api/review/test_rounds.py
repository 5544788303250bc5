"""The staff app's own rounds: what arrived is taken up, what waits is sent, and staff are told once a day."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from forms_api.certificates import find_fewest_days
from forms_api.content_clone import CannotPush, ContentClone, Make
from forms_api.definitions import CHINA
from forms_api.listings import Notice, find_notice, save_notice
from forms_api.model import SYSTEM, NewEvent
from forms_api.notifications import HttpGateway, NullNotifier, Undelivered, WeComGroup
from forms_api.publication import Draft
from forms_api.receiving import Intake, Limits
from forms_api.review.rounds import Rounds, start_rounds
from forms_api.standing import DIGEST_HOUR, Pace
from forms_api.storage import Change
from tests.forms_api.carriers import Gateway, running
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk
from tests.forms_api.office_desk import OfficeDesk


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    with running(server):
        yield server


@pytest.fixture
def worker(desk: FrontDesk) -> OfficeDesk:
    office = desk.review.office
    intake = Intake(
        office.store, desk.review.intake_keys, office.sealer, office.clock, limits=Limits(per_address=10**6)
    )
    return OfficeDesk(office, intake, desk.folder / "files", desk.now)


def open_rounds(desk: FrontDesk, gateway: Gateway) -> Rounds:
    return Rounds(desk.review, HttpGateway(gateway.url), WeComGroup(gateway.url), 500)


def test_messages_wait_until_the_key_is_unlocked(desk: FrontDesk, worker: OfficeDesk, gateway: Gateway) -> None:
    desk.review.vault.unlock(PASSPHRASE)
    worker.apply_for("membership", mobile="13900000001")
    desk.review.vault.lock()
    rounds = open_rounds(desk, gateway)
    rounds.go()
    assert [body.get("msgtype") for body, _ in gateway.taken] == ["text"]
    assert "还没有解锁" in gateway.taken[0][0]["text"]["content"]
    desk.review.vault.unlock(PASSPHRASE)
    rounds.go()
    assert gateway.taken[1][0]["to"] == "13900000001"


def test_staff_are_told_once_a_day_and_not_at_night(desk: FrontDesk, worker: OfficeDesk, gateway: Gateway) -> None:
    rounds = open_rounds(desk, gateway)
    desk.now = desk.now.replace(hour=DIGEST_HOUR - 1)
    rounds.go()
    assert gateway.taken == []
    desk.now = desk.now.replace(hour=DIGEST_HOUR)
    gateway.status = 500
    rounds.go()
    gateway.status = 200
    rounds.go()
    rounds.go()
    assert len(gateway.taken) == 2
    desk.now += timedelta(days=1)
    rounds.go()
    assert len(gateway.taken) == 3


def test_staff_are_told_of_a_certificate_that_ends(desk: FrontDesk, gateway: Gateway, tmp_path: Path) -> None:
    lasting, ending = tmp_path / "lasting.crt", tmp_path / "ending.crt"
    for path, days in ((lasting, 400), (ending, 9)):
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        made = ["-days", str(days), "-subj", "/CN=a.example", "-keyout", str(tmp_path / "key"), "-out", str(path)]
        subprocess.run([*words, *made], check=True, capture_output=True)
    today = datetime.now(CHINA)
    assert find_fewest_days((lasting,), today) in (399, 400)
    assert find_fewest_days((lasting, ending, tmp_path / "missing.crt"), today) in (8, 9)
    assert find_fewest_days((tmp_path / "missing.crt",), today) is None
    desk.now = today.replace(hour=DIGEST_HOUR, minute=30)
    rounds = Rounds(desk.review, HttpGateway(gateway.url), WeComGroup(gateway.url), 500, (ending,))
    rounds.go()
    assert "天到期。请续期。" in gateway.taken[0][0]["text"]["content"]


def test_rounds_tell_how_they_go(desk: FrontDesk, gateway: Gateway) -> None:
    rounds = open_rounds(desk, gateway)
    assert rounds.tell_pace() == Pace(desk.now, None, None, None, tells=True)
    begun, rounds.begun = desk.now, desk.now
    desk.now = desk.now.replace(hour=DIGEST_HOUR, minute=30)
    rounds.go()
    assert rounds.tell_pace() == Pace(begun, desk.now, None, desk.now.date(), tells=True)
    silent = Rounds(desk.review, HttpGateway(gateway.url), NullNotifier(), 500)
    silent.go()
    assert (silent.tell_pace().digest_day, silent.tell_pace().tells) == (None, False)


def test_each_round_shows_its_figures(desk: FrontDesk, gateway: Gateway) -> None:
    shown: list[dict[str, float]] = []
    rounds = Rounds(desk.review, HttpGateway(gateway.url), Broken(), 500, show=lambda told: shown.append(dict(told)))
    desk.review.store.append_event(NewEvent("backed_up", desk.now - timedelta(days=3), SYSTEM, {"digest": "0"}))
    rounds.told = desk.now.date()
    rounds.go()
    assert shown[0]["forms_vault_open"] == desk.review.vault.is_open
    assert shown[0]["forms_backup_age_days"] == 3
    assert shown[0]["forms_messages_stuck"] == 0


class Broken:
    """Carries nothing and breaks once."""

    tries = 0

    def send(self, to: str, text: str, key: str) -> None:
        self.tries += 1
        if self.tries == 1:
            raise ZeroDivisionError("MARKED")
        raise Undelivered("later")


def test_a_round_that_fails_is_not_the_last(
    desk: FrontDesk, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    stop, staff = Event(), Broken()
    rounds = Rounds(desk.review, HttpGateway(gateway.url), staff, 500)
    thread = start_rounds(rounds, stop, 0.01)
    deadline = time.monotonic() + 20
    while staff.tries < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    stop.set()
    thread.join(20)
    assert staff.tries >= 3
    assert [one.message for one in caplog.records if one.levelno == logging.ERROR] == ["round failed"]


class Clone(ContentClone):
    """A clone whose server is out of reach until it is reached, and that counts the tries."""

    def change(self, path: str, make: Make, message: str) -> str:
        raise CannotPush("连不上发布服务器。")


def test_lists_on_the_site_are_kept_up_to_date_and_tried_again_later(
    desk: FrontDesk, worker: OfficeDesk, gateway: Gateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A list that ended waits for its outcome; the server is out of reach, so ten minutes pass before the next try."""
    desk.review.vault.unlock(PASSPHRASE)
    office = desk.review.office
    file = Draft(
        "20261101-kunnan-1", "content/notices/2026/x.md", "公示", desk.now.date(), desk.now.date(), "---\n---\n"
    )
    ended = Notice("n1", "ended", "hardship", (), (), "clerk", ("reviewer",), "approver", file)
    written = save_notice(office, ended, "ended", "clerk")
    office.store.change(Change((written.event,), entries=(written.change,)))
    unreached = Clone(tmp_path / "content", str(tmp_path / "none"))
    rounds = Rounds(replace(desk.review, clone=unreached), HttpGateway(gateway.url), WeComGroup(gateway.url), 500)
    with caplog.at_level(logging.WARNING):
        for minutes, tries in ((0, 1), (9, 1), (2, 2)):
            desk.now += timedelta(minutes=minutes)
            rounds.go()
            assert sum(record.getMessage() == "lists not updated" for record in caplog.records) == tries
    remote = tmp_path / "remote.git"
    make_remote(remote, file.path, file.text)
    rounds.review = replace(desk.review, clone=ContentClone(tmp_path / "content", str(remote), ("true",)))
    desk.now += timedelta(minutes=11)
    rounds.go()
    assert rounds.failed is None
    assert find_notice(office, "n1").result == "公示期满，无异议。"


def make_remote(bare: Path, path: str, text: str) -> None:
    """Make a repository that holds one file."""
    work = bare.with_suffix(".work")
    file = work / path
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    name = ("-c", "user.name=x", "-c", "user.email=x@localhost")
    for words in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        (*name, "commit", "-q", "-m", "x"),
        ("clone", "-q", "--bare", ".", str(bare)),
    ):
        subprocess.run(["git", *words], cwd=work, check=True)
