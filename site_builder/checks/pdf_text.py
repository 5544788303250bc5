"""The words of a PDF: pages, notes, form fields, properties and attached files. Pure."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from site_builder.checks.passages import Fault, Opened, Passage, is_person

MAX_PAGES = 2_000
_BROKEN = (
    PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError,
    NotImplementedError, AssertionError, MemoryError,
)  # fmt: skip
logging.getLogger("pypdf").setLevel(
    logging.CRITICAL
)  # every doubt of a damaged file would go to the terminal in English


def read(data: bytes) -> Opened:
    """Return the texts of a PDF and its faults; one that cannot be read whole is a fault."""
    opened = Opened()
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            opened.faults.append(
                Fault("container-encrypted", "PDF 加了密码或限制，打不开。", "请去掉密码和限制再放上来。")
            )
            return opened
        if len(reader.pages) > MAX_PAGES:
            opened.faults.append(
                Fault("container-too-large", f"PDF 超过 {MAX_PAGES} 页，没有查完。", "请拆成几个文件。")
            )
            return opened
        opened.passages += _read_pages(reader)
        told = [str(value) for value in (reader.metadata or {}).values()]
        told += [str(field.get("/V", "")) for field in (reader.get_fields() or {}).values()]
        opened.passages.append(Passage("PDF 属性和表单项", "\n".join(told)))
    except _BROKEN:
        opened.passages.clear()
        opened.faults.append(Fault("container-unreadable", "PDF 已损坏，打不开。", "请重新导出 PDF 再放上来。"))
        return opened
    if reader.metadata and is_person(reader.metadata.author or ""):
        message, fix = "PDF 属性里留有作者。", "请在导出时去掉文档属性。"
        opened.faults.append(Fault("document-author", message, fix, "hint"))
    if not any(one.text.strip() for one in opened.passages[:-1]):
        message = "PDF 里没有文字层，看来是扫描件，机器查不了里面有没有个人信息。"
        opened.faults.append(
            Fault("scan-unchecked", message, "请换成由文档导出的 PDF；只能用扫描件的，请人工逐页核对。", "warning")
        )
    return opened


def _read_pages(reader: PdfReader) -> Iterator[Passage]:
    for number, page in enumerate(reader.pages, 1):
        yield Passage(f"第 {number} 页", page.extract_text())
        notes = [str(note.get_object().get("/Contents", "")) for note in page.get("/Annots") or ()]
        links = [str((note.get_object().get("/A") or {}).get("/URI", "")) for note in page.get("/Annots") or ()]
        if any(notes) or any(links):
            yield Passage(f"第 {number} 页批注", "\n".join([*notes, *links]))


def list_attachments(data: bytes) -> list[tuple[str, bytes]]:
    """Return name and bytes of the files that a PDF carries; none of one that cannot be read, which `read` reports."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            return []
        return [(name, content) for name, group in reader.attachments.items() for content in group]
    except _BROKEN:
        return []
