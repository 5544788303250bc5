from datetime import date
from random import Random
from typing import Any

import jsonschema_rs
import pytest

from forms_api.answers import check_answers
from forms_api.api_schema import describe_answers, describe_api
from forms_api.definitions import FormDefinition
from forms_api.field_rules import World
from forms_api.questions import FIELD_TYPES
from forms_api.samples import make_answers

WORLD = World(date(2026, 11, 20), ("城关镇", "北岭镇"), {"county": "云溪县总工会", "jiaoyu": "县教育工会"})
EXTRA: dict[str, dict[str, Any]] = {
    "choice": {"options": ["甲", "乙"]},
    "choices": {"options": ["甲", "乙", "丙"], "min": 1, "max": 2},
    "number": {"min": 1, "max": 9},
    "statement": {"text": "请先看一看。"},
    "group": {"item": "人", "min": 1, "max": 3, "fields": [{"name": "who", "label": "谁", "type": "name"}]},
}
FORM = FormDefinition.model_validate(
    {
        "id": "all-types",
        "title": "各种题目",
        "workflow": "direct",
        "privacy": {
            "purpose": "办理申请",
            "basis": "个人信息保护法第十三条",
            "retention": {"approved": "1y", "refused": "1y"},
            "consents": [
                {
                    "name": f"agree_{kind}",
                    "kind": kind,
                    "label": "同意处理这些信息",
                    "why": "办理申请要用。",
                    "otherwise": "请到窗口办理。",
                }
                for kind in ("identity", "finance")
            ],
        },
        "sections": [
            {
                "title": "全部",
                "fields": [
                    {"name": f"a_{kind}", "label": f"题目{kind}", "type": kind, **EXTRA.get(kind, {})}
                    for kind in FIELD_TYPES
                ],
            }
        ],
    }
)


def files(field: Any) -> list[str]:
    return ["handle-0001"]


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema_rs.validator_for(describe_answers(FORM, WORLD))


@pytest.mark.parametrize("seed", range(20))
def test_good_answers_fit_the_schema(validator: Any, seed: int) -> None:
    answers = make_answers(FORM, WORLD, Random(seed), files)
    assert not check_answers(FORM, answers, WORLD).faults
    validator.validate(answers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a_choice", "丁"),
        ("a_choices", []),
        ("a_choices", ["甲", "乙", "丙"]),
        ("a_number", 10),
        ("a_yes_no", 7),
        ("a_consent", False),
        ("a_union", "elsewhere"),
        ("a_region", "别的镇"),
        ("a_group", []),
        ("a_text", "长" * 201),
        ("a_file", ["!"]),
        ("agree_identity", False),
    ],
)
def test_bad_answers_fit_neither_the_schema_nor_the_rules(validator: Any, name: str, value: Any) -> None:
    answers = make_answers(FORM, WORLD, Random(1), files) | {name: value}
    assert check_answers(FORM, answers, WORLD).faults
    assert not validator.is_valid(answers)


def test_every_type_of_field_but_statements_is_described() -> None:
    described = describe_answers(FORM, WORLD)["properties"]
    assert {f"a_{kind}" for kind in FIELD_TYPES} - set(described) == {"a_statement"}
    assert set(describe_answers(FORM, WORLD)["required"]) >= {"a_text", "a_group", "agree_identity"}


def test_the_document_names_each_form() -> None:
    document = describe_api({FORM.id: FORM}, WORLD, "云溪县总工会")
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/forms/all-types/cases" in document["paths"]
    assert "/api/v1/forms/all-types/files" in document["paths"]
