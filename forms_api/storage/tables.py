"""Every port of a store, written over an engine: cases, limits, keys, uploads, drafts and care here, the rest in its rooms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from forms_api.model import ApiKey, Attachment, Case, Draft, Event, NewEvent, SealedPart, Upload
from forms_api.storage import Amendment, CaseChanged, Charge, NotEmpty, Submission, statements
from forms_api.storage.copying import Sums, copy_tables, sum_tables
from forms_api.storage.engine import Engine
from forms_api.storage.office_tables import OfficeTables
from forms_api.storage.outbox_tables import OutboxTables
from forms_api.storage.purge_tables import PurgeTables
from forms_api.storage.rows import (
    read_api_key,
    read_attachment,
    read_case,
    read_draft,
    read_event,
    read_part,
    read_upload,
    write_moment,
    write_upload,
)
from forms_api.storage.staff_tables import StaffTables
from forms_api.storage.trail_tables import TrailTables
from forms_api.storage.turn import ADD_HITS, Turn

EVENTS_AT_ONCE = 500
CHANGE_UPLOAD = (
    "update uploads set received = ?, size = ?, digest = ?, sealed = ?, finished_at = ?, expires_at = ? "
    "where id = ? and case_id is null and finished_at is null"
)
ADVANCE_UPLOAD = (
    "update uploads set received = ? where id = ? and received = ? and case_id is null and finished_at is null"
)
HOLD_UPLOAD = (
    "update uploads set holder = ?, held_until = ? where id = ? and case_id is null and finished_at is null "
    "and (holder is null or holder = ? or held_until <= ?)"
)
RELEASE_UPLOAD = "update uploads set holder = null, held_until = null where id = ? and holder = ?"
ADD_KEY = (
    "insert into api_keys (name, digest, created_at, per_minute) values (?, ?, ?, ?) on conflict (name) "
    "do update set digest = excluded.digest, created_at = excluded.created_at, per_minute = excluded.per_minute"
)
ADD_SEAL = "insert into seals (fingerprint, at) values (?, ?) on conflict (fingerprint) do update set at = excluded.at"
SAVE_DRAFT = (
    "insert into drafts (id, form, sealed, expires_at) values (?, ?, ?, ?) on conflict (id) "
    "do update set form = excluded.form, sealed = excluded.sealed, expires_at = excluded.expires_at"
)


class Tables(OfficeTables, OutboxTables, StaffTables, PurgeTables, TrailTables):
    """All ports of a store over one engine."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine, which has made or renewed the tables."""
        self._engine = engine
        self._kept: set[str] = set()

    # --- cases ---

    def accept(self, submission: Submission) -> None:
        """Keep an application."""
        self._engine.write(
            lambda turn: statements.accept(turn, submission), lambda: statements.ask_submission(submission)
        )

    def amend(self, amendment: Amendment) -> None:
        """Change a case."""
        self._engine.write(lambda turn: statements.amend(turn, amendment), lambda: statements.ask_amendment(amendment))

    def find_submission(self, token_hash: bytes) -> tuple[Case, bytes] | None:
        """Return the case that a token made, and the digest of what was sent."""
        row = self._engine.first(statements.FIND_SUBMISSION, token_hash)
        return (read_case(row), row["answers_digest"]) if row else None

    def find_case(self, reference: str) -> Case | None:
        """Return a case by its reference."""
        row = self._engine.first("select * from cases where reference = ?", reference)
        return read_case(row) if row else None

    def find_case_by_id(self, case_id: str) -> Case | None:
        """Return a case by its id."""
        row = self._engine.first("select * from cases where id = ?", case_id)
        return read_case(row) if row else None

    def list_cases(self, state: str | None = None, after: str = "", limit: int = 100) -> list[Case]:
        """Return cases by id, from the one after `after` on."""
        if state is None:
            rows = self._engine.all("select * from cases where id > ? order by id limit ?", after, limit)
        else:
            rows = self._engine.all(
                "select * from cases where id > ? and state = ? order by id limit ?", after, state, limit
            )
        return [read_case(row) for row in rows]

    def read_sealed(self, case_id: str) -> tuple[SealedPart, ...]:
        """Return the sealed answers of a case: the application, then its supplements."""
        return tuple(map(read_part, self._engine.all("select * from parts where case_id = ? order by number", case_id)))

    def list_files(self, case_id: str) -> tuple[Attachment, ...]:
        """Return the files of a case in the order of their ids."""
        return tuple(
            map(read_attachment, self._engine.all("select * from uploads where case_id = ? order by id", case_id))
        )

    def list_events(self, case_id: str | None = None, after: int = 0) -> Iterator[Event]:
        """Yield the events of a case, or of all, in the order of the chain, from the one after `after` on."""
        only, named = ("", ()) if case_id is None else ("and case_id = ?", (case_id,))
        query = f"select * from event where seq > ? {only} order by seq limit {EVENTS_AT_ONCE}"  # noqa: S608 - our words
        while rows := self._engine.all(query, after, *named):
            yield from map(read_event, rows)
            after = rows[-1]["seq"]

    def find_last_event(self) -> Event | None:
        """Return the event at the end of the chain."""
        row = self._engine.first("select * from event order by seq desc limit 1")
        return read_event(row) if row else None

    def find_last_of(self, kind: str) -> Event | None:
        """Return the last event of a kind."""
        row = self._engine.first("select * from event where kind = ? order by seq desc limit 1", kind)
        return read_event(row) if row else None

    def append_event(self, event: NewEvent) -> Event:
        """Keep an event at the end of the chain."""
        return self._engine.write(lambda turn: statements.append_event(turn, event))

    def mark_opened(self, case_id: str, at: datetime) -> None:
        """Note that the status page of a case was opened."""
        self._engine.run("update cases set opened_at = ? where id = ? and opened_at is null", write_moment(at), case_id)

    def keep_definition(self, form: str, version: str, definition: Mapping[str, Any]) -> None:
        """Keep the definition of a form under its version."""
        if version not in self._kept:
            body = json.dumps(definition, ensure_ascii=False)
            self._engine.run("insert into definitions values (?, ?, ?) on conflict do nothing", version, form, body)
            self._kept.add(version)

    def knows_definition(self, version: str) -> bool:
        """Tell without looking whether this process has kept that version."""
        return version in self._kept

    def find_definition(self, version: str) -> dict[str, Any] | None:
        """Return the definition that a case was made with."""
        row = self._engine.first("select body from definitions where version = ?", version)
        found: dict[str, Any] | None = json.loads(row["body"]) if row else None
        return found

    # --- limits and keys ---

    def charge(self, charges: Sequence[Charge], now: datetime) -> None:
        """Count one use of each."""

        def work(turn: Turn) -> None:
            statements.refuse_exhausted(turn, charges, now)
            statements.count_charges(turn, charges, now)

        self._engine.write(work, lambda: statements.ask_charges(charges, now))

    def peek(self, charges: Sequence[Charge], now: datetime) -> None:
        """Raise Exhausted if one of them is."""
        with self._engine.reader() as reader:
            statements.refuse_exhausted(Turn(reader), charges, now)

    def add_api_key(self, key: ApiKey) -> None:
        """Keep the key of a program; another key of that name ends."""
        row = (key.name, key.digest, write_moment(key.created_at), key.per_minute)
        self._engine.run(ADD_KEY, *row)

    def find_api_key(self, digest: bytes) -> ApiKey | None:
        """Return the key with that digest."""
        row = self._engine.first("select * from api_keys where digest = ?", digest)
        return read_api_key(row) if row else None

    def list_api_keys(self) -> list[ApiKey]:
        """Return the keys of all programs by name."""
        return [read_api_key(row) for row in self._engine.all("select * from api_keys order by name")]

    def register_seal(self, fingerprint: str, at: datetime) -> None:
        """Note that answers are sealed to that public key from now on."""
        self._engine.run(ADD_SEAL, fingerprint, write_moment(at))

    def find_seal(self) -> str | None:
        """Return the fingerprint of the public key that answers must be sealed to."""
        row = self._engine.first("select fingerprint from seals order by at desc limit 1")
        return str(row["fingerprint"]) if row else None

    # --- uploads and drafts ---

    def start_upload(self, upload: Upload) -> None:
        """Keep a new upload."""
        self._engine.run(statements.INSERT_UPLOAD, *write_upload(upload))

    def find_upload(self, upload_id: str) -> Upload | None:
        """Return an upload."""
        row = self._engine.first("select * from uploads where id = ?", upload_id)
        return read_upload(row) if row else None

    def change_upload(self, upload: Upload) -> None:
        """Keep an upload as it is now, unless it is finished or a case has it."""
        identity, _, _, _, expires, *progress, _ = write_upload(upload)
        if not self._engine.run(CHANGE_UPLOAD, *progress, expires, identity):
            raise CaseChanged

    def advance_upload(self, upload_id: str, start: int, end: int) -> bool:
        """Note that a part arrived, if the part before it ended where it begins; tell whether it was so."""
        return self._engine.run(ADVANCE_UPLOAD, end, upload_id, start) > 0

    def hold_upload(self, upload_id: str, holder: str, now: datetime, until: datetime) -> bool:
        """Let nobody else finish an upload until then; tell whether it is the holder's, which it may be already."""
        return self._engine.run(HOLD_UPLOAD, holder, write_moment(until), upload_id, holder, write_moment(now)) > 0

    def release_upload(self, upload_id: str, holder: str) -> None:
        """Let go of an upload, if it is the holder's."""
        self._engine.run(RELEASE_UPLOAD, upload_id, holder)

    def extend_upload(self, upload_id: str, until: datetime) -> None:
        """Let an upload expire then, finished or not, unless a case has it."""
        self._engine.run(
            "update uploads set expires_at = ? where id = ? and case_id is null", write_moment(until), upload_id
        )

    def list_stale_uploads(self, now: datetime) -> list[Upload]:
        """Return uploads that expired without a case."""
        rows = self._engine.all("select * from uploads where case_id is null and expires_at <= ?", write_moment(now))
        return [read_upload(row) for row in rows]

    def drop_upload(self, upload_id: str) -> bool:
        """Forget an upload that no case has; tell whether there was one."""
        return self._engine.run("delete from uploads where id = ? and case_id is null", upload_id) > 0

    def save_draft(self, draft: Draft) -> None:
        """Keep a draft in place of an earlier one with its id."""
        row = (draft.id, draft.form, draft.sealed, write_moment(draft.expires_at))
        self._engine.run(SAVE_DRAFT, *row)

    def find_draft(self, draft_id: bytes, now: datetime) -> Draft | None:
        """Return a draft that has not expired."""
        row = self._engine.first("select * from drafts where id = ? and expires_at > ?", draft_id, write_moment(now))
        return read_draft(row) if row else None

    def drop_draft(self, draft_id: bytes) -> None:
        """Forget a draft."""
        self._engine.run("delete from drafts where id = ?", draft_id)

    # --- care ---

    def find_place(self) -> str | None:
        """Return where everything went, if another store took this one's place."""
        row = self._engine.first("select place from moved")
        return str(row["place"]) if row else None

    def move_to(self, other: Tables, place: str) -> Sums:
        """Write everything into an empty store and note the place here, while nobody writes to either.

        May be called again after it was cut off, and finds what is there already then. Raises NotEmpty if that differs.
        """
        return self._engine.write(lambda held: self._move(held, other, place))

    def _move(self, held: Turn, other: Tables, place: str) -> Sums:
        try:
            sums = other._engine.write(lambda turn: copy_tables(held.connection, turn))
        except NotEmpty:
            with other._engine.snapshot() as there:
                sums = sum_tables(there)
            if sums != sum_tables(held.connection):
                raise
        held.write("insert into moved (place) values (?) on conflict do nothing", place)
        return sums

    def probe(self) -> None:
        """Raise StoreBroken if the store cannot be read and written."""
        self._engine.run(ADD_HITS, "probe", 0, 0, 1)
        self._engine.first("select count(*) from seals")

    def sweep(self, now: datetime) -> int:
        """Forget limits, drafts and wrong tries that have run out; return how many rows went."""
        charges = self._engine.run("delete from charges where ends_at <= ?", int(now.timestamp()))
        return (
            charges
            + self.sweep_failures(now)
            + self._engine.run("delete from drafts where expires_at <= ?", write_moment(now))
        )

    def backup(self, path: Path) -> None:
        """Write a whole copy, fit to be opened as a store, without stopping others."""
        self._engine.backup(path)

    def close(self) -> None:
        """Finish what waits and let go of the database; may be called twice."""
        self._engine.close()
