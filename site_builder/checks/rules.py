"""What a rule is: its name, severity and sentences, and the functions that look for it. No I/O.

A rule may look at five kinds of input; one function that finds several rules stands at each of them and runs once.
Whoever runs the rules reads the input, keeps results of single records, texts and files by the digest of what went in
(so these functions may depend on nothing else, above all not on the day), and applies the allow-list afterwards.
What one body says that only the whole library can judge is gathered from each record, kept likewise, and judged every
time: no body has to be read again for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

from site_builder.model import Library, Origin
from site_builder.records import Record
from site_builder.values import Problem, Severity

Family = Literal["reading", "records", "language", "privacy", "site", "gate"]
FAMILY_WORDS: dict[Family, str] = {
    "reading": "读取",
    "records": "记录",
    "language": "文字",
    "privacy": "个人信息",
    "site": "成品网站",
    "gate": "例外",
}

LibraryCheck = Callable[[Library, date], Iterator[Problem]]
"""Looks at everything, on a day; runs every time."""
RecordCheck = Callable[[Record, Origin, str], Iterator[Problem]]
"""Looks at one record with the lines of its keys; the third argument is the path that problems name."""
Gather = Callable[[Record, Origin], tuple[Any, ...]]
"""Returns what one record says that `judge` needs, or nothing."""
Judge = Callable[[Mapping[tuple[str, str], tuple[Any, ...]], Library, date], Iterator[Problem]]
"""Looks at what was gathered, by the keys of the records that said something; runs every time."""
TextCheck = Callable[[str, str], Iterator[Problem]]
"""Looks at (path, text) of one source file below content/: records, forms, settings, provenance files."""
FileCheck = Callable[[str, bytes], Iterator[Problem]]
"""Looks at (path, bytes) of one file: an attachment or image of content/."""


class BuiltSite(Protocol):
    """The finished site, read where a check asks for it."""

    is_whole: bool
    """Whether every file is to be judged, or only those that changed since all were."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Return every path below the site folder, sorted, with '/'."""
        ...

    def read(self, path: str) -> bytes:
        """Return the bytes of one file; raise KeyError where there is none."""
        ...

    def facts(self, gather: Callable[[str, bytes], Any]) -> Mapping[str, Any]:
        """Return path → what `gather` makes of (path, bytes); it is a module-level function, kept by the file's digest.

        Going through it meets the files that are to be judged; any other can be looked up.
        """
        ...


SiteCheck = Callable[[BuiltSite, Library, date], Iterator[Problem]]
"""Looks at the built site; its problems name paths below the site folder. What it may look at says `gate_changes`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, with its functions by kind of input; none where reading or the gate itself finds the fault.

    `severity` is the highest that it gives; `veto` marks what only allow.yml may except, with a name under it.
    `record` to `file` and `gather` must be module-level functions, since several processes run them.
    """

    name: str
    severity: Severity
    explain: str
    fix: str
    family: Family
    library: LibraryCheck | None = None
    record: RecordCheck | None = None
    text: TextCheck | None = None
    file: FileCheck | None = None
    site: SiteCheck | None = None
    gather: Gather | None = None
    judge: Judge | None = None
    veto: bool = False


def problem_of(
    library: Library, record: Record, key: str, rule: str, message: str, fix: str, severity: Severity = "error"
) -> Problem:
    """Return a problem at the line of one key of a record."""
    origin = library.origin(record)
    return Problem(f"{library.root}/{origin.path}", origin.line(key), rule, message, fix, severity)
