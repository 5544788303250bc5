"""荣誉: who was honoured in which batch, with revocations and people of one name. Pages, search and open data share it. No I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day

from site_builder.disclosure import may_tell
from site_builder.model import Library
from site_builder.pinyin import spell, spell_name
from site_builder.records import Honour, Recipient, Revocation

Key = tuple[bool, str]
"""Whether a unit was honoured, and the key that tells it from others of the same name."""


@dataclass(frozen=True, slots=True)
class Award:
    """One recipient in one batch, with what may be said of them."""

    batch: Honour
    recipient: Recipient
    revocation: Revocation | None

    @property
    def holds(self) -> bool:
        """Tell whether the honour still stands."""
        return self.revocation is None

    @property
    def is_unit(self) -> bool:
        """Tell whether a unit was honoured and not a person."""
        return self.recipient.kind == "集体"

    @property
    def key(self) -> Key:
        """Return what gathers the honours of one person or unit."""
        return (self.is_unit, self.recipient.key)

    @property
    def open(self) -> bool:
        """Tell whether more than name and unit may be shown."""
        return may_tell(self.recipient)

    @property
    def url(self) -> str:
        """Return the address of the page that gathers all honours of this recipient."""
        return f"honors/{'units' if self.is_unit else 'people'}/{self.recipient.key}/"

    @property
    def post(self) -> str:
        """Return the post, or nothing where the person did not agree."""
        return (self.recipient.post or "") if self.open else ""

    @property
    def industry(self) -> str:
        """Return the industry, or nothing where the person did not agree."""
        return (self.recipient.industry or "") if self.open else ""

    @property
    def employer(self) -> str:
        """Return the unit that this honour counts for: that of a person or a team, or the honoured unit itself."""
        return self.recipient.unit or (self.recipient.name if self.is_unit else "")

    @property
    def spelling(self) -> tuple[str, ...]:
        """Return the name in pinyin, by which an index is ordered."""
        return spell(self.recipient.name) if self.is_unit else spell_name(self.recipient.name)

    @property
    def initial(self) -> str:
        """Return the letter of pinyin under which the name stands in an index, or # for none."""
        first = self.spelling[0][:1].upper()
        return first if "A" <= first <= "Z" else "#"


def list_awards(batch: Honour) -> list[Award]:
    """Return everyone in a batch in its order, each with the revocation if there is one."""
    ended = {one.key: one for one in batch.revocations}
    return [Award(batch, recipient, ended.get(recipient.key)) for recipient in batch.recipients]


def list_all_awards(library: Library) -> list[Award]:
    """Return the awards of every batch, the newest batch first."""
    return [award for batch in library.all(Honour) for award in list_awards(batch)]


def gather_awards(library: Library) -> dict[Key, list[Award]]:
    """Return all honours of each person and unit, the newest first."""
    gathered: dict[Key, list[Award]] = defaultdict(list)
    for award in list_all_awards(library):
        gathered[award.key].append(award)
    return dict(gathered)


def find_namesakes(gathered: Mapping[Key, Sequence[Award]]) -> dict[Key, list[Award]]:
    """Return, for each who shares a name with others, the newest award of those others."""
    by_name: dict[tuple[bool, str], list[Award]] = defaultdict(list)
    for awards in gathered.values():
        by_name[awards[0].is_unit, awards[0].recipient.name].append(awards[0])
    shared = (group for group in by_name.values() if len(group) > 1)
    return {one.key: [other for other in group if other != one] for group in shared for one in group}


def choose_newest(batches: Iterable[Honour]) -> Honour | None:
    """Return the batch to show first: of the newest day, the one in which most people's honours stand."""

    def rank(batch: Honour) -> tuple[Day | None, int]:
        return batch.day, sum(award.holds and not award.is_unit for award in list_awards(batch))

    return max(batches, key=rank, default=None)


def describe_size(awards: Iterable[Award]) -> str:
    """Return in words how many people and units hold these; revoked honours are not counted."""
    standing = [award for award in awards if award.holds]
    units = sum(award.is_unit for award in standing)
    counts = ((len(standing) - units, "人"), (units, "个集体"))
    return "、".join(f"{number}{word}" for number, word in counts if number)


def tabulate_awards(library: Library) -> list[dict[str, str | int]]:
    """Return every award as a flat row for open data: the fewest fields, nothing without consent, revocations told."""
    return [_row(award) for award in list_all_awards(library)]


def _row(award: Award) -> dict[str, str | int]:
    batch, revocation = award.batch, award.revocation
    return {
        "batch": batch.id,
        "honour": batch.honour,
        "level": batch.level,
        "year": batch.year,
        "conferred_by": batch.conferred_by,
        "conferred": str(batch.conferred or ""),
        "key": award.recipient.key,
        "name": award.recipient.name,
        "kind": award.recipient.kind,
        "unit": award.recipient.unit or "",
        "post": award.post,
        "industry": award.industry,
        "status": "已撤销" if revocation else "有效",
        "revoked": str(revocation.date) if revocation else "",
        "reason": revocation.reason if revocation else "",
        "url": award.url,
    }
