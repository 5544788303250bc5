"""The addresses that workers open: form, check, receipt, status. Each view guards, reads, makes one call and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request

from forms_api import following
from forms_api.answers import Checked, check_answers
from forms_api.definitions import CHINA, FormDefinition
from forms_api.fields import Told, read_file_names, read_given
from forms_api.following import SUPPLY_FORM, CaseView
from forms_api.forms_bundle import Bundle
from forms_api.intake.pages import Pages
from forms_api.intake.posted_files import keep_files
from forms_api.intake.supplements import make_supplement
from forms_api.model import FileRef
from forms_api.receiving import Intake, Visitor, find_closed, receive
from forms_api.references import show_secret
from forms_api.refusals import (
    Closed,
    IntakeClosed,
    OtherAnswers,
    StepRefused,
    TooFast,
    TooMany,
    UnknownCase,
    UploadMissing,
)
from forms_api.tokens import RANDOM_BYTES, TokenForged, issue_token, read_token

pages = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Desk:
    """All that the views need."""

    intake: Intake
    bundle: Bundle
    pages: Pages

    def issue(self, form: str) -> str:
        """Return a fresh token for a page of a form."""
        return issue_token(self.intake.keys, form, self.intake.clock(), self.intake.random(RANDOM_BYTES))


def desk() -> Desk:
    """Return what this app's views need."""
    found: Desk = current_app.extensions["workers-home"]
    return found


# --- filling in --------------------------------------------------------------------------------


@pages.get("/apply/")
def list_services() -> Response:
    """Send to the list of services."""
    return _go("/guides/")


@pages.get("/apply/<form_id>/")
def show_form(form_id: str) -> Response:
    """Show the empty form."""
    at, form = desk(), find_form(form_id)
    if closed := find_closed(at.intake):
        return say_closed(closed)
    return html(at.pages.blank(form, at.issue(form.id), _today()))


@pages.get("/apply/<form_id>/check")
@pages.get("/apply/<form_id>/receipt")
def start_again(form_id: str) -> Response:
    """Send whoever reloads a later page back to the form."""
    return _go(f"/apply/{find_form(form_id).id}/")


@pages.post("/apply/<form_id>/check")
def check_form(form_id: str) -> Response:
    """Check what was filled in; show it once more, or the form with what is to be mended."""
    sent = read_sent(find_form(form_id))
    at = desk()
    if request.form.get("website"):
        return say_robot()
    if request.form.get("edit", "").isdigit():
        return sent.show_form(step=int(request.form["edit"]))
    if request.form.getlist("more") or request.form.getlist("less"):
        return sent.show_form(more=request.form.get("more", ""))
    if sent.outdated:
        return sent.show_form(note="这张表刚刚更新过。您填的都还在，请再看一遍，然后点“下一步”。")
    if sent.checked.faults:
        return sent.show_form(faults=True)
    return html(at.pages.check(sent.form, sent.checked, sent.told(), sent.token, sent.proof, _today()))


@pages.post("/apply/<form_id>/receipt")
def send_form(form_id: str) -> Response:
    """Accept the application and show its receipt."""
    sent = read_sent(find_form(form_id))
    if request.form.get("website"):
        return say_robot()
    if sent.outdated or sent.checked.faults:
        return check_form(form_id)
    return sent.accept()


# --- what was sent -----------------------------------------------------------------------------


@dataclass
class Sent:
    """A form as it was posted: its answers checked, its token, and what the page is to keep."""

    form: FormDefinition
    given: Mapping[str, Any]
    checked: Checked
    token: str
    proof: str
    names: Mapping[str, str]
    confirmed: frozenset[str]
    outdated: bool

    def told(self, *, faults: bool = False, more: str = "") -> Told:
        """Return what the page says beyond the answers."""
        found = self.checked.faults if faults else {}
        doubted = self.checked.insistable if faults else ()
        return Told(found, doubted, self.checked.confirmed, self.names, more)

    def show_form(self, *, faults: bool = False, more: str = "", note: str = "", step: int = 0) -> Response:
        """Show the form with everything that was filled in."""
        told = self.told(faults=faults, more=more)
        return html(desk().pages.fill(self.form, self.given, told, self.token, _today(), note=note, step=step))

    def show_check(self, note: str, status: int = 200) -> Response:
        """Show all answers once more, with a word of what has happened, under a fresh token."""
        at = desk()
        return html(
            at.pages.check(self.form, self.checked, self.told(), at.issue(self.form.id), "", _today(), note=note),
            status,
        )

    def files(self) -> tuple[FileRef, ...]:
        """Return the uploads that the answers name."""
        named = [one.name for one in self.form.fields() if one.type == "file"]
        return tuple(FileRef(name, handle) for name in named for handle in self.checked.answers.get(name, ()))

    def accept(self) -> Response:
        """Hand the application in; whatever stands against it comes back with all answers kept."""
        at = desk()
        try:
            receipt = receive(
                at.intake, self.form, self.checked.answers, self.files(), self.token, visitor=_visitor(self.proof)
            )
        except OtherAnswers:
            return self.show_check("这张表刚才已经交过一次，内容和现在的不一样。要另外再交一份，请核对后再点“交上去”。")
        except (TokenForged, TooFast):
            return self.show_check("请再核对一遍，然后点“交上去”。")
        except TooMany as many:
            return self.show_check(
                f"现在交的人太多，还没有收下。请过{_minutes(many.seconds)}再点一次“交上去”，填的都还在。", 429
            )
        except UploadMissing as missing:
            return self.show_missing(missing.files)
        except IntakeClosed as closed:
            return say_closed(closed.reason)
        secret = show_secret(receipt.secret) if receipt.secret else None
        return html(at.pages.receipt(self.form, receipt.reference, secret, receipt.received_at, request.host_url))

    def show_missing(self, files: tuple[FileRef, ...]) -> Response:
        """Ask again for files that are no longer there."""
        gone = {file.id for file in files}
        given = dict(self.given)
        for file in files:
            given[file.field] = [handle for handle in given.get(file.field, ()) if handle not in gone]
        faults = {file.field: "有一份文件没有传好，或者放得太久，已经清掉。请重新上传。" for file in files}
        told = Told(faults, (), self.checked.confirmed, self.names)
        return html(desk().pages.fill(self.form, given, told, self.token, _today()))


def read_sent(form: FormDefinition) -> Sent:
    """Return what was posted for a form; a token that is not ours is replaced by a fresh one."""
    at, posted = desk(), request.form
    given = read_given(form, posted)
    confirmed = frozenset(posted.getlist("confirm"))
    token = posted.get("token", "")
    try:
        read_token(at.intake.keys, form.id, token)
    except TokenForged:
        token = at.issue(form.id)
    names = read_file_names(posted)
    faults = keep_files(form, given, names)
    checked = check_answers(form, given, at.bundle.world(_today()), confirmed)
    checked.faults.update(faults)
    outdated = posted.get("version", form.version) != form.version
    return Sent(form, given, checked, token, posted.get("proof", ""), names, confirmed, outdated)


def find_form(form_id: str) -> FormDefinition:
    """Return a form by its id, or end with 404."""
    form = desk().bundle.forms.get(form_id)
    return form if form else abort(404)


# --- status --------------------------------------------------------------------------------------


@pages.get("/status/")
def ask_for_case() -> Response:
    """Ask for reference and secret; a QR code names the reference alone."""
    return html(desk().pages.status_entry(request.args.get("no", "")[:40]))


@pages.get("/status/supply")
@pages.get("/status/withdraw")
def ask_again() -> Response:
    """Send whoever reloads a later page back to the entry."""
    return _go("/status/")


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
        view = following.status(at.intake, reference, secret, _visitor())
        form = supplement_of(view)
        given, names = read_given(form, posted), read_file_names(posted)
        faults = keep_files(form, given, names)
        checked = check_answers(form, given, at.bundle.world(_today()), posted.getlist("confirm"))
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
            _visitor(posted.get("proof", "")),
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
        view = read(desk().intake, reference, secret, _visitor())
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
        fault = f"试的次数太多了。请过{_minutes(refused.seconds)}再查，或者打电话问。"
        return html(at.pages.status_entry(reference, fault), 429)
    fault = "受理编号和查询码对不上。请对照回执再核对一遍。"
    return html(at.pages.status_entry(reference, fault), 404)


# --- parts ---------------------------------------------------------------------------------------


def html(page: bytes, status: int = 200) -> Response:
    """Answer with a page."""
    return Response(page, status, content_type="text/html; charset=utf-8")


def say_closed(reason: Closed) -> Response:
    """Say that nothing is taken just now, and what to do instead."""
    site = desk().bundle.site
    text = f"网上暂时不能交申请，您的内容没有收下。请打 {site['hotline']}，或者到{site['address'] or site['organisation']}当面办，一样算数。"
    return html(desk().pages.message("网上暂时不能交", text), 503)


def say_robot() -> Response:
    """Answer what filled in the field that nobody sees."""
    return html(
        desk().pages.message(
            "这次没有收下", "有一格是留给机器人的，被填上了。请刷新表格再试，或者打电话，我们替您填。"
        ),
        400,
    )


def _go(address: str) -> Response:
    return redirect(address, 303)  # type: ignore[return-value]  # werkzeug's class, of which flask's is a kind


def _today() -> date:
    return desk().intake.clock().astimezone(CHINA).date()


def _visitor(proof: str = "") -> Visitor:
    return Visitor(address=request.remote_addr or "", proof=proof)


def _minutes(seconds: int) -> str:
    return f"{max(1, -(-seconds // 60))}分钟"
