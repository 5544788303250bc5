"""A drawn map of places by their coordinates: points pushed apart, names of townships, a scale bar. Pure figures.

Equirectangular about the middle latitude, which is exact enough for a county. No outline and no map service: the drawing
illustrates a list, and says how places lie to each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from statistics import fmean

WIDTH = 360.0
MARGIN = 30.0
TALLEST, FLATTEST = 460.0, 200.0
KM_PER_DEGREE = 111.32
LEAST_KM = 1.5
"""The narrowest view: nearer than this a drawing without streets tells nothing."""
ROUNDS = 160

Coordinates = tuple[float, float]
"""Longitude and latitude in degrees."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One place: where its mark stands, where it truly lies, and whether the two are far enough apart for a line."""

    id: str
    x: float
    y: float
    true_x: float
    true_y: float

    @property
    def moved(self) -> bool:
        """Tell whether the mark stands beside its place."""
        return hypot(self.x - self.true_x, self.y - self.true_y) > 4


@dataclass(frozen=True, slots=True)
class Name:
    """The name of an area at the middle of its places."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Map:
    """Everything that the drawing needs, in units of a view box 360 wide."""

    height: float
    spots: tuple[Spot, ...]
    names: tuple[Name, ...]
    bar: float
    bar_km: str


def draw_map(
    places: Mapping[str, Coordinates], areas: Mapping[str, Sequence[str]], size: float = 11.0, *, apart: bool = True
) -> Map | None:
    """Return the map of the places by id, or None without any.

    `areas` names the ids of each; `size` is a mark's radius; `apart` pushes marks off each other.
    """
    if not places:
        return None
    view = _View(list(places.values()))
    true = {key: view.place(point) for key, point in places.items()}
    marks = spread(list(true.values()), size * 2 + 1, view.height) if apart else list(true.values())
    spots = tuple(
        Spot(key, round(x, 1), round(y, 1), round(true[key][0], 1), round(true[key][1], 1))
        for key, (x, y) in zip(true, marks, strict=True)
    )
    bar_km = view.bar_km()
    return Map(
        height=round(view.height, 1),
        spots=spots,
        names=_place_names(areas, spots, size, view.height),
        bar=round(bar_km * view.per_km, 1),
        bar_km=f"{bar_km:g}",
    )


class _View:
    """From degrees to units of the drawing."""

    def __init__(self, points: Sequence[Coordinates]) -> None:
        lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
        self.middle = ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
        self.east = KM_PER_DEGREE * cos(radians(self.middle[1]))
        wide = max((max(lons) - min(lons)) * self.east, LEAST_KM)
        high = max((max(lats) - min(lats)) * KM_PER_DEGREE, LEAST_KM / 3)
        room = WIDTH - 2 * MARGIN
        self.per_km = min(room / wide, (TALLEST - 2 * MARGIN) / high)
        self.height = max(FLATTEST, high * self.per_km + 2 * MARGIN)

    def place(self, point: Coordinates) -> tuple[float, float]:
        """Return where a point stands in the drawing."""
        x = WIDTH / 2 + (point[0] - self.middle[0]) * self.east * self.per_km
        y = self.height / 2 - (point[1] - self.middle[1]) * KM_PER_DEGREE * self.per_km
        return x, y

    def bar_km(self) -> float:
        """Return the longest round length whose bar is at most a quarter of the width."""
        lengths = [step * power for power in (0.1, 1.0, 10.0, 100.0) for step in (1, 2, 5)]
        return max((one for one in lengths if one * self.per_km <= WIDTH / 4), default=lengths[0])


def spread(points: Sequence[tuple[float, float]], gap: float, height: float) -> list[tuple[float, float]]:
    """Return the points pushed apart until no two are nearer than `gap`, or as far as a fixed number of rounds gets.

    Points on one spot part along a fixed direction, so that the same places always give the same drawing.
    """
    moved = [(x + 0.01 * index, y + 0.007 * (index % 5)) for index, (x, y) in enumerate(points)]
    edge = gap / 2 + 1
    for _ in range(ROUNDS):
        if not _push_once(moved, gap):
            break
        moved = [(min(max(x, edge), WIDTH - edge), min(max(y, edge), height - edge)) for x, y in moved]
    return moved


def _push_once(points: list[tuple[float, float]], gap: float) -> bool:
    """Part every two points that are too near, and tell whether there were any; only neighbours from west to east meet."""
    order = sorted(range(len(points)), key=lambda index: (points[index][0], index))
    pushed = False
    for place, one in enumerate(order):
        for two in order[place + 1 :]:
            if points[two][0] - points[one][0] >= gap:
                break
            pushed = _part(points, one, two, gap) or pushed
    return pushed


def _part(points: list[tuple[float, float]], one: int, two: int, gap: float) -> bool:
    (x1, y1), (x2, y2) = points[one], points[two]
    far = hypot(x2 - x1, y2 - y1)
    if far >= gap - 0.01:
        return False
    push = (gap - far) / 2 / (far or 1)
    dx, dy = ((x2 - x1) * push, (y2 - y1) * push) if far else (gap / 2, 0.0)
    points[one], points[two] = (x1 - dx, y1 - dy), (x2 + dx, y2 + dy)
    return True


def _place_names(
    areas: Mapping[str, Sequence[str]], spots: Sequence[Spot], size: float, height: float
) -> tuple[Name, ...]:
    """Return the names of areas, each in the free place nearest to the mean of its marks: above, below or beside them."""
    by_id = {spot.id: spot for spot in spots}
    taken = [(spot.x - size, spot.y - size, spot.x + size, spot.y + size) for spot in spots]
    names = []
    for text, ids in areas.items():
        own = [by_id[one] for one in ids if one in by_id]
        if own:
            x, y = _find_room(text, own, taken, size, height)
            taken.append(_box(text, x, y))
            names.append(Name(text, round(x, 1), round(y, 1)))
    return tuple(names)


def _box(text: str, x: float, y: float) -> tuple[float, float, float, float]:
    half = 7.0 * len(text)
    return (x - half, y - 12, x + half, y + 4)


def _find_room(
    text: str, own: Sequence[Spot], taken: Sequence[tuple[float, float, float, float]], size: float, height: float
) -> tuple[float, float]:
    middle = (fmean(spot.x for spot in own), fmean(spot.y for spot in own))
    top, foot = min(spot.y for spot in own) - size - 6, max(spot.y for spot in own) + size + 15
    half = 7.0 * len(text)
    left, right = min(spot.x for spot in own) - size - half - 4, max(spot.x for spot in own) + size + half + 4
    tries = [(middle[0], top), (middle[0], foot), (right, middle[1] + 5), (left, middle[1] + 5)]
    tries += [(x, y) for y in (top, foot) for x in (right - half, left + half)]
    inside = [(min(max(x, half + 2), WIDTH - half - 2), min(max(y, 14.0), height - 6)) for x, y in tries]
    return min(inside, key=lambda place: _overlap(_box(text, *place), taken))


def _overlap(box: tuple[float, float, float, float], taken: Sequence[tuple[float, float, float, float]]) -> float:
    return sum(
        max(0.0, min(box[2], other[2]) - max(box[0], other[0]))
        * max(0.0, min(box[3], other[3]) - max(box[1], other[1]))
        for other in taken
    )
