"""The tree of unions: who stands below whom, and so what a member of staff may see. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

COUNTY = "county"


@dataclass(frozen=True)
class UnionTree:
    """Unions by id, with the one that each stands under."""

    titles: Mapping[str, str]
    kinds: Mapping[str, str]
    parents: Mapping[str, str]
    county: str = COUNTY
    _below: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, unions: Iterable[Mapping[str, Any]]) -> UnionTree:
        """Return the tree of records of unions (id, title, kind, parent); one without a parent stands under the county."""
        listed = list(unions)
        county = next((one["id"] for one in listed if one["kind"] == "county"), COUNTY)
        return cls(
            titles={one["id"]: one.get("short") or one["title"] for one in listed},
            kinds={one["id"]: one["kind"] for one in listed},
            parents={one["id"]: one.get("parent") or county for one in listed if one["id"] != county},
            county=county,
        )

    def covers(self, root: str, union: str) -> bool:
        """Tell whether a union is the root of a scope or stands below it; one that is not known is the county's."""
        return root in self.path(union)

    def path(self, union: str) -> tuple[str, ...]:
        """Return a union and those above it, up to the county."""
        found: list[str] = []
        while union not in found and union in self.parents:
            found.append(union)
            union = self.parents[union]
        return (*found, self.county)

    def below(self, root: str) -> frozenset[str]:
        """Return the ids of a union and of all below it."""
        if root not in self._below:
            self._below[root] = frozenset(one for one in self.titles if self.covers(root, one)) | {root}
        return self._below[root]

    def title(self, union: str) -> str:
        """Return the short title of a union, or its id where it is gone."""
        return self.titles.get(union, union)

    def offices(self) -> Iterator[str]:
        """Yield the unions that take cases, the county first."""
        yield self.county
        yield from sorted((one for one in self.titles if one != self.county), key=lambda one: (self.kinds[one], one))
