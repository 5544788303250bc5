from __future__ import annotations

from datetime import date, timedelta

import pytest

from forms_api.tickets import LIFE, WAYS, Ticket, issue_ticket, read_ticket
from forms_api.tokens import IntakeKeys, TokenForged
from tests.forms_api.desk import START

KEYS = IntakeKeys.derive(bytes(range(32)))
TICKET = Ticket("zhong", "paper", date(2026, 11, 18))
TEXT = issue_ticket(KEYS, "membership", TICKET, START)


def test_a_ticket_says_who_and_how_until_it_ends() -> None:
    assert read_ticket(KEYS, "membership", TEXT, START) == TICKET
    assert read_ticket(KEYS, "membership", TEXT, START + LIFE - timedelta(seconds=1)) == TICKET
    assert set(WAYS) == {"window", "paper"}


@pytest.mark.parametrize(
    "text",
    ["", "x", "令", TEXT[:-1], TEXT[:-2] + "AA", "A" + TEXT[1:], TEXT + "AAAA", "=" * 40, "A" * 4000],
)
def test_what_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(TokenForged):
        read_ticket(KEYS, "membership", text, START)


def test_a_ticket_is_for_one_form_one_service_and_half_a_day() -> None:
    for keys, form, now in (
        (KEYS, "transfer", START),
        (IntakeKeys.derive(b"x" * 32), "membership", START),
        (KEYS, "membership", START + LIFE),
    ):
        with pytest.raises(TokenForged):
            read_ticket(keys, form, TEXT, now)
