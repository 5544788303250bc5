"""Two versions of a document side by side: what stayed, changed, came, went, moved, was split or merged. No I/O.

Units are paired by their words, not by their numbers: 第十二条 that became 第十三条 keeps its lineage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from site_builder.alignment import Matching, Part, find_chain, match_parts
from site_builder.clauses import Block, Outline, cut
from site_builder.differences import Piece, compare_texts, fold, ignore_marks
from site_builder.units import Cut, Division, Unit, cut_units

RowKind = Literal["same", "changed", "added", "removed"]
Side = Literal["old", "new"]


class SideLine(NamedTuple):
    """One line of one side: its anchor or '', the number of the unit that begins with it or '', and its pieces."""

    anchor: str
    number: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one unit: usually one on each side, several where one was split or some were merged.

    `kin` of an added row are old units that its words stand in, of a removed row new ones. `head` is the index of the
    heading it stands under in Redline.heads, or -1.
    """

    kind: RowKind
    old: tuple[Unit, ...]
    new: tuple[Unit, ...]
    pieces: tuple[Piece, ...]
    moved: bool = False
    kin: tuple[Unit, ...] = ()
    head: int = -1

    @property
    def renumbered(self) -> bool:
        """Tell whether it bears another number now."""
        if not (self.old and self.new and self.old[0].is_numbered and self.new[0].is_numbered):
            return False
        before, after = {unit.anchor for unit in self.old}, {unit.anchor for unit in self.new}
        return not (before <= after or after <= before)

    @property
    def marks_only(self) -> bool:
        """Tell whether it changed in nothing but punctuation and width."""
        whole = len(self.old) == len(self.new) == 1
        return self.kind == "changed" and whole and all(piece.kind != "changed" for piece in self.pieces)

    @property
    def is_untouched(self) -> bool:
        """Tell whether words and place are as before; the number may be another."""
        return self.kind == "same" and not self.moved

    def units(self, side: Side) -> tuple[Unit, ...]:
        """Return the units of one side."""
        return self.old if side == "old" else self.new

    def read_side(self, side: Side) -> tuple[SideLine, ...]:
        """Return the lines of one side, each with its share of the pieces."""
        starts = [
            (line, unit.number if at == 0 else "") for unit in self.units(side) for at, line in enumerate(unit.lines)
        ]
        lines: list[list[Piece]] = [[]]
        for piece in self.pieces:
            for at, text in enumerate((piece.old if side == "old" else piece.new).split("\n")):
                if at:
                    lines.append([])
                if text:
                    lines[-1].append(Piece(piece.kind, text, "") if side == "old" else Piece(piece.kind, "", text))
        pairs = zip(starts, lines, strict=True) if starts else ()
        return tuple(SideLine(line.anchor, number, tuple(pieces)) for (line, number), pieces in pairs)


class Head(NamedTuple):
    """What became of a heading; one side may be missing.

    `block` is the heading as it stands now, or stood last; `parent` is the index of the heading above it, or -1.
    """

    block: Block
    old: Block | None
    new: Block | None
    pieces: tuple[Piece, ...]
    parent: int


class Counts(NamedTuple):
    """How many rows are what. Each is counted once among the first four; of these some moved or were renumbered.

    `marks` says how many of the changed ones differ in punctuation or width only.
    """

    changed: int
    added: int
    removed: int
    same: int
    moved: int
    renumbered: int
    marks: int


@dataclass(frozen=True)
class Redline:
    """Two versions compared: rows and headings in the order of the new text, what went where it stood.

    `order` lists both: n is row n, -1 - n is heading n. `in_order` tells whether what stayed stands in the old order.
    """

    rows: tuple[Row, ...]
    heads: tuple[Head, ...]
    order: tuple[int, ...]
    in_order: bool = True

    @cached_property
    def counts(self) -> Counts:
        """Return how many rows are what."""
        kinds = Counter(row.kind for row in self.rows)
        return Counts(
            kinds["changed"],
            kinds["added"],
            kinds["removed"],
            kinds["same"],
            sum(row.moved for row in self.rows),
            sum(row.renumbered for row in self.rows),
            sum(row.marks_only for row in self.rows),
        )

    @property
    def has_marks(self) -> bool:
        """Tell whether some differences are in punctuation or width only."""
        return any(piece.kind == "marks" for row in self.rows for piece in row.pieces)

    @property
    def is_equal(self) -> bool:
        """Tell whether nothing differs, headings included."""
        rows = all(row.is_untouched and not row.renumbered for row in self.rows)
        return self.in_order and rows and all(piece.kind == "same" for head in self.heads for piece in head.pieces)


# --- comparing -------------------------------------------------------------------------------


def compare(old: Outline | str, new: Outline | str, *, ignore_marks: bool = False) -> Redline:
    """Compare two versions of a document, given as bodies or cut already.

    With `ignore_marks` what differs in punctuation, width or line ends only is the same.
    """
    before = cut_units(cut(old) if isinstance(old, str) else old)
    after = cut_units(cut(new) if isinstance(new, str) else new)
    matching = match_parts([_part(unit) for unit in before.units], [_part(unit) for unit in after.units])
    rows = _Builder(before, after, matching, ignore_marks)
    return rows.build()


def _part(unit: Unit) -> Part:
    return Part(fold(unit.text), fold(unit.title))


class _Builder:
    """Make the rows of two cut documents and put them in order."""

    def __init__(self, before: Cut, after: Cut, matching: Matching, ignoring: bool) -> None:
        self.before, self.after, self.matching, self.ignoring = before, after, matching, ignoring
        self.head_pairs = _pair_heads(before, after, matching.pairs)
        self.gone_heads = {
            i: at
            for at, i in enumerate(
                (i for i in range(len(before.divisions)) if i not in self.head_pairs), len(after.divisions)
            )
        }
        self.heads = [*self._new_heads(), *(self._gone_head(before.divisions[i]) for i in self.gone_heads)]

    def build(self) -> Redline:
        rows: list[Row] = []
        order: list[int] = []
        for side, item in self._merge_order():
            if item < 0:
                order.append(item if side == "new" else -1 - self.gone_heads[-1 - item])
                continue
            order.append(len(rows))
            rows.append(self._row_of_new(item) if side == "new" else self._gone_row(item))
        return Redline(tuple(rows), tuple(self.heads), tuple(order), not self.matching.moved)

    # --- rows ---

    def _pieces(self, old: str, new: str) -> tuple[Piece, ...]:
        pieces = compare_texts(old, new)
        return ignore_marks(pieces) if self.ignoring else pieces

    def _row_of_new(self, j: int) -> Row:
        partner = self.partner.get(j)
        unit = self.after.units[j]
        if partner is None:
            origin = self.matching.origins.get(j)
            kin = () if origin is None else (self.before.units[origin],)
            return Row("added", (), (unit,), (Piece("changed", "", unit.text),), kin=kin, head=unit.head)
        before = tuple(self.before.units[i] for i in sorted({partner, *self._merged_into(j)}))
        after = tuple(self.after.units[n] for n in sorted({j, *self._split_from(partner)}))
        pieces = self._pieces("\n".join(one.text for one in before), "\n".join(one.text for one in after))
        changed = len(before) != len(after) or any(piece.kind != "same" for piece in pieces)
        moved = partner in self.matching.moved and before[0].anchor != after[0].anchor
        return Row("changed" if changed else "same", before, after, pieces, moved, head=unit.head)

    def _gone_row(self, i: int) -> Row:
        unit = self.before.units[i]
        heir = self.matching.heirs.get(i)
        kin = () if heir is None else (self.after.units[heir],)
        return Row("removed", (unit,), (), (Piece("changed", unit.text, ""),), kin=kin, head=self._head_now(unit.head))

    @cached_property
    def partner(self) -> dict[int, int]:
        return {j: i for i, j in self.matching.pairs.items()}

    def _merged_into(self, j: int) -> list[int]:
        return [i for i, home in self.matching.merges.items() if home == j]

    def _split_from(self, i: int) -> list[int]:
        return [j for j, home in self.matching.splits.items() if home == i]

    def _new_heads(self) -> Iterator[Head]:
        old_of_new = {j: self.before.divisions[i].block for i, j in self.head_pairs.items()}
        for j, (block, parent) in enumerate(self.after.divisions):
            old = old_of_new.get(j)
            yield Head(block, old, block, self._pieces(old.label if old else "", block.label), parent)

    def _gone_head(self, division: Division) -> Head:
        block, parent = division
        return Head(block, block, None, self._pieces(block.label, ""), self._head_now(parent))

    def _head_now(self, i: int) -> int:
        """Return the index among all heads of an old heading (-1 stays -1)."""
        return self.head_pairs[i] if i in self.head_pairs else self.gone_heads.get(i, -1)

    # --- order ---

    def _merge_order(self) -> list[tuple[Side, int]]:
        """Return units and headings of both sides in one order: the new one, what went put where it stood."""
        hidden = self.matching.splits.keys()
        spine = [item for item in self.after.order if item not in hidden]
        place = {item: at for at, item in enumerate(spine)}
        fixed = self._fixed(place)
        slots: dict[int, list[int]] = {}
        last, run = -1, []
        for item in [*self.before.order, None]:
            at = len(spine) if item is None else fixed.get(item)
            if at is None:
                if item is not None and not self._is_kept(item):
                    run.append(item)
                continue
            split = next((n for n, one in enumerate(run) if one < 0), len(run))
            slots.setdefault(last + 1, []).extend(run[:split])
            slots.setdefault(self._before_new_heads(spine, at), []).extend(run[split:])
            last, run = at, []
        merged: list[tuple[Side, int]] = []
        for at in range(len(spine) + 1):
            merged += [("old", item) for item in slots.get(at, ())]
            merged += [("new", spine[at])] if at < len(spine) else []
        return merged

    def _is_kept(self, item: int) -> bool:
        """Tell whether an old unit or heading stands in a row or heading of the new text."""
        if item < 0:
            return -1 - item in self.head_pairs
        return item in self.matching.pairs or item in self.matching.merges

    def _fixed(self, place: Mapping[int, int]) -> dict[int, int]:
        """Return old units and headings that kept their order → their place in the new one."""
        spots = {item: at for at, item in enumerate(self.before.order)}
        pairs = [
            (spots[i], place[j], 1000.0)
            for i, j in self.matching.pairs.items()
            if i not in self.matching.moved and j in place
        ]
        pairs += [(spots[-1 - i], place[-1 - j], 1.0) for i, j in self.head_pairs.items()]
        chain = find_chain(pairs)
        return {self.before.order[spot]: at for spot, at in chain.items()}

    def _before_new_heads(self, spine: Sequence[int], at: int) -> int:
        """Return the place before headings that are new and lead to `at`, so that nothing old slips under them."""
        while at > 0 and at <= len(spine) and spine[at - 1] < 0 and self.heads[-1 - spine[at - 1]].old is None:
            at -= 1
        return at


def _pair_heads(before: Cut, after: Cut, pairs: Mapping[int, int]) -> dict[int, int]:
    """Pair headings: of the same words first, then by likeness of words and the share of units that went along."""
    along = Counter((before.units[i].head, after.units[j].head) for i, j in pairs.items())
    sizes_old = Counter(unit.head for unit in before.units)
    sizes_new = Counter(unit.head for unit in after.units)
    ranked = []
    for i, ours in enumerate(before.divisions):
        for j, theirs in enumerate(after.divisions):
            if ours.block.form != theirs.block.form and not along[i, j]:
                continue
            share = along[i, j] / max(sizes_old[i], sizes_new[j], 1)
            like = _likeness(fold(ours.block.title), fold(theirs.block.title))
            if like >= 0.5 or share >= 0.5:
                ranked.append((-like - share, abs(i - j), i, j))
    chosen: dict[int, int] = {}
    for _, _, i, j in sorted(ranked):
        if i not in chosen and j not in chosen.values():
            chosen[i] = j
    return chosen


def _likeness(ours: str, theirs: str) -> float:
    if ours == theirs:
        return 1.0
    return 2 * len(set(ours) & set(theirs)) / max(len(set(ours)) + len(set(theirs)), 1)


# --- lineage ---------------------------------------------------------------------------------


def lineage(redline: Redline) -> dict[str, str | None]:
    """Return for every anchor of the old text the anchor that holds its words now, or None if it went."""
    found: dict[str, str | None] = {}
    for head in redline.heads:
        if head.old and head.old.anchor:
            found[head.old.anchor] = head.new.anchor if head.new else None
    for row in redline.rows:
        found.update(_trace_row(row))
    return found


def _trace_row(row: Row) -> Iterator[tuple[str, str | None]]:
    """Yield (old anchor, new anchor) for the units and lines of a row."""
    fallback = row.new[0].anchor if row.new else row.kin[0].anchor if row.kin else None
    shared = _share_lines(row)
    units_new = [unit.anchor for unit in row.new for _ in unit.lines]
    anchors_new = [line.anchor for unit in row.new for line in unit.lines]
    at = 0
    for unit in row.old:
        weights: Counter[str] = Counter()
        for offset, line in enumerate(unit.lines):
            counts = shared.get(at + offset, Counter())
            for there, count in counts.items():
                weights[units_new[there]] += count
            best = max(counts, key=lambda there: (counts[there], -there), default=None)
            if line.anchor and offset:
                yield line.anchor, (anchors_new[best] or units_new[best]) if best is not None else fallback
        if unit.anchor:
            yield unit.anchor, (weights.most_common(1)[0][0] if weights else fallback) or None
        at += len(unit.lines)


def _share_lines(row: Row) -> dict[int, Counter[int]]:
    """Return how many characters each old line shares with each new line."""
    shared: dict[int, Counter[int]] = {}
    ours = theirs = 0
    for piece in row.pieces:
        if piece.kind != "changed" and piece.old.count("\n") == piece.new.count("\n"):
            for offset, text in enumerate(piece.old.split("\n")):
                if text:
                    shared.setdefault(ours + offset, Counter())[theirs + offset] += len(text)
        ours += piece.old.count("\n")
        theirs += piece.new.count("\n")
    return shared
