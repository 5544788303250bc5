"""Checks of the numbers that applicants write, and the one rule that hides them. Pure.

Each `parse_*` takes the text as typed (full width, spaces, lower case) and returns a frozen result or raises ValueError
with a Chinese sentence that says what to do. Rules after GB 11643, GB 32100, GB 11714 and ISO/IEC 7812.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stdnum import luhn
from stdnum.cn import uscc

Sex = Literal["男", "女"]


class CheckDigitWrong(ValueError):
    """A number of the right shape whose check digit is wrong, though a few such numbers were really issued.

    `number` is the tidy number: after asking again, the worker may submit it, and the log says so.
    """

    def __init__(self, message: str, number: str) -> None:
        """Keep the tidy number beside the message."""
        super().__init__(message)
        self.number = number


def tidy(text: str) -> str:
    """Return `text` in half width and upper case, without spaces, hyphens and invisible characters."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in plain if not (char.isspace() or unicodedata.category(char) in ("Pd", "Cf", "Cc")))


# --- identity documents 身份证件 ---------------------------------------------------------------

DocumentKind = Literal["resident", "hk_permit", "macao_permit", "taiwan_permit", "permanent", "permanent_old"]
DOCUMENT_WORDS: dict[str, str] = {
    "resident": "居民身份证",
    "hk_permit": "香港居民居住证",
    "macao_permit": "澳门居民居住证",
    "taiwan_permit": "台湾居民居住证",
    "permanent": "外国人永久居留身份证",
    "permanent_old": "外国人永久居留身份证（旧版）",
}
_PERMITS: dict[str, DocumentKind] = {"810000": "hk_permit", "820000": "macao_permit", "830000": "taiwan_permit"}
_PROVINCES = frozenset(
    {
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
        "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
    }
)  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ASK_ID = "请输入18位身份证件号码，最后一位可能是 X。"


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A checked identity number with what it says; birth and sex are None where the document does not hold them."""

    number: str
    kind: DocumentKind
    birth: date | None
    sex: Sex | None

    def age_on(self, day: date) -> int | None:
        """Return the age in whole years on `day`, or None where the birthday is not known."""
        return age_on(self.birth, day) if self.birth else None


def parse_resident_id(text: str, today: date) -> IdNumber:
    """Return the resident ID, residence permit (81, 82, 83) or permanent-residence card that `text` is.

    Abolished county codes are valid on old cards, so only the province is looked at. A new permanent-residence card is
    9, two digits of province, three of country, birthday, three of sequence, check character; of an old one (three
    letters, twelve digits) only the form is checked.
    """
    number = tidy(text)
    if not number:
        raise ValueError(_ASK_ID)
    if re.fullmatch(r"[A-Z]{3}\d{12}", number, re.ASCII):
        return IdNumber(number, "permanent_old", None, None)
    if re.fullmatch(r"\d{15}", number, re.ASCII):
        raise ValueError("15位的老身份证已经停用。请输入现在的18位身份证号码，不知道的可以带户口簿到派出所查。")
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        raise ValueError(_shape_message(number))
    kind = _kind_of(number)
    birth = _birth_in(number, today)
    if check_character(number[:17]) != number[17]:
        raise ValueError("这个号码里有一位不对。请对照证件，从头到尾再核对一遍。")
    return IdNumber(number, kind, birth, "男" if int(number[16]) % 2 else "女")


def _shape_message(number: str) -> str:
    if len(number) != 18:
        return f"现在是{len(number)}位。{_ASK_ID}"
    return "身份证件号码只有数字，最后一位可能是 X。请对照证件再核对一遍。"


def _kind_of(number: str) -> DocumentKind:
    if number[:6] in _PERMITS:
        return _PERMITS[number[:6]]
    if number[0] == "9":
        return "permanent"
    if number[:2] not in _PROVINCES:
        raise ValueError("号码开头两位不是任何一个省份的代码。请对照证件，核对前几位。")
    return "resident"


def _birth_in(number: str, today: date) -> date:
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise ValueError("号码第7到14位是出生日期，这一天不存在。请对照证件，核对这几位。") from None
    if birth > today:
        raise ValueError("号码第7到14位是出生日期，这一天还没有到。请对照证件，核对这几位。")
    return birth


def check_character(digits: str) -> str:
    """Return the check character (MOD 11-2 of GB 11643) of the first seventeen digits."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11]


def birth_of(number: str, today: date) -> date | None:
    """Return the birthday that an identity number holds; raise ValueError if it is no such number."""
    return parse_resident_id(number, today).birth


def sex_of(number: str, today: date) -> Sex | None:
    """Return the sex that an identity number holds; raise ValueError if it is no such number."""
    return parse_resident_id(number, today).sex


def age_on(birth: date, day: date) -> int:
    """Return the age in whole years on `day`, the birthday counting; who was born on 29 February ages on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


_TRAVEL: dict[str, tuple[str, str]] = {
    "home_return": (r"[HM]\d{8}(?:\d{2})?", "港澳居民来往内地通行证号码是 H 或 M 加8位数字"),
    "taiwan_pass": (r"\d{8}", "台湾居民来往大陆通行证号码是8位数字"),
    "passport": (r"(?=.*\d)[A-Z0-9]{5,17}", "护照号码是5到17位字母和数字"),
}


def parse_travel_document(kind: Literal["home_return", "taiwan_pass", "passport"], text: str) -> str:
    """Return the tidy number of a travel document, of which only the form can be checked."""
    pattern, rule = _TRAVEL[kind]
    number = tidy(text)
    if not re.fullmatch(pattern, number, re.ASCII):
        raise ValueError(f"{rule}。请对照证件再核对一遍。")
    return number


# --- organisations 单位 ------------------------------------------------------------------------

_CREDIT = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
_ORGANISATION = re.compile(r"[0-9A-Z]{8}[0-9X]")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_UNION_KINDS = {"81": "基层工会", "82": "非法人工会", "89": "工会"}


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A checked unified social credit code; `organisation_ok` tells whether the older code inside it checks too."""

    number: str
    organisation_ok: bool

    @property
    def union_kind(self) -> str | None:
        """Return what kind of trade union the code belongs to, or None if to none registered as such."""
        return _UNION_KINDS.get(self.number[:2])


def parse_credit_code(text: str) -> CreditCode:
    """Return the unified social credit code that `text` is; raise CheckDigitWrong for the few issued that fail it.

    The check digit is stdnum's; its form is not, because it takes digits only in the first two places and so refuses
    village collectives (N2) and others that GB 32100 allows.
    """
    number = tidy(text)
    if len(number) != 18:
        raise ValueError(f"现在是{len(number)}位。请输入营业执照或法人证书上的18位统一社会信用代码。")
    if not _CREDIT.fullmatch(number):
        raise ValueError("统一社会信用代码里没有 I、O、S、V、Z 这几个字母。请对照证照，看是不是把数字认成了字母。")
    if uscc.calc_check_digit(number[:17]) != number[17]:
        raise CheckDigitWrong("这个代码里有一位不对。请对照证照再核对一遍；确实没有错的，可以选“仍要提交”。", number)
    return CreditCode(number, _organisation_check(number[8:16]) == number[16])


def parse_organisation_code(text: str) -> str:
    """Return the organisation code (GB 11714: eight characters and a check character) that `text` is."""
    number = tidy(text)
    if not _ORGANISATION.fullmatch(number):
        raise ValueError("请输入9位组织机构代码，由数字和大写字母组成。")
    if _organisation_check(number[:8]) != number[8]:
        raise ValueError("这个组织机构代码里有一位不对。请对照证书再核对一遍。")
    return number


def _organisation_check(body: str) -> str:
    rest = 11 - sum(int(char, 36) * weight for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


# --- telephones and bank cards -----------------------------------------------------------------

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(010(?=\d{8}$)|02\d(?=\d{8}$)|0\d{3})(\d{7,8})", re.ASCII)
_SERVICE = re.compile(r"(?:400|800)\d{7}|1\d{4}|9\d{4}", re.ASCII)


def parse_mobile(text: str) -> str:
    """Return the eleven digits of a mobile number of the mainland; +86 before it is taken off."""
    number = _without_country(tidy(text))
    if not _MOBILE.fullmatch(number):
        raise ValueError("请输入11位手机号码，以1开头。")
    return number


def _without_country(number: str) -> str:
    return re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", number)


def parse_phone(text: str) -> str:
    """Return a mobile, landline (0571-8888888, with an extension if any) or service number (12351, 400) in one form."""
    main, extension = _split_extension(unicodedata.normalize("NFKC", text))
    number = re.sub(r"[()]", "", tidy(main))
    if found := _LANDLINE.fullmatch(number):
        return f"{found[1]}-{found[2]}" + (f"-{extension}" if extension else "")
    if _SERVICE.fullmatch(number) and not extension:
        return number
    if not extension and _MOBILE.fullmatch(mobile := _without_country(number)):
        return mobile
    raise ValueError("请输入电话号码：手机11位，座机要带区号，例如 0000-6010001。")


def _split_extension(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*\d{7,8})\s*(?:-|转|#)\s*(\d{1,5})\s*", text.strip(), re.ASCII | re.DOTALL)
    return (found[1], found[2]) if found else (text, "")


def parse_bank_card(text: str) -> str:
    """Return the 16 to 19 digits of a bank card; raise CheckDigitWrong for an account that fails the Luhn check."""
    number = tidy(text)
    if not re.fullmatch(r"\d{16,19}", number, re.ASCII):
        raise ValueError("请输入银行卡正面的16到19位卡号，只填数字。")
    if not luhn.is_valid(number):
        message = "这个卡号里有一位不对。请对照银行卡再核对一遍；确实没有错的（例如存折账号），可以选“仍要提交”。"
        raise CheckDigitWrong(message, number)
    return number


# --- masking 脱敏: one fixed rule, since fragments hidden by different rules could be joined ----
# What is not recognised is hidden more, never less; nothing raises.

STAR = "*"
_COMPOUND = frozenset(
    {
        "欧阳", "司马", "上官", "诸葛", "夏侯", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "长孙",
        "宇文", "司徒", "司空", "轩辕", "闻人", "公羊", "澹台", "公冶", "宗政", "濮阳", "淳于", "单于",
        "太叔", "申屠", "仲孙", "钟离", "鲜于", "闾丘", "南宫", "百里", "东郭", "西门", "呼延", "端木",
        "独孤", "拓跋", "赫连", "万俟", "第五", "左丘", "梁丘", "完颜", "纳兰",
    }
)  # fmt: skip
_DOTS = "·•‧∙⋅・･．."
_KEPT = 4
_SHORTEST = 8


def mask_name(name: str) -> str:
    """Return the surname and a star for each further character: 张三 → 张*, 欧阳修 → 欧阳*.

    A name of several parts (阿依古丽·买买提, John Smith) keeps its first character and the marks between the parts.
    """
    plain = name.strip()
    parted = any(char in _DOTS or char.isspace() for char in plain)
    kept = 2 if plain[:2] in _COMPOUND and len(plain) > 2 and not parted else 1
    if len(plain) <= kept:
        return STAR * len(plain)
    rest = ("·" if char in _DOTS else " " if char.isspace() else STAR for char in plain[kept:])
    return plain[:kept] + "".join(rest)


def mask_id(number: str) -> str:
    """Return stars and the last four characters: 14 stars for a resident ID."""
    return _keep_last(_compact(number))


def mask_card(number: str) -> str:
    """Return stars and the last four digits of a bank card."""
    return _keep_last(_compact(number))


def mask_phone(number: str) -> str:
    """Return a mobile as 138****1234, a landline as its area code and stars."""
    digits = _without_country(_compact(number))
    if re.fullmatch(r"1\d{10}", digits, re.ASCII):
        return f"{digits[:3]}****{digits[-4:]}"
    if found := re.match(r"(0\d{2,3})[-)]", unicodedata.normalize("NFKC", number).strip().lstrip("("), re.ASCII):
        return f"{found[1]}-" + STAR * max(len(digits) - len(found[1]), 0)
    return STAR * len(digits)


def _compact(number: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", number).upper() if char.isalnum())


def _keep_last(text: str) -> str:
    if len(text) < _SHORTEST:
        return STAR * len(text)
    return STAR * (len(text) - _KEPT) + text[-_KEPT:]


# --- addresses 地址 ----------------------------------------------------------------------------

_HAN = "[\u4e00-\u9fff]"
_CITY = rf"(?:(?:(?![县区旗路街巷号省]){_HAN}){{2,5}}?市|(?:(?![县区旗路街巷号省]){_HAN}){{2,12}}?(?:自治州|地区|盟))"
# 镇 and 乡 open or close the name of some counties (镇平县, 宁乡市); elsewhere a place below them has begun.
_COUNTY = rf"[镇乡]?(?:(?![镇乡路街巷号]){_HAN}|乡(?=[县市区族])){{1,12}}?(?:县|(?<![小社园厂校库住东西南北])区|旗|市)"
_TOWN = rf"(?:(?![县区路街巷号村]){_HAN}){{1,7}}?(?:街道(?!口)|(?:镇|乡|苏木)(?![路街巷道口]))"
_PLACE = re.compile(rf"(?:{_HAN}{{2,8}}?(?:特别行政区|自治区|省))?{_CITY}?(?:{_COUNTY})?(?:{_TOWN})?")


def mask_address(address: str) -> str:
    """Return the address down to its 街道, 镇 or 乡, or as far above as it is recognised, and stars for the rest."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", address))
    found = _PLACE.match(plain)
    kept = found[0] if found else ""
    return kept if kept == plain else kept + STAR * 3
