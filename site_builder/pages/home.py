"""首页、搜索、查进度和找不到: the pages that stand for the whole site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from site_builder.awards import Award, list_awards
from site_builder.pages.columns import list_columns
from site_builder.records import (
    Guide,
    Honour,
    Indicator,
    Interpretation,
    Notice,
    Page,
    Policy,
    Published,
)
from site_builder.render import Theme
from site_builder.values import GeneratedFile

TILES = 6
POLICY_ROWS = 4
NOTICE_ROWS = 4
WINNERS = 4
NEW_DAYS = 14
PAGE_GROUPS = ("关于单位", "信息公开", "关于本站", "工作手册")
HANDBOOK = "handbook"
"""How the ids of the pages of the staff handbook begin."""
SITE_PAGES = frozenset({"accessibility", "corrections", "privacy", "terms"})
"""Ids of the statements that a site makes about itself."""
WORKS = "五件实事"


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the home page, how to ask after an application, and the page for wrong addresses."""
    yield _home(theme)
    yield theme.page(
        "status/",
        "status.html",
        title="我的申请",
        current="status",
        crumbs=(("我的申请", ""),),
        guides=_guides(theme)[:TILES],
    )
    yield theme.page(
        "sitemap/",
        "sitemap.html",
        title="网站地图",
        crumbs=(("网站地图", ""),),
        column="sitemap",
        columns=list_columns(theme),
    )
    yield theme.page(
        "pages/",
        "about.html",
        title="关于我们",
        crumbs=(("关于我们", ""),),
        groups=group_pages(theme),
    )
    yield theme.page("404.html", "missing.html", title="这一页找不到了", crumbs=(("找不到", ""),), column="search")


def generate_search(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the page of search with its directory, the only one that tells the version of the index."""
    yield _search(theme)


def page_context(theme: Theme, page: Page) -> dict[str, Any]:
    """Return what main.html needs for a page written by hand."""
    crumbs = (("关于我们", "pages/"), (page.title, ""))
    shell = theme.shell(page.url, title=page.title, crumbs=crumbs, column="pages", record=page)
    return {**shell, "prose": theme.prose(page), "groups": group_pages(theme)}


def generate_leaves(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the pages written by hand, with the bytes that MkDocs makes of the same template."""
    for page in theme.library.all(Page):
        yield theme.later(page.url, _leaf, page)


def _leaf(theme: Theme, page: Page) -> GeneratedFile:
    html = theme.env.get_template("main.html").render(page_context(theme, page))
    return GeneratedFile(f"{page.url}index.html", html)


def group_pages(theme: Theme) -> list[tuple[str, list[Page]]]:
    """Return the pages written by hand: on the federation, on disclosure, on this site."""
    groups: dict[str, list[Page]] = {name: [] for name in PAGE_GROUPS}
    for page in sorted(theme.library.all(Page), key=_page_rank):
        groups[_page_group(page)].append(page)
    return [(name, pages) for name, pages in groups.items() if pages]


def _page_rank(page: Page) -> tuple[int, int, str]:
    order = ("概况信息", "机构职能", "负责人信息", "信息公开指南", "信息公开年报")
    return order.index(page.column) if page.column in order else len(order), page.order, page.id


def _page_group(page: Page) -> str:
    if page.id.startswith(HANDBOOK):
        return "工作手册"
    if "公开" in page.column:
        return "信息公开"
    return "关于本站" if page.id in SITE_PAGES else "关于单位"


# --- home --------------------------------------------------------------------------------------


def _home(theme: Theme) -> GeneratedFile:
    library = theme.library
    guides = _guides(theme)
    policies = library.all(Policy)
    lead = policies[0] if policies else None
    batch, winners, winner_count = _newest_honours(theme)
    works = _works(theme)
    days = [one.published for one in _published(theme) if one.published and one.published <= theme.today]
    return theme.page(
        "",
        "home.html",
        title=theme.site.name,
        current="home",
        guides=guides[:TILES],
        guide_count=len(guides),
        lead=lead,
        lead_is_new=bool(lead and lead.published and (theme.today - lead.published).days < NEW_DAYS),
        policies=policies[1:POLICY_ROWS],
        notices=_notices(theme),
        batch=batch,
        winners=winners,
        winner_count=winner_count,
        works=works,
        works_word=WORKS,
        fresh=_count_fresh(theme),
        updated=max(days, default=None),
    )


def _guides(theme: Theme) -> list[Guide]:
    return sorted(theme.library.all(Guide), key=lambda guide: (guide.order, guide.id))


def _published(theme: Theme) -> list[Published]:
    return [one for one in theme.library.records.values() if isinstance(one, Published)]


def _count_fresh(theme: Theme) -> int:
    monday = theme.today - timedelta(days=theme.today.weekday())
    return sum(1 for one in _published(theme) if one.published and monday <= one.published <= theme.today)


def _notices(theme: Theme) -> list[Notice]:
    """Return notices with a period: those that run, the first to end first; then those that ended last."""
    spans = [(span, notice) for notice in theme.library.all(Notice) if (span := theme.span(notice))]
    running = sorted((pair for pair in spans if pair[0].state == "open"), key=lambda pair: (pair[0].end, pair[1].id))
    over = sorted((pair for pair in spans if pair[0].state == "over"), key=lambda pair: (pair[0].end, pair[1].id))
    return [notice for _, notice in [*running, *reversed(over)]][:NOTICE_ROWS]


def _newest_honours(theme: Theme) -> tuple[Honour | None, list[Award], int]:
    """Return the newest batch with enough people whose honours stand, the first of them, and how many there are."""
    for batch in theme.library.all(Honour):
        people = [award for award in list_awards(batch) if award.holds and not award.is_unit]
        if len(people) >= WINNERS:
            return batch, people[:WINNERS], len(people)
    return None, [], 0


def _works(theme: Theme) -> list[Indicator]:
    works = [one for one in theme.library.all(Indicator) if one.group == WORKS]
    newest = max((one.year or 0 for one in works), default=0)
    return sorted((one for one in works if (one.year or 0) == newest), key=lambda one: (one.order, one.id))[:5]


# --- search ------------------------------------------------------------------------------------


def _search(theme: Theme) -> GeneratedFile:
    library = theme.library
    papers: list[Published] = [*library.all(Policy), *library.all(Interpretation)]
    topics = Counter(topic for one in papers for topic in dict.fromkeys(one.topics))
    return theme.page(
        "search/",
        "search.html",
        title="搜索",
        current="search",
        crumbs=(("搜索", ""),),
        columns=list_columns(theme),
        years=sorted(Counter(one.day.year for one in papers if one.day).items(), reverse=True),
        topics=sorted(topics.items(), key=lambda pair: (-pair[1], pair[0])),
        leaves=sorted(library.all(Page), key=lambda page: page.id),
    )
