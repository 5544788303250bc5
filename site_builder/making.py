"""Make the files of the site, each in its own right: what would come out the same is not made again.

A piece is one page made later, or all that one generator yields. It is kept with the digest of what was given to it and
the questions that it asked; it is made again when one of the answers changed. Forked processes share the making.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, Protocol

from site_builder.asking import Question
from site_builder.forking import forked
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
    """What is kept of a piece: what was given, the numbers of its questions, and its files with their sha256."""

    given: str
    asked: tuple[int, ...]
    files: tuple[tuple[str, str], ...]


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
        self.changed: set[int] | None = None
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
        """Make what a generator makes at once, and return what it leaves for later; `given` tells what it got besides."""
        if self.reuse(name, given):
            return []
        with self.theme.notes.taking() as asked:
            files = list(generate(self.theme))
        later = [file for file in files if isinstance(file, Later)]
        done = [(file.path, self.sink.put(file.path, encode(file))) for file in files if not isinstance(file, Later)]
        if later:
            self.files.update(done)
            self.fresh.update(path for path, _ in done)
        else:
            self.keep(name, given, asked, done)
        return later

    def add(self, file: GeneratedFile) -> None:
        """Take a file that is made in every build."""
        self.files[file.path] = self.sink.put(file.path, encode(file))
        self.fresh.add(file.path)

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
        piece = self.last.pieces.get(name)
        if piece is None or piece.given != given or not self._list_changed().isdisjoint(piece.asked):
            return False
        self._remember(name, given, [self.last.questions[number] for number in piece.asked], piece.files)
        return True

    def keep(
        self,
        name: str,
        given: str,
        asked: Iterable[Question],
        made: Iterable[tuple[str, str]],
        old: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Remember a piece: the files that were just made, and those of its old ones that still hold."""
        files = dict(old)
        fresh = dict(made)
        self.fresh.update(fresh)
        self._remember(name, given, asked, {**files, **fresh}.items())

    def _remember(self, name: str, given: str, asked: Iterable[Question], files: Iterable[tuple[str, str]]) -> None:
        piece = Piece(given, tuple(map(self._number, asked)), tuple(files))
        self.memory.pieces[name] = piece
        self.files.update(piece.files)

    def _list_changed(self) -> set[int]:
        """Return the numbers of those questions of the last build whose answer is another one now."""
        if self.changed is None:
            answer = self.theme.answers.answer
            asked = enumerate(zip(self.last.questions, self.last.answers, strict=True))
            self.changed = {number for number, (question, before) in asked if answer(question) != before}
        return self.changed

    def _number(self, question: Question) -> int:
        if question not in self.numbers:
            self.numbers[question] = len(self.numbers)
            self.memory.questions.append(question)
            self.memory.answers.append(self.theme.answers.answer(question))
        return self.numbers[question]

    def _make_all(self, waiting: Sequence[Later], stale: list[int]) -> Iterator[Made]:
        if self.jobs == 1 or len(stale) < WORTH_SHARING:
            yield from (self.make(waiting, at) for at in stale)
            return
        _WORK[:] = [(self, waiting)]
        chunks = [stale[at : at + _CHUNK] for at in range(0, len(stale), _CHUNK)]
        gc.freeze()  # so that the collector of a worker does not touch, and so copy, what it shares with us
        try:
            with forked(self.jobs) as pool:
                for found in pool.imap_unordered(_make_some, chunks):
                    yield from found
        finally:
            gc.unfreeze()
            _WORK.clear()

    def make(self, waiting: Sequence[Later], at: int) -> Made:
        """Make one page."""
        page = waiting[at]
        self.theme.bodies = {}
        with self.theme.notes.taking() as asked:
            content = encode(page)
        return Made(at, self.sink.put(page.path, content), asked, self.theme.bodies)


_WORK: list[tuple[Maker, Sequence[Later]]] = []


def _make_some(numbers: list[int]) -> list[Made]:
    maker, waiting = _WORK[0]
    return [maker.make(waiting, at) for at in numbers]


def encode(file: GeneratedFile) -> bytes:
    """Return the content of a file as bytes."""
    content = file.content
    return content if isinstance(content, bytes) else content.encode()
