"""Figures gathered from a real store, as a workbook, and as files that the site's own reader takes."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from forms_api.figures import export_table, list_periods, make_reports, publish_figures
from forms_api.indicator_files import MEDIAN, ON_TIME, Observation
from forms_api.reports import read_period
from site_builder.content_files import read_library
from site_builder.records import Indicator
from tests.forms_api.archives import admit, refuse
from tests.forms_api.office_desk import STAFF, OfficeDesk, open_office

NOVEMBER = read_period("2026-11")


@pytest.fixture
def desk(tmp_path: Path, bundle_folder: Path) -> OfficeDesk:
    return open_office(tmp_path, bundle_folder)


def test_every_table_comes_from_the_events_of_the_store(desk: OfficeDesk) -> None:
    for _ in range(5):
        refuse(desk)
    for number in range(6):
        admit(desk, id_number=f"{number}", worker_kind="快递员")
    desk.apply_for("suggestion")
    tables = {table.name: table for table in make_reports(desk.office, NOVEMBER)}
    assert {row[0]: row[1:] for row in tables["services"].rows}["合计"] == (11, 6, 5, 0, 0)
    assert tables["petitions"].rows[0][1] == "<5"
    assert tables["growth"].rows[0][:2] == ("11月", 6)
    assert tables["aid-times"].rows == ()
    assert all(
        table.rows == () or table.name == "growth" for table in make_reports(desk.office, read_period("2026-10"))
    )


def test_a_table_is_exported_with_a_trace(desk: OfficeDesk) -> None:
    for _ in range(5):
        refuse(desk)
    refuse(desk, "membership")
    table = next(one for one in make_reports(desk.office, NOVEMBER) if one.name == "services")
    sheet = openpyxl.load_workbook(io.BytesIO(export_table(desk.office, STAFF["reviewer"], NOVEMBER, table))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == list(table.head)
    assert rows[-1][0] == table.note
    event = desk.office.store.find_last_event()
    assert event
    assert (event.kind, event.data) == ("figures_exported", {"report": "services", "period": "2026-11", "as": "xlsx"})


def test_a_month_is_published_as_indicators_that_the_site_reads(desk: OfficeDesk, tmp_path: Path) -> None:
    for _ in range(6):
        refuse(desk)
    desk.wait(days=15)
    content = tmp_path / "content"
    told: list[str] = []

    def publish(path: str, make: Callable[[str | None], str], message: str) -> str:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(make(file.read_text("utf-8") if file.exists() else None), encoding="utf-8")
        told.append(message)
        return "commit"

    paths = publish_figures(desk.office, STAFF["approver"], "2026-11", publish)
    assert publish_figures(desk.office, STAFF["approver"], "2026-11", publish) == paths, "may be done again"
    assert "content/indicators/banjian-shoudao.yml" in paths
    assert told[0] == "按月更新指标：每月收到的申请（2026年11月）"
    (content / "site.yml").write_text((Path(__file__).parents[2] / "content" / "site.yml").read_text("utf-8"), "utf-8")
    read = {one.id: one for one in read_library(content).library.all(Indicator)}
    assert [(one.date, one.value) for one in read["banjian-shoudao"].series] == [(date(2026, 11, 30), 6)]
    assert [(one.n, one.of) for one in read["banjian-bancheng"].series] == [(0, 6)]
    event = desk.office.store.find_last_event()
    assert event
    assert event.data == {"report": "indicators", "period": "2026-11", "as": "site"}
    with pytest.raises(ValueError, match="还没有过完"):
        publish_figures(desk.office, STAFF["approver"], "2026-12", publish)


def test_what_was_published_before_stays_when_its_cases_are_gone() -> None:
    first = MEDIAN.write([Observation(date(2026, 9, 30), 4), Observation(date(2026, 10, 31), Decimal("4.5"))])
    second = MEDIAN.write([Observation(date(2026, 10, 31), 5), Observation(date(2026, 11, 30), 6)], first)
    assert [line for line in second.splitlines() if line.startswith("  - ")] == [
        "  - {date: 2026-09-30, value: 4}", "  - {date: 2026-10-31, value: 5}", "  - {date: 2026-11-30, value: 6}",
    ]  # fmt: skip
    assert "n: 27, of: 32" in ON_TIME.write([Observation(date(2026, 10, 31), n=27, of=32)])
    assert "series" not in ON_TIME.write([])


def test_periods_to_choose_from() -> None:
    names = [period.name for period in list_periods(date(2026, 2, 20))]
    assert names[:3] == ["2026-02", "2026-01", "2025-12"]
    assert {"2026-q1", "2025-q4", "2026", "2025"} <= set(names)
    assert "2026-q2" not in names
