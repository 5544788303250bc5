"""Cases that arrive at the office, or that a worker has moved: routed, made findable, their clocks set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from forms_api.back_office import Office, merge
from forms_api.clocks import count_pause, find_due
from forms_api.definitions import FormDefinition
from forms_api.listings import find_subject
from forms_api.model import SYSTEM, Case, NewEvent, Value
from forms_api.office import Keys, Work
from forms_api.opening import CannotOpen
from forms_api.storage import CaseChanged, Change

AT_ONCE, MOST = 25, 20
KEYED = {"resident_id": "id_number", "mobile": "mobile", "name": "name"}
"""Type of field → kind of what a case is found by."""
UNOPENED = "unopened"


def take_in(office: Office, most: int = MOST, *, thorough: bool = False) -> int:
    """Take up cases that the office has not seen in their present state; return how many. The keys must be unlocked.

    One thread does so at a time; a case that moves on meanwhile is left to the next. No page waits for more than `most`.
    """
    count = 0
    with office.taking:
        while count < most and (moved := office.store.list_moved(min(AT_ONCE, most - count), thorough=thorough)):
            for case, work in moved:
                with suppress(CaseChanged):
                    _take(office, case, work)
            count += len(moved)
    return count


def take_in_all(office: Office) -> None:
    """Take up all that has arrived, letting pages in between; in the end also what somebody hid from them."""
    while take_in(office, AT_ONCE):
        pass
    while take_in(office, AT_ONCE, thorough=True):
        pass


def settle(office: Office, case: Case, work: Work) -> Work:
    """Return the work on a case that has moved: since when it is there, until when the office must act."""
    definition, now = office.find_definition(case), case.updated_at
    calendar = office.bundle.calendar
    if work.state == "needs_supply" != case.state:
        work = replace(work, paused=work.paused + count_pause(calendar, work.entered_at, now))
    if work.accepted_at is None and case.state not in ("submitted", "needs_supply"):
        work = replace(work, accepted_at=now)
    work = replace(work, state=case.state, entered_at=now)
    due = find_due(definition.workflow, work, case.received_at, office.find_limit(case.form), calendar)
    return replace(work, due=due)


def _take(office: Office, case: Case, work: Work | None) -> None:
    if work:
        after = replace(settle(office, case, work), unread=True)
        event = _tell(case, "taken_up", work=office.digest_work(after))
        office.store.change(Change((event,), work=after))
        return
    first = Work(case.id, office.tree.county, case.state, case.received_at)
    try:
        answers = merge(office.read_sent(case.id))
    except (
        CannotOpen
    ):  # sealed to a key that is not at hand, or damaged: the audit says which; the case must still be seen
        _write(office, case, settle(office, case, first), {UNOPENED: b"1"})
        return
    definition = office.find_definition(case)
    about = find_subject(office, case.form, answers)
    first = replace(first, union=_route(office, definition, answers), about=about)
    _write(office, case, settle(office, case, first), dict(_list_keys(office, definition, answers)))


def _write(office: Office, case: Case, work: Work, keys: Keys) -> None:
    told = office.digest_work(work, keys)
    events = [_tell(case, "routed", union=work.union, work=told)]
    events += [_tell(case, "bound", about=work.about, work=told)] if work.about else []
    office.store.change(Change(tuple(events), work=work, keys=keys))


def _route(office: Office, definition: FormDefinition, answers: Mapping[str, Any]) -> str:
    """Return the union that begins: the one that the worker named, where the grassroots begin; else the county."""
    if definition.workflow in ("chain", "aid", "honour"):
        named = [answers.get(one.name) for one in definition.fields() if one.type == "union"]
        return next((str(one) for one in named if one in office.tree.titles), office.tree.county)
    return office.tree.county


def _list_keys(office: Office, definition: FormDefinition, answers: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield what the applicant is found by: the first of each kind, outside of groups."""
    seen = set()
    for section in definition.sections:
        for one in section.fields:
            kind, value = KEYED.get(one.type), answers.get(one.name)
            if kind and value and kind not in seen:
                seen.add(kind)
                yield kind, office.blind_name(value) if kind == "name" else office.blind_number(kind, value)


def _tell(case: Case, kind: str, **data: Value) -> NewEvent:
    return NewEvent(kind, case.updated_at, SYSTEM, data, case.id)
