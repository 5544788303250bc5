"""Laws and regulations: how they came about, chapters and articles, issuer and dates from the lines under the title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from site_builder.importers.common import HAN, Line, Notes, close_up, find_date, is_organisation, lone_date, shorten
from site_builder.importers.official import ARTICLE, CHAPTER, Parts
from site_builder.values import DocNumber

INFO_END = "<!-- INFO END -->"
_TITLE = re.compile(r"(?:法|条例|办法|规定|细则|规则|规程|章程|解释|规定（.+）|解释（.+）)$")
_DATE = re.compile(r"(?:19|20)\d{2}年\d{1,2}月\d{1,2}日")
_ACT = re.compile("通过|批准|公布|发布|颁布|修订|修正|修改|施行|实施|废止|审议")
_ORDER = re.compile(rf"(?:中华人民共和国)?([{HAN}]{{2,30}}?(?:令|公告))\s*(?:(\d{{4}})年)?\s*第\s*(\d+)\s*号")
_CONGRESS = re.compile(rf"([{HAN}]{{0,8}}?)第[{HAN}]{{1,4}}届(全国)?人民代表大会(常务委员会)?")
_BODIES = (
    (re.compile(r"中共中央、国务院"), "中共中央、国务院"),
    (re.compile(r"最高人民法院"), "最高人民法院"),
    (re.compile(r"国务院(?!.{0,4}部)"), "国务院"),
    (re.compile(r"政务院"), "政务院"),
    (re.compile(rf"经?([{HAN}]{{2,20}}?[部委局])第?\d*次?部?务?会议"), None),
    (re.compile(rf"^([{HAN}]{{2,20}}?(?:人民政府|委员会|[部局院]))"), None),
)
_BEGINNING = (("最高人民法院关于", "最高人民法院"), ("国务院关于", "国务院"))


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the making of a statute, with the line it stood on."""

    day: date
    event: str
    line: int

    @property
    def makes_text(self) -> bool:
        """Tell whether this step made or made known the text (not: set the day it takes force)."""
        return re.search("通过|批准|公布|发布|颁布|修订|修正", self.event) is not None


def is_statute(lines: Sequence[Line]) -> bool:
    """Tell whether the lines are a law or regulation: the mark of a law collection, or a title and articles from 第一条 on."""
    if any(line.text == INFO_END for line in lines[:40]):
        return True
    head = [line.text for line in lines[:6]]
    articles = [line for line in lines if ARTICLE.match(line.text)]
    starts = articles and re.match("第一条", articles[0].text) is not None
    addressed = any(line.text[-1:] == "：" and line.text.startswith("各") for line in lines[:8])
    return bool(len(articles) >= 3 and starts and not addressed and any(_TITLE.search(close_up(text)) for text in head))


def split_statute(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Return the lines of the head (title and history) and those of the body, without the mark between them."""
    for position, line in enumerate(lines):
        if line.text == INFO_END:
            return list(lines[:position]), list(lines[position + 1 :])
    for position, line in enumerate(lines):
        if CHAPTER.fullmatch(line.text) or ARTICLE.match(line.text) or close_up(line.text) in ("目录", "目次"):
            return list(lines[:position]), list(lines[position:])
    return list(lines), []


def read_steps(line: Line) -> list[Step]:
    """Return the steps that a line tells of, several on a line included; none if it tells of none."""
    text = line.text.strip("（）()")
    inside = [match.span() for match in re.finditer(r"《[^》]*》", text)]
    starts = [m.start() for m in _DATE.finditer(text) if not any(a < m.start() < b for a, b in inside)]
    if not starts or text[: starts[0]].strip(" 根据") or not _ACT.search(text):
        return []
    steps = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        match = _DATE.match(text[start:end])
        day = find_date(text[start:end])
        event = _clean_event(text[start:end][match.end() :]) if match else ""
        if day and event:
            steps.append(Step(day, event, line.number))
    return steps


def _clean_event(text: str) -> str:
    text = re.sub(r"[，；。\s]*(?:根据|依据)?\s*$", "", text.strip(" ，"))
    text = text.rstrip("）)") if text.count("）") + text.count(")") > text.count("（") + text.count("(") else text
    return close_up(re.sub(r"<([^<>]+)>", r"〈\1〉", text)).rstrip("，；。 ")


def find_issuer(title: str, steps: Sequence[Step]) -> str | None:
    """Return the body that made the newest text (who only approved it does not count), or the one the title names."""
    for step in reversed([one for one in steps if one.makes_text and "批准" not in one.event] or list(steps)):
        if name := _body(step.event):
            return name
    return next((name for start, name in _BEGINNING if title.startswith(start)), None)


def _body(event: str) -> str | None:
    if match := _CONGRESS.match(event):
        place = "全国" if match[2] else match[1]
        return f"{place}人民代表大会{match[3] or ''}"
    before = event.split("《", maxsplit=1)[0]
    for pattern, name in _BODIES:
        if match := pattern.search(before):
            return name or match[1].removeprefix("经")
    return None


def find_order(steps: Sequence[Step]) -> str | None:
    """Return the newest order number (国务院令第N号) of the history."""
    for step in reversed(steps):
        if match := _ORDER.search(step.event.replace("中华人民共和国国务院令", "国务院令")):
            written = f"{match[1]}{f'{match[2]}年' if match[2] else ''}第{match[3]}号"
            if number := DocNumber.normalise(written):
                return str(number)
    return None


def read_history(head: Sequence[Line], parts: Parts, notes: Notes) -> tuple[list[Step], list[Line]]:
    """Read the lines under the title; return the steps by date and the lines that are something else (a cover notice)."""
    steps: list[Step] = []
    other: list[Line] = []
    for line in head:
        found = read_steps(line)
        steps += found
        if len(found) > 1:
            notes.repair(line.number, "制定经过", f"一行里有 {len(found)} 次制定或修改，已分开。")
        if not found and not _read_cover(line, parts):
            other.append(line)
    return sorted(steps, key=lambda step: step.day), other


def _read_cover(line: Line, parts: Parts) -> bool:
    """Read number, addressee, signature and date of a notice that carries the statute; tell whether it was one of them."""
    text = line.text
    if parts.doc_number is None and (number := DocNumber.normalise(text)):
        parts.doc_number = str(number)
    elif parts.addressee is None and text.startswith("各") and text.endswith("："):
        parts.addressee = text[:-1]
    elif not parts.signature and is_organisation(text):
        parts.signature = (close_up(text),)
    elif parts.signed is None and (when := lone_date(text)):
        parts.signed, parts.signed_line = when, line.number
    else:
        return False
    return True


def drop_contents(lines: Sequence[Line], notes: Notes) -> list[Line]:
    """Return the lines without a table of contents before the first chapter."""
    for position, line in enumerate(lines):
        if ARTICLE.match(line.text):
            break
        if close_up(line.text).replace(" ", "") in ("目录", "目次"):
            end = position + 1
            seen: set[str] = set()
            while (
                end < len(lines)
                and (key := re.sub(r"[\s….·\d]", "", lines[end].text)) not in seen
                and CHAPTER.fullmatch(lines[end].text)
            ):
                seen.add(key)
                end += 1
            for one in lines[position:end]:
                notes.remove(one, "目录", "目录行")
            return [*lines[:position], *lines[end:]]
    return list(lines)


def check_name_date(name: str, issued: date | None, notes: Notes) -> date | None:
    """Return the date written in the file's name; note a doubt where the history says another."""
    named = find_date(name.replace("_", "-"))
    if named and issued and named != issued:
        notes.doubt(
            0,
            f"文件名里的日期 {named} 和制定经过的最后日期 {issued} 不同，成文日期按制定经过记，请核对（{shorten(name, 40)}）。",
        )
    return named
