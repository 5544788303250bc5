"""The states of a case, the coded reasons, and who may move it: tables, and the one function that applies them. No I/O.

Labels and sentences are what the worker reads on the status page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forms_api.model import Role

Colour = Literal["waiting", "asked", "good", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class State:
    """One state: its word, what it means for the worker, how it is shown, whether the case is closed."""

    label: str
    words: str
    colour: Colour
    closed: bool = False


STATES: dict[str, State] = {
    "submitted": State("已提交", "我们已经收到，还没有开始看。", "waiting"),
    "accepted": State("已受理", "材料齐了，正在按流程办理。", "waiting"),
    "needs_supply": State("需要补充", "还缺一些内容。按“请补充”里写的补上，我们再接着办。", "asked"),
    "reviewing": State("审核中", "工作人员正在审核。", "waiting"),
    "public_notice": State("公示中", "审核已经通过，正在公示。公示期满、没有异议再进入下一步。", "waiting"),
    "approved": State("已通过", "审核通过了。", "good"),
    "answered": State("已答复", "我们已经答复。", "good"),
    "forwarded": State("已转办", "这件事归别的部门管，我们已经转过去。", "waiting"),
    "paid": State("已发放", "款项已经转到您本人的银行账户。", "good"),
    "finished": State("已办结", "这件事办完了。", "good", closed=True),
    "refused": State("未通过", "这次没有通过，原因见“说明”。情况有变化，可以重新申请。", "bad", closed=True),
    "withdrawn": State("已撤回", "您撤回了这份申请，我们不再办理。", "quiet", closed=True),
}

REASONS: dict[str, str] = {
    "incomplete": "材料不全，或者内容没有填完整",
    "unclear": "照片或扫描件看不清",
    "outdated": "证明已经过期",
    "mismatch": "填写的内容和材料对不上",
    "not_eligible": "不符合这项服务的条件",
    "other_office": "不归本工会办理",
    "duplicate": "同一件事已经申请过",
    "over_deadline": "超过了补充材料的期限",
    "other": "其他原因",
}
"""Coded reasons that a worker may be told; the note beside them says more, without numbers or illness."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: who may take it, from which states, to which state (None: the state stays as it was)."""

    action: str
    role: Role
    from_states: frozenset[str]
    to_state: str


_OPEN = frozenset(name for name, state in STATES.items() if not state.closed)

TRANSITIONS: tuple[Transition, ...] = (
    Transition("supply", "applicant", frozenset({"needs_supply"}), "submitted"),
    Transition("withdraw", "applicant", _OPEN - {"paid", "answered", "approved"}, "withdrawn"),
)


class NotAllowed(Exception):
    """That step cannot be taken from that state by that role."""

    def __init__(self, action: str, state: str) -> None:
        super().__init__(f"{action} from {state}")
        self.action, self.state = action, state


def find_actions(state: str, role: Role) -> frozenset[str]:
    """Return what a role may do with a case in a state."""
    return frozenset(step.action for step in TRANSITIONS if step.role == role and state in step.from_states)


def next_state(state: str, action: str, role: Role) -> str:
    """Return the state after a step. Raises NotAllowed."""
    for step in TRANSITIONS:
        if (step.action, step.role) == (action, role) and state in step.from_states:
            return step.to_state
    raise NotAllowed(action, state)
