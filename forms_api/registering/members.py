"""What staff do with the register of members: find, read, admit from a table, move, count, export. All or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from forms_api import memberships, rosters, shelves
from forms_api.back_office import Member, Office
from forms_api.field_rules import check
from forms_api.identifiers import mask_id, mask_phone, tidy
from forms_api.model import Actor, NewEvent, Value
from forms_api.office import Entry, EntryQuery
from forms_api.registering.rights import KEEPERS, READERS, REVIEWERS, find, narrow, note_read, require, require_union
from forms_api.registers.members import KEPT, NEEDED, REGISTER, STATES, UNSTATED, Given, Membership
from forms_api.rosters import MOST, Row
from forms_api.shelves import Written
from forms_api.spreadsheets import BadSheet, Cell, read_lines, write_xlsx
from forms_api.storage import Change
from forms_api.workflow import StepStopped

MASKED = {"id_number": mask_id, "mobile": mask_phone}
"""What is masked until somebody asks for the whole, which leaves a trace."""
FORM = "membership"
EXPORT_HEAD = ("会员号", "姓名", "证件号码", "手机号码", "就业形态", "单位", "岗位或工种", "工会", "状态", "入会日期")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members are asked for; an empty part asks for all. `text` is a name, a number, or a mobile."""

    union: str = ""
    kind: str = ""
    state: str = ""
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One member in a list."""

    entry: Entry
    record: Membership
    union: str


def list_members(office: Office, member: Member, wanted: Wanted, size: int = 30) -> tuple[list[Listed], int]:
    """Return the members that are asked for and that a member of staff may see, and how many there are in all."""
    require(member, READERS, "查看会员库")
    query = _ask(office, member, wanted)
    found, total = office.store.list_entries(replace(query, page=wanted.page, size=size))
    return [_open(office, one) for one in found], total


def list_idle(office: Office, member: Member, within: date) -> list[Listed]:
    """Return members whose six months without dues and activity end by a day, the first first."""
    require(member, READERS, "查看会员库")
    query = EntryQuery(REGISTER, narrow(office, member), ("active",), due_by=within, size=shelves.ALL_AT_ONCE)
    return [_open(office, one) for one in office.store.list_entries(query)[0]]


def find_member(office: Office, member: Member, entry_id: str) -> Entry:
    """Return the entry of a member without opening it. Raises NoSuchEntry."""
    return find(office, member, REGISTER, entry_id)


def read_member(office: Office, member: Member, entry_id: str) -> Listed:
    """Return a member, and leave a trace. Raises NoSuchEntry."""
    entry = find(office, member, REGISTER, entry_id)
    note_read(office, member, entry)
    return _open(office, entry)


def reveal(office: Office, member: Member, entry_id: str, name: str) -> str:
    """Return a masked number whole, and leave a trace. Raises NoSuchEntry, KeyError for what is not masked."""
    entry = find(office, member, REGISTER, entry_id)
    if name not in MASKED:
        raise KeyError(name)
    data = {"register": REGISTER, "entry": entry.id, "field": name}
    office.store.append_event(NewEvent("entry_revealed", office.clock(), Actor("staff", member.id), data))
    return str(getattr(shelves.read(office, entry, Membership), name))


def change_member(
    office: Office, member: Member, entry_id: str, given: Given, corrected: Mapping[str, str] | None = None
) -> Entry:
    """Let something happen to a membership and return the entry after it. Raises NoSuchEntry, StepStopped, EntryChanged."""
    entry = find(office, member, REGISTER, entry_id)
    require(member, REVIEWERS if given.act in ("lapse", "leave", "expel", "readmit", "return") else KEEPERS, "会籍变动")
    if given.union and given.union not in office.tree.titles:
        raise StepStopped("missing", "请选转入的工会，要和现在的不是同一家。")
    if set(corrected or ()) - set(KEPT) or (given.act == "correct") != bool(corrected):
        raise StepStopped("missing", "请写要更正的内容。")
    told = _check_corrected(office, corrected) if corrected else None
    written = memberships.change(office, entry, given, member.id, corrected=told)
    shelves.keep(office, Change(events=(written.event,), entries=(written.change,)))
    return written.entry


def _check_corrected(office: Office, corrected: Mapping[str, str]) -> dict[str, str]:
    """Return corrections as the rules of the form's fields store them. Raises StepStopped with what is wrong."""
    fields = {one.name: one for one in office.bundle.forms[FORM].fields()}
    world, told = office.bundle.world(office.today()), {}
    for name, text in corrected.items():
        if not text and name in NEEDED:
            raise StepStopped("missing", f"{fields[name].label}不能空着。请写上再存。")
        try:
            told[name] = str(check(text, fields[name], world)) if text and text != UNSTATED else text
        except ValueError as error:
            raise StepStopped("missing", f"{fields[name].label}：{error}") from error
    return told


# --- a table of people --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Roster:
    """A table of people as it was checked."""

    rows: tuple[Row, ...]
    headings: tuple[str, ...]

    @property
    def good(self) -> tuple[Row, ...]:
        """Return the rows without a fault."""
        return tuple(one for one in self.rows if not one.faults)

    @property
    def faulty(self) -> tuple[Row, ...]:
        """Return the rows with a fault."""
        return tuple(one for one in self.rows if one.faults)


def make_template(office: Office) -> bytes:
    """Return an empty table to fill in, every column text, with the headings that are needed."""
    return write_xlsx("入会名册", rosters.list_headings(office.bundle.forms[FORM]), (), office.clock())


def read_roster(office: Office, member: Member, data: bytes) -> Roster:
    """Return a table of people with what is wrong in each row; writes nothing but the trace. Raises BadSheet, StepStopped."""
    require(member, REVIEWERS, "批量入会")
    form = office.bundle.forms[FORM]
    lines = [(line.number, line.cells) for line in read_lines(data, rosters.list_needed(form))]
    if len(lines) > MOST:
        raise BadSheet(f"一次最多 {MOST} 人，这个表有 {len(lines)} 人。请分成几个文件再传。")
    titles = {
        str(one[key]): str(one["id"])
        for one in office.bundle.unions
        for key in ("title", "short", "id")
        if one.get(key)
    }
    rows = rosters.check_rows(lines, form, office.bundle.world(office.today()), titles)
    roster = Roster(
        tuple(rosters.add_faults(rows, _list_more(office, member, rows))), tuple(rosters.list_headings(form))
    )
    data_of_event = {"rows": len(roster.rows), "faults": len(roster.faulty)}
    office.store.append_event(NewEvent("roster_read", office.clock(), Actor("staff", member.id), data_of_event))
    return roster


def admit_roster(office: Office, member: Member, roster: Roster, *, only_good: bool = False) -> int:
    """Admit the people of a table in one transaction and return how many. Raises StepStopped; then nobody is admitted.

    A table with faults is refused whole, unless only the rows without a fault are asked for.
    """
    require(member, REVIEWERS, "批量入会")
    if roster.faulty and not only_good:
        raise StepStopped(
            "need", f"有 {len(roster.faulty)} 行有问题，一个人也没有登记。请改好再传，或者选“只收正确的”。"
        )
    if not roster.good:
        raise StepStopped("need", "没有可以登记的人。请看“问题”一列，改好再传。")
    taken: set[str] = set()
    written = [_enrol(office, member, row, taken) for row in roster.good]
    shelves.keep(
        office, Change(events=tuple(one.event for one in written), entries=tuple(one.change for one in written))
    )
    return len(written)


def write_faults(office: Office, roster: Roster) -> bytes:
    """Return the rows that have a fault as a workbook with the column 问题 first, to be put right and sent again."""
    rows = ([" ".join(row.faults), *(row.cells.get(name, "") for name in roster.headings)] for row in roster.faulty)
    return write_xlsx("有问题的行", [rosters.PROBLEM, *roster.headings], rows, office.clock())


def _enrol(office: Office, member: Member, row: Row, taken: set[str]) -> Written:
    require_union(office, member, str(row.answers["union"]))
    return memberships.enrol(
        office, row.answers, str(row.answers["union"]), row.approved_on or office.today(), member.id, taken=taken
    )


def _list_more(office: Office, member: Member, rows: Sequence[Row]) -> dict[int, str]:
    """Return what only the register and the rights know of rows that are right in themselves, by their number."""
    found = {}
    for row in rows:
        if row.faults:
            continue
        try:
            require_union(office, member, str(row.answers["union"]))
            memberships.refuse_double(office, str(row.answers["id_number"]))
        except StepStopped as stopped:
            found[row.number] = stopped.words
    return found


# --- figures and export -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """How many members there are: by state, by union (short title), by kind of work, and admitted in each month."""

    states: dict[str, int]
    unions: dict[str, int]
    kinds: dict[str, int]
    months: dict[str, int]


def count_members(office: Office, member: Member, year: int) -> Figures:
    """Return the figures of the members in the scope of a member of staff; those of unions and kinds count 在会 only."""
    scope = narrow(office, member)
    counts = office.store.count_entries(REGISTER, scope)
    kinds = [
        option.value
        for one in office.bundle.forms[FORM].fields()
        if one.name == "worker_kind"
        for option in one.options
    ]

    def count(kind: str, value: str, states: Sequence[str]) -> int:
        keyed = office.store.count_entries(REGISTER, scope, (kind, office.keyring.blind(kind, value)))
        return sum(number for (state, _), number in keyed.items() if state in states)

    return Figures(
        states={name: sum(number for (state, _), number in counts.items() if state == name) for name in STATES},
        unions={
            office.tree.title(union): number for (state, union), number in sorted(counts.items()) if state == "active"
        },
        kinds={kind: count("worker_kind", kind, ("active",)) for kind in (*kinds, UNSTATED)},
        months={
            name: count("month", name, tuple(STATES)) for name in (f"{year}-{month:02d}" for month in range(1, 13))
        },
    )


def export_members(office: Office, member: Member, wanted: Wanted) -> bytes:
    """Return the members that are asked for as a workbook, numbers as text, and leave a trace of how many."""
    require(member, REVIEWERS, "导出会员库")
    rows = [
        _tell(one) for one in (_open(office, entry) for entry in shelves.list_all(office, _ask(office, member, wanted)))
    ]
    data: dict[str, Value] = {"register": REGISTER, "count": len(rows)}
    office.store.append_event(NewEvent("register_exported", office.clock(), Actor("staff", member.id), data))
    return write_xlsx("会员库", EXPORT_HEAD, rows, office.clock())


def _tell(one: Listed) -> Sequence[Cell]:
    kept = one.record
    return (
        kept.number, kept.full_name, kept.id_number, kept.mobile, kept.worker_kind, kept.employer, kept.occupation,
        one.union, STATES[one.entry.state], f"{kept.admitted_on:%Y-%m-%d}",
    )  # fmt: skip


def _open(office: Office, entry: Entry) -> Listed:
    return Listed(entry, shelves.read(office, entry, Membership), office.tree.title(entry.union))


def _ask(office: Office, member: Member, wanted: Wanted) -> EntryQuery:
    scope = narrow(office, member, wanted.union)
    key = ("worker_kind", office.keyring.blind("worker_kind", wanted.kind)) if wanted.kind else None
    ids = _search(office, member, wanted.text) if wanted.text.strip() else None
    return EntryQuery(REGISTER, scope, (wanted.state,) if wanted.state else (), ids=ids, key=key)


def _search(office: Office, member: Member, text: str) -> frozenset[str]:
    kinds = ("id_number", "mobile", "number") if any(char.isdigit() for char in tidy(text)) else ("name",)
    by, found = kinds[0], frozenset[str]()
    for kind in kinds:
        digest = office.blind_name(text) if kind == "name" else office.blind_number(kind, text)
        if found := office.store.find_keyed(REGISTER, kind, digest):
            by = kind
            break
    data: dict[str, Value] = {"register": REGISTER, "by": by, "found": len(found)}
    office.store.append_event(NewEvent("register_searched", office.clock(), Actor("staff", member.id), data))
    return found
