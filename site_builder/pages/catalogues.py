"""Lists of documents: by column, by year, by validity and by topic, in pages small enough for a bad network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from urllib.parse import quote

from site_builder.frame import Crumb
from site_builder.later import Plain
from site_builder.records import Interpretation, Policy, Published
from site_builder.render import Theme, root_of, year_url
from site_builder.values import GeneratedFile, ValidityPhase

PAGE_SIZE = 15
LEAST = 7
"""Documents that the first page of several holds at least; at most it holds LEAST + PAGE_SIZE - 1, about 25 KB in all."""
NEIGHBOURS = 2
NEWEST = "最新"
TOPIC_ROWS = 10
TOPIC_ROWS_IN_ALL = 60
FACET_TOPICS = 8
ENDED: tuple[ValidityPhase, ...] = ("repealed", "expired")

Facet = tuple[str, Sequence[tuple[str, str, int | None]]]
"""Heading, and links as label, address below the site root, and count, which only the first page of a list tells."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A list of documents with its pages: folder, name, the sentence under it, and the item of the navigation."""

    folder: str
    name: str
    lead: str
    current: str
    by_year: bool = True
    groups: str = ""
    """What else the documents are listed by: 主题 or 类别."""

    @property
    def url(self) -> str:
        """Return the address of the first page."""
        return f"{self.folder}/"

    @property
    def crumb(self) -> Crumb:
        """Return the breadcrumb that leads here."""
        return (self.name, self.url)


POLICIES = Catalogue("policies", "政策公开", "每份文件先说清是不是有效，再给原文、解读和前后版本。", "policies")
NOTICES = Catalogue("notices", "通知公示", "公示写明起止日期和反映意见的办法，期满就撤下名单。", "policies")
NEWS = Catalogue("news", "工作动态", "县总工会和基层工会做成了什么。", "policies")
CASES = Catalogue(
    "cases",
    "典型案例",
    "隐去姓名的真实事情：遇到了什么，怎么办的，结果怎样。",
    "interact",
    by_year=False,
    groups="主题",
)
FINANCE = Catalogue("finance", "财务公开", "会费和经费从哪里来，花到哪里去，审计怎么说。", "data", groups="类别")
KIND_SLUGS = {"预算": "budgets", "决算": "accounts", "审计结果": "audits", "专项资金": "funds", "经费使用": "spending"}


def generate_policy_lists(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the lists of policies and interpretations: all, by year, in force, ended, interpretations, by topic."""
    policies, readings = theme.library.all(Policy), theme.library.all(Interpretation)
    everything = _by_day([*policies, *readings])
    years = _by_year(everything)
    topics = _by_topic(everything)
    over = {one.id for one in policies if theme.phase(one) in ENDED}
    current = ("现行文件", "policies/current/", [one for one in policies if one.id not in over])
    ended = ("失效文件", "policies/ended/", [one for one in policies if one.id in over])
    reading = ("政策解读", "policies/readings/", readings)
    facets: list[Facet] = [
        ("效力", [("全部", POLICIES.url, len(everything)), *((n, u, len(r)) for n, u, r in (current, ended))]),
        ("年份", [(f"{year}年", year_url("policies", year), len(r)) for year, r in years]),
        ("类型", [(n, u, len(r)) for n, u, r in (reading,)]),
        ("主题", [(topic, f"policies/topics/#{quote(topic)}", len(r)) for topic, r in topics[:FACET_TOPICS]]),
    ]
    yield from _list_pages(theme, POLICIES, POLICIES.url, POLICIES.name, everything, facets)
    for year, chosen in years:
        yield from _list_pages(theme, POLICIES, year_url("policies", year), f"{year}年的政策文件", chosen, facets)
    for name, url, some in (current, ended, reading):
        yield from _list_pages(theme, POLICIES, url, name, some, facets)
    rows = min(TOPIC_ROWS, max(2, TOPIC_ROWS_IN_ALL // max(1, len(topics))))
    yield theme.later(
        "policies/topics/", _topics_page, tuple((topic, len(some), tuple(some[:rows])) for topic, some in topics)
    )


def list_column(theme: Theme, catalogue: Catalogue, records: Sequence[Published]) -> Iterator[GeneratedFile]:
    """Yield the list of a column and one for each year, where the column has a date."""
    records = _by_day(records)
    years = _by_year(records) if catalogue.by_year else []
    links = [("全部", catalogue.url, len(records))]
    links += [(f"{year}年", year_url(catalogue.folder, year), len(chosen)) for year, chosen in years]
    groups = _by_group(catalogue, records)
    facets: list[Facet] = [("年份" if years else "栏目", links)]
    if groups:
        facets.append((catalogue.groups, [(name, url, len(chosen)) for name, url, chosen in groups]))
    yield from _list_pages(theme, catalogue, catalogue.url, catalogue.name, records, facets)
    for name, url, chosen in groups:
        yield from _list_pages(theme, catalogue, url, f"{catalogue.name}：{name}", chosen, facets)
    for year, chosen in years:
        url = year_url(catalogue.folder, year)
        yield from _list_pages(theme, catalogue, url, f"{year}年的{catalogue.name}", chosen, facets)


def _by_group(catalogue: Catalogue, records: Sequence[Published]) -> list[tuple[str, str, list[Published]]]:
    """Return (name, address, documents) of each kind or topic that a column is listed by, the fullest first."""
    if catalogue.groups == "类别":
        named = [(name, f"{catalogue.url}kinds/{slug}/") for name, slug in KIND_SLUGS.items()]
        found = [(name, url, [one for one in records if getattr(one, "kind", "") == name]) for name, url in named]
    elif catalogue.groups:
        found = [(name, topic_url(catalogue.folder, name), some) for name, some in _by_topic(records)]
    else:
        found = []
    return [group for group in found if group[2]]


def topic_url(folder: str, topic: str) -> str:
    """Return the address of the list of a topic; it depends on nothing but the topic."""
    return f"{folder}/topics/{sha256(topic.encode()).hexdigest()[:8]}/"


def _by_day(records: Iterable[Published]) -> list[Published]:
    return sorted(records, key=lambda one: (-(one.day or date.min).toordinal(), one.id))


def _by_year(records: Iterable[Published]) -> list[tuple[int, list[Published]]]:
    groups: dict[int, list[Published]] = {}
    for record in records:
        if year := getattr(record, "year", None) or (record.day and record.day.year):
            groups.setdefault(year, []).append(record)
    return sorted(groups.items(), reverse=True)


def _by_topic(records: Iterable[Published]) -> list[tuple[str, list[Published]]]:
    groups: dict[str, list[Published]] = {}
    for record in records:
        for topic in dict.fromkeys(record.topics):
            groups.setdefault(topic, []).append(record)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def _list_pages(
    theme: Theme,
    catalogue: Catalogue,
    url: str,
    title: str,
    records: Sequence[Published],
    facets: Sequence[Facet],
) -> Iterator[GeneratedFile]:
    """Yield the newest documents at `url`, and the older ones PAGE_SIZE to a page.

    Older pages are numbered from the oldest on and tell no totals, so that something new leaves them as they are.
    """
    older = max(0, (len(records) - LEAST) // PAGE_SIZE)
    first = len(records) - older * PAGE_SIZE
    yield theme.later(
        url, _list_page, catalogue, url, title, tuple(records[:first]), len(records), _freeze(facets), 0, older
    )
    bare = _freeze([(name, [(label, way, None) for label, way, _ in links]) for name, links in facets])
    for number in range(older, 0, -1):
        chosen = tuple(records[len(records) - number * PAGE_SIZE :][:PAGE_SIZE])
        newest = min(older, number + NEIGHBOURS)
        address = f"{url}page/{number}/"
        yield theme.later(address, _list_page, catalogue, url, title, chosen, None, bare, number, newest)


def _freeze(facets: Sequence[Facet]) -> Plain:
    return Plain((name, tuple(links)) for name, links in facets if links)


def _list_page(
    theme: Theme,
    catalogue: Catalogue,
    url: str,
    title: str,
    records: tuple[Published, ...],
    total: int | None,
    facets: Plain,
    number: int,
    newest: int,
) -> GeneratedFile:
    """Return one page of a list: number 0 is the first one; `newest` is the highest number that it links to."""
    address = f"{url}page/{number}/" if number else url
    top = url == catalogue.url
    numbers = sorted(
        {*range(max(1, (number or newest) - NEIGHBOURS), newest + 1), *([1] if newest else [])}, reverse=True
    )
    return theme.page(
        address,
        "list.html",
        title=f"{title}（第{number}页）" if number else title,
        current=catalogue.current,
        crumbs=((title, ""),) if top else (catalogue.crumb, (title, "")),
        column=catalogue.folder,
        lead=catalogue.lead if top else "",
        facets=[_lay_out(facet, url, root_of(address)) for facet in facets],
        records=records,
        total=total,
        pages=[(NEWEST, url), *((str(one), f"{url}page/{one}/") for one in numbers)],
        here=str(number) if number else NEWEST,
    )


def _lay_out(facet: Facet, here: str, root: str) -> tuple[str, list[tuple[str, str, int | None, bool]], str]:
    """Return a facet as its macro takes it: heading, (label, whole address, count, is here), and the label chosen."""
    name, links = facet
    chosen = next((label for label, url, _ in links if url == here), "")
    return name, [(label, root + url, count, url == here) for label, url, count in links], chosen


def _topics_page(theme: Theme, topics: tuple[tuple[str, int, tuple[Published, ...]], ...]) -> GeneratedFile:
    return theme.page(
        "policies/topics/",
        "topics.html",
        title="按主题看政策",
        current="policies",
        crumbs=(POLICIES.crumb, ("主题", "")),
        column="policies",
        lead="每个主题列最新的几件，其余可以搜到。",
        topics=topics,
    )
