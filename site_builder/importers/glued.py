"""Documents that lost their paragraph breaks, cut up again at their numbering, their spaces and their usual parts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from site_builder.importers.common import DATE, GENRE, GENRES, HAN, NUMERAL, Line, Notes, is_organisation, numeral
from site_builder.importers.metadata import EMPTY_ITEM, ITEM, ends_with_label

GLUED_LENGTH = 300
"""A line at least this long may hold several paragraphs."""

_STOPS = "。！？；：”）…:;!?) "
_MARK = re.compile(
    rf"(?P<chapter>第[{NUMERAL}]{{1,4}}[章编节])(?=\s*[{HAN}])"
    rf"|(?P<article>第[{NUMERAL}]{{1,5}}条(?:之[{NUMERAL}]{{1,2}})?)(?=\s|[{HAN}《“（])(?!规定|的|所|第|至|和|、|，)"
    r"|(?P<section>[一二三四五六七八九十]{1,3})、"
    r"|[（(](?P<sub>[一二三四五六七八九十]{1,3})[)）]"
    r"|[（(](?P<paren>\d{1,2})[)）]"
    r"|(?<!\d)(?P<item>\d{1,2})[.．、](?!\s*\d)"
)
_INSIDE = {"section": ("sub", "item"), "章": ("节", "article"), "节": ("article",), "编": ("章",)}
"""Head → what may follow its last word at once, without any mark between."""

_SENTENCE = re.compile("[。；，：,;:！？]")
_SPACE = re.compile(rf"(?:(?<=[。！？：；:;!?])|(?<=[。！？][”）])) +(?=[{HAN}“（《\d])")
_PART = re.compile(
    r"(?<=[。！？”）!?) ])(?=特此(?:通知|公告|公示|通报|报告|函[复告达]|批复)|免责声明[：:]|版权声明[：:]|我要反馈|版权所有|Copyright ©|信息来源[：:])"
)
_ADDRESSEE = re.compile(rf"各[{HAN}、，,（）() ]{{2,120}}?[：:]")
_AFTER_TITLE = (
    rf"(?=各[{HAN}]{{1,14}}(?:总工会|工会|单位|部门|局|镇|乡|街道|企业)"
    r"|为(?:了|进一步|深入|贯彻|全面|切实|加强|做好|落实|规范)?|根据|按照|现将|近年来?|今年|一、|第一[章条]|\s)"
)
_TITLE = re.compile(rf"(?P<title>[^。；！？]{{2,70}}?{GENRE}){_AFTER_TITLE}")
_LONG_GENRE = "|".join(genre for genre in GENRES if len(genre) > 1)
_BARE_TITLE = re.compile(rf"[{HAN}《》〈〉<>（）、]{{4,60}}(?:{_LONG_GENRE})")
_UNIT = re.compile(rf"([{HAN}（）]{{3,40}}?) +(?=\S)")
_SIGNED = re.compile(
    rf"(?:^|(?<=[。！”）!)]))\s*(?P<who>[{HAN}（） ]{{3,40}}?)\s*(?P<when>{DATE})\s*(?P<note>[（(]此[^）()]{{2,20}}[)）])?\s*$"
)
_PAGE = re.compile(r" *第 *\d+ *页[ ,，/]*共 *\d+ *页 *")
_HEAD_LIMIT = 60
_RUN_IN_LIMIT = 40


def rebuild(lines: Sequence[Line], notes: Notes) -> list[Line]:
    """Return the lines with every line that lost its paragraph breaks cut up again; report each cut line."""
    rebuilt: list[Line] = []
    for position, one in enumerate(lines):
        line = _without_page_counters(one, notes)
        pieces = [line.text]
        if not line.raw and not line.level and len(line.text) >= GLUED_LENGTH:
            pieces = split_glued(line.text, first=position == 0)
        if len(pieces) > 1:
            notes.repair(line.number, "恢复分段", f"原文没有分段，已按层次序号恢复为 {len(pieces)} 段。")
            notes.doubt(line.number, "分段是按序号推断的，请对照原文核对。")
        elif len(line.text) > 4 * GLUED_LENGTH and not line.raw:
            notes.doubt(line.number, f"这一段有 {len(line.text)} 字，可能丢了分段，又找不到可以分段的序号。")
        rebuilt += [
            Line(line.number, piece, line.level, line.raw, line.gap or count > 0) for count, piece in enumerate(pieces)
        ]
    return rebuilt


def _without_page_counters(line: Line, notes: Notes) -> Line:
    if line.raw or not (found := _PAGE.findall(line.text)) or _PAGE.fullmatch(line.text):
        return line
    notes.repair(line.number, "页码", f"删去夹在正文里的页码：{'、'.join(one.strip() for one in found[:3])}")
    return line.with_text(_PAGE.sub(" ", line.text).strip())


def split_glued(text: str, *, first: bool) -> list[str]:
    """Return the paragraphs of one endless line; `first` lines may begin with the title and the addressee."""
    opening, text = _split_opening(text) if first and not ITEM.match(text) else ([], text)
    spaces = {match.end() for match in _SPACE.finditer(text) if not ends_with_label(text[: match.start()])}
    items = {match.start() for match in ITEM.finditer(text) if match.start()}
    empty = {match.end() for match in EMPTY_ITEM.finditer(text) if not ITEM.match(text, match.end())}
    cuts = sorted(
        {0} | spaces | items | empty | set(numbered_breaks(text)) | {match.start() for match in _PART.finditer(text)}
    )
    pieces = [text[a:b].strip() for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]
    parts = [part for piece in pieces for half in split_head(piece) for part in _split_signature(half)]
    return [piece for piece in [*opening, *parts] if piece]


def _split_opening(text: str) -> tuple[list[str], str]:
    opening = []
    if (match := _TITLE.match(text)) or (match := _BARE_TITLE.match(text)):
        opening.append(match[0].strip())
        text = text[match.end() :].lstrip()
    if opening and (match := _UNIT.match(text)) and is_organisation(match[1]):
        opening.append(match[1])
        text = text[match.end() :]
    if opening and (match := _ADDRESSEE.match(text)):
        opening.append(match[0])
        text = text[match.end() :].lstrip()
    return opening, text


def _split_signature(text: str) -> list[str]:
    match = _SIGNED.search(text)
    if match is None or not is_organisation(match["who"]):
        return [text]
    return [text[: match.start()].strip(), *(part.strip() for part in match.groups() if part)]


def numbered_breaks(text: str) -> list[int]:
    """Return where numbered parts begin; a number counts only if it is the next of its kind or starts again at 1."""
    last: dict[str, int] = {}
    head_kind, head_end = "", 0
    breaks = []
    for match in _MARK.finditer(text):
        kind, value, added = _read_mark(match)
        start = match.start()
        bounded = start == 0 or text[start - 1] in _STOPS
        near = kind in _INSIDE.get(head_kind, ()) and start - head_end <= _HEAD_LIMIT
        if not bounded and not (near and not _SENTENCE.search(text[head_end:start])):
            continue
        follows = value == last.get(kind, 0) + 1 or (added and value == last.get(kind))
        if not follows and not (value == 1 and kind not in ("section", "article", "章")):
            continue
        last[kind] = value
        for inner in {"section": ("sub",), "章": ("节",)}.get(kind, ()):
            last[inner] = 0
        head_kind, head_end = kind, match.end()
        breaks.append(start)
    return breaks


def _read_mark(match: re.Match[str]) -> tuple[str, int, bool]:
    """Return (kind, value, added article 第N条之一) of a number; chapters, sections of chapters and parts are kinds apart."""
    kind = str(match.lastgroup)
    written = match[kind]
    if written.isascii():
        return kind, int(written), False
    value = numeral(re.sub("[第章编节条]|之.*", "", written))
    return (written[-1] if kind == "chapter" else kind), value, "之" in written


def split_head(text: str) -> list[str]:
    """Return [head, rest] of a section or chapter whose head and text run together, or [text] if it is not one.

    The head ends at the first space, or at the first 。 if that comes soon: 一、加强领导。各级工会……
    """
    if match := re.match(rf"第[{NUMERAL}]+[章编节] *[^ ]* ", text):
        return [text[: match.end()].strip(), text[match.end() :].strip()]
    if not re.match("[一二三四五六七八九十]{1,3}、", text):
        return [text]
    end = re.search("[。 ]", text)
    if (
        end is None
        or end.start() > (_RUN_IN_LIMIT if end[0] == "。" else 2 * _RUN_IN_LIMIT)
        or not text[end.end() :].strip()
    ):
        return [text]
    return [text[: end.start()].strip(), text[end.end() :].strip()]
