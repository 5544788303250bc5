"""Records as the search sees them: what may be found of each, line by line, and what a list of results says of it.

Only what a page shows is taken: nothing drafted or withdrawn (the library holds none), no 公示 that has ended, no column
or figure that is not public, nothing that a person did not agree to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

from forms_api.definitions import FormDefinition
from site_builder.awards import Award, gather_awards, list_awards
from site_builder.clauses import Outline, cut, plain
from site_builder.disclosure import is_hidden, is_open, open_columns
from site_builder.records import (
    Campaign,
    Case,
    Consultation,
    Event,
    Finance,
    Guide,
    Honour,
    Indicator,
    Interpretation,
    Message,
    News,
    Notice,
    Policy,
    Published,
    Record,
    Register,
    Rules,
    Union,
    Venue,
    Written,
)
from site_builder.render import Theme
from site_builder.values import PHASE_CLASS, PHASE_WORDS, Attachment

Line = tuple[str, str, str]
"""Anchor on the page ('' for none of its own), how a reader cites the place, and the text."""

ENDED = "end"
_SHORT = 50
_NAMES = ("index_number", "short", "code")
_BLANKS = re.compile(r"[\t\r\n]+")
_FLAT: dict[type[Record], tuple[str, ...]] = {
    Venue: ("kind", "address", "township", "phone", "hours", "services", "facilities", "fee", "booking"),
    Union: ("form", "address", "phone", "code", "accepts"),
    Event: ("kind", "place", "organiser", "audience", "text", "results"),
    Indicator: ("group", "definition", "remark", "source"),
    Consultation: ("issuer", "result"),
    Campaign: ("kind", "summary", "goals"),
    Case: ("outcome",),
    Finance: ("kind", "issuer"),
    Register: ("summary",),
    Rules: ("summary",),
    Honour: ("honour", "conferred_by", "intro"),
    Message: ("question", "unit", "reply"),
    Notice: ("kind", "issuer", "addressee", "signature", "result"),
    Policy: ("gist", "issuer", "addressee", "signature", "note", "copies_to", "department", "audience"),
}


class Entry(NamedTuple):
    """One page that can be found. `names` are further whole names: index number, short name."""

    url: str
    title: str
    kind: str
    number: str = ""
    names: tuple[str, ...] = ()
    day: date | None = None
    issuer: str = ""
    css: str = ""
    word: str = ""
    topics: tuple[str, ...] = ()
    record: Record | None = None
    lines: tuple[Line, ...] = ()

    @property
    def ended(self) -> bool:
        """Tell whether it no longer holds: such pages stand behind all others that match as well."""
        return self.css == ENDED

    @property
    def names_all(self) -> tuple[str, ...]:
        """Return everything that is a name of its own: title, number, further names."""
        return (self.title, self.number, *self.names)

    @property
    def age(self) -> tuple[date, str]:
        """Return what entries are ordered by: their day, then their address; what has no day is older than everything."""
        return (self.day or date.min, self.url)

    @property
    def measure(self) -> int:
        """Return about how many characters can be found in it, without reading it."""
        return getattr(self.record, "body_length", 0) + _SHORT

    @property
    def is_document(self) -> bool:
        """Tell whether it is one of the documents that a site gathers by the thousand, each new one the newest."""
        return isinstance(self.record, Policy | Interpretation | Notice | News)

    def read(self) -> Iterator[Line]:
        """Yield every line that can be found."""
        return split_lines(self.write())

    def write(self, body: str | None = None) -> str:
        """Return every line in the form of `write_lines`; `body` is what `read_body` gave for its record, if at hand."""
        if self.record is None:
            return write_lines(self.lines)
        body = read_body(self.record) if body is None else body
        texts = (write_lines(_list_lines(self.record)), body, write_lines(_list_last(self.record)))
        return "\n".join([text for text in texts if text])


def split_lines(text: str) -> Iterator[Line]:
    """Yield the lines that `write_lines` wrote."""
    for line in text.split("\n") if text else ():
        anchor, label, words = line.split("\t")
        yield anchor, label, words


def write_lines(lines: Iterable[Line]) -> str:
    """Return lines as the index holds them: anchor, label and text with tabs between, no other tab or line break."""
    rows = []
    for line in lines:
        row = "\t".join(line)
        clean = row.count("\t") == 2 and "\n" not in row and "\r" not in row
        rows.append(row if clean else "\t".join([_BLANKS.sub(" ", cell) for cell in line]))
    return "\n".join(rows)


def read_body(record: Record, outline: Outline | None = None) -> str:
    """Return the clauses of a record's body in the form of `write_lines`; `outline` spares cutting it once more."""
    if not isinstance(record, Written):
        return ""
    lines = []
    for block in (outline or cut(record.body)).blocks:
        if text := plain(block.text):
            lines.append((block.anchor, block.name or block.label, text))
    return write_lines(lines)


def list_entries(theme: Theme) -> list[Entry]:
    """Return everything that can be found, the oldest first, so that something new changes no number before its own."""
    library = theme.showing()
    entries = [list_entry(theme, record) for record in library.records.values() if _has_page(record)]
    entries += [_award_entry(awards) for awards in gather_awards(library).values()]
    entries += [_form_entry(form) for form in library.forms.values() if form.status == "published"]
    return sorted(entries, key=lambda one: one.age)


def _has_page(record: Record) -> bool:
    """Tell whether a record may be found: also in a preview that shows drafts, drafts are not."""
    return record.status == "published" and (not isinstance(record, Register) or is_open(record))


def list_entry(theme: Theme, record: Record) -> Entry:
    """Return the page of a record."""
    css, word = _status(theme, record)
    told = {name: getattr(record, name) for name in _pick_fields(type(record))}
    return Entry(
        url=record.url,
        title=record.title,
        kind=record.label,
        number=str(told.get("doc_number") or ""),
        names=tuple([str(told[name]) for name in _NAMES if told.get(name)]),
        day=record.day,
        issuer=str(told.get("issuer") or ""),
        css=css,
        word=word,
        topics=tuple(dict.fromkeys(told.get("topics", ()))),
        record=record,
    )


@cache
def _pick_fields(kind: type[Record]) -> frozenset[str]:
    """Return which fields of those that not every kind has are told (asking a record for one it lacks is slow)."""
    return frozenset(kind.model_fields).intersection(("doc_number", "issuer", "topics", *_NAMES))


def _status(theme: Theme, record: Record) -> tuple[str, str]:
    if isinstance(record, Policy):
        phase = theme.phase(record)
        return PHASE_CLASS[phase], PHASE_WORDS[phase]
    span = theme.span(record)
    return (span.css, span.word) if span else ("", "")


def _form_entry(form: FormDefinition) -> Entry:
    return Entry(url=f"apply/{form.id}/", title=form.title, kind="网上申请")


# --- honours -----------------------------------------------------------------------------------


def _award_entry(awards: list[Award]) -> Entry:
    """Return the page of one person or unit."""
    newest = awards[0]
    lines = [("", "", _join(newest.recipient.unit, newest.post, newest.industry))]
    for award in awards:
        lines.append(("", "所获荣誉", _join(award.batch.year, award.batch.honour, award.batch.conferred_by)))
        if award.revocation:
            lines.append(("", "已撤销", award.revocation.reason))
    told = [award.recipient for award in awards if award.open and award.holds]
    for field in ("citation", "deeds"):
        text = next((value for one in told if (value := getattr(one, field))), "")
        lines += [("", "", line) for line in text.splitlines()]
    ended = not any(award.holds for award in awards)
    return Entry(
        url=newest.url,
        title=newest.recipient.name,
        kind="荣誉人物" if not newest.is_unit else "荣誉集体",
        day=newest.batch.day,
        issuer=newest.batch.conferred_by,
        css=ENDED if ended else "",
        word="荣誉已撤销" if ended else "",
        lines=tuple(line for line in lines if line[2]),
    )


def _honour_lines(batch: Honour) -> Iterator[Line]:
    for award in list_awards(batch):
        yield "", "名单", _join(award.recipient.name, award.recipient.unit, award.post)


# --- lines of records --------------------------------------------------------------------------


def _list_lines(record: Record) -> Iterator[Line]:
    """Yield the lines of a record's fields; those of its body come later, where several processes share the work."""
    if isinstance(record, Published | Guide) and record.summary:
        yield "", "", record.summary
    for name in _FLAT.get(type(record), ()):
        if value := getattr(record, name):
            words = "、".join(map(str, value)) if isinstance(value, tuple) else str(value)
            label = type(record).model_fields[name].title or ""
            yield from (("", label, line.strip()) for line in words.splitlines() if line.strip())
    if reader := _READERS.get(type(record)):
        yield from reader(record)


def _list_last(record: Record) -> Iterator[Line]:
    """Yield what stands below the body: names of files, topics and keywords."""
    files: tuple[Attachment, ...] = (*getattr(record, "attachments", ()), *getattr(record, "downloads", ()))
    yield from (("", "附件", one.title) for one in files if one.title)
    if words := "、".join((*getattr(record, "topics", ()), *getattr(record, "keywords", ()))):
        yield "", "主题", words


def _guide_lines(guide: Guide) -> Iterator[Line]:
    for condition in guide.conditions:
        yield "can", "申请条件", _join(condition.text, condition.note)
    for material in guide.materials:
        yield "need", "办理材料", _join(material.name, material.source, material.when, material.note)
    for step in guide.steps:
        yield "flow", "办理流程", _join(step.title, step.when, step.text)
    for text in (guide.benefit, guide.fee):
        yield "time", "时限和收费", text or ""
    for place in guide.places:
        yield "where", "去哪办", _join(place.name, place.address, place.hours, place.note)
    yield "where", "电话", _join(*guide.phones, guide.complaint_phone)
    for basis in guide.basis:
        yield "law", "政策依据", _join(basis.title, basis.article, basis.text)
    for question in guide.faq:
        yield "faq", "常见问题", _join(question.q, question.a)
    yield "elements", "事项信息", _join(guide.authority, guide.audience, guide.result, guide.kind)


def _register_lines(register: Register) -> Iterator[Line]:
    columns = open_columns(register)
    yield "", "", _join(*(column.label for column in columns))
    for row in register.rows:
        yield "", "", _join(*(row.get(column.name) for column in columns))


def _rules_lines(rules: Rules) -> Iterator[Line]:
    for version in rules.versions:
        yield "", "来源", version.source
        for name, value in version.values.items():
            yield "", "", _join(rules.labels.get(name), value)


def _indicator_lines(indicator: Indicator) -> Iterator[Line]:
    for one in indicator.series:
        if not is_hidden(indicator, one):
            yield "", str(one.date), _join(one.source, one.note)


def _campaign_lines(campaign: Campaign) -> Iterator[Line]:
    for window in campaign.windows:
        yield "", "办理窗口期", _join(window.title, window.note)


def _join(*parts: object) -> str:
    return "　".join(str(part) for part in parts if part not in (None, ""))


_READERS: dict[type[Record], Callable[..., Iterator[Line]]] = {
    Guide: _guide_lines,
    Register: _register_lines,
    Rules: _rules_lines,
    Indicator: _indicator_lines,
    Campaign: _campaign_lines,
    Honour: _honour_lines,
}
