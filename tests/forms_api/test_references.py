import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.references import (
    ALPHABET,
    BadReference,
    make_reference,
    parse_reference,
    parse_secret,
    show_secret,
    spell,
)

RANDOM = st.binary(min_size=16, max_size=16)


@given(RANDOM)
def test_a_reference_is_read_back_however_it_is_typed(random: bytes) -> None:
    reference = make_reference("YX", random)
    assert re.fullmatch(r"YX-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]", reference)
    wide = "".join(chr(ord(char) + 0xFEE0) if char != "-" else "－" for char in reference)
    for typed in (reference, reference.lower(), f" {reference.replace('-', ' ')} ", reference[3:], wide):
        assert parse_reference(typed, "YX") == reference


@given(RANDOM, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(random: bytes, place: int, wrong: str) -> None:
    body = make_reference("YX", random).removeprefix("YX").replace("-", "")
    typed = body[:place] + wrong + body[place + 1 :]
    if typed != body:
        with pytest.raises(BadReference):
            parse_reference(typed, "YX")


@given(RANDOM, st.integers(0, 6))
def test_every_swap_of_neighbours_is_found(random: bytes, place: int) -> None:
    body = make_reference("YX", random).removeprefix("YX").replace("-", "")
    typed = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    if typed != body:
        with pytest.raises(BadReference):
            parse_reference(typed, "YX")


@pytest.mark.parametrize("typed", ["", "YX", "YX-7F3K", "０" * 9, "张三" * 5, "x" * 10_000, "\x00" * 9, "IIII-OOOO-L"])
def test_what_is_no_reference_is_refused(typed: str) -> None:
    with pytest.raises(BadReference):
        parse_reference(typed, "YX")


def test_the_alphabet_has_no_twins_and_a_prime_size() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert not set("01ILO") & set(ALPHABET)


def test_a_secret_is_shown_in_groups_and_read_back() -> None:
    secret = spell(bytes(range(32)), 12)
    assert show_secret(secret).count("-") == 2
    assert parse_secret(f" {show_secret(secret).lower()} ") == secret
