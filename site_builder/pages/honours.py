"""荣誉榜: the newest hall, every batch, lists by year, level and title, and a page for each person and unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date as Day
from hashlib import sha256

from site_builder.model import Library
from site_builder.records import Honour, Level, Recipient, Revocation
from site_builder.render import Theme
from site_builder.values import GeneratedFile, Reference

HOME = ("荣誉榜", "honors/")
LEVEL_SLUGS: dict[Level, str] = {
    "全国": "national",
    "省级": "province",
    "市级": "city",
    "县级": "county",
    "基层": "grassroots",
}
HALL_SIZE = 8
_NUMERALS = str.maketrans("0123456789", "〇一二三四五六七八九")


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
    def open(self) -> bool:
        """Tell whether more than name and unit may be shown: a person must have agreed; a unit needs not."""
        return self.is_unit or self.recipient.consent

    @property
    def url(self) -> str:
        """Return the address of the page that gathers all honours of this recipient."""
        return f"honors/{'units' if self.is_unit else 'people'}/{self.recipient.key}/"

    @property
    def post(self) -> str:
        """Return post, or nothing where the person did not agree."""
        return (self.recipient.post or "") if self.open else ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many honours that still stand were given in one year, by level."""

    year: int
    levels: tuple[int, ...]
    total: int
    share: int


def list_awards(batch: Honour) -> list[Award]:
    """Return everyone in a batch in its order, each with the revocation if there is one."""
    ended = {one.key: one for one in batch.revocations}
    return [Award(batch, recipient, ended.get(recipient.key)) for recipient in batch.recipients]


def gather_awards(library: Library) -> dict[tuple[bool, str], list[Award]]:
    """Return all honours of each (is a unit, key), the newest first."""
    gathered: dict[tuple[bool, str], list[Award]] = defaultdict(list)
    for batch in library.all(Honour):
        for award in list_awards(batch):
            gathered[award.is_unit, award.recipient.key].append(award)
    return dict(gathered)


def write_year(year: int) -> str:
    """Return a year in Chinese numerals, 二〇二六."""
    return str(year).translate(_NUMERALS)


def year_list(year: int) -> str:
    """Return the address of the list of a year."""
    return f"honors/years/{year}/"


def level_list(level: Level) -> str:
    """Return the address of the list of a level."""
    return f"honors/levels/{LEVEL_SLUGS[level]}/"


def title_list(title: str) -> str:
    """Return the address of the list of an honour's title; it depends on nothing but the title."""
    return f"honors/titles/{sha256(title.encode()).hexdigest()[:8]}/"


def count_awards(batches: Iterable[Honour]) -> tuple[Count, ...]:
    """Return the counts of honours that still stand, by year (newest first) and level; `share` is of the best year."""
    levels = list(LEVEL_SLUGS)
    tally: dict[int, list[int]] = {}
    for batch in batches:
        row = tally.setdefault(batch.year, [0] * len(levels))
        row[levels.index(batch.level)] += sum(award.holds for award in list_awards(batch))
    most = max((sum(row) for row in tally.values()), default=0) or 1
    rows = sorted(tally.items(), reverse=True)
    return tuple(Count(year, tuple(row), sum(row), round(100 * sum(row) / most)) for year, row in rows)


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the hall, the lists, the batches, and the pages of people and units."""
    batches = theme.library.all(Honour)
    gathered = gather_awards(theme.library)
    yield _hall(theme, batches)
    yield from _lists(theme, batches)
    for batch in batches:
        yield _batch(theme, batch)
    by_name: dict[tuple[bool, str], list[Award]] = defaultdict(list)
    for awards in gathered.values():
        by_name[awards[0].is_unit, awards[0].recipient.name].append(awards[0])
    for awards in gathered.values():
        same = by_name[awards[0].is_unit, awards[0].recipient.name]
        yield _roll(theme, awards, [one for one in same if one.recipient.key != awards[0].recipient.key])


def _hall(theme: Theme, batches: list[Honour]) -> GeneratedFile:
    newest = choose_newest(batches)
    awards = [award for award in list_awards(newest) if award.holds] if newest else []
    return theme.page(
        "honors/",
        "honours.html",
        title="荣誉榜",
        current="honors",
        crumbs=[("荣誉榜", "")],
        newest=newest,
        document=find_document(theme, newest.document) if newest else None,
        awards=awards[:HALL_SIZE],
        total=len(awards),
        size=describe_size(awards),
        year_words=write_year(newest.year) if newest else "",
        years=group_by_year(batches),
        counts=count_awards(batches),
        levels=list(LEVEL_SLUGS),
        filters=list_filters(batches),
    )


def choose_newest(batches: list[Honour]) -> Honour | None:
    """Return the batch for the hall: of the newest day, the one with most people."""

    def rank(batch: Honour) -> tuple[Day | None, int]:
        return batch.day, sum(award.holds and not award.is_unit for award in list_awards(batch))

    return max(batches, key=rank, default=None)


def describe_size(awards: list[Award]) -> str:
    """Return how many people and units these are, in words."""
    units = sum(award.is_unit for award in awards)
    people = len(awards) - units
    return "、".join(f"{number}{word}" for number, word in ((people, "人"), (units, "个集体")) if number)


def group_by_year(batches: list[Honour]) -> list[tuple[int, list[tuple[Honour, str]]]]:
    """Return (year, [(batch, its size in words)]), the newest year first."""
    years: dict[int, list[tuple[Honour, str]]] = defaultdict(list)
    for batch in batches:
        years[batch.year].append((batch, describe_size([one for one in list_awards(batch) if one.holds])))
    return sorted(years.items(), reverse=True)


def list_filters(batches: list[Honour]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (what is filtered by, [(label, address)]) for each list that exists."""
    levels = [level for level in LEVEL_SLUGS if any(batch.level == level for batch in batches)]
    titles = sorted({batch.honour for batch in batches})
    years = sorted({batch.year for batch in batches}, reverse=True)
    return [
        ("年度", [(f"{year}年", year_list(year)) for year in years]),
        ("级别", [(level, level_list(level)) for level in levels]),
        ("称号", [(title, title_list(title)) for title in titles]),
    ]


def _lists(theme: Theme, batches: list[Honour]) -> Iterator[GeneratedFile]:
    filters = list_filters(batches)
    picked: dict[tuple[str, str], list[Honour]] = defaultdict(list)
    for batch in batches:
        picked[year_list(batch.year), f"{batch.year}年荣誉"].append(batch)
        picked[level_list(batch.level), f"{batch.level}荣誉"].append(batch)
        picked[title_list(batch.honour), batch.honour].append(batch)
    for (url, title), chosen in sorted(picked.items(), key=lambda one: one[0]):
        yield theme.page(
            url,
            "honour_list.html",
            title=title,
            current="honors",
            crumbs=[HOME, (title, "")],
            groups=[(batch, list_awards(batch)) for batch in chosen],
            size=describe_size([award for batch in chosen for award in list_awards(batch) if award.holds]),
            filters=filters,
        )


def _batch(theme: Theme, batch: Honour) -> GeneratedFile:
    awards = list_awards(batch)
    standing = [award for award in awards if award.holds]
    return theme.page(
        batch.url,
        "honour.html",
        title=batch.title,
        current="honors",
        crumbs=[HOME, (f"{batch.year}年荣誉", year_list(batch.year)), (batch.title, "")],
        record=batch,
        batch=batch,
        people=[award for award in standing if not award.is_unit],
        units=[award for award in standing if award.is_unit],
        revoked=[(award, find_document(theme, award.revocation.document)) for award in awards if award.revocation],
        document=find_document(theme, batch.document),
        size=describe_size(standing),
        year_words=write_year(batch.year),
        title_url=title_list(batch.honour),
        level_url=level_list(batch.level),
    )


def _roll(theme: Theme, awards: list[Award], same_name: list[Award]) -> GeneratedFile:
    newest = awards[0]
    told = [award for award in awards if award.open and award.holds]
    sexes = [award.recipient.sex for award in told if award.recipient.sex]
    neighbours = [one for one in list_awards(newest.batch) if one.holds or one == newest]
    following = neighbours[neighbours.index(newest) + 1 :]
    return theme.page(
        newest.url,
        "person.html",
        title=newest.recipient.name,
        current="honors",
        crumbs=[HOME, (newest.batch.title, newest.batch.url), (newest.recipient.name, "")],
        newest=newest,
        standing=next((award for award in awards if award.holds), None),
        awards=awards,
        count=sum(award.holds for award in awards),
        documents={award.batch.id: find_document(theme, award.batch.document) for award in awards},
        photo=next(((award.batch, award.recipient.photo) for award in told if award.recipient.photo), None),
        citation=next((award.recipient.citation for award in told if award.recipient.citation), None),
        deeds=next((award.recipient.deeds for award in told if award.recipient.deeds), None),
        sex=sexes[0] if sexes else None,
        industry=next((award.recipient.industry for award in told if award.recipient.industry), None),
        same_name=same_name,
        following=following[0] if following else None,
    )


def find_document(theme: Theme, reference: Reference | None) -> tuple[str, str | None] | None:
    """Return (what to call a document, its address here or None) for a reference."""
    if reference is None:
        return None
    found = theme.library.resolve(reference)
    number = getattr(found, "doc_number", None) or reference.doc_number
    title = found.title if found else reference.title or ""
    return str(number or title), found.url if found else reference.url
