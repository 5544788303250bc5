"""The parts of an official document: title, addressee, body with its levels, signature, note, attached documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from site_builder.importers.common import (
    DATE,
    GENRE,
    HAN,
    NUMERAL,
    Line,
    Notes,
    close_up,
    find_date,
    is_organisation,
    lone_date,
    shorten,
)
from site_builder.importers.glued import split_head
from site_builder.importers.metadata import Metadata, take_items
from site_builder.values import DocNumber

SECTION = re.compile(r"[一二三四五六七八九十]{1,3}、")
SUBSECTION = re.compile(r"（[一二三四五六七八九十]{1,3}）")
CHAPTER = re.compile(rf"(第[{NUMERAL}]+([章节编]))\s*(.*)")
ARTICLE = re.compile(rf"(第[{NUMERAL}]+条(?:之[{NUMERAL}]{{1,2}})?) *(?!规定|的|所|第|至|和|、|，)(?=\S)")
_ITEM = re.compile(r"(\d{1,3})[、．.](?!\d)\s*")
_ATTACHED = re.compile(r"附\s*件\s*\d{0,2}\s*[：:]?")
_NOTE = re.compile(r"[（(](?:此|本)[^（）()]{2,30}[)）]")
_COPIES = re.compile(r"抄送[：:]\s*(.+)")
_PRINTED = re.compile(rf".{{2,40}}?\s*{DATE}\s*印发")
_SIGNED = re.compile(rf"(.{{3,60}}?)\s*({DATE})")
_RED_HEAD = re.compile(rf"([{HAN}（）]{{3,30}})\s*文\s*件")
_TITLE_END = re.compile(rf"(?:{GENRE}|[》）])$")
_TITLE_OPEN = re.compile(r"(?:关于|的|和|与|及|、|，|暨|印发|开展|做好|[《（][^》）]*)$")
_HEAD_LIMIT = 80
_LONGEST_TITLE = 120


@dataclass(slots=True)
class Parts:
    """What was read from a document, before it becomes a record."""

    title: str = ""
    title_line: int = 1
    issuer_line: str | None = None
    doc_number: str | None = None
    addressee: str | None = None
    signature: tuple[str, ...] = ()
    signed: date | None = None
    signed_line: int = 0
    note: str | None = None
    copies_to: tuple[str, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    blocks: list[str] = field(default_factory=list)

    @property
    def body(self) -> str:
        """Return the body as Markdown."""
        return "\n\n".join(self.blocks)


# --- head ------------------------------------------------------------------------------------


def read_head(lines: Sequence[Line], parts: Parts, notes: Notes) -> list[Line]:
    """Read title, issuer, number, dates and labelled items into `parts`; return the lines after the head."""
    position = 0
    while position < len(lines):
        line = lines[position]
        text = line.text
        if take_items(line, parts.metadata, notes):
            position += 1
        elif line.raw:
            break
        elif parts.doc_number is None and (number := DocNumber.normalise(text)) and len(text) < _HEAD_LIMIT:
            parts.doc_number = str(number)
            position += 1
        elif not parts.title and (match := _RED_HEAD.fullmatch(text)):
            parts.issuer_line = match[1]
            notes.repair(line.number, "红头", f"红头“{shorten(text)}”记为发布机构。")
            position += 1
        elif not parts.title and len(text) > _LONGEST_TITLE:
            break
        elif not parts.title:
            position = _read_title(lines, position, parts, notes)
        elif close_up(text) == parts.title:
            notes.remove(line, "重复标题", "重复的标题")
            position += 1
        elif (when := lone_date(text)) and position < len(lines) - 1:
            parts.metadata.add("written", when.isoformat(), line.number)
            position += 1
        elif is_organisation(text) and not line.level and parts.issuer_line is None:
            parts.issuer_line = close_up(text)
            position += 1
        else:
            break
    return list(lines[position:])


def _read_title(lines: Sequence[Line], position: int, parts: Parts, notes: Notes) -> int:
    """Read a title, which may be split over up to four lines; return the position after it."""
    first = lines[position]
    title, end = close_up(first.text), position + 1
    issuer = is_organisation(title) and end < len(lines) and "关于" not in title
    if issuer and (len(lines) > end + 1) and not first.level:
        parts.issuer_line = title
        return end
    while end < min(len(lines), position + 4) and _goes_on(title, lines[end], first):
        title += close_up(lines[end].text)
        end += 1
    if end - position > 1:
        notes.repair(first.number, "合并标题", f"标题分在 {end - position} 行，已合并：{title}")
    parts.title, parts.title_line = title, first.number
    return end


def _goes_on(title: str, line: Line, first: Line) -> bool:
    if line.raw or line.level != first.level or len(title) > _HEAD_LIMIT or len(line.text) > 50:
        return False
    if (
        re.search(r"[。；：？！]", line.text)
        or _marker(line.text)
        or lone_date(line.text)
        or DocNumber.normalise(line.text)
    ):
        return False
    if _TITLE_OPEN.search(title):
        return True
    return not line.gap and not _TITLE_END.search(title) and _TITLE_END.search(line.text) is not None


def _marker(text: str) -> bool:
    return any(pattern.match(text) for pattern in (SECTION, SUBSECTION, CHAPTER, ARTICLE, _ITEM, _ATTACHED))


def read_addressee(lines: list[Line], parts: Parts) -> list[Line]:
    """Read the 主送 line, if the body begins with one; return the other lines."""
    for position, line in enumerate(lines[:2]):
        text = line.text
        if line.raw or len(text) > 300 or text[-1:] not in "：:" or re.search("[。；]", text) or _marker(text):
            continue
        if text.startswith("各") or is_organisation(re.split("[，、：:]", text)[0]):
            parts.addressee = close_up(text[:-1])
            return lines[:position] + lines[position + 1 :]
    return lines


# --- end -------------------------------------------------------------------------------------


def read_end(lines: list[Line], parts: Parts, notes: Notes) -> list[Line]:
    """Read signature, date, note and copies; return the other lines, what is attached with its title as a heading."""
    lines = [line for line in lines if not _read_tail_line(line, parts, notes)]
    found = _find_signature(lines)
    if found is None:
        return lines
    start, end, names, when = found
    parts.signature, parts.signed, parts.signed_line = names, when, lines[end - 1].number
    rest = lines[end:]
    return lines[:start] + (_attached(rest, parts, notes) if rest else [])


def _read_tail_line(line: Line, parts: Parts, notes: Notes) -> bool:
    if line.raw:
        return False
    text = line.text
    if parts.note is None and _NOTE.fullmatch(text):
        parts.note = text
    elif match := _COPIES.fullmatch(text):
        parts.copies_to = tuple(part.strip("。 ") for part in re.split("[，；]", match[1]) if part.strip("。 "))
    elif _PRINTED.fullmatch(text):
        notes.remove(line, "版记", "版记里的印发机关和日期")
    else:
        return len(text) <= _HEAD_LIMIT and take_items(line, parts.metadata, notes, head=text.startswith("信息来源"))
    return True


def _find_signature(lines: Sequence[Line]) -> tuple[int, int, tuple[str, ...], date] | None:
    """Return (first line, line after, names, date) of the first signature with its date."""
    for position, line in enumerate(lines):
        if line.raw or line.level or len(line.text) > _HEAD_LIMIT or SECTION.match(line.text):
            continue
        match = _SIGNED.fullmatch(line.text)
        if match and (names := _names(match[1])) and (when := find_date(match[2])):
            return position, position + 1, names, when
        if when := lone_date(line.text):
            start = position
            while start > 0 and position - start < 5 and _names(lines[start - 1].text):
                start -= 1
            if start < position:
                names = tuple(name for one in lines[start:position] for name in _names(one.text))
                return start, position + 1, names, when
    return None


def _names(text: str) -> tuple[str, ...]:
    """Return the units that a signature line names, none if it is something else."""
    if is_organisation(text):
        parts = text.split()
        return tuple(parts) if len(parts) > 1 and all(map(is_organisation, parts)) else (close_up(text),)
    return ()


def _attached(rest: Sequence[Line], parts: Parts, notes: Notes) -> list[Line]:
    """Mark the titles of attached documents as headings, so that notice and attachment stay one record."""
    result: list[Line] = []
    position = 0
    expecting = True
    while position < len(rest):
        line = rest[position]
        if not line.raw and _ATTACHED.fullmatch(line.text):
            notes.repair(line.number, "附件标题", f"“{line.text}”之后的内容留在同一条记录里。")
            expecting, position = True, position + 1
            continue
        if expecting and not line.raw and not _marker(line.text) and len(line.text) <= _HEAD_LIMIT:
            title, position = _attached_title(rest, position)
            result.append(Line(line.number, title, level=2))
            notes.repair(line.number, "附件标题", f"所附文件《{shorten(title)}》留在同一条记录里，题名写成二级标题。")
        else:
            result.append(line)
            position += 1
        expecting = False
    if not any(line.level for line in result):
        notes.doubt(rest[0].number, "落款之后还有内容，没有找到所附文件的题名，请核对。")
    return result


def _attached_title(rest: Sequence[Line], position: int) -> tuple[str, int]:
    title, end = close_up(rest[position].text), position + 1
    while end < min(len(rest), position + 3) and _goes_on(title, rest[end], rest[position]):
        title += close_up(rest[end].text)
        end += 1
    return title, end


# --- body ------------------------------------------------------------------------------------


def write_body(lines: Sequence[Line], parts: Parts, notes: Notes, *, markdown: bool) -> None:
    """Write the body's blocks: levels as headings, items as paragraphs that keep their number."""
    for line in lines:
        if line.raw:
            parts.blocks.append(line.text)
            continue
        for block in _blocks(line, notes):
            parts.blocks.append(block if markdown else _escape(block))


def _blocks(line: Line, notes: Notes) -> list[str]:
    text = line.text
    if chapter := CHAPTER.fullmatch(text):
        return _chapter(chapter, line, notes)
    if SECTION.match(text):
        return _section(line, notes)
    if SUBSECTION.match(text):
        heading = line.level or (len(text) <= _HEAD_LIMIT // 2 and not re.search("[。；：，]", text))
        return [f"### {text}" if heading else text]
    if match := ARTICLE.match(text):
        return [f"{match[1]} {text[match.end() :]}"]
    if match := _ITEM.match(text):
        if match[0] != f"{match[1]}." and not match[0].startswith(f"{match[1]}. "):
            notes.repair(line.number, "项的序号", f"序号“{match[0].strip()}”改成“{match[1]}.”")
            text = f"{match[1]}.{text[match.end() :]}"
        return [text]
    if line.level:
        return [f"{'#' * max(2, line.level)} {text}"]
    return [text]


def _chapter(match: re.Match[str], line: Line, notes: Notes) -> list[str]:
    number, kind, name = match[1], match[2], match[3]
    if not line.level and (len(name) > _HEAD_LIMIT // 2 or re.search("[。；]", name)):
        return [line.text]
    name = re.sub(rf"(?<=[{HAN}]) (?=[{HAN}])", "", name)
    heading = f"{number} {name}".strip()
    if heading != line.text:
        notes.repair(line.number, "章节标题", f"统一章节标题的空格：{heading}")
    return [f"{'###' if kind == '节' else '##'} {heading}"]


def _section(line: Line, notes: Notes) -> list[str]:
    text = line.text
    if len(text) <= _HEAD_LIMIT and not re.search("[。；]", text):
        return [f"## {text}"]
    head, *rest = split_head(text)
    if rest:
        notes.repair(line.number, "段首标题", f"标题与正文连在一段，已分开：{shorten(head)}")
        return [f"## {head}", *rest]
    if not re.fullmatch("[^。；]*[。；]", text):
        notes.doubt(line.number, f"分不清标题到哪里为止，已留作正文：{shorten(text)}。")
    return [text]


_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|[*`\\]|(?<=\])(?=\()")
_LINE_MARKUP = re.compile(r"^(?=[>+]|#(?!#{1,2} )|={3,}$|-{3,}$|~{3})")


def _escape(block: str) -> str:
    """Escape what Markdown would take for markup; headings written by this module stay."""
    return _LINE_MARKUP.sub(r"\\", _MARKUP.sub(lambda match: "\\" + match[0], block))
