from datetime import timedelta

import pytest

from forms_api.accounts import add_staff
from forms_api.model import SYSTEM
from tests.forms_api.front_desk import PASSWORD, FrontDesk, Person, read_secret


@pytest.mark.parametrize(
    ("new", "again", "says"), [(PASSWORD, "x", "不一样"), ("password1234", "password1234", "太容易猜到")]
)
def test_a_first_password_that_will_not_do(desk: FrontDesk, new: str, again: str, says: str) -> None:
    given = add_staff(desk.review.accounts, "zhong", "钟云", "county", ("handler",), SYSTEM, ())
    client = desk.open_client()
    desk.enter(client, Person("zhong", given))
    refused = desk.post(client, "/first", {"new": new, "again": again})
    assert refused.status_code == 422
    assert says in refused.text


def test_a_factor_counts_only_with_a_code_of_the_secret_that_was_shown(desk: FrontDesk) -> None:
    given = add_staff(desk.review.accounts, "zhong", "钟云", "county", ("handler",), SYSTEM, ())
    client = desk.open_client()
    desk.enter(client, Person("zhong", given))
    desk.post(client, "/first", {"new": PASSWORD, "again": PASSWORD})
    secret = read_secret(client.get("/first").text)
    assert read_secret(client.get("/first").text) == secret
    refused = desk.post(client, "/first", {"code": "000000"})
    assert refused.status_code == 422
    assert "动态码不对" in refused.text
    desk.now += timedelta(minutes=1)
    code = desk.show_code(Person("zhong", PASSWORD, secret))
    assert "十个备用码" in desk.post(client, "/first", {"code": code}).text
    assert desk.post(client, "/first", {"to": "/account"}).location == "/account"


def test_a_broken_store_is_no_fault_of_whoever_asks(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    desk.review.store.close()
    answer = client.get("/account")
    assert answer.status_code >= 500
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
