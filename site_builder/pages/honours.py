"""荣誉榜: the newest hall, every batch, lists to choose from, an index of names, and a page for each person and unit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from site_builder.awards import (
    Award,
    choose_newest,
    describe_size,
    find_namesakes,
    gather_awards,
    list_all_awards,
    list_awards,
)
from site_builder.pages.charts import Stack, draw_stack
from site_builder.pages.rolls import (
    DIMENSIONS,
    LEVEL_SLUGS,
    WORDS,
    Dimension,
    Facet,
    Pick,
    Rolls,
    list_facets,
    own_picks,
    roll_title,
    roll_url,
    sort_rolls,
)
from site_builder.records import Honour
from site_builder.render import Theme
from site_builder.values import GeneratedFile, Reference

HOME = ("荣誉榜", "honors/")
HALL_SIZE = 8
TOP_INDUSTRIES = 8
INDEXED: tuple[Dimension, ...] = ("industries", "employers")
_NUMERALS = str.maketrans("0123456789", "〇一二三四五六七八九")


@dataclass(frozen=True, slots=True)
class Count:
    """How many honours that still stand were given in one year: by level, to people, to units."""

    year: int
    levels: tuple[int, ...]
    people: int
    units: int

    @property
    def total(self) -> int:
        """Return people and units together."""
        return self.people + self.units


def write_year(year: int) -> str:
    """Return a year in Chinese numerals, 二〇二六."""
    return str(year).translate(_NUMERALS)


def count_awards(awards: Iterable[Award]) -> tuple[Count, ...]:
    """Return the counts of honours that still stand, by year, the newest first."""
    years: dict[int, list[Award]] = defaultdict(list)
    for award in awards:
        years[award.batch.year] += [award] if award.holds else []
    return tuple(_count(year, years[year]) for year in sorted(years, reverse=True))


def _count(year: int, awards: list[Award]) -> Count:
    levels = Counter(award.batch.level for award in awards)
    units = sum(award.is_unit for award in awards)
    return Count(year, tuple(levels[level] for level in LEVEL_SLUGS), len(awards) - units, units)


def count_industries(awards: Iterable[Award]) -> list[tuple[str, int, int]]:
    """Return (industry, honours that stand, share of the most in percent) of those with most, where it may be told."""
    counts = Counter(award.industry for award in awards if award.holds and award.industry)
    top = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:TOP_INDUSTRIES]
    return [(name, number, round(100 * number / top[0][1])) for name, number in top]


def conclude_counts(counts: Sequence[Count]) -> str:
    """Return what the counts by year say, as the title of their chart."""
    if not counts:
        return ""
    newest, most = counts[0], max(one.total for one in counts)
    head = f"{newest.year}年表彰{newest.total}个"
    if len(counts) > 1 and newest.total == most:
        return f"{head}，历年最多"
    best = next(one for one in counts if one.total == most)
    return head if best == newest else f"{head}，{best.year}年最多，{best.total}个"


def draw_counts(counts: Sequence[Count]) -> Stack | None:
    """Return the chart of the counts, the oldest year first."""
    shown = list(reversed(counts))
    return draw_stack([str(one.year) for one in shown], [(one.people, one.units) for one in shown])


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the hall, the lists, the indexes, the batches, and the pages of people and units."""
    batches = theme.library.all(Honour)
    gathered = gather_awards(theme.library)
    same = find_namesakes(gathered)
    rolls = sort_rolls(list_all_awards(theme.library))
    yield _hall(theme, batches, rolls)
    for pick in own_picks(rolls):
        yield _list(theme, pick, rolls, same)
    if batches:
        yield from (_index(theme, name, rolls) for name in INDEXED)
        yield _names(theme, gathered.values())
    for batch in batches:
        yield _batch(theme, batch, same)
    for key, awards in gathered.items():
        yield _person(theme, awards, same.get(key, []))


def _hall(theme: Theme, batches: list[Honour], rolls: Rolls) -> GeneratedFile:
    newest = choose_newest(batches)
    awards = [award for award in list_awards(newest) if award.holds] if newest else []
    counts = count_awards(rolls.get((), ()))
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
        counts=counts,
        conclusion=conclude_counts(counts),
        chart=draw_counts(counts),
        industries=count_industries(rolls.get((), ())),
        levels=list(LEVEL_SLUGS),
        facets=[facet for facet in list_facets(rolls) if facet[0] not in [WORDS[name] for name in INDEXED]],
        indexes=[*((f"按{WORDS[name]}", f"honors/{name}/") for name in INDEXED), ("按姓名", "honors/names/")],
        roll_url=roll_url,
    )


def group_by_year(batches: list[Honour]) -> list[tuple[int, list[tuple[Honour, str]]]]:
    """Return (year, [(batch, its size in words)]), the newest year first."""
    years: dict[int, list[tuple[Honour, str]]] = defaultdict(list)
    for batch in batches:
        years[batch.year].append((batch, describe_size(list_awards(batch))))
    return sorted(years.items(), reverse=True)


def _list(theme: Theme, pick: Pick, rolls: Rolls, same: object) -> GeneratedFile:
    title, awards = roll_title(pick), rolls[pick]
    groups = [(batch, list(chosen)) for batch, chosen in groupby(awards, key=lambda award: award.batch)]
    above: list[tuple[str, str]] = [(roll_title(pick[:1]), roll_url(*pick[:1]))] if len(pick) > 1 else []
    return theme.page(
        roll_url(*pick),
        "honour_list.html",
        title=title,
        current="honors",
        crumbs=[HOME, *above, (title, "")],
        groups=groups,
        size=describe_size(awards),
        facets=list_facets(rolls, pick),
        same=same,
    )


def _index(theme: Theme, name: Dimension, rolls: Rolls) -> GeneratedFile:
    title = f"按{WORDS[name]}看荣誉"
    facet: Facet = next((one for one in list_facets(rolls) if one[0] == WORDS[name]), (WORDS[name], [], ""))
    single = [pick for pick in rolls if len(pick) == 1 and pick[0][0] == name]
    links = facet[1] or [(pick[0][1], roll_url(*pick), sum(one.holds for one in rolls[pick]), False) for pick in single]
    return theme.page(
        f"honors/{name}/",
        "honour_index.html",
        title=title,
        current="honors",
        crumbs=[HOME, (title, "")],
        lead="后面的数是仍然有效的荣誉个数，撤销的不计。" + ("本人不同意公开的不列。" if name == "industries" else ""),
        links=links,
    )


def _names(theme: Theme, people: Iterable[list[Award]]) -> GeneratedFile:
    ordered = sorted(people, key=lambda awards: (awards[0].initial == "#", awards[0].spelling, awards[0].key))
    letters = [(letter, list(some)) for letter, some in groupby(ordered, key=lambda awards: awards[0].initial)]
    return theme.page(
        "honors/names/",
        "honour_names.html",
        title="按姓名看荣誉",
        current="honors",
        crumbs=[HOME, ("按姓名看荣誉", "")],
        letters=letters,
        total=len(ordered),
    )


def _batch(theme: Theme, batch: Honour, same: object) -> GeneratedFile:
    awards = list_awards(batch)
    standing = [award for award in awards if award.holds]
    year = roll_url(("years", str(batch.year)))
    return theme.page(
        batch.url,
        "honour.html",
        title=batch.title,
        current="honors",
        crumbs=[HOME, (f"{batch.year}年荣誉", year), (batch.title, "")],
        record=batch,
        batch=batch,
        people=[award for award in standing if not award.is_unit],
        units=[award for award in standing if award.is_unit],
        revoked=[(award, find_document(theme, award.revocation.document)) for award in awards if award.revocation],
        document=find_document(theme, batch.document),
        size=describe_size(standing),
        year_words=write_year(batch.year),
        title_url=roll_url(("titles", batch.honour)),
        level_url=roll_url(("levels", batch.level)),
        same=same,
    )


def _person(theme: Theme, awards: list[Award], same_name: list[Award]) -> GeneratedFile:
    newest = awards[0]
    told = [award for award in awards if award.open and award.holds]
    recipients = [award.recipient for award in told]
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
        citation=next((one.citation for one in recipients if one.citation), None),
        deeds=next((one.deeds for one in recipients if one.deeds), None),
        sex=next((one.sex for one in recipients if one.sex), None),
        industry=next((one.industry for one in recipients if one.industry), None),
        same_name=same_name,
        following=following[0] if following else None,
        more=[(f"{WORDS[name]}：{value}", roll_url((name, value))) for name, value in _shared(awards)],
    )


def _shared(awards: list[Award]) -> list[tuple[Dimension, str]]:
    """Return the lists that lead on from a person: their unit and, where it may be told, their industry."""
    newest = awards[0]
    found = {"employers": newest.employer, "industries": newest.industry}
    return [(name, found[name]) for name in DIMENSIONS if found.get(name)]


def find_document(theme: Theme, reference: Reference | None) -> tuple[str, str | None] | None:
    """Return (what to call a document, its address here or None) for a reference."""
    if reference is None:
        return None
    found = theme.library.resolve(reference)
    number = getattr(found, "doc_number", None) or reference.doc_number
    title = found.title if found else reference.title or ""
    return str(number or title), found.url if found else reference.url
