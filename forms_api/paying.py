"""What the bank does with a batch: the file that it gets, its answer held against the lines, sums and the list for audit.

A line is paid in the same transaction in which its case moves. The same answer of a bank twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from forms_api import bank_files
from forms_api.back_office import Member, Office
from forms_api.bank_files import Form
from forms_api.batches import (
    BatchFile,
    Line,
    demand_batch,
    find_batch,
    list_payments,
    require,
    store,
    tell,
    uncount,
    write,
)
from forms_api.casework import find_standing, take_step
from forms_api.definitions import CHINA
from forms_api.registers import payments
from forms_api.registers.payments import WrongReturn
from forms_api.shelves import Written
from forms_api.workflow import STATES, Step, StepStopped


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer of the bank came to; `left` are paid lines whose case did not move, with why."""

    paid: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    repeated: tuple[str, ...]
    left: tuple[tuple[str, str], ...] = ()


# --- the bank ---------------------------------------------------------------------------------------------


def export_batch(office: Office, member: Member, batch_id: str, form: Form) -> bytes:
    """Return the file for the bank; from the first time on the batch is on its way. Raises NoSuchBatch, StepStopped."""
    require(office, member, "导出银行文件", "cashier")
    file = demand_batch(office, batch_id, "confirmed", "sent")
    lines = [line.payment for line in file.lines]
    data = bank_files.write_bank_file(file.batch.number, lines, _made(file), form)
    digest = hashlib.sha256(data).hexdigest()
    written: list[Written] = []
    if file.entry.state == "confirmed":
        written = [write(office, file.entry, file.batch, "sent", "sent", member)]
        written += [write(office, line.entry, line.payment, "sent", "sent", member) for line in file.lines]
    store(office, written, tell(office, member, "batch_exported", batch=batch_id, digest=digest, **{"as": form}))
    return data


def read_return(office: Office, member: Member, batch_id: str, data: bytes) -> Outcome:
    """Hold a bank's answer against its batch: what was paid moves its case, what was not can be paid anew.

    May be called again with the same file, and does what is left. Raises NoSuchBatch, StepStopped, BadSheet, WrongReturn
    (then nothing of it counts).
    """
    require(office, member, "导入银行回单", "cashier")
    file = demand_batch(office, batch_id, "sent", "reconciled")
    digest = hashlib.sha256(data).hexdigest()
    lines = {line.payment.reference: line for line in file.lines}
    expected = {reference: (line.entry.state, line.payment) for reference, line in lines.items()}
    try:
        settled = payments.reconcile(bank_files.read_return(data), expected)
    except WrongReturn as wrong:
        told = tell(office, member, "return_refused", batch=batch_id, digest=digest, faults=len(wrong.faults))
        office.store.append_event(told)
        raise
    left = [one for reference in settled.paid if (one := _pay(office, member, lines[reference]))]
    for reference, reason in settled.failed:
        _fail(office, member, lines[reference], reason)
    _close(office, member, batch_id)
    store(
        office,
        [],
        tell(
            office, member, "return_read", batch=batch_id, digest=digest, paid=len(settled.paid),
            failed=len(settled.failed), repeated=len(settled.repeated),
            fen=sum(lines[reference].payment.fen for reference in settled.paid),
        ),
    )  # fmt: skip
    return Outcome(settled.paid, settled.failed, settled.repeated, tuple(left))


def _pay(office: Office, member: Member, line: Line) -> tuple[str, str] | None:
    """Write that a payment was made, and move its case with it; return why the case stayed where it is, if it did."""
    standing = find_standing(office, member, line.payment.reference)
    paid = line.payment.model_copy(update={"paid_on": office.today()})
    written = write(office, line.entry, paid, "paid", "paid", member)
    if standing.case.state == "filed":
        standing = replace(standing, facts=replace(standing.facts, paid_to_own_account=True))
        try:
            take_step(office, member, standing, Step("pay"), (written,))
        except StepStopped as stopped:
            store(office, [written])
            return line.payment.reference, stopped.words
        return None
    store(office, [written])
    if standing.case.state == "paid":
        return None
    label = STATES[standing.case.state].label
    return line.payment.reference, f"钱已经到账，但这份申请现在是“{label}”。请核实原因，由审批人员处理。"


def _fail(office: Office, member: Member, line: Line, reason: str) -> None:
    failed = line.payment.model_copy(update={"reason": reason})
    written = [write(office, line.entry, failed, "failed", "failed", member)]
    store(office, [*written, *uncount(office, member, [line])])


def _close(office: Office, member: Member, batch_id: str) -> None:
    file = find_batch(office, batch_id)
    if file.entry.state == "sent" and all(line.entry.state in ("paid", "failed") for line in file.lines):
        store(office, [write(office, file.entry, file.batch, "reconciled", "reconciled", member)])


def _made(file: BatchFile) -> datetime:
    """Return a moment that stays the same for a batch, so that its file is the same bytes whenever it is fetched."""
    day = datetime.strptime(file.batch.number[2:10], "%Y%m%d")
    return day.replace(tzinfo=CHINA)


@dataclass(frozen=True, slots=True)
class Total:
    """What was paid from a fund as a kind in a month."""

    fund: str
    kind: str
    month: str
    count: int
    fen: int


def add_up(lines: Iterable[Line]) -> list[Total]:
    """Return the sums of paid lines by fund, kind and month."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for line in lines:
        if line.entry.state == "paid" and line.payment.paid_on:
            key = (line.payment.fund, line.payment.kind, f"{line.payment.paid_on:%Y-%m}")
            sums.setdefault(key, []).append(line.payment.fen)
    return [Total(*key, len(fens), sum(fens)) for key, fens in sorted(sums.items())]


def export_payments(office: Office, member: Member, form: Form) -> bytes:
    """Return all payments without anybody's name and account, for audit. Raises StepStopped."""
    require(office, member, "导出发放明细", "cashier", "auditor", "approver")
    numbers: dict[str, str] = {}
    rows = []
    for line in list_payments(office):
        number = numbers.setdefault(line.payment.batch, find_batch(office, line.payment.batch).batch.number)
        rows.append((number, line.entry.state, line.payment))
    data = bank_files.write_audit_file(rows, office.clock(), form)
    digest = hashlib.sha256(data).hexdigest()
    told = tell(office, member, "payments_exported", rows=len(rows), digest=digest, **{"as": form})
    office.store.append_event(told)
    return data
