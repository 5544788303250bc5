"""A county on PostgreSQL and S3 by its real commands, on two hosts: an application with a file, opened by staff, a 公示
published; then everything is backed up, destroyed, restored, and goes on."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from base64 import b32decode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bench.database_server import DatabaseServer
from bench.object_server import ObjectServer, tell_settings, write_credentials
from forms_api.definitions import CHINA
from forms_api.demonstration import PEOPLE
from forms_api.environment import Bucket
from forms_api.totp import find_step, make_code
from tests.forms_api.served import NO_LIMITS, ROOT, find_port
from tests.forms_api.test_traces import FILE_NAME, answers, make_marked_pdf

PASSWORD = "一把很长的伞和九只茶壶-在河边-42"
PAGE = "application/x-www-form-urlencoded"

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=240)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@dataclass
class Machines:
    """Two hosts for intake, the staff app on the first, one database, one bucket, a repository."""

    root: Path
    bundle: Path
    store: str
    bucket: Bucket
    ports: tuple[int, int] = field(default_factory=lambda: (find_port(), find_port()))
    office: int = field(default_factory=find_port)
    passphrase: str = ""
    passwords: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    """Account → what the phone makes codes of."""

    @property
    def hosts(self) -> tuple[Path, Path]:
        return self.root / "first", self.root / "second"

    @property
    def environ(self) -> dict[str, str]:
        own = {
            "PYTHONPATH": str(ROOT),
            "FORMS_BUNDLE": str(self.bundle),
            "FORMS_STORE": self.store,
            "FORMS_BACKUP_KEY_FILE": str(self.root / "backup.key"),
            "FORMS_CONTENT_REMOTE": str(self.root / "content.git"),
            "FORMS_SITE_BUILDER": f"{sys.executable} -m site_builder",
            "FORMS_LIMIT_LEAST_SECONDS": "0",
        }
        return os.environ | NO_LIMITS | own | tell_settings(self.bucket, self.root / "s3")

    def run(self, *words: object, **environ: str) -> str:
        """Run a command and return all it says."""
        command = [sys.executable, "-m", "forms_api", *map(str, words)]
        done = subprocess.run(command, env=self.environ | environ, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900)  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run all services and wait until they answer."""
        first, second = self.hosts
        shutil.copytree(first / "public", second / "public", dirs_exist_ok=True)
        with ExitStack() as stack:
            for host, port in zip(self.hosts, self.ports, strict=True):
                stack.enter_context(self._run("intake", host, port))
            stack.enter_context(self._run("review", first, self.office, "--plain-http"))
            yield

    @contextmanager
    def _run(self, command: str, data: Path, port: int, *more: str) -> Iterator[None]:
        words = [command, "--data", str(data), "--bind", f"127.0.0.1:{port}", *more]
        with (self.root / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "forms_api", *words],
                env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    if ask(port, "GET", "/readyz" if command == "intake" else "/login").status == 200:
                        break
                except OSError:
                    time.sleep(0.1)
            else:
                raise AssertionError((self.root / "log.txt").read_text("utf-8")[-3000:])
            yield
        finally:
            process.terminate()
            process.wait(90)

    # --- a worker ---

    def apply(self) -> tuple[str, str]:
        """Hand in a suggestion with a file, each piece of it on the other host, and return reference and secret."""
        here, there = self.ports
        begun = json.loads(_send_json(here, "/uploads/", {"form": "suggestion", "field": "evidence"}).body)
        where, own, data = f"/uploads/{begun['id']}", {"Upload_Secret": begun["secret"]}, make_marked_pdf()
        for port, offset, part in ((there, 0, data[:200]), (here, 200, data[200:])):
            sent = ask(port, "PATCH", where, part, Upload_Offset=str(offset), **own)
            assert (sent.status, json.loads(sent.body)["received"]) == (200, offset + len(part))
        done = _send_json(there, f"{where}/finish", {"name": FILE_NAME, "type": "application/pdf"}, **own)
        assert done.status == 201, done.text
        (token,) = re.findall(r'name="token" value="([^"]+)"', ask(here, "GET", "/apply/suggestion/").text)
        pairs = [
            *answers().items(),
            ("token", token),
            ("evidence", begun["id"]),
            ("names", f"{begun['id']} {FILE_NAME}"),
        ]
        receipt = ask(here, "POST", "/apply/suggestion/receipt", urlencode(pairs).encode(), Content_Type=PAGE).text
        assert "收到了" in receipt
        return re.findall(r'class="ref">([^<]+)<', receipt)[0], re.findall(r'class="key">([^<]+)<', receipt)[0]

    def show_status(self, reference: str, secret: str) -> str:
        pairs = {"reference": reference, "secret": secret}
        return ask(self.ports[1], "POST", "/status/", urlencode(pairs).encode(), Content_Type=PAGE).text


def _send_json(port: int, path: str, told: dict[str, Any], **headers: str) -> Answer:
    return ask(port, "POST", path, json.dumps(told).encode(), Content_Type="application/json", **headers)


class Person:
    """Somebody of the staff at a screen."""

    def __init__(self, machines: Machines, account: str) -> None:
        self.machines, self.account, self.cookie, self.page = (
            machines,
            account,
            "",
            Answer(0, http.client.HTTPMessage(), b""),
        )

    def get(self, path: str) -> Answer:
        self.page = ask(self.machines.office, "GET", path, Cookie=self.cookie)
        assert self.page.status == 200, (path, self.page.text[:2000])
        return self.page

    def post(self, path: str, pairs: list[tuple[str, str]] | dict[str, str]) -> Answer:
        """Post a form as the page that is open has it."""
        tokens = re.findall(r'name="post_token" value="([^"]+)"', self.page.text)[:1]
        sent = [*(pairs.items() if isinstance(pairs, dict) else pairs), *(("post_token", one) for one in tokens)]
        origin = f"http://127.0.0.1:{self.machines.office}"
        answer = ask(
            self.machines.office,
            "POST",
            path,
            urlencode(sent).encode(),
            Content_Type=PAGE,
            Cookie=self.cookie,
            Origin=origin,
        )
        for one in answer.headers.get_all("Set-Cookie") or ():
            self.cookie = one.partition(";")[0]
        assert answer.status in (200, 303), (path, answer.text[:2000])
        return answer

    def enter(self) -> Person:
        """Sign in: for the first time with the password that was given, later with one's own and the phone."""
        known = self.machines.secrets.get(self.account)
        if known:
            self.post("/login", {"account": self.account, "password": PASSWORD, "code": _show_code(known)})
        else:
            given = self.machines.passwords[self.account]
            self.post("/login", {"account": self.account, "password": given})
            self.get("/first")
            self.post("/first", {"old": given, "new": PASSWORD, "again": PASSWORD})
            (letters,) = re.findall(r"\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b", self.get("/first").text)
            self.machines.secrets[self.account] = b32decode(letters.replace(" ", ""))
            self.post("/first", {"code": _show_code(self.machines.secrets[self.account])})
        self.get("/account")
        return self

    def unlock(self) -> None:
        self.get("/unlock")
        assert self.post("/unlock", {"passphrase": self.machines.passphrase}).status == 303

    def read_file(self, reference: str) -> bytes:
        """Open the file of a case as a click does."""
        (path,) = set(re.findall(rf'href="(/cases/{reference}/files/[0-9a-f]+)"', self.get(f"/cases/{reference}").text))
        return self.get(path).body


def _show_code(secret: bytes) -> str:
    return make_code(secret, find_step(datetime.now(CHINA)))


@pytest.fixture
def machines(
    bundle_folder: Path, database_server: DatabaseServer, object_server: ObjectServer, tmp_path: Path
) -> Machines:
    """Make a county at work on the servers."""
    made = Machines(tmp_path, bundle_folder, database_server.make_bare_database(), object_server.make_bucket())
    write_credentials(tmp_path / "s3")
    for host in made.hosts:
        host.mkdir()
    told = json.loads(made.run("demo", "--data", made.hosts[0], "--json").splitlines()[-1])
    made.passphrase = told["passphrase"]
    made.passwords = {one["account"]: one["password"] for one in told["staff"]}
    made.run("backup-key", "new", tmp_path / "backup.key")
    _make_repository(tmp_path / "content.git")
    return made


def _make_repository(bare: Path) -> None:
    within = ("-c", "core.bare=false", "--git-dir", str(bare), "--work-tree", str(ROOT))
    name = ("-c", "user.name=试", "-c", "user.email=trial@localhost")
    for words in (
        ("init", "--quiet", "--bare", "--initial-branch=main", str(bare)),
        (*within, "add", "--", "content"),
        (*within, *name, "commit", "--quiet", "-m", "内容"),
    ):
        subprocess.run(["git", *words], check=True, cwd=ROOT, capture_output=True)


def find_account(duty: str) -> str:
    """Return an account of the county that has a duty."""
    return next(account for account, _, union, duties in PEOPLE if union == "county" and duty in duties)


def publish(handler: Person, approver: Person) -> str:
    """Put cases that wait on the public site, as three clicks of two people do, and return the address of the list."""
    waiting = handler.get("/publicity/").text
    (first, *_) = re.findall(r'<form method="post" action="/publicity/preview">.*?</form>', waiting, re.DOTALL)
    chosen = [("case", one) for one in re.findall(r'name="case" value="([^"]+)"', first)]
    assert chosen
    handler.post("/publicity/preview", chosen)
    where = str(handler.post("/publicity/propose", chosen).headers["Location"]).partition("?")[0]
    approver.get(where)
    approver.post(f"{where}/sign", {})
    handler.get(where)
    answer = handler.post(f"{where}/publish", {})
    assert answer.status == 303, answer.text
    assert "公示中" in handler.get(where).text
    return where


def list_notices(machines: Machines) -> list[str]:
    """Return the files of 公示 in the repository that the service wrote."""
    words = [
        "git",
        "--git-dir",
        str(machines.root / "content.git"),
        "log",
        "--name-only",
        "--format=",
        "--diff-filter=A",
        "main",
    ]
    done = subprocess.run([*words, "--max-count=1"], check=True, capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if "/notices/" in line]


def test_a_county_is_destroyed_and_goes_on(
    machines: Machines, database_server: DatabaseServer, object_server: ObjectServer
) -> None:
    first, second = machines.hosts
    with machines.serving():
        reference, secret = machines.apply()
        handler, approver = (
            Person(machines, find_account("handler")).enter(),
            Person(machines, find_account("approver")).enter(),
        )
        handler.unlock()
        assert handler.read_file(reference) == make_marked_pdf()
        notice = publish(handler, approver)
        assert len(list_notices(machines)) == 1
    head = machines.run("audit", "head", "--data", first).split()[1]
    saved = machines.root / "saved.backup"
    assert "读回来核对过" in machines.run("backup", "--data", first, "--to", saved)

    # everything burns down but the backup, its key and the paper
    object_server.drop_bucket(machines.bucket)
    database_server.drop_database(machines.store)
    for host in machines.hosts:
        shutil.rmtree(host)
    second.mkdir()

    machines.bucket, machines.store = object_server.make_bucket(), database_server.make_bare_database()
    said = machines.run("restore", saved, "--data", first)
    assert machines.bucket.address in said
    kept = len(object_server.list_keys(machines.bucket))
    machines.run("audit", "verify", "--data", first, "--head", head, FORMS_STORE="")
    machines.run("migrate-store", f"sqlite:{first / 'cases.db'}", machines.store)
    machines.run("purge", "--data", first)

    with machines.serving():
        assert "已提交" in machines.show_status(reference, secret)
        handler = Person(machines, find_account("handler")).enter()
        handler.unlock()
        assert handler.read_file(reference) == make_marked_pdf()
        assert "公示中" in handler.get(notice).text
        later, _ = machines.apply()
        assert later != reference
        assert later in handler.get("/cases/").text
        assert handler.read_file(later) == make_marked_pdf()
    assert len(object_server.list_keys(machines.bucket)) == kept + 1
    machines.run("audit", "verify", "--data", first)
    assert "Traceback" not in (machines.root / "log.txt").read_text("utf-8")
