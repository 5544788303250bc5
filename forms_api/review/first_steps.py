"""What comes before any work: a password of one's own, then the second factor and its recovery codes."""

from __future__ import annotations

from flask import Blueprint, Response, request

from forms_api.accounts import AccountFault
from forms_api.review import frame
from forms_api.review.access import on_errands
from forms_api.review.auth import find_visitor, keep_cookie
from forms_api.signing_in import change_password, enrol_totp
from forms_api.totp import spell_secret, write_address

pages = Blueprint("first_steps", __name__)


@pages.get("/first")
@on_errands
def first() -> Response:
    """Show the step that is next; without one, go on."""
    to = frame.find_target(request.args.get("to", ""))
    return _show(to) or frame.go(to)


@pages.post("/first")
@on_errands
def step() -> Response:
    """Take the step that is next."""
    to = frame.find_target(request.form.get("to", ""))
    errand = frame.signed_in().staff.find_errand(frame.review().clock())
    if errand is None:
        return frame.go(to)
    return _set_password(to) if errand == "password" else _set_factor(to)


def _set_password(to: str) -> Response:
    old, new = (request.form.get(name, "") for name in ("old", "new"))
    if new != request.form.get("again", ""):
        return _show_password(to, ("两次输入的新密码不一样。请再输一次。",))
    try:
        accounts, signed = frame.review().accounts, frame.signed_in()
        fresh = change_password(accounts, signed, old, new, list_own_words(), find_visitor())
    except AccountFault as fault:
        return _show_password(to, fault.sentences)
    return keep_cookie(frame.go("/first", to=to), fresh.token)


def _set_factor(to: str) -> Response:
    try:
        _, codes = enrol_totp(frame.review().accounts, frame.signed_in(), request.form.get("code", ""))
    except AccountFault as fault:
        return _show_factor(to, fault.sentences)
    return show_codes(codes, to)


def show_codes(codes: tuple[str, ...], to: str) -> Response:
    """Show recovery codes, this once."""
    return frame.page("codes.html", "备用码", codes=codes, to=to, day=frame.review().office.today())


def list_own_words() -> list[str]:
    """Return words of the federation that no password may be made of."""
    site, signed = frame.review().bundle.site, frame.signed_in()
    union = frame.review().office.tree.title(signed.staff.union)
    return [site["name"], site["organisation"], signed.staff.union, union]


def _show(to: str) -> Response | None:
    errand = frame.signed_in().staff.find_errand(frame.review().clock())
    if errand is None:
        return None
    return _show_password(to, ()) if errand == "password" else _show_factor(to, ())


def _show_password(to: str, faults: tuple[str, ...]) -> Response:
    status = 422 if faults else 200
    given = frame.signed_in().staff.given_until is not None
    return frame.page("first_password.html", "设置自己的密码", status, to=to, faults=faults, given=given)


def _show_factor(to: str, faults: tuple[str, ...]) -> Response:
    signed = frame.signed_in()
    secret = frame.review().accounts.keys.derive_totp(signed.session.id, signed.staff.id)
    address = write_address(secret, signed.staff.id, frame.review().bundle.site["name"])
    return frame.page(
        "first_factor.html",
        "绑定手机动态码",
        422 if faults else 200,
        to=to,
        faults=faults,
        code=frame.draw_qr(address, "动态码的二维码"),
        secret=spell_secret(secret),
    )
