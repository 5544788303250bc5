"""A source file's text as the language rules read it: what no reader sees is masked, length and lines are kept."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from site_builder.checks.phrases import pairs_of
from site_builder.values import Severity

HAN = "\u3400-\u9fff"
MASK = "\x01"
_UNSEEN = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|<!--.*?-->|\]\([^)\n]*\)|https?://[^\s\u3000-\uffef]+|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|</?[a-zA-Z][^<>\n]*>",
    re.DOTALL | re.ASCII,
)
_COMMENT = re.compile(r"^[ \t]*#.*$| #[ \t].*$", re.MULTILINE)


class Found(NamedTuple):
    """One fault in a text: where it begins, its rule, and what a Problem says."""

    start: int
    rule: str
    message: str
    fix: str
    severity: Severity = "warning"


class SourceText:
    """One text with what is not prose masked: code, comments, addresses, tags, YAML comments."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.head_end = _head_end(text) if path.endswith(".md") else len(text)
        if "#" in (head := text[: self.head_end]):
            head = _COMMENT.sub(_cover, head)
        body = text[self.head_end :]
        if any(sign in body for sign in ("](", "`", "<", "://", "@")):
            body = _UNSEEN.sub(_cover, body)
        if "://" in head or "@" in head:
            head = _UNSEEN.sub(_cover, head)
        self.text = head + body
        self.body = body

    @cached_property
    def pairs(self) -> set[int]:
        """Return every two characters that stand side by side."""
        return pairs_of(self.text)

    def line(self, start: int) -> int:
        """Return the line of a place."""
        return self.text.count("\n", 0, start) + 1

    @cached_property
    def paragraphs(self) -> tuple[tuple[int, str], ...]:
        """Return (start, text) of every line that is not empty."""
        found, start = [], 0
        for line in self.text.split("\n"):
            if line.strip():
                found.append((start, line))
            start += len(line) + 1
        return tuple(found)


TextRule = Callable[[SourceText], Iterator[Found]]


def _cover(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", MASK, match[0])


def _head_end(text: str) -> int:
    if not text.startswith("---"):
        return 0
    end = text.find("\n---", 3)
    return end + 4 if end >= 0 else 0


def count_by_line(
    source: SourceText, pattern: re.Pattern[str], end: int = sys.maxsize
) -> Iterator[tuple[int, str, int]]:
    """Yield (place of the first, its text, how many) for every line before `end` on which `pattern` matches."""
    last, entry = -1, (0, "", 0)
    for match in pattern.finditer(source.text, 0, end):
        line = source.text.rfind("\n", 0, match.start())
        if line == last:
            entry = (entry[0], entry[1], entry[2] + 1)
            continue
        if entry[2]:
            yield entry
        last, entry = line, (match.start(), match[0], 1)
    if entry[2]:
        yield entry
