"""What is inside a file that is published: every text in it, and what must not be in it at all. Pure.

Closed on failure: a file that cannot be opened, is encrypted, too large or of no known kind is a fault itself.
Bounded against archives made to swell: members, nesting and the bytes of everything unpacked.
"""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from site_builder.checks import plain_text, workbooks
from site_builder.checks.passages import Fault, Opened, Passage, is_person
from site_builder.checks.xml_text import BadXml, tell_words

MAX_UNPACKED = 200_000_000
MAX_MEMBERS = 5_000
MAX_NESTING = 4
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXTS: dict[str, Callable[[str], str]] = {
    ".html": plain_text.from_html,
    ".htm": plain_text.from_html,
    ".svg": plain_text.from_html,
    ".xml": plain_text.from_xml,
    ".md": plain_text.from_markdown,
    ".csv": plain_text.from_csv,
    ".json": plain_text.from_json,
    ".webmanifest": plain_text.from_json,
    ".ics": plain_text.from_calendar,
}
_OFFICE = frozenset({".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".pptx", ".pptm", ".potx"})
_OPEN_DOCUMENT = frozenset({".odt", ".ods", ".odp", ".ofd"})
_OLD_OFFICE = frozenset({".doc", ".xls", ".ppt", ".wps", ".et", ".dps", ".rar", ".7z", ".gz", ".tar"})
_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp"})
_MEDIA = frozenset({".mp3", ".mp4", ".m4a", ".wav"})
_MEDIA_PLACE = re.compile(rb"\xa9xyz|com\.apple\.quicktime\.location|[+-]\d{2}\.\d{3,}[+-]\d{3}\.\d{3,}")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SAVE_AS = "请另存为 docx、xlsx 或 pdf 格式再放上来。"


@dataclass
class _Allowance:
    """What may still be unpacked from one published file, however its archives nest."""

    left: int = MAX_UNPACKED
    members: int = MAX_MEMBERS
    opened: Opened = field(default_factory=Opened)


def open_file(name: str, data: bytes) -> Opened:
    """Return everything that stands in a file of that name; nothing raises."""
    allowance = _Allowance()
    _open(name, data, "", 0, allowance)
    return allowance.opened


def _open(name: str, data: bytes, place: str, depth: int, allowance: _Allowance) -> None:
    suffix = PurePosixPath(name.lower()).suffix
    opened = allowance.opened
    if suffix in _OFFICE | _OPEN_DOCUMENT | {".zip"}:
        _open_zip(name, suffix, data, place, depth, allowance)
    elif suffix == ".pdf":
        from site_builder.checks import pdf_text  # pypdf takes longer to import than a changed record to check

        _merge(opened, pdf_text.read(data), place)
        for inner, content in pdf_text.list_attachments(data):
            _open(inner, content, f"{place}附件“{inner}”", depth + 1, allowance)
    elif suffix in _IMAGES:
        from site_builder.checks import pictures  # so does Pillow

        _merge(opened, pictures.read(data), place)
    elif suffix in (".sqlite", ".db"):
        _merge(opened, _read_database(data), place)
    elif suffix in _MEDIA:
        if _MEDIA_PLACE.search(data):
            opened.faults.append(
                Fault("image-location", f"{place}录音录像里记有拍摄地点的经纬度。", "请去掉位置信息再放上来。")
            )
    elif suffix == ".bin" and "search/data/" in name:
        _read_index(name, data, opened)
    elif suffix in _OLD_OFFICE or data.startswith(_OLE):
        opened.faults.append(
            Fault(
                "container-unreadable",
                f"{place}这种格式（{suffix or '旧版 Office'}）打不开，查不了里面有没有个人信息。",
                _SAVE_AS,
            )
        )
    else:
        _read_text(suffix, data, place, opened)


def _merge(opened: Opened, more: Opened, place: str) -> None:
    opened.passages += [Passage(place + one.place, one.text) for one in more.passages]
    opened.faults += [Fault(one.rule, place + one.message, one.fix, one.severity) for one in more.faults]


def _read_text(suffix: str, data: bytes, place: str, opened: Opened) -> None:
    text = _decode(data)
    if text is None:
        message = f"{place}不认识这种文件（{suffix or '没有扩展名'}），查不了里面有没有个人信息。"
        opened.faults.append(Fault("container-unknown", message, "请换成 docx、xlsx、pdf、图片或 zip 格式。"))
        return
    opened.passages.append(Passage(place, _TEXTS.get(suffix, str)(text)))


def _decode(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _BINARY.search(text) else text
    return None


# --- archives --------------------------------------------------------------------------------


def _open_zip(name: str, suffix: str, data: bytes, place: str, depth: int, allowance: _Allowance) -> None:
    opened = allowance.opened
    if data.startswith(_OLE):
        # what a password makes of a new document: an old container with the new one inside, enciphered
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        rule = "container-encrypted" if encrypted else "container-unreadable"
        word = "加了密码" if encrypted else "扩展名和实际格式不一致"
        opened.faults.append(Fault(rule, f"{place}文件{word}，打不开。", "请去掉密码，另存为新格式再放上来。"))
        return
    if depth > MAX_NESTING:
        opened.faults.append(
            Fault("container-too-large", f"{place}压缩包一层套一层，超过 {MAX_NESTING} 层。", "请把文件直接放上来。")
        )
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = dict(_unpack(archive, place, allowance))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, RuntimeError, zlib.error):
        opened.faults.append(
            Fault("container-unreadable", f"{place}文件已损坏，打不开。", "请重新保存，确认能打开再放上来。")
        )
        return
    if suffix in (".xlsx", ".xlsm", ".xltx"):
        _merge(opened, workbooks.read(members), place)
    for inner, content in members.items():
        _open_member(name, suffix, inner, content, place, depth, allowance)


def _unpack(archive: zipfile.ZipFile, place: str, allowance: _Allowance) -> Iterator[tuple[str, bytes]]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        if info.flag_bits & 1:
            fault = Fault("container-encrypted", f"{place}压缩包加了密码，打不开。", "请去掉密码再放上来。")
            allowance.opened.faults.append(fault)
            return
        allowance.members -= 1
        with archive.open(info) as stream:
            content = stream.read(allowance.left + 1)
        allowance.left -= len(content)
        if allowance.left < 0 or allowance.members < 0:
            message = f"{place}解开以后太大（超过 {MAX_UNPACKED // 1_000_000} MB 或 {MAX_MEMBERS} 个文件），没有查完。"
            allowance.opened.faults.append(Fault("container-too-large", message, "请拆成几个小文件再放上来。"))
            return
        yield _name_of(info), content


def _name_of(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800:
        return info.filename
    try:  # Windows packs Chinese names in its own code page without saying so
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


_PARTS = (
    (re.compile(r"notesSlides/"), "备注"),
    (re.compile(r"[cC]omment"), "批注"),
    (re.compile(r"header\d*\.xml|footer\d*\.xml"), "页眉页脚"),
    (re.compile(r"notes\.xml"), "脚注"),
    (re.compile(r"docProps/"), "文档属性"),
    (re.compile(r"slides/slide(\d+)\.xml"), "幻灯片"),
)
_SHEETS = re.compile(r"xl/(?:worksheets/|sharedStrings|workbook\.xml|styles|theme|calcChain)")
_PERSON_TAGS = re.compile(rb"<(?:dc:creator|cp:lastModifiedBy|Manager)>\s*([^<\s][^<]*)</")
_LEFTOVERS = frozenset({"ins", "del", "moveFrom", "moveTo"})


def _open_member(
    name: str, suffix: str, inner: str, content: bytes, place: str, depth: int, allowance: _Allowance
) -> None:
    opened = allowance.opened
    if suffix == ".zip":
        opened.passages.append(Passage(f"{place}压缩包里的文件名", inner))
        _open(inner, content, f"{place}压缩包里的“{inner}”", depth + 1, allowance)
    elif inner.endswith((".xml", ".rels")):
        if not (suffix.startswith(".xl") and _SHEETS.match(inner)):
            _read_part(inner, content, place, opened)
    elif "/embeddings/" in inner and inner.endswith(".bin"):
        message = f"{place}文档里嵌着旧格式的对象，打不开，查不了里面有没有个人信息。"
        opened.faults.append(Fault("container-unreadable", message, "请删去嵌入的对象，或把它另存为单独的附件。"))
    elif inner.endswith("vbaProject.bin"):
        opened.faults.append(
            Fault("container-macro", f"{place}文档里有宏程序。", "请另存为不带宏的格式（docx、xlsx、pptx）。")
        )
    elif (
        not inner.endswith((".bin", ".emf", ".wmf", ".vml", ".fntdata", ".odttf", ".ttf", ".wdp"))
        and inner != "mimetype"
    ):
        _open(inner, content, f"{place}文档里的“{PurePosixPath(inner).name}”", depth + 1, allowance)


def _read_part(inner: str, content: bytes, place: str, opened: Opened) -> None:
    word = next((word for pattern, word in _PARTS if pattern.search(inner)), "")
    try:
        text, names = tell_words(content, _PIVOT if "pivotCache" in inner else _ATTRIBUTES)
    except BadXml:
        opened.faults.append(
            Fault("container-unreadable", f"{place}文档里的 {inner} 读不出来。", "请重新保存，确认能打开再放上来。")
        )
        return
    opened.passages.append(Passage(f"{place}{word}", text))
    if inner.startswith("docProps/") and any(
        is_person(one.decode("utf-8", "replace")) for one in _PERSON_TAGS.findall(content)
    ):
        message = f"{place}文档属性里留有作者或最后修改人。"
        opened.faults.append(Fault("document-author", message, "请在“文件—信息—检查文档”里删去个人信息。", "hint"))
    if (_LEFTOVERS & names and inner.startswith("word/")) or (word == "批注" and re.search(r"[\w]", text)):
        message = f"{place}文档里留有批注或修订，读者都能看到。"
        opened.faults.append(
            Fault("document-leftovers", message, "请接受或拒绝全部修订，删去批注再放上来。", "warning")
        )
    vanished = "vanish" in names and inner.startswith("word/document")
    if vanished or re.search(rb'<p:sld [^>]*show="0"', content[:2000]):
        message = f"{place}文档里有隐藏的文字或幻灯片，读者能把它显示出来。"
        opened.faults.append(Fault("hidden-content", message, "请删去隐藏的内容，不要只是隐藏。", "warning"))


_ATTRIBUTES = frozenset({"descr", "title", "author", "Target", "href", "displayName"})
_PIVOT = _ATTRIBUTES | {"v"}


# --- files that only a build makes --------------------------------------------------------------


def _read_database(data: bytes) -> Opened:
    opened = Opened()
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(data)
            tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
            for table in tables:
                rows = database.execute(f'select * from "{table.replace(chr(34), chr(34) * 2)}"')  # noqa: S608 - names quoted
                head = "\t".join(str(column[0]) for column in rows.description)
                lines = ("\t".join(" ".join(str(cell).split()) for cell in row) for row in rows)
                opened.passages.append(Passage(f"数据表 {table} ", "\n".join([head + "\t", *lines])))
    except (sqlite3.Error, UnicodeError):
        opened.faults.append(Fault("container-unreadable", "数据库文件打不开。", "请重新生成网站。"))
    return opened


def _read_index(name: str, data: bytes, opened: Opened) -> None:
    """Read one file of the search index: a size and a raw deflate stream, in GB 18030 (docs/search.md)."""
    if "/keys/" in name:
        return  # numbers of places only
    try:
        inflate = zlib.decompressobj(-15)
        plain = inflate.decompress(data[4:], MAX_UNPACKED)
    except zlib.error:
        opened.faults.append(Fault("container-unreadable", "搜索索引文件打不开。", "请重新生成网站。"))
        return
    if name.endswith("/facets.bin"):
        plain = plain[4 : 4 + int.from_bytes(plain[:4], "little")]  # columns of bytes follow the names
    text = plain.decode("gb18030", "replace")
    # its tabs part an address, a citation and a text: no cells of a table
    opened.passages.append(Passage("搜索索引", text.replace("\t", "\n")))
