"""The staff app with the sample's bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forms_api.forms_bundle import Bundle, read_bundle
from tests.forms_api.front_desk import FrontDesk, open_front_desk


@pytest.fixture(scope="session")
def staff_bundle(bundle_folder: Path) -> Bundle:
    """Return the sample's bundle."""
    return read_bundle(bundle_folder)


@pytest.fixture
def desk(tmp_path: Path, staff_bundle: Bundle) -> Iterator[FrontDesk]:
    """Open a staff side with a clock that is set by hand."""
    opened = open_front_desk(tmp_path, staff_bundle)
    yield opened
    opened.review.store.close()
