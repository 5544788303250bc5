"""Every row of the source documents stands where docs/coverage.yml says; and what does not stand is noticed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.coverage import (
    KINDS,
    SHEET,
    Service,
    draw_sheet,
    find_faults,
    find_shape_faults,
    list_evidence,
    list_ids,
    main,
    read_rows,
    verify,
)

LEAST = 200
REGISTERS = ("/registers/", "/venues/", "/unions/", "/honors/", "/indicators/", "/rules/", "/events/", "/cases/")


@pytest.fixture(scope="module")
def service(sample_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    opened = Service(sample_site, tmp_path_factory.mktemp("coverage"))
    yield opened
    opened.close()


def test_the_list_is_whole_and_enough_can_be_reached() -> None:
    rows = read_rows()
    assert find_shape_faults(rows) == []
    assert len(rows) == 231
    assert sum("reason" not in row for row in rows) >= LEAST


def test_every_piece_of_evidence_holds(sample_site: Path, tmp_path: Path) -> None:
    count, faults = verify(sample_site, tmp_path)
    assert faults == []
    assert count >= LEAST


def test_the_page_is_the_one_that_the_list_makes() -> None:
    assert SHEET.read_text("utf-8") == draw_sheet(read_rows()), "run `python -m tests.coverage`"


def test_content_alone_is_no_evidence_for_a_function(shared: Path) -> None:
    """Where a source document asks for a form, figures or a register, a page of words will not do."""
    asked = dict(re.findall(r"^\| (A00\d-\d\d) \|.*\| ([^|]+) \|$", (shared / "domain.md").read_text("utf-8"), re.M))
    assert sorted(asked) == list_ids()
    bare = []
    for row in read_rows():
        if "reason" in row:
            continue
        kind, pages = asked[row["id"]], [one[0] for one in list_evidence(row, "page")]
        stands = {
            "表": bool({"form", "review"} & set(row)) or any(one.startswith(REGISTERS) for one in pages),
            "台账": "review" in row or any(one.startswith(REGISTERS) for one in pages),
            "名录": "review" in row or any(one.startswith(REGISTERS) for one in pages),
            "指标": "indicator" in row or any(one.startswith((*REGISTERS, "/campaigns/")) for one in pages),
            "校对": "check" in row,
        }
        bare += [f"{row['id']} {kind}" for word, good in stands.items() if word in kind and not good]
    assert bare == []


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"page": ["/nowhere/", "字"]}, "没有这一页"),
        ({"page": ["/venues/"]}, "没有写页上要有的字"),
        ({"page": ["/venues/", "没有人会写的字"]}, "没有人会写的字"),
        ({"form": "no-such-form"}, "没有收下样例"),
        ({"form": {"hazard": {"kind": "没有的选项"}}}, "没有收下样例"),
        ({"review": ["/registers/nothing/", "handler", "字"]}, "404"),
        ({"review": ["/staff/", "handler", "字"]}, "403"),
        ({"review": ["/cases/", "handler", "没有人会写的字"]}, "没有人会写的字"),
        ({"review": ["/cases/", "handler"]}, "没有写页上要有的字"),
        ({"review": "forms-api nothing"}, "没有这个命令"),
        ({"review": "site-builder"}, "没有这个命令"),
        ({"check": "no-such-rule"}, "没有这条规则"),
        ({"indicator": ["ruhuilv", "no-such"]}, "没有这项指标"),
    ],
)
def test_what_does_not_stand_is_noticed(service: Service, evidence: dict[str, Any], words: str) -> None:
    (fault,) = find_faults({"id": "A000-01", "how": "看。"} | evidence, service)
    assert words in fault


@pytest.mark.parametrize(
    "row",
    [
        {"how": "看。"},
        {"page": ["/", "字"]},
        {"reason": "staff"},
        {"reason": "later", "why": "以后再说。"},
        {"reason": "staff", "why": "内部。", "page": ["/", "字"]},
        {"page": ["/", "字"], "how": "看。", "pages": []},
    ],
)
def test_a_row_that_is_not_explained_is_noticed(row: dict[str, Any]) -> None:
    rows = [one for one in read_rows() if one["id"] != "A000-01"]
    assert find_shape_faults([*rows, {"id": "A000-01"} | row]) != []


def test_rows_that_are_missing_or_stand_twice_are_noticed() -> None:
    rows = read_rows()
    assert find_shape_faults(rows[1:]) == ["A000-01: 清单里没有"]
    assert len(find_shape_faults([*rows, rows[0]])) == 2
    assert find_shape_faults([*rows, {"id": "A009-01", "page": ["/", "字"], "how": "看。"}]) == [
        "A009-01: 不认识，或者重复"
    ]


def test_the_page_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.coverage.SHEET", tmp_path / "coverage.md")
    assert main([]) == 0
    text = (tmp_path / "coverage.md").read_text("utf-8")
    assert all(f"| {one} |" in text for one in list_ids())
    assert all(word in text for word in KINDS.values())
