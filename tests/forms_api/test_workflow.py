import pytest

from forms_api.workflow import REASONS, STATES, TRANSITIONS, NotAllowed, find_actions, next_state


def test_transitions_name_known_states() -> None:
    for step in TRANSITIONS:
        assert step.from_states <= STATES.keys()
        assert step.to_state in STATES


def test_words_are_chinese_and_end() -> None:
    assert all(state.words.endswith("。") for state in STATES.values())
    assert all(not reason.endswith("。") for reason in REASONS.values())


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("submitted", {"withdraw"}),
        ("needs_supply", {"supply", "withdraw"}),
        ("refused", set()),
        ("withdrawn", set()),
        ("paid", set()),
    ],
)
def test_what_a_worker_may_do(state: str, actions: set[str]) -> None:
    assert find_actions(state, "applicant") == actions
    assert find_actions(state, "system") == frozenset()


def test_a_step_leads_to_its_state_or_is_refused() -> None:
    assert next_state("needs_supply", "supply", "applicant") == "submitted"
    for state, action, role in (("submitted", "supply", "applicant"), ("needs_supply", "supply", "staff")):
        with pytest.raises(NotAllowed) as refused:
            next_state(state, action, role)  # type: ignore[arg-type]  # parametrised by hand
        assert (refused.value.state, refused.value.action) == (state, action)
