"""工会组织: the tree of unions, and a page for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Day

from site_builder.model import Library
from site_builder.pages.towns import Town, list_towns
from site_builder.records import Guide, Union, Venue
from site_builder.render import Theme
from site_builder.values import GeneratedFile

UNIONS = ("工会组织", "unions/")
KIND_WORDS = {"county": "县级", "township": "乡镇街道", "industry": "行业", "grassroots": "基层"}
_KIND_ORDER = list(KIND_WORDS)
TERM_WARNING_DAYS = 90


@dataclass(frozen=True, slots=True)
class Node:
    """One union with those below it, and how many there are in all."""

    union: Union
    children: tuple[Node, ...]

    @property
    def below(self) -> int:
        """Return the number of unions below this one."""
        return sum(1 + child.below for child in self.children)

    @property
    def groups(self) -> list[tuple[str, list[Node]]]:
        """Return (kind, those just below of that kind), townships first."""
        kinds = {kind: [child for child in self.children if child.union.kind == kind] for kind in KIND_WORDS}
        return [(KIND_WORDS[kind], nodes) for kind, nodes in kinds.items() if nodes]


@dataclass(frozen=True, slots=True)
class Term:
    """Where a union stands in its term: status class and word, and the last day."""

    status: str
    word: str
    end: Day


def grow_tree(unions: Iterable[Union]) -> tuple[Node, ...]:
    """Return the roots with all below them; a union in a ring, or under one that is not shown, stands as a root."""
    known = {one.id: one for one in unions}
    below: dict[str | None, list[Union]] = defaultdict(list)
    for one in known.values():
        below[one.parent if one.parent in known else None].append(one)

    def grow(one: Union, seen: frozenset[str]) -> Node:
        inner = seen | {one.id}
        return Node(one, tuple(grow(child, inner) for child in _sort(below[one.id]) if child.id not in inner))

    roots = [grow(one, frozenset()) for one in _sort(below[None])]
    reached = {union.id for root in roots for union in _walk(root)}
    for one in _sort(known.values()):
        if one.id not in reached:
            roots.append(grow(one, frozenset(reached)))
            reached |= {union.id for union in _walk(roots[-1])}
    return tuple(roots)


def _walk(node: Node) -> Iterator[Union]:
    yield node.union
    for child in node.children:
        yield from _walk(child)


def _sort(unions: Iterable[Union]) -> list[Union]:
    return sorted(unions, key=lambda one: (_KIND_ORDER.index(one.kind), -(one.members or 0), one.id))


def judge_term(union: Union, today: Day) -> Term | None:
    """Return where a union stands in its term, or None when its end is not known."""
    if union.term_end is None:
        return None
    left = (union.term_end - today).days
    if left < 0:
        return Term("end", "已届满", union.term_end)
    if left <= TERM_WARNING_DAYS:
        return Term("warn", "即将换届", union.term_end)
    return Term("ok", "任期内", union.term_end)


def list_parents(library: Library, union: Union) -> list[Union]:
    """Return the unions above, the highest first; a ring is cut."""
    above: list[Union] = []
    current: Union | None = union
    while current and current.parent:
        found = library.get("unions", current.parent)
        current = found if isinstance(found, Union) and found not in above and found != union else None
        if current:
            above.insert(0, current)
    return above


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the tree, and a page for each union."""
    unions, venues = theme.library.all(Union), theme.library.all(Venue)
    yield theme.page(
        "unions/",
        "unions.html",
        title="工会组织",
        current="interact",
        crumbs=[("工会组织", "")],
        roots=grow_tree(unions),
        kinds=[(KIND_WORDS[kind], sum(one.kind == kind for one in unions)) for kind in _KIND_ORDER[1:]],
        towns=_sort(one for one in unions if one.kind == "township"),
        total=len(unions),
        members=count_members(unions),
        terms={one.id: term for one in unions if (term := judge_term(one, theme.today)) and term.status != "ok"},
    )
    towns = list_towns(unions, venues)
    for root in grow_tree(unions):
        yield from _branch(theme, root, venues, towns)


def count_members(unions: Iterable[Union]) -> int | None:
    """Return the members of the county: its own figure, or None, since sums over the tree count people twice."""
    return next((one.members for one in unions if one.kind == "county" and one.members), None)


def _branch(theme: Theme, node: Node, venues: list[Venue], towns: Sequence[Town]) -> Iterator[GeneratedFile]:
    union = node.union
    above = list_parents(theme.library, union)
    yield theme.page(
        union.url,
        "union.html",
        title=union.title,
        current="interact",
        crumbs=[UNIONS, *((one.short or one.title, one.url) for one in above), (union.short or union.title, "")],
        record=union,
        union=union,
        kind=KIND_WORDS[union.kind],
        parent=above[-1] if above else None,
        node=node,
        term=judge_term(union, theme.today),
        venues=[venue for venue in venues if venue.union == union.id],
        town=next((town for town in towns if town.union == union), None),
        joining=next((guide for guide in theme.library.all(Guide) if guide.form == "membership"), None),
    )
    for child in node.children:
        yield from _branch(theme, child, venues, towns)
