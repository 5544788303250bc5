"""The outbox is emptied through a real gateway on this machine; what fails waits, then is left to staff."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from forms_api.notice_texts import BACK_OFF
from forms_api.notifications import HttpGateway
from forms_api.opening import Opener, make_pair
from forms_api.sending import send_waiting
from tests.forms_api.carriers import Gateway, running
from tests.forms_api.office_desk import Keyring, OfficeDesk, open_office

MOBILE = "13900000001"


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def test_the_worker_is_told_at_the_number_given(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership", mobile=MOBILE)
    gateway = Gateway()
    with running(gateway):
        notifier = HttpGateway(gateway.url)
        assert send_waiting(desk.office, notifier) == 1
        desk.act("unit", reference, "accept")
        assert send_waiting(desk.office, notifier) == 1
        assert send_waiting(desk.office, notifier) == 0
    told = [body for body, _ in gateway.taken]
    assert {body["to"] for body in told} == {MOBILE}
    assert [body["text"] for body in told] == [
        f"【云溪县总工会】已收到您的加入工会，编号{reference}。查进度请上网站“我的申请”，或打12351。",
        f"【云溪县总工会】您的加入工会（{reference}）已受理。有进展会再告诉您。",
    ]
    events = list(desk.office.store.list_events(desk.find(reference).id))
    assert [event.data["template"] for event in events if event.kind == "notice_sent"] == ["received", "accepted"]
    assert MOBILE not in repr(events)


def test_a_gateway_that_is_down_is_asked_less_and_less_and_then_staff(
    desk: OfficeDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.apply_for("membership", mobile=MOBILE)
    gateway = Gateway()
    gateway.status = 503
    with running(gateway), caplog.at_level(logging.WARNING):
        for wait in (*BACK_OFF, 0):
            assert send_waiting(desk.office, HttpGateway(gateway.url)) == 0
            assert send_waiting(desk.office, HttpGateway(gateway.url)) == 0
            desk.wait(seconds=wait)
    assert len(gateway.taken) == len(BACK_OFF) + 1
    assert {headers["Idempotency-Key"] for _, headers in gateway.taken} == {gateway.taken[0][0]["id"]}
    (stuck,) = desk.office.store.list_stuck()
    assert (stuck.tries, stuck.cause) == (len(BACK_OFF) + 1, "HTTP 503")
    assert MOBILE not in caplog.text


def test_a_gateway_that_comes_back_gets_it(desk: OfficeDesk) -> None:
    desk.apply_for("membership", mobile=MOBILE)
    gateway = Gateway()
    gateway.status = 500
    with running(gateway):
        assert send_waiting(desk.office, HttpGateway(gateway.url)) == 0
        gateway.status = 200
        desk.wait(seconds=BACK_OFF[0])
        assert send_waiting(desk.office, HttpGateway(gateway.url)) == 1
    assert desk.office.store.list_stuck() == []


def test_a_refused_number_goes_to_staff_at_once(desk: OfficeDesk) -> None:
    desk.apply_for("membership", mobile=MOBILE)
    gateway = Gateway()
    gateway.status = 400
    with running(gateway):
        assert send_waiting(desk.office, HttpGateway(gateway.url)) == 0
    assert [(one.tries, one.cause) for one in desk.office.store.list_stuck()] == [(1, "HTTP 400")]


def test_who_left_no_number_is_not_told_and_waits_for_nobody(desk: OfficeDesk) -> None:
    reference = desk.apply_for("hazard", mobile="")
    gateway = Gateway()
    with running(gateway):
        assert send_waiting(desk.office, HttpGateway(gateway.url)) == 0
    store = desk.office.store
    assert (gateway.taken, store.list_stuck(), store.list_waiting(desk.now)) == ([], [], [])
    events = store.list_events(case_id=desk.find(reference).id)
    assert [dict(one.data) for one in events if one.kind == "nobody_told"] == [{"template": "received"}]


def test_who_cannot_be_reached_is_left_to_staff(desk: OfficeDesk) -> None:
    desk.apply_for("membership", mobile=MOBILE)
    office = replace(desk.office, keyring=Keyring(Opener([make_pair()[1]])))
    gateway = Gateway()
    with running(gateway):
        assert send_waiting(office, HttpGateway(gateway.url)) == 0
    assert gateway.taken == []
    assert [one.cause for one in office.store.list_stuck()] == ["no contact"]
