from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from forms_api.staff import Session, Staff, StaffRow
from forms_api.staff_keys import RowRefused, StaffKeys, make_recovery_codes
from tests.forms_api.desk import START

KEYS = StaffKeys.derive(bytes(range(32)))
STAFF = Staff("zhong", "钟云", "county", frozenset({"handler"}), START, version=3)
SESSION = KEYS.sign_session(Session(b"i" * 32, "zhong", 0, START, START, "Chrome", "192.0.2.1"))


def test_the_keys_differ_from_each_other_and_from_another_masters() -> None:
    own = [getattr(KEYS, name) for name in KEYS.__dataclass_fields__]
    others = StaffKeys.derive(bytes(32))
    assert len({*own, *(getattr(others, name) for name in KEYS.__dataclass_fields__)}) == 2 * len(own)
    with pytest.raises(ValueError, match="32 bytes"):
        StaffKeys.derive(b"short")


def test_a_row_is_read_as_it_was_written() -> None:
    assert KEYS.read_row(KEYS.write_row(STAFF)) == STAFF


@pytest.mark.parametrize(
    "alter",
    [
        lambda row: replace(row, body=row.body.replace("handler", "approver")),
        lambda row: replace(row, mac=bytes(32)),
        lambda row: replace(row, mac=b""),
        lambda row: replace(row, account="fei"),
        lambda row: replace(row, version=4),
        lambda row: replace(row, body=""),
        lambda row: StaffKeys.derive(bytes(32)).write_row(STAFF),
    ],
)
def test_a_row_that_was_altered_is_refused(alter: Callable[[StaffRow], StaffRow]) -> None:
    with pytest.raises(RowRefused):
        KEYS.read_row(alter(KEYS.write_row(STAFF)))


def test_a_session_that_was_altered_is_told() -> None:
    assert KEYS.is_signed(SESSION)
    altered = [
        replace(SESSION, account="fei"),
        replace(SESSION, epoch=1),
        replace(SESSION, id=b"j" * 32),
        replace(SESSION, seen_at=START + timedelta(hours=1)),
        replace(SESSION, started_at=START + timedelta(hours=1)),
        replace(SESSION, address="192.0.2.2"),
        replace(SESSION, mac=b""),
    ]
    assert not any(map(KEYS.is_signed, altered))


def test_the_box_of_the_second_factor_opens_with_its_key_only() -> None:
    boxed = KEYS.box_totp(b"s" * 20)
    assert b"s" * 20 not in boxed
    assert KEYS.open_totp(boxed) == b"s" * 20
    assert StaffKeys.derive(bytes(32)).open_totp(boxed) is None
    assert KEYS.open_totp(b"") is None


def test_recovery_codes_differ_and_forgive_how_they_are_typed() -> None:
    codes = make_recovery_codes(bytes(range(100)))
    assert len(set(codes)) == 10
    assert KEYS.hash_recovery("zhong", codes[0]) == KEYS.hash_recovery(
        "zhong", f" {codes[0].lower().replace('-', ' ')}"
    )
    assert KEYS.hash_recovery("zhong", codes[0]) != KEYS.hash_recovery("fei", codes[0])


def test_the_name_of_a_wrong_try_tells_nothing() -> None:
    assert "zhong" not in KEYS.name_failure("account", "zhong")
    assert KEYS.name_failure("account", "zhong") != KEYS.name_failure("address", "zhong")
