"""个人信息: requests of persons with the law's clock, what will soon be deleted, and what staff do about both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, abort, request

from forms_api.arrivals import take_in
from forms_api.back_office import Member, Office
from forms_api.casework import NoSuchCase
from forms_api.holds import hold, list_leaving, release
from forms_api.person_copies import copy_person
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.reviewing import as_member
from forms_api.rights import (
    Request,
    Subject,
    correct_answers,
    delete_early,
    list_requests,
    read_subject,
    withdraw_consent,
)
from forms_api.storage import CaseChanged, EntryChanged
from forms_api.workflow import StepStopped

pages = Blueprint("personal", __name__, url_prefix="/personal")
KINDS = {"html": "text/html; charset=utf-8", "json": "application/json; charset=utf-8"}
GONE = "没有这份申请，或者不在您负责的范围里。请核对编号。"
CHANGED = "刚才有别人也在办这份申请，没有保存。请刷新以后再办一次。"


@pages.get("/")
@needs("reviewer")
def index() -> Response:
    """Show the requests and what will soon be deleted."""
    take_in(_office())
    return _draw()


@pages.post("/hold")
@needs("reviewer")
def keep() -> Response:
    """Keep a case longer, with a reason."""
    until, reason = _read_day(_read("until")), _read("reason")
    return _act("held", _draw, lambda: hold(_office(), _who(), _read("case"), reason, until))


@pages.post("/release")
@needs("reviewer")
def let_go() -> Response:
    """End a hold."""
    return _act("released", _draw, lambda: release(_office(), _who(), _read("case")))


@pages.post("/copy")
@needs("reviewer")
def copy() -> Response:
    """Hand out everything of one person, as a page or for programs."""
    kind, number = _read("as"), _read("id_number")
    if kind not in KINDS or not number:
        return _draw(("请写本人的证件号码，核对过证件以后再导出。",))
    try:
        found = copy_person(_office(), _who(), number)
    except StepStopped as stopped:
        return _draw((stopped.words,))
    body = found.write_html() if kind == "html" else found.write_json()
    return Response(
        body, content_type=KINDS[kind], headers={"Content-Disposition": f'attachment; filename="personal.{kind}"'}
    )


# --- one request --------------------------------------------------------------------------------------


@pages.get("/<reference>")
@needs("reviewer")
def show(reference: str) -> Response:
    """Show a request, and what may be done about the case that it names."""
    return _draw_one(reference, request.args.get("case", "").strip().upper())


@pages.post("/<reference>")
@needs("reviewer")
def answer(reference: str) -> Response:
    """Do what a request asks: correct an answer, take a consent back, delete early."""
    about, office, member = _read("case"), _office(), _who()
    acts: dict[str, tuple[str, Callable[[], object]]] = {
        "correct": (
            "corrected",
            lambda: correct_answers(office, member, about, reference, {_read("field"): _read("value")}),
        ),
        "consent": ("consent_back", lambda: withdraw_consent(office, member, about, reference, _read("consent"))),
        "delete": ("deleted", lambda: delete_early(office, member, about, reference, frame.review().files)),
    }
    said, act = acts.get(_read("act")) or abort(404)
    return _act(said, lambda faults: _draw_one(reference, about, faults), act, f"/personal/{reference}")


# --- drawing ------------------------------------------------------------------------------------------


def _draw(faults: tuple[str, ...] = ()) -> Response:
    office, member = _office(), _who()
    return frame.page(
        "personal.html",
        "个人信息",
        422 if faults else 200,
        faults=faults,
        requests=list_requests(office, member),
        leaving=list_leaving(office, member),
        of_county=member.union == office.tree.county,
        today=office.today(),
    )


def _draw_one(reference: str, about: str, faults: tuple[str, ...] = ()) -> Response:
    found = _find_request(reference)
    about = about or found.about.strip().upper()
    subject: Subject | None = None
    if about:
        try:
            subject = read_subject(_office(), _who(), about)
        except NoSuchCase:
            faults = faults or (GONE,)
    return frame.page(
        "personal_one.html", f"个人信息申请 {reference}", 422 if faults else 200, one=found, about=about, subject=subject, faults=faults
    )  # fmt: skip


def _find_request(reference: str) -> Request:
    found = (one for one in list_requests(_office(), _who()) if one.row.case.reference == reference)
    return next(found, None) or abort(404)


def _act(
    said: str, draw: Callable[[tuple[str, ...]], Response], act: Callable[[], object], back: str = "/personal/"
) -> Response:
    """Do something and go back; what stands against it is said on the page that it came from."""
    try:
        act()
    except StepStopped as stopped:
        return draw((stopped.words,))
    except NoSuchCase:
        return draw((GONE,))
    except (CaseChanged, EntryChanged):
        return draw((CHANGED,))
    return frame.go(back, said)


def _office() -> Office:
    return frame.review().office


def _who() -> Member:
    return as_member(frame.signed_in().staff)


def _read(name: str) -> str:
    return request.form.get(name, "").strip()


def _read_day(text: str) -> date:
    """Return a day, or one long past where it cannot be read, which no act takes."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min
