"""What a step with a case writes into the registers, in the same transaction: a table by form and action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms_api import shelves
from forms_api.back_office import Office, merge
from forms_api.definitions import CHINA
from forms_api.identifiers import sex_of
from forms_api.memberships import change, enrol, refuse_double
from forms_api.model import Case
from forms_api.registers import assessments, honours, members
from forms_api.registers.members import Given
from forms_api.shelves import Filing, Written
from forms_api.workflow import StepStopped


@dataclass(frozen=True, slots=True)
class Deed:
    """A step as it is about to be written: whose case, at which union, by whom."""

    office: Office
    case: Case
    union: str
    staff: str

    def answers(self) -> dict[str, Any]:
        """Return the answers as they stand, opened."""
        return merge(self.office.read_sent(self.case.id))


def follow_step(office: Office, case: Case, union: str, staff: str, action: str) -> tuple[Written, ...]:
    """Return what a step writes into the registers; most write nothing. Raises StepStopped, then the step is not taken."""
    found = OUTCOMES.get((case.form, action))
    return found(Deed(office, case, union, staff)) if found else ()


def _refuse_double(deed: Deed) -> tuple[Written, ...]:
    refuse_double(deed.office, str(deed.answers().get("id_number") or ""))
    return ()


def _admit(deed: Deed) -> tuple[Written, ...]:
    """Admit the applicant."""
    return (enrol(deed.office, deed.answers(), deed.union, _find_approval(deed), deed.staff, case_id=deed.case.id),)


def _find_approval(deed: Deed) -> date:
    """Return the day of approval, from which membership counts (章程)."""
    events = deed.office.store.list_events(deed.case.id)
    approved = [one.at for one in events if one.kind == "moved" and one.data["action"] == "approve"]
    return max(approved, default=deed.office.clock()).astimezone(CHINA).date()


def _refuse_doubles(deed: Deed) -> tuple[Written, ...]:
    """Stop a group in which somebody stands twice or is a member already, and name everyone who has to be looked at."""
    seen: set[str] = set()
    faults = []
    for row, person in enumerate(_list_people(deed.answers()), 1):
        number = str(person["id_number"])
        try:
            refuse_double(deed.office, number)
        except StepStopped as stopped:
            faults.append(f"第{row}人：{stopped.words}")
        if number in seen:
            faults.append(f"第{row}人的证件号码和前面的人一样。请先核对。")
        seen.add(number)
    if faults:
        raise StepStopped("need", "".join(faults))
    return ()


def _admit_group(deed: Deed) -> tuple[Written, ...]:
    """Admit everyone of a group, or nobody."""
    _refuse_doubles(deed)
    day, taken = _find_approval(deed), set[str]()
    return tuple(
        enrol(deed.office, person, deed.union, day, deed.staff, case_id=deed.case.id, taken=taken)
        for person in _list_people(deed.answers())
    )


def _list_people(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the people of a group as the membership form would have asked them."""
    return [
        {
            "full_name": person["person_name"],
            "id_number": person["person_id"],
            "mobile": person.get("person_mobile") or "",
            "worker_kind": person["person_kind"],
            "employer": answers.get("employer") or "",
        }
        for person in answers["people"]
    ]


def _transfer(deed: Deed) -> tuple[Written, ...]:
    answers = deed.answers()
    direction, reason = str(answers["direction"]), str(answers.get("reason") or "")
    entry = shelves.find_person(deed.office, members.REGISTER, str(answers["id_number"]))
    here, there = str(answers.get("to_union") or ""), str(answers.get("to_elsewhere") or "")
    if direction == "从外地转进来" and (entry is None or entry.state == "left"):
        place, told = str(answers.get("from_elsewhere") or "外地工会"), {"worker_kind": members.UNSTATED} | answers
        return (enrol(deed.office, told, here, deed.office.today(), deed.staff, place=place, case_id=deed.case.id),)
    if entry is None:
        raise StepStopped("need", "会员库里没有这个证件号码。请先核对号码；确实没有登记的，请先办入会。")
    given = {
        "转到本县另一家工会": Given("move", union=here, reason=reason),
        "从外地转进来": Given(
            "return", union=here, place=str(answers.get("from_elsewhere") or "外地工会"), reason=reason
        ),
        "转到外地": Given("transfer", place=there, reason=reason),
        "保留会籍": Given("retain", reason=str(answers.get("keep_reason") or "")),
    }[direction]
    return (change(deed.office, entry, given, deed.staff, case_id=deed.case.id),)


def _assess(deed: Deed) -> tuple[Written, ...]:
    record = assessments.take(deed.office.find_definition(deed.case), deed.answers())
    filing = Filing("claim", record.union, "claimed", owner=deed.case.id, case_id=deed.case.id)
    return (shelves.start(deed.office, assessments.REGISTER, record, filing, deed.staff),)


def _recommend(deed: Deed) -> tuple[Written, ...]:
    answers = deed.answers()
    sex = sex_of(str(answers.get("id_number") or ""), deed.office.today()) if answers.get("id_number") else None
    record = honours.take(answers, deed.case.id, str(sex or ""), deed.office.today(), deed.staff)
    filing = Filing("recommend", deed.union, "shown", owner=deed.case.id, case_id=deed.case.id)
    return (shelves.start(deed.office, honours.REGISTER, record, filing, deed.staff),)


OUTCOMES: Mapping[tuple[str, str], Callable[[Deed], tuple[Written, ...]]] = {
    ("membership", "endorse"): _refuse_double,
    ("membership", "approve"): _refuse_double,
    ("membership", "finish"): _admit,
    ("group-membership", "endorse"): _refuse_doubles,
    ("group-membership", "approve"): _refuse_doubles,
    ("group-membership", "finish"): _admit_group,
    ("transfer", "finish"): _transfer,
    ("self-assessment", "approve"): _assess,
    ("recommendation", "approve"): _recommend,
}
"""(form, action) → what it writes into the registers, or why the step cannot be taken."""
