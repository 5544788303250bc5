"""Forms that are taken on some days only: before, on, and after them, by page, draft, ticket and program."""

from __future__ import annotations

import re
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from forms_api.definitions import CHINA
from forms_api.fields import flatten
from forms_api.forms_bundle import Bundle
from forms_api.model import ApiKey
from forms_api.samples import make_answers
from forms_api.tickets import Ticket, issue_ticket
from forms_api.tokens import hash_api_key
from tests.forms_api.desk import Desk
from tests.forms_api.intake.test_views import count_cases, post
from tests.page_faults import find_page_faults

FORM = "enrolment"
"""In the sample it is taken while events take sign-ups, the last time from 16 November to 4 December 2026."""
PAGE, CHECK, SEND = (f"/apply/{FORM}/{end}" for end in ("", "check", "receipt"))
LAST = "2026-12-04T23:50"
AFTER = "2026-12-05T00:00"


def set_clock(office: Desk, moment: str) -> None:
    office.now = datetime.fromisoformat(moment).replace(tzinfo=CHINA)


@pytest.fixture(scope="module")
def answers(sample_bundle: Bundle) -> dict[str, Any]:
    """Return valid answers without files."""
    form, world = sample_bundle.forms[FORM], sample_bundle.world(date(2026, 12, 1))
    drawn = (make_answers(form, world, Random(seed), lambda _: []) for seed in range(200))
    return next(one for one in drawn if one["kind"] == "讲座或活动")


@pytest.fixture(scope="module")
def pairs(answers: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the answers as a browser sends them."""
    return list(flatten(answers))


def read_token(page: str) -> str:
    return re.findall(r'name="token" value="([^"]+)"', page)[0]


def test_the_sample_says_when(sample_bundle: Bundle) -> None:
    assert sample_bundle.windows["tuition"][0].end == date(2026, 10, 20)
    assert sample_bundle.windows[FORM][-1].end == date(2026, 12, 4)
    assert "membership" not in sample_bundle.windows


@pytest.mark.parametrize(
    ("moment", "form", "said"),
    [
        ("2026-11-20T09:00", "tuition", "这一次已经在2026年10月20日截止"),
        ("2026-07-19T23:59", "tuition", "还没有开始收，2026年7月20日至10月20日受理"),
        (AFTER, FORM, "这一次已经在2026年12月4日截止"),
    ],
)
def test_outside_the_window_the_page_says_so_and_what_to_do(
    client: FlaskClient, office: Desk, moment: str, form: str, said: str
) -> None:
    set_clock(office, moment)
    for _ in range(2):  # drawn, and as it was drawn before
        page = client.get(f"/apply/{form}/")
        assert (page.status_code, "apply-form" in page.text) == (200, False)
        assert said in page.text
        assert "12351" in page.text
        assert "看办事指南" in page.text
        assert find_page_faults(page.text) == []


@pytest.mark.parametrize(
    ("moment", "taken"), [("2026-11-15T23:59:59", False), ("2026-11-16T00:00", True), (LAST, True), (AFTER, False)]
)
def test_the_empty_form_comes_and_goes_at_midnight_in_china(
    client: FlaskClient, office: Desk, moment: str, taken: bool
) -> None:
    set_clock(office, LAST)
    assert "apply-form" in client.get(PAGE).text
    set_clock(office, moment)
    assert ("apply-form" in client.get(PAGE).text) == taken


@pytest.mark.parametrize(("now", "taken"), [("2026-12-05T00:59", True), ("2026-12-05T01:00", False)])
def test_a_page_that_was_opened_in_time_is_taken_for_an_hour(
    client: FlaskClient, office: Desk, pairs: list[tuple[str, str]], now: str, taken: bool
) -> None:
    set_clock(office, LAST)
    sent = [*pairs, ("token", read_token(client.get(PAGE).text))]
    set_clock(office, now)
    assert ("交之前，请再看一遍" in post(client, CHECK, sent).text) == taken
    assert ("收到了，请留好回执" in post(client, SEND, sent).text) == taken
    assert count_cases(office) == taken


def test_what_comes_too_late_is_given_back_whole(
    client: FlaskClient, office: Desk, pairs: list[tuple[str, str]]
) -> None:
    set_clock(office, LAST)
    sent = [*pairs, ("token", read_token(client.get(PAGE).text))]
    set_clock(office, "2026-12-06T09:00")
    for where in (CHECK, SEND):
        page = post(client, where, sent)
        assert page.status_code == 409
        assert "没有收下，您填的都在这里" in page.text
        assert "2026年12月4日截止" in page.text
        assert "data-send" not in page.text
        assert dict(pairs)["full_name"] in page.text
        assert find_page_faults(page.text) == []
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
        assert set(pairs) <= set(hidden)
    kept = post(client, f"/apply/{FORM}/draft", hidden)
    code = re.findall(r'class="key">([^<]+)<', kept.text)[0]
    back = post(client, f"/apply/{FORM}/resume", [("code", code)])
    assert dict(pairs)["full_name"] in back.text
    assert "今天交不上去" in back.text
    assert count_cases(office) == 0


def test_what_comes_too_late_and_has_faults_keeps_every_answer(client: FlaskClient, office: Desk) -> None:
    set_clock(office, "2026-12-06T09:00")
    page = post(client, CHECK, [("full_name", "骆小满"), ("mobile", "12")])
    assert 'value="骆小满"' in page.text
    assert 'value="12"' in page.text
    assert "这一份没有收下" in page.text


def test_what_was_accepted_gives_its_receipt_on_any_day(
    client: FlaskClient, office: Desk, pairs: list[tuple[str, str]]
) -> None:
    set_clock(office, LAST)
    sent = [*pairs, ("token", read_token(client.get(PAGE).text))]
    set_clock(office, "2026-12-04T23:55")
    first = re.findall(r'class="ref">([^<]+)<', post(client, SEND, sent).text)
    set_clock(office, "2026-12-06T09:00")
    assert re.findall(r'class="ref">([^<]+)<', post(client, SEND, sent).text) == first
    assert count_cases(office) == 1


@pytest.mark.parametrize(("dated", "taken"), [(date(2026, 12, 4), True), (date(2026, 12, 5), False)])
def test_paper_counts_by_the_day_on_which_it_was_brought(
    client: FlaskClient, office: Desk, pairs: list[tuple[str, str]], dated: date, taken: bool
) -> None:
    set_clock(office, "2026-12-09T09:00")
    ticket = issue_ticket(office.intake.keys, FORM, Ticket("zhong", "paper", dated), office.now)
    page = client.get(f"{PAGE}?ticket={ticket}").text
    sent = [*pairs, ("token", read_token(page)), ("ticket", ticket)]
    assert "交之前，请再看一遍" in post(client, CHECK, sent).text
    answer = post(client, SEND, sent)
    assert ("收到了，请留好回执" in answer.text) == taken
    assert ("没有收下，您填的都在这里" in answer.text) != taken
    cases = office.intake.store.list_cases()
    assert len(cases) == taken
    for case in cases:
        (event,) = office.intake.store.list_events(case.id)
        assert event.data["dated"] == "2026-12-04"


def test_a_program_gets_the_one_shape(client: FlaskClient, office: Desk, answers: dict[str, Any]) -> None:
    office.intake.store.add_api_key(ApiKey("kiosk", hash_api_key("secret-of-kiosk"), office.now))
    headers = {"Authorization": "Bearer secret-of-kiosk"}
    told = client.get("/api/v1/forms", headers=headers).json or {}
    windows = {one["id"]: one["windows"] for one in told["forms"]}
    assert windows["tuition"] == [{"start": "2026-07-20", "end": "2026-10-20"}]
    assert windows["membership"] is None

    def send(key: str) -> tuple[int, dict[str, Any]]:
        own = headers | {"Idempotency-Key": key}
        answer = client.post(f"/api/v1/forms/{FORM}/cases", json={"answers": answers}, headers=own)
        return answer.status_code, answer.json or {}

    assert send("key-00000001")[0] == 201
    set_clock(office, AFTER)
    status, again = send("key-00000001")
    assert (status, again["replayed"]) == (201, True)
    status, late = send("key-00000002")
    assert (status, set(late["error"]), late["error"]["code"]) == (409, {"code", "message"}, "outside-window")
    assert "2026年12月4日截止" in late["error"]["message"]
