"""Conditions as data: when a field is shown. Pure; a JavaScript twin runs over the same table of cases.

A condition is a mapping, and every entry of it must hold:

- `{field: value}`        the answer is that value (for a list of ticked values: the value is among them)
- `{field: [a, b]}`       the answer is one of these values
- `{not: condition}`      the condition does not hold
- `{any: [condition, …]}` at least one holds
- `{all: [condition, …]}` each one holds

A missing answer (no key, null, empty text, empty list) equals no value, so `{field: value}` fails on it and
`{not: {field: value}}` holds. Values are compared with their type: the text "1", the number 1 and true all differ.
`answers` holds only what is shown: the answer of a hidden field counts as missing. Inside a repeating group the answers
are those of the form with those of the row laid over them; from outside, the rows of a group equal no value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, product
from math import prod
from typing import Any

WORDS = ("all", "any", "not")
"""Words of the language, which no field may have as its name."""

MAX_DEPTH = 6
MAX_CASES = 5_000

Condition = Mapping[str, Any]


def holds(condition: Condition, answers: Mapping[str, Any]) -> bool:
    """Tell whether `condition`, which `check_shape` has accepted, holds for `answers`."""
    return all(_entry_holds(key, wanted, answers) for key, wanted in condition.items())


def _entry_holds(key: str, wanted: Any, answers: Mapping[str, Any]) -> bool:
    if key == "not":
        return not holds(wanted, answers)
    if key == "any":
        return any(holds(one, answers) for one in wanted)
    if key == "all":
        return all(holds(one, answers) for one in wanted)
    return any(_same(given, value) for given in _listed(answers.get(key)) for value in _listed(wanted))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _same(given: Any, value: Any) -> bool:
    # In Python true equals 1; in JavaScript's === it does not.
    return isinstance(given, bool) == isinstance(value, bool) and bool(given == value)


def check_shape(condition: Any, depth: int = 1) -> None:
    """Raise ValueError (Chinese, for an editor) if `condition` is not written in the language above."""
    if depth > MAX_DEPTH:
        raise ValueError(f"条件套了超过 {MAX_DEPTH} 层。请拆成几个字段，或改写得简单些。")
    if not isinstance(condition, Mapping) or not condition:
        raise ValueError("条件要写成“字段: 值”的形式，不能是空的。例如 show_if: {worker_kind: 在职职工}。")
    for key, wanted in condition.items():
        if key == "not":
            check_shape(wanted, depth + 1)
        elif key in WORDS:
            if not isinstance(wanted, list | tuple) or not wanted:
                raise ValueError(f"{key} 后面要写一列条件。例如 {key}: [{{a: 是}}, {{b: 否}}]。")
            for one in wanted:
                check_shape(one, depth + 1)
        else:
            _check_values(key, wanted)


def _check_values(key: Any, wanted: Any) -> None:
    values = _listed(wanted)
    if not isinstance(key, str):
        raise ValueError(f"条件里的“{key}”不是字段名。字段名是文字，请对照前面的 name 改写。")
    if not values or not all(isinstance(value, str | bool | int | float) and value != "" for value in values):
        raise ValueError(f"条件里字段 {key} 要比较的值不对。请写文字、数字、true 或 false，或写它们的一列。")


def terms(condition: Condition) -> Iterator[tuple[str, Any]]:
    """Yield each (field name, single value) that a condition compares."""
    for key, wanted in condition.items():
        if key == "not":
            yield from terms(wanted)
        elif key in WORDS:
            for one in wanted:
                yield from terms(one)
        else:
            for value in _listed(wanted):
                yield key, value


def implies(premise: Condition, conclusion: Condition, many: Collection[str] = ()) -> bool:
    """Tell whether `conclusion` holds whatever the answers that make `premise` hold.

    `many` names the fields that take several values at once. Found by trying every combination of the values that occur;
    where these are more than MAX_CASES the answer is False, which is the careful one.
    """
    values: dict[str, list[Any]] = {}
    for name, value in [*terms(premise), *terms(conclusion)]:
        known = values.setdefault(name, [])
        if not any(_same(one, value) for one in known):
            known.append(value)
    choices = [_choices(known, name in many) for name, known in values.items()]
    if prod(map(len, choices)) > MAX_CASES:
        return False
    cases = (dict(zip(values, case, strict=True)) for case in product(*choices))
    return all(holds(conclusion, answers) for answers in cases if holds(premise, answers))


def _choices(values: list[Any], several: bool) -> list[tuple[Any, ...]]:
    most = len(values) if several else 1
    return [chosen for size in range(most + 1) for chosen in combinations(values, size)]
