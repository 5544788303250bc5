"""Paper: the slip with a new secret at the window, the acceptance note, the approval form. Each print leaves a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, Response, abort, request

from forms_api import casework
from forms_api.casefiles import CaseFile, Group, Shown, read_case, reveal
from forms_api.casework import NoSuchCase
from forms_api.definitions import CHINA
from forms_api.model import Actor, NewEvent
from forms_api.references import SECRET, show_secret, spell
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.cases import find_history, who
from forms_api.review.inbox import WORK
from forms_api.review.paper import Table, draw_form, fill_in, lay_out
from forms_api.wording import date_cn, day_cn, moment_cn, thousands
from forms_api.workflow import STATES, StepStopped

pages = Blueprint("prints", __name__)
KINDS = frozenset({"acceptance", "approval"})
SIGNS = {
    "direct": ("经办意见", "审核意见", "审批意见"),
    "chain": ("基层工会意见", "县总工会审批意见"),
    "aid": ("基层工会初审意见", "县总工会复核意见", "县总工会审批意见"),
    "honour": ("推荐单位工会意见", "县总工会审核意见", "县总工会审批意见"),
    "petition": ("拟办意见", "办理结果", "负责人意见"),
}
"""Workflow → whose opinions are signed by hand on the form."""
RANDOM_BYTES = 32


@pages.post("/cases/<reference>/secret")
@needs("handler", "reviewer")
def renew_secret(reference: str) -> Response:
    """Give a worker who showed the ID at the window a new secret, once, on a slip to print."""
    review = frame.review()
    file = _open(reference)
    if request.form.get("seen") != "yes":
        return frame.say(
            "查询码没有换",
            "请先当面核对证件，再勾选“已当面核对本人证件”。",
            422,
            back=f"/cases/{reference}",
            back_words="回到这份申请",
        )
    secret = spell(review.office.random(RANDOM_BYTES), SECRET)
    try:
        casework.renew_secret(review.office, review.intake_keys, who(), reference, secret)
    except StepStopped as stopped:
        return frame.say("查询码没有换", stopped.words, 403, back=f"/cases/{reference}", back_words="回到这份申请")
    address = f"https://{review.bundle.site['domain']}/status/?no={reference}"
    code = frame.draw_qr(address, "查进度的二维码")
    return frame.page("slip.html", "新的查询码", file=file, secret=show_secret(secret), code=code)


@pages.post("/cases/<reference>/print")
@needs(*WORK)
def print_case(reference: str) -> Response:
    """Show a case as a form to print; with the numbers whole only where that is asked for."""
    kind, whole = request.form.get("kind", ""), request.form.get("whole") == "yes"
    if kind not in KINDS:
        abort(404)
    review, member = frame.review(), who()
    file = _open(reference)
    groups = _reveal_all(file) if whole and kind == "approval" else file.groups
    event = NewEvent("printed", review.clock(), Actor("staff", member.id), {"kind": kind}, file.standing.case.id)
    review.store.append_event(event)
    if kind == "approval":
        return _draw_approval(file, groups, "" if whole else "号码和住址已遮盖")
    return frame.page(
        "acceptance.html",
        "受理单",
        file=file,
        case=file.standing.case,
        state=STATES[file.standing.case.state],
        member=member,
        union=review.office.tree.title(file.standing.work.union),
    )


def _reveal_all(file: CaseFile) -> tuple[Group, ...]:
    """Return the answers with everything whole that is masked; each leaves its trace."""
    office, member, reference = frame.review().office, who(), file.standing.case.reference
    return tuple(
        replace(
            group,
            rows=tuple(
                replace(one, words=reveal(office, member, reference, one.path)) if one.path else one
                for one in group.rows
            ),
        )
        for group in file.groups
    )


def _draw_approval(file: CaseFile, groups: tuple[Group, ...], masked: str) -> Response:
    case, signs = file.standing.case, SIGNS.get(file.standing.workflow, SIGNS["direct"])
    received = f"{date_cn(case.received_at.astimezone(CHINA).date())}收到"
    return draw_form(
        f"{file.row.title}{'办理单' if file.standing.workflow == 'petition' else '审批表'}",
        f"受理编号：{case.reference}",
        "；".join(filter(None, (received, masked))),
        [*lay_out(groups), *_list_attached(file)],
        signs,
    )


def _list_attached(file: CaseFile) -> Iterator[Table]:
    """Yield what stands below the answers: what they come to, the materials, what was done."""
    yield Table("条件核对", rows=tuple(_list_conditions(file)), head=("项目", "照申请人填的"))
    names = [f"{one.label}（{day_cn(one.at)}）" for one in file.materials]
    yield fill_in("附件", [Shown("材料", "、".join(names))] if names else ())
    steps = (one for one in find_history(file) if one["step"])
    rows = tuple((moment_cn(one["at"]), one["words"], one["who"], one["reason"]) for one in steps)
    yield Table("办理经过", rows=rows, head=("时间", "到哪一步", "谁办的", "说明"))


def _list_conditions(file: CaseFile) -> Iterator[tuple[str, str]]:
    for one in file.reckoned:
        beside = f"{'不高于' if one.below else '高于'}{one.since}起的认定线 {thousands(one.line)} 元（{one.source}）"
        yield "全家人均月收入", f"{thousands(one.value)} 元，{beside}"
    for condition in file.conditions:
        name, _, words = condition.words.partition("：")
        yield name, words


def _open(reference: str) -> CaseFile:
    try:
        return read_case(frame.review().office, who(), reference)
    except NoSuchCase:
        abort(404)
