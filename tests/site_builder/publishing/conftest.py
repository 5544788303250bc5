"""A small site that was published by a push, made once and copied for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.publishing_desk import Desk, start_site


@pytest.fixture(scope="session")
def first_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return the server that is copied; nobody pushes to it again."""
    desk = Desk(tmp_path_factory.mktemp("desk") / "first")
    start_site(desk.person("甲"))
    return desk


@pytest.fixture
def desk(first_desk: Desk, tmp_path: Path) -> Desk:
    """Return a server with a small site that was published by a push."""
    return first_desk.copy(tmp_path)
