"""Answers in words, for the page that shows them once more before they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forms_api.definitions import FormDefinition
from forms_api.questions import FormField
from forms_api.wording import thousands

Row = tuple[str, str]


def list_summary(
    form: FormDefinition, answers: Mapping[str, Any], file_names: Mapping[str, str], unions: Mapping[str, str]
) -> list[tuple[str, list[Row]]]:
    """Return (title, [(label, words)]) of each step; what was not answered is left out."""
    parts = [(section.title, list(list_rows(section.fields, answers, file_names, unions))) for section in form.sections]
    consents = [
        ("同意" if answers[one.name] else "不同意", one.label) for one in form.privacy.consents if one.name in answers
    ]
    return [*parts, *([("请您同意", consents)] if form.privacy.consents else [])]


def list_rows(
    fields: tuple[FormField, ...], answers: Mapping[str, Any], file_names: Mapping[str, str], unions: Mapping[str, str]
) -> Iterator[Row]:
    """Yield (label, words) of each answer; the rows of a group come one after another."""
    for one in fields:
        value = answers.get(one.name)
        if value is None or value == []:
            continue
        if one.type == "group":
            for number, row in enumerate(value, 1):
                said = "\n".join(f"{label}：{words}" for label, words in list_rows(one.fields, row, file_names, unions))
                yield f"{one.item or one.label} {number}", said
        elif one.type == "consent":
            yield "已勾选" if value else "没有勾选", one.label
        else:
            yield one.label, write_answer(one, value, file_names, unions)


def write_answer(one: FormField, value: Any, file_names: Mapping[str, str], unions: Mapping[str, str]) -> str:
    """Return one answer in words."""
    if one.type == "file":
        return "、".join(file_names.get(handle) or "已上传的文件" for handle in value) + f"（{len(value)} 份）"
    if one.type == "union":
        return unions.get(value, str(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value))
    if one.type in ("money", "number"):
        unit = one.unit or ("元" if one.type == "money" else "")
        return f"{thousands(value)} {unit}".strip()
    if one.type == "date":
        year, month, day = str(value).split("-")
        return f"{int(year)}年{int(month)}月{int(day)}日"
    return str(value)
