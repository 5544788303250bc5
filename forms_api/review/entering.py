"""Filling in for somebody: at the window, or from paper. Staff use the workers' own form, which knows who fills it in."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.tickets import WAYS, Ticket, Way, issue_ticket

pages = Blueprint("entering", __name__)


@pages.get("/enter/")
@needs("handler", "reviewer")
def index() -> Response:
    """List the forms."""
    return frame.page("entering.html", "代填申请", forms=_list_forms(), ways=WAYS, address="")


@pages.post("/enter/")
@needs("handler", "reviewer")
def start() -> Response:
    """Offer the link to a form with a ticket: a form of this app may not lead to another host, a link may."""
    review, posted = frame.review(), request.form
    ways: dict[str, Way] = {way: way for way in WAYS}
    way, form = ways.get(posted.get("way", "")), posted.get("form", "")
    if way is None or form not in dict(_list_forms()):
        abort(404)
    ticket = issue_ticket(review.intake_keys, form, Ticket(frame.signed_in().staff.id, way), review.clock())
    address = f"{review.site_address}/apply/{form}/?ticket={ticket}"
    title = review.bundle.forms[form].title
    return frame.page(
        "entering.html", "代填申请", forms=_list_forms(), ways=WAYS, address=address, chosen=title, way=way
    )


def _list_forms() -> list[tuple[str, str]]:
    now, forms = frame.review().clock(), frame.review().bundle.forms.values()
    return sorted(((form.id, form.title) for form in forms if form.is_public(now)), key=lambda one: one[1])
