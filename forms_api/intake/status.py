"""The addresses where workers see how their case stands, add what was asked for, and take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, request

from forms_api import following
from forms_api.answers import Checked, check_answers
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
from forms_api.wording import FILE_GONE
from forms_api.workflow import RATINGS

pages = Blueprint("status", __name__)


@pages.get("/status/")
def ask_for_case() -> Response:
    """Ask for reference and secret; a QR code names the reference alone."""
    return html(desk().pages.status_entry(request.args.get("no", "")[:40]))


@pages.get("/status/supply")
@pages.get("/status/withdraw")
@pages.get("/status/rate")
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


@pages.post("/status/rate")
def rate_case() -> Response:
    """Keep what the worker says of how the case was handled."""
    rating = request.form.get("rating", "")
    if rating not in RATINGS:
        return _with_case(following.status, fault="还没有评价。请先选一项，再点“交上去”。")
    return _with_case(lambda intake, reference, secret, by: following.rate(intake, reference, secret, rating, by))


@pages.post("/status/supply")
def supply_case() -> Response:
    """Add what was asked for to a case; what stands against it comes back with everything kept."""
    at, secret = desk(), request.form.get("secret", "")
    try:
        view = following.status(at.intake, request.form.get("reference", ""), secret, visitor())
        sent = _read_supplement(supplement_of(view))
        if sent.checked.faults:
            return _draw_case(view, secret, sent)
        if not any(sent.checked.answers.values()):
            return _draw_case(view, secret, fault="还没有补任何内容。请上传文件，或者在说明里写几句。")
        return _supply(view, secret, sent)
    except (UnknownCase, TooMany, IntakeClosed, StepRefused) as refused:
        return _say_refused(refused)


@dataclass(frozen=True)
class Supplement:
    """What was posted to add to a case."""

    form: FormDefinition
    given: Mapping[str, Any]
    checked: Checked
    names: Mapping[str, str]

    @property
    def told(self) -> Told:
        """Return what the page says beyond the answers."""
        return Told(self.checked.faults, self.checked.insistable, self.checked.confirmed, self.names)

    @property
    def files(self) -> tuple[FileRef, ...]:
        """Return the uploads that the answers name."""
        named = [one.name for one in self.form.fields() if one.type == "file"]
        return tuple(FileRef(name, handle) for name in named for handle in self.checked.answers.get(name, ()))

    def without(self, files: tuple[FileRef, ...]) -> Supplement:
        """Return the same with files left out that are no longer there, and a word about each."""
        gone = {file.id for file in files}
        kept = {file.field: [one for one in self.given[file.field] if one not in gone] for file in files}
        self.checked.faults.update((file.field, FILE_GONE) for file in files)
        return replace(self, given={**self.given, **kept})


def _read_supplement(form: FormDefinition) -> Supplement:
    posted = request.form
    given, names = read_given(form, posted), read_file_names(posted)
    faults = keep_files(form, given, names)
    checked = check_answers(form, given, desk().bundle.world(today()), posted.getlist("confirm"))
    checked.faults.update(faults)
    return Supplement(form, given, checked, names)


def _supply(view: CaseView, secret: str, sent: Supplement) -> Response:
    by, token = visitor(request.form.get("proof", "")), request.form.get("token", "")
    try:
        after = following.supply(desk().intake, view.reference, secret, sent.checked.answers, sent.files, token, by)
    except (TokenForged, TooFast):
        return _draw_case(view, secret, sent, fault="还没有收下。内容都还在，请再点一次“交上去”。")
    except UploadMissing as missing:
        return _draw_case(view, secret, sent.without(missing.files))
    except OtherAnswers:
        return _with_case(following.status, fault="刚才已经补过一次，和这次的内容不一样，以先收到的为准。")
    return _draw_case(after, secret)


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


def _draw_case(view: CaseView, secret: str, sent: Supplement | None = None, *, fault: str = "") -> Response:
    """Show a case as it stands, with what was filled in to add to it and did not get through."""
    at = desk()
    supplement, given, told = (sent.form, sent.given, sent.told) if sent else (supplement_of(view), {}, Told())
    return html(at.pages.status(view, secret, supplement, given, told, at.issue(SUPPLY_FORM), fault))


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
