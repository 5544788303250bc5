import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.model import FileRef
from forms_api.tokens import (
    IntakeKeys,
    TokenForged,
    check_proof,
    derive_secret,
    digest_answers,
    hash_address,
    hash_secret,
    hash_token,
    issue_token,
    read_token,
)

KEYS = IntakeKeys.derive(bytes(32))
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TOKEN = issue_token(KEYS, "trip", NOW, bytes(15))


def test_each_key_serves_one_purpose() -> None:
    keys = [getattr(KEYS, name) for name in KEYS.__dataclass_fields__]
    assert len(set(keys)) == len(keys)
    assert not any(key.hex() in repr(KEYS) or str(key) in repr(KEYS) for key in keys)
    with pytest.raises(ValueError, match="32 bytes"):
        IntakeKeys.derive(b"short")


@given(st.binary(min_size=15, max_size=15), st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)))
def test_a_token_tells_when_its_page_was_rendered(random: bytes, moment: datetime) -> None:
    rendered = moment.replace(tzinfo=UTC, microsecond=0)
    assert read_token(KEYS, "trip", issue_token(KEYS, "trip", rendered, random)) == rendered


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCDEFGHabcdefgh0123456789-_"))
def test_a_changed_token_is_forged(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises(TokenForged):
            read_token(KEYS, "trip", changed)


@pytest.mark.parametrize(
    "token", ["", "=", "x", "令牌", TOKEN[:-4], TOKEN + "AAAA", TOKEN + "\n", "\x00" * 44, "A" * 100_000]
)
def test_what_is_no_token_is_forged(token: str) -> None:
    with pytest.raises(TokenForged):
        read_token(KEYS, "trip", token)


def test_a_token_belongs_to_its_form_and_its_keys() -> None:
    with pytest.raises(TokenForged):
        read_token(KEYS, "other", TOKEN)
    with pytest.raises(TokenForged):
        read_token(IntakeKeys.derive(b"x" * 32), "trip", TOKEN)


def test_proof_of_work() -> None:
    found = next(n for n in range(100_000) if hashlib.sha256(f"{TOKEN}:{n}".encode()).digest()[0] == 0)
    assert check_proof(TOKEN, str(found), 8)
    assert not check_proof("other", str(found), 24)
    assert not check_proof(TOKEN, str(found + 1), 24)


@pytest.mark.parametrize("proof", ["", "-1", "1.5", "１", "0x1", "9" * 21, "令"])
def test_what_is_no_proof(proof: str) -> None:
    assert not check_proof(TOKEN, proof, 0)


def test_the_digest_tells_answers_files_forms_and_tokens_apart() -> None:
    files = [FileRef("photo", "a"), FileRef("photo", "b")]
    digest = digest_answers(KEYS, TOKEN, "trip", {"a": "1", "b": date(2026, 1, 2)}, files)
    assert digest == digest_answers(KEYS, TOKEN, "trip", {"b": date(2026, 1, 2), "a": "1"}, files[::-1])
    others = [
        digest_answers(KEYS, TOKEN, "trip", {"a": "2", "b": date(2026, 1, 2)}, files),
        digest_answers(KEYS, TOKEN, "trip", {"a": "1", "b": date(2026, 1, 2)}, files[:1]),
        digest_answers(KEYS, TOKEN, "other", {"a": "1", "b": date(2026, 1, 2)}, files),
        digest_answers(KEYS, TOKEN + "x", "trip", {"a": "1", "b": date(2026, 1, 2)}, files),
    ]
    assert len({digest, *others}) == 5


def test_what_is_kept_tells_nothing_of_what_it_stands_for() -> None:
    secret = derive_secret(KEYS, TOKEN)
    assert secret == derive_secret(KEYS, TOKEN) != derive_secret(KEYS, TOKEN + "x")
    assert len(secret) == 12
    assert len({hash_token(KEYS, TOKEN), hash_secret(KEYS, "A", secret), hash_secret(KEYS, "B", secret)}) == 3


def test_an_address_has_a_name_for_a_day() -> None:
    day = NOW.date()
    assert hash_address(KEYS, "192.0.2.1", day) == hash_address(KEYS, "192.0.2.1", day)
    assert hash_address(KEYS, "192.0.2.1", day) != hash_address(KEYS, "192.0.2.2", day)
    assert hash_address(KEYS, "192.0.2.1", day) != hash_address(KEYS, "192.0.2.1", day + timedelta(days=1))
    assert hash_address(KEYS, "2001:db8::1", day) == hash_address(KEYS, "2001:db8::ffff:1", day)
    assert hash_address(KEYS, "2001:db8:0:1::1", day) != hash_address(KEYS, "2001:db8::1", day)
    assert hash_address(KEYS, "", day) == hash_address(KEYS, "no address", day)
