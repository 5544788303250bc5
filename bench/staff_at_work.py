"""Staff at work in the browser, one after the other at a steady pace: sign in as newcomers do, then read and note."""

from __future__ import annotations

import base64
import http.client
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from forms_api.definitions import CHINA
from forms_api.totp import find_step, make_code

_TOKEN = re.compile(r'name="post_token" value="([0-9a-f]+)"')
_SECRET = re.compile(r'class="secret">([A-Z2-7 ]+)<')
_CASE = re.compile(r'<td class="id"><a href="(/cases/([^"/?#]+))"')
_QUEUES = ("/cases/", "/cases/?queue=all", "/cases/?unread=1")
TIMEOUT = 60


class NotTaken(Exception):
    """The staff app answered otherwise than a page or a way to one."""


@dataclass
class Worker:
    """A member of staff with a browser; `seconds` is how long each page took, by what was done."""

    port: int
    account: str
    password: str
    cookie: str = ""
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def begin(self, passphrase: str) -> None:
        """Go through the first signing in, and unlock the key."""
        self.post("/login", {"account": self.account, "password": self.password, "code": "", "to": ""}, bare=True)
        password = f"茶壶 搬家 {secrets.token_hex(8)}"
        self.post("/first", {"new": password, "again": password}, page="/first")
        found = _SECRET.search(self.get("/first"))
        if found is None:
            raise NotTaken("the page of the second factor shows no secret")
        secret = base64.b32decode(found[1].replace(" ", ""))
        code = make_code(secret, find_step(datetime.now(CHINA)))
        self.post("/first", {"code": code}, page="/first")
        self.post("/unlock", {"passphrase": passphrase}, page="/unlock")

    def work(self, over: Callable[[], bool], pause: float) -> None:
        """Read the inbox, a case and what a search finds, with a pause between, until it is over."""
        turn = 0
        while not over():
            found = _CASE.findall(self.get(_QUEUES[turn % len(_QUEUES)], "inbox"))
            if found:
                place, reference = found[turn % len(found)]
                self.get(place, "case")
                self.post("/cases/search", {"q": reference}, page="/cases/", what="search")
            turn += 1
            time.sleep(pause)

    def get(self, path: str, what: str = "") -> str:
        """Return a page."""
        return self._ask("GET", path, "", what)

    def post(self, path: str, data: Mapping[str, str], page: str = "", what: str = "", *, bare: bool = False) -> str:
        """Send the form of a page."""
        token = None if bare else _TOKEN.search(self.get(page or path))
        return self._ask("POST", path, urlencode({**data, "post_token": token[1] if token else ""}), what)

    def _ask(self, method: str, path: str, body: str, what: str) -> str:
        began = time.perf_counter()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        head = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie}
        link.request(method, path, body, head)
        answer = link.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookie = value.partition(";")[0]
        link.close()
        if answer.status >= 400:
            raise NotTaken(f"{method} {path}: {answer.status}")
        if what:
            self.seconds.setdefault(what, []).append(time.perf_counter() - began)
        return text
