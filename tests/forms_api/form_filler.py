"""Fill in a form in a real browser as a worker would, from answers as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from forms_api.definitions import FormDefinition
from forms_api.questions import FormField


def fill_form(
    page: Page, form: FormDefinition, answers: Mapping[str, Any], picture: Path | None, *, script: bool
) -> None:
    """Answer every question that is shown, step by step where script runs; leave the page before it is sent."""
    steps = [section.fields for section in form.sections]
    for number, fields in enumerate(steps):
        for one in fields:
            fill_field(page, one, answers.get(one.name), picture)
        last = number == len(steps) - 1 and not form.privacy.consents
        if script:
            expect(page.locator(".up progress")).to_have_count(0)
        if script and not last:
            page.locator("[data-next]").click()
            assert page.locator(f"[data-part='{number}']").is_hidden(), page.locator(".msg").all_inner_texts()
    for consent in form.privacy.consents:
        _tick(page, consent.name, answers.get(consent.name))


def fill_field(page: Page, one: FormField, value: Any, picture: Path | None, prefix: str = "") -> None:
    """Answer one question; None leaves it as it is."""
    if value is None:
        return
    name = prefix + one.name
    if one.type == "group":
        for number, row in enumerate(value):
            if page.locator(f"#f-{name} .row-of").count() <= number:
                page.locator(f"#f-{name} [data-more]").click()
            for inner in one.fields:
                fill_field(page, inner, row.get(inner.name), picture, f"{name}-{number}-")
    elif one.type == "file":
        if picture:
            page.locator(f"[name='up-{name}']").set_input_files(picture)
    elif one.type == "consent":
        _tick(page, name, value)
    elif one.type in ("choice", "choices", "yes_no"):
        for chosen in value if isinstance(value, list) else [value]:
            words = ("yes" if chosen else "no") if isinstance(chosen, bool) else chosen
            _choose(page.locator(f"[name='{name}']"), words)
    elif one.type in ("region", "union", "ethnicity", "education", "political_status"):
        page.locator(f"[name='{name}']").select_option(str(value))
    else:
        page.locator(f"[name='{name}']").fill(str(value))


def _choose(boxes: Locator, value: str) -> None:
    boxes.and_(boxes.page.locator(f"[value='{value}']")).check()


def _tick(page: Page, name: str, value: Any) -> None:
    box = page.locator(f"[name='{name}'][type=checkbox]")
    if value and box.is_visible():
        box.check()
