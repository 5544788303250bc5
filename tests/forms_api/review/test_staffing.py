import re

import pytest

from tests.forms_api.front_desk import FrontDesk, Person

NEW = {"account": "fei", "name": "费明", "union": "county", "duty": ["reviewer"]}


def test_an_administrator_makes_changes_disables_and_resets_an_account(desk: FrontDesk) -> None:
    admin = desk.sign_in("admin")
    shown = desk.post(admin, "/staff/new", NEW)
    given = re.findall(r'class="key">([A-Z0-9-]+)<', shown.text)[0]
    fei, client = Person("fei", given), desk.open_client()
    desk.enter(client, fei)
    desk.settle(client, fei)
    assert desk.post(admin, "/staff/fei", NEW | {"duty": ["approver"]}).location == "/staff/fei?said=staff_changed"
    assert client.get("/account").status_code == 303
    desk.enter(client, fei)
    assert "审批" in client.get("/account").text
    assert desk.post(admin, "/staff/fei/disable", {}).location == "/staff/fei?said=staff_disabled"
    assert desk.enter(desk.open_client(), fei).status_code == 403
    assert "已停用" in admin.get("/staff/").text
    desk.post(admin, "/staff/fei/enable", {})
    assert desk.enter(desk.open_client(), fei).status_code == 303
    reset = desk.post(admin, "/staff/fei/reset", {})
    assert given not in reset.text
    assert "只显示这一次" in reset.text
    assert [kind for kind in desk.kinds() if kind.startswith("staff_")][-5:] == [
        "staff_added",
        "staff_changed",
        "staff_disabled",
        "staff_enabled",
        "staff_reset",
    ]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"account": "Fei"}, "小写字母"),
        ({"account": "pu"}, "已经有了"),
        ({"name": ""}, "请写姓名"),
        ({"union": "nowhere"}, "请选所属工会"),
        ({"union": ""}, "请选所属工会"),
        ({"duty": []}, "至少要选一个岗位"),
        ({"duty": ["handler", "admin"]}, "三员分开"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said_and_the_rest_kept(
    desk: FrontDesk, wrong: dict[str, object], says: str
) -> None:
    refused = desk.post(desk.sign_in("admin"), "/staff/new", NEW | wrong)
    assert refused.status_code == 422
    assert says in refused.text
    assert desk.review.accounts.find("fei") is None
    if "name" not in wrong:
        assert 'value="费明"' in refused.text


@pytest.mark.parametrize("what", ["", "/disable", "/enable", "/reset"])
def test_nobody_changes_their_own_account(desk: FrontDesk, what: str) -> None:
    refused = desk.post(desk.sign_in("admin"), f"/staff/pu{what}", NEW)
    assert refused.status_code == 403
    assert "不能改自己的账号" in refused.text


def test_an_account_that_there_is_not(desk: FrontDesk) -> None:
    assert desk.sign_in("admin").get("/staff/nobody").status_code == 404


def test_wrong_changes_of_an_account_are_said(desk: FrontDesk) -> None:
    desk.sign_in("handler")
    refused = desk.post(desk.sign_in("admin"), "/staff/zhong", NEW | {"duty": ["handler", "auditor"]})
    assert refused.status_code == 422
    assert "三员分开" in refused.text
