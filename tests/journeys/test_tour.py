"""The guided tour as a newcomer walks it: every link of the page followed, signed in as the person that its step names."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from wsgiref.simple_server import make_server

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from forms_api.config import Settings
from forms_api.demonstration import PEOPLE
from forms_api.forms_bundle import read_bundle
from forms_api.intake import create_app as create_intake
from forms_api.intake.beside import serve_beside
from forms_api.review import create_app as create_review
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk, open_front_desk
from tests.forms_api.review.aid import link_desk
from tests.journeys.test_forms import _Quiet, _Server

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
PUBLIC, OFFICE = "http://127.0.0.1:8000/", "http://127.0.0.1:8002/"
"""Where `make run` serves site and office, as the tour and the README name them."""
STAFF = {account: (name, union, duties) for account, name, union, duties in PEOPLE}


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an application on a port of its own and give its address."""
    server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def desk(sample_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDesk]:
    """Open the office of the demonstration with one application in it."""
    bundle = sample_site.parent / "forms-bundle"
    opened = open_front_desk(tmp_path_factory.mktemp("tour"), read_bundle(bundle))
    for account, (name, union, duties) in STAFF.items():
        opened.hire(account, name, union, duties)
    link_desk(opened).apply_for("hardship")
    yield opened
    opened.review.store.close()


@pytest.fixture(scope="module")
def addresses(sample_site: Path, desk: FrontDesk) -> Iterator[tuple[str, str]]:
    """Serve site and forms, and the office behind them."""
    bundle = sample_site.parent / "forms-bundle"
    intake = create_intake(link_desk(desk).intake, Settings(data=desk.folder, bundle=bundle))
    review = create_review(desk.review, Settings(desk.folder, desk.folder, plain_http=True))
    with serve(serve_beside(intake, sample_site)) as public, serve(review) as office:
        yield public, office


def read_steps(context: BrowserContext, public: str) -> list[tuple[str, str]]:
    """Return (words of the step, address) of every link in the text of the tour."""
    page = context.new_page()
    page.goto(f"{public}pages/tour/")
    script = """links => links.map(a => [a.closest("p, li").innerText, a.getAttribute("href")])"""
    found = page.locator("main p a[href]:not([href^='#'])").evaluate_all(script)
    page.close()
    return [(words, urljoin(f"{public}pages/tour/", to)) for words, to in found if re.match(r"\d+\. ", words)]


def sign_in(context: BrowserContext, desk: FrontDesk, office: str, account: str) -> None:
    """Sign in with an account whose phone is at hand."""
    page, person = context.new_page(), desk.people[account]
    desk.now += timedelta(seconds=30)  # the phone shows another code
    page.goto(f"{office}login")
    for label, text in (("账号", account), ("密码", person.password), ("动态码", desk.show_code(person))):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()
    page.close()


def test_every_step_of_the_tour_leads_where_it_says(
    browser: Browser, desk: FrontDesk, addresses: tuple[str, str]
) -> None:
    public, office = addresses
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    steps, account = read_steps(context, public), ""
    assert sum(OFFICE in address for _, address in steps) >= 8
    assert sum(public in address for _, address in steps) >= 15
    for words, address in steps:
        named = next((one for one in STAFF if one in words), account)
        if OFFICE in address and named != account and "确认" not in words:
            context.clear_cookies()
            sign_in(context, desk, office, account := named)
        page = context.new_page()
        answer = page.goto(address.replace(OFFICE, office))
        assert answer
        assert answer.status == 200, (words, address)
        assert not urlsplit(page.url).path.startswith("/login"), (words, address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.close()
    context.close()


def apply_as_the_page_says(context: BrowserContext, desk: FrontDesk, public: str) -> tuple[str, str]:
    """Join the union with the numbers that the page gives for trials, and return reference and secret."""
    page = context.new_page()
    page.goto(f"{public}apply/membership/")
    given = re.findall(r"[0-9X]{11,18}", page.locator(".trial").inner_text())
    page.locator("#full_name").fill("骆小满")
    for name, number in zip(("id_number", "mobile"), given, strict=False):
        page.locator(f"#{name}").fill(number)
    page.locator("#ethnicity").select_option("汉族")
    page.locator("[data-next]").click()
    page.locator("[name=worker_kind][value=农民工]").check()
    page.locator("#employer").fill("云溪纺织厂")
    page.locator("#occupation").fill("挡车工")
    page.locator("#work_town").select_option(index=1)
    page.locator("[data-next]").click()
    page.locator("#union").select_option(label="云溪县总工会")
    page.locator("[name=joined_before][value=no]").check()
    page.locator("[name=agree_application]").check()
    page.locator("[data-next]").click()
    page.locator("[name=agree_identity]").check()
    page.locator("[data-next]").click()
    desk.now += timedelta(minutes=5)  # nobody fills it in at once
    page.locator("[data-send]").click()
    receipt = page.locator(".slip .ref").inner_text(), page.locator(".slip .key").inner_text()
    page.close()
    return receipt


def decide(context: BrowserContext, desk: FrontDesk, office: str, reference: str, account: str, step: str) -> None:
    """Let somebody open a case from the inbox and take a step."""
    context.clear_cookies()
    sign_in(context, desk, office, account)
    page = context.new_page()
    page.goto(f"{office}cases/?queue=all")
    page.get_by_role("link", name=reference).click()
    page.get_by_role("button", name=f"确定：{step}").click()
    expect(page.get_by_text("办好了。")).to_be_visible()
    page.close()


def test_an_application_goes_the_way_that_the_tour_tells(
    browser: Browser, desk: FrontDesk, addresses: tuple[str, str]
) -> None:
    public, office = addresses
    desk.review.vault.unlock(PASSPHRASE)
    context = browser.new_context(viewport={"width": 375, "height": 812}, locale="zh-CN")
    reference, secret = apply_as_the_page_says(context, desk, public)
    for account, step in (("zhongyun", "材料齐了，受理"), ("ruanjing", "初审通过"), ("shuwen", "同意")):
        decide(context, desk, office, reference, account, step)
    page = context.new_page()
    page.goto(f"{public}status/")
    page.locator("#reference").fill(reference)
    page.locator("#secret").fill(secret)
    page.get_by_role("button", name="查进度").click()
    expect(page.locator(".big-status")).to_contain_text("已通过")
    context.clear_cookies()
    sign_in(context, desk, office, "tanhua")
    page.goto(f"{office}audit/")
    page.get_by_role("button", name="核对", exact=True).click()
    expect(page.locator("main")).to_contain_text("没有改动")
    expect(page.locator("main")).to_contain_text("束文")
    context.close()


def test_who_the_tour_names_works_in_the_demonstration() -> None:
    tour = (ROOT / "content" / "pages" / "tour.md").read_text("utf-8")
    named = set(re.findall(r"(?:账号|财务) ([a-z]+)", tour))
    assert named == {"zhongyun", "ruanjing", "shuwen", "bailan", "tanhua"}
    assert {duty for one in named for duty in STAFF[one][2]} == {
        "handler",
        "reviewer",
        "approver",
        "cashier",
        "auditor",
    }
    assert PASSPHRASE not in tour


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_shows_the_same_tour(name: str, sample_site: Path) -> None:
    """Each address of `make run` in the README is a page of the site, of the service or of the office."""
    text = (ROOT / name).read_text("utf-8")
    found = re.findall(r"\]\((http://127\.0\.0\.1:800[02]/[^)]*)\)", text)
    assert f"{PUBLIC}pages/tour/" in found
    assert {urlsplit(one).port for one in found} == {8000, 8002}
    tour = (ROOT / "content" / "pages" / "tour.md").read_text("utf-8")
    for one in found:
        path = urlsplit(one).path
        if one.startswith(OFFICE):
            assert one in tour, one
        else:
            assert (sample_site / path.strip("/") / "index.html").is_file(), one
