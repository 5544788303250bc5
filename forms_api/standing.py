"""How the service stands, for those who look after it: what `doctor` looks at as far as this process may see it, and what only
this process knows. Counts, times and places; nothing of a person.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from forms_api.certificates import find_certificates
from forms_api.config import Settings
from forms_api.content_clone import CannotPush
from forms_api.definitions import CHINA
from forms_api.findings import CHECKS, LEVELS, Finding, Found, Level, Subject, tell_moment
from forms_api.forms_bundle import read_built
from forms_api.notice_texts import Condition
from forms_api.reviewing import Review
from forms_api.storage import StoreBroken
from forms_api.storage.schema import MIGRATIONS
from forms_api.watching import gather_condition

DIGEST_HOUR = 8
SLOW_MINUTES = 5
"""A round takes up what arrived and sends what waits, every half a minute; one that takes longer than this is stuck."""
MOST_ARRIVALS = 200
LOG = "请在服务器上运行 journalctl -u forms-review -n 50 看原因。"


@dataclass(frozen=True, slots=True)
class Pace:
    """How the rounds of the staff app go: since when, when the last ended, when lists failed, the day of the last digest."""

    begun: datetime
    went: datetime | None
    lists_failed: datetime | None
    digest_day: date | None
    tells: bool
    """Whether anybody is told each morning."""


@dataclass(frozen=True)
class Watch:
    """What is looked at from inside of the staff app."""

    review: Review
    subject: Subject
    pace: Pace | None

    @cached_property
    def condition(self) -> Condition:
        """Return what the morning's digest is made of."""
        review, least = self.review, self.subject.settings.free_megabytes
        return gather_condition(review.office, review.folder.root, locked=not review.vault.is_open, free_least=least)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is looked at: how it stands, in words, and what is wrong with it."""

    name: str
    label: str
    level: Level
    facts: tuple[str, ...]
    faults: tuple[Finding, ...]


def open_watch(review: Review, settings: Settings, pace: Pace | None) -> Watch:
    """Return what this process may look at."""
    certificates = settings.certificates or find_certificates()
    home = settings.site_home
    return Watch(
        review, Subject(settings, review.store, review.clock(), site_home=home, certificates=certificates), pace
    )


def check_vault(watch: Watch) -> Found:
    """Look whether somebody unlocked the private key since the start."""
    if watch.condition.locked:
        words = "私钥还锁着：消息不发，新申请不进收件箱。"
        yield Finding("note", words, "请点页脚的“去解锁”，输入口令。")
    else:
        yield Finding("good", "已经解锁。")


def check_rounds(watch: Watch) -> Found:
    """Look whether this process still makes its rounds."""
    if watch.pace is None:
        yield Finding("unseen", "这个进程没有后台。", "请运行 forms-api review 来启动受理台。")
        return
    went = watch.pace.went
    minutes = int((watch.subject.now - (went or watch.pace.begun)).total_seconds() // 60)
    if minutes >= SLOW_MINUTES:
        yield Finding("bad", f"后台已经 {minutes} 分钟没有走完一轮，申请收不进来，消息发不出去。", LOG)
    else:
        yield Finding("good", f"上一轮 {went.astimezone(CHINA):%H:%M} 走完。" if went else "刚启动，第一轮还没有走完。")


def check_arrivals(watch: Watch) -> Found:
    """Look what has arrived and waits to be taken up."""
    moved = watch.subject.store.list_moved(MOST_ARRIVALS)
    if not moved:
        yield Finding("good", "没有等着收进收件箱的。")
        return
    minutes = int((watch.subject.now - min(case.updated_at for case, _ in moved)).total_seconds() // 60)
    number = f"{len(moved)} 份以上" if len(moved) == MOST_ARRIVALS else f"{len(moved)} 份"
    words = f"有 {number}等着收进收件箱，最早的等了{_tell_wait(minutes)}。"
    if watch.condition.locked:
        yield Finding("note", words, "解锁私钥以后会自己收进来。")
    elif minutes >= SLOW_MINUTES:
        yield Finding("bad", words, LOG)
    else:
        yield Finding("good", words)


def check_cases(watch: Watch) -> Found:
    """Look which cases are late, and which nobody has."""
    condition = watch.condition
    if condition.overdue:
        yield Finding("note", f"有 {condition.overdue} 份申请已经超期。", "请提醒经办人今天办，收件箱的“已超期”里有。")
    if condition.unassigned:
        yield Finding(
            "note", f"有 {condition.unassigned} 份申请还没有分派。", "请提醒审核岗位分派，收件箱的“未分派”里有。"
        )
    yield Finding("good", f"快到期的 {condition.due_soon} 份。" if condition.due_soon else "没有快到期的。")


def check_lists(watch: Watch) -> Found:
    """Look when a 公示 was last published, and whether the next could be."""
    last = watch.subject.store.find_last_of("publicity_published")
    yield Finding("good", f"上一次发布公示 {tell_moment(last.at)}。" if last else "还没有发布过公示。")
    if watch.pace and watch.pace.lists_failed:
        words = f"{tell_moment(watch.pace.lists_failed)} 更新网站上的公示名单没有成功。"
        yield Finding("bad", words, "十分钟以后会自己再试。一直不行，请看下面内容仓库连不连得上。")
    clone = watch.review.clone
    if clone is None:
        yield Finding(
            "note", "没有接内容仓库，公示和摘要发不到网站上。", "请设好 FORMS_CONTENT_REMOTE 和 FORMS_CONTENT_KEY。"
        )
        return
    try:
        behind = clone.is_behind()
    except CannotPush:
        words = "连不上内容仓库，公示发不出去，也撤不下来。"
        yield Finding("bad", words, "请检查网络、FORMS_CONTENT_REMOTE 写的地址和 FORMS_CONTENT_KEY 指的密钥。")
        return
    how = {None: "内容仓库连得上，第一次发布时取内容。", False: "内容副本和仓库一样新。"}
    yield Finding("good", how.get(behind, "别人推送过，内容副本旧了，下一次发布前会自己跟上。"))


def check_digest(watch: Watch) -> Found:
    """Look whether staff were told this morning."""
    if watch.pace is None:
        yield Finding("unseen", "这个进程没有后台，不发提醒。", "请运行 forms-api review 来启动受理台。")
    elif not watch.pace.tells:
        yield Finding("note", "没有设每天的提醒，出了事没有人知道。", "请设好 FORMS_DIGEST_FILE，或者每天来看这一页。")
    elif watch.pace.digest_day == watch.subject.now.date():
        yield Finding("good", "今天的已经看过，有要说的也发了。")
    elif watch.subject.now.hour < DIGEST_HOUR:
        yield Finding("good", f"每天 {DIGEST_HOUR} 点以后发。")
    else:
        yield Finding("note", "今天的提醒还没有发出去。", "请检查网络和 FORMS_DIGEST_FILE 里写的地址。")


def check_store(watch: Watch) -> Found:
    """Look whether the database can be read and written."""
    try:
        watch.subject.store.probe()
    except StoreBroken:
        yield Finding("bad", "数据库读写不了，受理已经停下。", "请检查磁盘和数据库服务，再运行 forms-api doctor。")
    else:
        yield Finding("good", f"{'PostgreSQL' if watch.subject.settings.store else 'SQLite'}，读写都行。")


OWN: dict[str, tuple[str, Callable[[Watch], Found]]] = {
    "vault": ("私钥", check_vault),
    "rounds": ("后台", check_rounds),
    "arrivals": ("收件", check_arrivals),
    "cases": ("期限", check_cases),
    "lists": ("公示", check_lists),
    "digest": ("每日提醒", check_digest),
    "store": ("数据库", check_store),
}
"""What only this process knows: name → what it is called, and the check."""
GROUPS: dict[str, tuple[str, ...]] = {
    "办理": ("vault", "rounds", "arrivals", "cases", "outbox", "open"),
    "网站": ("lists", "bundle", "certificates", "hooks"),
    "数据": ("store", "files", "backup", "drill", "keys", "disk"),
    "机器": ("timers", "digest", "clock", "secrets"),
}
"""What stands together, by the names of `OWN` and of `findings.CHECKS`."""
ELSEWHERE = {
    "permissions": ("文件的权限", "受理台关在自己的用户空间里，看不出文件是谁的。"),
    "database": ("数据库内部", "要把整个数据库读一遍，太慢。"),
    "chain": ("事件链", "要把全部事件核对一遍，太慢；审计岗位在“审计”里也能核对。"),
    "site_clock": ("和网站对时", "要连到网站去。"),
}
"""Checks of `doctor` that have no row here: what they look at, and why not from here. (`unlocked` is `vault`, asked from outside.)"""


def list_rows(watch: Watch) -> dict[str, list[Row]]:
    """Return how everything stands, by groups; what fails to be looked at is said to be unseen."""
    return {title: [_look(watch, name) for name in names] for title, names in GROUPS.items()}


def list_versions(watch: Watch) -> Iterator[tuple[str, str]]:
    """Yield what runs here, and its version."""
    place = Path(sys.prefix).resolve().name
    installed = f"，安装的是 {place.removeprefix('workers-home-')}" if place.startswith("workers-home-") else ""
    yield "程序", f"{version('workers-home')}{installed}"
    yield "Python", platform.python_version()
    yield "数据库结构", f"第 {len(MIGRATIONS)} 版（{list(MIGRATIONS)[-1]}）"
    built = read_built(watch.subject.settings.bundle)
    forms = len(watch.review.bundle.forms)
    yield "表单", f"{forms} 张，{tell_moment(built)} 生成" if built else f"{forms} 张"


def _look(watch: Watch, name: str) -> Row:
    label = OWN[name][0] if name in OWN else CHECKS[name][0]
    try:
        found = list(OWN[name][1](watch) if name in OWN else CHECKS[name][1](watch.subject))
    except (OSError, StoreBroken) as error:
        found = [Finding("unseen", f"没有看成（{type(error).__name__}）。", LOG)]
    faults = tuple(one for one in found if one.level != "good")
    levels: list[Level] = ["good", *(one.level for one in found)]
    level = max(levels, key=list(LEVELS).index)
    return Row(name, label, level, tuple(one.words for one in found if one.level == "good"), faults)


def _tell_wait(minutes: int) -> str:
    hours = minutes // 60
    return f" {minutes} 分钟" if not hours else f" {hours} 小时" if hours < 48 else f" {hours // 24} 天"
