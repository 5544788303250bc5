import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from forms_api.following import SUPPLY_FORM, CaseView, rate, status, supply, withdraw
from forms_api.model import Asked, Case, FileRef, NewEvent
from forms_api.receiving import Limits, Receipt, Visitor
from forms_api.refusals import IntakeClosed, OtherAnswers, StepRefused, TooMany, UnknownCase, UploadMissing
from forms_api.storage import Amendment
from forms_api.tokens import TokenForged
from tests.forms_api.desk import VISITOR, Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(tmp_path, Limits(guesses_per_case=4, guesses_per_address=6))
    yield opened
    opened.intake.store.close()


def see(desk: Desk, receipt: Receipt) -> CaseView:
    return status(desk.intake, receipt.reference, receipt.secret or "", VISITOR)


def find(desk: Desk, receipt: Receipt) -> Case:
    case = desk.intake.store.find_case(receipt.reference)
    assert case
    return case


def move(desk: Desk, receipt: Receipt, state: str, asked: Asked | None = None) -> None:
    """Do what the review does."""
    case, now = find(desk, receipt), desk.now + timedelta(hours=1)
    note = "请重拍，四个角都要拍到。"
    after = replace(case, state=state, updated_at=now, reason="unclear", note=note, asked=asked)
    data = {"action": "ask", "state": state, "reason": "unclear", "note": note}
    desk.intake.store.amend(Amendment(case, after, NewEvent("moved", now, VISITOR.actor, data, case.id)))


def ask(desk: Desk) -> Receipt:
    receipt = desk.receive()
    move(desk, receipt, "needs_supply", Asked(("photo",), desk.now + timedelta(days=10)))
    return receipt


def send(desk: Desk, receipt: Receipt, token: str, files: tuple[FileRef, ...] = (), note: str = "补一张") -> CaseView:
    return supply(desk.intake, receipt.reference, receipt.secret or "", {"note": note}, files, token, VISITOR)


# --- seeing --------------------------------------------------------------------------------------


def test_a_worker_sees_state_reason_and_history(desk: Desk) -> None:
    receipt = ask(desk)
    view = see(desk, receipt)
    assert (view.reference, view.form, view.state, view.reason) == (
        receipt.reference,
        "trip",
        "needs_supply",
        "unclear",
    )
    assert view.asked == Asked(("photo",), desk.now + timedelta(days=10))
    assert [(step.kind, step.state, step.reason) for step in view.history] == [
        ("submitted", "submitted", None),
        ("moved", "needs_supply", "unclear"),
    ]
    assert view.actions == {"supply", "withdraw"}


def test_reference_and_secret_may_be_typed_carelessly(desk: Desk) -> None:
    receipt = desk.receive()
    assert receipt.secret
    typed = receipt.reference.lower().replace("-", " "), f" {receipt.secret[:4].lower()} {receipt.secret[4:]}"
    assert status(desk.intake, *typed, VISITOR).reference == receipt.reference


@pytest.mark.parametrize(
    "spoil",
    [
        lambda receipt: (receipt.reference, "AAAA-AAAA-AAAA"),
        lambda receipt: (receipt.reference, ""),
        lambda receipt: ("YX-2222-2222-2", receipt.secret),
        lambda receipt: ("", receipt.secret),
        lambda receipt: ("no reference at all", ""),
    ],
)
def test_a_wrong_pair_tells_nothing(desk: Desk, spoil: Callable[[Receipt], tuple[str, str]]) -> None:
    with pytest.raises(UnknownCase) as unknown:
        status(desk.intake, *spoil(desk.receive()), VISITOR)
    assert unknown.value.args == ()


def test_guessing_at_one_case_is_stopped_from_wherever_it_comes(desk: Desk) -> None:
    receipt = desk.receive()
    for number in range(4):
        with pytest.raises(UnknownCase):
            status(desk.intake, receipt.reference, "WRONG", Visitor(f"198.51.100.{number}"))
    with pytest.raises(TooMany):
        see(desk, receipt)
    desk.now += timedelta(hours=1)
    assert see(desk, receipt).state == "submitted"


def test_guessing_from_one_address_is_stopped(desk: Desk) -> None:
    receipt = desk.receive()
    for number in range(6):
        with pytest.raises(UnknownCase):
            status(desk.intake, f"typed {number}", "WRONG", Visitor("198.51.100.1"))
    with pytest.raises(TooMany):
        status(desk.intake, receipt.reference, receipt.secret or "", Visitor("198.51.100.1"))
    assert see(desk, receipt)


def test_what_was_typed_wrongly_is_not_kept(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(UnknownCase):
        status(desk.intake, "11010519491231002X", "张三丰", VISITOR)
    desk.intake.store.close()
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*"))
    assert b"11010519491231002X" not in content
    assert "张三丰".encode() not in content


# --- supplying -----------------------------------------------------------------------------------


def test_a_supplement_is_added_sealed_and_the_case_goes_on(desk: Desk) -> None:
    receipt = ask(desk)
    file = desk.upload()
    view = send(desk, receipt, desk.token(SUPPLY_FORM), (file,))
    assert (view.state, view.asked, view.reason) == ("submitted", None, None)
    case = find(desk, receipt)
    parts = desk.intake.store.read_sealed(case.id)
    assert len(parts) == 2
    assert json.loads(desk.opener.open(parts[1].sealed, f"case:{case.id}"))["answers"] == {"note": "补一张"}
    assert [one.id for one in desk.intake.store.list_files(case.id)] == [file.id]


def test_a_supplement_sent_twice_is_one(desk: Desk) -> None:
    receipt, token = ask(desk), desk.token(SUPPLY_FORM)
    first = send(desk, receipt, token)
    assert send(desk, receipt, token) == first
    with pytest.raises(OtherAnswers):
        send(desk, receipt, token, note="别的")
    assert len(desk.intake.store.read_sealed(find(desk, receipt).id)) == 2
    move(desk, receipt, "needs_supply", Asked(("photo",)))
    assert send(desk, receipt, token).state == "needs_supply"


def test_nothing_is_supplied_where_nothing_is_asked(desk: Desk) -> None:
    receipt = desk.receive()
    with pytest.raises(StepRefused) as refused:
        send(desk, receipt, desk.token(SUPPLY_FORM))
    assert refused.value.state == "submitted"
    with pytest.raises(TokenForged):
        send(desk, receipt, desk.token())
    other, token = ask(desk), desk.token(SUPPLY_FORM)
    send(desk, other, token)
    with pytest.raises(StepRefused):
        send(desk, receipt, token)


def test_missing_files_of_a_supplement_are_named(desk: Desk) -> None:
    receipt = ask(desk)
    gone = (FileRef("photo", "gone"),)
    with pytest.raises(UploadMissing) as missing:
        send(desk, receipt, desk.token(SUPPLY_FORM), gone)
    assert missing.value.files == gone
    assert see(desk, receipt).state == "needs_supply"


# --- withdrawing ---------------------------------------------------------------------------------


def test_a_case_is_withdrawn_once(desk: Desk) -> None:
    receipt = desk.receive()
    view = withdraw(desk.intake, receipt.reference, receipt.secret or "", VISITOR)
    assert (view.state, view.actions) == ("withdrawn", frozenset())
    assert withdraw(desk.intake, receipt.reference, receipt.secret or "", VISITOR) == view
    assert [step.state for step in view.history] == ["submitted", "withdrawn"]


def test_what_is_paid_is_not_withdrawn(desk: Desk) -> None:
    receipt = desk.receive()
    move(desk, receipt, "paid")
    with pytest.raises(StepRefused) as refused:
        withdraw(desk.intake, receipt.reference, receipt.secret or "", VISITOR)
    assert refused.value.state == "paid"


def test_a_store_that_fails_is_said(desk: Desk) -> None:
    receipt = ask(desk)
    desk.intake.store.close()
    for act in (
        lambda: see(desk, receipt),
        lambda: withdraw(desk.intake, receipt.reference, receipt.secret or "", VISITOR),
        lambda: send(desk, receipt, desk.token(SUPPLY_FORM)),
    ):
        with pytest.raises(IntakeClosed):
            act()


def spoil(tmp_path: Path, statement: str) -> None:
    """Change the database behind the store's back, so that one thing in it fails from now on."""
    connection = sqlite3.connect(tmp_path / "cases.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


NO_CHANGE = "create trigger full before update on cases begin select raise(abort, 'no room'); end"
NO_EVENTS = "alter table event rename to elsewhere"


@pytest.mark.parametrize("statement", [NO_CHANGE, NO_EVENTS], ids=["no change", "no events"])
@pytest.mark.parametrize("act", ["see", "withdraw", "send"])
def test_a_store_that_fails_half_way_is_said_and_changes_nothing(
    desk: Desk, tmp_path: Path, statement: str, act: str
) -> None:
    receipt = ask(desk)
    before = find(desk, receipt)
    spoil(tmp_path, statement)
    acts: dict[str, Callable[[], object]] = {
        "see": lambda: see(desk, receipt),
        "withdraw": lambda: withdraw(desk.intake, receipt.reference, receipt.secret or "", VISITOR),
        "send": lambda: send(desk, receipt, desk.token(SUPPLY_FORM)),
    }
    with pytest.raises(IntakeClosed):
        acts[act]()
    after = find(desk, receipt)
    assert (after.state, after.asked) == (before.state, before.asked)
    assert len(desk.intake.store.read_sealed(after.id)) == 1


def test_looking_for_an_earlier_supplement_may_fail_too(desk: Desk, tmp_path: Path) -> None:
    receipt = desk.receive()
    spoil(tmp_path, "alter table submissions rename to elsewhere")
    with pytest.raises(IntakeClosed):
        send(desk, receipt, desk.token(SUPPLY_FORM))


# --- rating --------------------------------------------------------------------------------------


def say(desk: Desk, receipt: Receipt, rating: str) -> CaseView:
    return rate(desk.intake, receipt.reference, receipt.secret or "", rating, VISITOR)


@pytest.mark.parametrize("state", ["answered", "paid", "finished", "refused"])
def test_what_is_done_can_be_rated_once(desk: Desk, state: str) -> None:
    receipt = desk.receive()
    move(desk, receipt, state)
    assert see(desk, receipt).rating == "", "it may be said now"
    assert say(desk, receipt, "fair").rating == "fair"
    assert say(desk, receipt, "poor").rating == "fair", "the first word counts"
    assert see(desk, receipt).rating == "fair"
    told = [(event.actor.role, dict(event.data)) for event in desk.intake.store.list_events() if event.kind == "rated"]
    assert told == [("applicant", {"rating": "fair"})]


@pytest.mark.parametrize(("state", "rating"), [("submitted", "good"), ("withdrawn", "good"), ("finished", "splendid")])
def test_what_is_not_done_and_what_is_no_rating_is_refused(desk: Desk, state: str, rating: str) -> None:
    receipt = desk.receive()
    if state != "submitted":
        move(desk, receipt, state)
    with pytest.raises(StepRefused):
        say(desk, receipt, rating)
    assert not [event for event in desk.intake.store.list_events() if event.kind == "rated"]


def test_nobody_rates_without_the_secret(desk: Desk) -> None:
    receipt = desk.receive()
    move(desk, receipt, "finished")
    with pytest.raises(UnknownCase):
        rate(desk.intake, receipt.reference, "wrong-wrong", "poor", VISITOR)


def test_a_rating_that_cannot_be_kept_says_so(desk: Desk) -> None:
    receipt = desk.receive()
    move(desk, receipt, "finished")
    desk.intake.store.close()
    with pytest.raises(IntakeClosed):
        say(desk, receipt, "good")
