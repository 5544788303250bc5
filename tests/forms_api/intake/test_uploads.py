import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forms_api.attachments import LIFE
from forms_api.intake import uploads
from tests.forms_api import sample_files
from tests.forms_api.desk import Desk

FORM, FIELD = "hardship", "household_book"


@pytest.fixture
def place(sample_bundle: Any) -> dict[str, str]:
    """Return a form of the sample and one of its file fields."""
    form = next(form for form in sample_bundle.forms.values() if any(one.type == "file" for one in form.fields()))
    return {"form": form.id, "field": next(one.name for one in form.fields() if one.type == "file")}


def begin(client: FlaskClient, place: dict[str, str]) -> dict[str, Any]:
    response = client.post("/uploads/", json=place)
    assert response.status_code == 201
    told: dict[str, Any] = response.json or {}
    return told


def put(client: FlaskClient, begun: dict[str, Any], offset: int, data: bytes) -> TestResponse:
    headers = {"Upload-Secret": begun["secret"], "Upload-Offset": str(offset)}
    return client.patch(f"/uploads/{begun['id']}", data=data, headers=headers)


def finish(
    client: FlaskClient, begun: dict[str, Any], name: str = "a.pdf", kind: str = "application/pdf"
) -> TestResponse:
    headers = {"Upload-Secret": begun["secret"]}
    return client.post(f"/uploads/{begun['id']}/finish", json={"name": name, "type": kind}, headers=headers)


def test_an_upload_in_pieces_is_taken(client: FlaskClient, office: Desk, place: dict[str, str]) -> None:
    data, begun = sample_files.make_pdf(40), begin(client, place)
    assert put(client, begun, 0, data[:3000]).json == {"id": begun["id"], "received": 3000}
    shown = client.get(f"/uploads/{begun['id']}", headers={"Upload-Secret": begun["secret"]})
    assert shown.json == {"id": begun["id"], "received": 3000, "finished": False}
    put(client, begun, 3000, data[3000:])
    done = finish(client, begun)
    assert (done.status_code, done.json) == (201, {"id": begun["id"], "size": len(data)})
    assert office.intake.store.find_upload(begun["id"]).finished_at  # type: ignore[union-attr]  # it is there


def test_a_photo_is_checked_at_the_end(client: FlaskClient, place: dict[str, str]) -> None:
    begun = begin(client, place)
    put(client, begun, 0, sample_files.make_photo())
    assert finish(client, begun, "照片.jpg", "image/jpeg").status_code == 201


def read_error(response: TestResponse) -> tuple[int, str]:
    assert set(response.json or {}) == {"error"}
    error = (response.json or {})["error"]
    assert error["message"].endswith("。")
    return response.status_code, error["code"]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"form": "nothing", "field": "x"}, "not-found"),
        ({"form": FORM, "field": "full_name"}, "not-found"),
        ({"form": FORM}, "bad-request"),
        ({"form": "x" * 600, "field": "x"}, "bad-request"),
        (["list"], "not-json"),
    ],
)
def test_an_upload_begins_only_for_a_file_field(client: FlaskClient, told: Any, code: str) -> None:
    assert read_error(client.post("/uploads/", json=told))[1] == code


def test_what_stands_against_a_part_is_told(client: FlaskClient, place: dict[str, str]) -> None:
    begun = begin(client, place)
    wrong = put(client, begun, 5, b"x")
    assert read_error(wrong) == (409, "offset")
    assert (wrong.json or {})["error"]["received"] == 0
    assert (
        read_error(client.patch(f"/uploads/{begun['id']}", headers={"Upload-Secret": begun["secret"]}))[1] == "offset"
    )
    assert read_error(put(client, begun, 0, bytes(begun["part"] + 1))) == (413, "too-large")


@pytest.mark.parametrize("secret", ["", "short", "!!!", "A" * 43])
def test_only_the_device_that_began_an_upload_knows_it(client: FlaskClient, place: dict[str, str], secret: str) -> None:
    begun = begin(client, place)
    path = f"/uploads/{begun['id']}"
    for method in (client.get, client.patch, client.delete):
        assert read_error(method(path, headers={"Upload-Secret": secret})) == (404, "upload-gone")
    other = begin(client, place)
    assert read_error(client.get(path, headers={"Upload-Secret": other["secret"]})) == (404, "upload-gone")


def test_a_file_that_is_refused_says_what_to_do_and_is_gone(client: FlaskClient, place: dict[str, str]) -> None:
    begun = begin(client, place)
    put(client, begun, 0, sample_files.make_script_pdf())
    refused = finish(client, begun)
    assert read_error(refused) == (422, "file")
    assert "自动运行" in (refused.json or {})["error"]["message"]
    assert read_error(finish(client, begun)) == (404, "upload-gone")


def test_an_upload_is_taken_back(client: FlaskClient, office: Desk, place: dict[str, str]) -> None:
    begun = begin(client, place)
    put(client, begun, 0, b"%PDF")
    headers = {"Upload-Secret": begun["secret"]}
    assert client.delete(f"/uploads/{begun['id']}", headers=headers).status_code == 204
    assert office.intake.store.find_upload(begun["id"]) is None


def test_a_place_for_files_that_is_broken_is_told_as_a_closed_intake(
    client: FlaskClient, place: dict[str, str], tmp_path: Path
) -> None:
    begun = begin(client, place)
    (tmp_path / "files").write_text("no folder")
    assert read_error(put(client, begun, 0, b"%PDF")) == (503, "closed")
    (tmp_path / "files").unlink()
    assert put(client, begun, 0, b"%PDF").status_code == 200


def test_an_upload_ends_after_a_day(client: FlaskClient, office: Desk, place: dict[str, str]) -> None:
    begun = begin(client, place)
    office.now += LIFE
    assert read_error(put(client, begun, 0, b"x")) == (404, "upload-gone")


def test_one_address_may_begin_only_so_many(
    client: FlaskClient, office: Desk, place: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PER_ADDRESS", 2)
    begin(client, place)
    begin(client, place)
    refused = client.post("/uploads/", json=place)
    assert read_error(refused) == (429, "too-many")
    assert int(refused.headers["Retry-After"]) > 0
    office.now += timedelta(seconds=uploads.ADDRESS_SECONDS)
    begin(client, place)


def test_another_site_cannot_make_a_browser_upload(client: FlaskClient, place: dict[str, str]) -> None:
    assert client.post("/uploads/", json=place, headers={"Origin": "https://evil.example"}).status_code == 403


def test_files_of_a_page_without_script_are_kept_and_come_back(
    client: FlaskClient, office: Desk, place: dict[str, str]
) -> None:
    token = office.token(place["form"])
    sent = {
        "token": token,
        f"up-{place['field']}": (io.BytesIO(sample_files.make_pdf(5)), "我的材料.pdf"),
    }
    page = client.post(f"/apply/{place['form']}/check", data=sent, content_type="multipart/form-data").text
    assert "我的材料.pdf" in page
    kept = office.intake.store.list_stale_uploads(office.now + LIFE)
    assert [upload.field for upload in kept] == [place["field"]]
    assert f'value="{kept[0].id}"' in page


def test_a_file_without_script_that_is_not_taken_is_named_in_the_summary(
    client: FlaskClient, office: Desk, place: dict[str, str]
) -> None:
    sent = {
        "token": office.token(place["form"]),
        f"up-{place['field']}": (io.BytesIO(b"MZ" + bytes(100)), "坏.pdf"),
    }
    page = client.post(f"/apply/{place['form']}/check", data=sent, content_type="multipart/form-data").text
    assert "“坏.pdf”没有收下" in page
    assert office.intake.store.list_stale_uploads(office.now + LIFE) == []


def test_more_files_than_a_field_takes_are_left_out(client: FlaskClient, office: Desk, place: dict[str, str]) -> None:
    files = [(io.BytesIO(b"MZ"), "x.pdf") for _ in range(60)]
    handles = [f"handle-{number:04}" for number in range(60)]
    sent: dict[str, Any] = {"token": office.token(place["form"]), place["field"]: handles}
    page = client.post(
        f"/apply/{place['form']}/check",
        data=sent | {f"up-{place['field']}": files[:1]},
        content_type="multipart/form-data",
    ).text
    assert "多出来的没有收" in page


def test_a_closed_intake_takes_no_files(client: FlaskClient, office: Desk, place: dict[str, str]) -> None:
    desk = client.application.extensions["uploads"]
    client.application.extensions["uploads"] = uploads.FileDesk(desk.intake, desk.forms, None)
    assert read_error(client.post("/uploads/", json=place)) == (503, "closed")
    sent = {"token": office.token(place["form"]), f"up-{place['field']}": (io.BytesIO(b"%PDF"), "x.pdf")}
    page = client.post(f"/apply/{place['form']}/check", data=sent, content_type="multipart/form-data").text
    assert "现在收不了文件" in page


def test_an_error_that_nobody_foresaw_tells_nothing(
    client: FlaskClient, place: dict[str, str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("MARKED")

    monkeypatch.setattr(uploads, "begin_upload", fail)
    response = client.post("/uploads/", json=place)
    assert read_error(response) == (500, "failed")
    assert "MARKED" not in json.dumps(response.json)
    assert [record.message for record in caplog.records] == ["request failed"]


def test_every_answer_to_a_script_is_json(client: FlaskClient, place: dict[str, str]) -> None:
    assert read_error(client.post("/uploads/", json=place, headers={"Origin": "https://evil.example"})) == (
        403,
        "forbidden",
    )
    assert read_error(client.put("/uploads/", json=place)) == (405, "method-not-allowed")
