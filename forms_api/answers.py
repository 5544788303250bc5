"""Answers given to a form → answers as stored and faults. Pure; the page, the API and accepting all call this.

Nothing that the sender decided is trusted: every condition is worked out again, what is hidden or unknown is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms_api.conditions import holds
from forms_api.definitions import FormDefinition
from forms_api.field_rules import World, check, check_consent, least_rows, most_rows
from forms_api.identifiers import CheckDigitWrong
from forms_api.questions import FormField

MISSING: dict[str, str] = {
    "choice": "请选一项：{}。",
    "choices": "请至少选一项：{}。",
    "yes_no": "请选“是”或“否”：{}。",
    "region": "请选一项：{}。",
    "union": "请选一项：{}。",
    "ethnicity": "请选一项：{}。",
    "education": "请选一项：{}。",
    "political_status": "请选一项：{}。",
    "file": "请上传“{}”。",
    "consent": "请勾选“{}”，才能继续。",
}
"""What to do about an empty answer, where it is not 请填写."""


@dataclass
class Checked:
    """What a check came to.

    `answers` is what is stored; `faults` maps a path (`full_name`, `members.0.member_id`) to a sentence; `insistable`
    names the faults that the worker may override by saying that the number is right; `confirmed` those overridden.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    insistable: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)


def check_answers(definition: FormDefinition, given: Any, world: World, confirmed: Collection[str] = ()) -> Checked:
    """Check what was given to a form; `confirmed` holds the paths of numbers that the worker insists on."""
    result = Checked()
    source = given if isinstance(given, Mapping) else {}
    for section in definition.sections:
        _walk(section.fields, source, result.answers, result, world, confirmed)
    for consent in definition.privacy.consents:
        if consent.show_if and not holds(consent.show_if, result.answers):
            continue
        ticked = _tick(source.get(consent.name))
        if consent.required and not ticked:
            result.faults[consent.name] = MISSING["consent"].format(consent.label)
        else:
            result.answers[consent.name] = ticked
    return result


def _tick(value: Any) -> bool:
    try:
        return check_consent(value)
    except ValueError:
        return False


def _walk(
    fields: Iterable[FormField],
    source: Mapping[str, Any],
    answers: dict[str, Any],
    result: Checked,
    world: World,
    confirmed: Collection[str],
    around: Mapping[str, Any] | None = None,
    prefix: str = "",
) -> None:
    """Put the checked answers of `fields` into `answers`; `around` are those of the form where the fields are a row's."""
    for one in fields:
        if one.type == "statement" or (one.show_if and not holds(one.show_if, {**(around or {}), **answers})):
            continue
        path, value = prefix + one.name, source.get(one.name)
        if one.type == "group":
            _walk_rows(one, value, answers, result, world, confirmed)
        elif is_empty(value) or (one.type == "consent" and not _tick(value)):
            _note_missing(one, path, value, answers, result)
        else:
            _check_one(one, path, value, answers, result, world, confirmed)


def is_empty(value: Any) -> bool:
    """Tell whether nothing was answered."""
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, list | tuple) and not value)
    )


def _note_missing(one: FormField, path: str, value: Any, answers: dict[str, Any], result: Checked) -> None:
    if one.is_required:
        result.faults[path] = MISSING.get(one.type, "请填写“{}”。").format(one.label.rstrip("。"))
    elif one.type == "consent":
        answers[one.name] = False


def _check_one(
    one: FormField,
    path: str,
    value: Any,
    answers: dict[str, Any],
    result: Checked,
    world: World,
    confirmed: Collection[str],
) -> None:
    try:
        answers[one.name] = check(value, one, world)
    except CheckDigitWrong as doubt:
        if path in confirmed:
            answers[one.name] = doubt.number
            result.confirmed.add(path)
        else:
            result.faults[path] = str(doubt)
            result.insistable.add(path)
    except ValueError as fault:
        result.faults[path] = str(fault)


def _walk_rows(
    group: FormField, value: Any, answers: dict[str, Any], result: Checked, world: World, confirmed: Collection[str]
) -> None:
    item = group.item or group.label
    given = list(value) if isinstance(value, list | tuple) else []
    rows = [row for row in given if isinstance(row, Mapping) and not all(is_empty(one) for one in row.values())]
    if value not in (None, "") and (
        not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in given)
    ):
        result.faults[group.name] = "这一项的格式不对，请重新填写。"
        return
    if len(rows) < least_rows(group):
        result.faults[group.name] = f"请至少填{least_rows(group)}个{item}。"
    if len(rows) > most_rows(group):
        result.faults[group.name] = f"最多填{most_rows(group)}个{item}，其余的请写在说明里，或者打电话告诉我们。"
        return
    kept: list[dict[str, Any]] = []
    for index, row in enumerate(rows):
        checked: dict[str, Any] = {}
        _walk(group.fields, row, checked, result, world, confirmed, answers, f"{group.name}.{index}.")
        kept.append(checked)
    if kept:
        answers[group.name] = kept
