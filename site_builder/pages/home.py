"""首页、搜索、查进度和找不到: the pages that stand for the whole site."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

from site_builder.records import (
    Case,
    Consultation,
    Finance,
    Guide,
    Honour,
    Indicator,
    Interpretation,
    Message,
    News,
    Notice,
    Page,
    Policy,
    Published,
    Recipient,
    Record,
    Union,
    Venue,
)
from site_builder.render import PHASE_CLASS, Theme
from site_builder.values import PHASE_WORDS, GeneratedFile

TILES = 6
POLICY_ROWS = 4
NOTICE_ROWS = 4
WINNERS = 4
NEW_DAYS = 14
WORKS = "五件实事"
SEARCHED: tuple[type[Record], ...] = (
    Policy,
    Interpretation,
    Notice,
    Guide,
    News,
    Case,
    Finance,
    Venue,
    Union,
    Consultation,
    Page,
)
DIRECTORY: tuple[tuple[str, str, str, tuple[type[Record], ...]], ...] = (
    ("政策公开", "policies/", "文件、解读和前后版本", (Policy, Interpretation)),
    ("通知公示", "notices/", "通知、公告和公示", (Notice,)),
    ("办事服务", "guides/", "谁能办、要什么、多久、找谁", (Guide,)),
    ("我的申请", "status/", "交过的申请办到哪一步了", ()),
    ("荣誉榜", "honors/", "历年受表彰的职工和集体", (Honour,)),
    ("数据公开", "data/", "实事进度和各项指标", (Indicator,)),
    ("财务公开", "finance/", "预算、决算和审计结果", (Finance,)),
    ("互动", "interact/", "留言、征集和答复", (Message, Consultation)),
    ("工作动态", "news/", "县总工会和基层工会的事", (News,)),
    ("典型案例", "cases/", "隐去姓名的真实事情", (Case,)),
    ("工会组织", "unions/", "县、乡镇街道、行业和基层工会", (Union,)),
    ("阵地站点", "venues/", "文化宫、服务中心和服务站点", (Venue,)),
)


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the home page, search and its titles, how to ask after an application, and the page for wrong addresses."""
    yield _home(theme)
    titles = GeneratedFile("search/titles.json", json.dumps(_titles(theme), ensure_ascii=False, separators=(",", ":")))
    yield titles
    yield _search(theme, sha256(str(titles.content).encode()).hexdigest()[:8])
    yield theme.page(
        "status/",
        "status.html",
        title="我的申请",
        current="status",
        crumbs=(("我的申请", ""),),
        guides=_guides(theme)[:TILES],
    )
    yield theme.page("404.html", "missing.html", title="这一页找不到了", crumbs=(("找不到", ""),), column="search")


def page_context(theme: Theme, page: Page) -> dict[str, Any]:
    """Return what main.html needs for a page written by hand."""
    shell = theme.shell(
        page.url, title=page.title, crumbs=(("关于", "search/#map"), (page.title, "")), column="pages", record=page
    )
    return {**shell, "prose": theme.prose(page)}


# --- home --------------------------------------------------------------------------------------


def _home(theme: Theme) -> GeneratedFile:
    library = theme.library
    guides = _guides(theme)
    policies = library.all(Policy)
    lead = policies[0] if policies else None
    batch, winners = _newest_honours(theme)
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


def _newest_honours(theme: Theme) -> tuple[Honour | None, list[Recipient]]:
    for batch in theme.library.all(Honour):
        ended = {one.key for one in batch.revocations if one.date <= theme.today}
        people = [one for one in batch.recipients if one.kind == "个人" and one.key not in ended]
        if len(people) >= WINNERS:
            return batch, people[:WINNERS]
    return None, []


def _works(theme: Theme) -> list[Indicator]:
    works = [one for one in theme.library.all(Indicator) if one.group == WORKS]
    newest = max((one.year or 0 for one in works), default=0)
    return sorted((one for one in works if (one.year or 0) == newest), key=lambda one: (one.order, one.id))[:5]


# --- search ------------------------------------------------------------------------------------


def _titles(theme: Theme) -> list[list[str]]:
    """Return [title, number, words, address, kind, status class, status word, date] of everything with a title."""
    rows = []
    for kind in SEARCHED:
        for record in theme.library.all(kind):
            css, word = _status(theme, record)
            number = getattr(record, "doc_number", None)
            words = [*getattr(record, "topics", ()), *getattr(record, "keywords", ())]
            words += [short] if (short := getattr(record, "short", None)) else []
            day = str(record.day) if isinstance(record, Published) and record.day else ""
            rows.append([record.title, str(number or ""), " ".join(words), record.url, record.label, css, word, day])
    return rows


def _status(theme: Theme, record: Record) -> tuple[str, str]:
    if isinstance(record, Policy):
        phase = theme.phase(record)
        return PHASE_CLASS[phase], PHASE_WORDS[phase]
    span = theme.span(record)
    return (span.css, span.word) if span else ("", "")


def _search(theme: Theme, version: str) -> GeneratedFile:
    library = theme.library
    papers: list[Published] = [*library.all(Policy), *library.all(Interpretation)]
    topics = Counter(topic for one in papers for topic in dict.fromkeys(one.topics))
    return theme.page(
        "search/",
        "search.html",
        title="搜索",
        current="search",
        crumbs=(("搜索", ""),),
        titles_version=version,
        columns=[
            (name, url, said, sum(len(library.all(kind)) for kind in kinds) if kinds else None)
            for name, url, said, kinds in DIRECTORY
        ],
        years=sorted(Counter(one.day.year for one in papers if one.day).items(), reverse=True),
        topics=sorted(topics.items(), key=lambda pair: (-pair[1], pair[0])),
        leaves=sorted(library.all(Page), key=lambda page: page.id),
    )
