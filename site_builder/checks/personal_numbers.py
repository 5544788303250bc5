"""Numbers in a text that belong to a person: identity numbers, mobile numbers, bank cards, homes. Pure.

A text comes as lines, the cells of a table row parted by tabs, so that a number that was written box by box is still
found. What is reported is masked; the number itself never leaves this module.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from forms_api.identifiers import (
    CheckDigitWrong,
    mask_address,
    mask_card,
    mask_id,
    mask_phone,
    parse_bank_card,
    parse_credit_code,
    parse_resident_id,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not be public: its rule, where it begins in the text, and how it may be shown."""

    rule: str
    at: int
    shown: str
    value: str = ""
    """The plain number or address, to compare with what is public; never printed, never kept."""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    digits: str
    gap: str
    strong: bool
    """Parted from the token before by more than spaces and hyphens: by a cell, a line, a comma."""


_GAP = "[^0-9０-９A-Za-z\u3400-\u9fff*＊×Xx]"
_RUN = re.compile(rf"\d(?<!\d\d)(?:{_GAP}{{0,3}}\d){{10,}}(?:{_GAP}{{0,3}}[XxＸｘ])?")
_MAYBE = re.compile(r"(?:86)?1[3-9]\d{9}|\d{6}(?:1[89]|20)\d\d[01]\d[0-3]\d{4}|\d{16}")
_CHECK_CHARACTERS = ("X", "x", "Ｘ", "ｘ")
_TOKEN = re.compile(r"\d+[XxＸｘ]?|[XxＸｘ]")
_WEAK = re.compile("[ \u00a0\u2000-\u200f\u2060\u3000\ufeff\u00ad._·•－\u2010-\u2015-]*")
_ALNUM_BEFORE, _ALNUM_AFTER = re.compile(r"[0-9A-Za-z]*\Z"), re.compile(r"[0-9A-Za-z]*")
_LONGEST_NAME = 24
"""Letters and digits in one run from here on are a digest or a key, not a number that somebody wrote."""
_QUANTITY = re.compile(r" ?(?:[万亿千百]?[元吨人次户件平亩]|[万亿]|(?:[kcm]?m|k?g|t|kW|[GM]B)\b|%|\.\d)")
_EARLIEST = 1880
"""A birthday before this year is a number that only looks like one; GB 11643's own example is of this year."""
_LATEST = date(2060, 1, 1)
"""What is found must not depend on the day; a number that is not given out yet is as unfit to be shown."""
MOBILE = "mobile-number"
_LENGTHS = frozenset({11, 13, 16, 17, 18, 19})
_LONGEST = max(_LENGTHS)
_BOXES = 10
"""More parts than this are one digit or two in each."""
_ID_SHAPES = frozenset(
    {
        (6, 8, 4), (6, 4, 2, 2, 4), (6, 8, 3, 1), (4, 4, 4, 4, 2), (6, 12), (14, 4), (10, 8), (17, 1), (6, 4, 4, 4),
        (3, 3, 4, 4, 4), (2,) * 9, (1,) * 18,
    }
)  # fmt: skip
_MOBILE_SHAPES = frozenset({(11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 3, 4), (5, 6), (1,) * 11})
_CARD_SHAPES = frozenset({(4, 4, 4, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3), (6, 13), (6, 10), (8, 8, 3)})
_CARD_ISSUERS = re.compile(r"62|60|6[89]|3[5-7]|4|5[0-5]|9[04589]")
_ID_LABEL = re.compile(r"(?:身份证|证件|公民身份)[^\n]{0,12}$")
_MOBILE_LABEL = re.compile(r"(?:手机|电话|联系方式|联系人|Tel|TEL|tel|微信)[^\n]{0,40}$")
_CARD_LABEL = re.compile(r"(?:银行卡|卡\s*号|账\s*号|账\s*户|帐号|一卡通|存折)[^\n]{0,16}$")
_OTHER_LABEL = re.compile(r"(?:文号|代码|索引号?|备案|订单|流水|合同号?|批号|许可证?号?|ISBN|国际标准)[^\n]{0,10}$")


def find_numbers(text: str) -> Iterator[Finding]:
    """Yield each resident ID, mobile number and bank card in `text`: whole, spaced, full width, or cell by cell."""
    for run in _RUN.finditer(text):
        windows = _list_windows(_draw(text, run.start(), run.end()))
        if windows:
            yield from _search_run(text, _cut(text, run.start(), run.end()), windows)


_DRAWN = str.maketrans("0123456789xＸｘ", "0000000000XXX")
_ANY_DIGIT = re.compile(r"[^\W\D0]")


def _draw(text: str, start: int, end: int) -> str:
    """Return a row of digits with every digit as 0: the same few rows stand on a site again and again."""
    last = end + (text[end : end + 1] in _CHECK_CHARACTERS)
    drawn = text[start:last].translate(_DRAWN)
    return drawn if drawn.isascii() else _ANY_DIGIT.sub("0", drawn)


@lru_cache(maxsize=4096)
def _list_windows(drawn: str) -> dict[int, tuple[int, ...]]:
    """Return by token how many tokens from there on could be a number at all, by their lengths and what parts them."""
    tokens = _cut(drawn, 0, len(drawn))
    found = {at: tuple(_list_widths(tokens, at)) for at in range(len(tokens))}
    return {at: widths for at, widths in found.items() if widths}


def _list_widths(tokens: Sequence[_Token], at: int) -> Iterator[int]:
    length = 0
    for width, token in enumerate(tokens[at:], 1):
        length += token.end - token.start
        if length > _LONGEST:
            return
        if length in _LENGTHS and _may_be_number(length, tokens[at : at + width]):
            yield width


def _may_be_number(length: int, tokens: Sequence[_Token]) -> bool:
    if len(tokens) > _BOXES and len({token.gap for token in tokens[1:]}) > 1:
        return False  # digits in boxes of their own are parted all alike; 1.5 1.5 1.5 is a row of figures
    shape = tuple(token.end - token.start for token in tokens)
    strong = any(token.strong for token in tokens[1:])
    return (
        (length == 18 and (not strong or shape in _ID_SHAPES))
        or (length == 11 and shape in _MOBILE_SHAPES)
        or (length == 13 and (shape[1:] or (11,)) in _MOBILE_SHAPES)
        or (length >= 16 and not strong and (len(shape) == 1 or shape in _CARD_SHAPES))
    )


def _cut(text: str, start: int, end: int) -> list[_Token]:
    tokens: list[_Token] = []
    # a run ends where letters begin; a check character X that follows at once belongs to it
    for found in _TOKEN.finditer(text, start, min(end + 1, len(text))):
        between = text[tokens[-1].end : found.start()] if tokens else ""
        strong = _WEAK.fullmatch(between) is None
        tokens.append(_Token(found.start(), found.end(), _plain(found[0]), between, strong))
    return tokens


def _plain(digits: str) -> str:
    if digits.isascii():
        return digits.upper()
    return "".join(str(unicodedata.digit(char)) if char.isdigit() else "X" for char in digits)


def _search_run(text: str, tokens: Sequence[_Token], windows: Mapping[int, Sequence[int]]) -> Iterator[Finding]:
    at = 0
    while at < len(tokens):
        found = _try_at(text, tokens, at, windows.get(at, ()))
        if found:
            yield found[0]
        at += found[1] if found else 1


def _try_at(text: str, tokens: Sequence[_Token], at: int, widths: Sequence[int]) -> tuple[Finding, int] | None:
    """Return what begins at one token and how many tokens it takes, or None."""
    for width in widths:
        number = "".join(token.digits for token in tokens[at : at + width])
        if _MAYBE.match(number) and (named := _name_tokens(text, tokens[at : at + width], number)):
            rule, shown = named
            return Finding(rule, tokens[at].start, shown, number[-11:] if rule == MOBILE else number), width
    return None


def _name_tokens(text: str, tokens: Sequence[_Token], number: str) -> tuple[str, str] | None:
    """Return the rule that some tokens break together, and their masked form, after what stands around them."""
    if len(tokens) == 1 and _is_part_of_name(text, tokens[0]):
        return None
    strong = any(token.strong for token in tokens[1:])
    before = text[max(0, tokens[0].start - 60) : tokens[0].start]
    after = text[tokens[-1].end : tokens[-1].end + 4]
    return _name(number, tuple(len(token.digits) for token in tokens), strong, before, after)


def _is_part_of_name(text: str, token: _Token) -> bool:
    before = _ALNUM_BEFORE.search(text[max(0, token.start - _LONGEST_NAME) : token.start])
    after = _ALNUM_AFTER.match(text[token.end : token.end + _LONGEST_NAME])
    around = (before[0] if before else "") + (after[0] if after else "")
    return len(around) + len(token.digits) >= _LONGEST_NAME


def _name(number: str, shape: tuple[int, ...], strong: bool, before: str, after: str) -> tuple[str, str] | None:
    """Return the rule that a row of digits breaks, and its masked form; None if it is no person's number."""
    if len(number) == 18 and _is_resident_id(number, shape, strong, before):
        return "resident-id", mask_id(number)
    if not number.isdigit():
        return None
    if len(number) == 11 and _is_mobile(number, shape, strong, before, after):
        return MOBILE, mask_phone(number)
    if (
        len(number) == 13
        and number.startswith("86")
        and _is_mobile(number[2:], shape[1:] or (11,), strong, before, after)
    ):
        return MOBILE, mask_phone(number[2:])
    if len(number) >= 16 and not strong and _is_card(number, shape, before, after):
        return "bank-card", mask_card(number)
    return None


def _is_resident_id(number: str, shape: tuple[int, ...], strong: bool, before: str) -> bool:
    if strong and shape not in _ID_SHAPES:
        return False
    try:
        born = parse_resident_id(number, _LATEST).birth
    except ValueError:
        return not strong and bool(_ID_LABEL.search(before)) and _has_birthday(number)
    if born is None or born.year < _EARLIEST:
        return False
    return not (number[0] == "9" and _is_credit_code(number))


def _has_birthday(number: str) -> bool:
    """Tell whether a number that was called an identity number holds a birthday, though its check digit is wrong."""
    try:
        return date(_EARLIEST, 1, 1) <= date(int(number[6:10]), int(number[10:12]), int(number[12:14])) <= _LATEST
    except ValueError:
        return False


def _is_credit_code(number: str) -> bool:
    try:
        parse_credit_code(number)
    except ValueError:
        return False
    return True


def _is_mobile(number: str, shape: tuple[int, ...], strong: bool, before: str, after: str) -> bool:
    if not re.fullmatch(r"1[3-9]\d{9}", number) or shape not in _MOBILE_SHAPES:
        return False
    if re.search(r"\d\.$", before) or (shape == (11,) and _QUANTITY.match(after)):
        return False
    return not strong or bool(_MOBILE_LABEL.search(before))


def _is_card(number: str, shape: tuple[int, ...], before: str, after: str) -> bool:
    if re.search(r"\d\.$", before) or _QUANTITY.match(after) or _OTHER_LABEL.search(before):
        return False
    labelled = bool(_CARD_LABEL.search(before))
    grouped = len(shape) > 1
    if grouped and (shape not in _CARD_SHAPES or not (labelled or number.startswith("62"))):
        return False
    if not (labelled or _CARD_ISSUERS.match(number)) or len(set(number)) < 4:
        return False
    if len(number) == 18 and _is_credit_code(number):
        return False
    try:
        parse_bank_card(number)
    except CheckDigitWrong:
        return False
    return True


# --- homes 住址 --------------------------------------------------------------------------------

_NUMERAL = "[0-9０-９一二三四五六七八九十百]"
_N = f"{_NUMERAL}{{1,5}}"
_DOOR = re.compile(
    rf"(?:{_N}(?:栋|幢|号楼|座|号院?|单元|组|社|队|弄|排|区)\s*){{1,4}}{_N}(?:单元|室|户(?!以)|号(?!楼|线|文|令|院|窗)|楼\d+室)"
)
_DOOR_AT_ALL = re.compile(rf"[栋幢座号单组社队弄排区](?<={_NUMERAL}.)[楼院元]?\s*{_NUMERAL}")
"""Mostly nothing, and found much faster: a unit between two numbers."""
_PLACE_NAME = re.compile(r"[\u4e00-\u9fff]{2,20}$")
_HOME_LABEL = re.compile(r"住址|住所|家庭|现住|家住|居住|户籍|通讯地址|联系地址|地址")
_OFFICE = re.compile(
    "中心|大厦|办公|政府|机关|大楼|综合楼|写字楼|广场|服务|法院|局|总工会|会议|窗口|大厅|学校|医院|公司|工厂|银行|站点|文化宫|教学楼"
)


def find_homes(text: str) -> Iterator[Finding]:
    """Yield each address that tells a household: building and flat, or village group and door; offices are none."""
    for found in _DOOR.finditer(text) if _DOOR_AT_ALL.search(text) else ():
        before = text[max(0, found.start() - 40) : found.start()].rpartition("\n")[2]
        place = _PLACE_NAME.search(before)
        if place is None or (_OFFICE.search(before) and not _HOME_LABEL.search(before)):
            continue
        start = found.start() - len(place[0])
        label = [one.end() for one in _HOME_LABEL.finditer(place[0])]
        start += max(label, default=0)
        home = text[start : found.end()]
        yield Finding("home-address", start, mask_address(home), home)
