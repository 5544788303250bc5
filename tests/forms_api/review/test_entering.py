"""Staff fill in the workers' own form for somebody; the case says who did and how it came."""

from __future__ import annotations

import html
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml.html import document_fromstring
from werkzeug.datastructures import MultiDict

from forms_api.config import Settings
from forms_api.fields import flatten
from forms_api.intake import create_app
from forms_api.receiving import Intake
from forms_api.samples import make_answers
from forms_api.tickets import LIFE
from tests.forms_api.front_desk import FrontDesk
from tests.page_faults import find_page_faults


@pytest.fixture
def public(desk: FrontDesk, tmp_path: Path, bundle_folder: Path) -> FlaskClient:
    """Return a browser at the public forms of the same county."""
    office = desk.review.office
    intake = Intake(office.store, desk.review.intake_keys, office.sealer, office.clock)
    app: Any = create_app(intake, Settings(data=tmp_path, bundle=bundle_folder))
    return app.test_client()  # type: ignore[no-any-return]  # flask's own class


def take_ticket(desk: FrontDesk, form: str, way: str) -> str:
    client = desk.sign_in("handler")
    page = client.get("/enter/")
    assert page.status_code == 200
    assert find_page_faults(page.text) == []
    offered = desk.post(client, "/enter/", {"form": form, "way": way})
    assert find_page_faults(offered.text) == []
    link = re.search(r'href="http://public(/apply/[^"]+)"', offered.text)
    assert link
    return html.unescape(link[1])


def fill_in(desk: FrontDesk, public: FlaskClient, page: str) -> str:
    """Answer a form without script, check it, send it; return the last page."""
    form, bundle = desk.review.bundle.forms["suggestion"], desk.review.bundle
    answers = make_answers(form, bundle.world(desk.now.date()), Random(1), lambda one: [])
    posted = MultiDict([*flatten(answers), *read_hidden(page)])
    check = public.post("/apply/suggestion/check", data=posted)
    assert "交之前，请再看一遍" in check.text
    return public.post("/apply/suggestion/receipt", data=MultiDict(read_hidden(check.text))).text


def read_hidden(page: str) -> list[tuple[str, str]]:
    inputs = document_fromstring(page).xpath("//form[.//input[@name='token']]//input[@type='hidden']")
    return [(one.get("name"), one.get("value")) for one in inputs]


@pytest.mark.parametrize("way", ["window", "paper"])
def test_what_staff_fill_in_says_so(desk: FrontDesk, public: FlaskClient, way: str) -> None:
    address = take_ticket(desk, "suggestion", way)
    page = public.get(address)
    assert "您在替别人填" in page.text
    assert "收到了" in fill_in(desk, public, page.text)
    (case,) = desk.review.store.list_cases()
    assert case.channel == way
    (event,) = desk.review.store.list_events(case.id)
    assert (event.actor.role, event.actor.id, event.data["channel"]) == ("staff", "zhong", way)


def test_a_ticket_that_ended_fills_in_nothing_for_others(desk: FrontDesk, public: FlaskClient) -> None:
    address = take_ticket(desk, "suggestion", "paper")
    page = public.get(address).text
    desk.now += LIFE
    assert public.get(address).status_code == 403
    assert "代填的时间太久" in fill_in(desk, public, page)
    assert desk.review.store.list_cases() == []


def test_only_forms_and_ways_that_there_are(desk: FrontDesk) -> None:
    client = desk.sign_in("reviewer")
    for form, way in (("nothing", "paper"), ("suggestion", "web"), ("suggestion", "")):
        assert desk.post(client, "/enter/", {"form": form, "way": way}).status_code == 404


@pytest.mark.parametrize(
    ("form", "dated", "said"),
    [
        ("tuition", "2026-11-20", "2026年11月20日不在受理期：这张表只在2026年7月20日至10月20日收。"),
        ("tuition", "", "2026年11月20日不在受理期"),
        ("suggestion", "2026-11-21", "交来的日子在今天以后。"),
        ("suggestion", "昨天", "请写清是哪天交来的。"),
    ],
)
def test_the_day_must_be_one_on_which_the_form_is_taken(desk: FrontDesk, form: str, dated: str, said: str) -> None:
    client = desk.sign_in("handler")
    refused = desk.post(client, "/enter/", {"form": form, "way": "paper", "dated": dated})
    assert refused.status_code == 422
    assert said in refused.text
    assert find_page_faults(refused.text) == []
    assert f'<option value="{form}" selected>' in refused.text


def test_a_paper_of_the_last_day_is_entered_later(desk: FrontDesk, public: FlaskClient) -> None:
    client = desk.sign_in("handler")
    offered = desk.post(client, "/enter/", {"form": "tuition", "way": "paper", "dated": "2026-10-20"})
    link = re.search(r'href="http://public(/apply/[^"]+)"', offered.text)
    assert link
    assert "您在替别人填" in public.get(html.unescape(link[1])).text
    assert "现在不收" in public.get("/apply/tuition/").text
