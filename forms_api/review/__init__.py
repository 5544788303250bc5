"""Review: the Flask app that staff meet, on a host of its own. It opens what workers sent once somebody unlocked the key."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event

from flask import Flask

from forms_api.config import Settings, make_notifier, make_staff_notifier
from forms_api.http_guards import add_headers
from forms_api.review import (
    access,
    account,
    auditing,
    auth,
    cases,
    check_pages,
    entering,
    failures,
    figures,
    first_steps,
    frame,
    household_pages,
    household_prints,
    inbox,
    member_pages,
    messages,
    payments,
    personal,
    prints,
    publicity,
    registers,
    signing,
    staffing,
    unlocking,
    upkeep,
)
from forms_api.review.rounds import Rounds, start_rounds
from forms_api.reviewing import Review, open_review
from forms_api.standing import Pace

MAX_BODY = 16 * 1024 * 1024
MAX_TEXT = 2 * 1024 * 1024
MAX_PARTS = 2_000
REGISTER_PAGES = (member_pages, household_pages, household_prints, check_pages)
"""Modules that put their pages onto the blueprint of the registers."""
BLUEPRINTS = (
    frame.pages,
    signing.pages,
    first_steps.pages,
    unlocking.pages,
    account.pages,
    staffing.pages,
    inbox.pages,
    cases.pages,
    prints.pages,
    messages.pages,
    publicity.pages,
    payments.pages,
    entering.pages,
    registers.pages,
    figures.pages,
    auditing.pages,
    personal.pages,
    upkeep.pages,
)
"""Everything that the app answers; each view says who may open it (see `auth`)."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(review: Review, settings: Settings, tell_pace: Callable[[], Pace | None] = lambda: None) -> Flask:
    """Return the app of the staff. Raises UndeclaredView where an address does not say who may open it.

    `tell_pace` says how the rounds of this process go.
    """
    app = Flask(__name__, static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_TEXT, MAX_FORM_PARTS=MAX_PARTS, PROPAGATE_EXCEPTIONS=False
    )
    app.extensions["review"] = frame.Desk(
        review, frame.Pages(review.bundle), access.Cookie(secure=not settings.plain_http), settings, tell_pace
    )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    auth.protect(app)
    failures.answer_failures(app)
    app.wsgi_app = add_headers(app.wsgi_app, frame.HEADERS | {"Content-Security-Policy": POLICY})  # type: ignore[method-assign, assignment]  # as flask's documents have it
    return app


def start_app(settings: Settings) -> Flask:
    """Return what the process of the server runs, which also makes its rounds. Raises NotReady, NoBundle."""
    review = open_review(settings)
    staff = make_staff_notifier(settings)
    rounds = Rounds(review, make_notifier(settings), staff, settings.free_megabytes, settings.certificates)
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from forms_api.metrics import Board  # which decides when it is imported whether processes share their figures

        rounds.show = Board().show
    start_rounds(rounds, Event())
    return create_app(review, settings, rounds.tell_pace)
