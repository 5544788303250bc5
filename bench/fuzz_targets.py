"""What is fuzzed: each door through which bytes of strangers or editors come in, called as the program itself calls it.

A target takes bytes and returns. Refusing them is its work, so the exceptions that say so are caught here; whatever else it
raises is a fault. Its seeds lie in tests/corpus/<name>/.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge

from bench.corpus import ROOT
from forms_api import recoding
from forms_api.answers import check_answers
from forms_api.bank_files import read_return
from forms_api.definitions import CHINA, FormDefinition
from forms_api.field_rules import World
from forms_api.file_kinds import clean_name
from forms_api.intake.posted_fields import parse_fields
from forms_api.intake.posted_files import SealingRequest
from forms_api.rosters import check_rows, list_needed
from forms_api.spreadsheets import BadSheet, read_lines
from site_builder.clauses import cut
from site_builder.importers.common import Refused
from site_builder.importers.files import import_file
from site_builder.reading.record_text import Page, format_record, parse_record, read_source
from site_builder.records import RECORD_TYPES

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
WORLD = World(date(2026, 11, 20), ("城关镇", "青竹乡"), {"county": "云溪县总工会", "wuliu": "物流行业工会联合会"})
CORPUS = ROOT / "tests" / "corpus"
KINDS = sorted(RECORD_TYPES)
DOCX_PARTS = ("[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels")


@dataclass(frozen=True)
class Target:
    """A door: what runs, which share of all inputs it gets, which words help to get past its first checks."""

    run: Callable[[bytes], None]
    share: int
    words: tuple[bytes, ...] = ()


class Broken(Exception):
    """A promise that the code made and did not keep."""


def expect(kept: object) -> None:
    """Hold the code to a promise. Raises Broken."""
    if not kept:
        raise Broken


# --- importers and content -----------------------------------------------------------------------


@cache
def _folder() -> Path:
    return Path(mkdtemp(prefix="fuzz-"))


def _import(data: bytes, suffix: str) -> None:
    path = _folder() / f"input{suffix}"
    path.write_bytes(data)
    try:
        imported = import_file(path, now=NOW)
    except Refused:
        return
    format_record(imported.record)


def import_text(data: bytes) -> None:
    """Import a text file; what was read can be written as a record."""
    _import(data, ".txt")


def import_markdown(data: bytes) -> None:
    """Import a Markdown file."""
    _import(data, ".md")


def import_html(data: bytes) -> None:
    """Import a saved page."""
    _import(data, ".html")


def import_pdf(data: bytes) -> None:
    """Import a PDF."""
    _import(data, ".pdf")


def import_docx(data: bytes) -> None:
    """Import a Word file whose archive is damaged."""
    _import(data, ".docx")


def import_document_xml(data: bytes) -> None:
    """Import a Word file whose archive is whole and whose text is hostile."""
    _import(_pack({**{name: _part(name) for name in DOCX_PARTS}, "word/document.xml": data}), ".docx")


@cache
def _part(name: str) -> bytes:
    with zipfile.ZipFile(CORPUS / "docx" / "plain.docx") as archive:
        return archive.read(name)


def _pack(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


def read_record(data: bytes) -> None:
    """Read a file of content/ as each type in turn; a good record has a body that can be cut into clauses."""
    text = data.decode("utf-8", "replace")
    kind = KINDS[len(data) % len(KINDS)]
    parsed = parse_record(text, kind, "a")
    expect(parsed.record is not None or parsed.problems)
    if parsed.record is not None and hasattr(parsed.record, "body"):
        cut(parsed.record.body)


def read_definition(data: bytes) -> None:
    """Read a form as a build does; a good one is the same after its own JSON."""
    source = read_source(Page(data.decode("utf-8", "replace"), 1, "", 1), "forms/a.yml", "content")
    form = source.validate(FormDefinition, id="a") if source.data is not None else None
    expect(form is not None or source.problems)
    if form is not None:
        again = FormDefinition.model_validate(json.loads(json.dumps(form.canonical())))
        expect(again.version == form.version)


# --- what workers send ----------------------------------------------------------------------------


@cache
def _forms() -> tuple[FormDefinition, ...]:
    found = []
    for path in sorted((ROOT / "content" / "forms").glob("*.yml")):
        source = read_source(Page(path.read_text(encoding="utf-8"), 1, "", 1), f"forms/{path.name}", "content")
        form = source.validate(FormDefinition, id=path.stem)
        if form is None:
            raise Broken(path.name)
        found.append(form)
    return tuple(found)


def check_posted(data: bytes) -> None:
    """Check answers given to a form as JSON; what is kept can be written again."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    form = _forms()[len(data) % len(_forms())]
    checked = check_answers(form, given, WORLD)
    json.dumps(checked.answers, ensure_ascii=False).encode()
    json.dumps(checked.faults, ensure_ascii=False).encode()


def parse_posted(data: bytes) -> None:
    """Take a post of fields alone apart."""
    for name, value in parse_fields(data):
        (name + value).encode()


def parse_multipart(data: bytes) -> None:
    """Take a post with files apart; the first line is the boundary that the header names."""
    boundary, _, body = data.partition(b"\n")
    kind = b'multipart/form-data; boundary="' + boundary.strip(b'\r"\\') + b'"'
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": kind.decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    request = SealingRequest(environ)
    request.max_form_memory_size, request.max_form_parts = 500_000, 1_000
    try:
        fields, files = request.form, request.files
    except RequestEntityTooLarge:
        return
    for _, value in fields.items(multi=True):
        value.encode()
    for _, file in files.items(multi=True):
        clean_name(file.filename or "").encode()


def look_into(kind: str) -> Callable[[bytes], None]:
    """Return what looks into an upload of a kind, as the program apart does."""

    def run(data: bytes) -> None:
        try:
            recoding.recode(recoding.Order(kind, pixels=1_000_000), data)
        except recoding.Refused:
            return

    return run


# --- tables that staff bring --------------------------------------------------------------------------


def read_table(data: bytes) -> None:
    """Read a table of people and a bank's return."""
    membership = next(form for form in _forms() if form.id == "membership")
    with suppress(BadSheet):
        lines = [(line.number, line.cells) for line in read_lines(data, list_needed(membership))]
        check_rows(lines, membership, WORLD, {"物流行业工会联合会": "wuliu"})
    with suppress(BadSheet):
        read_return(data)


def read_sheet_xml(data: bytes) -> None:
    """Read a workbook whose archive is whole and whose sheet is hostile."""
    with zipfile.ZipFile(CORPUS / "table" / "people.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    read_table(_pack({**parts, "xl/worksheets/sheet1.xml": data}))


XML = (b"<w:p>", b"</w:p>", b"<w:t>", b"<!DOCTYPE", b"<![CDATA[", b"&#x0;", b"&lt;", b'w:val="', b"xmlns:", b"-1")
YAML = (b"- ", b": ", b"|\n", b"&a ", b"*a", b"!!", b"{", b"[", b"show_if:", b"type: ", b"null", b"2026-02-30", b"\n  ")
JSON = (b"[]", b"{}", b"null", b"1e999", b"-0", b'"\\ud800"', b"NaN", b"true", b'"full_name":', b'"members":')
POST = (
    b"\r\n",
    b"--",
    b"Content-Disposition: form-data; name=",
    b'filename="',
    b"filename*=utf-8''%ff",
    b"; ",
    b"\r\n\r\n",
)
PDF = (
    b"obj",
    b"endobj",
    b"stream",
    b"/Length ",
    b"<<",
    b">>",
    b"/Kids",
    b"/Encrypt",
    b"xref",
    b"trailer",
    b"%%EOF",
    b"R",
)
TEXT = (
    "第一条".encode(),
    "〔2026〕".encode(),
    "附件：".encode(),
    "\u3000".encode(),
    "（一）".encode(),
    b"\xef\xbb\xbf",
    b"\xff\xfe",
)
HTML = (
    b"<p>",
    b"</p>",
    b"<table>",
    b"<td colspan=99999>",
    b"<ol start=-1>",
    b"<li>",
    b"<!--",
    b"&#xfffff;",
    b"<base href=",
)

TARGETS: dict[str, Target] = {
    "text": Target(import_text, 10, TEXT),
    "markdown": Target(import_markdown, 10, TEXT),
    "html": Target(import_html, 10, HTML),
    "pdf": Target(import_pdf, 2, PDF),
    "docx": Target(import_docx, 5),
    "document-xml": Target(import_document_xml, 7, XML),
    "record": Target(read_record, 10, YAML),
    "definition": Target(read_definition, 8, YAML),
    "answers": Target(check_posted, 10, JSON),
    "fields": Target(parse_posted, 10, (b"%", b"&", b"=", b"+", b"%ff", b"%u")),
    "multipart": Target(parse_multipart, 15, POST),
    "upload-pdf": Target(look_into("pdf"), 4, PDF),
    "upload-jpg": Target(look_into("jpg"), 3),
    "upload-png": Target(look_into("png"), 3),
    "upload-heic": Target(look_into("heic"), 2),
    "table": Target(read_table, 5, TEXT),
    "sheet-xml": Target(read_sheet_xml, 3, XML),
}
