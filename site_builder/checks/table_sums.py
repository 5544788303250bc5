"""Tables whose rows or columns do not come to what stands under 合计.

A column of rates, averages or standards has no sum; a row 合计 may count subtotals or not, with 其中 rows or without. A
note that the rows overlap or are rounded settles it. The last column counts as a sum where most rows prove that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from site_builder.checks.amounts import Amount, add, agree, read_amount, write_value
from site_builder.checks.phrases import pairs_in
from site_builder.checks.source_text import Found, SourceText
from site_builder.chunks import read_chunks

_WORDS = pairs_in(("合计", "总计", "共计", "合 "))
_TOTAL = re.compile(r"(?:合\s*计|总\s*计|共\s*计)(?:（[^（）]*）)?")
_SUBTOTAL = re.compile(r"小\s*计|合\s*计|总\s*计|共\s*计")
_WITHIN = re.compile(r"^(?:其中|[-—·　]|&emsp;|&nbsp;)")
_NO_SUM = re.compile(
    "均|率|比|标准|单价|每|%|％|年|序|编号|电话|日期|时间|名次|排名|次数|占|增|分数|得分|指数|备注|说明"
)
_NOTED = re.compile("相加|重复|去重|四舍五入|大于合计|小于合计|不等于|取整|同一[户人家]|交叉|兼")
_CELL = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([万亿]?)\s*(?:元|人次|[人名户家个件次场条项台套份处所篇亩])?")
_EMPTY = ("", "-", "—", "——", "/", "－", "无")
_NEAR = 300
"""Characters after a table in which a note on it stands."""


class _Table(NamedTuple):
    line: int
    head: list[str]
    rows: list[list[str]]


def find_table_sums(source: SourceText) -> Iterator[Found]:
    """Find totals in Markdown tables to which the rows above them or the cells beside them do not come."""
    if "|" not in source.body or _WORDS.isdisjoint(source.pairs):
        return
    lines = source.body.split("\n")
    starts = [source.head_end]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for kind, index, text in read_chunks(lines):
        after = source.body[starts[index] - source.head_end :][: len(text) + _NEAR]
        if kind != "table" or not _SUBTOTAL.search(text) or _NOTED.search(after):
            continue
        cells = [_cells(line) for line in text.split("\n")]
        table = _Table(index, cells[0], [row for row in cells[2:] if len(row) == len(cells[0])])
        for row, message in (*_judge_columns(table), *_judge_rows(table)):
            fix = "请核对各项和合计；有交叉或四舍五入的，在表下写明。"
            yield Found(starts[index + 2 + row], "sum-of-parts", message, fix)


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("*").strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _read(cell: str) -> Amount | None:
    match = _CELL.fullmatch(cell)
    return read_amount(match[1], match[2]) if match else None


def _judge_columns(table: _Table) -> Iterator[tuple[int, str]]:
    """Compare the row 合计, the only one and the first or the last, with the rows on its other side."""
    totals = [at for at, row in enumerate(table.rows) if _TOTAL.fullmatch(row[0])]
    if len(totals) != 1 or totals[0] not in (0, len(table.rows) - 1):
        return
    total = totals[0]
    others = [row for at, row in enumerate(table.rows) if at != total]
    for column, name in enumerate(table.head):
        stated = _read(table.rows[total][column])
        if column == 0 or stated is None or _NO_SUM.search(name):
            continue
        readings = [parts for parts in _read_column(others, column) if len(parts) > 1]
        if readings and not any(agree(parts, stated) for parts in readings):
            found = write_value(add(readings[0]).value)
            yield total, f"“{name}”一列各行相加是 {found}，合计写的是 {table.rows[total][column]}。"


def _read_column(rows: Sequence[list[str]], column: int) -> list[list[Amount]]:
    """Return the readings of a column: all plain rows, without 其中, and subtotals alone or with what follows them."""
    if any(row[column] not in _EMPTY and _read(row[column]) is None for row in rows):
        return []
    subtotals = [at for at, row in enumerate(rows) if _SUBTOTAL.search(row[0])]
    plain = [row for row in rows if not _SUBTOTAL.search(row[0])]
    kinds = [plain, [row for row in plain if not _WITHIN.match(row[0])], [rows[at] for at in subtotals]]
    if subtotals:
        kinds.append([rows[at] for at in subtotals] + list(rows[subtotals[-1] + 1 :]))
    return [[amount for row in kind if (amount := _read(row[column]))] for kind in kinds]


def _judge_rows(table: _Table) -> Iterator[tuple[int, str]]:
    """Compare a last column 合计 with the cells before it, where most rows prove that it is their sum."""
    if not _TOTAL.fullmatch(table.head[-1]):
        return
    columns = [at for at, name in enumerate(table.head[:-1]) if at and not _NO_SUM.search(name)]
    found: list[tuple[int, str]] = []
    proven = 0
    for at, row in enumerate(table.rows):
        stated, parts = _read(row[-1]), [amount for column in columns if (amount := _read(row[column]))]
        if stated is None or len(parts) < 2:
            continue
        if agree(parts, stated):
            proven += 1
        else:
            message = f"“{row[0]}”一行各项相加是 {write_value(add(parts).value)}，合计写的是 {row[-1]}。"
            found.append((at, message))
    yield from found if proven > max(1, len(found)) else ()
