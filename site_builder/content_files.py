"""content/ on disk: the only module that reads or writes it.

`read_library` reads everything and reports every fault; `write_record` writes one record; `write_schemas` writes what
editors need for help while typing; `published_files` names the files that may be copied to the site.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from site_builder.model import Library
from site_builder.reading.library_files import NO_ID, list_owners, read_files
from site_builder.reading.named_files import name_files
from site_builder.reading.record_text import (
    Parsed,
    format_record,
    parse_record,
    record_path,
    suffix_of,
)
from site_builder.reading.schemas import make_schemas
from site_builder.reading.shelf import Shelf
from site_builder.reading.source_files import list_files
from site_builder.records import Record
from site_builder.values import Problem, is_id

__all__ = [
    "Parsed",
    "Reading",
    "RecordExists",
    "format_record",
    "parse_record",
    "published_files",
    "read_library",
    "record_path",
    "write_record",
    "write_schemas",
]


class Reading(NamedTuple):
    """What was read: the library of all good records, which can always be used, and every fault."""

    library: Library
    problems: list[Problem]


class RecordExists(FileExistsError):
    """A record of that folder and id stands already; `path` says where."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"已经有编号相同的文件：{path}。请换一个编号，或者先删去旧文件。")
        self.path = path


# --- reading -----------------------------------------------------------------------------------


def read_library(content: Path, shelf: Shelf | None = None) -> Reading:
    """Read all of `content`: every good record and every fault; nothing a person may save there makes it raise.

    With a shelf, unchanged files are not read again, and bodies are fetched from their files when they are used.
    """
    content = content.resolve()
    return Reading(*read_files(content.name, list_files(content), shelf))


# --- files that records name -------------------------------------------------------------------


def published_files(content: Path, library: Library) -> dict[str, Path]:
    """Return path below the site → source of every file that may be copied: assets/ and what records of `library` name.

    Give a library of public records: what only a draft names is not published.
    """
    files = list_files(content.resolve()).files
    wanted = {path for path in files if path.startswith("assets/")}
    for owner, origin in list_owners(library.records, library.forms, library.origins):
        wanted.update(named.path for named in name_files(owner, origin) if named.path in files)
    return {path: Path(files[path]) for path in sorted(wanted)}


# --- writing -----------------------------------------------------------------------------------


def write_record(content: Path, record: Record, *, overwrite: bool = False) -> Path:
    """Write a record's file, whole or not at all, and return where it stands.

    Raises RecordExists unless `overwrite`; then the file is replaced where it stands. Raises ValueError for a bad id.
    """
    if not is_id(record.id):
        raise ValueError(f"“{record.id}”不能作编号。{NO_ID}")
    path = content / record_path(record)
    if standing := _find_standing(content, record):
        if not overwrite:
            raise RecordExists(standing)
        path = standing
    _write_whole(path, format_record(record))
    return path


def _find_standing(content: Path, record: Record) -> Path | None:
    name = record.id + suffix_of(type(record))
    folder = content / record.folder
    return next((path for path in sorted([folder / name, *folder.glob(f"*/{name}")]) if path.exists()), None)


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_new(path: Path, text: str) -> Path:
    """Write a file that must not exist yet, whole or not at all, and return it; raise RecordExists."""
    if path.exists():
        raise RecordExists(path)
    _write_whole(path, text)
    return path


def write_setting(path: Path, model: BaseModel) -> None:
    """Write a settings file from its model, whole or not at all; a file that says the same already is left alone."""
    text = json.dumps(model.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False, indent=1) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        _write_whole(path, text)  # JSON is YAML


def write_schemas(content: Path) -> list[Path]:
    """Write the JSON Schema of every type to content/.schema/ and return the files.

    An editor with the YAML language server uses one when the first line of a file names it, for example
    `# yaml-language-server: $schema=../.schema/honour.json`.
    """
    paths = []
    for name, schema in make_schemas().items():
        path = content / ".schema" / f"{name}.json"
        _write_whole(path, json.dumps(schema, ensure_ascii=False, indent=2) + "\n")
        paths.append(path)
    return paths
