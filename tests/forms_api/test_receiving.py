import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms_api.following import status
from forms_api.model import ApiKey, FileRef
from forms_api.receiving import Limits, Receipt, Visitor, find_closed, receive
from forms_api.refusals import Closed, IntakeClosed, OtherAnswers, TooFast, TooMany, UploadMissing
from forms_api.tokens import TokenForged, issue_token
from tests.forms_api.desk import ANSWERS, TRIP, VISITOR, Desk, open_desk

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(tmp_path)
    yield opened
    opened.intake.store.close()


def count(desk: Desk) -> int:
    return len(desk.intake.store.list_cases(limit=1000))


def test_a_receipt_is_given_for_what_is_kept_sealed(desk: Desk) -> None:
    file = desk.upload()
    receipt = desk.receive(files=(file,))
    case = desk.intake.store.find_case(receipt.reference)
    assert case
    assert (case.form, case.version, case.state, case.channel) == ("trip", TRIP.version, "submitted", "web")
    assert receipt == Receipt(receipt.reference, receipt.secret, desk.now, replayed=False)
    assert receipt.secret
    assert receipt.secret not in repr(receipt)
    (part,) = desk.intake.store.read_sealed(case.id)
    assert json.loads(desk.opener.open(part.sealed, f"case:{case.id}")) == {
        "form": "trip",
        "version": TRIP.version,
        "answers": ANSWERS,
        "files": [{"field": "photo", "id": file.id}],
    }
    assert desk.intake.store.find_definition(TRIP.version) == json.loads(json.dumps(TRIP.canonical()))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.dictionaries(st.text(max_size=10), JSON, max_size=5))
def test_what_is_opened_is_what_was_sent(desk: Desk, answers: dict[str, Any]) -> None:
    desk.now += timedelta(hours=1)
    case = desk.intake.store.find_case(desk.receive(answers).reference)
    assert case
    (part,) = desk.intake.store.read_sealed(case.id)
    assert json.loads(desk.opener.open(part.sealed, f"case:{case.id}"))["answers"] == answers


def test_nothing_that_was_written_is_on_the_disk(desk: Desk, tmp_path: Path) -> None:
    marked = "只在这里出现的话"
    receipt = desk.receive({"full_name": marked})
    desk.intake.store.close()
    assert receipt.secret
    for path in tmp_path.rglob("*"):
        content = path.read_bytes()
        for written in (marked, marked.encode("unicode_escape").decode(), receipt.secret):
            assert written.encode() not in content


# --- the same token again ------------------------------------------------------------------------


def test_the_same_answers_give_the_same_receipt(desk: Desk) -> None:
    token = desk.token()
    first = desk.receive(token=token)
    desk.now += timedelta(days=40)
    assert desk.receive(token=token) == replace(first, replayed=True)
    assert count(desk) == 1


def test_a_double_click_makes_one_case(desk: Desk) -> None:
    token = desk.token()
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: desk.receive(token=token), range(24)))
    assert len({(receipt.reference, receipt.secret) for receipt in receipts}) == 1
    assert [receipt.replayed for receipt in receipts].count(False) == 1
    assert count(desk) == 1


@pytest.mark.parametrize("change", [{"full_name": "李四"}, {}, {"days": 4}])
def test_other_answers_with_a_used_token_show_nothing(desk: Desk, change: dict[str, Any]) -> None:
    token = desk.token()
    first = desk.receive(token=token)
    with pytest.raises(OtherAnswers) as other:
        desk.receive((ANSWERS | change) if change else {}, token)
    assert other.value.args == ()
    assert first.reference not in repr(other.value.__dict__)
    assert count(desk) == 1


def test_other_files_are_other_answers(desk: Desk) -> None:
    token = desk.token()
    file = desk.upload()
    first = desk.receive(token=token, files=(file,))
    with pytest.raises(OtherAnswers):
        desk.receive(token=token, files=(desk.upload(),))
    assert desk.receive(token=token, files=(file,)) == replace(first, replayed=True)


def test_once_the_status_page_was_opened_a_replay_shows_no_secret(desk: Desk) -> None:
    token = desk.token()
    first = desk.receive(token=token)
    assert first.secret
    status(desk.intake, first.reference, first.secret, VISITOR)
    assert desk.receive(token=token) == replace(first, replayed=True, secret=None)


def test_a_replay_is_not_limited(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, Limits(per_address_without_work=1))
    token = desk.token()
    desk.receive(token=token)
    for _ in range(3):
        assert desk.receive(token=token).replayed
    with pytest.raises(TooMany):
        desk.receive()
    desk.intake.store.close()


# --- who may hand in, and how often --------------------------------------------------------------


def test_a_token_must_have_been_issued_for_the_form(desk: Desk) -> None:
    with pytest.raises(TokenForged):
        desk.receive(token="A" * 44)
    with pytest.raises(TokenForged):
        desk.receive(token=desk.token("other"))


def test_a_page_sent_at_once_is_no_person(desk: Desk) -> None:
    token = issue_token(desk.intake.keys, "trip", desk.now, bytes(15))
    with pytest.raises(TooFast):
        desk.receive(token=token)
    desk.now += timedelta(seconds=2)
    assert not desk.receive(token=token).replayed


def test_a_page_may_be_filled_in_slowly(desk: Desk) -> None:
    token = desk.token()
    desk.now += timedelta(days=90)
    assert not desk.receive(token=token).replayed


def test_work_earns_more_room(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, Limits(per_address=3, per_address_without_work=1, work_bits=4))

    def send(work: bool) -> None:
        token = desk.token()
        proofs = (str(n) for n in range(10_000))
        found = next(p for p in proofs if hashlib.sha256(f"{token}:{p}".encode()).digest()[0] < 16)
        receive(desk.intake, TRIP, ANSWERS, (), token, Visitor("192.0.2.1", found if work else ""))

    send(work=False)
    with pytest.raises(TooMany) as many:
        send(work=False)
    assert 0 < many.value.seconds <= 600
    for _ in range(3):
        send(work=True)
    with pytest.raises(TooMany):
        send(work=True)
    desk.now += timedelta(minutes=10)
    send(work=False)
    assert count(desk) == 5
    desk.intake.store.close()


def test_a_form_has_a_limit_over_all_addresses(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, Limits(per_form=2))
    for number in range(2):
        receive(desk.intake, TRIP, ANSWERS, (), desk.token(), Visitor(f"192.0.2.{number}"))
    with pytest.raises(TooMany):
        receive(desk.intake, TRIP, ANSWERS, (), desk.token(), Visitor("192.0.2.9"))
    desk.intake.store.close()


def test_a_program_names_its_own_token(desk: Desk) -> None:
    one, two = (Visitor(key=ApiKey(name, name.encode(), desk.now)) for name in ("one", "two"))
    first = receive(desk.intake, TRIP, ANSWERS, (), "order-1", one, "api")
    assert receive(desk.intake, TRIP, ANSWERS, (), "order-1", one, "api") == replace(first, replayed=True)
    other = receive(desk.intake, TRIP, ANSWERS, (), "order-1", two, "api")
    assert other.reference != first.reference
    assert other.secret != first.secret
    (event,) = desk.intake.store.list_events(_find_id(desk, first))
    assert (event.actor.role, event.actor.id, event.data["channel"]) == ("program", "one", "api")


def test_a_program_has_a_limit_of_its_own_if_any(desk: Desk) -> None:
    key = Visitor(key=ApiKey("kiosk", b"k", desk.now, per_minute=2))
    for number in range(2):
        receive(desk.intake, TRIP, ANSWERS, (), f"{number}", key, "api")
    with pytest.raises(TooMany):
        receive(desk.intake, TRIP, ANSWERS, (), "3", key, "api")


def test_staff_enter_paper_without_limits(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, Limits(per_address_without_work=0, per_form=0))
    token = issue_token(desk.intake.keys, "trip", desk.now, bytes(15))
    receipt = receive(desk.intake, TRIP, ANSWERS, (), token, Visitor(staff="chen"), "paper")
    (event,) = desk.intake.store.list_events(_find_id(desk, receipt))
    assert (event.actor.role, event.actor.id, event.data["channel"]) == ("staff", "chen", "paper")
    desk.intake.store.close()


def _find_id(desk: Desk, receipt: Receipt) -> str:
    case = desk.intake.store.find_case(receipt.reference)
    assert case
    return case.id


# --- what stands in the way ----------------------------------------------------------------------


def test_missing_files_are_named(desk: Desk) -> None:
    missing = (FileRef("photo", "gone"), desk.upload(finished=False))
    with pytest.raises(UploadMissing) as refused:
        desk.receive(files=(desk.upload(), *missing))
    assert refused.value.files == missing
    assert count(desk) == 0


def test_a_reference_that_is_taken_is_made_anew(desk: Desk) -> None:
    first = bytes(range(16))
    draws = [first, b"a" * 16, b"m1", first, b"b" * 16, b"m2", first[::-1], b"c" * 16, b"m3"]
    desk.intake = replace(desk.intake, random=lambda _: draws.pop(0))
    assert desk.receive().reference != desk.receive().reference
    assert not draws
    assert count(desk) == 2


@pytest.mark.parametrize("reason", ["disk", "stopped", "store"])
def test_a_closed_intake_takes_nothing(desk: Desk, reason: Closed) -> None:
    desk.intake = replace(desk.intake, guard=lambda: reason)
    with pytest.raises(IntakeClosed) as closed:
        desk.receive()
    assert closed.value.reason == reason == find_closed(desk.intake)
    assert count(desk) == 0


def test_without_a_public_key_intake_is_closed(desk: Desk) -> None:
    desk.intake = replace(desk.intake, sealer=None)
    with pytest.raises(IntakeClosed) as closed:
        desk.receive()
    assert closed.value.reason == "key"


def test_a_store_that_fails_closes_intake(desk: Desk) -> None:
    desk.intake.store.close()
    with pytest.raises(IntakeClosed) as closed:
        desk.receive()
    assert closed.value.reason == "store"
