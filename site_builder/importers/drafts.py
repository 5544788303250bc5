"""From the parts of a document to a draft record: which date is which, who issued it, what stays doubtful."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from site_builder.importers.common import GENRE, Notes, Refused, find_date
from site_builder.importers.official import Parts
from site_builder.importers.record_ids import make_id
from site_builder.importers.statutes import Step
from site_builder.records import RECORD_TYPES, Record, Written
from site_builder.values import DocNumber

_DATE_NAMES = {"disclosed": "公开日期", "posted": "发布时间", "written": "成文日期", "captured": "网页时间"}
_STATES = (("失效", "expired"), ("废止", "repealed"), ("修改", "amended"), ("修订", "amended"), ("有效", "effective"))
_NOT_IN_FORCE = ("无效", "非有效", "不再有效")
_GENRES = (
    "决定",
    "公告",
    "通告",
    "通知",
    "通报",
    "报告",
    "批复",
    "意见",
    "函",
    "纪要",
    "办法",
    "规定",
    "细则",
    "条例",
    "方案",
    "计划",
    "要点",
    "法",
    "解释",
)
_LABELS = {
    "issuer": "发布机构",
    "index_number": "索引号",
    "doc_number": "文号",
    "issued": "成文日期",
    "disclosure": "公开方式",
}


def importable_types() -> dict[str, type[Record]]:
    """Return the record types that a document alone can become: written ones that need no more than a title."""
    return {
        name: kind
        for name, kind in RECORD_TYPES.items()
        if issubclass(kind, Written) and {n for n, f in kind.model_fields.items() if f.is_required()} <= {"id", "title"}
    }


def record_type(kind: str) -> type[Record]:
    """Return the record type called `kind`; raise Refused with the possible ones."""
    types = importable_types()
    if kind not in types:
        raise Refused(f"文件不能导入成“{kind}”这一类，请用 --type 指定其中一类：{'、'.join(types)}。")
    return types[kind]


def build_record(kind: str, fields: Mapping[str, Any], body: str, notes: Notes) -> Record:
    """Return the draft; fields that the type does not have are left out and named in a doubt."""
    model = record_type(kind)
    known = {
        name: value for name, value in fields.items() if name in model.model_fields and value not in (None, "", ())
    }
    lost = [_LABELS.get(name, name) for name, value in fields.items() if name not in model.model_fields and value]
    if named := [name for name in lost if name in _LABELS.values()]:
        notes.doubt(0, f"{model.label}没有这些项，没有记下：{'、'.join(named)}。")
    stem = make_id(fields.get("issued") or fields.get("published"), str(fields["title"]), ())
    try:
        return model.model_validate({**known, "id": stem, "status": "draft", "body": body})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "记录"
        raise Refused(f"读出的内容不合格式（{name}：{first['msg']}），请先改好原文件再导入。") from error


def collect_fields(parts: Parts, steps: Sequence[Step], file_name: str, now: datetime, notes: Notes) -> dict[str, Any]:
    """Return the fields of the record that `parts` tell of; missing and contradicting ones become doubts."""
    values = parts.metadata.values
    fields: dict[str, Any] = {
        "title": parts.title,
        "index_number": re.sub(r"\s", "", values.get("index_number", "")) or None,
        "doc_number": _doc_number(parts, notes),
        "author": values.get("author"),
        "topics": _split(values.get("topics", "")),
        "keywords": _split(values.get("keywords", "")),
        "genre": values.get("genre") or _genre(parts.title),
        "disclosure": _disclosure(parts, notes),
        "validity": _validity(parts, steps, notes),
        "addressee": parts.addressee,
        "signature": parts.signature,
        "note": parts.note,
        "copies_to": parts.copies_to,
        "passages": tuple({"date": step.day, "event": step.event} for step in steps),
    }
    fields |= _dates(parts, steps, now, notes)
    fields |= _origin(parts, file_name, notes)
    return fields


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[、，,;；/\s]+", text) if part)


def _genre(title: str) -> str | None:
    match = re.search(f"({GENRE})$", title)
    return next((genre for genre in _GENRES if match and re.match(rf"{genre}(?:[（(]|$)", match[1])), None)


def _doc_number(parts: Parts, notes: Notes) -> str | None:
    written = parts.metadata.values.get("doc_number") or parts.doc_number
    if not written or written in ("无", "—", "-", "/"):
        notes.doubt(0, "没有找到文号；确实没有文号的可以不管。")
        return None
    number = DocNumber.normalise(written)
    if number is None:
        notes.doubt(parts.metadata.line("doc_number"), f"文号“{written}”看不懂，没有记下，请照原文补上。")
        return None
    if str(number) != written:
        notes.repair(parts.metadata.line("doc_number"), "文号写法", f"文号“{written}”改成规范写法：{number}")
    return str(number)


def _disclosure(parts: Parts, notes: Notes) -> str | None:
    written = parts.metadata.values.get("disclosure", "")
    for word in ("主动公开", "依申请公开", "不予公开"):
        if word in written:
            return word
    if written:
        notes.doubt(
            parts.metadata.line("disclosure"), f"公开方式“{written}”不在主动公开、依申请公开、不予公开之中，没有记下。"
        )
    return None


def _validity(parts: Parts, steps: Sequence[Step], notes: Notes) -> dict[str, Any]:
    values, line = parts.metadata.values, parts.metadata.line("validity")
    validity: dict[str, Any] = {name: find_date(values.get(name, "")) for name in ("effective", "expires", "repealed")}
    written = values.get("validity")
    if written == "":
        notes.doubt(line, "原文的“有效性”是空的，请查明是否有效后填写。")
    elif written:
        state = None if written.startswith(_NOT_IN_FORCE) else next((s for word, s in _STATES if word in written), None)
        validity["state"] = state
        if state is None:
            notes.doubt(line, f"有效性“{written}”看不懂，没有记下，请查明后填写。")
    started = [step.day for step in steps if re.match("(?:起)?(?:施行|实施)|.*起(?:施行|实施)", step.event)]
    if started and not validity["effective"]:
        validity["effective"] = started[-1]
    ends = [day for name in ("expires", "repealed") if (day := validity[name])]
    if validity["effective"] and any(day < validity["effective"] for day in ends):
        notes.doubt(line, "失效或废止日期早于施行日期，效力日期都没有记下，请核对。")
        return {}
    return {name: value for name, value in validity.items() if value}


# --- dates -----------------------------------------------------------------------------------


def _dates(parts: Parts, steps: Sequence[Step], now: datetime, notes: Notes) -> dict[str, Any]:
    found = {name: day for name in _DATE_NAMES if (day := find_date(parts.metadata.values.get(name, "")))}
    made = [step for step in steps if step.makes_text]
    announced = [step.day for step in steps if re.search("公布|发布|颁布", step.event)]
    issued = made[-1].day if made else parts.signed or found.get("written") or found.get("disclosed")
    issued = issued or (steps[-1].day if steps else None)
    published = found.get("posted") or found.get("disclosed")
    if announced and published is None and issued and announced[-1] >= issued:
        published = announced[-1]
    if published is None and "captured" in found:
        published = found["captured"]
        notes.doubt(
            parts.metadata.line("captured"),
            f"公开日期 {published} 是网页上标的时间，可能只是收录时间，请查明文件真正的公开日期。",
        )
    _compare_dates(parts, found, notes)
    if issued and published and issued > published:
        notes.doubt(0, f"成文日期 {issued} 晚于公开日期 {published}，不合常理；公开日期暂按成文日期记，请核对。")
        published = issued
    if published is None:
        published = issued or now.date()
        what = "成文日期" if issued else "导入当天的日期"
        notes.doubt(0, f"没有找到公开日期，暂按{what} {published} 记，请核对。")
    if issued is None:
        notes.doubt(0, "没有找到成文日期，请照原文补上。")
    clock = (
        re.search(r"(?<!\d)([01]?\d|2[0-3]):([0-5]\d)", parts.metadata.values.get("posted", ""))
        if found.get("posted") == published
        else None
    )
    return {
        "issued": issued,
        "published": published,
        "published_time": f"{int(clock[1]):02}:{clock[2]}" if clock else None,
    }


def _compare_dates(parts: Parts, found: Mapping[str, date], notes: Notes) -> None:
    named = [(_DATE_NAMES[name], day, parts.metadata.line(name)) for name, day in found.items()]
    if parts.signed:
        named.append(("落款日期", parts.signed, parts.signed_line))
    if len({day for _, day, _ in named}) > 1:
        listed = "、".join(f"{name} {day}" for name, day, _ in named)
        notes.doubt(named[0][2], f"文件里的日期不一致：{listed}。成文日期和公开日期请逐一核对。")


# --- who -------------------------------------------------------------------------------------


def _origin(parts: Parts, file_name: str, notes: Notes) -> dict[str, Any]:
    values = parts.metadata.values
    labelled, source = values.get("issuer") or None, values.get("source") or None
    signed = parts.signature[0] if parts.signature else None
    issuer = signed or parts.issuer_line or labelled
    if labelled and issuer and labelled != issuer:
        line = parts.metadata.line("issuer")
        notes.repair(line, "机构全称", f"发布机构“{labelled}”改成文件上的全称：{issuer}")
        notes.doubt(line, f"信息栏的发布单位写作“{labelled}”，已按落款或题下署名记为“{issuer}”，请核对。")
    if issuer is None:
        notes.doubt(0, "没有找到发布机构，请照原文补上。")
    if notes.shared and issuer and source is None:
        source = issuer
    if issuer is None and source is None:
        source = file_name
    return {"issuer": issuer, "source": source}
