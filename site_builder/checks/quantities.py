"""Rules about numbers and dates in running text (GB/T 15835-2011, GB/T 9704-2012, 7.3.5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from site_builder.checks.phrases import pairs_in
from site_builder.checks.source_text import HAN, Found, SourceText

_DATE = re.compile(r"年(?<=(?:19|20)\d\d.)(?<!\d{5}.)\s*(\d{1,2})月(?:\s*(\d{1,2})日)?")
_DIGIT_POINT = re.compile(r"[.．年](?<=\d\d.)\d")
_WEEKDAY = re.compile(r"\s*[（(]?(?:星期|周|礼拜)([一二三四五六日天])")
_OTHER = re.compile(
    rf"(?<=[{HAN}（])((?:19|20)\d\d)[.．](\d{{1,2}})[.．](\d{{1,2}})(?![\d.])|(?<![\d年〔'’])(\d\d)年(\d{{1,2}})月(?=\d{{1,2}}日)"
)
_WEEK = "一二三四五六日"


def find_dates(source: SourceText) -> Iterator[Found]:
    """Find days that do not exist, days of the week that are wrong, leading zeros and dates of other forms."""
    if "月" in source.text:
        for match in _DATE.finditer(source.text):
            yield from _date_faults(match, source.text)
    for match in _OTHER.finditer(source.body) if _DIGIT_POINT.search(source.body) else ():
        yield Found(
            source.head_end + match.start(),
            "date-form",
            f"日期“{match[0]}”写法不规范。",
            "请写成 2026年3月1日 这样的形式。",
        )


def _date_faults(match: re.Match[str], text: str) -> Iterator[Found]:
    start, (month, day) = match.start() - 4, match.groups()
    year, written = int(text[start : start + 4]), text[start : match.end()]
    try:
        named = date(year, int(month), int(day or 1))
    except ValueError:
        yield Found(start, "impossible-date", f"“{written}”这一天不存在。", "请核对年、月、日。", "error")
        return
    if month.startswith("0") or (day or "").startswith("0"):
        right = f"{year}年{int(month)}月" + (f"{int(day)}日" if day else "")
        yield Found(start, "date-form", f"日期“{written}”的月、日前面不加 0。", f"请改为 {right}。")
    if day and (week := _WEEKDAY.match(text, match.end())):
        said = week[1].replace("天", "日")
        if said != (right := _WEEK[named.weekday()]):
            message = f"“{written}”是星期{right}，写成了星期{said}。"
            yield Found(start, "impossible-date", message, "请核对日期和星期。", "error")


_APPROXIMATE = re.compile(
    r"(?:近|约|大约|将近|大概|接近)\s*\d[\d.,万亿]*\s*(?:多|余)(?!年前)[个名人件家户次元万亿]|(?:近|约|大约|大概|将近)\s*\d[\d.,万亿]*[个名人件家户次元%％]{0,2}左右"
    r"|(?:超过|突破|高达|多达)\s*\d[\d.,万亿]*[个名人件家户次元%％]{0,2}(?:以上|左右|多[个名人件家户])"
    r"|(?:最少|至少|不少于)\s*\d[\d.,万亿]*[个名人件家户次元%％]{0,2}以上|(?:最多|至多|不超过)\s*\d[\d.,万亿]*[个名人件家户次元%％]{0,2}以下"
)
_ABOUT = pairs_in(word + digit for word in "近约概将接过破达少至于多" for digit in "0123456789 ")
_RATE = re.compile(
    r"(?:入会率|建会率|覆盖率|满意率|满意度|参保率|办结率|答复率|履约率|达标率|签订率|到会率|合格率)[^，。；\d]{0,6}(\d{3,}(?:\.\d+)?)[%％]"
)
_MIXED = re.compile(r"\d+[万千百][一二三四五六七八九]千|\d+万\d+千|(?<!\d)\d+百万(?=[元人名])")
_RANGE = re.compile(rf"(?<=[{HAN}])(\d+(?:\.\d+)?)[-~](\d+(?:\.\d+)?)[%％]")


def find_numbers(source: SourceText) -> Iterator[Found]:
    """Find numbers that say about and exactly at once, impossible rates, mixed numerals and unclear ranges."""
    text = source.text
    percent = "%" in text or "％" in text
    for match in _APPROXIMATE.finditer(text) if not _ABOUT.isdisjoint(source.pairs) else ():
        yield Found(match.start(), "number-form", f"“{match[0]}”里表示约数的词重复或矛盾。", "请只保留一个。")
    for match in _RATE.finditer(text) if percent else ():
        if float(match[1]) > 100:
            yield Found(match.start(), "number-form", f"“{match[0]}”超过了 100%。", "请核对数字。")
    for match in _MIXED.finditer(text) if "千" in text or "百万" in text else ():
        fix = "请写成一种：3.5万，或者 35000。"
        yield Found(match.start(), "number-form", f"“{match[0]}”把数字和汉字数位混在了一起。", fix)
    for match in _RANGE.finditer(text) if percent else ():
        right = f"{match[1]}%～{match[2]}%"
        yield Found(match.start(), "number-form", f"“{match[0]}”前一个数没有百分号。", f"请改为 {right}。", "hint")


RULES = (find_dates, find_numbers)
