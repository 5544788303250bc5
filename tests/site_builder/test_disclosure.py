"""What of a record may be shown at all."""

import pytest

from site_builder.disclosure import is_hidden, is_open, may_tell, open_columns
from site_builder.records import Indicator, Observation, Recipient, Register


@pytest.mark.parametrize(
    ("group", "unit", "figures", "hidden"),
    [
        ("六项精准度", "%", {"n": 3, "of": 200}, True),
        ("六项精准度", "%", {"n": 0, "of": 200}, False),
        ("六项精准度", "%", {"n": 0, "of": 4}, True),
        ("六项精准度", "%", {"n": 5, "of": 200}, False),
        ("六项精准度", "户", {"value": 2}, True),
        ("六项精准度", "户", {"value": 0}, False),
        ("六项精准度", "%", {"value": 2}, False),
        ("会员发展", "人", {"value": 2}, False),
    ],
)
def test_small_counts_of_people_in_need_are_hidden(group, unit, figures, hidden):
    indicator = Indicator(id="a", title="甲", group=group, unit=unit)
    assert is_hidden(indicator, Observation.model_validate({"date": "2026-10-31", **figures})) is hidden


@pytest.mark.parametrize(
    ("kind", "consent", "told"), [("个人", False, False), ("个人", True, True), ("集体", False, True)]
)
def test_a_person_must_have_agreed(kind, consent, told):
    assert may_tell(Recipient(name="甲", key="jia", kind=kind, consent=consent)) is told


def test_a_register_shows_its_public_columns():
    columns = [{"name": "name", "label": "姓名", "public": True}, {"name": "phone", "label": "手机"}]
    register = Register.model_validate({"id": "a", "title": "甲", "columns": columns})
    assert [column.name for column in open_columns(register)] == ["name"]
    assert is_open(register)
    assert not is_open(register.model_copy(update={"public": False}))
    assert not is_open(Register.model_validate({"id": "a", "title": "甲", "columns": columns[1:]}))
