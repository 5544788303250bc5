"""What is published as open data: tables of public records, each column with its meaning. No I/O.

A table holds what the pages show and nothing else: consent, small cells and public columns are judged by `disclosure`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Day
from typing import TypeVar

from site_builder.awards import tabulate_awards
from site_builder.disclosure import is_hidden, is_open, open_columns
from site_builder.metatags import find_day
from site_builder.records import Column as RegisterColumn
from site_builder.records import (
    Event,
    Finance,
    Guide,
    Honour,
    Indicator,
    Interpretation,
    Message,
    Notice,
    Policy,
    Published,
    Record,
    Register,
    Rules,
    Union,
    Venue,
)
from site_builder.table_columns import (
    EVENTS,
    FINANCE,
    GUIDES,
    HONOURS,
    INDICATORS,
    MESSAGES,
    NOTICES,
    OBSERVATIONS,
    POLICIES,
    RELATIONS,
    RULES,
    UNIONS,
    URL,
    VENUES,
    Column,
    Field,
    Kind,
    Scope,
    Value,
    own,
)
from site_builder.values import RELATION_WORDS, Reference

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Table:
    """One data set: its name for programs, its title, what it is, its columns, its rows, when it last changed."""

    name: str
    title: str
    about: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Value, ...], ...]
    updated: Day | None = None
    page: str = ""
    """Address below the site root of the pages that show the same."""

    @property
    def slug(self) -> str:
        """Return the name as it stands in addresses and file names."""
        return self.name.replace("_", "-")


def tabulate(scope: Scope) -> list[Table]:
    """Return every table that has at least one row, in the order of the page."""
    plain = [
        _table(
            scope, Policy, "policies", "政策文件", "文件的文号、日期、效力和摘要，一份一行。", POLICIES, "policies/"
        ),
        _relations(scope),
        _table(
            scope, Notice, "notices", "通知公告", "通知、公告和正在公示的事项；期满的公示不在内。", NOTICES, "notices/"
        ),
        _table(scope, Guide, "guides", "办事指南", "每项服务的时限、收费和办理形式。", GUIDES, "guides/"),
        _honours(scope),
        _table(scope, Union, "unions", "工会组织", "县、乡镇街道、行业和基层工会，一个一行。", UNIONS, "unions/"),
        _table(scope, Venue, "venues", "阵地站点", "地址、开放时间、服务、设施和坐标。", VENUES, "venues/"),
        _table(scope, Indicator, "indicators", "指标", "每项指标的口径、单位和目标。", INDICATORS, "indicators/"),
        _observations(scope),
        _table(scope, Event, "events", "活动日程", "活动的时间、地点和对象。", EVENTS, "events/"),
        _rules(scope),
        _table(scope, Message, "messages", "留言和答复", "隐去个人信息的留言和答复。", MESSAGES, "messages/"),
        _table(scope, Finance, "finance", "财务公开", "预算、决算、专项资金和审计结果的目录。", FINANCE, "finance/"),
        *(_register(scope, one) for one in _all(scope, Register)),
    ]
    return [table for table in plain if table.rows]


def _all(scope: Scope, kind: type[R]) -> list[R]:
    return sorted(scope.library.all(kind), key=lambda one: one.id)


def _table(
    scope: Scope,
    kind: type[Record],
    name: str,
    title: str,
    about: str,
    columns: Sequence[Column],
    page: str,
) -> Table:
    whole = (own(kind, "id"), own(kind, "title"), *columns, URL)
    records = _all(scope, kind)
    rows = tuple(tuple(read(scope, one) for _, read in whole) for one in records)
    return Table(name, title, about, tuple(field for field, _ in whole), rows, _newest(scope, records), page)


def _newest(scope: Scope, records: Iterable[Record]) -> Day | None:
    days = (find_day(one, scope.today) for one in records)
    return max((day for day in days if day and day <= scope.today), default=None)


# --- tables whose rows are not records ---------------------------------------------------------------


def _relations(scope: Scope) -> Table:
    rows = tuple(
        _relation(scope, one, name, reference)
        for one in [*_all(scope, Policy), *_all(scope, Interpretation)]
        for name, reference in _references(one)
    )
    return Table(
        "relations", "文件之间的关系", "废止、修改、依据、解读等关系，一条一行。", RELATIONS, rows, page="policies/"
    )


def _references(record: Published) -> list[tuple[str, Reference]]:
    pairs = list(record.relations.pairs())
    return [*pairs, ("interprets", Reference(id=record.policy))] if isinstance(record, Interpretation) else pairs


def _relation(scope: Scope, record: Record, name: str, reference: Reference) -> tuple[Value, ...]:
    found = scope.library.resolve(reference)
    number = getattr(found, "doc_number", None) or reference.doc_number
    return (
        record.id,
        RELATION_WORDS[name][0],
        found.id if found else None,
        found.title if found else reference.title,
        str(number) if number else None,
        reference.article,
    )


def _honours(scope: Scope) -> Table:
    awards = [{**row, "url": f"{scope.base}{row['url']}"} for row in tabulate_awards(scope.library)]
    rows = tuple(tuple(row[field.name] or None for field in HONOURS) for row in awards)
    about = "历年受表彰的个人和集体，一次表彰一行；撤销的注明。"
    return Table("honours", "荣誉", about, HONOURS, rows, _newest(scope, _all(scope, Honour)), "honors/")


def _observations(scope: Scope) -> Table:
    indicators = _all(scope, Indicator)
    rows = tuple(row for one in indicators for row in _series(one))
    about = "每项指标各期的数，一期一行；比率写出分子和分母。"
    return Table("observations", "指标各期数据", about, OBSERVATIONS, rows, _newest(scope, indicators), "indicators/")


def _series(indicator: Indicator) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = []
    for one in sorted(indicator.series, key=lambda one: one.date):
        hidden = is_hidden(indicator, one)
        figures = (None, None, None) if hidden else (round(one.figure, 4), one.n, one.of)
        note = None if hidden else one.note
        rows.append((indicator.id, indicator.title, one.date, *figures, hidden, one.source or indicator.source, note))
    return rows


def _rules(scope: Scope) -> Table:
    every = _all(scope, Rules)
    rows = tuple(
        (
            one.id,
            one.title,
            version.effective,
            name,
            one.labels.get(name, name),
            None if isinstance(value, str) else value,
            value if isinstance(value, str) else None,
            version.source,
        )
        for one in every
        for version in sorted(one.versions, key=lambda version: version.effective)
        for name, value in version.values.items()
    )
    about = "帮扶线、最高额、期限等标准，每一期每一项一行。"
    return Table("rules", "执行标准", about, RULES, rows, _newest(scope, every), "rules/")


_REGISTER_KINDS: dict[str, Kind] = {
    "text": "text",
    "number": "number",
    "date": "date",
    "url": "text",
    "yes_no": "yes_no",
}


def _register(scope: Scope, register: Register) -> Table:
    columns = open_columns(register) if is_open(register) else []
    fields = tuple(_register_field(column) for column in columns)
    rows = tuple(tuple(row.get(column.name) for column in columns) for row in register.rows) if columns else ()
    name = f"register_{register.id.replace('-', '_')}"
    about = register.summary or f"{register.title}的公开部分。"
    return Table(name, register.title, about, fields, rows, _newest(scope, [register]), register.url)


def _register_field(column: RegisterColumn) -> Field:
    return Field(column.name, column.label, _REGISTER_KINDS[column.type], source="台账的公开列")
