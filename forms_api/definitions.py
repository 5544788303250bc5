"""Forms as content: the frozen model of forms/*.yml, with its version hash. No I/O.

From one `FormDefinition` come the page, the checks of the server, the guide's list of materials, the staff view, the
export and the retention job. Every ValueError here is written for the editor of the file: what is wrong, what to do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from forms_api.computed import ComputedHint
from forms_api.conditions import Condition, implies, terms
from forms_api.privacy import KIND_WORDS, Privacy
from forms_api.questions import FormField, Material
from forms_api.values import Frozen

CHINA = timezone(timedelta(hours=8))


class Section(Frozen):
    """One step of a form: a heading and the fields below it."""

    title: str = Field(title="标题", min_length=1)
    hint: str | None = Field(None, title="说明")
    fields: tuple[FormField, ...] = Field(title="字段", min_length=1)


class FormDefinition(Frozen):
    """A whole form as its YAML file says it; the id is the file's stem."""

    id: str = Field(title="编号", pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(title="标题", min_length=1)
    status: Literal["draft", "published", "withdrawn"] = Field("published", title="状态")
    publish_at: datetime | None = Field(None, title="定时发布")
    review_due: date | None = Field(None, title="复核期限")
    guide: str | None = Field(None, title="办事指南")
    workflow: Literal["direct", "chain", "aid", "honour", "petition"] = Field(title="办理流程")
    minutes: int | None = Field(None, title="大约几分钟填完", ge=1, le=120)
    privacy: Privacy = Field(title="个人信息告知")
    sections: tuple[Section, ...] = Field(title="步骤", min_length=1)
    hints: tuple[ComputedHint, ...] = Field((), title="算出来的提示", description="只作参考，不影响能不能交")

    @field_validator("publish_at")
    @classmethod
    def _in_china(cls, moment: datetime | None) -> datetime | None:
        return moment.replace(tzinfo=CHINA) if moment and moment.tzinfo is None else moment

    @model_validator(mode="after")
    def _holds_together(self) -> FormDefinition:
        if faults := [*_name_faults(self), *_condition_faults(self), *_consent_faults(self), *_hint_faults(self)]:
            # raised as pydantic's own error, so that each fault keeps its place in the file and none hides another
            raise ValidationError.from_exception_data(self.title, [_error(*fault) for fault in faults])
        return self

    def fields(self) -> tuple[FormField, ...]:
        """Return every field in order; a group is followed by the fields inside it."""
        return self._fields

    @cached_property
    def _fields(self) -> tuple[FormField, ...]:
        return tuple(field for _, _, field in _placed(self))

    @cached_property
    def uploads(self) -> tuple[FormField, ...]:
        """Return the fields that take files."""
        return tuple(field for field in self.fields() if field.type == "file")

    def materials(self) -> tuple[Material, ...]:
        """Return the list of materials that the guide shows and the form asks to upload."""
        return tuple(field.material() for field in self.uploads)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> FormDefinition:
        """Return a changed copy; what is kept about the fields is worked out anew."""
        copy = super().model_copy(update=update, deep=deep)
        for name in ("_fields", "uploads", "version"):
            copy.__dict__.pop(name, None)
        return copy

    def is_public(self, now: datetime) -> bool:
        """Tell whether the form may be offered at `now` (aware)."""
        return self.status == "published" and (self.publish_at is None or self.publish_at <= now)

    def canonical(self) -> dict[str, Any]:
        """Return the definition as plain JSON data without defaults, so that a new optional key changes no old form.

        When it is offered is no part of what it asks, so the keys of publishing are left out.
        """
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"status", "publish_at", "review_due"})

    @cached_property
    def version(self) -> str:
        """Return the SHA-256 (hex) of the canonical JSON; a case keeps the version that it was made with."""
        text = json.dumps(self.canonical(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


# --- what only the whole form can tell -------------------------------------------------------

Place = tuple[str | int, ...]
Fault = tuple[Place, str]


def _error(place: Place, message: str) -> InitErrorDetails:
    kind = PydanticCustomError("value_error", "{error}", {"error": message})
    return InitErrorDetails(type=kind, loc=place, input=None)


def _placed(form: FormDefinition) -> Iterator[tuple[Place, FormField | None, FormField]]:
    """Yield (place in the file, group around it or None, field) in order."""
    for s, section in enumerate(form.sections):
        for f, field in enumerate(section.fields):
            place: Place = ("sections", s, "fields", f)
            yield place, None, field
            for i, inner in enumerate(field.fields):
                yield (*place, "fields", i), field, inner


def _name_faults(form: FormDefinition) -> Iterator[Fault]:
    named = [(place, field.name) for place, _, field in _placed(form)]
    named += [(("privacy", "consents", i), consent.name) for i, consent in enumerate(form.privacy.consents)]
    seen: set[str] = set()
    for place, name in named:
        if name in seen:
            yield (*place, "name"), f"名称 {name} 用了不止一次。一张表里每个名称只能用一次，请换一个。"
        seen.add(name)


def _condition_faults(form: FormDefinition) -> Iterator[Fault]:
    groups = {field.name: group for _, group, field in _placed(form)}
    outside: dict[str, FormField] = {}
    inside: dict[str, FormField] = {}
    for place, group, field in _placed(form):
        if group is None:
            inside = {}
        for message in _term_faults(field.show_if, outside | inside, groups):
            yield (*place, "show_if"), message
        (inside if group else outside)[field.name] = field
    for i, consent in enumerate(form.privacy.consents):
        for message in _term_faults(consent.show_if, outside, groups):
            yield ("privacy", "consents", i, "show_if"), message


def _term_faults(
    condition: Condition | None, before: Mapping[str, FormField], groups: Mapping[str, FormField | None]
) -> Iterator[str]:
    for name, value in terms(condition or {}):
        known = before[name].values if name in before else ()
        if name not in before:
            yield _unknown_name(name, before, groups)
        elif not known:
            yield f"条件不能看字段 {name}，它的答案不是固定的几个。请改看单选、多选、是或否这样的字段。"
        elif _write(value) not in map(_write, known) or isinstance(value, bool) != isinstance(known[0], bool):
            usable = "、".join(map(_write, known))
            yield f"字段 {name} 没有“{_write(value)}”这个答案。请改成下列之一：{usable}。"


def _unknown_name(name: str, before: Mapping[str, FormField], groups: Mapping[str, FormField | None]) -> str:
    if name in groups:
        why = "在重复的一组里面，组外看不到" if groups[name] else "排在后面，那时还没有填"
        return f"条件里的字段 {name} {why}。请改看前面的字段，或调整顺序。"
    near = get_close_matches(name, before, n=1)
    return f"条件里的字段 {name} 不存在。" + (f"是不是要写 {near[0]}？" if near else "请对照前面各字段的 name 改写。")


def _write(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _consent_faults(form: FormDefinition) -> Iterator[Fault]:
    """PIPL art. 29: each kind of sensitive information has a consent of its own wherever it is asked for."""
    many = [field.name for field in form.fields() if field.type == "choices"]
    for place, group, field in _placed(form):
        shown = {"all": [one.show_if for one in (group, field) if one and one.show_if]}
        for kind in field.sensitive:
            asked = f"字段 {field.name} 属于{KIND_WORDS[kind]}"
            fitting = [one for one in form.privacy.consents if one.kind == kind and one.required]
            if not fitting:
                add = f"请在 privacy.consents 里加一项 kind: {kind}（必须勾选）。"
                yield (*place, "sensitive"), f"{asked}，却没有对应的单独同意。{add}"
            elif not any(implies(shown, one.show_if or {}, many) for one in fitting):
                fix = "请删去那一项同意的 show_if，或改成凡有这个字段时都出现。"
                yield (*place, "sensitive"), f"{asked}，它出现时，对应的单独同意不一定出现。{fix}"


def _hint_faults(form: FormDefinition) -> Iterator[Fault]:
    kinds = {field.name: field.type for field in form.fields()}
    for i, hint in enumerate(form.hints):
        for key, name in hint.names():
            wanted = {"rows": ("group",), "after": tuple(kinds.values())}.get(key, ("money", "number"))
            if kinds.get(name) not in wanted:
                what = {"rows": "重复填写的一组", "after": "表里的字段"}.get(key, "金额或数字")
                yield ("hints", i, key), f"{name} 不是{what}。请改成表里合适的字段名。"
