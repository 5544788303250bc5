"""服务阵地: the directory of venues with its map, a page for each township, and a page for each venue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from site_builder.model import Library
from site_builder.pages.maps import Map, draw_map
from site_builder.pages.opening_hours import OpeningHours, read_hours
from site_builder.pages.towns import KINDS, Town, list_towns, sort_venues
from site_builder.records import Event, Guide, Union, Venue
from site_builder.render import Theme
from site_builder.values import GeneratedFile

VENUES = ("服务阵地", "venues/")
FAMILIES: dict[str, tuple[str, ...]] = {
    "办事窗口": ("职工服务中心", "帮扶工作站", "法律援助工作站"),
    "户外劳动者服务站点": ("户外劳动者服务站点",),
    "文化、学习和关爱": ("工人文化宫", "职工书屋", "职工学校", "母婴关爱室"),
}
"""The kinds of venue that share a mark on the map: a square, a circle, a diamond."""
SHAPES = dict(zip(FAMILIES, ("square", "circle", "diamond"), strict=True))
MARK = 11.0
DOT = 7.0
"""Radius that names keep clear of on the map of one venue, where the others are dots in their places."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One venue of a list: its number there and on the map, the shape of its mark, and its hours where they are understood."""

    number: int
    venue: Venue
    shape: str
    hours: OpeningHours | None


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the directory, its townships, and the venues."""
    venues = theme.library.all(Venue)
    towns = list_towns(theme.library.all(Union), venues)
    yield _directory(theme, venues, towns)
    for town in towns:
        yield _town(theme, town, towns)
    whole = map_venues(venues, as_dots=True)
    for venue in venues:
        yield _venue(theme, venue, whole, towns)


def number_venues(venues: Iterable[Venue]) -> list[Entry]:
    """Return venues as they are listed, numbered from 1."""
    shapes = {kind: SHAPES[family] for family, kinds in FAMILIES.items() for kind in kinds}
    ordered = enumerate(sort_venues(venues), 1)
    return [Entry(number, one, shapes[one.kind], read_hours(one.hours)) for number, one in ordered]


def map_venues(venues: Iterable[Venue], *, as_dots: bool = False) -> Map | None:
    """Return the map of those venues whose coordinates are known, with the names of their townships."""
    known = {one.id: one.coordinates for one in venues if one.coordinates}
    towns: dict[str, list[str]] = defaultdict(list)
    for one in venues:
        if one.township and one.id in known:
            towns[one.township].append(one.id)
    return draw_map(known, towns, DOT if as_dots else MARK, apart=not as_dots)


def tell_map(venues: Sequence[Venue]) -> str:
    """Return the map in words: how many places lie in which township."""
    towns: dict[str, int] = defaultdict(int)
    for one in venues:
        if one.coordinates:
            towns[one.township or "其他地方"] += 1
    parts = [f"{name}{number}处" for name, number in sorted(towns.items(), key=lambda pair: (-pair[1], pair[0]))]
    return f"按坐标画的示意图，上北下南：{'，'.join(parts)}。每一处的地址见列表。"


def _directory(theme: Theme, venues: list[Venue], towns: Sequence[Town]) -> GeneratedFile:
    entries = number_venues(venues)
    groups = [(kind, [one for one in entries if one.venue.kind == kind]) for kind in KINDS]
    return theme.page(
        "venues/",
        "venues.html",
        title="服务阵地",
        current="guides",
        crumbs=[("办事服务", "guides/"), ("服务阵地", "")],
        lead=f"全县{len(venues)}处，都可以直接去。",
        total=len(venues),
        kinds=[(kind, some) for kind, some in groups if some],
        towns=towns,
        here="",
        entries={one.venue.id: one for one in entries},
        map=map_venues(venues),
        map_words=tell_map(venues),
        families=list_families(venues),
        union=None,
    )


def list_families(venues: Iterable[Venue]) -> list[tuple[str, str]]:
    """Return (shape, words) of the marks that these venues need."""
    kinds = {one.kind for one in venues}
    return [(SHAPES[family], family) for family, some in FAMILIES.items() if kinds & set(some)]


def _town(theme: Theme, town: Town, towns: Sequence[Town]) -> GeneratedFile:
    entries = number_venues(town.venues)
    groups = [(kind, [one for one in entries if one.venue.kind == kind]) for kind in KINDS]
    return theme.page(
        town.url,
        "venues.html",
        title=f"{town.name}的服务阵地",
        current="guides",
        crumbs=[("办事服务", "guides/"), VENUES, (town.name, "")],
        lead=f"{town.name}有{len(entries)}处，都可以直接去。",
        total=len(entries),
        kinds=[(kind, some) for kind, some in groups if some],
        towns=towns,
        here=town.url,
        entries={one.venue.id: one for one in entries},
        map=map_venues(town.venues),
        map_words=tell_map(town.venues),
        families=list_families(town.venues),
        union=town.union,
    )


def _venue(theme: Theme, venue: Venue, whole: Map | None, towns: Sequence[Town]) -> GeneratedFile:
    library = theme.library
    keeper = library.get("unions", venue.union) if venue.union else None
    coming = [one for one in library.all(Event) if one.venue == venue.id and one.start.date() >= theme.today]
    return theme.page(
        venue.url,
        "venue.html",
        title=venue.title,
        current="guides",
        crumbs=[("办事服务", "guides/"), VENUES, (venue.title, "")],
        record=venue,
        venue=venue,
        hours=read_hours(venue.hours),
        keeper=keeper,
        town=next((town for town in towns if town.name == venue.township), None),
        map=whole if venue.coordinates else None,
        map_words=f"示意图，上北下南：{venue.title}在{venue.township or '全县'}的位置，其他阵地画成小点。",
        guides=[one for one in library.all(Guide) if any(place.venue == venue.id for place in one.places)],
        events=sorted(coming, key=lambda one: one.start.date())[:5],
        nearby=list_nearby(library, venue)[:4],
    )


def list_nearby(library: Library, venue: Venue) -> list[Venue]:
    """Return the other venues of the same township."""
    return [one for one in library.all(Venue) if one.township and one.township == venue.township and one != venue]
