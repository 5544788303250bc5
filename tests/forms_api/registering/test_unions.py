"""Assessments, terms and candidates: rules in tables, acts over a real store."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from forms_api import shelves
from forms_api.back_office import Member
from forms_api.office import EntryQuery
from forms_api.registering.assessments import (
    count_assessments,
    list_assessments,
    list_own_terms,
    read_assessment,
    score_assessment,
)
from forms_api.registering.honours import list_candidates, move_candidate, nominate_winner
from forms_api.registering.rights import NoSuchEntry
from forms_api.registers import assessments, honours
from forms_api.registers.honours import Candidate
from forms_api.registers.terms import list_terms
from forms_api.workflow import StepStopped
from tests.forms_api.archives import put
from tests.forms_api.office_desk import ELSEWHERE, STAFF, TOWN, UNIT, OfficeDesk, open_office

MET, PARTLY, UNMET = "做到了", "部分做到", "没有做到"


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def claim(desk: OfficeDesk, claims: str = MET, union: str = UNIT) -> str:
    """Take an assessment of a union to its approval and return the entry's id."""
    form = desk.office.bundle.forms["self-assessment"]
    answers: dict[str, object] = {"level": "基层工会", "year": 2026, "members": 160}
    for one in form.fields():
        if one.name.startswith("base_"):
            answers[one.name] = "2026年3月12日开过会" if one.name.endswith("_proof") else claims
        elif one.name.startswith(("county_", "town_")):
            answers[one.name] = None
    reference = desk.apply_for("self-assessment", at=union, **answers)
    desk.act("reviewer", reference, "endorse")
    desk.act("approver", reference, "approve")
    found = desk.office.store.list_entries(EntryQuery(assessments.REGISTER, owner=desk.find(reference).id))[0]
    assert len(found) == 1
    return found[0].id


def mark(desk: OfficeDesk, entry_id: str, who: Member, **changed: tuple[str, str]) -> None:
    record = read_assessment(desk.office, who, entry_id).record
    score_assessment(desk.office, who, entry_id, {one.name: (MET, "") for one in record.criteria} | changed)


# --- 六好 ---------------------------------------------------------------------------------------------


def test_an_approved_self_assessment_waits_for_its_marks(desk: OfficeDesk) -> None:
    entry_id = claim(desk)
    (listed,) = list_assessments(desk.office, STAFF["town"], "claimed")[0]
    assert (listed.entry.id, listed.union, len(listed.record.criteria)) == (entry_id, "安居家政公司", 6)
    assert {one.proof for one in listed.record.criteria} == {"2026年3月12日开过会"}
    with pytest.raises(NoSuchEntry):
        read_assessment(desk.office, STAFF["elsewhere"], entry_id)


def test_marks_come_from_above_and_a_lower_one_is_explained(desk: OfficeDesk) -> None:
    entry_id = claim(desk)
    with pytest.raises(StepStopped, match="上一级工会评分"):
        mark(desk, entry_id, STAFF["unit"])
    with pytest.raises(StepStopped, match="要由审核岗位"):
        mark(desk, entry_id, STAFF["clerk"])
    with pytest.raises(StepStopped, match="依法选举好”评得比自评低"):
        mark(desk, entry_id, STAFF["town"], base_vote=(PARTLY, ""))
    for marks in ({"base_vote": (MET, "")}, {}):
        with pytest.raises(StepStopped, match="六条都要评"):
            score_assessment(desk.office, STAFF["town"], entry_id, marks)
    with pytest.raises(StepStopped, match="六条都要评"):
        mark(desk, entry_id, STAFF["town"], base_vote=("很好", ""))
    mark(desk, entry_id, STAFF["town"], base_vote=(PARTLY, "换届晚了两个月"))
    record = read_assessment(desk.office, STAFF["town"], entry_id).record
    assert (record.points, record.reached, record.scored_by) == (11, False, "town")


def test_reach_is_told_by_level_as_n_of_n(desk: OfficeDesk) -> None:
    one, two = claim(desk), claim(desk, union=ELSEWHERE)
    mark(desk, one, STAFF["reviewer"])
    mark(desk, two, STAFF["reviewer"], base_say=(UNMET, "没有开职代会"))
    reach = {one.level: one for one in count_assessments(desk.office, STAFF["auditor"], 2026)}
    assert [(one.n, one.of, one.reached) for one in reach.values()] == [(0, 0, None), (0, 0, None), (1, 2, False)]
    assert reach["基层工会"].workers > reach["基层工会"].members > 0
    (own,) = (one for one in count_assessments(desk.office, STAFF["unit"], 2026) if one.of)
    assert (own.n, own.of, own.members, own.workers, own.reached) == (1, 1, 163, 215, True)
    assert sum(one.of for one in count_assessments(desk.office, STAFF["auditor"], 2025)) == 0
    mark(desk, one, STAFF["reviewer"], base_say=(UNMET, "记录是补的"))
    assert count_assessments(desk.office, STAFF["unit"], 2026)[2].n == 0


def test_an_assessment_without_all_six_is_not_taken(desk: OfficeDesk) -> None:
    with pytest.raises(StepStopped, match="没有填全"):
        assessments.take(desk.office.bundle.forms["self-assessment"], {"level": "基层工会", "base_vote": MET})


# --- terms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "days", "words"),
    [
        ("2027-02-18", 90, "还有 90 天到期"),
        ("2026-11-20", 0, "还有 0 天到期"),
        ("2026-11-19", -1, "已经超过 1 天"),
        ("2026-05-01", -203, "已经超过 203 天，过了可以延期的六个月"),
        ("2027-02-19", None, ""),
    ],
)
def test_terms_that_end_soon_or_have_ended(end: str, days: int | None, words: str) -> None:
    unions = [
        {"id": "anju", "title": "工会", "term_end": end},
        {"id": "other", "title": "别处", "term_end": end},
        {"id": "x", "title": "无"},
    ]
    found = list_terms(unions, frozenset({"anju", "x"}), date(2026, 11, 20))
    assert [(one.days, one.words) for one in found] == ([(days, words)] if days is not None else [])


def test_the_terms_of_ones_scope(desk: OfficeDesk) -> None:
    whole = list_own_terms(desk.office, STAFF["auditor"])
    assert whole == sorted(whole, key=lambda one: one.days)
    assert {one.union for one in list_own_terms(desk.office, STAFF["town"])} <= desk.office.tree.below(TOWN)


# --- candidates ---------------------------------------------------------------------------------------


def test_an_approved_recommendation_becomes_a_candidate_and_is_named(desk: OfficeDesk) -> None:
    office, clerk = desk.office, STAFF["clerk"]
    reference = desk.apply_for(
        "recommendation",
        kind="个人",
        full_name="欧阳小满",
        id_number="11010519491231002X",
        honour="云溪工匠",
        agree_publication=True,
    )
    show_and_approve(desk, reference)
    (listed,) = list_candidates(office, STAFF["unit"], "shown")[0]
    assert (listed.record.name, listed.record.honour, listed.record.sex) == ("欧阳小满", "云溪工匠", "女")
    with pytest.raises(StepStopped, match="县总工会的人"):
        move_candidate(office, STAFF["unit"], listed.entry.id, "name", "云工发〔2026〕20号")
    with pytest.raises(StepStopped, match="已公示，待命名"):
        move_candidate(office, clerk, listed.entry.id, "show")
    with pytest.raises(StepStopped, match="文号"):
        move_candidate(office, clerk, listed.entry.id, "name")
    assert move_candidate(office, clerk, listed.entry.id, "name", "云工发〔2026〕20号").state == "named"
    assert list_candidates(office, STAFF["elsewhere"])[1] == 0


def show_and_approve(desk: OfficeDesk, reference: str) -> None:
    """Bring a recommendation through its 公示, whose list went up and ended, to the approval."""
    case = desk.find(reference)
    desk.act("unit", reference, "endorse")
    desk.act("reviewer", reference, "review")
    with pytest.raises(StepStopped, match="还没有列进公示名单"):
        desk.act("clerk", reference, "publish")
    over = desk.now.date() - timedelta(days=1)
    put(desk, "publicity", case.id, "running", due=over)
    desk.act("clerk", reference, "publish")
    desk.act("clerk", reference, "end_notice")
    desk.act("approver", reference, "approve")


def test_the_winner_of_a_competition_is_a_candidate_and_is_asked_before_being_shown(desk: OfficeDesk) -> None:
    office, clerk = desk.office, STAFF["clerk"]
    winner = Candidate(honour="云溪工匠", kind="个人", name="欧阳小满", union=UNIT, competition="2026年家政技能竞赛")
    entry = nominate_winner(office, clerk, winner)
    assert shelves.read(office, entry, Candidate).route == "县级竞赛第一名"
    with pytest.raises(StepStopped, match="还没有同意公示"):
        move_candidate(office, clerk, entry.id, "show")
    move_candidate(office, clerk, entry.id, "show", consented=True)
    with pytest.raises(StepStopped, match="写原因"):
        move_candidate(office, clerk, entry.id, "drop")
    assert move_candidate(office, clerk, entry.id, "drop", "公示期间收到实名举报，查证属实").state == "dropped"
    with pytest.raises(StepStopped, match="不在您负责"):
        nominate_winner(office, STAFF["elsewhere"], winner)
    with pytest.raises(StepStopped, match="哪一年的什么竞赛"):
        nominate_winner(office, clerk, winner.model_copy(update={"competition": " "}))


def test_every_state_of_a_candidate_is_reached() -> None:
    assert {"recommended"} | {one.to_state for one in honours.MOVES.values()} == set(honours.STATES)
