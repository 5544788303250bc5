"""Sentences whose parts do not come to the total that they state.

Only what cannot be read in another way counts: a list whose beginning is not clear, about-numbers, numbers per head and
groups that may overlap (女职工、农民工) say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from site_builder.checks.amounts import Amount, add, agree, read_amount, write_value
from site_builder.checks.phrases import pairs_in
from site_builder.checks.source_text import HAN, Found, SourceText

_NUMBER = r"(\d[\d,]*(?:\.\d+)?)([万亿]?)"
_UNIT = "(人次|[人名户家个件元次场条项台套份处所篇亩])"
_SUM = "(?:合计|共计|总计|总共|一共|共)"
_NO_SUM = "(?![以多余左上下次均])"
_WORDS = pairs_in(("合计", "共计", "总计", "总共", "一共", "其中", "分别", *(f"共{digit}" for digit in range(10))))
_AFTER = re.compile(rf"[，、；]\s*(?:以上)?{_SUM}(?:为|是|有)?\s*{_NUMBER}{_UNIT}{_NO_SUM}")
_BEFORE = re.compile(rf"{_SUM}[{HAN}]{{0,8}}?{_NUMBER}{_UNIT}(?:：|[，；]?(?:分别是|分别为)：?)([^。\n]+)")
_SEX = "(?:性|职工|会员|选手|代表|生)*"
_SEXES = re.compile(rf"{_NUMBER}{_UNIT}[，（]其中：?男{_SEX}{_NUMBER}{_UNIT}?[，、]女{_SEX}{_NUMBER}")
_SHARE = re.compile(
    rf"([^\d，。；：\n]{{0,10}}){_NUMBER}{_UNIT}[，（]其中([^\d，、。；：\n]{{1,12}}){_NUMBER}\4{_NO_SUM}"
)
_PART = re.compile(rf"[^\d，、；。：]{{0,16}}?{_NUMBER}{_UNIT}")
_NO_PART = re.compile("[每均比增减超达占原不约余各共至到第年月日多近过剩满]|其中|任务|计划|去年|同期|累计|人均")
_COUNTED = re.compile(r"[\d一二三四五六七八九十百千万两]\s*(?:人次|[人名户家个件元次场条项台套份处所篇亩])")
_BRACKET = re.compile(r"（[^（）\n]*）")
_COMMA = re.compile(r"[，、；]|和(?=[^，、；]*\d)")


def find_sums(source: SourceText) -> Iterator[Found]:
    """Find sentences whose parts do not come to their total, and shares that are larger than the whole."""
    if _WORDS.isdisjoint(source.pairs):
        return
    text = _BRACKET.sub(lambda match: "\x02" * len(match[0]), source.text) if "（" in source.text else source.text
    for match in _AFTER.finditer(text):
        begin = max(text.rfind(mark, 0, match.start()) for mark in "。\n：") + 1
        yield from _judge(match, _parts_before(text[begin : match.start()], match[3]))
    for match in _BEFORE.finditer(text):
        yield from _judge(match, _parts_after(match[4], match[3]))
    if "其中" in source.text:
        yield from _find_shares(source.text)


def _parts_before(text: str, unit: str) -> list[list[Amount]]:
    """Return every reading of the list that ends here; none where its beginning is not clear."""
    parts: list[Amount] = []
    for piece in reversed(_COMMA.split(re.split("分别[为是]", text)[-1].replace("\x02", ""))):
        match = _PART.fullmatch(piece.strip())
        if match is None or _NO_PART.search(piece):
            if _COUNTED.search(piece):
                return []
            break
        if match[3] != unit:
            break
        parts.append(read_amount(match[1], match[2]))
    return [parts[:count] for count in range(2, len(parts) + 1)]


def _parts_after(text: str, unit: str) -> list[list[Amount]]:
    """Return the one reading of a list that a total announces; none where a piece of it is no part."""
    parts = []
    for piece in _COMMA.split(text.replace("\x02", "")):
        match = _PART.fullmatch(piece.strip())
        if match is None or match[3] != unit or _NO_PART.search(piece):
            return []
        parts.append(read_amount(match[1], match[2]))
    return [parts] if len(parts) > 1 else []


def _judge(match: re.Match[str], readings: Sequence[list[Amount]]) -> Iterator[Found]:
    """Compare the readings of a list with the total, which is in the first three groups; one that fits is enough."""
    total = read_amount(match[1], match[2])
    if readings and not any(agree(parts, total) for parts in readings):
        found = write_value(add(readings[-1]).value)
        message = f"各项相加是 {found}{match[3]}，写的总数是 {match[1]}{match[2]}{match[3]}。"
        yield Found(match.start(), "sum-of-parts", message, "请核对各项和总数；有交叉的写明白。")


def _find_shares(text: str) -> Iterator[Found]:
    for match in _SEXES.finditer(text):
        yield from _judge(match, [[read_amount(*match.group(4, 5)), read_amount(*match.group(7, 8))]])
    for match in _SHARE.finditer(text):
        if _NO_PART.search(match[1]) or _NO_PART.search(match[5]):
            continue
        whole, share = read_amount(*match.group(2, 3)), read_amount(*match.group(6, 7))
        if share.value > whole.value + whole.slack + share.slack:
            message = f"其中的 {match[6]}{match[7]}{match[4]} 比总数 {match[2]}{match[3]}{match[4]} 还大。"
            yield Found(match.start(2), "sum-of-parts", message, "请核对两个数。")
