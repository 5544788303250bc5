"""The service with the sample's forms: a real store, real keys, the bundle that a build of the sample writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from forms_api.config import Settings
from forms_api.forms_bundle import Bundle, read_bundle
from forms_api.intake import create_app
from tests.forms_api.desk import Desk, open_desk


@pytest.fixture(scope="session")
def sample_bundle(bundle_folder: Path) -> Bundle:
    """Return the sample's bundle."""
    return read_bundle(bundle_folder)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Desk]:
    """Open an intake with a clock that is set by hand."""
    desk = open_desk(tmp_path)
    yield desk
    desk.intake.store.close()


@pytest.fixture
def client(office: Desk, bundle_folder: Path, tmp_path: Path) -> FlaskClient:
    """Return a client of the app."""
    app: Any = create_app(office.intake, Settings(data=tmp_path, bundle=bundle_folder))
    return app.test_client()  # type: ignore[no-any-return]  # flask's own class
