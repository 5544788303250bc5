"""Workbooks and CSV: rows read by their heading within limits, rows written as text and numbers, never as formulas. Pure.

The only owner of openpyxl. What is written is the same bytes for the same rows, so that its digest means something.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
Cell = str | int | Decimal | date | None

LARGEST = 10 * 1024 * 1024
LARGEST_OPENED = 60 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = 20_000
MOST_COLUMNS = 100
HEAD_WITHIN = 20
"""The heading stands among the first rows; titles and remarks may stand above it."""
_PRECISE = 10**15
LOST = "号码存成了数字，后几位已经丢失"
UNCOUNTED = "公式还没有算出结果"
UNREADABLE: dict[str, str] = {
    LOST: f"{LOST}。请把这一列设成“文本”，重新填号码。",
    UNCOUNTED: f"{UNCOUNTED}。请直接写上结果，不要写公式。",
}
"""What stands in the place of a cell that cannot be read exactly → what whoever filled it in is told."""
"""From here on a number in a workbook has lost digits, as Excel keeps fifteen."""
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a cell of a CSV file a formula in Excel or WPS."""
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms)")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_AROUND = re.compile(r"^[\s']+|\s+$")
_ZIP = b"PK\x03\x04"
_PLAIN_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*(?:<[A-Za-z_]|\Z)", re.DOTALL)
"""What stands before the first element where no document type is declared: within the first 4 KB, in UTF-8."""


class BadSheet(Exception):
    """A file that cannot be read as a table; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the file as Excel counts, and its cells by heading, tidied."""

    number: int
    cells: dict[str, str] = field(repr=False)

    def __getitem__(self, heading: str) -> str:
        """Return a cell; empty where the row is short."""
        return self.cells.get(heading, "")


# --- reading ----------------------------------------------------------------------------------------


def read_lines(data: bytes, headings: Sequence[str]) -> list[Line]:
    """Return the rows below the heading of the first sheet of an .xlsx, or of a CSV file. Raises BadSheet.

    All of `headings` must stand there, in any order; other columns are kept too. Empty rows are passed over.
    """
    if len(data) > LARGEST:
        raise BadSheet(f"文件超过 {LARGEST // 1024 // 1024} MB。请删去图片和多余的表，分成几个文件再传。")
    rows = enumerate(_read_workbook(data) if data.startswith(_ZIP) else _read_text(data), 1)
    head = _find_head(rows, headings)
    lines = []
    for number, row in rows:
        if number > MOST_ROWS:
            raise BadSheet(f"超过 {MOST_ROWS} 行。请分成几个文件再传。")
        cells = {name: text for name, text in zip(head, row, strict=False) if name}
        if any(cells.values()):
            lines.append(Line(number, cells))
    return lines


def _find_head(rows: Iterator[tuple[int, list[str]]], headings: Sequence[str]) -> list[str]:
    best: set[str] = set()
    for number, row in rows:
        found = set(headings) & set(row)
        if len(found) == len(set(headings)):
            doubled = [name for name in headings if row.count(name) > 1]
            if doubled:
                raise BadSheet(f"表头里有两列都叫“{doubled[0]}”，分不清用哪一列。请删去一列。")
            return row
        best = max(best, found, key=len)
        if number >= HEAD_WITHIN:
            break
    missing = "、".join(name for name in headings if name not in best)
    raise BadSheet(f"表头里没有这几列：{missing}。请照模板写表头，一个字也不要改。")


def _read_workbook(data: bytes) -> Iterator[list[str]]:
    """Yield the rows of the first sheet; a formula counts as the value that it had when the file was saved."""
    _refuse_bombs(data)
    try:
        books = [
            openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=saved, keep_links=False)
            for saved in (True, False)
        ]
        sheets = (book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True) for book in books)
        for row, written in zip(*sheets, strict=True):
            yield [_tell_saved(value, formula) for value, formula in zip(row, written, strict=True)]
        for book in books:
            book.close()
    except BadSheet:
        raise
    except Exception as error:  # openpyxl raises whatever a broken part leads it to
        raise BadSheet("这个表格打不开。请用 Excel 或 WPS 另存为 .xlsx，再传一次。") from error


def _refuse_bombs(data: bytes) -> None:
    """Raise BadSheet for a packed file that opens into too much, or whose XML names entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_OPENED:
                raise BadSheet("这个表格解开以后太大。请只留要用的一张表，另存以后再传。")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with packed.open(part) as stream:
                        start = stream.read(4096)
                    if not _PLAIN_PROLOG.match(start):
                        raise BadSheet("这个表格里有不该有的内容。请用 Excel 或 WPS 另存为 .xlsx，再传一次。")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise BadSheet("这个表格打不开，可能加了密码。请去掉密码，另存为 .xlsx，再传一次。") from error


def _read_text(data: bytes) -> Iterator[list[str]]:
    text = _decode(data)
    first = text.partition("\n")[0]
    marks = {mark: first.count(mark) for mark in (",", "\t", ";")}
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=max(marks, key=lambda mark: marks[mark])):
            yield [_tell(cell) for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise BadSheet("这个 CSV 文件读不下去。请另存为 .xlsx，再传一次。") from error


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadSheet("不认识这种文件。请传 .xlsx，或者 UTF-8、GBK 编码的 .csv。")


def _tell_saved(value: Any, written: Any) -> str:
    """Return a cell as text; a formula that was never worked out says so."""
    return UNCOUNTED if value is None and isinstance(written, str) and written.startswith("=") else _tell(value)


def _tell(value: Any) -> str:
    """Return a cell as tidy text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, int | float):
        if abs(value) >= _PRECISE:
            return LOST
        return str(int(value)) if value == int(value) else repr(value)
    return _AROUND.sub("", unicodedata.normalize("NFKC", str(value)))


# --- writing ----------------------------------------------------------------------------------------


def write_xlsx(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], made: datetime) -> bytes:
    """Return a workbook of one sheet: text stays text, whatever it begins with; amounts and counts are numbers."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    widths = [len(name) for name in head]
    lines = []
    for row in rows:
        lines.append(row)
        widths = [max(width, _width(value)) for width, value in zip(widths, row, strict=True)]
    for at, width in enumerate(widths):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(at + 1)].width = min(2 * width + 2, 60)
    sheet.append([_make_cell(sheet, name, bold=True) for name in head])
    for row in lines:
        sheet.append([_make_cell(sheet, value) for value in row])
    packed = io.BytesIO()
    book.save(packed)
    return _settle(packed.getvalue(), made)


def _width(value: Cell) -> int:
    return 0 if value is None else len(str(value))


def _make_cell(sheet: Any, value: Cell, *, bold: bool = False) -> Any:
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, _FORBIDDEN.sub("", value))
        cell.data_type = "s"  # else a text that begins with = would be a formula
        cell.number_format = "@"
    else:
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, Decimal):
            cell.number_format = "0.00"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _settle(data: bytes, made: datetime) -> bytes:
    """Return the packed file with `made` in the place of every moment that depends on when it is written."""
    stamp = made.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    settled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<3>", content)
            target.writestr(zipfile.ZipInfo(part.filename, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return settled.getvalue()


def write_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return UTF-8 with a mark that Excel knows it by; text is quoted, and what would be a formula has ' before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_disarm(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _disarm(value: Cell) -> str | int | Decimal:
    if isinstance(value, int | Decimal):
        return value
    text = _FORBIDDEN.sub("", "" if value is None else str(value))
    return f"'{text}" if text.startswith(_DANGEROUS) else text
