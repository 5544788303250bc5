"""A comparison of two versions as lines for a terminal. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from site_builder.differences import Piece
from site_builder.redline import Counts, Redline, Row, RowKind

_WORDS: dict[RowKind, str] = {"changed": "修改", "added": "新增", "removed": "删去", "same": "文字未变"}


def write_text(redline: Redline) -> Iterator[str]:
    """Yield the lines of a comparison for a terminal: what went as [-…-], what came as {+…+}; nothing of what stayed."""
    for item in redline.order:
        if item < 0:
            head = redline.heads[-1 - item]
            if any(piece.kind != "same" for piece in head.pieces):
                yield f"标题　{_mark(head.pieces)}"
            continue
        row = redline.rows[item]
        if row.is_untouched and not row.renumbered:
            continue
        yield f"{_name_row(row)}　{_WORDS[row.kind]}{'，移位' if row.moved else ''}"
        if row.kind != "same":
            yield from (f"    {line}" for line in _mark(row.pieces).split("\n"))
    yield _sum_up(redline.counts)


def _name_row(row: Row) -> str:
    before, after = ("、".join(unit.name for unit in side) for side in (row.old, row.new))
    return before or after if before == after or not (before and after) else f"{before} → {after}"


def _mark(pieces: Sequence[Piece]) -> str:
    """Return pieces as one text with marks; a mark never spans a line end, so that each line stands alone."""

    def wrap(text: str, begin: str, end: str) -> str:
        return "\n".join(f"{begin}{part}{end}" if part else "" for part in text.split("\n"))

    return "".join(
        piece.new if piece.kind == "same" else wrap(piece.old, "[-", "-]") + wrap(piece.new, "{+", "+}")
        for piece in pieces
    )


def _sum_up(counts: Counts) -> str:
    said = f"修改 {counts.changed} 条，新增 {counts.added} 条，删去 {counts.removed} 条，文字未变 {counts.same} 条"
    more = f"；移位 {counts.moved} 条，换条号 {counts.renumbered} 条，只改标点 {counts.marks} 条"
    return f"{said}{more if counts.moved or counts.renumbered or counts.marks else ''}。"
