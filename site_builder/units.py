"""Cut a document into the units that two versions are compared by. No I/O.

A unit is an article with all that stands in it; in documents without articles a clause of the upper levels (一、 （一）)
with the items under it, or a loose paragraph.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from site_builder.clauses import Block, Outline, plain
from site_builder.numbering import write_numeral


class Line(NamedTuple):
    """One paragraph of a unit as plain text, and its anchor or ''."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a document that is compared as a whole.

    `number` is as a reader says it (第十二条, （一）, 第二段); `name` cites it in the whole document; `title` is the run-in
    head of its first line; `is_numbered` tells whether the number stands in the document; `head` is the index of the
    heading it stands under, or -1. The number is no part of `text`.
    """

    number: str
    name: str
    title: str
    lines: tuple[Line, ...]
    is_numbered: bool
    head: int

    @property
    def anchor(self) -> str:
        """Return the anchor of the unit, or ''."""
        return self.lines[0].anchor

    @property
    def text(self) -> str:
        """Return the words of the unit, a line for each paragraph."""
        return "\n".join(line.text for line in self.lines)


class Division(NamedTuple):
    """A heading, and the index of the heading above it or -1."""

    block: Block
    parent: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A document as units under headings; `order` lists both as they stand: n is unit n, -1 - n is heading n."""

    units: tuple[Unit, ...]
    divisions: tuple[Division, ...]
    order: tuple[int, ...]


def _lines_of(block: Block) -> list[Line]:
    rows = block.text.split("\n") if block.kind in ("table", "list") else [block.text]
    texts = [text for row in rows if (text := plain(row))]
    return [Line(block.anchor if at == 0 else "", text) for at, text in enumerate(texts)]


def _first_line(block: Block) -> Line:
    """Return the first line of a numbered unit: its text without the number."""
    rest = plain(block.content)
    return Line(block.anchor, f"{block.title}。{rest}" if block.title else rest)


class _Draft(NamedTuple):
    """A unit while it is collected: its numbered block or None, its lines, its heading."""

    root: Block | None
    lines: list[Line]
    head: int

    def holds(self, block: Block) -> bool:
        """Tell whether a block under the same heading is a part of this unit."""
        if block.kind not in ("paragraph", "clause"):
            return True
        is_lead = self.lines[0].text.endswith(("：", ":"))
        if self.root is None:
            return is_lead and block.level > 2
        if block.kind == "paragraph":
            return self.lines[-1].text.endswith(("：", ":"))
        if block.form == "article":
            return False
        return self.root.form == "article" or block.level > max(2, self.root.level)


class _Cutter:
    """Collect the units of an outline in one pass."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.divisions: list[Division] = []
        self.order: list[int] = []
        self.open: list[tuple[int, int]] = []  # (level, index) of the headings above

    @property
    def head(self) -> int:
        return self.open[-1][1] if self.open else -1

    def take(self, block: Block) -> None:
        """Add one block."""
        if block.kind == "heading":
            while self.open and self.open[-1][0] >= block.level:
                self.open.pop()
            self.divisions.append(Division(block, self.head))
            self.order.append(-len(self.divisions))
            self.open.append((block.level, len(self.divisions) - 1))
            return
        last = self.drafts[-1] if self.drafts else None
        if last and last.head == self.head and last.holds(block):
            last.lines.extend(_lines_of(block))
        elif lines := [_first_line(block)] if block.number else _lines_of(block):
            self.drafts.append(_Draft(block if block.number else None, lines, self.head))
            self.order.append(len(self.drafts) - 1)


def cut_units(outline: Outline) -> Cut:
    """Return the units of a document: every word of it stands in one unit or heading."""
    cutter = _Cutter()
    for block in outline.blocks:
        cutter.take(block)
    counts = Counter(draft.head for draft in cutter.drafts if draft.root is None)
    seen: Counter[int] = Counter()
    units = []
    for root, lines, head in cutter.drafts:
        if root:
            number = root.number if root.form == "article" else root.number.rstrip("、.．")
            units.append(Unit(number, root.name, root.title, tuple(lines), True, head))
            continue
        seen[head] += 1
        above = cutter.divisions[head].block if head >= 0 else None
        number = _count_paragraph("正文" if above else "开头", seen[head], counts[head])
        name = (above.name or f"“{above.title}”") + number if above else number
        units.append(Unit(number, name, "", tuple(lines), False, head))
    return Cut(tuple(units), tuple(cutter.divisions), tuple(cutter.order))


def _count_paragraph(word: str, nth: int, count: int) -> str:
    """Return what a reader calls an unnumbered paragraph: 正文 if it stands alone, else 第二段."""
    if count == 1:
        return word
    return f"{'开头' if word == '开头' else ''}第{write_numeral(nth)}段"
