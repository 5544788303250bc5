"""Empty forms, handed out before the app's own machinery begins: the page that everyone asks for costs next to nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forms_api.intake.desk import Desk
from forms_api.intake.guards import HEADERS
from forms_api.intake.pages import HTML
from forms_api.receiving import find_closed

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_BEFORE, _AFTER = "/apply/", "/"


def serve_blank_pages(app: WSGIApplication, desk: Desk) -> WSGIApplication:
    """Return an application that answers for empty forms as `app` would, and leaves all else to it.

    All else is also what may go wrong: a page that was not drawn before, an intake that is closed, and a form that is not taken
    today.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        page = None if environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING") else _find(environ, desk)
        if page is None:
            return app(environ, start_response)
        start_response("200 OK", [("Content-Type", HTML), ("Content-Length", str(len(page))), *HEADERS.items()])
        return [page]

    return application


def _find(environ: WSGIEnvironment, desk: Desk) -> bytes | None:
    path = environ.get("PATH_INFO", "")
    if not (path.startswith(_BEFORE) and path.endswith(_AFTER)):
        return None
    form = desk.bundle.forms.get(path[len(_BEFORE) : -len(_AFTER)])
    if form is None or find_closed(desk.intake) or not desk.is_open(form):
        return None
    return desk.find_blank(form)
