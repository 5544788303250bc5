"""Workers apply in a real browser: every form, with script and without; shared computers; broken networks; audits."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from forms_api.config import Settings
from forms_api.definitions import CHINA
from forms_api.forms_bundle import Bundle, read_bundle
from forms_api.intake import create_app
from forms_api.intake.beside import serve_beside
from forms_api.model import Upload
from forms_api.receiving import Limits
from forms_api.samples import make_answers
from forms_api.windows import find_standing
from tests.forms_api.desk import Desk, open_desk
from tests.forms_api.form_filler import fill_form
from tests.forms_api.intake.test_status import apply, move
from tests.page_audit import find_sideways, run_axe

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).parents[2] / "content" / "forms"
FORMS = sorted(path.stem for path in FOLDER.glob("*.yml"))
ALWAYS = ("hardship", "suggestion")
EACH_FORM = [pytest.param(form, marks=() if form in ALWAYS else pytest.mark.long) for form in FORMS]
PATIENT = Limits(per_address=9999, per_address_without_work=9999, least_seconds=0, work_bits=8)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Open an intake whose clock runs from the sample's day on."""
    started = time.monotonic()
    desk = open_desk(tmp_path_factory.mktemp("office"), PATIENT)
    desk.now = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
    object.__setattr__(desk.intake, "clock", lambda: desk.now + timedelta(seconds=time.monotonic() - started))
    yield desk
    desk.intake.store.close()


@pytest.fixture(scope="module")
def bundle(sample_site: Path) -> Bundle:
    """Return the bundle that the build of the sample wrote."""
    return read_bundle(sample_site.parent / "forms-bundle")


@pytest.fixture(scope="module")
def address(sample_site: Path, office: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve site and service behind one address."""
    settings = Settings(data=tmp_path_factory.mktemp("data"), bundle=sample_site.parent / "forms-bundle")
    app = serve_beside(create_app(office.intake, settings), sample_site)
    server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a photograph of nothing."""
    path = tmp_path_factory.mktemp("pictures") / "照片.jpg"
    Image.effect_mandelbrot((900, 700), (-2, -1.2, 1, 1.2), 40).convert("RGB").save(path, quality=80)
    return path


def open_context(browser: Browser, *, script: bool = True, width: int = 320) -> BrowserContext:
    return browser.new_context(
        viewport={"width": width, "height": 800},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        java_script_enabled=script,
    )


def move_into_window(office: Desk, bundle: Bundle, form: str) -> None:
    """Let it be a day on which a form is taken."""
    windows = bundle.windows.get(form)
    if windows and find_standing(windows, office.intake.clock().date()).open is None:
        office.now = datetime.combine(windows[-1].start, datetime.min.time().replace(hour=9), CHINA)


def answers_for(bundle: Bundle, form: str, seed: int, office: Desk) -> dict[str, Any]:
    world = bundle.world(office.intake.clock().date())
    return make_answers(bundle.forms[form], world, Random(seed), lambda field: ["upload"] if field.is_required else [])


def fill_and_check(page: Page, address: str, bundle: Bundle, form: str, answers: dict[str, Any], picture: Path) -> None:
    """Go from the empty form, over a mistake, to the page that shows everything once more."""
    script = bool(getattr(page.context, "with_script", True))
    page.goto(f"{address}apply/{form}/")
    page.locator("[data-next]").click()
    page.locator(".msg").first.wait_for()
    fill_form(page, bundle.forms[form], answers, picture, script=script)
    if script:
        assert page.locator(".up .msg").all_inner_texts() == []
    page.locator("[data-next]").click()
    page.locator("[data-send], #faults").first.wait_for()
    assert page.locator("[data-send]").count(), page.locator("#faults").all_inner_texts()


def list_uploads(office: Desk) -> list[Upload]:
    """Return every upload that there is, as a far future would sweep them, and those of cases."""
    store = office.intake.store
    waiting = store.list_stale_uploads(office.intake.clock() + timedelta(days=999))
    taken = [store.find_upload(file.id) for case in store.list_cases(limit=999) for file in store.list_files(case.id)]
    return [*waiting, *(one for one in taken if one)]


def read_receipt(page: Page) -> tuple[str, str]:
    return page.locator(".slip .ref").inner_text(), page.locator(".slip .key").inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("form", EACH_FORM)
def test_from_empty_to_receipt(
    browser: Browser, address: str, bundle: Bundle, office: Desk, picture: Path, form: str, script: bool
) -> None:
    context = open_context(browser, script=script)
    context.with_script = script  # type: ignore[attr-defined]  # a note of the test's own
    if script:
        context.add_init_script("localStorage.setItem('modes', 'elder')")
    page, before = context.new_page(), len(office.intake.store.list_cases(limit=999))
    move_into_window(office, bundle, form)
    fill_and_check(page, address, bundle, form, answers_for(bundle, form, 7, office), picture)
    assert not script or find_sideways(page) == []
    page.locator("[data-send]").click()
    reference, secret = read_receipt(page)
    assert len(office.intake.store.list_cases(limit=999)) == before + 1
    page.goto(f"{address}status/?no={reference}")
    page.locator("#secret").fill(secret)
    page.locator("main form button").click()
    assert "已提交" in page.locator(".big-status").inner_text()
    context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_two_people_at_one_screen_make_two_cases_and_see_only_their_own(
    browser: Browser, address: str, bundle: Bundle, office: Desk, picture: Path, script: bool
) -> None:
    context = open_context(browser, width=1280, script=script)
    context.with_script = script  # type: ignore[attr-defined]  # a note of the test's own
    page, before, seen = context.new_page(), len(office.intake.store.list_cases(limit=999)), []
    for seed in (1, 2):
        fill_and_check(page, address, bundle, "suggestion", answers_for(bundle, "suggestion", seed, office), picture)
        page.locator("[data-send]").click()
        seen.append(read_receipt(page))
        if seed == 1:
            page.locator("a[data-leave]").click()
            page.wait_for_url("**/guides/")
            for _ in range(3):
                with suppress(Error):  # the browser itself refuses to show such a page again
                    page.go_back()
                page.wait_for_load_state()
                shown = page.locator("html").inner_html()
                assert seen[0][0] not in shown
                assert seen[0][1] not in shown
    assert seen[0] != seen[1]
    assert len(office.intake.store.list_cases(limit=999)) == before + 2
    page.goto(f"{address}apply/suggestion/")
    assert page.locator(".draft-bar").is_hidden(), "the draft of the one before was offered"
    context.close()


def test_an_answer_lost_on_the_way_is_sent_again_as_one_case(
    browser: Browser, address: str, bundle: Bundle, office: Desk, picture: Path
) -> None:
    context = open_context(browser)
    page, before, lost = context.new_page(), len(office.intake.store.list_cases(limit=999)), []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())
        route.fulfill(status=204)

    page.route("**/receipt", lose)
    fill_and_check(page, address, bundle, "suggestion", answers_for(bundle, "suggestion", 3, office), picture)
    page.locator("[data-send]").click()
    while not lost:
        page.wait_for_timeout(20)
    page.locator("[data-send]").click()
    page.wait_for_selector(".slip")
    assert read_receipt(page)[0] in lost[0]
    assert len(office.intake.store.list_cases(limit=999)) == before + 1
    context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_draft_is_taken_up_on_another_device_and_goes_when_it_is_sent(
    browser: Browser, address: str, bundle: Bundle, office: Desk, picture: Path, script: bool
) -> None:
    first = open_context(browser, script=script)
    page, before = first.new_page(), len(office.intake.store.list_cases(limit=999))
    page.goto(f"{address}apply/suggestion/")
    page.locator("[value=建议]").check()
    page.locator("[name=subject]").fill("站点夏天没有水喝")
    if not script:
        page.locator("[name='up-evidence']").set_input_files(picture)
    page.locator("details.keep summary").click()
    page.locator("[name=keep]").click()
    code = page.locator(".slip .key").inner_text()
    assert code not in page.url
    assert not script or (find_sideways(page), run_axe(page)) == ([], [])
    first.close()

    second = open_context(browser, script=script)
    if script:
        second.add_init_script("localStorage.setItem('modes', 'elder')")
    page = second.new_page()
    page.goto(f"{address}apply/suggestion/")
    page.locator("details.keep summary").click()
    page.get_by_role("link", name="我有取回码").click()
    page.locator("#code").wait_for()
    assert not script or (find_sideways(page), run_axe(page)) == ([], [])
    page.locator("#code").fill(code.lower())
    page.get_by_role("button", name="接着填").click()
    expect(page.locator("[name=subject]")).to_have_value("站点夏天没有水喝")
    assert page.locator("[value=建议]").is_checked()
    assert page.locator(".up b").all_inner_texts() == ([] if script else [picture.name])
    answers = answers_for(bundle, "suggestion", 6, office) | {"subject": "站点夏天没有水喝", "kind": "建议"}
    fill_form(page, bundle.forms["suggestion"], answers, None, script=script)
    page.locator("[data-next]").click()
    page.locator("[data-send]").click()
    page.wait_for_selector(".slip .ref")
    assert len(office.intake.store.list_cases(limit=999)) == before + 1
    page.goto(f"{address}apply/suggestion/draft")
    page.locator("#code").fill(code)
    page.get_by_role("button", name="接着填").click()
    expect(page.locator("#faults")).to_contain_text("没有这份草稿")
    second.close()


def test_an_upload_that_breaks_off_goes_on_and_is_one_file(
    browser: Browser, address: str, bundle: Bundle, office: Desk, tmp_path: Path
) -> None:
    paper = tmp_path / "证明.pdf"
    Image.effect_noise((1500, 1500), 90).save(paper, quality=95)
    context = open_context(browser)
    page, offsets, known = context.new_page(), [], {one.id for one in list_uploads(office)}

    def break_off(route: Route) -> None:
        """Let the second piece reach the server but lose its answer; let the third not get through at all; then all."""
        if route.request.method != "PATCH":
            route.continue_()
            return
        offsets.append(int(route.request.headers["upload-offset"]))
        if len(offsets) == 2:
            route.fetch()
        if len(offsets) in (2, 3):
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/uploads/**", break_off)
    page.goto(f"{address}apply/suggestion/")
    answers = answers_for(bundle, "suggestion", 8, office)
    fill_form(page, bundle.forms["suggestion"], answers | {"evidence": ["x"]}, paper, script=True)
    assert page.locator(".up .msg").all_inner_texts() == []
    page.locator("[data-next]").click()
    page.locator("[data-send]").click()
    reference, _ = read_receipt(page)
    assert len(set(offsets)) == len(offsets) - 1, "the piece that got through was sent again"
    (upload,) = [one for one in list_uploads(office) if one.id not in known]
    case = office.intake.store.find_case(reference)
    assert case
    assert [file.id for file in office.intake.store.list_files(case.id)] == [upload.id]
    assert upload.received == paper.stat().st_size
    context.close()


def test_a_draft_waits_for_files_that_are_on_their_way(browser: Browser, address: str, picture: Path) -> None:
    def hold(route: Route) -> None:
        """Never answer."""

    context = open_context(browser)
    page = context.new_page()
    page.route("**/uploads/*", hold)
    page.goto(f"{address}apply/suggestion/")
    page.evaluate("document.querySelectorAll('.part').forEach(part => { part.hidden = false; })")
    page.locator("[name='up-evidence']").set_input_files(picture)
    page.locator(".up progress").wait_for()
    page.locator("details.keep summary").click()
    page.locator("[name=keep]").click()
    expect(page.locator(".saved")).to_contain_text("还有文件在传")
    assert page.url.endswith("/apply/suggestion/")
    page.get_by_role("button", name="取消").click()
    page.locator("[name=keep]").click()
    expect(page.locator(".slip .key")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("modes", ["", "elder"])
def test_the_status_page_asks_refuses_and_passes_the_audit(
    browser: Browser, address: str, bundle: Bundle, office: Desk, picture: Path, width: int, modes: str
) -> None:
    context = open_context(browser, width=width)
    context.add_init_script(f"localStorage.setItem('modes', '{modes}')")
    page, receipt = context.new_page(), apply(office, bundle)

    def see() -> None:
        page.goto(f"{address}status/?no={receipt.reference}")
        page.locator("#secret").fill(receipt.secret or "")
        page.locator("main form button").click()
        page.wait_for_selector(".big-status")
        assert (find_sideways(page), run_axe(page)) == ([], [])

    move(office, receipt, "needs_supply", "unclear", "公章看不清，请到单位补盖以后再拍一张。", ["id_photo", "mobile"])
    see()
    assert "还差 2 样东西" in page.locator("h1").inner_text()
    page.locator("section.form .btn.pri").click()
    page.locator(".msg").first.wait_for()
    assert (find_sideways(page), run_axe(page)) == ([], [])
    page.locator("[name=mobile]").fill("13900001234")
    page.locator("[name='up-id_photo']").set_input_files(picture)
    expect(page.locator(".up .st.ok")).to_be_visible()
    page.locator("section.form .btn.pri").click()
    expect(page.locator(".tl")).to_contain_text("您补了材料")
    move(office, receipt, "refused", "not_eligible", "家庭收入超过了今年的标准线。")
    see()
    assert "家庭收入超过了今年的标准线" in page.locator("main").inner_text()
    context.close()


def test_every_page_of_a_form_passes_the_audit(
    browser: Browser, address: str, bundle: Bundle, office: Desk, picture: Path
) -> None:
    context = open_context(browser, width=375)
    page = context.new_page()
    page.goto(f"{address}apply/hardship/")
    assert run_axe(page) == []
    page.locator("[data-next]").click()
    assert run_axe(page) == []
    page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('.apply-form'))")
    page.wait_for_selector("#faults")
    assert run_axe(page) == []
    fill_and_check(page, address, bundle, "suggestion", answers_for(bundle, "suggestion", 4, office), picture)
    assert run_axe(page) == []
    page.locator("[data-send]").click()
    reference, secret = read_receipt(page)
    assert run_axe(page) == []
    page.goto(f"{address}status/?no={reference}")
    assert run_axe(page) == []
    page.locator("#secret").fill(secret)
    page.locator("main form button").click()
    page.wait_for_selector(".big-status")
    assert run_axe(page) == []
    context.close()


def test_the_script_interprets_as_the_server_does(browser: Browser, address: str) -> None:
    context = open_context(browser)
    page = context.new_page()
    page.goto(f"{address}apply/suggestion/")
    tests = Path(__file__).parents[1] / "forms_api"
    for case in json.loads((tests / "condition_cases.json").read_text("utf-8")):
        found = page.evaluate("one => forms.holds(one.condition, one.answers)", case)
        assert found is case["holds"], case["name"]
    hint = {"monthly": ["own", "theirs"], "yearly": ["other"], "rows": "members"}
    for case in json.loads((tests / "computed_cases.json").read_text("utf-8")):
        found = page.evaluate("one => forms.workOut(one.hint, one.answers)", {"hint": hint, "answers": case["answers"]})
        assert found == case["value"], case["name"]
    for length in (0, 1, 55, 56, 63, 64, 65, 200):
        words = page.evaluate("text => forms.sha256(text).map(word => word >>> 0)", "a" * length)
        assert b"".join(word.to_bytes(4, "big") for word in words) == hashlib.sha256(b"a" * length).digest()
    expect(page.locator("[name=proof]")).not_to_have_value("")
    context.close()


def test_a_draft_stays_on_the_device_without_numbers_of_papers(browser: Browser, address: str) -> None:
    context = open_context(browser)
    page = context.new_page()
    page.goto(f"{address}apply/membership/")
    page.locator("#full_name").fill("骆小满")
    page.locator("#id_number").fill("11010519491231002X")
    expect(page.locator(".saved")).to_contain_text("存在这台设备上")
    assert "11010519491231002X" not in page.evaluate("localStorage.getItem('draft:membership')")
    page.reload()
    page.locator("[data-draft=take]").click()
    assert page.locator("#full_name").input_value() == "骆小满"
    page.reload()
    page.locator("[data-draft=drop]").click()
    assert page.evaluate("localStorage.getItem('draft:membership')") is None
    context.close()
