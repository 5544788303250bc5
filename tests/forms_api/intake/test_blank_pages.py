import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forms_api.config import Settings
from forms_api.intake import create_app
from tests.forms_api.desk import Desk

FORM = "/apply/suggestion/"


def describe(answer: TestResponse) -> tuple[int, list[tuple[str, str]], str]:
    """Return an answer without what differs from one to the next."""
    page = re.sub(r'(name="token" value|data-token)="[^"]+"', r"\1", answer.text)
    return answer.status_code, sorted(answer.headers.items()), page


def test_it_is_the_answer_that_the_app_gives(client: FlaskClient) -> None:
    drawn = describe(client.get(FORM))
    assert describe(client.get(FORM)) == describe(client.get(FORM + "?by=app")) == drawn
    assert client.head(FORM).data == b""


def test_each_page_has_its_own_token_which_holds(client: FlaskClient) -> None:
    pages = [client.get(FORM).text for _ in range(3)]
    tokens = [set(re.findall(r'(?:name="token" value|data-token)="([^"]+)"', page)) for page in pages]
    assert [len(one) for one in tokens] == [1, 1, 1]
    assert len(set.union(*tokens)) == 3


def test_the_next_day_has_its_own_page(client: FlaskClient, office: Desk) -> None:
    today = describe(client.get(FORM))
    office.now += timedelta(days=1)
    assert describe(client.get(FORM)) == describe(client.get(FORM)) == today


@pytest.mark.parametrize("address", ["/apply/", "/apply//", "/apply/nothing/", "/apply/suggestion"])
def test_other_addresses_are_the_apps(client: FlaskClient, address: str) -> None:
    client.get(FORM)
    assert client.get(address).status_code in (303, 308, 404)


def test_a_closed_intake_shows_no_form(office: Desk, bundle_folder: Path, tmp_path: Path) -> None:
    closed: list[Any] = []
    intake = replace(office.intake, guard=lambda: closed[0] if closed else None)
    client = create_app(intake, Settings(data=tmp_path, bundle=bundle_folder)).test_client()
    assert [client.get(FORM).status_code for _ in range(2)] == [200, 200]
    closed.append("store")
    assert client.get(FORM).status_code == 503
