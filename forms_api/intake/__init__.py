"""Intake: the Flask app that workers meet. It holds no key that opens what they send."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

from flask import Flask

from forms_api.config import Settings, open_shelf
from forms_api.forms_bundle import read_bundle
from forms_api.intake import api, blank_pages, filling, guards, keeping, status, uploads
from forms_api.intake.beside import Wsgi, serve_beside
from forms_api.intake.desk import Desk
from forms_api.intake.pages import Pages
from forms_api.intake.posted_files import SealingRequest
from forms_api.intake.sweeping import start_sweeping
from forms_api.receiving import Intake

MAX_BODY = 64 * 1024 * 1024
"""Bytes of one post, files without script included."""
MAX_TEXT = 2 * 1024 * 1024
MAX_PARTS = 2_000


def create_app(intake: Intake, settings: Settings) -> Flask:
    """Return the app that accepts applications into `intake`, its pages made from the forms-bundle. Raises NoBundle."""
    bundle = read_bundle(settings.bundle)
    intake = replace(intake, windows=bundle.windows)
    app = Flask(__name__, static_folder=None)
    app.request_class = SealingRequest
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_TEXT, MAX_FORM_PARTS=MAX_PARTS, PROPAGATE_EXCEPTIONS=False
    )
    desk = Desk(intake, bundle, Pages(bundle, intake.limits.work_bits))
    desk.keep_versions()
    app.extensions["workers-home"] = desk
    app.extensions["uploads"] = uploads.FileDesk(intake, bundle.forms, open_shelf(settings, intake, bundle))
    app.extensions["api"] = api.Counter(intake, bundle)
    for blueprint in (filling.pages, keeping.pages, status.pages, uploads.blueprint, api.blueprint):
        app.register_blueprint(blueprint)
    guards.protect(app)
    app.wsgi_app = blank_pages.serve_blank_pages(app.wsgi_app, desk)  # type: ignore[method-assign, assignment]  # as flask's documents have it
    return app


def start_app(intake: Intake, settings: Settings) -> Wsgi:
    """Return what a process of the server runs: the app, swept each hour, with the built site around it if one is named."""
    app = create_app(intake, settings)
    shelf = app.extensions["uploads"].shelf
    start_sweeping(intake, shelf, settings.folder.lock("sweep"), Event())
    return serve_beside(app, settings.site) if settings.site else app
