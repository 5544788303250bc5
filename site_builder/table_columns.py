"""The columns of the open data, one by one: name, label, kind, unit, source, and how the value is read. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime
from typing import Any, Literal

from site_builder.model import Library
from site_builder.records import Event, Finance, Guide, Indicator, Message, Notice, Policy, Record, Union, Venue
from site_builder.values import PHASE_WORDS

Value = str | int | float | bool | Day | datetime | tuple[str, ...] | None
Kind = Literal["text", "integer", "number", "date", "yes_no", "list"]

KIND_WORDS: dict[Kind, str] = {
    "text": "文字",
    "integer": "整数",
    "number": "数",
    "date": "日期",
    "yes_no": "是否",
    "list": "多个词",
}
UNION_KINDS = {"county": "县级", "township": "乡镇街道", "industry": "行业", "grassroots": "基层"}
COMPUTED = "网站按当天日期计算"


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name for programs, its Chinese label, what kind of value, its unit, where the value is from."""

    name: str
    label: str
    kind: Kind = "text"
    unit: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a column may look up: the released library, the day, the last day of a period, and the site's address."""

    library: Library
    today: Day
    end_of: Callable[[Any], Day]
    base: str


Read = Callable[[Scope, Any], Value]
Column = tuple[Field, Read]


def own(kind: type[Record], name: str, value: Kind = "text", unit: str = "") -> Column:
    """Return a column that repeats a field of a record under the name that editors know."""
    label = kind.model_fields[name].title or name
    return Field(name, label, value, unit, f"{kind.label}的“{label}”"), lambda scope, one: _plain(getattr(one, name))


def part(kind: type[Record], name: str, label: str, read: Callable[[Any], Value], value: Kind = "text") -> Column:
    """Return a column made of part of a field."""
    return Field(name, label, value, "", f"{kind.label}的“{label}”"), lambda scope, one: read(one)


URL: Column = (
    Field("url", "网址", "text", "", "本站地址"),
    lambda scope, one: scope.base + one.url,
)


_PLAIN = (str, int, float, Day, tuple)


def _plain(value: Any) -> Value:
    if value is None or isinstance(value, _PLAIN):
        return value
    return str(value)


POLICIES = (
    own(Policy, "index_number"),
    own(Policy, "doc_number"),
    own(Policy, "issuer"),
    own(Policy, "source"),
    own(Policy, "genre"),
    own(Policy, "topics", "list"),
    own(Policy, "audience", "list"),
    own(Policy, "issued", "date"),
    own(Policy, "published", "date"),
    part(Policy, "effective", "施行日期", lambda one: one.validity.effective, "date"),
    part(Policy, "expires", "失效日期", lambda one: one.validity.expires, "date"),
    part(Policy, "repealed", "废止日期", lambda one: one.validity.repealed, "date"),
    (
        Field("validity", "有效性", source=COMPUTED),
        lambda scope, one: PHASE_WORDS[scope.library.phase(one, scope.today)],
    ),
    own(Policy, "disclosure"),
    own(Policy, "department"),
    own(Policy, "summary"),
)
NOTICES = (
    own(Notice, "kind"),
    own(Notice, "doc_number"),
    own(Notice, "issuer"),
    own(Notice, "published", "date"),
    part(Notice, "starts", "开始日期", lambda one: one.period.start if one.period else None, "date"),
    (Field("ends", "结束日期", "date", "", "公示期或受理期；按工作日数的，由网站推算"),
     lambda scope, one: scope.end_of(one.period) if one.period else None),
    own(Notice, "result"),
)  # fmt: skip
GUIDES = (
    own(Guide, "code"),
    own(Guide, "kind"),
    own(Guide, "summary"),
    own(Guide, "authority"),
    own(Guide, "audience"),
    part(Guide, "promised_days", "承诺办结天数", lambda one: one.promised_limit and one.promised_limit.days, "integer"),
    part(Guide, "promised_unit", "天数按", lambda one: one.promised_limit and one.promised_limit.unit),
    own(Guide, "fee"),
    own(Guide, "benefit"),
    own(Guide, "channels", "list"),
    own(Guide, "visits", "integer", "次"),
    own(Guide, "phones", "list"),
    own(Guide, "updated", "date"),
)
UNIONS = (
    own(Union, "short"),
    part(Union, "kind", "类型", lambda one: UNION_KINDS[one.kind]),
    own(Union, "form"),
    own(Union, "parent"),
    own(Union, "code"),
    own(Union, "address"),
    own(Union, "phone"),
    own(Union, "founded", "date"),
    own(Union, "term_start", "date"),
    own(Union, "term_end", "date"),
    own(Union, "members", "integer", "人"),
    own(Union, "workers", "integer", "人"),
    own(Union, "legal_person", "yes_no"),
    own(Union, "women_committee", "yes_no"),
    own(Union, "audit_committee", "yes_no"),
    own(Union, "updated", "date"),
)
VENUES = (
    own(Venue, "kind"),
    own(Venue, "address"),
    own(Venue, "township"),
    own(Venue, "phone"),
    own(Venue, "hours"),
    own(Venue, "services", "list"),
    own(Venue, "facilities", "list"),
    own(Venue, "fee"),
    own(Venue, "booking"),
    part(Venue, "longitude", "东经", lambda one: one.coordinates[0] if one.coordinates else None, "number"),
    part(Venue, "latitude", "北纬", lambda one: one.coordinates[1] if one.coordinates else None, "number"),
    own(Venue, "union"),
    own(Venue, "opened", "date"),
    own(Venue, "updated", "date"),
)
INDICATORS = (
    part(Indicator, "indicator_group", "分组", lambda one: one.group),
    own(Indicator, "unit"),
    own(Indicator, "definition"),
    own(Indicator, "year", "integer"),
    part(Indicator, "target", "目标值", lambda one: one.target and one.target.value, "number"),
    part(Indicator, "target_by", "目标期限", lambda one: one.target and one.target.by, "date"),
    part(Indicator, "at_least", "越大越好", lambda one: one.target and one.target.at_least, "yes_no"),
    own(Indicator, "source"),
    own(Indicator, "remark"),
)
EVENTS = (
    own(Event, "kind"),
    part(Event, "starts", "开始", lambda one: one.start),
    part(Event, "ends", "结束", lambda one: one.end),
    own(Event, "place"),
    own(Event, "venue"),
    own(Event, "organiser"),
    own(Event, "audience"),
    own(Event, "capacity", "integer", "人"),
    part(Event, "signup_starts", "报名开始", lambda one: one.signup.start if one.signup else None, "date"),
    (Field("signup_ends", "报名截止", "date", "", "日程的“报名时间”"),
     lambda scope, one: scope.end_of(one.signup) if one.signup else None),
    part(Event, "change", "变更", lambda one: one.change.kind if one.change else None),
    part(Event, "change_announced", "变更公布日期", lambda one: one.change.announced if one.change else None, "date"),
    part(Event, "was", "原定时间", lambda one: one.change.was if one.change else None),
    part(Event, "was_place", "原定地点", lambda one: one.change.was_place if one.change else None),
    own(Event, "results"),
    own(Event, "updated", "date"),
)  # fmt: skip
MESSAGES = (
    own(Message, "kind"),
    own(Message, "asked", "date"),
    own(Message, "question"),
    own(Message, "unit"),
    own(Message, "replied", "date"),
    own(Message, "reply"),
    own(Message, "topics", "list"),
)
FINANCE = (
    own(Finance, "kind"),
    own(Finance, "year", "integer"),
    own(Finance, "issuer"),
    own(Finance, "published", "date"),
    own(Finance, "summary"),
)

# --- columns of tables whose rows are not records -----------------------------------------------------

RELATIONS: tuple[Field, ...] = (
    Field("source", "文件编号", source="政策文件、政策解读的“编号”"),
    Field("relation", "关系", source="记录的“关联”"),
    Field("target", "对方编号", source="本站文件的编号，本站没有的空着"),
    Field("target_title", "对方标题", source="对方的“标题”，或引用时写的标题"),
    Field("target_doc_number", "对方文号", source="对方的“文号”，或引用时写的文号"),
    Field("article", "条款", source="引用时写的条款"),
)
HONOURS: tuple[Field, ...] = (
    Field("batch", "批次编号", source="荣誉批次的“编号”"),
    Field("honour", "称号", source="荣誉批次的“称号”"),
    Field("level", "级别", source="荣誉批次的“级别”"),
    Field("year", "年度", "integer", source="荣誉批次的“年度”"),
    Field("conferred_by", "授予单位", source="荣誉批次的“授予单位”"),
    Field("conferred", "授予日期", "date", source="荣誉批次的“授予日期”"),
    Field("key", "标识", source="名单的“标识”，同名的人靠它区分"),
    Field("name", "姓名或名称", source="名单的“姓名或名称”"),
    Field("kind", "类别", source="名单的“类别”"),
    Field("unit", "单位", source="名单的“单位”"),
    Field("post", "职务或岗位", source="名单的“职务或岗位”，本人同意公开的才有"),
    Field("industry", "行业", source="名单的“行业”，本人同意公开的才有"),
    Field("status", "状态", source="有效或已撤销"),
    Field("revoked", "撤销日期", "date", source="撤销名单的“撤销日期”"),
    Field("reason", "撤销原因", source="撤销名单的“原因”"),
    Field("url", "网址", source="本站地址"),
)
OBSERVATIONS: tuple[Field, ...] = (
    Field("indicator", "指标编号", source="指标的“编号”"),
    Field("title", "指标", source="指标的“标题”"),
    Field("date", "日期", "date", source="数据的“日期”"),
    Field("value", "数值", "number", "见指标的单位", "数据的“数值”，或由分子、分母算出的百分比"),
    Field("numerator", "分子", "integer", source="数据的“分子”"),
    Field("denominator", "分母", "integer", source="数据的“分母”"),
    Field("withheld", "不公布", "yes_no", source="涉及人数太少、会认出是谁的，不公布"),
    Field("source", "来源", source="数据的“来源”，没有就用指标的“数据来源”"),
    Field("note", "说明", source="数据的“说明”"),
)
RULES: tuple[Field, ...] = (
    Field("rules", "标准编号", source="标准的“编号”"),
    Field("title", "标准", source="标准的“标题”"),
    Field("effective", "起算日期", "date", source="各期标准的“起算日期”"),
    Field("name", "数值标识", source="各期标准“数值”的键"),
    Field("label", "项目", source="标准的“数值名称”"),
    Field("value", "数值", "number", "见项目", "各期标准的“数值”，是数的"),
    Field("words", "文字", source="各期标准的“数值”，不是数的"),
    Field("source", "来源", source="各期标准的“来源”"),
)
