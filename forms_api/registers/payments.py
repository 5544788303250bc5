"""Payments of aid: what may be paid, to whom, how much and how often, as dated figures say; batches and their states. Pure.

After the county's measure: the same kind once a year for one household, living aid once in each of its periods; only by bank
transfer to the account that the applicant named as their own (in a tuition case, where so chosen, the student's). Amounts are
whole fen. Where the figures changed between the application and today, those that are better for the applicant hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from forms_api.values import Frozen

PAYMENT, BATCH, PURSE = "payment", "batch", "purse"
PAYMENT_STATES = {"planned": "待发放", "sent": "已交银行", "paid": "已发放", "failed": "未成功", "dropped": "已作废"}
BATCH_STATES = {
    "draft": "待复核",
    "confirmed": "待导出",
    "sent": "已交银行",
    "reconciled": "已对账",
    "dropped": "已作废",
}
LIVE = ("planned", "sent", "paid")
"""States in which a payment counts towards what its household has had."""
FUNDS = ("本级工会经费", "上级专项资金", "社会捐助")
REASONS = {
    "name": "户名和账号对不上",
    "account": "账号不存在",
    "closed": "账户已销户、冻结或挂失",
    "limit": "超过账户的收款限额",
    "other": "银行没有说明原因",
}
"""Why a bank did not pay, as codes."""
MOST_FEN = 10**9


class Refused(Exception):
    """A payment that must not be made; the sentence says why and what to do."""


class Payment(Frozen):
    """One line of a batch."""

    reference: str
    case_id: str
    household: str
    kind: str
    fund: str
    fen: int
    holder: str
    account: str
    bank: str
    start: date
    end: date
    """The span that it is for; no other of its kind may overlap it."""
    rules: str
    """The version of the figures by which it was allowed."""
    batch: str
    paid_on: date | None = None
    reason: str = ""


class Counted(Frozen):
    """A payment as the purse of its household counts it."""

    payment: str
    kind: str
    start: date
    end: date
    fen: int


class Purse(Frozen):
    """What a household has had or is about to have: written with every payment, so that no two can overlook each other."""

    rows: tuple[Counted, ...] = ()


class Batch(Frozen):
    """Payments that go to the bank together, made by one and confirmed by another."""

    number: str
    fund: str
    payments: tuple[str, ...]
    fen: int
    maker: str
    checker: str = ""


# --- kinds ----------------------------------------------------------------------------------------------

Answers = Mapping[str, Any]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of aid: its word, the rules that hold its figures, the most in fen, and the span that one payment is for."""

    label: str
    rules: str
    most: Callable[[Values, Answers], int]
    span: Callable[[Values, date], tuple[date, date]]


def _year(values: Values, day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year, 12, 31)


def _living_span(values: Values, day: date) -> tuple[date, date]:
    """Return the half-year or quarter of a day, as the figures say; the year where they say neither."""
    months = {"按半年": 6, "按季度": 3, "按月": 1}.get(str(values.get("living_pay")), 12)
    first = (day.month - 1) // months * months + 1
    after = date(day.year + (first + months > 12), (first + months - 1) % 12 + 1, 1)
    return date(day.year, first, 1), after - timedelta(days=1)


def _school_year(values: Values, day: date) -> tuple[date, date]:
    first = day.year if day.month >= 7 else day.year - 1
    return date(first, 7, 1), date(first + 1, 6, 30)


def _cap(name: str) -> Callable[[Values, Answers], int]:
    return lambda values, answers: to_fen(values[name])


def _most_medical(values: Values, answers: Answers) -> int:
    """Return the share of what was paid out of pocket, capped."""
    own = to_fen(answers.get("medical_cost") or answers.get("own_cost") or 0)
    return min(own * int(values["medical_rate"]) // 100, to_fen(values["medical_cap"]))


def _most_tuition(values: Values, answers: Answers) -> int:
    """Return the sums of all students who are not provided for otherwise."""
    return sum(
        to_fen(values[_find_stage(one)])
        for one in answers.get("students") or ()
        if not (one.get("state_paid") or one.get("aided_before"))
    )


def _find_stage(student: Answers) -> str:
    if student.get("stage") in ("普通高中", "中专或技校"):
        return "high"
    return "freshman" if student.get("first_year") else "student"


CAPS, TUITION = "bangfu-zuigaoe", "jinqiu-zhuxue"
KINDS: dict[str, Kind] = {
    "living": Kind("生活帮扶", CAPS, _cap("living_cap"), _living_span),
    "medical": Kind("医疗帮扶", CAPS, _most_medical, _year),
    "emergency": Kind("突发帮扶", CAPS, _cap("emergency_cap"), _year),
    "training": Kind("技能培训补贴", CAPS, _cap("training_cap"), _year),
    "tuition": Kind("金秋助学", TUITION, _most_tuition, _school_year),
}


RELIEF = {"临时救助": "emergency", "困难劳模补助": "living"}
"""Kind of relief that was asked for → kind of aid; what is not here is for an illness."""


def list_kinds(form: str, answers: Answers) -> tuple[str, ...]:
    """Return the kinds of aid that a case of a form can be paid."""
    if form == "relief":
        return (RELIEF.get(str(answers.get("kind")), "medical"),)
    return {"hardship": ("living", "medical", "emergency", "training"), "tuition": ("tuition",)}.get(form, ())


# --- what may be paid -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a payment may be: at most so many fen, for that span, by that version of the figures."""

    fen: int
    start: date
    end: date
    rules: str


def find_allowed(kind: str, answers: Answers, versions: Iterable[Mapping[str, Any] | None], day: date) -> Allowed:
    """Return what the best of the versions of figures allows. Raises Refused."""
    found = [version for version in versions if version]
    if not found:
        raise Refused(f"还没有写明{KINDS[kind].label}的标准。请先在标准里写好，再发放。")
    best = max(found, key=lambda version: KINDS[kind].most(version["values"], answers))
    start, end = KINDS[kind].span(best["values"], day)
    return Allowed(KINDS[kind].most(best["values"], answers), start, end, f"{best['source']}（{best['effective']}起）")


def refuse_too_much(kind: str, fen: int, allowed: Allowed, purse: Purse) -> None:
    """Raise Refused for an amount that is no amount, for a second payment in a span, and for what is over the cap."""
    label = KINDS[kind].label
    if not 0 < fen <= MOST_FEN:
        raise Refused("金额要大于 0。请核对金额，最多两位小数。")
    rows = [row for row in purse.rows if row.kind == kind]
    if clash := next((row for row in rows if row.start <= allowed.end and allowed.start <= row.end), None):
        raise Refused(
            f"这一户{_spell(clash.start)}至{_spell(clash.end)}的{label}已经有一笔{to_yuan(clash.fen)}元，同一期不能重复发放。"
            "请换一个帮扶类别，或者等下一期。"
        )
    had = sum(row.fen for row in rows if row.start.year == allowed.start.year)
    if fen + had > allowed.fen:
        already = f"，今年已经发放{to_yuan(had)}元" if had else ""
        raise Refused(
            f"{label}最多{to_yuan(allowed.fen)}元{already}，这一笔{to_yuan(fen)}元超过了。请改小金额。依据：{allowed.rules}。"
        )


def find_holder(form: str, answers: Answers) -> str:
    """Return whose account it is: the applicant's, or in a tuition case that says so the only student's. Raises Refused."""
    if form == "tuition" and answers.get("payee") == "学生本人":
        students: Sequence[Answers] = answers.get("students") or []
        if len(students) != 1:
            raise Refused("有几个孩子的，款项只能转到家长本人的账户。请联系申请人，换成本人的卡号。")
        return str(students[0]["student_name"])
    return str(answers["full_name"])


_AMOUNT = re.compile(r"(?:0|[1-9]\d{0,8}|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d{1,2}))?")


def parse_amount(text: str) -> int:
    """Return an amount typed in yuan as fen. Raises Refused."""
    plain = text.strip().removeprefix("¥").removeprefix("￥").removesuffix("元")
    if not _AMOUNT.fullmatch(plain):
        raise Refused(f"“{text[:20]}”不是金额。请只写数字，最多两位小数，例如 1500.00。")
    yuan, _, rest = plain.replace(",", "").partition(".")
    return int(yuan) * 100 + int((rest + "00")[:2])


def to_fen(yuan: Any) -> int:
    """Return yuan, as a rule or an answer holds them, in fen."""
    return round(float(yuan) * 100)


def to_yuan(fen: int) -> str:
    """Return fen as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def _spell(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


# --- what a bank answers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a bank's return file as it was read."""

    line: int
    reference: str
    amount: str
    result: str
    reason: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a return file says: payments that were made, those that were not with the code why, those told before."""

    paid: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    repeated: tuple[str, ...]


class WrongReturn(Exception):
    """A return file that does not fit its batch: every fault with its line. Nothing of it counts."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


_DONE = re.compile("成功|已入账|已付款")
_NOT_DONE = re.compile("失败|退回|退票|未成功|不成功|拒绝")
_CAUSES = (
    ("name", "户名|姓名"),
    ("closed", "销户|注销|冻结|止付|挂失"),
    ("limit", "限额|超限"),
    ("account", "账号|卡号|账户|帐号|帐户"),
)


def reconcile(answers: Iterable[Answer], expected: Mapping[str, tuple[str, Payment]]) -> Settled:
    """Hold the lines of a return file against the payments of a batch: reference → (state, payment). Raises WrongReturn."""
    faults: list[tuple[int, str]] = []
    paid: list[str] = []
    failed: list[tuple[str, str]] = []
    repeated: list[str] = []
    seen: set[str] = set()
    for answer in answers:
        try:
            done = _judge(answer, expected, seen)
        except Refused as fault:
            faults.append((answer.line, str(fault)))
            continue
        seen.add(answer.reference)
        state = expected[answer.reference][0]
        if state in ("paid", "failed"):
            repeated.append(answer.reference)
        elif done:
            paid.append(answer.reference)
        else:
            failed.append((answer.reference, code_reason(answer.reason)))
    if faults:
        raise WrongReturn(faults)
    return Settled(tuple(paid), tuple(failed), tuple(repeated))


def _judge(answer: Answer, expected: Mapping[str, tuple[str, Payment]], seen: set[str]) -> bool:
    """Return whether the bank says that it paid. Raises Refused for a line that does not fit."""
    if answer.reference not in expected:
        raise Refused(f"这一批里没有 {answer.reference[:30] or '（空白）'}。请确认传的是这一批的回单，没有改动过。")
    if answer.reference in seen:
        raise Refused(f"{answer.reference} 出现了两次。请向银行核实，只留一行。")
    state, payment = expected[answer.reference]
    if parse_amount(answer.amount) != payment.fen:
        raise Refused(
            f"{answer.reference} 的金额是 {answer.amount[:20]}，交给银行的是 {to_yuan(payment.fen)}。请向银行核实。"
        )
    if answer.account and answer.account != payment.account:
        raise Refused(f"{answer.reference} 的账号和交给银行的不一样。请向银行核实。")
    failed = bool(_NOT_DONE.search(answer.result))
    if not failed and not _DONE.search(answer.result):
        raise Refused(
            f"{answer.reference} 的结果写的是“{answer.result[:20]}”，看不出是成功还是失败。请改成“成功”或“失败”。"
        )
    if state in ("paid", "failed") and (state == "failed") != failed:
        raise Refused(
            f"{answer.reference} 已经对过账，上次是“{PAYMENT_STATES[state]}”，这次不一样。请向银行核实，由财务人工处理。"
        )
    return not failed


def code_reason(text: str) -> str:
    """Return the code of why a bank did not pay."""
    return next((code for code, words in _CAUSES if re.search(words, text)), "other")
