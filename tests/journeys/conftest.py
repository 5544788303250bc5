"""What journeys share: the pages that stand for all kinds of pages of the sample site."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.page_types import choose_pages, read_pages


@pytest.fixture(scope="session")
def page_types(sample_site: Path) -> list[str]:
    """Return the addresses that together show every kind of page and every part of one."""
    return choose_pages(read_pages(sample_site))
