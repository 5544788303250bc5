"""What every request and answer passes: same origin for posts, headers that keep answers out of caches, plain error pages."""

from __future__ import annotations

import logging

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from forms_api import http_guards
from forms_api.http_guards import add_headers, is_own
from forms_api.intake.answering import answer_failure
from forms_api.intake.desk import desk, html

log = logging.getLogger("forms_api.intake")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, **http_guards.HEADERS}
PROGRAMS = ("/api/", "/uploads/")
"""Addresses whose answers programs and scripts read."""


def protect(app: Flask) -> None:
    """Put the guards before and after every view of an app."""
    app.before_request(refuse_strangers)
    app.wsgi_app = add_headers(app.wsgi_app, HEADERS)  # type: ignore[method-assign, assignment]  # as flask's documents have it
    app.register_error_handler(Exception, answer_error)


def refuse_strangers() -> None:
    """Refuse a post that another site made a browser send; there are no cookies that it could misuse."""
    own = is_own(request.host, request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site"))
    if request.method in ("POST", "PUT", "PATCH", "DELETE") and not own:
        abort(403)


MESSAGES = {
    403: ("这一页不是从本站打开的", "为了您的安全，没有收下。请从本站重新打开表格再填。"),
    404: ("没有这一页", "地址可能写错了，或者这张表已经不用了。请从“办事服务”里找。"),
    405: ("请从表格开始", "这个地址要从表格一步一步走到。请重新打开表格。"),
    413: ("传的内容太大了", "请少传几份，或者把照片拍小一点，再试一次。"),
}
OTHERWISE = ("这次没有办成", "不是您的问题，我们会查原因。请过几分钟再试，或者打电话，我们替您填。")


def answer_error(error: Exception) -> Response:
    """Answer any failure with a page (a program with JSON) that says what to do; log its kind and place, never what was sent."""
    if request.path.startswith(PROGRAMS):
        return answer_failure(error)
    code = error.code or 500 if isinstance(error, HTTPException) else 500
    if code >= 500:
        log.error(
            "request failed",
            exc_info=error,
            extra={"event": "error", "request": request.endpoint or "", "status": code},
        )
    title, text = MESSAGES.get(code, OTHERWISE)
    return html(desk().pages.message(title, text, back="/guides/", back_words="办事服务"), code)
