"""The register of members over a real store: admitted by a case or a table, found, moved, counted, exported."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from forms_api import rosters, shelves
from forms_api.audit import Chain, follow_chain
from forms_api.model import has_right_keys
from forms_api.office import EntryQuery, digest_entry
from forms_api.registering.members import (
    Wanted,
    admit_roster,
    change_member,
    count_members,
    export_members,
    list_idle,
    list_members,
    make_template,
    read_member,
    read_roster,
    reveal,
    write_faults,
)
from forms_api.registering.rights import NoSuchEntry
from forms_api.registers.members import REGISTER, Given, Membership
from forms_api.spreadsheets import BadSheet, read_lines
from forms_api.storage import EntryChanged
from forms_api.workflow import StepStopped
from tests.forms_api.office_desk import ELSEWHERE, STAFF, TOWN, UNIT, OfficeDesk, open_office

ID, OTHER = "11010519491231002X", "440524188001010014"
HEAD = ["姓名", "身份证件号码", "您属于哪一类", "想加入的工会", "手机号码", "民族", "批准日期"]
GOOD = ["欧阳小满", ID, "快递员", "安居家政公司", "13900000001", "汉", "2026-11-02"]


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def join(desk: OfficeDesk, number: str = ID, **answers: object) -> str:
    """Admit somebody by a case and return the entry's id."""
    reference = desk.apply_for("membership", id_number=number, **answers)
    for who, action in (("unit", "endorse"), ("approver", "approve"), ("unit", "finish")):
        desk.act(who, reference, action)
    entry = shelves.find_person(desk.office, REGISTER, number)
    assert entry
    return entry.id


def make_table(*rows: list[object], head: list[str] = HEAD, above: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for line in ([title] for title in above):
        sheet.append(line)
    for row in (head, *rows):
        sheet.append(row)
    if above:
        sheet.merge_cells("A1:G1")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# --- by a case ----------------------------------------------------------------------------------------


def test_a_finished_case_makes_a_member_as_of_the_day_of_approval(desk: OfficeDesk) -> None:
    reference = desk.apply_for("membership", id_number=ID, full_name="欧阳小满")
    desk.act("unit", reference, "endorse")
    desk.act("approver", reference, "approve")
    assert shelves.find_person(desk.office, REGISTER, ID) is None
    desk.wait(days=3)
    desk.act("unit", reference, "finish")
    entry = shelves.find_person(desk.office, REGISTER, ID)
    assert entry
    member = read_member(desk.office, STAFF["unit"], entry.id).record
    assert (entry.union, entry.state, entry.owner) == (UNIT, "active", desk.find(reference).id)
    assert (member.full_name, member.admitted_on, member.number[:8]) == ("欧阳小满", date(2026, 11, 20), "YX-2026-")
    assert ID.encode() not in entry.sealed
    last = list(desk.office.store.list_events(desk.find(reference).id))[-1]
    assert last.data == {
        "register": "member",
        "entry": entry.id,
        "act": "admit",
        "version": 1,
        "sum": digest_entry(entry, desk.office.store.list_keys(entry.id)),
    }
    assert list(follow_chain(desk.office.store.list_events(), "", Chain())) == []


def test_a_person_is_a_member_once_in_the_county(desk: OfficeDesk) -> None:
    join(desk)
    reference = desk.apply_for("membership", at=ELSEWHERE, id_number=ID)
    with pytest.raises(StepStopped, match=r"已经是安居家政公司的会员（YX-2026-.*会籍转接"):
        desk.act("elsewhere", reference, "endorse")
    assert desk.find(reference).state == "submitted"


def test_two_cases_of_one_person_make_one_member(desk: OfficeDesk) -> None:
    one, two = (desk.apply_for("membership", id_number=ID) for _ in range(2))
    for reference in (one, two):
        desk.act("unit", reference, "endorse")
        desk.act("approver", reference, "approve")
    desk.act("unit", one, "finish")
    with pytest.raises(StepStopped, match="已经是安居家政公司的会员"):
        desk.act("unit", two, "finish")
    assert desk.find(two).state == "approved"
    assert desk.office.store.count_entries(REGISTER) == {("active", UNIT): 1}


def write_people(*numbers: str) -> list[dict[str, str]]:
    return [
        {"person_name": name, "person_id": number, "person_mobile": "", "person_kind": "快递员"}
        for name, number in zip(("赵一", "钱二", "孙三"), numbers, strict=False)
    ]


def test_a_group_is_admitted_at_once_as_of_the_day_of_approval(desk: OfficeDesk) -> None:
    people = write_people(ID, OTHER)
    reference = desk.apply_for("group-membership", people=people, employer="顺达快递城西站")
    desk.act("unit", reference, "endorse")
    desk.act("approver", reference, "approve")
    desk.wait(days=2)
    desk.act("unit", reference, "finish")
    entries = [shelves.find_person(desk.office, REGISTER, one["person_id"]) for one in people]
    found = [read_member(desk.office, STAFF["unit"], one.id).record for one in entries if one]
    assert [(one.full_name, one.admitted_on, one.worker_kind, one.employer) for one in found] == [
        ("赵一", date(2026, 11, 20), "快递员", "顺达快递城西站"),
        ("钱二", date(2026, 11, 20), "快递员", "顺达快递城西站"),
    ]
    assert len({one.number for one in found}) == 2
    assert list(follow_chain(desk.office.store.list_events(), "", Chain())) == []


def test_a_group_with_a_member_or_a_twin_is_stopped_and_everyone_named(desk: OfficeDesk) -> None:
    join(desk)
    reference = desk.apply_for("group-membership", people=write_people(OTHER, ID, OTHER))
    with pytest.raises(StepStopped, match=r"第2人：.*已经是.*第3人的证件号码和前面的人一样"):
        desk.act("unit", reference, "endorse")
    assert desk.office.store.count_entries(REGISTER) == {("active", UNIT): 1}


def test_nobody_of_a_group_is_admitted_where_one_cannot_be(desk: OfficeDesk) -> None:
    reference = desk.apply_for("group-membership", people=write_people(OTHER, ID))
    desk.act("unit", reference, "endorse")
    desk.act("approver", reference, "approve")
    join(desk)
    with pytest.raises(StepStopped, match="第2人"):
        desk.act("unit", reference, "finish")
    assert desk.find(reference).state == "approved"
    assert shelves.find_person(desk.office, REGISTER, OTHER) is None


@pytest.mark.parametrize(
    ("answers", "state", "union", "act"),
    [
        ({"direction": "转到本县另一家工会", "to_union": ELSEWHERE, "reason": "换了单位"}, "active", ELSEWHERE, "move"),
        (
            {"direction": "转到外地", "to_elsewhere": "清江市总工会", "reason": "到别的地方生活"},
            "transferred",
            UNIT,
            "transfer",
        ),
        ({"direction": "保留会籍", "keep_reason": "退休"}, "retained", UNIT, "retain"),
    ],
)
def test_a_transfer_case_moves_the_membership(
    desk: OfficeDesk, answers: dict[str, str], state: str, union: str, act: str
) -> None:
    entry_id = join(desk)
    given = {
        "from_county": True,
        "from_union": UNIT,
        "to_union": None,
        "to_elsewhere": None,
        "reason": None,
        "keep_reason": None,
    }
    reference = desk.apply_for(
        "transfer", id_number=ID, **{k: v for k, v in (given | answers).items() if v is not None}
    )
    for who, action in (("clerk", "accept"), ("reviewer", "endorse"), ("approver", "approve"), ("clerk", "finish")):
        desk.act(who, reference, action)
    entry = desk.office.store.find_entry(entry_id)
    assert entry
    assert (entry.state, entry.union, entry.version) == (state, union, 2)
    assert shelves.read(desk.office, entry, Membership).history[-1].act == act


def test_a_transfer_from_elsewhere_begins_or_resumes_a_membership(desk: OfficeDesk) -> None:
    asked = {
        "direction": "从外地转进来",
        "from_county": False,
        "from_elsewhere": "清江市总工会",
        "to_union": UNIT,
        "reason": "换了单位",
    }
    steps = (("clerk", "accept"), ("reviewer", "endorse"), ("approver", "approve"), ("clerk", "finish"))
    reference = desk.apply_for("transfer", id_number=ID, **asked)
    for who, action in steps:
        desk.act(who, reference, action)
    entry = shelves.find_person(desk.office, REGISTER, ID)
    assert entry
    member = shelves.read(desk.office, entry, Membership)
    assert (member.history[0].act, member.history[0].place, member.worker_kind) == ("arrive", "清江市总工会", "未说明")
    change_member(desk.office, STAFF["unit"], entry.id, Given("transfer", place="清江市总工会", reason="换了单位"))
    again = desk.apply_for("transfer", id_number=ID, **asked)
    for who, action in steps:
        desk.act(who, again, action)
    entry = shelves.find_person(desk.office, REGISTER, ID)
    assert entry
    assert (entry.state, entry.version) == ("active", 3)


def test_a_transfer_of_nobody_is_stopped(desk: OfficeDesk) -> None:
    reference = desk.apply_for("transfer", id_number=ID, direction="保留会籍", keep_reason="失业")
    desk.act("reviewer", reference, "endorse")
    desk.act("approver", reference, "approve")
    with pytest.raises(StepStopped, match="会员库里没有这个证件号码"):
        desk.act("clerk", reference, "finish")


# --- found and changed --------------------------------------------------------------------------------


def test_members_are_found_within_the_scope_only(desk: OfficeDesk) -> None:
    entry_id = join(desk, full_name="欧阳小满", mobile="13900000001", worker_kind="快递员")
    join(desk, OTHER, worker_kind="网约车司机")
    office = desk.office

    def find(who: str, **wanted: str) -> list[str]:
        return [one.record.full_name for one in list_members(office, STAFF[who], Wanted(**wanted))[0]]

    assert len(find("unit")) == len(find("town")) == len(find("clerk", union=TOWN)) == 2
    assert find("elsewhere") == find("clerk", union=ELSEWHERE) == find("unit", state="left") == []
    assert find("unit", kind="快递员") == ["欧阳小满"]
    for text in ("欧阳小满", ID.lower(), "139 0000 0001"):
        assert find("unit", text=text) == ["欧阳小满"]
        assert find("elsewhere", text=text) == []
    last = office.store.find_last_event()
    assert last
    assert (last.kind, last.data) == ("register_searched", {"register": "member", "by": "mobile", "found": 1})
    with pytest.raises(NoSuchEntry):
        read_member(office, STAFF["elsewhere"], entry_id)
    for who in ("cashier", "auditor"):
        with pytest.raises(StepStopped, match="要由经办或审核或审批岗位"):
            list_members(office, STAFF[who], Wanted())


def test_a_number_is_revealed_with_a_trace(desk: OfficeDesk) -> None:
    entry_id = join(desk)
    assert reveal(desk.office, STAFF["unit"], entry_id, "id_number") == ID
    last = desk.office.store.find_last_event()
    assert last
    assert (last.kind, last.data["field"]) == ("entry_revealed", "id_number")
    with pytest.raises(KeyError):
        reveal(desk.office, STAFF["unit"], entry_id, "history")


def test_a_membership_is_changed_by_who_may(desk: OfficeDesk) -> None:
    entry_id = join(desk)
    office, clerk = desk.office, STAFF["clerk"]
    with pytest.raises(StepStopped, match="要由审核岗位"):
        change_member(office, clerk, entry_id, Given("leave", reason="其他"))
    with pytest.raises(StepStopped, match="选转入的工会"):
        change_member(office, clerk, entry_id, Given("move", union="nowhere", reason="其他"))
    for corrected in (None, {}, {"id_number": OTHER}):
        with pytest.raises(StepStopped, match="要更正的内容"):
            change_member(office, clerk, entry_id, Given("correct", reason="登记错字"), corrected)
    for name, text, words in (("full_name", "", "不能空着"), ("mobile", "123", "手机号码：")):
        with pytest.raises(StepStopped, match=words):
            change_member(office, clerk, entry_id, Given("correct", reason="登记错字"), {name: text})
    change_member(
        office,
        clerk,
        entry_id,
        Given("correct", reason="登记错字"),
        {"full_name": "欧阳小曼", "mobile": "139 0000 0009"},
    )
    assert reveal(office, clerk, entry_id, "mobile") == "13900000009"
    assert list_members(office, clerk, Wanted(text="欧阳小曼"))[1] == 1
    change_member(office, clerk, entry_id, Given("move", union=ELSEWHERE, reason="换了单位"))
    with pytest.raises(NoSuchEntry):
        read_member(office, STAFF["unit"], entry_id)


def test_who_changes_what_another_has_changed_is_told(desk: OfficeDesk) -> None:
    entry = desk.office.store.find_entry(join(desk))
    assert entry
    written = shelves.follow(
        desk.office,
        entry,
        shelves.read(desk.office, entry, Membership),
        shelves.Filing("correct", UNIT, "active"),
        "unit",
    )
    shelves.keep(desk.office, shelves.Change(entries=(written.change,)))
    with pytest.raises(EntryChanged):
        shelves.keep(desk.office, shelves.Change(entries=(written.change,)))


def test_the_six_months_are_a_worklist(desk: OfficeDesk) -> None:
    entry_id = join(desk)
    office, unit = desk.office, STAFF["unit"]
    change_member(office, unit, entry_id, Given("warn", since=date(2026, 5, 25)))
    assert list_idle(office, unit, date(2026, 11, 24)) == []
    assert [one.entry.id for one in list_idle(office, unit, date(2026, 11, 25))] == [entry_id]
    desk.wait(days=5)
    change_member(office, unit, entry_id, Given("lapse"))
    assert list_idle(office, unit, date(2027, 11, 25)) == []
    back = desk.apply_for("membership", id_number=ID)
    for who, action in (("unit", "endorse"), ("approver", "approve"), ("unit", "finish")):
        desk.act(who, back, action)
    entry = office.store.find_entry(entry_id)
    assert entry
    assert (entry.state, entry.due) == ("active", None)


# --- by a table ---------------------------------------------------------------------------------------


def test_the_template_is_what_is_read(desk: OfficeDesk) -> None:
    form = desk.office.bundle.forms["membership"]
    assert read_lines(make_template(desk.office), rosters.list_headings(form)) == []
    assert HEAD[:4] == [one for one in rosters.list_needed(form) if one != "批准日期"]


def test_a_table_is_admitted_whole_or_not_at_all(desk: OfficeDesk) -> None:
    office, unit = desk.office, STAFF["unit"]
    data = make_table(GOOD, ["苗青", OTHER, "保安员", UNIT, "", "", "2026/11/03"], above=("安居家政公司入会名册",))
    roster = read_roster(office, unit, data)
    assert [one.faults for one in roster.rows] == [(), ()]
    assert admit_roster(office, unit, roster) == 2
    found = {one.record.full_name: one.record for one in list_members(office, unit, Wanted())[0]}
    assert found["欧阳小满"].ethnicity == "汉族"
    assert found["苗青"].admitted_on == date(2026, 11, 3)
    again = read_roster(office, unit, data)
    assert all("已经是安居家政公司的会员" in one.faults[0] for one in again.rows)
    with pytest.raises(StepStopped, match="没有可以登记的人"):
        admit_roster(office, unit, again, only_good=True)
    with pytest.raises(StepStopped, match="已经是安居家政公司的会员"):
        admit_roster(office, unit, roster)


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [
        (0, "", "姓名：没有填"),
        (1, "110105194912310021", "身份证件号码：这个号码里有一位不对"),
        (1, "1234", "身份证件号码"),
        (2, "飞行员", "请从列出的几项里选一项"),
        (3, "没有的工会", "想加入的工会"),
        (3, "滨河街道", "不在您负责的工会范围内"),
        (4, "12345", "手机号码"),
        (5, "云溪", "民族"),
        (6, "上月", "批准日期：请写成"),
        (6, "2026-11-21", "不能晚于今天"),
    ],
)
def test_every_fault_of_a_row_is_named(desk: OfficeDesk, at: int, value: str, words: str) -> None:
    row = [value if place == at else text for place, text in enumerate(GOOD)]
    roster = read_roster(desk.office, STAFF["unit"], make_table(row))
    (faults,) = (one.faults for one in roster.rows)
    assert any(words in fault for fault in faults), faults


def test_faulty_rows_come_back_as_a_table_and_only_right_ones_are_taken_when_asked(desk: OfficeDesk) -> None:
    office, unit = desk.office, STAFF["unit"]
    bad = ["", OTHER, "飞行员", UNIT, "", "", ""]
    twin = ["欧阳小满", ID, "快递员", UNIT, "", "", "2026-11-02"]
    roster = read_roster(office, unit, make_table(GOOD, bad, twin))
    assert (len(roster.good), len(roster.faulty)) == (1, 2)
    with pytest.raises(StepStopped, match="有 2 行有问题，一个人也没有登记"):
        admit_roster(office, unit, roster)
    assert office.store.count_entries(REGISTER) == {}
    lines = read_lines(write_faults(office, roster), ["问题", "姓名"])
    assert [line["身份证件号码"] for line in lines] == [OTHER, ID]
    assert all(word in lines[0]["问题"] for word in ("姓名:没有填", "您属于哪一类", "批准日期"))
    assert "和第 2 行是同一个证件号码" in lines[1]["问题"]
    assert admit_roster(office, unit, roster, only_good=True) == 1
    last = office.store.list_events()
    assert [event.data["act"] for event in last if event.kind == "entered"] == ["admit"]


def test_a_table_that_cannot_be_read_says_why(desk: OfficeDesk) -> None:
    office, unit = desk.office, STAFF["unit"]
    with pytest.raises(BadSheet, match="表头里没有这几列：批准日期"):
        read_roster(office, unit, make_table(GOOD, head=[*HEAD[:6], "日期"]))
    number = [GOOD[0], 110105194912310020, *GOOD[2:]]
    lost = read_roster(office, unit, make_table(number, [*GOOD[:1], OTHER, *GOOD[2:]], ["=A1", *GOOD[1:]]))
    assert [len(one.faults) for one in lost.rows] == [1, 0, 1]
    assert "后几位已经丢失。请把这一列设成“文本”" in lost.rows[0].faults[0]
    assert "不要写公式" in lost.rows[2].faults[0]
    with pytest.raises(StepStopped, match="要由审核岗位"):
        read_roster(office, STAFF["clerk"], make_table(GOOD))
    many = make_table(*([GOOD] * (rosters.MOST + 1)))
    with pytest.raises(BadSheet, match="一次最多 2000 人"):
        read_roster(office, unit, many)


def test_numbers_of_one_table_differ_however_they_are_drawn(desk: OfficeDesk) -> None:
    """Drawn with repetitions, as thousands at once would be; and where none is free, that is said."""
    draws = iter([1, 2, 3, 11, 11, 12, 12, 12, 13, 11, 14])
    office = replace(desk.office, random=lambda size: next(draws, 7).to_bytes(size))
    taken: set[str] = set()
    numbers = [shelves.draw_number(office, REGISTER, "YX", date(2026, 1, 1), taken) for _ in range(7)]
    assert numbers == [f"YX-2026-{number:06d}" for number in (1, 2, 3, 11, 12, 13, 14)]
    shelves.draw_number(office, REGISTER, "YX", date(2026, 1, 1), taken)
    with pytest.raises(RuntimeError, match="no number is free"):
        shelves.draw_number(office, REGISTER, "YX", date(2026, 1, 1), taken)


def test_figures_by_state_union_kind_and_month(desk: OfficeDesk) -> None:
    office = desk.office
    join(desk, worker_kind="快递员")
    join(desk, OTHER, worker_kind="快递员")
    change_member(
        office,
        STAFF["unit"],
        next(iter(list_members(office, STAFF["unit"], Wanted(text=OTHER))[0])).entry.id,
        Given("retain", reason="失业"),
    )
    figures = count_members(office, STAFF["auditor"], 2026)
    assert (figures.states["active"], figures.states["retained"], figures.states["left"]) == (1, 1, 0)
    assert (figures.kinds["快递员"], figures.kinds["保安员"]) == (1, 0)
    assert figures.unions == {"安居家政公司": 1}
    assert (figures.months["2026-11"], figures.months["2026-10"], len(figures.months)) == (2, 0, 12)
    assert count_members(office, STAFF["elsewhere"], 2026).unions == {}


def test_an_export_keeps_numbers_as_text_and_leaves_a_trace(desk: OfficeDesk) -> None:
    join(desk, full_name="欧阳小满", employer="=HYPERLINK(1)", worker_kind="在职职工")
    with pytest.raises(StepStopped, match="导出会员库要由审核岗位"):
        export_members(desk.office, STAFF["clerk"], Wanted())
    book = openpyxl.load_workbook(io.BytesIO(export_members(desk.office, STAFF["unit"], Wanted())))
    cells = {head.value: cell for head, cell in zip(*book.active.iter_rows(max_row=2), strict=True)}
    assert (cells["证件号码"].value, cells["证件号码"].data_type) == (ID, "s")
    assert (cells["单位"].value, cells["单位"].data_type) == ("=HYPERLINK(1)", "s")
    last = desk.office.store.find_last_event()
    assert last
    assert (last.kind, last.data) == ("register_exported", {"register": "member", "count": 1})


def test_events_of_registers_hold_no_answer(desk: OfficeDesk) -> None:
    join(desk, full_name="欧阳小满")
    read_roster(desk.office, STAFF["unit"], make_table(GOOD))
    for event in desk.office.store.list_events():
        assert has_right_keys(event.kind, event.data)
        assert "欧阳" not in str(event.data)
        assert ID not in str(event.data)
    entry = desk.office.store.list_entries(EntryQuery(REGISTER))[0][0]
    assert digest_entry(replace(entry, state="left"), ()) != digest_entry(entry, ())
