import secrets
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forms_api.config import Settings
from forms_api.forms_bundle import Bundle
from forms_api.intake import create_app
from forms_api.model import ApiKey
from forms_api.samples import make_answers
from forms_api.tokens import hash_api_key
from tests.forms_api import sample_files
from tests.forms_api.desk import Desk
from tests.forms_api.intake.test_views import rebuild

DAY = date(2026, 11, 20)
CASES = "/api/v1/forms/suggestion/cases"


@pytest.fixture
def bearer(office: Desk) -> dict[str, str]:
    """Give a program a key and return the header that shows it."""
    office.intake.store.add_api_key(ApiKey("kiosk", hash_api_key("secret-of-kiosk"), office.now))
    return {"Authorization": "Bearer secret-of-kiosk"}


@pytest.fixture
def answers(sample_bundle: Bundle) -> dict[str, Any]:
    """Return valid answers to the suggestion form."""
    form = sample_bundle.forms["suggestion"]
    return make_answers(form, sample_bundle.world(DAY), Random(1), lambda field: [])


def send(client: FlaskClient, bearer: dict[str, str], answers: Any, key: str = "", **more: Any) -> TestResponse:
    headers = bearer | {"Idempotency-Key": key or secrets.token_hex(8)}
    return client.post(CASES, json={"answers": answers, **more}, headers=headers)


def read_error(response: TestResponse) -> tuple[int, str]:
    assert set(response.json or {}) == {"error"}
    error = (response.json or {})["error"]
    assert set(error) <= {"code", "message", "fields", "cause"}
    return response.status_code, error["code"]


def test_an_application_is_taken_and_can_be_followed(
    client: FlaskClient, office: Desk, bearer: dict[str, str], answers: dict[str, Any]
) -> None:
    made = send(client, bearer, answers)
    assert made.status_code == 201
    told = made.json or {}
    case = office.intake.store.find_case(told["reference"])
    assert case
    assert case.channel == "api"
    keys = {"reference": told["reference"], "secret": told["secret"]}
    status = client.post("/api/v1/status", json=keys, headers=bearer)
    assert (status.status_code, (status.json or {})["state"]) == (200, "submitted")
    wrong = client.post("/api/v1/status", json=keys | {"secret": "x"}, headers=bearer)
    assert read_error(wrong) == (404, "unknown-case")


def test_the_same_key_gives_the_same_answer(
    client: FlaskClient, office: Desk, bearer: dict[str, str], answers: dict[str, Any]
) -> None:
    first, second = (send(client, bearer, answers, "key-00000001") for _ in range(2))
    assert second.status_code == 201
    assert {**(first.json or {}), "replayed": True} == second.json
    assert len(office.intake.store.list_cases()) == 1
    other = send(client, bearer, answers | {"subject": "另外一件事情"}, "key-00000001")
    assert read_error(other) == (409, "key-used")


def test_the_same_key_gives_the_same_answer_after_its_form_has_changed(
    client: FlaskClient,
    office: Desk,
    bearer: dict[str, str],
    answers: dict[str, Any],
    bundle_folder: Path,
    tmp_path: Path,
) -> None:
    first = send(client, bearer, answers, "key-00000001")
    app: Any = create_app(office.intake, Settings(data=tmp_path, bundle=rebuild(bundle_folder, tmp_path / "new")))
    later: FlaskClient = app.test_client()
    office.now += timedelta(days=30)
    assert send(later, bearer, answers, "key-00000001").json == {**(first.json or {}), "replayed": True}
    assert read_error(send(later, bearer, answers, "key-00000002")) == (422, "invalid")
    other = send(later, bearer, answers | {"content": "另外的一件事情，和先前的没有关系。"}, "key-00000001")
    assert read_error(other) == (409, "key-used")
    assert len(office.intake.store.list_cases()) == 1


def test_faults_are_told_by_field(client: FlaskClient, bearer: dict[str, str]) -> None:
    refused = send(client, bearer, {"unknown": 1})
    assert read_error(refused) == (422, "invalid")
    fields = (refused.json or {})["error"]["fields"]
    assert fields
    assert all(words.endswith("。") for words in fields.values())


@pytest.mark.parametrize(
    ("path", "options", "error"),
    [
        (CASES, {"json": {"answers": []}}, (422, "invalid")),
        (CASES, {"json": {"answers": {}, "confirmed": "x"}}, (400, "bad-request")),
        (CASES, {"json": {"answers": {}, "strange": 1}}, (422, "invalid")),
        (CASES, {"json": []}, (400, "not-json")),
        (CASES, {"data": "{", "content_type": "application/json"}, (400, "not-json")),
        (CASES, {"data": "x", "content_type": "text/plain"}, (415, "wrong-type")),
        (CASES, {"data": b"1" * (2 * 1024 * 1024 + 1), "content_type": "application/json"}, (413, "too-large")),
        ("/api/v1/forms/nothing/cases", {"json": {}}, (404, "not-found")),
        ("/api/v1/status", {"json": {"reference": 1}}, (422, "invalid")),
        ("/api/v1/nothing", {"json": {}}, (404, "not-found")),
        ("/api/v1/forms", {"json": {}}, (404, "not-found")),
    ],
)
def test_what_cannot_be_done_has_one_shape(
    client: FlaskClient, bearer: dict[str, str], path: str, options: dict[str, Any], error: tuple[int, str]
) -> None:
    response = client.post(path, headers=bearer | {"Idempotency-Key": "key-00000001"}, **options)
    assert read_error(response) == error


@pytest.mark.parametrize("key", ["", "short", "x" * 201, "\xff" * 10])
def test_a_key_of_its_own_is_asked_of_each_application(
    client: FlaskClient, bearer: dict[str, str], answers: dict[str, Any], key: str
) -> None:
    headers = bearer | ({"Idempotency-Key": key} if key else {})
    response = client.post(CASES, json={"answers": answers}, headers=headers)
    assert read_error(response) == (400, "no-idempotency-key")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret-of-kiosk"}])
@pytest.mark.usefixtures("bearer")
def test_without_a_key_nothing_is_told(client: FlaskClient, header: dict[str, str]) -> None:
    for path in (CASES, "/api/v1/forms/suggestion/files", "/api/v1/status"):
        assert read_error(client.post(path, json={}, headers=header)) == (401, "unauthorized")
    assert read_error(client.get("/api/v1/forms", headers=header)) == (401, "unauthorized")


def test_the_forms_are_listed(client: FlaskClient, bearer: dict[str, str], sample_bundle: Bundle) -> None:
    listed = (client.get("/api/v1/forms", headers=bearer).json or {})["forms"]
    assert {row["id"] for row in listed} == set(sample_bundle.forms)


def test_a_file_is_sent_first_and_named_in_the_answers(
    client: FlaskClient, office: Desk, bearer: dict[str, str], sample_bundle: Bundle
) -> None:
    form = next(form for form in sample_bundle.forms.values() if any(one.type == "file" for one in form.fields()))
    options = {"headers": bearer, "content_type": "application/octet-stream"}

    def send_file(field: Any) -> list[str]:
        path = f"/api/v1/forms/{form.id}/files?field={field.name}&name=a.pdf"
        made = client.post(path, data=sample_files.make_pdf(), **options)  # type: ignore[arg-type]  # plain options
        assert made.status_code == 201, made.text
        return [(made.json or {})["id"]]

    given = make_answers(form, sample_bundle.world(DAY), Random(3), send_file)
    path = f"/api/v1/forms/{form.id}/cases"
    made = client.post(path, json={"answers": given}, headers=bearer | {"Idempotency-Key": "key-00000002"})
    assert made.status_code == 201, made.text
    case = office.intake.store.find_case((made.json or {})["reference"])
    assert case
    assert office.intake.store.list_files(case.id)
    again = client.post(path, json={"answers": given}, headers=bearer | {"Idempotency-Key": "key-00000003"})
    assert read_error(again) == (422, "invalid")


@pytest.mark.parametrize(
    ("query", "options", "error"),
    [
        ("field=nothing&name=a.pdf", {"data": b"%PDF-", "content_type": "application/octet-stream"}, (422, "invalid")),
        ("field={}&name=a.pdf", {"data": b"x", "content_type": "text/plain"}, (415, "wrong-type")),
        ("field={}&name=a.pdf", {"data": b"MZ", "content_type": "application/octet-stream"}, (422, "file")),
    ],
)
def test_a_file_that_is_not_taken(
    client: FlaskClient, bearer: dict[str, str], sample_bundle: Bundle, query: str, options: Any, error: tuple[int, str]
) -> None:
    form = next(form for form in sample_bundle.forms.values() if any(one.type == "file" for one in form.fields()))
    field = next(one.name for one in form.fields() if one.type == "file")
    path = f"/api/v1/forms/{form.id}/files?{query.format(field)}"
    assert read_error(client.post(path, headers=bearer, **options)) == error


def test_a_limit_of_a_program_holds(client: FlaskClient, office: Desk, answers: dict[str, Any]) -> None:
    office.intake.store.add_api_key(ApiKey("slow", hash_api_key("slow-key"), office.now, per_minute=1))
    bearer = {"Authorization": "Bearer slow-key"}
    assert send(client, bearer, answers).status_code == 201
    refused = send(client, bearer, answers)
    assert read_error(refused) == (429, "too-many")
    assert int(refused.headers["Retry-After"]) > 0
