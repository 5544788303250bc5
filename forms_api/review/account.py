"""What staff see and change of their own account: sessions, password, recovery codes."""

from __future__ import annotations

from flask import Blueprint, Response, request

from forms_api.accounts import AccountFault
from forms_api.review import frame
from forms_api.review.access import signed_in
from forms_api.review.auth import find_visitor, keep_cookie
from forms_api.review.first_steps import list_own_words, show_codes
from forms_api.signing_in import change_password, end_session, list_sessions, renew_recovery

pages = Blueprint("account", __name__)


@pages.get("/account")
@signed_in
def index() -> Response:
    """Show one's own account."""
    return _show()


@pages.post("/account/password")
@signed_in
def set_password() -> Response:
    """Change one's password; every other session ends."""
    old, new = (request.form.get(name, "") for name in ("old", "new"))
    if new != request.form.get("again", ""):
        return _show(("两次输入的新密码不一样。请再输一次。",))
    try:
        accounts, signed = frame.review().accounts, frame.signed_in()
        fresh = change_password(accounts, signed, old, new, list_own_words(), find_visitor())
    except AccountFault as fault:
        return _show(fault.sentences)
    return keep_cookie(frame.go("/account", "password_changed"), fresh.token)


@pages.post("/account/recovery")
@signed_in
def renew() -> Response:
    """Make new recovery codes and show them once."""
    try:
        codes = renew_recovery(frame.review().accounts, frame.signed_in(), request.form.get("code", ""))
    except AccountFault as fault:
        return _show(code_faults=fault.sentences)
    return show_codes(codes, "/account")


@pages.post("/account/sessions/end")
@signed_in
def end() -> Response:
    """End another of one's own sessions."""
    ended = end_session(frame.review().accounts, frame.signed_in(), request.form.get("session", ""))
    return frame.go("/account", "session_ended" if ended else "")


def _show(faults: tuple[str, ...] = (), code_faults: tuple[str, ...] = ()) -> Response:
    signed = frame.signed_in()
    return frame.page(
        "account.html",
        "我的账号",
        422 if faults or code_faults else 200,
        staff=signed.staff,
        union=frame.review().office.tree.title(signed.staff.union),
        sessions=list_sessions(frame.review().accounts, signed.staff),
        current=signed.session.name,
        faults=faults,
        code_faults=code_faults,
    )
