"""Value objects that records are made of: document numbers, index numbers, validity, relations, periods."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from site_builder.clock import CHINA

# --- what a run reports and what it makes --------------------------------------------------

Severity = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault, with the place an editor must go to and what to do there (Chinese, plain words)."""

    path: str
    line: int
    rule: str
    message: str
    fix: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}{self.fix}"


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """One file of the site: a path below the site folder, always with '/', and its content."""

    path: str
    content: str | bytes


class Frozen(BaseModel):
    """Base of all content models: immutable, and an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        serialize_by_alias=True,
        allow_inf_nan=False,
        defer_build=True,  # a third of a short build went into validators that it never used
    )


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MeantForAll:
    """Marks a field whose numbers and addresses are those of an office: the privacy rules let them stand."""


Public = Annotated[T, MeantForAll()]
"""A field of an office's own telephone or address: `phone: Public[str | None]`."""


# --- moment 时刻 -----------------------------------------------------------------------------


def _refuse_number(value: Any) -> Any:
    # pydantic would take 20261201 for seconds since 1970 and publish at once
    if isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdigit()):
        raise ValueError("时刻应写成 2026-12-01 08:00")
    return value


def _in_china(value: datetime) -> datetime:
    return value.replace(tzinfo=CHINA) if value.tzinfo is None else value.astimezone(CHINA)


Moment = Annotated[datetime, BeforeValidator(_refuse_number), AfterValidator(_in_china)]
"""A date and time of day, always aware: Chinese time where no offset is written."""

# --- document number 文号 -------------------------------------------------------------------

_OPEN, _CLOSE = "〔[【（(<﹝〈《", "〕]】）)>﹞〉》"
_LOOSE = re.compile(
    r"(?P<code>[\u4e00-\u9fff]{2,12})"
    rf"\s*[{re.escape(_OPEN)}]\s*(?P<year>(?:19|20)\d\s*\d)\s*[{re.escape(_CLOSE)}]\s*"
    r"第?\s*(?P<serial>\d{1,5})\s*号"
)
_ORDER = re.compile(
    r"(?P<code>[\u4e00-\u9fff（）]{1,30}(?:令|公告))(?:(?P<year>(?:19|20)\d{2})年)?第(?P<serial>[1-9]\d{0,4})号"
)
_NO_CODE = re.compile(
    "按照|根据|依据|参照|依照|遵照|执行|贯彻|落实|转发|印发|下发|废止|修改|关于|文件|通知|规定|同时|以及|继续|原发|"
    "[和与及或由以的在见按为被将对是从]"
)
"""Words that stand before an issuer's code in running text."""
_WIDTH = str.maketrans("０１２３４５６７８９［］（）＜＞", "0123456789[]()<>")


@dataclass(frozen=True, slots=True, order=True)
class DocNumber:
    """A document number: issuer code 代字, year, serial; year 0 for orders (…令第N号).

    The grammar is that of GB/T 9704-2012, 7.2.5: 代字〔YYYY〕N号, six-angled brackets, no 第, no leading zero.
    """

    code: str
    year: int
    serial: int

    @classmethod
    def parse(cls, text: str) -> DocNumber:
        """Return the number written in `text`, which must be in the one right form; raise ValueError otherwise."""
        text = text.strip()
        found = cls.normalise(text)
        if found is None:
            raise ValueError(f"文号“{text}”不合格式。应写成“代字〔年份〕序号号”，例如 云工发〔2026〕12号")
        if str(found) != text:
            raise ValueError(f"文号“{text}”写法不规范。请改为 {found}")
        return found

    @classmethod
    def normalise(cls, text: str) -> DocNumber | None:
        """Return the number that `text` means, whatever brackets, width, 第 or zeros it is written with, or None."""
        text = text.strip().translate(_WIDTH)
        for pattern in (_LOOSE, _ORDER):
            if match := pattern.fullmatch(text.replace("(", "（").replace(")", "）") if pattern is _ORDER else text):
                return cls._from(match)
        return None

    @classmethod
    def find(cls, text: str, codes: Collection[str] = ()) -> Iterator[tuple[DocNumber, int, int]]:
        """Yield each document number in running text with its start and end.

        Nothing parts a code from the words before it (和云工办〔2024〕15号): the longest of the known `codes` decides,
        else the last word that is no part of a code.
        """
        for match in _LOOSE.finditer(text.translate(_WIDTH)):
            number = cls._from(match)
            code = _part_code(number.code, codes)
            yield cls(code, number.year, number.serial), match.end("code") - len(code), match.end()

    @classmethod
    def _from(cls, match: re.Match[str]) -> DocNumber:
        year = re.sub(r"\s", "", match["year"] or "") or "0"
        return cls(match["code"], int(year), int(match["serial"]))

    def __str__(self) -> str:
        if self.code.endswith(("令", "公告")):
            return f"{self.code}{f'{self.year}年' if self.year else ''}第{self.serial}号"
        return f"{self.code}〔{self.year}〕{self.serial}号"


def _part_code(run: str, codes: Collection[str]) -> str:
    """Return the issuer's code at the end of the characters that stand before a year."""
    for start in range(len(run) - 1):
        if run[start:] in codes:
            return run[start:]
    ends = [match.end() for match in _NO_CODE.finditer(run) if match.end() <= len(run) - 2]
    return run[max(ends, default=0) :]


def _doc_number(value: Any) -> DocNumber:
    if isinstance(value, DocNumber):
        return value
    if not isinstance(value, str):
        raise ValueError("文号应当是文字，例如 云工发〔2026〕12号")
    return DocNumber.parse(value)


DocNumberField = Annotated[
    DocNumber,
    BeforeValidator(_doc_number),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "号$", "examples": ["云工发〔2026〕12号"]}),
]

# --- index number 索引号 ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class IndexNumber:
    """An index number of the disclosure catalogue; its shape is the site's own setting, so only the year is read."""

    text: str

    @property
    def year(self) -> int | None:
        """Return the four-digit year that stands alone between separators, if there is one."""
        years = [int(part) for part in re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", self.text)]
        return years[-1] if years else None

    def __str__(self) -> str:
        return self.text


def _index_number(value: Any) -> IndexNumber:
    if isinstance(value, IndexNumber):
        return value
    text = str(value).strip()
    if not text or re.search(r"\s", text):
        raise ValueError("索引号不能为空，中间也不能有空格")
    return IndexNumber(text)


IndexNumberField = Annotated[
    IndexNumber, BeforeValidator(_index_number), PlainSerializer(str), WithJsonSchema({"type": "string"})
]

# --- validity 有效性 -------------------------------------------------------------------------

ValidityState = Literal["effective", "amended", "repealed", "expired"]
ValidityPhase = Literal["unknown", "pending", "effective", "expiring", "amended", "repealed", "expired"]
PHASE_WORDS: dict[ValidityPhase, str] = {
    "unknown": "效力未注明",
    "pending": "尚未施行",
    "effective": "现行有效",
    "expiring": "即将失效",
    "amended": "已被修改",
    "repealed": "已废止",
    "expired": "已失效",
}
PHASE_CLASS: dict[ValidityPhase, str] = {
    "unknown": "none",
    "pending": "warn",
    "effective": "ok",
    "expiring": "warn",
    "amended": "warn",
    "repealed": "end",
    "expired": "end",
}
EXPIRING_DAYS = 60


class Validity(Frozen):
    """Whether a document is in force, as its editor states it; what holds on a given day comes from `on`."""

    state: ValidityState | None = Field(None, title="有效性")
    effective: date | None = Field(None, title="施行日期")
    expires: date | None = Field(None, title="失效日期", description="有效期的最后一天")
    amended: date | None = Field(None, title="修改日期")
    repealed: date | None = Field(None, title="废止日期")

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: Any) -> Any:
        return {"state": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_order(self) -> Validity:
        for name, end in (("失效日期", self.expires), ("废止日期", self.repealed), ("修改日期", self.amended)):
            if self.effective and end and end < self.effective:
                raise ValueError(f"{name} {end} 早于施行日期 {self.effective}")
        return self

    def on(self, day: date) -> ValidityPhase:
        """Return what holds on `day`: dates decide first, the stated word where no date speaks."""
        if (self.repealed and day >= self.repealed) or (self.state == "repealed" and not self.repealed):
            return "repealed"
        if (self.expires and day > self.expires) or (self.state == "expired" and not self.expires):
            return "expired"
        if self.effective and day < self.effective:
            return "pending"
        if self.expires and (self.expires - day).days <= EXPIRING_DAYS:
            return "expiring"
        if (self.amended and day >= self.amended) or (self.state == "amended" and not self.amended):
            return "amended"
        return "effective" if self.state or self.effective or self.expires else "unknown"


# --- relations 关联 --------------------------------------------------------------------------

RELATION_WORDS: dict[str, tuple[str, str]] = {
    "based_on": ("依据", "被引为依据"),
    "implements": ("贯彻落实", "配套文件"),
    "amends": ("修改", "被修改"),
    "replaces": ("替代", "被替代"),
    "repeals": ("废止", "被废止"),
    "interprets": ("解读", "解读"),
    "forwards": ("转发", "被转发"),
}
"""Relation name → (verb as the source of the relation says it, verb as its target says it)."""

ID_PATTERN = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Tell whether `text` can be the id of a record: [a-z0-9-], no hyphen at an end or doubled."""
    return _ID.fullmatch(text) is not None


class Reference(Frozen):
    """What a record points to: another record by its id, or a document elsewhere by title and number."""

    id: str | None = Field(None, title="本站编号")
    title: str | None = Field(None, title="标题")
    doc_number: DocNumberField | None = Field(None, title="文号")
    article: str | None = Field(None, title="条款", description="例如 第三条、（二）")
    url: str | None = Field(None, title="网址")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"id": value} if is_id(value.strip()) else {"title": value.strip().strip("《》")}
        return value

    @model_validator(mode="after")
    def _names_something(self) -> Reference:
        if not (self.id or self.title or self.doc_number):
            raise ValueError("关联对象要写本站编号（id），或者写标题（title）、文号（doc_number）")
        return self


class Relations(Frozen):
    """Typed relations of one record to others."""

    based_on: tuple[Reference, ...] = Field((), title="依据")
    implements: tuple[Reference, ...] = Field((), title="贯彻落实")
    amends: tuple[Reference, ...] = Field((), title="修改")
    replaces: tuple[Reference, ...] = Field((), title="替代")
    repeals: tuple[Reference, ...] = Field((), title="废止")
    interprets: tuple[Reference, ...] = Field((), title="解读")
    forwards: tuple[Reference, ...] = Field((), title="转发")

    def pairs(self) -> Iterator[tuple[str, Reference]]:
        """Yield (relation name, target) in the order of the model."""
        own = vars(self)
        if any(own.values()):  # most documents have none, and all are asked again and again
            for name in RELATION_WORDS:
                for target in own[name]:
                    yield name, target


# --- periods and small parts -----------------------------------------------------------------


class Period(Frozen):
    """A span of days, both ends included; a 公示 may give working days instead of its last day."""

    start: date = Field(title="开始日期")
    end: date | None = Field(None, title="结束日期")
    working_days: int | None = Field(None, title="工作日数", ge=1, le=365)

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.end is None and self.working_days is None:
            raise ValueError("要写结束日期（end）或工作日数（working_days）")
        if self.end and self.end < self.start:
            raise ValueError(f"结束日期 {self.end} 早于开始日期 {self.start}")
        return self


class Attachment(Frozen):
    """A file that a published record names; only files named so reach the site."""

    file: str = Field(title="文件", description="相对本文件所在目录，或以 assets/ 开头", pattern=r"^[^/\\][^\\]*$")
    title: str | None = Field(None, title="名称")


class Contact(Frozen):
    """Where to turn: a unit, its phone, address and mail."""

    unit: str | None = Field(None, title="单位")
    phone: Public[str | None] = Field(None, title="电话")
    address: Public[str | None] = Field(None, title="地址")
    email: str | None = Field(None, title="邮箱")
    postcode: str | None = Field(None, title="邮编")
    note: str | None = Field(None, title="说明")


# --- old address 旧网址 ----------------------------------------------------------------------

_OLD_ADDRESS = re.compile(r"(?:[\w~-][\w.~-]*/)*(?:[\w~-][\w.~-]*/|[\w~-][\w.~-]*\.html?)")
_NOT_OURS = ("api/", "apply/", "assets/", "blanks/", "status/", "uploads/")
"""Where the forms service answers, where its forms lie on paper, and the theme's own files."""


def _old_address(value: str) -> str:
    address = value.removeprefix("/").removesuffix("index.html").removesuffix("index.htm")
    last = address.rpartition("/")[2]
    address += "/" if last and "." not in last else ""
    if len(address) > 200 or not _OLD_ADDRESS.fullmatch(address):
        raise ValueError(f"旧网址“{value}”不能用；只写域名后面的部分，例如 /art/2023/5/123.html，不带问号和井号")
    if address.startswith(_NOT_OURS):
        raise ValueError(f"旧网址“{value}”在网站自用的目录下（{'、'.join(_NOT_OURS)}）")
    return address


OldAddress = Annotated[str, AfterValidator(_old_address)]
"""A path below the site root that a page had before, without the leading '/': a folder (ends in '/') or a .html file."""
