"""The register of members: what is kept of a person, and what may happen to a membership, as a table. Pure.

After 中国工会章程, 工会会员会籍管理办法 (总工发〔2016〕, art. 3, 4: once admitted, the membership moves with the work) and
domain brief B5.1: kept without dues on retirement, loss of work or service; left in writing; ended by six months without
dues and activity after a talk, which a person confirms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms_api.values import Frozen
from forms_api.workflow import StepStopped

REGISTER = "member"
STATES: dict[str, str] = {
    "active": "在会",
    "retained": "保留会籍",
    "transferred": "已转出本县",
    "left": "已退会",
}
IN_THE_COUNTY = frozenset({"active", "retained"})
"""States in which a person is a member here, so that nobody may admit the same person again."""
IDLE_MONTHS = 6
"""Months without dues and activity after which a membership may end (会籍管理办法; domain brief B5.1)."""
UNSTATED = "未说明"
"""Kind of work of whoever came from elsewhere, until somebody asks."""
NEEDED = ("full_name", "id_number", "worker_kind")


class Happening(Frozen):
    """One thing that happened to a membership, on a day, by a member of staff."""

    day: date
    act: str
    staff: str
    union: str
    place: str = ""
    """A union outside of the county that the person came from or went to."""
    reason: str = ""


class Membership(Frozen):
    """What is kept of a member. Name and numbers as the application gave them."""

    number: str
    full_name: str
    id_number: str
    mobile: str = ""
    worker_kind: str
    employer: str = ""
    occupation: str = ""
    ethnicity: str = ""
    education: str = ""
    political_status: str = ""
    admitted_on: date
    idle_since: date | None = None
    """Since when neither dues nor activity are known; set with the talk about it."""
    history: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that may happen: from which states, to which, what must be said; the reasons to choose from."""

    label: str
    from_states: frozenset[str]
    to_state: str
    takes: frozenset[str] = frozenset()
    """What must be said: union (in the county), place (outside), reason, since."""
    reasons: tuple[str, ...] = ()


def _move(label: str, from_states: str, to_state: str, takes: str = "", reasons: str = "") -> Move:
    return Move(label, frozenset(from_states.split()), to_state, frozenset(takes.split()), tuple(reasons.split()))


_WHY_MOVED = "换了单位 换了平台或站点 单位搬迁、合并或关闭 到别的地方生活 其他"
MOVES: dict[str, Move] = {
    "readmit": _move("重新入会", "left transferred", "active", "union"),
    "correct": _move("更正信息", "active retained", "", "reason"),
    "move": _move("转到本县另一家工会", "active retained", "active", "union reason", _WHY_MOVED),
    "return": _move("从外地转回来", "transferred", "active", "union place reason", _WHY_MOVED),
    "transfer": _move("转到外地", "active retained", "transferred", "place reason", _WHY_MOVED),
    "retain": _move("保留会籍", "active", "retained", "reason", "退休 失业 应征入伍"),
    "resume": _move("恢复会籍", "retained", "active"),
    "warn": _move("谈话提醒（半年没交会费、没参加活动）", "active", "active", "since"),
    "clear": _move("补交会费，撤销提醒", "active", "active"),
    "lapse": _move("按自动退会办理", "active", "left"),
    "leave": _move("退会", "active retained", "left", "reason", "本人书面申请 死亡 其他"),
    "expel": _move("开除会籍", "active retained", "left", "reason", "受刑事处罚"),
}
"""What may happen to a membership; a state of "" is the one that it is in."""
FIRST_ACTS = {"admit": "入会", "arrive": "从外地转入"}
"""What a membership begins with."""
KEPT = ("full_name", "mobile", "worker_kind", "employer", "occupation", "ethnicity", "education", "political_status")
"""Answers that a membership keeps and that may be corrected."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a member of staff says along with a move."""

    act: str
    union: str = ""
    place: str = ""
    reason: str = ""
    since: date | None = None


def take_answers(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what a membership keeps of answers; a platform counts as the employer where there is no other."""
    kept = {name: str(answers.get(name) or "") for name in (*KEPT, "id_number")}
    return kept | {"employer": kept["employer"] or str(answers.get("platform") or "")}


def admit(answers: Mapping[str, Any], number: str, day: date, staff: str, union: str, *, place: str = "") -> Membership:
    """Return a new membership from the answers of an application. Raises StepStopped where one that is needed is missing."""
    kept = take_answers(answers)
    if any(not kept[name] for name in NEEDED):
        raise StepStopped("missing", "姓名、证件号码或就业形态没有填，不能登记为会员。请先请申请人补充。")
    first = Happening(day=day, act="arrive" if place else "admit", staff=staff, union=union, place=place)
    return Membership(number=number, admitted_on=day, history=(first,), **kept)


def readmit(old: Membership, answers: Mapping[str, Any], day: date, staff: str, union: str) -> Membership:
    """Return the membership of a person who had left: the number and the history stay, the rest is as it is now."""
    kept = {name: text for name, text in take_answers(answers).items() if text}
    happening = Happening(day=day, act="readmit", staff=staff, union=union)
    return old.model_copy(update={**kept, "idle_since": None, "history": (*old.history, happening)})


def move(
    member: Membership, state: str, union: str, given: Given, day: date, staff: str
) -> tuple[Membership, str, str]:
    """Return a membership after something happened, its state and its union. Raises StepStopped with a sentence."""
    found = MOVES[given.act]
    if state not in found.from_states:
        raise StepStopped("state", f"这位会员现在是“{STATES[state]}”，不能办“{found.label}”。请看会籍记录。")
    _check_given(found, given, union, day)
    if given.act == "lapse":
        _check_lapse(member, day)
    there = given.union if "union" in found.takes else union
    idle = given.since if given.act == "warn" else member.idle_since if given.act == "correct" else None
    happening = Happening(day=day, act=given.act, staff=staff, union=there, place=given.place, reason=given.reason)
    after = member.model_copy(update={"idle_since": idle, "history": (*member.history, happening)})
    return after, found.to_state or state, there


def find_due(member: Membership) -> date | None:
    """Return the day from which a membership without dues and activity may end."""
    return add_months(member.idle_since, IDLE_MONTHS) if member.idle_since else None


def list_moves(state: str) -> Iterator[tuple[str, Move]]:
    """Yield what may happen to a membership in a state."""
    yield from ((name, one) for name, one in MOVES.items() if state in one.from_states)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last of that month where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


_MISSING = {
    "union": "请选转入的工会，要和现在的不是同一家。",
    "place": "请写外地工会的全称。",
    "reason": "请选一个原因，写进会籍记录。",
    "since": "请写从哪天起没有交会费、没有参加活动，不能晚于今天。",
}


def _check_given(found: Move, given: Given, union: str, day: date) -> None:
    said = {
        "union": bool(given.union) and (given.union != union or given.act in ("readmit", "return")),
        "place": bool(given.place.strip()),
        "reason": given.reason in found.reasons if found.reasons else bool(given.reason.strip()),
        "since": given.since is not None and given.since <= day,
    }
    for name in sorted(found.takes, key=list(_MISSING).index):
        if not said[name]:
            raise StepStopped("missing", _MISSING[name])


def _check_lapse(member: Membership, day: date) -> None:
    """Refuse to end a membership without a talk, on the day of the talk, or before six months have passed."""
    talk = next((one.day for one in reversed(member.history) if one.act == "warn"), None)
    due = find_due(member)
    if talk is None or due is None:
        raise StepStopped("need", "还没有谈话提醒的记录。请先找本人谈话、记下来，再按自动退会办理。")
    if day < due:
        raise StepStopped("need", f"从没交会费、没参加活动那天起还不满六个月，{due:%Y-%m-%d} 起才能按自动退会办理。")
    if talk == day:
        raise StepStopped("need", "今天刚谈过话。请给本人留出补交会费、参加活动的时间，改天再办。")
