"""The files of households as a third party is given them to evaluate: one row each, by a number of that year alone.

Domain brief A003-10. Who evaluates need not know who: no name, number, address, employer, union or text of staff stands in a
row; months stand for days, and income per head in steps. The office finds a row again by its number, and nobody else can.
"""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from forms_api import shelves
from forms_api.back_office import Member, Office
from forms_api.model import Actor, NewEvent, Value
from forms_api.office import Entry, EntryQuery
from forms_api.registering.rights import REVIEWERS, require, require_county
from forms_api.registers import checks, households, payments, visits
from forms_api.registers.checks import Check, Finding
from forms_api.registers.households import Household
from forms_api.registers.payments import KINDS, Payment
from forms_api.registers.reckoning import CATEGORIES
from forms_api.spreadsheets import Cell, write_xlsx

HEAD = (
    "评估编号", "工会类别", "档案状态", "申请年月", "退出年月", "家庭人口", "致困原因", "人均月收入取整到百元", "认定类别", "帮扶措施",
    "时间表几步", "有帮扶人", "走访次数", "已发放金额", "发放种类", "核查次数", "核查结论",
)  # fmt: skip
UNION_KINDS = {"county": "县级", "township": "镇街", "industry": "行业", "grassroots": "基层"}
STEP = 100
"""Income per head is told in whole hundreds."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the files: visits by the case or file that they belong to, payments and checks by file."""

    visits: Mapping[str, int]
    paid: Mapping[str, Sequence[Payment]]
    checks: Mapping[str, Sequence[Finding]]


def export_evaluation(office: Office, member: Member) -> bytes:
    """Return the files of the county as a workbook for whoever evaluates, and leave a trace of how many. Raises StepStopped."""
    require(member, REVIEWERS, "导出评估用表")
    require_county(office, member, "导出评估用表")
    states = tuple(state for state in households.STATES if state != "draft")
    beside = _gather(office)
    rows = sorted(
        _tell(office, entry, beside)
        for entry in shelves.list_all(office, EntryQuery(households.REGISTER, states=states))
    )
    data: dict[str, Value] = {"register": households.REGISTER, "count": len(rows)}
    office.store.append_event(NewEvent("register_exported", office.clock(), Actor("staff", member.id), data))
    return write_xlsx("评估用表", HEAD, rows, office.clock())


def number_row(office: Office, household_id: str) -> str:
    """Return the number of a file in this year's evaluation; next year's is another, so that tables cannot be joined."""
    digest = office.keyring.blind("evaluation", f"{office.today().year}:{household_id}")
    return base64.b32encode(digest[:5]).decode()


def _gather(office: Office) -> Beside:
    paid: dict[str, list[Payment]] = defaultdict(list)
    judged: dict[str, list[Finding]] = defaultdict(list)
    called: Counter[str] = Counter()
    for entry in shelves.list_all(office, EntryQuery(payments.PAYMENT, states=("paid",))):
        payment = shelves.read(office, entry, Payment)
        paid[payment.household].append(payment)
    for entry in shelves.list_all(office, EntryQuery(checks.REGISTER, states=("judged",))):
        check = shelves.read(office, entry, Check)
        if check.household and check.finding:
            judged[check.household].append(check.finding)
    for entry in shelves.list_all(office, EntryQuery(visits.REGISTER)):
        called[entry.owner or ""] += 1
    return Beside(called, paid, judged)


def _tell(office: Office, entry: Entry, beside: Beside) -> tuple[Cell, ...]:
    record = shelves.read(office, entry, Household)
    paid = beside.paid.get(entry.id, ())
    found = beside.checks.get(entry.id, ())
    return (
        number_row(office, entry.id),
        UNION_KINDS.get(office.tree.kinds.get(entry.union, ""), ""),
        households.STATES[entry.state],
        f"{record.applied_on:%Y-%m}",
        f"{record.left_on:%Y-%m}" if record.left_on else "",
        len(record.people),
        "、".join(record.causes),
        int(Decimal(record.reckoning.per_head)) // STEP * STEP,
        CATEGORIES.get(record.reckoning.category, record.reckoning.category),
        record.plan.measure,
        len(record.plan.timetable),
        "是" if record.plan.helper and record.plan.helper_phone else "否",
        beside.visits.get(entry.id, 0) + (beside.visits.get(record.case_id, 0) if record.case_id else 0),
        Decimal(sum(one.fen for one in paid)) / 100,
        "、".join(sorted({KINDS[one.kind].label for one in paid})),
        len(found),
        "；".join(_judge(one) for one in found),
    )


def _judge(finding: Finding) -> str:
    """Return what was found in the words of the questions; the text that staff wrote stays in the office."""
    told: Iterator[str] = (
        word
        for word, value in (
            ("认定不符合标准", finding.fitted is False),
            ("现在仍符合标准", finding.fits_still is True),
            ("现在已不符合标准", finding.fits_still is False),
            ("没有帮扶人", finding.has_helper is False),
            ("帮扶和原因不相符", finding.aid_fits is False),
        )
        if value
    )
    return "，".join(told)
