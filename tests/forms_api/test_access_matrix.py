"""docs/access.md says what the code says, of every address and every step."""

from __future__ import annotations

from forms_api.workflow import TRANSITIONS
from tests.forms_api.access_matrix import PATH, list_rules, make_text


def test_the_page_is_what_the_code_says() -> None:
    assert PATH.read_text(encoding="utf-8") == make_text(), "run: python -m tests.forms_api.access_matrix"


def test_it_names_every_address_and_every_step() -> None:
    text = make_text()
    assert all(f"| `{rule.rule}` |" in text for rule, _ in list_rules())
    assert len(list_rules()) > 80
    assert all(f"| {step.label} |" in text for step in TRANSITIONS if step.role == "staff")
