"""Every address that holds something of one union, asked for by staff of another: nothing is shown and nothing happens.

An invented county with everything in it; a member of staff of a small union with every duty that one account may have, and
one of the county. What an address holds is told by its variable, or, where a form names it, by the table below; a new
variable and a new form must be entered here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from forms_api import batches
from forms_api.__main__ import main
from forms_api.accounts import add_staff
from forms_api.back_office import Member
from forms_api.config import Settings
from forms_api.definitions import CHINA
from forms_api.listings import find_notice, save_notice
from forms_api.model import SYSTEM
from forms_api.office import Entry, WorkQuery
from forms_api.registers.payments import BATCH, Batch
from forms_api.reviewing import open_review
from forms_api.storage import Change, EntryChange
from tests.conftest import ROOT
from tests.forms_api.front_desk import FrontDesk, Person

pytestmark = pytest.mark.long  # a whole county is made first
DUTIES = ("handler", "reviewer", "approver", "cashier")
SMALL = "shuiwu"
"""A union at the foot of the tree, whose staff see next to nothing of the others."""
VARIABLES = {
    "reference": "case",
    "file_id": "file",
    "batch_id": "batch",
    "notice_id": "proposed",
    "entry_id": "",
}
"""Variable of an address → what it names; an entry is of the register that the address names."""
REGISTERS = {
    "members": "member",
    "households": "household",
    "assessments": "assessment",
    "checks": "check",
    "honours": "candidate",
}
OTHERS = {"account", "name"}
"""Variables that name nothing of a union: an account (the county's administrators alone), a file of the frame."""
NAMED = {
    "inbox.assign_many": "case",
    "publicity.preview": "case",
    "publicity.propose": "case",
    "payments.make": "case",
    "personal.keep": "case",
    "personal.let_go": "case",
    "registers.open_household": "reference",
    "registers.name_candidates": "candidate",
}
"""Forms without a variable in their address → the field that names a case, or a candidate."""
NAMELESS = {
    "account.set_password", "account.renew", "account.end", "auditing.verify", "entering.start", "figures.export",
    "first_steps.step", "inbox.search", "messages.told", "payments.export_all", "personal.copy", "registers.draw_sample",
    "registers.export_members", "registers.nominate", "registers.record_outside", "registers.search_households",
    "registers.search_members", "registers.take_roster", "signing.enter", "signing.leave", "staffing.add", "unlocking.lock",
    "unlocking.unlock",
}  # fmt: skip
"""Forms that name nothing of a union, or what is theirs to find: they search within a scope, and tests of their own try that."""


class RealClock(FrontDesk):
    """A staff side whose clock is the machine's, as that of the invented county is."""

    @property
    def now(self) -> datetime:  # type: ignore[override]  # read only here
        return datetime.now(CHINA)

    @now.setter
    def now(self, value: datetime) -> None:
        """Keep the machine's time."""


@dataclass
class Foreign:
    """Who asks, and what lies outside their scope: by what it is, an id."""

    small: FlaskClient
    county: FlaskClient
    desk: FrontDesk
    held: dict[str, str]

    def fill(self, rule: Rule) -> str:
        """Return an address of a rule with what lies outside the scope of the small union."""
        path = rule.rule
        for name in rule.arguments:
            what = VARIABLES[name] or REGISTERS[rule.rule.split("/")[2]]
            if name == "reference" and "file_id" in rule.arguments:
                what = "case with file"
            path = path.replace(f"<{name}>", self.held[what])
        return path

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form as the small union's member of staff, with the token of their own session."""
        return self.desk.post(self.small, path, fields)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, bundle_folder: Path) -> Iterator[Foreign]:
    data = tmp_path_factory.mktemp("county") / "data"
    done = CliRunner().invoke(
        main,
        ["demo", "--data", str(data), "--bundle", str(bundle_folder), "--content", str(ROOT / "content"), "--json"],
    )
    assert done.exit_code == 0, done.output
    review = open_review(Settings(data, bundle_folder, plain_http=True))
    review.vault.unlock(json.loads(done.output.splitlines()[-1])["passphrase"])
    desk = RealClock(data, review)
    browsers = []
    for account, union in (("small", SMALL), ("large", "county")):
        browser = desk.open_client()
        person = Person(account, add_staff(review.accounts, account, account, union, DUTIES, SYSTEM, ()))
        desk.enter(browser, person)
        desk.settle(browser, person)
        browsers.append(browser)
    yield Foreign(browsers[0], browsers[1], desk, find_foreign(desk))
    review.store.close()


def find_foreign(desk: FrontDesk) -> dict[str, str]:
    """Return what lies outside the scope of the small union."""
    store, tree = desk.review.store, desk.review.office.tree
    inside = tree.below(SMALL)
    held: dict[str, str] = {}
    for case, work in store.list_work(WorkQuery(size=500))[0]:
        if not inside & {work.union, *work.joint}:
            held.setdefault("case", case.reference)
            if files := store.list_files(case.id):
                held.setdefault("case with file", case.reference)
                held.setdefault("file", files[0].id)
    after = ""
    while entries := store.walk_entries(after):
        after = entries[-1].id
        for entry in entries:
            if entry.union not in inside:
                held.setdefault(entry.register, entry.id)
    office = desk.review.office
    notice = replace(find_notice(office, held["notice"]), id=office.new_id(), state="proposed", version=0)
    written = save_notice(office, notice, "start", "large")
    store.change(Change(events=(written.event,), entries=(written.change,)))
    held["proposed"] = notice.id
    batch, large = (
        Entry(office.new_id(), BATCH, tree.county, "", office.clock(), b"", version=0),
        Member("large", "", frozenset(DUTIES), tree.county),
    )
    record = Batch(number="FF20261120-0000", fund="", payments=(), fen=0, maker="large")
    batches.store(office, [batches.write(office, batch, record, "made", "draft", large)])
    held["batch"] = batch.id
    for register in REGISTERS.values():
        if register not in held:  # the demonstration made none this time: an empty one is as foreign
            held[register] = office.new_id()
            entry = Entry(
                held[register], register, "county", "scored", office.clock(), office.seal({}, register), 1, None
            )
            store.change(Change(entries=(EntryChange(entry),)))
    return held


def list_rules(foreign: Foreign, method: str) -> Iterator[Rule]:
    """Yield the addresses of a method that hold something of a union."""
    for rule in foreign.small.application.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.arguments - OTHERS:
            assert rule.arguments <= VARIABLES.keys(), f"say in VARIABLES what {rule.rule} holds"
            yield rule


def test_no_page_shows_what_is_of_another_union(foreign: Foreign) -> None:
    asked = []
    for rule in list_rules(foreign, "GET"):
        path, before = foreign.fill(rule), len(foreign.desk.kinds())
        answer = foreign.small.get(path)
        assert answer.status_code == 404, path
        assert len(foreign.desk.kinds()) == before, path
        asked.append(rule.endpoint)
    assert len(asked) >= 9


def test_the_county_sees_it_so_that_the_refusals_mean_something(foreign: Foreign) -> None:
    shown = {
        rule.endpoint
        for rule in list_rules(foreign, "GET")
        if foreign.county.get(foreign.fill(rule)).status_code == 200
    }
    assert {
        "cases.show",
        "cases.show_file",
        "payments.show",
        "publicity.show",
        "registers.show_household",
        "registers.show_member",
    } <= shown


def test_no_form_changes_what_is_of_another_union(foreign: Foreign) -> None:
    asked = []
    for rule in list_rules(foreign, "POST"):
        path, before = foreign.fill(rule), len(foreign.desk.kinds())
        answer = foreign.post(path)
        assert answer.status_code == 404, path
        assert len(foreign.desk.kinds()) == before, path
        asked.append(rule.endpoint)
    assert len(asked) >= 25


def test_every_form_says_whether_it_names_something_of_a_union(foreign: Foreign) -> None:
    rules = foreign.small.application.url_map.iter_rules()
    plain = {rule.endpoint for rule in rules if "POST" in (rule.methods or ()) and not rule.arguments}
    assert plain == NAMED.keys() | NAMELESS


@pytest.mark.parametrize("endpoint", NAMED)
def test_no_form_takes_the_reference_of_another_unions_case(foreign: Foreign, endpoint: str) -> None:
    rule = next(one for one in foreign.small.application.url_map.iter_rules(endpoint))
    field = NAMED[endpoint]
    reference, before = foreign.held["candidate" if field == "candidate" else "case"], len(foreign.desk.kinds())
    more = {
        f"kind-{reference}": "medical",
        f"sum-{reference}": "1",
        "reason": "x",
        "until": "2027-01-01",
        "to": "small",
    }
    answer = foreign.post(rule.rule, **{field: reference, "conferred": "2026-11-01", **more})
    assert len(foreign.desk.kinds()) == before
    assert answer.status_code in (303, 404, 422)
    if answer.status_code == 303:
        assert "/publicity/" not in (answer.location or "")


def test_lists_name_nobody_of_another_union(foreign: Foreign) -> None:
    references = re.compile(r"YX-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")
    store, tree = foreign.desk.review.store, foreign.desk.review.office.tree
    inside = tree.below(SMALL)
    own = {
        case.reference for case, work in store.list_work(WorkQuery(size=500))[0] if inside & {work.union, *work.joint}
    }
    for path in (
        "/",
        "/cases/",
        "/publicity/",
        "/payments/",
        "/messages/",
        "/personal/",
        "/registers/",
        "/registers/households/",
        "/registers/honours/",
    ):
        answer = foreign.small.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        assert set(references.findall(answer.text)) <= own, path
    assert references.search(foreign.county.get("/publicity/").text)
