"""The addresses where workers see how their case stands, add what was asked for, and take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from forms_api import following
from forms_api.answers import check_answers
from forms_api.definitions import FormDefinition
from forms_api.fields import Told, read_file_names, read_given
from forms_api.following import SUPPLY_FORM, CaseView
from forms_api.intake.desk import desk, find_form, go, html, minutes, say_closed, today, visitor
from forms_api.intake.posted_files import keep_files
from forms_api.intake.supplements import make_supplement
from forms_api.model import FileRef
from forms_api.receiving import Intake, Visitor
from forms_api.refusals import (
    IntakeClosed,
    OtherAnswers,
    StepRefused,
    TooFast,
    TooMany,
    UnknownCase,
    UploadMissing,
)
from forms_api.tokens import TokenForged

pages = Blueprint("status", __name__)


@pages.get("/status/")
def ask_for_case() -> Response:
    """Ask for reference and secret; a QR code names the reference alone."""
    return html(desk().pages.status_entry(request.args.get("no", "")[:40]))


@pages.get("/status/supply")
@pages.get("/status/withdraw")
def ask_again() -> Response:
    """Send whoever reloads a later page back to the entry."""
    return go("/status/")


@pages.post("/status/")
def show_case() -> Response:
    """Show how a case stands."""
    return _with_case(following.status)


@pages.post("/status/withdraw")
def withdraw_case() -> Response:
    """Take a case back, if the worker has ticked the box."""
    if request.form.get("sure") == "yes":
        return _with_case(following.withdraw)
    return _with_case(following.status, fault="还没有撤回。确定要撤回的，请先勾选“我确定要撤回这份申请”。")


@pages.post("/status/supply")
def supply_case() -> Response:
    """Add what was asked for to a case."""
    at, posted = desk(), request.form
    reference, secret = posted.get("reference", ""), posted.get("secret", "")
    try:
        view = following.status(at.intake, reference, secret, visitor())
        form = supplement_of(view)
        given, names = read_given(form, posted), read_file_names(posted)
        faults = keep_files(form, given, names)
        checked = check_answers(form, given, at.bundle.world(today()), posted.getlist("confirm"))
        checked.faults.update(faults)
        told = Told(checked.faults, checked.insistable, checked.confirmed, names)
        if checked.faults:
            return _draw_case(view, secret, given, told, token=posted.get("token", ""))
        if not any(checked.answers.values()):
            return _draw_case(view, secret, fault="还没有补任何内容。请上传文件，或者在说明里写几句。")
        files = tuple(
            FileRef(one.name, handle)
            for one in form.fields()
            if one.type == "file"
            for handle in checked.answers.get(one.name, ())
        )
        view = following.supply(
            at.intake,
            reference,
            secret,
            checked.answers,
            files,
            posted.get("token", ""),
            visitor(posted.get("proof", "")),
        )
    except (TokenForged, TooFast, OtherAnswers, UploadMissing):
        return _with_case(following.status, fault="没有收下，请再补一次。文件要重新上传。")
    except (UnknownCase, TooMany, IntakeClosed, StepRefused) as refused:
        return _say_refused(refused)
    return _draw_case(view, secret)


def supplement_of(view: CaseView) -> FormDefinition:
    """Return the small form by which a worker adds what was asked for."""
    at = desk()
    kept = at.intake.store.find_definition(view.version)
    form = FormDefinition.model_validate(kept) if kept else find_form(view.form)
    return make_supplement(form.model_copy(update={"id": view.form}), view.asked.fields if view.asked else ())


def _with_case(read: Callable[[Intake, str, str, Visitor], CaseView], fault: str = "") -> Response:
    reference, secret = request.form.get("reference", ""), request.form.get("secret", "")
    try:
        view = read(desk().intake, reference, secret, visitor())
    except (UnknownCase, TooMany, IntakeClosed, StepRefused) as refused:
        return _say_refused(refused)
    return _draw_case(view, secret, fault=fault)


def _draw_case(
    view: CaseView,
    secret: str,
    given: Mapping[str, Any] | None = None,
    told: Told | None = None,
    *,
    token: str = "",
    fault: str = "",
) -> Response:
    """Show a case as it stands."""
    at = desk()
    supplement = supplement_of(view)
    page = at.pages.status(view, secret, supplement, given or {}, told or Told(), token or at.issue(SUPPLY_FORM), fault)
    return html(page)


def _say_refused(refused: Exception) -> Response:
    at, reference = desk(), request.form.get("reference", "")[:40]
    if isinstance(refused, IntakeClosed):
        return say_closed(refused.reason)
    if isinstance(refused, StepRefused):
        return _with_case(following.status, fault="现在这一步已经不能这样办了，可能刚刚有了新进展。请看下面。")
    if isinstance(refused, TooMany):
        fault = f"试的次数太多了。请过{minutes(refused.seconds)}再查，或者打电话问。"
        return html(at.pages.status_entry(reference, fault), 429)
    fault = "受理编号和查询码对不上。请对照回执再核对一遍。"
    return html(at.pages.status_entry(reference, fault), 404)
