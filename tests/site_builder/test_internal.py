"""What belongs to staff alone (warnings, informants, grave incidents, internal columns) reaches no file that a build writes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

REGISTERS = sorted((ROOT / "content" / "registers").glob("*.yml"))
STAFF_ONLY = ("fengxian-yujing", "xinxiyuan", "zhongda-shijian")
LONG = 6
"""Shorter texts say nothing by themselves and stand on other pages as well; names of persons are looked for whatever their length."""


def list_secrets(path: Path) -> Iterator[str]:
    """Yield what of a register only staff may see: all its cells, or those of its internal columns."""
    register = yaml.safe_load(path.read_text("utf-8"))
    closed = not register.get("public", True)
    for column in register["columns"]:
        if column.get("type", "text") == "text" and (closed or not column.get("public", False)):
            texts = {str(row.get(column["name"], "")) for row in register["rows"]}
            yield from (text for text in texts if len(text) >= LONG or (closed and column["name"] == "name"))
    if closed:
        yield register["title"]


@pytest.fixture(scope="module")
def written(sample_site: Path) -> list[tuple[str, bytes]]:
    """Return every file beside and below the public folder, as a reader would unpack it."""
    files = [path for path in sample_site.parent.rglob("*") if path.is_file() and ".site-cache" not in path.parts]
    assert any(path.suffix == ".sqlite" or path.suffix == ".db" for path in files), (
        "the database of open data is looked at too"
    )
    return [
        (str(path), gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
        for path in files
        for data in [path.read_bytes()]
    ]


def test_there_is_something_to_keep() -> None:
    for name in STAFF_ONLY:
        secrets = list(list_secrets(ROOT / "content" / "registers" / f"{name}.yml"))
        assert len(secrets) > 5, name


@pytest.mark.parametrize("path", REGISTERS, ids=lambda path: path.stem)
def test_what_is_internal_is_in_no_file(path: Path, written: list[tuple[str, bytes]]) -> None:
    shown = yaml.safe_load(path.read_text("utf-8"))
    public = {str(row.get(one["name"])) for one in shown["columns"] if one.get("public") for row in shown["rows"]}
    for secret in set(list_secrets(path)) - (public if shown.get("public", True) else set()):
        found = [name for name, data in written if secret.encode() in data]
        assert found == [], secret


@pytest.mark.parametrize("name", STAFF_ONLY)
def test_a_register_of_staff_has_no_address(name: str, sample_site: Path, written: list[tuple[str, bytes]]) -> None:
    assert not (sample_site / "registers" / name).exists()
    assert [path for path, data in written if f"registers/{name}".encode() in data] == []
