"""The generated policies that everything is measured on: the same each time, valid, and as long as real ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bench.corpus import NEWEST, make_document, write_site
from site_builder.checks import check_records
from site_builder.content_files import read_library


def test_a_page_is_the_same_each_time_and_newer_pages_are_newest():
    assert make_document(7, 100) == make_document(7, 100)
    assert make_document(100, 100).day == NEWEST > make_document(99, 100).day
    lengths = [len(make_document(number, 60).text) for number in range(60)]
    assert 3500 < sum(lengths) / 60 < 3900


def test_a_generated_site_has_no_faults(tmp_path: Path):
    write_site(tmp_path, 60)
    reading = read_library(tmp_path / "content")
    problems = [*reading.problems, *check_records(reading.library, date(2026, 11, 20))]
    assert [str(one) for one in problems if one.severity == "error"] == []
    assert len(reading.library.records) == 60
