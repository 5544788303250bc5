"""People and programs who hand in applications, some with a file, and remember what they were told: for trials of loss."""

from __future__ import annotations

import http.client
import io
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

from pypdf import PdfWriter

from forms_api.config import Folder
from forms_api.definitions import CHINA
from forms_api.forms_bundle import Bundle
from forms_api.tokens import IntakeKeys, issue_token

FORM, FILE_FIELD, MARKED_FIELD = "suggestion", "evidence", "subject"
ANSWERS = {
    "kind": "建议",
    "topic": "工资和劳动合同",
    "content": "站点夏天没有地方喝水休息，希望想想办法，最好放一台饮水机，旁边再放几把椅子。",
    "anonymous": "匿名",
}
REFERENCE = re.compile(r"\b[A-Z]{1,4}-[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]\b")
CLIENTS, CLIENTS_WITH_FILES = 8, 4
SECONDS = 30
Fault = (OSError, http.client.HTTPException)


@dataclass
class Application:
    """One application as its sender knows it; the mark stands in its answers. `reference` is None until it was told."""

    mark: str
    token: str
    by_program: bool
    file: bytes | None = None
    handle: str | None = None
    reference: str | None = None


@dataclass
class Applicants:
    """All who write to one server, one after the other or many at once."""

    folder: Folder
    bundle: Bundle
    api_key: str
    port: int = 0
    host: str = "127.0.0.1"
    sent: list[Application] = field(default_factory=list)
    refused: int = 0
    _numbers: Any = field(default_factory=count)

    @property
    def acknowledged(self) -> list[Application]:
        """Return the applications that were given a reference."""
        return [one for one in self.sent if one.reference]

    def write_until(self, over: Callable[[], bool]) -> None:
        """Hand in applications from many connections until it is over; a broken connection is made anew."""
        threads = [threading.Thread(target=self._write, args=(number, over)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def hand_in(self) -> float | None:
        """Hand in one application with a file from a connection of its own; return the seconds, None where it is refused."""
        one, began = self._make(by_program=False, with_file=True), time.perf_counter()
        connection = _FromAfar("127.0.0.1", self.port, timeout=SECONDS)
        try:
            one.handle = self._upload(connection, one, one.file or b"")
            if one.handle is None:
                self.refused += 1
                return None
            self.sent.append(one)
            one.reference = self._send(connection, one)
            self.refused += one.reference is None
            return time.perf_counter() - began if one.reference else None
        finally:
            connection.close()

    def write_again(self, application: Application) -> str | None:
        """Send an application once more and return the reference, None where it is refused."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
        try:
            return self._send(connection, application)
        finally:
            connection.close()

    def _write(self, number: int, over: Callable[[], bool]) -> None:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
        while not over():
            one = self._make(by_program=number % 2 == 0, with_file=number < CLIENTS_WITH_FILES)
            try:
                if one.file is not None:
                    one.handle = self._upload(connection, one, one.file)
                    if one.handle is None:
                        self.refused += 1
                        continue
                self.sent.append(one)
                one.reference = self._send(connection, one)
                self.refused += one.reference is None
            except Fault:
                connection.close()
        connection.close()

    def _make(self, by_program: bool, with_file: bool) -> Application:
        mark = f"第{next(self._numbers)}件 {secrets.token_hex(4)}"
        if by_program:
            token = secrets.token_hex(16)
        else:
            keys = IntakeKeys.derive(bytes.fromhex(self.folder.intake_key.read_text().strip()))
            token = issue_token(keys, FORM, datetime.now(CHINA) - timedelta(minutes=1), secrets.token_bytes(15))
        return Application(mark, token, by_program, make_pdf(mark) if with_file else None)

    # --- what goes over the wire ---

    def _send(self, connection: http.client.HTTPConnection, one: Application) -> str | None:
        answers: dict[str, Any] = {**ANSWERS, MARKED_FIELD: one.mark}
        if one.handle:
            answers[FILE_FIELD] = [one.handle]
        if one.by_program:
            headers = self._headers() | {"Idempotency-Key": one.token, "Content-Type": "application/json"}
            body = json.dumps({"answers": answers | {"to_chair": False}})
            status, told = _call(connection, "POST", f"/api/v1/forms/{FORM}/cases", body, headers)
            return str(json.loads(told)["reference"]) if status == 201 else None
        head = {"token": one.token, "version": self.bundle.forms[FORM].version, "to_chair": "no"}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(head | answers, doseq=True)
        status, told = _call(connection, "POST", f"/apply/{FORM}/receipt", body, headers)
        found = REFERENCE.search(told) if status == 200 else None
        return found[0] if found else None

    def _upload(self, connection: http.client.HTTPConnection, one: Application, file: bytes) -> str | None:
        if one.by_program:
            place = f"/api/v1/forms/{FORM}/files?field={FILE_FIELD}&name={quote('证明.pdf')}"
            headers = self._headers() | {"Content-Type": "application/octet-stream"}
            status, told = _call(connection, "POST", place, file, headers)
            return str(json.loads(told)["id"]) if status == 201 else None
        as_json = {"Content-Type": "application/json"}
        status, told = _call(connection, "POST", "/uploads/", json.dumps({"form": FORM, "field": FILE_FIELD}), as_json)
        if status != 201:
            return None
        begun = json.loads(told)
        place, secret = f"/uploads/{begun['id']}", {"Upload-Secret": begun["secret"]}
        half = len(file) // 2
        for start, part in ((0, file[:half]), (half, file[half:])):
            status, told = _call(connection, "PATCH", place, part, secret | {"Upload-Offset": str(start)})
            if status != 200:
                return None
        named = json.dumps({"name": "证明.pdf", "type": "application/pdf"})
        status, told = _call(connection, "POST", f"{place}/finish", named, secret | as_json)
        return str(begun["id"]) if status == 201 else None

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


class _FromAfar(http.client.HTTPConnection):
    """A connection through a proxy, for somebody who is alone at an address."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.address = f"2001:db8:{secrets.randbits(16):x}:{secrets.randbits(16):x}::1"

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **more: Any) -> None:
        """Send a request as the proxy does."""
        super().request(method, url, body, {**(headers or {}), "X-Forwarded-For": self.address}, **more)


def make_pdf(mark: str) -> bytes:
    """Return a small PDF that is unlike any other."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": mark + secrets.token_hex(3000)})
    writer.write(out)
    return out.getvalue()


def _call(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | bytes, headers: Mapping[str, str]
) -> tuple[int, str]:
    connection.request(method, path, body.encode() if isinstance(body, str) else body, dict(headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode()
