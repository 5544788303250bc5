"""What every importer shares: lines of a source, notes for the editor, refusals, dates and words of official documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from site_builder.records import Record

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_CHARACTERS = 2_000_000

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
NUMERAL = "一二三四五六七八九十百零〇"
GENRES = [
    "命令",
    "决定",
    "决议",
    "公告",
    "通告",
    "公报",
    "通知",
    "通报",
    "议案",
    "报告",
    "请示",
    "批复",
    "意见",
    "函",
    "纪要",
    "办法",
    "规定",
    "细则",
    "条例",
    "规则",
    "规程",
    "章程",
    "方案",
    "计划",
    "规划",
    "要点",
    "总结",
    "讲话",
    "思考",
    "制度",
    "标准",
    "指南",
    "指引",
    "公示",
    "倡议书",
    "协议",
    "体会",
    "探索",
    "实践",
    "研究",
    "解释",
    "法",
    "预案",
    "名单",
    "目录",
    "说明",
    "解读",
]
_GENRE_TAIL = r"(?:[（(](?:试行|暂行|修订|草案|征求意见稿|[一二三四五六七八九十]+|(?:19|20)\d\d年?修[订正])[)）])?"
GENRE = rf"(?:{'|'.join(sorted(GENRES, key=len, reverse=True))}){_GENRE_TAIL}"
SENTENCE_END = "。！？；"
_ORG_END = [
    "总工会",
    "工会联合会",
    "工会委员会",
    "联合工会",
    "工会",
    "人民政府",
    "办公室",
    "办公厅",
    "办事处",
    "委员会",
    "管委会",
    "局",
    "厅",
    "部",
    "院",
    "中心",
    "协会",
    "联合会",
    "公司",
    "集团",
    "学校",
    "大学",
    "医院",
    "国务院",
    "领导小组",
]
_ORG = re.compile(rf"[{HAN}（）()、 ]{{0,38}}(?:{'|'.join(_ORG_END)})")
_FIRST_WORDS = re.compile(r"(?:各|关于|为|根据|按照|请|由|对|经|在)|.*(?:关于|的通知|印发)")


class Refused(Exception):
    """Say in one clear Chinese sentence why a file cannot be imported and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One repair or doubt, with the line of the source it is about (0: the whole file)."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line or block of a source: its number there, its text, and how the source marked it.

    `level` is the heading level (0: none); `raw` text (tables, lists, code) is kept as it stands and may hold line breaks;
    `gap` tells that a blank line stood before it.
    """

    number: int
    text: str
    level: int = 0
    raw: bool = False
    gap: bool = False

    def with_text(self, text: str) -> Line:
        """Return this line with another text."""
        return replace(self, text=text)


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader took out of a file: lines, the names the file gives itself, and what the reader noticed."""

    lines: tuple[Line, ...]
    title: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    repairs: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()
    markdown: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """A draft record made from a file, with what was repaired, what is doubtful, and where it came from.

    `read` is the text of the source as it was read, before anything was cleaned.
    """

    record: Record
    repairs: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    provenance: Mapping[str, str | int | tuple[str, ...]]
    read: tuple[str, ...] = ()


@dataclass(slots=True)
class Notes:
    """Collect repairs, doubts, removed lines and the names of the rules applied while a source is worked on."""

    repairs: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    removed: list[Line] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    shared: bool = False
    """The source shows the marks of a document-sharing page."""

    def repair(self, line: int, rule: str, message: str) -> None:
        """Note one repair made by `rule`."""
        self.repairs.append(Finding(line, message))
        if rule not in self.rules:
            self.rules.append(rule)

    def doubt(self, line: int, message: str) -> None:
        """Note one thing that a person has to decide."""
        self.doubts.append(Finding(line, message))

    def remove(self, line: Line, rule: str, what: str) -> None:
        """Note that a whole line was taken out."""
        self.removed.append(line)
        self.repair(line.number, rule, f"删去{what}：{shorten(line.text)}")


def shorten(text: str, length: int = 24) -> str:
    """Return the start of `text` on one line, with an ellipsis where it was cut."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length] + "…"


# --- numbers and dates -----------------------------------------------------------------------

_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "Ｏ": 0, "O": 0}
_ARABIC_DATE = r"(?:19|20)\d{2}\s*(?:年|[-/.])\s*\d{1,2}\s*(?:月|[-/.])\s*\d{1,2}(?!\d)\s*日?"
_HAN_DATE = r"[一二][〇○零ＯO一二三四五六七八九]{3}年[一二三四五六七八九十元]{1,2}月[一二三四五六七八九十]{1,3}日"
DATE = rf"(?:{_ARABIC_DATE}|{_HAN_DATE})"
_DATE = re.compile(DATE)
_DATE_ONLY = re.compile(rf"[（(]?\s*({DATE})\s*[)）]?")


def numeral(text: str) -> int:
    """Return the value of a Chinese numeral up to 999 (十二, 二百零三)."""
    total = current = 0
    for char in text:
        if char in "十百":
            total += (current or 1) * (10 if char == "十" else 100)
            current = 0
        else:
            current = _DIGITS[char]
    return total + current


def find_date(text: str) -> date | None:
    """Return the first real date written in `text` (2026-11-09, 2026年11月9日, 二〇二六年十一月九日), or None."""
    for match in _DATE.finditer(text):
        written = re.sub(r"\s", "", match[0])
        if written[0].isdigit() and written[0].isascii():
            year, month, day = (int(part) for part in re.findall(r"\d+", written)[:3])
        else:
            parts = re.split("[年月日]", written)
            year = int("".join(str(_DIGITS[char]) for char in parts[0]))
            month, day = numeral(parts[1].replace("元", "一")), numeral(parts[2])
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return None


def lone_date(text: str) -> date | None:
    """Return the date if `text` is nothing but a date, perhaps in brackets."""
    return find_date(text) if _DATE_ONLY.fullmatch(text.strip()) else None


# --- words -----------------------------------------------------------------------------------


def is_organisation(text: str) -> bool:
    """Tell whether `text` reads as the name of a unit and nothing else, as in a signature."""
    text = text.strip()
    return 3 <= len(text) <= 40 and _ORG.fullmatch(text) is not None and _FIRST_WORDS.match(text) is None


def close_up(text: str) -> str:
    """Return `text` without the spaces that stand between Chinese characters."""
    return re.sub(rf"(?<=[{HAN}，、。：；）》”]) +(?=[{HAN}（《“])", "", text.strip())
