"""The interface against its description: whatever schemathesis makes up gets an answer that the description names."""

from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from forms_api.model import ApiKey
from forms_api.tokens import hash_api_key
from tests.forms_api.desk import Desk

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
BEARER = {"Authorization": "Bearer secret-of-kiosk"}


@pytest.fixture
def described(client: FlaskClient, office: Desk) -> Any:
    office.intake.store.add_api_key(ApiKey("kiosk", hash_api_key("secret-of-kiosk"), office.now))
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", client.application)


def probe(operation: Any, examples: int) -> None:
    """Send made-up requests to one operation: some that fit its description, some that do not."""

    @given(data=st.data())
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def check(data: st.DataObject) -> None:
        negative = data.draw(st.booleans())
        mode = schemathesis.GenerationMode.NEGATIVE if negative else schemathesis.GenerationMode.POSITIVE
        case = data.draw(operation.as_strategy(generation_mode=mode))
        case.call_and_validate(headers=BEARER, checks=CHECKS)

    check()


def test_the_document_is_openapi(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json or {}
    schemas = document["components"]["schemas"]
    assert {name for name in schemas if name.startswith("Answers-")}
    for schema in schemas.values():
        jsonschema_rs.meta.validate(schema)


def test_made_up_requests_get_answers_that_are_described(described: Any) -> None:
    wanted = ("list-forms", "show-status", "send-suggestion", "send-file-hardship")
    found = [one.ok() for one in described.get_all_operations()]
    chosen = [one for one in found if one.definition.raw["operationId"] in wanted]
    assert len(chosen) == len(wanted)
    for operation in chosen:
        probe(operation, 12)


@pytest.mark.long
def test_made_up_requests_to_every_form(described: Any) -> None:
    for one in described.get_all_operations():
        probe(one.ok(), 150)
