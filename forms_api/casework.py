"""What staff do with a case: take a step, hand it to someone, note an opinion, give a new secret. All or nothing.

Each function asks for the right first, and writes the case, the work on it and the events in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from forms_api.arrivals import settle
from forms_api.back_office import Member, Office
from forms_api.listings import find_listing_notice
from forms_api.model import Actor, Case, Event, Message, NewEvent, Value
from forms_api.office import EntryQuery, Note, Work, WorkQuery, digest_note
from forms_api.outcomes import follow_step
from forms_api.registers import households
from forms_api.shelves import Written, keep
from forms_api.storage import Amendment, Change
from forms_api.tokens import IntakeKeys, hash_secret
from forms_api.workflow import STATES, Agent, Facts, Step, StepStopped, Workflow, apply

OWN_WORK = frozenset({"handler", "reviewer", "approver", "cashier"})


@dataclass(frozen=True, slots=True)
class Standing:
    """A case with all that a step depends on."""

    case: Case
    work: Work
    workflow: Workflow
    facts: Facts
    agent: Agent


class NoSuchCase(Exception):
    """No case has that reference, or it lies outside of what this member of staff may see."""


def find_standing(office: Office, member: Member, reference: str) -> Standing:
    """Return a case as a member of staff meets it. Raises NoSuchCase."""
    case = office.store.find_case(reference)
    work = office.store.find_work(case.id) if case else None
    if case is None or work is None:
        raise NoSuchCase(reference)
    agent = make_agent(office, member, work)
    if not agent.covers_case:
        raise NoSuchCase(reference)
    events = list(office.store.list_events(case.id))
    return Standing(case, work, office.find_definition(case).workflow, gather_facts(office, case, work, events), agent)


def make_agent(office: Office, member: Member, work: Work) -> Agent:
    """Return what a member of staff is to a case."""
    covers = any(office.tree.covers(member.union, union) for union in (work.union, *work.joint))
    return Agent(member.id, member.duties, covers, member.union == office.tree.county)


def gather_facts(office: Office, case: Case, work: Work, events: Iterable[Event]) -> Facts:
    """Return what the chain of events, the registers and the other cases say of a case."""
    moves = [event for event in events if event.kind == "moved"]
    reopened = max((event.seq for event in moves if event.data["action"] == "reopen"), default=0)
    acted: dict[str, frozenset[str]] = {}
    for event in moves:
        if event.seq > reopened and event.actor.id:
            action = str(event.data["action"])
            acted[action] = acted.get(action, frozenset()) | {event.actor.id}
    paid = max((event.at for event in moves if event.data["action"] == "pay"), default=None)
    visits, _ = office.store.list_entries(EntryQuery("visit", owner=case.id))
    notices, _ = office.store.list_entries(EntryQuery("publicity", owner=case.id, states=("running",)))
    payments, _ = office.store.list_entries(EntryQuery("payment", owner=case.id, states=("paid",)))
    about = {case.id, *(find_listing_notice(one.id) for one in notices)}
    objections = [one for subject in about for one, _ in office.store.list_work(WorkQuery(about=subject))[0]]
    household = office.store.find_entry(work.household) if work.household else None
    return Facts(
        acted=acted,
        visited=bool(visits),
        visits_after_payment=bool(paid and any(visit.updated_at > paid for visit in visits)),
        notice_ends=max((one.due for one in notices if one.due), default=None),
        objections=sum(one.state != "answered" and not STATES[one.state].closed for one in objections),
        has_household=household is not None and household.state in households.AIDED,
        plan_complete=household is not None and household.state == "in_force",
        paid_to_own_account=bool(payments),
        extended=work.extended,
    )


def decide(office: Office, member: Member, reference: str, step: Step) -> Case:
    """Take a step with a case and return the case after it. Raises NoSuchCase, StepStopped, CaseChanged."""
    return take_step(office, member, find_standing(office, member, reference), step)


def take_step(office: Office, member: Member, standing: Standing, step: Step, beside: tuple[Written, ...] = ()) -> Case:
    """Take a step with a case as it was met, and write the entries of registers that belong to it with it.

    Whoever writes what a step needs together with it says so in the facts of the standing. Raises StepStopped, CaseChanged,
    EntryChanged.
    """
    now = office.clock()
    if step.action == "transfer" and step.union not in office.tree.titles:
        step = replace(step, union="")
    after, event, tells = apply(standing.case, standing.workflow, step, standing.agent, standing.facts, now)
    work = replace(standing.work, extended=standing.work.extended or step.action == "extend", unread=False)
    if step.action == "transfer":
        work = replace(work, union=step.union, assignee=None, unread=True)
    work = settle(office, after, work)
    told = office.digest_work(work)
    events: tuple[NewEvent, ...] = ()
    if step.action == "transfer":
        events = (_tell(now, member, standing.case, "routed", union=step.union, work=told),)
    event = replace(event, data={**event.data, "work": told})
    messages = (Message(office.new_id(), after.id, tells, now),) if tells else ()
    amendment = Amendment(standing.case, after, event, messages=messages)
    written = (*beside, *follow_step(office, standing.case, standing.work.union, member.id, step.action))
    change = Change(
        events=(*events, *(one.event for one in written)),
        amendment=amendment,
        work=work,
        entries=tuple(one.change for one in written),
    )
    keep(office, change)
    return after


def assign(office: Office, member: Member, reference: str, to: Member | None) -> None:
    """Give a case to a member of staff, or to nobody. Raises NoSuchCase, StepStopped."""
    standing, now = find_standing(office, member, reference), office.clock()
    _require(member, OWN_WORK, "分派申请")
    if to and not make_agent(office, to, standing.work).covers_case:
        raise StepStopped("scope", f"这份申请不在{to.name}负责的工会范围内。请换一个人，或者先转给那个工会。")
    work = replace(standing.work, assignee=to.id if to else None, unread=to is not None and to.id != member.id)
    event = _tell(now, member, standing.case, "assigned", to=to.id if to else None, work=office.digest_work(work))
    office.store.change(Change(events=(event,), work=work))


def join(office: Office, member: Member, reference: str, union: str) -> None:
    """Let another union take part in a case. Raises NoSuchCase, StepStopped."""
    standing, now = find_standing(office, member, reference), office.clock()
    _require(member, frozenset({"handler", "reviewer"}), "请别的工会联办")
    if union not in office.tree.titles or union in (standing.work.union, *standing.work.joint):
        raise StepStopped("missing", "请选一个还没有参加办理的工会。")
    work = replace(standing.work, joint=(*standing.work.joint, union))
    event = _tell(now, member, standing.case, "joined", union=union, work=office.digest_work(work))
    office.store.change(Change(events=(event,), work=work))


def bind(office: Office, member: Member, reference: str, about: str) -> None:
    """Say which case an objection is about. Raises NoSuchCase (either), StepStopped."""
    standing, now = find_standing(office, member, reference), office.clock()
    other = find_standing(office, member, about)
    _require(member, frozenset({"handler", "reviewer"}), "关联申请")
    if other.case.id == standing.case.id:
        raise StepStopped("missing", "不能关联到它自己。请写另一份申请的编号。")
    work = replace(standing.work, about=other.case.id)
    event = _tell(now, member, standing.case, "bound", about=other.case.id, work=office.digest_work(work))
    office.store.change(Change(events=(event,), work=work))


def add_note(office: Office, member: Member, reference: str, text: str) -> None:
    """Keep an internal opinion on a case; the worker never sees it. Raises NoSuchCase, StepStopped."""
    standing, now = find_standing(office, member, reference), office.clock()
    if not text.strip():
        raise StepStopped("missing", "还没有写意见。请写几句再保存。")
    note_id = office.new_id()
    note = Note(note_id, standing.case.id, now, member.id, office.seal(text.strip(), f"note:{note_id}"))
    event = _tell(now, member, standing.case, "noted", note=note_id, sum=digest_note(note))
    office.store.change(Change(events=(event,), notes=(note,)))


def mark_read(office: Office, member: Member, standing: Standing) -> None:
    """Note that a member of staff has looked at a case; the first of those who work on it makes it read."""
    event = _tell(office.clock(), member, standing.case, "case_read")
    work = replace(standing.work, unread=False) if standing.work.unread and member.duties & OWN_WORK else None
    office.store.change(Change(events=(event,), work=work))


def renew_secret(office: Office, keys: IntakeKeys, member: Member, reference: str, secret: str) -> None:
    """End the secret of a case and put a new one in its place, after the ID was shown at the window.

    Raises NoSuchCase, StepStopped.
    """
    standing = find_standing(office, member, reference)
    _require(member, frozenset({"handler", "reviewer"}), "换查询码")
    event = _tell(office.clock(), member, standing.case, "secret_renewed")
    hashed = hash_secret(keys, standing.case.reference, secret)
    office.store.change(Change(events=(event,), secret_hash=(standing.case.id, hashed)))


def _require(member: Member, duties: frozenset[str], what: str) -> None:
    if not member.duties & duties:
        raise StepStopped("duty", f"您的岗位不能{what}。请转给有这个职责的同事。")


def _tell(now: datetime, member: Member, case: Case, kind: str, **data: Value) -> NewEvent:
    return NewEvent(kind, now, Actor("staff", member.id), data, case.id)
