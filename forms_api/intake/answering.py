"""Answers for programs: JSON, and one shape for everything that went wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from forms_api.refusals import IntakeClosed, OutsideWindow, TooMany
from forms_api.storage import StoreBroken

log = logging.getLogger("forms_api.intake")

WORDS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "请求看不懂。请对照接口说明检查地址、请求头和内容。"),
    "not-json": (400, "内容不是 JSON 对象。请检查写法。"),
    "no-idempotency-key": (400, "请加上请求头 Idempotency-Key，8 到 200 个可见字符，每次申请各用一个。"),
    "unauthorized": (401, "密钥缺少或不对。请在请求头写 Authorization: Bearer 密钥。"),
    "forbidden": (403, "这个请求不是从本站发出的，没有收下。"),
    "not-found": (404, "没有这个地址、这张表或这份材料。"),
    "unknown-case": (404, "受理编号和查询码对不上。请核对后再试。"),
    "method-not-allowed": (405, "这个地址不接受这种请求。"),
    "key-used": (409, "这个 Idempotency-Key 已经交过别的内容。要另交一份，请换一个。"),
    "outside-window": (409, "现在不在受理期，内容没有收下。请在受理期内再交。"),
    "upload-gone": (404, "这份文件已经清掉或已经交过。请重新上传。"),
    "upload-busy": (409, "这份文件正在上传。请稍等再接着传。"),
    "offset": (409, "接着传的位置不对。请从 received 处接着传。"),
    "too-large": (413, "内容太大。请减少内容，文件请分开传。"),
    "wrong-type": (415, "内容类型不对。请对照接口说明写 Content-Type。"),
    "invalid": (422, "有的内容要改，fields 里逐项说明。"),
    "file": (422, "这份文件没有收下。"),
    "too-many": (429, "交得太快了。请过一会儿再来。"),
    "closed": (503, "网上暂时不收申请，内容没有收下。请打职工热线，或者到窗口办理。"),
    "failed": (500, "这次没有办成，我们会查原因。请过几分钟再试。"),
}
"""Code → status and sentence of what went wrong."""
_BY_STATUS = {400: "bad-request", 401: "unauthorized", 403: "forbidden", 404: "not-found", 405: "method-not-allowed"}
_BY_STATUS |= {413: "too-large", 415: "wrong-type", 429: "too-many", 503: "closed"}


class Failed(Exception):
    """A request that cannot be done; `code` is one of WORDS."""

    def __init__(self, code: str, message: str = "", fields: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.fields, self.more = code, message, fields, more


def read_json() -> dict[str, Any]:
    """Return the JSON object that was sent. Raises Failed for anything else, nested too deeply included."""
    try:
        told = request.get_json(silent=True)
    except RecursionError:
        told = None
    if not isinstance(told, dict):
        raise Failed("not-json")
    return told


def answer(data: Any, status: int = 200) -> Response:
    """Return JSON."""
    body = json.dumps(data, ensure_ascii=False)
    return Response(body, status, content_type="application/json; charset=utf-8")


def answer_failure(error: Exception) -> Response:
    """Return any failure in the one shape; log the kind and place of those that nobody foresaw, and nothing of the request."""
    failed = _name(error)
    status, words = WORDS[failed.code]
    told: dict[str, Any] = {"code": failed.code, "message": failed.message or words}
    if failed.fields:
        told["fields"] = dict(failed.fields)
    response = answer({"error": told | failed.more}, status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _name(error: Exception) -> Failed:
    if isinstance(error, Failed):
        return error
    if isinstance(error, IntakeClosed):
        return Failed("closed")
    if isinstance(error, TooMany):
        return Failed("too-many")
    if isinstance(error, OutsideWindow):
        return Failed("outside-window", f"{error}内容没有收下。")
    if isinstance(error, HTTPException):
        code = error.code or 500
        return Failed(_BY_STATUS.get(code, "bad-request" if code < 500 else "failed"))
    if isinstance(error, StoreBroken):
        log.error("store broken", exc_info=error, extra={"event": "error", "request": request.endpoint or ""})
        return Failed("closed")
    log.error(
        "request failed", exc_info=error, extra={"event": "error", "request": request.endpoint or "", "status": 500}
    )
    return Failed("failed")
