"""Queues, filters and search over cases of several unions and states."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from forms_api.inbox import QUEUES, Row, Wanted, count_queues, list_inbox
from forms_api.opening import Opener, make_pair
from tests.forms_api.office_desk import ELSEWHERE, STAFF, UNIT, Keyring, OfficeDesk, open_office


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def fill(desk: OfficeDesk) -> dict[str, str]:
    refs = {"late": desk.apply_for("membership")}
    desk.wait(days=4)
    refs["fresh"] = desk.apply_for(
        "membership", full_name="欧阳小满", id_number="11010519491231002X", mobile="13900000001"
    )
    refs["far"] = desk.apply_for("membership", at=ELSEWHERE)
    refs["asked"] = desk.apply_for("hardship")
    desk.act(
        "unit",
        refs["asked"],
        "ask",
        reason="unclear",
        note="请再拍。",
        fields=("story",),
        until=desk.now + timedelta(days=9),
    )
    refs["approving"] = desk.apply_for("membership")
    desk.act("unit", refs["approving"], "endorse")
    return refs


def names(refs: dict[str, str], rows: list[Row]) -> set[str]:
    by = {reference: name for name, reference in refs.items()}
    return {by[row.case.reference] for row in rows}


@pytest.mark.parametrize(
    ("who", "queue", "found"),
    [
        ("unit", "todo", {"late", "fresh"}),
        ("unit", "unassigned", {"late", "fresh", "asked", "approving"}),
        ("unit", "waiting", {"asked"}),
        ("unit", "late", {"late"}),
        ("unit", "soon", {"fresh"}),
        ("unit", "notice", set()),
        ("unit", "all", {"late", "fresh", "asked", "approving"}),
        ("elsewhere", "all", {"far"}),
        ("approver", "todo", {"approving"}),
        ("approver", "all", {"late", "fresh", "far", "asked", "approving"}),
        ("cashier", "todo", set()),
        ("auditor", "todo", set()),
    ],
)
def test_each_queue_holds_what_it_says(desk: OfficeDesk, who: str, queue: str, found: set[str]) -> None:
    refs = fill(desk)
    rows, total = list_inbox(desk.office, STAFF[who], Wanted(queue))
    assert names(refs, rows) == found
    assert total == len(found) == count_queues(desk.office, STAFF[who])[queue]


def test_late_comes_first_and_says_by_how_much(desk: OfficeDesk) -> None:
    refs = fill(desk)
    rows, _ = list_inbox(desk.office, STAFF["unit"], Wanted("all"))
    assert rows[0].case.reference == refs["late"]
    assert rows[0].days == -1
    assert {row.title for row in rows} == {"加入工会", "困难职工认定与建档"}
    assert all(row.name for row in rows)
    assert {row.union for row in rows} == {"安居家政公司"}


def test_filters_narrow(desk: OfficeDesk) -> None:
    refs = fill(desk)

    def ask(**more: object) -> set[str]:
        wanted = replace(Wanted("all"), **more)  # type: ignore[arg-type]  # by hand
        return names(refs, list_inbox(desk.office, STAFF["approver"], wanted)[0])

    assert ask(form="hardship") == {"asked"}
    assert ask(state="approving") == {"approving"}
    assert ask(state="approving", queue="waiting") == set()
    assert ask(union=ELSEWHERE) == {"far"}
    assert ask(union=UNIT, unread=True) == {"late", "fresh"}
    rows, total = list_inbox(desk.office, STAFF["approver"], Wanted("all", page=2), size=2)
    assert (len(rows), total) == (2, 5)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("欧阳小满", "name"),
        ("欧阳 小满", "name"),
        ("11010519491231002x", "id_number"),
        ("139 0000 0001", "mobile"),
        ("+8613900000001", "mobile"),
        ("REFERENCE", "reference"),
        ("reference", "reference"),
    ],
)
def test_search_finds_one_person_in_every_queue_and_leaves_a_trace(desk: OfficeDesk, text: str, by: str) -> None:
    refs = fill(desk)
    typed = text.replace("REFERENCE", refs["fresh"]).replace("reference", refs["fresh"].lower())
    for queue in QUEUES:
        rows, total = list_inbox(desk.office, STAFF["unit"], Wanted(queue, text=typed))
        assert (names(refs, rows), total) == ({"fresh"}, 1)
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data, event.actor.id) == ("searched", {"by": by, "found": 1}, "unit")
    assert list_inbox(desk.office, STAFF["elsewhere"], Wanted(text=typed))[1] == 0


def test_search_for_nobody_finds_nobody(desk: OfficeDesk) -> None:
    fill(desk)
    for text in ("诸葛无人", "110105194912310011", "YX-0000-0000-0"):
        assert list_inbox(desk.office, STAFF["reviewer"], Wanted("all", text=text)) == ([], 0)


def test_names_that_cannot_be_opened_or_are_not_there_are_said(desk: OfficeDesk) -> None:
    desk.apply_for("membership")
    locked = replace(desk.office, keyring=Keyring(Opener([make_pair()[1]])))
    rows, _ = list_inbox(locked, STAFF["unit"], Wanted("all"))
    assert [row.name for row in rows] == ["（打不开）"]
