"""发放 over a real store: made by one, confirmed by another, sent, answered; nobody is paid twice or too much."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms_api import batches, paying
from forms_api.batches import CannotPay, NoSuchBatch, Order, find_batch, list_payments
from forms_api.paying import Total
from forms_api.registers.payments import FUNDS, LIVE, Refused, WrongReturn
from forms_api.spreadsheets import BadSheet
from forms_api.storage import EntryChanged, StoreRefusal
from forms_api.workflow import StepStopped
from tests.forms_api.office_desk import STAFF, OfficeDesk, open_office
from tests.forms_api.payment_desk import CASHIER, CLERK, bring_to_file, reopen, write_return

OWN = FUNDS[0]
CARD = "6225768888888888"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, bundle_folder: Path) -> tuple[OfficeDesk, Path, tuple[str, ...]]:
    """Three cases with files, two of them of one household; the store that is copied for every test."""
    folder = tmp_path_factory.mktemp("paying")
    desk = open_office(folder, bundle_folder)
    told = {"bank_card": CARD, "bank": "云溪农商行城关支行", "causes": ["家庭收入低"], "full_name": "=欧阳小满"}
    first, household = bring_to_file(desk, **told)
    second, _ = bring_to_file(desk, household, **told)
    third, _ = bring_to_file(desk, **told)
    desk.office.store.backup(folder / "copy.db")
    return desk, folder / "copy.db", (first, second, third)


@pytest.fixture
def desk(prepared, tmp_path):
    return reopen(prepared[0], prepared[1], tmp_path)


@pytest.fixture
def references(prepared):
    return prepared[2]


def make(desk, *orders, who=CLERK):
    return batches.make_batch(desk.office, who, [Order(*one) for one in orders], OWN)


def send(desk, *orders):
    batch_id = make(desk, *orders).entry.id
    batches.confirm_batch(desk.office, CASHIER, batch_id)
    paying.export_batch(desk.office, CASHIER, batch_id, "xlsx")
    return batch_id


def answer(desk, batch_id, **answers):
    return paying.read_return(desk.office, CASHIER, batch_id, write_return(answers))


def kinds(desk):
    return [
        one.kind for one in desk.office.store.list_events() if one.kind.startswith(("batch_", "return_", "payments_"))
    ]


# --- the way of a batch -------------------------------------------------------------------------------


def test_a_case_is_paid_with_its_batch(desk, references):
    first, _, third = references
    waiting = {one.row.case.reference: one for one in batches.list_waiting(desk.office, CLERK)}
    assert set(waiting) == set(references)
    assert waiting[first].allowed["living"].fen == 400_000
    batch_id = send(desk, (first, "living", 100_050), (third, "living", 200_000))
    told = answer(desk, batch_id, **{first: (100_050, "成功"), third: (200_000, "失败：户名不符")})
    assert (told.paid, told.failed, told.left) == ((first,), ((third, "name"),), ())
    assert [desk.find(one).state for one in (first, third)] == ["paid", "filed"]
    assert find_batch(desk.office, batch_id).entry.state == "reconciled"
    assert {one.row.case.reference: one.reason for one in batches.list_waiting(desk.office, CLERK)}[third] == "name"
    (line,) = list_payments(desk.office, ("paid",))
    assert (line.payment.paid_on, line.payment.rules) == (desk.office.today(), "云工办〔2024〕15号（2024-04-01起）")
    assert paying.add_up(list_payments(desk.office)) == [Total(OWN, "living", "2026-11", 1, 100_050)]
    again = send(desk, (third, "living", 200_000))
    assert answer(desk, again, **{third: (200_000, "成功")}).paid == (third,)
    assert kinds(desk)[:4] == ["batch_made", "batch_confirmed", "batch_exported", "return_read"]


def test_the_same_answer_twice_changes_nothing(desk, references):
    batch_id = send(desk, (references[0], "living", 100), (references[2], "living", 200))
    told = {references[0]: (100, "成功"), references[2]: (200, "失败：销户")}
    answer(desk, batch_id, **told)
    before = [(line.entry, line.payment) for line in list_payments(desk.office)]
    again = answer(desk, batch_id, **told)
    assert (again.paid, again.failed, set(again.repeated)) == ((), (), {references[0], references[2]})
    assert [(line.entry, line.payment) for line in list_payments(desk.office)] == before


def test_an_answer_for_a_part_leaves_the_rest_open(desk, references):
    batch_id = send(desk, (references[0], "living", 100), (references[2], "living", 200))
    answer(desk, batch_id, **{references[0]: (100, "成功")})
    assert find_batch(desk.office, batch_id).entry.state == "sent"
    answer(desk, batch_id, **{references[0]: (100, "成功"), references[2]: (200, "成功")})
    assert find_batch(desk.office, batch_id).entry.state == "reconciled"


def test_an_answer_that_does_not_fit_is_refused_whole(desk, references):
    batch_id = send(desk, (references[0], "living", 100), (references[2], "living", 200))
    with pytest.raises(WrongReturn) as wrong:
        answer(
            desk, batch_id, **{references[0]: (100, "成功"), references[2]: (201, "成功"), references[1]: (5, "成功")}
        )
    assert [line for line, _ in wrong.value.faults] == [3, 4]
    assert desk.find(references[0]).state == "filed"
    assert kinds(desk)[-1] == "return_refused"
    with pytest.raises(BadSheet):
        paying.read_return(desk.office, CASHIER, batch_id, b"a,b\n")


def test_a_file_in_force_is_paid_again_for_the_next_span(desk, references):
    answer(desk, send(desk, (references[0], "living", 100)), **{references[0]: (100, "成功")})
    desk.wait(days=60)
    batch_id = send(desk, (references[0], "living", 300))
    assert answer(desk, batch_id, **{references[0]: (300, "成功")}).left == ()
    assert desk.find(references[0]).state == "paid"
    assert [total.month for total in paying.add_up(list_payments(desk.office))] == ["2026-11", "2027-01"]


def test_money_that_came_for_a_case_that_moved_is_kept_and_told(desk, references):
    batch_id = send(desk, (references[0], "living", 100))
    desk.act("clerk", references[0], "finish", note="不用发放了。")
    told = answer(desk, batch_id, **{references[0]: (100, "成功")})
    assert told.paid == (references[0],)
    assert "钱已经到账，但这份申请现在是“已办结”" in told.left[0][1]
    assert paying.add_up(list_payments(desk.office))[0].fen == 100


# --- what the bank gets ---------------------------------------------------------------------------------


def test_the_bank_gets_text_and_the_same_bytes_each_time(desk, references):
    batch_id = make(desk, (references[0], "living", 100_050)).entry.id
    batches.confirm_batch(desk.office, CASHIER, batch_id)
    data = paying.export_batch(desk.office, CASHIER, batch_id, "xlsx")
    desk.wait(days=1)
    assert paying.export_batch(desk.office, CASHIER, batch_id, "xlsx") == data
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    row = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (row["账号"].value, row["账号"].data_type, row["金额"].value) == (CARD, "s", 1000.5)
    assert (row["户名"].value, row["户名"].data_type) == ("=欧阳小满", "s")
    text = paying.export_batch(desk.office, CASHIER, batch_id, "csv").decode("utf-8-sig")
    assert f'"\'=欧阳小满","{CARD}"' in text
    events = [one for one in desk.office.store.list_events() if one.kind == "batch_exported"]
    assert len({one.data["digest"] for one in events}) == 2
    assert CARD not in repr(events)


def test_audit_gets_sums_and_nobodys_name(desk, references):
    answer(desk, send(desk, (references[0], "living", 100_050)), **{references[0]: (100_050, "成功")})
    for form in ("xlsx", "csv"):
        data = paying.export_payments(desk.office, STAFF["auditor"], form)
        assert CARD.encode() not in data
    text = data.decode("utf-8-sig")
    assert "欧阳" not in text
    assert f'"{references[0]}","生活帮扶","{OWN}",1000.5' in text.replace("1000.50", "1000.5")
    with pytest.raises(StepStopped, match="岗位"):
        paying.export_payments(desk.office, STAFF["clerk"], "csv")


# --- refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        (((0, "living", 0),), "大于 0"),
        (((0, "living", 400_001),), "最多4000.00元"),
        (((0, "tuition", 100),), "不能按这个类别"),
        (((0, "living", 100), (0, "medical", 100)), "一批里只能有一笔"),
        (((0, "living", 100), (1, "living", 100)), "同一期不能重复发放"),
    ],
)
def test_what_may_not_be_paid_is_told_by_its_reference(desk, references, orders, words):
    with pytest.raises(CannotPay, match=words) as refused:
        make(desk, *((references[at % 3], kind, fen) for at, kind, fen in orders))
    assert set(refused.value.faults) == {references[orders[-1][0]]}
    assert list(list_payments(desk.office)) == []


def test_a_household_is_paid_once_whoever_asks(desk, references):
    send(desk, (references[0], "living", 100))
    for orders, words in (
        ((references[1], "living", 100), "同一期不能重复发放"),
        ((references[0], "training", 100), "已经在另一批里"),
    ):
        with pytest.raises(CannotPay, match=words):
            make(desk, orders)
    make(desk, (references[1], "training", 100))


def test_only_what_has_a_file_is_paid(desk):
    reference = desk.apply_for("hardship")
    with pytest.raises(CannotPay, match="先建档、后帮扶"):
        make(desk, (reference, "living", 100))
    with pytest.raises(CannotPay, match="请选资金来源"):
        batches.make_batch(desk.office, CLERK, [], OWN)
    with pytest.raises(NoSuchBatch):
        find_batch(desk.office, "x")


def test_who_made_it_or_approved_a_case_does_not_confirm_it(desk, references):
    both = replace(CLERK, duties=frozenset({"handler", "cashier"}))
    batch_id = make(desk, (references[0], "living", 100)).entry.id
    with pytest.raises(StepStopped, match="要由另一个人来做"):
        batches.confirm_batch(desk.office, both, batch_id)
    approver = replace(STAFF["approver"], duties=frozenset({"approver", "cashier", "handler"}))
    with pytest.raises(StepStopped, match="是您审批的"):
        batches.confirm_batch(desk.office, approver, batch_id)
    with pytest.raises(CannotPay, match="是您审批的"):
        make(desk, (references[2], "living", 100), who=approver)
    with pytest.raises(StepStopped, match="现在是“待复核”"):
        paying.export_batch(desk.office, CASHIER, batch_id, "csv")
    for who, words in (("clerk", "要由财务岗位"), ("unit", "要由财务岗位"), ("auditor", "要由财务岗位")):
        with pytest.raises(StepStopped, match=words):
            batches.confirm_batch(desk.office, STAFF[who], batch_id)
    with pytest.raises(StepStopped, match="由县总工会来办"):
        make(desk, (references[2], "living", 100), who=STAFF["unit"])


def test_a_case_that_moved_before_the_confirmation_stops_it(desk, references):
    batch_id = make(desk, (references[0], "living", 100)).entry.id
    desk.act("clerk", references[0], "finish", note="不用发放了。")
    with pytest.raises(StepStopped, match="作废这一批"):
        batches.confirm_batch(desk.office, CASHIER, batch_id)
    batches.drop_batch(desk.office, CLERK, batch_id)
    assert [line.entry.state for line in list_payments(desk.office)] == ["dropped"]
    make(desk, (references[1], "living", 400_000))


def test_two_batches_at_once_for_one_household(desk, references):
    """Both were thought out on the same purse: the second is refused by the store."""
    purses = {}
    made = []
    for reference in references[:2]:
        own = {}
        standing = batches.find_standing(desk.office, CLERK, reference)
        payment_id = desk.office.new_id()
        order = Order(reference, "living", 100)
        payment = batches._plan(desk.office, CLERK, standing, order, OWN, f"b{payment_id}", payment_id, own)
        made.append((payment_id, standing, payment))
        purses[reference] = own
    batches._store_batch(desk.office, CLERK, "1" * 32, OWN, made[:1], purses[references[0]])
    with pytest.raises(EntryChanged):
        batches._store_batch(desk.office, CLERK, "2" * 32, OWN, made[1:], purses[references[1]])


# --- whatever happens -------------------------------------------------------------------------------------

ACTS = ("make", "confirm", "drop", "export", "send", "send", "send", "return", "return", "return", "again", "wait")


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=True))
def test_nobody_is_ever_paid_twice_or_too_much(prepared, random):
    """Whatever batches, answers and retries come: no household above a cap, no span twice, no case moved twice, sums true."""
    with tempfile.TemporaryDirectory() as folder:
        desk = reopen(prepared[0], prepared[1], Path(folder))
        made, answers = [], []
        for _ in range(25):
            kind, fen = (
                random.choice(("living", "living", "training")),
                random.choice((1, 150_000, 250_000, 400_000, 900_000)),
            )
            act, at, good = random.choice(ACTS), random.randrange(60), random.random() < 0.7
            try:
                _act(desk, prepared[2], made, answers, act, at, kind, fen, good)
            except (CannotPay, StepStopped, WrongReturn, Refused, StoreRefusal):
                continue
        _check(desk, prepared[2])
        desk.office.store.close()


def _act(desk, references, made, answers, act, at, kind, fen, good):
    if act == "wait":
        desk.wait(days=20)
    elif act == "make":
        made.append(make(desk, (references[at % 3], kind, fen)).entry.id)
    elif act == "send":
        made.append(send(desk, (references[at % 3], kind, fen)))
    elif act == "again" and answers:
        paying.read_return(desk.office, CASHIER, *answers[at % len(answers)])
    elif made:
        batch_id = made[at % len(made)]
        if act == "confirm":
            batches.confirm_batch(desk.office, CASHIER, batch_id)
        elif act == "drop":
            batches.drop_batch(desk.office, CLERK, batch_id)
        elif act == "export":
            paying.export_batch(desk.office, CASHIER, batch_id, "csv")
        elif act == "return":
            lines = find_batch(desk.office, batch_id).lines
            told = {line.payment.reference: (line.payment.fen, "成功" if good else "失败") for line in lines}
            answers.append((batch_id, write_return(told)))
            paying.read_return(desk.office, CASHIER, *answers[-1])


def _check(desk, references):
    lines = list(list_payments(desk.office))
    live = [line.payment for line in lines if line.entry.state in LIVE]
    for one in live:
        same = [two for two in live if (two.household, two.kind) == (one.household, one.kind)]
        assert sum(two.fen for two in same if two.start.year == one.start.year) <= {"living": 600_000}.get(
            one.kind, 1_500_000
        )
        assert all(two is one or two.start > one.end or one.start > two.end for two in same)
    for reference in references:
        steps = [e for e in desk.office.store.list_events(desk.find(reference).id) if e.data.get("action") == "pay"]
        paid = [line for line in lines if line.entry.state == "paid" and line.payment.reference == reference]
        assert len(steps) == bool(paid) == (desk.find(reference).state == "paid")
    assert sum(total.fen for total in paying.add_up(lines)) == sum(
        line.payment.fen for line in lines if line.entry.state == "paid"
    )
    assert all(line.payment.paid_on >= date(2026, 11, 20) for line in lines if line.entry.state == "paid")
