"""Messages that could not be delivered: why, and whom to call instead."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from forms_api.casework import NoSuchCase, find_standing
from forms_api.model import Actor, Case, NewEvent
from forms_api.notice_texts import TITLES
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.reviewing import as_member
from forms_api.storage import Stuck

pages = Blueprint("messages", __name__)
CAUSES = {"no contact": "内容打不开，不知道发给谁"}
"""What staff read for a cause that the program has; the words of a gateway or server are shown as they are."""


@pages.get("/messages/")
@needs("handler", "reviewer")
def index() -> Response:
    """List what could not be delivered, of the cases that this member of staff may see."""
    return frame.page(
        "messages.html",
        "没发出去的消息",
        listed=[(stuck, case) for stuck in frame.review().store.list_stuck() if (case := _find(stuck))],
        causes=CAUSES,
        titles=TITLES,
    )


@pages.post("/messages/told")
@needs("handler", "reviewer")
def told() -> Response:
    """Note that the worker was told by phone, so that the message waits for nobody any more."""
    review, staff = frame.review(), frame.signed_in().staff
    found = next((one for one in review.store.list_stuck() if one.message.id == request.form.get("message")), None)
    if found is None or _find(found) is None:
        abort(404)
    data = {"template": found.message.template}
    event = NewEvent("told_by_phone", review.clock(), Actor("staff", staff.id), data, found.message.case_id)
    review.store.settle(found.message.id, review.clock(), event)
    return frame.go("/messages/", "told")


def _find(stuck: Stuck) -> Case | None:
    """Return the case of a message, if whoever asks may see it."""
    office = frame.review().office
    case = office.store.find_case_by_id(stuck.message.case_id)
    try:
        return find_standing(office, as_member(frame.signed_in().staff), case.reference).case if case else None
    except NoSuchCase:
        return None
