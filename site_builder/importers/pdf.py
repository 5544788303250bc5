"""PDF files with a text layer: running heads and page numbers dropped, lines joined to paragraphs."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence

from pypdf import PdfReader

from site_builder.importers.common import HAN, MAX_CHARACTERS, Line, Notes, Refused, Source
from site_builder.importers.paragraphs import join_wrapped

MAX_PAGES = 2_000
_PAGE_NUMBER = re.compile(r"[-—–·. ]*\d{1,4}[-—–·. ]*|第 *\d+ *页.{0,12}|\d+ */ *\d+")
_DAMAGED = "PDF 文件已损坏，读不出内容，请重新导出后再导入。"


def read(data: bytes) -> Source:
    """Return the text layer of a PDF; raise Refused for an encrypted, scanned or damaged one."""
    pages = _pages(data)
    notes = Notes()
    if not any(re.search(f"[{HAN}A-Za-z0-9]", page) for page in pages):
        raise Refused("PDF 里没有文字层，看来是扫描件，请先做文字识别（OCR）或找电子原件，再导入。")
    for number, page in enumerate(pages, 1):
        if not page.strip():
            notes.doubt(0, f"PDF 第 {number} 页没有文字层，这一页没有导入。")
    lines = join_wrapped(_drop_edges(_number_lines(pages), notes), notes)
    return Source(tuple(lines), repairs=tuple(notes.repairs), doubts=tuple(notes.doubts))


def _pages(data: bytes) -> list[str]:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Refused("PDF 文件加了密码或限制，请先取消密码和限制再导入。")
        if len(reader.pages) > MAX_PAGES:
            raise Refused(f"PDF 超过 {MAX_PAGES} 页，请拆成几个文件再导入。")
        pages: list[str] = []
        for page in reader.pages:
            pages.append(page.extract_text())
            if sum(map(len, pages)) > MAX_CHARACTERS:
                raise Refused(f"文件超过 {MAX_CHARACTERS // 10_000} 万字，请拆成几个文件再导入。")
    except Refused:
        raise
    except Exception as error:  # pypdf raises whatever a damaged file leads it to
        raise Refused(_DAMAGED) from error
    return pages


def _number_lines(pages: Sequence[str]) -> list[list[Line]]:
    """Return the lines of each page, numbered through; a blank line in the text layer becomes a gap."""
    number = 0
    numbered: list[list[Line]] = []
    for page in pages:
        lines: list[Line] = []
        gap = False
        for row in page.split("\n"):
            number += 1
            if row.strip():
                lines.append(Line(number, row.strip(), gap=gap))
            gap = not row.strip()
        numbered.append(lines)
    return numbered


def _drop_edges(pages: Sequence[Sequence[Line]], notes: Notes) -> list[Line]:
    """Return all lines without page numbers and without what stands at the same edge of most pages."""
    keys = Counter(key for page in pages for key in {_key(line.text) for line in _edges(page)})
    enough = max(3, 0.6 * len(pages))
    kept: list[Line] = []
    for page in pages:
        edges = _edges(page)
        outer = {line.number for line in (page[:1] + page[-1:] if isinstance(page, list) else ())}
        for line in page:
            if line.number in outer and _PAGE_NUMBER.fullmatch(line.text):
                notes.remove(line, "页码", "页码")
            elif line in edges and keys[_key(line.text)] >= enough:
                notes.remove(line, "页眉页脚", "页眉页脚")
            else:
                kept.append(line)
    return kept


def _edges(page: Sequence[Line]) -> list[Line]:
    return list(page) if len(page) < 4 else [*page[:2], *page[-2:]]


def _key(text: str) -> str:
    return re.sub(r"\d+|\s", "#", text)
