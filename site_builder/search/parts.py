"""The text of an entry in parts of about three thousand characters: what a posting means, and what a phrase is checked on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from site_builder.search.entries import Entry, Line, split_lines, write_lines
from site_builder.search.normalising import normalise, normalise_all
from site_builder.search.postings import BREAK

PART = 3072
LONG = 5400
"""Characters, anchors and citations among them, up to which a text is one part."""
TAIL = 31
"""Normalised characters of the next part that each part repeats, so that no phrase up to one more is lost at a cut."""
_SENTENCE = re.compile(r"[^。；\n]{1,1500}[。；]?")


def cut_parts(text: str) -> list[str]:
    """Return lines, written by `write_lines`, in parts of about PART characters each, at least one."""
    if len(text) < LONG:
        return [text]
    return [write_lines(part) for part in _divide([own for line in split_lines(text) for own in _shorten(line)])]


def _divide(lines: Sequence[Line]) -> list[list[Line]]:
    total = sum([len(text) for _, _, text in lines])
    count = max(1, round(total / PART))
    target = total / count
    parts: list[list[Line]] = [[]]
    size, filled, anchor, label = 0, target, "", ""
    for own_anchor, own_label, text in lines:
        begins = size >= filled - 1 and len(parts) < count
        if begins:
            parts.append([])
            filled += target
        if own_anchor:
            anchor, label = own_anchor, own_label
        carried = begins and not own_anchor
        parts[-1].append((anchor, label, text) if carried else (own_anchor, own_label, text))
        size += len(text)
    return [part + _tail(parts[at + 1 :]) for at, part in enumerate(parts)]


def _shorten(line: Line) -> Iterator[Line]:
    """Yield a line, a long one cut between sentences."""
    anchor, label, text = line
    if len(text) <= PART:
        yield (anchor, label, text)
        return
    piece = ""
    for sentence in _SENTENCE.findall(text):
        if piece and len(piece) + len(sentence) > PART // 2:
            yield (anchor, label, piece)
            anchor, piece = "", ""
        piece += sentence
    yield (anchor, label, piece)


def _tail(parts: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the first lines of what follows, until they hold TAIL normalised characters."""
    tail: list[Line] = []
    missing = TAIL
    for anchor, label, text in (line for part in parts for line in part):
        if missing <= 0:
            break
        size = 2 * missing
        while (held := len(normalise(text[:size]))) < missing and size < len(text):
            size *= 2
        tail.append((anchor, label, text[:size]))
        missing -= held
    return tail


def read_text(part: str) -> str:
    """Return the words of a part run together, without anchors and labels."""
    return "".join([line[line.rfind("\t") + 1 :] for line in part.split("\n")])


def normalise_heads(names: Sequence[Sequence[str]]) -> list[str]:
    """Return the normalised names of each entry, a BREAK between them."""
    told = iter(normalise_all(name for group in names for name in group))
    return [BREAK.join([name for name in [next(told) for _ in group] if name]) for group in names]


def normalise_units(heads: Sequence[str], parts: Sequence[Sequence[str]]) -> list[str]:
    """Return the normalised text of every part of every entry, the first of each headed by its names."""
    bodies = iter(normalise_all([read_text(part) for own in parts for part in own]))
    return [
        head + BREAK + next(bodies) if at == 0 else next(bodies)
        for head, own in zip(heads, parts, strict=True)
        for at in range(len(own))
    ]


def normalise_entries(entries: Sequence[Entry], parts: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """Return the normalised text of every part, and the normalised names of every entry."""
    heads = normalise_heads([entry.names_all for entry in entries])
    return normalise_units(heads, parts), heads
