"""Any form that can be written: its page, answers as a browser posts them, the case that is stored; opened it is what was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from werkzeug.datastructures import MultiDict

from forms_api.config import Settings
from forms_api.definitions import FormDefinition
from forms_api.fields import flatten
from forms_api.intake import create_app
from forms_api.model import FileRef
from forms_api.questions import FIELD_TYPES
from forms_api.receiving import Limits
from forms_api.samples import make_answers
from tests.forms_api.desk import Desk, open_desk
from tests.forms_api.sample_forms import CONSENT, FORM

LABELS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12)
CHOICES = st.lists(LABELS, min_size=2, max_size=4, unique=True)
INNER = sorted(set(FIELD_TYPES) - {"group", "file", "statement"})


@st.composite
def fields(draw: st.DrawFn, name: str, kind: str) -> dict[str, Any]:
    """Draw the keys of one field of a type."""
    field: dict[str, Any] = {"name": name, "label": draw(LABELS.filter(str.strip)), "type": kind}
    if kind not in ("file", "statement"):
        field["required"] = draw(st.booleans())
    if kind == "text":
        field |= draw(st.sampled_from([{}, {"length": 30}, {"min": 2, "length": 5}]))
    if kind in ("money", "number"):
        field |= draw(st.sampled_from([{}, {"min": 3, "max": 9}, {"min": 0, "unit": "个"}]))
    if kind == "date":
        field |= draw(st.sampled_from([{}, {"max": "today"}, {"min": "2020-01-01", "max": "2026-01-01"}]))
    if kind in ("choice", "choices"):
        field["options"] = draw(CHOICES)
    if kind == "statement":
        field["text"] = "请看清楚。"
    if kind == "file":
        field |= {"need": draw(st.sampled_from(["必要", "容缺", "非必要"])), "max": draw(st.integers(1, 3))}
    if kind == "group":
        kinds = draw(st.lists(st.sampled_from(INNER), min_size=1, max_size=3))
        field |= {"min": 1, "max": draw(st.integers(1, 4))}
        field["fields"] = [draw(fields(f"{name}_{n}", one)) for n, one in enumerate(kinds)]
    return field


@st.composite
def conditions(draw: st.DrawFn, before: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Draw a condition over the fields before, or none."""
    known = [one for one in before if one["type"] in ("choice", "choices", "yes_no")]
    if not known or draw(st.booleans()):
        return None
    field = draw(st.sampled_from(known))
    simple = {field["name"]: draw(st.booleans() if field["type"] == "yes_no" else st.sampled_from(field["options"]))}
    return draw(st.sampled_from([simple, {"not": simple}, {"any": [simple, {"not": simple}]}, {"all": [simple]}]))


@st.composite
def forms(draw: st.DrawFn) -> FormDefinition:
    """Draw a whole form that keeps the rules for forms."""
    kinds = draw(st.lists(st.sampled_from(sorted(FIELD_TYPES)), min_size=1, max_size=9))
    made: list[dict[str, Any]] = []
    for number, kind in enumerate(kinds):
        field = draw(fields(f"q{number}", kind))
        if condition := draw(conditions(made)):
            field["show_if"] = condition
            if kind == "file":
                field["when"] = "有的话"
        made.append(field)
    cut = draw(st.integers(1, len(made)))
    parts = [part for part in (made[:cut], made[cut:]) if part]
    consents = [CONSENT | {"name": "agree"}, CONSENT | {"name": "agree_too", "kind": "finance", "label": "我也同意"}]
    consents.append(CONSENT | {"name": "agree_more", "kind": "publication", "required": False})
    privacy = FORM["privacy"] | {"consents": consents}
    sections = [{"title": f"第{n}部分", "fields": part} for n, part in enumerate(parts, 1)]
    return FormDefinition.model_validate(FORM | {"id": "any", "privacy": privacy, "sections": sections})


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = open_desk(tmp_path_factory.mktemp("office"), Limits(per_address=10**6, per_address_without_work=10**6))
    yield desk
    desk.intake.store.close()


@pytest.fixture(scope="module")
def client(office: Desk, bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    app: Any = create_app(office.intake, Settings(data=tmp_path_factory.mktemp("data"), bundle=bundle_folder))
    return app.test_client()  # type: ignore[no-any-return]  # flask's own class


def offer(client: FlaskClient, form: FormDefinition) -> Any:
    """Let the service offer a form, as if a build had written it; return its desk."""
    at: Any = client.application.extensions["workers-home"]
    at.bundle.forms[form.id] = form
    at.keep_versions()
    return at


def read_inputs(page: str) -> list[tuple[str, str]]:
    """Return what a browser would send of a page as it stands, with the token and all hidden answers."""
    tree = html.document_fromstring(page)
    return [(one.get("name"), one.get("value")) for one in tree.xpath("//main//form//input[@type='hidden']")]


def list_names(page: str) -> set[str]:
    """Return the names of all controls of a page; the row that the script copies counts for every row."""
    names = html.document_fromstring(page).xpath("//main//form//*[self::input or self::select or self::textarea]/@name")
    return {re.sub(r"-(?:\d+|__row__)-", "-N-", name) for name in names}


def drop_unticked(form: FormDefinition, answers: dict[str, Any]) -> dict[str, Any]:
    """Return answers without boxes that nobody ticked, which a browser does not send and the store keeps as a no."""
    boxes = {one.name for one in form.fields() if one.type == "consent"}
    kept = {name: value for name, value in answers.items() if value or name not in boxes}
    rows = {
        name: value for name, value in kept.items() if isinstance(value, list) and value and isinstance(value[0], dict)
    }
    return kept | {name: [drop_unticked(form, row) for row in value] for name, value in rows.items()}


@settings(max_examples=60)
@given(form=forms(), seed=st.integers(0, 2**32))
def test_what_is_opened_is_what_was_sent(client: FlaskClient, office: Desk, form: FormDefinition, seed: int) -> None:
    at = offer(client, form)
    page = client.get(f"/apply/{form.id}/").text
    uploads: list[FileRef] = []

    def upload(field: Any) -> list[str]:
        ref = office.upload(field.name, form.id)
        uploads.append(ref)
        return [ref.id]

    answers = make_answers(form, at.bundle.world(date(2026, 11, 20)), Random(seed), upload)
    sent = list(flatten(answers))
    files = {ref.field for ref in uploads}
    shown = list_names(page)
    assert {re.sub(r"-\d+-", "-N-", f"up-{name}" if name in files else name) for name, _ in sent} <= shown
    office.now += timedelta(minutes=1)
    check = client.post(f"/apply/{form.id}/check", data=MultiDict([*sent, ("token", dict(read_inputs(page))["token"])]))
    assert "交之前，请再看一遍" in check.text, re.findall(r'id="faults".*?</ul>', check.text)
    receipt = client.post(f"/apply/{form.id}/receipt", data=MultiDict(read_inputs(check.text))).text
    (reference,) = re.findall(r'class="ref">([^<]+)<', receipt)
    case = office.intake.store.find_case(reference)
    assert case
    (part,) = office.intake.store.read_sealed(case.id)
    opened = json.loads(office.opener.open(part.sealed, f"case:{case.id}"))
    assert drop_unticked(form, opened["answers"]) == drop_unticked(form, answers)
    assert opened["files"] == [{"field": ref.field, "id": ref.id} for ref in uploads]
    assert {file.id for file in office.intake.store.list_files(case.id)} == {ref.id for ref in uploads}
    assert office.intake.store.find_definition(case.version) == form.canonical()
