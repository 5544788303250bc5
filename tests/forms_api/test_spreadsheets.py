"""Tables out and in: what is written is text, never a formula, and comes back; what is damaged or too large is told."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_api import spreadsheets
from forms_api.spreadsheets import BadSheet, Line, read_lines, write_csv, write_xlsx

MADE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HEAD = ("受理编号", "户名", "账号", "金额")
ROW = ("YX-7F3K-92QD-M", "张三", "6225768888888888", Decimal("1500.50"))
DANGEROUS = ["=1+1", "+86", "-5", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0"]


def book_of(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_numbers_of_cards_stay_text_and_amounts_are_numbers():
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx("发放", HEAD, [ROW], MADE)))
    card, amount = book.active["C2"], book.active["D2"]
    assert (card.value, card.data_type, card.number_format) == ("6225768888888888", "s", "@")
    assert (amount.value, amount.data_type, amount.number_format) == (1500.5, "n", "0.00")


@pytest.mark.parametrize("text", DANGEROUS)
def test_nothing_becomes_a_formula(text):
    cell = openpyxl.load_workbook(io.BytesIO(write_xlsx("发放", ("户名",), [(text,)], MADE))).active["A2"]
    assert cell.data_type == "s"
    line = write_csv(("户名",), [(text,)]).decode("utf-8-sig").splitlines()[1]
    assert line.startswith("\"'")


def test_a_csv_file_says_that_it_is_utf_8():
    data = write_csv(HEAD, [ROW, ("", None, date(2026, 11, 20), 3)])
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").splitlines()[1:] == [
        '"YX-7F3K-92QD-M","张三","6225768888888888",1500.50',
        '"","","2026-11-20",3',
    ]


def test_the_same_rows_are_the_same_bytes():
    assert write_xlsx("发放", HEAD, [ROW], MADE) == write_xlsx("发放", HEAD, [ROW], MADE)


@pytest.mark.parametrize("data", [write_xlsx("发放", HEAD, [ROW], MADE), write_csv(HEAD, [ROW])], ids=["xlsx", "csv"])
def test_what_was_written_is_read(data):
    (line,) = read_lines(data, HEAD)
    assert line.number == 2
    assert [line[name] for name in HEAD[:3]] == list(ROW[:3])
    assert Decimal(line["金额"]) == ROW[3]
    assert line["没有这一列"] == ""


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=6))
def test_any_text_goes_out_and_comes_back(rows):
    """As it is tidied; what no workbook can hold is left out."""
    for data in (write_xlsx("表", ("甲", "乙"), rows, MADE), write_csv(("甲", "乙"), rows)):
        found = [tuple(line.cells.values()) for line in read_lines(data, ("甲", "乙"))]
        told = [tuple(map(tidy, row)) for row in rows]
        assert found == [row for row in told if any(row)]


def tidy(text: str) -> str:
    return re.sub(r"^[\s']+|\s+$", "", unicodedata.normalize("NFKC", spreadsheets._FORBIDDEN.sub("", text)))


def test_titles_above_the_heading_and_empty_rows_are_passed_over():
    data = book_of(
        ("银行回单",),
        (),
        ("金额", "备注", "受理编号"),
        (15, True, "甲"),
        (None, None, None),
        (2.5, date(2026, 1, 2), "乙"),
    )
    assert read_lines(data, ("受理编号", "金额")) == [
        Line(4, {"金额": "15", "备注": "是", "受理编号": "甲"}),
        Line(6, {"金额": "2.5", "备注": "2026-01-02", "受理编号": "乙"}),
    ]  # fmt: skip


def test_banks_write_gbk_and_tabs():
    data = "受理编号\t金额\r\n甲\t15.00\r\n".encode("gb18030")
    assert read_lines(data, ("受理编号", "金额"))[0]["金额"] == "15.00"


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("_", "."), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x01\x02", "不认识这种文件"),
        (b"PK\x03\x04 nothing", "打不开"),
        (packed(a_txt=b"x"), "打不开"),
        (packed(a_xml=b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'), "不该有的内容"),
        (packed(a_xml=b"<!--" + b"x" * 5000 + b"--><!DOCTYPE a><a/>"), "不该有的内容"),
        (packed(a_bin=bytes(spreadsheets.LARGEST_OPENED + 1)), "解开以后太大"),
        (bytes(spreadsheets.LARGEST + 1), "超过 10 MB"),
        (book_of(("受理编号",), ("甲",)), "没有这几列：金额。"),
        (book_of(("受理编号", "金额", "金额"), ("甲", 1, 2)), "两列都叫“金额”"),
        ("受理编号,金额\n".encode() + b"x,1\n" * (spreadsheets.MOST_ROWS + 1), "超过 20000 行"),
        ('受理编号,金额\n"'.encode() + b"x" * 200_000 + b'"\n', "读不下去"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(data, words):
    with pytest.raises(BadSheet, match=words):
        read_lines(data, ("受理编号", "金额"))


def test_a_cell_that_cannot_be_read_exactly_says_so_and_the_others_are_read():
    data = book_of(("受理编号", "金额"), (6225768888888888, 1), ("甲", "=1+1"), (622576888888888, 2))
    assert [(line.cells["受理编号"], line.cells["金额"]) for line in read_lines(data, ("受理编号", "金额"))] == [
        (spreadsheets.LOST, "1"), ("甲", spreadsheets.UNCOUNTED), ("622576888888888", "2"),
    ]  # fmt: skip
