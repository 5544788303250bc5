"""deploy/nginx-headers.conf, nginx-moved.conf and nginx-gone.conf in a real nginx, over the built sample site."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from site_builder.security import list_headers
from tests.conftest import ROOT

PATIENCE = 20
CONFIGURATION = """
daemon off; master_process off; pid {own}/pid; error_log {own}/error.log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {own}; proxy_temp_path {own}; fastcgi_temp_path {own}; uwsgi_temp_path {own}; scgi_temp_path {own};
  include {types};
  map_hash_bucket_size 512;
  map $uri $moved_to {{ default ""; include {site}/../web-server/redirects.map; }}
  map $uri $gone {{ default ""; include {site}/../web-server/gone.map; }}
  server {{
    listen 127.0.0.1:{port};
    root {site};
    index index.html;
    error_page 404 /404.html;
    include {deploy}/nginx-moved.conf;
    include {deploy}/nginx-gone.conf;
    include {deploy}/nginx-headers.conf;
  }}
}}
"""


@pytest.fixture(scope="module")
def port(sample_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run nginx over the sample site and return its port."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    assert program, "no nginx: run `make test`, or install the package nginx"
    types = next(
        path
        for path in (Path("/etc/nginx/mime.types"), Path(program).parents[1] / "etc/nginx/mime.types")
        if path.exists()
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    own = tmp_path_factory.mktemp("nginx")
    written = CONFIGURATION.format(own=own, types=types, site=sample_site, port=number, deploy=ROOT / "deploy")
    (own / "nginx.conf").write_text(written, encoding="utf-8")
    server = subprocess.Popen([program, "-p", str(own), "-c", str(own / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        _wait(server, number)
        yield number
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    """Return once the server answers; fail with its own words if it ends or is not there in time."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(server.communicate()[1].decode())
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("nginx did not answer")


def ask(port: int, path: str) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.mark.parametrize(
    ("path", "status", "kind", "kept"),
    [
        ("/", 200, "text/html; charset=utf-8", "no-cache"),
        ("/policies/20261109-knzgbfssbf/", 200, "text/html; charset=utf-8", "no-cache"),
        ("/policies/?v=1a2b", 200, "text/html; charset=utf-8", "no-cache"),
        ("/nothing/", 404, "text/html; charset=utf-8", None),
        ("/assets/style.css", 200, "text/css", "no-cache"),
        ("/assets/style.css?v=1a2b3c4d", 200, "text/css", "max-age=31536000"),
        ("/assets/site.js?v=1a2b3c4d", 200, "application/javascript; charset=utf-8", "max-age=31536000"),
        ("/assets/seal.svg", 200, "image/svg+xml", "no-cache"),
        ("/events/events.ics", 200, "text/calendar; charset=utf-8", "no-cache"),
        ("/feed.xml", 200, "application/atom+xml; charset=utf-8", "no-cache"),
        ("/policies/feed.json", 200, "application/feed+json; charset=utf-8", "no-cache"),
        ("/open-data/policies.csv", 200, "text/csv; charset=utf-8", "no-cache"),
        ("/open-data/site.sqlite", 200, "application/vnd.sqlite3", "no-cache"),
        ("/open-data/SHA256SUMS", 200, "text/plain; charset=utf-8", "no-cache"),
        ("/.well-known/security.txt", 200, "text/plain; charset=utf-8", "no-cache"),
        ("/gaikuang.html", 301, "text/html", None),
        ("/news/20261006-guoqing-zhiban/", 410, "text/html; charset=utf-8", None),
        ("/news/20261006-guoqing-zhiban/index.html", 410, "text/html; charset=utf-8", None),
    ],
)
def test_nginx_answers_with_type_cache_rule_and_every_header(
    port: int, path: str, status: int, kind: str, kept: str | None
) -> None:
    answer = ask(port, path)
    assert (answer.status, answer.getheader("Content-Type"), answer.getheader("Cache-Control")) == (status, kind, kept)
    for name, value in list_headers().items():
        assert answer.headers.get_all(name) == [value], name


def test_an_old_address_is_redirected_for_good(port: int) -> None:
    answer = ask(port, "/gaikuang.html")
    assert answer.status == 301
    assert str(answer.getheader("Location")).endswith("/pages/about/")


def test_a_withdrawn_page_is_gone_and_says_why(port: int) -> None:
    with pytest.raises(HTTPError) as gone:
        urlopen(f"http://127.0.0.1:{port}/news/20261006-guoqing-zhiban/", timeout=PATIENCE)
    assert gone.value.code == 410
    assert "这一页已经撤下" in gone.value.read().decode()
