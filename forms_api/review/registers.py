"""The registers: what all their pages share, and the overview with what is due."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import date, timedelta
from typing import TypeVar

from flask import Blueprint, Response, abort, request

from forms_api.back_office import Member, Office
from forms_api.casework import NoSuchCase
from forms_api.office import Entry
from forms_api.registering import assessments, checks, households, members
from forms_api.registering.rights import READERS, NoSuchEntry
from forms_api.registers import assessments as assessment_rules
from forms_api.registers import honours as honour_rules
from forms_api.registers import households as household_rules
from forms_api.registers import members as member_rules
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.inbox import list_colleagues
from forms_api.reviewing import as_member
from forms_api.storage import CaseChanged, EntryChanged
from forms_api.workflow import StepStopped

Found = TypeVar("Found")
pages = Blueprint("registers", __name__, url_prefix="/registers")
READ = ("handler", "reviewer", "approver")
FIGURES = (*READ, "auditor")
SIZE = 30
CSS = {
    "active": "ok", "in_force": "ok", "scored": "ok", "judged": "ok", "named": "ok", "retained": "warn", "draft": "warn", "drawn": "warn",
    "claimed": "warn", "shown": "warn", "recommended": "warn", "followed": "warn",
}  # fmt: skip
"""State → the shape and colour it is shown with; the others are at an end."""


@pages.get("/")
@needs(*FIGURES)
def index() -> Response:
    """Show what is due in every register, and its figures; who reads no entries sees the figures alone."""
    office, member, today = frame.review().office, who(), frame.review().office.today()
    reads = bool(member.duties & READERS)
    return draw(
        "registers.html",
        "登记册",
        reads=reads,
        figures=members.count_members(office, member, today.year),
        files=count_states(office, member, household_rules.REGISTER),
        claims=count_states(office, member, assessment_rules.REGISTER),
        candidates=count_states(office, member, honour_rules.REGISTER),
        standing=checks.count_checks(office, member, today.year),
        reach=assessments.count_assessments(office, member, today.year),
        due=households.list_due(office, member) if reads else [],
        idle=members.list_idle(office, member, today + timedelta(days=30)) if reads else [],
        terms=assessments.list_own_terms(office, member),
        year=today.year,
        today=today,
    )


# --- what the other modules of this blueprint use -----------------------------------------------------


def who() -> Member:
    """Return who asks."""
    return as_member(frame.signed_in().staff)


def draw(template: str, title: str, status: int = 200, **context: object) -> Response:
    """Answer with a page of the registers."""
    tree, member = frame.review().office.tree, who()
    context = {
        "faults": (),
        "css": CSS,
        "names": {one.id: one.name for one in list_colleagues()},
        "unions": [(one, tree.title(one)) for one in tree.offices() if tree.covers(member.union, one)],
        "all_unions": [(one, tree.title(one)) for one in tree.offices()],
        "union_title": tree.title,
        "member_states": member_rules.STATES,
        "file_states": household_rules.STATES,
        "tell_due": tell_due,
        **context,
    }
    return frame.page(template, title, 422 if context["faults"] and status == 200 else status, **context)


def count_states(office: Office, member: Member, register: str) -> dict[str, int]:
    """Return how many entries of a register are in each state, in the scope of a member of staff."""
    counts: dict[str, int] = {}
    for (state, _), number in office.store.count_entries(register, office.tree.below(member.union)).items():
        counts[state] = counts.get(state, 0) + number
    return counts


def tell_due(days: int | None) -> str:
    """Return how far off a day is, in words."""
    if days is None:
        return "—"
    return f"超 {-days} 天" if days < 0 else "今天" if days == 0 else f"余 {days} 天"


def act(do: Callable[[Office, Member], object], to: str, show: Callable[[tuple[str, ...]], Response]) -> Response:
    """Do something and go to an address; where it could not be done, show the page with the sentence.

    A pair of braces in the address stands for the id of the entry that was written.
    """
    try:
        done = do(frame.review().office, who())
        return frame.go(to.format(done.id if isinstance(done, Entry) else ""), "noted")
    except StepStopped as stopped:
        return show((stopped.words,))
    except (NoSuchEntry, NoSuchCase):
        return show(("没有这一份，或者它不在您负责的范围里。请核对编号。",))
    except (EntryChanged, CaseChanged):
        return show(("刚才有别人改了这一份。请看现在的情况，再决定怎么办。",))


def read_day(text: str) -> date | None:
    """Return a day that was typed, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_page() -> int:
    """Return the number of the page that is asked for."""
    text = request.values.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def pick(name: str, allowed: Container[str]) -> str:
    """Return what was chosen, or nothing where it is not among what may be."""
    chosen = request.values.get(name, "")
    return chosen if chosen in allowed else ""


def find_or_404(find: Callable[[], Found]) -> Found:
    """Return what is found; ends with 404 where it is not there or not for these eyes."""
    try:
        return find()
    except NoSuchEntry:
        abort(404)
