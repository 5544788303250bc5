"""Checks with the six rates, assessments of unions, candidates for honours: list, one, what can be done."""

from __future__ import annotations

from collections import defaultdict

from flask import Response, abort, request

from forms_api.content_clone import CannotPush, PushRefused
from forms_api.honour_files import Naming
from forms_api.registering import assessments, checks, evaluation, honours
from forms_api.registering.rights import find
from forms_api.registers import assessments as assessment_rules
from forms_api.registers import checks as check_rules
from forms_api.registers import honours as honour_rules
from forms_api.registers.checks import Finding
from forms_api.registers.honours import Candidate
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.registers import (
    FIGURES,
    READ,
    SIZE,
    act,
    draw,
    find_or_404,
    pages,
    pick,
    read_day,
    read_page,
    who,
)
from forms_api.spreadsheets import XLSX
from forms_api.workflow import StepStopped

YES_NO = {"yes": True, "no": False}


@pages.get("/checks/")
@needs(*FIGURES)
def list_checks() -> Response:
    """Show the six rates, and to reviewers the checks."""
    return _list_checks()


@pages.post("/checks/draw")
@needs("reviewer")
def draw_sample() -> Response:
    """Draw a sample."""
    posted = request.form
    text = posted.get("count", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0

    return act(
        lambda office, member: checks.draw_sample(
            office, member, posted.get("target", ""), count, by_union=posted.get("by_union", "")
        ),
        "/registers/checks/",
        _list_checks,
    )


@pages.post("/checks/outside")
@needs("reviewer")
def record_outside() -> Response:
    """Keep what was found at a household that has no file."""
    union, finding = request.form.get("union", ""), _read_finding()
    return act(
        lambda office, member: checks.record_outside(office, member, union, finding),
        "/registers/checks/",
        lambda faults: _list_checks(faults, "outside"),
    )


@pages.post("/checks/export")
@needs("reviewer")
def export_evaluation() -> Response:
    """Hand out the table for whoever evaluates."""
    try:
        body = evaluation.export_evaluation(frame.review().office, who())
    except StepStopped as stopped:
        return _list_checks((stopped.words,))
    return Response(body, content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="pinggu.xlsx"'})


@pages.post("/checks/<entry_id>/judge")
@needs("reviewer")
def judge_check(entry_id: str) -> Response:
    """Keep what was found about a drawn file."""
    find_or_404(lambda: find(frame.review().office, who(), check_rules.REGISTER, entry_id))
    finding = _read_finding()
    return act(
        lambda office, member: checks.judge_check(office, member, entry_id, finding),
        "/registers/checks/",
        lambda faults: _list_checks(faults, entry_id),
    )


@pages.get("/assessments/")
@needs(*READ)
def list_assessments() -> Response:
    """List assessments."""
    office, member = frame.review().office, who()
    found, total = assessments.list_assessments(
        office, member, pick("state", assessment_rules.STATES), read_page(), SIZE
    )
    reach = assessments.count_assessments(office, member, office.today().year)
    return draw(
        "assessments.html", "六好评估", rows=found, total=total, reach=reach, states=assessment_rules.STATES, year=office.today().year,
        goal=assessment_rules.GOAL, members_goal=assessment_rules.MEMBERS_GOAL,
    )  # fmt: skip


@pages.get("/assessments/<entry_id>")
@needs(*READ)
def show_assessment(entry_id: str) -> Response:
    """Show an assessment."""
    return _show_assessment(entry_id)


@pages.post("/assessments/<entry_id>/score")
@needs("reviewer")
def score_assessment(entry_id: str) -> Response:
    """Keep the marks."""
    find_or_404(lambda: find(frame.review().office, who(), assessment_rules.REGISTER, entry_id))
    named = (name.removeprefix("mark_") for name in request.form if name.startswith("mark_"))
    marks = {name: (request.form[f"mark_{name}"], request.form.get(f"words_{name}", "")[:300]) for name in named}
    return act(
        lambda office, member: assessments.score_assessment(office, member, entry_id, marks),
        f"/registers/assessments/{entry_id}",
        lambda faults: _show_assessment(entry_id, faults),
    )


@pages.get("/honours/")
@needs(*READ)
def list_candidates() -> Response:
    """List candidates for honours."""
    return _list_candidates()


@pages.post("/honours/nominate")
@needs("handler", "reviewer")
def nominate() -> Response:
    """Make the winner of a competition a candidate."""
    names = ("honour", "name", "employer", "union", "post", "competition")
    told = {name: request.form.get(name, "").strip()[:60] for name in names}
    candidate = Candidate(kind="集体" if request.form.get("kind") == "集体" else "个人", **told)
    return act(
        lambda office, member: honours.nominate_winner(office, member, candidate),
        "/registers/honours/",
        _list_candidates,
    )


@pages.post("/honours/<entry_id>/move")
@needs("handler", "reviewer")
def move_candidate(entry_id: str) -> Response:
    """Show, name or drop a candidate."""
    taken, words = pick("act", honour_rules.MOVES) or abort(404), request.form.get("words", "")[:200]
    consented = request.form.get("consented") == "1"
    find_or_404(lambda: find(frame.review().office, who(), honour_rules.REGISTER, entry_id))
    return act(
        lambda office, member: honours.move_candidate(office, member, entry_id, taken, words, consented=consented),
        "/registers/honours/",
        _list_candidates,
    )


@pages.post("/honours/name")
@needs("handler", "reviewer")
def name_candidates() -> Response:
    """Put candidates onto the site's roll of honour."""
    told = {name: request.form.get(name, "").strip()[:100] for name in ("title", "doc_number", "conferred_by")}
    day, clone = read_day(request.form.get("conferred", "")), frame.review().clone
    if day is None or clone is None:
        return _list_candidates(
            (
                "请写授予的日期。"
                if day is None
                else "还没有设置发布服务器，不能公布。请管理员设置 FORMS_CONTENT_REMOTE。",
            )
        )
    naming = Naming(conferred=day, **told)
    try:
        return act(
            lambda office, member: honours.name_candidates(
                office, clone, member, request.form.getlist("candidate"), naming
            ),
            "/registers/honours/?state=named",
            _list_candidates,
        )
    except PushRefused as refused:
        return _list_candidates(tuple(refused.report))
    except CannotPush as error:
        return _list_candidates((str(error),))


def _list_checks(faults: tuple[str, ...] = (), failed: str = "") -> Response:
    office, member = frame.review().office, who()
    year, state = office.today().year, pick("state", check_rules.STATES)
    reviews = "reviewer" in member.duties
    found, total = checks.list_checks(office, member, state, read_page(), SIZE) if reviews else ([], 0)
    return draw(
        "checks.html",
        "抽查和六项精准度",
        faults=faults,
        failed=failed,
        standing=checks.count_checks(office, member, year),
        rows=found,
        total=total,
        state=state,
        states=check_rules.STATES,
        kinds=check_rules.KINDS,
        targets=check_rules.TARGETS,
        share=check_rules.SHARE,
        reviews=reviews,
        county=member.union == office.tree.county,
        year=year,
        today=office.today(),
        posted=defaultdict(str, request.form.items()),
    )


def _show_assessment(entry_id: str, faults: tuple[str, ...] = ()) -> Response:
    office, member = frame.review().office, who()
    listed = find_or_404(lambda: assessments.read_assessment(office, member, entry_id))
    return draw(
        "assessment.html", f"{listed.union} · 六好评估", faults=faults, listed=listed, one=listed.record, marks=assessment_rules.MARKS,
        most=assessment_rules.MOST, may_score="reviewer" in member.duties, posted=defaultdict(str, request.form.items()),
    )  # fmt: skip


def _list_candidates(faults: tuple[str, ...] = ()) -> Response:
    office, member = frame.review().office, who()
    found, total = honours.list_candidates(office, member, pick("state", honour_rules.STATES), read_page(), SIZE)
    kinds = [
        value for one in office.bundle.forms["recommendation"].fields() if one.name == "honour" for value in one.values
    ]
    return draw(
        "candidates.html", "荣誉候选", faults=faults, firsts=honours.list_firsts(office, member), rows=found, total=total, states=honour_rules.STATES, honours=kinds,
        moves=honour_rules.MOVES, organisation=office.bundle.site["organisation"], today=office.today(), county=member.union == office.tree.county, posted=defaultdict(str, request.form.items()),
    )  # fmt: skip


def _read_finding() -> Finding:
    told = {name: YES_NO.get(request.form.get(name, "")) for name in ("fitted", "fits_still", "has_helper", "aid_fits")}
    return Finding(words=request.form.get("words", "")[:1000], **told)
