"""Those who were named for an honour → the text of a batch of the site, written by hand as YAML. Pure.

An honour is meant to be known (推荐表里本人已同意公示), so whole names stand here, with sex, unit, post, citation and deeds;
never a number, a birthday, a phone or an address: a candidate has none of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms_api.registers.honours import Candidate


@dataclass(frozen=True, slots=True)
class Naming:
    """The decision that names: its title and number, when and by whom."""

    title: str
    doc_number: str
    conferred: date
    conferred_by: str


def find_path(day: date, number: int) -> str:
    """Return where the `number`th batch of a day lies in the repository."""
    return f"content/honors/{day:%Y%m%d}-mingming-{number}.yml"


def write_batch(naming: Naming, named: Sequence[tuple[str, Candidate]]) -> str:
    """Return the file of a batch of one honour; each person comes with a key that stays theirs."""
    honour, year = named[0][1].honour, naming.conferred.year
    head: dict[str, Any] = {
        "title": f"{year}年度{honour}", "honour": honour, "level": "县级", "year": year,
        "conferred_by": naming.conferred_by, "conferred": naming.conferred,
        "document": {"title": naming.title, "doc_number": naming.doc_number},
    }  # fmt: skip
    lines = [f"{name}: {_write(value)}" for name, value in head.items()]
    rows = [f"  - {_write(_tell(key, one))}" for key, one in sorted(named, key=lambda pair: pair[0])]
    return "\n".join([*lines, "recipients:", *rows]) + "\n"


def _tell(key: str, one: Candidate) -> dict[str, Any]:
    told = {
        "name": one.name, "key": key, "kind": one.kind, "sex": one.sex, "unit": one.employer, "post": one.post,
        "citation": one.citation, "deeds": one.deeds,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value} | {"consent": True}


def _write(value: Any) -> str:
    """Return a value in YAML's flow style; JSON's double quotes mean the same there."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
