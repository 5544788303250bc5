"""The bill of materials names every locked package with its hashes, and the same source gives the same wheel."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.conftest import ROOT

LOCKS = [ROOT / "requirements" / name for name in ("run.lock", "dev.lock")]


def write_sbom(path: Path) -> bytes:
    """Run the command and return what it wrote."""
    subprocess.run([sys.executable, str(ROOT / "requirements" / "sbom.py"), str(path)], check=True, capture_output=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def sbom(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the bill of materials."""
    return json.loads(write_sbom(tmp_path_factory.mktemp("sbom") / "sbom.json"))


def test_every_locked_package_is_named_with_each_hash(sbom: Any) -> None:
    named = {
        (one["name"], one["version"]): {found["content"] for found in one["externalReferences"][0]["hashes"]}
        for one in sbom["components"]
    }
    pins = 0
    for lock in LOCKS:
        name: tuple[str, str] | None = None
        for line in lock.read_text(encoding="utf-8").splitlines():
            if pin := re.match(r"([\w.-]+)==(\S+)", line):
                name, pins = (re.sub(r"[-_.]+", "-", pin[1]).lower(), pin[2]), pins + 1
                assert named[name], name
            elif found := re.search(r"sha256:([0-9a-f]{64})", line):
                assert name
                assert found[1] in named[name]
    assert pins >= len(named) > 50


def test_what_is_shipped_is_told_from_what_is_for_work(sbom: Any) -> None:
    scopes = {one["name"]: one["scope"] for one in sbom["components"]}
    assert (scopes["flask"], scopes["pytest"]) == ("required", "excluded")
    runs = [one["bom-ref"] for one in sbom["components"] if one["scope"] == "required"]
    assert sbom["dependencies"] == [{"ref": "workers-home", "dependsOn": runs}]


def test_every_package_says_its_licence(sbom: Any) -> None:
    assert [one["name"] for one in sbom["components"] if not one.get("licenses")] == []


def test_it_keeps_to_the_schema_of_cyclonedx(sbom: Any) -> None:
    found = importlib.util.find_spec("cyclonedx")
    assert found
    assert found.origin
    folder = Path(found.origin).parent / "schema" / "_res"

    def load(name: str) -> Any:
        return json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8"))

    beside = [load(name) for name in ("spdx", "jsf-0.82", "cryptography-defs")]
    registry = jsonschema_rs.Registry([(one["$id"].replace(".schema.", ".SNAPSHOT.schema."), one) for one in beside])
    assert [str(one) for one in jsonschema_rs.validator_for(load("bom-1.6"), registry=registry).iter_errors(sbom)] == []


def test_the_same_locks_give_the_same_bytes(tmp_path: Path) -> None:
    assert write_sbom(tmp_path / "one.json") == write_sbom(tmp_path / "two.json")


@pytest.mark.long
def test_two_builds_of_the_wheel_are_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for turn in ("one", "two"):
        tree = tmp_path / turn
        for name in ("site_builder", "forms_api"):
            shutil.copytree(
                ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copy
            )
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, tree)
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tree / "out"), "."],
            cwd=tree, check=True, env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"},
        )  # fmt: skip
        [wheel] = (tree / "out").glob("*.whl")
        digests.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert digests[0] == digests[1]
