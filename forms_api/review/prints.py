"""Paper: the slip with a new secret at the window, the acceptance note, the approval form. Each print leaves a trace."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from forms_api import casework
from forms_api.casefiles import CaseFile, read_case, reveal
from forms_api.casework import NoSuchCase
from forms_api.model import Actor, NewEvent
from forms_api.references import SECRET, show_secret, spell
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.cases import find_history, who
from forms_api.review.inbox import WORK
from forms_api.workflow import STATES, StepStopped

pages = Blueprint("prints", __name__)
KINDS = {"acceptance": "受理单", "approval": "审批表"}
RANDOM_BYTES = 32


@pages.post("/cases/<reference>/secret")
@needs("handler", "reviewer")
def renew_secret(reference: str) -> Response:
    """Give a worker who showed the ID at the window a new secret, once, on a slip to print."""
    review = frame.review()
    file = _open(reference)
    if request.form.get("seen") != "yes":
        return frame.say(
            "查询码没有换",
            "请先当面核对证件，再勾选“已当面核对本人证件”。",
            422,
            back=f"/cases/{reference}",
            back_words="回到这份申请",
        )
    secret = spell(review.office.random(RANDOM_BYTES), SECRET)
    try:
        casework.renew_secret(review.office, review.intake_keys, who(), reference, secret)
    except StepStopped as stopped:
        return frame.say("查询码没有换", stopped.words, 403, back=f"/cases/{reference}", back_words="回到这份申请")
    address = f"https://{review.bundle.site['domain']}/status/?no={reference}"
    code = frame.draw_qr(address, "查进度的二维码")
    return frame.page("slip.html", "新的查询码", file=file, secret=show_secret(secret), code=code)


@pages.post("/cases/<reference>/print")
@needs(*WORK)
def print_case(reference: str) -> Response:
    """Show a case as a form to print; with the numbers whole only where that is asked for."""
    kind, whole = request.form.get("kind", ""), request.form.get("whole") == "yes"
    if kind not in KINDS:
        abort(404)
    review, member = frame.review(), who()
    file = _open(reference)
    paths = [shown.path for group in file.groups for shown in group.rows if shown.path]
    numbers = (
        {path: reveal(review.office, member, reference, path) for path in paths} if whole and kind == "approval" else {}
    )
    event = NewEvent("printed", review.clock(), Actor("staff", member.id), {"kind": kind}, file.standing.case.id)
    review.store.append_event(event)
    return frame.page(
        f"{kind}.html",
        KINDS[kind],
        file=file,
        case=file.standing.case,
        state=STATES[file.standing.case.state],
        numbers=numbers,
        history=[one for one in find_history(file) if not one["quiet"]],
        member=member,
        union=review.office.tree.title(file.standing.work.union),
    )


def _open(reference: str) -> CaseFile:
    try:
        return read_case(frame.review().office, who(), reference)
    except NoSuchCase:
        abort(404)
