"""Files of every kind with something planted in one place of them, made on the fly."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
import zlib
from contextlib import closing

import openpyxl
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


def pack(members: dict[str, bytes | str]) -> bytes:
    """Return a zip archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def make_docx(body: str = "", **parts: str | bytes) -> bytes:
    """Return a .docx: `body` is the XML of its paragraphs; further parts by name, '__' for '/'."""
    document = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    named: dict[str, bytes | str] = {
        name.replace("__", "/").replace("_xml", ".xml"): part for name, part in parts.items()
    }
    return pack({"[Content_Types].xml": "<Types/>", "word/document.xml": document, **named})


def runs(*texts: str) -> str:
    """Return one paragraph of several runs, as Word cuts a text that was edited."""
    return "<w:p>" + "".join(f"<w:r><w:t>{text}</w:t></w:r>" for text in texts) + "</w:p>"


def cells(*texts: str) -> str:
    """Return one row of a table in a .docx."""
    return "<w:tr>" + "".join(f"<w:tc>{runs(text)}</w:tc>" for text in texts) + "</w:tr>"


def word_part(tag: str, inner: str) -> str:
    """Return a part of a .docx such as its comments or a header."""
    return f'<w:{tag} xmlns:w="{WORD}">{inner}</w:{tag}>'


def core_properties(author: str) -> str:
    """Return docProps/core.xml with an author."""
    names = 'xmlns:cp="http://c" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f"<cp:coreProperties {names}><dc:creator>{author}</dc:creator></cp:coreProperties>"


def make_xlsx(change: object) -> bytes:
    """Return a workbook after `change(book, sheet)` wrote into it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "单位"
    change(book, sheet)  # type: ignore[operator]  # a lambda of the table of cases
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def add_comment(sheet: object, text: str) -> None:
    """Put a comment on a cell."""
    sheet["A1"].comment = Comment(text, "某人")  # type: ignore[index]


def add_name(book: object, text: str) -> None:
    """Define a name that holds a text."""
    book.defined_names["号码"] = DefinedName("号码", attr_text=f'"{text}"')  # type: ignore[attr-defined]


def make_pptx(slide: str = "", note: str = "", hidden: bool = False) -> bytes:
    """Return a presentation with one slide and its notes."""

    def part(tag: str, text: str, show: str = "") -> str:
        names = f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="{DRAWING}"'
        return f"<p:{tag} {names}{show}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:{tag}>"

    return pack(
        {
            "ppt/slides/slide1.xml": part("sld", slide, ' show="0"' if hidden else ""),
            "ppt/notesSlides/notesSlide1.xml": part("notes", note),
        }
    )


def make_pdf(text: str = "", author: str = "", note: str = "", attached: bytes = b"", password: str = "") -> bytes:
    """Return a PDF of one page with a text layer of ASCII."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(stream)
    if author:
        writer.add_metadata({"/Author": author})
    if note:
        writer.add_annotation(0, FreeText(text=note, rect=(10, 10, 90, 40)))
    if attached:
        writer.add_attachment("名单.csv", attached)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def make_picture(kind: str = "JPEG", place: bool = False, description: str = "", text: str = "") -> bytes:
    """Return a small picture with metadata."""
    picture, out = Image.new("RGB", (8, 8), "white"), io.BytesIO()
    exif = Image.Exif()
    if place:
        exif[0x0131] = "camera"
        exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (119.0, 10.0, 0.0)})
    if description:
        exif[0x010E] = description
    more: dict[str, object] = {}
    if text:
        more["pnginfo"] = PngImagePlugin.PngInfo()
        more["pnginfo"].add_itxt("Comment", text)  # type: ignore[attr-defined]
    picture.save(out, kind, exif=exif, **more)  # type: ignore[arg-type]
    return out.getvalue()


def make_database(text: str) -> bytes:
    """Return an SQLite file with one row."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("create table people (name text, phone text)")
        database.execute("insert into people values ('张三', ?)", (text,))
        database.commit()
        return database.serialize()


def make_index_file(text: str) -> bytes:
    """Return one file of the search index, as docs/search.md describes it."""
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = text.encode("gb18030")
    return len(data).to_bytes(4, "little") + squeeze.compress(data) + squeeze.flush()


def make_json(value: object) -> bytes:
    """Return JSON with every character escaped."""
    return json.dumps(value).encode()


def make_bomb(size: int, depth: int = 0) -> bytes:
    """Return an archive that unpacks to `size` bytes, `depth` archives deep."""
    data = pack({"a.txt": b"0" * size})
    for _ in range(depth):
        data = pack({"a.zip": data})
    return data
