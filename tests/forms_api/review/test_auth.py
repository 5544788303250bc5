"""Every address of the app, asked for by nobody and by somebody of each duty; what a post must bring; where one is sent."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from lxml import html

from forms_api.config import Settings
from forms_api.forms_bundle import Bundle
from forms_api.review import access, auth, create_app, frame
from forms_api.review.access import find_access, needs
from forms_api.staff import DUTIES
from tests.forms_api.front_desk import PEOPLE, FrontDesk, open_front_desk

PAGES = ("/account", "/unlock", "/staff/", "/staff/new", "/staff/zhong", "/login", "/nothing-there")


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory, staff_bundle: Bundle) -> Iterator[FrontDesk]:
    """Open a staff side where somebody of each duty works."""
    desk = open_front_desk(tmp_path_factory.mktemp("crew"), staff_bundle)
    for account, name, union, duties in PEOPLE.values():
        desk.hire(account, name, union, duties)
    yield desk
    desk.review.store.close()


@pytest.fixture(scope="module")
def clients(crew: FrontDesk) -> dict[str, FlaskClient]:
    """Return a browser of somebody of each duty."""
    return {duty: crew.sign_in(duty) for duty in DUTIES}


def list_addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Yield endpoint, method and an address of every rule, its variables filled in."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, re.sub(r"<[^>]+>", "x", rule.rule)


def test_each_duty_opens_what_its_views_say_and_nothing_else(crew: FrontDesk, clients: dict[str, FlaskClient]) -> None:
    app = clients["admin"].application
    wrong, seen = [], 0
    for endpoint, method, address in list_addresses(app):
        said = find_access(app.view_functions[endpoint])
        nobody = crew.open_client().open(address, method=method)
        if not said.everybody and (nobody.status_code, (nobody.location or "")[:6]) != (303, "/login"):
            wrong.append((address, method, "nobody", nobody.status))
        for duty, client in clients.items():
            if (
                method == "POST"
            ):  # without the token nothing is done, whoever asks: what is asked here is which refusal comes first
                answer = client.post(address)
                refused = answer.status_code == 403 and "您的岗位不能看" in answer.text
            else:
                answer = client.get(address)
                refused = answer.status_code == 403
            if refused == said.allows(frozenset({duty})) and not said.everybody:
                wrong.append((address, method, duty, answer.status))
            seen += 1
    assert wrong == []
    assert seen >= 6 * 20


def test_a_view_that_does_not_say_who_may_open_it_is_not_served(crew: FrontDesk) -> None:
    app = create_app(crew.review, Settings(crew.folder, crew.folder))
    silent = Blueprint("silent", __name__)
    silent.add_url_rule("/silent", view_func=lambda: "x", endpoint="x")
    fresh = Flask("fresh")
    fresh.extensions["review"] = app.extensions["review"]
    fresh.register_blueprint(silent)
    with pytest.raises(auth.UndeclaredView, match=r"static|silent\.x"):
        auth.protect(fresh)


@pytest.mark.parametrize("duties", [(), ("cleaner",), ("admin", "cleaner")])
def test_a_view_needs_duties_that_there_are(duties: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"^\("):
        needs(*duties)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_post_without_the_token_of_its_session_is_refused(
    clients: dict[str, FlaskClient], headers: dict[str, str], status: int
) -> None:
    assert clients["handler"].post("/logout", headers=headers).status_code == status
    assert clients["handler"].get("/account").status_code == 200


def test_a_strangers_post_is_refused_even_with_the_token(crew: FrontDesk, clients: dict[str, FlaskClient]) -> None:
    client = clients["handler"]
    token = re.findall(r'name="post_token" value="([0-9a-f]+)"', client.get("/account").text)[0]
    refused = client.post("/logout", data={"post_token": token}, headers={"Origin": "http://elsewhere.example"})
    assert refused.status_code == 403
    assert "不是从本系统打开的" in refused.text
    another = re.findall(r'name="post_token" value="([0-9a-f]+)"', clients["admin"].get("/account").text)[0]
    assert another != token
    assert client.post("/logout", data={"post_token": another}).status_code == 403


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("/account?x=1", "/account?x=1"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("/a\\b", "/"),
        ("https://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_elsewhere(text: str, target: str) -> None:
    assert frame.find_target(text) == target


def test_a_safe_cookie_is_this_hosts_alone() -> None:
    assert access.Cookie(secure=True).name.startswith("__Host-")
    assert not access.Cookie(secure=False).name.startswith("__")


def test_over_https_the_cookie_is_secure(crew: FrontDesk) -> None:
    client = create_app(crew.review, Settings(crew.folder, crew.folder)).test_client()
    sent = crew.enter(client, crew.people["zhong"]).headers["Set-Cookie"]
    assert sent.startswith("__Host-staff=")
    assert "Secure" in sent
    assert "Path=/" in sent
    assert "Domain" not in sent


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_sound(clients: dict[str, FlaskClient], address: str) -> None:
    client = clients["admin"]
    answer = client.get(address, follow_redirects=True)
    page = html.document_fromstring(answer.text)
    assert page.get("lang") == "zh-CN"
    assert len(page.xpath("//h1")) == 1
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    named = {one.get("for") for one in page.xpath("//label[@for]")}
    for one in page.xpath("//input[not(@type='hidden' or @type='checkbox')] | //select | //textarea"):
        assert one.get("id") in named or one.get("aria-label"), one.get("name")
    assert not page.xpath("//*[@style] | //style | //script[not(@src)] | //@onclick")
    assert not page.xpath("//th[not(@scope)]")
    assert not [form for form in page.xpath("//form[@method='post']") if not form.xpath(".//input[@name='post_token']")]
    assert not [link for link in page.xpath("//a/@href | //link/@href") if not link.startswith(("/", "#"))]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_stylesheet_may_be_kept_for_good_and_nothing_else_is_handed_out(clients: dict[str, FlaskClient]) -> None:
    client = clients["admin"]
    address = re.findall(r'href="(/assets/[0-9a-f]{16}/style\.css)"', client.get("/account").text)[0]
    style = client.get(address)
    assert "immutable" in style.headers["Cache-Control"]
    assert style.content_type.startswith("text/css")
    assert client.get(address.replace("style.css", "../style.css")).status_code == 404
    assert client.get("/assets/0000000000000000/style.css").status_code == 404


def test_health_tells_nothing_but_that_it_lives(crew: FrontDesk) -> None:
    assert crew.open_client().get("/health").text == "ok\n"


@pytest.mark.parametrize(
    ("agent", "says"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 14) MicroMessenger/8 Chrome/110", "微信 · 安卓手机"),
        ("", "浏览器"),
        ("<script>", "浏览器"),
    ],
)
def test_a_device_in_two_words(agent: str, says: str) -> None:
    assert auth.describe_device(agent) == says


def test_a_crowd_and_a_broken_store_are_told_so(crew: FrontDesk, tmp_path: Path) -> None:
    hasher = crew.review.accounts.hasher
    hasher.wait = 0.01
    gates = [hasher._enter() for _ in range(2)]
    for gate in gates:
        gate.__enter__()
    try:
        assert crew.open_client().post("/login", data={"account": "x", "password": "x"}).status_code == 503
    finally:
        for gate in gates:
            gate.__exit__(None, None, None)
        hasher.wait = 8.0
