"""审计: events by kind, actor, day and case; counts; what is out of the ordinary; the chain held against a published head."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from forms_api.audit import Chain, Fault, follow_chain
from forms_api.model import EVENT_KEYS
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.reviewing import as_member
from forms_api.trails import DAYS, KINDS, ROLES, Asked, count_events, find_anomalies, list_trail, tell_event

pages = Blueprint("auditing", __name__, url_prefix="/audit")
SIZE = 50
MOST_FAULTS = 50
_HEAD = re.compile("[0-9a-fA-F]{64}")


@pages.get("/")
@needs("auditor")
def index() -> Response:
    """Show counts of the last days, what is out of the ordinary, and the events that were asked for."""
    return _draw(_read_asked())


@pages.post("/verify")
@needs("auditor")
def verify() -> Response:
    """Follow the whole chain, against a published head where one is given."""
    head = request.form.get("head", "").strip()
    if head and not _HEAD.fullmatch(head):
        return _draw(Asked(), faults=("看不懂摘要。请从公开页面照抄，是 64 位的数字和字母 a 到 f。",), head=head)
    chain = Chain()
    found: list[Fault] = []
    for fault in follow_chain(frame.review().store.list_events(), head, chain):
        found.append(fault)
        if len(found) == MOST_FAULTS:
            break
    return _draw(Asked(), chain=chain, broken=tuple(found), head=head)


def _draw(
    asked: Asked, *, faults: tuple[str, ...] = (), chain: Chain | None = None, broken: tuple[Fault, ...] = (), head: str = ""
) -> Response:  # fmt: skip
    office = frame.review().office
    events, total = list_trail(office, as_member(frame.signed_in().staff), asked, SIZE)
    by_kind, by_actor = count_events(office)
    told = {
        "kind": asked.kind,
        "actor": asked.actor,
        "case": asked.reference,
        "since": asked.since,
        "until": asked.until,
    }
    return frame.page(
        "auditing.html",
        "审计",
        422 if faults else 200,
        asked=asked,
        events=events,
        total=total,
        last_page=-(-total // SIZE) or 1,
        query=urlencode({name: value for name, value in told.items() if value}),
        by_kind=by_kind,
        by_actor=by_actor,
        anomalies=find_anomalies(office),
        days=DAYS,
        kinds=[(kind, KINDS.get(kind, kind)) for kind in EVENT_KEYS],
        words=KINDS,
        roles=ROLES,
        tell=tell_event,
        names={account: staff.name for account, staff in frame.review().accounts.list_all() if staff},
        faults=faults,
        chain=chain,
        broken=broken,
        head=head,
    )


def _read_asked() -> Asked:
    args = request.args
    kind = args.get("kind", "")
    page = args.get("page", "1")
    return Asked(
        kind if kind in EVENT_KEYS else "",
        args.get("actor", "").strip()[:40],
        args.get("case", "").strip()[:20],
        _read_day(args.get("since", "")),
        _read_day(args.get("until", "")),
        int(page) if page.isdecimal() and len(page) < 7 else 1,
    )


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
