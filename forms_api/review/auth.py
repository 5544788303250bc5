"""The guard before every view: who asks, whether they may, and whether a post comes from a page of their own session."""

from __future__ import annotations

import hmac
import logging

from flask import Flask, Response, abort, current_app, g, request

from forms_api.http_guards import is_own
from forms_api.review import frame
from forms_api.review.access import Access, find_access
from forms_api.signing_in import SignedIn, Visitor, find_signed_in

log = logging.getLogger("forms_api.review")
SAFE = ("GET", "HEAD", "OPTIONS")


class UndeclaredView(Exception):
    """An address that does not say who may open it."""


def protect(app: Flask) -> None:
    """Put the guard before every view. Raises UndeclaredView."""
    for endpoint, view in app.view_functions.items():
        if not isinstance(getattr(view, "access", None), Access):
            raise UndeclaredView(endpoint)
    app.before_request(guard)


def guard() -> Response | None:
    """Let a request through, send it to sign in, or refuse it."""
    if request.endpoint is None:
        g.signed = _find_signed(refresh=False)  # for the frame of “not found”
        return None
    access = find_access(current_app.view_functions[request.endpoint])
    unsafe = request.method not in SAFE
    if unsafe and not is_own(request.host, request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")):
        abort(403, "stranger")
    g.signed = signed = _find_signed(refresh=True)
    if access.everybody:
        return None
    if signed is None:
        return _send_to_login(unsafe)
    if signed.staff.find_errand(frame.review().clock()) and not access.errands:
        return frame.go("/first", to="" if unsafe else request.full_path.rstrip("?"))
    if not access.allows(signed.staff.duties):
        abort(403, "duty")
    if unsafe and not has_post_token(signed):
        abort(403, "token")
    return None


def has_post_token(signed: SignedIn) -> bool:
    """Tell whether a post brings what the forms of this session send."""
    wanted = frame.review().accounts.keys.make_post_token(signed.session.id)
    return hmac.compare_digest(wanted, request.form.get("post_token", "").encode("ascii", "replace").decode())


def find_visitor() -> Visitor:
    """Return where somebody signs in from."""
    return Visitor(request.remote_addr or "", describe_device(request.headers.get("User-Agent", "")))


def keep_cookie(answer: Response, token: str) -> Response:
    """Let the browser keep what names its session."""
    cookie = frame.desk().cookie
    answer.set_cookie(cookie.name, token, path="/", secure=cookie.secure, httponly=True, samesite="Strict")
    return answer


def drop_cookie(answer: Response) -> Response:
    """Let the browser forget what names its session."""
    cookie = frame.desk().cookie
    answer.delete_cookie(cookie.name, path="/", secure=cookie.secure, httponly=True, samesite="Strict")
    return answer


BROWSERS = {"MicroMessenger": "微信", "Edg/": "Edge", "Firefox/": "火狐", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {"Windows": "Windows", "Android": "安卓手机", "iPhone": "iPhone", "Mac OS": "苹果电脑", "Linux": "Linux"}


def describe_device(agent: str) -> str:
    """Return in two words what a browser says it is."""
    browser = next((word for sign, word in BROWSERS.items() if sign in agent), "浏览器")
    system = next((word for sign, word in SYSTEMS.items() if sign in agent), "")
    return f"{browser} · {system}" if system else browser


def _find_signed(*, refresh: bool) -> SignedIn | None:
    token = request.cookies.get(frame.desk().cookie.name)
    return find_signed_in(frame.review().accounts, token, refresh=refresh) if token else None


def _send_to_login(unsafe: bool) -> Response:
    came_back = "expired" if frame.desk().cookie.name in request.cookies else ""
    target = "" if unsafe or request.path == "/" else request.full_path.rstrip("?")
    return frame.go("/login", came_back, to=target)
