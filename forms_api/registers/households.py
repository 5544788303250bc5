"""The files of households in hardship (困难职工档案): what one holds, its plan, its states and dates. Pure.

One household, one file; a file in force has one measure, one timetable and one named helper (一户一措施、一户一时间表、
一户一帮扶人); after the county's measure, part four: checked anew in the first quarter of each year, followed for a year after
it was left. Domain brief B5.3: at least one review a year; left as 脱困, 注销 (退休 调离 死亡) or 退档, with the reason told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import Field

from forms_api.registers.reckoning import Means, Reckoning
from forms_api.values import Frozen
from forms_api.workflow import StepStopped

REGISTER = "household"
STATES: dict[str, str] = {"draft": "待建档", "in_force": "在档", "followed": "退出后跟踪", "closed": "已销档"}
OPEN = frozenset({"draft", "in_force", "followed"})
"""States in which nobody of the household may stand in another file."""
AIDED = frozenset({"draft", "in_force"})
"""States in which a household may be aided, once the file is whole."""
MEASURES = (
    "生活帮扶", "医疗帮扶", "助学帮扶", "就业创业帮扶", "技能培训", "法律帮扶", "住房帮扶", "兜底保障", "临时救助", "心理疏导",
)  # fmt: skip
CLOSING = ("退休", "调离", "死亡", "退档：隐瞒收入、财产", "退档：本人放弃", "退档：重复建档")
"""Why a file ends at once; 脱困 is a step of its own, because the household is followed for a year."""
DRAFT_DAYS, FOLLOW_DAYS, FOLLOW_EVERY = 10, 365, 182
REVIEW_BY = (3, 31)


class Person(Frozen):
    """Somebody of a household; the applicant is the first (relation 本人)."""

    name: str
    relation: str
    id_number: str = ""
    state: str = ""


class Stage(Frozen):
    """One line of a timetable."""

    day: date
    what: str = Field(min_length=2, max_length=120)


class Plan(Frozen):
    """One measure, one timetable, one helper with a way to reach them."""

    measure: str = ""
    detail: str = Field("", max_length=500)
    timetable: tuple[Stage, ...] = ()
    helper: str = Field("", max_length=40)
    helper_phone: str = Field("", max_length=30)


class Happening(Frozen):
    """One thing that happened to a file, on a day, by a member of staff."""

    day: date
    act: str
    staff: str
    words: str = ""


class Household(Frozen):
    """What is kept of a household."""

    number: str
    people: tuple[Person, ...] = Field(min_length=1)
    mobile: str = ""
    address: str = ""
    employer: str = ""
    causes: tuple[str, ...] = ()
    case_id: str = ""
    applied_on: date
    means: Means
    reckoning: Reckoning
    plan: Plan = Plan()
    left_on: date | None = None
    history: tuple[Happening, ...] = ()

    def numbers(self) -> tuple[str, ...]:
        """Return the ID numbers of everybody in the file."""
        return tuple(one.id_number for one in self.people if one.id_number)


def list_people(answers: Mapping[str, Any]) -> Iterator[Person]:
    """Yield the people of a household as an application names them, the applicant first."""
    yield Person(
        name=str(answers.get("full_name") or ""),
        relation="本人",
        id_number=str(answers.get("id_number") or ""),
        state=str(answers.get("work_state") or ""),
    )
    for prefix, rows in (("member", answers.get("members")), ("student", answers.get("students"))):
        for row in rows or ():
            yield Person(
                name=str(row.get(f"{prefix}_name") or ""),
                relation=str(row.get("relation") or ""),
                id_number=str(row.get(f"{prefix}_id") or ""),
                state=str(row.get("member_state") or row.get("stage") or ""),
            )


def change_people(
    people: tuple[Person, ...], left: frozenset[int], joined: tuple[Person, ...]
) -> tuple[tuple[Person, ...], str]:
    """Return a household after some left it (by their place in it) and others joined it, and that in words. Raises StepStopped."""
    if 0 in left:
        raise StepStopped("need", "申请人不能从自己的档案里去掉。申请人去世或搬走的，请办注销，再为其他人建档。")
    if not left & frozenset(range(len(people))) and not joined:
        raise StepStopped("missing", "请勾选不再一起生活的人，或者写新来的人。")
    if any(not one.name.strip() or not one.relation.strip() for one in joined):
        raise StepStopped("missing", "新来的人要写姓名，也要写和申请人的关系。")
    gone = "、".join(one.name for place, one in enumerate(people) if place in left)
    come = "、".join(f"{one.name}（{one.relation}）" for one in joined)
    words = "；".join(filter(None, (gone and f"去掉{gone}", come and f"加上{come}")))
    return (*(one for place, one in enumerate(people) if place not in left), *joined), words


def find_plan_faults(plan: Plan, opened: date) -> list[str]:
    """Return what is missing in a plan, one sentence for each."""
    faults = []
    if plan.measure not in MEASURES or not plan.detail.strip():
        faults.append("一户一措施：请选一种帮扶方式，写明具体怎么帮。")
    if not plan.timetable:
        faults.append("一户一时间表：请至少写一个日期和那天以前要做到的事。")
    elif plan.timetable != tuple(sorted(plan.timetable, key=lambda one: one.day)) or plan.timetable[-1].day < opened:
        faults.append("一户一时间表：日期要从早到晚，最后一个不能早于建档那天。")
    if not plan.helper.strip() or not plan.helper_phone.strip():
        faults.append("一户一帮扶人：请写帮扶人的姓名和电话。")
    return faults


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that may happen to a file: from which states, to which; whether words must be said."""

    label: str
    from_states: frozenset[str]
    to_state: str
    words: bool = False


TURNS: dict[str, Turn] = {
    "plan": Turn("写帮扶计划", frozenset({"draft", "in_force"}), ""),
    "reckon": Turn("核定收入和人口", frozenset({"draft"}), ""),
    "people": Turn("家庭成员有变化", frozenset({"draft", "in_force", "followed"}), "", words=True),
    "open": Turn("建档", frozenset({"draft"}), "in_force"),
    "review": Turn("年度复核，继续在档", frozenset({"in_force"}), "in_force"),
    "exit": Turn("脱困退出，转入跟踪", frozenset({"in_force"}), "followed", words=True),
    "follow": Turn("跟踪回访", frozenset({"followed"}), "followed", words=True),
    "restore": Turn("返困，恢复在档", frozenset({"followed"}), "in_force", words=True),
    "settle": Turn("跟踪期满，销档", frozenset({"followed"}), "closed"),
    "close": Turn("注销或退档", frozenset({"draft", "in_force", "followed"}), "closed", words=True),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a member of staff says along with a turn."""

    act: str
    words: str = ""
    plan: Plan | None = None
    means: Means | None = None
    reckoning: Reckoning | None = None
    people: tuple[Person, ...] | None = None


def turn(file: Household, state: str, given: Given, day: date, staff: str) -> tuple[Household, str]:
    """Return a file after something happened, and its state. Raises StepStopped with a sentence that says why not."""
    found = TURNS[given.act]
    if state not in found.from_states:
        raise StepStopped("state", f"这份档案现在是“{STATES[state]}”，不能办“{found.label}”。请刷新页面看最新的情况。")
    if found.words and not given.words.strip():
        raise StepStopped("missing", "请写明原因或情况，要记入档案，也要告诉本人。")
    if given.act == "close" and given.words not in CLOSING:
        raise StepStopped("missing", "请选一个销档的原因。")
    changes: dict[str, Any] = {
        "history": (*file.history, Happening(day=day, act=given.act, staff=staff, words=given.words))
    }
    changes |= {
        name: value for name in ("plan", "means", "reckoning", "people") if (value := getattr(given, name)) is not None
    }
    changes["left_on"] = day if given.act == "exit" else None if given.act == "restore" else file.left_on
    after = file.model_copy(update=changes)
    _check_after(file, after, given.act, found.to_state or state, day)
    return after, found.to_state or state


def find_due(file: Household, state: str, day: date) -> date | None:
    """Return when somebody must look at a file next, counted from the day of its last change; None where it is closed.

    A draft within ten days; a file in force by 31 March of the next year and never after more than a year; a file that was
    left after half a year and at the end of the year of after-care.
    """
    if state == "draft":
        return day + timedelta(days=DRAFT_DAYS)
    if state == "in_force":
        looked = max((one.day for one in file.history if one.act in ("open", "review", "restore")), default=day)
        return min(date(looked.year + 1, *REVIEW_BY), looked + timedelta(days=365))
    if state == "followed" and file.left_on:
        end = file.left_on + timedelta(days=FOLLOW_DAYS)
        return min(end, max(day, file.left_on) + timedelta(days=FOLLOW_EVERY)) if day < end else end
    return None


def list_turns(state: str) -> Iterator[tuple[str, Turn]]:
    """Yield what may happen to a file in a state."""
    yield from ((name, one) for name, one in TURNS.items() if state in one.from_states)


def _check_after(before: Household, after: Household, act: str, state: str, day: date) -> None:
    """Refuse a file in force that has no whole plan or no category, and an end that comes too early."""
    if act == "plan" or state == "in_force":
        opened = min((one.day for one in after.history if one.act == "open"), default=day)
        faults = find_plan_faults(after.plan, opened)
        if faults:
            raise StepStopped("need", "帮扶计划不全。" + "".join(faults))
    if act in ("open", "review", "restore") and after.reckoning.category == "none":
        raise StepStopped(
            "need",
            "按核定的收入、支出、工作时间和住房算，不符合认定标准。情况有变化的，请先重新核定；确实好转的，请办脱困退出。",
        )
    if act in ("open", "review", "restore") and not (after.means.monthly or after.means.yearly):
        raise StepStopped("need", "收入还没有核定。请先核定收入和人口；一分收入也没有的，写一项“没有收入”，金额写 0。")
    if act == "review" and after.reckoning is before.reckoning:
        raise StepStopped("missing", "年度复核要按现在的标准重新算一遍收入。请填今年核定的收入和支出。")
    if act == "settle" and (after.left_on is None or day < after.left_on + timedelta(days=FOLLOW_DAYS)):
        raise StepStopped("need", "退出以后要跟踪满一年，现在还不能销档。")
