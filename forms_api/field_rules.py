"""The rules of a field, once: one pure function for each field type, in one table. Pure.

Each rule takes what was given (text from a page, or any JSON from a programme), the field, and the world, and returns the
answer as it is stored (plain JSON data), or raises ValueError with a Chinese sentence that says what to do. An empty
answer never reaches a rule: answers.py deals with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from forms_api import identifiers
from forms_api.questions import FormField

MAX_LENGTH = {"text": 200, "textarea": 2000, "address": 120, "name": 40}
"""Most characters of a text whose field names no length of its own."""
MAX_NUMBER = 1_000_000_000_000
ELSEWHERE = "本县以外"
"""What a worker from outside chooses among the towns."""


@dataclass(frozen=True)
class World:
    """What the rules look up: today's date, the towns, and the unions by id."""

    today: date
    regions: tuple[str, ...] = ()
    unions: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Any, FormField, World], Any]


# --- text --------------------------------------------------------------------------------------

_UNSEEN = re.compile("[\u200b\u2060\ufeff\u00ad]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_WRONG_KIND = "这一项的格式不对，请重新填写。"


def clean_text(value: Any, *, lines: bool = False) -> str:
    """Return text in NFC without what cannot be seen; raise ValueError where something hidden could mislead a reader."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(_WRONG_KIND)
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", str(value))).replace("\r\n", "\n").replace("\r", "\n")
    allowed = "\n\t" if lines else "\t"
    if not lines:
        text = text.replace("\n", " ")
    plain = text.replace("\n", "").isprintable()  # most texts are, and then no character has to be looked at
    if not plain and (_DIRECTION.search(text) or any(_is_control(char) and char not in allowed for char in text)):
        raise ValueError("里面有看不见的控制字符，请删掉以后重新打一遍，不要从别处粘贴。")
    return text.strip() if lines else " ".join(text.split())


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") or char in "\u2028\u2029"


def _check_length(text: str, given: FormField) -> str:
    most = given.length or MAX_LENGTH[given.type]
    least = given.min if isinstance(given.min, int) else 0
    if len(text) > most:
        raise ValueError(f"写了{len(text)}个字，最多{most}个。请缩短一些。")
    if len(text) < least:
        raise ValueError(f"写得太少，请至少写{least}个字。")
    return text


def _check_text(value: Any, given: FormField, world: World) -> str:
    return _check_length(clean_text(value), given)


def _check_textarea(value: Any, given: FormField, world: World) -> str:
    return _check_length(clean_text(value, lines=True), given)


_NAME = re.compile(r"[^\W\d_][^\W\d_ ·•.'’\-]*(?:[ ·•.'’\-]+[^\W\d_]+)*\.?")


def _check_name(value: Any, given: FormField, world: World) -> str:
    text = _check_length(clean_text(value), given)
    letters = "".join(char for char in text if unicodedata.category(char) not in ("Mn", "Mc"))
    if len(text) < 2 or not _NAME.fullmatch(letters):
        raise ValueError("请写证件上的姓名，不要写数字和符号。名字里有点的，写成“·”。")
    return text.replace("•", "·")


def _check_address(value: Any, given: FormField, world: World) -> str:
    text = _check_length(clean_text(value), given)
    if len(text) < 4:
        raise ValueError("地址太短，请写到门牌号，例如 城关镇文昌路18号3单元201室。")
    return text


# --- numbers that identify -----------------------------------------------------------------------


def _check_resident_id(value: Any, given: FormField, world: World) -> str:
    found = identifiers.parse_resident_id(clean_text(value), world.today)
    age = found.age_on(world.today)
    if given.min_age and age is not None and age < given.min_age:
        raise ValueError(f"按证件上的出生日期，现在还不满{given.min_age}周岁，不能办这件事。号码填错了的，请改正。")
    return found.number


def _check_mobile(value: Any, given: FormField, world: World) -> str:
    return identifiers.parse_mobile(clean_text(value))


def _check_phone(value: Any, given: FormField, world: World) -> str:
    return identifiers.parse_phone(clean_text(value))


def _check_credit_code(value: Any, given: FormField, world: World) -> str:
    return identifiers.parse_credit_code(clean_text(value)).number


def _check_bank_account(value: Any, given: FormField, world: World) -> str:
    return identifiers.parse_bank_card(clean_text(value))


# --- figures and days ----------------------------------------------------------------------------

_FIGURE = re.compile(r"[+-]?\d{1,15}(?:\.\d{0,9})?", re.ASCII)


def _check_figure(value: Any, given: FormField, places: int) -> int | float:
    text = unicodedata.normalize("NFKC", clean_text(value)).replace(",", "").replace(" ", "").strip("¥元")
    if given.unit and text.endswith(given.unit):
        text = text.removesuffix(given.unit)
    number = Decimal(text) if _FIGURE.fullmatch(text) else None
    if number is None or abs(number) > MAX_NUMBER:
        raise ValueError(f"这里只能写数字，例如 {given.example or _sample_figure(given)}。")
    if number != round(number, places):
        raise ValueError("请写整数，不要小数。" if not places else f"小数点后面最多{places}位。")
    unit = given.unit or ""
    if isinstance(given.min, int | float) and number < Decimal(str(given.min)):
        raise ValueError(f"不能小于 {given.min}{unit}。请核对一下。")
    if isinstance(given.max, int | float) and number > Decimal(str(given.max)):
        raise ValueError(f"不能大于 {given.max}{unit}。请核对一下。")
    return int(number) if number == int(number) else float(number)


def _sample_figure(given: FormField) -> str:
    if given.type == "money":
        return "4200"
    low = given.min if isinstance(given.min, int | float) else 1
    return str(max(low, 1))


def _check_money(value: Any, given: FormField, world: World) -> int | float:
    return _check_figure(value, given, 2)


def _check_number(value: Any, given: FormField, world: World) -> int | float:
    return _check_figure(value, given, given.decimals)


_DAY = re.compile(r"(\d{4})(?:[-./年]\s*(\d{1,2})[-./月]\s*(\d{1,2})日?|(\d{2})(\d{2}))", re.ASCII)


def _check_date(value: Any, given: FormField, world: World) -> str:
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", clean_text(value)).strip())
    if not found:
        raise ValueError("请写成年、月、日，例如 2026-08-01 或 20260801。")
    try:
        day = date(int(found[1]), int(found[2] or found[4]), int(found[3] or found[5]))
    except ValueError:
        raise ValueError("日历上没有这一天，请核对年月日。") from None
    low, high = (_limit(bound, world) for bound in (given.min, given.max))
    if low and day < low:
        raise ValueError(f"这一天不能早于{_name_day(low, world)}。请核对年月日。")
    if high and day > high:
        raise ValueError(f"这一天不能晚于{_name_day(high, world)}。请核对年月日。")
    if day.year < 1900 or day.year > world.today.year + 100:
        raise ValueError("年份不对，请核对年月日。")
    return day.isoformat()


def _limit(bound: Any, world: World) -> date | None:
    return world.today if bound == "today" else bound if isinstance(bound, date) else None


def _name_day(day: date, world: World) -> str:
    return "今天" if day == world.today else f"{day.year}年{day.month}月{day.day}日"


# --- choosing ------------------------------------------------------------------------------------


def _check_one(value: Any, known: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise ValueError("请从列出的几项里选一项。")


def _check_choice(value: Any, given: FormField, world: World) -> str:
    return _check_one(value, given.values)


def _check_choices(value: Any, given: FormField, world: World) -> list[str]:
    ticked = [value] if isinstance(value, str) else value
    if not isinstance(ticked, list | tuple) or not all(isinstance(one, str) and one in given.values for one in ticked):
        raise ValueError("请从列出的几项里选。")
    chosen = [one for one in given.values if one in ticked]
    if isinstance(given.min, int) and len(chosen) < given.min:
        raise ValueError(f"请至少选{given.min}项。")
    if isinstance(given.max, int) and len(chosen) > given.max:
        raise ValueError(f"最多选{given.max}项，请去掉几项。")
    return chosen


def _check_yes_no(value: Any, given: FormField, world: World) -> bool:
    if value in ("yes", "no"):
        return bool(value == "yes")
    if isinstance(value, bool):
        return value
    raise ValueError("请选“是”或“否”。")


def check_consent(value: Any) -> bool:
    """Return whether a box is ticked; raise ValueError for what is no tick."""
    if value == "yes" or isinstance(value, bool):
        return bool(value)
    raise ValueError(_WRONG_KIND)


def _check_consent(value: Any, given: FormField, world: World) -> bool:
    return check_consent(value)


def _check_region(value: Any, given: FormField, world: World) -> str:
    return _check_one(value, (*world.regions, ELSEWHERE))


def _check_union(value: Any, given: FormField, world: World) -> str:
    return _check_one(value, tuple(world.unions))


# --- files ---------------------------------------------------------------------------------------

_HANDLE = re.compile(r"[A-Za-z0-9_-]{8,200}")


def _check_file(value: Any, given: FormField, world: World) -> list[str]:
    """Return the handles of uploaded files; whether each exists and fits is the upload store's to say."""
    handles = [value] if isinstance(value, str) else value
    if not isinstance(handles, list | tuple) or not all(
        isinstance(one, str) and _HANDLE.fullmatch(one) for one in handles
    ):
        raise ValueError("有一份文件没有传好，请重新上传。")
    unique = list(dict.fromkeys(handles))
    if len(unique) > most_files(given):
        raise ValueError(f"最多传{most_files(given)}份，请删掉几份。")
    return unique


def most_files(given: FormField) -> int:
    """Return how many files a field takes."""
    return given.max if isinstance(given.max, int) else 5


def most_rows(given: FormField) -> int:
    """Return how many rows a group takes."""
    return given.max if isinstance(given.max, int) else 20


def least_rows(given: FormField) -> int:
    """Return how many rows a group needs where it is shown."""
    return (given.min if isinstance(given.min, int) else 1) if given.is_required else 0


RULES: dict[str, Rule] = {
    "text": _check_text,
    "textarea": _check_textarea,
    "name": _check_name,
    "resident_id": _check_resident_id,
    "mobile": _check_mobile,
    "phone": _check_phone,
    "credit_code": _check_credit_code,
    "bank_account": _check_bank_account,
    "money": _check_money,
    "number": _check_number,
    "date": _check_date,
    "choice": _check_choice,
    "choices": _check_choices,
    "yes_no": _check_yes_no,
    "region": _check_region,
    "address": _check_address,
    "union": _check_union,
    "ethnicity": _check_choice,
    "education": _check_choice,
    "political_status": _check_choice,
    "file": _check_file,
    "consent": _check_consent,
}
"""Field type → its rule; a statement holds no answer, and the rows of a group are walked by answers.py."""


def check(value: Any, given: FormField, world: World) -> Any:
    """Return the answer as stored, or raise ValueError (identifiers.CheckDigitWrong where the worker may insist)."""
    return RULES[given.type](value, given, world)
