"""The files that go to the bank and come back from it, and the one that audit takes away. Pure but for what they are read from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

from forms_api.registers.payments import KINDS, PAYMENT_STATES, REASONS, Answer, Payment
from forms_api.spreadsheets import Cell, read_lines, write_csv, write_xlsx

Form = Literal["xlsx", "csv"]
HEAD = ("序号", "受理编号", "户名", "账号", "开户行", "金额", "用途")
RETURN_HEAD = ("受理编号", "金额", "结果")
AUDIT_HEAD = ("批次", "受理编号", "类别", "资金", "金额", "状态", "发放日期", "未成功的原因", "依据")


def write_bank_file(number: str, payments: Iterable[Payment], made: datetime, form: Form) -> bytes:
    """Return the file of a batch; accounts are text, amounts yuan with two decimals."""
    rows: list[tuple[Cell, ...]] = [
        (at, one.reference, one.holder, one.account, one.bank, Decimal(one.fen) / 100, KINDS[one.kind].label)
        for at, one in enumerate(payments, 1)
    ]
    return _write(number, HEAD, rows, made, form)


def read_return(data: bytes) -> list[Answer]:
    """Return the lines of a bank's return file. Raises BadSheet."""
    return [
        Answer(
            line.number,
            line["受理编号"].upper(),
            line["金额"],
            line["结果"],
            line["原因"] or line["失败原因"],
            line["账号"].replace(" ", ""),
        )
        for line in read_lines(data, RETURN_HEAD)
    ]


def write_audit_file(payments: Iterable[tuple[str, str, Payment]], made: datetime, form: Form) -> bytes:
    """Return payments with the numbers of their batches and their states; nobody's name and no account."""
    rows: list[tuple[Cell, ...]] = [
        (
            number,
            one.reference,
            KINDS[one.kind].label,
            one.fund,
            Decimal(one.fen) / 100,
            PAYMENT_STATES[state],
            one.paid_on,
            REASONS.get(one.reason, ""),
            one.rules,
        )
        for number, state, one in payments
    ]
    return _write("发放明细", AUDIT_HEAD, rows, made, form)


def _write(title: str, head: tuple[str, ...], rows: Iterable[tuple[Cell, ...]], made: datetime, form: Form) -> bytes:
    return write_xlsx(title, head, rows, made) if form == "xlsx" else write_csv(head, rows)
