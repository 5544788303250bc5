"""公示: what waits for its list, the list as the public will see it, signing, publishing, ending, taking down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, abort, request

from forms_api import publicity
from forms_api.arrivals import take_in
from forms_api.back_office import Member, Office
from forms_api.casework import NoSuchCase
from forms_api.content_clone import CannotPush, ContentClone, PushRefused
from forms_api.listings import STATES, NoSuchNotice, Notice, find_notice, list_open
from forms_api.notice_upkeep import list_left
from forms_api.publication import KINDS, CannotList
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.inbox import list_colleagues, tell_days
from forms_api.reviewing import as_member
from forms_api.storage import CaseChanged, EntryChanged
from forms_api.workflow import StepStopped

pages = Blueprint("publicity", __name__)
HANDS = ("handler", "reviewer", "approver")
CSS = {"proposed": "warn", "signed": "warn", "publishing": "warn", "running": "ok"}
NO_SERVER = "还没有设置发布服务器，名单可以先拟好、签发。请管理员设置 FORMS_CONTENT_REMOTE。"
PUBLIC = ("running", "ended")
CHANGED = "刚才有别人在办。请刷新以后再试。"


@pages.get("/publicity/")
@needs(*HANDS)
def index() -> Response:
    """Show what waits and what runs."""
    return _show_index()


@pages.post("/publicity/preview")
@needs("handler")
def preview() -> Response:
    """Show a list as the public will see it, before anything is kept."""
    references = request.form.getlist("case")
    try:
        draft = publicity.preview(frame.review().office, _who(), references)
    except (CannotList, StepStopped, NoSuchCase) as error:
        return _show_index(_tell(error))
    head, rows = _read_table(draft.text)
    return frame.page("publicity_preview.html", "预览公示", draft=draft, head=head, rows=rows, references=references)


@pages.post("/publicity/propose")
@needs("handler")
def propose() -> Response:
    """Keep a list, to be signed."""
    try:
        notice = publicity.propose(frame.review().office, _who(), request.form.getlist("case"))
    except (CannotList, StepStopped, NoSuchCase) as error:
        return _show_index(_tell(error))
    return frame.go(f"/publicity/{notice.id}", "proposed")


@pages.get("/publicity/<notice_id>")
@needs(*HANDS)
def show(notice_id: str) -> Response:
    """Show one list and what can be done with it."""
    return _show_one(_find(notice_id))


@pages.post("/publicity/<notice_id>/sign")
@needs("approver")
def sign(notice_id: str) -> Response:
    """Sign a list."""
    return _act(notice_id, lambda office, who: publicity.sign(office, who, notice_id), "list_signed")


@pages.post("/publicity/<notice_id>/drop")
@needs("handler", "approver")
def drop(notice_id: str) -> Response:
    """Give a list up."""
    return _act(notice_id, lambda office, who: publicity.drop(office, who, notice_id), "list_dropped")


@pages.post("/publicity/<notice_id>/publish")
@needs("handler")
def publish(notice_id: str) -> Response:
    """Put a signed list on the site, or finish what an earlier try began."""
    return _act(
        notice_id, lambda office, who: _left(publicity.publish(office, _clone(), who, notice_id)), "list_public"
    )


@pages.post("/publicity/<notice_id>/end")
@needs("handler", "reviewer")
def end(notice_id: str) -> Response:
    """Move the cases of a list that is over on to the decision."""
    return _act(notice_id, lambda office, who: _left(publicity.end_notice(office, who, notice_id)), "list_ended")


@pages.post("/publicity/<notice_id>/withdraw")
@needs(*HANDS)
def withdraw(notice_id: str) -> Response:
    """Take a list down at once."""
    reason = request.form.get("reason", "")[:200]
    return _act(
        notice_id, lambda office, who: publicity.withdraw(office, _clone(), who, notice_id, reason), "list_withdrawn"
    )


# --- what they share ------------------------------------------------------------------------------------


class _Left(Exception):
    """Some cases stayed behind; a sentence for each."""


def _left(outcome: publicity.Outcome) -> None:
    if outcome.left:
        raise _Left(*(f"{reference}：{words}" for reference, words in outcome.left))


def _act(notice_id: str, act: Callable[[Office, Member], object], said: str) -> Response:
    """Do something with a list; what stands against it is told on its page."""
    notice = _find(notice_id)
    try:
        act(frame.review().office, _who())
    except _Left as left:
        return _show_one(_find(notice_id), left.args)
    except PushRefused as refused:
        return _show_one(_find(notice_id), () if notice.state != "running" else refused.report)
    except (StepStopped, CannotList, CannotPush, CaseChanged, EntryChanged) as error:
        return _show_one(_find(notice_id), _tell(error))
    return frame.go(f"/publicity/{notice_id}", said)


def _tell(error: Exception) -> tuple[str, ...]:
    if isinstance(error, StepStopped):
        return (error.words,)
    if isinstance(error, NoSuchCase):
        return ("选的申请里有一份已经不在了，或者不在您负责的范围里。请刷新以后再选。",)
    return (CHANGED,) if isinstance(error, CaseChanged | EntryChanged) else (str(error),)


def _clone() -> ContentClone:
    clone = frame.review().clone
    if clone is None:
        raise CannotPush(NO_SERVER)
    return clone


def _who() -> Member:
    return as_member(frame.signed_in().staff)


def _find(notice_id: str) -> Notice:
    try:
        notice = find_notice(frame.review().office, notice_id)
    except NoSuchNotice:
        abort(404)
    return notice if _may_see(notice) else abort(404)


def _is_county() -> bool:
    return _who().union == frame.review().office.tree.county


def _may_see(notice: Notice) -> bool:
    """Tell whether a list is this member's to see: the county makes them, to the others they are there once they are public."""
    return notice.state in PUBLIC or _is_county()


def _read_table(text: str) -> tuple[list[str], list[list[str]]]:
    """Return the heading and the rows of a list as its file has them, so that the preview is what will be published."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return lines[0], lines[1:]


def _show_index(faults: Sequence[str] = ()) -> Response:
    office = frame.review().office
    take_in(office)
    waiting = [
        (KINDS[form].title, rows) for form, rows in publicity.list_waiting(office, _who()).items() if form in KINDS
    ]
    return frame.page(
        "publicity.html",
        "公示",
        422 if faults else 200,
        faults=faults,
        waiting=waiting,
        notices=[one for one in list_open(office) if _may_see(one)],
        left={notice.id for notice, _ in list_left(office)},
        over={notice.id for notice in publicity.list_over(office)},
        kinds=KINDS,
        states=STATES,
        css=CSS,
        today=office.today(),
        tell_days=tell_days,
        can_propose="handler" in _who().duties and _is_county(),
    )


def _show_one(notice: Notice, faults: Sequence[str] = ()) -> Response:
    office, review = frame.review().office, frame.review()
    return frame.page(
        "publicity_one.html",
        notice.file.title if notice.file else KINDS[notice.form].title,
        422 if faults else 200,
        faults=faults,
        notice=notice,
        head=KINDS[notice.form].head,
        states=STATES,
        css=CSS,
        is_over=bool(notice.state == "running" and notice.due and notice.due < office.today()),
        address=f"{review.site_address}/notices/{notice.file.id}/" if notice.file else "",
        names={one.id: one.name for one in list_colleagues()},
        no_server="" if review.clone else NO_SERVER,
    )
