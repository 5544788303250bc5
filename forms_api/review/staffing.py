"""The addresses where system administrators keep the accounts of staff."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from forms_api.accounts import (
    AccountFault,
    add_staff,
    change_staff,
    disable_staff,
    enable_staff,
    reset_staff,
)
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.staff import DUTIES, Staff
from forms_api.staff_keys import RowRefused

pages = Blueprint("staffing", __name__)


@pages.get("/staff/")
@needs("admin")
def index() -> Response:
    """List the accounts."""
    tree = frame.review().office.tree
    return frame.page(
        "staff.html", "账号", listed=frame.review().accounts.list_all(), tree=tree, now=frame.review().clock()
    )


@pages.get("/staff/new")
@needs("admin")
def blank() -> Response:
    """Ask for a new account."""
    return _ask("staff_new.html", "新增账号", account="", name="", union="", chosen=())


@pages.post("/staff/new")
@needs("admin")
def add() -> Response:
    """Make an account and show its one-time password once."""
    account, name, union, chosen = _read()
    try:
        given = add_staff(frame.review().accounts, account, name, union, chosen, frame.signed_in().actor, _list_ids())
    except AccountFault as fault:
        return _ask(
            "staff_new.html",
            "新增账号",
            account=account,
            name=name,
            union=union,
            chosen=chosen,
            faults=fault.sentences,
        )
    return _show_given(account, name, given)


@pages.get("/staff/<account>")
@needs("admin")
def show(account: str) -> Response:
    """Show an account."""
    return _show(_find(account))


@pages.post("/staff/<account>")
@needs("admin")
def change(account: str) -> Response:
    """Give an account another name, union or other duties."""
    staff = _find_other(account)
    _, name, union, chosen = _read()
    try:
        change_staff(frame.review().accounts, staff, name, union, chosen, frame.signed_in().actor, _list_ids())
    except AccountFault as fault:
        return _show(staff, fault.sentences)
    return frame.go(f"/staff/{account}", "staff_changed")


@pages.post("/staff/<account>/disable")
@needs("admin")
def disable(account: str) -> Response:
    """Disable an account."""
    disable_staff(frame.review().accounts, _find_other(account), frame.signed_in().actor)
    return frame.go(f"/staff/{account}", "staff_disabled")


@pages.post("/staff/<account>/enable")
@needs("admin")
def enable(account: str) -> Response:
    """Enable an account again."""
    enable_staff(frame.review().accounts, _find_other(account), frame.signed_in().actor)
    return frame.go(f"/staff/{account}", "staff_enabled")


@pages.post("/staff/<account>/reset")
@needs("admin")
def reset(account: str) -> Response:
    """Take password and second factor from an account and show its one-time password once."""
    staff = _find_other(account)
    given = reset_staff(frame.review().accounts, staff, frame.signed_in().actor)
    return _show_given(account, staff.name, given)


def _find(account: str) -> Staff:
    try:
        found = frame.review().accounts.find(account)
    except RowRefused:
        found = None
    return found if found else abort(404)


def _find_other(account: str) -> Staff:
    """Return an account that is not one's own, so that nobody shuts themselves out."""
    return abort(403, "own") if account == frame.signed_in().staff.id else _find(account)


def _read() -> tuple[str, str, str, list[str]]:
    form = request.form
    return form.get("account", "").strip(), form.get("name", ""), form.get("union", ""), form.getlist("duty")


def _list_ids() -> list[str]:
    return list(frame.review().office.tree.titles)


def _show(staff: Staff, faults: tuple[str, ...] = ()) -> Response:
    return _ask(
        "staff_one.html",
        staff.name,
        staff=staff,
        faults=faults,
        own=staff.id == frame.signed_in().staff.id,
        name=staff.name,
        union=staff.union,
        chosen=staff.duties,
    )


def _ask(template: str, title: str, *, faults: tuple[str, ...] = (), **context: object) -> Response:
    groups = frame.review().bundle.group_unions()
    status = 422 if faults else 200
    return frame.page(template, title, status, faults=faults, groups=groups, all_duties=DUTIES, **context)


def _show_given(account: str, name: str, given: str) -> Response:
    return frame.page("given.html", "一次性密码", account=account, name=name, given=given)
