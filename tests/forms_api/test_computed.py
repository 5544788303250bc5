import json
from pathlib import Path
from typing import Any

import pytest

from forms_api.computed import ComputedHint, Line, say, work_out
from forms_api.definitions import FormDefinition
from tests.forms_api.sample_forms import faults_of, make_form

CASES = json.loads(Path(__file__).with_name("computed_cases.json").read_text("utf-8"))
DATA: dict[str, Any] = {
    "after": "other", "monthly": ["own", "theirs"], "yearly": ["other"], "rows": "members",
    "rules": "lines", "line": "low", "below": "{value} ≤ {line}（{since}）", "above": "{value} > {line}",
}  # fmt: skip
HINT = ComputedHint.model_validate(DATA)
MONEY = {"name": "own", "label": "收入", "type": "money"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_shared_table(case: dict[str, Any]) -> None:
    assert work_out(HINT, case["answers"]) == case["value"]


@pytest.mark.parametrize(
    ("value", "line", "words"),
    [(1230, 1230.0, "1230 ≤ 1230（今年）"), (1231, 1230.0, "1231 > 1230"), (1177, 1177.5, "1177 ≤ 1177.5（今年）")],
)
def test_the_sentence_compares_with_the_line(value: int, line: float, words: str) -> None:
    assert say(HINT, value, Line(line, "今年")) == words


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"monthly": ["kind"]}, "hints.0.monthly", "kind 不是金额或数字"),
        ({"yearly": ["nothing"]}, "hints.0.yearly", "nothing 不是金额或数字"),
        ({"rows": "own"}, "hints.0.rows", "own 不是重复填写的一组"),
        ({"after": "nothing"}, "hints.0.after", "nothing 不是表里的字段"),
    ],
)
def test_a_hint_names_fields_of_the_form(change: dict[str, Any], place: str, words: str) -> None:
    good = DATA | {"after": "own", "monthly": ["own"], "yearly": [], "rows": None}
    assert faults_of(make_form(MONEY, hints=[good])) == []
    [(found, sentence)] = faults_of(make_form(MONEY, hints=[good | change]))
    assert found == place
    assert words in sentence


def test_a_hint_changes_the_version_only_of_its_own_form() -> None:
    good = DATA | {"after": "own", "monthly": ["own"], "yearly": [], "rows": None}
    plain = FormDefinition.model_validate(make_form(MONEY))
    assert "hints" not in plain.canonical()
    assert FormDefinition.model_validate(make_form(MONEY, hints=[good])).version != plain.version
