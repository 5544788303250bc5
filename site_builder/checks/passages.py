"""What opening a file yields: passages of text with where they stand, and faults of the file itself. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from site_builder.values import Severity

_NO_PERSON = re.compile(
    r"会|局|部|室|院|公司|中心|政府|委|处|科|站|校|厂|[0-9.]|python|openpyxl|office|admin|user|word|excel|wps|unknown",
    re.IGNORECASE,
)


def is_person(author: str) -> bool:
    """Tell whether an author in a document's properties may be a person: no unit, program or account of a computer."""
    return bool(author.strip()) and not _NO_PERSON.search(author)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text as lines, cells parted by tabs, and the words for where in its file it stands (none: the file itself)."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file whatever its text says: rule, Chinese sentences and how grave."""

    rule: str
    message: str
    fix: str
    severity: Severity = "error"


@dataclass(slots=True)
class Opened:
    """Everything that was found in one file."""

    passages: list[Passage] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
