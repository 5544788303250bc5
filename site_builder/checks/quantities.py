"""Rules about numbers and dates in running text (GB/T 15835-2011, GB/T 9704-2012, 7.3.5.4)."""

from __future__ import annotations

import re
from bisect import bisect_right
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
_UNTIL = re.compile(
    r"(?:（[^（）\n]{1,4}）)?起?\s*(?:至|到|—{1,2}|–|～|~|－|-)\s*(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日)?(?!龄|度)"
)


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
    if until := _UNTIL.match(text, match.end()):
        yield from _period_faults(start, named, text[start : until.end()], until)


def _period_faults(start: int, begin: date, written: str, until: re.Match[str]) -> Iterator[Found]:
    """Compare both ends of a period; an end without a year is taken for one of the same year."""
    year, month, day = until.groups()
    end = (int(year or begin.year), int(month), int(day or 31))
    if (begin.year, begin.month, begin.day) <= end:
        return
    if year:
        yield Found(start, "period-order", f"“{written}”结束在开始之前。", "请核对两个日期。", "error")
    else:
        yield Found(start, "period-order", f"“{written}”跨了年，结束的日期没有写年份。", "请补上年份。")


_APPROXIMATE = re.compile(
    r"(?:近|约|大约|将近|大概|接近)\s*\d[\d.,万亿]*\s*(?:多|余)(?!年前)[个名人件家户次元万亿]|(?:近|约|大约|大概|将近)\s*\d[\d.,万亿]*[个名人件家户次元%％]{0,2}左右"
    r"|(?:超过|突破|高达|多达)\s*\d[\d.,万亿]*[个名人件家户次元%％]{0,2}(?:以上|左右|多[个名人件家户])"
    r"|(?:最少|至少|不少于)\s*\d[\d.,万亿]*[个名人件家户次元%％]{0,2}以上|(?:最多|至多|不超过)\s*\d[\d.,万亿]*[个名人件家户次元%％]{0,2}以下"
)
_ABOUT = pairs_in(word + digit for word in "近约概将接过破达少至于多" for digit in "0123456789 ")
_RATE = re.compile(
    r"(?:入会率|建会率|覆盖率|满意率|满意度|参保率|办结率|答复率|履约率|达标率|签订率|到会率|合格率|建制率|组建率|参与率|参加率|知晓率|普及率|到账率|就业率|及格率|优秀率|接通率|精准率|及时率|准确率|化解率|调解成功率)[^，。；\d]{0,6}(\d{3,}(?:\.\d+)?)[%％]"
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


# --- deadlines -----------------------------------------------------------------------------------

_DUE = re.compile(
    r"(?<![\d年—～~.-])(?:(?P<by>截止(?:时间|日期)?[为到于至]?|截至|最迟[于在]?|不[晚迟]于|务[必]?于|[请须应限]于?)[^\d，。；：\n]{0,2})?"
    r"(?P<day>\d{1,2}月\d{1,2}日)(?:\d{1,2}(?:[:：]\d\d|[时点]))?(?:（[^（）\n]{1,6}）)?(?P<end>[以之]?前(?![后往来夕])|截止|止)?"
)
_YEAR_KNOWN = re.compile(r"(?:19|20)\d\d\s*年|[今本当每次明去上翌同历逐]年|年度|下一年|前一年")
_DOCUMENTS = ("/policies/", "/notices/", "/consultations/")
_NEAR = 5
"""Paragraphs before a deadline whose year a reader still has in mind."""


def find_deadlines(source: SourceText) -> Iterator[Found]:
    """Find deadlines without a year in documents, where neither the title nor what stands just before tells it."""
    if "月" not in source.text or not any(folder in source.path for folder in _DOCUMENTS):
        return
    found = [match for match in _DUE.finditer(source.text) if match["by"] or match["end"]]
    if not found or _YEAR_KNOWN.search(_title_of(source)):
        return
    for match in found:
        if not _YEAR_KNOWN.search(_around(source, match.start())):
            message = f"期限“{match[0]}”没有写年份。"
            yield Found(match.start(), "deadline-year", message, "请写明是哪一年，例如 2026年4月30日前。")


def _title_of(source: SourceText) -> str:
    start = source.text.find("\ntitle:", 0, source.head_end)
    return source.text[start : source.text.find("\n", start + 1)] if start >= 0 else ""


def _around(source: SourceText, place: int) -> str:
    """Return the paragraph of a place, the ones just before it and the heading that it stands under."""
    starts = [start for start, _ in source.paragraphs]
    at = bisect_right(starts, place) - 1
    near = [line for _, line in source.paragraphs[max(0, at - _NEAR) : at + 1]]
    heading = next((line for _, line in reversed(source.paragraphs[:at]) if line.startswith("#")), "")
    return "\n".join([heading, *near])


# --- persons and visits --------------------------------------------------------------------------

_HEADS = re.compile(r"(\d[\d,]*(?:\.\d+)?万?)(人次|[人名](?![均数力才以次大]))")
_ALWAYS_HEADS = re.compile(
    r"(?:现有|共有|拥有|在册|在岗|在职|会员总数[为达]?到?|职工总数[为达]?到?|发展(?:新)?会员|新增会员|新入会|应到|实到|从业人员)"
    r"[^，。；：、\d\n]{0,8}\d[\d,.]*万?余?多?人次"
)
_TELLING = 100
"""From here on the same number for heads and for visits is one figure; a smaller one only behind the same verb."""


def find_heads(source: SourceText) -> Iterator[Found]:
    """Find figures that are told once as persons and once as visits, and visits where only persons can be counted."""
    if "人次" not in source.text:
        return
    for match in _ALWAYS_HEADS.finditer(source.text):
        fix = "数有多少人用“人”；来几次算几次的，才用“人次”。"
        yield Found(match.start(), "persons-or-visits", f"“{match[0]}”数的是人，不是人次。", fix)
    found = [match for match in _HEADS.finditer(source.text) if not match[1].startswith("0")]
    visits = {key: match for match in reversed(found) if match[2] == "人次" for key in _figure(source.text, match)}
    for match in found:
        other = next((visits[key] for key in _figure(source.text, match) if key in visits), None)
        if match[2] != "人次" and other:
            line = source.line(other.start())
            message = f"“{match[0]}”和第 {line} 行的“{other[0]}”是同一个数，一处是人，一处是人次。"
            fix = "请核对统计口径，改成一致：一个人来三次，是 1 人、3 人次。"
            yield Found(match.start(), "persons-or-visits", message, fix)


def _figure(text: str, match: re.Match[str]) -> Iterator[str]:
    """Yield what tells that two numbers are one figure: the number if it is large, else it with the verb before it."""
    digits = match[1].replace(",", "")
    if digits.endswith("万") or float(digits) >= _TELLING:
        yield digits
    elif _VERB.fullmatch(before := text[max(0, match.start() - 2) : match.start()]):
        yield before + digits


_VERB = re.compile(f"[{HAN}]{{2}}")

RULES = (find_dates, find_numbers, find_deadlines, find_heads)
