"""The inbox of the staff: queues, filters, and the search by reference, name or number, which leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from forms_api.back_office import Member, Office, merge
from forms_api.clocks import SOON, tell_distance
from forms_api.identifiers import tidy
from forms_api.model import Actor, Case, NewEvent, Value
from forms_api.office import CASE, Work, WorkQuery
from forms_api.opening import CannotOpen
from forms_api.references import BadReference, parse_reference
from forms_api.workflow import STATES, find_waiting_states

QUEUES: dict[str, str] = {
    "todo": "我要处理",
    "unassigned": "未分派",
    "waiting": "等申请人",
    "soon": "快到期",
    "late": "已超期",
    "notice": "公示中",
    "all": "全部",
}
_OPEN = tuple(name for name, state in STATES.items() if not state.closed)
_LONG_AGO = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list: `days` are the working days left (below zero: past), None where no clock runs."""

    case: Case
    work: Work
    name: str
    title: str
    union: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the inbox is asked for: a queue, and filters that narrow it."""

    queue: str = "todo"
    form: str = ""
    state: str = ""
    union: str = ""
    unread: bool = False
    text: str = ""
    page: int = 1


def list_inbox(office: Office, member: Member, wanted: Wanted, size: int = 30) -> tuple[list[Row], int]:
    """Return the cases of a queue that a member of staff may see, and how many there are in all."""
    query = _narrow(office, member, _ask_queue(office, member, wanted.queue), wanted)
    rows, total = office.store.list_work(replace(query, page=wanted.page, size=size))
    return [make_row(office, case, work) for case, work in rows], total


def count_queues(office: Office, member: Member) -> dict[str, int]:
    """Return how many cases are in each queue."""
    return {name: office.store.list_work(replace(_ask_queue(office, member, name), size=0))[1] for name in QUEUES}


def list_overdue(office: Office) -> tuple[int, int, int]:
    """Return how many open cases of the whole county are late, due soon, and given to nobody."""
    whole = Member("", "", frozenset(), office.tree.county)
    counts = (
        office.store.list_work(replace(_ask_queue(office, whole, name), size=0))[1]
        for name in ("late", "soon", "unassigned")
    )
    late, soon, unassigned = counts
    return late, soon, unassigned


def make_row(office: Office, case: Case, work: Work) -> Row:
    """Return a case as lists show it, with the applicant's name opened."""
    form = office.bundle.forms.get(case.form)
    days = tell_distance(work.due, office.today(), office.bundle.calendar) if work.due else None
    title = form.title if form else case.form
    return Row(case, work, find_name(office, case), title, office.tree.title(work.union), days)


def find_name(office: Office, case: Case) -> str:
    """Return the applicant's name, or a word where there is none or it cannot be opened."""
    try:
        answers = merge(office.read_sent(case.id))
    except CannotOpen:
        return "（打不开）"
    names = [answers.get(one.name) for one in office.find_definition(case).fields() if one.type == "name"]
    return next((str(name) for name in names if name), "（未留姓名）")


def _ask_queue(office: Office, member: Member, queue: str) -> WorkQuery:
    scope, today, calendar = office.tree.below(member.union), office.today(), office.bundle.calendar
    if queue == "unassigned":
        return WorkQuery(scope, _OPEN, unassigned=True)
    if queue == "waiting":
        return WorkQuery(scope, ("needs_supply",))
    if queue == "soon":
        return WorkQuery(scope, _OPEN, due_from=today, due_by=calendar.after(today, SOON))
    if queue == "late":
        return WorkQuery(scope, _OPEN, due_from=_LONG_AGO, due_by=today - timedelta(days=1))
    if queue == "notice":
        return WorkQuery(scope, ("cleared", "public_notice"))
    if queue == "all":
        return WorkQuery(scope)
    states = find_waiting_states(member.duties, member.union == office.tree.county)
    return WorkQuery(scope, tuple(sorted(states)) or ("",), open_to=member.id)


def _narrow(office: Office, member: Member, query: WorkQuery, wanted: Wanted) -> WorkQuery:
    if wanted.form:
        query = replace(query, forms=(wanted.form,))
    if wanted.state:
        kept = set(query.states or STATES) & {wanted.state}
        query = replace(query, states=tuple(kept) or ("",))
    if wanted.union:
        query = replace(query, unions=office.tree.below(wanted.union) & office.tree.below(member.union))
    if wanted.text.strip():
        query = replace(query, ids=_search(office, member, wanted.text), states=(wanted.state,) if wanted.state else (), open_to=None,
                        unassigned=False, due_by=None, due_from=None)  # fmt: skip
    return replace(query, unread=wanted.unread)


def _search(office: Office, member: Member, text: str) -> frozenset[str]:
    """Return the cases found by a reference, a name, an ID number or a mobile; the trace says by which."""
    kind, found = _find_by(office, text)
    data: dict[str, Value] = {"by": kind, "found": len(found)}
    office.store.append_event(NewEvent("searched", office.clock(), Actor("staff", member.id), data))
    return found


def _find_by(office: Office, text: str) -> tuple[str, frozenset[str]]:
    plain = tidy(text)
    case = office.store.find_case(_try_reference(text))
    if case:
        return "reference", frozenset({case.id})
    kinds = ("id_number", "mobile") if any(char.isdigit() for char in plain) else ("name",)
    for kind in kinds:
        digest = office.blind_name(text) if kind == "name" else office.blind_number(kind, plain.removeprefix("+86"))
        if found := office.store.find_keyed(CASE, kind, digest):
            return kind, found
    return kinds[0], frozenset()


def _try_reference(text: str) -> str:
    try:
        return parse_reference(text, text.strip().upper().partition("-")[0])
    except BadReference:
        return ""
