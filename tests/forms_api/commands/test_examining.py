"""`forms-api doctor` tells every check in a line, or as JSON, and ends with 1 where something is bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forms_api.__main__ import main
from forms_api.certificates import find_certificates
from forms_api.findings import CHECKS


def run(*args: str, **environ: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *args], env=environ, prog_name="forms-api")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examined") / "data"
    done = CliRunner().invoke(main, ["init", "--data", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


def test_every_check_has_a_line_and_what_is_bad_counts(data: Path) -> None:
    done = run("--data", str(data), "--certificate", "/nowhere.crt")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    labels = {line.split("\t")[1].partition("：")[0] for line in lines}
    assert labels == {label for label, _ in CHECKS.values()}
    assert {line.split("\t")[0] for line in lines} == {"好", "看不到", "注意", "坏"}
    assert "好\t密钥" in lines
    assert any(line.startswith("坏\t备份：从来没有备份过。请") for line in lines)
    assert any("读不出证书 /nowhere.crt" in line for line in lines)


def test_programs_read_json(data: Path) -> None:
    done = run("--data", str(data), "--json")
    told = json.loads(done.stdout)
    assert {row["check"] for row in told} == set(CHECKS)
    assert all(set(row) == {"check", "label", "level", "words", "remedy"} for row in told)
    assert {row["level"] for row in told if row["check"] == "keys"} == {"good"}


def test_a_folder_without_data_is_told(tmp_path: Path) -> None:
    done = run("--data", str(tmp_path))
    assert done.exit_code == 1
    assert "还没有数据" in done.output


def test_certificates_are_those_that_nginx_names(tmp_path: Path) -> None:
    path = tmp_path / "nginx.conf"
    path.write_text(
        "server {\n  ssl_certificate /a.crt;\n  ssl_certificate_key /a.key;\n}\nserver {\n ssl_certificate /a.crt;\n}\n"
    )
    assert find_certificates(path) == (Path("/a.crt"),)
    assert find_certificates(tmp_path / "none") == ()
