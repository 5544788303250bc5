"""The privacy rules over content, files of every kind and a built site: what is planted is found and never printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from site_builder.checks import containers, pdf_text
from site_builder.checks.privacy import RULES, check_file, check_record, check_site, check_text, gather_leaks
from site_builder.content_files import read_library
from site_builder.model import Library, Origin, Site
from site_builder.records import Guide, Honour, Message, News, Notice, Register, Union, Venue
from site_builder.values import Contact, Problem
from tests.conftest import ROOT
from tests.site_builder.checks import planted_files as plant

ID, MOBILE, CARD = "11010519491231002X", "13800138000", "6225768888888888"
TODAY = date(2026, 11, 20)


def rules_of(problems: Any) -> list[str]:
    found = list(problems)
    for problem in found:
        assert problem.message.endswith("。")
        assert problem.fix.endswith("。")
        assert not any(number in str(problem) for number in (ID, MOBILE, CARD))
    return [problem.rule for problem in found]


# --- files ---------------------------------------------------------------------------------------

HEAD = plant.cells("姓名", "病种") + plant.cells("张三", "肺癌")
PLANTED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "text": ("a.txt", f"电话{MOBILE}".encode, "mobile-number"),
    "text in GB 18030": ("a.txt", lambda: f"身份证{ID}".encode("gb18030"), "resident-id"),
    "file name": (f"表-{ID}.csv", lambda: b"a,b", "resident-id"),
    "csv": ("a.csv", f"姓名,电话\n张三,{MOBILE}".encode, "mobile-number"),
    "csv in cells": ("a.csv", lambda: b"110105,19491231,002X", "resident-id"),
    "csv of people": ("a.csv", "姓名,病种\n张三,肺癌".encode, "person-illness"),
    "csv with a mark": ("a.csv", f"\ufeff账号,{CARD}".encode, "bank-card"),
    "json escaped": ("a.json", lambda: plant.make_json({"电话": MOBILE}), "mobile-number"),
    "json number": ("a.json", lambda: plant.make_json([{"a": int(MOBILE)}]), "mobile-number"),
    "json people": ("a.json", lambda: plant.make_json([{"姓名": "张三", "病种": "肺癌"}]), "person-illness"),
    "json broken": ("a.json", f'{{"a": {MOBILE}'.encode, "mobile-number"),
    "calendar folded": ("a.ics", lambda: b"DESCRIPTION:Tel 13800\r\n 138000\r\n", "mobile-number"),
    "feed escaped": (
        "feed.xml",
        lambda: b"<content>&lt;p&gt;138&lt;b&gt;0013&lt;/b&gt;8000</content>",
        "mobile-number",
    ),
    "feed cdata": ("feed.xml", f"<c><![CDATA[<p>{ID}</p>]]></c>".encode, "resident-id"),
    "drawing": ("a.svg", f"<svg><text>{MOBILE}</text></svg>".encode, "mobile-number"),
    "page text": ("a.html", f"<p>{ID}</p>".encode, "resident-id"),
    "page with tags inside": ("a.html", lambda: b"<p>138<b>0013</b>8000</p>", "mobile-number"),
    "page with entities": ("a.html", lambda: b"<p>&#49;3800138000</p>", "mobile-number"),
    "page comment": ("a.html", f"<!-- {MOBILE} --><p>a</p>".encode, "mobile-number"),
    "page attribute": ("a.html", f'<p data-phone="{MOBILE}">a</p>'.encode, "mobile-number"),
    "page link": ("a.html", f"<a href='tel:{MOBILE}'>a</a>".encode, "mobile-number"),
    "page JSON-LD": (
        "a.html",
        f'<script type="application/ld+json">{{"t":"{MOBILE}"}}</script>'.encode,
        "mobile-number",
    ),
    "page table": (
        "a.html",
        lambda: b"<table><tr><td>110105</td>\n<td>19491231</td><td>002X</td></tr></table>",
        "resident-id",
    ),
    "page of people": (
        "a.html",
        "<table><tr><th>姓名</th><th>年龄</th></tr><tr><td>李小明</td><td>9</td></tr></table>".encode,
        "person-minor",
    ),
    "page of aid": (
        "a.html",
        "<table><tr><th>受理编号</th><th>姓名</th></tr><tr><td>YX-3H7K-52QD-T</td><td>张小满</td></tr></table>".encode,
        "person-unmasked",
    ),
    "home": ("a.html", "<p>家住幸福小区3栋2单元501室</p>".encode, "home-address"),
    "docx": ("a.docx", lambda: plant.make_docx(plant.runs("电话138", "0013", "8000")), "mobile-number"),
    "docx table": ("a.docx", lambda: plant.make_docx(f"<w:tbl>{HEAD}</w:tbl>"), "person-illness"),
    "docx boxes": ("a.docx", lambda: plant.make_docx(f"<w:tbl>{plant.cells(*ID)}</w:tbl>"), "resident-id"),
    "docx deleted": (
        "a.docx",
        lambda: plant.make_docx(f"<w:p><w:del><w:r><w:delText>{ID}</w:delText></w:r></w:del></w:p>"),
        "resident-id",
    ),
    "docx hidden text": (
        "a.docx",
        lambda: plant.make_docx(f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{ID}</w:t></w:r></w:p>"),
        "resident-id",
    ),
    "docx comment": (
        "a.docx",
        lambda: plant.make_docx(word__comments_xml=plant.word_part("comments", plant.runs(MOBILE))),
        "mobile-number",
    ),
    "docx header": (
        "a.docx",
        lambda: plant.make_docx(word__header1_xml=plant.word_part("hdr", plant.runs(ID))),
        "resident-id",
    ),
    "docx footnote": (
        "a.docx",
        lambda: plant.make_docx(word__footnotes_xml=plant.word_part("footnotes", plant.runs(ID))),
        "resident-id",
    ),
    "docx properties": (
        "a.docx",
        lambda: plant.make_docx(docProps__core_xml=plant.core_properties(MOBILE)),
        "mobile-number",
    ),
    "docx link": (
        "a.docx",
        lambda: plant.pack({"word/_rels/document.xml.rels": f'<r><Relationship Target="tel:{MOBILE}"/></r>'}),
        "mobile-number",
    ),
    "docx picture": (
        "a.docx",
        lambda: plant.pack({"word/document.xml": "<d/>", "word/media/image1.jpeg": plant.make_picture(place=True)}),
        "image-location",
    ),
    "docx embedded": (
        "a.docx",
        lambda: plant.pack({"word/embeddings/a.xlsx": plant.make_xlsx(lambda book, sheet: sheet.append([ID]))}),
        "resident-id",
    ),
    "docx with its password": (
        "a.docx",
        lambda: containers._OLE + "EncryptedPackage".encode("utf-16-le"),
        "container-encrypted",
    ),
    "docx that is an old one": ("a.docx", lambda: containers._OLE + b"\0" * 99, "container-unreadable"),
    "docx cut off": ("a.docx", lambda: plant.make_docx(plant.runs("好"))[:-40], "container-unreadable"),
    "docx with bad XML": ("a.docx", lambda: plant.pack({"word/document.xml": "<a><b></a>"}), "container-unreadable"),
    "docx with a DTD": (
        "a.docx",
        lambda: plant.pack({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        "container-unreadable",
    ),
    "docx without end": (
        "a.docx",
        lambda: plant.pack({"word/document.xml": "<a>" * 500 + "</a>" * 500}),
        "container-unreadable",
    ),
    "docx with a macro": ("a.docm", lambda: plant.pack({"word/vbaProject.bin": b"\0"}), "container-macro"),
    "docx by a person": (
        "a.docx",
        lambda: plant.make_docx(docProps__core_xml=plant.core_properties("李四")),
        "document-author",
    ),
    "docx with a change": (
        "a.docx",
        lambda: plant.make_docx("<w:p><w:ins><w:r><w:t>一</w:t></w:r></w:ins></w:p>"),
        "document-leftovers",
    ),
    "docx with an old object": (
        "a.docx",
        lambda: plant.pack({"word/document.xml": "<d/>", "word/embeddings/oleObject1.bin": b"\0"}),
        "container-unreadable",
    ),
    "csv with a broken quote": ("a.csv", lambda: b'a,"b"c\n' + MOBILE.encode(), "mobile-number"),
    "json in depth": ("a.json", lambda: plant.make_json({"a": [{"b": None, "c": [MOBILE]}, "d"]}), "mobile-number"),
    "json in a row": ("a.json", lambda: plant.make_json([{"b": None, "c": [MOBILE]}]), "mobile-number"),
    "odt": ("a.odt", lambda: plant.pack({"content.xml": f"<d><p>{MOBILE}</p></d>"}), "mobile-number"),
    "ofd": (
        "a.ofd",
        lambda: plant.pack({"Doc_0/Pages/Content.xml": f"<d><TextObject><TextCode>{ID}</TextCode></TextObject></d>"}),
        "resident-id",
    ),
    "xlsx": ("a.xlsx", lambda: plant.make_xlsx(lambda book, sheet: sheet.append(["张三", ID])), "resident-id"),
    "xlsx number": (
        "a.xlsx",
        lambda: plant.make_xlsx(lambda book, sheet: sheet.append([int(MOBILE)])),
        "mobile-number",
    ),
    "xlsx cells": (
        "a.xlsx",
        lambda: plant.make_xlsx(lambda book, sheet: sheet.append(["110105", "19491231", "002X"])),
        "resident-id",
    ),
    "xlsx people": (
        "a.xlsx",
        lambda: plant.make_xlsx(
            lambda book, sheet: (sheet.append(["姓名", "", "残疾等级"]), sheet.append(["赵六", None, "二级"]))
        ),
        "person-disability",
    ),
    "xlsx comment": (
        "a.xlsx",
        lambda: plant.make_xlsx(lambda book, sheet: plant.add_comment(sheet, ID)),
        "resident-id",
    ),
    "xlsx name": ("a.xlsx", lambda: plant.make_xlsx(lambda book, sheet: plant.add_name(book, ID)), "resident-id"),
    "xlsx formula": (
        "a.xlsx",
        lambda: plant.make_xlsx(lambda book, sheet: sheet.append([f'=CONCATENATE("{MOBILE}","")'])),
        "mobile-number",
    ),
    "xlsx hidden sheet": (
        "a.xlsx",
        lambda: plant.make_xlsx(lambda book, sheet: setattr(book.create_sheet("二"), "sheet_state", "veryHidden")),
        "hidden-content",
    ),
    "xlsx number in a hidden sheet": (
        "a.xlsx",
        lambda: plant.make_xlsx(
            lambda book, sheet: (setattr(book.create_sheet("二"), "sheet_state", "hidden"), book["二"].append([ID]))
        ),
        "resident-id",
    ),
    "xlsx hidden row": (
        "a.xlsx",
        lambda: plant.make_xlsx(lambda book, sheet: setattr(sheet.row_dimensions[1], "hidden", True)),
        "hidden-content",
    ),
    "xlsx hidden column": (
        "a.xlsx",
        lambda: plant.make_xlsx(lambda book, sheet: setattr(sheet.column_dimensions["B"], "hidden", True)),
        "hidden-content",
    ),
    "xlsx string that no cell shows": (
        "a.xlsx",
        lambda: plant.pack(
            {"xl/workbook.xml": "<workbook/>", "xl/sharedStrings.xml": f"<sst><si><t>{ID}</t></si></sst>"}
        ),
        "resident-id",
    ),
    "xlsx sheet's name": (
        "a.xlsx",
        lambda: plant.make_xlsx(lambda book, sheet: setattr(sheet, "title", ID)),
        "resident-id",
    ),
    "xlsx pivot": (
        "a.xlsx",
        lambda: plant.pack({"xl/workbook.xml": "<workbook/>", "xl/pivotCache/p.xml": f'<r><s v="{ID}"/></r>'}),
        "resident-id",
    ),
    "xlsx in scientific writing": (
        "a.xlsx",
        lambda: plant.pack(
            {
                "xl/workbook.xml": "<workbook/>",
                "xl/worksheets/s.xml": '<worksheet><row r="1"><c r="A1"><v>1.3800138E10</v></c></row></worksheet>',
            }
        ),
        "mobile-number",
    ),
    "xlsx without a book": ("a.xlsx", lambda: plant.pack({"a.xml": "<a/>"}), "container-unreadable"),
    "pptx": ("a.pptx", lambda: plant.make_pptx(slide=MOBILE), "mobile-number"),
    "pptx note": ("a.pptx", lambda: plant.make_pptx(note=ID), "resident-id"),
    "pptx hidden": ("a.pptx", lambda: plant.make_pptx(slide="好", hidden=True), "hidden-content"),
    "pdf": ("a.pdf", lambda: plant.make_pdf(ID), "resident-id"),
    "pdf property": ("a.pdf", lambda: plant.make_pdf("good", author=MOBILE), "mobile-number"),
    "pdf author": ("a.pdf", lambda: plant.make_pdf("good", author="Li Si"), "document-author"),
    "pdf note": ("a.pdf", lambda: plant.make_pdf("good", note=MOBILE), "mobile-number"),
    "pdf attachment": ("a.pdf", lambda: plant.make_pdf("good", attached=ID.encode()), "resident-id"),
    "pdf with a password": ("a.pdf", lambda: plant.make_pdf("good", password="x"), "container-encrypted"),
    "pdf cut off": ("a.pdf", lambda: plant.make_pdf("good")[:200], "container-unreadable"),
    "pdf of a scan": ("a.pdf", lambda: plant.make_pdf(""), "scan-unchecked"),
    "zip": ("a.zip", lambda: plant.pack({"b.txt": MOBILE}), "mobile-number"),
    "zip in zip": ("a.zip", lambda: plant.pack({"b.zip": plant.pack({"c.csv": ID})}), "resident-id"),
    "zip member's name": ("a.zip", lambda: plant.pack({f"{ID}.txt": "好"}), "resident-id"),
    "zip with a docx": ("a.zip", lambda: plant.pack({"b.docx": plant.make_docx(plant.runs(ID))}), "resident-id"),
    "zip with the unknown": ("a.zip", lambda: plant.pack({"b.exe": b"MZ\0\1\2"}), "container-unknown"),
    "zip cut off": ("a.zip", lambda: plant.pack({"b.txt": "好" * 99})[:50], "container-unreadable"),
    "zip with a password": ("a.zip", lambda: _lock(plant.pack({"b.txt": "好"})), "container-encrypted"),
    "zip nested without end": ("a.zip", lambda: plant.make_bomb(10, depth=8), "container-too-large"),
    "jpeg place": ("a.jpg", lambda: plant.make_picture(place=True), "image-location"),
    "jpeg description": ("a.jpg", lambda: plant.make_picture(description=f"Tel {MOBILE}"), "mobile-number"),
    "png place": ("a.png", lambda: plant.make_picture("PNG", place=True), "image-location"),
    "png text": ("a.png", lambda: plant.make_picture("PNG", text=f"电话{MOBILE}"), "mobile-number"),
    "webp place": ("a.webp", lambda: plant.make_picture("WEBP", place=True), "image-location"),
    "picture with XMP": (
        "a.jpg",
        lambda: plant.make_picture() + b"<exif:GPSLatitude>30</exif:GPSLatitude>",
        "image-location",
    ),
    "picture cut off": ("a.png", lambda: b"\x89PNG\r\n\x1a\n\0\0", "container-unreadable"),
    "picture that is none": ("a.jpg", lambda: b"no picture", "container-unreadable"),
    "film with a place": ("a.mp4", lambda: b"\0\0ftyp\xa9xyz+30.2500+119.1000/", "image-location"),
    "old Word": ("a.doc", lambda: containers._OLE, "container-unreadable"),
    "rar": ("a.rar", lambda: b"Rar!", "container-unreadable"),
    "unknown": ("a.dat", lambda: b"\0\1\2\3", "container-unknown"),
    "database": ("open-data/site.sqlite", lambda: plant.make_database(MOBILE), "mobile-number"),
    "database cut off": ("open-data/site.sqlite", lambda: b"no database", "container-unreadable"),
    "search index": (
        "search/data/text/00/00.bin",
        lambda: plant.make_index_file(f"a\t一\t电话{MOBILE}"),
        "mobile-number",
    ),
    "search names": (
        "search/data/facets.bin",
        lambda: plant.make_index_file("\x0d\0\0\0" + f'["{MOBILE}"]' + "13900139000"),
        "mobile-number",
    ),
    "search index cut off": ("search/data/text/00/00.bin", lambda: b"\0\0\0\0\xff\xff", "container-unreadable"),
}


def _lock(archive: bytes) -> bytes:
    """Set the bit that says a member is encrypted, in its own header and in the directory."""
    data = bytearray(archive)
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_in_a_file_is_found(name: str) -> None:
    path, make, rule = PLANTED[name]
    assert rule in rules_of(check_file(path, make()))


@pytest.mark.parametrize(
    "name", [name for name, (_, _, rule) in PLANTED.items() if rule in ("resident-id", "mobile-number")]
)
def test_what_is_planted_in_a_built_file_is_found_and_not_kept(name: str) -> None:
    path, make, rule = PLANTED[name]
    leaks = gather_leaks(path, make())
    assert rule in [leak.rule for leak in leaks]
    assert not any(number in repr(leaks) for number in (ID, MOBILE))


CLEAN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "docx": (
        "a.docx",
        lambda: plant.make_docx(
            plant.runs("好") + HEAD.replace("肺癌", "")[:0], docProps__core_xml=plant.core_properties("云溪县总工会")
        ),
    ),
    "xlsx": ("a.xlsx", lambda: plant.make_xlsx(lambda book, sheet: sheet.append(["云溪纺织厂", 12, "0000-6010001"]))),
    "pptx": ("a.pptx", lambda: plant.make_pptx(slide="好")),
    "pdf": ("a.pdf", lambda: plant.make_pdf("good")),
    "zip": ("a.zip", lambda: plant.pack({"目录/说明.txt": "好"})),
    "jpeg": ("a.jpg", lambda: plant.make_picture(description="good")),
    "gif": ("a.gif", lambda: plant.make_picture("GIF")),
    "film": ("a.mp4", lambda: b"\0\0ftypisom"),
    "text": ("robots.txt", lambda: b"User-agent: *\n"),
    "sums": ("SHA256SUMS", lambda: b"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  a.csv\n"),
    "shard": ("search/data/keys/00/00.bin", lambda: b"13800138000"),
    "database": ("open-data/site.sqlite", lambda: plant.make_database("0000-6010001")),
}


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_file_has_no_problem(name: str) -> None:
    path, make = CLEAN[name]
    assert rules_of(check_file(path, make())) == []


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_UNPACKED", 1_000)
    monkeypatch.setattr(
        containers._Allowance,
        "__init__",
        lambda self: self.__dict__.update(left=1_000, members=9, opened=containers.Opened()),
    )
    assert rules_of(check_file("a.zip", plant.make_bomb(100_000))) == ["container-too-large"]
    assert rules_of(check_file("a.zip", plant.pack({f"{n}.txt": "a" for n in range(10)}))) == ["container-too-large"]


def test_names_of_members_are_read_as_windows_wrote_them() -> None:
    archive = plant.pack({"x.txt": "好"})
    name = "表.txt".encode("gb18030")
    assert len(name) == 6
    renamed = plant.pack({"xx.txt": "好"}).replace(b"xx.txt", name)
    assert archive
    assert "压缩包里的“表.txt”" in [one.place for one in containers.open_file("a.zip", renamed).passages]


def test_a_name_that_is_no_chinese_is_kept_as_it_is() -> None:
    data = plant.pack({"xx.txt": "好"}).replace(b"xx.txt", b"\xff\xff.txt")
    assert [one.text for one in containers.open_file("a.zip", data).passages if "文件名" in one.place] == [
        "\u00a0\u00a0.txt"
    ]


def test_a_pdf_of_too_many_pages_is_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_text, "MAX_PAGES", 0)
    assert rules_of(check_file("a.pdf", plant.make_pdf("good"))) == ["container-too-large"]


def test_a_number_is_reported_once_and_on_its_line() -> None:
    (problem,) = check_file("a.csv", f"姓名,电话\n张三,1\n李四,{MOBILE}\n李四,{MOBILE}\n".encode())
    assert (problem.line, problem.message) == (3, "这里有手机号码（138****8000）。")


# --- records ---------------------------------------------------------------------------------------

ORIGIN = Origin(
    "x", {"question": 4, "rows": 9, "rows.1": 11, "objection": 6, "contact": 7, "recipients.0": 3}, body_line=5
)


def check(record: Any) -> list[tuple[str, int, str]]:
    problems: list[Problem] = list(check_record(record, ORIGIN, "content/x"))
    assert rules_of(problems) is not None
    return [(one.rule, one.line, one.severity) for one in problems]


def test_a_body_is_searched_line_by_line() -> None:
    news = News(
        id="a",
        title="题",
        body=f"一\n\n| 姓名 | 病种 |\n|---|---|\n| 张三 | 肺癌 |\n\n电话{MOBILE}\n\n申请人王某患尘肺病。\n",
    )
    assert check(news) == [
        ("mobile-number", 11, "error"),
        ("person-illness", 9, "error"),
        ("person-illness", 13, "hint"),
    ] or sorted(check(news)) == [
        ("mobile-number", 11, "error"),
        ("person-illness", 9, "error"),
        ("person-illness", 13, "hint"),
    ]


def test_in_a_list_of_people_a_fact_is_an_error() -> None:
    text = "申请人王某患尘肺病。"
    assert check(Notice(id="a", title="公示", kind="公示", body=text)) == [("person-illness", 5, "error")]
    assert check(Notice(id="a", title="通知", kind="通知", body=text)) == [("person-illness", 5, "hint")]


def test_texts_of_every_field_are_searched() -> None:
    message = Message(id="a", title="题", asked=TODAY, question=f"我的电话是{MOBILE}", unit="县总工会")
    assert check(message) == [("mobile-number", 4, "error")]
    honour = {
        "id": "a", "title": "荣誉", "honour": "工匠", "level": "县级", "year": 2026, "conferred_by": "县总工会",
        "recipients": [{"name": "张三", "key": "zs", "unit": "厂", "deeds": "身患尿毒症仍坚持"}],
    }  # fmt: skip
    assert check(Honour.model_validate(honour)) == [("person-illness", 3, "error")]


def test_a_register_is_a_table() -> None:
    register = Register.model_validate(
        {
            "id": "a",
            "title": "名录",
            "columns": [
                {"name": "n", "label": "姓名"},
                {"name": "d", "label": "残疾等级"},
                {"name": "p", "label": "值班电话", "public": True},
            ],
            "rows": [{"n": "张三", "d": "无", "p": MOBILE}, {"n": "李四", "d": "二级", "p": "1"}],
        }
    )
    assert check(register) == [("person-disability", 11, "error")]
    hidden = register.model_copy(
        update={"columns": tuple(one.model_copy(update={"public": False}) for one in register.columns)}
    )
    assert ("mobile-number", 9, "error") in check(hidden)


@pytest.mark.parametrize(
    "record",
    [
        Venue(id="a", title="宫", kind="工人文化宫", address="文昌路3栋2单元501室", phone=MOBILE),
        Union(id="a", title="会", kind="county", phone=MOBILE),
        Guide(id="a", title="指南", phones=(MOBILE,), complaint_phone=MOBILE),
        Notice(id="a", title="公示", objection=Contact(unit="办公室", phone=MOBILE)),
    ],
)
def test_what_the_model_declares_public_is_let_through(record: Any) -> None:
    assert check(record) == []


def test_a_number_in_a_record_s_name_is_found_and_not_printed() -> None:
    problems = list(check_record(News(id="a", title="题"), ORIGIN, f"content/news/{MOBILE}.md"))
    assert rules_of(problems) == ["mobile-number"]


def test_source_texts_are_searched_beside_their_records() -> None:
    assert rules_of(check_text("content/news/2026/a.md", f"---\ntitle: 题 # {MOBILE}\n---\n# {MOBILE}\n")) == [
        "mobile-number"
    ]
    assert rules_of(check_text("content/unions/a.yml", f"phone: {MOBILE}\n# 张三 {MOBILE}\n")) == ["mobile-number"]
    assert rules_of(check_text("content/forms/a.yml", f"help: 例如 {ID}\n")) == ["resident-id"]
    assert rules_of(check_text("content/site.yml", f"phone: {MOBILE} # {MOBILE}\n")) == []
    (problem,) = check_text("content/policies/2026/a.provenance.yml", f"a: 1\nb: {ID}\n")
    assert problem.line == 2


# --- the built site -----------------------------------------------------------------------------------


class Built:
    """A built site in memory."""

    is_whole = True

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> bytes:
        return self.files[path]

    def facts(self, gather: Callable[[str, bytes], Any]) -> Mapping[str, Any]:
        return {path: gather(path, self.files[path]) for path in self.paths}


def test_public_numbers_may_stand_on_pages_and_others_may_not() -> None:
    site = Site(name="家", organisation="会", domain="a.example", phone="139 0013 9000")
    library = Library(site, {("unions", "a"): Union(id="a", title="会", kind="county", phone=MOBILE)})
    page = f"<p>{MOBILE}</p><p>13900139000</p>".encode()
    assert list(check_site(Built({"unions/a/index.html": page}), library, TODAY)) == []
    duty = {"columns": [{"name": "p", "label": "值班手机", "public": True}], "rows": [{"p": "13700137000"}]}
    register = Register.model_validate({"id": "r", "title": "值班表", **duty})
    shown = {"registers/r/index.html": b"<p>13700137000</p>"}
    assert list(check_site(Built(shown), Library(site, {("registers", "r"): register}), TODAY)) == []
    assert rules_of(check_site(Built(shown), library, TODAY)) == ["mobile-number"]
    more = {"unions/a/index.html": page + ID.encode(), "search/data/text/00/00.bin": b"\0\0\0\0\xff"}
    assert rules_of(check_site(Built(more), library, TODAY)) == ["container-unreadable", "resident-id"]


def test_numbers_of_pages_beside_each_other_are_no_telephone() -> None:
    pager = "".join(f'<a href="../{page}/">{page}</a>' for page in (16, 15, 14, 13, 12, 1))
    assert gather_leaks("policies/page/14/index.html", f"<nav>{pager}</nav>".encode()) == ()
    split = "<p>电话<b>138</b><i>0013</i><b>8000</b></p>"
    assert [leak.rule for leak in gather_leaks("a/index.html", split.encode())] == ["mobile-number"]


def test_facts_on_a_page_of_people_are_errors() -> None:
    page = "<h1>公示</h1><p>申请人王某患尘肺病。</p>".encode()
    library = Library(Site(name="家", organisation="会", domain="a.example"))
    places = {"notices/a/index.html": "error", "registers/a/index.html": "error", "cases/a/index.html": "hint"}
    found = check_site(Built(dict.fromkeys(places, page)), library, TODAY)
    assert {problem.path: problem.severity for problem in found} == places


def test_the_sample_content_and_site_are_clean(sample_site: Path) -> None:
    library = read_library(ROOT / "content").library
    for record in library.records.values():
        origin = library.origin(record)
        assert list(check_record(record, origin, f"content/{origin.path}")) == []
    for path in (ROOT / "content").rglob("*"):
        if path.suffix in (".md", ".yml"):
            assert (
                list(check_text(f"content/{path.relative_to(ROOT / 'content')}", path.read_text(encoding="utf-8")))
                == []
            )
        elif path.is_file() and ".schema" not in path.parts:
            assert [one for one in check_file(path.name, path.read_bytes()) if one.severity != "hint"] == []
    files = {
        path.relative_to(sample_site).as_posix(): path.read_bytes() for path in sample_site.rglob("*") if path.is_file()
    }
    assert len(files) > 900
    assert list(check_site(Built(files), library, TODAY)) == []


def test_every_rule_is_planted_somewhere() -> None:
    planted = {rule for _, _, rule in PLANTED.values()}
    assert {rule.name for rule in RULES} <= planted
