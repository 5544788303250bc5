"""Pages that are made when their content is asked for, so that those that would come out the same need not be made."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from site_builder.asking import Answers
from site_builder.records import Record
from site_builder.values import GeneratedFile

_PLAIN = (str, int, type(None))
_ROWS = (tuple, list)


class Plain(tuple[Any, ...]):
    """Plain values and tuples of them, no records, given to many pages: they are put into words once for all."""

    @cached_property
    def words(self) -> str:
        """Return a text that changes when a value does."""
        return repr(tuple(self))


class Later(GeneratedFile):
    """A page that is made when its content is asked for; its questions are noted then."""

    __slots__ = ("given", "make")
    make: Callable[..., GeneratedFile]
    given: tuple[Any, ...]

    def __init__(self, path: str, make: Callable[..., GeneratedFile], given: tuple[Any, ...]) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "make", make)
        object.__setattr__(self, "given", given)

    @property
    def content(self) -> str | bytes:
        """Return the page."""
        made: GeneratedFile = self.make(*self.given)
        return made.content

    def name_given(self, answers: Answers) -> str:
        """Return a text that changes when what was given to `make` does."""
        return repr(
            [self.make.__module__, self.make.__qualname__, *(_name_value(one, answers) for one in self.given[1:])]
        )


def _name_value(value: object, answers: Answers) -> str:
    if isinstance(value, _PLAIN):  # first: it is the quickest to ask, and most values are plain
        return repr(value)
    if isinstance(value, Record):
        return answers.name(value)
    if isinstance(value, Plain):
        return value.words
    if isinstance(value, _ROWS):
        return repr([_name_value(one, answers) for one in value])
    return repr(value)
