"""What the views of the pages share: the desk that they work at, and the short answers that many of them give."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from flask import Response, abort, current_app, redirect, request
from pydantic import ValidationError

from forms_api.definitions import CHINA, FormDefinition
from forms_api.field_rules import World
from forms_api.forms_bundle import Bundle
from forms_api.intake.pages import HTML, Pages
from forms_api.receiving import Intake, Visitor
from forms_api.refusals import Closed
from forms_api.storage import StoreBroken
from forms_api.tokens import RANDOM_BYTES, hash_token, issue_token
from forms_api.windows import Standing, find_standing, is_in_time, say_standing

log = logging.getLogger("forms_api.intake")


@dataclass(frozen=True)
class Desk:
    """All that the views need."""

    intake: Intake
    bundle: Bundle
    pages: Pages

    def issue(self, form: str) -> str:
        """Return a fresh token for a page of a form."""
        return issue_token(self.intake.keys, form, self.intake.clock(), self.intake.random(RANDOM_BYTES))

    def keep_versions(self) -> None:
        """Keep every form as it is offered now, so that a page opened today can be handed in after its form has changed."""
        try:
            for form in self.bundle.forms.values():
                self.intake.store.keep_definition(form.id, form.version, form.canonical())
        except StoreBroken as error:  # pages of today will ask to be looked at again, and that is all
            log.error("forms not kept", exc_info=error, extra={"event": "error"})

    def find_version(self, form: FormDefinition, version: str) -> FormDefinition:
        """Return an earlier version of a form if it was ever offered here, else the form as it is now."""
        if version == form.version:
            return form
        try:
            kept = self.intake.store.find_definition(version)
            earlier = FormDefinition.model_validate(kept) if kept else form
        except (StoreBroken, ValidationError):
            return form
        return earlier if earlier.id == form.id else form

    def find_accepted(self, form: FormDefinition, token: str) -> tuple[FormDefinition, World] | None:
        """Return the version and the day by which a token's application was accepted, so that a late retry is checked as it was.

        A form may have changed since, and what was not past then may be now.
        """
        try:
            found = self.intake.store.find_submission(hash_token(self.intake.keys, token))
        except StoreBroken:
            return None
        if found is None or found[0].form != form.id:
            return None
        day = found[0].received_at.astimezone(CHINA).date()
        return self.find_version(form, found[0].version), self.bundle.world(day)

    def is_open(self, form: FormDefinition) -> bool:
        """Tell whether a form is taken today."""
        windows = self.intake.windows.get(form.id)
        return windows is None or is_in_time(windows, self.intake.clock())

    def find_blank(self, form: FormDefinition) -> bytes | None:
        """Return the empty page of a form with a fresh token, if it was drawn before."""
        today = self.intake.clock().astimezone(CHINA).date()
        return self.pages.blank(form, self.issue(form.id), today) if self.pages.has_blank(form, today) else None


def desk() -> Desk:
    """Return what this app's views need."""
    found: Desk = current_app.extensions["workers-home"]
    return found


def find_form(form_id: str) -> FormDefinition:
    """Return a form by its id, or end with 404."""
    form = desk().bundle.forms.get(form_id)
    return form if form else abort(404)


def html(page: bytes, status: int = 200) -> Response:
    """Answer with a page."""
    return Response(page, status, content_type=HTML)


def say_closed(reason: Closed) -> Response:
    """Say that nothing is taken just now, and what to do instead."""
    site = desk().bundle.site
    text = f"网上暂时不能交申请，您的内容没有收下。请打 {site['hotline']}，或者到{site['address'] or site['organisation']}当面办，一样算数。"
    return html(desk().pages.message("网上暂时不能交", text), 503)


def find_shut(form: FormDefinition) -> Standing | None:
    """Return how a form stands that is not taken today, None where it is."""
    windows = desk().intake.windows.get(form.id)
    standing = None if windows is None else find_standing(windows, today())
    return None if standing is None or standing.open else standing


def say_shut(form: FormDefinition, standing: Standing) -> Response:
    """Say that a form is not taken today, when it is, and what to do instead."""
    at = desk()
    guide, hotline = at.bundle.guides.get(form.id), at.bundle.site["hotline"]
    text = f"{say_standing(standing)}有急事，或者错过了有特别的原因，请打 {hotline}，我们告诉您还有什么办法。"
    back = f"/{guide['url']}" if guide else "/guides/"
    return html(at.pages.message(f"{form.title}：现在不收", text, back=back, back_words="看办事指南"))


def go(address: str) -> Response:
    """Send to another address, where the browser asks anew."""
    return redirect(address, 303)  # type: ignore[return-value]  # werkzeug's class, of which flask's is a kind


def find_origin() -> str:
    """Return the address of this service as the browser wrote it, for a code that leads back to it."""
    return f"{request.scheme}://{request.host}/"


def today() -> date:
    """Return the day in China."""
    return desk().intake.clock().astimezone(CHINA).date()


def visitor(proof: str = "") -> Visitor:
    """Return who asks, as limits know them."""
    return Visitor(address=request.remote_addr or "", proof=proof)


def minutes(seconds: int) -> str:
    """Write seconds as minutes, rounded up."""
    return f"{max(1, -(-seconds // 60))}分钟"
