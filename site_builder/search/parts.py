"""The text of an entry in parts of about two thousand characters: what a posting means, and what a phrase is checked on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from site_builder.search.entries import Entry, Line
from site_builder.search.normalising import normalise, normalise_all
from site_builder.search.postings import BREAK

PART = 2048
TAIL = 31
"""Normalised characters of the next part that each part repeats, so that no phrase up to one more is lost at a cut."""
_SENTENCE = re.compile(r"[^。；\n]{1,1500}[。；]?")
_BLANKS = re.compile(r"[\t\r\n]+")

Part = list[Line]


def cut_parts(lines: Iterable[Line]) -> list[Part]:
    """Return lines in parts of about PART characters each, at least one; long lines are cut between sentences."""
    short: Part = []
    for line in lines:
        if len(line[2]) > PART or _BLANKS.search(line[2]):
            short += _shorten(line)
        else:
            short.append(line)
    total = sum(len(text) for _, _, text in short)
    target = total / max(1, round(total / PART))
    parts: list[Part] = [[]]
    size, filled, anchor, label = 0, target, "", ""
    for own_anchor, own_label, text in short:
        begins = size >= filled - 1
        if begins:
            parts.append([])
            filled += target
        if own_anchor:
            anchor, label = own_anchor, own_label
        carried = begins and not own_anchor
        parts[-1].append((anchor, label, text) if carried else (own_anchor, own_label, text))
        size += len(text)
    return _add_tails(parts)


def _shorten(line: Line) -> Iterator[Line]:
    anchor, label, text = line
    text = _BLANKS.sub(" ", text)
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


def _add_tails(parts: list[Part]) -> list[Part]:
    following = (
        [[line for part in parts[at + 1 :] for line in part][:80] for at in range(len(parts))] if parts[1:] else [[]]
    )
    return [part + _tail(after) for part, after in zip(parts, following, strict=True)]


def _tail(lines: Sequence[Line]) -> Part:
    tail, missing = [], TAIL
    for anchor, label, text in lines:
        if missing <= 0:
            break
        size = 2 * missing
        while (held := len(normalise(text[:size]))) < missing and size < len(text):
            size *= 2
        tail.append((anchor, label, text[:size]))
        missing -= held
    return tail


def write_part(part: Part) -> str:
    """Return the text of a part as its file holds it: a line for each of its lines, anchor, label and text."""
    return "\n".join(["\t".join(line) for line in part])


def normalise_entries(entries: Sequence[Entry], parts: Sequence[Sequence[Part]]) -> tuple[list[str], list[str]]:
    """Return the normalised text of every part, headed in the first of an entry by title, number and names; and those heads."""
    names = [[entry.title, entry.number, *entry.names] for entry in entries]
    told = iter(normalise_all(name for group in names for name in group))
    heads = [BREAK.join(name for name in [next(told) for _ in group] if name) for group in names]
    bodies = iter(normalise_all("".join([text for _, _, text in part]) for own in parts for part in own))
    units = []
    for head, own in zip(heads, parts, strict=True):
        units.append(head + BREAK + next(bodies))
        units += [next(bodies) for _ in own[1:]]
    return units, heads
