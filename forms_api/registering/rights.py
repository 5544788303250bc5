"""Who may do what with the registers: duties and scope, asked in one place."""

from __future__ import annotations

from forms_api.back_office import Member, Office
from forms_api.model import Actor, NewEvent
from forms_api.office import Entry
from forms_api.workflow import DUTY_WORDS, StepStopped

READERS = frozenset({"handler", "reviewer", "approver"})
"""Duties that read entries; the cashier and the audit committee see figures and events only."""
KEEPERS = frozenset({"handler", "reviewer"})
HANDLERS = frozenset({"handler"})
REVIEWERS = frozenset({"reviewer"})


class NoSuchEntry(Exception):
    """No entry of that register has that id, or it lies outside of what this member of staff may see."""


def require(member: Member, duties: frozenset[str], what: str) -> None:
    """Raise StepStopped unless a member of staff has one of the duties."""
    if not member.duties & duties:
        wanted = "或".join(DUTY_WORDS[one] for one in DUTY_WORDS if one in duties)
        raise StepStopped("duty", f"{what}要由{wanted}岗位的人来办。请转给有这个职责的同事。")


def require_county(office: Office, member: Member, what: str) -> None:
    """Raise StepStopped unless a member of staff acts for the county."""
    if member.union != office.tree.county:
        raise StepStopped("scope", f"{what}要由县总工会的人来办。请报给县总工会。")


def require_union(office: Office, member: Member, union: str) -> None:
    """Raise StepStopped unless a union lies in the scope of a member of staff."""
    if union not in office.tree.titles or not office.tree.covers(member.union, union):
        raise StepStopped("scope", f"{office.tree.title(union)}不在您负责的工会范围内。请转给那个工会的同事。")


def find(office: Office, member: Member, register: str, entry_id: str) -> Entry:
    """Return an entry that a member of staff may see. Raises NoSuchEntry, StepStopped for a duty that reads none."""
    require(member, READERS, "查看登记册")
    entry = office.store.find_entry(entry_id)
    if entry is None or entry.register != register or not office.tree.covers(member.union, entry.union):
        raise NoSuchEntry(entry_id)
    return entry


def narrow(office: Office, member: Member, union: str = "") -> frozenset[str]:
    """Return the unions that a list covers: those of a member of staff, below one of them where it is named."""
    scope = office.tree.below(member.union)
    return office.tree.below(union) & scope if union else scope


def note_read(office: Office, member: Member, entry: Entry) -> None:
    """Leave the trace that an entry was read."""
    data = {"register": entry.register, "entry": entry.id}
    office.store.append_event(NewEvent("entry_read", office.clock(), Actor("staff", member.id), data))
