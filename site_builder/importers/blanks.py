"""A new record to fill in: what such a record usually says, every other field as a comment with its Chinese name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from site_builder.content_files import read_library, write_new
from site_builder.importers.common import Refused
from site_builder.importers.imports import Shelf
from site_builder.importers.record_ids import make_id
from site_builder.model import Library
from site_builder.reading.record_text import record_path
from site_builder.reading.yaml_files import dump_yaml
from site_builder.records import RECORD_TYPES, Policy, Record, Union, Written

FORM = "form"
_BODY = "正文写在这里。小标题写成“## 一、标题”，款写成“（一）……”，项写成“1. ……”，每段之间空一行。"
_HINT = "# 写好、看过以后把 status 改成 published；下面带 # 的各项，要用时去掉行首的 # 再填。"
_ENDING = "# 各项的意思见工作手册“每类内容怎么写”。"


def _samples(library: Library, title: str, day: date) -> dict[str, dict[str, Any]]:
    """Return for each type what its blank says, in the order of the file."""
    unit, phone = library.site.organisation, library.site.phone or "0000-6010001"
    policy = next(iter(library.all(Policy)), None)
    county = next((one for one in library.all(Union) if one.kind == "county"), None)
    source = {"source": unit, "published": day}
    period = {"start": day, "working_days": 5}
    contact = {"unit": unit, "phone": phone}
    return {
        "policy": {"issuer": unit, "issued": day, "published": day, "disclosure": "主动公开"},
        "interpretation": {"type": "interpretation", "policy": policy.id if policy else "所解读文件的编号", **source},
        "notice": {"kind": "公示", "issuer": unit, **source, "period": period, "objection": contact},
        "news": {**source, "summary": "一句话说清做成了什么。"},
        "honour": {
            "honour": "五一劳动奖章",
            "level": "县级",
            "year": day.year,
            "conferred_by": unit,
            "conferred": day,
            "recipients": [
                {"name": "姓名", "key": "xingming", "unit": "所在单位", "post": "岗位", "consent": False},
                {"name": "集体名称", "key": "jiti", "kind": "集体"},
            ],
        },
        "guide": {
            "summary": "一句话说明能办什么。",
            "basis": [{"title": "依据的文件", "article": "第几条"}],
            "conditions": [{"text": "什么人可以办"}],
            "materials": [{"name": "材料名称", "medium": "原件"}],
            "places": [{"name": "办理地点", "address": library.site.address or "地址", "hours": "周一至周五 8:30–12:00"}],
            "phones": [phone],
            "steps": [{"title": "申请"}, {"title": "审核", "days": 3}, {"title": "告知结果"}],
            "promised_limit": {"days": 5, "unit": "工作日"},
            "fee": "不收费",
        },
        "case": {**source, "outcome": "处理结果"},
        "union": {"kind": "grassroots", "parent": county.id} if county else {"kind": "county"},
        "venue": {"kind": "户外劳动者服务站点", "address": "地址", "hours": "8:00–18:00", "phone": phone},
        "indicator": {"group": "五件实事", "unit": "人", "target": {"value": 100}, "series": [{"date": day, "value": 0}]},
        "campaign": {"period": {"start": day, "end": date(day.year, 12, 31)}, "summary": "一句话说明。"},
        "event": {"kind": "培训", "start": datetime.combine(day, time(9)), "place": "地点", "contact": contact},
        "finance": {"kind": "预算", "year": day.year, **source},
        "page": {"column": "概况信息", "description": "一句话说明这一页讲什么。", "updated": day},
        "message": {"kind": "咨询", "asked": day, "asker": "张某", "question": "隐去个人信息后的问题"},
        "consultation": {"period": {"start": day, "end": date(day.year, 12, 31)}, "issuer": unit, "contact": contact},
        "register": {
            "updated": day,
            "columns": [
                {"name": "name", "label": "名称", "public": True},
                {"name": "note", "label": "内部备注", "public": False},
            ],
            "rows": [{"name": "第一行", "note": "不公开的一列"}],
        },
        "rules": {"versions": [{"effective": day, "source": "出处（文件和条款）", "values": {"line": 0}}], "labels": {"line": "标准"}},
        FORM: {
            "guide": "",
            "workflow": "direct",
            "privacy": {"purpose": f"办理{title}", "basis": "依据的法律条款", "retention": {"approved": "1y", "refused": "1y"}},
            "sections": [{"title": "本人信息", "fields": [{"name": "full_name", "label": "姓名", "type": "name"}]}],
        },
    }  # fmt: skip


def list_types() -> list[str]:
    """Return the names that `site-builder new` knows."""
    return [*RECORD_TYPES, FORM]


def write_blank(kind: str, title: str, content: Path, now: datetime) -> Path:
    """Write a new draft of a type and return its file; raise Refused."""
    if kind not in list_types():
        raise Refused(f"没有“{kind}”这一类内容，可以写：{'、'.join(list_types())}。")
    library, day = read_library(content).library, now.date()
    values = _samples(library, title, day)[kind]
    shelf = Shelf.read(content)
    if kind == FORM:
        stem = make_id(None, title, shelf.taken.get("forms", ()))
        values = {key: value for key, value in values.items() if value}
        text = _first_line(kind, "forms/x.yml") + dump_yaml({"id": stem, "title": title, "status": "draft", **values})
        return write_new(content / "forms" / f"{stem}.yml", text)
    model = RECORD_TYPES[kind]
    stem = make_id(day if model.dated else None, title, shelf.taken.get(model.folder, ()))
    record = model.model_validate({"id": stem, "title": title, "status": "draft", **values})
    place = record_path(record)
    return write_new(content / place, _write_text(kind, model, {"title": title, "status": "draft", **values}, place))


def _first_line(kind: str, place: str) -> str:
    """Return the line that tells an editor program where the schema is."""
    return f"# yaml-language-server: $schema={'../' * place.count('/')}.schema/{kind}.json\n"


def _write_text(kind: str, model: type[Record], values: Mapping[str, Any], place: str) -> str:
    head = f"{_first_line(kind, place)}{_HINT}\n{dump_yaml(values)}"
    for name, field in model.model_fields.items():
        if name not in values and not field.exclude and name not in ("id", "type", "body"):
            meaning = "，".join(part for part in (field.title, field.description) if part)
            head += f"# {name}:  # {meaning}\n"
    head += f"{_ENDING}\n"
    return f"---\n{head}---\n\n{_BODY}\n" if issubclass(model, Written) else head
