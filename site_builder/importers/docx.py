"""Word files (.docx): checked as archives, numbers written out, then turned to HTML by mammoth."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable

import mammoth
from lxml import etree

from site_builder.importers.common import Finding, Refused, Source
from site_builder.importers.docx_numbers import Numbering, write_numbers
from site_builder.importers.html import read_fragment

MAX_PARTS = 2_000
MAX_INFLATED = 200 * 1024 * 1024
MAX_RATIO = 200
_SMALL = 1024 * 1024
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = ("word/numbering.xml", "word/styles.xml")
_STYLES = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name='标题'] => h1:fresh",
        "p[style-name='Subtitle'] => p:fresh",
    ]
)


def read(data: bytes) -> Source:
    """Return the text of a .docx; raise Refused for an encrypted, damaged or hostile one."""
    parts = open_archive(data)
    document = _parse(parts["word/document.xml"])
    doubts = _clean(document, parts)
    numbering, styles = (_parse(parts[name]) if name in parts else None for name in _PARTS)
    repairs = write_numbers(document, Numbering(numbering, styles))
    parts["word/document.xml"] = etree.tostring(document, xml_declaration=True, encoding="UTF-8", standalone=True)
    lines, found = read_fragment(_to_html(_pack(parts)))
    return Source(tuple(lines), repairs=tuple(repairs), doubts=(*doubts, *found))


def open_archive(data: bytes) -> dict[str, bytes]:
    """Return the XML parts of the archive after checking names, number and sizes before and while inflating."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_names(archive.infolist())
            parts = _inflate(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        ValueError,
        OSError,
    ) as error:
        raise Refused("Word 文件已损坏，打不开，请用 Word 或 WPS 打开后另存为 .docx 再导入。") from error
    except RuntimeError as error:
        raise Refused("Word 文件加了密码，请先取消密码再导入。") from error
    if "word/document.xml" not in parts:
        raise Refused("这不是 Word 文档（里面没有正文部分），请另存为 .docx 再导入。")
    return parts


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_PARTS or total > MAX_INFLATED or (total > _SMALL and total > MAX_RATIO * max(packed, 1)):
        raise Refused("Word 文件解压后大得不正常，可能有害，没有读取；请把正文复制到新文档另存后再导入。")
    if len({entry.filename for entry in entries}) != len(entries):
        raise Refused("Word 文件里有重名的部分，可能有害，没有读取；请把正文复制到新文档另存后再导入。")
    for entry in entries:
        name = entry.filename
        if name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/"):
            raise Refused("Word 文件里有越出文件夹的路径，可能有害，没有读取；请把正文复制到新文档另存后再导入。")
        if entry.flag_bits & 0x1:
            raise Refused("Word 文件加了密码，请先取消密码再导入。")


def _inflate(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return every XML part; media stay packed, because nothing here looks at them."""
    parts: dict[str, bytes] = {}
    room = MAX_INFLATED
    for entry in archive.infolist():
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        with archive.open(entry) as stream:
            parts[entry.filename] = stream.read(room + 1)
        room -= len(parts[entry.filename])
        if room < 0:
            raise Refused("Word 文件解压后大得不正常，可能有害，没有读取；请把正文复制到新文档另存后再导入。")
        _parse(parts[entry.filename])
    return parts


def _parse(part: bytes) -> etree._Element:
    """Return the parsed part; a DTD is refused, because Word never writes one."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(part, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            raise Refused(
                "Word 文件里声明了外部实体，可能有害，没有读取；请把正文复制到新文档另存后再导入。"
            ) from error
        raise Refused("Word 文件已损坏，读不出正文，请用 Word 或 WPS 打开后另存为 .docx 再导入。") from error
    if root.getroottree().docinfo.doctype:
        raise Refused("Word 文件里声明了外部实体，可能有害，没有读取；请把正文复制到新文档另存后再导入。")
    return root


def _clean(document: etree._Element, parts: dict[str, bytes]) -> list[Finding]:
    """Take out deleted, moved-away and hidden text; tell what else was not imported."""
    doubts = []
    changes = _drop(document, [f"{_W}del", f"{_W}moveFrom"])
    inserted = sum(1 for _ in document.iter(f"{_W}ins", f"{_W}moveTo"))
    if changes or inserted:
        doubts.append(Finding(0, f"文件里有 {changes + inserted} 处修订痕迹，已按接受全部修订读取，请核对。"))
    hidden = [run for run in document.iter(f"{_W}r") if _is_hidden(run)]
    for run in hidden:
        _remove(run)
    if hidden:
        doubts.append(Finding(0, f"文件里有 {len(hidden)} 处隐藏文字，没有导入。"))
    if comments := sum(1 for _ in document.iter(f"{_W}commentReference")):
        doubts.append(Finding(0, f"文件里有 {comments} 条批注，没有导入。"))
    if (
        any("footnote" in name and name.startswith("word/footnotes") for name in parts)
        and document.find(f".//{_W}footnoteReference") is not None
    ):
        doubts.append(Finding(0, "文件里有脚注，已放在正文之后，请核对。"))
    return doubts


def _drop(document: etree._Element, tags: Iterable[str]) -> int:
    found = list(document.iter(*tags))
    for element in found:
        _remove(element)
    return len(found)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _is_hidden(run: etree._Element) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish")
    return mark is not None and mark.get(f"{_W}val") not in ("0", "false", "off")


def _pack(parts: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            if not name.startswith("word/comments"):
                archive.writestr(name, part)
    return packed.getvalue()


def _to_html(packed: bytes) -> str:
    try:
        result = mammoth.convert_to_html(io.BytesIO(packed), style_map=_STYLES, convert_image=lambda image: [])
    except (
        Exception
    ) as error:  # mammoth has no error class of its own; whatever a bad part raises, the answer is the same
        raise Refused("Word 文件已损坏，读不出正文，请用 Word 或 WPS 打开后另存为 .docx 再导入。") from error
    return re.sub(r'<a href="#(?:foot|end)note-ref-[^"]*">[^<]*</a>', "", str(result.value))
