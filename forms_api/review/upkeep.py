"""运行状况: what is well with the service and what is not, each with what to do, for those who look after it."""

from __future__ import annotations

from flask import Blueprint, Response

from forms_api.findings import LEVELS
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.standing import ELSEWHERE, list_rows, list_versions, open_watch

pages = Blueprint("upkeep", __name__, url_prefix="/upkeep")
MARKS = {"good": "ok", "unseen": "end", "note": "warn", "bad": "act"}
"""Level → the class of its mark."""


@pages.get("/")
@needs("admin")
def index() -> Response:
    """Look at everything that can be seen from here and show how it stands."""
    desk = frame.desk()
    watch = open_watch(desk.review, desk.settings, desk.tell_pace())
    groups = list_rows(watch)
    rows = [row for group in groups.values() for row in group]
    return frame.page(
        "upkeep.html",
        "运行状况",
        now=watch.subject.now,
        groups=list(groups.items()),
        todo={level: [row for row in rows if row.level == level] for level in ("bad", "note", "unseen")},
        versions=list(list_versions(watch)),
        elsewhere=ELSEWHERE.values(),
        words=LEVELS,
        marks=MARKS,
    )
