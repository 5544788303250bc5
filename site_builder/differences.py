"""Compare two texts of Chinese documents and say, in pieces that read well, what went and what came. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal, NamedTuple
from unicodedata import category, normalize

PieceKind = Literal["same", "marks", "changed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of both texts: the same, different in punctuation or width only, or changed (either may be empty)."""

    kind: PieceKind
    old: str
    new: str


# --- tokens: what is never split -------------------------------------------------------------

_NUMERALS = "〇○零一二三四五六七八九十百千万亿两"
_ATOM = re.compile(
    rf"""
      《[^《》\n]{{1,60}}》
    | [^\W\d_的和与及或据照按由在于以对将从经]{{0,8}}[〔\[][12]\d{{3}}[〕\]]第?\d+号
    | 第[{_NUMERALS}\d]+[编章节条款项号]
    | \d{{4}}年(?:\d{{1,2}}月(?:\d{{1,2}}日)?)?
    | 百分之
    | \d+(?:[.,，．:：]\d+)*[%％‰]?
    | [{_NUMERALS}]+
    | [A-Za-zＡ-Ｚａ-ｚ]+
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_KEPT_SIGNS = frozenset("%‰")


class _Token(NamedTuple):
    """A word that stays whole, as written and as compared, and the punctuation and space after it."""

    text: str
    key: str
    tail: str


def _is_mark(character: str) -> bool:
    return category(character)[0] in "PZC" and character not in _KEPT_SIGNS


def fold(text: str) -> str:
    """Return `text` without punctuation, space and differences of width."""
    if text.isalnum():
        return normalize("NFKC", text)
    return "".join(one for one in normalize("NFKC", text) if not _is_mark(one))


def _key(atom: str) -> str:
    if atom[0].isdecimal() and len(atom) > 1:  # 1.5 is not 15, but 1,000 is 1000
        return normalize("NFKC", atom).replace(",", "")
    return fold(atom)


def _read_tokens(text: str) -> list[_Token]:
    """Return the tokens of a text; the first holds the punctuation that the text begins with, often none."""
    tokens, text_key, tail = [], ("", ""), ""
    for match in _ATOM.finditer(text):
        atom = match[0]
        if key := _key(atom):
            tokens.append(_Token(*text_key, tail))
            text_key, tail = (atom, key), ""
        else:
            tail += atom
    tokens.append(_Token(*text_key, tail))
    return tokens


def _write(tokens: Iterable[_Token]) -> str:
    return "".join(token.text + token.tail for token in tokens)


# --- from tokens to edits --------------------------------------------------------------------


@dataclass(slots=True)
class _Edit:
    """Old tokens a:b that became new tokens c:d; between edits all is equal."""

    a: int
    b: int
    c: int
    d: int

    @property
    def size(self) -> int:
        return max(self.b - self.a, self.d - self.c)


MAX_TOKENS = 2000
"""Above this on either side, sentences are compared first: token by token the time would grow with the square."""


def _diff(old: Sequence[str], new: Sequence[str]) -> Iterator[_Edit]:
    a = c = 0
    for start, start_new, length in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        if start > a or start_new > c:
            yield _Edit(a, start, c, start_new)
        a, c = start + length, start_new + length


def _find_edits(old: Sequence[_Token], new: Sequence[_Token]) -> list[_Edit]:
    if max(len(old), len(new)) <= MAX_TOKENS:
        return list(_diff([token.key for token in old], [token.key for token in new]))
    ours, theirs = _cut_sentences(old), _cut_sentences(new)
    edits: list[_Edit] = []
    for rough in _diff(_keys(old, ours), _keys(new, theirs)):
        a, b, c, d = ours[rough.a], ours[rough.b], theirs[rough.c], theirs[rough.d]
        if max(b - a, d - c) > MAX_TOKENS:
            edits.append(_Edit(a, b, c, d))
            continue
        fine = _diff([token.key for token in old[a:b]], [token.key for token in new[c:d]])
        edits.extend(_Edit(a + one.a, a + one.b, c + one.c, c + one.d) for one in fine)
    return edits


def _cut_sentences(tokens: Sequence[_Token]) -> list[int]:
    """Return where sentences begin, and the end."""
    ends = [at + 1 for at, token in enumerate(tokens) if not _STOPS.isdisjoint(token.tail) and at + 1 < len(tokens)]
    return [0, *ends, len(tokens)]


def _keys(tokens: Sequence[_Token], cuts: Sequence[int]) -> list[str]:
    return ["".join(token.key for token in tokens[a:b]) for a, b in pairwise(cuts)]


_STOPS = frozenset("。；，：\n")
MAX_ISLAND = 6
"""An equal run longer than this between two edits is always worth showing."""


def _is_island(length: int, before: _Edit, after: _Edit) -> bool:
    """Tell whether an equal run is too short to help a reader between two edits."""
    return length <= 1 or (length <= MAX_ISLAND and length <= min(before.size, after.size))


def _join_islands(edits: list[_Edit], old: Sequence[_Token]) -> list[_Edit]:
    """Join edits with only an island between them, until none is left."""
    while True:
        joined: list[_Edit] = []
        for edit in edits:
            last = joined[-1] if joined else None
            if last and _is_island(sum(len(token.key) for token in old[last.b : edit.a]), last, edit):
                joined[-1] = _Edit(last.a, edit.b, last.c, edit.d)
            else:
                joined.append(edit)
        if len(joined) == len(edits):
            return joined
        edits = joined


_BREAKS = {"\n": 4, "。": 3, "；": 3, "：": 3, "，": 2, "、": 1, "”": 1, "）": 1}


def _weigh(tokens: Sequence[_Token], start: int, end: int) -> int:
    """Return how well a stretch of tokens begins and ends at punctuation."""
    before = _BREAKS.get(tokens[start - 1].tail[-1:], 0) if start > 1 else 4
    return before + (_BREAKS.get(tokens[end - 1].tail[-1:], 0) if end < len(tokens) else 4)


def _slide(edit: _Edit, low: int, high: int, old: Sequence[_Token], new: Sequence[_Token]) -> None:
    """Move a pure insertion or removal along equal tokens to where it begins and ends at punctuation."""
    tokens, start, end = (new, edit.c, edit.d) if edit.a == edit.b else (old, edit.a, edit.b)
    steps, at, size = [], start, end - start
    while at - low > 0 and tokens[at - 1].key == tokens[at + size - 1].key:
        at -= 1
    while True:
        steps.append((_weigh(tokens, at, at + size), -abs(at - start), at))
        if at + size >= high or tokens[at].key != tokens[at + size].key:
            break
        at += 1
    shift = max(steps)[2] - start
    edit.a, edit.b, edit.c, edit.d = edit.a + shift, edit.b + shift, edit.c + shift, edit.d + shift


def _slide_all(edits: list[_Edit], old: Sequence[_Token], new: Sequence[_Token]) -> None:
    for index, edit in enumerate(edits):
        pure_new, pure_old = edit.a == edit.b, edit.c == edit.d
        if pure_new or pure_old:
            before = edits[index - 1] if index else _Edit(0, 1, 0, 1)  # the first token stays first
            after = edits[index + 1] if index + 1 < len(edits) else _Edit(len(old), 0, len(new), 0)
            low, high = (before.d, after.c) if pure_new else (before.b, after.a)
            _slide(edit, low, high, old, new)


# --- from edits to pieces --------------------------------------------------------------------

MIN_KEPT = 0.25
"""Share of the shorter text that must have stayed; below it a text was written anew and is shown whole, not in crumbs."""


def compare_texts(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces of two texts; their `old` joined is the old text, their `new` joined the new one."""
    if old == new:
        return (Piece("same", old, new),) if old else ()
    before, after = _read_tokens(old), _read_tokens(new)
    edits = _join_islands(_find_edits(before, after), before)
    _slide_all(edits, before, after)
    pieces: list[Piece] = []
    a = c = 0
    for edit in edits:
        pieces.extend(_read_equal(before[a : edit.a], after[c : edit.c]))
        pieces.append(Piece("changed", _write(before[edit.a : edit.b]), _write(after[edit.c : edit.d])))
        a, c = edit.b, edit.d
    pieces.extend(_read_equal(before[a:], after[c:]))
    if len(edits) > 1 and _kept_share(pieces, old, new) < MIN_KEPT:
        return (Piece("changed", old, new),)
    return tuple(_tidy(pieces))


def _kept_share(pieces: Sequence[Piece], old: str, new: str) -> float:
    kept = sum(len(piece.old) for piece in pieces if piece.kind != "changed")
    return kept / max(min(len(old), len(new)), 1)


def _read_equal(old: Sequence[_Token], new: Sequence[_Token]) -> Iterator[Piece]:
    """Yield the pieces of two runs of tokens that are equal but for marks."""
    for before, after in zip(old, new, strict=True):
        for ours, theirs in ((before.text, after.text), (before.tail, after.tail)):
            if ours or theirs:
                yield Piece("same" if ours == theirs else "marks", ours, theirs)


def _tidy(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join neighbours of one kind, take marks beside a change into it, and cut equal marks off its ends."""
    whole: list[Piece] = []
    for piece in pieces:
        last = whole[-1] if whole else None
        if last and (last.kind == piece.kind or "same" not in (last.kind, piece.kind)):
            kind: PieceKind = piece.kind if piece.kind == last.kind else "changed"
            whole[-1] = Piece(kind, last.old + piece.old, last.new + piece.new)
        else:
            whole.append(piece)
    parts = [part for piece in whole for part in _trim(piece)]
    for index, part in enumerate(parts):
        if part.kind == "same" and index and parts[index - 1].kind == "same":
            parts[index] = Piece("same", parts[index - 1].old + part.old, parts[index - 1].new + part.new)
            parts[index - 1] = Piece("same", "", "")
    yield from (part for part in parts if part.old or part.new)


_PARTNERS = dict(zip("（(“〔[【）)”〕]】", "）)”〕]】（(“〔[【", strict=True))


def _may_cut(mark: str, old: str, new: str) -> bool:
    """Tell whether a mark that both sides share at one end may leave the change: 《》 and halves of a pair stay."""
    partner = _PARTNERS.get(mark)
    return _is_mark(mark) and mark not in "《》" and not (partner and (partner in old or partner in new))


def _trim(piece: Piece) -> Iterator[Piece]:
    old, new = piece.old, piece.new
    if piece.kind == "same" or not (old and new):
        yield piece
        return
    start = 0
    while old and new and old[0] == new[0] and _may_cut(old[0], old, new):
        old, new, start = old[1:], new[1:], start + 1
    end = 0
    while old and new and old[-1] == new[-1] and _may_cut(old[-1], old, new):
        old, new, end = old[:-1], new[:-1], end + 1
    yield Piece("same", piece.old[:start], piece.new[:start])
    yield Piece(piece.kind, old, new)
    yield Piece("same", piece.old[len(piece.old) - end :], piece.new[len(piece.new) - end :])


def ignore_marks(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces with those that differ in punctuation or width only counted as the same."""
    whole: list[Piece] = []
    for piece in pieces:
        if piece.kind != "changed" and whole and whole[-1].kind == "same":
            whole[-1] = Piece("same", whole[-1].old + piece.old, whole[-1].new + piece.new)
        else:
            whole.append(piece if piece.kind == "changed" else Piece("same", piece.old, piece.new))
    return tuple(whole)
