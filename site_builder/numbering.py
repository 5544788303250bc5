"""Read the numbers that paragraphs of official documents begin with (一、 （一） 1. 第X条), and numerals. No I/O."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple, cast
from unicodedata import numeric

Form = Literal[
    "", "part", "subpart", "chapter", "section", "appendix", "article", "paragraph",
    "hanzi", "hanzi_bracket", "digit", "digit_bracket", "circle",
]  # fmt: skip
"""What a number looks like: 编 分编 章 节 附件 条 款, then 一、 （一） 1. （1） ①."""

# --- Chinese numerals ------------------------------------------------------------------------

_N = "〇○零一二三四五六七八九十百千廿卅"
_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_TENS = {"十": 10, "廿": 20, "卅": 30}
_NUMERAL = re.compile(
    r"(?:([一二三四五六七八九])千)?[零〇○]?(?:([一二三四五六七八九])百)?[零〇○]?"
    r"(?:([一二三四五六七八九])?(十)|([廿卅]))?([一二三四五六七八九])?"
)


@lru_cache(maxsize=4096)
def read_numeral(text: str) -> int | None:
    """Return the number 1-9999 that Chinese or decimal digits mean (四十二, 二〇二六, 廿一, 42), or None."""
    if not 0 < len(text) < 8:
        return None
    if text.isdecimal() or all(character in _DIGITS for character in text):
        value = int("".join(str(_DIGITS.get(character, character)) for character in text))
        return value if 0 < value < 10_000 else None
    match = _NUMERAL.fullmatch(text)
    if match is None:
        return None
    thousands, hundreds, ten_count, ten, special, ones = match.groups()
    total = 1000 * _DIGITS.get(thousands or "", 0) + 100 * _DIGITS.get(hundreds or "", 0)
    if ten:
        total += 10 * _DIGITS.get(ten_count or "一", 1)
    return (total + _TENS.get(special or "", 0) + _DIGITS.get(ones or "", 0)) or None


@lru_cache(maxsize=1024)
def write_numeral(number: int) -> str:
    """Return 1-9999 in Chinese numerals as statutes count: 十二, 一百零三; raise ValueError beyond."""
    if not 0 < number < 10_000:
        raise ValueError(f"no numeral for {number}")
    words, pending = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            words += ("零" if pending else "") + "〇一二三四五六七八九"[digit] + name
        pending = bool(words) and not digit
    return words[1:] if 10 <= number < 20 else words


# --- numbers at the start of a line ----------------------------------------------------------

LEVELS: dict[Form, int] = {"hanzi": 1, "hanzi_bracket": 2, "digit": 3, "digit_bracket": 4, "circle": 5}
_DIVISIONS: dict[str, Form] = {"编": "part", "分编": "subpart", "章": "chapter", "节": "section"}
_START = re.compile(
    rf"""
      (?P<hanzi>[{_N}]{{1,5}})[、．.]
    | [（(][ ]?(?P<hanzi_bracket>[{_N}]{{1,5}})[ ]?[）)]、?
    | (?P<digit>\d{{1,3}})(?:[.．](?:(?!\d)|(?=(?:19|20)\d\d年))|、|[）)]、?)
    | [（(][ ]?(?P<digit_bracket>\d{{1,3}})[ ]?[）)]、?
    | (?P<circle>[①-⑳㉑-㉟㊱-㊿])、?
    | (?P<sign>[㈠-㈩⑴-⒇⒈-⒛])
    | 第[ ]?(?P<ordinal>[{_N}]{{1,7}}|\d{{1,4}})[ ]?
      (?:(?P<article>条)(?:之(?P<after>[{_N}]{{1,3}}|\d{{1,2}})(?![{_N}]))?|(?P<division>分编|[编章节])(?![课车点]))
    | (?P<appendix>附件|附录|附表)[ ]?(?P<which>[{_N}]{{1,3}}|\d{{1,3}})?[：:]?
    """,
    re.VERBOSE,
)
FIRST = frozenset(_N + "（(0123456789０１２３４５６７８９第附") | {
    chr(code) for first, last in ("①⑳", "㉑㉟", "㊱㊿", "㈠㈩", "⑴⒇", "⒈⒛") for code in range(ord(first), ord(last) + 1)
}
# 第三条 without a space after it is a citation when one of these follows, an article otherwise.
_CITES = re.compile(
    rf"[的，,；;。、款项第之至到]|规定|所[称列指规述定]|中[的规所关]|以[外前下上]|[和与及或]第|[（(][{_N}\d]"
)
# “一、二级医院”, “3、4月份”: two numbers in a row are an enumeration, no clause; so are （一）、（二）.
_NEXT_HANZI = re.compile(rf"([{_N}]{{1,3}})[、级类等季审期次线档孩胎月日年号班组]")
_NEXT_DIGIT = re.compile(r"\d{1,3}(?!\d)")
_NEXT_BRACKET = re.compile(rf"[至到和及或与、]?[（(][{_N}\d]{{1,3}}[）)]")


_SPACE = frozenset(" \t\n\u3000\u00a0【*")


class Number(NamedTuple):
    """A number at the start of a paragraph: its form and value, its text as written and as a reader cites it.

    `level` is 1 一、 2 （一） 3 1. 4 （1） 5 ①, else 0; `part` is what it gives to an anchor: `42`, `42z1` for 之一.
    """

    form: Form
    level: int
    value: int
    part: str
    written: str
    name: str
    length: int


@lru_cache(maxsize=8192)
def _parse(written: str, form: Form, digits: str, after: str | None) -> Number | None:
    value = int(numeric(digits)) if len(digits) == 1 and digits not in _N and not digits.isdecimal() else None
    value = value or (read_numeral(digits) if digits else 0)
    if value is None:
        return None
    tight = "".join(written.split())
    name = tight.rstrip("、.．)）：:") if form in ("hanzi", "digit", "appendix") else tight.rstrip("、")
    suffix = f"z{read_numeral(after) or ''}" if after else ""
    return Number(form, LEVELS.get(form, 0), value, f"{value}{suffix}", written, name, len(written))


def read_number(text: str, start: int = 0, *, in_paragraph: bool = False) -> Number | None:
    """Return the number at `start` of a paragraph, or None; `in_paragraph`: on a later line, only a sure one.

    Dates, decimals, enumerations (三、四级残疾, （一）、（二）项) and citations (第三条规定的) are no numbers.
    """
    match = _START.match(text, start)
    if match is None:
        return None
    group = match.lastgroup
    if group == "article" or group == "after":
        number = _parse(match[0], "article", match["ordinal"], match["after"])
        end = match.end()
        if end < len(text) and text[end] not in _SPACE and (in_paragraph or _CITES.match(text, end)):
            return None
        return number
    if group == "division":
        return _parse(match[0], _DIVISIONS[match["division"]], match["ordinal"], None)
    if group == "appendix" or group == "which":
        return _parse(match[0], "appendix", match["which"] or "", None)
    number = _parse(match[0], _form_of(group or "", match[0]), match[group or 0], None)
    return None if number is None or _is_enumeration(text, match.end(), number) else number


def _form_of(group: str, written: str) -> Form:
    if group != "sign":
        return cast(Form, group)
    if "㈠" <= written <= "㈩":
        return "hanzi_bracket"
    return "digit_bracket" if "⑴" <= written <= "⒇" else "digit"


def _is_enumeration(text: str, end: int, number: Number) -> bool:
    if number.level in (2, 4):
        return _NEXT_BRACKET.match(text, end) is not None
    if text[end - 1] != "、":
        return False
    if number.form == "digit":
        following = _NEXT_DIGIT.match(text, end)
        return following is not None and int(following[0]) == number.value + 1
    following = _NEXT_HANZI.match(text, end)
    return following is not None and read_numeral(following[1]) == number.value + 1
