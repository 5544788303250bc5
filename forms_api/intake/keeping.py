"""The addresses where a half-filled form is kept on the server on request, taken up again on any device, and thrown away."""

from __future__ import annotations

from flask import Blueprint, Response, request

from forms_api.definitions import FormDefinition
from forms_api.drafts import DraftTooLarge, Resumed, UnknownDraft, forget_draft, keep_draft, resume_draft
from forms_api.fields import Told
from forms_api.intake.desk import desk, find_form, find_origin, find_shut, go, html, minutes, say_closed, today, visitor
from forms_api.intake.filling import read_sent, say_robot
from forms_api.references import show_secret
from forms_api.refusals import IntakeClosed, TooMany
from forms_api.windows import Standing, say_standing

pages = Blueprint("keeping", __name__)


@pages.get("/apply/<form_id>/draft")
def ask_for_code(form_id: str) -> Response:
    """Ask for the code of a draft."""
    return html(desk().pages.draft_entry(find_form(form_id)))


@pages.get("/apply/<form_id>/resume")
@pages.get("/apply/<form_id>/forget")
def ask_again(form_id: str) -> Response:
    """Send whoever reloads a later page back to the entry."""
    return go(f"/apply/{find_form(form_id).id}/draft")


@pages.post("/apply/<form_id>/draft")
def keep(form_id: str) -> Response:
    """Keep what was filled in so far, files that came along too, and show the code."""
    sent = read_sent(find_form(form_id))
    if request.form.get("website"):
        return say_robot()
    at = desk()
    try:
        kept = keep_draft(at.intake, sent.form, sent.given, sent.names, sent.draft, visitor())
    except DraftTooLarge:
        return sent.show_form(note="写得太多，草稿存不下。填的都还在，请缩短一些再存。")
    except TooMany as many:
        return sent.show_form(note=f"存得太频繁，这次没有存。请过{minutes(many.seconds)}再试，填的都还在。")
    except IntakeClosed as closed:
        return say_closed(closed.reason)
    return html(at.pages.draft(sent.form, show_secret(kept.code), kept.until, find_origin()))


@pages.post("/apply/<form_id>/resume")
def resume(form_id: str) -> Response:
    """Show the form with what a draft holds."""
    at, form, code = desk(), find_form(form_id), request.form.get("code", "")
    try:
        found = resume_draft(at.intake, form, code, visitor())
    except (UnknownDraft, TooMany, IntakeClosed) as refused:
        return _say_refused(form, refused)
    form, told = at.find_version(form, found.version), Told(file_names=found.names)
    page = at.pages.fill(
        form, found.given, told, at.issue(form.id), today(), note=_greet(form, found, find_shut(form)), draft=code
    )
    return html(page)


@pages.post("/apply/<form_id>/forget")
def forget(form_id: str) -> Response:
    """Throw a draft away."""
    at, form = desk(), find_form(form_id)
    try:
        forget_draft(at.intake, form, request.form.get("code", ""), visitor())
    except (UnknownDraft, TooMany, IntakeClosed) as refused:
        return _say_refused(form, refused)
    text = "服务器上的这份草稿已经删掉，取回码不能再用。要办的时候，可以重新填。"
    return html(at.pages.message("草稿删掉了", text, back=f"/apply/{form.id}/", back_words="重新填"))


def _greet(form: FormDefinition, found: Resumed, standing: Standing | None) -> str:
    told = "草稿取回来了，请接着填。需要勾选同意的，交之前再勾一次。"
    if found.lost:
        told += f"有 {found.lost} 份文件已经清掉，请重新上传。"
    if standing:
        told += f"{say_standing(standing)}今天交不上去。"
    if found.version != form.version:
        told += "这张表在您存草稿以后更新过，请从头看一遍。"
    return told


def _say_refused(form: FormDefinition, refused: Exception) -> Response:
    if isinstance(refused, IntakeClosed):
        return say_closed(refused.reason)
    if isinstance(refused, TooMany):
        fault = f"试的次数太多了。请过{minutes(refused.seconds)}再试，或者打电话问。"
        return html(desk().pages.draft_entry(form, fault), 429)
    fault = "没有这份草稿。请核对取回码，看看是不是这张表的；草稿只留 7 天，交上去以后也会删掉。"
    return html(desk().pages.draft_entry(form, fault), 404)
