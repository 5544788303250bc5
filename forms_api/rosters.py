"""A table of people to be admitted: checked row by row with the rules of the form, every fault named. Pure.

The columns are the questions of the membership form, by their label, and the day of approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from forms_api.definitions import FormDefinition
from forms_api.field_rules import World, check
from forms_api.questions import FormField
from forms_api.spreadsheets import UNREADABLE

NEEDED = ("full_name", "id_number", "worker_kind", "union")
ASKED = (*NEEDED, "mobile", "employer", "occupation", "ethnicity", "education", "political_status")
APPROVED, PROBLEM = "批准日期", "问题"
MOST = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """One person: the number of the row in the file, what was written, the answers, what is wrong with them."""

    number: int
    cells: Mapping[str, str] = field(repr=False)
    answers: Mapping[str, Any] = field(repr=False)
    approved_on: date | None
    faults: tuple[str, ...]


def list_questions(form: FormDefinition) -> list[FormField]:
    """Return the questions that a table asks, in its order."""
    known = {one.name: one for one in form.fields()}
    return [known[name] for name in ASKED if name in known]


def list_headings(form: FormDefinition) -> list[str]:
    """Return the headings of the columns."""
    return [*(one.label for one in list_questions(form)), APPROVED]


def list_needed(form: FormDefinition) -> list[str]:
    """Return the headings without which a table cannot be read."""
    return [one.label for one in list_questions(form) if one.name in NEEDED] + [APPROVED]


def check_rows(
    lines: Iterable[tuple[int, Mapping[str, str]]], form: FormDefinition, world: World, titles: Mapping[str, str]
) -> list[Row]:
    """Return the rows of a table with what is wrong in each; `titles` are what unions may be called → their id."""
    first: dict[str, int] = {}
    return [_check_row(number, cells, form, world, titles, first) for number, cells in lines]


def add_faults(rows: Sequence[Row], faults: Mapping[int, str]) -> list[Row]:
    """Return the rows with further faults by the number of the row."""
    return [
        Row(one.number, one.cells, one.answers, one.approved_on, (*one.faults, faults[one.number]))
        if one.number in faults
        else one
        for one in rows
    ]


def _check_row(
    number: int,
    cells: Mapping[str, str],
    form: FormDefinition,
    world: World,
    titles: Mapping[str, str],
    first: dict[str, int],
) -> Row:
    answers: dict[str, Any] = {}
    faults = list(_fill(answers, cells, list_questions(form), world, titles))
    approved = _read_day(cells.get(APPROVED, ""))
    if approved is None or approved > world.today:
        faults.append(f"{APPROVED}：请写成 2026-01-31 这样，不能晚于今天。")
    person = str(answers.get("id_number") or "")
    if person and first.setdefault(person, number) != number:
        faults.append(f"和第 {first[person]} 行是同一个证件号码。请只留一行。")
    return Row(number, cells, answers, approved, tuple(faults))


def _fill(
    answers: dict[str, Any],
    cells: Mapping[str, str],
    questions: Sequence[FormField],
    world: World,
    titles: Mapping[str, str],
) -> Iterator[str]:
    for one in questions:
        text = cells.get(one.label, "")
        if not text:
            if one.name in NEEDED:
                yield f"{one.label}：没有填。"
            continue
        if text in UNREADABLE:
            yield f"{one.label}：{UNREADABLE[text]}"
            continue
        if one.type == "union":
            text = titles.get(text, text)
        elif one.type == "ethnicity" and text not in one.values:
            text = f"{text}族"
        try:
            answers[one.name] = check(text, one, world)
        except ValueError as error:
            yield f"{one.label}：{error}"


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip().replace("/", "-").replace(".", "-"))
    except ValueError:
        return None
