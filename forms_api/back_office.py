"""What the staff side works with: store, keys, bundle and clock, made once at the start; and opening what was sent."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any, Protocol

from forms_api.clocks import Limit
from forms_api.crypto import Sealer
from forms_api.definitions import CHINA, FormDefinition
from forms_api.forms_bundle import Bundle
from forms_api.identifiers import tidy
from forms_api.model import Case, FileRef
from forms_api.office import CASE, Keys, Work, digest_work, list_rows
from forms_api.opening import Opener
from forms_api.storage import Store
from forms_api.union_tree import UnionTree


class Keyring(Protocol):
    """The keys that live in memory while staff have unlocked them; both raise where they are locked."""

    @property
    def opener(self) -> Opener:
        """Return what opens sealed answers and files."""

    def blind(self, kind: str, value: str) -> bytes:
        """Return the keyed digest by which a value of a kind is found again."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who works: an account with its duties, acting for a union and all below it."""

    id: str
    name: str
    duties: frozenset[str]
    union: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One part of what a worker sent: the application itself, then each supplement."""

    at: datetime
    answers: Mapping[str, Any] = field(repr=False)
    files: tuple[FileRef, ...]


@dataclass(frozen=True)
class Office:
    """All that casework needs."""

    store: Store
    keyring: Keyring
    sealer: Sealer
    bundle: Bundle
    clock: Callable[[], datetime]
    random: Callable[[int], bytes] = secrets.token_bytes
    taking: Lock = field(default_factory=Lock)
    """Held by whoever takes up what has arrived."""

    @cached_property
    def tree(self) -> UnionTree:
        """Return the tree of unions."""
        return UnionTree.of(self.bundle.unions)

    def today(self) -> date:
        """Return the day in China."""
        return self.clock().astimezone(CHINA).date()

    def new_id(self) -> str:
        """Return an id that nothing has yet."""
        return self.random(16).hex()

    def find_definition(self, case: Case) -> FormDefinition:
        """Return the form as it was when the case was made, else as it is now."""
        kept = self.store.find_definition(case.version)
        return FormDefinition.model_validate(kept) if kept else self.bundle.forms[case.form]

    def find_limit(self, form: str) -> Limit | None:
        """Return how long the guide of a form promises to take."""
        promised = (self.bundle.guides.get(form) or {}).get("limit")
        told = (self.bundle.figures("gongshi-shixian", self.today()) or {}).get("values", {}).get("accept_limit", 1)
        return Limit(promised["days"], promised["unit"], int(told)) if promised else None

    def find_legal_limit(self, form: str) -> Limit | None:
        """Return how long the law lets the service of a form take, from the day it was received."""
        legal = (self.bundle.guides.get(form) or {}).get("legal_limit")
        return Limit(legal["days"], legal["unit"]) if legal else None

    def read_sent(self, case_id: str) -> tuple[Sent, ...]:
        """Return what was sent for a case, opened, the application first. Raises what the keyring and the opener raise."""
        parts = self.store.read_sealed(case_id)
        return tuple(_read_part(self.keyring.opener.open(part.sealed, f"case:{case_id}"), part.at) for part in parts)

    def blind_number(self, kind: str, text: str) -> bytes:
        """Return the keyed digest of a number, however it was typed."""
        return self.keyring.blind(kind, tidy(text))

    def blind_name(self, text: str) -> bytes:
        """Return the keyed digest of a name, however its spaces and dots were typed."""
        return self.keyring.blind("name", tidy(text).replace("•", "·").replace("・", "·"))

    def digest_work(self, work: Work, keys: Keys | None = None) -> str:
        """Return the digest of the work on a case as it is to stand, found by `keys` in addition to what is kept."""
        joint = {(CASE, "joint", union.encode()) for union in work.joint}
        kept = {*self.store.list_keys(work.case_id), *list_rows(CASE, keys or {}), *joint}
        return digest_work(work, kept)

    def seal(self, data: Any, context: str) -> bytes:
        """Return data sealed for a context, to be opened with `open_data`."""
        return self.sealer.seal(json.dumps(data, ensure_ascii=False, sort_keys=True).encode(), context)

    def open_data(self, sealed: bytes, context: str) -> Any:
        """Return data that `seal` sealed. Raises what the keyring and the opener raise."""
        return json.loads(self.keyring.opener.open(sealed, context))


def merge(sent: tuple[Sent, ...]) -> dict[str, Any]:
    """Return the answers as they stand: those of the application, with what was supplied later in its place."""
    merged: dict[str, Any] = {}
    for part in sent:
        merged |= part.answers
    return merged


def _read_part(text: bytes, at: datetime) -> Sent:
    told = json.loads(text)
    return Sent(at, told["answers"], tuple(FileRef(file["field"], file["id"]) for file in told["files"]))
