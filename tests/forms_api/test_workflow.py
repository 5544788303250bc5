"""The tables hold together; whatever staff try, in any order, the invariants of the chain hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from forms_api.definitions import CHINA
from forms_api.model import Asked, Case, digest_case
from forms_api.workflow import (
    BACK,
    DUTY_WORDS,
    NEEDS,
    REASONS,
    REVIEWING_STEPS,
    SAME,
    STATES,
    TRANSITIONS,
    Agent,
    Facts,
    NotAllowed,
    Step,
    StepStopped,
    Workflow,
    apply,
    find_actions,
    list_steps,
    next_state,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
EVERYTHING = frozenset(DUTY_WORDS)
ACTIONS = sorted({step.action for step in TRANSITIONS if step.role == "staff"})
BOSS = Agent("boss", EVERYTHING, covers_case=True, covers_county=True)
ALL_GOOD = Facts(
    visited=True,
    visits_after_payment=True,
    notice_ends=date(2026, 11, 19),
    has_household=True,
    plan_complete=True,
    paid_to_own_account=True,
)


def make_case(state: str = "submitted", asked: Asked | None = None) -> Case:
    return Case("c1", "YX-1", "hardship", "v1", "web", state, NOW, NOW, b"", asked=asked)


def give(action: str, **more: Any) -> Step:
    """Return a step with everything that any step takes."""
    whole = {
        "reason": "unclear",
        "note": "请再拍一次。",
        "fields": ("photo",),
        "until": NOW + timedelta(days=9),
        "union": "wuliu",
    }
    return Step(action, **(whole | more))


# --- the tables ----------------------------------------------------------------------------------


def test_transitions_name_what_is_known() -> None:
    for step in TRANSITIONS:
        assert step.from_states <= STATES.keys()
        assert step.to_state in {*STATES, BACK, SAME}
        assert step.workflows <= set(get_args(Workflow))
        assert step.duties <= DUTY_WORDS.keys()
        assert set(step.needs) <= NEEDS.keys()
        assert step.takes <= {"reason", "note", "fields", "until", "union"}
        if step.role == "staff":
            assert step.label
            assert step.duties


def test_no_two_steps_of_one_name_lead_on_from_one_state_for_one_duty() -> None:
    for one, other in product(TRANSITIONS, repeat=2):
        if one is not other and (one.action, one.role) == (other.action, other.role):
            assert not (
                one.from_states & other.from_states and one.workflows & other.workflows and one.duties & other.duties
            )


def test_every_state_is_reached_and_left() -> None:
    for workflow in get_args(Workflow):
        steps = [step for step in TRANSITIONS if workflow in step.workflows]
        reached = {"submitted"}
        while more := {step.to_state for step in steps if step.from_states & reached} & STATES.keys() - reached:
            reached |= more
        assert "finished" in reached
        assert "refused" in reached
        for state in reached:
            leaving = [step for step in steps if state in step.from_states and step.role == "staff"]
            assert leaving or STATES[state].closed, (workflow, state)


def test_words_are_chinese_and_end() -> None:
    assert all(state.words.endswith("。") for state in STATES.values())
    assert all(not reason.endswith("。") for reason in REASONS.values())
    assert all(need.words.endswith("。") for need in NEEDS.values())


def test_a_refusal_always_says_why() -> None:
    assert all({"reason", "note"} <= step.takes for step in TRANSITIONS if step.to_state == "refused")


# --- what a worker does ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("submitted", {"withdraw"}),
        ("needs_supply", {"supply", "withdraw"}),
        ("public_notice", {"withdraw"}),
        ("refused", set()),
        ("withdrawn", set()),
        ("filed", set()),
        ("paid", set()),
    ],
)
def test_what_a_worker_may_do(state: str, actions: set[str]) -> None:
    assert find_actions(state, "applicant") == actions
    assert find_actions(state, "system") == frozenset()


def test_a_step_leads_to_its_state_or_is_refused() -> None:
    assert next_state(make_case("needs_supply"), "supply", "applicant") == "submitted"
    assert (
        next_state(make_case("needs_supply", Asked(("photo",), None, "reviewing")), "supply", "applicant")
        == "reviewing"
    )
    assert next_state(make_case("visiting"), "withdraw", "applicant") == "withdrawn"
    for state, action, role in (("submitted", "supply", "applicant"), ("needs_supply", "supply", "staff")):
        with pytest.raises(NotAllowed) as refused:
            next_state(make_case(state), action, role)  # type: ignore[arg-type]  # parametrised by hand
        assert (refused.value.state, refused.value.action) == (state, action)


# --- what staff do ------------------------------------------------------------------------------------


def test_a_step_tells_what_happened() -> None:
    after, event, tells = apply(make_case("reviewing"), "aid", give("ask"), BOSS, Facts(), NOW)
    assert after == replace(
        make_case("needs_supply"),
        reason="unclear",
        note="请再拍一次。",
        asked=Asked(("photo",), NOW + timedelta(days=9), "reviewing"),
    )
    told = {"action": "ask", "state": "needs_supply", "reason": "unclear", "note": "请再拍一次。"}
    assert event.data == {**told, "case": digest_case(after)}
    assert (event.kind, event.actor.id, event.case_id, tells) == ("moved", "boss", "c1", "ask")
    again, event, _ = apply(after, "aid", give("recall"), BOSS, Facts(), NOW)
    assert (again.state, again.reason, again.note, again.asked) == ("reviewing", None, None, None)
    told = {"action": "recall", "state": "reviewing", "reason": None, "note": None}
    assert event.data == {**told, "case": digest_case(again)}


def test_a_longer_petition_stays_where_it_is() -> None:
    after, _, _ = apply(make_case("accepted"), "petition", give("extend"), BOSS, Facts(), NOW)
    assert after.state == "accepted"
    with pytest.raises(StepStopped, match="已经延期过一次"):
        apply(make_case("accepted"), "petition", give("extend"), BOSS, Facts(extended=True), NOW)


@pytest.mark.parametrize(
    ("workflow", "state", "action", "facts", "words"),
    [
        ("aid", "visiting", "visit", {"visited": False}, "还没有入户调查记录"),
        ("aid", "reviewing", "review", {"acted": {"first_review": frozenset({"boss"})}}, "由另一个人来做"),
        ("aid", "public_notice", "end_notice", {"notice_ends": date(2026, 11, 20)}, "公示期还没有满"),
        ("aid", "public_notice", "end_notice", {"notice_ends": None}, "公示期还没有满"),
        ("aid", "public_notice", "end_notice", {"objections": 1}, "异议还没有办结"),
        ("aid", "approving", "approve", {"acted": {"review": frozenset({"boss"})}}, "审批要由另一个人"),
        ("aid", "approving", "approve", {"acted": {"visit": frozenset({"boss"})}}, "审批要由另一个人"),
        ("aid", "approving", "refuse", {"acted": {"review": frozenset({"boss"})}}, "审批要由另一个人"),
        ("chain", "approving", "approve", {"acted": {"endorse": frozenset({"boss"})}}, "审批要由另一个人"),
        ("aid", "approved", "file", {"has_household": False}, "先建档、后帮扶"),
        ("aid", "approved", "file", {"plan_complete": False}, "帮扶计划不全"),
        ("aid", "filed", "pay", {"has_household": False}, "先建档、后帮扶"),
        ("aid", "filed", "pay", {"paid_to_own_account": False}, "本人的账户"),
        ("aid", "paid", "finish", {"visits_after_payment": False}, "还没有回访记录"),
    ],
)
def test_a_shortcut_is_refused_with_a_sentence(
    workflow: Workflow, state: str, action: str, facts: dict[str, Any], words: str
) -> None:
    with pytest.raises(StepStopped, match=words) as stopped:
        apply(make_case(state), workflow, give(action), BOSS, replace(ALL_GOOD, **facts), NOW)
    assert stopped.value.why == "need"
    offered = {
        offer.transition.action: offer.stopped
        for offer in list_steps(make_case(state), workflow, BOSS, replace(ALL_GOOD, **facts), NOW.date())
    }
    assert words in (offered[action] or "")
    after, _, _ = apply(make_case(state), workflow, give(action), BOSS, ALL_GOOD, NOW)
    assert after.state != state


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (give("ask", reason="whatever"), "选一个原因"),
        (give("ask", note=" "), "写几句说明"),
        (give("ask", fields=()), "至少选一项"),
        (give("ask", until=None), "补充的期限"),
        (give("ask", until=NOW), "补充的期限"),
        (give("ask", note="您的卡号 6222 0212 3456 7890 不对"), "号码"),
        (give("refuse", note="您患有糖尿病，不属于本项"), "糖尿病"),
        (give("transfer", union=""), "选转给哪个工会"),
    ],
)
def test_what_a_step_takes_must_be_given(step: Step, words: str) -> None:
    with pytest.raises(StepStopped, match=words) as stopped:
        apply(make_case(), "aid", step, BOSS, Facts(), NOW)
    assert stopped.value.why == "missing"


def test_steps_are_offered_to_those_who_may_take_them() -> None:
    """Role × place × every step: offered exactly where the table says so, and then it can be taken."""
    for step, duty, covers, county in product(TRANSITIONS, DUTY_WORDS, (True, False), (True, False)):
        if step.role != "staff":
            continue
        agent = Agent("one", frozenset({duty}), covers, county)
        for state, workflow in product(step.from_states, step.workflows):
            case = make_case(state, Asked(("photo",), None, "accepted"))
            offered = [one.transition for one in list_steps(case, workflow, agent, ALL_GOOD, NOW.date())]  # type: ignore[arg-type]  # of the table
            may = duty in step.duties and covers and (county or step.place == "own")
            assert (step in offered) == may
            if may:
                apply(case, workflow, give(step.action), agent, ALL_GOOD, NOW)  # type: ignore[arg-type]  # of the table
            elif not any(one.action == step.action for one in offered):
                with pytest.raises(StepStopped) as stopped:
                    apply(case, workflow, give(step.action), agent, ALL_GOOD, NOW)  # type: ignore[arg-type]  # of the table
                assert stopped.value.why in ("duty", "scope")


def test_who_has_no_such_duty_is_told_who_has() -> None:
    clerk = Agent("clerk", frozenset({"handler"}), covers_case=True, covers_county=True)
    with pytest.raises(StepStopped, match="要由审批岗位的人来办"):
        apply(make_case("approving"), "aid", give("approve"), clerk, ALL_GOOD, NOW)
    with pytest.raises(StepStopped, match="不在您负责的工会范围内"):
        apply(make_case(), "aid", give("accept"), replace(clerk, covers_case=False), ALL_GOOD, NOW)
    with pytest.raises(StepStopped, match="要由县总工会的人来办"):
        apply(make_case("cleared"), "aid", give("publish"), replace(clerk, covers_county=False), ALL_GOOD, NOW)
    with pytest.raises(StepStopped, match="现在是“已提交”"):
        apply(make_case(), "aid", give("pay"), BOSS, ALL_GOOD, NOW)


# --- whatever anybody tries --------------------------------------------------------------------------


class Walk(RuleBasedStateMachine):
    """Five people with all duties try anything at any time; what the chain forbids never happens."""

    @initialize(workflow=st.sampled_from(get_args(Workflow)))
    def begin(self, workflow: Workflow) -> None:
        self.workflow: Workflow = workflow
        self.case = make_case()
        self.facts = Facts()
        self.acted: dict[str, set[str]] = {}
        self.states = ["submitted"]
        self.now = NOW

    @rule(action=st.sampled_from(ACTIONS), who=st.sampled_from("abcde"))
    def try_step(self, action: str, who: str) -> None:
        agent = Agent(who, EVERYTHING, covers_case=True, covers_county=True)
        facts = replace(self.facts, acted={name: frozenset(people) for name, people in self.acted.items()})
        step = give(action, until=self.now + timedelta(days=9))
        try:
            after, event, _ = apply(self.case, self.workflow, step, agent, facts, self.now)
        except StepStopped:
            return
        self.check(action, who, facts)
        if action == "reopen":
            self.acted, self.states = {}, []
        elif action == "extend":
            self.facts = replace(self.facts, extended=True)
        self.acted.setdefault(action, set()).add(who)
        self.case = after
        self.states.append(after.state)
        assert event.data["state"] == after.state

    @rule(action=st.sampled_from(("supply", "withdraw")))
    def try_worker(self, action: str) -> None:
        try:
            self.case = replace(self.case, state=next_state(self.case, action, "applicant"), asked=None)
        except NotAllowed:
            return
        self.states.append(self.case.state)

    @rule(
        name=st.sampled_from(
            ("visited", "visits_after_payment", "has_household", "plan_complete", "paid_to_own_account")
        ),
        value=st.booleans(),
    )
    def change_registers(self, name: str, value: bool) -> None:
        self.facts = replace(self.facts, **{name: value})

    @rule(objections=st.integers(0, 2), days=st.integers(-3, 3))
    def change_notice(self, objections: int, days: int) -> None:
        self.facts = replace(self.facts, objections=objections, notice_ends=self.now.date() + timedelta(days=days))

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def check(self, action: str, who: str, facts: Facts) -> None:
        """Hold one step that was allowed against the rules of the house, written here once more and plainly."""
        if action == "approve":
            assert not any(who in self.acted.get(name, ()) for name in REVIEWING_STEPS)
        if action == "review" and self.workflow == "aid":
            assert who not in self.acted.get("first_review", ())
        if action == "review" and self.workflow == "honour":
            assert who not in self.acted.get("endorse", ())
        if action == "end_notice":
            assert facts.notice_ends
            assert facts.notice_ends < self.now.date()
            assert facts.objections == 0
        if action in ("file", "pay"):
            assert facts.has_household
        if action == "file":
            assert facts.plan_complete
        if action == "pay":
            assert facts.paid_to_own_account

    @invariant()
    def no_step_is_left_out(self) -> None:
        if not hasattr(self, "case") or "accepted" not in self.states[:2]:
            return
        before = {
            "approved": {
                "direct": {"approving"},
                "chain": {"approving"},
                "aid": {"cleared", "public_notice", "approving"},
                "honour": {"reviewing", "cleared", "public_notice", "approving"},
            },
            "paid": {"aid": {"public_notice", "approved", "filed"}},
        }
        for state, needed in before.items():
            if self.case.state == state and self.workflow in needed:
                assert needed[self.workflow] <= set(self.states)

    @invariant()
    def who_is_refused_can_read_why(self) -> None:
        if hasattr(self, "case") and self.case.state == "refused":
            assert self.case.reason in REASONS
            assert self.case.note


Walk.TestCase.settings = settings(max_examples=150, stateful_step_count=60)
TestWalk = Walk.TestCase
