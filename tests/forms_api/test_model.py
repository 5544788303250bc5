from dataclasses import replace
from datetime import UTC

import pytest

from forms_api.model import APPLICANT, NO_EVENT, Actor, NewEvent, WrongEvent, digest_event, link
from tests.forms_api.desk import START

EVENT = NewEvent("supplied", START, APPLICANT, {"files": 2, "content": "0", "sums": "", "state": "submitted"}, "c1")


@pytest.mark.parametrize("data", [{}, {"files": 1}, {"files": 1, "state": "x", "answer": "secret"}])
def test_an_event_has_the_keys_of_its_kind_and_no_others(data: dict[str, int | str]) -> None:
    with pytest.raises(WrongEvent):
        NewEvent("supplied", START, APPLICANT, data)
    with pytest.raises(WrongEvent):
        NewEvent("unheard_of", START, APPLICANT, data)


def test_the_digest_covers_everything_and_the_one_before() -> None:
    linked = link(EVENT, 2, b"p" * 32)
    assert linked.digest == digest_event(linked)
    changed = [
        replace(linked, seq=3),
        replace(linked, actor=Actor("staff", "li")),
        replace(linked, data={"files": 3, "content": "0", "sums": "", "state": "submitted"}),
        replace(linked, case_id="c2"),
        replace(linked, previous=NO_EVENT),
        replace(linked, kind="submitted"),
        replace(linked, at=START.replace(microsecond=1)),
    ]
    assert len({digest_event(one) for one in [linked, *changed]}) == 8


def test_the_digest_does_not_depend_on_how_the_time_is_written() -> None:
    assert link(EVENT, 1, NO_EVENT) != link(replace(EVENT, case_id=None), 1, NO_EVENT)
    elsewhere = replace(EVENT, at=START.astimezone(UTC))
    assert link(EVENT, 1, NO_EVENT).digest == link(elsewhere, 1, NO_EVENT).digest
