"""One case: what was sent, what belongs to it, what can be done next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, request

from forms_api import casework
from forms_api.arrivals import take_in
from forms_api.back_office import Member, Office
from forms_api.casefiles import CaseFile, open_file, read_case, reveal
from forms_api.casework import NoSuchCase
from forms_api.definitions import CHINA
from forms_api.model import Event
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.inbox import WORK, find_colleague, list_colleagues, tell_days
from forms_api.reviewing import as_member
from forms_api.storage import CaseChanged
from forms_api.trails import REGISTERS
from forms_api.workflow import REASONS, STATES, Step, StepStopped

pages = Blueprint("cases", __name__)
EVENTS = {
    "submitted": "提交",
    "supplied": "申请人补了材料",
    "routed": "转到{union}",
    "taken_up": "接着办",
    "assigned": "分派给{to}",
    "joined": "请{union}联办",
    "bound": "关联到另一份申请",
    "entered": "记入{register}",
    "household_bound": "关联到困难职工档案",
    "noted": "写了内部意见",
    "secret_renewed": "换了查询码",
    "notice_sent": "发了消息",
    "nobody_told": "没有留手机号，不发消息",
    "told_by_phone": "电话告知了",
    "corrected": "照本人的要求更正了信息",
    "consent_withdrawn": "本人收回了一项同意",
    "held": "暂缓删除",
    "released": "撤销了暂缓删除",
    "revealed": "查看了遮盖的内容",
    "file_read": "看了材料",
    "case_read": "打开看过",
    "printed": "打印",
}
"""What a line of the history says, by kind of event; steps say the state that they led to."""
STEPS = frozenset({"submitted", "supplied", "routed", "joined", "moved", "corrected"})
"""Lines that a form on paper shows: how the case went its way."""
QUIET = frozenset({"case_read", "file_read", "revealed", "notice_sent", "nobody_told", "printed", "taken_up"})
"""Lines that are shown folded: who looked at what."""
MEDIA = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "heic": "image/heic"}
VIEWER = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@pages.get("/cases/<reference>")
@needs(*WORK)
def show(reference: str) -> Response:
    """Show a case."""
    office, member = frame.review().office, who()
    take_in(office)
    file = _open(reference)
    casework.mark_read(office, member, file.standing)
    return _draw(file)


@pages.post("/cases/<reference>/step")
@needs(*WORK)
def step(reference: str) -> Response:
    """Take a step with a case; what stands against it comes back with everything that was typed."""
    posted = request.form
    taken = Step(
        posted.get("action", ""),
        posted.get("reason", ""),
        posted.get("note", ""),
        tuple(posted.getlist("field")),
        _read_until(posted.get("until", "")),
        posted.get("union", ""),
    )
    return _act(reference, lambda office, member: casework.decide(office, member, reference, taken), "step_taken")


@pages.post("/cases/<reference>/assign")
@needs(*WORK)
def assign(reference: str) -> Response:
    """Give a case to somebody."""
    to = find_colleague(request.form.get("to", ""))
    return _act(reference, lambda office, member: casework.assign(office, member, reference, to), "assigned")


@pages.post("/cases/<reference>/note")
@needs(*WORK)
def note(reference: str) -> Response:
    """Keep an internal opinion."""
    text = request.form.get("text", "")[:4000]
    return _act(reference, lambda office, member: casework.add_note(office, member, reference, text), "noted")


@pages.post("/cases/<reference>/join")
@needs("handler", "reviewer")
def join(reference: str) -> Response:
    """Ask another union to take part."""
    union = request.form.get("union", "")
    return _act(reference, lambda office, member: casework.join(office, member, reference, union), "joined")


@pages.post("/cases/<reference>/bind")
@needs("handler", "reviewer")
def bind(reference: str) -> Response:
    """Say which case this one is about."""
    about = request.form.get("about", "").strip().upper()
    return _act(
        reference,
        lambda office, member: casework.bind(office, member, reference, about),
        "bound",
        "没有这个编号的申请，或者它不在您负责的范围里。请核对编号。",
    )


@pages.post("/cases/<reference>/reveal")
@needs(*WORK)
def show_whole(reference: str) -> Response:
    """Show one masked answer whole, on this answer only."""
    path = request.form.get("path", "")
    file = _open(reference)
    try:
        whole = reveal(frame.review().office, who(), file.row.case.reference, path)
    except KeyError:
        abort(404)
    return _draw(file, revealed={path: whole})


@pages.get("/cases/<reference>/files/<file_id>")
@needs(*WORK)
def show_file(reference: str, file_id: str) -> Response:
    """Show a file of a case, closed off from everything else in the browser."""
    review = frame.review()
    try:
        secret, blocks = open_file(review.office, who(), reference, file_id, review.files)
    except (NoSuchCase, KeyError):
        abort(404)
    kind = MEDIA.get(secret.kind, "application/octet-stream")
    # a browser's own reader of PDF does not run inside a sandbox; it is closed off by itself, and the file was drawn anew
    policy = VIEWER if kind.startswith("image/") else VIEWER.removesuffix("; sandbox")
    headers = {
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(secret.name)}",
        "Content-Security-Policy": policy,
    }
    return Response(blocks, content_type=kind, headers=headers)


def who() -> Member:
    """Return who asks."""
    return as_member(frame.signed_in().staff)


def _open(reference: str) -> CaseFile:
    try:
        return read_case(frame.review().office, who(), reference)
    except NoSuchCase:
        abort(404)


def _act(
    reference: str, act: Callable[[Office, Member], object], said: str, unknown: str = "这份申请不在您负责的范围里。"
) -> Response:
    """Do something to a case and show it again; a sentence where it could not be done."""
    try:
        act(frame.review().office, who())
    except StepStopped as stopped:
        return _draw(_open(reference), (stopped.words,))
    except NoSuchCase:
        return _draw(_open(reference), (unknown,))
    except CaseChanged:
        return _draw(_open(reference), ("刚才有别人办了这份申请。请看现在的情况，再决定怎么办。",))
    try:
        read_case(frame.review().office, who(), reference)
    except NoSuchCase:  # handed to another union
        return frame.go("/cases/", said)
    return frame.go(f"/cases/{reference}", said)


def _read_until(text: str) -> datetime | None:
    try:
        return datetime.combine(datetime.strptime(text, "%Y-%m-%d").date(), time(23, 59), CHINA)
    except ValueError:
        return None


def _draw(file: CaseFile, faults: tuple[str, ...] = (), revealed: dict[str, str] | None = None) -> Response:
    review, names = frame.review(), {one.id: one.name for one in list_colleagues()}
    tree, calendar = review.office.tree, review.bundle.calendar
    unions = [(one, tree.title(one)) for one in tree.offices()]
    asked = file.standing.case.asked
    return frame.page(
        "case.html",
        f"{file.row.name} · {file.row.title}",
        422 if faults else 200,
        file=file,
        case=file.standing.case,
        work=file.standing.work,
        state=STATES[file.standing.case.state],
        workflow=file.standing.workflow,
        find_state=STATES.__getitem__,
        reason=REASONS.get(file.standing.case.reason or "", ""),
        faults=faults,
        posted=defaultdict(str, request.form.items()),
        ticked=request.form.getlist("field"),
        revealed=revealed or {},
        unions=unions,
        union_names=dict(unions),
        colleagues=list_colleagues(),
        names=names,
        reasons=REASONS,
        askable=list(_list_askable(file)),
        asked_labels=[one.label for one in file.form.fields() if asked and one.name in asked.fields],
        until=calendar.after(review.office.today(), 10).isoformat(),
        tell_days=tell_days,
        history=find_history(file),
        covers=lambda row: tree.covers(frame.signed_in().staff.union, row.work.union),
    )


def _list_askable(file: CaseFile) -> Iterator[tuple[str, str]]:
    """Yield name and label of what may be asked for, materials first: what is asked for most."""
    fields = [
        one for section in file.form.sections for one in section.fields if one.type not in ("statement", "consent")
    ]
    yield from ((one.name, one.label) for one in sorted(fields, key=lambda one: one.type != "file"))


def find_history(file: CaseFile) -> list[dict[str, Any]]:
    """Return what happened to a case in words, oldest first."""
    tree, names = frame.review().office.tree, {one.id: one.name for one in list_colleagues()}
    return [_tell(event, names, tree.titles) for event in file.history]


def _tell(event: Event, names: Mapping[str, str], unions: Mapping[str, str]) -> dict[str, Any]:
    """Return a line of the history in words."""
    data = {key: str(value or "") for key, value in event.data.items()}
    if event.kind == "moved":
        words = STATES[data["state"]].label
    else:
        register = REGISTERS.get(data.get("register", ""), "登记册")
        told = {
            "register": register,
            "union": unions.get(data.get("union", ""), ""),
            "to": names.get(data.get("to", ""), "") or "（收回）",
        }
        words = EVENTS.get(event.kind, event.kind).format(**told)
    actor = names.get(event.actor.id or "", event.actor.id or "")
    return {
        "at": event.at,
        "words": words,
        "who": actor or {"applicant": "申请人", "program": "程序", "system": "系统"}.get(event.actor.role, ""),
        "reason": "。".join(filter(None, (REASONS.get(data.get("reason", "")), data["note"])))
        if event.kind == "moved"
        else "",
        "quiet": event.kind in QUIET,
        "step": event.kind in STEPS,
    }
