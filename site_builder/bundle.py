"""The forms-bundle: all that the forms service needs from content/, written beside the public folder by every build."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from site_builder.records import Rules, Union
from site_builder.render import THEME_DIR, Theme
from site_builder.values import GeneratedFile

FORMAT_VERSION = 1
SHELL = ("frame.html", "macros.html")
"""Templates that the service shares with the site: the page frame and the components."""


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the bundle's files: forms by id, the union tree, dated rules, holidays, the site's names, the page shell."""
    library = theme.library
    forms = sorted(library.forms.values(), key=lambda form: form.id)
    yield _json(
        "bundle.json",
        {
            "version": FORMAT_VERSION,
            "built": theme.now.isoformat(),
            "forms": {form.id: form.version for form in forms},
        },
    )
    for form in forms:
        yield _json(f"forms/{form.id}.json", form.canonical())
    yield _json("unions.json", [_dump(union) for union in sorted(library.all(Union), key=lambda one: one.id)])
    yield _json("rules.json", [_dump(rules) for rules in sorted(library.all(Rules), key=lambda one: one.id)])
    yield _json(
        "holidays.json",
        {
            str(year): {"holidays": sorted(map(str, days.holidays)), "workdays": sorted(map(str, days.workdays))}
            for year, days in sorted(library.holidays.items())
        },
    )
    yield _json("site.json", library.site.model_dump(mode="json"))
    for name in SHELL:
        yield GeneratedFile(f"templates/{name}", Path(THEME_DIR, name).read_bytes())


def _dump(record: Union | Rules) -> dict[str, Any]:
    return {"id": record.id, **record.model_dump(mode="json", exclude_defaults=True)}


def _json(path: str, data: Any) -> GeneratedFile:
    return GeneratedFile(path, json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
