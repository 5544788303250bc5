"""The description of the programming interface, made from the form definitions: OpenAPI 3.1 and JSON Schema. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from forms_api.definitions import FormDefinition
from forms_api.field_rules import ELSEWHERE, MAX_LENGTH, MAX_NUMBER, World, least_rows, most_files, most_rows
from forms_api.privacy import Consent
from forms_api.questions import FormField

Schema = dict[str, Any]

KEY_PATTERN = r"^[\x21-\x7e]{8,200}$"
HANDLE_PATTERN = "^[A-Za-z0-9_-]{8,200}$"
_FORMATS = {
    "resident_id": "居民身份证、港澳台居民居住证或外国人永久居留身份证号码",
    "mobile": "中国内地手机号码，11 位",
    "phone": "电话号码，固定电话带区号",
    "credit_code": "统一社会信用代码，18 位",
    "bank_account": "银行卡号",
    "date": "日期，写成 2026-08-01",
}
_REASONS = {
    400: "请求本身看不懂，或缺少必须的请求头",
    401: "没有密钥，或密钥不对",
    404: "没有这张表、这个地址或这份申请",
    405: "这个地址不接受这种请求",
    409: "同一个 Idempotency-Key 已经用来交过别的内容（key-used），或者不在受理期（outside-window）",
    413: "内容太大",
    415: "内容类型不对",
    422: "有的内容要改，fields 里逐项说明",
    429: "交得太快，过 Retry-After 秒再来",
    503: "暂时不收申请",
}


def describe_api(forms: Mapping[str, FormDefinition], world: World, title: str) -> Schema:
    """Return the OpenAPI 3.1 document of `/api/v1`, with the answers of each form spelled out."""
    paths: Schema = {"/api/v1/forms": {"get": _describe_list()}, "/api/v1/status": {"post": _describe_status()}}
    for form in forms.values():
        paths[f"/api/v1/forms/{form.id}/cases"] = {"post": _describe_sending(form)}
        if form.uploads:
            paths[f"/api/v1/forms/{form.id}/files"] = {"post": _describe_file(form)}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title}：申请接口", "version": "1", "description": "供工会自己的小程序、自助机使用。"},
        "paths": paths,
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Error": _ERROR,
                "Receipt": _RECEIPT,
                **{f"Answers-{form.id}": describe_answers(form, world) for form in forms.values()},
            },
        },
    }


# --- operations --------------------------------------------------------------------------------


def _describe_list() -> Schema:
    item = _object(
        {
            "id": {"type": "string"},
            "title": {"type": "string"},
            "version": {"type": "string"},
            "guide": {"type": ["string", "null"]},
            "windows": {
                "type": ["array", "null"],
                "items": _object(
                    {"start": {"type": "string", "format": "date"}, "end": {"type": "string", "format": "date"}}
                ),
                "description": "只在这些日子收，首尾两天都收；null 是全年。过了就答 outside-window，没有宽限",
            },
        }
    )
    return {
        "operationId": "list-forms",
        "summary": "列出可以交的表",
        "responses": {"200": _json(_object({"forms": {"type": "array", "items": item}})), **_errors(401)},
    }


def _describe_status() -> Schema:
    body = _object({"reference": {"type": "string", "maxLength": 40}, "secret": {"type": "string", "maxLength": 80}})
    texts: Schema = {name: {"type": ["string", "null"]} for name in ("reason", "note")}
    view = _object(
        {"reference": {"type": "string"}, "form": {"type": "string"}, "state": {"type": "string"}}
        | {"received_at": {"type": "string", "format": "date-time"}}
        | texts
    )
    return {
        "operationId": "show-status",
        "summary": "凭受理编号和查询码看进展",
        "requestBody": {"required": True, **_json(body)},
        "responses": {"200": _json(view), **_errors(400, 401, 404, 413, 415, 422, 429, 503)},
    }


def _describe_sending(form: FormDefinition) -> Schema:
    answers = {"$ref": f"#/components/schemas/Answers-{form.id}"}
    confirmed = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 100}
    body = {
        "type": "object",
        "required": ["answers"],
        "properties": {
            "answers": answers,
            "confirmed": confirmed | {"description": "本人坚持说没有写错的号码所在的项"},
        },
    }
    header = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": KEY_PATTERN},
        "description": "每次申请自定一个；网络断了用同一个再交，不会重复",
    }
    return {
        "operationId": f"send-{form.id}",
        "summary": f"交一份“{form.title}”",
        "parameters": [header],
        "requestBody": {"required": True, **_json(body)},
        "responses": {
            "201": _json({"$ref": "#/components/schemas/Receipt"}),
            **_errors(400, 401, 409, 413, 415, 422, 429, 503),
        },
    }


def _describe_file(form: FormDefinition) -> Schema:
    fields = [one.name for one in form.uploads]
    parameters = [
        {"name": "field", "in": "query", "required": True, "schema": {"enum": fields}},
        {"name": "name", "in": "query", "required": True, "schema": {"type": "string", "maxLength": 200}},
    ]
    made = _object({"id": {"type": "string", "pattern": HANDLE_PATTERN}, "size": {"type": "integer"}})
    return {
        "operationId": f"send-file-{form.id}",
        "summary": f"先传“{form.title}”的一份材料，24 小时内用得到的编号交表",
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        "responses": {"201": _json(made), **_errors(400, 401, 413, 415, 422, 429, 503)},
    }


def _json(schema: Schema) -> Schema:
    return {"description": "成功", "content": {"application/json": {"schema": schema}}}


def _errors(*codes: int) -> Schema:
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {str(code): {"description": _REASONS[code], "content": shape} for code in codes}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


_ERROR = _object(
    {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "给程序看的短词"},
                "message": {"type": "string", "description": "给人看的一句话"},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    }
)
_RECEIPT = _object(
    {
        "reference": {"type": "string"},
        "secret": {"type": ["string", "null"], "description": "查询码；本人已经查过进展以后不再给出"},
        "received_at": {"type": "string", "format": "date-time"},
        "replayed": {"type": "boolean", "description": "以前已经收下，这是同一份回执"},
    }
)

# --- answers -----------------------------------------------------------------------------------


def describe_answers(form: FormDefinition, world: World) -> Schema:
    """Return the JSON Schema of a form's answers; what depends on other answers is never required here."""
    schema = _describe_fields([one for section in form.sections for one in section.fields], world)
    for consent in form.privacy.consents:
        schema["properties"][consent.name] = _describe_consent(consent)
        if consent.required and not consent.show_if:
            schema.setdefault("required", []).append(consent.name)
    return schema


def _describe_consent(consent: Consent) -> Schema:
    return {"type": "boolean", "title": consent.label} | ({"const": True} if consent.required else {})


def _describe_fields(fields: Iterable[FormField], world: World) -> Schema:
    asked = [one for one in fields if one.type != "statement"]
    schema: Schema = {"type": "object", "properties": {one.name: describe_field(one, world) for one in asked}}
    if required := [one.name for one in asked if one.is_required and not one.show_if]:
        schema["required"] = required
    return schema


def describe_field(field: FormField, world: World) -> Schema:
    """Return the JSON Schema of one answer."""
    describe = _DESCRIBE.get(field.type, _describe_text)
    told = {"title": field.label, "description": field.hint or _FORMATS.get(field.type)}
    return {key: value for key, value in told.items() if value} | describe(field, world)


def _describe_text(field: FormField, world: World) -> Schema:
    least = max(field.min if isinstance(field.min, int) else 0, int(field.is_required))
    most = field.length or MAX_LENGTH.get(field.type, 100)
    return {"type": "string", "maxLength": most} | ({"minLength": least} if least else {})


def _describe_figure(field: FormField, world: World) -> Schema:
    places = 2 if field.type == "money" else field.decimals
    low = field.min if isinstance(field.min, int | float) else -MAX_NUMBER
    high = field.max if isinstance(field.max, int | float) else MAX_NUMBER
    step: Schema = {"multipleOf": float(f"1e-{places}")} if places else {}
    return {"type": "number" if places else "integer", "minimum": low, "maximum": high} | step


def _describe_day(field: FormField, world: World) -> Schema:
    bounds = {"min": field.min, "max": field.max}
    words = {key: str(bound) for key, bound in bounds.items() if isinstance(bound, date) or bound == "today"}
    return {"type": "string", "format": "date"} | ({f"x-{key}": word for key, word in words.items()})


def _describe_choice(field: FormField, world: World) -> Schema:
    return {"enum": list(field.values)}


def _describe_choices(field: FormField, world: World) -> Schema:
    least = field.min if isinstance(field.min, int) else int(field.is_required)
    most = field.max if isinstance(field.max, int) else len(field.values)
    schema = {"type": "array", "items": {"enum": list(field.values)}, "uniqueItems": True}
    return schema | {"minItems": least, "maxItems": most}


def _describe_tick(field: FormField, world: World) -> Schema:
    must = field.type == "consent" and field.is_required
    return {"type": "boolean"} | ({"const": True} if must else {})


def _describe_region(field: FormField, world: World) -> Schema:
    return {"enum": [*world.regions, ELSEWHERE]}


def _describe_union(field: FormField, world: World) -> Schema:
    return {"enum": list(world.unions)}


def _describe_files(field: FormField, world: World) -> Schema:
    items = {"type": "string", "pattern": HANDLE_PATTERN}
    return {"type": "array", "items": items, "minItems": int(field.is_required), "maxItems": most_files(field)}


def _describe_rows(field: FormField, world: World) -> Schema:
    rows = {"minItems": least_rows(field), "maxItems": most_rows(field)}
    return {"type": "array", "items": _describe_fields(field.fields, world)} | rows


_DESCRIBE: dict[str, Callable[[FormField, World], Schema]] = {
    "money": _describe_figure,
    "number": _describe_figure,
    "date": _describe_day,
    "choice": _describe_choice,
    "choices": _describe_choices,
    "yes_no": _describe_tick,
    "consent": _describe_tick,
    "region": _describe_region,
    "union": _describe_union,
    "ethnicity": _describe_choice,
    "education": _describe_choice,
    "political_status": _describe_choice,
    "file": _describe_files,
    "group": _describe_rows,
}
"""Field type → how its answer is described; all others are text."""
