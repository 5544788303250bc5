"""The inbox: queues, filters, search, and handing several cases to one person at once."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from forms_api.arrivals import take_in
from forms_api.back_office import Member
from forms_api.casework import NoSuchCase, assign
from forms_api.inbox import QUEUES, Row, Wanted, count_queues, list_inbox
from forms_api.review import frame
from forms_api.review.access import needs, signed_in
from forms_api.reviewing import as_member
from forms_api.staff import WORK_DUTIES
from forms_api.storage import CaseChanged
from forms_api.workflow import STATES, StepStopped

pages = Blueprint("inbox", __name__)
SIZE = 30
WORK = ("handler", "reviewer", "approver", "cashier")


@pages.get("/")
@signed_in
def start() -> Response:
    """Go to where the work of this duty begins."""
    if frame.signed_in().staff.duties & WORK_DUTIES:
        return frame.go("/cases/")
    first = next(frame.list_entries(frame.signed_in()), ("", "/account", False))
    return frame.go(first[1])


@pages.get("/cases/")
@needs(*WORK)
def index() -> Response:
    """List the cases of a queue."""
    return _show()


@pages.post("/cases/search")
@needs(*WORK)
def search() -> Response:
    """List what was searched for, posted so that it never stands in an address; filters alone lead to one."""
    wanted = _read_wanted()
    return _show() if wanted.text.strip() else frame.go("/cases/?" + _write_query(wanted))


@pages.post("/cases/assign")
@needs(*WORK)
def assign_many() -> Response:
    """Give every ticked case to one person."""
    office, member = frame.review().office, as_member(frame.signed_in().staff)
    to = find_colleague(request.form.get("to", ""))
    faults, done = [], 0
    references = request.form.getlist("case")
    if not references:
        return _show(("还没有勾选申请。请先勾选，再点“分派”。",))
    for reference in references[:SIZE]:
        try:
            assign(office, member, reference, to)
            done += 1
        except StepStopped as stopped:
            faults.append(f"{reference}：{stopped.words}")
        except (NoSuchCase, CaseChanged):
            faults.append(f"{reference}：刚才有别人在办。请刷新以后再试。")
    return _show(tuple(faults)) if faults else frame.go("/cases/?" + request.form.get("back", ""), "assigned")


def find_colleague(account: str) -> Member | None:
    """Return a colleague by account, None for nobody; ends with 404 for an account that is not there."""
    if not account:
        return None
    found = frame.review().accounts.find(account)
    return as_member(found) if found and not found.disabled else abort(404)


def list_colleagues() -> list[Member]:
    """Return who may be given a case, by name."""
    known = [staff for _, staff in frame.review().accounts.list_all() if staff and not staff.disabled]
    return sorted((as_member(one) for one in known if one.duties & WORK_DUTIES), key=lambda one: one.name)


def tell_days(row: Row) -> str:
    """Return how far off the end of a case's time is, in words."""
    if row.days is None:
        return "暂停计时" if row.case.state == "needs_supply" else "—"
    return f"超 {-row.days} 天" if row.days < 0 else "今天" if row.days == 0 else f"余 {row.days} 天"


def tell_day(day: date) -> str:
    """Return a day as 11-20."""
    return f"{day:%m-%d}"


def _show(faults: tuple[str, ...] = ()) -> Response:
    review, member = frame.review(), as_member(frame.signed_in().staff)
    take_in(review.office)
    wanted = _read_wanted()
    rows, total = list_inbox(review.office, member, wanted, SIZE)
    tree = review.office.tree
    return frame.page(
        "inbox.html",
        "收件箱",
        422 if faults else 200,
        faults=faults,
        queues=[
            (name, word, count)
            for (name, word), count in zip(QUEUES.items(), count_queues(review.office, member).values(), strict=True)
        ],
        wanted=wanted,
        rows=rows,
        total=total,
        pages=max(1, -(-total // SIZE)),
        forms=sorted((form.id, form.title) for form in review.bundle.forms.values()),
        states={name: state.label for name, state in STATES.items()},
        unions=[(one, tree.title(one)) for one in tree.offices() if tree.covers(member.union, one)],
        colleagues=list_colleagues(),
        names={one.id: one.name for one in list_colleagues()},
        find_state=STATES.__getitem__,
        tell_days=tell_days,
        tell_day=tell_day,
        query=_write_query(wanted),
        stuck=len(review.store.list_stuck()) if member.duties & {"handler", "reviewer"} else 0,
    )


def _read_wanted() -> Wanted:
    given = request.args if request.method == "GET" else request.form
    queue, page = given.get("queue", "todo"), given.get("page", "1")
    return Wanted(
        queue=queue if queue in QUEUES else "todo",
        form=given.get("form", "")[:80],
        state=given.get("state", "") if given.get("state", "") in STATES else "",
        union=given.get("union", "")[:80],
        unread=given.get("unread") == "1",
        text=given.get("q", "")[:80],
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


def _write_query(wanted: Wanted) -> str:
    """Return the filters as part of an address, without the page; what was searched for never stands in one."""
    told = {
        "queue": wanted.queue,
        "form": wanted.form,
        "state": wanted.state,
        "union": wanted.union,
        "unread": "1" if wanted.unread else "",
    }
    return urlencode({name: value for name, value in told.items() if value})
