"""Staff sign in for the first time in a real browser, with the code that a phone would show; pages fit phone and desktop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest
from playwright.sync_api import Page, expect

from forms_api.accounts import add_staff
from forms_api.config import Settings
from forms_api.forms_bundle import read_bundle
from forms_api.model import SYSTEM
from forms_api.review import create_app
from tests.forms_api.front_desk import PASSPHRASE, PASSWORD, FrontDesk, Person, open_front_desk, read_secret
from tests.journeys.test_forms import _Quiet, _Server
from tests.page_audit import find_sideways, run_axe

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(sample_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDesk]:
    """Open a staff side with the bundle that the build of the sample wrote."""
    bundle = read_bundle(sample_site.parent / "forms-bundle")
    opened = open_front_desk(tmp_path_factory.mktemp("review"), bundle)
    yield opened
    opened.review.store.close()


@pytest.fixture(scope="module")
def address(desk: FrontDesk) -> Iterator[str]:
    """Serve the staff app on a port of its own."""
    app = create_app(desk.review, Settings(desk.folder, desk.folder, plain_http=True))
    server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def audit(page: Page) -> None:
    """Let a page be checked at both widths."""
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert find_sideways(page) == []
    assert run_axe(page) == []


def enter(page: Page, account: str, password: str, code: str = "") -> None:
    """Fill in the page of signing in and send it."""
    for name, text in (("账号", account), ("密码", password), ("动态码", code)):
        page.get_by_label(name, exact=True).fill(text)
    page.get_by_role("button", name="登录").click()


def test_from_the_one_time_password_to_an_unlocked_key_and_a_lost_phone(
    desk: FrontDesk, address: str, desktop: Page
) -> None:
    page = desktop
    given = add_staff(desk.review.accounts, "pu", "蒲燕", "county", ("admin",), SYSTEM, ())
    page.goto(f"{address}staff/")
    audit(page)
    enter(page, "pu", given)
    expect(page.get_by_role("heading", level=1)).to_have_text("设一个自己的密码")
    audit(page)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输一次新密码").fill(PASSWORD)
    page.get_by_role("button", name="就用这个密码").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("绑定手机动态码")
    audit(page)
    pu = Person("pu", PASSWORD, read_secret(page.content()))
    page.get_by_label("验证器现在显示的六位数字").fill(desk.show_code(pu))
    page.get_by_role("button", name="绑定").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("十个备用码")
    audit(page)
    code = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="我已经收好").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("账号")
    audit(page)

    page.get_by_role("link", name="去解锁").click()
    audit(page)
    page.get_by_label("私钥口令").fill(PASSPHRASE)
    page.get_by_role("button", name="解锁").click()
    expect(page.get_by_role("status")).to_have_text("已经解锁，可以看申请内容了。")
    page.goto(f"{address}account")
    audit(page)

    desk.now += timedelta(minutes=30)
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("太久没有操作")
    enter(page, "pu", PASSWORD, code)  # the phone is not at hand
    expect(page.get_by_text("还剩 9 个")).to_be_visible()

    desk.hire("zhong", "钟云", "county", ("handler",))
    page.goto(f"{address}staff/zhong")
    audit(page)
    page.get_by_role("button", name="重置，并显示一次性密码").click()
    audit(page)
    fresh = page.locator(".key").inner_text()
    page.get_by_role("button", name="退出").click()
    enter(page, "zhong", fresh)
    expect(page.get_by_role("heading", level=1)).to_have_text("设一个自己的密码")
    assert desk.kinds()[-2:] == ["logged_out", "login"]
