"""What the head of a page tells of it: the META tags of 国办发〔2017〕47号 (annex) and the feeds of its column."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Day

from markupsafe import Markup, escape

from site_builder.model import Site, SiteColumn
from site_builder.records import (
    Campaign,
    Consultation,
    Event,
    Honour,
    Interpretation,
    Message,
    Page,
    Published,
    Record,
    Rules,
    Union,
    Venue,
)

Tag = tuple[str, str]
"""Name and content."""

COLUMNS: dict[str, tuple[str, str, str]] = {
    "": ("首页", "首页", "工会政策、办事服务、荣誉和数据"),
    "policies": ("政策公开", "政策文件", "工会政策文件和政策解读"),
    "notices": ("通知公示", "政策文件", "通知、公告和公示"),
    "news": ("工作动态", "工作动态", "工会工作动态"),
    "guides": ("办事服务", "办事服务", "办事指南和网上申请"),
    "honors": ("荣誉榜", "工作动态", "受表彰的职工和集体"),
    "data": ("数据公开", "数据发布", "工会工作的指标和数据"),
    "indicators": ("数据公开", "数据发布", "工会工作的指标和数据"),
    "registers": ("台账名录", "数据开放", "台账和名录"),
    "rules": ("帮扶标准", "数据发布", "各期标准和来源"),
    "interact": ("互动", "咨询投诉", "咨询、建议、留言和征集"),
    "messages": ("留言选登", "咨询投诉", "留言和答复"),
    "consultations": ("意见征集", "征集调查", "意见征集和结果"),
    "cases": ("典型案例", "回应关切", "隐去姓名的典型案例"),
    "finance": ("财务公开", "数据发布", "预算、决算和审计结果"),
    "unions": ("工会组织", "机构职能", "工会组织和联系方式"),
    "venues": ("阵地站点", "概况信息", "职工阵地和服务站点"),
    "events": ("活动日程", "工作动态", "活动、培训和竞赛的日程"),
    "campaigns": ("专题", "工作动态", "专题活动"),
    "pages": ("关于", "概况信息", "单位概况和网站说明"),
    "open-data": ("开放数据", "数据开放", "可以下载的数据和数据字典"),
    "sitemap": ("网站地图", "信息公开目录", "全部栏目和页面"),
    "search": ("搜索", "信息公开目录", "全站搜索和栏目目录"),
    "status": ("我的申请", "办事服务", "查询申请的办理进度"),
}
"""Folder → name, class (ColumnType of 国办发〔2017〕47号) and purpose, where site.yml names no such column."""

FEEDS: dict[str, str] = {
    "policies": "政策文件",
    "notices": "通知公示",
    "news": "工作动态",
    "guides": "办事指南",
    "cases": "典型案例",
    "finance": "财务公开",
    "consultations": "意见征集",
}
"""Folders whose column has feeds, with the name of each; the feeds of the whole site gather them all."""


def column_of(site: Site, key: str) -> SiteColumn:
    """Return the column of that folder or name: as site.yml has it, else from the table of this module."""
    for field in ("folder", "name"):
        for column in site.columns:
            if getattr(column, field) == key:
                return _whole(site, column)
    name, kind, description = COLUMNS.get(key, (key, key, ""))
    return _whole(site, SiteColumn(name=name, folder=key, type=kind, description=description))


def _whole(site: Site, column: SiteColumn) -> SiteColumn:
    return column.model_copy(
        update={
            "description": column.description or f"{site.name}{column.name}栏目",
            "keywords": column.keywords or (column.name, site.organisation),
        }
    )


def tell_site(site: Site) -> list[Tag]:
    """Return the tags that every page has; the code only where the site has one."""
    tags = [("SiteName", site.name), ("SiteDomain", site.domain)]
    return [*tags, ("SiteIDCode", site.site_id_code)] if site.site_id_code else tags


def tell_column(site: Site, key: str, record: Record | None) -> list[Tag]:
    """Return the tags of the column of that folder or name; some records belong to a class of their own."""
    column = column_of(site, key)
    if isinstance(record, Page):
        column = column.model_copy(update={"name": record.column, "type": record.column})
    elif isinstance(record, Interpretation):
        column = column.model_copy(update={"name": "政策解读", "type": "政策解读"})
    return [
        ("ColumnName", column.name),
        ("ColumnDescription", column.description),
        ("ColumnKeywords", ",".join(column.keywords)),
        ("ColumnType", column.type),
    ]


def find_day(record: Record, today: Day) -> Day | None:
    """Return the date that a record's page gives as its own: published, updated, conferred, or newest figure.

    Never the day of something that is announced, such as an event: a publishing date must not be invented.
    """
    if isinstance(record, Published):  # first, as almost every record is one: each further look costs a microsecond
        return record.day
    if isinstance(record, Page | Event | Union | Venue):
        return record.updated
    if isinstance(record, Honour):
        return record.conferred
    if isinstance(record, Message):
        return record.replied or record.asked
    if isinstance(record, Rules):
        current = record.on(today)
        return current.effective if current else None
    if isinstance(record, Consultation) and record.result_published and record.result_published <= today:
        return record.result_published
    if isinstance(record, Campaign | Consultation) and record.period.start > today:
        return None
    return record.day


def list_feeds(site: Site, url: str) -> list[tuple[str, str, str]]:
    """Return (title, media type, address below the site root) of the feeds of the column that a page belongs to."""
    folder = url.partition("/")[0]
    column = folder if folder in FEEDS else ""
    name = f"{FEEDS[folder]} · {site.name}" if column else site.name
    way = f"{column}/" if column else ""
    return [(name, "application/atom+xml", f"{way}feed.xml"), (name, "application/feed+json", f"{way}feed.json")]


def tell_content(record: Record, day: Day, source: str, address: str) -> list[Tag]:
    """Return the tags of a record that was published or changed on `day`; a time that is not known is midnight."""
    published = record if isinstance(record, Published) else None
    time = (published and published.published_time) or "00:00"
    tags = [
        ("ArticleTitle", record.title),
        ("PubDate", f"{day} {time}"),
        ("ContentSource", source),
        ("Url", address),
    ]
    if published and published.author:
        tags.append(("Author", published.author))
    if published and (words := published.keywords or published.topics):
        tags.append(("Keywords", ",".join(words)))
    return tags


def write_tags(tags: Iterable[Tag]) -> Markup:
    """Return tags as HTML, one a line."""
    lines = [f'<meta name="{escape(name)}" content="{escape(content)}">' for name, content in tags]
    return Markup("\n".join(lines))  # noqa: S704 - its parts are escaped
