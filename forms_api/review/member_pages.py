"""The register of members: list, one member, admission by a table, export."""

from __future__ import annotations

import base64
from collections import defaultdict

from flask import Response, abort, request

from forms_api.registering import members
from forms_api.registering.members import MASKED, Roster, Wanted
from forms_api.registers.members import FIRST_ACTS, KEPT, MOVES, STATES, UNSTATED, Given, list_moves
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.review.registers import READ, SIZE, act, draw, find_or_404, pages, pick, read_day, read_page, who
from forms_api.spreadsheets import XLSX, BadSheet
from forms_api.workflow import StepStopped

LABELS = {
    "full_name": "姓名", "mobile": "手机号码", "worker_kind": "就业形态", "employer": "单位", "occupation": "岗位或工种",
    "ethnicity": "民族", "education": "学历", "political_status": "政治面貌",
}  # fmt: skip


@pages.get("/members/")
@needs(*READ)
def list_members() -> Response:
    """List members."""
    return _list()


@pages.post("/members/search")
@needs(*READ)
def search_members() -> Response:
    """List what was searched for, posted so that it never stands in an address."""
    return _list()


@pages.post("/members/export")
@needs("reviewer")
def export_members() -> Response:
    """Hand out the members of a list as a workbook."""
    return _hand_out(members.export_members(frame.review().office, who(), _read_wanted()), "huiyuan.xlsx")


@pages.get("/members/template.xlsx")
@needs("reviewer")
def template() -> Response:
    """Hand out the empty table of people to be admitted."""
    return _hand_out(members.make_template(frame.review().office), "ruhui-mingce.xlsx")


@pages.get("/members/roster")
@needs("reviewer")
def ask_roster() -> Response:
    """Ask for a table of people to be admitted."""
    return draw("roster.html", "批量入会", roster=None, admitted=None, file="")


@pages.post("/members/roster")
@needs("reviewer")
def take_roster() -> Response:
    """Check a table and admit its people: all of them, or the right ones where that was asked for."""
    office, member = frame.review().office, who()
    sent = request.files.get("table")
    try:
        roster = members.read_roster(office, member, sent.read() if sent else b"")
    except BadSheet as bad:
        return draw("roster.html", "批量入会", faults=(str(bad),), roster=None, admitted=None, file="")
    try:
        admitted = members.admit_roster(office, member, roster, only_good=request.form.get("only_good") == "1")
    except StepStopped as stopped:
        return _show_roster(roster, None, (stopped.words,))
    return _show_roster(roster, admitted, ())


@pages.get("/members/<entry_id>")
@needs(*READ)
def show_member(entry_id: str) -> Response:
    """Show a member."""
    return _show(entry_id)


@pages.post("/members/<entry_id>/reveal")
@needs(*READ)
def reveal_member(entry_id: str) -> Response:
    """Show a masked number whole, on this answer only."""
    name = request.form.get("path", "")
    if name not in MASKED:
        abort(404)
    whole = find_or_404(lambda: members.reveal(frame.review().office, who(), entry_id, name))
    return _show(entry_id, revealed={name: whole})


@pages.post("/members/<entry_id>/move")
@needs("handler", "reviewer")
def move_member(entry_id: str) -> Response:
    """Let something happen to a membership."""
    posted = request.form
    given = Given(
        pick("act", MOVES) or abort(404),
        posted.get("union", "")[:80],
        posted.get("place", "")[:60],
        posted.get("reason", "")[:120],
        read_day(posted.get("since", "")),
    )
    corrected = (
        {name: posted.get(name, "").strip()[:60] for name in KEPT if name in posted} if given.act == "correct" else None
    )
    find_or_404(lambda: members.find_member(frame.review().office, who(), entry_id))
    return act(
        lambda office, member: members.change_member(office, member, entry_id, given, corrected),
        f"/registers/members/{entry_id}",
        lambda faults: _show(entry_id, faults),
    )


def _show(entry_id: str, faults: tuple[str, ...] = (), revealed: dict[str, str] | None = None) -> Response:
    listed = find_or_404(lambda: members.read_member(frame.review().office, who(), entry_id))
    member = listed.record
    return draw(
        "member.html",
        f"{member.full_name} · 会员",
        faults=faults,
        listed=listed,
        member=member,
        masked={
            name: mask(str(getattr(member, name))) if getattr(member, name) else "" for name, mask in MASKED.items()
        },
        revealed=revealed or {},
        labels=LABELS,
        moves=list(list_moves(listed.entry.state)),
        words={name: one.label for name, one in MOVES.items()} | FIRST_ACTS,
        kinds=_list_kinds(),
        posted=defaultdict(str, request.form.items()),
        today=frame.review().office.today().isoformat(),
    )


def _list() -> Response:
    wanted = _read_wanted()
    found, total = members.list_members(frame.review().office, who(), wanted, SIZE)
    return draw(
        "members.html",
        "会员库",
        rows=found,
        total=total,
        pages=max(1, -(-total // SIZE)),
        wanted=wanted,
        kinds=_list_kinds(),
    )


def _show_roster(roster: Roster, admitted: int | None, faults: tuple[str, ...]) -> Response:
    file = base64.b64encode(members.write_faults(frame.review().office, roster)).decode() if roster.faulty else ""
    return draw("roster.html", "批量入会", faults=faults, roster=roster, admitted=admitted, file=file)


def _read_wanted() -> Wanted:
    return Wanted(
        request.values.get("union", "")[:80],
        pick("kind", _list_kinds()),
        pick("state", STATES),
        request.form.get("q", "")[:80],
        read_page(),
    )


def _list_kinds() -> list[str]:
    fields = frame.review().bundle.forms[members.FORM].fields()
    return [*(value for one in fields if one.name == "worker_kind" for value in one.values), UNSTATED]


def _hand_out(body: bytes, name: str) -> Response:
    return Response(body, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
