"""公示: a list is proposed, signed, put on the site through its gate, and ended or taken down. What staff do.

Whoever proposes a list, the reviewers of its cases and whoever signs it stand in the commit, as the site's own gate demands:
two people with the right by editors.yml. A case moves only after the push was accepted. A run that was killed is taken up
again by `publish`: what is on the server tells how far it came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from forms_api import listings
from forms_api.back_office import Member, Office, merge
from forms_api.casework import Standing, find_standing, take_step
from forms_api.content_clone import ContentClone, Make, PathTaken, PushRefused
from forms_api.definitions import CHINA
from forms_api.inbox import Row as CaseRow
from forms_api.inbox import make_row
from forms_api.listings import (
    PUBLICITY,
    Notice,
    file_entry,
    find_notice,
    list_open,
    name_listing,
    save_notice,
    write_message,
)
from forms_api.model import Actor, NewEvent, Value
from forms_api.note_rules import find_note_fault
from forms_api.office import Entry, WorkQuery
from forms_api.publication import (
    FIGURES,
    KINDS,
    CannotList,
    Draft,
    Person,
    Row,
    make_rows,
    write_notice,
    write_withdrawn,
)
from forms_api.shelves import Written
from forms_api.storage import CaseChanged, Change
from forms_api.workflow import DUTY_WORDS, STATES, Step, StepStopped

_MOST_A_DAY = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What publishing or ending came to: the notice, the cases that moved, and those that stayed behind with why."""

    notice: Notice
    moved: tuple[str, ...]
    left: tuple[tuple[str, str], ...] = ()


# --- before it is public --------------------------------------------------------------------------------


def list_waiting(office: Office, member: Member) -> dict[str, list[CaseRow]]:
    """Return the cases that wait for a 公示 and stand in no list yet, by form."""
    taken = {
        reference for notice in list_open(office, "proposed", "signed", "publishing") for reference in notice.references
    }
    found: dict[str, list[CaseRow]] = {}
    page, total = 0, 1
    while page * 100 < total:
        page += 1
        rows, total = office.store.list_work(
            WorkQuery(unions=office.tree.below(member.union), states=("cleared",), page=page, size=100)
        )
        for case, work in rows:
            if case.reference not in taken:
                found.setdefault(case.form, []).append(make_row(office, case, work))
    return found


def preview(office: Office, member: Member, references: Sequence[str]) -> Draft:
    """Return the file as it would be if it were published now. Raises CannotList, StepStopped, NoSuchCase."""
    _require(office, member, "handler", "approver")
    persons = [_tell_person(office, standing) for standing in _find_all(office, member, references)]
    rows = make_rows(persons)
    return _write(office, persons[0].form.id, rows, 1)


def propose(office: Office, member: Member, references: Sequence[str]) -> Notice:
    """Make a list of cases that wait for their 公示. Raises CannotList, StepStopped, NoSuchCase."""
    _require(office, member, "handler")
    standings = _find_all(office, member, references)
    taken = {one for notice in list_open(office, "proposed", "signed", "publishing") for one in notice.references}
    if doubled := sorted(taken & set(references)):
        raise CannotList(f"{doubled[0]} 已经在另一份拟好的名单里。请把它从这一份里去掉。")
    rows = make_rows([_tell_person(office, standing) for standing in standings])
    reviewers = {one for standing in standings for one in standing.facts.acted.get("review", ())}
    ordered = tuple(row.reference for row in rows)
    notice = Notice(
        office.new_id(), "proposed", standings[0].case.form, ordered, rows, member.id, tuple(sorted(reviewers))
    )
    _keep(office, member, notice, "publicity_proposed", cases=len(rows))
    return replace(notice, version=1)


def sign(office: Office, member: Member, notice_id: str) -> Notice:
    """Sign a proposed list, so that it may be published. Raises NoSuchNotice, StepStopped."""
    _require(office, member, "approver")
    notice = _demand(office, notice_id, "proposed")
    if member.id == notice.proposer or member.id in notice.reviewers:
        raise StepStopped("need", "名单是您拟的，或者里面的申请是您审核的，签发要由另一个人来做。请转给其他审批人员。")
    signed = replace(notice, state="signed", signer=member.id)
    _keep(office, member, signed, "publicity_signed")
    return replace(signed, version=notice.version + 1)


def drop(office: Office, member: Member, notice_id: str) -> None:
    """Give up a list that was not published; its cases wait again. Raises NoSuchNotice, StepStopped."""
    _require(office, member, "handler", "approver")
    _keep(
        office, member, replace(_demand(office, notice_id, "proposed", "signed"), state="dropped"), "publicity_dropped"
    )


# --- onto the site --------------------------------------------------------------------------------------


def publish(office: Office, clone: ContentClone, member: Member, notice_id: str) -> Outcome:
    """Put a signed list on the site and move its cases; may be called again after a crash, and does what is left.

    Raises NoSuchNotice, StepStopped, CannotList, PushRefused (then nothing has changed), CannotPush.
    """
    _require(office, member, "handler")
    notice = _demand(office, notice_id, "signed", "publishing", "running")
    if notice.state != "running":
        notice = _push(office, clone, member, notice)
    return _move_cases(office, member, notice)


def _push(office: Office, clone: ContentClone, member: Member, notice: Notice) -> Notice:
    """Return the notice as it runs, once its file is on the server."""
    if not (notice.file and clone.read(notice.file.path) == notice.file.text):
        _check_cleared(office, member, notice)
    for number in range(1, _MOST_A_DAY):
        notice = _fix_file(office, clone, notice, number, member.id)
        file = notice.file
        assert file is not None  # noqa: S101 - just fixed
        try:
            commit = clone.change(file.path, _put_new(file), write_message(file.title, notice))
        except PathTaken:
            continue
        except PushRefused as refused:
            back = replace(notice, state="signed", file=None, report=refused.report)
            _keep(office, member, back, "publicity_refused")
            raise
        running = replace(notice, state="running", commit=commit, report=())
        digest = hashlib.sha256(file.text.encode()).hexdigest()
        told: dict[str, Value] = {
            "file": file.id, "commit": commit, "content": digest, "cases": len(notice.rows), "until": str(file.due),
        }  # fmt: skip
        _keep(office, member, running, "publicity_published", **told)
        return replace(running, version=notice.version + 1)
    raise CannotList("今天的公示太多，编号用完了。请明天再发布。")


def _fix_file(office: Office, clone: ContentClone, notice: Notice, number: int, staff: str) -> Notice:
    """Return the notice with its file written down before anything is pushed, so that a crash leaves a trace of it.

    A file that an earlier run fixed stays as it is on its own day, and for ever where it is on the server.
    """
    if number == 1 and notice.file:
        today = office.clock().astimezone(CHINA).strftime("%Y%m%d")
        if notice.file.id.startswith(today) or clone.read(notice.file.path) == notice.file.text:
            return notice
    fixed = replace(notice, state="publishing", file=_write(office, notice.form, notice.rows, number))
    _store(office, save_notice(office, fixed, "fixed", staff))
    return replace(fixed, version=notice.version + 1)


def _put_new(file: Draft) -> Make:
    def make(there: str | None) -> str:
        if there is not None and there != file.text:
            raise PathTaken(file.path)
        return file.text

    return make


def _move_cases(office: Office, member: Member, notice: Notice) -> Outcome:
    moved, left = [], []
    for reference in notice.references:
        standing = find_standing(office, member, reference)
        listing = name_listing(notice.id, standing.case.id)
        if office.store.find_entry(listing):
            continue
        entry = Entry(
            listing,
            PUBLICITY,
            office.tree.county,
            "running",
            office.clock(),
            b"",
            due=notice.due,
            owner=standing.case.id,
        )
        standing = replace(standing, facts=replace(standing.facts, notice_ends=notice.due))
        try:
            take_step(
                office, member, standing, Step("publish"), (file_entry(entry, "listed", member.id, standing.case.id),)
            )
            moved.append(reference)
        except (StepStopped, CaseChanged):
            label = STATES[standing.case.state].label
            left.append((reference, f"{reference} 现在是“{label}”，不能公示。请把这一份公示撤下，去掉它以后重新公示。"))
    return Outcome(notice, tuple(moved), tuple(left))


# --- the end --------------------------------------------------------------------------------------------


def list_over(office: Office) -> list[Notice]:
    """Return the notices whose period is over, though not all of their cases have moved on."""
    return [one for one in list_open(office, "running") if one.due and one.due < office.today()]


def end_notice(office: Office, member: Member, notice_id: str) -> Outcome:
    """Move the cases of a notice that is over on to the decision; those with an open objection stay. Raises StepStopped."""
    _require(office, member, "handler", "reviewer")
    notice = _demand(office, notice_id, "running")
    if notice.due is None or notice.due >= office.today():
        raise StepStopped("need", "公示期还没有满，不能提前进入审批。请等公示期满的次日再办。")
    moved, left = [], []
    for reference in notice.references:
        standing = find_standing(office, member, reference)
        entry = office.store.find_entry(name_listing(notice.id, standing.case.id))
        if entry is None or standing.case.state != "public_notice":
            continue
        ended = replace(entry, state="ended", version=entry.version + 1, updated_at=office.clock())
        try:
            take_step(
                office, member, standing, Step("end_notice"), (file_entry(ended, "ended", member.id, standing.case.id),)
            )
            moved.append(reference)
        except StepStopped as stopped:
            left.append((reference, stopped.words))
    if not left:
        _keep(office, member, replace(notice, state="ended"), "publicity_ended", cases=len(moved))
        notice = replace(notice, state="ended", version=notice.version + 1)
    return Outcome(notice, tuple(moved), tuple(left))


def withdraw(office: Office, clone: ContentClone, member: Member, notice_id: str, reason: str) -> Notice:
    """Take a notice down at once; its cases must be reviewed anew. The reason is public.

    Raises NoSuchNotice, StepStopped, PushRefused, CannotPush.
    """
    _require(office, member, "handler", "reviewer", "approver")
    notice = _demand(office, notice_id, "publishing", "running")
    if not reason.strip():
        raise StepStopped("missing", "请写一句撤下的理由，会公开，不要写姓名和号码。")
    if fault := find_note_fault(reason):
        raise StepStopped("missing", fault)
    file = notice.file
    commit = notice.commit
    if file and clone.read(file.path) is not None:
        message = f"撤下{file.title}\n"
        commit = clone.change(file.path, _take_down(office.today(), reason.strip()), message)
    down = replace(notice, state="withdrawn", commit=commit)
    listings = [_end_listing(office, member, notice, reference) for reference in notice.references]
    event = _tell(office, member, "publicity_withdrawn", notice=notice.id, commit=commit)
    _store(office, save_notice(office, down, "withdrawn", member.id), *(one for one in listings if one), told=event)
    return replace(down, version=notice.version + 1)


def _take_down(today: date, reason: str) -> Make:
    def make(there: str | None) -> str:
        if there is None or "\nstatus: withdrawn\n" in there:
            return there or ""
        return write_withdrawn(there, today, reason)

    return make


def _end_listing(office: Office, member: Member, notice: Notice, reference: str) -> Written | None:
    case = office.store.find_case(reference)
    entry = office.store.find_entry(name_listing(notice.id, case.id)) if case else None
    if case is None or entry is None or entry.state != "running":
        return None
    down = replace(entry, state="withdrawn", version=entry.version + 1, updated_at=office.clock())
    return file_entry(down, "withdrawn", member.id, case.id)


# --- what they share ------------------------------------------------------------------------------------


def _require(office: Office, member: Member, *duties: str) -> None:
    if not member.duties & set(duties):
        wanted = "或".join(DUTY_WORDS[one] for one in duties)
        raise StepStopped("duty", f"这一步要由{wanted}岗位的人来办。请转给有这个职责的同事。")
    if member.union != office.tree.county:
        raise StepStopped("scope", "公示由县总工会来办。请报给县总工会。")


def _demand(office: Office, notice_id: str, *states: str) -> Notice:
    notice = find_notice(office, notice_id)
    if notice.state not in states:
        label = listings.STATES[notice.state]
        raise StepStopped("state", f"这份公示现在是“{label}”，不能这样办。请刷新页面看最新的情况。")
    return notice


def _find_all(office: Office, member: Member, references: Sequence[str]) -> list[Standing]:
    if not references:
        raise CannotList("还没有选要公示的申请。请至少选一份。")
    return [_demand_cleared(find_standing(office, member, one)) for one in dict.fromkeys(references)]


def _demand_cleared(standing: Standing) -> Standing:
    if standing.case.state != "cleared":
        label = STATES[standing.case.state].label
        raise CannotList(f"{standing.case.reference} 现在是“{label}”，不能公示。请把它从名单里去掉，重新拟一份。")
    return standing


def _check_cleared(office: Office, member: Member, notice: Notice) -> None:
    for reference in notice.references:
        _demand_cleared(find_standing(office, member, reference))


def _tell_person(office: Office, standing: Standing) -> Person:
    form, answers = office.find_definition(standing.case), merge(office.read_sent(standing.case.id))
    named = next((answers[one.name] for one in form.fields() if one.type == "union" and answers.get(one.name)), "")
    union = named if named in office.tree.titles else standing.work.union
    return Person(standing.case.reference, form, answers, office.tree.title(union))


def _write(office: Office, form: str, rows: Sequence[Row], number: int) -> Draft:
    figures = office.bundle.figures(FIGURES, office.today())
    if figures is None or KINDS[form].days not in figures["values"]:
        raise CannotList("还没有写明公示要几个工作日。请先在标准里写好公示期，再公示。")
    bundle = office.bundle
    return write_notice(bundle.forms[form], rows, bundle.site, figures, bundle.calendar, office.clock(), number)


def _keep(office: Office, member: Member, notice: Notice, kind: str, **data: Value) -> None:
    event = _tell(office, member, kind, notice=notice.id, **data)
    _store(office, save_notice(office, notice, kind.removeprefix("publicity_"), member.id), told=event)


def _store(office: Office, *written: Written, told: NewEvent | None = None) -> None:
    events = (*((told,) if told else ()), *(one.event for one in written))
    office.store.change(Change(events, entries=tuple(one.change for one in written)))


def _tell(office: Office, member: Member, kind: str, **data: Value) -> NewEvent:
    return NewEvent(kind, office.clock(), Actor("staff", member.id), data)
