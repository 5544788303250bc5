"""A receiving desk for tests: a real store in a folder, real keys, and a clock that is set by hand."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from forms_api.crypto import Sealer
from forms_api.definitions import CHINA, FormDefinition
from forms_api.model import FileRef, Upload
from forms_api.opening import Opener, make_pair
from forms_api.receiving import Intake, Limits, Receipt, Visitor, receive
from forms_api.storage.sqlite import SqliteStore
from forms_api.tokens import IntakeKeys, issue_token
from tests.forms_api.sample_forms import FORM

START = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
TRIP = FormDefinition.model_validate(FORM)
VISITOR = Visitor("192.0.2.1")
ANSWERS: dict[str, Any] = {"full_name": "张三丰", "days": 3}


@dataclass
class Desk:
    """An intake, the opener that belongs to it, and its clock."""

    intake: Intake
    opener: Opener
    now: datetime

    def token(self, form: str = TRIP.id) -> str:
        """Return a token whose page was rendered a minute ago."""
        return issue_token(self.intake.keys, form, self.now - timedelta(minutes=1), secrets.token_bytes(15))

    def receive(self, answers: dict[str, Any] = ANSWERS, token: str = "", files: tuple[FileRef, ...] = ()) -> Receipt:
        """Hand in an application."""
        return receive(self.intake, TRIP, answers, files, token or self.token(), VISITOR)

    def upload(self, field: str = "photo", form: str = TRIP.id, finished: bool = True) -> FileRef:
        """Keep a file as if it had been uploaded."""
        upload = Upload(
            id=secrets.token_hex(8),
            form=form,
            field=field,
            created_at=self.now,
            expires_at=self.now + timedelta(days=1),
            received=100,
            size=100 if finished else None,
            digest="00" if finished else None,
            sealed=b"key" if finished else None,
            finished_at=self.now if finished else None,
        )
        self.intake.store.start_upload(upload)
        return FileRef(field, upload.id)


def open_desk(folder: Path, limits: Limits | None = None) -> Desk:
    """Return a desk with a new store in a folder."""
    public, private = make_pair()
    store = SqliteStore(folder / "cases.db")
    desk: Desk
    intake = Intake(
        store=store,
        keys=IntakeKeys.derive(bytes(range(32))),
        sealer=Sealer(public),
        clock=lambda: desk.now,
        limits=limits or Limits(),
    )
    desk = Desk(intake, Opener([private]), START)
    return desk
