"""What may be paid: caps, spans, holders and amounts as dated figures say; and what a bank's answer may say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api.registers.payments import (
    Allowed,
    Answer,
    Counted,
    Payment,
    Purse,
    Refused,
    Settled,
    WrongReturn,
    code_reason,
    find_allowed,
    find_holder,
    list_kinds,
    parse_amount,
    reconcile,
    refuse_too_much,
    to_yuan,
)

OLD = {"effective": "2024-04-01", "source": "旧", "values": {
    "living_cap": 4000, "living_pay": "按半年", "medical_rate": 20, "medical_cap": 15000, "emergency_cap": 8000, "training_cap": 2000,
}}  # fmt: skip
NEW = {
    "effective": "2026-12-01",
    "source": "新",
    "values": {**OLD["values"], "living_cap": 6000, "living_pay": "按季度"},
}
TUITION = {"effective": "2026-07-01", "source": "助学", "values": {"freshman": 4000, "student": 3000, "high": 2000}}
DAY = date(2026, 12, 3)


def payment(reference: str = "A", fen: int = 150_000) -> Payment:
    return Payment(
        reference=reference, case_id="c", household="h", kind="living", fund="本级工会经费", fen=fen, holder="张三",
        account="6225768888888888", bank="", start=DAY, end=DAY, rules="新", batch="b",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "answers", "fen", "start", "end"),
    [
        ("living", {}, 600_000, date(2026, 10, 1), date(2026, 12, 31)),
        ("medical", {"medical_cost": 30_000}, 600_000, date(2026, 1, 1), date(2026, 12, 31)),
        ("medical", {"own_cost": 200_000.5}, 1_500_000, date(2026, 1, 1), date(2026, 12, 31)),
        ("medical", {}, 0, date(2026, 1, 1), date(2026, 12, 31)),
        ("emergency", {}, 800_000, date(2026, 1, 1), date(2026, 12, 31)),
        ("training", {}, 200_000, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_the_figures_say_how_much_and_for_when(kind, answers, fen, start, end):
    allowed = find_allowed(kind, answers, (NEW, OLD), DAY)
    assert (allowed.fen, allowed.start, allowed.end) == (fen, start, end)


def test_of_two_versions_the_better_holds_and_is_named():
    assert find_allowed("living", {}, (OLD, NEW), DAY).rules == "新（2026-12-01起）"
    assert find_allowed("living", {}, (None, OLD), DAY) == Allowed(
        400_000, date(2026, 7, 1), date(2026, 12, 31), "旧（2024-04-01起）"
    )
    with pytest.raises(Refused, match="还没有写明生活帮扶的标准"):
        find_allowed("living", {}, (None,), DAY)


@pytest.mark.parametrize(("way", "start", "end"), [("按月", 2, 2), ("按季度", 1, 3), ("按半年", 1, 6), ("", 1, 12)])
def test_living_aid_is_for_its_span(way, start, end):
    version = {**NEW, "values": {**NEW["values"], "living_pay": way}}
    allowed = find_allowed("living", {}, (version,), date(2026, 2, 9))
    assert (allowed.start.month, allowed.end.month, allowed.start.year, allowed.end.year) == (start, end, 2026, 2026)


def test_tuition_is_the_sum_of_students_in_a_school_year():
    students = [
        {"stage": "大学本科", "first_year": True}, {"stage": "普通高中", "first_year": True}, {"stage": "大专"},
        {"stage": "大学本科", "state_paid": True}, {"stage": "大专", "aided_before": True},
    ]  # fmt: skip
    allowed = find_allowed("tuition", {"students": students}, (TUITION,), DAY)
    assert (allowed.fen, allowed.start, allowed.end) == (900_000, date(2026, 7, 1), date(2027, 6, 30))
    assert find_allowed("tuition", {"students": students}, (TUITION,), date(2027, 3, 1)).start == date(2026, 7, 1)


ALLOWED = Allowed(400_000, date(2026, 10, 1), date(2026, 12, 31), "新")


@pytest.mark.parametrize(
    ("fen", "rows", "words"),
    [
        (0, (), "大于 0"),
        (-1, (), "大于 0"),
        (10**9 + 1, (), "大于 0"),
        (400_001, (), "最多4000.00元"),
        (1, (("living", 10, 1),), "同一期不能重复发放"),
        (100_001, (("living", 1, 300_000),), "今年已经发放3000.00元"),
    ],
)
def test_too_much_and_too_often_is_refused(fen, rows, words):
    purse = Purse(rows=tuple(_count(*row) for row in rows))
    with pytest.raises(Refused, match=words):
        refuse_too_much("living", fen, ALLOWED, purse)


def _count(kind, month, fen):
    return Counted(payment="p", kind=kind, start=date(2026, month, 1), end=date(2026, month + 2, 28), fen=fen)


def test_other_kinds_and_other_spans_stand_beside_each_other():
    refuse_too_much(
        "living", 100_000, ALLOWED, Purse(rows=(_count("living", 1, 300_000), _count("medical", 10, 900_000)))
    )


@pytest.mark.parametrize(
    ("form", "answers", "kinds"),
    [
        ("hardship", {}, ("living", "medical", "emergency", "training")),
        ("relief", {"kind": "临时救助"}, ("emergency",)),
        ("relief", {"kind": "困难劳模补助"}, ("living",)),
        ("relief", {"kind": "大病救助"}, ("medical",)),
        ("tuition", {}, ("tuition",)),
        ("membership", {}, ()),
    ],
)
def test_a_form_can_be_paid_as_its_kinds(form, answers, kinds):
    assert list_kinds(form, answers) == kinds


def test_the_account_is_the_applicants_own():
    assert find_holder("hardship", {"full_name": "张三"}) == "张三"
    told = {"full_name": "张三", "payee": "学生本人", "students": [{"student_name": "张小满"}]}
    assert find_holder("tuition", told) == "张小满"
    assert find_holder("tuition", {**told, "payee": "家长本人"}) == "张三"
    with pytest.raises(Refused, match="家长本人的账户"):
        find_holder("tuition", {**told, "students": told["students"] * 2})


@pytest.mark.parametrize("text", ["", "abc", "-5", "1.234", "1e3", "00012", "1,00", "=1", "9" * 12, "１2x"])
def test_what_is_no_amount_is_told(text):
    with pytest.raises(Refused, match="不是金额"):
        parse_amount(text)


@given(st.integers(1, 10**9))
def test_amounts_go_out_and_come_back(fen):
    assert parse_amount(to_yuan(fen)) == fen
    assert parse_amount(f" ¥{fen // 100:,}.{fen % 100:02d}元") == fen


# --- the bank's answer ------------------------------------------------------------------------------------

EXPECTED = {
    name: (state, payment(name)) for name, state in (("A", "sent"), ("B", "sent"), ("P", "paid"), ("F", "failed"))
}


def test_an_answer_is_held_against_the_batch():
    answers = [
        Answer(2, "A", "1500", "交易成功"),
        Answer(3, "B", "1,500.00", "不成功", "收款账户已销户", "6225768888888888"),
        Answer(4, "P", "1500.00", "成功"),
        Answer(5, "F", "1500.00", "退回"),
    ]
    assert reconcile(answers, EXPECTED) == Settled(("A",), (("B", "closed"),), ("P", "F"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(2, "X", "1500", "成功"), "这一批里没有 X"),
        (Answer(2, "", "1500", "成功"), "这一批里没有 （空白）"),
        (Answer(2, "A", "1500.01", "成功"), "的金额是 1500.01，交给银行的是 1500.00"),
        (Answer(2, "A", "很多", "成功"), "不是金额"),
        (Answer(2, "A", "1500", "处理中"), "看不出是成功还是失败"),
        (Answer(2, "A", "1500", "成功", "", "6225768888888889"), "账号和交给银行的不一样"),
        (Answer(2, "P", "1500", "失败"), "上次是“已发放”"),
        (Answer(2, "F", "1500", "成功"), "上次是“未成功”"),
    ],
)
def test_an_answer_that_does_not_fit_counts_for_nothing(answer, words):
    with pytest.raises(WrongReturn) as wrong:
        reconcile([Answer(9, "B", "1500", "成功"), answer, Answer(10, "B", "1500", "成功")], EXPECTED)
    assert [line for line, _ in wrong.value.faults] == [2, 10]
    assert words in wrong.value.faults[0][1]
    assert "出现了两次" in wrong.value.faults[1][1]


@pytest.mark.parametrize(
    ("text", "code"),
    [("户名不符", "name"), ("账号不存在", "account"), ("账户已冻结", "closed"), ("超限额", "limit"), ("", "other")],
)
def test_reasons_are_coded(text, code):
    assert code_reason(text) == code
