"""Read the forms-bundle that a build of the site writes: forms, unions, towns, dated rules, holidays, page shells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from forms_api.computed import ComputedHint, Line
from forms_api.definitions import CHINA, FormDefinition
from forms_api.field_rules import World
from forms_api.windows import Window, Windows
from forms_api.workdays import WorkCalendar

FORMAT_VERSION = 1
UNION_GROUPS = {"county": "县总工会", "township": "乡镇和街道", "industry": "行业", "grassroots": "单位"}
"""Kind of union → heading in the list that a worker chooses from."""
TITLE_MARK, MAIN_MARK = "@@TITLE@@", "@@MAIN@@"


class NoBundle(Exception):
    """There is no usable forms-bundle; the text says what to do."""


@dataclass(frozen=True)
class Bundle:
    """Everything that the service takes from the site."""

    forms: Mapping[str, FormDefinition]
    site: Mapping[str, Any]
    unions: tuple[Mapping[str, Any], ...]
    regions: tuple[str, ...]
    rules: Mapping[str, Mapping[str, Any]]
    guides: Mapping[str, Mapping[str, Any]]
    calendar: WorkCalendar
    shells: Mapping[str, str]
    macros: str
    firsts: tuple[Mapping[str, str], ...] = ()
    """Who came first in a contest whose first is a candidate: `contest`, `honour`, `name`, `employer`."""
    assets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """What pages outside of the site need of it: file name → content."""

    @property
    def windows(self) -> dict[str, Windows]:
        """Return form → when it is taken; who is not there is taken all year."""
        told = {form: guide.get("windows") for form, guide in self.guides.items()}
        return {
            form: tuple(Window(*map(date.fromisoformat, one)) for one in days)
            for form, days in told.items()
            if days is not None
        }

    def world(self, today: date) -> World:
        """Return what the rules of fields look up."""
        return World(today, self.regions, {one["id"]: one["title"] for one in self.unions})

    def group_unions(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return (heading, [(id, title)]) for the list of unions to choose from."""
        return [
            (heading, [(one["id"], one["title"]) for one in self.unions if one["kind"] == kind])
            for kind, heading in UNION_GROUPS.items()
        ]

    def figures(self, rules: str, today: date) -> Mapping[str, Any] | None:
        """Return the version of dated rules that holds on a day (`effective`, `source`, `values`); None before the first."""
        versions = self.rules.get(rules, {}).get("versions", ())
        begun = [one for one in versions if one["effective"] <= today.isoformat()]
        return max(begun, key=lambda one: str(one["effective"]), default=None)


def find_line(bundle: Bundle, hint: ComputedHint, day: date) -> Line | None:
    """Return the figure that a hint compares with, as it holds on a day; None where the rules have none."""
    figures = bundle.figures(hint.rules, day)
    amount = figures["values"].get(hint.line) if figures else None
    if figures is None or not isinstance(amount, int | float):
        return None
    since = date.fromisoformat(figures["effective"])
    return Line(amount, f"{since.year}年{since.month}月{since.day}日")


def read_bundle(folder: Path) -> Bundle:
    """Return the bundle in a folder. Raises NoBundle."""
    try:
        about = _read(folder, "bundle.json")
        if about["version"] != FORMAT_VERSION:
            raise NoBundle(f"{folder} 是另一个版本写的。请用现在的 site-builder 重新生成网站。")
        forms = [FormDefinition.model_validate(_read(folder, f"forms/{name}.json")) for name in about["forms"]]
        return Bundle(
            forms={form.id: form for form in forms},
            site=_read(folder, "site.json"),
            unions=tuple(_read(folder, "unions.json")),
            regions=tuple(_read(folder, "regions.json")),
            rules={one["id"]: one for one in _read(folder, "rules.json")},
            guides=_read(folder, "guides.json"),
            calendar=_read_calendar(_read(folder, "holidays.json")),
            shells={path.stem: path.read_text("utf-8") for path in folder.glob("shells/*.html")},
            firsts=tuple(_read(folder, "contests.json")),
            macros=(folder / "templates" / "macros.html").read_text("utf-8"),
            assets={path.name: path.read_bytes() for path in folder.glob("assets/*")},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoBundle(f"{folder} 里没有可用的表单资料。请先运行 site-builder build，再启动申办服务。") from error


def read_built(folder: Path) -> datetime | None:
    """Return when a bundle was built; None where it does not say."""
    try:
        built = datetime.fromisoformat(_read(folder, "bundle.json")["built"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return built if built.tzinfo else built.replace(tzinfo=CHINA)


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def _read_calendar(years: Mapping[str, Mapping[str, list[str]]]) -> WorkCalendar:
    def days(texts: list[str]) -> frozenset[date]:
        return frozenset(map(date.fromisoformat, texts))

    return WorkCalendar({int(year): (days(own["holidays"]), days(own["workdays"])) for year, own in years.items()})
