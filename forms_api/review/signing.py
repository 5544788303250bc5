"""The addresses of signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, request

from forms_api.review import frame
from forms_api.review.access import on_errands, open_to_all
from forms_api.review.auth import drop_cookie, find_visitor, keep_cookie
from forms_api.signing_in import LockedOut, SignInRefused, sign_in, sign_out

pages = Blueprint("signing", __name__)
WRONG = "账号、密码或动态码不对。请一样一样核对；连错 5 次，账号会锁 15 分钟。"


@pages.get("/login")
@open_to_all
def login() -> Response:
    """Ask for account, password and code."""
    if frame.find_signed_in():
        return frame.go("/")
    return _ask("", request.args.get("to", ""))


@pages.post("/login")
@open_to_all
def enter() -> Response:
    """Begin a session; whatever is wrong, the answer is the same."""
    account, to = request.form.get("account", "").strip().lower(), request.form.get("to", "")
    try:
        signed = sign_in(
            frame.review().accounts,
            account,
            request.form.get("password", ""),
            request.form.get("code", ""),
            find_visitor(),
        )
    except LockedOut:
        raise
    except SignInRefused:
        return _ask(account, to, WRONG, 403)
    errand = signed.staff.find_errand(frame.review().clock())
    answer = frame.go("/first", to=frame.find_target(to)) if errand else frame.go(frame.find_target(to))
    return keep_cookie(answer, signed.token)


@pages.post("/logout")
@on_errands
def leave() -> Response:
    """End the session."""
    sign_out(frame.review().accounts, frame.signed_in())
    return drop_cookie(frame.go("/login", "signed_out"))


def _ask(account: str, to: str, fault: str = "", status: int = 200) -> Response:
    return frame.page("login.html", "登录", status, account=account, to=frame.find_target(to), fault=fault)
