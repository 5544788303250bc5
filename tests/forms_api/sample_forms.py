"""Definitions made by tests: a small whole form, and the faults of a changed one."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from forms_api.definitions import FormDefinition

FORM: dict[str, Any] = {
    "id": "trip",
    "title": "疗休养报名",
    "guide": "trip",
    "workflow": "direct",
    "privacy": {
        "purpose": "安排名额和车次。",
        "basis": "《中华人民共和国个人信息保护法》第十三条",
        "retention": {"approved": "1y", "refused": "30d"},
        "consents": [],
    },
    "sections": [
        {
            "title": "报名",
            "fields": [
                {"name": "full_name", "label": "姓名", "type": "name"},
                {"name": "kind", "label": "类别", "type": "choice", "options": ["在职", "退休"]},
                {"name": "days", "label": "哪几天", "type": "choices", "options": ["周五", "周六", "周日"]},
                {"name": "driver", "label": "自己开车吗", "type": "yes_no"},
            ],
        },
        {"title": "材料", "fields": [{"name": "photo", "label": "照片", "type": "file"}]},
    ],
}
CONSENT: dict[str, Any] = {
    "name": "agree",
    "kind": "identity",
    "label": "我同意",
    "why": "要核对",
    "otherwise": "不能办",
}


def make_form(*fields: dict[str, Any], consents: tuple[dict[str, Any], ...] = (), **changes: Any) -> dict[str, Any]:
    """Return the data of the small form with fields and consents added and top-level keys changed."""
    form = deepcopy(FORM)
    form["sections"][0]["fields"] += deepcopy(list(fields))
    form["privacy"]["consents"] += deepcopy(list(consents))
    return form | changes


def faults_of(form: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (dotted place, sentence) for each fault of a form's data; none if it is a good form."""
    try:
        FormDefinition.model_validate(form)
    except ValidationError as error:
        return [
            (".".join(map(str, one["loc"])), str(one.get("ctx", {}).get("error", one["type"])))
            for one in error.errors(include_url=False)
        ]
    return []
