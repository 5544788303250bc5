"""A case opened with all that belongs to it, the whole text of what is masked, its files.

Reading is an event, too: a number revealed, a file opened. The events name what, never the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from forms_api.back_office import Member, Office, Sent, merge
from forms_api.casework import Standing, find_standing
from forms_api.computed import work_out
from forms_api.crypto import FileSecret
from forms_api.definitions import CHINA, FormDefinition
from forms_api.forms_bundle import find_line
from forms_api.identifiers import mask_address, mask_card, mask_id, mask_phone
from forms_api.inbox import Row, make_row
from forms_api.model import Actor, Attachment, Case, Event, NewEvent
from forms_api.office import CASE, WorkQuery
from forms_api.opening import CannotOpen, open_stream
from forms_api.questions import FormField
from forms_api.registers.reckoning import Condition, check_conditions, propose_means
from forms_api.storage.files import FileStore
from forms_api.summaries import write_answer
from forms_api.workflow import STATES, Offer, list_steps

MASKS = {
    "resident_id": mask_id, "bank_account": mask_card, "mobile": mask_phone, "phone": mask_phone, "address": mask_address,
}  # fmt: skip
"""Type of field → how its answer is shown until somebody asks for the whole, which leaves a trace."""

# --- one case -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer as it is shown; `path` names it where it is masked and may be asked for whole.

    `item` says which member of the household, child, … it is about, where a question is asked for each.
    """

    label: str
    words: str
    path: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of one step of the form."""

    title: str
    rows: tuple[Shown, ...]

    def parts(self) -> list[tuple[str, tuple[Shown, ...]]]:
        """Return the answers by whom they are about; those about the applicant stand under an empty name."""
        return [(item, tuple(rows)) for item, rows in groupby(self.rows, lambda one: one.item)]


@dataclass(frozen=True, slots=True)
class Material:
    """A file of a case: which material it is, what it was called, when it came (0: with the application)."""

    file: Attachment
    label: str
    name: str
    kind: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Opinion:
    """An internal note, opened."""

    at: datetime
    staff: str
    text: str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Income per head worked out from the answers beside the line of the day of application, in yuan a month."""

    value: int
    line: float
    since: str
    source: str

    @property
    def below(self) -> bool:
        """Tell whether it is not above the line."""
        return self.value <= self.line


@dataclass(frozen=True)
class CaseFile:
    """A case with all that belongs to it, opened for one member of staff."""

    standing: Standing
    form: FormDefinition
    row: Row
    groups: tuple[Group, ...]
    consents: tuple[tuple[bool, str], ...]
    materials: tuple[Material, ...]
    history: tuple[Event, ...]
    opinions: tuple[Opinion, ...]
    steps: tuple[Offer, ...]
    earlier: tuple[Row, ...]
    """Other cases of the same person, newest first."""
    duplicates: frozenset[str] = field(default_factory=frozenset)
    """References of those that ask for the same and are still open."""
    reckoned: tuple[Reckoned, ...] = ()
    conditions: tuple[Condition, ...] = ()
    """What must hold whatever the income is, beside what the worker stated."""


def read_case(office: Office, member: Member, reference: str) -> CaseFile:
    """Return a case opened for a member of staff. Raises NoSuchCase, and what the keyring and the opener raise."""
    standing = find_standing(office, member, reference)
    case, form, sent = standing.case, office.find_definition(standing.case), office.read_sent(standing.case.id)
    answers, names = merge(sent), {one: office.tree.title(one) for one in office.tree.titles}
    earlier = _find_earlier(office, member, case, form, answers)
    steps = list_steps(case, standing.workflow, standing.agent, standing.facts, office.today())
    return CaseFile(
        standing=standing,
        form=form,
        row=make_row(office, case, standing.work),
        groups=(*_list_groups(form, answers, names), *_list_later(form, sent)),
        consents=tuple((bool(answers[one.name]), one.label) for one in form.privacy.consents if one.name in answers),
        materials=tuple(_list_materials(office, case, form, sent)),
        history=tuple(office.store.list_events(case.id)),
        reckoned=tuple(_reckon(office, case, form, answers)),
        conditions=_find_conditions(office, case, form, answers),
        opinions=tuple(
            Opinion(note.at, note.staff, office.open_data(note.sealed, f"note:{note.id}"))
            for note in office.store.list_notes(case.id)
        ),
        steps=tuple(steps),
        earlier=earlier,
        duplicates=frozenset(
            row.case.reference for row in earlier if row.case.form == case.form and not STATES[row.case.state].closed
        ),
    )


def reveal(office: Office, member: Member, reference: str, path: str) -> str:
    """Return a masked answer whole, and leave a trace. Raises NoSuchCase, KeyError for what is not there."""
    standing = find_standing(office, member, reference)
    form = office.find_definition(standing.case)
    found = next(
        (
            text
            for one, where, text in _walk(form, merge(office.read_sent(standing.case.id)))
            if where == path and one.type in MASKS
        ),
        None,
    )
    if found is None:
        raise KeyError(path)
    event = NewEvent("revealed", office.clock(), Actor("staff", member.id), {"field": path}, standing.case.id)
    office.store.append_event(event)
    return str(found)


def open_file(
    office: Office, member: Member, reference: str, file_id: str, files: FileStore
) -> tuple[FileSecret, Iterator[bytes]]:
    """Return what a file is and its plain bytes as they are opened, and leave a trace.

    Raises NoSuchCase, KeyError, and StoreBroken where the files are out of reach.
    """
    standing = find_standing(office, member, reference)
    file = next((one for one in office.store.list_files(standing.case.id) if one.id == file_id), None)
    if file is None:
        raise KeyError(file_id)
    secret = office.keyring.opener.open_file_key(file.sealed, file.id)
    files.probe()  # once the first byte is on its way it is too late for a page that says so
    event = NewEvent("file_read", office.clock(), Actor("staff", member.id), {"file": file.id}, standing.case.id)
    office.store.append_event(event)
    return secret, open_stream(_read_blocks(files, file.id), secret.key)


def _read_blocks(files: FileStore, name: str) -> Iterator[bytes]:
    with files.open(name) as stream:
        while block := stream.read(1 << 16):
            yield block


def _reckon(office: Office, case: Case, form: FormDefinition, answers: Mapping[str, Any]) -> Iterator[Reckoned]:
    """Yield what the hints of a form come to, by the rules of the day on which the worker applied."""
    day = case.received_at.astimezone(CHINA).date()
    for hint in form.hints:
        value, line = work_out(hint, answers), find_line(office.bundle, hint, day)
        if value is not None and line:
            source = str((office.bundle.figures(hint.rules, day) or {}).get("source", ""))
            yield Reckoned(value, line.amount, line.since, source)


def _find_conditions(
    office: Office, case: Case, form: FormDefinition, answers: Mapping[str, Any]
) -> tuple[Condition, ...]:
    """Return what the rules of the day of application ask of work and housing, where the form goes by such rules."""
    day = case.received_at.astimezone(CHINA).date()
    figures = next((found for hint in form.hints if (found := office.bundle.figures(hint.rules, day))), None)
    return check_conditions(propose_means(answers), figures["values"]) if figures else ()


def _find_earlier(
    office: Office, member: Member, case: Case, form: FormDefinition, answers: Mapping[str, Any]
) -> tuple[Row, ...]:
    numbers = [answers.get(one.name) for one in form.fields() if one.type == "resident_id"]
    number = next((str(one) for one in numbers if one), None)
    if number is None:
        return ()
    ids = office.store.find_keyed(CASE, "id_number", office.blind_number("id_number", number)) - {case.id}
    rows, _ = office.store.list_work(WorkQuery(office.tree.below(office.tree.county), ids=ids, size=50))
    found = (make_row(office, one, work) for one, work in rows)
    return tuple(sorted(found, key=lambda row: row.case.received_at, reverse=True))


def _list_groups(form: FormDefinition, answers: Mapping[str, Any], unions: Mapping[str, str]) -> Iterator[Group]:
    for section in form.sections:
        rows = tuple(_list_shown(section.fields, answers, unions, ""))
        if rows:
            yield Group(section.title, rows)


def _list_later(form: FormDefinition, sent: tuple[Sent, ...]) -> Iterator[Group]:
    """Yield what the worker wrote in supplements beyond the questions of the form, newest last."""
    asked = {one.name for one in form.fields()} | {one.name for one in form.privacy.consents}
    rows = tuple(
        Shown(f"第{number}次补充时说", str(value))
        for number, part in enumerate(sent[1:], 1)
        for name, value in part.answers.items()
        if name not in asked and isinstance(value, str) and value.strip()
    )
    if rows:
        yield Group("后来补充的话", rows)


def _list_shown(
    fields: tuple[FormField, ...], answers: Mapping[str, Any], unions: Mapping[str, str], prefix: str
) -> Iterator[Shown]:
    for one in fields:
        value = answers.get(one.name)
        if value in (None, [], "") or one.type in ("file", "consent"):
            continue
        if one.type == "group":
            for number, row in enumerate(value):
                item = f"{one.item or one.label} {number + 1}"
                rows = _list_shown(one.fields, row, unions, f"{one.name}.{number}.")
                yield from (replace(shown, item=item) for shown in rows)
        elif mask := MASKS.get(one.type):
            masked = mask(str(value))
            yield Shown(one.label, masked, prefix + one.name if masked != value else "")
        else:
            yield Shown(one.label, write_answer(one, value, {}, unions))


def _walk(form: FormDefinition, answers: Mapping[str, Any]) -> Iterator[tuple[FormField, str, Any]]:
    """Yield every field with an answer: the field, its path, the answer."""
    for section in form.sections:
        for one in section.fields:
            value = answers.get(one.name)
            if one.type != "group":
                yield one, one.name, value
                continue
            for number, row in enumerate(value or ()):
                yield from ((inner, f"{one.name}.{number}.{inner.name}", row.get(inner.name)) for inner in one.fields)


def _list_materials(office: Office, case: Case, form: FormDefinition, sent: tuple[Sent, ...]) -> Iterator[Material]:
    labels = {one.name: one.label for one in form.uploads}
    came = {file.id: number for number, part in enumerate(sent) for file in part.files}
    for file in sorted(office.store.list_files(case.id), key=lambda one: (came.get(one.id, 0), one.field)):
        try:
            secret = office.keyring.opener.open_file_key(file.sealed, file.id)
        except CannotOpen:
            continue
        number = came.get(file.id, 0)
        yield Material(file, labels.get(file.field, "补充的材料"), secret.name, secret.kind, number, sent[number].at)
