"""Files of households over a real store: opened from a case, one person in one file, visited, reviewed, closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from forms_api import shelves
from forms_api.audit import Chain, follow_chain
from forms_api.casework import NoSuchCase, find_standing
from forms_api.model import has_right_keys
from forms_api.office import Entry, EntryQuery
from forms_api.registering.households import (
    Wanted,
    bind_household,
    change_household,
    list_due,
    list_households,
    mask,
    open_household,
    read_household,
    reveal,
    turn_household,
    visit_case,
    visit_household,
)
from forms_api.registering.rights import NoSuchEntry
from forms_api.registers.households import CLOSING, OPEN, REGISTER, Household, Person, Plan, Stage
from forms_api.registers.reckoning import Item, Means
from forms_api.registers.visits import Visit
from forms_api.workflow import StepStopped
from tests.forms_api.office_desk import ELSEWHERE, STAFF, UNIT, OfficeDesk, open_office

ID, WIFE, OTHER = "11010519491231002X", "440524188001010014", "110105199003071239"
PLAN = Plan(
    measure="生活帮扶",
    detail="每季度发放一次",
    timetable=(Stage(day=date(2026, 12, 31), what="第一次发放"),),
    helper="康女士",
    helper_phone="0000-6010012",
)
POOR = Means(monthly=(Item(label="工资", amount=Decimal(900)),), people=2)
CALL = Visit(
    kind="survey",
    day=date(2026, 11, 20),
    visitors=("钟女士", "费先生"),
    found="家里三口人，住自己的房子。",
    result="true",
    staff="",
)


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def ask_for_aid(desk: OfficeDesk, number: str = ID, *relatives: str, at: str = UNIT, **more: object) -> str:
    rows = [
        {"member_name": "苗青", "relation": "妻子", "member_id": one, "member_state": "务农", "member_income": 100}
        for one in relatives
    ]
    answers = {
        "full_name": "欧阳小满", "id_number": number, "lives_alone": not rows, "has_children": False, "members": rows, "own_income": 900,
        "other_income": 0, "causes": ["家庭收入低"], "medical_cost": None, "mobile": "13900000001",
    }  # fmt: skip
    form = str(more.pop("form", "hardship"))
    reference = desk.apply_for(form, at=at, **{k: v for k, v in (answers | more).items() if v is not None})
    desk.act("elsewhere" if at == ELSEWHERE else "unit", reference, "accept")
    return reference


def open_file(desk: OfficeDesk, *numbers: str) -> str:
    entry = open_household(desk.office, STAFF["clerk"], ask_for_aid(desk, *(numbers or (ID,))))
    turn_household(desk.office, STAFF["clerk"], entry.id, "reckon", means=POOR)
    turn_household(desk.office, STAFF["clerk"], entry.id, "plan", plan=PLAN)
    return turn_household(desk.office, STAFF["clerk"], entry.id, "open").id


def test_a_case_makes_a_draft_and_is_bound_to_it(desk: OfficeDesk) -> None:
    reference = ask_for_aid(desk, ID, WIFE)
    entry = open_household(desk.office, STAFF["clerk"], reference)
    standing = find_standing(desk.office, STAFF["unit"], reference)
    assert standing.work.household == entry.id
    assert (standing.facts.has_household, standing.facts.plan_complete) == (True, False)
    record = read_household(desk.office, STAFF["unit"], entry.id).listed.record
    assert [one.id_number for one in record.people] == [ID, WIFE]
    assert (record.reckoning.category, record.reckoning.effective, record.applied_on) == (
        "deep",
        "2026-07-01",
        date(2026, 11, 20),
    )
    assert entry.due == date(2026, 11, 30)
    with pytest.raises(StepStopped, match="帮扶计划不全"):
        turn_household(desk.office, STAFF["clerk"], entry.id, "open")
    turn_household(desk.office, STAFF["clerk"], entry.id, "plan", plan=PLAN)
    turn_household(desk.office, STAFF["clerk"], entry.id, "open")
    assert find_standing(desk.office, STAFF["unit"], reference).facts.plan_complete
    with pytest.raises(StepStopped, match="已经关联了一份档案"):
        open_household(desk.office, STAFF["clerk"], reference)


@pytest.mark.parametrize(
    ("who", "words"), [("unit", "要由县总工会的人来办"), ("reviewer", "要由经办岗位"), ("auditor", "要由经办岗位")]
)
def test_only_the_handler_of_the_county_opens_a_file(desk: OfficeDesk, who: str, words: str) -> None:
    reference = ask_for_aid(desk)
    for act in (open_household, bind_household):
        with pytest.raises(StepStopped, match=words):
            act(desk.office, STAFF[who], reference)


def test_a_case_without_aid_needs_no_file(desk: OfficeDesk) -> None:
    with pytest.raises(StepStopped, match="不用建档"):
        open_household(desk.office, STAFF["clerk"], desk.apply_for("membership"))
    refused = ask_for_aid(desk)
    desk.act("reviewer", refused, "refuse", reason="not_eligible", note="不符合条件。")
    with pytest.raises(StepStopped, match="已经办结"):
        open_household(desk.office, STAFF["clerk"], refused)


@pytest.mark.parametrize("numbers", [(ID,), (OTHER, ID), (WIFE,), (OTHER, WIFE)])
def test_nobody_of_a_household_stands_in_a_second_file(desk: OfficeDesk, numbers: tuple[str, ...]) -> None:
    open_file(desk, ID, WIFE)
    reference = ask_for_aid(desk, *numbers, at=ELSEWHERE)
    with pytest.raises(StepStopped, match=r"已经有人在安居家政公司的档案里.*欧阳"):
        open_household(desk.office, STAFF["clerk"], reference)
    work = find_standing(desk.office, STAFF["clerk"], reference).work
    assert work.household is None


def test_more_aid_is_bound_to_the_file_in_force(desk: OfficeDesk) -> None:
    reference = ask_for_aid(desk, form="relief", kind="临时救助")
    with pytest.raises(StepStopped, match="先建档、后帮扶"):
        bind_household(desk.office, STAFF["clerk"], reference)
    entry_id = open_file(desk, ID, WIFE)
    wife = ask_for_aid(desk, WIFE, form="relief", kind="大病救助")
    for one in (reference, wife):
        assert bind_household(desk.office, STAFF["clerk"], one).id == entry_id
        assert find_standing(desk.office, STAFF["clerk"], one).facts.plan_complete
    turn_household(desk.office, STAFF["clerk"], entry_id, "exit", words="找到了工作")
    facts = find_standing(desk.office, STAFF["clerk"], wife).facts
    assert (facts.has_household, facts.plan_complete) == (False, False)
    late = ask_for_aid(desk, form="relief", kind="临时救助")
    with pytest.raises(StepStopped, match="没有在档"):
        bind_household(desk.office, STAFF["clerk"], late)


def test_a_closed_file_lets_its_people_go(desk: OfficeDesk) -> None:
    entry_id = open_file(desk, ID, WIFE)
    turn_household(desk.office, STAFF["clerk"], entry_id, "close", words="调离")
    again = open_household(desk.office, STAFF["clerk"], ask_for_aid(desk, WIFE))
    assert again.id != entry_id
    found, total = list_households(desk.office, STAFF["clerk"], Wanted(text=WIFE))
    assert (total, {one.entry.state for one in found}) == (2, {"closed", "draft"})
    assert list_households(desk.office, STAFF["clerk"], Wanted(state="closed"))[1] == 1
    assert list_households(desk.office, STAFF["clerk"], Wanted(text="苗青"))[1] == 1


def test_files_of_women_alone_page_by_page(desk: OfficeDesk) -> None:
    woman, man = open_file(desk, ID), open_file(desk, OTHER)
    clerk = STAFF["clerk"]
    found, total = list_households(desk.office, clerk, Wanted(women=True))
    assert ([one.entry.id for one in found], total) == ([woman], 1)
    assert list_households(desk.office, clerk, Wanted(women=True, page=2)) == ([], 1)
    assert list_households(desk.office, clerk, Wanted(women=True, state="closed")) == ([], 0)
    assert {one.entry.id for one in list_households(desk.office, clerk, Wanted())[0]} == {woman, man}


def test_random_acts_never_put_a_person_into_two_files(desk: OfficeDesk) -> None:
    """A walk over few people and many acts; after each, everybody stands in at most one open file."""
    random, office, clerk = Random(11), desk.office, STAFF["clerk"]
    ids: list[str] = []
    for _ in range(40):
        desk.wait(days=random.randrange(60))
        try:
            if random.random() < 0.4 or not ids:
                numbers = random.sample([ID, WIFE, OTHER], random.randrange(1, 4))
                ids.append(open_household(office, clerk, ask_for_aid(desk, *numbers)).id)
            else:
                act = random.choice(["plan", "open", "close", "exit", "restore", "settle", "review"])
                plan, means = (PLAN, None) if act == "plan" else (None, POOR)
                turn_household(
                    office, clerk, random.choice(ids), act, words=random.choice(CLOSING), plan=plan, means=means
                )
        except StepStopped:
            pass
        files = [one for one in shelves.list_all(office, EntryQuery(REGISTER)) if one.state in OPEN]
        people = [number for one in files for number in shelves.read(office, one, Household).numbers()]
        assert len(people) == len(set(people))
    assert len(ids) > 2


def test_people_leave_and_join_a_household_and_its_income_is_reckoned_anew(desk: OfficeDesk) -> None:
    office, clerk = desk.office, STAFF["clerk"]
    entry_id = open_file(desk, ID, WIFE)
    child = Person(name="欧阳小禾", relation="子女", id_number=OTHER)

    def change(reason: str, *left: int, joined: tuple[Person, ...] = ()) -> Entry:
        return change_household(office, clerk, entry_id, reason, frozenset(left), joined)

    for reason, left, joined, words in (
        ("搬走", (0,), (), "申请人不能"),
        ("搬走", (7,), (), "请勾选"),
        (" ", (1,), (), "什么变化"),
        ("出生", (), (Person(name="欧阳小禾", relation=" "),), "关系"),
        ("出生", (), (Person(name="欧阳小禾", relation="子女", id_number="11010519491231002"),), "证件号码不对"),
    ):
        with pytest.raises(StepStopped, match=words):
            change(reason, *left, joined=joined)
    with pytest.raises(StepStopped, match="县总工会"):
        change_household(office, STAFF["unit"], entry_id, "出生", frozenset(), (child,))
    before = read_household(office, clerk, entry_id).listed.record
    desk.wait(days=20)
    entry = change("出生", joined=(child,))
    after = read_household(office, clerk, entry_id).listed.record
    assert (len(after.people), after.means.people, after.reckoning.effective) == (
        3,
        before.means.people + 1,
        "2026-12-01",
    )
    assert Decimal(after.reckoning.per_head) < Decimal(before.reckoning.per_head)
    assert after.history[-1].words == "出生（加上欧阳小禾（子女））"
    assert entry.state == "in_force"
    other = ask_for_aid(desk, OTHER, at=ELSEWHERE)
    with pytest.raises(StepStopped, match="已经有人在安居家政公司的档案里"):
        open_household(office, clerk, other)
    change("结婚搬走", 2)
    assert read_household(office, clerk, entry_id).listed.record.means.people == before.means.people
    elsewhere = open_household(office, clerk, other)
    with pytest.raises(StepStopped, match="已经有人在"):
        change("搬回来", joined=(child,))
    with pytest.raises(StepStopped, match="已经有人在安居"):
        change_household(
            office, clerk, elsewhere.id, "结婚", frozenset(), (Person(name="某", relation="配偶", id_number=WIFE),)
        )
    assert list(follow_chain(office.store.list_events(), "", Chain())) == []


def test_a_review_uses_the_rules_of_its_day_and_a_draft_those_of_its_application(desk: OfficeDesk) -> None:
    office, clerk = desk.office, STAFF["clerk"]
    entry = open_household(office, clerk, ask_for_aid(desk))
    desk.wait(days=20)
    turn_household(office, clerk, entry.id, "reckon", means=POOR)

    def used() -> str:
        return read_household(office, clerk, entry.id).listed.record.reckoning.effective

    assert used() == "2026-07-01"
    turn_household(office, clerk, entry.id, "reckon", means=POOR, rules_of=date(2026, 12, 1))
    assert used() == "2026-12-01"
    turn_household(office, clerk, entry.id, "plan", plan=PLAN)
    turn_household(office, clerk, entry.id, "open")
    desk.wait(days=60)
    after = turn_household(office, clerk, entry.id, "review", means=POOR)
    assert used() == "2026-12-01"
    assert after.due == date(2028, 2, 8)


def test_what_is_due_soon_or_late_is_a_worklist(desk: OfficeDesk) -> None:
    entry_id = open_file(desk)
    office = desk.office
    assert list_due(office, STAFF["unit"]) == []
    desk.wait(days=110)
    assert [(one.entry.id, one.days) for one in list_due(office, STAFF["unit"])] == [(entry_id, 21)]
    desk.wait(days=30)
    assert [one.days for one in list_due(office, STAFF["clerk"])] == [-9]
    assert list_due(office, STAFF["elsewhere"]) == []


def test_visits_belong_to_the_case_or_the_file(desk: OfficeDesk) -> None:
    office, unit = desk.office, STAFF["unit"]
    reference = ask_for_aid(desk)
    assert not find_standing(office, unit, reference).facts.visited
    visit_case(office, unit, reference, CALL)
    assert find_standing(office, unit, reference).facts.visited
    entry = open_household(office, STAFF["clerk"], reference)
    visit_household(office, unit, entry.id, replace_visit(kind="season"))
    kinds = [(one.kind, one.staff) for one in read_household(office, unit, entry.id).visits]
    assert kinds == [("survey", "unit"), ("season", "unit")]
    with pytest.raises(NoSuchCase):
        visit_case(office, STAFF["elsewhere"], reference, CALL)
    with pytest.raises(StepStopped, match="要由经办或审核岗位"):
        visit_case(office, STAFF["approver"], reference, CALL)
    with pytest.raises(StepStopped, match="不用入户"):
        visit_case(office, unit, desk.apply_for("membership"), CALL)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"visitors": ("钟女士", " 钟女士 ", "")}, "两个人一起去"),
        ({"day": date(2026, 11, 21)}, "不能晚于今天"),
        ({"found": "看了。"}, "不少于十个字"),
        ({"kind": "chat"}, "选走访的种类"),
        ({"result": "fine"}, "选走访的种类和结论"),
    ],
)
def test_a_visit_says_who_when_what_and_with_which_result(
    desk: OfficeDesk, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(StepStopped, match=words):
        visit_case(desk.office, STAFF["unit"], ask_for_aid(desk), replace_visit(**changes))


def replace_visit(**changes: object) -> Visit:
    return CALL.model_copy(update=changes)


def test_after_care_moves_on_with_each_call(desk: OfficeDesk) -> None:
    office, unit = desk.office, STAFF["unit"]
    entry_id = open_file(desk)
    entry = turn_household(office, STAFF["clerk"], entry_id, "exit", words="找到了工作")
    assert entry.due == date(2027, 5, 21)
    desk.wait(days=180)
    visit_household(office, unit, entry_id, replace_visit(kind="tracking", result="better"))
    after = office.store.find_entry(entry_id)
    assert after
    assert (after.state, after.due, after.version) == ("followed", date(2027, 11, 17), entry.version + 1)


def test_a_file_is_read_masked_within_the_scope_with_a_trace(desk: OfficeDesk) -> None:
    entry_id = open_file(desk, ID, WIFE)
    office = desk.office
    shown = mask(read_household(office, STAFF["unit"], entry_id).listed.record)
    assert ID not in shown.model_dump_json()
    assert "13900000001" not in shown.model_dump_json()
    assert reveal(office, STAFF["unit"], entry_id, "id_number") == (ID, WIFE)
    assert reveal(office, STAFF["unit"], entry_id, "mobile") == ("13900000001",)
    kinds = [event.kind for event in office.store.list_events()]
    assert (kinds.count("entry_read"), kinds.count("entry_revealed")) == (1, 2)
    with pytest.raises(KeyError):
        reveal(office, STAFF["unit"], entry_id, "plan")
    with pytest.raises(NoSuchEntry):
        read_household(office, STAFF["elsewhere"], entry_id)
    with pytest.raises(StepStopped, match="查看登记册要由"):
        read_household(office, STAFF["auditor"], entry_id)
    for event in office.store.list_events():
        assert has_right_keys(event.kind, event.data)
        assert ID not in str(event.data)


@pytest.mark.parametrize(
    ("who", "act", "words"),
    [("unit", "exit", "县总工会的人"), ("reviewer", "open", "经办岗位"), ("approver", "plan", "经办或审核岗位")],
)
def test_a_file_is_turned_by_who_may(desk: OfficeDesk, who: str, act: str, words: str) -> None:
    entry_id = open_file(desk)
    with pytest.raises(StepStopped, match=words):
        turn_household(desk.office, STAFF[who], entry_id, act, words="x")


def test_two_people_in_the_same_moment_make_one_file(desk: OfficeDesk) -> None:
    """Both looked before either wrote: the store refuses the second, and the sentence names the first."""
    first, second = (ask_for_aid(desk) for _ in range(2))
    office = desk.office
    blind = replace(office, store=Blindfolded(office.store))
    open_household(office, STAFF["clerk"], first)
    with pytest.raises(StepStopped, match="一户只建一份档案"):
        open_household(blind, STAFF["clerk"], second)


class Blindfolded:
    """A store that has not seen yet what another has just written."""

    def __init__(self, store: object) -> None:
        self._store = store

    def find_keyed(self, register: str, kind: str, digest: bytes) -> frozenset[str]:
        return frozenset()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)
