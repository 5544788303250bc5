"""The self-inspection of a government website, as inspectors do it: each requirement, its standing, and the days left. Pure.

After 国办秘函〔2019〕19号 (single-veto items and counts), 国办发〔2017〕47号 (replies, footer) and the rules for new media.
A federation's own site is bound only where the county includes it in the check, so the profile decides what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from site_builder.checks.records import list_elements
from site_builder.metatags import find_day
from site_builder.model import Library, SiteColumn
from site_builder.records import (
    Consultation,
    Guide,
    Interpretation,
    Message,
    News,
    Notice,
    Page,
    Policy,
    Published,
    Record,
    Register,
)
from site_builder.values import Problem

Standing = Literal["good", "near", "failed", "person"]
Profile = Literal["政府子站", "独立站"]
STANDING_WORDS: dict[Standing, str] = {"good": "合格", "near": "临近期限", "failed": "不合格", "person": "请人工核对"}

HOME_DAYS, HOME_WARNS = 14, 4
LEADING_DAYS, PLAIN_DAYS, OTHER_DAYS = 14, 180, 365
STALE_LEADING, STALE_ALL, EMPTY = 5, 10, 5
REPLY_VETO, REPLY_WARNS = 90, 30
REPLY_WORKDAYS = 15
GUIDES, ELEMENTS = 5, 4
MEDIA_DAYS, MEDIA_WARNS = 14, 4
INTERPRETATION_DAYS = 183
CONSULTATIONS = 6
YEAR = 365


@dataclass(frozen=True, slots=True)
class Item:
    """One requirement: its code, whether it alone decides, how it stands, what shows it, and days until it is reached."""

    code: str
    title: str
    requirement: str
    standing: Standing
    evidence: tuple[str, ...]
    days_left: int | None = None
    veto: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """All items of one day."""

    name: str
    profile: Profile
    day: date
    items: tuple[Item, ...]

    @property
    def failed(self) -> bool:
        """Tell whether anything fails."""
        return any(item.standing == "failed" for item in self.items)

    @property
    def vetoed(self) -> bool:
        """Tell whether a single item decides that the site fails."""
        return any(item.veto and item.standing == "failed" for item in self.items)

    def count(self, standing: Standing) -> int:
        """Return how many items stand so."""
        return sum(item.standing == standing for item in self.items)


@dataclass(frozen=True, slots=True)
class _View:
    library: Library
    """What the public sees."""
    today: date
    profile: Profile
    problems: Sequence[Problem]
    saw_site: bool


def inspect(
    library: Library,
    now: datetime,
    profile: Profile | None = None,
    problems: Sequence[Problem] = (),
    *,
    saw_site: bool = False,
) -> Inspection:
    """Return how the site that is public at `now` stands; `problems` are what the gate found, `saw_site` if in the site too."""
    view = _View(library.public(now), now.date(), profile or library.site.profile, problems, saw_site)
    items = tuple(item for look in _LOOKS for item in look(view))
    return Inspection(library.site.organisation, view.profile, view.today, items)


def _by_age(age: int, limit: int, warns: int) -> tuple[Standing, int]:
    """Return how something stands that is `age` days old and must not be older than `limit`, and the days left."""
    left = limit - age
    return ("failed" if left < 0 else "near" if left <= warns else "good"), left


# --- single-veto items 单项否决 ----------------------------------------------------------------------


def _look_at_faults(view: _View) -> Iterator[Item]:
    errors = [problem for problem in view.problems if problem.severity == "error" and problem.rule not in _OF_SITE]
    future = [
        f"{one.title}（{one.published}）" for one in _published(view) if one.published and one.published > view.today
    ]
    evidence = [f"{problem.path}:{problem.line} {problem.message}" for problem in errors[:20]]
    evidence += [f"发布日期晚于今天：{one}" for one in future]
    standing: Standing = "failed" if evidence else "person"
    evidence = evidence or ["机器检查没有发现错误。国家、机构、领导人名称和职务，请发布前由人核对。"]
    requirement = "没有严重表述错误、泄露个人信息和弄虚作假的日期；错误以 site-builder check 的结果为准。"
    yield Item("V1", "安全、泄密事故等", requirement, standing, tuple(evidence), veto=True)


def _look_at_access(view: _View) -> Iterator[Item]:
    evidence = "请由监测平台每天探测 20 次以上，15 秒内打开。本工具不发出任何网络请求。"
    yield Item("V2", "站点无法访问", "一周内打不开的比例低于 5%。", "person", (evidence,), veto=True)


def _look_at_home(view: _View) -> Iterator[Item]:
    dated = [one for one in _published(view) if isinstance(one, News | Notice | Policy) and one.published]
    newest = max((one for one in dated if one.published and one.published <= view.today), key=_day, default=None)
    requirement = f"首页 {HOME_DAYS} 天内有更新，没有日期的不算。"
    if newest is None:
        yield Item("V3", "首页不更新", requirement, "failed", ("首页没有带日期的内容。",), 0, veto=True)
        return
    standing, left = _by_age((view.today - _day(newest)).days, HOME_DAYS, HOME_WARNS)
    yield Item(
        "V3", "首页不更新", requirement, standing, (f"最近一条：{_day(newest)} {newest.title}",), left, veto=True
    )


def _day(record: Published) -> date:
    return record.published or date.min


def _published(view: _View) -> list[Published]:
    return [one for one in view.library.records.values() if isinstance(one, Published)]


def _look_at_columns(view: _View) -> Iterator[Item]:
    columns = [(column, *_newest_in(view, column)) for column in view.library.site.columns]
    rows = [_column_item(view, *row) for row in columns]
    late = [item for item in rows if item.standing == "failed"]
    empty = [column.name for column, count, _ in columns if not count]
    limits = {column.name: column.update_days or OTHER_DAYS for column, _, _ in columns}
    leading = [item.title for item in late if limits[item.title] <= PLAIN_DAYS and item.title not in empty]
    yield _count_item("V4a", "动态、公告、政策栏目不更新", leading, STALE_LEADING)
    yield _count_item("V4b", "应更新未更新的栏目", [one.title for one in late if one.title not in empty], STALE_ALL)
    yield _count_item("V4c", "空白栏目", empty, EMPTY)
    yield from rows


def _newest_in(view: _View, column: SiteColumn) -> tuple[int, date | None]:
    records = [one for one in view.library.records.values() if one.folder == column.folder and _is_shown(one)]
    days = [day for one in records if (day := find_day(one, view.today)) and day <= view.today]
    return len(records), max(days, default=None)


def _is_shown(record: Record) -> bool:
    return not isinstance(record, Register) or record.public


def _column_item(view: _View, column: SiteColumn, count: int, newest: date | None) -> Item:
    limit = column.update_days or OTHER_DAYS
    code, requirement = f"C-{column.folder}", f"{limit} 天内有更新。"
    if newest is None:
        evidence = "栏目是空的。" if not count else "内容都没有日期，不算更新。"
        return Item(code, column.name, requirement, "failed", (evidence,), 0)
    warns = HOME_WARNS if limit <= LEADING_DAYS else 30
    standing, left = _by_age((view.today - newest).days, limit, warns)
    return Item(code, column.name, requirement, standing, (f"最近更新：{newest}，共 {count} 条。",), left)


def _count_item(code: str, title: str, names: Sequence[str], limit: int) -> Item:
    standing: Standing = "failed" if len(names) >= limit else "near" if names else "good"
    evidence = f"{len(names)} 个" + (f"：{'、'.join(names)}" if names else "")
    return Item(code, title, f"少于 {limit} 个。", standing, (f"{evidence}。",), veto=True)


def _look_at_messages(view: _View) -> Iterator[Item]:
    messages = [one for one in view.library.all(Message) if one.asked > view.today - timedelta(days=YEAR)]
    requirement = f"有网上咨询渠道；留言都在 {REPLY_VETO} 天内答复。"
    if not messages:
        evidence = ("一年内没有公开的留言，请打开互动页实际试一次。",)
        yield Item("V5", "互动回应差", requirement, "person", evidence, veto=True)
        return
    waits = sorted(((_wait(one, view.today), one) for one in messages), key=lambda pair: -pair[0])
    standing, left = _by_age(waits[0][0], REPLY_VETO, REPLY_WARNS)
    told = [f"{one.asked} {one.title}：{_said(one, days)}" for days, one in waits if days > REPLY_VETO - REPLY_WARNS]
    slow = [days for days, _ in waits]
    summary = f"一年内 {len(messages)} 件，最长 {slow[0]} 天。"
    yield Item("V5", "互动回应差", requirement, standing, (summary, *told), left, veto=True)


def _wait(message: Message, today: date) -> int:
    return ((message.replied or today) - message.asked).days


def _said(message: Message, days: int) -> str:
    return f"{days} 天后答复" if message.replied else f"已等 {days} 天，没有答复"


def _look_at_guides(view: _View) -> Iterator[Item]:
    guides = view.library.all(Guide)
    poor = []
    for guide in guides:
        missing = [word for _, word, present in list_elements(view.library, guide) if not present]
        if len(missing) >= ELEMENTS:
            poor.append(f"{guide.title}：缺{'、'.join(missing)}")
    enough = len(guides) if len(guides) < GUIDES else GUIDES
    standing: Standing = "failed" if not guides or (poor and len(poor) >= enough) else "near" if poor else "good"
    requirement = f"有办事服务；缺 {ELEMENTS} 类以上要素的指南少于 {GUIDES} 项（不足 {GUIDES} 项时不能全缺）。"
    evidence = (f"共 {len(guides)} 项，缺要素较多的 {len(poor)} 项。", *poor)
    yield Item("V6", "服务不实用", requirement, standing, evidence, veto=True)


def _look_at_media(view: _View) -> Iterator[Item]:
    for register in view.library.all(Register):
        labels = {column.label: column.name for column in register.columns}
        if {"平台", "账号名称", "最近更新"} <= labels.keys():
            for number, row in enumerate(register.rows, 1):
                name = f"{row.get(labels['平台'])}：{row.get(labels['账号名称'])}"
                yield _media_item(f"N2-{number}", name, row.get(labels["最近更新"]), view.today)

    safe = "请人工核对账号有没有错误表述、被盗用，留言有没有人回。"
    yield Item("N1", "新媒体安全和互动", "没有安全事故；能有效互动，留言三个月内答复。", "person", (safe,), veto=True)


def _media_item(code: str, name: str, last: object, today: date) -> Item:
    requirement = f"{MEDIA_DAYS} 天内有更新。"
    if not isinstance(last, date):
        return Item(code, name, requirement, "failed", ("名录里没有写最近更新的日期。",), 0, veto=True)
    standing, left = _by_age((today - last).days, MEDIA_DAYS, MEDIA_WARNS)
    return Item(code, name, requirement, standing, (f"最近更新：{last}",), left, veto=True)


# --- scored items 扣分项 -------------------------------------------------------------------------------


def _look_at_interpretations(view: _View) -> Iterator[Item]:
    newest = max(view.library.all(Interpretation), key=_day, default=None)
    requirement = "半年内有政策解读，解读与文件互相链接。"
    if newest is None:
        yield Item("S1", "政策解读", requirement, "failed", ("没有政策解读。",), 0)
    else:
        standing, left = _by_age((view.today - _day(newest)).days, INTERPRETATION_DAYS, 30)
        yield Item("S1", "政策解读", requirement, standing, (f"最近一篇：{_day(newest)} {newest.title}",), left)
    policies = view.library.all(Policy)
    bare = [one.title for one in policies if view.library.phase(one, view.today) == "unknown" or not one.topics]
    told = (f"共 {len(policies)} 件，缺效力或分类的 {len(bare)} 件。", *bare[:10])
    yield Item("S2", "政策文件", "每件都有分类（主题）和效力。", "failed" if bare else "good", told)


def _look_at_pages(view: _View) -> Iterator[Item]:
    there = {one.column: one for one in view.library.all(Page)}
    wanted = ["概况信息", "机构职能", "负责人信息", "信息公开指南"]
    missing = [name for name in wanted if name not in there]
    evidence = f"缺少：{'、'.join(missing)}。" if missing else "都有。"
    yield Item(
        "S3",
        "概况、机构、负责人、公开指南",
        "四类页面都有，内容是现在的。",
        "failed" if missing else "good",
        (evidence,),
    )
    if view.profile == "政府子站":
        yield _yearly_report(view)


def _yearly_report(view: _View) -> Item:
    """Return how the yearly report of disclosure stands: due on 31 January (政府信息公开条例, art. 50)."""
    year = view.today.year - 1
    reports = [one for one in view.library.all(Page) if one.column == "信息公开年报" and str(year) in one.title]
    left = (date(view.today.year, 1, 31) - view.today).days
    standing: Standing = "good" if reports else "failed" if left < 0 else "near"
    evidence = reports[0].title if reports else f"还没有 {year} 年的年报。"
    return Item(
        "S4", "信息公开年报", "每年 1 月 31 日前公布上一年的年报。", standing, (evidence,), None if reports else left
    )


_VAGUE = re.compile(r"其他(?:相关|有关)?材料|规定的其他(?:材料|条件)|等相关材料")


def _look_at_materials(view: _View) -> Iterator[Item]:
    vague, bare = [], []
    for guide in view.library.all(Guide):
        told = [f"{one.name}{one.note or ''}" for one in guide.materials] + [one.text for one in guide.conditions]
        if any(_VAGUE.search(text) for text in told):
            vague.append(guide.title)
        if any(not one.source for one in guide.materials):
            bare.append(guide.title)
    evidence = [f"有“其他材料”一类笼统写法：{'、'.join(vague)}。"] if vague else []
    evidence += [f"材料没有写来源：{'、'.join(bare)}。"] if bare else []
    standing: Standing = "failed" if vague else "near" if bare else "good"
    requirement = "材料写明名称、来源、份数和形式，没有兜底条款。"
    yield Item("S5", "办事材料", requirement, standing, tuple(evidence or ["都写明了。"]))


def _look_at_replies(view: _View) -> Iterator[Item]:
    year = view.today - timedelta(days=YEAR)
    slow = [
        one
        for one in view.library.all(Message)
        if one.asked > year and _wait(one, view.today) > REPLY_WORKDAYS * 7 // 5
    ]
    evidence = tuple(f"{one.asked} {one.title}：{_said(one, _wait(one, view.today))}" for one in slow)
    requirement = f"七个工作日内答复，复杂的不超过 {REPLY_WORKDAYS} 个工作日。"
    yield Item("S6", "留言答复", requirement, "failed" if slow else "good", evidence or ("都按时答复。",))


def _look_at_consultations(view: _View) -> Iterator[Item]:
    year = view.today - timedelta(days=YEAR)
    recent = [one for one in view.library.all(Consultation) if one.period.start > year]
    few = len(recent) < CONSULTATIONS
    standing: Standing = "near" if few else "good"
    yield Item(
        "S7", "意见征集", f"一年 {CONSULTATIONS} 次以上（门户网站的要求）。", standing, (f"一年内 {len(recent)} 次。",)
    )
    ended = [one for one in view.library.all(Consultation) if one.period.end and one.period.end < view.today]
    silent = [f"{one.title}（{one.period.end} 结束）" for one in ended if not one.result]
    standing = "failed" if silent else "good"
    yield Item("S8", "征集结果", "征集结束后公布结果。", standing, tuple(silent or ["结束的都公布了结果。"]))


_FOOTER: tuple[tuple[str, str, bool], ...] = (
    ("organisation", "主办单位", False),
    ("phone", "联系电话", False),
    ("icp", "ICP 备案号", False),
    ("police", "公安备案号", False),
    ("site_id_code", "网站标识码", True),
)


def _look_at_footer(view: _View) -> Iterator[Item]:
    asked = [(key, word) for key, word, official in _FOOTER if not official or view.profile == "政府子站"]
    missing = [word for key, word in asked if not getattr(view.library.site, key)]
    evidence = f"site.yml 里缺少：{'、'.join(missing)}。" if missing else "都有。"
    requirement = f"页脚有{'、'.join(word for _, word in asked)}。"
    yield Item("S9", "页脚标识", requirement, "failed" if missing else "good", (evidence,))


_OF_SITE = frozenset({"dead-link", "dead-anchor", "meta-tags", "orphan-page"})


def _look_at_links(view: _View) -> Iterator[Item]:
    found = [f"{one.path}:{one.line} {one.message}" for one in view.problems if one.rule in _OF_SITE]
    evidence = found[:20] or ["都点得开，标签齐全。" if view.saw_site else "内容有错误，没有生成网站来查。"]
    standing: Standing = "failed" if found else "good" if view.saw_site else "person"
    yield Item("S12", "链接和页面标签", "没有打不开的链接；每页的标签齐全。", standing, tuple(evidence))


def _look_at_reviews(view: _View) -> Iterator[Item]:
    due = [one for one in view.library.records.values() if one.review_due]
    late = [f"{one.title}（{one.review_due}）" for one in due if one.review_due and one.review_due < view.today]
    soon = sorted((one.review_due, one.title) for one in due if one.review_due and one.review_due >= view.today)
    left = (soon[0][0] - view.today).days if soon else None
    standing: Standing = "failed" if late else "near" if left is not None and left <= 30 else "good"
    next_due = [f"最近到期：{title}（{day}）" for day, title in soon[:1]] or ["没有写复核期限的。"]
    yield Item("S10", "到期复核", "写了复核期限的内容，到期以前复核。", standing, tuple(late or next_due), left)
    ending = [one for one in view.library.all(Policy) if view.library.phase(one, view.today) == "expiring"]
    told = tuple(f"{one.title}（{view.library.validity(one).expires}）" for one in ending)
    days = [(end - view.today).days for one in ending if (end := view.library.validity(one).expires)]
    yield Item(
        "S11",
        "文件有效期",
        "到期的文件及时宣布失效或重新印发。",
        "near" if ending else "good",
        told or ("60 天内没有到期的。",),
        min(days, default=None),
    )


_LOOKS: tuple[Callable[[_View], Iterator[Item]], ...] = (
    _look_at_faults, _look_at_access, _look_at_home, _look_at_columns, _look_at_messages, _look_at_guides, _look_at_media,
    _look_at_interpretations, _look_at_pages, _look_at_materials, _look_at_replies, _look_at_consultations,
    _look_at_footer, _look_at_reviews, _look_at_links,
)  # fmt: skip
