"""FormDefinition → WTForms class, made once per version, to show and re-show a page. The only module that knows WTForms.

The class asks answers.py whether what was given is right: the rules of a field are never written twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from markupsafe import Markup
from wtforms import Form
from wtforms.fields import Field

from forms_api.answers import Checked, check_answers, is_empty
from forms_api.conditions import Condition
from forms_api.definitions import FormDefinition
from forms_api.field_rules import ELSEWHERE, World, least_rows, most_rows
from forms_api.privacy import Consent
from forms_api.questions import FormField
from forms_api.widgets import WIDGETS, Choices, draw_group, draw_input

MAX_NAME = 80


class MultiDict(Protocol):
    """What a browser sent: each name with all its values."""

    def getlist(self, key: str) -> list[str]:
        """Return all values of a name."""

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""


@dataclass
class Told:
    """What a page says of answers beyond the answers: faults, numbers that may be insisted on, names of files."""

    faults: Mapping[str, str] = field(default_factory=dict)
    insistable: Collection[str] = ()
    confirmed: Collection[str] = ()
    file_names: Mapping[str, str] = field(default_factory=dict)
    more: str = ""
    """The group that is to have one row more."""


class AnswerField(Field):  # type: ignore[misc]  # wtforms ships no types
    """One question with what was answered, and what is wrong with it."""

    def __init__(self, given: FormField, *, choices: Choices = (), when: str = "", **options: Any) -> None:
        """Take the question, the list to choose from, and the words that say when it is asked."""
        super().__init__(label=given.label, **options)
        self.given, self.choices, self.when = given, choices, when

    def __call__(self, **_: object) -> Markup:
        """Draw the question."""
        return WIDGETS.get(self.given.type, draw_input)(self)

    @property
    def path(self) -> str:
        """Return where the answer stands: `mobile`, `members.0.member_id`."""
        return str(self.name).replace("-", ".")

    @property
    def fault(self) -> str:
        """Return what is wrong with the answer and what to do, or nothing."""
        return str(self._told.faults.get(self.path, ""))

    @property
    def insistable(self) -> bool:
        """Tell whether the worker may say that the number is right."""
        return self.path in self._told.insistable or self.confirmed

    @property
    def confirmed(self) -> bool:
        """Tell whether the worker has said so."""
        return self.path in self._told.confirmed

    @property
    def file_names(self) -> Mapping[str, str]:
        """Return handle → the name that the worker's device gave."""
        return self._told.file_names

    @property
    def text(self) -> str:
        """Return the answer as it stands in a box to type in."""
        return "" if self.data is None or isinstance(self.data, list | dict | bool) else str(self.data)

    @property
    def _told(self) -> Told:
        return getattr(self.meta, "told", None) or Told()


class GroupField(AnswerField):
    """A repeating group; each row is a small form of its own, whose names hold the number of the row."""

    def __init__(self, given: FormField, row: type[Form], **options: Any) -> None:
        """Take the group and the class of its rows."""
        super().__init__(given, **options)
        self.row = row

    def __call__(self, **_: object) -> Markup:
        """Draw the rows."""
        return draw_group(self)

    def rows(self) -> list[list[AnswerField]]:
        """Return the rows that are shown: those given, at least one, and one more where it was asked for."""
        given = [row for row in self.data if isinstance(row, Mapping)] if isinstance(self.data, list) else []
        count = max(len(given), least_rows(self.given), 1) + (self._told.more == self.name)
        blank: Mapping[str, Any] = {}
        return [
            self.make_row(str(number), given[number] if number < len(given) else blank)
            for number in range(min(count, most_rows(self.given)))
        ]

    def make_row(self, number: str, answers: Mapping[str, Any]) -> list[AnswerField]:
        """Return the questions of one row."""
        return list(self.row(prefix=f"{self.name}-{number}-", data=dict(answers), meta={"told": self._told}))


class ApplicationForm(Form):  # type: ignore[misc]  # wtforms ships no types
    """A form with answers. Made by `build_form`."""

    definition: FormDefinition
    consents: tuple[str, ...]

    def check(self, given: Mapping[str, Any], world: World, confirmed: Collection[str]) -> Checked:
        """Check answers by the rules of the definition."""
        return check_answers(self.definition, given, world, confirmed)

    def parts(self) -> Iterator[tuple[str, str, list[AnswerField]]]:
        """Yield (title, hint, questions) of each step; the consents are the last."""
        for section in self.definition.sections:
            yield section.title, section.hint or "", [self[one.name] for one in section.fields]
        if self.consents:
            yield "请您同意", "每一项都可以单独决定。不同意会怎样，写在下面。", [self[name] for name in self.consents]


def build_form(definition: FormDefinition, lists: Mapping[str, Choices]) -> type[ApplicationForm]:
    """Return the class of a form; `lists` holds what regions and unions offer, by field type."""
    labels = {one.name: one for one in definition.fields()}
    members: dict[str, Any] = {"definition": definition}
    for section in definition.sections:
        for one in section.fields:
            members[one.name] = _bind(one, labels, lists)
    for consent in definition.privacy.consents:
        members[consent.name] = _bind(_consent_field(consent), labels, lists)
    members["consents"] = tuple(consent.name for consent in definition.privacy.consents)
    return type("ThisForm", (ApplicationForm,), members)


def _bind(one: FormField, labels: Mapping[str, FormField], lists: Mapping[str, Choices]) -> Any:
    when = f"{describe_condition(one.show_if, labels)}的才填" if one.show_if else ""
    if one.type == "group":
        inner = {each.name: _bind(each, labels, lists) for each in one.fields}
        return GroupField(one, type("ThisRow", (Form,), inner), when=when)
    plain: Choices = [("", [(str(value), str(value)) for value in one.values])]
    return AnswerField(one, choices=lists.get(one.type, plain), when=when)


def _consent_field(consent: Consent) -> FormField:
    receiver = f"提供给{consent.receiver}。" if consent.receiver else ""
    said = f"{consent.why.rstrip('。')}。{receiver}不同意的话：{consent.otherwise.rstrip('。')}。"
    return FormField(
        name=consent.name,
        label=consent.label,
        type="consent",
        required=consent.required,
        hint=said,
        show_if=consent.show_if,
    )


def list_choices(regions: Collection[str], unions: Choices) -> dict[str, Choices]:
    """Return what lists offer beyond the closed vocabularies."""
    return {"region": [("", [(town, town) for town in (*regions, ELSEWHERE)])], "union": unions}


def describe_condition(condition: Condition, fields: Mapping[str, FormField]) -> str:
    """Return a condition in words for a page that cannot hide a question: 「类别」选“在职”."""
    return "，并且".join(_describe(key, wanted, fields) for key, wanted in condition.items())


def _describe(key: str, wanted: Any, fields: Mapping[str, FormField]) -> str:
    if key == "not":
        return f"不是{describe_condition(wanted, fields)}"
    if key in ("any", "all"):
        return ("，或者" if key == "any" else "，并且").join(describe_condition(one, fields) for one in wanted)
    values = wanted if isinstance(wanted, list | tuple) else [wanted]
    words = "或".join(
        f"“{({True: '是', False: '否'}).get(one, one) if isinstance(one, bool) else one}”" for one in values
    )
    return f"「{fields[key].label}」选{words}"


# --- what a browser sends --------------------------------------------------------------------------


def read_given(definition: FormDefinition, sent: MultiDict) -> dict[str, Any]:
    """Return the answers that a page sent, by name; rows without an answer are left out."""
    given = _read_fields([one for section in definition.sections for one in section.fields], sent, "")
    for consent in definition.privacy.consents:
        given[consent.name] = _last(sent, consent.name)
    return given


def _read_fields(fields: list[FormField] | tuple[FormField, ...], sent: MultiDict, prefix: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for one in fields:
        name = prefix + one.name
        if one.type == "group":
            given[one.name] = _read_rows(one, sent)
        elif one.type == "file":
            given[one.name] = [handle for handle in sent.getlist(name) if handle not in sent.getlist("drop")]
        elif one.type == "choices":
            given[one.name] = sent.getlist(name)
        elif one.type != "statement":
            given[one.name] = _last(sent, name)
    return given


def _last(sent: MultiDict, name: str) -> str | None:
    values = sent.getlist(name)
    return values[-1] if values else None


def _read_rows(group: FormField, sent: MultiDict) -> list[dict[str, Any]]:
    pattern = re.compile(rf"{group.name}-(\d{{1,3}})-")
    numbers = sorted({int(found[1]) for name in sent if (found := pattern.match(name))})
    rows = [_read_fields(group.fields, sent, f"{group.name}-{number}-") for number in numbers[: most_rows(group) + 1]]
    dropped = sent.getlist("less")
    kept = [row for number, row in zip(numbers, rows, strict=False) if f"{group.name}-{number}" not in dropped]
    return [row for row in kept if not all(is_empty(value) for value in row.values())]


def read_file_names(sent: MultiDict) -> dict[str, str]:
    """Return handle → name of each uploaded file, as the page kept them."""
    pairs = (text.partition(" ") for text in sent.getlist("names"))
    return {handle: name[:MAX_NAME] for handle, _, name in pairs}


def flatten(answers: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (name, value) of the hidden inputs that carry answers from page to page."""
    for name, value in answers.items():
        if isinstance(value, bool):
            yield prefix + name, "yes" if value else "no"
        elif isinstance(value, list | tuple):
            for number, one in enumerate(value):
                if isinstance(one, Mapping):
                    yield from flatten(one, f"{prefix}{name}-{number}-")
                else:
                    yield prefix + name, str(one)
        elif value is not None:
            yield prefix + name, str(value)
