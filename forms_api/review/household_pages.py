"""The files of households in hardship: list, one file with the calculation step by step, plan, visits, reviews."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal, InvalidOperation

from flask import Response, abort, request
from pydantic import ValidationError

from forms_api.casework import NoSuchCase, find_standing
from forms_api.registering import households
from forms_api.registering.households import REVEALED, Wanted, mask
from forms_api.registers import checks, visits
from forms_api.registers.households import (
    CLOSING,
    MEASURES,
    STATES,
    TURNS,
    Person,
    Plan,
    Stage,
    find_plan_faults,
    list_turns,
)
from forms_api.registers.reckoning import CATEGORIES, Item, Means
from forms_api.registers.visits import Visit
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.registers import READ, SIZE, act, draw, find_or_404, pages, pick, read_day, read_page, who
from forms_api.workflow import StepStopped

WORDS = {name: one.label for name, one in TURNS.items()} | {"draft": "从申请建立草稿"}
RECKONED = frozenset({"reckon", "review", "restore"})
"""Turns that ask for income and spending."""
ROWS = 6
"""Rows of a table to fill in that are offered at once."""


@pages.get("/households/")
@needs(*READ)
def list_households() -> Response:
    """List files."""
    return _list()


@pages.post("/households/search")
@needs(*READ)
def search_households() -> Response:
    """List what was searched for, posted so that it never stands in an address."""
    return _list()


@pages.post("/households/open")
@needs("handler")
def open_household() -> Response:
    """Make a file from a case, or bind the case to the file in force."""
    reference = request.form.get("reference", "").strip().upper()
    do = households.bind_household if request.form.get("how") == "bind" else households.open_household
    return act(lambda office, member: do(office, member, reference), "/registers/households/{}", _list)


@pages.get("/households/<entry_id>")
@needs(*READ)
def show_household(entry_id: str) -> Response:
    """Show a file."""
    return _show(entry_id)


@pages.post("/households/<entry_id>/reveal")
@needs(*READ)
def reveal_household(entry_id: str) -> Response:
    """Show what is masked whole, on this answer only."""
    name = pick("path", REVEALED) or abort(404)
    whole = find_or_404(lambda: households.reveal(frame.review().office, who(), entry_id, name))
    return _show(entry_id, revealed={name: whole})


@pages.post("/households/<entry_id>/turn")
@needs("handler", "reviewer")
def turn_household(entry_id: str) -> Response:
    """Let something happen to a file."""
    taken, words = pick("act", TURNS.keys() - {"people"}) or abort(404), request.form.get("words", "")[:500]
    find_or_404(lambda: households.find_file(frame.review().office, who(), entry_id))
    try:
        plan = _read_plan() if taken == "plan" else None
        means = _read_means() if taken in RECKONED else None
    except (ValidationError, InvalidOperation):
        return _show(entry_id, ("金额写成数字就行，例如 1800 或 1800.50；日期和内容要成对填。请改好再存。",))
    rules_of = read_day(request.form.get("rules_of", ""))

    return act(
        lambda office, member: households.turn_household(
            office, member, entry_id, taken, words=words, plan=plan, means=means, rules_of=rules_of
        ),
        "/registers/households/{}",
        lambda faults: _show(entry_id, faults),
    )


@pages.post("/households/<entry_id>/people")
@needs("handler", "reviewer")
def change_people(entry_id: str) -> Response:
    """Let people leave or join a household."""
    find_or_404(lambda: households.find_file(frame.review().office, who(), entry_id))
    posted = request.form
    left = frozenset(int(one) for one in posted.getlist("left") if one.isascii() and one.isdigit() and len(one) < 3)
    told = {name: posted.get(f"new_{name}", "").strip()[:40] for name in ("name", "relation", "id_number", "state")}
    joined = (Person(**told),) if any(told.values()) else ()
    return act(
        lambda office, member: households.change_household(
            office, member, entry_id, posted.get("words", "")[:200], left, joined
        ),
        "/registers/households/{}",
        lambda faults: _show(entry_id, faults),
    )


@pages.post("/households/<entry_id>/visit")
@needs("handler", "reviewer")
def visit_household(entry_id: str) -> Response:
    """Keep a visit for a file."""
    find_or_404(lambda: households.find_file(frame.review().office, who(), entry_id))
    return act(
        lambda office, member: households.visit_household(office, member, entry_id, _read_visit()),
        f"/registers/households/{entry_id}",
        lambda faults: _show(entry_id, faults),
    )


@pages.get("/visits/<reference>")
@needs("handler", "reviewer")
def ask_visit(reference: str) -> Response:
    """Ask for the visit of a case."""
    return _show_visit(reference)


@pages.post("/visits/<reference>")
@needs("handler", "reviewer")
def visit_case(reference: str) -> Response:
    """Keep a visit for a case."""
    return act(
        lambda office, member: households.visit_case(office, member, reference, _read_visit()),
        f"/cases/{reference}",
        lambda faults: _show_visit(reference, faults),
    )


def _list(faults: tuple[str, ...] = ()) -> Response:
    union, text, women = request.values.get("union", "")[:80], request.form.get("q", "")[:80], "women" in request.values
    wanted = Wanted(union, pick("state", STATES), text, None, read_page(), women)
    found, total = households.list_households(frame.review().office, who(), wanted, SIZE)
    return draw(
        "households.html",
        "困难职工档案",
        faults=faults,
        rows=found,
        total=total,
        pages=max(1, -(-total // SIZE)),
        wanted=wanted,
        categories=CATEGORIES,
        posted=defaultdict(str, request.form.items()),
    )


def _show(entry_id: str, faults: tuple[str, ...] = (), revealed: dict[str, tuple[str, ...]] | None = None) -> Response:
    office, member = frame.review().office, who()
    opened = find_or_404(lambda: households.read_household(office, member, entry_id))
    listed = opened.listed
    return draw(
        "household.html",
        f"{listed.record.people[0].name} · 困难职工档案",
        faults=faults,
        listed=listed,
        file=mask(listed.record),
        revealed=revealed or {},
        visits=opened.visits,
        checked=opened.checked,
        check_words={"kinds": checks.KINDS, "targets": checks.TARGETS},
        own=office.tree.covers(member.union, listed.entry.union),
        turns=list(list_turns(listed.entry.state)),
        words=WORDS,
        plan_faults=find_plan_faults(listed.record.plan, office.today()),
        categories=CATEGORIES,
        measures=MEASURES,
        closing=CLOSING,
        visit_kinds=visits.KINDS,
        results=visits.RESULTS,
        rows=ROWS,
        means=_type_means() if faults and request.form.get("act") in RECKONED else _write_means(listed.record.means),
        stages=_type_pairs("stage", "day", "what")
        if faults and request.form.get("act") == "plan"
        else [(one.day, one.what) for one in listed.record.plan.timetable],
        ticked=request.form.getlist("left"),
        visitors=_type_visitors(),
        posted=defaultdict(str, request.form.items()),
        today=office.today().isoformat(),
    )


def _show_visit(reference: str, faults: tuple[str, ...] = ()) -> Response:
    try:
        standing = find_standing(frame.review().office, who(), reference)
    except NoSuchCase:
        abort(404)
    return draw(
        "visit.html",
        "走访记录",
        faults=faults,
        reference=standing.case.reference,
        visit_kinds=visits.KINDS,
        results=visits.RESULTS,
        visitors=_type_visitors(),
        posted=defaultdict(str, request.form.items()),
        today=frame.review().office.today().isoformat(),
    )


def _type_visitors() -> list[str]:
    """Return the two who called, as they were typed; empty lines where nobody was."""
    return [*request.form.getlist("visitor"), "", ""][:2]


def _type_pairs(name: str, first: str, second: str) -> list[tuple[str, str]]:
    """Return the lines of a table as they were typed, so that a fault costs nobody their typing."""
    posted = request.form
    lines = zip(posted.getlist(f"{name}_{first}"), posted.getlist(f"{name}_{second}"), strict=False)
    return [pair for pair in lines if any(pair)]


def _type_means() -> dict[str, object]:
    """Return the means as they were typed."""
    posted = request.form
    lists = {name: _type_pairs(name, "label", "amount") for name in ("monthly", "yearly", "rigid")}
    words = {name: posted.get(name, "") for name in ("medical", "people", "months", "homes", "area")}
    return {**lists, **words, **{name: posted.get(name) == "1" for name in ("accident", "flexible")}}


def _write_means(means: Means) -> dict[str, object]:
    """Return the means of a file as they stand in the fields; what nobody checked yet is empty."""
    told = {name: value if value is not None else "" for name, value in dict(means).items()}
    lists = {"monthly": means.monthly, "yearly": means.yearly, "rigid": means.rigid}
    return told | {name: [(one.label, one.amount) for one in items] for name, items in lists.items()}


def _read_visit() -> Visit:
    posted, day = request.form, read_day(request.form.get("day", ""))
    if day is None:
        raise StepStopped("missing", "请写上门的日期。")
    return Visit(
        kind=posted.get("kind", ""),
        day=day,
        visitors=tuple(one[:40] for one in posted.getlist("visitor")),
        found=posted.get("found", "")[:2000],
        result=posted.get("result", ""),
        staff="",
    )


def _read_plan() -> Plan:
    posted = request.form
    lines = zip(posted.getlist("stage_day"), posted.getlist("stage_what"), strict=False)
    stages = (Stage.model_validate({"day": day, "what": what}) for day, what in lines if day or what.strip())
    return Plan(
        measure=posted.get("measure", ""),
        detail=posted.get("detail", "")[:500],
        timetable=tuple(stages),
        helper=posted.get("helper", "")[:40],
        helper_phone=posted.get("helper_phone", "")[:30],
    )


def _read_means() -> Means:
    posted = request.form

    def read(name: str) -> tuple[Item, ...]:
        lines = zip(posted.getlist(f"{name}_label"), posted.getlist(f"{name}_amount"), strict=False)
        return tuple(
            Item(label=label.strip(), amount=Decimal(amount))
            for label, amount in lines
            if label.strip() and amount.strip()
        )

    return Means(
        monthly=read("monthly"),
        yearly=read("yearly"),
        rigid=read("rigid"),
        medical=Decimal(posted.get("medical", "").strip() or "0"),
        people=_read_count("people") or 0,
        accident=posted.get("accident") == "1",
        months=_read_count("months"),
        flexible=posted.get("flexible") == "1",
        homes=_read_count("homes"),
        area=Decimal(area) if (area := posted.get("area", "").strip()) else None,
    )


def _read_count(name: str) -> int | None:
    """Return a number that may be left empty. Raises InvalidOperation."""
    text = request.form.get(name, "").strip()[:6]
    if text and not (text.isascii() and text.isdigit()):
        raise InvalidOperation(text)
    return int(text) if text else None
