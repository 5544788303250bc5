"""A staff side for tests: a real store, real keys under a cheap lock, accounts with cheap hashes, a clock set by hand."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from nacl.pwhash import argon2id
from werkzeug.test import TestResponse

from forms_api.accounts import Accounts, add_staff
from forms_api.back_office import Office
from forms_api.config import Folder, Settings, find_sealer, read_intake_keys
from forms_api.custody import make_keys, prepare_folder
from forms_api.forms_bundle import Bundle
from forms_api.model import SYSTEM
from forms_api.password_hashes import Hasher
from forms_api.review import create_app
from forms_api.reviewing import Review
from forms_api.staff_keys import StaffKeys
from forms_api.storage.files import FolderFiles
from forms_api.storage.sqlite import SqliteStore
from forms_api.totp import find_step, make_code
from forms_api.vault import Vault
from tests.forms_api.desk import START

PASSPHRASE = "correct horse battery staple"
PASSWORD = "茶壶 搬家 7 月亮 跳绳"
CHEAP = (argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN)
PEOPLE = {
    "handler": ("zhong", "钟云", "county", ("handler",)),
    "reviewer": ("fei", "费明", "county", ("reviewer",)),
    "approver": ("shu", "束文", "county", ("approver",)),
    "cashier": ("guan", "管义", "county", ("cashier",)),
    "auditor": ("tan", "谈华", "county", ("auditor",)),
    "admin": ("pu", "蒲燕", "county", ("admin",)),
}
"""Duty → account, name, union and duties of somebody who has it."""


@dataclass
class Person:
    """What somebody carries about: account, password, and the secret in the phone."""

    account: str
    password: str
    secret: bytes = b""
    codes: list[str] = field(default_factory=list)


@dataclass
class FrontDesk:
    """A review, the clock of it, and who works there."""

    folder: Path
    review: Review
    now: datetime = START
    people: dict[str, Person] = field(default_factory=dict)

    def hire(self, account: str, name: str, union: str, duties: tuple[str, ...]) -> Person:
        """Make an account and go through its first signing in, so that it can work."""
        accounts = self.review.accounts
        person = Person(account, add_staff(accounts, account, name, union, duties, SYSTEM, ()))
        client = self.open_client()
        self.enter(client, person)
        self.settle(client, person)
        self.people[account] = person
        return person

    def open_client(self, **settings: Any) -> FlaskClient:
        """Return a browser that nobody has signed in with."""
        app = create_app(self.review, Settings(self.folder, self.folder, plain_http=True, **settings))
        return app.test_client()

    def enter(self, client: FlaskClient, person: Person, code: str = "", to: str = "") -> TestResponse:
        """Sign in by the page, with a fresh code where the phone has a secret."""
        if person.secret and not code:
            self.now += timedelta(seconds=30)
            code = self.show_code(person)
        posted = {"account": person.account, "password": person.password, "code": code, "to": to}
        return client.post("/login", data=posted)

    def settle(self, client: FlaskClient, person: Person, password: str = PASSWORD) -> None:
        """Set a password of one's own, take the second factor and write down the recovery codes."""
        self.post(client, "/first", {"new": password, "again": password})
        person.password = password
        page = client.get("/first").text
        person.secret = read_secret(page)
        codes = self.post(client, "/first", {"code": self.show_code(person)}, page="/first").text
        person.codes = re.findall(r"<li>([A-Z0-9]{5}-[A-Z0-9]{5})</li>", codes)

    def show_code(self, person: Person) -> str:
        """Return what the phone of somebody shows now."""
        return make_code(person.secret, find_step(self.now))

    def sign_in(self, duty: str) -> FlaskClient:
        """Return a browser in which somebody with a duty works; whoever is not there yet is hired."""
        account, name, union, duties = PEOPLE[duty]
        person = self.people.get(account) or self.hire(account, name, union, duties)
        client = self.open_client()
        self.enter(client, person)
        return client

    def post(self, client: FlaskClient, where: str, data: Mapping[str, Any], page: str = "") -> TestResponse:
        """Send a form of a page, by default the one at the same address, as the browser would."""
        token = re.search(r'name="post_token" value="([0-9a-f]+)"', client.get(page or "/account").text) or re.search(
            r'name="post_token" value="([0-9a-f]+)"', client.get("/first").text
        )
        return client.post(where, data={**data, "post_token": token[1] if token else ""})

    def kinds(self) -> list[str]:
        """Return the kinds of all events so far."""
        return [event.kind for event in self.review.store.list_events()]


def read_secret(page: str) -> bytes:
    """Return the secret that the page of the second factor shows in letters."""
    letters = re.findall(r'class="secret">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    return base64.b32decode(letters)


def open_front_desk(folder: Path, bundle: Bundle) -> FrontDesk:
    """Return a staff side with a new data folder."""
    place = Folder(folder)
    prepare_folder(place)
    store = SqliteStore(place.database)
    make_keys(place, store, PASSPHRASE, START, CHEAP)
    store.close()
    return reopen_front_desk(folder, bundle)


def reopen_front_desk(folder: Path, bundle: Bundle) -> FrontDesk:
    """Return the staff side of a data folder that is there, its key locked."""
    place = Folder(folder)
    store = SqliteStore(place.database)
    desk: FrontDesk

    def clock() -> datetime:
        return desk.now

    sealer = find_sealer(place, store)
    assert sealer
    vault = Vault(place)
    keys = StaffKeys.derive(bytes.fromhex(place.staff_key.read_text().strip()))
    accounts = Accounts(store, keys, Hasher(keys.pepper, *CHEAP), clock)
    desk = FrontDesk(
        folder,
        Review(
            Office(store, vault, sealer, bundle, clock),
            accounts,
            vault,
            place,
            FolderFiles(place.files),
            read_intake_keys(place),
            "http://public",
        ),
    )
    return desk
