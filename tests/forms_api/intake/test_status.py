"""The status page in its states, and what a worker can do there."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forms_api.definitions import FormDefinition
from forms_api.fields import flatten
from forms_api.following import SUPPLY_FORM
from forms_api.forms_bundle import Bundle
from forms_api.intake.supplements import MORE_FILES, make_supplement
from forms_api.model import Actor, Asked, NewEvent
from forms_api.receiving import Receipt, receive
from forms_api.samples import make_answer, make_answers
from forms_api.storage import Amendment
from forms_api.workflow import REASONS, STATES
from tests.forms_api.desk import VISITOR, Desk
from tests.forms_api.intake.test_views import post

DAY = date(2026, 11, 20)
FOLDER = Path(__file__).parents[3] / "content" / "forms"
FORMS = sorted(path.stem for path in FOLDER.glob("*.yml"))
REVIEWER = Actor("staff", "reviewer")


def apply(office: Desk, bundle: Bundle, form_id: str = "hardship") -> Receipt:
    form = bundle.forms[form_id]
    answers = make_answers(form, bundle.world(DAY), Random(5), lambda field: [])
    return receive(office.intake, form, answers, (), office.token(form_id), VISITOR)


def move(office: Desk, receipt: Receipt, state: str, reason: str = "", note: str = "", fields: Any = None) -> None:
    """Do what the review does."""
    case = office.intake.store.find_case(receipt.reference)
    assert case
    now = office.intake.clock() + timedelta(seconds=1)
    asked = None if fields is None else Asked(tuple(fields), now + timedelta(days=10))
    after = replace(case, state=state, updated_at=now, reason=reason or None, note=note or None, asked=asked)
    data = {"action": "decide", "state": state, "reason": reason or None, "note": note or None}
    office.intake.store.amend(Amendment(case, after, NewEvent("moved", now, REVIEWER, data, case.id)))


def see(
    client: FlaskClient, receipt: Receipt, act: str = "", more: list[tuple[str, str]] | None = None
) -> TestResponse:
    keys = [("reference", receipt.reference), ("secret", receipt.secret or "")]
    return post(client, f"/status/{act}", [*keys, *(more or [])])


def supply(client: FlaskClient, office: Desk, receipt: Receipt, pairs: list[tuple[str, str]], token: str = "") -> str:
    sent = [*pairs, ("token", token or office.token(SUPPLY_FORM))]
    return see(client, receipt, "supply", sent).text


@pytest.mark.parametrize("form_id", FORMS)
def test_every_question_of_every_form_can_be_asked_again(
    client: FlaskClient, office: Desk, sample_bundle: Bundle, form_id: str
) -> None:
    form, receipt = sample_bundle.forms[form_id], apply(office, sample_bundle, form_id)
    move(office, receipt, "needs_supply", "unclear", "请补一下。", [])
    for section in form.sections:
        for one in section.fields:
            move(office, receipt, "needs_supply", "unclear", "请补一下。", [one.name])
            page = see(client, receipt)
            assert page.status_code == 200
            assert f'id="f-{one.name}"' in page.text
            if one.type != "statement":
                assert 'id="faults"' not in page.text
                assert f'id="{one.name}-e"' in supply(client, office, receipt, []), one.name


@pytest.mark.parametrize("form_id", FORMS)
def test_every_answer_given_again_is_accepted_and_opens(
    client: FlaskClient, office: Desk, sample_bundle: Bundle, form_id: str
) -> None:
    form, receipt = sample_bundle.forms[form_id], apply(office, sample_bundle, form_id)
    asked = [one for one in form.fields() if one.type not in ("group", "file", "statement")]
    asked = [one for one in asked if one in [field for section in form.sections for field in section.fields]]
    move(office, receipt, "needs_supply", "mismatch", "请再写一次。", [one.name for one in asked])
    given = {one.name: make_answer(one, sample_bundle.world(DAY), Random(9)) for one in asked}
    page = supply(client, office, receipt, list(flatten(given)))
    assert "您补了材料" in page, re.findall(r'class="msg"[^>]*>([^<]+)', page)
    case = office.intake.store.find_case(receipt.reference)
    assert case
    parts = office.intake.store.read_sealed(case.id)
    opened = json.loads(office.opener.open(parts[1].sealed, f"case:{case.id}"))
    assert (case.state, opened["answers"]) == ("submitted", given)


def test_a_group_asked_for_alone_hangs_on_nothing_outside(sample_bundle: Bundle) -> None:
    form = sample_bundle.forms["hardship"]
    group = next(one for one in form.fields() if one.type == "group")
    outer = group.fields[0].model_copy(update={"show_if": {"lives_alone": False}})
    inner = group.fields[1].model_copy(update={"show_if": {group.fields[0].name: "x"}})
    changed = group.model_copy(update={"fields": (outer, inner), "show_if": {"lives_alone": False}})
    first = form.sections[0].model_copy(update={"fields": (changed,)})
    asking = FormDefinition.model_construct(**{**dict(form), "sections": (first,)})
    (again, *rest) = make_supplement(asking, [group.name]).sections[0].fields
    assert (again.show_if, again.required) == (None, True)
    assert [(one.show_if, one.required) for one in again.fields] == [(None, False), (inner.show_if, inner.required)]
    assert rest[0] == MORE_FILES


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_page(client: FlaskClient, office: Desk, sample_bundle: Bundle, state: str) -> None:
    receipt = apply(office, sample_bundle)
    if state != "submitted":
        move(office, receipt, state, "not_eligible", "家庭收入超过了标准。")
    page = see(client, receipt).text
    assert STATES[state].label in page
    assert STATES[state].words in page
    if state != "submitted":
        assert REASONS["not_eligible"] in page
        assert "家庭收入超过了标准。" in page
    assert ("我确定要撤回" in page) == (
        not STATES[state].closed and state not in ("paid", "answered", "approved", "filed")
    )


def test_what_a_worker_adds_too_fast_is_kept_on_the_page(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    receipt = apply(office, sample_bundle)
    move(office, receipt, "needs_supply", "unclear", "请补一下。", [])
    office.now += timedelta(minutes=1)
    page = supply(client, office, receipt, [("more_said", "章已经补盖了")], token="forged")
    assert "还没有收下" in page
    assert "章已经补盖了" in page
    office.now += timedelta(minutes=1)
    fresh = re.findall(r'name="token" value="([^"]+)"', page)[0]
    assert "您补了材料" in supply(client, office, receipt, [("more_said", "章已经补盖了")], fresh)
    assert "您补了材料" in supply(client, office, receipt, [("more_said", "章已经补盖了")], fresh)
    assert "以先收到的为准" in supply(client, office, receipt, [("more_said", "另一句话")], fresh)
    assert "现在这一步已经不能这样办了" in supply(client, office, receipt, [("more_said", "又一句话")])


def test_files_that_are_gone_are_asked_for_again_with_the_rest_kept(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    receipt = apply(office, sample_bundle)
    move(office, receipt, "needs_supply", "unclear", "请补一下。", [])
    there = office.upload("more_files", "hardship")
    pairs = [
        ("more_said", "两张都补了"),
        ("more_files", there.id),
        ("more_files", "a" * 32),
        ("names", f"{there.id} 甲.jpg"),
    ]
    page = supply(client, office, receipt, pairs)
    assert "放得太久，已经清掉" in page
    assert "两张都补了" in page
    assert f'name="more_files" value="{there.id}"' in page
    assert "a" * 32 not in page
    assert "您补了材料" in supply(client, office, receipt, [pairs[0], pairs[1]])


def test_nothing_added_is_said(client: FlaskClient, office: Desk, sample_bundle: Bundle) -> None:
    receipt = apply(office, sample_bundle)
    move(office, receipt, "needs_supply", "unclear", "请补一下。", [])
    assert "还没有补任何内容" in supply(client, office, receipt, [])


@pytest.mark.parametrize("act", ["", "supply", "withdraw"])
def test_a_store_that_fails_says_so(client: FlaskClient, office: Desk, sample_bundle: Bundle, act: str) -> None:
    receipt = apply(office, sample_bundle)
    office.intake.store.close()
    page = see(client, receipt, act, [("sure", "yes")])
    assert page.status_code == 503
    assert "12351" in page.text


def test_a_case_that_cannot_be_withdrawn_any_more_says_so(
    client: FlaskClient, office: Desk, sample_bundle: Bundle
) -> None:
    receipt = apply(office, sample_bundle)
    move(office, receipt, "finished")
    page = see(client, receipt, "withdraw", [("sure", "yes")])
    assert "现在这一步已经不能这样办了" in page.text
    assert "已办结" in page.text


def test_a_worker_rates_what_is_done(client: FlaskClient, office: Desk, sample_bundle: Bundle) -> None:
    receipt = apply(office, sample_bundle)
    assert "办得怎么样" not in see(client, receipt).text
    move(office, receipt, "finished")
    assert "办得怎么样" in see(client, receipt).text
    assert "还没有评价" in see(client, receipt, "rate").text
    assert "还没有评价" in see(client, receipt, "rate", [("rating", "<b>")]).text
    assert "您的评价：<b>满意</b>" in see(client, receipt, "rate", [("rating", "good")]).text
    shown = see(client, receipt).text
    assert "您的评价" in shown
    assert 'name="rating"' not in shown
    assert client.get("/status/rate").status_code == 303
