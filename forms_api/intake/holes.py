"""A page drawn once and cut at its holes, so that each answer is a few pieces of bytes put together."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

Key = tuple[str, date, str]
"""Version of the form, day, and which page."""


def mark(hole: str) -> str:
    """Return what stands in a page where a hole is to be."""
    return f"@@{hole.upper()}@@"


class CutPage:
    """A page in pieces."""

    def __init__(self, page: bytes, holes: tuple[str, ...]) -> None:
        """Cut a page at the marks of its holes."""
        pattern = "|".join(map(re.escape, map(mark, holes)))
        pieces = re.split(f"({pattern})".encode(), page)
        self._pieces = pieces
        self._places = [(at, pieces[at].decode().strip("@").lower()) for at in range(1, len(pieces), 2)]

    def fill(self, **values: str) -> bytes:
        """Return the page with a value in each hole; a value is markup and must have been escaped."""
        pieces = self._pieces.copy()
        for at, hole in self._places:
            pieces[at] = values[hole].encode()
        return b"".join(pieces)


class CutPages:
    """Pages in pieces by version, day and kind; safe to share between threads, since what is kept is only ever added to."""

    def __init__(self, most: int) -> None:
        """Keep so many at most: other days and other bundles are never asked for again."""
        self._most = most
        self._kept: dict[Key, CutPage] = {}

    def find(self, key: Key) -> CutPage | None:
        """Return a page that was drawn before."""
        return self._kept.get(key)

    def find_or_draw(self, key: Key, holes: tuple[str, ...], draw: Callable[[], bytes]) -> CutPage:
        """Return a page, drawn if it was not drawn before."""
        found = self._kept.get(key)
        if found is None:
            found = CutPage(draw(), holes)
            if len(self._kept) >= self._most:
                self._kept.clear()
            self._kept[key] = found
        return found
