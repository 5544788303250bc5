"""Lists of honours by year, level, title, industry and unit, alone and in pairs, as plain links with counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Literal, cast, get_args

from site_builder.awards import Award
from site_builder.records import Level

Dimension = Literal["years", "levels", "titles", "industries", "employers"]
Pick = tuple[tuple[Dimension, str], ...]
"""What a list is limited to, in the order of the dimensions; empty for everything."""
Rolls = Mapping[Pick, Sequence[Award]]
Facet = tuple[str, list[tuple[str, str, int, bool]], str]
"""Heading, links as (label, address below the site root, how many stand, is here), and the label chosen."""

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
WORDS: dict[Dimension, str] = dict(zip(DIMENSIONS, ("年度", "级别", "称号", "行业", "单位"), strict=True))
PAIRS: frozenset[tuple[Dimension, Dimension]] = frozenset(
    {("years", "levels"), ("years", "industries"), ("levels", "industries")}
)
LEVEL_SLUGS: dict[Level, str] = {
    "全国": "national",
    "省级": "province",
    "市级": "city",
    "县级": "county",
    "基层": "grassroots",
}
_LEVELS = list(LEVEL_SLUGS)


def value_of(award: Award, dimension: Dimension) -> str:
    """Return the value of an award in one dimension, or nothing where none may be told."""
    batch = award.batch
    values = (str(batch.year), batch.level, batch.honour, award.industry, award.employer)
    return values[DIMENSIONS.index(dimension)]


def write_slug(dimension: Dimension, value: str) -> str:
    """Return the part of an address that means a value; it depends on nothing but the value."""
    if dimension == "years":
        return value
    return LEVEL_SLUGS[cast(Level, value)] if dimension == "levels" else sha256(value.encode()).hexdigest()[:8]


def roll_url(*pick: tuple[Dimension, str]) -> str:
    """Return the address of the list that is limited to `pick`."""
    return "honors/" + "".join(f"{name}/{write_slug(name, value)}/" for name, value in pick)


def roll_title(pick: Pick) -> str:
    """Return the title of a list."""
    words = [f"{value}年" if name == "years" else value for name, value in pick]
    if pick[-1][0] in ("years", "levels"):
        return "".join(words) + "荣誉"
    return words[0] if pick[0][0] == "titles" else "荣誉名单：" + " · ".join(words)


def sort_rolls(awards: Iterable[Award]) -> dict[Pick, list[Award]]:
    """Return the awards of every list, those of one dimension and those of the pairs that can be chosen."""
    rolls: dict[Pick, list[Award]] = {}
    for award in awards:
        for pick in _picks(award):
            rolls.setdefault(pick, []).append(award)
    return rolls


def _picks(award: Award) -> Iterator[Pick]:
    found = [(name, value) for name in DIMENSIONS if (value := value_of(award, name))]
    yield ()
    for first in found:
        yield (first,)
        yield from ((first, second) for second in found if (first[0], second[0]) in PAIRS)


def own_picks(rolls: Rolls) -> list[Pick]:
    """Return the lists that get a page: all of one dimension, and each pair that holds less than either part of it."""
    return sorted(pick for pick in rolls if pick and find_same(rolls, pick) == pick)


def find_same(rolls: Rolls, pick: Pick) -> Pick:
    """Return the shorter pick that holds the same awards, or `pick` itself."""
    singles: list[Pick] = [(one,) for one in pick] if len(pick) > 1 else []
    return next((one for one in singles if len(rolls[one]) == len(rolls[pick])), pick)


def list_facets(rolls: Rolls, here: Pick = ()) -> list[Facet]:
    """Return what a list can be limited to next, or switched to; a heading with nothing to choose is left out."""
    facets = [_facet(rolls, here, name) for name in DIMENSIONS]
    return [facet for facet in facets if len(facet[1]) > 1]


def _facet(rolls: Rolls, here: Pick, name: Dimension) -> Facet:
    rest: Pick = tuple(one for one in here if one[0] != name)
    chosen = dict(here).get(name, "")
    values = {value for award in rolls.get(rest, ()) if (value := value_of(award, name))}
    links = [_link(rolls, rest, (name, value), value == chosen) for value in sort_values(name, values)]
    links = [link for link in links if link[1]]
    if name not in ("years", "levels"):
        links.sort(key=lambda link: (-link[2], link[0]))
    if chosen and links:
        links.insert(0, ("全部", roll_url(*rest), count_standing(rolls[rest]), False))
    return WORDS[name], links, _label(name, chosen) if chosen else ""


def _link(rolls: Rolls, rest: Pick, part: tuple[Dimension, str], here: bool) -> tuple[str, str, int, bool]:
    pick: Pick = tuple(sorted((*rest, part), key=lambda one: DIMENSIONS.index(one[0])))
    url = roll_url(*find_same(rolls, pick)) if pick in rolls else ""
    return _label(*part), url, count_standing(rolls.get(pick, ())), here


def _label(name: Dimension, value: str) -> str:
    return f"{value}年" if name == "years" else value


def sort_values(name: Dimension, values: Iterable[str]) -> list[str]:
    """Return values in the order of a reader: the newest year and the highest level first."""
    if name == "levels":
        return sorted(values, key=lambda value: _LEVELS.index(cast(Level, value)))
    return sorted(values, reverse=name == "years")


def count_standing(awards: Iterable[Award]) -> int:
    """Return how many of these honours still stand."""
    return sum(award.holds for award in awards)
