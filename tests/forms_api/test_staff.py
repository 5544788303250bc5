from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.staff import (
    ABSOLUTE,
    DUTIES,
    IDLE,
    PASSWORD_LASTS,
    Session,
    Staff,
    find_account_fault,
    find_duties_fault,
    find_name_fault,
    name_duties,
    read_staff,
    write_staff,
)
from tests.forms_api.desk import START

STAFF = Staff("zhong", "钟云", "county", frozenset({"handler"}), START, password_at=START, totp=b"box")
SESSION = Session(b"i" * 32, "zhong", 0, START, START, "Chrome", "192.0.2.1")


@pytest.mark.parametrize("account", ["zhong", "zhong-yun", "a1", "z" + "0" * 31])
def test_accounts_that_may_be(account: str) -> None:
    assert find_account_fault(account) is None


@pytest.mark.parametrize("account", ["", "a", "1a", "Zhong", "zhong_yun", "钟云", "z" + "0" * 32, "zhong\n", "../a"])
def test_accounts_that_may_not_be(account: str) -> None:
    assert find_account_fault(account)


@pytest.mark.parametrize(
    "duties", [["handler"], ["handler", "reviewer", "approver", "cashier"], ["admin"], ["auditor"]]
)
def test_duties_that_go_together(duties: list[str]) -> None:
    assert find_duties_fault(duties) is None


@pytest.mark.parametrize(
    "duties", [[], ["admin", "handler"], ["auditor", "cashier"], ["admin", "auditor"], ["cleaner"]]
)
def test_system_and_audit_duties_stand_alone(duties: list[str]) -> None:
    assert (find_duties_fault(duties) or "").endswith("。")


@pytest.mark.parametrize("name", ["", "  ", "名" * 31, "钟\n云"])
def test_names_that_may_not_be(name: str) -> None:
    assert find_name_fault(name)


def test_duties_in_words() -> None:
    assert name_duties({"reviewer", "handler"}) == "经办、审核"


def test_what_stands_before_the_work() -> None:
    assert STAFF.find_errand(START) is None
    assert replace(STAFF, totp=b"").find_errand(START) == "factor"
    assert replace(STAFF, given_until=START).find_errand(START) == "password"
    assert replace(STAFF, password_at=None).find_errand(START) == "password"
    assert STAFF.find_errand(START + PASSWORD_LASTS) == "password"
    assert STAFF.find_errand(START + PASSWORD_LASTS - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("seen", "passed", "end"),
    [
        (timedelta(), IDLE - timedelta(seconds=1), None),
        (timedelta(), IDLE, "idle"),
        (ABSOLUTE - timedelta(minutes=1), ABSOLUTE - timedelta(seconds=1), None),
        (ABSOLUTE - timedelta(minutes=1), ABSOLUTE, "absolute"),
    ],
)
def test_a_session_ends_by_itself(seen: timedelta, passed: timedelta, end: str | None) -> None:
    assert replace(SESSION, seen_at=START + seen).find_end(START + passed) == end


@given(
    st.builds(
        Staff,
        id=st.text(min_size=1),
        name=st.text(),
        union=st.text(),
        duties=st.frozensets(st.sampled_from(sorted(DUTIES))),
        added_at=st.just(START),
        disabled=st.booleans(),
        password=st.text(),
        password_at=st.none() | st.just(START),
        given_until=st.none() | st.just(START),
        totp=st.binary(),
        totp_step=st.integers(0),
        recovery=st.lists(st.text()).map(tuple),
        epoch=st.integers(0),
        version=st.integers(0),
    )
)
def test_an_account_is_read_as_it_was_written(staff: Staff) -> None:
    assert read_staff(write_staff(staff)) == staff
