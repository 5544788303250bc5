"""Everything we keep of one person, for that person: readable as a page, and as JSON to take elsewhere (PIPL art. 45)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from forms_api import shelves
from forms_api.back_office import Member, Office, merge
from forms_api.identifiers import tidy
from forms_api.model import Actor, Case, Event, NewEvent
from forms_api.office import CASE, Entry
from forms_api.opening import CannotOpen
from forms_api.registers import households, members, payments
from forms_api.summaries import list_summary
from forms_api.wording import moment_cn
from forms_api.workflow import STATES, StepStopped

Rows = list[tuple[str, str]]
LOOKS = {"case_read": "打开看过", "file_read": "看了材料", "revealed": "查看了遮盖的内容", "printed": "打印"}
_MEMBER = {
    "number": "会员编号", "full_name": "姓名", "id_number": "证件号码", "mobile": "手机号码", "worker_kind": "就业形态",
    "employer": "单位", "occupation": "职业", "ethnicity": "民族", "education": "学历", "political_status": "政治面貌",
    "admitted_on": "入会日期",
}  # fmt: skip
_STYLE = Markup(
    "body{font:16px/1.7 sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#222}h1{font-size:1.5em}"
    "h2{font-size:1.2em;border-top:1px solid #999;padding-top:1em;margin-top:2em}h3{font-size:1em;margin:1.2em 0 .3em}"
    "dl{display:grid;grid-template-columns:minmax(7em,12em) 1fr;gap:.2em 1em;margin:0}dt{color:#555}"
    "dd{white-space:pre-line;margin:0;overflow-wrap:anywhere}@media(max-width:30em){dl{display:block}dd{margin-bottom:.5em}}"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that we keep, with its rows under headings."""

    title: str
    groups: list[tuple[str, Rows]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PersonCopy:
    """Everything of one person, as of a moment."""

    organisation: str
    made: datetime
    parts: tuple[Part, ...] = field(repr=False)

    def write_json(self) -> str:
        """Return it for programs."""
        told = {"organisation": self.organisation, "made": self.made.isoformat(timespec="seconds")}
        parts = [
            {"title": one.title, "groups": [{"title": name, "rows": rows} for name, rows in one.groups]}
            for one in self.parts
        ]
        return json.dumps(told | {"parts": parts}, ensure_ascii=False, indent=1) + "\n"

    def write_html(self) -> str:
        """Return it as a page that stands alone and prints well."""
        body = Markup("").join(_draw(one) for one in self.parts)
        empty = Markup("<p>没有查到您的信息。</p>")
        return Markup(
            '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            "<title>我们存着的您的信息</title><style>{}</style></head><body><h1>我们存着的您的信息</h1>"
            "<p>{}，{}整理。含有证件号码等信息，请自己保管好。</p>{}</body></html>\n"
        ).format(_STYLE, self.organisation, moment_cn(self.made), body or empty)


def copy_person(office: Office, member: Member, id_number: str) -> PersonCopy:
    """Return everything of the person with an ID number, and leave a trace of how much. Raises StepStopped.

    It crosses every union, so somebody of the county gives it, after the ID was shown. Opinions among staff are not in it.
    """
    if "reviewer" not in member.duties or member.union != office.tree.county:
        raise StepStopped("duty", "查全一个人的信息要由县总工会审核岗位的人来办。请报给县总工会。")
    digest = office.blind_number("id_number", id_number)
    ids = sorted(office.store.find_keyed(CASE, "id_number", digest))
    cases = [case for one in ids if (case := office.store.find_case_by_id(one))]
    entries = [*_find_entries(office, members.REGISTER, digest), *_find_entries(office, households.REGISTER, digest)]
    told = {"cases": len(cases), "entries": len(entries)}
    office.store.append_event(NewEvent("person_exported", office.clock(), Actor("staff", member.id), dict(told)))
    cases.sort(key=lambda one: one.received_at)
    parts = (*(_copy_case(office, one) for one in cases), *(_copy_entry(office, one, id_number) for one in entries))
    return PersonCopy(str(office.bundle.site["organisation"]), office.clock(), parts)


def _find_entries(office: Office, register: str, digest: bytes) -> Iterator[Entry]:
    kinds = ("id_number", "former_id")
    ids = {one for kind in kinds for one in office.store.find_keyed(register, kind, digest)}
    return (entry for one in sorted(ids) if (entry := office.store.find_entry(one)))


def _copy_case(office: Office, case: Case) -> Part:
    form, events = office.find_definition(case), list(office.store.list_events(case.id))
    title = f"{form.title}（{case.reference}）"
    head: Rows = [("收到", moment_cn(case.received_at)), ("状态", STATES[case.state].label)]
    head += [("说明", case.note)] if case.note else []
    try:
        sent = office.read_sent(case.id)
    except CannotOpen:
        return Part(title, [("", [*head, ("内容", "打不开，我们正在查原因。")])])
    names = {file.id: _name_file(office, file.id, file.sealed) for file in office.store.list_files(case.id)}
    unions = {one: office.tree.title(one) for one in office.tree.titles}
    groups = [(name, list(rows)) for name, rows in list_summary(form, merge(sent), names, unions) if rows]
    files: Rows = [("文件", name) for name in names.values()]
    paid = list(_list_payments(office, case))
    return Part(
        title,
        [
            ("", head),
            *groups,
            *([("交来的文件", files)] if files else []),
            *([("发放", paid)] if paid else []),
            *_list_history(events),
        ],
    )


def _list_payments(office: Office, case: Case) -> Iterator[tuple[str, str]]:
    for entry in office.store.list_owned(case.id):
        if entry.register == payments.PAYMENT:
            one = shelves.read(office, entry, payments.Payment)
            yield (
                one.kind,
                f"{one.fen / 100:,.2f} 元，{one.fund}，账户 {one.account}，{payments.PAYMENT_STATES[entry.state]}",
            )


def _name_file(office: Office, file_id: str, sealed: bytes) -> str:
    try:
        return office.keyring.opener.open_file_key(sealed, file_id).name
    except CannotOpen:
        return "（打不开）"


def _list_history(events: list[Event]) -> Iterator[tuple[str, Rows]]:
    moves = [(moment_cn(one.at), STATES[str(one.data["state"])].label) for one in events if one.data.get("state")]
    yield "经过", moves
    looks = Counter(one.kind for one in events if one.kind in LOOKS)
    if looks:
        yield "工作人员看过几次", [(LOOKS[kind], f"{number} 次") for kind, number in looks.items()]


def _copy_entry(office: Office, entry: Entry, id_number: str) -> Part:
    union = ("工会", office.tree.title(entry.union))
    if entry.register == members.REGISTER:
        record = shelves.read(office, entry, members.Membership).model_dump(mode="json")
        rows = [(label, str(record[name])) for name, label in _MEMBER.items() if record.get(name)]
        return Part("会籍", [("", [("状态", members.STATES[entry.state]), union, *rows])])
    file = shelves.read(office, entry, households.Household)
    rows = [("状态", households.STATES[entry.state]), union, *_list_household(file, tidy(id_number))]
    return Part("困难职工档案", [("", rows)])


def _list_household(file: households.Household, id_number: str) -> Iterator[tuple[str, str]]:
    """Yield what a file says of its household; of the others in it only how many, their numbers are theirs."""
    yield "档案编号", file.number
    for one in file.people:
        if tidy(one.id_number) == id_number:
            yield "您", "，".join(part for part in (one.name, one.relation, one.id_number, one.state) if part)
    yield "同住的其他人", f"{max(0, len(file.people) - 1)} 人"
    plan = file.plan
    for label, words in (
        ("申请日期", str(file.applied_on)), ("住址", file.address), ("手机号码", file.mobile), ("单位", file.employer),
        ("致困原因", "、".join(file.causes)), ("帮扶措施", f"{plan.measure} {plan.detail}".strip()), ("帮扶人", plan.helper),
    ):  # fmt: skip
        if words:
            yield label, words


def _draw(part: Part) -> Markup:
    groups = (
        Markup("{}<dl>{}</dl>").format(
            Markup("<h3>{}</h3>").format(name) if name else "",
            Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(label, words) for label, words in rows),
        )
        for name, rows in part.groups
    )
    return Markup("<h2>{}</h2>{}").format(part.title, Markup("").join(groups))
