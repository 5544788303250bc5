"""What a person may ask of us about their own information: requests with clocks, correction, consent taken back, deletion.

PIPL art. 15, 44–50. What was answered first stays: a correction is a new sealed part beside it, and its event tells names of
fields and a digest, never an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from forms_api.back_office import Member, Office, merge
from forms_api.casework import NoSuchCase, Standing, find_standing
from forms_api.clocks import tell_distance
from forms_api.definitions import CHINA, FormDefinition
from forms_api.field_rules import check
from forms_api.inbox import Row, make_row
from forms_api.model import Actor, Case, NewEvent, digest_case, tell_content
from forms_api.office import Work, WorkQuery
from forms_api.purging import purge_case, weigh
from forms_api.questions import FormField
from forms_api.storage import Amendment, Change
from forms_api.storage.files import FileStore
from forms_api.workflow import STATES, StepStopped

FORM = "personal-information"
FOR_ONESELF = "为我自己"
_OPEN = tuple(name for name, state in STATES.items() if not state.closed)
_FIXED = frozenset({"file", "group", "consent", "statement", "resident_id", "union", "choices"})
"""Types that are not corrected here: a person or a union is changed by an application of its own, files are supplied."""
AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Request:
    """A request on the worklist: the case, what is asked and of what, and until when the law wants it done."""

    row: Row
    wants: str
    which: str
    about: str
    """The reference that the person named, as it was typed."""
    by_law: date | None
    days: int | None
    """Working days left until then; below zero: past."""


def list_requests(office: Office, member: Member) -> list[Request]:
    """Return the open requests in a member's scope, those due first before the others. Raises what the keyring raises."""
    query = WorkQuery(office.tree.below(member.union), _OPEN, (FORM,), size=AT_MOST)
    found = [_show(office, case, work) for case, work in office.store.list_work(query)[0]]
    return sorted(found, key=lambda one: (one.by_law or date.max, one.row.case.reference))


def _show(office: Office, case: Case, work: Work) -> Request:
    answers = merge(office.read_sent(case.id))
    by_law = _find_legal_end(office, case, work)
    days = tell_distance(by_law, office.today(), office.bundle.calendar) if by_law else None
    said = [str(answers.get(name) or "") for name in ("request", "which", "case_number")]
    return Request(make_row(office, case, work), said[0], said[1], said[2], by_law, days)


def _find_legal_end(office: Office, case: Case, work: Work) -> date | None:
    limit, calendar = office.find_legal_limit(case.form), office.bundle.calendar
    received = case.received_at.astimezone(CHINA).date()
    if limit is None:
        return None
    if limit.unit == "自然日":
        return calendar.after(received + timedelta(days=limit.days), work.paused)
    return calendar.after(received, limit.days + work.paused)


@dataclass(frozen=True, slots=True)
class Subject:
    """The case that a request is about: what of it may be corrected, and which consents may be taken back."""

    row: Row
    fields: tuple[tuple[str, str], ...]
    consents: tuple[tuple[str, str], ...]


def read_subject(office: Office, member: Member, reference: str) -> Subject:
    """Return what may be done about a case. Raises NoSuchCase, and what the keyring and the opener raise."""
    standing = find_standing(office, member, reference)
    form, given = office.find_definition(standing.case), merge(office.read_sent(standing.case.id))
    fields = tuple((one.name, one.label) for one in _list_correctable(form) if given.get(one.name) not in (None, ""))
    consents = tuple((one.name, one.label) for one in form.privacy.consents if given.get(one.name))
    return Subject(make_row(office, standing.case, standing.work), fields, consents)


def _list_correctable(form: FormDefinition) -> list[FormField]:
    return [one for section in form.sections for one in section.fields if one.type not in _FIXED]


# --- what is done about them --------------------------------------------------------------------------


def correct_answers(
    office: Office, member: Member, reference: str, request: str, corrected: Mapping[str, Any]
) -> tuple[str, ...]:
    """Put corrected answers beside those of a case and return the fields. Raises NoSuchCase, StepStopped, CaseChanged."""
    standing, asked = _find_both(office, member, reference, request)
    form = office.find_definition(standing.case)
    fields = {one.name: one for one in _list_correctable(form)}
    if not corrected or not corrected.keys() <= fields.keys():
        raise StepStopped("missing", "请选要更正的内容。身份证件、工会和材料不能在这里改，请本人重新申请或者补交。")
    world, checked = office.bundle.world(office.today()), {}
    for name, value in corrected.items():
        try:
            checked[name] = check(value, fields[name], world)
        except ValueError as fault:
            raise StepStopped("missing", f"{fields[name].label}：{fault}") from fault
    keys = {}
    if mobile := next((name for name in checked if fields[name].type == "mobile"), None):
        keys["mobile"] = office.blind_number("mobile", str(checked[mobile]))
    if named := next((name for name in checked if fields[name].type == "name"), None):
        keys["name"] = office.blind_name(str(checked[named]))
    names = tuple(sorted(checked))
    _keep(office, member, standing, checked, "corrected", {"fields": " ".join(names), "request": asked}, keys)
    return names


def withdraw_consent(office: Office, member: Member, reference: str, request: str, consent: str) -> bool:
    """Note that a consent was taken back, and tell whether the case cannot go on without it.

    Raises NoSuchCase, StepStopped, CaseChanged.
    """
    standing, asked = _find_both(office, member, reference, request)
    given = merge(office.read_sent(standing.case.id))
    found = next((one for one in office.find_definition(standing.case).privacy.consents if one.name == consent), None)
    if found is None or not given.get(consent):
        raise StepStopped("missing", "这份申请没有给过这一项同意，或者已经收回。请核对是哪一份申请。")
    _keep(office, member, standing, {consent: False}, "consent_withdrawn", {"consent": consent, "request": asked}, {})
    return found.required and not STATES[standing.case.state].closed


def delete_early(office: Office, member: Member, reference: str, request: str, files: FileStore) -> None:
    """Delete a closed case before its time, because the person asked for it (art. 47). Raises NoSuchCase, StepStopped.

    What was granted stays for its period: money, registers and records of decisions must be kept by law.
    """
    standing, asked = _find_both(office, member, reference, request)
    doomed = weigh(office.store, standing.case, office.today())
    if doomed is None:
        raise StepStopped(
            "state", "这份申请还没有办结，或者和事件记录对不上。没有办结的请先办结；对不上的请先报审计核查。"
        )
    if doomed.fate.outcome == "approved":
        raise StepStopped(
            "need", f"这份申请已经办成，要按规定保存（{doomed.fate.retention.words}），到期自动删除。请这样答复本人。"
        )
    if doomed.fate.kept and doomed.fate.ends:
        raise StepStopped("need", f"现在还不能删：{doomed.fate.kept}。")
    purge_case(office.store, files, doomed, office.clock(), Actor("staff", member.id), asked)
    office.store.shrink_log()


def _find_both(office: Office, member: Member, reference: str, request: str) -> tuple[Standing, str]:
    """Return the case and the id of the request of the same person that asks for it."""
    if "reviewer" not in member.duties:
        raise StepStopped("duty", "更正、删除和收回同意要由审核岗位的人来办。请转给有这个职责的同事。")
    standing = find_standing(office, member, reference)
    try:
        asked = find_standing(office, member, request)
    except NoSuchCase:
        raise StepStopped("missing", "找不到本人的那份个人信息申请。请核对它的编号。") from None
    if asked.case.form != FORM or asked.case.id == standing.case.id:
        raise StepStopped("missing", "要有本人的个人信息申请才能办。请写那份申请的编号。")
    if _is_other_person(office, standing.case, asked.case):
        raise StepStopped(
            "need", "这份申请的证件号码和提出要求的人不一样，不能办。请核对编号；为家人办的，请本人到窗口核对。"
        )
    return standing, asked.case.id


def _is_other_person(office: Office, case: Case, request: Case) -> bool:
    """Tell whether somebody asks for themselves about the case of somebody else, by the keyed digests of their numbers.

    Who asks for a child or a relative who died shows the kinship, which staff must look at; a case without a number, too.
    """
    if merge(office.read_sent(request.id)).get("who") != FOR_ONESELF:
        return False
    numbers, asked = (
        {digest for _, kind, digest in office.store.list_keys(one.id) if kind == "id_number"} for one in (case, request)
    )
    return bool(numbers) and not numbers & asked


def _keep(
    office: Office, member: Member, standing: Standing, answers: Mapping[str, Any], kind: str,
    told: Mapping[str, str], keys: Mapping[str, bytes],
) -> None:  # fmt: skip
    case, now = standing.case, office.clock()
    sealed = office.seal({"answers": dict(answers), "files": []}, f"case:{case.id}")
    after, work = replace(case, updated_at=now), office.digest_work(standing.work, keys)
    data = {**told, **tell_content(sealed, {}), "case": digest_case(after), "work": work}
    amendment = Amendment(case, after, NewEvent(kind, now, Actor("staff", member.id), data, case.id), sealed)
    office.store.change(Change(amendment=amendment, work=standing.work, keys=keys))
