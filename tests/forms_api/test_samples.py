from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms_api.answers import check_answers
from forms_api.field_rules import World
from forms_api.samples import make_answers
from tests.forms_api.test_sample_forms import FOLDER, load

WORLD = World(date(2026, 11, 20), ("城关镇", "溪坪镇"), {"county": "云溪县总工会", "kuaidi": "快递行业工会"})


@pytest.mark.parametrize("form_id", sorted(path.stem for path in FOLDER.glob("*.yml")))
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_sample_answers_pass_every_check(form_id: str, seed: int) -> None:
    form = load(form_id)
    answers = make_answers(form, WORLD, Random(seed), lambda field: [f"upload-{field.name}"])
    checked = check_answers(form, answers, WORLD)
    assert checked.faults == {}
    assert {name: checked.answers[name] for name in answers} == answers
