"""Cut the lines of a Markdown body into chunks: headings, paragraphs, lists, tables and the rest. No I/O.

It knows only as much Markdown as tells where a block begins and ends; numbered lines begin a paragraph of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from site_builder.numbering import FIRST, Number, read_number

Kind = Literal["heading", "clause", "paragraph", "list", "table", "quote", "image", "code", "html", "rule"]
"""A clause is a numbered paragraph; the chunks of this module call it a paragraph yet."""

MAX_HEADING = 40
HEADING = re.compile(r"(#{1,6}[ \t　]+|#{2,6}(?=[^#\s]))(\S.*?)(?:[ \t]+#+)?$")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}")
_LIST = re.compile(r"[-*+][ \t　]+\S")
_FENCE = re.compile(r"(`{3,}|~{3,})[^`]*")
_DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")
_HTML = re.compile(r"<(?:[A-Za-z][A-Za-z0-9-]*(?=[\s/>]|$)|/[A-Za-z]|[!?])")
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_SPECIAL = frozenset("#-*+_`~<>")
_OPEN_END = "第、，,和或及与至（(《“"
"""A line that ends so runs on: a number below it belongs to its sentence."""

Chunk = tuple[Kind, int, str]


def read_chunks(lines: list[str]) -> Iterator[Chunk]:
    """Yield (kind, index of the first line, text); every paragraph-like chunk is a paragraph yet."""
    index, count = 0, len(lines)
    while index < count:
        line = lines[index].strip()
        if not line:
            index += 1
            continue
        kind, end = _special_block(lines, index, line) if line[0] in _SPECIAL or "|" in line else ("paragraph", 0)
        if kind == "paragraph":
            alone = index + 1 == count or not lines[index + 1]
            end = index + 1 if alone else _paragraph_end(lines, index, line)
        text = line if end == index + 1 else "\n".join(lines[index:end]).strip()
        if kind == "paragraph" and line[0] == "!" and _IMAGE.fullmatch(text):
            kind = "image"
        yield kind, index, text
        index = end


def _special_block(lines: list[str], index: int, line: str) -> tuple[Kind, int]:
    """Return kind and end (the index after the last line) of a block that its first line gives away."""
    first = line[0]
    if first == "#" and HEADING.fullmatch(line):
        return "heading", index + 1
    if first in "-*_" and _RULE.fullmatch(line):
        return "rule", index + 1
    if first in "-*+" and _LIST.match(line):
        return "list", _list_end(lines, index)
    if first in "`~" and (fence := _FENCE.fullmatch(line)):
        return "code", _fence_end(lines, index, fence[1])
    if first == ">":
        return "quote", _end_of(lines, index, lambda one: one.startswith(">"))
    if first == "<" and _HTML.match(line):
        return "html", _html_end(lines, index, line)
    if _is_table(lines, index, line):
        return "table", _end_of(lines, index, bool)
    return "paragraph", 0


def _end_of(lines: list[str], index: int, belongs: Callable[[str], object]) -> int:
    end = index + 1
    while end < len(lines) and belongs(lines[end].strip()):
        end += 1
    return end


def _list_end(lines: list[str], index: int) -> int:
    """Return the end of a list: a blank line ends it unless an indented line or another item follows."""
    end = index + 1
    while end < len(lines):
        line = lines[end]
        if not line.strip():
            after = next((one for one in lines[end:] if one.strip()), "")
            if not (after.startswith(("  ", "\t")) or _LIST.match(after)):
                break
        elif not line[0].isspace() and not _LIST.match(line) and _starts_block(lines, end, line.strip(), "。"):
            break
        end += 1
    return end


def _fence_end(lines: list[str], index: int, fence: str) -> int:
    for end in range(index + 1, len(lines)):
        line = lines[end].strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            return end + 1
    return len(lines)


def _html_end(lines: list[str], index: int, line: str) -> int:
    if not line.startswith("<!--"):
        return _end_of(lines, index, bool)
    return next((end + 1 for end in range(index, len(lines)) if "-->" in lines[end]), len(lines))


def _is_table(lines: list[str], index: int, line: str) -> bool:
    if "|" not in line or index + 1 >= len(lines):
        return False
    below = lines[index + 1].strip()
    return "-" in below and "|" in below and _DELIMITER.fullmatch(below) is not None


def _paragraph_end(lines: list[str], index: int, line: str) -> int:
    end, above = index + 1, line
    while end < len(lines):
        line = lines[end].strip()
        if not line:
            break
        if (line[0] in _SPECIAL or line[0] in FIRST or "|" in line) and _starts_block(lines, end, line, above):
            break
        above = line
        end += 1
    return end


def _starts_block(lines: list[str], index: int, line: str, above: str) -> bool:
    """Tell whether a line begins a block of its own although no blank line stands above it."""
    if line[0] in FIRST or line.startswith("**"):
        number = read_number(line, 2 if line[0] == "*" else 0, in_paragraph=True)
        if number is None or above[-1] in _OPEN_END:
            return False
        return number.level > 0 or number.form == "article" or is_bare_heading(line, number)
    return line[0] != "<" and _special_block(lines, index, line)[0] != "paragraph"


def is_bare_heading(text: str, number: Number) -> bool:
    """Tell whether a numbered paragraph without # is a heading all the same: short, on one line, no sentence."""
    if number.form == "appendix":
        lone = len(text.rstrip()) == number.length
        return lone and (number.value > 0 or text.startswith("附录") or text[-1] not in "：:")
    if number.form not in ("hanzi", "part", "subpart", "chapter", "section"):
        return False
    return len(text) <= MAX_HEADING and text[-1] not in "。；：！？，、;:!?," and "。" not in text and "\n" not in text
