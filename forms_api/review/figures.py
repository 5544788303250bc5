"""统计: the office's figures by month, quarter and year, each as a table with its chart, and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from flask import Blueprint, Response, abort, request

from forms_api.batches import list_payments
from forms_api.definitions import CHINA
from forms_api.figures import export_table, list_periods, make_reports
from forms_api.registers.payments import KINDS
from forms_api.reports import Aid, Period, Table
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.reviewing import as_member
from forms_api.spreadsheets import XLSX

pages = Blueprint("figures", __name__, url_prefix="/figures")
READERS = ("reviewer", "approver", "auditor")
WIDEST = 100


@pages.get("/")
@needs(*READERS)
def index() -> Response:
    """Show the figures of a period; those that need the key are left out while it is locked."""
    period = _find_period(request.args.get("period", ""))
    tables = _make(period)
    return frame.page(
        "figures.html",
        "统计",
        period=period,
        periods=list_periods(frame.review().office.today()),
        tables=[(table, _measure(table)) for table in tables],
        complete=frame.review().vault.is_open,
    )


@pages.post("/export")
@needs(*READERS)
def export() -> Response:
    """Hand out a table as a workbook."""
    period = _find_period(request.form.get("period", ""))
    table = next((one for one in _make(period) if one.name == request.form.get("table")), None)
    if table is None:
        abort(404)
    body = export_table(frame.review().office, as_member(frame.signed_in().staff), period, table)
    name = f"{table.name}-{period.name}.xlsx"
    return Response(body, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _find_period(name: str) -> Period:
    """Return the period that was asked for; the month that is running where none was."""
    periods = list_periods(frame.review().office.today())
    return next((one for one in periods if one.name == name), periods[0]) if name else periods[0]


def _make(period: Period) -> tuple[Table, ...]:
    review = frame.review()
    opened = review.vault.is_open
    return make_reports(review.office, period, _list_aid(period) if opened else (), opened=opened)


def _list_aid(period: Period) -> Iterator[Aid]:
    """Yield the payments that the bank proved in a period."""
    for line in list_payments(frame.review().office, ("paid",)):
        if period.first <= line.entry.updated_at.astimezone(CHINA).date() <= period.last:
            yield Aid(KINDS[line.payment.kind].label, line.payment.fund, 1, Decimal(line.payment.fen) / 100)


def _measure(table: Table) -> list[tuple[str, int | None, str]]:
    """Return (label, width in percent of the longest, words) of each bar; no width where the figure is held back."""
    bars = table.bars
    most = max((bar.value for bar in bars if bar.value), default=1)
    return [(bar.label, None if bar.value is None else round(WIDEST * bar.value / most), bar.text) for bar in bars]
