"""What goes wrong, as pages in the frame: each says what to do. The log gets kind and place, never what was sent."""

from __future__ import annotations

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from forms_api.password_hashes import Busy
from forms_api.review import frame
from forms_api.signing_in import LockedOut
from forms_api.storage import StaffChanged, StoreBroken
from forms_api.vault import Locked

log = logging.getLogger("forms_api.review")
MESSAGES = {
    "stranger": ("这一页不是从本系统打开的", "为了安全，没有收下。请从本系统里重新打开再试。"),
    "token": ("这一页放得太久了", "为了安全，没有收下。请退回上一页，刷新以后再试。"),
    "duty": ("您的岗位不能看这一页", "这里归别的岗位办。要是您确实要用，请系统管理员调整您的岗位。"),
    "own": ("不能改自己的账号", "停用、重置、改岗位，请另一位系统管理员来办。"),
    "scope": ("这不在您负责的范围里", "它归别的工会办。请转给那里的同事，或者请县总工会处理。"),
}
BY_CODE = {
    403: ("这一页不让看", "您没有这里的权限。"),
    404: ("没有这一页", "地址可能写错了，或者内容已经不在了。"),
    405: ("请从页面上的按钮来", "这个地址要从页面上一步一步走到。"),
    413: ("传的内容太大了", "请分几次传，或者换小一点的文件。"),
}
OTHERWISE = ("这次没有办成", "不是您的问题，原因已经记下。请过几分钟再试；还是不行，请告诉系统管理员。")
LOCKED_AUDITOR = "打开申请要用的私钥还锁着。请业务岗位的同事登录后解锁。"
LOCKED = "打开申请要用的私钥还锁着。请先解锁，再回来重做这一步；刚才的内容没有保存。"


def answer_failures(app: Flask) -> None:
    """Let the app answer every failure with a page."""
    app.register_error_handler(Exception, answer_failure)
    app.register_error_handler(Locked, answer_locked)
    app.register_error_handler(LockedOut, answer_locked_out)
    app.register_error_handler(Busy, answer_busy)
    app.register_error_handler(StaffChanged, answer_changed)


def answer_failure(error: Exception) -> Response:
    """Answer what has no answer of its own."""
    code = error.code or 500 if isinstance(error, HTTPException) else 503 if isinstance(error, StoreBroken) else 500
    if code >= 500:
        place = {"event": "error", "request": request.endpoint or "", "status": code}
        log.error("request failed", exc_info=error, extra=place)
    said = error.description if isinstance(error, HTTPException) else ""
    title, text = MESSAGES.get(said or "") or BY_CODE.get(code, OTHERWISE)
    return frame.say(title, text, code)


def answer_locked(error: Locked) -> Response:
    """Send to unlocking, and back afterwards; who may not unlock is told whom to ask."""
    signed = frame.find_signed_in()
    if signed is None or "auditor" in signed.staff.duties:
        return frame.say("还没有解锁", LOCKED_AUDITOR, 503)
    if request.method == "GET":
        return frame.go("/unlock", to=request.full_path.rstrip("?"))
    return frame.say("还没有解锁", LOCKED, 503, back="/unlock", back_words="去解锁")


def answer_locked_out(error: LockedOut) -> Response:
    """Say how long to wait."""
    minutes = -(-int((error.until - frame.review().clock()).total_seconds()) // 60)
    return frame.say("试错的次数太多", f"为了安全，先锁 {max(1, minutes)} 分钟。到时再试，不用找人解。", 429)


def answer_busy(error: Busy) -> Response:
    """Say that many sign in at once."""
    return frame.say("现在登录的人多", "请稍等半分钟再试。", 503)


def answer_changed(error: StaffChanged) -> Response:
    """Say that somebody else changed the same account."""
    return frame.say("刚才有别人也在改这个账号", "没有保存。请刷新以后看看，再改一次。", 409, back=request.path)
