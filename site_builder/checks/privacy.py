"""The privacy rules: no number, home or ailment of a person in content, attachments and the built site (PIPL, art. 25, 28).

What a field of the model declares public (`values.Public`) is let through wherever the same number stands again.
No problem ever shows what was found but masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import get_args

from pydantic import BaseModel

from forms_api.identifiers import tidy
from site_builder.checks.passages import Opened, Passage
from site_builder.checks.personal_facts import find_personal_facts
from site_builder.checks.personal_numbers import Finding, find_homes, find_numbers
from site_builder.checks.plain_text import from_markdown
from site_builder.checks.rules import BuiltSite, Rule
from site_builder.model import Library, Origin
from site_builder.records import Honour, Notice, Record, Register, Written
from site_builder.values import MeantForAll, Problem, Severity

_WORDS: Mapping[str, tuple[str, str]] = {
    "resident-id": ("身份证件号码", "请删去。公示、名单里都不写证件号码。"),
    "mobile-number": ("手机号码", "请删去，或换成单位的办公电话；确是公开的值班手机，请写在电话（phone）一栏。"),
    "bank-card": ("银行卡号", "请删去。"),
    "home-address": ("家庭住址", "请只写到镇、街道。"),
    "person-illness": ("某个人的疾病", "请删去病情，或删去姓名。"),
    "person-disability": ("某个人的残疾情况", "请删去残疾情况，或删去姓名。"),
    "person-unmasked": ("没有隐去的姓名，而且和受理编号写在一起", "请只写姓，名字用星号代替，例如“欧阳*”。"),
    "person-minor": ("未满18岁的人的姓名和年龄", "请删去姓名或年龄；资助名单只写学校和年级。"),
}
_LISTING_KINDS = frozenset({"公示", "结果公布", "通报"})
_LISTING_PATHS = re.compile(r"(?:^|/)(?:honors|registers|open-data)/")
_OFFICE_COLUMN = re.compile(r"(?:值班|办公|服务|窗口|单位|监督).*(?:电话|手机|地址)")
_KEPT = re.compile(r"(?:site|editors|allow|synonyms)\.yml$|/(?:holidays|\.schema)/")
_REMARK = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
_FRONT_MATTER = re.compile(r"---\n.*?^---$", re.MULTILINE | re.DOTALL)
_SHORT = 40
"""Characters below which a text of a record is likely to stand in others too."""
_MADE_BY_BUILD = (".bin", ".sqlite")


@dataclass(frozen=True, slots=True)
class Leak:
    """One finding of the built site: `key` is a digest of what was found, so that a kept result holds no number."""

    rule: str
    line: int
    place: str
    shown: str
    severity: Severity
    key: str


# --- a text --------------------------------------------------------------------------------------


def find_personal(text: str, *, is_list: bool) -> Iterator[tuple[Finding, Severity]]:
    """Yield everything personal in a text: facts of a person are errors in lists and tables, elsewhere hints."""
    for finding in find_numbers(text):
        yield finding, "error"
    for finding in find_homes(text):
        yield finding, "error"
    for finding, in_table in find_personal_facts(text):
        yield finding, "error" if is_list or in_table else "hint"


@lru_cache(maxsize=4096)
def _find_short(text: str, is_list: bool) -> tuple[tuple[Finding, Severity], ...]:
    """Return what a short text holds: names of units, topics and words of choice stand in record after record."""
    return tuple(find_personal(text, is_list=is_list))


def _problem(path: str, line: int, place: str, finding: Finding, severity: Severity) -> Problem:
    word, fix = _WORDS[finding.rule]
    shown = "" if finding.rule.startswith("person-") else f"（{finding.shown}）"
    where = f"{place}里" if place else "这里"
    return Problem(path, line, finding.rule, f"{where}有{word}{shown}。", fix, severity)


def _key(value: str) -> str:
    return blake2b(tidy(value).encode(), digest_size=8).hexdigest() if value else ""


# --- content ---------------------------------------------------------------------------------------


def check_record(record: Record, origin: Origin, path: str) -> Iterator[Problem]:
    """Look at every text of one record but those that its type declares public."""
    is_list = isinstance(record, Register | Honour) or (isinstance(record, Notice) and record.kind in _LISTING_KINDS)
    for key, text in _tell_record(record):
        found = _find_short(text, is_list) if len(text) < _SHORT else find_personal(text, is_list=is_list)
        for finding, severity in found:
            first = origin.body_line if key == "body" else origin.line(key)
            line = first + (text.count("\n", 0, finding.at) if key == "body" else 0)
            yield _problem(path, line, "", finding, severity)
    yield from _check_name(path)


def _tell_record(record: Record) -> Iterator[tuple[str, str]]:
    if isinstance(record, Register):
        for at, row in enumerate(record.rows):
            head = [column.label for column in record.columns]
            cells = [_cell(row.get(column.name), column.label, public=column.public) for column in record.columns]
            yield f"rows.{at}", "\n".join("\t".join([*line, ""]) for line in (head, cells))
    elif isinstance(record, Honour):
        for at, one in enumerate(record.recipients):
            yield f"recipients.{at}", f"姓名：{one.name}，{one.post or ''}，{one.citation or ''}，{one.deeds or ''}"
    if isinstance(record, Written):
        yield "body", from_markdown(record.body)
    yield from _walk(record, "", frozenset({"rows", "recipients", "body", "id"}))


def _cell(value: object, label: str, *, public: bool) -> str:
    """Return a cell as text; nothing of a public column that its label says to be an office's."""
    if value is None or (public and _OFFICE_COLUMN.search(label)):
        return ""
    return " ".join(str(value).split())


def _walk(value: object, key: str, passed: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, BaseModel):
        stem = f"{key}." if key else ""
        for name in _private_fields(type(value)):
            one = getattr(value, name) if name not in passed else None
            if isinstance(one, str):
                yield stem + name, one
            elif isinstance(one, _HOLDERS):
                yield from _walk(one, stem + name)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _walk(one, f"{key}.{name}")
    elif isinstance(value, tuple):
        for at, one in enumerate(value):
            yield from _walk(one, f"{key}.{at}")


_HOLDERS = (BaseModel, Mapping, tuple)


@lru_cache(maxsize=256)
def _public_fields(model: type[BaseModel]) -> frozenset[str]:
    marked = (
        name
        for name, field in model.model_fields.items()
        if any(isinstance(one, MeantForAll) for one in field.metadata)
    )
    return frozenset(marked)


@lru_cache(maxsize=256)
def _ways_to_public(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields that are public or hold something public; of most records none, so that no body is read."""
    return tuple(name for name, field in model.model_fields.items() if _leads_to_public(model, name, field.annotation))


def _leads_to_public(model: type[BaseModel], name: str, annotation: object) -> bool:
    inner = (one for one in _models_in(annotation) if one is not model)
    return name in _public_fields(model) or any(_ways_to_public(one) for one in inner)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


@lru_cache(maxsize=256)
def _private_fields(model: type[BaseModel]) -> tuple[str, ...]:
    public = _public_fields(model)
    return tuple(name for name in model.model_fields if name not in public)


def check_text(path: str, text: str) -> Iterator[Problem]:
    """Look at a source file that is no record: whole, or only the remarks in it where a record's fields say more."""
    if _KEPT.search(path):
        return
    is_record = not re.search(r"/forms/|\.provenance\.yml$", path)
    if is_record and path.endswith(".md"):
        front = _FRONT_MATTER.match(text)
        text = front[0] if front else ""
    pieces = _REMARK.finditer(text) if is_record else re.finditer(r"(?s).+", text)
    for piece in pieces:
        for finding, severity in find_personal(piece[0], is_list=False):
            line = text.count("\n", 0, piece.start() + finding.at) + 1
            yield _problem(path, line, "注释" if is_record else "", finding, severity)


def _open_file(path: str, data: bytes) -> Opened:
    from site_builder.checks.containers import open_file  # late: it loads what reads PDF and pictures

    return open_file(path, data)


def check_file(path: str, data: bytes) -> Iterator[Problem]:
    """Look into an attachment or a picture of content/, and at its name."""
    opened = _open_file(path, data)
    for fault in opened.faults:
        yield Problem(path, 1, fault.rule, fault.message, fault.fix, fault.severity)
    for place, line, finding, severity in _search(path, data, opened.passages):
        yield _problem(path, line, place, finding, severity)
    yield from _check_name(path)


def _check_name(path: str) -> Iterator[Problem]:
    for finding in find_numbers(path):
        hidden = path.replace(finding.value, finding.shown)
        yield _problem(hidden, 1, "文件名", finding, "error")


def _search(path: str, data: bytes, passages: Iterable[Passage]) -> Iterator[tuple[str, int, Finding, Severity]]:
    """Yield each finding once, however often a file holds it."""
    is_list = bool(_LISTING_PATHS.search(path))
    seen: set[tuple[str, str]] = set()
    for passage in passages:
        listing = is_list or ("notices/" in path and "公示" in passage.text)
        for finding, severity in find_personal(passage.text, is_list=listing):
            mark = (finding.rule, finding.value or f"{passage.place}{finding.at}")
            if mark not in seen:
                seen.add(mark)
                yield passage.place, _line_of(data, passage.text, finding), finding, severity


def _line_of(data: bytes, text: str, finding: Finding) -> int:
    """Return the line of the file where a finding begins, or 1 where the file has no such lines."""
    found = re.compile(r"\w{1,12}").match(text, finding.at)
    at = data.find(found[0].encode()) if found else -1
    return data.count(b"\n", 0, at) + 1 if at > 0 else 1


# --- the built site ----------------------------------------------------------------------------------


def gather_leaks(path: str, data: bytes) -> tuple[Leak, ...]:
    """Return everything personal in one file of the built site, and what is wrong with a file that hides it."""
    opened = _open_file(path, data)
    leaks = [
        Leak(finding.rule, line, place, finding.shown, severity, _key(finding.value))
        for place, line, finding, severity in _search(path, data, opened.passages)
    ]
    leaks += [Leak("resident-id", 1, "文件名", one.shown, "error", _key(one.value)) for one in find_numbers(path)]
    # an attachment's own faults were said of it in content/
    faults = opened.faults if path.endswith(_MADE_BY_BUILD) else []
    leaks += [Leak(one.rule, 1, one.message, one.fix, one.severity, "") for one in faults]
    return tuple(leaks)


def check_site(site: BuiltSite, library: Library, today: date) -> Iterator[Problem]:
    """Look at every file of the built site: pages, feeds, data, search index, attachments."""
    public = {_key(number) for number in list_public(library)}
    for path, leaks in site.facts(gather_leaks).items():
        for leak in leaks:
            if leak.rule not in _WORDS:
                yield Problem(path, leak.line, leak.rule, leak.place, leak.shown, leak.severity)
            elif not leak.key or leak.key not in public:
                yield _problem(path, leak.line, leak.place, Finding(leak.rule, 0, leak.shown), leak.severity)


def list_public(library: Library) -> set[str]:
    """Return the numbers and homes that stand in fields which the model declares public."""
    told = "\n".join(
        [*_tell_public(library.site), *(text for one in library.records.values() for text in _tell_public(one))]
    )
    return {finding.value for finding in (*find_numbers(told), *find_homes(told))}


def _tell_public(value: object) -> Iterator[str]:
    if isinstance(value, Register):
        for column in value.columns:
            if column.public and _OFFICE_COLUMN.search(column.label):
                yield from (str(row.get(column.name) or "") for row in value.rows)
    elif isinstance(value, BaseModel):
        public = _public_fields(type(value))
        for name in _ways_to_public(type(value)):
            told = getattr(value, name)
            yield from (text for _, text in _walk(told, "")) if name in public else _tell_public(told)
    elif isinstance(value, tuple):
        for one in value:
            yield from _tell_public(one)


# --- the table ---------------------------------------------------------------------------------------


def _personal(name: str, explain: str, fix: str) -> Rule:
    return Rule(
        name,
        "error",
        explain,
        fix,
        "privacy",
        record=check_record,
        text=check_text,
        file=check_file,
        site=check_site,
        veto=True,
    )


def _inside(name: str, severity: Severity, explain: str, fix: str) -> Rule:
    return Rule(name, severity, explain, fix, "privacy", file=check_file, site=check_site)


RULES = (
    _personal("resident-id", "身份证件号码不能公开，分开写、全角写、一格一位写也查得出。", "删去号码。"),
    _personal("mobile-number", "个人手机号码不能公开。", "删去，或换成单位的办公电话。"),
    _personal("bank-card", "银行卡号不能公开。", "删去卡号。"),
    _personal("home-address", "家庭住址不能公开到楼栋、房号、村民小组门牌。", "只写到镇、街道。"),
    _personal(
        "person-illness", "不能公开某个人得了什么病；名单和公示里是错误，其他地方只作提示。", "删去病情，或删去姓名。"
    ),
    _personal(
        "person-disability",
        "不能公开某个人的残疾情况；名单和公示里是错误，其他地方只作提示。",
        "删去残疾情况，或删去姓名。",
    ),
    _personal(
        "person-unmasked", "写着受理编号的名单是帮扶、救助、助学名单，不能公开全名。", "只写姓，名字用星号代替。"
    ),
    _personal("person-minor", "不能公开未满18岁的人是谁；名单和公示里是错误，其他地方只作提示。", "删去姓名或年龄。"),
    _inside("image-location", "error", "图片、录像里记有拍摄地点，会暴露住处。", "去掉位置信息再放上来。"),
    _inside(
        "container-unreadable",
        "error",
        "附件打不开，查不了里面有没有个人信息。",
        "重新保存为 docx、xlsx、pdf 或常用图片格式。",
    ),
    _inside("container-encrypted", "error", "附件加了密码，查不了里面有没有个人信息，读者也打不开。", "去掉密码。"),
    _inside("container-too-large", "error", "附件解开以后太大或一层套一层，没有查完。", "拆成几个文件，直接放上来。"),
    _inside(
        "container-unknown",
        "error",
        "不认识的文件格式，查不了里面有没有个人信息。",
        "换成 docx、xlsx、pdf、图片或 zip。",
    ),
    _inside("container-macro", "error", "文档里有宏程序，会危害读者的电脑。", "另存为不带宏的格式。"),
    _inside(
        "hidden-content", "warning", "附件里有隐藏的工作表、行列、文字或幻灯片，读者能显示出来。", "删去隐藏的内容。"
    ),
    _inside("document-leftovers", "warning", "文档里留有批注或修订记录。", "接受或拒绝全部修订，删去批注。"),
    _inside("scan-unchecked", "warning", "PDF 是扫描件，机器查不了。", "换成由文档导出的 PDF，或人工逐页核对。"),
    _inside("document-author", "hint", "文档属性里留有作者或最后修改人。", "用“检查文档”删去个人信息。"),
)
