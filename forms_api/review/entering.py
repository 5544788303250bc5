"""Filling in for somebody: at the window, or from paper. Staff use the workers' own form, which knows who fills it in."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from flask import Blueprint, Response, abort, request

from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.tickets import WAYS, Ticket, Way, issue_ticket
from forms_api.windows import Windows, write_day, write_windows

pages = Blueprint("entering", __name__)


@pages.get("/enter/")
@needs("handler", "reviewer")
def index() -> Response:
    """List the forms."""
    return _ask()


@pages.post("/enter/")
@needs("handler", "reviewer")
def start() -> Response:
    """Offer the link to a form with a ticket: a form of this app may not lead to another host, a link may."""
    review, posted = frame.review(), request.form
    ways: dict[str, Way] = {way: way for way in WAYS}
    way, form = ways.get(posted.get("way", "")), posted.get("form", "")
    if way is None or form not in dict(_list_forms()):
        abort(404)
    try:
        dated = read_dated(posted.get("dated", ""), review.bundle.windows.get(form), review.office.today())
    except ValueError as fault:
        return _ask(str(fault), 422)
    ticket = issue_ticket(review.intake_keys, form, Ticket(frame.signed_in().staff.id, way, dated), review.clock())
    address = f"{review.site_address}/apply/{form}/?ticket={ticket}"
    title = review.bundle.forms[form].title
    return frame.page("entering.html", "代填申请", ways=WAYS, address=address, chosen=title, way=way)


def read_dated(text: str, windows: Windows | None, today: date) -> date:
    """Return the day on which an application was brought. Raises ValueError, for staff to read, where the form was not taken then."""
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        raise ValueError("请写清是哪天交来的。") from None
    if day > today:
        raise ValueError("交来的日子在今天以后。请核对。")
    if windows is not None and not any(one.holds(day) for one in windows):
        taken = f"只在{write_windows(windows)}收" if windows else "现在没有可以报名的活动"
        raise ValueError(f"{write_day(day)}不在受理期：这张表{taken}。纸质表是在受理期内交来的，请写交来的那一天。")
    return day


def _ask(fault: str = "", status: int = 200) -> Response:
    today, posted = frame.review().office.today(), defaultdict(str, request.form.items())
    return frame.page(
        "entering.html",
        "代填申请",
        status,
        forms=_list_forms(),
        ways=WAYS,
        address="",
        today=today,
        posted=posted,
        fault=fault,
    )


def _list_forms() -> list[tuple[str, str]]:
    now, forms = frame.review().clock(), frame.review().bundle.forms.values()
    return sorted(((form.id, form.title) for form in forms if form.is_public(now)), key=lambda one: one[1])
