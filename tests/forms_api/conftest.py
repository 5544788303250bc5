"""The forms-bundle that a build of the sample writes, for all who need real forms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bench.database_server import DatabaseServer
from bench.object_server import ObjectServer
from forms_api.definitions import CHINA
from site_builder import bundle
from site_builder.content_files import read_library
from site_builder.render import Theme

ROOT = Path(__file__).parents[2]
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
def database_server() -> Iterator[DatabaseServer]:
    """Start a PostgreSQL server that forgets everything at the end."""
    server = DatabaseServer.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def object_server() -> Iterator[ObjectServer]:
    """Start an S3 server that forgets everything at the end."""
    server = ObjectServer.start()
    yield server
    server.stop()
