"""deploy/nginx as it is installed, in a real nginx: what TLS it speaks, and the headers of the site and of both apps."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from forms_api.http_guards import HEADERS
from forms_api.intake.guards import POLICY as INTAKE_POLICY
from forms_api.review import POLICY as REVIEW_POLICY
from site_builder.security import list_headers
from tests.conftest import ROOT
from tests.forms_api.served import find_port

DOMAINS = {"SITE_DOMAIN": "site.yunxi.example", "REVIEW_DOMAIN": "review.yunxi.example"}
PATIENCE = 30
WILLING = ("-cipher", "DEFAULT@SECLEVEL=0")
"""Makes openssl offer what it would no longer offer by itself."""
ANSWER = """
import sys
from wsgiref.simple_server import make_server
from forms_api import http_guards
policy = sys.argv[2]
def app(environ, start):
    start("200 OK", [("Content-Type", "text/plain"), *http_guards.HEADERS.items(), ("Content-Security-Policy", policy)])
    return [b"ok"]
make_server("127.0.0.1", int(sys.argv[1]), app).serve_forever()
"""


@dataclass
class Front:
    """A running nginx: its port, and the names that it answers to."""

    port: int

    def handshake(self, *options: str) -> bool:
        """Tell whether a handshake with these options of openssl comes to its end."""
        return handshake(self.port, *options)

    def get(self, host: str, path: str) -> tuple[int, dict[str, str]]:
        """Return status and headers of an answer over TLS."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        connection = http.client.HTTPConnection(host)
        connection.sock = trusting.wrap_socket(raw, server_hostname=host)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders())


def handshake(port: int, *options: str) -> bool:
    """Tell whether openssl and whoever listens on a port agree."""
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", DOMAINS["SITE_DOMAIN"], *options]
    said = subprocess.run(words, input=b"", capture_output=True, timeout=PATIENCE, check=False).stdout.decode()
    return bool(re.search(r"Cipher is (?!\(NONE\))\S+", said))


def wait_for(port: int) -> None:
    """Wait until somebody listens on a port."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Return a certificate of the trial and its key."""
    certificate, key = folder / "trial.pem", folder / "trial.key"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=trial", "-days", "2"]
    subprocess.run([*words, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


def write_front(folder: Path, ports: dict[str, int]) -> Path:
    """Write deploy/nginx/workers-home.conf with the values of a trial, its folders moved below `folder`."""
    certificate, key = make_certificate(folder)
    values = DOMAINS | {
        "HTTP_PORT": f"127.0.0.1:{ports['http']}", "HTTPS_PORT": f"127.0.0.1:{ports['https']}", "HTTPS_SUFFIX": "",
        "REVIEW_ALLOW": "allow 127.0.0.1;",
        "TLS_CERTIFICATE": str(certificate), "TLS_KEY": str(key), "REVIEW_TLS_CERTIFICATE": str(certificate), "REVIEW_TLS_KEY": str(key),
    }  # fmt: skip
    text = (ROOT / "deploy" / "nginx" / "workers-home.conf").read_text(encoding="utf-8")
    text = re.sub(
        r"^\s*listen (\[::\]|@REVIEW_ADDRESS@).*default_server;\n|^\s*listen \[::\].*\n", "", text, flags=re.MULTILINE
    )
    text = re.sub(r"^(\s*)listen @REVIEW_ADDRESS@:@HTTPS_PORT@", r"\1listen @HTTPS_PORT@", text, flags=re.MULTILINE)
    text = re.sub(r"^(\s*listen @HTTPS_PORT@ ssl http2;\n)\1", r"\1", text, flags=re.MULTILINE)
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{ports['intake']}").replace(
        "127.0.0.1:8002", f"127.0.0.1:{ports['review']}"
    )
    (folder / "workers-home").mkdir()
    for file in [*(ROOT / "deploy").glob("nginx-*.conf"), *(ROOT / "deploy" / "nginx").glob("*.conf")]:
        moved = file.read_text(encoding="utf-8").replace("/etc/nginx/workers-home", f"{folder}/workers-home")
        (folder / "workers-home" / file.name).write_text(moved, encoding="utf-8")
    for path in ("/etc/nginx/workers-home", "/srv/workers-home", "/var/log/workers-home"):
        text = text.replace(path, str(folder / path.rpartition("/")[2]))
    (folder / "workers-home" / "current" / "site").mkdir(parents=True)
    (folder / "workers-home" / "current" / "site" / "index.html").write_text("<h1>site</h1>", encoding="utf-8")
    kept = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    head = f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{ }}\n"
    path.write_text(f"{head}http {{ {kept}\n{text}\n}}\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Serve the whole front with two apps behind it that answer as ours do."""
    folder = tmp_path_factory.mktemp("front")
    ports = {name: find_port() for name in ("http", "https", "intake", "review")}
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert nginx, "no nginx: run `make test`, or install the package nginx"
    policies = {"intake": INTAKE_POLICY, "review": REVIEW_POLICY}
    with ExitStack() as stack:
        for name, policy in policies.items():
            start(stack, [sys.executable, "-c", ANSWER, str(ports[name]), policy])
        start(stack, [nginx, "-c", str(write_front(folder, ports))])
        for port in ports.values():
            wait_for(port)
        yield Front(ports["https"])


def start(stack: ExitStack, words: list[str]) -> None:
    """Start a program that ends with the stack."""
    process = subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    assert process.stdin  # an open one, since openssl's server ends with its input
    stack.callback(process.stdin.close)


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_tls_is_refused(front: Front, version: str) -> None:
    assert not front.handshake(version, *WILLING)


def test_the_client_of_these_tests_would_speak_old_tls(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    port = find_port()
    with ExitStack() as stack:
        start(
            stack,
            [
                "openssl",
                "s_server",
                "-accept",
                f"127.0.0.1:{port}",
                "-cert",
                str(certificate),
                "-key",
                str(key),
                "-tls1_1",
                *WILLING,
            ],
        )
        wait_for(port)
        assert handshake(port, "-tls1_1", *WILLING)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_new_tls_is_spoken(front: Front, version: str) -> None:
    assert front.handshake(version)


@pytest.mark.parametrize("cipher", ["AES128-SHA", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256", "NULL", "DES-CBC3-SHA"])
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(front: Front, cipher: str) -> None:
    assert not front.handshake("-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")


@pytest.mark.parametrize(
    ("host", "path", "wanted"),
    [
        ("SITE_DOMAIN", "/", list_headers()),
        ("SITE_DOMAIN", "/nothing-there", list_headers()),
        ("SITE_DOMAIN", "/apply/membership/", HEADERS | {"Content-Security-Policy": INTAKE_POLICY}),
        ("SITE_DOMAIN", "/status/", HEADERS | {"Content-Security-Policy": INTAKE_POLICY}),
        ("REVIEW_DOMAIN", "/cases/", HEADERS | {"Content-Security-Policy": REVIEW_POLICY}),
    ],
)
def test_every_answer_has_its_headers_once(front: Front, host: str, path: str, wanted: dict[str, str]) -> None:
    _, sent = front.get(DOMAINS[host], path)
    for name, value in {**wanted, "Strict-Transport-Security": "max-age=31536000"}.items():
        assert sent[name] == value, (path, name)
    assert sent.get("Server", "nginx") == "nginx"


def test_a_host_that_is_not_ours_gets_no_handshake(front: Front) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        front.get("elsewhere.example", "/")
