"""Make the files of the site, each in its own right: what would come out the same is not made again.

A piece is one page made later, or all that one generator yields. It is kept with the digest of what was given to it and
the questions that it asked; it is made again when one of the answers changed. Forked processes share the making.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from typing import NamedTuple, Protocol

from site_builder.asking import OF_THE_WHOLE, WHOLE, Question
from site_builder.forking import share
from site_builder.later import Later
from site_builder.render import Theme
from site_builder.values import GeneratedFile

Generator = Callable[[Theme], Iterable[GeneratedFile]]
WORTH_SHARING = 100
_CHUNK = 25
ROOM = 16_000_000
"""Characters of bodies that are held for the search; all of 10,000 documents took a build past 600 MB."""


class Sink(Protocol):
    """Takes finished files."""

    def put(self, path: str, content: bytes) -> str:
        """Take a file and return its sha256."""
        ...


class Piece(NamedTuple):
    """What is kept of a piece: what was given, the numbers of its questions, its files with their sha256, its later pages."""

    given: str
    asked: tuple[int, ...]
    files: tuple[tuple[str, str], ...]
    later: tuple[str, ...] = ()


class Made(NamedTuple):
    """A page that was made: its place in the row, its sha256, what it asked, and the bodies that it cut, for the search."""

    at: int
    digest: str
    asked: set[Question]
    bodies: dict[str, str]


@dataclass
class Memory:
    """The pieces of a build by name, the questions that they asked, with the answers, and words to remember."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    search: bytes = b""
    """What the search index needs to go on from this build."""


class Maker:
    """Makes pieces with a theme, as far as the memory of the last build does not have them; files go to the sink."""

    def __init__(self, theme: Theme, sink: Sink, last: Memory | None = None, jobs: int = 1) -> None:
        self.theme = theme
        self.sink = sink
        self.last = last or Memory()
        self.jobs = jobs
        self.memory = Memory()
        self.numbers: dict[Question, int] = {}
        self.files: dict[str, str] = {}
        self.fresh: set[str] = set()
        self.bodies: dict[str, str] = {}
        """What pages that were made gave for the search, by address, as far as there is room."""
        self.room = ROOM

    def generate(self, generators: Iterable[Generator]) -> None:
        """Make all that the generators yield."""
        waiting: list[Later] = []
        for generate in generators:
            waiting += self.run(f"{generate.__module__}.{generate.__name__}", generate)
        self.finish(waiting)

    def run(self, name: str, generate: Generator, given: str = "") -> list[Later]:
        """Make what a generator makes at once, and return what it leaves for later; `given` tells what it got besides.

        A generator that would say the same again is asked only for those of its pages that may have changed.
        """
        piece = self._recall(name, given)
        stale = {path for path in piece.later if self._recall(path) is None} if piece else set()
        if piece and not stale:
            for one in (name, *piece.later):
                self._take_over(one)
            return []
        with self.theme.notes.taking() as asked:
            files = list(generate(self.theme))
        later = [file for file in files if isinstance(file, Later)]
        if piece:
            for one in piece.later:
                if one not in stale:
                    self._take_over(one)
            self._take_over(name)
            return [file for file in later if file.path in stale]
        done = [(file.path, self.sink.put(file.path, encode(file))) for file in files if not isinstance(file, Later)]
        self.keep(name, given, asked, done, later=[file.path for file in later])
        return later

    def finish(self, waiting: Sequence[Later]) -> None:
        """Make the pages that were left for later."""
        givens = [sha256(one.name_given(self.theme.answers).encode()).hexdigest() for one in waiting]
        stale = [at for at, one in enumerate(waiting) if not self.reuse(one.path, givens[at])]
        for at, digest, asked, bodies in self._make_all(waiting, stale):
            self.keep(waiting[at].path, givens[at], asked, [(waiting[at].path, digest)])
            if self.room > 0:
                self.bodies.update(bodies)
                self.room -= sum(map(len, bodies.values()))

    def reuse(self, name: str, given: str) -> bool:
        """Take over a piece of the last build if it would come out the same."""
        if self._recall(name, given) is None:
            return False
        self._take_over(name)
        return True

    def lacks_only(self, name: str, question: Question) -> bool:
        """Tell whether a piece of the last build would come out the same but for what one question is answered."""
        piece = self.last.pieces.get(name)
        return piece is not None and {self.last.questions[number] for number in self._changed & {*piece.asked}} == {
            question
        }

    def list_asked(self, name: str) -> list[Question]:
        """Return what a piece of the last build asked."""
        return [self.last.questions[number] for number in self.last.pieces[name].asked]

    def keep(
        self,
        name: str,
        given: str,
        asked: Iterable[Question],
        made: Iterable[tuple[str, str]],
        old: Iterable[tuple[str, str]] = (),
        later: Iterable[str] = (),
    ) -> None:
        """Remember a piece: the files that were just made, those of its old ones that still hold, its pages for later."""
        files = dict(old)
        fresh = dict(made)
        self.fresh.update(fresh)
        numbers = tuple(map(self._number, asked))
        self._remember(name, Piece(given, numbers, tuple({**files, **fresh}.items()), tuple(later)))

    def _remember(self, name: str, piece: Piece) -> None:
        self.memory.pieces[name] = piece
        self.files.update(piece.files)

    def _recall(self, name: str, given: str | None = None) -> Piece | None:
        """Return a piece of the last build if it would come out the same from what was given then, or is now."""
        piece = self.last.pieces.get(name)
        if piece is None or (given is not None and piece.given != given) or not self._changed.isdisjoint(piece.asked):
            return None
        return piece

    def _take_over(self, name: str) -> None:
        piece = self.last.pieces[name]
        moved = self._moved
        for number in piece.asked:
            if number not in moved:
                moved[number] = self._number(self.last.questions[number], self.last.answers[number])
        self._remember(name, piece._replace(asked=tuple([moved[number] for number in piece.asked])))

    @cached_property
    def _moved(self) -> dict[int, int]:
        """Return what numbers questions of the last build have now, as far as they were asked again."""
        return {}

    @cached_property
    def _changed(self) -> set[int]:
        """Return the numbers of those questions of the last build whose answer is another one now."""
        answer = self.theme.answers.answer
        whole = self.last.words.get(WHOLE[0])
        same = OF_THE_WHOLE if whole and whole == answer(WHOLE) else ()
        asked = enumerate(zip(self.last.questions, self.last.answers, strict=True))
        return {
            number for number, (question, before) in asked if question[0] not in same and answer(question) != before
        }

    def _number(self, question: Question, known: str | None = None) -> int:
        if question not in self.numbers:
            self.numbers[question] = len(self.numbers)
            self.memory.questions.append(question)
            self.memory.answers.append(self.theme.answers.answer(question) if known is None else known)
        return self.numbers[question]

    def _make_all(self, waiting: Sequence[Later], stale: list[int]) -> Iterator[Made]:
        jobs = self.jobs if len(stale) >= WORTH_SHARING else 1
        return share(partial(self.make, waiting), stale, jobs, _CHUNK)

    def make(self, waiting: Sequence[Later], at: int) -> Made:
        """Make one page."""
        page = waiting[at]
        self.theme.bodies = {}
        with self.theme.notes.taking() as asked:
            content = encode(page)
        return Made(at, self.sink.put(page.path, content), asked, self.theme.bodies)


def encode(file: GeneratedFile) -> bytes:
    """Return the content of a file as bytes."""
    content = file.content
    return content if isinstance(content, bytes) else content.encode()
