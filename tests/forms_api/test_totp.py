from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from forms_api.totp import find_step, make_code, match_step, spell_secret, write_address

SECRET = b"12345678901234567890"
"""The secret of the test vectors of RFC 6238, appendix B."""
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_standard(second: int, code: str) -> None:
    assert make_code(SECRET, second // 30) == code


@pytest.mark.parametrize(("drift", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(drift: int, fits: bool) -> None:
    step = find_step(NOW) + drift
    assert match_step(SECRET, make_code(SECRET, step), NOW, 0) == (step if fits else None)


def test_a_step_counts_once_and_none_before_it() -> None:
    step = find_step(NOW)
    assert match_step(SECRET, make_code(SECRET, step), NOW, step) is None
    assert match_step(SECRET, make_code(SECRET, step - 1), NOW, step) is None
    assert match_step(SECRET, make_code(SECRET, step + 1), NOW, step) == step + 1


@pytest.mark.parametrize("typed", ["{0} {1}", "　{0}{1}", "{0}{1}\n"])
def test_spaces_and_width_are_forgiven(typed: str) -> None:
    code = make_code(SECRET, find_step(NOW))
    assert match_step(SECRET, typed.format(code[:3], code[3:]), NOW, 0) == find_step(NOW)


def test_full_width_digits_are_digits() -> None:
    code = make_code(SECRET, find_step(NOW)).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert match_step(SECRET, code, NOW, 0) == find_step(NOW)


@pytest.mark.parametrize("typed", ["", "abc", "12345", "二八七零八二", "1" * 5000])
def test_anything_else_is_no_code(typed: str) -> None:
    assert match_step(SECRET, typed, NOW + timedelta(days=1), 0) is None


def test_the_address_holds_what_an_app_needs() -> None:
    parts = urlsplit(write_address(SECRET, "zhong", "职工之家"))
    asked = parse_qs(parts.query)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert asked["secret"] == [spell_secret(SECRET).replace(" ", "")]
    assert asked["issuer"] == ["职工之家"]
