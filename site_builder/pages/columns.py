"""The columns of the site, in the words of a directory, each with what lies below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from site_builder.disclosure import is_open
from site_builder.frame import Crumb
from site_builder.pages.catalogues import KIND_SLUGS
from site_builder.pages.event_kinds import list_kinds
from site_builder.pages.rolls import roll_url
from site_builder.pages.towns import list_towns
from site_builder.records import (
    Campaign,
    Case,
    Consultation,
    Event,
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
    Record,
    Register,
    Rules,
    Union,
    Venue,
)
from site_builder.render import Theme, year_url

Entry = tuple[str, str, str, tuple[type[Record], ...]]
"""Name, address below the site root, what it is for, and the types of record that it counts."""

DIRECTORY: tuple[Entry, ...] = (
    ("政策公开", "policies/", "文件、解读和前后版本", (Policy, Interpretation)),
    ("通知公示", "notices/", "通知、公告和公示", (Notice,)),
    ("办事服务", "guides/", "谁能办、要什么、多久、找谁", (Guide,)),
    ("我的申请", "status/", "交过的申请办到哪一步了", ()),
    ("荣誉榜", "honors/", "历年受表彰的职工和集体", (Honour,)),
    ("数据公开", "data/", "实事进度和各项指标", (Indicator,)),
    ("开放数据", "open-data/", "可以整份下载的数据和数据字典", ()),
    ("财务公开", "finance/", "预算、决算和审计结果", (Finance,)),
    ("互动", "interact/", "留言、征集和答复", (Message, Consultation)),
    ("工作动态", "news/", "县总工会和基层工会的事", (News,)),
    ("典型案例", "cases/", "隐去姓名的真实事情", (Case,)),
    ("工会组织", "unions/", "县、乡镇街道、行业和基层工会", (Union,)),
    ("阵地站点", "venues/", "文化宫、服务中心和服务站点", (Venue,)),
    ("专题", "campaigns/", "一件事的窗口期、目标和进展", (Campaign,)),
    ("活动日程", "events/", "竞赛、培训、招聘和接访", (Event,)),
    ("执行标准", "rules/", "各期的线、倍数和上限", (Rules,)),
    ("台账名录", "registers/", "可以公开的名录", (Register,)),
    ("关于我们", "pages/", "机构、领导、公开指南和网站说明", (Page,)),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column as a directory shows it; `count` is None where nothing is counted."""

    name: str
    url: str
    said: str
    count: int | None
    links: tuple[Crumb, ...]


def list_columns(theme: Theme) -> list[Column]:
    """Return the columns with the number of their records and the lists below them."""
    return [_column(theme, entry) for entry in DIRECTORY]


def _column(theme: Theme, entry: Entry) -> Column:
    name, url, said, kinds = entry
    records = [one for kind in kinds for one in theme.library.all(kind)]
    shown = [one for one in records if not isinstance(one, Register) or is_open(one)]
    below = _BELOW.get(url)
    return Column(name, url, said, len(shown) if kinds else None, tuple(below(theme) if below and shown else ()))


def _policies(theme: Theme) -> list[Crumb]:
    lists = [("现行文件", "current"), ("失效文件", "ended"), ("政策解读", "readings"), ("按主题", "topics")]
    return [
        *((name, f"policies/{folder}/") for name, folder in lists),
        *_years(theme, "policies", Policy, Interpretation),
    ]


def _years(theme: Theme, folder: str, *kinds: type[Published]) -> list[Crumb]:
    years = {one.day.year for kind in kinds for one in theme.library.all(kind) if one.day}
    return [(f"{year}年", year_url(folder, year)) for year in sorted(years, reverse=True)]


def _guides(theme: Theme) -> list[Crumb]:
    guides = sorted(theme.library.all(Guide), key=lambda guide: (guide.order, guide.id))
    return [(guide.short or guide.title, guide.url) for guide in guides]


def _honours(theme: Theme) -> list[Crumb]:
    years = sorted({batch.year for batch in theme.library.all(Honour)}, reverse=True)
    lists = [("按行业", "industries"), ("按单位", "employers"), ("按姓名", "names")]
    return [
        *((f"{year}年", roll_url(("years", str(year)))) for year in years),
        *((n, f"honors/{f}/") for n, f in lists),
    ]


def _finance(theme: Theme) -> list[Crumb]:
    kinds = {one.kind for one in theme.library.all(Finance)}
    return [(name, f"finance/kinds/{slug}/") for name, slug in KIND_SLUGS.items() if name in kinds]


def _unions(theme: Theme) -> list[Crumb]:
    towns = [one for one in theme.library.all(Union) if one.kind == "township"]
    return [(one.short or one.title, one.url) for one in sorted(towns, key=lambda one: (-(one.members or 0), one.id))]


def _venues(theme: Theme) -> list[Crumb]:
    towns = list_towns(theme.library.all(Union), theme.library.all(Venue))
    return [(town.name, town.url) for town in towns]


def _of(*kinds: type[Record]) -> Callable[[Theme], list[Crumb]]:
    return lambda theme: [(one.title, one.url) for kind in kinds for one in theme.library.all(kind) if _shown(one)]


def _shown(record: Record) -> bool:
    return not isinstance(record, Register) or is_open(record)


_BELOW: dict[str, Callable[[Theme], list[Crumb]]] = {
    "policies/": _policies,
    "notices/": lambda theme: _years(theme, "notices", Notice),
    "news/": lambda theme: _years(theme, "news", News),
    "guides/": _guides,
    "honors/": _honours,
    "data/": lambda theme: [("全部指标", "indicators/"), ("开放数据", "open-data/")],
    "finance/": _finance,
    "interact/": lambda theme: [("留言选登", "messages/"), ("意见征集", "consultations/")],
    "unions/": _unions,
    "venues/": _venues,
    "campaigns/": _of(Campaign),
    "events/": lambda theme: [(kind.title, kind.url) for kind in list_kinds(theme.library.all(Event))],
    "rules/": _of(Rules),
    "registers/": _of(Register),
    "pages/": _of(Page),
}
