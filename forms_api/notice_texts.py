"""What workers are told by message at each step, as a table, and the digest of what is stuck for staff. Pure.

A message names the reference, the service and where to look; never a person, a number of one, a sum, a reason or an illness:
it lies in plain sight on a lock screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

TEMPLATES: dict[str, str] = {
    "received": "已收到您的{form}，编号{reference}。查进度请上网站“我的申请”，或打{hotline}。",
    "supplied": "您补充的内容已收到，编号{reference}。",
    "accepted": "您的{form}（{reference}）已受理。有进展会再告诉您。",
    "ask": "您的{form}（{reference}）还要补一些内容。请上网站“我的申请”看要补什么，或打{hotline}。",
    "public_notice": "您的{form}（{reference}）审核通过，正在公示。",
    "approved": "您的{form}（{reference}）已通过。",
    "refused": "您的{form}（{reference}）没有通过。原因请上网站“我的申请”看，或打{hotline}。",
    "answered": "您反映的事（{reference}）已答复。请上网站“我的申请”看，或打{hotline}。",
    "forwarded": "您反映的事（{reference}）已转给主管部门。请上网站“我的申请”看，或打{hotline}。",
    "extended": "您反映的事（{reference}）要多办一些日子。请上网站“我的申请”看，或打{hotline}。",
    "filed": "您的{form}（{reference}）已建档，接下来发放。",
    "paid": "您的{form}（{reference}）款项已转到您本人的账户，请查收。没有到账请打{hotline}。",
    "finished": "您的{form}（{reference}）已办结。办得好不好，请打{hotline}告诉我们。",
    "reopened": "您的{form}（{reference}）重新开始办理。有进展会再告诉您。",
}
"""Name of a template → its words."""

TITLES: dict[str, str] = {
    "received": "申请收到了", "supplied": "补充收到了", "accepted": "受理了", "ask": "请补充", "public_notice": "正在公示",
    "approved": "通过了", "refused": "没有通过", "answered": "答复了", "forwarded": "转办了", "extended": "延期了",
    "filed": "建档了", "paid": "发放了", "finished": "办结了", "reopened": "重新办理",
}  # fmt: skip
"""Name of a template → what it is about, for staff."""

BACK_OFF = (60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
"""Seconds to wait after each try that failed; after the last, staff must act."""


def write_notice(template: str, *, organisation: str, form: str, reference: str, hotline: str) -> str:
    """Return the words of a message."""
    return f"【{organisation}】" + TEMPLATES[template].format(form=form, reference=reference, hotline=hotline)


def find_wait(tries: int) -> int | None:
    """Return how many seconds to wait after so many failed tries, or None where it is given up."""
    return BACK_OFF[tries - 1] if tries <= len(BACK_OFF) else None


# --- the digest ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """How the service stands, in figures: ages in days (None: never), space in megabytes."""

    stuck: int = 0
    waiting_hours: int = 0
    overdue: int = 0
    due_soon: int = 0
    unassigned: int = 0
    locked: bool = False
    drill_age: int | None = 0
    backup_age: int | None = 0
    rehearsal_age: int | None = 0
    """Days since the restore was last tried out, whatever came of it."""
    rehearsal_failed: bool = False
    certificate_days: int | None = None
    free_megabytes: int = 10_000
    free_least: int = 500


DRILL_DAYS, BACKUP_DAYS, REHEARSAL_DAYS, CERTIFICATE_DAYS, WAITING_HOURS = 35, 2, 10, 21, 6


def list_troubles(now: Condition) -> Iterable[str]:
    """Yield a sentence for everything that staff must look after; nothing where all is well."""
    if now.locked:
        yield "审核台还没有解锁：消息不发，新申请不进收件箱。请登录审核台，输入私钥口令。"
    if now.stuck:
        yield f"有{now.stuck}条消息多次发不出去。请在审核台看原因，改用电话告诉申请人。"
    if now.waiting_hours >= WAITING_HOURS:
        yield f"最早的一条消息已经等了{now.waiting_hours}小时。请检查短信网关和网络。"
    if now.overdue:
        yield f"有{now.overdue}份申请已经超期。请今天处理。"
    if now.due_soon:
        yield f"有{now.due_soon}份申请快到期。"
    if now.unassigned:
        yield f"有{now.unassigned}份申请还没有分派。"
    yield from _list_old(now)
    if now.free_megabytes < 2 * now.free_least:
        yield f"磁盘只剩{now.free_megabytes}兆，少于{now.free_least}兆时就不收申请了。请清理或扩容。"


def _list_old(now: Condition) -> Iterable[str]:
    if now.drill_age is None or now.drill_age > DRILL_DAYS:
        age = "从来没有做过" if now.drill_age is None else f"已经{now.drill_age}天没有做"
        yield f"私钥演练{age}。请运行 forms-api keys drill。"
    if now.backup_age is None or now.backup_age > BACKUP_DAYS:
        age = "从来没有做过" if now.backup_age is None else f"最近一次是{now.backup_age}天前"
        yield f"备份{age}。请检查备份的定时任务。"
    if now.rehearsal_failed:
        yield "上一次恢复演练没有通过，备份可能用不了。请今天运行 forms-api backup-drill，照它说的办。"
    elif now.rehearsal_age is None or now.rehearsal_age > REHEARSAL_DAYS:
        age = "从来没有做过" if now.rehearsal_age is None else f"已经{now.rehearsal_age}天没有做"
        yield f"恢复演练{age}。请检查演练的定时任务。"
    if now.certificate_days is not None and now.certificate_days < CERTIFICATE_DAYS:
        yield f"网站证书还有{now.certificate_days}天到期。请续期。"


def write_digest(organisation: str, day: date, troubles: Iterable[str]) -> str | None:
    """Return the day's digest, or None where there is nothing to say."""
    lines = [f"{number}. {text}" for number, text in enumerate(troubles, 1)]
    if not lines:
        return None
    return "\n".join([f"{organisation}申办服务 {day.year}年{day.month}月{day.day}日 待处理事项", *lines])
