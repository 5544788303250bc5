"""What staff see of cases that will soon be deleted, and what they do: keep one longer with a reason, end a hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from forms_api import shelves
from forms_api.back_office import Member, Office
from forms_api.casework import find_standing
from forms_api.inbox import find_name
from forms_api.model import Actor, Case, NewEvent
from forms_api.office import Entry
from forms_api.purging import HOLD, RUNNING, Doomed, list_closed, weigh
from forms_api.shelves import Filing
from forms_api.storage import Change
from forms_api.values import Frozen
from forms_api.workflow import StepStopped

ENDED = "ended"
LONGEST = 3 * 366
"""Days that one hold may last; then somebody must say again why."""


class Hold(Frozen):
    """What is kept of a hold."""

    reason: str
    staff: str
    until: date


@dataclass(frozen=True, slots=True)
class Leaving:
    """A case on the list of those that will be deleted: whose, when, how near (days of the warning), and what keeps it."""

    case: Case
    title: str
    name: str
    union: str
    ends: date
    level: int
    kept: str
    period: str
    hold: str = ""
    """The reason of the hold, opened."""


def list_leaving(office: Office, member: Member) -> list[Leaving]:
    """Return the cases in a member's scope that will be deleted soon, or would be if nothing kept them; the nearest first.

    Raises what the keyring raises.
    """
    today, found = office.today(), []
    for doomed in list_closed(office.store, today):
        level = None if isinstance(doomed, Case) else doomed.fate.warns(today)
        if isinstance(doomed, Case) or level is None or doomed.fate.ends is None:
            continue
        work = office.store.find_work(doomed.case.id)
        union = work.union if work else office.tree.county
        if office.tree.covers(member.union, union):
            found.append(_show(office, doomed, doomed.fate.ends, level, union))
    return sorted(found, key=lambda one: (one.ends, one.case.reference))


def _show(office: Office, doomed: Doomed, ends: date, level: int, union: str) -> Leaving:
    form = office.bundle.forms.get(doomed.case.form)
    hold = _find_hold(doomed)
    return Leaving(
        doomed.case,
        form.title if form else doomed.case.form,
        find_name(office, doomed.case),
        office.tree.title(union),
        ends,
        level,
        doomed.fate.kept,
        doomed.fate.retention.words,
        shelves.read(office, hold, Hold).reason if hold else "",
    )


def hold(office: Office, member: Member, reference: str, reason: str, until: date) -> Entry:
    """Keep a closed case until a day (included), whatever its period. Raises NoSuchCase, StepStopped."""
    doomed, now, today = _find(office, member, reference), office.clock(), office.today()
    _require(member, "暂缓删除")
    if not reason.strip():
        raise StepStopped("missing", "请写明为什么要多留。没有理由，到期就要删除。")
    if not today < until <= today + timedelta(days=LONGEST):
        raise StepStopped("missing", "请写留到哪一天，要在明天以后、三年以内。到时还要留，再写一次理由。")
    standing = find_standing(office, member, reference)
    record, former = Hold(reason=reason.strip(), staff=member.id, until=until), _find_hold(doomed)
    filing = Filing("hold", standing.work.union, RUNNING, until, doomed.case.id, case_id=doomed.case.id)
    written = (
        shelves.follow(office, former, record, filing, member.id)
        if former
        else shelves.start(office, HOLD, record, filing, member.id)
    )
    told = {"entry": written.entry.id, "until": until.isoformat()}
    event = NewEvent("held", now, Actor("staff", member.id), told, doomed.case.id)
    office.store.change(Change(events=(written.event, event), entries=(written.change,)))
    return written.entry


def release(office: Office, member: Member, reference: str) -> None:
    """End the hold of a case; it goes when its period is over. Raises NoSuchCase, StepStopped."""
    doomed, now = _find(office, member, reference), office.clock()
    _require(member, "撤销暂缓")
    found = _find_hold(doomed)
    if found is None:
        raise StepStopped("state", "这份申请没有暂缓删除。请刷新页面看最新的情况。")
    filing = Filing("release", found.union, ENDED, None, doomed.case.id, case_id=doomed.case.id)
    written = shelves.follow(office, found, shelves.read(office, found, Hold), filing, member.id)
    event = NewEvent("released", now, Actor("staff", member.id), {"entry": found.id}, doomed.case.id)
    office.store.change(Change(events=(written.event, event), entries=(written.change,)))


def _find(office: Office, member: Member, reference: str) -> Doomed:
    case = find_standing(office, member, reference).case
    doomed = weigh(office.store, case, office.today())
    if doomed is None:
        raise StepStopped(
            "state", "这份申请还没有办结，或者和事件记录对不上。没有办结的不会删除；对不上的请先报审计核查。"
        )
    return doomed


def _find_hold(doomed: Doomed) -> Entry | None:
    return next((one for one in doomed.owned if one.register == HOLD and one.state == RUNNING), None)


def _require(member: Member, what: str) -> None:
    if "reviewer" not in member.duties:
        raise StepStopped("duty", f"您的岗位不能{what}。请转给审核岗位的同事。")
