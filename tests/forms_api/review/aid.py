"""Aid on its way, for tests of pages: cases brought to their list or their file, on the clock of the front desk."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forms_api.content_clone import ContentClone
from forms_api.receiving import Intake, Limits
from tests.forms_api.front_desk import PASSPHRASE, FrontDesk
from tests.forms_api.office_desk import OfficeDesk
from tests.forms_api.payment_desk import put
from tests.page_faults import find_page_faults

TOLD = {
    "full_name": "欧阳小满",
    "causes": ["家庭收入低"],
    "bank_card": "6225768888888888",
    "bank": "云溪农商行城关支行",
}


@dataclass
class Linked(OfficeDesk):
    """Whoever hands in applications, on the clock of the front desk."""

    front: FrontDesk | None = None

    def wait(self, **time: float) -> None:
        """Let time pass for both."""
        assert self.front
        self.front.now += timedelta(**time)
        self.now = self.front.now


def link_desk(front: FrontDesk) -> Linked:
    """Return who hands in applications; the key is unlocked."""
    front.review.vault.unlock(PASSPHRASE)
    office = front.review.office
    limits = Limits(per_address=10**6, per_address_without_work=10**6)
    intake = Intake(office.store, front.review.intake_keys, office.sealer, office.clock, limits=limits)
    return Linked(office, intake, front.folder / "files", front.now, front=front)


def clear(worker: OfficeDesk) -> str:
    """Bring a case as far as 待公示 and return its reference."""
    reference = worker.apply_for("hardship", **TOLD)
    worker.act("unit", reference, "accept")
    worker.act("unit", reference, "first_review")
    put(worker, "visit", worker.find(reference).id, "recorded")
    worker.act("unit", reference, "visit")
    worker.act("reviewer", reference, "review")
    return reference


def open_paper_clone(folder: Path, command: str = "true") -> ContentClone:
    """Return a clone of a bare repository without hooks, where a command of one's choice checks."""
    bare, seed = folder / "plain.git", folder / "seed"
    for line in (
        ("init", "--quiet", "--bare", "--initial-branch=main", str(bare)),
        ("clone", "--quiet", str(bare), str(seed)),
    ):
        subprocess.run(["git", *line], check=True, capture_output=True)
    own = ["git", "-C", str(seed), "-c", "user.name=a", "-c", "user.email=a@yunxi.example"]
    for line in (
        ("commit", "--quiet", "--allow-empty", "--message", "开始"),
        ("push", "--quiet", "origin", "HEAD:main"),
    ):
        subprocess.run([*own, *line], check=True, capture_output=True)
    return ContentClone(folder / "content", str(bare), (command,))


def with_clone(front: FrontDesk, clone: ContentClone | None) -> None:
    """Let the staff app publish from a clone."""
    front.review = replace(front.review, clone=clone)


def read(client: FlaskClient, address: str, answer: TestResponse | None = None) -> str:
    """Return a page, or the one that an answer leads to; it must be sound."""
    if answer is not None and answer.status_code == 303:
        answer, address = None, answer.headers["Location"]
    found = answer if answer is not None else client.get(address)
    assert find_page_faults(found.text) == []
    return found.text
