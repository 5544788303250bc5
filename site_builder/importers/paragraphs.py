"""Lines that were cut at a fixed width (a page, a mail program) joined to paragraphs again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from site_builder.importers.common import NUMERAL, Line, Notes

_STARTS = re.compile(
    rf"[（(]?[一二三四五六七八九十]{{1,3}}[)）、]|[（(]?\d{{1,2}}[)）.．、](?!\d)|第[{NUMERAL}]+[章节条编]|附件|[（(]此件|抄送|[-*|#]"
)
_ENDS = re.compile(r"[。！？；：”）](?:\s*)$")


def width(text: str) -> int:
    """Return how wide a line is on paper: 2 for a Chinese character or mark, 1 for anything else."""
    return sum(2 if ord(char) > 0x2E7F or char in "“”‘’…—·" else 1 for char in text.strip())


def is_wrapped(lines: Sequence[Line]) -> bool:
    """Tell whether the lines look cut at a fixed width: most of the long ones end in the middle of a sentence."""
    widths = [width(line.text) for line in lines if not line.raw]
    widest = max(widths, default=0)
    if not 20 <= widest <= 120:
        return False
    full = [
        line for line, size in zip((one for one in lines if not one.raw), widths, strict=True) if size >= 0.85 * widest
    ]
    return len(full) >= 3 and sum(_ENDS.search(line.text) is None for line in full) > len(full) / 2


def join_wrapped(lines: Sequence[Line], notes: Notes) -> list[Line]:
    """Return paragraphs made of lines cut at a fixed width; Chinese lines are joined without a space."""
    widest = max((width(line.text) for line in lines if not line.raw), default=0)
    joined: list[Line] = []
    before = ""
    count = 0
    for line in lines:
        full = width(before) >= 0.85 * widest and _ENDS.search(before) is None
        if joined and not line.gap and not line.raw and full and not _STARTS.match(line.text.strip()):
            joined[-1] = joined[-1].with_text(_join(joined[-1].text, line.text))
            count += 1
        else:
            joined.append(line)
        before = "" if line.raw or line.level else line.text
    if count:
        notes.repair(joined[0].number, "接行", f"把 {count} 处按版面折断的行接成整段，请核对分段。")
    return joined


def _join(first: str, second: str) -> str:
    first, second = first.rstrip(), second.lstrip()
    space = " " if re.search(r"[A-Za-z0-9]$", first) and re.match(r"[A-Za-z]", second) else ""
    return first + space + second
