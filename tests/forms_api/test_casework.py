"""Staff decide real cases in a real store: who may do what, in which order, what is written, what the worker reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from forms_api import casework, following
from forms_api.arrivals import UNOPENED, take_in, take_in_all
from forms_api.back_office import Office
from forms_api.casework import NoSuchCase, find_standing
from forms_api.definitions import CHINA
from forms_api.model import Actor, NewEvent
from forms_api.office import CASE, Entry
from forms_api.opening import Opener, make_pair
from forms_api.receiving import Visitor
from forms_api.references import spell
from forms_api.refusals import UnknownCase
from forms_api.storage import Amendment, CaseChanged, Change, EntryChange
from forms_api.workflow import StepStopped
from tests.forms_api.office_desk import COUNTY, ELSEWHERE, STAFF, TOWN, UNIT, Keyring, OfficeDesk, open_office

ASKED = {"reason": "unclear", "note": "请再拍一次。", "fields": ("income_proof",)}


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def put(office: Office, register: str, owner: str, state: str, at: datetime, due: date | None = None) -> str:
    entry = Entry(office.new_id(), register, UNIT, state, at, office.seal({}, "x"), due=due, owner=owner)
    office.store.change(Change(entries=(EntryChange(entry),)))
    return entry.id


def kinds(desk: OfficeDesk, reference: str) -> list[str]:
    return [event.kind for event in desk.office.store.list_events(desk.find(reference).id)]


# --- arriving -------------------------------------------------------------------------------------


def test_a_case_begins_where_its_workflow_says(desk: OfficeDesk) -> None:
    works = {
        form: desk.office.store.find_work(desk.find(desk.apply_for(form)).id)
        for form in ("hardship", "membership", "suggestion", "legal-aid")
    }
    assert {form: work and work.union for form, work in works.items()} == {
        "hardship": UNIT, "membership": UNIT, "suggestion": COUNTY, "legal-aid": COUNTY,
    }  # fmt: skip
    assert works["hardship"]
    assert works["hardship"].due == date(2026, 11, 23)
    assert works["suggestion"]
    assert works["suggestion"].due == date(2026, 12, 5)


def test_what_arrived_is_found_by_name_number_and_mobile(desk: OfficeDesk) -> None:
    reference = desk.apply_for(
        "membership", full_name="欧阳·小满", id_number="11010519491231002X", mobile="13900000001"
    )
    case, office = desk.find(reference), desk.office
    for kind, digest in (
        ("name", office.blind_name("欧阳・小满 ")),
        ("id_number", office.blind_number("id_number", "１１０１０５19491231002x")),
        ("mobile", office.blind_number("mobile", "139 0000 0001")),
    ):
        assert office.store.find_keyed(CASE, kind, digest) == {case.id}
    assert take_in(office) == 0
    assert kinds(desk, reference) == ["submitted", "routed"]


def test_what_cannot_be_opened_is_still_seen(desk: OfficeDesk) -> None:
    other = replace(desk.office, keyring=Keyring(Opener([make_pair()[1]])))
    desk.office = other
    reference = desk.apply_for("membership")
    work = other.store.find_work(desk.find(reference).id)
    assert work
    assert (work.union, work.state) == (COUNTY, "submitted")
    assert other.store.find_keyed(CASE, UNOPENED, b"1") == {work.case_id}


def test_the_clock_stands_still_while_something_is_asked(desk: OfficeDesk) -> None:
    reference = desk.apply_for("hardship")
    desk.act("unit", reference, "accept")
    before = desk.office.store.find_work(desk.find(reference).id)
    assert before
    assert before.due == date(2026, 12, 11)
    desk.act("unit", reference, "ask", until=desk.now + timedelta(days=10), **ASKED)
    asked = desk.office.store.find_work(before.case_id)
    assert asked
    assert asked.due is None
    desk.wait(days=4)
    desk.act("unit", reference, "recall")
    after = desk.office.store.find_work(before.case_id)
    assert after
    assert (after.state, after.paused, after.due) == ("accepted", 2, date(2026, 12, 15))


def test_a_worker_who_supplies_wakes_the_office(desk: OfficeDesk) -> None:
    reference = desk.apply_for("hardship")
    desk.act("unit", reference, "accept")
    case = desk.act("unit", reference, "ask", until=desk.now + timedelta(days=10), **ASKED)
    desk.wait(days=3)
    after = replace(case, state="accepted", updated_at=desk.now, asked=None)
    data = {"action": "withdraw", "state": "accepted", "reason": None, "note": None}
    desk.office.store.amend(Amendment(case, after, NewEvent("moved", desk.now, Actor("applicant"), data, case.id)))
    assert take_in(desk.office) == 1
    work = desk.office.store.find_work(case.id)
    assert work
    assert (work.state, work.unread, work.paused) == ("accepted", True, 1)


def withdraw_all(desk: OfficeDesk, number: int) -> list[str]:
    """Let so many workers withdraw what they sent, and return the ids of their cases."""
    cases = [desk.find(desk.apply_for("suggestion")) for _ in range(number)]
    for case in cases:
        after = replace(case, state="withdrawn", updated_at=desk.now)
        data = {"action": "withdraw", "state": "withdrawn", "reason": None, "note": None}
        desk.office.store.amend(Amendment(case, after, NewEvent("moved", desk.now, Actor("applicant"), data, case.id)))
    return [case.id for case in cases]


def test_pages_that_are_asked_for_at_once_take_up_each_case_once(desk: OfficeDesk) -> None:
    cases = withdraw_all(desk, 12)
    with ThreadPoolExecutor(4) as pool:
        counts = [one.result() for one in [pool.submit(take_in, desk.office) for _ in range(4)]]
    assert sum(counts) == 12
    taken = [event.case_id for event in desk.office.store.list_events() if event.kind == "taken_up"]
    assert sorted(taken) == sorted(cases)


def test_no_page_waits_for_all_that_has_arrived(desk: OfficeDesk) -> None:
    cases = withdraw_all(desk, 5)
    office = desk.office

    assert take_in(office, 2) == 2
    assert take_in(office, 2) == 2
    take_in_all(office)
    assert take_in(office) == 0
    assert {office.store.find_work(one).state for one in cases} == {"withdrawn"}  # type: ignore[union-attr]  # all are there


# --- deciding -------------------------------------------------------------------------------------


def test_a_member_is_admitted_by_two_people(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership")
    assert desk.act("unit", reference, "endorse").state == "approving"
    assert desk.act("approver", reference, "approve").state == "approved"
    assert desk.act("unit", reference, "finish").state == "finished"
    events = list(desk.office.store.list_events(desk.find(reference).id))
    assert [event.actor.id for event in events] == [None, None, "unit", "approver", "unit", "unit"]
    assert [event.kind for event in events][-2:] == ["moved", "entered"]


def test_aid_goes_the_whole_way_and_no_step_can_be_left_out(desk: OfficeDesk) -> None:
    """Each shortcut is tried first, and refused with a sentence."""
    reference, office = desk.apply_for("hardship"), desk.office
    case_id = desk.find(reference).id

    def stopped(who: str, action: str, words: str, **more: str) -> None:
        before = desk.find(reference)
        with pytest.raises(StepStopped, match=words):
            desk.act(who, reference, action, **more)
        assert desk.find(reference) == before

    stopped("unit", "first_review", "不能这样办")
    desk.act("unit", reference, "accept")
    stopped("clerk", "first_review", "要由审核岗位")
    desk.act("unit", reference, "first_review")
    stopped("unit", "visit", "还没有入户调查记录")
    put(office, "visit", case_id, "recorded", desk.now)
    desk.act("unit", reference, "visit")
    stopped("unit", "review", "要由县总工会的人来办")
    desk.act("reviewer", reference, "review")
    stopped("approver", "approve", "不能这样办")
    stopped("clerk", "publish", "还没有列进公示名单")
    put(office, "publicity", case_id, "running", desk.now, date(2026, 11, 27))
    desk.act("clerk", reference, "publish")
    desk.wait(days=7)
    stopped("clerk", "end_notice", "公示期还没有满")
    desk.wait(days=1)
    objection = desk.apply_for("objection")
    casework.bind(office, STAFF["clerk"], objection, reference)
    stopped("clerk", "end_notice", "异议还没有办结")
    desk.act("reviewer", objection, "accept")
    desk.act("reviewer", objection, "answer", note="查过了，情况属实，不影响认定。")
    desk.act("clerk", reference, "end_notice")
    stopped("reviewer", "approve", "要由审批岗位")
    desk.act("approver", reference, "approve")
    stopped("clerk", "file", "先建档、后帮扶")
    household = put(office, "household", case_id, "draft", desk.now)
    work = office.store.find_work(case_id)
    assert work
    office.store.change(Change(work=replace(work, household=household)))
    stopped("clerk", "file", "帮扶计划不全")
    entry = office.store.find_entry(household)
    assert entry
    office.store.change(Change(entries=(EntryChange(replace(entry, state="in_force", version=2)),)))
    desk.act("clerk", reference, "file")
    stopped("cashier", "pay", "本人的账户")
    put(office, "payment", case_id, "paid", desk.now)
    desk.act("cashier", reference, "pay")
    stopped("unit", "finish", "还没有回访记录")
    desk.wait(days=30)
    put(office, "visit", case_id, "recorded", desk.now)
    assert desk.act("unit", reference, "finish").state == "finished"
    told = [event.data["action"] for event in office.store.list_events(case_id) if event.kind == "moved"]
    assert told == [
        "accept",
        "first_review",
        "visit",
        "review",
        "publish",
        "end_notice",
        "approve",
        "file",
        "pay",
        "finish",
    ]


def test_who_reviewed_does_not_approve_even_with_both_duties(desk: OfficeDesk) -> None:
    both = replace(STAFF["approver"], duties=frozenset({"reviewer", "approver"}))
    reference = desk.apply_for("membership")
    casework.decide(desk.office, both, reference, casework.Step("endorse"))
    with pytest.raises(StepStopped, match="要由另一个人来做"):
        casework.decide(desk.office, both, reference, casework.Step("approve"))
    assert desk.act("approver", reference, "return", note="请补看一下单位证明。").state == "accepted"
    desk.act("reviewer", reference, "endorse")
    with pytest.raises(StepStopped, match="要由另一个人来做"):
        casework.decide(desk.office, both, reference, casework.Step("approve"))


def test_reopening_begins_anew(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership")
    desk.act("unit", reference, "refuse", reason="not_eligible", note="单位不在本县。")
    desk.act("approver", reference, "reopen", note="情况有变化。")
    standing = find_standing(desk.office, STAFF["unit"], reference)
    assert standing.facts.acted == {}
    desk.act("unit", reference, "endorse")
    assert desk.act("approver", reference, "approve").state == "approved"


def test_two_at_once_the_second_is_told(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership")
    standing = find_standing(desk.office, STAFF["unit"], reference)
    desk.act("unit", reference, "accept")
    with pytest.raises(CaseChanged):
        desk.office.store.change(Change(work=standing.work))


# --- scope ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "sees"), [("unit", True), ("town", True), ("reviewer", True), ("elsewhere", False)])
def test_a_case_is_seen_within_the_scope_only(desk: OfficeDesk, who: str, sees: bool) -> None:
    reference = desk.apply_for("membership", at=UNIT)
    if sees:
        assert find_standing(desk.office, STAFF[who], reference).agent.covers_case
        return
    for act in (
        lambda: find_standing(desk.office, STAFF[who], reference),
        lambda: desk.act(who, reference, "accept"),
        lambda: casework.assign(desk.office, STAFF[who], reference, STAFF[who]),
        lambda: casework.add_note(desk.office, STAFF[who], reference, "看看"),
        lambda: casework.join(desk.office, STAFF[who], reference, ELSEWHERE),
    ):
        with pytest.raises(NoSuchCase):
            act()
    assert kinds(desk, reference) == ["submitted", "routed"]


def test_a_case_is_handed_to_another_union(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership")
    with pytest.raises(StepStopped, match="选转给哪个工会"):
        desk.act("unit", reference, "transfer", union="nowhere", note="不在我们单位了。")
    desk.act("unit", reference, "transfer", union=ELSEWHERE, note="不在我们单位了。")
    with pytest.raises(NoSuchCase):
        desk.act("unit", reference, "accept")
    assert desk.act("elsewhere", reference, "accept").state == "accepted"


def test_another_union_takes_part(desk: OfficeDesk) -> None:
    reference = desk.apply_for("legal-aid")
    with pytest.raises(NoSuchCase):
        casework.add_note(desk.office, STAFF["elsewhere"], reference, "我们也了解一些情况。")
    casework.join(desk.office, STAFF["clerk"], reference, ELSEWHERE)
    casework.add_note(desk.office, STAFF["elsewhere"], reference, "我们也了解一些情况。")
    with pytest.raises(StepStopped, match="还没有参加办理"):
        casework.join(desk.office, STAFF["clerk"], reference, ELSEWHERE)
    with pytest.raises(StepStopped, match="县总工会"):
        desk.act("elsewhere", reference, "review")


def test_a_case_is_given_to_somebody_who_may_see_it(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership")
    casework.assign(desk.office, STAFF["unit"], reference, STAFF["town"])
    work = desk.office.store.find_work(desk.find(reference).id)
    assert work
    assert (work.assignee, work.unread) == ("town", True)
    with pytest.raises(StepStopped, match="不在闵先生负责的工会范围内"):
        casework.assign(desk.office, STAFF["unit"], reference, STAFF["elsewhere"])
    with pytest.raises(StepStopped, match="岗位不能分派"):
        casework.assign(desk.office, STAFF["auditor"], reference, None)
    casework.assign(desk.office, STAFF["town"], reference, None)
    work = desk.office.store.find_work(desk.find(reference).id)
    assert work
    assert work.assignee is None


# --- beside the chain -----------------------------------------------------------------------------


def test_an_objection_cannot_be_about_itself_or_what_is_not_there(desk: OfficeDesk) -> None:
    reference = desk.apply_for("objection")
    with pytest.raises(StepStopped, match="不能关联到它自己"):
        casework.bind(desk.office, STAFF["clerk"], reference, reference)
    with pytest.raises(NoSuchCase):
        casework.bind(desk.office, STAFF["clerk"], reference, "YX-0000-0000-0")


def test_a_note_is_sealed(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership")
    with pytest.raises(StepStopped, match="还没有写意见"):
        casework.add_note(desk.office, STAFF["unit"], reference, "  ")
    casework.add_note(desk.office, STAFF["unit"], reference, "单位说他上月离职了")
    (note,) = desk.office.store.list_notes(desk.find(reference).id)
    assert "离职".encode() not in note.sealed
    assert desk.office.open_data(note.sealed, f"note:{note.id}") == "单位说他上月离职了"


def test_reading_leaves_a_trace_and_who_works_on_it_makes_it_read(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership")
    for who, unread in (("auditor", True), ("unit", False)):
        casework.mark_read(desk.office, STAFF[who], find_standing(desk.office, STAFF[who], reference))
        work = desk.office.store.find_work(desk.find(reference).id)
        assert work
        assert work.unread == unread
    assert kinds(desk, reference)[-2:] == ["case_read", "case_read"]


def test_a_new_secret_ends_the_old_one(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership")
    secret = spell(bytes(range(32)), 8)
    visitor = Visitor("192.0.2.1")
    with pytest.raises(StepStopped, match="岗位不能换查询码"):
        casework.renew_secret(desk.office, desk.intake.keys, STAFF["approver"], reference, secret)
    with pytest.raises(UnknownCase):
        following.status(desk.intake, reference, secret, visitor)
    casework.renew_secret(desk.office, desk.intake.keys, STAFF["clerk"], reference, secret)
    assert following.status(desk.intake, reference, secret, visitor).reference == reference
    assert "secret_renewed" in kinds(desk, reference)


def test_the_worker_reads_each_step(desk: OfficeDesk) -> None:
    reference = desk.apply_for("hardship")
    desk.act("unit", reference, "accept")
    desk.act("unit", reference, "ask", until=datetime(2026, 12, 1, 18, 0, tzinfo=CHINA), **ASKED)
    secret = spell(bytes(32), 8)
    casework.renew_secret(desk.office, desk.intake.keys, STAFF["clerk"], reference, secret)
    view = following.status(desk.intake, reference, secret, Visitor("192.0.2.1"))
    assert (view.state, view.reason, view.note) == ("needs_supply", "unclear", "请再拍一次。")
    assert view.asked
    assert view.asked.fields == ("income_proof",)
    assert [step.state for step in view.history] == ["submitted", "accepted", "needs_supply"]
    assert TOWN in desk.office.tree.path(UNIT)
