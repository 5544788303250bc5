"""What the service asks of a store: ports over one connection, and the conditions under which a store says no.

A method that writes returns only after what it wrote is durable. Everything that one call writes, it writes or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from forms_api.model import ApiKey, Attachment, Case, Draft, Event, FileRef, Message, NewEvent, SealedPart, Upload
from forms_api.office import Entry, EntryQuery, Keys, Note, Work, WorkQuery
from forms_api.staff import Session, StaffRow


@dataclass(frozen=True, slots=True)
class Charge:
    """One use of something limited: at most `limit` in each window of `seconds` for that bucket."""

    bucket: str
    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Submission:
    """All that accepting an application writes."""

    token_hash: bytes
    answers_digest: bytes
    case: Case
    sealed: bytes
    files: tuple[FileRef, ...]
    event: NewEvent
    messages: tuple[Message, ...] = ()
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """All that a change of a case writes, if the case is still in the state (and as old) as `before` says."""

    before: Case
    after: Case
    event: NewEvent
    sealed: bytes | None = None
    files: tuple[FileRef, ...] = ()
    messages: tuple[Message, ...] = ()
    charges: tuple[Charge, ...] = ()
    token_hash: bytes | None = None
    answers_digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry of a register as it is to stand from now on, with what it is found by; version 1 is a new one.

    Any other version must follow the one in the store.
    """

    entry: Entry
    keys: Keys = field(default_factory=dict)
    sole: frozenset[str] = frozenset()
    """Kinds of `keys` by which no other entry of the register may be found."""


@dataclass(frozen=True, slots=True)
class Change:
    """All that one act of staff writes: events, the case and the work on it, notes, entries of registers."""

    events: tuple[NewEvent, ...] = ()
    amendment: Amendment | None = None
    work: Work | None = None
    keys: Keys = field(default_factory=dict)
    """What the case of `work` is found by, in addition to what it is found by already."""
    notes: tuple[Note, ...] = ()
    entries: tuple[EntryChange, ...] = ()
    secret_hash: tuple[str, bytes] | None = None
    """A case and the keyed hash of its new secret."""


@dataclass(frozen=True, slots=True)
class Purge:
    """All that deleting a case for good takes: the case as it was thought over, and the event that stays as the proof."""

    case: Case
    event: NewEvent
    files: tuple[str, ...] = ()
    """The ids of its files, all of them; their bytes go after the commit."""
    owned: frozenset[tuple[str, int]] = frozenset()
    """Id and version of every entry that belonged to the case then; another one since, a hold perhaps, stops it."""
    entries: tuple[str, ...] = ()
    """The ids of the entries that go with it."""


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """Which events are asked for; an empty part asks for all. An actor is an account, or the role of who has none."""

    kinds: frozenset[str] = frozenset()
    actor: str = ""
    case_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1
    size: int = 50


class StoreRefusal(Exception):
    """A store did not do what it was asked, and changed nothing."""


class TokenUsed(StoreRefusal):
    """That token made a case before; the case and the digest of what was sent then."""

    def __init__(self, case: Case, answers_digest: bytes) -> None:
        super().__init__("token used")
        self.case, self.answers_digest = case, answers_digest


class ReferenceTaken(StoreRefusal):
    """Another case has that id or reference."""


class FilesMissing(StoreRefusal):
    """Uploads that are unknown, unfinished, expired, or part of another case."""

    def __init__(self, files: Sequence[FileRef]) -> None:
        super().__init__("files missing")
        self.files = tuple(files)


class Exhausted(StoreRefusal):
    """A limit is reached; the bucket, and the seconds until it is free again."""

    def __init__(self, bucket: str, seconds: int) -> None:
        super().__init__("limit reached")
        self.bucket, self.seconds = bucket, seconds


class CaseChanged(StoreRefusal):
    """The case is no longer as it was when the change was thought out."""


class EntryChanged(StoreRefusal):
    """An entry of a register is no longer as it was when the change was thought out."""


class StaffChanged(StoreRefusal):
    """An account is no longer as it was when the change was thought out."""


class KeyTaken(StoreRefusal):
    """Another entry of the register is found by a key that only one may have; its id, and the kind of the key."""

    def __init__(self, entry_id: str, kind: str) -> None:
        super().__init__("key taken")
        self.entry_id, self.kind = entry_id, kind


class NotEmpty(StoreRefusal):
    """A store that is to take in another one holds something already; the name of the table."""

    def __init__(self, table: str) -> None:
        super().__init__("not empty")
        self.table = table


class StoreBroken(Exception):
    """The store cannot be written or read just now: disk full, read-only, damaged, or out of reach."""


class StoreOutdated(StoreBroken):
    """The store was written by an earlier version; whoever is told to must renew it first."""


class StoreTooNew(StoreBroken):
    """The store was written by a later version, which this one must not touch."""


class CaseStore(Protocol):
    """Keeps cases, their sealed answers, their files and what happened to them."""

    def accept(self, submission: Submission) -> None:
        """Keep an application. Raises TokenUsed, Exhausted, FilesMissing, ReferenceTaken, StoreBroken."""

    def amend(self, amendment: Amendment) -> None:
        """Change a case. Raises TokenUsed, Exhausted, FilesMissing, CaseChanged, StoreBroken."""

    def find_submission(self, token_hash: bytes) -> tuple[Case, bytes] | None:
        """Return the case that a token made, and the digest of what was sent."""

    def find_case(self, reference: str) -> Case | None:
        """Return a case by its reference."""

    def find_case_by_id(self, case_id: str) -> Case | None:
        """Return a case by its id."""

    def list_cases(self, state: str | None = None, after: str = "", limit: int = 100) -> list[Case]:
        """Return cases by id, from the one after `after` on."""

    def read_sealed(self, case_id: str) -> tuple[SealedPart, ...]:
        """Return the sealed answers of a case: the application, then its supplements."""

    def list_files(self, case_id: str) -> tuple[Attachment, ...]:
        """Return the files of a case in the order of their ids."""

    def list_events(self, case_id: str | None = None, after: int = 0) -> Iterator[Event]:
        """Yield the events of a case, or of all, in the order of the chain, from the one after `after` on."""

    def find_last_event(self) -> Event | None:
        """Return the event at the end of the chain."""

    def find_last_of(self, kind: str) -> Event | None:
        """Return the last event of a kind."""

    def append_event(self, event: NewEvent) -> Event:
        """Keep an event at the end of the chain."""

    def mark_opened(self, case_id: str, at: datetime) -> None:
        """Note that the status page of a case was opened; may be called again and changes nothing then."""

    def keep_definition(self, form: str, version: str, definition: Mapping[str, Any]) -> None:
        """Keep the definition of a form under its version; may be called again."""

    def knows_definition(self, version: str) -> bool:
        """Tell without looking whether this process has kept that version; false tells nothing."""

    def find_definition(self, version: str) -> dict[str, Any] | None:
        """Return the definition that a case was made with."""


class GateStore(Protocol):
    """Keeps limits that hold over processes, the keys of programs, and which public keys are in use."""

    def charge(self, charges: Sequence[Charge], now: datetime) -> None:
        """Count one use of each; counts none if one is exhausted. Raises Exhausted."""

    def peek(self, charges: Sequence[Charge], now: datetime) -> None:
        """Raise Exhausted if one of them is; count nothing."""

    def add_api_key(self, key: ApiKey) -> None:
        """Keep the key of a program; another key of that name ends."""

    def find_api_key(self, digest: bytes) -> ApiKey | None:
        """Return the key with that digest."""

    def list_api_keys(self) -> list[ApiKey]:
        """Return the keys of all programs by name."""

    def register_seal(self, fingerprint: str, at: datetime) -> None:
        """Note that answers are sealed to that public key from now on."""

    def find_seal(self) -> str | None:
        """Return the fingerprint of the public key that answers must be sealed to."""


class UploadStore(Protocol):
    """Keeps what is known of uploads on their way to a case, and drafts kept on request."""

    def start_upload(self, upload: Upload) -> None:
        """Keep a new upload."""

    def find_upload(self, upload_id: str) -> Upload | None:
        """Return an upload."""

    def change_upload(self, upload: Upload) -> None:
        """Keep an upload as it is now, unless it is finished or a case has it; raises CaseChanged then."""

    def advance_upload(self, upload_id: str, start: int, end: int) -> bool:
        """Note that a part arrived, if the part before it ended where it begins; tell whether it was so."""

    def hold_upload(self, upload_id: str, holder: str, now: datetime, until: datetime) -> bool:
        """Let nobody else finish an upload until then; tell whether it is the holder's, which it may be already."""

    def release_upload(self, upload_id: str, holder: str) -> None:
        """Let go of an upload, if it is the holder's."""

    def extend_upload(self, upload_id: str, until: datetime) -> None:
        """Let an upload expire then, finished or not, unless a case has it."""

    def list_stale_uploads(self, now: datetime) -> list[Upload]:
        """Return uploads that expired without a case."""

    def drop_upload(self, upload_id: str) -> bool:
        """Forget an upload that no case has; tell whether there was one."""

    def save_draft(self, draft: Draft) -> None:
        """Keep a draft in place of an earlier one with its id."""

    def find_draft(self, draft_id: bytes, now: datetime) -> Draft | None:
        """Return a draft that has not expired."""

    def drop_draft(self, draft_id: bytes) -> None:
        """Forget a draft."""


class StoreCare(Protocol):
    """Keeps a store healthy."""

    def find_place(self) -> str | None:
        """Return where everything went, if another store took this one's place."""

    def probe(self) -> None:
        """Raise StoreBroken if the store cannot be read and written."""

    def sweep(self, now: datetime) -> int:
        """Forget limits, drafts and wrong tries that have run out; return how many rows went."""

    def backup(self, path: Path) -> None:
        """Write a whole copy, fit to be opened as a store, without stopping others."""

    def close(self) -> None:
        """Finish what waits and let go of the store."""


class OfficeStore(Protocol):
    """Keeps what staff do: the work on cases, notes, registers, and what all of these are found by."""

    def change(self, change: Change) -> None:
        """Write one act of staff. Raises what `amend` raises, EntryChanged and KeyTaken."""

    def list_moved(self, limit: int = 100, *, thorough: bool = False) -> list[tuple[Case, Work | None]]:
        """Return cases that the office has not seen yet, or not in the state that they are in now.

        A column tells which; a `thorough` answer does without it and goes through all cases.
        """

    def find_work(self, case_id: str) -> Work | None:
        """Return the work on a case."""

    def list_work(self, query: WorkQuery) -> tuple[list[tuple[Case, Work]], int]:
        """Return cases with the work on them, those due first before the others, and how many there are in all."""

    def find_keyed(self, register: str, kind: str, digest: bytes) -> frozenset[str]:
        """Return the ids of the entries (or cases) that are found by a keyed digest."""

    def list_notes(self, owner: str) -> list[Note]:
        """Return the notes on a case or an entry, oldest first."""

    def walk_notes(self, after: str = "", limit: int = 500) -> list[Note]:
        """Return notes of all owners by id, from the one after `after` on."""

    def find_entry(self, entry_id: str) -> Entry | None:
        """Return an entry of a register."""

    def walk_entries(self, after: str = "", limit: int = 500) -> list[Entry]:
        """Return entries of all registers by id, from the one after `after` on."""

    def list_entries(self, query: EntryQuery) -> tuple[list[Entry], int]:
        """Return entries, those due first before the others, and how many there are in all."""

    def count_entries(
        self, register: str, unions: frozenset[str] | None = None, key: tuple[str, bytes] | None = None
    ) -> dict[tuple[str, str], int]:
        """Return (state, union) → how many entries, of those found by a keyed digest where one is given."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A message that was given up: the case, what it was to say, how often it was tried, why it did not go."""

    message: Message
    tries: int
    cause: str


class OutboxStore(Protocol):
    """Keeps what waits to be told to workers."""

    def list_waiting(self, now: datetime, limit: int = 50) -> list[tuple[Message, int]]:
        """Return messages that are due, oldest first, with how often each was tried."""

    def settle(self, message_id: str, at: datetime, event: NewEvent) -> None:
        """Note that a message went out, and the event of it."""

    def postpone(self, message_id: str, tries: int, until: datetime, cause: str) -> None:
        """Note that a message did not go out and when to try again."""

    def give_up(self, message_id: str, tries: int, cause: str) -> None:
        """Leave a message to staff."""

    def list_stuck(self) -> list[Stuck]:
        """Return the messages that were given up, oldest first."""

    def count_waiting(self) -> tuple[int, datetime | None]:
        """Return how many messages wait, and since when the oldest has."""


@dataclass(frozen=True, slots=True)
class StaffChange:
    """All that a change of an account writes; its row must follow the one in the store (version 1: there is none)."""

    row: StaffRow
    events: tuple[NewEvent, ...]
    end_sessions: bool = False
    session: Session | None = None
    """A session that begins with it."""


class StaffStore(Protocol):
    """Keeps accounts of staff, their sessions and wrong tries. Whoever reads a row or a session proves its MAC."""

    def change_staff(self, change: StaffChange) -> None:
        """Write a change of an account. Raises StaffChanged."""

    def find_staff(self, account: str) -> StaffRow | None:
        """Return the row of an account."""

    def list_staff(self) -> list[StaffRow]:
        """Return the rows of all accounts in their order."""

    def find_session(self, session_id: bytes) -> Session | None:
        """Return a session."""

    def list_sessions(self, account: str) -> list[Session]:
        """Return the sessions of an account, the latest first."""

    def touch_session(self, session: Session) -> None:
        """Note when a session was last used, if it is still there."""

    def end_session(self, session_id: bytes, event: NewEvent) -> bool:
        """Forget a session and keep the event; tell whether there was one, else nothing is written."""

    def count_failure(self, name: str, most: int, seconds: int, now: datetime) -> datetime | None:
        """Count a wrong try; the last of `most` within so many seconds locks the name for as long. Return until when."""

    def find_lock(self, name: str, now: datetime) -> datetime | None:
        """Return until when a name is locked, if it is."""

    def forget_failures(self, name: str) -> None:
        """Forget the wrong tries and the lock of a name."""


class PurgeStore(Protocol):
    """Deletes for good."""

    def purge(self, purge: Purge) -> None:
        """Delete a case and all that belongs to it, if it is as it was thought over. Raises CaseChanged."""

    def list_keys(self, owner: str) -> list[tuple[str, str, bytes]]:
        """Return (register, kind, keyed digest) by which a case or an entry is found."""

    def list_owned(self, owner: str) -> list[Entry]:
        """Return every entry that belongs to a case or to an entry, of whatever register."""

    def shrink_log(self) -> bool:
        """Leave nothing of what was deleted in the store's log; tell whether nobody stood in the way."""


class TrailStore(Protocol):
    """Asks the chain of events, for those who audit."""

    def list_trail(self, query: TrailQuery) -> tuple[list[Event], int]:
        """Return events, the latest first, and how many there are in all."""

    def count_trail(self, query: TrailQuery) -> dict[tuple[str, str], int]:
        """Return (kind, id of the actor or their role) → how many events."""


class Store(
    CaseStore, GateStore, UploadStore, OfficeStore, OutboxStore, StaffStore, PurgeStore, TrailStore, StoreCare, Protocol
):
    """All ports over one connection."""
