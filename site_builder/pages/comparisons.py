"""Which policies have an older version on this site, what changed, and where each clause of the old one went."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from markupsafe import Markup, escape

from site_builder.differences import Piece, fold
from site_builder.records import Policy
from site_builder.redline import Counts, Redline, Row, compare, lineage
from site_builder.render import Theme

_compare = lru_cache(maxsize=128)(compare)


@dataclass(frozen=True)
class Comparison:
    """Two versions of a document on this site, and the page that shows what changed."""

    old: Policy
    new: Policy

    @property
    def url(self) -> str:
        """Return the address of the page, below that of the new version."""
        return f"{self.new.url}redline-{self.old.id}/"

    @property
    def redline(self) -> Redline:
        """Return what changed."""
        return _compare(self.old.body, self.new.body)

    @property
    def counts(self) -> Counts:
        """Return how many clauses changed."""
        return self.redline.counts

    @property
    def old_name(self) -> str:
        """Return what the page calls the old version."""
        return _name_versions(self.old, self.new)[0]

    @property
    def new_name(self) -> str:
        """Return what the page calls the new version."""
        return _name_versions(self.old, self.new)[1]

    @property
    def said(self) -> str:
        """Return the changes in one sentence."""
        return say_counts(self.counts)

    @property
    def fragment(self) -> tuple[Piece, ...]:
        """Return one short passage that shows a change, or () if no passage does."""
        return pick_fragment(self.redline)


# --- which pairs -------------------------------------------------------------------------------

_EDITION = re.compile(
    r"[（(【\[〔][^（）()]*(?:年|修订|修正|修改|试行|暂行|版)[^（）()]*[）)】\]〕]|试行|暂行|修订|新版"
)


def _subject(policy: Policy) -> str:
    return fold(_EDITION.sub("", policy.title))


def find_pairs(theme: Theme) -> Iterator[Comparison]:
    """Yield every pair of versions with full texts: replaced, or repealed or amended under the same title."""
    for policy in theme.library.all(Policy):
        yield from comparisons_of(theme, policy)


def comparisons_of(theme: Theme, policy: Policy) -> tuple[Comparison, ...]:
    """Return the comparisons of a policy with the versions that it took the place of."""
    olds: dict[str, Policy] = {}
    for name, reference in policy.relations.pairs():
        target = theme.library.resolve(reference)
        if isinstance(target, Policy) and _is_older(name, target, policy):
            olds.setdefault(target.id, target)
    return tuple(Comparison(old, policy) for old in olds.values())


def _is_older(relation: str, old: Policy, new: Policy) -> bool:
    if old.id == new.id or not (old.has_text and new.has_text):
        return False
    return relation == "replaces" or (relation in ("repeals", "amends") and _subject(old) == _subject(new))


def _name_versions(old: Policy, new: Policy) -> tuple[str, str]:
    names = _name_version(old), _name_version(new)
    return names if all(names) and names[0] != names[1] else ("旧文", "新文")


def _name_version(policy: Policy) -> str:
    if edition := re.search(r"[（(](\d{4}年(?:修订|修正|修改))[）)]", policy.title):
        return f"{edition[1]}版"
    day = policy.issued or policy.published
    return f"{day.year}年版" if day else ""


# --- in words ----------------------------------------------------------------------------------


def say_counts(counts: Counts) -> str:
    """Return counts as a sentence that leaves out what did not happen."""
    parts = ((counts.changed, "修改"), (counts.added, "新增"), (counts.removed, "删去"), (counts.moved, "移位"))
    said = "，".join(f"{word} {number} 条" for number, word in parts if number)
    return f"{said}。" if said else "文字没有改动。"


FRAGMENT = (16, 90)
"""Shortest and longest passage that a teaser shows, in characters of both texts."""


def pick_fragment(redline: Redline) -> tuple[Piece, ...]:
    """Return the passage that shows best what changed: a numbered clause, an amount or a term, middling length."""
    rows = [row for row in redline.rows if row.kind == "changed"]
    found = [(row.new[0].is_numbered, passage) for row in rows for passage in _passages(row)]
    return max(found, key=lambda one: (one[0], *_rate(one[1])), default=(False, ()))[1]


_NUMERAL = re.compile(r"[〇一二三四五六七八九十百千万\d]")


def _rate(passage: tuple[Piece, ...]) -> tuple[bool, bool, int, int]:
    size = sum(max(len(piece.old), len(piece.new)) for piece in passage)
    replaced = [piece for piece in passage if piece.kind == "changed" and piece.old and piece.new]
    fits = FRAGMENT[0] <= size <= FRAGMENT[1] and any(piece.kind == "same" for piece in passage)
    amounts = any(_NUMERAL.search(piece.old) and _NUMERAL.search(piece.new) for piece in replaced)
    return fits, amounts, min(len(replaced), 2), -abs(size - 50)


def _passages(row: Row) -> Iterator[tuple[Piece, ...]]:
    """Yield the stretches between full stops in which something changed; the stops inside a change do not cut."""
    passage: list[Piece] = []
    for piece in row.pieces:
        if piece.kind != "same":
            passage.append(piece)
            continue
        first, *rest = re.split(r"(?<=[。；\n])", piece.new)
        passage.append(Piece("same", first, first))
        for text in rest:
            if _has_change(passage):
                yield tuple(passage)
            passage = [Piece("same", text, text)]
    if _has_change(passage):
        yield tuple(passage)


def _has_change(passage: list[Piece]) -> bool:
    return any(piece.kind == "changed" for piece in passage)


# --- from the old text to the new --------------------------------------------------------------


@dataclass(frozen=True)
class Succession:
    """Where each clause of a replaced policy went."""

    comparison: Comparison

    @property
    def new(self) -> Policy:
        """Return the version that holds now."""
        return self.comparison.new

    @property
    def url(self) -> str:
        """Return the address of the comparison."""
        return self.comparison.url

    @cached_property
    def links(self) -> dict[str, tuple[str, str]]:
        """Return for each numbered unit of the old text what its link says and where it leads, below the site root."""
        names = {unit.anchor: unit.name for row in self.comparison.redline.rows for unit in row.new}
        went = lineage(self.comparison.redline)
        links = {}
        for unit in (unit for row in self.comparison.redline.rows for unit in row.old if unit.is_numbered):
            anchor = went.get(unit.anchor)
            if anchor in names:
                links[unit.anchor] = (f"新文{names[anchor]}", f"{self.new.url}#{anchor}")
            else:
                links[unit.anchor] = ("新文没有这一条", f"{self.url}#old-{unit.anchor}")
        return links

    def mark(self, html: Markup, root: str) -> Markup:
        """Return the body of the old policy with a link behind each clause that says where it went."""

        def add(match: re.Match[str]) -> str:
            if match[1] not in self.links:
                return match[0]
            said, url = self.links[match[1]]
            return f'{match[0]}<a class="went" href="{escape(root + url)}">{escape(said)}</a>'

        return Markup(_CLAUSE.sub(add, html))  # noqa: S704  # the body is Markup already, what is added is escaped


_CLAUSE = re.compile(r'<p\b[^>]*\bid="([^"]+)"[^>]*>.*?(?=</p>)', re.DOTALL)


def succession_of(theme: Theme, policy: Policy) -> Succession | None:
    """Return where the clauses of a policy went, or None while no version with a full text follows it here."""
    heirs = [one for _, one in theme.library.incoming(policy) if isinstance(one, Policy)]
    pairs = [pair for heir in heirs for pair in comparisons_of(theme, heir) if pair.old.id == policy.id]
    latest = max(pairs, key=lambda pair: (str(pair.new.published or ""), pair.new.id), default=None)
    return Succession(latest) if latest else None
