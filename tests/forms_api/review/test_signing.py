import re
from datetime import timedelta

import pytest

from forms_api.accounts import add_staff, disable_staff, reset_staff
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


def test_five_wrong_tries_lock_the_account_for_a_quarter_of_an_hour(desk: FrontDesk) -> None:
    person = hire(desk)
    wrong = Person(person.account, "不是这个密码啊啊啊", person.secret)
    for _ in range(5):
        assert desk.enter(desk.open_client(), wrong).status_code == 403
    locked = desk.enter(desk.open_client(), person)
    assert locked.status_code == 429
    assert "先锁 15 分钟" in locked.text
    assert desk.kinds()[-1] == "locked_out"
    desk.now += timedelta(minutes=13)
    assert desk.enter(desk.open_client(), person).status_code == 429
    desk.now += timedelta(minutes=1)
    assert desk.enter(desk.open_client(), person).status_code == 303


def test_an_account_that_there_is_not_is_locked_like_any_other(desk: FrontDesk) -> None:
    answers = [desk.enter(desk.open_client(), Person("nobody", "x")).status_code for _ in range(6)]
    assert answers == [403] * 5 + [429]


def test_an_address_is_locked_after_many_accounts_were_tried(desk: FrontDesk) -> None:
    answers = [desk.enter(desk.open_client(), Person(f"nobody{number}", "x")).status_code for number in range(31)]
    assert answers == [403] * 30 + [429]


def test_a_recovery_code_counts_once(desk: FrontDesk) -> None:
    person = hire(desk)
    client = desk.open_client()
    assert desk.enter(client, person, person.codes[3].lower().replace("-", " ")).status_code == 303
    assert "还剩 9 个" in client.get("/account").text
    assert desk.kinds()[-2:] == ["login", "recovery_used"]
    assert desk.enter(desk.open_client(), person, person.codes[3]).status_code == 403


def test_new_recovery_codes_end_the_old_ones(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    person = desk.people["zhong"]
    used = desk.post(client, "/account/recovery", {"code": desk.show_code(person)})
    assert used.status_code == 422
    desk.now += timedelta(seconds=30)
    shown = desk.post(client, "/account/recovery", {"code": desk.show_code(person)})
    fresh = re.findall(r"<li>([A-Z0-9]{5}-[A-Z0-9]{5})</li>", shown.text)
    assert len(fresh) == 10
    assert not set(fresh) & set(person.codes)
    assert desk.enter(desk.open_client(), person, person.codes[0]).status_code == 403
    assert desk.enter(desk.open_client(), person, fresh[0]).status_code == 303


def test_an_idle_session_ends_and_says_so(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    for _ in range(3):
        desk.now += timedelta(minutes=29)
        assert client.get("/account").status_code == 200
    desk.now += timedelta(minutes=30)
    gone = client.get("/account")
    assert gone.location == "/login?to=%2Faccount&said=expired"
    assert "太久没有操作" in client.get(gone.location).text
    assert desk.kinds()[-1] == "session_ended"


def test_a_session_ends_after_ten_hours_however_busy(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    for _ in range(23):
        desk.now += timedelta(minutes=26)
        assert client.get("/account").status_code == 200
    desk.now += timedelta(minutes=26)
    assert client.get("/account").status_code == 303


def test_a_session_is_ended_from_elsewhere(desk: FrontDesk) -> None:
    here, there = desk.sign_in("handler"), desk.sign_in("handler")
    page = here.get("/account").text
    other = re.findall(r'name="session" value="([0-9a-f]+)"', page)[0]  # the one used last
    assert desk.post(here, "/account/sessions/end", {"session": other}).location == "/account?said=session_ended"
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200
    assert desk.post(here, "/account/sessions/end", {"session": other}).location == "/account"


def test_a_new_password_ends_every_other_session(desk: FrontDesk) -> None:
    here, there = desk.sign_in("handler"), desk.sign_in("handler")
    new = "灯笼 飞船 9 白菜 琴弦"
    done = desk.post(here, "/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert done.location == "/account?said=password_changed"
    assert "密码改好了" in here.get(done.location).text
    assert there.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "says"),
    [
        ("x", "灯笼 飞船 9 白菜 琴弦", "灯笼 飞船 9 白菜 琴弦", "现在的密码不对"),
        (PASSWORD, "灯笼 飞船 9 白菜 琴弦", "灯笼", "不一样"),
        (PASSWORD, PASSWORD, PASSWORD, "和现在的一样"),
        (PASSWORD, "zhong2026", "zhong2026", "至少 12 个字符"),
        (PASSWORD, "云溪县总工会2026123", "云溪县总工会2026123", "太容易猜到"),
    ],
)
def test_a_password_that_will_not_do(desk: FrontDesk, old: str, new: str, again: str, says: str) -> None:
    client = desk.sign_in("handler")
    refused = desk.post(client, "/account/password", {"old": old, "new": new, "again": again})
    assert refused.status_code == 422
    assert says in refused.text
    assert new not in refused.text


def test_guessing_the_present_password_is_limited(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    new = "灯笼 飞船 9 白菜 琴弦"
    answers = [
        desk.post(client, "/account/password", {"old": "x", "new": new, "again": new}).status_code for _ in range(6)
    ]
    assert answers == [422] * 4 + [429] * 2


def test_a_password_is_renewed_after_a_year(desk: FrontDesk) -> None:
    person = hire(desk)
    desk.now += timedelta(days=365)
    client = desk.open_client()
    assert desk.enter(client, person).location == "/first?to=%2F"
    assert "该换密码了" in client.get("/first").text
    new = "灯笼 飞船 9 白菜 琴弦"
    desk.post(client, "/first", {"old": PASSWORD, "new": new, "again": new})
    assert client.get("/account").status_code == 200


def test_a_one_time_password_lasts_a_week(desk: FrontDesk) -> None:
    given = add_staff(desk.review.accounts, "zhong", "钟云", "county", ("handler",), SYSTEM, ())
    desk.now += timedelta(days=7)
    assert desk.enter(desk.open_client(), Person("zhong", given)).status_code == 403


def test_signing_out_ends_the_session_itself(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    kept = client.get_cookie("staff")
    assert desk.post(client, "/logout", {}).location == "/login?said=signed_out"
    assert kept
    client.set_cookie("staff", kept.value)
    assert client.get("/account").status_code == 303


def test_a_row_that_was_altered_is_refused_and_told_once(desk: FrontDesk) -> None:
    person = hire(desk)
    client = desk.open_client()
    desk.enter(client, person)
    desk.review.store._engine.run("update staff set body = replace(body, 'handler', 'approver')")  # type: ignore[attr-defined]  # as intruders would
    assert client.get("/account").status_code == 303
    assert desk.enter(desk.open_client(), person).status_code == 403
    assert desk.kinds().count("staff_row_refused") == 1
    assert "被改动过" in desk.sign_in("admin").get("/staff/").text


def test_an_old_row_put_back_is_refused(desk: FrontDesk) -> None:
    person = hire(desk)
    engine = desk.review.store._engine  # type: ignore[attr-defined]  # as intruders would
    old = tuple(engine.first("select version, body, mac from staff"))
    staff = desk.review.accounts.find(person.account)
    assert staff
    disable_staff(desk.review.accounts, staff, SYSTEM)
    engine.run("update staff set version = ?, body = ?, mac = ?", *old)
    assert desk.enter(desk.open_client(), person).status_code == 403
    assert desk.kinds()[-2:] == ["staff_row_refused", "login_failed"]


def test_a_session_that_was_made_up_is_none(desk: FrontDesk) -> None:
    client = desk.sign_in("handler")
    desk.sign_in("approver")
    desk.review.store._engine.run("update sessions set account = 'shu'")  # type: ignore[attr-defined]  # as intruders would
    assert client.get("/account").status_code == 303


def test_nothing_in_the_database_helps_whoever_reads_it(desk: FrontDesk) -> None:
    person = hire(desk)
    client = desk.open_client()
    desk.enter(client, person)
    cookie = client.get_cookie("staff")
    assert cookie
    desk.review.store.backup(desk.folder / "copy.db")
    content = (desk.folder / "copy.db").read_bytes() + (desk.folder / "copy.db").read_text("latin-1").encode()
    for secret in (person.password, cookie.value, person.secret.hex(), *person.codes):
        assert secret.encode() not in content
    assert person.secret not in content


def test_an_account_that_is_gone_from_the_database_is_told(desk: FrontDesk) -> None:
    person = hire(desk)
    desk.review.store._engine.run("delete from staff")  # type: ignore[attr-defined]  # as intruders would
    assert desk.enter(desk.open_client(), person).status_code == 403
    assert "staff_row_refused" in desk.kinds()
