"""What those who audit ask of the events: by kind, actor, day and case; counts; and what is out of the ordinary. No answers.

Every look is an event itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from forms_api.back_office import Member, Office
from forms_api.definitions import CHINA
from forms_api.model import EVENT_KEYS, Actor, Event, NewEvent
from forms_api.purging import digest_reference
from forms_api.storage import TrailQuery
from forms_api.workflow import REASONS, STATES

READS = frozenset(
    {
        "case_read",
        "file_read",
        "revealed",
        "searched",
        "entry_read",
        "entry_revealed",
        "entry_printed",
        "register_searched",
        "printed",
    }
)
REVEALS = frozenset({"revealed", "entry_revealed"})
EXPORTS = frozenset(kind for kind in EVENT_KEYS if kind.endswith("_exported"))
REFUSALS = frozenset({"login_failed", "locked_out", "vault_refused", "staff_row_refused"})
MANY_REVEALS = 20
"""Reveals by one account on one day from which somebody should ask what for."""
OFFICE_HOURS = (time(7, 0), time(20, 0))
DAYS = 30

KINDS: dict[str, str] = {
    "submitted": "提交申请", "supplied": "补充材料", "moved": "办理一步", "status_opened": "申请人看进度", "rated": "申请人评价", "routed": "转到工会", "taken_up": "接着办",
    "assigned": "分派", "joined": "请联办", "bound": "关联", "noted": "写内部意见", "case_read": "打开申请",
    "secret_renewed": "换查询码", "notice_sent": "发消息", "nobody_told": "没有号码不发消息", "told_by_phone": "电话告知", "searched": "查找申请",
    "revealed": "查看遮盖的内容", "file_read": "看材料", "printed": "打印", "entered": "登记册变动",
    "household_bound": "关联困难职工档案", "entry_read": "打开登记", "entry_revealed": "查看登记里遮盖的内容", "entry_printed": "打印档案表",
    "register_searched": "查找登记", "register_exported": "导出登记册", "roster_read": "读入名册", "drawn": "抽签",
    "corrected": "更正信息", "consent_withdrawn": "收回同意", "held": "暂缓删除", "released": "撤销暂缓", "purged": "删除申请",
    "person_exported": "导出一个人的信息", "figures_exported": "导出统计", "trail_read": "查阅事件", "head_published": "公布摘要",
    "publicity_proposed": "拟公示", "publicity_signed": "签发公示", "publicity_dropped": "作废公示", "publicity_refused": "公示没通过检查",
    "publicity_published": "发布公示", "publicity_ended": "公示期满", "publicity_withdrawn": "撤下公示", "publicity_struck": "更新公示名单", "publicity_told": "公布公示结果", "honours_named": "公布荣誉名单", "batch_made": "做发放批次",
    "batch_confirmed": "复核批次", "batch_dropped": "作废批次", "batch_exported": "导出银行文件", "return_read": "读入银行回单",
    "return_refused": "回单没收下", "payments_exported": "导出发放明细", "api_key_added": "发程序密钥", "login": "登录",
    "login_failed": "登录被拒绝", "locked_out": "试错太多被锁", "logged_out": "退出", "session_ended": "结束登录",
    "password_changed": "改密码", "totp_enrolled": "绑定动态码", "recovery_used": "用恢复码", "recovery_renewed": "换恢复码",
    "staff_added": "新增账号", "staff_changed": "改账号", "staff_disabled": "停用账号", "staff_enabled": "恢复账号",
    "staff_reset": "重置账号", "staff_row_refused": "账号记录被改动", "vault_opened": "解锁私钥", "vault_refused": "解锁被拒绝",
    "vault_locked": "锁上私钥", "seal_registered": "启用公钥", "backed_up": "备份", "backup_drilled": "演练恢复",
    "restored": "从备份恢复", "migrated": "升级数据库", "key_drilled": "试开私钥", "key_split": "分管私钥",
}  # fmt: skip
"""Kind of event → what it is called where staff read it."""
ROLES = {"applicant": "申请人", "program": "程序", "system": "系统", "staff": "工作人员"}
_QUIET = frozenset(
    {"note", "content", "sums", "sum", "case", "work", "version", "reference", "entries", "previous", "action"}
)
"""Parts of events that are not shown: texts to workers, and digests that only a program compares."""

PARTS = {
    "state": "到", "reason": "原因", "union": "工会", "to": "交给", "register": "登记册", "entry": "编号", "act": "做了",
    "form": "表单", "channel": "来路", "dated": "哪天交来", "files": "文件数", "cases": "件数", "count": "个数", "found": "查到", "by": "按",
    "field": "哪一项", "file": "文件", "notice": "公示编号", "batch": "批次编号", "until": "到哪天", "commit": "提交",
    "fingerprint": "公钥指纹", "keys": "密钥数", "factor": "第二因素", "account": "账号", "duties": "岗位", "lines": "笔数",
    "fen": "金额（分）", "rows": "行数", "faults": "问题数", "kind": "哪一种", "template": "哪一种", "about": "关联编号",
    "household": "档案编号", "as": "格式", "digest": "摘要", "paid": "成功", "failed": "失败", "repeated": "重复", "left": "还剩",
    "outcome": "结果", "request": "依据的申请", "parts": "份数", "notes": "意见数", "report": "哪张表", "period": "期间",
    "number": "序号", "head": "摘要", "what": "什么", "name": "名称", "seed": "抽签数", "of": "总数", "fields": "哪几项",
    "trace": "请求编号", "consent": "哪项同意", "steps": "步骤", "needed": "要几份", "sheets": "共几份", "result": "结果",
}  # fmt: skip
"""Part of an event → what it is called where staff read it; digests and ids stay as they are, to be compared."""
REGISTERS = {
    "member": "会员库", "household": "困难职工档案", "visit": "走访", "check": "核查", "candidate": "荣誉候选", "assessment": "六好评估",
    "notice": "公示", "publicity": "公示名单", "payment": "发放", "batch": "发放批次", "purse": "年度额度", "hold": "暂缓删除",
}  # fmt: skip
_VALUES: dict[str, dict[str, str]] = {
    "register": REGISTERS,
    "reason": REASONS,
    "channel": {"web": "网上", "api": "程序", "paper": "纸质", "window": "窗口"},
    "factor": {"none": "还没有绑定", "totp": "动态码", "recovery": "备用码"},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the events; an empty part asks for all, both days are included."""

    kind: str = ""
    actor: str = ""
    reference: str = ""
    since: date | None = None
    until: date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something out of the ordinary: what, whose account, on which day, how often."""

    what: str
    actor: str
    day: date
    count: int


def list_trail(office: Office, member: Member, asked: Asked, size: int = 50) -> tuple[list[Event], int]:
    """Return events, the latest first, and how many there are in all; and leave a trace of the look."""
    query = _make_query(office, asked, size)
    found: tuple[list[Event], int] = ([], 0) if query is None else office.store.list_trail(query)
    event = NewEvent("trail_read", office.clock(), Actor("staff", member.id), {"found": found[1]})
    office.store.append_event(event)
    return found


def tell_event(event: Event) -> str:
    """Return what an event says, in words and counts; no text that somebody wrote."""
    told = ((key, value) for key, value in event.data.items() if key not in _QUIET and value not in (None, ""))
    return "，".join(f"{PARTS.get(key, key)}：{_tell_value(key, str(value))}" for key, value in told)


def _tell_value(key: str, value: str) -> str:
    if key == "state" and value in STATES:
        return STATES[value].label
    return _VALUES.get(key, {}).get(value, value)


def count_events(office: Office, days: int = DAYS) -> tuple[dict[str, int], dict[str, int]]:
    """Return kind → how many, and actor → how many, of the last days; the most frequent first."""
    counts = office.store.count_trail(TrailQuery(since=_begin(office.today() - timedelta(days=days - 1))))
    kinds, actors = Counter[str](), Counter[str]()
    for (kind, actor), number in counts.items():
        kinds[kind] += number
        actors[actor] += number
    return dict(kinds.most_common()), dict(actors.most_common())


def find_anomalies(office: Office, days: int = DAYS) -> list[Anomaly]:
    """Return what is out of the ordinary in the last days, the latest first; counts only, and no judgement."""
    since = _begin(office.today() - timedelta(days=days - 1))
    reads = list(_list_all(office, TrailQuery(READS | EXPORTS | REFUSALS, since=since, size=1000)))
    reveals = _count(event for event in reads if event.kind in REVEALS)
    found = [
        Anomaly("一天里多次查看遮盖的内容", *key, number) for key, number in reveals.items() if number >= MANY_REVEALS
    ]
    for what, kinds in (("导出", EXPORTS), ("登录或解锁被拒绝", REFUSALS)):
        counted = _count(event for event in reads if event.kind in kinds)
        found += [Anomaly(what, *key, number) for key, number in counted.items()]
    odd = _count(event for event in reads if event.kind in READS and event.actor.id and _is_odd(office, event.at))
    found += [Anomaly("休息时间查阅", *key, number) for key, number in odd.items()]
    return sorted(found, key=lambda one: (one.day, one.count), reverse=True)


def _count(events: Iterable[Event]) -> Counter[tuple[str, date]]:
    return Counter((event.actor.id or event.actor.role, event.at.astimezone(CHINA).date()) for event in events)


def _is_odd(office: Office, at: datetime) -> bool:
    local = at.astimezone(CHINA)
    return not office.bundle.calendar.is_workday(local.date()) or not OFFICE_HOURS[0] <= local.time() < OFFICE_HOURS[1]


def _list_all(office: Office, query: TrailQuery) -> Iterator[Event]:
    seen, page = 0, 1
    while True:
        events, total = office.store.list_trail(TrailQuery(query.kinds, since=query.since, page=page, size=query.size))
        yield from events
        seen, page = seen + len(events), page + 1
        if not events or seen >= total:
            return


def _make_query(office: Office, asked: Asked, size: int) -> TrailQuery | None:
    """Return what to ask of the store; None where no case has, or had, the reference."""
    case_id = _find_case_id(office, asked.reference) if asked.reference else ""
    if case_id is None:
        return None
    return TrailQuery(
        frozenset({asked.kind} if asked.kind else ()),
        asked.actor,
        case_id,
        _begin(asked.since) if asked.since else None,
        _begin(asked.until + timedelta(days=1)) if asked.until else None,
        max(1, asked.page),
        size,
    )


def _find_case_id(office: Office, reference: str) -> str | None:
    """Return the id of a case by its reference, also of one that was deleted and left only its events."""
    plain = reference.strip().upper()
    case = office.store.find_case(plain)
    if case:
        return case.id
    digest = digest_reference(plain)
    purged = _list_all(office, TrailQuery(frozenset({"purged"}), size=1000))
    return next((event.case_id for event in purged if event.data["reference"] == digest), None)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
