"""The real service with marked answers: whatever goes well or wrong, no log, error page, figure or file holds a mark."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from pypdf import PdfWriter

from forms_api.config import Folder
from tests.forms_api.served import NO_LIMITS, ROOT, find_port

MARKS = {
    "full_name": "骆暗记",
    "mobile": "13900007414",
    "id_number": "110000199003077417",
    "subject": "暗记之一不可外传",
    "content": "暗记之二，写在正文里，谁也不该在别处看到。TRACEMARK-9917",
    "unit": "暗记纺织厂",
}
FILE_NAME, FILE_TEXT = "暗记证明.pdf", "TRACEMARK-FILE-5521"
FORM_TYPE = "application/x-www-form-urlencoded"


def spellings(mark: str) -> list[bytes]:
    """Return a mark as logs, pages, databases and JSON may write it."""
    plain = mark.encode()
    escaped = json.dumps(mark)[1:-1].encode()
    return [
        plain,
        escaped,
        quote(mark).encode(),
        plain.hex().encode(),
        mark.encode("utf-16-le"),
        base64.b64encode(plain),
    ]


NEEDLES = {needle for mark in (*MARKS.values(), FILE_NAME, FILE_TEXT) for needle in spellings(mark)}


def find_marks(data: bytes) -> list[bytes]:
    return [needle for needle in NEEDLES if needle in data]


@dataclass
class Service:
    """`forms-api intake` as it is run, with a folder of its own for temporary files."""

    root: Path
    bundle: Path
    port: int = field(default_factory=find_port)
    figures: int = field(default_factory=find_port)
    told: list[bytes] = field(default_factory=list)
    """Bodies of answers that show nobody's answers: errors, receipts, JSON."""

    @property
    def data(self) -> Path:
        return self.root / "data"

    def command(self, *words: str, blocks: int = 0) -> subprocess.Popen[bytes]:
        """Start a command, with at most so many blocks of 512 bytes in any file that it writes."""
        settings = {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.root / "tmp"), "FORMS_WORKERS": "1"}
        limited = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"] if blocks else []
        with (self.root / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [*limited, sys.executable, "-m", "forms_api", *words, "--data", str(self.data)],
                env=os.environ | NO_LIMITS | settings | {"FORMS_LIMIT_LEAST_SECONDS": "0"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @contextmanager
    def run(self, blocks: int = 0) -> Iterator[None]:
        at = ["--bind", f"127.0.0.1:{self.port}", "--metrics", f"127.0.0.1:{self.figures}"]
        process = self.command("intake", *at, "--bundle", str(self.bundle), blocks=blocks)
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    self.ask("GET", "/healthz")
                    break
                except OSError:
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(60)

    def ask(
        self, method: str, path: str, body: bytes | None = None, port: int = 0, **headers: str
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def post(self, path: str, pairs: dict[str, str] | list[tuple[str, str]], *, own: bool = False) -> tuple[int, str]:
        """Post a page; `own` where the answer rightly shows the sender's own answers."""
        status, body = self.ask("POST", path, urlencode(pairs).encode(), Content_Type=FORM_TYPE)
        if not own:
            self.told.append(body)
        return status, body.decode()

    def send_json(self, path: str, data: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        status, body = self.ask("POST", path, raw, Content_Type="application/json", **headers)
        self.told.append(body)
        return status, json.loads(body)


@pytest.fixture(scope="module")
def service(bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    root = tmp_path_factory.mktemp("service")
    (root / "tmp").mkdir()
    made = Service(root, bundle_folder)
    assert made.command("init").wait(60) == 0
    return made


def answers() -> dict[str, str]:
    chosen = {"kind": "建议", "to_chair": "no", "topic": "其他", "anonymous": "留下姓名和电话"}
    return chosen | {name: MARKS[name] for name in ("subject", "content", "full_name", "mobile")}


def make_marked_pdf() -> bytes:
    import io

    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": FILE_TEXT})
    writer.write(out)
    return out.getvalue()


def upload(service: Service, finish: bool = True) -> str:
    _, begun = service.send_json("/uploads/", {"form": "suggestion", "field": "evidence"})
    if "id" not in begun:
        return ""
    where, secret = f"/uploads/{begun['id']}", begun["secret"]
    headers = {"Upload_Secret": secret, "Upload_Offset": "0", "Content_Type": "application/octet-stream"}
    service.told.append(service.ask("PATCH", where, make_marked_pdf(), **headers)[1])
    if finish:
        service.send_json(f"{where}/finish", {"name": FILE_NAME, "type": "application/pdf"}, Upload_Secret=secret)
    return str(begun["id"])


def apply(service: Service, *files: str) -> tuple[int, str]:
    token = re.findall(r'name="token" value="([^"]+)"', service.ask("GET", "/apply/suggestion/")[1].decode())
    sent = [*answers().items(), ("token", token[0] if token else ""), *(("evidence", one) for one in files)]
    service.post("/apply/suggestion/check", sent, own=True)
    return service.post("/apply/suggestion/receipt", [*sent, *(("names", f"{one} {FILE_NAME}") for one in files)])


def go_well(service: Service) -> None:
    """Apply with a file, keep a draft, look at the case, ask with a wrong secret, over the API too."""
    status, receipt = apply(service, upload(service))
    assert (status, "收到了" in receipt) == (200, True)
    reference = re.findall(r'class="ref">([^<]+)<', receipt)[0]
    secret = re.findall(r'class="key">([^<]+)<', receipt)[0]
    assert service.post("/status/", {"reference": reference, "secret": secret})[0] == 200
    assert service.post("/status/", {"reference": reference, "secret": "AAAA"})[0] == 404
    assert service.post("/apply/suggestion/draft", answers())[0] == 200
    upload(service, finish=False)
    bearer = {"Authorization": f"Bearer {add_key(service)}", "Idempotency_Key": "trace-one-two"}
    given = answers() | {"to_chair": False, "agree_publication": False}
    status, told = service.send_json("/api/v1/forms/suggestion/cases", {"answers": given}, **bearer)
    assert status == 201, told


def add_key(service: Service) -> str:
    words = [sys.executable, "-m", "forms_api", "api-key", "add", "kiosk", "--json", "--data", str(service.data)]
    done = subprocess.run(words, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    return str(json.loads(done.stdout)["key"])


def go_wrong(service: Service) -> None:
    """Send marked nonsense to every door."""
    marked = MARKS["content"].encode()
    service.post("/apply/suggestion/check", dict.fromkeys(("kind", "mobile", "token"), MARKS["content"]), own=True)
    service.post("/apply/membership/check", {"id_number": MARKS["id_number"]}, own=True)
    for path in (
        f"/apply/{quote(MARKS['subject'])}/check",
        f"/{quote(MARKS['subject'])}",
        "/apply/suggestion/receipt/x",
    ):
        service.post(path, answers())
    service.post("/apply/suggestion/check", answers() | {"website": MARKS["content"]})
    service.post("/apply/suggestion/check", [("subject", MARKS["subject"])] * 3000)
    for path in ("/uploads/", "/api/v1/forms/suggestion/cases", "/api/v1/status"):
        service.send_json(path, b'{"answers": "' + marked)
        service.send_json(path, {MARKS["subject"]: MARKS["content"]}, Authorization=f"Bearer {MARKS['mobile']}")
    headers = {"Origin": f"http://{MARKS['mobile']}.example", "Content_Type": FORM_TYPE}
    service.told.append(service.ask("POST", "/status/", marked, **headers)[1])
    service.told.append(service.ask("PATCH", "/uploads/" + "0" * 32, marked, Upload_Secret=quote(MARKS["subject"]))[1])
    broken = {"Content_Type": "multipart/form-data; boundary=x"}
    service.told.append(service.ask("POST", "/apply/suggestion/check", b"--x\r\n" + marked, **broken)[1])


def break_down(service: Service) -> None:
    """Make the service fail where nobody foresaw it, with marked answers in hand."""
    files, aside = Folder(service.data).files, service.data / "aside"
    files.rename(aside)
    files.write_bytes(b"no folder")
    upload(service)
    files.unlink()
    aside.rename(files)
    database = sqlite3.connect(Folder(service.data).database)
    database.execute("update definitions set body = 'no json'")
    database.commit()
    apply_again = [*answers().items(), ("version", database.execute("select version from definitions").fetchone()[0])]
    page = service.ask("GET", "/apply/hazard/")[1].decode()
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    assert service.post("/apply/hazard/check", [*apply_again, ("token", token)])[0] == 500
    database.execute("alter table charges rename to elsewhere")
    database.commit()
    assert apply(service)[0] == 503
    database.execute("alter table elsewhere rename to charges")
    database.commit()
    database.close()


def test_no_trace_of_an_answer_anywhere(service: Service) -> None:
    with service.run():
        go_well(service)
        go_wrong(service)
        break_down(service)
        figures = service.ask("GET", "/metrics", port=service.figures)[1]
    with service.run(blocks=2000):
        for _ in range(100):
            status, _ = apply(service, *filter(None, [upload(service)]))
            if status == 503:
                break
        assert status == 503, "the disk was never full"
        figures += service.ask("GET", "/metrics", port=service.figures)[1]
    assert b"forms_requests_total" in figures
    assert find_marks(figures) == []
    log = (service.root / "log.txt").read_bytes()
    assert b"request failed" in log
    assert find_marks(log) == []
    for body in service.told:
        assert find_marks(body) == [], body.decode()[:500]
    kept = [path for path in service.root.rglob("*") if path.is_file()]
    assert any(path.parent.parent.name == "files" for path in kept), "no file was kept, so nothing was looked at"
    assert {
        path.relative_to(service.root).as_posix(): marks for path in kept if (marks := find_marks(path.read_bytes()))
    } == {}


def test_the_search_would_find_a_mark(service: Service) -> None:
    for needle in NEEDLES:
        assert needle in find_marks(b"before " + needle + b" after")
