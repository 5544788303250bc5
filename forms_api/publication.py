"""Decided cases → the text of a 公示, by one fixed masking rule. Pure.

Law of the rule: only what the purpose needs (PIPL art. 6, 25, 28). An aid list tells the reference, the surname, the union
and the kind of aid; an honours list tells whole names, units and deeds, because an honour is meant to be known. Never a
number of a person, an address, an illness, or anything of the family. A form that is not in KINDS cannot be published.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forms_api.definitions import CHINA, FormDefinition
from forms_api.identifiers import mask_address, mask_name, tidy
from forms_api.questions import FormField
from forms_api.workdays import WorkCalendar

Answers = Mapping[str, Any]
FIGURES = "gongshi-shixian"
"""The dated standard that says how long a list must stand."""

# --- what stands in a list ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """One case on its way into a list: its reference, its form, what was answered, and the title of its union."""

    reference: str
    form: FormDefinition
    answers: Answers
    unit: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list as the public sees it; `deed` stands below the table."""

    reference: str
    cells: tuple[str, ...]
    deed: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of list: its words, its columns, how long it must stand (a figure of gongshi-shixian), how a row is made."""

    slug: str
    title: str
    lead: str
    head: tuple[str, ...]
    days: str
    topic: str
    make: Callable[[Person], Row]
    counted: int | None = None
    """The column whose words are counted below the table."""


def _tell_aid(person: Person) -> Row:
    return _mask(person, _AID_BY_FORM[person.form.id](person.answers))


def _mask(person: Person, kind: str) -> Row:
    name = mask_name(str(person.answers["full_name"]))
    return Row(person.reference, (person.reference, name, person.unit, kind))


def _tell_hardship(answers: Answers) -> str:
    """Return the kind of aid in words that tell no illness and no family: the most urgent of the causes named."""
    causes = set(answers.get("causes") or ())
    if "火灾、车祸等突发事件" in causes:
        return "突发帮扶"
    return "医疗帮扶" if causes & {"家人重病或受伤", "家人残疾"} else "生活帮扶"


def _tell_relief(answers: Answers) -> str:
    return {"临时救助": "突发帮扶", "困难劳模补助": "生活帮扶"}.get(str(answers.get("kind")), "医疗帮扶")


def _tell_tuition(answers: Answers) -> str:
    found = (_tell_student(one) for one in answers.get("students") or ())
    return "、".join(dict.fromkeys(found)) or "助学"


def _tell_student(student: Answers) -> str:
    if student.get("stage") in ("普通高中", "中专或技校"):
        return "高中和中职"
    return "大学新生" if student.get("first_year") else "大学在读"


_AID_BY_FORM: dict[str, Callable[[Answers], str]] = {
    "hardship": _tell_hardship, "relief": _tell_relief, "tuition": _tell_tuition,
}  # fmt: skip


def _tell_honour(person: Person) -> Row:
    answers = person.answers
    name = str(answers.get("full_name") or answers.get("team") or "")
    cells = (
        name,
        str(answers.get("employer") or person.unit),
        str(answers.get("post") or "集体"),
        str(answers["honour"]),
    )
    return Row(person.reference, cells, str(answers.get("citation") or ""))


KINDS: dict[str, Kind] = {
    "hardship": Kind(
        "kunnan", "拟帮扶困难职工名单公示", "拟给予帮扶", ("受理编号", "姓名", "单位", "帮扶类别"),
        "hardship_publicity", "帮扶", _tell_aid, counted=3,
    ),
    "relief": Kind(
        "jiuzhu", "拟救助职工名单公示", "拟给予救助", ("受理编号", "姓名", "单位", "救助类别"),
        "hardship_publicity", "帮扶", _tell_aid, counted=3,
    ),
    "tuition": Kind(
        "zhuxue", "金秋助学拟资助名单公示", "拟给予助学资助", ("受理编号", "申请人", "单位", "资助类别"),
        "tuition_publicity", "帮扶", _tell_aid, counted=3,
    ),
    "recommendation": Kind(
        "rongyu", "荣誉推荐对象公示", "拟予推荐", ("姓名", "单位", "岗位", "拟推荐的荣誉"),
        "honour_publicity", "荣誉选树", _tell_honour,
    ),
}  # fmt: skip
"""Form → the kind of its lists."""


class CannotList(Exception):
    """A list that must not be published; the sentence says why and what to do."""


def make_rows(persons: Sequence[Person]) -> tuple[Row, ...]:
    """Return the masked rows of cases of one form, by reference. Raises CannotList."""
    if not persons:
        raise CannotList("还没有选要公示的申请。请至少选一份。")
    forms = {person.form.id for person in persons}
    if len(forms) > 1:
        raise CannotList("一份公示只能公示同一种申请。请把不同的申请分开公示。")
    kind = KINDS.get(forms.pop())
    if kind is None:
        raise CannotList(f"“{persons[0].form.title}”不用公示，也没有定好公示哪几项。请不要选它。")
    made = [(person, kind.make(person)) for person in persons]
    for person, row in made:
        if leak := find_leak(person, row):
            raise CannotList(f"{person.reference} 这一行会露出申请人的{leak}，不能公示。请核对这份申请填的内容。")
    return tuple(sorted((row for _, row in made), key=lambda row: row.reference))


# --- what must never stand there ------------------------------------------------------------------------

_HIDDEN = frozenset({"resident_id", "mobile", "phone", "bank_account", "address", "name"})


def find_leak(person: Person, row: Row) -> str | None:
    """Return the label of the first answer that a row would betray, or None; the rows of groups are looked at, too."""
    told = tidy("\n".join((*row.cells, row.deed)))
    shown = person.answers.get("full_name") if KINDS[person.form.id].make is _tell_honour else None
    for one, value in _walk(person.form, person.answers):
        if one.type in _HIDDEN and value != shown and _betrays(one.type, str(value), told):
            return one.label
    return None


def _betrays(kind: str, value: str, told: str) -> bool:
    plain = tidy(value)
    if kind == "address" and mask_address(value) == value:
        return False
    return len(plain) > 1 and plain in told


def _walk(form: FormDefinition, answers: Answers) -> Iterator[tuple[FormField, Any]]:
    for section in form.sections:
        for one in section.fields:
            value = answers.get(one.name)
            for row in value or () if one.type == "group" else ():
                yield from ((inner, row[inner.name]) for inner in one.fields if row.get(inner.name))
            if value and one.type != "group":
                yield one, value


# --- the file -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """A 公示 as a file of the site: its id, path and text, from when to when it runs (both days included)."""

    id: str
    path: str
    title: str
    start: date
    due: date
    text: str


def write_notice(
    form: FormDefinition,
    rows: Sequence[Row],
    site: Mapping[str, Any],
    figures: Mapping[str, Any],
    calendar: WorkCalendar,
    moment: datetime,
    number: int = 1,
) -> Draft:
    """Return the file of a list that is published at `moment`, the `number`th of its kind on that day.

    `figures` is the version of gongshi-shixian in force: the period has its days, and the day of publication does not count.
    """
    kind, today = KINDS[form.id], moment.astimezone(CHINA).date()
    days = int(figures["values"][kind.days])
    start = calendar.after(today, 1)
    due = calendar.last_day(start, days)
    identity = f"{today:%Y%m%d}-{kind.slug}-{number}"
    title = f"{kind.title}（{_spell(today)}{f'第{number}批' if number > 1 else ''}）"
    head: dict[str, Any] = {
        "title": title,
        "kind": "公示",
        "issuer": site["organisation"],
        "source": site["organisation"],
        "issued": today,
        "published": today,
        "published_time": f"{moment.astimezone(CHINA):%H:%M}",
        "signature": [site["organisation"]],
        "topics": [kind.topic],
        "keywords": ["公示", kind.topic],
        "summary": f"公示{len(rows)}名，公示期{days}个工作日，到{_spell(due)}为止。有不同意见，请在公示期内反映。",
        "guide": form.guide,
        "period": {"start": start, "working_days": days},
        "objection": _tell_contact(site),
    }
    body = "\n\n".join(_write_body(kind, rows, site, figures, (start, due, days)))
    text = "---\n" + "".join(f"{key}: {_write(value)}\n" for key, value in head.items() if value) + f"---\n\n{body}\n"
    return Draft(identity, f"content/notices/{today:%Y}/{identity}.md", title, start, due, text)


def _write_body(
    kind: Kind, rows: Sequence[Row], site: Mapping[str, Any], figures: Mapping[str, Any], period: tuple[date, date, int]
) -> Iterator[str]:
    start, due, days = period
    yield (
        f"下列{len(rows)}名对象已经本人申请、基层工会初审和{site['organisation']}复核，{kind.lead}。"
        f"按照{figures['source']}的规定现予公示，公示期为{_spell(start)}至{_spell(due)}，共{days}个工作日。"
    )
    lines = (kind.head, ("---",) * len(kind.head), *(tuple(map(_make_cell, row.cells)) for row in rows))
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines).replace("| --- ", "|---").replace("--- |", "---|")
    if kind.counted is not None:
        counts = Counter(row.cells[kind.counted] for row in rows)
        yield "其中，" + "，".join(f"{name}{number}名" for name, number in counts.items()) + "。"
    if deeds := [row for row in rows if row.deed]:
        yield "## 简要事迹"
        yield from (f"{_make_cell(row.cells[0])}，{_escape(row.deed)}" for row in deeds)
    wanted = "受理编号" if "受理编号" in kind.head else "姓名"
    yield (
        f"对名单有不同意见的，可以在公示期内打电话、来信、当面反映，也可以在网上填写公示异议。请写明{wanted}和具体事实，"
        "留下真实姓名和联系方式，我们为您保密，五个工作日内答复。"
    )


def _tell_contact(site: Mapping[str, Any]) -> dict[str, str]:
    told = {
        "unit": site["organisation"],
        "phone": site.get("phone") or site["hotline"],
        "address": site.get("address"),
        "email": site.get("email"),
        "postcode": site.get("postcode"),
    }
    return {key: str(value) for key, value in told.items() if value}


def find_moment(text: str) -> datetime:
    """Return when the file of a notice was published, as its head says."""
    head = dict(line.split(": ", 1) for line in text.split("\n---\n", 1)[0].splitlines() if ": " in line)
    return datetime.fromisoformat(f"{head['published']}T{json.loads(head['published_time'])}").replace(tzinfo=CHINA)


def write_result(text: str, words: str) -> str:
    """Return the file of a notice with how it ended; one that has an outcome, or was taken down, stays as it is."""
    head, mark, body = text.partition("\n---\n")
    if not mark or "\nresult: " in head or "\nstatus: withdrawn" in head:
        return text
    return f"{head}\nresult: {_write(words)}{mark}{body}"


def write_withdrawn(text: str, day: date, reason: str) -> str:
    """Return the file of a notice as it stands once it was taken down: nothing of the list is left in it."""
    lines = text.splitlines()[1:]
    head = lines[: lines.index("---")]
    replaced = ("status:", "withdrawn_on:", "withdrawn_reason:", "summary:", "result:")
    kept = [line for line in head if not line.startswith(replaced)]
    kept += ["status: withdrawn", f"withdrawn_on: {day.isoformat()}", f"withdrawn_reason: {_write(reason)}"]
    return "---\n" + "\n".join(kept) + "\n---\n\n这份公示已经撤下。\n"


# --- YAML and Markdown by hand --------------------------------------------------------------------------

_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON leaves as it is and YAML does not."""
_MARKS = re.compile(r"([\\`*_\[\]<>#~&])")


def _write(value: Any) -> str:
    """Return a value in YAML's flow style; text in double quotes, as JSON writes it, means what it says."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_write(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _make_cell(text: str) -> str:
    """Return the text of a cell; the stars of a mask stay as they are, as one at the end of a word opens nothing."""
    return _escape(text).replace("|", "").replace("\\*", "*")


def _escape(text: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _spell(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
