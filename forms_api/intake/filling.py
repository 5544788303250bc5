"""The addresses where workers fill in: form, check, receipt. Each view guards, reads, makes one call and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from forms_api.answers import Checked, check_answers
from forms_api.definitions import FormDefinition
from forms_api.drafts import purge_draft
from forms_api.fields import Told, read_file_names, read_given
from forms_api.intake.desk import (
    desk,
    find_form,
    find_origin,
    find_shut,
    go,
    html,
    minutes,
    say_closed,
    say_shut,
    today,
    visitor,
)
from forms_api.intake.posted_files import keep_files
from forms_api.model import Channel, FileRef
from forms_api.receiving import find_closed, receive
from forms_api.references import show_secret
from forms_api.refusals import (
    IntakeClosed,
    OtherAnswers,
    OutsideWindow,
    TooFast,
    TooMany,
    UploadMissing,
)
from forms_api.tickets import WAYS, read_ticket
from forms_api.tokens import TokenForged, read_token
from forms_api.windows import Standing, find_standing, is_in_time, say_standing
from forms_api.wording import FILE_GONE

pages = Blueprint("filling", __name__)

OLD_PAGES = timedelta(days=7)
"""How long a page that was opened before its form changed can still be handed in as it is."""


@pages.get("/apply/")
def list_services() -> Response:
    """Send to the list of services."""
    return go("/guides/")


@pages.get("/apply/<form_id>/")
def show_form(form_id: str) -> Response:
    """Show the empty form."""
    at, form = desk(), find_form(form_id)
    if closed := find_closed(at.intake):
        return say_closed(closed)
    if ticket := request.args.get("ticket", ""):
        return show_form_for_other(form, ticket)
    if standing := find_shut(form):
        return say_shut(form, standing)
    return html(at.pages.blank(form, at.issue(form.id), today()))


def show_form_for_other(form: FormDefinition, ticket: str) -> Response:
    """Show the empty form to a member of staff who fills it in for somebody else."""
    at = desk()
    try:
        way = read_ticket(at.intake.keys, form.id, ticket, at.intake.clock()).channel
    except TokenForged:
        return html(at.pages.message("代填的链接过期了", "请回到受理台，重新点“代填申请”。"), 403)
    note = f"您在替别人填：{WAYS[way]}。交上去以后，把回执打印给本人。"
    return html(at.pages.fill(form, {}, Told(), at.issue(form.id), today(), note=note, ticket=ticket))


@pages.get("/apply/<form_id>/check")
@pages.get("/apply/<form_id>/receipt")
def start_again(form_id: str) -> Response:
    """Send whoever reloads a later page back to the form."""
    return go(f"/apply/{find_form(form_id).id}/")


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
    if standing := sent.find_shut():
        return sent.give_back(standing)
    if sent.checked.faults:
        return sent.show_form(faults=True)
    page = at.pages.check(
        sent.form, sent.checked, sent.told(), sent.token, sent.proof, today(), draft=sent.draft, ticket=sent.ticket
    )
    return html(page)


@pages.post("/apply/<form_id>/receipt")
def send_form(form_id: str) -> Response:
    """Accept the application and show its receipt."""
    sent = read_sent(find_form(form_id))
    if request.form.get("website"):
        return say_robot()
    if sent.outdated or sent.checked.faults:
        before = sent.as_accepted_before()
        return before.accept() if before else check_form(form_id)
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
    draft: str
    """The code of the draft that this was taken from, if any."""
    ticket: str = ""
    """By which a member of staff fills in for somebody else."""
    opened: datetime | None = None
    """When the page was opened that this was filled in on."""

    def told(self, *, faults: bool = False, more: str = "") -> Told:
        """Return what the page says beyond the answers."""
        found = self.checked.faults if faults else {}
        doubted = self.checked.insistable if faults else ()
        return Told(found, doubted, self.checked.confirmed, self.names, more)

    def show_form(self, *, faults: bool = False, more: str = "", note: str = "", step: int = 0) -> Response:
        """Show the form with everything that was filled in."""
        told = self.told(faults=faults, more=more)
        page = desk().pages.fill(
            self.form, self.given, told, self.token, today(), note=note, step=step, draft=self.draft, ticket=self.ticket
        )
        return html(page)

    def show_check(self, note: str, status: int = 200) -> Response:
        """Show all answers once more, with a word of what has happened, under a fresh token."""
        at = desk()
        token = at.issue(self.form.id)
        page = at.pages.check(
            self.form, self.checked, self.told(), token, "", today(), note=note, draft=self.draft, ticket=self.ticket
        )
        return html(page, status)

    def find_shut(self) -> Standing | None:
        """Return how the form stands where this comes too early or too late; a ticket says by itself of which day it is."""
        windows = desk().intake.windows.get(self.form.id)
        if windows is None or self.ticket or is_in_time(windows, desk().intake.clock(), self.opened):
            return None
        return find_standing(windows, today())

    def give_back(self, standing: Standing) -> Response:
        """Say that nothing was taken on this day, and give back everything that was filled in: to print or to keep as a draft."""
        at = desk()
        shut = f"{say_standing(standing)}这一份没有收下，您填的都还在。"
        if self.checked.faults:
            return self.show_form(note=f"{shut}可以存草稿，或者打 {at.bundle.site['hotline']} 问还有什么办法。")
        page = at.pages.check(
            self.form, self.checked, self.told(), self.token, "", today(), note=shut, draft=self.draft, shut=True
        )
        return html(page, 409)

    def files(self) -> tuple[FileRef, ...]:
        """Return the uploads that the answers name."""
        named = [one.name for one in self.form.uploads]
        return tuple(FileRef(name, handle) for name in named for handle in self.checked.answers.get(name, ()))

    def as_accepted_before(self) -> Sent | None:
        """Return this as it was checked when its token made a case, if that is what was sent again."""
        found = desk().find_accepted(self.form, self.token)
        if found is None:
            return None
        form, world = found
        given = read_given(form, request.form)
        checked = check_answers(form, given, world, self.confirmed)
        return None if checked.faults else replace(self, form=form, given=given, checked=checked, outdated=False)

    def accept(self) -> Response:
        """Hand the application in; whatever stands against it comes back with all answers kept."""
        at = desk()
        by = visitor(self.proof)
        channel: Channel = "web"
        try:
            if self.ticket:
                ticket = read_ticket(at.intake.keys, self.form.id, self.ticket, at.intake.clock())
                by, channel = replace(by, staff=ticket.staff, dated=ticket.dated), ticket.channel
        except TokenForged:
            return replace(self, ticket="").show_check(
                "代填的时间太久，要从受理台重新开始；这样交上去就算本人在网上交的。"
            )
        try:
            receipt = receive(at.intake, self.form, self.checked.answers, self.files(), self.token, by, channel)
        except OtherAnswers:
            return self.show_check("这张表刚才已经交过一次，内容和现在的不一样。要另外再交一份，请核对后再点“交上去”。")
        except (TokenForged, TooFast):
            return self.show_check("请再核对一遍，然后点“交上去”。")
        except TooMany as many:
            return self.show_check(
                f"现在交的人太多，还没有收下。请过{minutes(many.seconds)}再点一次“交上去”，填的都还在。", 429
            )
        except UploadMissing as missing:
            return self.show_missing(missing.files)
        except OutsideWindow as outside:
            return self.give_back(outside.standing)
        except IntakeClosed as closed:
            return say_closed(closed.reason)
        if self.draft:
            purge_draft(at.intake, self.form, self.draft)
        secret = show_secret(receipt.secret) if receipt.secret else None
        return html(at.pages.receipt(self.form, receipt.reference, secret, receipt.received_at, find_origin()))

    def show_missing(self, files: tuple[FileRef, ...]) -> Response:
        """Ask again for files that are no longer there."""
        gone = {file.id for file in files}
        given = dict(self.given)
        for file in files:
            given[file.field] = [handle for handle in given.get(file.field, ()) if handle not in gone]
        faults = {file.field: FILE_GONE for file in files}
        told = Told(faults, (), self.checked.confirmed, self.names)
        page = desk().pages.fill(self.form, given, told, self.token, today(), draft=self.draft, ticket=self.ticket)
        return html(page)


def read_sent(form: FormDefinition) -> Sent:
    """Return what was posted for a form; a token that is not ours is replaced by a fresh one."""
    at, posted = desk(), request.form
    token, version = posted.get("token", ""), posted.get("version", form.version)
    try:
        rendered: datetime | None = read_token(at.intake.keys, form.id, token)
    except TokenForged:
        token, rendered = at.issue(form.id), None
    if rendered and at.intake.clock() - rendered <= OLD_PAGES:
        form = at.find_version(form, version)
    given = read_given(form, posted)
    confirmed = frozenset(posted.getlist("confirm"))
    names = read_file_names(posted)
    faults = keep_files(form, given, names)
    checked = check_answers(form, given, at.bundle.world(today()), confirmed)
    checked.faults.update(faults)
    outdated = version != form.version
    draft = posted.get("draft", "")[:40]
    ticket = posted.get("ticket", "")[:400]
    proof = posted.get("proof", "")
    return Sent(form, given, checked, token, proof, names, confirmed, outdated, draft, ticket, rendered)


def say_robot() -> Response:
    """Answer what filled in the field that nobody sees."""
    return html(
        desk().pages.message(
            "这次没有收下", "有一格是留给机器人的，被填上了。请刷新表格再试，或者打电话，我们替您填。"
        ),
        400,
    )
