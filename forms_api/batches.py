"""Batches of payments: made by one member of staff, confirmed by another, or given up.

A payment is written together with the purse of its household, so that no two payments can overlook each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from forms_api import shelves
from forms_api.back_office import Member, Office, merge
from forms_api.casework import Standing, find_standing
from forms_api.definitions import CHINA
from forms_api.inbox import Row, make_row
from forms_api.model import Actor, NewEvent, Value
from forms_api.office import Entry, EntryQuery, WorkQuery
from forms_api.registers import payments
from forms_api.registers.payments import (
    BATCH,
    FUNDS,
    KINDS,
    LIVE,
    PAYMENT,
    PURSE,
    Allowed,
    Batch,
    Counted,
    Payment,
    Purse,
    Refused,
    find_allowed,
    find_holder,
    list_kinds,
    refuse_too_much,
)
from forms_api.shelves import Filing, Written
from forms_api.storage import Change
from forms_api.workflow import DUTY_WORDS, STATES, StepStopped

MAKERS = ("handler", "cashier")
PAYABLE = ("filed", "paid")
"""A file in force is paid once with its case, and again for later spans without moving it."""


class CannotPay(Exception):
    """A batch that cannot be made: a sentence for each case, under its reference."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = dict(faults)


class NoSuchBatch(Exception):
    """There is no batch of that id."""


@dataclass(frozen=True, slots=True)
class Order:
    """One line as it is asked for."""

    reference: str
    kind: str
    fen: int


@dataclass(frozen=True, slots=True)
class Line:
    """A payment with its entry."""

    entry: Entry
    payment: Payment


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A batch opened with its lines."""

    entry: Entry
    batch: Batch
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that can be paid: the kinds it can be paid as with what is allowed, and why its last payment failed."""

    row: Row
    allowed: Mapping[str, Allowed]
    reason: str = ""


# --- making -----------------------------------------------------------------------------------------------


def list_waiting(office: Office, member: Member) -> Iterator[Waiting]:
    """Yield the cases with a file that are not on their way to the bank, those with a failed payment among them."""
    require(office, member, "看待发放的名单", *MAKERS, "approver")
    for standing in _list_payable(office, member, "filed"):
        lines = _list_lines(office, standing.case.id)
        if any(line.entry.state in LIVE for line in lines):
            continue
        failed = [line for line in lines if line.entry.state == "failed"]
        last = max(failed, key=lambda line: line.entry.updated_at, default=None)
        answers = merge(office.read_sent(standing.case.id))
        row = make_row(office, standing.case, standing.work)
        yield Waiting(row, dict(_list_allowed(office, standing, answers)), last.payment.reason if last else "")


def make_batch(office: Office, member: Member, orders: Sequence[Order], fund: str) -> BatchFile:
    """Make a batch of payments, to be confirmed by somebody else. Raises CannotPay with every fault, StepStopped."""
    require(office, member, "做发放批次", *MAKERS)
    if fund not in FUNDS or not orders:
        raise CannotPay({"": "请选资金来源，至少选一份申请。"})
    batch_id = office.new_id()
    purses: dict[str, tuple[Entry, Purse]] = {}
    faults: dict[str, str] = {}
    made: list[tuple[str, Standing, Payment]] = []
    for order in orders:
        try:
            if any(order.reference == one.reference for _, _, one in made):
                raise Refused("同一份申请在一批里只能有一笔。请删去一笔。")
            standing = find_standing(office, member, order.reference)
            payment_id = office.new_id()
            payment = _plan(office, member, standing, order, fund, batch_id, payment_id, purses)
            made.append((payment_id, standing, payment))
        except Refused as refused:
            faults[order.reference] = str(refused)
    if faults:
        raise CannotPay(faults)
    return _store_batch(office, member, batch_id, fund, made, purses)


def _plan(
    office: Office,
    member: Member,
    standing: Standing,
    order: Order,
    fund: str,
    batch_id: str,
    payment_id: str,
    purses: dict[str, tuple[Entry, Purse]],
) -> Payment:
    """Return a payment that may be made, and count it in the purse of its household. Raises Refused."""
    _refuse_unpayable(office, member, standing)
    answers, household = merge(office.read_sent(standing.case.id)), str(standing.work.household)
    if order.kind not in list_kinds(standing.case.form, answers):
        raise Refused("这份申请不能按这个类别发放。请换一个类别。")
    allowed = _find_allowed(office, standing, answers, order.kind)
    entry, purse = purses.get(household) or _open_purse(office, household)
    refuse_too_much(order.kind, order.fen, allowed, purse)
    counted = Counted(payment=payment_id, kind=order.kind, start=allowed.start, end=allowed.end, fen=order.fen)
    purses[household] = entry, Purse(rows=(*purse.rows, counted))
    return Payment(
        reference=standing.case.reference,
        case_id=standing.case.id,
        household=household,
        kind=order.kind,
        fund=fund,
        fen=order.fen,
        holder=find_holder(standing.case.form, answers),
        account=str(answers["bank_card"]),
        bank=str(answers.get("bank") or ""),
        start=allowed.start,
        end=allowed.end,
        rules=allowed.rules,
        batch=batch_id,
    )


def _refuse_unpayable(office: Office, member: Member, standing: Standing) -> None:
    if standing.case.state not in PAYABLE:
        label = STATES[standing.case.state].label
        raise Refused(f"{standing.case.reference} 现在是“{label}”，还不能发放。先建档、后帮扶：请先把档案建好。")
    if not standing.facts.has_household:
        raise Refused(f"{standing.case.reference} 没有在档的困难职工档案。先建档、后帮扶：请先把档案建好。")
    if member.id in standing.facts.acted.get("approve", ()):
        raise Refused(f"{standing.case.reference} 是您审批的，发放要由另外的人来做。请转给其他同事。")
    if any(line.entry.state in ("planned", "sent") for line in _list_lines(office, standing.case.id)):
        raise Refused(f"{standing.case.reference} 已经在另一批里。请等那一批对完账。")


def _store_batch(
    office: Office,
    member: Member,
    batch_id: str,
    fund: str,
    made: Sequence[tuple[str, Standing, Payment]],
    purses: Mapping[str, tuple[Entry, Purse]],
) -> BatchFile:
    total = sum(payment.fen for _, _, payment in made)
    number = f"FF{office.today():%Y%m%d}-{batch_id[:4].upper()}"
    batch = Batch(number=number, fund=fund, payments=tuple(one for one, _, _ in made), fen=total, maker=member.id)
    written = [write(office, _blank(office, batch_id, BATCH), batch, "made", "draft", member)]
    for payment_id, standing, payment in made:
        entry = replace(_blank(office, payment_id, PAYMENT), union=standing.work.union, owner=payment.case_id)
        written.append(write(office, entry, payment, "planned", "planned", member))
    written += [write(office, entry, purse, "counted", "open", member) for entry, purse in purses.values()]
    store(office, written, tell(office, member, "batch_made", batch=batch_id, lines=len(made), fen=total))
    return find_batch(office, batch_id)


def confirm_batch(office: Office, member: Member, batch_id: str) -> None:
    """Confirm a batch that somebody else made. Raises NoSuchBatch, StepStopped."""
    require(office, member, "复核发放批次", "cashier")
    file = demand_batch(office, batch_id, "draft")
    if member.id == file.batch.maker:
        raise StepStopped("need", "这一批是您做的，复核要由另一个人来做。请转给其他财务人员。")
    for line in file.lines:
        standing = find_standing(office, member, line.payment.reference)
        if member.id in standing.facts.acted.get("approve", ()):
            raise StepStopped(
                "need", f"{line.payment.reference} 是您审批的，复核发放要由另一个人来做。请转给其他财务人员。"
            )
        if standing.case.state not in PAYABLE:
            label = STATES[standing.case.state].label
            raise StepStopped(
                "need", f"{line.payment.reference} 现在是“{label}”，不能发放。请作废这一批，去掉它以后重做。"
            )
    confirmed = file.batch.model_copy(update={"checker": member.id})
    written = [write(office, file.entry, confirmed, "confirmed", "confirmed", member)]
    event = tell(office, member, "batch_confirmed", batch=batch_id, lines=len(file.lines), fen=file.batch.fen)
    store(office, written, event)


def drop_batch(office: Office, member: Member, batch_id: str) -> None:
    """Give up a batch that the bank never got; its cases can be paid anew. Raises NoSuchBatch, StepStopped."""
    require(office, member, "作废发放批次", *MAKERS)
    file = demand_batch(office, batch_id, "draft", "confirmed")
    written = [write(office, file.entry, file.batch, "dropped", "dropped", member)]
    written += [write(office, line.entry, line.payment, "dropped", "dropped", member) for line in file.lines]
    written += list(uncount(office, member, file.lines))
    store(office, written, tell(office, member, "batch_dropped", batch=batch_id))


# --- reading ------------------------------------------------------------------------------------------------


def find_batch(office: Office, batch_id: str) -> BatchFile:
    """Return a batch with its lines. Raises NoSuchBatch, and what the keyring and the opener raise."""
    entry = office.store.find_entry(batch_id)
    if entry is None or entry.register != BATCH:
        raise NoSuchBatch(batch_id)
    batch = shelves.read(office, entry, Batch)
    found = (office.store.find_entry(one) for one in batch.payments)
    return BatchFile(entry, batch, tuple(Line(one, shelves.read(office, one, Payment)) for one in found if one))


def list_batches(office: Office, page: int = 1, size: int = 30) -> tuple[list[tuple[Entry, Batch]], int]:
    """Return batches, those changed last first, and how many there are."""
    entries, total = office.store.list_entries(EntryQuery(BATCH, page=page, size=size))
    return [(entry, shelves.read(office, entry, Batch)) for entry in entries], total


def list_payments(office: Office, states: tuple[str, ...] = ()) -> Iterator[Line]:
    """Yield all payments in some states (none: in all)."""
    for entry in shelves.list_all(office, EntryQuery(PAYMENT, states=states)):
        yield Line(entry, shelves.read(office, entry, Payment))


# --- what they share ----------------------------------------------------------------------------------------


def require(office: Office, member: Member, what: str, *duties: str) -> None:
    """Raise StepStopped unless a member of staff has one of the duties, at the county."""
    if not member.duties & set(duties):
        wanted = "或".join(word for duty, word in {**DUTY_WORDS, "auditor": "审计"}.items() if duty in duties)
        raise StepStopped("duty", f"{what}要由{wanted}岗位的人来办。请转给有这个职责的同事。")
    if member.union != office.tree.county:
        raise StepStopped("scope", f"{what}由县总工会来办。请报给县总工会。")


def demand_batch(office: Office, batch_id: str, *states: str) -> BatchFile:
    """Return a batch that is in one of some states. Raises NoSuchBatch, StepStopped."""
    file = find_batch(office, batch_id)
    if file.entry.state not in states:
        label = payments.BATCH_STATES[file.entry.state]
        raise StepStopped("state", f"这一批现在是“{label}”，不能这样办。请刷新页面看最新的情况。")
    return file


def _list_payable(office: Office, member: Member, *states: str) -> Iterator[Standing]:
    page, total = 0, 1
    while page * 100 < total:
        page += 1
        found, total = office.store.list_work(WorkQuery(states=states, page=page, size=100))
        yield from (find_standing(office, member, case.reference) for case, _ in found)


def _list_lines(office: Office, case_id: str) -> list[Line]:
    entries = shelves.list_all(office, EntryQuery(PAYMENT, owner=case_id))
    return [Line(entry, shelves.read(office, entry, Payment)) for entry in entries]


def _list_allowed(office: Office, standing: Standing, answers: Mapping[str, Any]) -> Iterator[tuple[str, Allowed]]:
    for kind in list_kinds(standing.case.form, answers):
        try:
            yield kind, _find_allowed(office, standing, answers, kind)
        except Refused:
            continue


def _find_allowed(office: Office, standing: Standing, answers: Mapping[str, Any], kind: str) -> Allowed:
    today = office.today()
    days: tuple[date, ...] = (today, standing.case.received_at.astimezone(CHINA).date())
    return find_allowed(kind, answers, (office.bundle.figures(KINDS[kind].rules, day) for day in days), today)


def _open_purse(office: Office, household: str) -> tuple[Entry, Purse]:
    entry = office.store.find_entry(f"{PURSE}:{household}")
    if entry is None:
        return _blank(office, f"{PURSE}:{household}", PURSE), Purse()
    return entry, shelves.read(office, entry, Purse)


def uncount(office: Office, member: Member, lines: Iterable[Line]) -> Iterator[Written]:
    """Yield the purses of households without the payments that were not made."""
    gone: dict[str, set[str]] = {}
    for line in lines:
        gone.setdefault(line.payment.household, set()).add(line.entry.id)
    for household, ids in gone.items():
        entry, purse = _open_purse(office, household)
        kept = Purse(rows=tuple(row for row in purse.rows if row.payment not in ids))
        yield write(office, entry, kept, "uncounted", "open", member)


def _blank(office: Office, entry_id: str, register: str) -> Entry:
    return Entry(entry_id, register, office.tree.county, "", office.clock(), b"", version=0)


def write(
    office: Office, entry: Entry, record: Batch | Payment | Purse, act: str, state: str, member: Member
) -> Written:
    """Return an entry with its record as it is to stand, to be written."""
    filing = Filing(act, entry.union, state, owner=entry.owner, case_id=entry.owner)
    return shelves.follow(office, entry, record, filing, member.id)


def store(office: Office, written: Sequence[Written], told: NewEvent | None = None) -> None:
    """Write entries, and what else there is to tell."""
    events = (*((told,) if told else ()), *(one.event for one in written))
    office.store.change(Change(events, entries=tuple(one.change for one in written)))


def tell(office: Office, member: Member, kind: str, **data: Value) -> NewEvent:
    """Return an event of a member of staff."""
    return NewEvent(kind, office.clock(), Actor("staff", member.id), data)
