"""Note what the making of a page asks of the library, so that the page is made again exactly when an answer changes.

A question is a tuple of words; `Notes` gathers those asked while something is made. Whoever holds the notes of an
earlier build asks the same questions again (`Theme.answer`) and compares. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar, overload

from site_builder.citations import CitationIndex, Document, compare_form
from site_builder.model import Library, Origin, R
from site_builder.records import BODY_LISTENERS, RECORD_TYPES, Guide, Policy, Published, Record
from site_builder.values import Reference, Validity, ValidityPhase

Question = tuple[str, ...]
"""What was asked, and about what."""
WHOLE: Question = ("whole",)
"""Everything in the library but the bodies left in files and the log: asked by whatever walks through all of it."""
LOG: Question = ("publications",)
"""The log of publications, which a server writes over the content each time: all but its own page would be the same."""
BODIES: Question = ("bodies",)
"""Every body: asked by whatever reads all of them."""
_LOG_KEY = ("", "publications")
OF_THE_WHOLE = frozenset((*WHOLE, "record", "all", "resolve", "incoming", "guides", "path", "number", "codes", "title"))
"""Kinds of questions whose answers follow from that to WHOLE: where it is the same, they are."""
T = TypeVar("T")


class Notes:
    """The questions asked since each `taking` that is still open."""

    def __init__(self) -> None:
        self._open: list[set[Question]] = []

    def note(self, *question: str) -> None:
        """Note a question."""
        if self._open:
            self._open[-1].add(question)

    def note_all(self, questions: set[Question]) -> None:
        """Note questions that were asked when something kept was made."""
        if self._open:
            self._open[-1] |= questions

    @contextmanager
    def taking(self) -> Iterator[set[Question]]:
        """Give the set that receives the questions asked inside, those of kept things included."""
        asked: set[Question] = set()
        self._open.append(asked)
        try:
            yield asked
        finally:
            self._open.pop()
            self.note_all(asked)


@contextmanager
def hearing_bodies(notes: Notes) -> Iterator[None]:
    """Note each body that is asked for inside; a body stands in no record, so that whoever asks for it must be told."""

    def hear(record: Record) -> None:
        notes.note("body", record.folder, record.id)

    BODY_LISTENERS.append(hear)
    try:
        yield
    finally:
        BODY_LISTENERS.pop()


class kept(Generic[T]):
    """A property made once, like cached_property; each who reads it is taken to ask what its making asked.

    Its owner has an attribute `notes`.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.make = make
        self.name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> kept[T]: ...

    @overload
    def __get__(self, owner: object, kind: type) -> T: ...

    def __get__(self, owner: Any, kind: type) -> kept[T] | T:
        """Return the value."""
        if owner is None:
            return self
        store = owner.__dict__.setdefault("_kept", {})
        if self.name not in store:
            with owner.notes.taking() as asked:
                value = self.make(owner)
            store[self.name] = value, asked
        value, asked = store[self.name]
        owner.notes.note_all(asked)
        return value


_METHODS = frozenset(
    ("get", "origin", "all", "resolve", "incoming", "validity", "phase", "guides_on", "public", "site", "root")
)


class AskedLibrary(Library):
    """A library that notes what is asked of it; whoever takes a whole mapping depends on everything."""

    _notes: ClassVar[Notes | None] = None

    @classmethod
    def of(cls, plain: Library, notes: Notes) -> AskedLibrary:
        """Return a library that holds what `plain` does, has it answer, and notes what is asked; a copy of it notes nothing."""
        asked = cls(**{part.name: getattr(plain, part.name) for part in fields(Library)})
        object.__setattr__(asked, "_notes", notes)
        object.__setattr__(asked, "_plain", plain)
        return asked

    def __getattribute__(self, name: str) -> Any:
        """Return an attribute; taking one that holds everything is noted."""
        if name[0] != "_" and name not in _METHODS and (notes := object.__getattribute__(self, "_notes")):
            notes.note(*(LOG if name == LOG[0] else WHOLE))
        return object.__getattribute__(self, name)

    def _ask(self, *question: str) -> Library:
        if self._notes:
            self._notes.note(*question)
        return self._plain

    @cached_property
    def _plain(self) -> Library:
        state = object.__getattribute__(self, "__dict__")
        return Library(**{part.name: state[part.name] for part in fields(Library)})

    def get(self, folder: str, record_id: str) -> Record | None:
        """Return the record of that folder and id, or None."""
        return self._ask("record", folder, record_id).get(folder, record_id)

    def origin(self, record: Record) -> Origin:
        """Return where `record` came from, which is part of what it was known by."""
        return self._plain.origin(record)

    def all(self, kind: type[R]) -> list[R]:
        """Return every record of one type, newest first; records of one day by id."""
        return self._ask("all", kind.__name__).all(kind)

    def resolve(self, reference: Reference) -> Record | None:
        """Return the document on this site that `reference` means."""
        found = self._plain.resolve(reference)
        self._ask("resolve", reference.model_dump_json(include={"id", "doc_number", "title"}))
        return found

    def incoming(self, record: Record) -> list[tuple[str, Published]]:
        """Return (relation name, source) for everything on this site that points to `record`."""
        return self._ask("incoming", record.folder, record.id).incoming(record)

    def validity(self, policy: Policy) -> Validity:
        """Return the validity of `policy` with what documents on this site do to it."""
        return self._ask("incoming", policy.folder, policy.id).validity(policy)

    def guides_on(self, policy: Policy) -> list[Guide]:
        """Return the guides that rest on `policy`."""
        return self._ask("guides", policy.id).guides_on(policy)

    def phase(self, policy: Policy, day: date) -> ValidityPhase:
        """Return what holds of `policy` on `day`."""
        return self._ask("incoming", policy.folder, policy.id).phase(policy, day)


class AskedCitations(CitationIndex):
    """An index of citations that notes which titles and numbers are looked up."""

    def __init__(self, library: Library, notes: Notes) -> None:
        super().__init__(library)
        self.notes = notes

    def find_number(self, number: str) -> Document | None:
        """Return the document of that number."""
        self.notes.note("number", number)
        return super().find_number(number)

    def list_codes(self) -> set[str]:
        """Return the codes of all document numbers."""
        self.notes.note("codes")
        return super().list_codes()

    def find_title(self, title: str, own: Published) -> Published | None:
        """Return the document of that title that stood when `own` was published."""
        self.notes.note("title", compare_form(title))
        return super().find_title(title, own)


class AskedMapping(Mapping[str, T]):
    """A mapping that notes each key that is looked up, as a question of its name."""

    def __init__(self, name: str, plain: Mapping[str, T], notes: Notes) -> None:
        self.name, self.plain, self.notes = name, plain, notes

    def __getitem__(self, key: str) -> T:
        """Return the value of a key."""
        self.notes.note(self.name, key)
        return self.plain[key]

    def __contains__(self, key: object) -> bool:
        """Tell whether there is such a key."""
        self.notes.note(self.name, str(key))
        return key in self.plain

    def __iter__(self) -> Iterator[str]:
        """Yield every key: whoever does depends on everything."""
        self.notes.note(*WHOLE)
        return iter(self.plain)

    def __len__(self) -> int:
        """Return the number of keys."""
        self.notes.note(*WHOLE)
        return len(self.plain)


class Answers:
    """What today's site answers to questions, as short texts: equal texts mean that the answer is the same."""

    def __init__(
        self, library: Library, redacted: set[tuple[str, str]], given: Mapping[str, Callable[..., str]]
    ) -> None:
        self.library = library
        self.redacted = redacted
        self.ways: dict[str, Callable[..., str]] = {
            "record": lambda folder, record_id: self.know((folder, record_id)),
            "all": self._all,
            "resolve": self._resolve,
            "incoming": self._incoming,
            "guides": self._guides,
            "whole": lambda: self._whole,
            "body": lambda folder, record_id: library.digests.get((folder, record_id), ""),
            "bodies": self._bodies,
            LOG[0]: lambda: library.digests.get(_LOG_KEY, ""),
            **given,
        }
        self.known: dict[Question, str] = {}
        self.names: dict[tuple[str, str], str] = {}

    def answer(self, question: Question) -> str:
        """Return the answer to a question."""
        if question not in self.known:
            self.known[question] = self.ways[question[0]](*question[1:])
        return self.known[question]

    def know(self, key: tuple[str, str]) -> str:
        """Return what tells a record, but for its body, from any other state of it; '' where the site has none of that key."""
        if key not in self.library.records:
            return ""
        mark = "-" if key in self.redacted else "+"
        head = self.library.heads.get(key) or self.library.digests.get(key, "?")
        return f"{head}{mark}{self.library.origins[key].path}"

    def name(self, record: Record) -> str:
        """Return what tells a record and its state."""
        key = (record.folder, record.id)
        if key not in self.names:
            self.names[key] = f"{record.folder}/{record.id} {self.know(key)}"
        return self.names[key]

    def join(self, records: Iterable[Record]) -> str:
        """Return a digest of records and their states, in order."""
        return sha256("\n".join(map(self.name, records)).encode()).hexdigest()

    def _all(self, kind: str) -> str:
        model = next((one for one in RECORD_TYPES.values() if one.__name__ == kind), None)
        return self.join(self.library.all(model)) if model else ""

    def _resolve(self, reference: str) -> str:
        found = self.library.resolve(Reference.model_validate_json(reference))
        return self.name(found) if found else ""

    def _incoming(self, folder: str, record_id: str) -> str:
        record = self.library.get(folder, record_id)
        entries = self.library.incoming(record) if record else ()
        return "\n".join(f"{name} {self.name(source)}" for name, source in entries)

    def _guides(self, policy_id: str) -> str:
        policy = self.library.get("policies", policy_id)
        guides = self.library.guides_on(policy) if isinstance(policy, Policy) else ()
        return self.join(guides) if guides else ""

    def _bodies(self) -> str:
        digests = self.library.digests
        return sha256("\n".join([digests.get(key, "") for key in self.library.records]).encode()).hexdigest()

    @cached_property
    def _whole(self) -> str:
        library = self.library
        rest = sorted(
            (key, digest) for key, digest in library.digests.items() if key not in library.records and key != _LOG_KEY
        )
        beside = (rest, sorted(library.forms), sorted(library.tombstones))
        return sha256(f"{self.join(library.records.values())}{beside}".encode()).hexdigest()
