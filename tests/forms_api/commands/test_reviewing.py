"""The command that runs the staff app says what is missing before it starts anything."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main


def run(data: Path, bundle: Path, *more: str, bind: str = "127.0.0.1:8002") -> Result:
    return CliRunner().invoke(
        main, ["review", "--data", str(data), "--bundle", str(bundle), "--bind", bind, *more], prog_name="forms-api"
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    assert CliRunner().invoke(main, ["init", "--data", str(tmp_path / "data")]).exit_code == 0
    return tmp_path / "data"


def test_plain_http_is_for_this_machine_alone(data: Path, bundle_folder: Path) -> None:
    told = run(data, bundle_folder, "--plain-http", bind="192.0.2.1:8002")
    assert (told.exit_code, "127.0.0.1" in told.stderr) == (2, True)


def test_a_folder_without_data_is_told_how_to_get_some(tmp_path: Path, bundle_folder: Path) -> None:
    told = run(tmp_path / "none", bundle_folder)
    assert (told.exit_code, "forms-api init" in told.stderr) == (1, True)


def test_without_forms_it_does_not_start(data: Path, tmp_path: Path) -> None:
    told = run(data, tmp_path)
    assert (told.exit_code, "site-builder build" in told.stderr) == (1, True)


def test_a_folder_whose_key_is_gone_does_not_start(data: Path, bundle_folder: Path) -> None:
    (data / "public" / "federation.json").unlink()
    told = run(data, bundle_folder)
    assert (told.exit_code, "keys check" in told.stderr) == (1, True)


def test_a_taken_port_is_told_and_so_is_that_nobody_has_an_account(data: Path, bundle_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = run(data, bundle_folder, "--plain-http", bind=f"127.0.0.1:{taken.getsockname()[1]}")
    assert told.exit_code == 1
    assert "forms-api staff add" in told.stderr
    assert told.stdout.startswith("受理台：http://127.0.0.1:")
