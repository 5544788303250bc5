"""The files that a record or form names: attachments, images, and what its body links to. No I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from pydantic import BaseModel

from forms_api.definitions import FormDefinition
from site_builder.model import Origin
from site_builder.reading.parts import find_parts
from site_builder.reading.source_files import RECORD_SUFFIXES
from site_builder.records import Record, Written
from site_builder.values import Attachment

_FILE_LINK = re.compile(
    r"\]\(<?([^)\s>]+\.(?:pdf|ofd|docx?|xlsx?|pptx?|wps|et|csv|txt|zip|png|jpe?g|gif|webp|svg|mp3|mp4))>?(?:\s[^)]*)?\)",
    re.IGNORECASE,
)


class NamedFile(NamedTuple):
    """A file that a record names: as written, its line, and its path below content/ (None if it may not be named)."""

    file: str
    line: int
    path: str | None


def name_files(owner: Record | FormDefinition, origin: Origin) -> Iterator[NamedFile]:
    """Yield the attachments and images of a record or form: of its fields, then those that its body links to."""
    for key, part in find_parts(owner, Attachment if isinstance(owner, Record) else BaseModel):
        if isinstance(file := getattr(part, "file", None), str):
            yield NamedFile(file, origin.line(f"{key}.file"), _place(file, origin.path))
    if not isinstance(owner, Written):
        return
    if left := owner.__dict__.get("left_body"):
        yield from left.named
    elif "](" in owner.body:
        yield from name_linked(owner.body, origin)


def name_linked(body: str, origin: Origin) -> Iterator[NamedFile]:
    """Yield the files that a body links to."""
    for match in _FILE_LINK.finditer(body):
        file = unquote(match[1])
        if not re.match(r"[a-z][a-z0-9+.-]*:|/", file, re.IGNORECASE):
            line = origin.body_line + body.count("\n", 0, match.start())
            yield NamedFile(file, line, _place(file, origin.path))


def _place(file: str, record_file: str) -> str | None:
    """Return a named file's path below content/, or None for what may not be published."""
    parts = unicodedata.normalize("NFC", file).split("/")
    if "\\" in file or ":" in file or not all(parts) or any(part.startswith(".") for part in parts):
        return None
    if parts[-1].lower().endswith((*RECORD_SUFFIXES, ".yaml")):
        return None
    return "/".join(parts if parts[0] == "assets" else [*record_file.split("/")[:-1], *parts])
