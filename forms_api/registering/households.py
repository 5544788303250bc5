"""What staff do with the files of households: open one from a case, bind a case to one, visit, review, close. All or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from forms_api import shelves
from forms_api.back_office import Member, Office, merge
from forms_api.casework import Standing, find_standing
from forms_api.definitions import CHINA
from forms_api.identifiers import mask_address, mask_id, mask_phone, parse_resident_id, sex_of
from forms_api.model import Actor, NewEvent, Value
from forms_api.office import Entry, EntryQuery, Keys
from forms_api.registering.rights import (
    HANDLERS,
    KEEPERS,
    READERS,
    NoSuchEntry,
    find,
    narrow,
    note_read,
    require,
    require_county,
)
from forms_api.registers import checks, visits
from forms_api.registers.households import (
    AIDED,
    OPEN,
    REGISTER,
    TURNS,
    Given,
    Happening,
    Household,
    Person,
    Plan,
    change_people,
    find_due,
    list_people,
    turn,
)
from forms_api.registers.reckoning import Means, Reckoning, propose_means, reckon
from forms_api.registers.visits import Visit, make_visit
from forms_api.shelves import Filing, Written
from forms_api.storage import Change
from forms_api.workflow import STATES, StepStopped

RULES = "kunnan-xian"
SOON_DAYS = 30
NUMBER_PREFIX = "KN"
REVEALED = ("id_number", "mobile", "address")
_OFFICERS = frozenset({"plan", "exit", "restore", "close", "settle", "open", "review", "reckon", "people"})
"""Turns that the county takes; the union of the household follows it afterwards."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One household in a list: `days` are those left until somebody must look at it (below zero: past)."""

    entry: Entry
    record: Household
    union: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A file with what belongs to it."""

    listed: Listed
    visits: tuple[Visit, ...]
    checked: tuple[checks.Check, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files are asked for; an empty part asks for all. `text` is a name or a number of anybody in the household."""

    union: str = ""
    state: str = ""
    text: str = ""
    due_by: date | None = None
    page: int = 1
    women: bool = False
    """Those alone whose applicant is a woman, as her number says."""


# --- from a case --------------------------------------------------------------------------------------


def open_household(office: Office, member: Member, reference: str) -> Entry:
    """Make the draft of a file from the answers of a case, and bind the case to it. Raises NoSuchCase, StepStopped.

    Refused where somebody of the household already stands in a file, anywhere in the county.
    """
    standing = _find_aid_case(office, member, reference)
    answers = merge(office.read_sent(standing.case.id))
    applied = standing.case.received_at.astimezone(CHINA).date()
    means = propose_means(answers)
    record = Household(
        number=shelves.draw_number(office, REGISTER, NUMBER_PREFIX, applied),
        people=tuple(list_people(answers)),
        mobile=str(answers.get("mobile") or ""),
        address=str(answers.get("address") or ""),
        employer=str(answers.get("employer") or ""),
        causes=tuple(answers.get("causes") or ()),
        case_id=standing.case.id,
        applied_on=applied,
        means=means,
        reckoning=reckon_for(office, means, applied),
        history=(Happening(day=office.today(), act="draft", staff=member.id),),
    )
    for number in record.numbers():
        if taken := shelves.find_person(office, REGISTER, number):
            raise StepStopped("need", shelves.tell_taken(office, taken))
    written = _file(office, None, record, "draft", "draft", standing.work.union, member.id)
    _bind(office, standing, written.entry.id, member.id, written)
    return written.entry


def bind_household(office: Office, member: Member, reference: str) -> Entry:
    """Bind a case to the file in which its applicant stands, and return the entry. Raises NoSuchCase, StepStopped."""
    standing = _find_aid_case(office, member, reference)
    entry = find_household(office, merge(office.read_sent(standing.case.id)))
    if entry is None or entry.state not in AIDED:
        raise StepStopped("need", "这一家没有在档的困难职工档案。先建档、后帮扶：请先为这一家建档。")
    _bind(office, standing, entry.id, member.id, None)
    return entry


def find_household(office: Office, answers: dict[str, object]) -> Entry | None:
    """Return the file in which anybody that an application names stands."""
    numbers = (one.id_number for one in list_people(answers) if one.id_number)
    return next((entry for one in numbers if (entry := shelves.find_person(office, REGISTER, one))), None)


def reckon_for(office: Office, means: Means, day: date) -> Reckoning:
    """Return the category of a household by the rules that held on a day. Raises StepStopped where none did."""
    return reckon(means, RULES, office.bundle.figures(RULES, day))


# --- the file itself ----------------------------------------------------------------------------------


def turn_household(
    office: Office, member: Member, entry_id: str, act: str, *,
    words: str = "", plan: Plan | None = None, means: Means | None = None, rules_of: date | None = None,
) -> Entry:  # fmt: skip
    """Let something happen to a file and return the entry after it. Raises NoSuchEntry, StepStopped, EntryChanged.

    New means are reckoned with the rules of the day of application, at a review with those of today; `rules_of` names
    another day where newer rules are better for the household.
    """
    entry = find(office, member, REGISTER, entry_id)
    require(member, HANDLERS if act in ("open", "close", "settle") else KEEPERS, TURNS[act].label)
    if act in _OFFICERS:
        require_county(office, member, TURNS[act].label)
    record, today = shelves.read(office, entry, Household), office.today()
    day = rules_of or (today if act in ("review", "restore") else record.applied_on)
    reckoning = reckon_for(office, means, day) if means else None
    after, state = turn(record, entry.state, Given(act, words, plan, means, reckoning), today, member.id)
    written = _file(office, entry, after, act, state, entry.union, member.id)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def change_household(
    office: Office, member: Member, entry_id: str, reason: str, left: frozenset[int], joined: tuple[Person, ...]
) -> Entry:
    """Let people leave or join a household, reckon anew, and return the entry. Raises NoSuchEntry, StepStopped, EntryChanged.

    The number of those who live together follows; a draft is reckoned with the rules of the day of application, a file in
    force with those of today. What its members earn is put right by the county when it checks the file.
    """
    entry = find(office, member, REGISTER, entry_id)
    require(member, KEEPERS, TURNS["people"].label)
    require_county(office, member, TURNS["people"].label)
    record, today = shelves.read(office, entry, Household), office.today()
    if not reason.strip():
        raise StepStopped("missing", "请写明是什么变化，例如结婚、出生、去世、搬走。")
    people, words = change_people(record.people, left, tuple(_check_person(one, today) for one in joined))
    together = max(1, record.means.people + len(people) - len(record.people))
    means = record.means.model_copy(update={"people": together})
    reckoning = reckon_for(office, means, record.applied_on if entry.state == "draft" else today)
    given = Given("people", f"{reason.strip()}（{words}）", means=means, reckoning=reckoning, people=people)
    after, state = turn(record, entry.state, given, today, member.id)
    written = _file(office, entry, after, "people", state, entry.union, member.id)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def _check_person(one: Person, today: date) -> Person:
    try:
        number = parse_resident_id(one.id_number, today).number if one.id_number.strip() else ""
    except ValueError as error:
        raise StepStopped("missing", f"{one.name}的证件号码不对。{error}") from None
    return one.model_copy(update={"id_number": number})


def list_households(office: Office, member: Member, wanted: Wanted, size: int = 30) -> tuple[list[Listed], int]:
    """Return the files that are asked for and that a member of staff may see, those due first before the others."""
    require(member, READERS, "查看困难职工档案")
    ids = _search(office, member, wanted.text) if wanted.text.strip() else None
    query = EntryQuery(
        REGISTER, narrow(office, member, wanted.union), (wanted.state,) if wanted.state else (), ids=ids,
        due_by=wanted.due_by, page=wanted.page, size=size,
    )  # fmt: skip
    if wanted.women:  # what a number says lies in the sealed part, so all are opened; a county has some hundreds
        every = (_open(office, one) for one in shelves.list_all(office, query))
        women = [one for one in every if _is_woman(one.record.people[0], office.today())]
        return women[(wanted.page - 1) * size : wanted.page * size], len(women)
    found, total = office.store.list_entries(query)
    return [_open(office, one) for one in found], total


def _is_woman(person: Person, today: date) -> bool:
    try:
        return sex_of(person.id_number, today) == "女"
    except ValueError:
        return False


def list_due(office: Office, member: Member) -> list[Listed]:
    """Return the files that somebody must look at within 30 days, or should have: drafts, reviews, after-care."""
    by = office.today() + timedelta(days=SOON_DAYS)
    return list_households(office, member, Wanted(due_by=by), shelves.ALL_AT_ONCE)[0]


def find_file(office: Office, member: Member, entry_id: str) -> Entry:
    """Return a file of one's scope without opening it. Raises NoSuchEntry."""
    return find(office, member, REGISTER, entry_id)


def read_household(office: Office, member: Member, entry_id: str) -> Opened:
    """Return a file with its visits and checks, and leave a trace. Raises NoSuchEntry."""
    entry = _find_readable(office, member, entry_id)
    note_read(office, member, entry)
    listed = _open(office, entry)
    owners = [one for one in (listed.record.case_id, entry.id) if one]
    found = [one for owner in owners for one in shelves.list_all(office, EntryQuery(visits.REGISTER, owner=owner))]
    calls = sorted((shelves.read(office, one, Visit) for one in found), key=lambda one: one.day)
    drawn = shelves.list_all(office, EntryQuery(checks.REGISTER, owner=entry.id))
    return Opened(listed, tuple(calls), tuple(shelves.read(office, one, checks.Check) for one in drawn))


def print_household(office: Office, member: Member, entry_id: str) -> Opened:
    """Return a file to print, and leave a trace of that, too. Raises NoSuchEntry."""
    entry = find(office, member, REGISTER, entry_id)
    opened = read_household(office, member, entry.id)
    data: dict[str, Value] = {"register": REGISTER, "entry": entry.id}
    office.store.append_event(NewEvent("entry_printed", office.clock(), Actor("staff", member.id), data))
    return opened


def reveal(office: Office, member: Member, entry_id: str, name: str) -> tuple[str, ...]:
    """Return what is masked in a file whole, and leave a trace: the numbers of all, the mobile, or the address."""
    entry = find(office, member, REGISTER, entry_id)
    if name not in REVEALED:
        raise KeyError(name)
    data = {"register": REGISTER, "entry": entry.id, "field": name}
    office.store.append_event(NewEvent("entry_revealed", office.clock(), Actor("staff", member.id), data))
    record = shelves.read(office, entry, Household)
    return record.numbers() if name == "id_number" else (str(getattr(record, name)),)


def mask(record: Household) -> Household:
    """Return a file as it is shown: numbers, mobile and address masked."""
    people = tuple(
        one.model_copy(update={"id_number": mask_id(one.id_number)}) if one.id_number else one for one in record.people
    )
    shown = {
        "people": people,
        "mobile": mask_phone(record.mobile) if record.mobile else "",
        "address": mask_address(record.address),
    }
    return record.model_copy(update=shown)


# --- visits -------------------------------------------------------------------------------------------


def visit_case(office: Office, member: Member, reference: str, visit: Visit) -> Entry:
    """Keep a visit for a case: what the steps 入户 and 回访 need. Raises NoSuchCase, StepStopped."""
    standing = find_standing(office, member, reference)
    require(member, KEEPERS, "走访记录")
    if standing.workflow != "aid" or STATES[standing.case.state].closed:
        raise StepStopped("state", "这份申请不用入户，或者已经办结，不能再记走访。")
    filing = Filing("visit", standing.work.union, visits.RECORDED, owner=standing.case.id, case_id=standing.case.id)
    written = shelves.start(office, visits.REGISTER, _recheck(office, member, visit), filing, member.id)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def visit_household(office: Office, member: Member, entry_id: str, visit: Visit) -> Entry:
    """Keep a visit for a file; a visit of after-care moves on when the next is due. Raises NoSuchEntry, StepStopped."""
    entry = find(office, member, REGISTER, entry_id)
    require(member, KEEPERS, "走访记录")
    filing = Filing("visit", entry.union, visits.RECORDED, owner=entry.id)
    written = [shelves.start(office, visits.REGISTER, _recheck(office, member, visit), filing, member.id)]
    if entry.state == "followed" and visit.kind == "tracking":
        told = Given("follow", visits.RESULTS[visit.result])
        after, state = turn(shelves.read(office, entry, Household), entry.state, told, office.today(), member.id)
        written.append(_file(office, entry, after, "follow", state, entry.union, member.id))
    shelves.keep(
        office, Change(events=tuple(one.event for one in written), entries=tuple(one.change for one in written))
    )
    return written[0].entry


def _recheck(office: Office, member: Member, visit: Visit) -> Visit:
    return make_visit(
        visit.kind, visit.day, visit.visitors, visit.found, visit.result, staff=member.id, today=office.today()
    )


# --- parts --------------------------------------------------------------------------------------------


def _find_aid_case(office: Office, member: Member, reference: str) -> Standing:
    standing = find_standing(office, member, reference)
    require(member, HANDLERS, "建档")
    require_county(office, member, "建档")
    if standing.workflow != "aid" or STATES[standing.case.state].closed:
        raise StepStopped("state", "这份申请不用建档，或者已经办结。")
    if standing.facts.has_household:
        raise StepStopped("state", "这份申请已经关联了一份档案。请直接打开那一份。")
    return standing


def _bind(office: Office, standing: Standing, entry_id: str, staff: str, written: Written | None) -> None:
    work = replace(standing.work, household=entry_id)
    data = {"household": entry_id, "work": office.digest_work(work)}
    event = NewEvent("household_bound", office.clock(), Actor("staff", staff), data, standing.case.id)
    more = ((written.event,), (written.change,)) if written else ((), ())
    shelves.keep(office, Change(events=(event, *more[0]), work=work, entries=more[1]))


def _file(
    office: Office, entry: Entry | None, record: Household, act: str, state: str, union: str, staff: str
) -> Written:
    filing = Filing(
        act, union, state, find_due(record, state, office.today()), record.case_id or None, _list_keys(office, record, state),
        frozenset({"id_number", "number"}), record.case_id or None,
    )  # fmt: skip
    if entry is None:
        return shelves.start(office, REGISTER, record, filing, staff)
    return shelves.follow(office, entry, record, filing, staff)


def _list_keys(office: Office, record: Household, state: str) -> Keys:
    """Return what a file is found by; a closed one no longer holds its people, so that another may."""
    numbers = tuple(office.blind_number("id_number", one) for one in record.numbers())
    return {
        "number": office.blind_number("number", record.number),
        "name": tuple(office.blind_name(one.name) for one in record.people if one.name),
        "id_number" if state in OPEN else "former_id": numbers,
    }


def _find_readable(office: Office, member: Member, entry_id: str) -> Entry:
    """Return a file of one's scope, or one that the own union is to check just now."""
    try:
        return find(office, member, REGISTER, entry_id)
    except NoSuchEntry:
        scope = office.tree.below(member.union)
        drawn = EntryQuery(checks.REGISTER, scope, ("drawn",), owner=entry_id, size=0)
        entry = office.store.find_entry(entry_id)
        if entry is None or not office.store.list_entries(drawn)[1]:
            raise
        return entry


def _open(office: Office, entry: Entry) -> Listed:
    days = (entry.due - office.today()).days if entry.due else None
    return Listed(entry, shelves.read(office, entry, Household), office.tree.title(entry.union), days)


def _search(office: Office, member: Member, text: str) -> frozenset[str]:
    found = frozenset[str]()
    kinds = ("id_number", "former_id", "number") if any(char.isdigit() for char in text) else ("name",)
    for kind in kinds:
        value = (
            office.blind_name(text)
            if kind == "name"
            else office.blind_number("id_number" if kind == "former_id" else kind, text)
        )
        found |= office.store.find_keyed(REGISTER, kind, value)
    data: dict[str, Value] = {"register": REGISTER, "by": kinds[0], "found": len(found)}
    office.store.append_event(NewEvent("register_searched", office.clock(), Actor("staff", member.id), data))
    return found
