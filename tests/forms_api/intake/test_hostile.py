"""What attackers send, to every door: each gets an answer that says what to do, and nothing else happens."""

import io
import json
import re
import secrets
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.datastructures import MultiDict

from forms_api.config import Settings
from forms_api.definitions import CHINA
from forms_api.fields import flatten
from forms_api.following import withdraw
from forms_api.forms_bundle import Bundle
from forms_api.intake import create_app
from forms_api.model import ApiKey
from forms_api.receiving import Limits
from forms_api.resuming import PART_BYTES
from forms_api.samples import make_answers
from forms_api.tokens import hash_api_key
from tests.forms_api import sample_files
from tests.forms_api.desk import VISITOR, Desk, open_desk

BEARER = {"Authorization": "Bearer secret-of-kiosk"}
TEXTS: dict[str, str] = {
    "overlong": "长" * 100_000,
    "nul": "甲\x00乙",
    "controls": "甲\x01\x08\x1b[31m乙",
    "bidi": "\u202e反过来\u2066\u2069",
    "invisible": "甲\u200b\u2060\ufeff乙",
    "emoji": "👨‍👩‍👧‍👦" * 800,
    "rare": "𠀀𪚥㐂",
    "half": "\ud800",
    "combining": "a" + "\u0301" * 5000,
    "json": '{"a": {"b": [1]}}',
    "script": "<script>alert(1)</script>",
    "attribute": '" onfocus="alert(1)" autofocus="',
    "sql": "'; drop table cases; --",
    "path": "../../etc/passwd",
    "template": "%s%n{0}{{7*7}}${7*7}",
    "header": "\r\nSet-Cookie: a=b",
    "formula": "=cmd|' /C calc'!A0",
    "spaces": "\u3000\u00a0 \t",
}
NAMES = (
    "full_name", "id_number", "mobile", "region", "monthly_income", "members-0-name", "members-999999-name",
    "members-0-0-0", "income_proof", "token", "version", "edit", "more", "less", "names", "confirm", "proof",
)  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Open one intake for all cases, in which nothing may ever be kept that was not meant."""
    desk = open_desk(tmp_path_factory.mktemp("office"), Limits(per_address=9999, per_address_without_work=9999))
    desk.intake.store.add_api_key(ApiKey("kiosk", hash_api_key("secret-of-kiosk"), desk.now))
    yield desk
    desk.intake.store.close()


@pytest.fixture(scope="module")
def client(office: Desk, bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    app: Any = create_app(office.intake, Settings(data=tmp_path_factory.mktemp("data"), bundle=bundle_folder))
    return app.test_client()  # type: ignore[no-any-return]  # flask's own class


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_field_gets_the_page_with_what_is_to_be_mended(
    client: FlaskClient, office: Desk, name: str, text: str
) -> None:
    sent = TEXTS[text].encode("utf-8", "surrogatepass")
    page = client.post("/apply/hardship/check", data=MultiDict([(name.encode(), sent)]))
    assert page.status_code == 200
    assert 'class="apply-form"' in page.text
    if name not in ("edit", "more", "less", "version"):
        assert 'id="faults"' in page.text
    _is_clean(page)
    assert {case.form for case in office.intake.store.list_cases()} <= {"suggestion"}


def _is_clean(page: Any) -> None:
    assert "Set-Cookie" not in page.headers
    for mark in ("<script>alert", 'onfocus="alert', "Traceback", "\x00"):
        assert mark not in page.text
    assert "@@" not in page.text


KEPT = {
    "emoji": TEXTS["emoji"][:1400],
    "controls": "",
    **{name: TEXTS[name] for name in ("rare", "json", "script", "attribute", "sql", "path", "template", "formula")},
}
"""What is ugly and yet may be said: stored as it is, letter by letter."""


@pytest.mark.parametrize("text", [name for name in KEPT if KEPT[name]])
def test_what_may_be_said_is_stored_letter_by_letter(
    client: FlaskClient, sample_bundle: Bundle, office: Desk, text: str
) -> None:
    said, before = f"请看这一句：{KEPT[text]}。完", {case.id for case in office.intake.store.list_cases()}
    world = sample_bundle.world(office.now.astimezone(CHINA).date())
    answers = make_answers(sample_bundle.forms["suggestion"], world, Random(2), lambda one: []) | {"content": said}
    sent = [*flatten(answers), ("token", office.token("suggestion"))]
    check = client.post("/apply/suggestion/check", data=MultiDict(sent))
    _is_clean(check)
    assert "交之前，请再看一遍" in check.text
    receipt = client.post("/apply/suggestion/receipt", data=MultiDict(sent))
    assert "收到了" in receipt.text
    (case,) = [one for one in office.intake.store.list_cases() if one.id not in before]
    opened = json.loads(office.opener.open(office.intake.store.read_sealed(case.id)[0].sealed, f"case:{case.id}"))
    assert opened["answers"]["content"] == said
    withdraw(office.intake, case.reference, find_secret(receipt.text), VISITOR)


@pytest.mark.parametrize("text", TEXTS)
def test_a_draft_gives_back_what_was_put_in_and_runs_nothing(client: FlaskClient, text: str) -> None:
    sent = TEXTS[text].encode("utf-8", "surrogatepass")
    page = client.post("/apply/suggestion/draft", data=MultiDict([("content", sent), ("subject", sent)]))
    if "草稿存好了" not in page.text:
        assert "存不下" in page.text
        return
    back = client.post("/apply/suggestion/resume", data={"code": find_secret(page.text)})
    _is_clean(back)
    if KEPT.get(text):
        assert str(escape(TEXTS[text])) in back.text
    assert client.post("/apply/suggestion/forget", data={"code": find_secret(page.text)}).status_code == 200


def find_secret(page: str) -> str:
    return re.findall(r'class="key">([^<]+)<', page)[0]


@pytest.mark.parametrize("where", ["/status/", "/status/supply", "/status/withdraw"])
@pytest.mark.parametrize("text", TEXTS)
def test_hostile_keys_of_a_case_find_nothing(client: FlaskClient, where: str, text: str) -> None:
    sent = TEXTS[text].encode("utf-8", "surrogatepass")
    page = client.post(where, data=MultiDict([("reference", sent), ("secret", sent), ("sure", "yes")]))
    assert page.status_code in (404, 429)
    assert 'name="reference"' in page.text
    _is_clean(page)


DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]
VALUES: dict[str, Any] = {
    **{f"text-{name}": text for name, text in TEXTS.items() if name != "half"},
    "deep": DEEP,
    "object": {"a": {"b": [1]}},
    "list": ["甲"],
    "list-of-lists": [["甲"]],
    "number": 10**400,
    "float": 1.5,
    "true": True,
    "long-list": ["甲"] * 5000,
}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("field", ["id_number", "mobile"])
def test_a_hostile_value_in_json_is_named_by_its_field(
    client: FlaskClient, sample_bundle: Bundle, office: Desk, field: str, value: str
) -> None:
    form = sample_bundle.forms["membership"]
    world = sample_bundle.world(office.now.astimezone(CHINA).date())
    answers = make_answers(form, world, Random(1), lambda one: []) | {field: VALUES[value]}
    response = client.post(
        "/api/v1/forms/membership/cases",
        json={"answers": answers},
        headers=BEARER | {"Idempotency-Key": secrets.token_hex(8)},
    )
    assert response.status_code == 422
    assert (response.json or {})["error"]["code"] == "invalid"
    assert all(sentence.endswith("。") for sentence in (response.json or {})["error"]["fields"].values())


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"a"', b"{", b"\xff\xfe", b'{"answers":' + b"[" * 100_000, b'{"a":1}', b'{"answers": 1}', b'{"answers": {}, "confirmed": {}}', b'{"answers": NaN}', b"1e999999"],
    ids=["empty", "null", "list", "text", "open", "bytes", "nested", "strange", "number", "confirmed", "nan", "huge"],
)  # fmt: skip
def test_a_hostile_body_is_refused_in_the_one_shape(client: FlaskClient, body: bytes) -> None:
    headers = BEARER | {"Idempotency-Key": secrets.token_hex(8)}
    response = client.post(
        "/api/v1/forms/suggestion/cases", data=body, headers=headers, content_type="application/json"
    )
    assert response.status_code in (400, 422)
    assert set(response.json or {}) == {"error"}
    assert (response.json or {})["error"]["message"].endswith("。")


FORM_TYPE, JSON_TYPE = "application/x-www-form-urlencoded", "application/json"
BODIES: dict[str, tuple[str, str, bytes, dict[str, str], set[int]]] = {
    "too many fields": ("/apply/suggestion/check", FORM_TYPE, b"a=&" * 3000, {}, {413}),
    "too much text": ("/apply/suggestion/check", FORM_TYPE, b"subject=" + b"a" * 3_000_000, {}, {413}),
    "one name 1,900 times": ("/apply/suggestion/check", FORM_TYPE, b"kind=a&" * 1900, {}, {200}),
    "only separators": ("/apply/suggestion/check", FORM_TYPE, b"&" * 1900 + b"=" * 1900, {}, {200}),
    "broken escapes": ("/apply/suggestion/check", FORM_TYPE, b"subject=%zz%f%00%ff%c0%80", {}, {200}),
    "no boundary": ("/apply/suggestion/check", "multipart/form-data", b"--x\r\n\r\n", {}, {200}),
    "never ending part": ("/apply/suggestion/check", "multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"a" * 9999, {}, {200, 400}),
    "header without end": ("/apply/suggestion/check", "multipart/form-data; boundary=x", b"--x\r\n" + b"A" * 100_000, {}, {200, 400, 413}),
    "foreign charset": ("/apply/suggestion/check", FORM_TYPE + "; charset=utf-16", "subject=甲".encode("utf-16"), {}, {200}),
    "packed": ("/api/v1/forms/suggestion/cases", JSON_TYPE, zlib.compress(b"[" * 10**7), {"Content-Encoding": "deflate"}, {400}),
    "too much JSON": ("/api/v1/forms/suggestion/cases", JSON_TYPE, b'{"answers": {"a": "' + b"a" * 3_000_000 + b'"}}', {}, {413}),
    "JSON as a form": ("/api/v1/forms/suggestion/cases", FORM_TYPE, b'{"answers": {}}', {}, {415}),
    "nested begin": ("/uploads/", JSON_TYPE, b"[" * 200_000, {}, {400}),
    "strange begin": ("/uploads/", JSON_TYPE, b'{"form": ["hardship"], "field": {}}', {}, {400}),
    "another method": ("/status/", FORM_TYPE, b"", {"X-HTTP-Method-Override": "DELETE"}, {404, 429}),
    "path above": ("/apply/..%2f..%2fetc/check", FORM_TYPE, b"", {}, {404}),
    "path with NUL": ("/apply/a%00b/check", FORM_TYPE, b"", {}, {404}),
    "long path": ("/apply/" + "a" * 20_000 + "/check", FORM_TYPE, b"", {}, {404}),
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_a_hostile_request_gets_words(client: FlaskClient, office: Desk, body: str) -> None:
    where, kind, data, more, wanted = BODIES[body]
    before = len(office.intake.store.list_cases())
    headers = BEARER | {"Idempotency-Key": secrets.token_hex(8)} | more
    response = client.post(where, data=data, content_type=kind, headers=headers)
    assert response.status_code in wanted
    assert "。" in response.text
    _is_clean(response)
    assert len(office.intake.store.list_cases()) == before


@pytest.mark.parametrize(
    "forged",
    [
        {"state": "approved"}, {"reference": "YX-2222-2222-2"}, {"secret": "AAAA"}, {"channel": "window"},
        {"received_at": "2020-01-01"}, {"version": "0" * 64}, {"answers": "{}"}, {"case_id": "1"}, {"__proto__": "x"},
        {"staff": "yes"}, {"confirm": "mobile"}, {"full_name[]": "甲"}, {"full_name.x": "甲"}, {"members-0-role": "admin"},
    ],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_forged_fields_change_nothing_of_a_case(
    client: FlaskClient, sample_bundle: Bundle, office: Desk, forged: dict[str, str]
) -> None:
    form = sample_bundle.forms["suggestion"]
    world = sample_bundle.world(office.now.astimezone(CHINA).date())
    answers = make_answers(form, world, Random(3), lambda one: [])
    before = {case.id for case in office.intake.store.list_cases()}
    sent = [*flatten(answers), ("token", office.token("suggestion")), *forged.items()]
    page = client.post("/apply/suggestion/receipt", data=MultiDict(sent))
    made = [one for one in office.intake.store.list_cases() if one.id not in before]
    if "version" in forged:
        assert (made, "更新过" in page.text) == ([], True)
        return
    (case,) = made
    assert (case.state, case.channel, case.received_at, case.version) == ("submitted", "web", office.now, form.version)
    assert case.reference != forged.get("reference")
    opened = json.loads(office.opener.open(office.intake.store.read_sealed(case.id)[0].sealed, f"case:{case.id}"))
    assert opened["answers"] == answers


# --- files ---------------------------------------------------------------------------------------


def make_big_picture(side: int, rows: int) -> bytes:
    """Return a PNG of a few kilobytes that says it is `side` pixels wide and high, with so many rows of them in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes((side // 8 + 1) * rows)))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def make_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "a")
    return out.getvalue()


FILES: dict[str, tuple[str, bytes]] = {
    "empty": ("a.jpg", b""),
    "web page": ("a.jpg", b"<html><script>alert(1)</script>" * 9),
    "drawing": ("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>" * 2),
    "program": ("a.jpg", b"MZ" + bytes(400)),
    "archive": ("a.pdf", make_archive()),
    "animation": ("a.gif", b"GIF89a" + bytes(400)),
    "picture under a false name": ("a.pdf", sample_files.make_photo()),
    "paper under a false name": ("a.jpg", sample_files.make_pdf()),
    "cut picture": ("a.jpg", sample_files.make_photo()[:500]),
    "cut paper": ("a.pdf", sample_files.make_pdf()[:60]),
    "large picture": ("a.png", make_big_picture(60_000, 1)),
    "polyglot": ("a.pdf", sample_files.make_polyglot()),
    "script": ("a.pdf", sample_files.make_script_pdf()),
    "carrier": ("a.pdf", sample_files.make_carrier_pdf()),
    "launcher": ("a.pdf", sample_files.make_action_pdf("/Launch")),
    "locked": ("a.pdf", sample_files.make_pdf(password="x")),
    "two names": ("a.pdf.exe", sample_files.make_pdf()),
    "packed picture": ("a.png", make_big_picture(20_000, 20_000)),
    "too many bytes": ("a.pdf", sample_files.make_pdf() + bytes(11 * 1024 * 1024)),
}


def send_file(client: FlaskClient, sample_bundle: Bundle, name: str, data: bytes) -> Any:
    form = sample_bundle.forms["hardship"]
    field = next(one.name for one in form.fields() if one.type == "file")
    begun = client.post("/uploads/", json={"form": form.id, "field": field}).json or {}
    headers = {"Upload-Secret": begun["secret"], "Upload-Offset": "0"}
    for at in range(0, len(data), PART_BYTES):
        client.patch(
            f"/uploads/{begun['id']}", data=data[at : at + PART_BYTES], headers=headers | {"Upload-Offset": str(at)}
        )
    return client.post(f"/uploads/{begun['id']}/finish", json={"name": name, "type": ""}, headers=headers)


@pytest.mark.parametrize("file", FILES)
def test_a_hostile_file_is_refused_with_a_cause_and_a_way_out_and_leaves_nothing(
    client: FlaskClient, sample_bundle: Bundle, office: Desk, file: str
) -> None:
    shelf = client.application.extensions["uploads"].shelf
    before = {path for path in shelf.files.folder.rglob("*") if path.is_file()}
    waiting = office.intake.store.list_stale_uploads(office.now + timedelta(days=9))
    response = send_file(client, sample_bundle, *FILES[file])
    assert {path for path in shelf.files.folder.rglob("*") if path.is_file()} == before
    assert office.intake.store.list_stale_uploads(office.now + timedelta(days=9)) == waiting
    error = (response.json or {})["error"]
    assert (response.status_code, error["code"]) == (422, "file")
    assert error["message"].endswith("。")
    assert error["cause"]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "C:\\a\\b.pdf",
        "a\x00.pdf",
        "\u202efdp.pdf",
        "a" * 400 + ".pdf",
        "<script>.pdf",
        "\r\nX: y.pdf",
        "CON.pdf",
        "👨‍👩‍👧.pdf",
    ],
)
def test_a_hostile_name_is_only_a_name(client: FlaskClient, sample_bundle: Bundle, tmp_path: Path, name: str) -> None:
    response = send_file(client, sample_bundle, name, sample_files.make_pdf())
    assert response.status_code == 201
    assert re.fullmatch("[0-9a-f]{32}", (response.json or {})["id"])
    assert json.dumps(response.json).isascii()
