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


def test_who_the_tour_names_works_in_the_demonstration() -> None:
    tour = (ROOT / "content" / "pages" / "tour.md").read_text("utf-8")
    named = set(re.findall(r"(?:账号|财务) ([a-z]+)", tour))
    assert named == {"zhongyun", "ruanjing", "bailan", "tanhua"}
    assert {duty for one in named for duty in STAFF[one][2]} == {"handler", "reviewer", "cashier", "auditor"}
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
