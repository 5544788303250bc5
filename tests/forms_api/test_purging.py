"""What was kept long enough goes, all of it, with proof; what must stay stays; whoever is killed between may go on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from forms_api import shelves, verifying
from forms_api.audit import Chain
from forms_api.model import SYSTEM, NewEvent, digest_case
from forms_api.office import CASE, Entry
from forms_api.purging import Doomed, digest_reference, purge_case, purge_due, weigh
from forms_api.registering.members import change_member
from forms_api.registers import members
from forms_api.registers.members import Given
from forms_api.storage import Amendment, CaseChanged, Change
from forms_api.storage.files import FolderFiles
from forms_api.storage.sqlite import SqliteStore
from tests.forms_api.archives import admit, gone, note, purge, put, refuse
from tests.forms_api.office_desk import STAFF, OfficeDesk, open_office

ID = "11010519491231002X"


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def list_faults(store: SqliteStore) -> list[str]:
    return [f"{one.where}：{one.words}" for one in verifying.list_faults(store, "", Chain())]


def store_of(desk: OfficeDesk) -> SqliteStore:
    store = desk.office.store
    assert isinstance(store, SqliteStore)
    return store


def test_a_case_goes_with_all_that_belongs_to_it_and_leaves_a_proof(desk: OfficeDesk, tmp_path: Path) -> None:
    reference = refuse(desk, full_name="欧阳小满", id_number=ID)
    note(desk, reference)
    hold = put(desk, "hold", desk.find(reference).id, "ended")
    case, store = desk.find(reference), desk.office.store
    files, parts = store.list_files(case.id), store.read_sealed(case.id)
    digest = desk.office.blind_number("id_number", ID)
    assert files
    assert gone(purge(desk, days=365)) == []
    assert gone(purge(desk, days=1)) == [reference]
    assert store.find_case(reference) is None
    assert store.find_work(case.id) is None
    assert store.find_entry(hold.id) is None
    assert (store.read_sealed(case.id), store.list_files(case.id), store.list_notes(case.id)) == ((), (), [])
    assert store.find_keyed(CASE, "id_number", digest) == frozenset()
    assert [path for path in desk.files.rglob("*") if path.is_file()] == []
    event = store.find_last_event()
    assert event
    assert (event.kind, event.actor, event.case_id) == ("purged", SYSTEM, case.id)
    assert event.data | {"content": ""} == {
        "form": "hardship", "outcome": "refused", "request": None, "reference": digest_reference(reference),
        "parts": 1, "files": len(files), "notes": 1, "entries": hold.id, "content": "",
    }  # fmt: skip
    assert list_faults(store_of(desk)) == []
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        for table in ("cases", "parts", "submissions", "uploads", "outbox", "work", "notes", "keyed", "entries"):
            assert raw.execute(f"select count(*) from {table}").fetchone() == (0,), table
    everything = b"".join(path.read_bytes() for path in tmp_path.glob("cases.db*"))
    assert parts[0].sealed[:48] not in everything
    assert parts[0].sealed[-48:] not in everything
    assert files[0].sealed[:48] not in everything
    assert (tmp_path / "cases.db-wal").stat().st_size == 0


def test_a_dry_run_tells_and_deletes_nothing(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    last = desk.office.store.find_last_event()
    told = purge(desk, dry=True, days=400)
    assert gone(told) == [reference]
    assert desk.office.store.find_last_event() == last
    assert desk.find(reference)


# --- what stays --------------------------------------------------------------------------------------


def test_open_cases_stay_however_old(desk: OfficeDesk) -> None:
    waiting = desk.apply_for("membership")
    approved = desk.apply_for("membership")
    desk.act("unit", approved, "endorse")
    desk.act("approver", approved, "approve")
    assert gone(purge(desk, days=9000)) == []
    assert desk.find(waiting)
    assert desk.find(approved)


@pytest.mark.parametrize(
    ("register", "state", "words"),
    [
        ("publicity", "running", "公示还没有结束"),
        ("payment", "planned", "还有款项没有发放完"),
        ("payment", "sent", "还有款项没有发放完"),
        ("hold", "running", "有人要求暂缓删除"),
    ],
)
def test_what_is_held_published_or_unpaid_stays_and_says_why(
    desk: OfficeDesk, register: str, state: str, words: str
) -> None:
    reference = refuse(desk)
    put(desk, register, desk.find(reference).id, state, due=date(2030, 1, 1))
    told = purge(desk, days=400)
    assert gone(told) == []
    assert [one.case.reference for one in told.kept] == [reference]
    assert words in told.kept[0].fate.kept


def test_a_hold_that_is_over_keeps_nothing_and_books_stay_behind(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    case = desk.find(reference)
    put(desk, "hold", case.id, "running", due=desk.now.date() + timedelta(days=380))
    paid = put(desk, "payment", case.id, "paid")
    assert gone(purge(desk, days=380)) == []
    assert gone(purge(desk, days=1)) == [reference]
    assert desk.office.store.find_entry(paid.id)


def test_an_objection_that_is_open_keeps_what_it_is_about(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    objection = desk.apply_for("objection")
    work = desk.office.store.find_work(desk.find(objection).id)
    assert work
    desk.office.store.change(Change(work=replace(work, about=desk.find(reference).id)))
    assert [one.fate.kept for one in purge(desk, days=400).kept] == ["还有关联的异议没有办结"]


def leave(desk: OfficeDesk, id_number: str) -> Entry:
    """Let a member leave and return the entry."""
    entry = shelves.find_person(desk.office, members.REGISTER, id_number)
    assert entry
    return change_member(desk.office, STAFF["reviewer"], entry.id, Given("leave", reason="本人书面申请"))


def test_a_membership_begins_the_period_when_it_ends(desk: OfficeDesk) -> None:
    reference = admit(desk, id_number=ID)
    assert gone(purge(desk, days=4000)) == []
    found = weigh(desk.office.store, desk.find(reference), desk.now.date())
    assert found
    assert "查不到会籍什么时候终止" in found.fate.kept
    entry = leave(desk, ID)
    assert gone(purge(desk, days=5 * 365)) == []
    assert gone(purge(desk, days=10)) == [reference]
    assert desk.office.store.find_entry(entry.id) is None
    assert (
        desk.office.store.find_keyed(members.REGISTER, "id_number", desk.office.blind_number("id_number", ID))
        == frozenset()
    )
    assert list_faults(store_of(desk)) == []


def test_a_member_stays_while_another_case_of_the_person_may_need_it(desk: OfficeDesk) -> None:
    reference = admit(desk, id_number=ID)
    entry = leave(desk, ID)
    open_one = desk.apply_for("mediation", id_number=ID)
    assert gone(purge(desk, days=5 * 366)) == [reference]
    assert desk.office.store.find_entry(entry.id)
    assert desk.find(open_one)


def test_a_member_goes_with_the_last_case_that_waited_for_it(desk: OfficeDesk) -> None:
    first = admit(desk, id_number=ID)
    leave(desk, ID)
    desk.wait(days=30)
    second = admit(desk, id_number=ID)
    assert gone(purge(desk, days=5 * 366)) == [], "admitted again"
    entry = leave(desk, ID)
    refused = refuse(desk, id_number=ID)
    assert set(gone(purge(desk, days=5 * 366))) == {first, second, refused}
    assert desk.office.store.find_entry(entry.id) is None


def test_a_household_ends_by_the_file_of_the_case(desk: OfficeDesk) -> None:
    reference = desk.apply_for("hardship", id_number=ID)
    case = desk.find(reference)
    after = replace(case, state="finished", updated_at=desk.now)
    data = {"action": "finish", "state": "finished", "reason": None, "note": None, "case": digest_case(after)}
    desk.office.store.amend(Amendment(case, after, NewEvent("moved", desk.now, SYSTEM, data, case.id)))
    file = put(desk, "household", None, "closed", id_number=ID, kind="former_id")
    visit = put(desk, "visit", file.id, "recorded")
    assert gone(purge(desk, days=3640)) == []
    assert gone(purge(desk, days=30)) == [reference]
    assert desk.office.store.find_entry(file.id) is None
    assert desk.office.store.find_entry(visit.id) is None


# --- what breaks between -----------------------------------------------------------------------------


def find_doomed(desk: OfficeDesk, reference: str) -> Doomed:
    doomed = weigh(desk.office.store, desk.find(reference), desk.now.date())
    assert doomed
    return doomed


def test_a_hold_that_comes_in_between_stops_the_deletion(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    doomed = find_doomed(desk, reference)
    put(desk, "hold", doomed.case.id, "running", due=date(2040, 1, 1))
    before = desk.office.store.find_last_event()
    with pytest.raises(CaseChanged):
        purge_case(desk.office.store, FolderFiles(desk.files), doomed, desk.now, SYSTEM)
    assert desk.find(reference)
    assert desk.office.store.find_last_event() == before


def test_a_case_that_was_reopened_in_between_is_left(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    desk.wait(days=400)
    doomed = find_doomed(desk, reference)
    desk.act("approver", reference, "reopen", note="重新查到材料。")
    with pytest.raises(CaseChanged):
        purge_case(desk.office.store, FolderFiles(desk.files), doomed, desk.now, SYSTEM)
    assert gone(purge(desk)) == []


def test_whoever_was_killed_before_the_bytes_went_leaves_strays_that_the_next_run_takes(desk: OfficeDesk) -> None:
    reference = refuse(desk)
    desk.wait(days=400)
    kept = {path: path.read_bytes() for path in desk.files.rglob("*") if path.is_file()}
    purge_case(desk.office.store, FolderFiles(desk.files), find_doomed(desk, reference), desk.now, SYSTEM)
    for path, content in kept.items():  # as if the process had ended right after the commit
        path.write_bytes(content)
        os.utime(path, (0, 0))
    assert purge(desk, dry=True).strays == len(kept)
    assert purge(desk).strays == len(kept)
    assert [path for path in desk.files.rglob("*") if path.is_file()] == []
    assert purge(desk).strays == 0


def test_a_file_that_is_gone_is_told(desk: OfficeDesk) -> None:
    reference = desk.apply_for("hardship")
    file = desk.office.store.list_files(desk.find(reference).id)[0]
    (desk.files / file.id[:2] / file.id).unlink()
    assert purge(desk).missing == [file.id]


def test_a_case_that_does_not_fit_its_events_is_left_as_evidence(desk: OfficeDesk, tmp_path: Path) -> None:
    reference = refuse(desk)
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        raw.execute("update parts set sealed = cast(sealed || x'00' as blob)")
        raw.commit()
    told = purge(desk, days=400)
    assert (gone(told), told.unclear) == ([], [reference])


def test_a_backup_that_is_restored_is_purged_again_at_once(desk: OfficeDesk, tmp_path: Path) -> None:
    reference = refuse(desk)
    store = store_of(desk)
    saved = tmp_path / "saved"
    saved.mkdir()
    store.backup(saved / "cases.db")
    shutil.copytree(desk.files, saved / "files")
    assert gone(purge(desk, days=400)) == [reference]
    restored = SqliteStore(saved / "cases.db")
    try:
        assert restored.find_case(reference)
        assert gone(purge_due(restored, FolderFiles(saved / "files"), desk.now)) == [reference]
        assert restored.find_case(reference) is None
        assert [path for path in (saved / "files").rglob("*") if path.is_file()] == []
        assert list_faults(restored) == []
    finally:
        restored.close()


# --- what the audit accepts ----------------------------------------------------------------------------


def test_a_case_that_is_gone_without_a_proof_is_found(desk: OfficeDesk, tmp_path: Path) -> None:
    refuse(desk)
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        raw.execute("delete from cases")
        raw.commit()
    assert ["不在了，也没有删除的事件" in fault for fault in list_faults(store_of(desk))] == [True]


def forge(desk: OfficeDesk, reference: str, **data: object) -> None:
    """Delete a case behind the program's back, with an event that is well linked and says what is given."""
    case = desk.find(reference)
    told = {
        "form": case.form, "outcome": "refused", "request": None, "reference": "", "parts": 1, "files": 0, "notes": 0,
        "entries": "", "content": "",
    }  # fmt: skip
    doomed = weigh(desk.office.store, case, desk.now.date())
    told["content"] = doomed.trail.digest() if doomed else ""
    desk.office.store.append_event(NewEvent("purged", desk.now, SYSTEM, told | data, case.id))  # type: ignore[arg-type]  # by hand
    with closing(sqlite3.connect(desk.files.with_name("cases.db"))) as raw:
        raw.execute("delete from cases where id = ?", (case.id,))
        raw.commit()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, ""),
        ({"outcome": "approved"}, "还没有办结，或者结果对不上"),
        ({"content": "0" * 64}, "和当时收到的对不上"),
        ({"form": "membership"}, "和当时收到的对不上"),
    ],
)
def test_a_proof_must_fit_what_came(desk: OfficeDesk, data: dict[str, str], words: str) -> None:
    forge(desk, refuse(desk), **data)
    faults = list_faults(store_of(desk))
    assert faults == [] if not words else len(faults) == 1 and words in faults[0]


def test_an_open_case_cannot_be_called_purged(desk: OfficeDesk) -> None:
    reference = desk.apply_for("hardship")
    desk.act("unit", reference, "accept")
    forge(desk, reference)
    assert ["还没有办结" in fault for fault in list_faults(store_of(desk))] == [True]


def test_a_purged_case_that_was_put_back_or_changed_since_is_found(desk: OfficeDesk, tmp_path: Path) -> None:
    reference = refuse(desk)
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        row = raw.execute("select * from cases").fetchone()
    desk.wait(days=400)
    case, store = desk.find(reference), store_of(desk)
    purge(desk)
    store.append_event(NewEvent("case_read", desk.now, SYSTEM, {}, case.id))
    assert list_faults(store) == [], "to have been read in the same moment changes nothing"
    data = {"action": "reopen", "state": "refused", "reason": None, "note": None}
    store.append_event(NewEvent("moved", desk.now, SYSTEM, data, case.id))
    assert ["删除以后它还变动过" in fault for fault in list_faults(store)] == [True]
    with closing(sqlite3.connect(tmp_path / "cases.db")) as raw:
        raw.execute(f"insert into cases values ({', '.join('?' * len(row))})", row)
        raw.commit()
    assert any("它却还在" in fault for fault in list_faults(store))
