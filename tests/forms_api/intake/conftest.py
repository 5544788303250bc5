"""The service with the sample's forms: a real store, real keys, the bundle that a build of the sample writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from forms_api.config import Settings
from forms_api.definitions import CHINA
from forms_api.forms_bundle import Bundle, read_bundle
from forms_api.intake import create_app
from site_builder import bundle
from site_builder.content_files import read_library
from site_builder.render import Theme
from tests.forms_api.desk import Desk, open_desk

ROOT = Path(__file__).parents[3]
SAMPLE_NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the sample's forms-bundle and return its folder."""
    folder = tmp_path_factory.mktemp("bundle")
    for file in bundle.generate(Theme(read_library(ROOT / "content").library, SAMPLE_NOW)):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content if isinstance(file.content, bytes) else file.content.encode())
    return folder


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
