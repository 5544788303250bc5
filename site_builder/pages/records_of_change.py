"""发布记录和撤下的页面: what was published and when, and a tombstone where a page was taken off the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby

from site_builder.clock import CHINA
from site_builder.editors import COLUMNS
from site_builder.frame import Crumb
from site_builder.model import Library
from site_builder.publications import Publication, Published
from site_builder.render import Theme
from site_builder.values import GeneratedFile
from site_builder.withdrawals import Tombstone

LOG = ("发布记录", "publications/")
NO_TITLE = "已不在网站上"
NO_DAY = datetime(1, 1, 2, tzinfo=CHINA)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the log: what was done to what, where it is, and on whose word."""

    time: str
    action: str
    label: str
    title: str
    url: str
    words: str
    forced: str


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the log of publications and withdrawals, and a tombstone for everything that was withdrawn."""
    rows = sorted(_list_rows(theme), key=lambda pair: pair[0], reverse=True)
    days = [
        (f"{day.year}年{day.month}月{day.day}日" if day != NO_DAY.date() else "日期未注明", [row for _, row in group])
        for day, group in groupby(rows, key=lambda pair: pair[0].astimezone(CHINA).date())
    ]
    yield theme.page(
        LOG[1], "publications.html", title=LOG[0], crumbs=((LOG[0], ""),), column="pages", days=days, rows=len(rows)
    )
    for gone in theme.library.tombstones.values():
        yield theme.page(
            gone.url,
            "withdrawn.html",
            title="这一页已经撤下",
            crumbs=(_column(gone.folder, gone.label), ("已撤下", "")),
            column=gone.folder,
            gone=gone,
        )


def _column(folder: str, label: str) -> Crumb:
    """Return the crumb of a column's list; a form has none of its own."""
    return ("办事服务", "guides/") if folder == "forms" else (label, f"{folder}/")


def _list_rows(theme: Theme) -> Iterator[tuple[datetime, Row]]:
    for publication in theme.library.publications.publications:
        if publication.at > theme.now:
            continue
        for one in publication.records:
            if row := _row(theme, publication, one):
                yield publication.at, row
        if publication.more:
            yield publication.at, Row(_time(publication.at), "发布", "", f"另有 {publication.more} 条", "", "", "")
    for entry in theme.library.withdrawals.withdrawals:
        yield entry.at, _row_of_tombstone(_time(entry.at), entry.tombstone)
    for gone in _list_untold(theme.library):
        day = datetime.combine(gone.day, time.min, CHINA) if gone.day else NO_DAY
        yield day, _row_of_tombstone("", gone)


def _list_untold(library: Library) -> Iterator[Tombstone]:
    """Return what was withdrawn by its own file and stands in no publication of the log."""
    told = {one.key for one in library.withdrawals.withdrawals}
    for publication in library.publications.publications:
        told |= {(one.folder, one.id) for one in publication.records if one.action == "撤下"}
    return (gone for gone in library.tombstones.values() if gone.key not in told)


def _row(theme: Theme, publication: Publication, one: Published) -> Row | None:
    """Return the line of one record; what is not public, or not yet, is not told of at all."""
    title, url = _name(theme.library, one)
    gone = theme.library.tombstones.get((one.folder, one.id))
    if one.action == "撤下" and gone and gone.key not in {other.key for other in theme.library.withdrawals.withdrawals}:
        return _row_of_tombstone(_time(publication.at), gone)
    if title is None and one.action != "撤下":
        return None
    words = _name_people(publication) if theme.site.log_names else _count_people(publication)
    label = COLUMNS.get(one.folder, "")
    return Row(_time(publication.at), one.action, label, title or NO_TITLE, url, words, publication.forced or "")


def _row_of_tombstone(clock: str, gone: Tombstone) -> Row:
    words = f"理由：{gone.reason}" if gone.reason else ""
    return Row(clock, "撤下", gone.label, gone.title or "标题不再显示", gone.url, words, "")


def _name(library: Library, one: Published) -> tuple[str | None, str]:
    """Return the title and address of a record that the site shows now; the library holds nothing else."""
    record = library.forms.get(one.id) if one.folder == "forms" else library.get(one.folder, one.id)
    if record is None:
        return None, ""
    return record.title, f"apply/{one.id}/" if one.folder == "forms" else f"{one.folder}/{one.id}/"


def _count_people(publication: Publication) -> str:
    words = [word for word, names in (("审核", publication.reviewed), ("批准", publication.approved)) if names]
    return f"经{'、'.join(words)}" if words else ""


def _name_people(publication: Publication) -> str:
    parts = (("写稿", publication.written), ("审核", publication.reviewed), ("批准", publication.approved))
    return "；".join(f"{word}：{'、'.join(names)}" for word, names in parts if names)


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%H:%M}"
