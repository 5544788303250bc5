"""Cut the body of a document into numbered clauses and other blocks, each with an anchor that never changes. No I/O.

The anchor scheme is written down in docs/anchors.md and frozen by tests/site_builder/anchors_frozen.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import count
from typing import NamedTuple
from zlib import crc32

from site_builder.chunks import HEADING, Kind, is_bare_heading, read_chunks
from site_builder.numbering import FIRST, Form, Number, read_number, write_numeral

MAX_RUN_IN = 20


class Block(NamedTuple):
    """One block of a body.

    `text` is the Markdown as written, number included; `line` counts from 1 in the body. `level` of a heading is its
    HTML level (2-6); of a clause 0 for an article or a paragraph of one (款), then 1 一、 2 （一） 3 1. 4 （1） 5 ①.
    `number` is as written (`二、`). `title` is plain text: of a heading, or the run-in head of a clause without its 。
    `content` is the Markdown after number and run-in head. `name` is how a reader would cite the block (`二（一）2`,
    `第四十二条第二款`). `depth` is 1 for 一、, an article or a paragraph of one, one more for each level below; else 0.
    """

    kind: Kind
    text: str
    line: int
    content: str = ""
    anchor: str = ""
    level: int = 0
    number: str = ""
    title: str = ""
    form: Form = ""
    name: str = ""
    depth: int = 0

    @property
    def label(self) -> str:
        """Return number and title as a table of contents shows them."""
        wide = self.form in ("part", "subpart", "chapter", "section", "appendix", "article") and self.title
        return f"{self.number}{'　' if wide else ''}{self.title}"


@dataclass(frozen=True, slots=True)
class Node:
    """A block with what stands under it."""

    block: Block
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Block]:
        """Yield this block and everything under it, in the order of the text."""
        yield self.block
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Outline:
    """A body in blocks, in the order of the text."""

    blocks: tuple[Block, ...]

    @property
    def headings(self) -> tuple[Block, ...]:
        """Return the headings."""
        return tuple(block for block in self.blocks if block.kind == "heading")

    @property
    def clauses(self) -> tuple[Block, ...]:
        """Return the numbered clauses, articles and paragraphs of articles: what has an anchor and is no heading."""
        return tuple(block for block in self.blocks if block.kind == "clause")

    def by_anchor(self) -> dict[str, Block]:
        """Return every block that has an anchor, by it."""
        return {block.anchor: block for block in self.blocks if block.anchor}

    def tree(self) -> tuple[Node, ...]:
        """Return the blocks as a tree: headings by level, under them clauses, under those items and loose blocks."""
        blocks, last = self.blocks, len(self.blocks)

        def below(rank: int, index: int) -> tuple[tuple[Node, ...], int]:
            nodes = []
            while index < last and (own := _rank(blocks[index])) > rank:
                children, after = below(own, index + 1)
                nodes.append(Node(blocks[index], children))
                index = after
            return tuple(nodes), index

        return below(-1, 0)[0]


def _rank(block: Block) -> int:
    """Return how deep a block stands in the tree: a block holds those after it whose rank is higher."""
    if block.kind == "heading":
        return block.level
    if block.kind != "clause":
        return 99
    if block.form == "article":
        return 10
    return 11 if block.form == "paragraph" else 12 + block.level


# --- chunks to numbered blocks ---------------------------------------------------------------

_RANKS: dict[Form, int] = {"part": 0, "subpart": 1, "chapter": 2, "section": 3}
_RUN_IN = re.compile(
    rf"\*\*(?P<all>[^*`\[\]<>&\\~\n。！？；：]{{1,{MAX_RUN_IN}}})(?:。\*\*|\*\*。)(?=\S)"
    rf"|(?P<plain>[^*`\[\]<>&\\~\n。！？；：]{{1,{MAX_RUN_IN}}})。(?=\S)"
)
_PAIRED = re.compile("[“”《》（）]")
_SPREAD = re.compile(r"(?<=[\u4e00-\u9fff])[ \u3000\u00a0]+(?=[\u4e00-\u9fff])")


class _Place(NamedTuple):
    """Something open that items can stand under: its level, anchor, citation and depth."""

    level: int
    anchor: str
    name: str
    depth: int


class _Numberer:
    """Give each chunk its number, anchor and citation, in one pass over a body."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.items: list[_Place] = []
        self.divisions: list[_Place] = []
        self.prefix = _Place(0, "", "", 0)
        self.article: _Place | None = None
        self.paragraphs = 0
        self.last_heading = 1

    def place(self, kind: Kind, line: int, text: str) -> Block:
        """Return the block of one chunk."""
        if kind == "heading":
            return self._heading(text, line, *_split_heading(text))
        if kind != "paragraph":
            return Block(kind, text, line, text)
        bold = text.startswith("**")
        if (bold or text[0] in FIRST) and (number := read_number(text, 2 if bold else 0)):
            if _is_heading(text, number, bold=bold) and not (self.article and number.form == "hanzi"):
                return self._heading(text, line, _without_stars(text, bold=bold), 0)
            if number.level or number.form == "article":
                return self._clause(text, line, number, bold)
        return self._paragraph(text, line)

    # --- headings ---

    def _heading(self, text: str, line: int, content: str, marks: int) -> Block:
        number = read_number(content) if content[0] in FIRST else None
        if number is None:
            title = plain(content)
            place = self._open_plain(title, marks)
            level = self._nest(max(marks, 2))
            return Block("heading", text, line, content, place.anchor, level, "", title)
        form, written = number.form, number.written.rstrip("：:")
        content = content[number.length :].strip()
        title = _SPREAD.sub("", plain(content)) if form in _RANKS else plain(content)
        place = self._open_numbered(number)
        level = self._nest(self._heading_level(number))
        return Block("heading", text, line, content, place.anchor, level, written, title, form, place.name, place.depth)

    def _nest(self, level: int) -> int:
        """Return the HTML level of a heading: never more than one below the last, so that no level is skipped."""
        self.last_heading = min(level, self.last_heading + 1, 6)
        return self.last_heading

    def _heading_level(self, number: Number) -> int:
        if number.form == "appendix":
            return 2
        if number.form in _RANKS:
            return 1 + len(self.divisions)
        return 1 + len(self.divisions) + bool(self.prefix.anchor) + (number.level or 1)

    def _open_plain(self, title: str, marks: int) -> _Place:
        self.article = None
        self.items = [] if marks <= 2 else [item for item in self.items if item.level == 1]
        return _Place(0, self._take(f"h-{crc32(title.encode()):08x}"[:8]), "", 0)

    def _open_numbered(self, number: Number) -> _Place:
        if number.form in _RANKS:
            return self._open_division(number)
        if number.form == "appendix":
            return self._open_appendix(number)
        if number.form == "article":
            self.paragraphs = 0
            return self._open_article(number)
        if number.form == "hanzi":
            self.article = None
            self.items = []
        return self._open_item(number)

    def _open_division(self, number: Number) -> _Place:
        rank = _RANKS[number.form]
        while self.divisions and self.divisions[-1].level >= rank:
            self.divisions.pop()
        above = self.divisions[-1] if self.divisions else self.prefix
        stem = f"{above.anchor}-" if above.anchor else ""
        if number.form in ("part", "chapter"):
            stem += "b" if number.form == "part" else "c"
        elif not self.divisions:
            stem += "c0-"
        self.article, self.items = None, []
        place = _Place(rank, self._take(stem + number.part), above.name + number.name, 0)
        self.divisions.append(place)
        return place

    def _open_appendix(self, number: Number) -> _Place:
        self.article, self.items, self.divisions = None, [], []
        self.prefix = _Place(0, self._take(f"f{number.part if number.value else ''}"), number.name, 0)
        return self.prefix

    # --- clauses ---

    def _clause(self, text: str, line: int, number: Number, bold: bool) -> Block:
        rest = text[number.length + 2 if bold else number.length :].lstrip()
        if bold:
            rest = rest[2:].lstrip() if rest.startswith("**") else f"**{rest}"
        title = ""
        if number.level:
            place = self._open_item(number)
            if (head := _RUN_IN.match(rest)) and _is_balanced(found := head[head.lastgroup or 0]):
                title, rest = found, rest[head.end() :].lstrip()
        else:
            place = self._open_article(number)
            self.paragraphs = 0 if not rest or (rest[0] == "【" and rest[-1] == "】") else 1
        _, anchor, name, depth = place
        return Block("clause", text, line, rest, anchor, number.level, number.written, title, number.form, name, depth)

    def _open_article(self, number: Number) -> _Place:
        stem = f"{self.prefix.anchor}-t" if self.prefix.anchor else "t"
        self.article = _Place(0, self._take(stem + number.part), self.prefix.name + number.name, 1)
        self.items = [self.article]
        return self.article

    def _open_item(self, number: Number) -> _Place:
        items, level = self.items, number.level
        while items and items[-1].level >= level:
            items.pop()
        if items:
            _, stem, name, depth = items[-1]
            stem += "-"
        else:
            _, stem, name, depth = self.prefix
            stem += ("-s" if stem else "s") if level == 1 else ("-s0-" if stem else "s0-")
            depth = int(level > 1)
        place = _Place(level, self._take(stem + number.part), name + number.name, depth + 1)
        items.append(place)
        return place

    def _paragraph(self, text: str, line: int) -> Block:
        if self.article is None:
            return Block("paragraph", text, line, text)
        self.paragraphs += 1
        anchor = self._take(f"{self.article.anchor}-p{self.paragraphs}")
        name = f"{self.article.name}第{write_numeral(self.paragraphs)}款"
        self.items = [self.article]
        if self.paragraphs > 1:
            self.items.append(_Place(0, anchor, name, 1))
        return Block("clause", text, line, text, anchor, 0, "", "", "paragraph", name, 1)

    def _take(self, anchor: str) -> str:
        if anchor in self.taken:
            anchor = next(free for free in _variants(anchor) if free not in self.taken)
        self.taken.add(anchor)
        return anchor


def _variants(anchor: str) -> Iterator[str]:
    """Yield anchor-b … anchor-z, then anchor-z26 and so on."""
    yield from (f"{anchor}-{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    yield from (f"{anchor}-z{number}" for number in count(26))


def _is_heading(text: str, number: Number, *, bold: bool) -> bool:
    return is_bare_heading(_without_stars(text, bold=bold), number)


def _without_stars(text: str, *, bold: bool) -> str:
    return text[2:-2] if bold and text.endswith("**") else text


def _split_heading(text: str) -> tuple[str, int]:
    marks = len(text) - len(text.lstrip("#"))
    match = HEADING.fullmatch(text)
    content = match[2].strip() if match else text
    if len(content) > 4 and content.startswith("**") and content.endswith("**") and "**" not in content[2:-2]:
        content = content[2:-2].strip() or content
    return content, marks


def _is_balanced(title: str) -> bool:
    if not _PAIRED.search(title):
        return True
    return all(title.count(opening) == title.count(closing) for opening, closing in ("“”", "《》", "（）"))


def cut(body: str) -> Outline:
    """Cut a Markdown body into blocks with anchors; no character but blank space is lost."""
    place = _Numberer().place
    return Outline(tuple([place(kind, index + 1, text) for kind, index, text in read_chunks(_unify(body).split("\n"))]))


def _unify(body: str) -> str:
    return body.replace("\r\n", "\n").replace("\r", "\n") if "\r" in body else body


def read_numbers(body: str) -> Iterator[tuple[int, Number]]:
    """Yield (line, number) of every block that begins with one, as `cut` reads them; a third of its work."""
    for kind, index, text in read_chunks(_unify(body).split("\n")):
        if kind == "heading":
            content = _split_heading(text)[0]
            if content[0] in FIRST and (number := read_number(content)):
                yield index + 1, number
        elif kind == "paragraph" and ((bold := text.startswith("**")) or text[0] in FIRST):
            number = read_number(text, 2 if bold else 0)
            if number and (number.level or number.form == "article" or _is_heading(text, number, bold=bold)):
                yield index + 1, number


# --- plain text ------------------------------------------------------------------------------

CJK = "\u2018-\u201d\u2014\u2026\u2e80-\u303f\u3041-\u9fff\uf900-\ufaff\uff01-\uffee"
_MAYBE_MARKS = re.compile(r"[*`\[\\&|<#>~+-]")
"""What _MARKS cannot do without; a set of characters is found five times as fast."""
_MARKS = re.compile(r"[*`\[\\&|<#>]|~~|^\s*[-+]\s", re.MULTILINE)
_BREAK = re.compile(rf"(?<=[{CJK}])[ \t\u3000]*\n[ \t\u3000]*|[ \t\u3000]*\n[ \t\u3000]*(?=[{CJK}])")
_UNMARK: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"^(?:`{3,}|~{3,}).*$", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)+$", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:#{1,6}[ \t]*(?=\S)|(?:[-*+>][ \t]+)+|>)", re.MULTILINE), ""),
    (re.compile(r"!?\[([^\[\]\n]*)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"), r"\1"),
    (re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>"), r"\1"),
    (re.compile(r"(\*{1,3})(?=\S)((?:(?!\1).)+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), r"\1"),
    (re.compile(r"(`+)([^`]+)\1"), r"\2"),
    (re.compile(r"[ \t]*\|[ \t]*"), " "),
)
_KEPT = re.compile(r"\\([!-/:-@\[-`{-~])|(?<=\d)(\*)(?=\d)")
_HIDE = 0xF0000
_HIDDEN = re.compile(f"[{chr(_HIDE + 0x21)}-{chr(_HIDE + 0x7E)}]")


def plain(text: str) -> str:
    """Return the words of a block without Markdown marks, on one line, for search and comparison."""
    if _MAYBE_MARKS.search(text) and _MARKS.search(text):
        text = _KEPT.sub(lambda kept: chr(_HIDE + ord(kept[1] or kept[2])), text)
        for pattern, replacement in _UNMARK:
            text = pattern.sub(replacement, text)
        text = _HIDDEN.sub(lambda hidden: chr(ord(hidden[0]) - _HIDE), unescape(text))
    if "\n" in text:
        text = " ".join(_BREAK.sub("", text).split())
    return text.strip()
