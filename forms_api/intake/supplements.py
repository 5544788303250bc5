"""The small form by which a worker adds what was asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from forms_api.conditions import terms
from forms_api.definitions import FormDefinition, Section
from forms_api.questions import FormField

MORE_FILES = FormField(name="more_files", label="照片或文件", type="file", need="非必要", max=6)
"""What every form takes later, where no file was asked for by name."""
MORE_SAID = FormField(name="more_said", label="想说的话", type="textarea", required=False, length=1000)


def make_supplement(form: FormDefinition, asked: Collection[str]) -> FormDefinition:
    """Return the form that asks again for some fields of a form, each of them required now."""
    fields = [ask_again(one) for one in form.fields() if one.name in asked]
    if not any(one.type == "file" for one in fields):
        fields.append(MORE_FILES)
    return FormDefinition.model_construct(
        id=form.id,
        title=form.title,
        privacy=form.privacy.model_copy(update={"consents": ()}),
        sections=(Section(title="补充", fields=(*fields, MORE_SAID)),),
        workflow=form.workflow,
        hints=(),
    )


def ask_again(one: FormField) -> FormField:
    """Return a field as it stands alone: always shown, always required; a material has its own word for that."""
    needed: dict[str, Any] = {"need": "必要", "when": None} if one.type == "file" else {"required": True}
    rows = tuple(_stand_alone(inner, one) for inner in one.fields)
    return one.model_copy(update={"show_if": None, **needed, **({"fields": rows} if rows else {})})


def _stand_alone(inner: FormField, group: FormField) -> FormField:
    """Return a field of a group; where it hung on an answer outside the group, which is not asked again, it may be left out."""
    inside = {one.name for one in group.fields}
    if all(name in inside for name, _ in terms(inner.show_if or {})):
        return inner
    return inner.model_copy(update={"show_if": None, "required": False})
