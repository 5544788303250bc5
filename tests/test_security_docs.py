"""docs/security.md and docs/compliance.md name modules and tests that there are."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

PAGES = ("security", "compliance")


def read_lines(page: str) -> list[str]:
    """Return the rows of the tables of a page."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("|---")]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_is_there(page: str) -> None:
    wrong = []
    for path, name in re.findall(r"`([\w./-]+\.(?:py|toml|conf))(?:::(\w+))?`", "\n".join(read_lines(page))):
        file = ROOT / path
        if not file.is_file() or (
            name and not re.search(rf"^def {name}\b", file.read_text(encoding="utf-8"), re.MULTILINE)
        ):
            wrong.append((path, name))
    assert wrong == []


def test_every_way_in_names_a_module_and_a_test() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = text.partition("## Ways in")[2].partition("## What remains")[0].splitlines()
    rows = [row for row in rows if row.startswith("| ")][1:]
    assert len(rows) > 15
    assert [row for row in rows if row.count("`") < 4 or "`tests/" not in row] == []


def test_every_demand_is_proved_or_is_the_organisations() -> None:
    rows = [row for row in read_lines("compliance") if not row.startswith(("| 条 |", "| 要求 |"))]
    assert len(rows) > 35
    assert [row for row in rows if "`tests/" not in row and not row.endswith("| 单位 |")] == []
