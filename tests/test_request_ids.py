"""The id that nginx gives to a request stands in its own log, in the line of the service, and in the event that it caused."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from forms_api.__main__ import main
from forms_api.audit import Chain, follow_chain
from forms_api.model import Event
from forms_api.storage.sqlite import SqliteStore
from tests.conftest import ROOT
from tests.forms_api.conftest import bundle_folder  # noqa: F401 - a fixture
from tests.forms_api.served import NO_LIMITS, find_port
from tests.test_web_front import DOMAINS, PATIENCE, start, wait_for, write_front

SITE, STAFF = DOMAINS["SITE_DOMAIN"], DOMAINS["REVIEW_DOMAIN"]
ANSWERS = {
    "kind": "建议", "to_chair": "no", "topic": "其他", "anonymous": "匿名", "subject": "车间饮水机坏了",
    "content": "车间里的饮水机坏了，请帮忙换一台。",
}  # fmt: skip
FORGED = "f" * 32


@dataclass
class House:
    """nginx with both apps behind it, and where all three write."""

    folder: Path
    data: Path
    port: int

    def ask(self, host: str, path: str, sent: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and body of an answer, to a visitor who would choose the id of the request."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPConnection(host, timeout=PATIENCE)
        raw = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        with closing(trusting.wrap_socket(raw, server_hostname=host)) as connection.sock:
            headers = {
                "X-Request-ID": FORGED,
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"https://{host}",
            }
            connection.request("POST" if sent else "GET", path, urlencode(sent) if sent else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def find_access(self, path: str) -> str:
        """Return the id of the last request for a path in nginx's log, which has its line once the answer is out."""
        deadline = time.monotonic() + PATIENCE
        while True:
            lines = (self.folder / "workers-home" / "access.log").read_text("utf-8").splitlines()
            told = [json.loads(line) for line in lines if line.endswith("}")]
            if found := [str(one["request_id"]) for one in told if one["path"] == path]:
                return found[-1]
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def find_lines(self, app: str) -> list[dict[str, str]]:
        """Return what an app wrote to its log."""
        lines = (self.folder / f"{app}.log").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def find_event(self, kind: str) -> Event:
        """Return the last event of a kind, after following the whole chain."""
        with closing(SqliteStore(self.data / "cases.db")) as store:
            assert list(follow_chain(store.list_events(), "", Chain())) == []
            found = store.find_last_of(kind)
        assert found, kind
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, bundle_folder: Path) -> Iterator[House]:  # noqa: F811 - the fixture
    """Run `forms-api intake` and `forms-api review` behind the nginx of deploy/."""
    folder = tmp_path_factory.mktemp("ids")
    data = folder / "data"
    made = CliRunner().invoke(main, ["init", "--data", str(data)])
    assert made.exit_code == 0, made.output
    ports = {name: find_port() for name in ("http", "https", "intake", "review")}
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert nginx, "no nginx: run `make test`, or install the package nginx"
    with ExitStack() as stack:
        for app in ("intake", "review"):
            run_app(stack, app, folder, ports[app], bundle_folder)
        start(stack, [nginx, "-c", str(write_front(folder, ports))])
        for port in ports.values():
            wait_for(port)
        yield House(folder, data, ports["https"])


def run_app(stack: ExitStack, app: str, folder: Path, port: int, bundle: Path) -> None:
    """Run one of the apps until the stack ends."""
    settings = {"FORMS_PROXIES": "1", "FORMS_WORKERS": "1", "FORMS_LIMIT_LEAST_SECONDS": "0", **NO_LIMITS}
    words = [sys.executable, "-m", "forms_api", app, "--data", str(folder / "data"), "--bundle", str(bundle)]
    log = stack.enter_context((folder / f"{app}.log").open("wb"))
    process = subprocess.Popen(
        [*words, "--bind", f"127.0.0.1:{port}"], cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)


def test_an_act_of_staff_is_found_from_nginx_to_its_event(house: House) -> None:
    assert house.ask(STAFF, "/login", {"account": "nobody", "password": "wrong", "code": ""})[0] == 403
    given = house.find_access("/login")
    assert re.fullmatch("[0-9a-f]{32}", given)
    assert given != FORGED
    (line,) = [one for one in house.find_lines("review") if one.get("trace") == given]
    assert (line["event"], line["method"], line["area"], line["status"]) == ("answered", "POST", "login", 403)
    assert house.find_event("login_failed").data == {"reason": "unknown", "trace": given}


def test_an_application_is_found_from_nginx_to_its_event(house: House) -> None:
    page = house.ask(SITE, "/apply/suggestion/")[1]
    (token,) = re.findall(r'name="token" value="([^"]+)"', page)
    status, receipt = house.ask(SITE, "/apply/suggestion/receipt", {**ANSWERS, "token": token})
    assert (status, "收到了" in receipt) == (200, True), receipt
    assert house.find_event("submitted").data["trace"] == house.find_access("/apply/suggestion/receipt")
