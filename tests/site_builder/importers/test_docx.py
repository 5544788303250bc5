from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest

from site_builder.importers import Imported, Refused
from site_builder.importers import docx as reader
from site_builder.importers.docx_numbers import write_number
from site_builder.records import Policy

Read = Callable[..., Imported]
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NUMBERING = f"""<w:numbering {W}>
<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="4"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="·"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="3"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="3"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/></w:lvlOverride></w:num>
</w:numbering>"""


def numbered(numbering: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{numbering}"/></w:numPr>'


STYLES = f"""<w:styles {W}><w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Base"><w:name w:val="base"/><w:pPr>{numbered(1)}</w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/><w:basedOn w:val="Base"/></w:style></w:styles>"""


def blocks(imported: Imported) -> list[str]:
    assert isinstance(imported.record, Policy)
    return imported.record.body.split("\n\n")


@pytest.fixture
def document(make: Any) -> str:
    p = make.paragraph
    return "".join(
        [
            p("云溪县总工会关于加强职工食堂监督的意见", '<w:pStyle w:val="T"/>'),
            p("各基层工会："),
            p("总体要求", '<w:pStyle w:val="H1"/>'),
            p("坚持公开。", numbered(1, 1)),
            p("坚持节约。", numbered(1, 1)),
            p("主要任务", '<w:pStyle w:val="H1"/>'),
            p("公开账目。", numbered(1, 1)),
            p("公布菜价。", numbered(2)),
            p("检查卫生。", numbered(2)),
            p("横幅", numbered(3)),
            p("云溪县总工会", '<w:jc w:val="right"/>'),
            p("2026年11月9日"),
        ]
    )


def test_automatic_numbers_become_text(read: Read, make: Any, document: str) -> None:
    imported = read(make.docx(document, numbering=NUMBERING, styles=STYLES), "食堂.docx")
    assert blocks(imported) == [
        "## 一、总体要求",
        "（一）坚持公开。",
        "（二）坚持节约。",
        "## 二、主要任务",
        "（一）公开账目。",
        "4.公布菜价。",
        "5.检查卫生。",
        "- 横幅",
    ]
    record = imported.record
    assert isinstance(record, Policy)
    assert (record.title, record.signature, record.issued) == (
        "云溪县总工会关于加强职工食堂监督的意见",
        ("云溪县总工会",),
        date(2026, 11, 9),
    )
    assert any("7 个自动编号写成文字" in finding.message for finding in imported.repairs)


def test_article_numbers_start_where_the_document_says(read: Read, make: Any) -> None:
    body = make.paragraph("云溪县职工食堂管理办法") + "".join(
        make.paragraph(f"内容{n}。", numbered(4)) for n in "甲乙丙"
    )
    assert [block[:4] for block in blocks(read(make.docx(body, numbering=NUMBERING), "a.docx"))] == [
        "第九条 ",
        "第十条 ",
        "第十一条",
    ]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (10, "chineseCounting", "十"),
        (21, "chineseCounting", "二十一"),
        (105, "chineseCounting", "一百零五"),
        (110, "chineseCounting", "一百一十"),
        (3, "upperRoman", "III"),
        (4, "lowerRoman", "iv"),
        (28, "upperLetter", "BB"),
        (2, "decimalEnclosedCircle", "②"),
        (7, "decimalZero", "07"),
        (7, "else", "7"),
        (1000, "chineseCounting", "1000"),
    ],
)
def test_write_number(value: int, form: str, text: str) -> None:
    assert write_number(value, form) == text


def test_comments_changes_and_hidden_text_do_not_leak(read: Read, make: Any) -> None:
    changed = (
        "<w:p><w:r><w:t>留下的</w:t></w:r><w:del w:id='1'><w:r><w:delText>删去的</w:delText></w:r></w:del>"
        "<w:moveFrom w:id='3'><w:r><w:t>搬走的</w:t></w:r></w:moveFrom><w:ins w:id='2'><w:r><w:t>添上的</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>藏着的</w:t></w:r><w:r><w:commentReference w:id='0'/></w:r><w:r><w:t>文字。</w:t></w:r></w:p>"
    )
    comments = f"<w:comments {W}><w:comment w:id='0' w:author='甲'><w:p><w:r><w:t>批注里的话</w:t></w:r></w:p></w:comment></w:comments>"
    imported = read(make.docx(make.paragraph("云溪县总工会关于食堂的通知") + changed, comments=comments), "a.docx")
    assert blocks(imported) == ["留下的添上的文字。"]
    doubts = "".join(finding.message for finding in imported.doubts)
    assert all(word in doubts for word in ("修订痕迹", "隐藏文字", "批注"))


def test_tables_become_pipe_tables(read: Read, make: Any) -> None:
    cell = lambda text, span="": f"<w:tc><w:tcPr>{span}</w:tcPr>{make.paragraph(text)}</w:tc>"  # noqa: E731 (shorter than a function, used here only)
    table = f"<w:tbl><w:tr>{cell('项目')}{cell('金额')}</w:tr><w:tr>{cell('补贴|伙食')}{cell('4.5万元')}</w:tr></w:tbl>"
    imported = read(
        make.docx(make.paragraph("云溪县总工会关于食堂的通知") + make.paragraph("金额如下。") + table), "a.docx"
    )
    assert blocks(imported)[1] == "| 项目 | 金额 |\n| --- | --- |\n| 补贴\\|伙食 | 4.5万元 |"


def test_merged_cells_are_a_doubt(read: Read, make: Any) -> None:
    row = lambda *cells: "<w:tr>" + "".join(cells) + "</w:tr>"  # noqa: E731 (shorter than a function, used here only)
    wide = f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{make.paragraph("合计")}</w:tc>'
    narrow = f"<w:tc>{make.paragraph('甲')}</w:tc>"
    imported = read(
        make.docx(make.paragraph("云溪县总工会关于食堂的通知") + f"<w:tbl>{row(narrow, narrow)}{row(wide)}</w:tbl>"),
        "a.docx",
    )
    assert any("合并的单元格" in finding.message for finding in imported.doubts)


# --- hostile and damaged ---------------------------------------------------------------------


def refused(read: Read, content: bytes, said: str) -> None:
    with pytest.raises(Refused) as caught:
        read(content, "a.docx")
    message = str(caught.value)
    assert said in message
    assert message.endswith("。")
    assert message.count("。") == 1


def parts(make: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(make.docx(make.paragraph("云溪县总工会关于食堂的通知")))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_zip_bomb(read: Read, make: Any) -> None:
    refused(read, make.pack({**parts(make), "word/media/a.xml": b"0" * 60_000_000}), "解压后")


def test_too_many_parts(read: Read, make: Any) -> None:
    refused(read, make.pack({**parts(make), **{f"word/{n}.bin": b"" for n in range(reader.MAX_PARTS)}}), "解压后")


def test_sizes_that_lie(read: Read, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_INFLATED", 3000)
    monkeypatch.setattr(reader, "_check_names", lambda entries: None)
    refused(read, make.pack({**parts(make), "word/more.xml": b"<a>" + b"0" * 4000 + b"</a>"}), "解压后")


@pytest.mark.parametrize("name", ["../a.xml", "/etc/a.xml", "word/../../a.xml", "c:/a.xml", "word\\a.xml"])
def test_paths_out_of_the_archive(read: Read, make: Any, name: str) -> None:
    refused(read, make.pack({**parts(make), name: b"<a/>"}), "路径")


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml"])
def test_document_type_declarations(read: Read, make: Any, part: str) -> None:
    hostile = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><w:document {W}><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>'
    refused(read, make.pack({**parts(make), part: hostile}), "外部实体")


def test_doctype_in_utf_16(read: Read, make: Any) -> None:
    hostile = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "书屋">]><a>&x;</a>'.encode("utf-16")
    refused(read, make.pack({**parts(make), "word/document.xml": hostile}), "外部实体")


def test_encrypted_entry(read: Read, make: Any) -> None:
    content = bytearray(make.pack(parts(make)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), bytes(content)):
            content[found.start() + place] |= 1
    refused(read, bytes(content), "密码")


@pytest.mark.parametrize("cut", [30, 200, -40])
def test_cut_short(read: Read, make: Any, cut: int) -> None:
    refused(read, make.docx(make.paragraph("云溪县总工会关于食堂的通知"))[:cut], "损坏")


def test_broken_xml(read: Read, make: Any) -> None:
    refused(read, make.pack({**parts(make), "word/document.xml": b"<w:document"}), "损坏")


def test_another_archive(read: Read, make: Any) -> None:
    refused(read, make.pack({"a.txt": b"x"}), "不是 Word 文档")


def test_no_text(read: Read, make: Any) -> None:
    refused(read, make.docx(make.paragraph("")), "没有中文")
