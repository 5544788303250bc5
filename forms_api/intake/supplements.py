"""The small form by which a worker adds what was asked for."""

from __future__ import annotations

from collections.abc import Collection

from forms_api.definitions import FormDefinition, Section
from forms_api.questions import FormField

MORE_FILES = FormField(name="more_files", label="照片或文件", type="file", need="非必要", max=6)
"""What every form takes later, where no file was asked for by name."""
MORE_SAID = FormField(name="more_said", label="想说的话", type="textarea", required=False, length=1000)


def make_supplement(form: FormDefinition, asked: Collection[str]) -> FormDefinition:
    """Return the form that asks again for some fields of a form, each of them required now."""
    plain = {"show_if": None, "when": None, "required": True, "need": "必要"}
    fields = [one.model_copy(update=plain) for one in form.fields() if one.name in asked]
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
