"""An office for tests: a real store, real keys, the sample's forms and unions, five members of staff, a clock set by hand."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from forms_api.arrivals import take_in
from forms_api.back_office import Member, Office
from forms_api.casework import decide
from forms_api.crypto import FILE_KEY_BYTES, FileSealer, FileSecret, Sealer
from forms_api.definitions import CHINA
from forms_api.forms_bundle import read_bundle
from forms_api.model import Case, FileRef, Upload
from forms_api.opening import Opener, make_pair
from forms_api.questions import FormField
from forms_api.receiving import Intake, Limits, Visitor, receive
from forms_api.samples import make_answers
from forms_api.storage.sqlite import SqliteStore
from forms_api.tokens import IntakeKeys, issue_token
from forms_api.workflow import Step

START = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
COUNTY, TOWN, UNIT, ELSEWHERE = "county", "yuntai", "anju", "binhe"


@dataclass
class Keyring:
    """Keys that are unlocked."""

    opener: Opener
    key: bytes = bytes(range(32))

    def blind(self, kind: str, value: str) -> bytes:
        """Return the keyed digest of a value."""
        return hmac.digest(self.key, f"{kind}:{value}".encode(), hashlib.sha256)


STAFF = {
    "unit": Member("unit", "钟女士", frozenset({"handler", "reviewer"}), UNIT),
    "town": Member("town", "费先生", frozenset({"handler", "reviewer"}), TOWN),
    "elsewhere": Member("elsewhere", "闵先生", frozenset({"handler", "reviewer"}), ELSEWHERE),
    "clerk": Member("clerk", "康女士", frozenset({"handler"}), COUNTY),
    "reviewer": Member("reviewer", "阮女士", frozenset({"reviewer"}), COUNTY),
    "approver": Member("approver", "郗主席", frozenset({"approver"}), COUNTY),
    "cashier": Member("cashier", "柏女士", frozenset({"cashier"}), COUNTY),
    "auditor": Member("auditor", "经审会", frozenset({"auditor"}), COUNTY),
}


@dataclass
class OfficeDesk:
    """The office, the intake before it, and the clock of both."""

    office: Office
    intake: Intake
    files: Path
    now: datetime = START
    random: Random = field(default_factory=lambda: Random(7))

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def apply_for(self, form_id: str, *, at: str = UNIT, **answers: Any) -> str:
        """Hand in an application with sample answers, those given in their place, take it in and return its reference."""
        form, world = self.office.bundle.forms[form_id], self.office.bundle.world(self.now.date())
        refs: list[FileRef] = []

        def put(one: FormField) -> list[str]:
            refs.append(FileRef(one.name, self.put_file(form_id, one.name)))
            return [refs[-1].id]

        made = make_answers(form, world, self.random, put)
        unions = {one.name: at for one in form.fields() if one.type == "union"}
        token = issue_token(self.intake.keys, form_id, self.now - timedelta(minutes=1), secrets.token_bytes(15))
        receipt = receive(self.intake, form, made | unions | answers, tuple(refs), token, Visitor("192.0.2.1"))
        take_in(self.office)
        return receipt.reference

    def put_file(self, form: str, name: str, content: bytes = b"%PDF-1.7 sample") -> str:
        """Seal a file as intake does and return its id."""
        identity, key = secrets.token_hex(16), secrets.token_bytes(FILE_KEY_BYTES)
        sealer = FileSealer(key)
        sealed = sealer.push(content) + sealer.finish()
        path = self.files / identity[:2] / identity
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sealed)
        told = FileSecret(key, f"{name}.pdf", "pdf", len(content))
        upload = Upload(
            id=identity,
            form=form,
            field=name,
            created_at=self.now,
            expires_at=self.now + timedelta(days=1),
            received=len(content),
            size=len(sealed),
            digest=hashlib.sha256(sealed).hexdigest(),
            sealed=self.office.sealer.seal_file_key(told, identity),
            finished_at=self.now,
        )
        self.intake.store.start_upload(upload)
        return identity

    def find(self, reference: str) -> Case:
        """Return a case."""
        case = self.office.store.find_case(reference)
        assert case
        return case

    def act(self, who: str, reference: str, action: str, **more: Any) -> Case:
        """Let somebody take a step."""
        return decide(self.office, STAFF[who], reference, Step(action, **more))


def open_office(folder: Path, bundle: Path) -> OfficeDesk:
    """Return an office with a new store in a folder."""
    public, private = make_pair()
    store, sealer = SqliteStore(folder / "cases.db"), Sealer(public)
    desk: OfficeDesk

    def clock() -> datetime:
        return desk.now

    intake = Intake(
        store,
        IntakeKeys.derive(bytes(range(32))),
        sealer,
        clock,
        limits=Limits(per_address=10**6, per_address_without_work=10**6),
    )
    office = Office(store, Keyring(Opener([private])), sealer, read_bundle(bundle), clock)
    desk = OfficeDesk(office, intake, folder / "files")
    return desk
