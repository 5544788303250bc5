"""The forms-bundle: all that the forms service needs from content/, written beside the public folder by every build."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from site_builder.accepting import list_windows
from site_builder.model import Library
from site_builder.records import Event, Guide, Rules, Union, Venue
from site_builder.render import THEME_DIR, Theme
from site_builder.values import GeneratedFile

FORMAT_VERSION = 1
MACROS = "macros.html"
"""The template that the service shares with the site: the components."""
TITLE_MARK, MAIN_MARK = "@@TITLE@@", "@@MAIN@@"
"""Where the service puts the title and the main part of a page into a shell."""
ASSETS = ("assets/style.css", "assets/seal.svg", "staff/desk.js")
"""What the staff app, which stands on a host of its own, hands out itself."""
SHELLS = ("guides", "status")
"""Current item of the navigation → a shell of that name."""


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the bundle's files: forms by id, the union tree, towns, dated rules, holidays, names, page shells."""
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
    yield _json("regions.json", list_regions(library))
    yield _json("guides.json", {guide.form: _tell_guide(library, guide) for guide in library.all(Guide) if guide.form})
    yield _json("contests.json", list_firsts(library))
    yield GeneratedFile(f"templates/{MACROS}", Path(THEME_DIR, MACROS).read_bytes())
    for name in ASSETS:
        file = Path(THEME_DIR, name)
        yield GeneratedFile(f"assets/{file.name}", file.read_bytes())
    for name in SHELLS:
        # drawn as the error page is: its links work at any address, and it names no address of its own
        page = theme.page("404.html", "shell.html", title=TITLE_MARK, current=name, column=name, mark=MAIN_MARK)
        yield GeneratedFile(f"shells/{name}.html", page.content)


def list_firsts(library: Library) -> list[dict[str, str]]:
    """Return who came first in a contest whose first is a candidate for an honour, the latest contest first."""
    contests = sorted(
        (one for one in library.all(Event) if one.firsts), key=lambda one: (one.start, one.id), reverse=True
    )
    return [
        {
            "contest": f"{one.start.year}年{one.title}",
            "honour": one.candidate_for or "",
            "name": winner.name,
            "employer": winner.unit or "",
        }
        for one in contests
        for winner in one.firsts
    ]


def list_regions(library: Library) -> list[str]:
    """Return the towns that a worker chooses from: those with a union of their own first, then those with venues."""
    unions = [one.title for one in library.all(Union) if one.kind == "township"]
    towns = [found[0] for title in sorted(unions) if (found := re.match(".+?(?:街道|镇|乡|开发区|园区)", title))]
    towns += sorted(venue.township for venue in library.all(Venue) if venue.township)
    return list(dict.fromkeys(towns))


def _tell_guide(library: Library, guide: Guide) -> dict[str, Any]:
    """Return what the service says of the guide that a form belongs to; `windows` is null where it is open all year."""
    limit, legal, windows = guide.promised_limit, guide.legal_limit, list_windows(library, guide)
    return {
        "url": guide.url,
        "title": guide.title,
        "short": guide.short or guide.title,
        "limit": {"days": limit.days, "unit": limit.unit} if limit else None,
        "legal_limit": {"days": legal.days, "unit": legal.unit} if legal else None,
        "windows": None if windows is None else [[str(one.start), str(one.end)] for one in windows],
        "steps": [{"title": step.title, "when": step.when} for step in guide.steps],
    }


def _dump(record: Union | Rules) -> dict[str, Any]:
    return {"id": record.id, **record.model_dump(mode="json", exclude_defaults=True)}


def _json(path: str, data: Any) -> GeneratedFile:
    return GeneratedFile(path, json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
