"""Forms on paper: short answers two to a line, long ones over the whole width, people and dates as lists with a head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from flask import Response

from forms_api.casefiles import Group, Shown
from forms_api.review import frame

SHORT = 15
"""Characters of an answer that half a line of A4 takes."""
LATIN = 0x2E7F
"""The last code of what is written narrow."""
COLUMNS = 6
"""Columns of a list that A4 takes; what is asked of each person beyond that stands as a small form of its own."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a form: each line one or two answers; or, with a head, a list whose cells are plain words."""

    caption: str
    lines: tuple[tuple[Shown, ...], ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def lay_out(groups: Iterable[Group]) -> Iterator[Table]:
    """Yield the tables of the answers of a case in the order of the form; those about each person follow the rest of a step."""
    for group in groups:
        yield fill_in(group.title, (one for one in group.rows if not one.item))
        parts = (part for part in group.parts() if part[0])
        for name, several in groupby(parts, lambda part: part[0].rpartition(" ")[0]):
            yield from _list_items(name, list(several))


def fill_in(caption: str, answers: Iterable[Shown]) -> Table:
    """Return a table to which short answers are put in pairs."""
    lines: list[tuple[Shown, ...]] = []
    waiting: tuple[Shown, ...] = ()
    for one in answers:
        if measure(one.words) > SHORT:
            lines += [waiting, (one,)] if waiting else [(one,)]
            waiting = ()
        elif waiting:
            lines.append((*waiting, one))
            waiting = ()
        else:
            waiting = (one,)
    return Table(caption, (*lines, waiting) if waiting else tuple(lines))


def measure(words: str) -> float:
    """Return how long words are on paper, in Chinese characters; digits and letters take half the room of one."""
    return sum(1 if ord(one) > LATIN else 0.5 for one in words)


def draw_form(title: str, number: str, note: str, tables: Iterable[Table], signs: tuple[str, ...]) -> Response:
    """Answer with a form to print: `signs` are the opinions that are signed by hand at its end."""
    filled = [one for one in tables if one.lines or one.rows]
    return frame.page("paper.html", title, number=number, note=note, tables=filled, signs=signs)


def _list_items(name: str, parts: list[tuple[str, tuple[Shown, ...]]]) -> Iterator[Table]:
    """Yield the answers about several people as one list, or as a small form for each where it would be too wide."""
    head = tuple(dict.fromkeys(one.label for _, answers in parts for one in answers))
    if len(head) > COLUMNS:
        yield from (fill_in(item, answers) for item, answers in parts)
        return
    told = [{one.label: one.words for one in answers} for _, answers in parts]
    yield Table(name, head=head, rows=tuple(tuple(one.get(label, "—") for label in head) for one in told))
