from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from forms_api.intake.beside import serve_beside


@pytest.fixture
def client(tmp_path: Path) -> Client:
    site = tmp_path / "site"
    (site / "guides" / "入会").mkdir(parents=True)
    (site / "index.html").write_text("首页")
    (site / "guides" / "index.html").write_text("办事服务")
    (site / "guides" / "入会" / "index.html").write_text("入会")
    (site / "data.json").write_text("{}")
    (site / "picture.png").write_bytes(b"png")
    (site / "404.html").write_text("没有这一页")
    (site / "apply").mkdir()
    (site / "apply" / "index.html").write_text("空白表")
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "site-2").mkdir()

    def service(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"service"]

    return Client(serve_beside(service, site))


@pytest.mark.parametrize(
    ("address", "kind", "text"),
    [
        ("/", "text/html; charset=utf-8", "首页"),
        ("/guides/", "text/html; charset=utf-8", "办事服务"),
        ("/guides/入会/", "text/html; charset=utf-8", "入会"),
        ("/data.json", "application/json; charset=utf-8", "{}"),
        ("/picture.png", "image/png", "png"),
        ("/apply/", "text/plain", "service"),
        ("/status/", "text/plain", "service"),
        ("/uploads/", "text/plain", "service"),
        ("/api/v1/forms", "text/plain", "service"),
    ],
)
def test_files_and_service_stand_behind_one_address(client: Client, address: str, kind: str, text: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"], answer.text) == (200, kind, text)


@pytest.mark.parametrize(
    "address", ["/nothing", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsite-2", "/a%00b", "/" + "x" * 5000, "/%ff"]
)
def test_what_is_not_in_the_site_is_not_found(client: Client, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.text) == (404, "没有这一页")


@pytest.mark.parametrize(
    ("address", "leads"),
    [("/guides", "/guides/"), ("//guides", "/guides/"), ("/guides/入会", "/guides/%E5%85%A5%E4%BC%9A/")],
)
def test_a_folder_without_slash_leads_to_itself_and_nowhere_else(client: Client, address: str, leads: str) -> None:
    answer = client.get("/x", environ_overrides={"PATH_INFO": address.encode().decode("latin-1")})
    assert (answer.status_code, answer.headers["Location"]) == (308, leads)


def test_files_are_only_read(client: Client) -> None:
    assert client.post("/guides/").status_code == 405
