"""The file of a household as a form to print (档案表). The print leaves a trace, and each number that stands whole does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from flask import Response, request

from forms_api.casefiles import Shown
from forms_api.registering import households
from forms_api.registering.households import REVEALED, Opened, mask
from forms_api.registers import visits
from forms_api.registers.households import STATES, Household
from forms_api.registers.reckoning import CATEGORIES
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.household_pages import WORDS
from forms_api.review.inbox import list_colleagues
from forms_api.review.paper import Table, draw_form, fill_in
from forms_api.review.registers import READ, find_or_404, pages, who
from forms_api.wording import date_cn

SIGNS = ("建档人", "基层工会意见", "县总工会审核意见", "县总工会审批意见")
"""Whose hand a file asks for, after the federation's form."""


@pages.post("/households/<entry_id>/print")
@needs(*READ)
def print_household(entry_id: str) -> Response:
    """Show a file as a form to print; with the numbers whole only where that is asked for."""
    office, member, whole = frame.review().office, who(), request.form.get("whole") == "yes"
    opened = find_or_404(lambda: households.print_household(office, member, entry_id))
    if whole:
        for name in REVEALED:
            find_or_404(partial(households.reveal, office, member, entry_id, name))
    file = opened.listed.record if whole else mask(opened.listed.record)
    applied = f"{date_cn(file.applied_on)}申请"
    return draw_form(
        "困难职工档案表",
        f"档案编号：{file.number}",
        applied if whole else f"{applied}；号码和住址已遮盖",
        [*_list_facts(opened, file), *_list_work(opened, file)],
        SIGNS,
    )


def _list_facts(opened: Opened, file: Household) -> Iterator[Table]:
    """Yield who the household is and what its income comes to."""
    first = [
        Shown("户主", file.people[0].name),
        Shown("困难类别", CATEGORIES[file.reckoning.category]),
        Shown("所在工会", opened.listed.union),
        Shown("档案状态", STATES[opened.listed.entry.state]),
        Shown("单位", file.employer or "—"),
        Shown("手机号码", file.mobile or "—"),
        Shown("住址", file.address or "—"),
        Shown("困难原因", "、".join(file.causes) or "—"),
    ]
    yield fill_in("这一家", first)
    people = tuple((one.name, one.relation, one.id_number or "—", one.state or "—") for one in file.people)
    yield Table("家庭成员", rows=people, head=("姓名", "关系", "证件号码", "现在做什么"))
    steps = [one.partition("：") for one in file.reckoning.steps]
    yield Table("收入核算", rows=tuple((name, words) for name, _, words in steps), head=("项目", "怎么算的"))
    yield fill_in("", [Shown("依据", f"{file.reckoning.source}，{file.reckoning.effective} 起的标准")])


def _list_work(opened: Opened, file: Household) -> Iterator[Table]:
    """Yield what was planned for it, who called there, and what happened."""
    names = {one.id: one.name for one in list_colleagues()}
    plan = file.plan
    if plan.measure:
        helper = "，".join(filter(None, (plan.helper, plan.helper_phone)))
        answers = [Shown("措施", plan.measure), Shown("帮扶人", helper), Shown("怎么帮", plan.detail)]
        yield fill_in("帮扶计划", answers)
        stages = tuple((date_cn(one.day), one.what) for one in plan.timetable)
        yield Table("时间表", rows=stages, head=("哪天以前", "做到什么"))
    calls = tuple(
        (date_cn(one.day), visits.KINDS[one.kind], "、".join(one.visitors), visits.RESULTS[one.result], one.found)
        for one in opened.visits
    )
    yield Table("走访", rows=calls, head=("日期", "为什么去", "谁去的", "结论", "看到的情况"))
    done = tuple((date_cn(one.day), WORDS[one.act], names.get(one.staff, one.staff), one.words) for one in file.history)
    yield Table("经过", rows=done, head=("日期", "办了什么", "谁办的", "说明"))
