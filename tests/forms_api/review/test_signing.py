from datetime import timedelta

import pytest

from forms_api.accounts import add_staff, reset_staff
from forms_api.model import SYSTEM
from forms_api.review.signing import WRONG
from tests.forms_api.front_desk import PASSWORD, FrontDesk, Person


def hire(desk: FrontDesk, account: str = "zhong") -> Person:
    return desk.hire(account, "钟云", "county", ("handler",))


def test_from_a_one_time_password_to_work(desk: FrontDesk) -> None:
    given = add_staff(desk.review.accounts, "zhong", "钟云", "county", ("handler",), SYSTEM, ("county",))
    person, client = Person("zhong", given), desk.open_client()
    assert client.get("/account").location == "/login?to=%2Faccount"
    first = desk.enter(client, person, to="/account?x=1")
    assert first.location == "/first?to=%2Faccount%3Fx%3D1"
    assert client.get("/account").location == "/first?to=%2Faccount"
    assert "设一个自己的密码" in client.get("/first").text
    desk.settle(client, person)
    assert len(set(person.codes)) == 10
    assert client.get("/account").status_code == 200
    assert client.get("/first?to=/account").location == "/account"
    assert desk.kinds()[-4:] == ["staff_added", "login", "password_changed", "totp_enrolled"]


def test_the_cookie_is_for_this_host_alone_and_not_for_scripts(desk: FrontDesk) -> None:
    given = add_staff(desk.review.accounts, "zhong", "钟云", "county", ("handler",), SYSTEM, ())
    client = desk.open_client()
    sent = desk.enter(client, Person("zhong", given)).headers["Set-Cookie"]
    assert "HttpOnly" in sent
    assert "SameSite=Strict" in sent


@pytest.mark.parametrize("wrong", ["account", "password", "code"])
def test_nothing_tells_which_of_the_three_was_wrong(desk: FrontDesk, wrong: str) -> None:
    person = hire(desk)
    desk.now += timedelta(minutes=5)
    typed = {"account": person.account, "password": PASSWORD, "code": desk.show_code(person)}
    refused = desk.open_client().post("/login", data=typed | {wrong: "000000x"})
    assert refused.status_code == 403
    assert WRONG in refused.text
    assert "Set-Cookie" not in refused.headers
    assert desk.kinds()[-1] == "login_failed"


def test_a_code_counts_once(desk: FrontDesk) -> None:
    person = hire(desk)
    desk.now += timedelta(minutes=5)
    code = desk.show_code(person)
    assert desk.enter(desk.open_client(), person, code).status_code == 303
    assert desk.enter(desk.open_client(), person, code).status_code == 403


def test_a_reset_takes_the_lost_phone_away(desk: FrontDesk) -> None:
    person = hire(desk)
    client = desk.open_client()
    desk.enter(client, person)
    staff = desk.review.accounts.find(person.account)
    assert staff
    given = reset_staff(desk.review.accounts, staff, SYSTEM)
    assert client.get("/account").location.startswith("/login?")
    desk.now += timedelta(minutes=1)
    assert desk.enter(desk.open_client(), person).status_code == 403
    assert desk.enter(desk.open_client(), person, person.codes[0]).status_code == 403
    again = desk.open_client()
    fresh = Person(person.account, given)
    assert desk.enter(again, fresh).location == "/first?to=%2F"
    desk.settle(again, fresh, "灯笼 飞船 9 白菜 琴弦")
    assert fresh.secret != person.secret
