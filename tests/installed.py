"""A worker and a member of staff before an installed county, wherever it runs: what they send, and what they are shown."""

from __future__ import annotations

import re
from base64 import b32decode
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from forms_api.definitions import CHINA
from forms_api.totp import find_step, make_code
from tests.debian import Machine

SITE, STAFF = "gonghui.yunxi.example", "shouli.yunxi.example"
TRIAL_SETTINGS = """
FORMS_LIMIT_LEAST_SECONDS=0
FORMS_LIMIT_PER_ADDRESS=1000000
FORMS_LIMIT_PER_ADDRESS_WITHOUT_WORK=1000000
FORMS_LIMIT_PER_FORM=1000000
"""
ANSWERS = {
    "kind": "建议", "to_chair": "no", "topic": "其他", "anonymous": "留下姓名和电话", "subject": "车间饮水机坏了",
    "content": "车间里的饮水机坏了，请帮忙换一台。", "full_name": "骆安", "mobile": "13900007414",
}  # fmt: skip
FORM = {"Content_Type": "application/x-www-form-urlencoded", "Origin": f"https://{SITE}"}
PASSWORD = "一把很长的伞和九只茶壶-在河边-42"


def post(machine: Machine, path: str, pairs: list[tuple[str, str]] | dict[str, str]) -> tuple[int, str]:
    """Send a form to the site as a browser without script does."""
    answer = machine.ask(SITE, path, "POST", urlencode(pairs).encode(), **FORM)
    return answer.status, answer.text


def apply(machine: Machine, *files: str) -> str:
    """Hand in a suggestion as a browser without script does, and return the page with the receipt."""
    page = machine.ask(SITE, "/apply/suggestion/").text
    (token,) = re.findall(r'name="token" value="([^"]+)"', page)
    sent = [*ANSWERS.items(), ("token", token), *(("evidence", one) for one in files)]
    status, receipt = post(
        machine, "/apply/suggestion/receipt", [*sent, *(("names", f"{one} 照片.pdf") for one in files)]
    )
    assert (status, "收到了" in receipt) == (200, True), receipt
    return receipt


@dataclass
class Office:
    """The staff app as somebody sees it who may have signed in."""

    machine: Machine
    cookie: str = ""

    def send(self, path: str, pairs: dict[str, str]) -> str:
        """Send a form, keep the cookie, and return the page."""
        own = {"Content_Type": FORM["Content_Type"], "Origin": f"https://{STAFF}", "Cookie": self.cookie}
        answer = self.machine.ask(STAFF, path, "POST", urlencode(pairs).encode(), **own)
        assert answer.status in (200, 303), answer.text
        self.cookie = next((one.partition(";")[0] for one in answer.header("Set-Cookie")), self.cookie)
        return answer.text

    def open_page(self, path: str) -> str:
        """Return a page."""
        return self.machine.ask(STAFF, path, Cookie=self.cookie).text

    def fill(self, path: str, fields: dict[str, str], page: str = "") -> str:
        """Send the form of a page, which is opened for it or was before, with the token that it holds."""
        token = re.findall(r'name="post_token" value="([^"]+)"', page or self.open_page(path))[0]
        return self.send(path, {**fields, "post_token": token})


def sign_in(machine: Machine, given: str) -> Office:
    """Sign the account `pu` in for the first time: a password of their own, a second factor, recovery codes."""
    office = Office(machine)
    office.send("/login", {"account": "pu", "password": given})
    assert office.cookie.startswith("__Host-staff=")
    office.fill("/first", {"old": given, "new": PASSWORD, "again": PASSWORD})
    page = office.open_page("/first")
    (letters,) = re.findall(r"\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b", page)
    code = make_code(b32decode(letters.replace(" ", "")), find_step(datetime.now(CHINA)))
    assert "备用码" in office.fill("/first", {"code": code}, page)
    return office
