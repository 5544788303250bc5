"""What every store must do, whatever it stands on. A new adapter is one more line in `open_store`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.database_server import DatabaseServer
from forms_api.audit import Chain, follow_chain
from forms_api.model import (
    APPLICANT,
    NO_EVENT,
    Actor,
    ApiKey,
    Asked,
    Case,
    Draft,
    FileRef,
    Message,
    NewEvent,
    Upload,
    digest_event,
    tell_content,
)
from forms_api.office import CASE, Entry, EntryQuery, Note, Work, WorkQuery
from forms_api.staff import Session, StaffRow
from forms_api.storage import (
    Amendment,
    CaseChanged,
    Change,
    Charge,
    EntryChange,
    EntryChanged,
    Exhausted,
    FilesMissing,
    KeyTaken,
    Purge,
    ReferenceTaken,
    StaffChange,
    StaffChanged,
    Store,
    StoreBroken,
    Submission,
    TokenUsed,
    TrailQuery,
)
from forms_api.storage.postgres import PostgresStore
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.desk import START as NOW

answered: ContextVar[str] = ContextVar("answered", default="")
"""The id of the request that a thread of a test answers."""


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(request, tmp_path)
    yield opened
    opened.close()


def open_store(request: pytest.FixtureRequest, folder: Path) -> Store:
    if request.param == "sqlite":
        return SqliteStore(folder / "cases.db", find_request=answered.get)
    server: DatabaseServer = request.getfixturevalue("database_server")
    return PostgresStore(server.empty_database(), find_request=answered.get)


def make(number: int = 1, files: tuple[FileRef, ...] = (), charges: tuple[Charge, ...] = ()) -> Submission:
    case = Case(
        id=f"c{number}",
        reference=f"YX-{number}",
        form="trip",
        version="v1",
        channel="web",
        state="submitted",
        received_at=NOW.replace(microsecond=number),
        updated_at=NOW.replace(microsecond=number),
        secret_hash=b"secret",
    )
    sealed = b"sealed %d" % number
    content = tell_content(sealed, {file.id: "aa" for file in files})
    data = {"form": "trip", "version": "v1", "channel": "web", "state": "submitted", **content}
    return Submission(
        token_hash=b"token %d" % number,
        answers_digest=b"answers %d" % number,
        case=case,
        sealed=sealed,
        files=files,
        event=NewEvent("submitted", case.received_at, APPLICANT, data, case.id),
        messages=(Message(f"m{number}", case.id, "received", NOW),),
        charges=charges,
    )


def ask(store: Store, case: Case) -> Case:
    after = replace(case, state="needs_supply", updated_at=NOW + timedelta(hours=1), reason="unclear", note="看不清")
    after = replace(after, asked=Asked(("photo",), NOW + timedelta(days=10)))
    data = {"action": "ask", "state": "needs_supply", "reason": "unclear", "note": "看不清"}
    store.amend(Amendment(case, after, NewEvent("moved", NOW, APPLICANT, data, case.id)))
    return after


def supplement(case: Case, number: int = 1, files: tuple[FileRef, ...] = ()) -> Amendment:
    after = replace(case, state="submitted", updated_at=NOW + timedelta(hours=2), reason=None, note=None, asked=None)
    content = tell_content(b"more", {file.id: "aa" for file in files})
    event = NewEvent("supplied", NOW, APPLICANT, {**content, "state": "submitted"}, case.id)
    return Amendment(case, after, event, b"more", files, (), (), b"supply %d" % number, b"digest")


def put_file(store: Store, name: str = "f1", finished: bool = True, field: str = "photo") -> FileRef:
    end = NOW + timedelta(days=1)
    upload = Upload(name, "trip", field, NOW, end, 10, 10, "aa", b"key", NOW if finished else None)
    store.start_upload(upload)
    return FileRef(field, name)


def count(store: Store) -> tuple[int, int]:
    return len(store.list_cases(limit=10_000)), len(list(store.list_events()))


# --- accepting -----------------------------------------------------------------------------------


def test_what_is_accepted_is_kept_whole(store: Store) -> None:
    submission = make(files=(put_file(store),))
    store.accept(submission)
    assert store.find_case("YX-1") == submission.case
    assert store.find_case("YX-2") is None
    assert store.find_submission(b"token 1") == (submission.case, b"answers 1")
    assert [part.sealed for part in store.read_sealed("c1")] == [b"sealed 1"]
    assert [(file.id, file.field, file.size, file.sealed) for file in store.list_files("c1")] == [
        ("f1", "photo", 10, b"key")
    ]
    (event,) = store.list_events("c1")
    assert (event.seq, event.kind, event.previous, event.data["files"]) == (1, "submitted", NO_EVENT, 1)


def test_the_same_token_makes_no_second_case(store: Store) -> None:
    first = make(1)
    store.accept(first)
    with pytest.raises(TokenUsed) as used:
        store.accept(replace(make(2), token_hash=first.token_hash))
    assert (used.value.case, used.value.answers_digest) == (first.case, b"answers 1")
    assert count(store) == (1, 1)


def test_many_at_once_with_one_token_make_one_case(store: Store) -> None:
    def send(number: int) -> bool:
        try:
            store.accept(replace(make(number), token_hash=b"one"))
        except TokenUsed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(1, 41))) == 1
    assert count(store) == (1, 1)


def test_a_taken_reference_is_refused(store: Store) -> None:
    store.accept(make(1))
    other = make(2)
    for case in (replace(other.case, reference="YX-1"), replace(other.case, id="c1")):
        with pytest.raises(ReferenceTaken):
            store.accept(replace(other, case=case))
    assert count(store) == (1, 1)


@pytest.mark.parametrize("case", ["unknown", "unfinished", "other field", "expired", "taken", "twice"])
def test_a_file_that_is_not_there_is_refused_and_nothing_is_kept(store: Store, case: str) -> None:
    file = put_file(store, finished=case != "unfinished")
    submission = make(2, files=(file,))
    if case == "unknown":
        submission = make(2, files=(file, FileRef("photo", "f9")))
    elif case == "other field":
        submission = make(2, files=(FileRef("proof", "f1"),))
    elif case == "expired":
        late = replace(submission.case, received_at=NOW + timedelta(days=2))
        submission = replace(submission, case=late)
    elif case == "twice":
        submission = make(2, files=(file, file))
    elif case == "taken":
        store.accept(make(1, files=(file,)))
    before = count(store)
    with pytest.raises(FilesMissing) as missing:
        store.accept(submission)
    assert missing.value.files
    assert count(store) == before
    assert store.find_submission(b"token 2") is None


def test_a_limit_that_is_reached_keeps_nothing_and_counts_nothing(store: Store) -> None:
    charges = (Charge("form", 10, 60), Charge("address", 1, 600))
    store.accept(make(1, charges=charges))
    with pytest.raises(Exhausted) as exhausted:
        store.accept(make(2, charges=charges))
    assert exhausted.value.bucket == "address"
    assert 0 < exhausted.value.seconds <= 600
    assert count(store) == (1, 1)
    store.charge([Charge("form", 2, 60)], NOW)
    with pytest.raises(Exhausted):
        store.peek([Charge("form", 2, 60)], NOW)


# --- the office ----------------------------------------------------------------------------------


def put_work(store: Store, number: int, **more: Any) -> Work:
    submission = make(number)
    store.accept(submission)
    work = Work(f"c{number}", **{"union": "anju", "state": "submitted", "entered_at": NOW} | more)
    store.change(Change(work=work, keys={"name": b"name %d" % number}))
    return replace(work, version=1)


def test_the_work_on_a_case_is_kept_and_found(store: Store) -> None:
    store.accept(make(9))
    assert [(case.id, work) for case, work in store.list_moved()] == [("c9", None)]
    whole = put_work(
        store, 1, due=date(2026, 11, 23), assignee="zhong", accepted_at=NOW, paused=2, extended=True, unread=False,
        joint=("wuliu", "binhe"), about="c9", household="h1",
    )  # fmt: skip
    assert store.find_work("c1") == whole
    assert store.find_work("c9") is None
    assert store.find_keyed(CASE, "name", b"name 1") == {"c1"}
    assert store.find_keyed(CASE, "mobile", b"name 1") == frozenset()
    assert [case.id for case, _ in store.list_moved()] == ["c9"]
    ask(store, make(1).case)
    assert [(case.id, work and work.state) for case, work in store.list_moved()] == [("c1", "submitted"), ("c9", None)]
    assert store.list_moved()[0][1] == whole
    assert store.list_moved(thorough=True) == store.list_moved()
    assert store.list_work(WorkQuery())[0][0][1] == whole


def test_a_case_that_was_hidden_from_the_office_is_found_by_a_thorough_look(store: Store) -> None:
    store.accept(make(9))
    store._engine.write(lambda turn: turn.write("update cases set seen = state"))  # type: ignore[attr-defined]  # behind its back
    assert store.list_moved() == []
    assert [case.id for case, _ in store.list_moved(thorough=True)] == ["c9"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (WorkQuery(), ["c2", "c1", "c3"]),
        (WorkQuery(unions=frozenset({"anju"})), ["c1", "c3"]),
        (WorkQuery(unions=frozenset({"wuliu"})), ["c2", "c3"]),
        (WorkQuery(unions=frozenset()), []),
        (WorkQuery(assignee="zhong"), ["c1"]),
        (WorkQuery(unassigned=True), ["c2", "c3"]),
        (WorkQuery(open_to="zhong"), ["c2", "c1", "c3"]),
        (WorkQuery(open_to="fei"), ["c2", "c3"]),
        (WorkQuery(unread=True), ["c2", "c3"]),
        (WorkQuery(due_by=date(2026, 11, 22)), ["c2"]),
        (WorkQuery(due_from=date(2026, 11, 23)), ["c1"]),
        (WorkQuery(ids=frozenset({"c3", "c9"})), ["c3"]),
        (WorkQuery(states=("submitted",), forms=("trip",)), ["c2", "c1", "c3"]),
        (WorkQuery(states=("paid",)), []),
        (WorkQuery(forms=("other",)), []),
        (WorkQuery(about="c1"), ["c3"]),
    ],
)
def test_cases_are_listed_by_what_is_asked(store: Store, query: WorkQuery, found: list[str]) -> None:
    put_work(store, 1, due=date(2026, 11, 23), assignee="zhong", unread=False)
    put_work(store, 2, due=date(2026, 11, 21), union="wuliu")
    put_work(store, 3, joint=("wuliu",), about="c1")
    assert [case.id for case, _ in store.list_work(query)[0]] == found
    assert store.list_work(query)[1] == len(found)


def test_cases_come_in_pages(store: Store) -> None:
    for number in range(1, 6):
        put_work(store, number)
    pages = [store.list_work(WorkQuery(page=page, size=2)) for page in (1, 2, 3, 4)]
    assert [[case.id for case, _ in rows] for rows, _ in pages] == [["c1", "c2"], ["c3", "c4"], ["c5"], []]
    assert {total for _, total in pages} == {5}


def test_work_that_another_has_written_meanwhile_is_not_overwritten(store: Store) -> None:
    seen = put_work(store, 1)
    store.change(Change(work=replace(seen, assignee="zhong")))
    with pytest.raises(CaseChanged):
        store.change(Change(work=replace(seen, assignee="fei"), events=(noted("c1"),)))
    kept = store.find_work("c1")
    assert kept
    assert (kept.assignee, kept.version) == ("zhong", 2)
    assert count(store) == (1, 1)


def noted(case_id: str) -> NewEvent:
    return NewEvent("noted", NOW, APPLICANT, {"note": "n1", "sum": "0"}, case_id)


def test_a_refused_change_keeps_nothing(store: Store) -> None:
    seen, case = put_work(store, 1), make(1).case
    moved = replace(case, state="accepted")
    event = NewEvent("moved", NOW, APPLICANT, {"action": "x", "state": "accepted", "reason": None, "note": None}, "c1")
    entry = Entry("e1", "visit", "anju", "recorded", NOW, b"sealed")
    change = Change(
        events=(noted("c1"),), work=seen, notes=(Note("n1", "c1", NOW, "zhong", b"opinion"),), entries=(EntryChange(entry),)
    )  # fmt: skip
    with pytest.raises(CaseChanged):
        store.change(replace(change, amendment=Amendment(replace(case, state="refused"), moved, event)))
    with pytest.raises(EntryChanged):
        store.change(replace(change, entries=(EntryChange(replace(entry, version=2)),)))
    assert (store.list_notes("c1"), store.find_entry("e1"), count(store)) == ([], None, (1, 1))
    store.change(replace(change, amendment=Amendment(case, moved, event)))
    assert [note.sealed for note in store.list_notes("c1")] == [b"opinion"]
    assert store.walk_notes() == store.list_notes("c1")
    assert store.walk_notes("n1") == []
    assert store.find_entry("e1") == entry
    assert [one.kind for one in store.list_events("c1")] == ["submitted", "moved", "noted"]


def test_entries_of_registers_follow_one_another(store: Store) -> None:
    first = Entry("e1", "household", "anju", "draft", NOW, b"one", due=date(2026, 12, 1), owner="c1")
    store.change(Change(entries=(EntryChange(first, {"id_number": b"a", "name": b"n"}),)))
    second = replace(first, state="in_force", sealed=b"two", version=2, due=None, union="wuliu")
    store.change(Change(entries=(EntryChange(second, {"id_number": b"b"}),)))
    assert store.find_entry("e1") == second
    assert store.find_keyed("household", "id_number", b"a") == frozenset()
    assert store.find_keyed("household", "id_number", b"b") == {"e1"}
    assert store.find_keyed("member", "id_number", b"b") == frozenset()
    with pytest.raises(EntryChanged):
        store.change(Change(entries=(EntryChange(second),)))
    with pytest.raises(EntryChanged):
        store.change(Change(entries=(EntryChange(first),)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (EntryQuery("visit"), ["v2", "v1", "v3"]),
        (EntryQuery("visit", unions=frozenset({"anju"})), ["v2", "v1"]),
        (EntryQuery("visit", states=("done",)), ["v2"]),
        (EntryQuery("visit", owner="c1"), ["v1"]),
        (EntryQuery("visit", ids=frozenset({"v3", "e9"})), ["v3"]),
        (EntryQuery("visit", due_by=date(2026, 12, 1)), ["v2"]),
        (EntryQuery("visit", page=2, size=2), ["v3"]),
        (EntryQuery("member"), []),
    ],
)
def test_entries_are_listed_by_what_is_asked(store: Store, query: EntryQuery, found: list[str]) -> None:
    one = Entry("v1", "visit", "anju", "planned", NOW, b"1", due=date(2026, 12, 9), owner="c1")
    two = replace(one, id="v2", state="done", due=date(2026, 12, 1), owner=None)
    three = replace(one, id="v3", union="wuliu", due=None, owner=None)
    store.change(Change(entries=tuple(map(EntryChange, (one, two, three)))))
    assert [entry.id for entry in store.list_entries(query)[0]] == found
    assert [entry.id for entry in store.walk_entries()] == ["v1", "v2", "v3"]
    assert [entry.id for entry in store.walk_entries("v1", 1)] == ["v2"]
    counts = {("planned", "anju"): 1, ("done", "anju"): 1, ("planned", "wuliu"): 1}
    assert store.count_entries("visit") == counts
    assert store.count_entries("visit", frozenset({"wuliu"})) == {("planned", "wuliu"): 1}


def test_a_key_that_only_one_may_have_is_refused_to_another(store: Store) -> None:
    sole = frozenset({"id_number"})
    first = Entry("e1", "household", "anju", "draft", NOW, b"one")
    second, elsewhere = replace(first, id="e2"), replace(first, id="e3", register="member")

    def write(*changes: tuple[Entry, dict[str, bytes | tuple[bytes, ...]]]) -> None:
        entries = tuple(EntryChange(entry, keys, sole) for entry, keys in changes)
        store.change(Change(events=(noted("c1"),), entries=entries))

    write((first, {"id_number": (b"a", b"b"), "name": b"n"}))
    assert store.find_keyed("household", "id_number", b"b") == {"e1"}
    with pytest.raises(KeyTaken) as taken:
        write((second, {"id_number": (b"c", b"b"), "name": b"n"}))
    assert (taken.value.entry_id, taken.value.kind) == ("e1", "id_number")
    with pytest.raises(KeyTaken):
        write((second, {"id_number": b"x"}), (replace(first, id="e4"), {"id_number": b"x"}))
    assert (store.find_entry("e2"), len(list(store.list_events()))) == (None, 1)
    write((elsewhere, {"id_number": b"b"}), (second, {"name": b"n"}))
    write((replace(first, version=2), {"id_number": b"a"}))
    write((replace(second, version=2), {"id_number": b"b"}))
    assert store.find_keyed("household", "id_number", b"b") == {"e2"}


def test_entries_are_counted_and_listed_by_a_key(store: Store) -> None:
    one = Entry("m1", "member", "anju", "active", NOW, b"1")
    for number, kind in enumerate((b"driver", b"driver", b"rider")):
        store.change(Change(entries=(EntryChange(replace(one, id=f"m{number}"), {"kind": kind}),)))
    assert store.count_entries("member", key=("kind", b"driver")) == {("active", "anju"): 2}
    assert store.count_entries("member", frozenset({"wuliu"}), ("kind", b"driver")) == {}
    found, total = store.list_entries(EntryQuery("member", key=("kind", b"rider")))
    assert ([entry.id for entry in found], total) == (["m2"], 1)


def test_a_new_secret_ends_the_old_one(store: Store) -> None:
    store.accept(make())
    store.mark_opened("c1", NOW)
    store.change(Change(events=(noted("c1"),), secret_hash=("c1", b"new")))
    case = store.find_case("YX-1")
    assert case
    assert (case.secret_hash, case.opened_at) == (b"new", None)


# --- the outbox ----------------------------------------------------------------------------------


def test_messages_wait_are_sent_put_off_or_given_up(store: Store) -> None:
    for number in (1, 2, 3):
        store.accept(make(number))
    assert [(message.id, tries) for message, tries in store.list_waiting(NOW)] == [("m1", 0), ("m2", 0), ("m3", 0)]
    assert len(store.list_waiting(NOW, 2)) == 2
    assert store.list_waiting(NOW - timedelta(seconds=1)) == []
    assert store.count_waiting() == (3, NOW)
    later = NOW + timedelta(minutes=5)
    store.settle("m1", NOW, NewEvent("notice_sent", NOW, APPLICANT, {"template": "received"}, "c1"))
    store.postpone("m2", 1, later, "HTTP 503")
    store.give_up("m3", 2, "no contact")
    assert store.list_waiting(NOW) == []
    assert [(message.id, message.case_id, tries) for message, tries in store.list_waiting(later)] == [("m2", "c2", 1)]
    assert [(one.message.id, one.tries, one.cause) for one in store.list_stuck()] == [("m3", 2, "no contact")]
    assert store.count_waiting() == (1, NOW)
    assert [event.kind for event in store.list_events("c1")] == ["submitted", "notice_sent"]
    store.settle("m2", later, NewEvent("notice_sent", NOW, APPLICANT, {"template": "received"}, "c2"))
    assert store.count_waiting() == (0, None)


def test_the_last_of_a_kind_is_found(store: Store) -> None:
    assert store.find_last_of("noted") is None
    store.accept(make())
    for _ in range(2):
        last = store.append_event(noted("c1"))
    store.append_event(NewEvent("case_read", NOW, APPLICANT, {}, "c1"))
    assert store.find_last_of("noted") == last


def test_a_case_is_found_by_its_id(store: Store) -> None:
    store.accept(make())
    assert store.find_case_by_id("c1") == make().case
    assert store.find_case_by_id("c2") is None


# --- changing ------------------------------------------------------------------------------------


def test_a_change_is_kept_whole(store: Store) -> None:
    store.accept(make())
    asked = ask(store, make().case)
    assert store.find_case("YX-1") == asked
    change = supplement(asked, files=(put_file(store),))
    store.amend(change)
    assert store.find_case("YX-1") == change.after
    assert [(part.number, part.sealed) for part in store.read_sealed("c1")] == [(0, b"sealed 1"), (1, b"more")]
    assert [file.id for file in store.list_files("c1")] == ["f1"]
    assert [event.kind for event in store.list_events("c1")] == ["submitted", "moved", "supplied"]
    assert store.find_submission(b"supply 1") == (change.after, b"digest")


def test_a_change_of_what_has_changed_is_refused(store: Store) -> None:
    store.accept(make())
    asked = ask(store, make().case)
    store.amend(supplement(asked))
    with pytest.raises(CaseChanged):
        store.amend(supplement(asked, 2))
    with pytest.raises(TokenUsed):
        store.amend(supplement(asked, 1))
    with pytest.raises(CaseChanged):
        store.amend(supplement(replace(asked, id="nobody"), 3))
    assert count(store) == (1, 3)


def test_a_change_with_missing_files_or_reached_limits_keeps_nothing(store: Store) -> None:
    store.accept(make())
    asked = ask(store, make().case)
    with pytest.raises(FilesMissing):
        store.amend(supplement(asked, files=(FileRef("photo", "f9"),)))
    with pytest.raises(Exhausted):
        store.amend(replace(supplement(asked), charges=(Charge("x", 0, 60),)))
    assert store.find_case("YX-1") == asked


def test_the_status_page_is_opened_once(store: Store) -> None:
    store.accept(make())
    store.mark_opened("c1", NOW + timedelta(minutes=5))
    store.mark_opened("c1", NOW + timedelta(minutes=9))
    case = store.find_case("YX-1")
    assert case
    assert case.opened_at == NOW + timedelta(minutes=5)


# --- lists and the chain -------------------------------------------------------------------------


def test_cases_are_listed_in_pages_and_by_state(store: Store) -> None:
    for number in range(1, 8):
        store.accept(make(number))
    ask(store, make(3).case)
    first = store.list_cases(limit=3)
    assert [case.id for case in first] == ["c1", "c2", "c3"]
    assert [case.id for case in store.list_cases(after="c3", limit=9)] == ["c4", "c5", "c6", "c7"]
    assert [case.id for case in store.list_cases(state="needs_supply")] == ["c3"]


def test_events_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.accept, [make(number) for number in range(1, 31)]))
    store.append_event(NewEvent("api_key_added", NOW, APPLICANT, {"name": "自助机", "sum": "0"}))
    events = list(store.list_events())
    assert [event.seq for event in events] == list(range(1, 32))
    previous = NO_EVENT
    for event in events:
        assert event.previous == previous
        assert event.digest == digest_event(event)
        previous = event.digest
    assert [event.seq for event in store.list_events(after=29)] == [30, 31]
    assert next(store.list_events(after=30)).data == {"name": "自助机", "sum": "0"}


def test_every_event_tells_the_request_that_caused_it_and_no_other(store: Store) -> None:
    def answer(number: int) -> None:
        answered.set(f"{number:032x}")
        store.accept(make(number))
        store.append_event(noted(f"c{number}"))

    store.append_event(NewEvent("api_key_added", NOW, APPLICANT, {"name": "自助机", "sum": "0"}))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: copy_context().run(answer, number), range(1, 33)))
    first, *caused = store.list_events()
    assert "trace" not in first.data
    assert {(event.case_id, event.data["trace"]) for event in caused} == {
        (f"c{number}", f"{number:032x}") for number in range(1, 33)
    }
    assert list(follow_chain(store.list_events(), "", Chain())) == []


def test_long_lists_of_events_come_whole(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.append_event, [make(number).event for number in range(1, 1203)]))
    assert [event.seq for event in store.list_events()] == list(range(1, 1203))
    assert len(list(store.list_events("c7"))) == 1


def test_definitions_are_kept_by_version(store: Store) -> None:
    assert not store.knows_definition("v1")
    store.keep_definition("trip", "v1", {"title": "疗休养"})
    assert store.knows_definition("v1")
    store.keep_definition("trip", "v1", {"title": "别的"})
    assert store.find_definition("v1") == {"title": "疗休养"}
    assert store.find_definition("v2") is None


# --- limits and keys -----------------------------------------------------------------------------


def test_limits_hold_in_each_window(store: Store) -> None:
    charge = Charge("a", 2, 60)
    store.charge([charge], NOW)
    store.charge([charge], NOW + timedelta(seconds=59))
    with pytest.raises(Exhausted) as exhausted:
        store.charge([charge, Charge("b", 5, 60)], NOW + timedelta(seconds=30))
    assert exhausted.value.seconds == 30
    store.peek([Charge("b", 1, 60), Charge("c", 1, 60)], NOW)
    store.charge([charge], NOW + timedelta(seconds=60))


def test_limits_and_drafts_that_ran_out_are_swept(store: Store) -> None:
    store.charge([Charge("a", 2, 60), Charge("b", 2, 3600)], NOW)
    store.save_draft(Draft(b"d1", "trip", b"x", NOW + timedelta(days=1)))
    store.save_draft(Draft(b"d2", "trip", b"x", NOW + timedelta(minutes=1)))
    assert store.sweep(NOW + timedelta(seconds=61)) == 2
    assert store.find_draft(b"d1", NOW)
    assert store.sweep(NOW + timedelta(days=2)) == 2


def test_keys_of_programs(store: Store) -> None:
    key = ApiKey("自助机", b"digest", NOW, 60)
    store.add_api_key(key)
    assert store.find_api_key(b"digest") == key
    store.add_api_key(replace(key, digest=b"new", per_minute=None))
    assert store.find_api_key(b"digest") is None
    assert store.find_api_key(b"new") == replace(key, digest=b"new", per_minute=None)
    assert store.list_api_keys() == [store.find_api_key(b"new")]


def test_the_latest_public_key_counts(store: Store) -> None:
    assert store.find_seal() is None
    store.register_seal("bbbb", NOW)
    store.register_seal("aaaa", NOW + timedelta(days=1))
    assert store.find_seal() == "aaaa"


# --- uploads and drafts --------------------------------------------------------------------------


def test_an_upload_goes_on_until_a_case_has_it(store: Store) -> None:
    upload = Upload("f1", "trip", "photo", NOW, NOW + timedelta(days=1))
    store.start_upload(upload)
    assert store.find_upload("f1") == upload
    assert store.find_upload("f2") is None
    whole = replace(upload, received=10, size=10, digest="aa", sealed=b"key", finished_at=NOW)
    store.change_upload(whole)
    assert store.find_upload("f1") == whole
    store.extend_upload("f1", NOW + timedelta(days=7))
    whole = replace(whole, expires_at=NOW + timedelta(days=7))
    assert store.find_upload("f1") == whole
    store.accept(make(files=(FileRef("photo", "f1"),)))
    store.extend_upload("f1", NOW)
    assert store.find_upload("f1") == replace(whole, case_id="c1")
    with pytest.raises(CaseChanged):
        store.change_upload(upload)
    assert not store.drop_upload("f1")


def test_an_upload_moves_on_only_from_where_it_is(store: Store) -> None:
    put_file(store, "f1", finished=False)
    assert store.advance_upload("f1", 10, 30)
    assert not store.advance_upload("f1", 10, 25)
    found = store.find_upload("f1")
    assert found
    assert found.received == 30
    assert not store.advance_upload("f9", 0, 1)
    store.change_upload(replace(found, finished_at=NOW))
    assert not store.advance_upload("f1", 30, 40)


def test_an_upload_is_held_by_one_at_a_time(store: Store) -> None:
    put_file(store, "f1", finished=False)
    soon, later = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)
    assert store.hold_upload("f1", "one", NOW, soon)
    assert not store.hold_upload("f1", "two", NOW, soon)
    assert store.hold_upload("f1", "one", NOW, soon)
    store.release_upload("f1", "two")
    assert not store.hold_upload("f1", "two", NOW, soon)
    assert store.hold_upload("f1", "two", soon, later)
    assert not store.hold_upload("f1", "one", soon, later)
    store.release_upload("f1", "two")
    assert store.hold_upload("f1", "one", soon, later)
    assert not store.hold_upload("f9", "one", NOW, soon)


def test_nobody_holds_or_changes_a_finished_upload(store: Store) -> None:
    put_file(store, "f1")
    assert not store.hold_upload("f1", "one", NOW, NOW + timedelta(minutes=1))
    found = store.find_upload("f1")
    assert found
    with pytest.raises(CaseChanged):
        store.change_upload(found)


def test_uploads_without_a_case_grow_stale(store: Store) -> None:
    put_file(store, "f1")
    put_file(store, "f2")
    store.accept(make(files=(FileRef("photo", "f1"),)))
    assert store.list_stale_uploads(NOW) == []
    assert [upload.id for upload in store.list_stale_uploads(NOW + timedelta(days=2))] == ["f2"]
    assert store.drop_upload("f2")
    assert not store.drop_upload("f2")


def test_drafts_are_replaced_expire_and_go(store: Store) -> None:
    draft = Draft(b"d1", "trip", b"one", NOW + timedelta(days=1))
    store.save_draft(draft)
    store.save_draft(replace(draft, sealed=b"two"))
    assert store.find_draft(b"d1", NOW) == replace(draft, sealed=b"two")
    assert store.find_draft(b"d1", NOW + timedelta(days=1)) is None
    store.drop_draft(b"d1")
    assert store.find_draft(b"d1", NOW) is None


# --- care ----------------------------------------------------------------------------------------


def test_a_copy_is_a_whole_store(store: Store, tmp_path: Path) -> None:
    store.probe()
    store.accept(make())
    (tmp_path / "copy").mkdir()
    store.backup(tmp_path / "copy" / "cases.db")
    store.accept(make(2))
    copy = SqliteStore(tmp_path / "copy" / "cases.db")
    assert [case.id for case in copy.list_cases()] == ["c1"]
    copy.close()


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(StoreBroken):
        store.accept(make())


# --- accounts of staff ---------------------------------------------------------------------------


def make_row(version: int = 1, account: str = "zhong") -> StaffRow:
    return StaffRow(account, version, f"body {version}", b"mac")


def make_session(number: int = 1, account: str = "zhong") -> Session:
    seen = NOW + timedelta(minutes=number)
    return Session(bytes([number]) * 32, account, 0, NOW, seen, "Chrome", "192.0.2.1", b"mac")


def tell(kind: str = "logged_out") -> NewEvent:
    return NewEvent(kind, NOW, Actor("staff", "zhong"), {})


def test_an_account_is_kept_with_its_events_and_session(store: Store) -> None:
    store.change_staff(StaffChange(make_row(), (tell(),), session=make_session()))
    assert store.find_staff("zhong") == make_row()
    assert store.find_staff("fei") is None
    assert store.find_session(bytes([1]) * 32) == make_session()
    assert [event.kind for event in store.list_events()] == ["logged_out"]


def test_accounts_are_listed_in_their_order(store: Store) -> None:
    for account in ("zhong", "fei", "guan"):
        store.change_staff(StaffChange(make_row(account=account), ()))
    assert [row.account for row in store.list_staff()] == ["fei", "guan", "zhong"]


@pytest.mark.parametrize("version", [1, 3])
def test_an_account_that_somebody_else_changed_is_left_alone(store: Store, version: int) -> None:
    store.change_staff(StaffChange(make_row(), (), session=make_session()))
    with pytest.raises(StaffChanged):
        store.change_staff(StaffChange(make_row(version), (tell(),), end_sessions=True))
    assert store.find_staff("zhong") == make_row()
    assert store.list_sessions("zhong") == [make_session()]
    assert list(store.list_events()) == []


def test_a_change_can_end_all_sessions_of_its_account_only(store: Store) -> None:
    store.change_staff(StaffChange(make_row(), (), session=make_session(1)))
    store.change_staff(StaffChange(make_row(account="fei"), (), session=make_session(2, "fei")))
    store.change_staff(StaffChange(make_row(2), (), end_sessions=True, session=make_session(3)))
    assert store.list_sessions("zhong") == [make_session(3)]
    assert store.list_sessions("fei") == [make_session(2, "fei")]


def test_sessions_are_listed_the_latest_first_and_end_with_an_event(store: Store) -> None:
    for number in (1, 2):
        store.change_staff(StaffChange(make_row(number), (), session=make_session(number)))
    assert store.list_sessions("zhong") == [make_session(2), make_session(1)]
    used = replace(make_session(1), seen_at=NOW + timedelta(hours=1), mac=b"new")
    store.touch_session(used)
    assert store.list_sessions("zhong") == [used, make_session(2)]
    assert store.end_session(used.id, tell())
    assert not store.end_session(used.id, tell())
    store.touch_session(used)
    assert store.list_sessions("zhong") == [make_session(2)]
    assert len(list(store.list_events())) == 1


def test_wrong_tries_lock_a_name_for_as_long_as_they_are_counted(store: Store) -> None:
    for minute in range(4):
        assert store.count_failure("a", 5, 900, NOW + timedelta(minutes=minute)) is None
    assert store.find_lock("a", NOW) is None
    at = NOW + timedelta(minutes=14)
    assert store.count_failure("a", 5, 900, at) == at + timedelta(minutes=15)
    assert store.find_lock("a", at + timedelta(minutes=14, seconds=59)) == at + timedelta(minutes=15)
    assert store.find_lock("a", at + timedelta(minutes=15)) is None
    assert store.find_lock("b", at) is None
    store.forget_failures("a")
    assert store.find_lock("a", at) is None


def test_wrong_tries_of_long_ago_do_not_count(store: Store) -> None:
    for _ in range(4):
        store.count_failure("a", 5, 900, NOW)
    assert store.count_failure("a", 5, 900, NOW + timedelta(minutes=15)) is None
    assert store.sweep(NOW + timedelta(days=2)) == 1


# --- auditing and deleting -----------------------------------------------------------------------


def test_events_are_asked_and_counted_by_kind_actor_case_and_day(store: Store) -> None:
    store.accept(make(1))
    store.append_event(tell())
    staff = TrailQuery(frozenset({"logged_out"}), "zhong", since=NOW, until=NOW + timedelta(days=1))
    assert [event.seq for event in store.list_trail(TrailQuery())[0]] == [2, 1]
    assert [event.seq for event in store.list_trail(staff)[0]] == [2]
    assert store.list_trail(TrailQuery(case_id="c1", size=1))[1] == 1
    assert store.count_trail(TrailQuery()) == {("logged_out", "zhong"): 1, ("submitted", APPLICANT.role): 1}


def test_a_case_is_deleted_with_all_that_is_its_own_if_nothing_changed(store: Store) -> None:
    put_work(store, 1)
    entry = Entry("e1", "household", "anju", "draft", NOW, b"one", owner="c1")
    store.change(Change(entries=(EntryChange(entry, {"name": b"name"}),)))
    case = store.list_cases()[0]
    assert store.list_keys("e1") == [("household", "name", b"name")]
    with pytest.raises(CaseChanged):
        store.purge(Purge(case, tell()))
    store.purge(Purge(case, tell(), owned=frozenset({("e1", 1)}), entries=("e1",)))
    assert (store.list_cases(), store.list_owned("c1"), store.list_keys("e1")) == ([], [], [])
    assert [event.kind for event in store.list_events()] == ["submitted", "logged_out"]
    assert store.shrink_log()
