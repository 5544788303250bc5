"""Townships with their venues: the order of venues, and the page that each township has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import get_args

from site_builder.records import Union, Venue

KINDS: tuple[str, ...] = get_args(Venue.model_fields["kind"].annotation)


@dataclass(frozen=True, slots=True)
class Town:
    """One township with its venues, its own union where there is one, and the address of its page."""

    name: str
    venues: tuple[Venue, ...]
    union: Union | None

    @property
    def url(self) -> str:
        """Return the address of its page: by its union's id, else by its name alone."""
        return f"venues/towns/{self.union.id if self.union else sha256(self.name.encode()).hexdigest()[:8]}/"


def list_towns(unions: Sequence[Union], venues: Iterable[Venue]) -> list[Town]:
    """Return the townships that have venues, those with most first."""
    groups: dict[str, list[Venue]] = defaultdict(list)
    for venue in venues:
        if venue.township:
            groups[venue.township].append(venue)
    own = [one for one in unions if one.kind == "township"]
    towns = [
        Town(name, tuple(sort_venues(some)), next((one for one in own if one.title.startswith(name)), None))
        for name, some in groups.items()
    ]
    return sorted(towns, key=lambda town: (-len(town.venues), town.url))


def sort_venues(venues: Iterable[Venue]) -> list[Venue]:
    """Return venues by kind, in the order of the kinds."""
    return sorted(venues, key=lambda one: (KINDS.index(one.kind), one.id))
