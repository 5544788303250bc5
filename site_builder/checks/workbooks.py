"""The cells of an .xlsx workbook, hidden ones too, its comments, names and strings that no cell shows any more. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from site_builder.checks.passages import Fault, Opened, Passage
from site_builder.checks.xml_text import BadXml, read_xml, tell_words

_FIX = "请重新保存，确认能打开再放上来。"
_CELL = re.compile(r"([A-Z]+)\d*")
WIDEST = 400


@dataclass
class _Sheet:
    rows: list[list[str]] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)


def read(members: Mapping[str, bytes]) -> Opened:
    """Return the texts of a workbook from the unpacked files of its archive, and its faults."""
    opened = Opened()
    try:
        strings = _read_strings(members.get("xl/sharedStrings.xml", b""))
        names, hidden_sheets, defined = _read_book(members)
        if strings:
            opened.passages.append(Passage("共享字符串", "\n".join(strings)))
        if defined:
            opened.passages.append(Passage("定义的名称", defined))
        for path in sorted(name for name in members if name.startswith("xl/worksheets/") and name.endswith(".xml")):
            title = names.get(path, path.rpartition("/")[2])
            _add_sheet(opened, _read_sheet(members[path], strings), title, path in hidden_sheets)
    except BadXml:
        opened.faults.append(Fault("container-unreadable", "表格文件已损坏，读不出来。", _FIX))
    return opened


def _add_sheet(opened: Opened, sheet: _Sheet, title: str, is_hidden: bool) -> None:
    hidden = {"整张工作表"} if is_hidden else sheet.hidden
    if hidden:
        message = f"工作表“{title}”里有隐藏的内容（{'、'.join(sorted(hidden))}），读者能把它显示出来。"
        opened.faults.append(Fault("hidden-content", message, "请删去隐藏的内容，不要只是隐藏。", "warning"))
    place = f"工作表“{title}”{'（有隐藏内容）' if hidden else ''}"
    opened.passages.append(Passage(place, "\n".join("\t".join([*row, ""]) for row in sheet.rows)))
    if sheet.formulas:
        opened.passages.append(Passage(f"{place}的公式", "\n".join(sheet.formulas)))


def _read_strings(data: bytes) -> list[str]:
    if not data:
        return []
    found: list[list[str]] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "si":
            found.append([])

    def words(text: str) -> None:
        if found:
            found[-1].append(text)

    read_xml(data, start, lambda name: None, words)
    return [" ".join("".join(one).split()) for one in found]


def _read_book(members: Mapping[str, bytes]) -> tuple[dict[str, str], set[str], str]:
    """Return path → title of the sheets, the paths of hidden ones, and the defined names with what they hold."""
    targets: dict[str, str] = {}
    titles: dict[str, str] = {}
    hidden: set[str] = set()

    def relation(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "").removeprefix("/xl/")
            targets[attributes.get("Id", "")] = f"xl/{target}"

    def sheet(name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            path = targets.get(attributes.get("id", ""), "")
            titles[path] = attributes.get("name", "")
            if attributes.get("state", "visible") != "visible":
                hidden.add(path)

    book = members.get("xl/workbook.xml")
    if book is None:
        raise BadXml("workbook")
    if relations := members.get("xl/_rels/workbook.xml.rels"):
        read_xml(relations, relation, lambda name: None, lambda text: None)
    read_xml(book, sheet, lambda name: None, lambda text: None)
    return titles, hidden, "\n".join([*titles.values(), tell_words(book)[0]]).strip()


def _read_sheet(data: bytes, strings: list[str]) -> _Sheet:
    sheet = _Sheet()
    cell: dict[str, str] = {}
    pieces: list[str] = []
    inside = ""

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal inside
        if name == "row":
            sheet.rows.append([])
            if attributes.get("hidden") in ("1", "true"):
                sheet.hidden.add(f"第 {attributes.get('r', len(sheet.rows))} 行")
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            sheet.hidden.add(f"第 {attributes.get('min', '')} 列")
        elif name == "c":
            cell.clear()
            cell.update(attributes)
        elif name in ("v", "t", "f", "oddHeader", "oddFooter"):
            inside = name
            pieces.clear()

    def end(name: str) -> None:
        nonlocal inside
        if name in ("v", "t") and sheet.rows:
            _place(sheet.rows[-1], cell, _value("".join(pieces), cell, strings))
        elif name in ("f", "oddHeader", "oddFooter") and pieces:
            sheet.formulas.append("".join(pieces))
        if name == inside:
            inside = ""

    read_xml(data, start, end, lambda text: pieces.append(text) if inside else None)
    return sheet


def _value(text: str, cell: Mapping[str, str], strings: list[str]) -> str:
    if cell.get("t") == "s":
        return strings[int(text)] if text.isdigit() and int(text) < len(strings) else ""
    if re.fullmatch(r"\d\.\d+E\+?1\d", text):
        return str(int(float(text)))  # a long number as the file keeps it
    return " ".join(text.split())


def _place(row: list[str], cell: Mapping[str, str], text: str) -> None:
    """Put a text into its column, so that it stands below its heading."""
    found = _CELL.match(cell.get("r", ""))
    column = 0
    for letter in found[1] if found else "":
        column = column * 26 + ord(letter) - 64
    at = min(column - 1, WIDEST) if column else len(row)
    row += [""] * (at + 1 - len(row))
    row[at] = f"{row[at]} {text}".strip() if row[at] else text
