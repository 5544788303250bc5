"""发放: what waits, making a batch, confirming it, the bank's file and its answer, sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from flask import Blueprint, Response, abort, request

from forms_api import batches, paying
from forms_api.arrivals import take_in
from forms_api.back_office import Member, Office
from forms_api.batches import BatchFile, CannotPay, NoSuchBatch, Order, find_batch, list_batches, list_payments
from forms_api.casework import NoSuchCase
from forms_api.identifiers import mask_card
from forms_api.registers.payments import (
    BATCH_STATES,
    FUNDS,
    KINDS,
    PAYMENT_STATES,
    REASONS,
    Refused,
    WrongReturn,
    parse_amount,
)
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.inbox import list_colleagues
from forms_api.reviewing import as_member
from forms_api.spreadsheets import CSV, XLSX, BadSheet
from forms_api.storage import CaseChanged, EntryChanged
from forms_api.workflow import StepStopped

pages = Blueprint("payments", __name__)
CSS = {
    "draft": "warn",
    "confirmed": "warn",
    "sent": "warn",
    "reconciled": "ok",
    "planned": "warn",
    "paid": "ok",
    "failed": "end",
}
CHANGED = "刚才有别人在办这一户或者这一批。请刷新以后再试。"


@pages.get("/payments/")
@needs("handler", "cashier", "approver", "auditor")
def index() -> Response:
    """Show what waits, the batches and the sums; whoever audits sees no case."""
    return _show_index()


@pages.post("/payments/make")
@needs("handler", "cashier")
def make() -> Response:
    """Make a batch of the lines that are ticked."""
    posted = request.form
    orders, faults = [], []
    for reference in posted.getlist("case"):
        try:
            orders.append(
                Order(reference, posted.get(f"kind-{reference}", ""), parse_amount(posted.get(f"sum-{reference}", "")))
            )
        except Refused as refused:
            faults.append(f"{reference}：{refused}")
    if faults:
        return _show_index(faults)
    try:
        file = batches.make_batch(frame.review().office, _who(), orders, posted.get("fund", ""))
    except CannotPay as stopped:
        return _show_index(
            [f"{reference}：{words}" if reference else words for reference, words in stopped.faults.items()]
        )
    except (StepStopped, NoSuchCase, EntryChanged) as error:
        return _show_index(_tell(error))
    return frame.go(f"/payments/{file.entry.id}", "batch_made")


@pages.get("/payments/<batch_id>")
@needs("handler", "cashier", "approver")
def show(batch_id: str) -> Response:
    """Show a batch with its lines."""
    return _show_one(_find(batch_id))


@pages.post("/payments/<batch_id>/confirm")
@needs("cashier")
def confirm(batch_id: str) -> Response:
    """Confirm what somebody else made."""
    return _act(batch_id, lambda office, who: batches.confirm_batch(office, who, batch_id), "batch_confirmed")


@pages.post("/payments/<batch_id>/drop")
@needs("handler", "cashier")
def drop(batch_id: str) -> Response:
    """Give a batch up."""
    return _act(batch_id, lambda office, who: batches.drop_batch(office, who, batch_id), "batch_dropped")


@pages.post("/payments/<batch_id>/file")
@needs("cashier")
def export(batch_id: str) -> Response:
    """Hand out the file for the bank."""
    file, form = _find(batch_id), _read_form()
    try:
        data = paying.export_batch(frame.review().office, _who(), batch_id, form)
    except (StepStopped, EntryChanged) as error:
        return _show_one(file, _tell(error))
    return _hand_out(data, file.batch.number, form)


@pages.post("/payments/<batch_id>/return")
@needs("cashier")
def read_return(batch_id: str) -> Response:
    """Hold the bank's answer against the batch."""
    given = request.files.get("file")
    try:
        outcome = paying.read_return(frame.review().office, _who(), batch_id, given.read() if given else b"")
    except WrongReturn as wrong:
        faults = [f"第 {line} 行：{words}" for line, words in wrong.faults]
        return _show_one(_find(batch_id), faults, "回单和这一批对不上，什么都没有改")
    except (BadSheet, StepStopped, CaseChanged, EntryChanged, NoSuchBatch) as error:
        return _show_one(_find(batch_id), _tell(error))
    return _show_one(
        _find(batch_id), [words for _, words in outcome.left], "钱已到账，有几份申请没有跟着办", outcome=outcome
    )


@pages.post("/payments/export")
@needs("cashier", "approver", "auditor")
def export_all() -> Response:
    """Hand out all payments without names and accounts."""
    form = _read_form()
    try:
        data = paying.export_payments(frame.review().office, _who(), form)
    except StepStopped as stopped:
        return _show_index(_tell(stopped))
    return _hand_out(data, "fafang", form)


# --- what they share ------------------------------------------------------------------------------------


def _act(batch_id: str, act: Callable[[Office, Member], object], said: str) -> Response:
    _find(batch_id)
    try:
        act(frame.review().office, _who())
    except (StepStopped, EntryChanged, NoSuchCase) as error:
        return _show_one(_find(batch_id), _tell(error))
    return frame.go(f"/payments/{batch_id}", said)


def _tell(error: Exception) -> list[str]:
    if isinstance(error, StepStopped):
        return [error.words]
    return [str(error)] if isinstance(error, BadSheet) else [CHANGED]


def _read_form() -> Literal["xlsx", "csv"]:
    return "csv" if request.form.get("as") == "csv" else "xlsx"


def _hand_out(data: bytes, name: str, form: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return Response(data, content_type=XLSX if form == "xlsx" else CSV, headers=headers)


def _who() -> Member:
    return as_member(frame.signed_in().staff)


def _find(batch_id: str) -> BatchFile:
    try:
        file = find_batch(frame.review().office, batch_id)
    except NoSuchBatch:
        abort(404)
    if not frame.review().office.tree.covers(_who().union, file.entry.union):
        abort(404)  # a batch is the county's: names, amounts and accounts of people of every union
    return file


def _show_index(faults: Sequence[str] = ()) -> Response:
    office, who = frame.review().office, _who()
    take_in(office)
    sees = bool(who.duties & {"handler", "cashier", "approver"}) and who.union == office.tree.county
    found, _ = list_batches(office)
    return frame.page(
        "payments.html",
        "发放",
        422 if faults else 200,
        faults=faults,
        waiting=list(batches.list_waiting(office, who)) if sees else [],
        sees=sees,
        can_make=sees and bool(who.duties & {"handler", "cashier"}),
        can_export=bool(who.duties & {"cashier", "approver", "auditor"}),
        posted=request.form,
        batches=found,
        totals=paying.add_up(list_payments(office, ("paid",))),
        **_words(),
    )


def _show_one(
    file: BatchFile, faults: Sequence[str] = (), heading: str = "还没有办成", outcome: paying.Outcome | None = None
) -> Response:
    return frame.page(
        "payments_batch.html",
        file.batch.number,
        422 if faults and outcome is None else 200,
        file=file,
        faults=faults,
        heading=heading,
        outcome=outcome,
        names={one.id: one.name for one in list_colleagues()},
        mask=mask_card,
        **_words(),
    )


def _words() -> dict[str, object]:
    return {
        "kinds": KINDS, "funds": FUNDS, "reasons": REASONS, "states": BATCH_STATES, "line_states": PAYMENT_STATES, "css": CSS,
        "yuan": show_yuan,
    }  # fmt: skip


def show_yuan(fen: int) -> str:
    """Return fen as yuan with separators, as a column of money shows it."""
    yuan, rest = divmod(fen, 100)
    return f"{yuan:,}.{rest:02d}"
