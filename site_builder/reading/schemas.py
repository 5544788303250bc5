"""The JSON Schemas that help while typing, made from the models. No I/O."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from forms_api.definitions import FormDefinition
from site_builder import publications, withdrawals
from site_builder.editors import Editors
from site_builder.model import Allow, HolidayYear, Site, Synonyms
from site_builder.records import RECORD_TYPES

SETTINGS: dict[str, type[BaseModel]] = {
    "site.yml": Site,
    "editors.yml": Editors,
    "synonyms.yml": Synonyms,
    "allow.yml": Allow,
    withdrawals.FILE: withdrawals.Withdrawals,
    publications.FILE: publications.Publications,
}
"""The files that stand directly in content/."""

_FROM_PLACE = ("id", "body")
_SHORT_FORMS = ("Reference", "Validity")
"""Models that may be written as one word."""


def make_schemas() -> dict[str, dict[str, Any]]:
    """Return name → JSON Schema for every record type, forms, settings and holidays."""
    models: dict[str, type[BaseModel]] = {**RECORD_TYPES, "form": FormDefinition, "holidays": HolidayYear}
    models |= {name.removesuffix(".yml"): model for name, model in SETTINGS.items()}
    return {name: _make_schema(model) for name, model in models.items()}


def _make_schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    if "id" in model.model_fields:
        for key in _FROM_PLACE:
            schema.get("properties", {}).pop(key, None)
        schema["required"] = [key for key in schema.get("required", ()) if key not in _FROM_PLACE]
    definitions = schema.get("$defs", {})
    for name in _SHORT_FORMS:
        if name in definitions:
            definitions[name] = {"anyOf": [{"type": "string"}, definitions[name]]}
    label = getattr(model, "label", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, **({"title": label} if label else {})}
