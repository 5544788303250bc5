"""The chain that a federation follows: states, steps, clocks and what each step needs, as tables; and `apply`. No I/O.

Labels and sentences of states are what the worker reads on the status page; those of steps are what staff choose from.
After 信访工作条例 (2022) for petitions; 工会法 and the county's own measures for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from forms_api.model import Actor, Asked, Case, NewEvent, Role, digest_case
from forms_api.note_rules import find_note_fault

Colour = Literal["waiting", "asked", "good", "bad", "quiet"]
Workflow = Literal["direct", "chain", "aid", "honour", "petition"]
Duty = Literal["handler", "reviewer", "approver", "cashier"]
Place = Literal["own", "county"]
"""Whose step it is: the union that has the case, or the county federation."""


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
    "visiting": State("待入户", "初审通过了。接下来上门了解情况，来之前会先打电话。", "waiting"),
    "reviewing": State("审核中", "工作人员正在审核。", "waiting"),
    "cleared": State("待公示", "审核通过了，正在准备公示。", "waiting"),
    "public_notice": State("公示中", "审核已经通过，正在公示。公示期满、没有异议再进入下一步。", "waiting"),
    "approving": State("审批中", "审核已经通过，正在审批。", "waiting"),
    "approved": State("已通过", "审核通过了。", "good"),
    "filed": State("已建档", "困难职工档案已经建好，接下来发放。", "good"),
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

# --- what a step may need -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts for the federation: an account, its duties, and whether the case and the county lie in its scope."""

    id: str
    duties: frozenset[str]
    covers_case: bool
    covers_county: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case beyond its state: who took which step before, and what the registers and the site say."""

    acted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    visited: bool = False
    visits_after_payment: bool = False
    notice_ends: date | None = None
    objections: int = 0
    has_household: bool = False
    plan_complete: bool = False
    paid_to_own_account: bool = False
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """A condition of a step: whether it holds for the facts, who acts and the day; and what to say where it does not."""

    holds: Callable[[Facts, Agent | None, date], bool]
    words: str


REVIEWING_STEPS = ("endorse", "first_review", "visit", "review")


def _acted(facts: Facts, agent: Agent | None, *actions: str) -> bool:
    return agent is not None and any(agent.id in facts.acted.get(action, ()) for action in actions)


NEEDS: dict[str, Need] = {
    "other_reviewer": Need(
        lambda facts, agent, day: not _acted(facts, agent, "first_review", "endorse"),
        "初审是您做的，复核要由另一个人来做。请转给县总工会的其他审核人员。",
    ),
    "other_approver": Need(
        lambda facts, agent, day: not _acted(facts, agent, *REVIEWING_STEPS),
        "这份申请您审核过，审批要由另一个人来做。请转给其他审批人员。",
    ),
    "visit": Need(
        lambda facts, agent, day: facts.visited,
        "还没有入户调查记录。请先上门，把记录填好，再往下办。",
    ),
    "listed": Need(
        lambda facts, agent, day: facts.notice_ends is not None,
        "这份申请还没有列进公示名单。请到“公示”里拟好名单、签发、发布，发布以后自动转为“公示中”。",
    ),
    "notice_over": Need(
        lambda facts, agent, day: facts.notice_ends is not None and facts.notice_ends < day,
        "公示期还没有满，不能提前进入审批。请等公示期满的次日再办。",
    ),
    "no_objection": Need(
        lambda facts, agent, day: facts.objections == 0,
        "公示期间收到的异议还没有办结。请先把异议查清、答复，再往下办。",
    ),
    "household": Need(
        lambda facts, agent, day: facts.has_household,
        "还没有困难职工档案。先建档、后帮扶：请先建好档案，再往下办。",
    ),
    "plan": Need(
        lambda facts, agent, day: facts.plan_complete,
        "档案里的帮扶计划不全。要写明一项措施、一张时间表和一名帮扶人，再往下办。",
    ),
    "own_account": Need(
        lambda facts, agent, day: facts.paid_to_own_account,
        "银行还没有回单证明钱已经转到申请人本人的账户。请等回单导入、对上账以后再办。",
    ),
    "follow_up": Need(
        lambda facts, agent, day: facts.visits_after_payment,
        "发放以后还没有回访记录。请先回访，把记录填好，再办结。",
    ),
    "not_extended": Need(
        lambda facts, agent, day: not facts.extended,
        "这件事已经延期过一次，不能再延。请在期限内办结。",
    ),
}

# --- the steps --------------------------------------------------------------------------------------

BACK = "<back>"
"""The state after a step that leads to where the case was when something was asked for."""
SAME = "<same>"


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: who may take it, in which workflows, from which states, to which state, and what it needs.

    `tells` names the notice that the worker is sent.
    """

    action: str
    role: Role
    from_states: frozenset[str]
    to_state: str
    label: str = ""
    workflows: frozenset[str] = frozenset({"direct", "chain", "aid", "honour", "petition"})
    duties: frozenset[str] = frozenset()
    place: Place = "own"
    needs: tuple[str, ...] = ()
    takes: frozenset[str] = frozenset()
    """What whoever takes the step must say: reason, note, fields, until, union."""
    tells: str = ""


RATINGS: dict[str, str] = {"good": "满意", "fair": "基本满意", "poor": "不满意"}
"""What a worker may say of how a case was handled, once."""
RATED_IN = frozenset({"answered", "paid", "finished", "refused"})
"""States in which the work is done, so that it can be rated."""
_OPEN = frozenset(name for name, state in STATES.items() if not state.closed)
_DONE = frozenset({"approved", "filed", "paid", "answered"})


def _staff(
    action: str,
    label: str,
    workflows: str,
    duties: str,
    from_states: str,
    to_state: str,
    *,
    place: Place = "own",
    needs: str = "",
    takes: str = "",
    tells: str = "",
) -> Transition:
    return Transition(
        action,
        "staff",
        frozenset(from_states.split()),
        to_state,
        label,
        frozenset(workflows.split()),
        frozenset(duties.split()),
        place,
        tuple(needs.split()),
        frozenset(takes.split()),
        tells,
    )


_ALL = "direct chain aid honour petition"

TRANSITIONS: tuple[Transition, ...] = (
    Transition("supply", "applicant", frozenset({"needs_supply"}), BACK),
    Transition("withdraw", "applicant", _OPEN - _DONE, "withdrawn"),
    # taking in
    _staff("accept", "材料齐了，受理", _ALL, "handler reviewer", "submitted", "accepted", tells="accepted"),
    _staff(
        "ask", "请申请人补充", _ALL, "handler reviewer", "submitted accepted visiting reviewing", "needs_supply",
        takes="reason note fields until", tells="ask",
    ),
    _staff("recall", "不用补了，接着办", _ALL, "handler reviewer", "needs_supply", BACK),
    _staff(
        "transfer", "转给别的工会", _ALL, "handler reviewer", "submitted accepted reviewing",
        "submitted", takes="union note",
    ),
    # direct: the county decides
    _staff("review", "审核通过", "direct", "reviewer", "submitted accepted", "approving", place="county"),
    # chain: the grassroots union, then the county
    _staff("endorse", "初审通过", "chain", "reviewer", "submitted accepted", "approving"),
    # honour: recommended below, weighed by the county, shown to the public
    _staff("endorse", "初审通过，报县总工会", "honour", "reviewer", "submitted accepted", "reviewing"),
    # aid, and what honours have in common with it
    _staff("first_review", "初审通过，安排入户", "aid", "reviewer", "accepted", "visiting"),
    _staff("visit", "入户核实完毕，报县总工会", "aid", "handler reviewer", "visiting", "reviewing", needs="visit"),
    _staff("review", "复核通过", "aid honour", "reviewer", "reviewing", "cleared", place="county", needs="other_reviewer"),
    _staff("publish", "公示", "aid honour", "handler", "cleared", "public_notice", place="county", needs="listed", tells="public_notice"),
    _staff(
        "end_notice", "公示期满，报审批", "aid honour", "handler reviewer", "public_notice", "approving", place="county",
        needs="notice_over no_objection",
    ),
    _staff("resume_review", "异议成立，重新复核", "aid honour", "reviewer", "cleared public_notice", "reviewing", place="county", takes="note"),
    # approving
    _staff(
        "approve", "同意", "direct chain aid honour", "approver", "approving", "approved", place="county",
        needs="other_approver", tells="approved",
    ),
    _staff("return", "退回重新审核", "direct chain", "approver", "approving", "accepted", place="county", takes="note"),
    _staff("return", "退回重新复核", "aid honour", "approver", "approving", "reviewing", place="county", takes="note"),
    # refusing
    _staff("refuse", "不予受理", _ALL, "handler reviewer", "submitted", "refused", takes="reason note", tells="refused"),
    _staff(
        "refuse", "不通过", "direct chain aid honour", "reviewer", "accepted visiting reviewing cleared public_notice", "refused",
        takes="reason note", tells="refused",
    ),
    _staff("refuse", "不同意", "direct chain aid honour", "approver", "approving", "refused", place="county", needs="other_approver", takes="reason note", tells="refused"),
    _staff("refuse", "不再办理", _ALL, "handler reviewer", "needs_supply", "refused", takes="reason note", tells="refused"),
    _staff("refuse", "不予办理", "petition", "reviewer", "accepted", "refused", takes="reason note", tells="refused"),
    # petition
    _staff("answer", "答复", "petition", "reviewer", "accepted forwarded", "answered", takes="note", tells="answered"),
    _staff("forward", "转给主管部门", "petition", "handler reviewer", "submitted accepted", "forwarded", takes="note", tells="forwarded"),
    _staff("extend", "延期三十日", "petition", "reviewer", "accepted forwarded", SAME, needs="not_extended", takes="note", tells="extended"),
    # after the decision
    _staff("file", "建档完毕", "aid", "handler", "approved", "filed", place="county", needs="household plan", tells="filed"),
    _staff("pay", "已发放", "aid", "cashier", "filed", "paid", place="county", needs="household own_account", tells="paid"),
    _staff("finish", "办结", "direct chain honour", "handler reviewer", "approved", "finished", tells="finished"),
    _staff("finish", "办结", "petition", "handler reviewer", "answered forwarded", "finished", tells="finished"),
    _staff("finish", "回访完毕，办结", "aid", "handler", "paid", "finished", needs="follow_up", tells="finished"),
    _staff("finish", "不用发放，办结", "aid", "handler", "filed", "finished", place="county", takes="note", tells="finished"),
    _staff("reopen", "重新办理", _ALL, "approver", "refused finished", "accepted", place="county", takes="note", tells="reopened"),
)  # fmt: skip


_ASIDE = frozenset({"ask", "transfer", "refuse", "reopen", "recall", "return", "extend", "resume_review"})
"""Steps that lead aside or back; a case does not wait for them."""


class NotAllowed(Exception):
    """That step cannot be taken from that state by that role."""

    def __init__(self, action: str, state: str) -> None:
        super().__init__(f"{action} from {state}")
        self.action, self.state = action, state


Why = Literal["state", "duty", "scope", "need", "missing"]


class StepStopped(Exception):
    """A member of staff may not take a step; why, and the sentence that says so and what to do."""

    def __init__(self, why: Why, words: str) -> None:
        super().__init__(words)
        self.why, self.words = why, words


def find_actions(state: str, role: Role) -> frozenset[str]:
    """Return what a role may do with a case in a state."""
    return frozenset(step.action for step in TRANSITIONS if step.role == role and state in step.from_states)


def next_state(case: Case, action: str, role: Role) -> str:
    """Return the state after a step of the worker. Raises NotAllowed."""
    for step in TRANSITIONS:
        if (step.action, step.role) == (action, role) and case.state in step.from_states:
            return _resolve(step, case)
    raise NotAllowed(action, case.state)


# --- what staff do ------------------------------------------------------------------------------------

DUTY_WORDS = {"handler": "经办", "reviewer": "审核", "approver": "审批", "cashier": "财务"}
_MISSING = {
    "reason": "请选一个原因，申请人要看到。",
    "note": "请写几句说明，申请人要看到。",
    "fields": "请至少选一项要补充的内容。",
    "until": "请写补充的期限，要在今天以后。",
    "union": "请选转给哪个工会。",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step as a member of staff takes it, with what the step takes along."""

    action: str
    reason: str = ""
    note: str = ""
    fields: tuple[str, ...] = ()
    until: datetime | None = None
    union: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that could be taken from where a case stands; `stopped` says why this agent may not take it just now."""

    transition: Transition
    stopped: str | None

    @property
    def leads_on(self) -> bool:
        """Tell whether the case goes on by this step; the others lead aside or back."""
        return self.transition.action not in _ASIDE


def find_waiting_states(duties: frozenset[str], county: bool) -> frozenset[str]:
    """Return the states in which a case waits for somebody with these duties, at the county or below it."""
    return frozenset[str]().union(
        *(
            step.from_states
            for step in TRANSITIONS
            if step.duties & duties and step.action not in _ASIDE and (county or step.place == "own")
        )
    )


def list_steps(case: Case, workflow: Workflow, agent: Agent, facts: Facts, day: date) -> Iterator[Offer]:
    """Yield the steps that this agent may take with a case, those that lead on farthest first, with what still stops each."""
    for step in sorted(
        _find_steps(case.state, workflow), key=lambda one: (one.action in _ASIDE, one.action == "accept")
    ):
        try:
            _check_right(step, agent)
        except StepStopped:
            continue
        stopped = next((NEEDS[name].words for name in step.needs if not NEEDS[name].holds(facts, agent, day)), None)
        yield Offer(step, stopped)


def apply(
    case: Case, workflow: Workflow, step: Step, agent: Agent, facts: Facts, now: datetime
) -> tuple[Case, NewEvent, str]:
    """Return the case after a step of staff, the event of it, and the name of the notice to the worker (empty: none).

    Raises StepStopped with a sentence that says why not; then nothing has happened.
    """
    found = _choose(case, workflow, step, agent)
    _check_given(found, step, now)
    for name in found.needs:
        if not NEEDS[name].holds(facts, agent, now.date()):
            raise StepStopped("need", NEEDS[name].words)
    state = _resolve(found, case)
    asked = Asked(step.fields, step.until, case.state) if "fields" in found.takes else None
    if found.to_state == SAME:
        asked = case.asked
    reason, note = (
        step.reason if "reason" in found.takes else None,
        step.note.strip() if "note" in found.takes else None,
    )
    after = replace(case, state=state, updated_at=now, reason=reason, note=note, asked=asked)
    data = {"action": step.action, "state": state, "reason": reason, "note": note, "case": digest_case(after)}
    return after, NewEvent("moved", now, Actor("staff", agent.id), data, case.id), found.tells


def _find_steps(state: str, workflow: Workflow) -> list[Transition]:
    return [
        one for one in TRANSITIONS if one.role == "staff" and state in one.from_states and workflow in one.workflows
    ]


def _choose(case: Case, workflow: Workflow, step: Step, agent: Agent) -> Transition:
    fitting = [one for one in _find_steps(case.state, workflow) if one.action == step.action]
    if not fitting:
        label = STATES[case.state].label
        raise StepStopped("state", f"这份申请现在是“{label}”，不能这样办。请刷新页面看最新的情况。")
    for one in fitting:  # one of them may be this agent's
        with_right = _has_right(one, agent)
        if with_right:
            return one
    _check_right(fitting[0], agent)
    return fitting[0]


def _has_right(step: Transition, agent: Agent) -> bool:
    try:
        _check_right(step, agent)
    except StepStopped:
        return False
    return True


def _check_right(step: Transition, agent: Agent) -> None:
    if not step.duties & agent.duties:
        wanted = "或".join(DUTY_WORDS[one] for one in DUTY_WORDS if one in step.duties)
        raise StepStopped("duty", f"“{step.label}”要由{wanted}岗位的人来办。请转给有这个职责的同事。")
    if not agent.covers_case:
        raise StepStopped("scope", "这份申请不在您负责的工会范围内。请转给所在工会的同事。")
    if step.place == "county" and not agent.covers_county:
        raise StepStopped("scope", f"“{step.label}”要由县总工会的人来办。请报给县总工会。")


def _check_given(step: Transition, given: Step, now: datetime) -> None:
    said = {
        "reason": given.reason in REASONS,
        "note": bool(given.note.strip()),
        "fields": bool(given.fields),
        "until": given.until is not None and given.until > now,
        "union": bool(given.union),
    }
    for name in sorted(step.takes, key=list(_MISSING).index):
        if not said[name]:
            raise StepStopped("missing", _MISSING[name])
    if fault := find_note_fault(given.note):
        raise StepStopped("missing", fault)


def _resolve(step: Transition, case: Case) -> str:
    if step.to_state == BACK:
        return case.asked.back if case.asked else "submitted"
    return case.state if step.to_state == SAME else step.to_state
