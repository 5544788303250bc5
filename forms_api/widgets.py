"""How one question looks: label, hint, fault, control, and what ties them together for those who cannot see them.

Each widget takes a Question and returns markup; the classes are those of the site's stylesheet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from markupsafe import Markup

from forms_api.field_rules import least_rows, most_files, most_rows
from forms_api.questions import FormField

Choices = Sequence[tuple[str, list[tuple[str, str]]]]
"""What a list offers: (heading or nothing, [(value, label)])."""

AUTOCOMPLETE = {"full_name": "name", "mobile": "tel", "address": "street-address", "email": "email"}
"""Names of answers about the applicant alone → what a browser may fill in (WCAG 2.2 1.3.5)."""
INPUT_MODES = {"mobile": "tel", "phone": "tel", "bank_account": "numeric", "money": "decimal", "date": "numeric"}
SIZES = dict.fromkeys(("money", "number", "date", "mobile", "phone", "name"), "short") | dict.fromkeys(
    ("resident_id", "bank_account", "credit_code"), "mid"
)
"""Type → how wide its box is, so that the box says how much is wanted."""
DATE_HINT = "年月日，例如 20260801"
KINDS = {"jpg": "照片", "png": "截图", "heic": "苹果照片", "pdf": "PDF"}
ACCEPT = {
    "jpg": "image/jpeg,.jpg,.jpeg",
    "png": "image/png,.png",
    "heic": "image/heic,.heic,.heif",
    "pdf": "application/pdf,.pdf",
}


class Question(Protocol):
    """One question with what was answered, as fields.py has it."""

    id: str
    name: str
    data: Any
    given: FormField
    choices: Choices
    when: str

    @property
    def path(self) -> str:
        """Where the answer stands."""

    @property
    def fault(self) -> str:
        """What is wrong, or nothing."""

    @property
    def insistable(self) -> bool:
        """Whether the worker may say that the number is right."""

    @property
    def confirmed(self) -> bool:
        """Whether the worker has said so."""

    @property
    def file_names(self) -> Mapping[str, str]:
        """Handle → name of an uploaded file."""

    @property
    def text(self) -> str:
        """The answer as it stands in a box."""

    def __call__(self) -> Markup:
        """Draw the question."""


class Group(Question, Protocol):
    """A repeating group."""

    def rows(self) -> Sequence[Sequence[Question]]:
        """The rows that are shown."""

    def make_row(self, number: str, answers: Mapping[str, Any]) -> Sequence[Question]:
        """One row."""


def attributes(**pairs: Any) -> Markup:
    """Return HTML attributes; True writes the name alone, None and False nothing. `_` stands for `-`, a last one falls away."""
    written = Markup("")
    for key, value in pairs.items():
        name = key.rstrip("_").replace("_", "-")
        if value is True:
            written += Markup(" {}").format(name)
        elif value is not None and value is not False:
            written += Markup(' {}="{}"').format(name, value)
    return written


def join(parts: Iterable[Markup]) -> Markup:
    """Return pieces of markup in a row."""
    return Markup("").join(parts)


# --- around a control ------------------------------------------------------------------------------


def _told(field: Question) -> Markup:
    """Return hint, help, condition and fault: what stands between the label and the control."""
    said = Markup("")
    if hint := _hint(field):
        said += Markup('<p class="hint" id="{}-h">{}</p>').format(field.id, hint)
    if field.when:
        said += Markup('<p class="hint only-if" id="{}-w">{}</p>').format(field.id, field.when)
    if field.given.help:
        said += Markup('<details class="help"><summary>再说明白一点</summary><p>{}</p></details>').format(
            field.given.help
        )
    if field.fault:
        said += Markup('<p class="msg" id="{}-e">{}</p>').format(field.id, field.fault)
    return said


def _hint(field: Question) -> str:
    given = field.given
    parts = ["" if given.type == "consent" else given.hint or "", DATE_HINT if given.type == "date" else ""]
    if given.example:
        parts.append(f"例如：{given.example}")
    return " ".join(part for part in parts if part)


def described_by(field: Question) -> str | None:
    """Return the ids of what describes a control."""
    ids = [
        f"{field.id}-{letter}"
        for letter, shown in (("h", _hint(field)), ("w", field.when), ("e", field.fault))
        if shown
    ]
    return " ".join(ids) or None


def _optional(field: Question) -> Markup:
    return Markup("") if field.given.is_required else Markup(' <span class="opt">可以不填</span>')


def _outer(field: Question) -> Markup:
    condition = json.dumps(field.given.show_if, ensure_ascii=False) if field.given.show_if else None
    return attributes(
        class_="field bad" if field.fault else "field",
        id=f"f-{field.id}",
        data_type=field.given.type,
        data_name=field.given.name,
        data_show=condition,
        data_need=field.given.is_required or None,
    )


def _labelled(field: Question, control: Markup) -> Markup:
    return Markup('<div{}><label for="{}">{}{}</label>{}{}{}</div>').format(
        _outer(field), field.id, field.given.label, _optional(field), _told(field), control, _insist(field)
    )


def _grouped(field: Question, control: Markup) -> Markup:
    return Markup("<fieldset{}{}><legend>{}{}</legend>{}{}</fieldset>").format(
        _outer(field),
        attributes(aria_describedby=described_by(field)),
        field.given.label,
        _optional(field),
        _told(field),
        control,
    )


def _insist(field: Question) -> Markup:
    """Return the box by which the worker says that a number is right although its check digit is not."""
    if not field.insistable:
        return Markup("")
    return Markup(
        '<label class="choice"><input type="checkbox" name="confirm" value="{}"{}><div>号码没有错，仍要提交'
        "<span>我们会再和您核对一次</span></div></label>"
    ).format(field.path, attributes(checked=field.confirmed))


def _wired(field: Question) -> Markup:
    return attributes(
        id=field.id,
        name=field.name,
        aria_describedby=described_by(field),
        aria_invalid="true" if field.fault else None,
        aria_required="true" if field.given.is_required else None,
    )


# --- controls ----------------------------------------------------------------------------------------


def draw_input(field: Question) -> Markup:
    """Draw a line to type in."""
    given = field.given
    number = given.type in ("money", "number")
    box = Markup("<input{}{}>").format(
        _wired(field),
        attributes(
            class_=f"inp {SIZES[given.type]}" if given.type in SIZES else "inp",
            type="tel" if given.type in ("mobile", "phone") else "text",
            value=field.text,
            inputmode="numeric"
            if given.type == "number" and not given.decimals
            else INPUT_MODES.get(given.type, "decimal" if number else None),
            autocomplete=AUTOCOMPLETE.get(field.name, "off"),
            autocapitalize="characters" if given.type in ("resident_id", "credit_code") else None,
            spellcheck="false" if given.type not in ("text", "address") else None,
            maxlength=None if number else str(max(400, given.length or 0)),
            data_min_age=given.min_age,
        ),
    )
    unit = given.unit or ("元" if given.type == "money" else None)
    if unit:
        box = Markup('<div class="unit">{}<span>{}</span></div>').format(box, unit)
    return _labelled(field, box)


def draw_textarea(field: Question) -> Markup:
    """Draw a box for several lines."""
    box = Markup('<textarea class="inp"{} rows="5" data-length="{}">\n{}</textarea>').format(
        _wired(field), field.given.length or 2000, field.text
    )
    return _labelled(field, box)


def draw_select(field: Question) -> Markup:
    """Draw a list to choose from, in groups where it has any."""
    options = [Markup('<option value="">请选择</option>')]
    for heading, pairs in field.choices:
        rows = join(
            Markup("<option{}>{}</option>").format(attributes(value=value, selected=value == field.data), label)
            for value, label in pairs
        )
        options.append(
            Markup('<optgroup label="{}">{}</optgroup>').format(heading, rows) if heading and pairs else rows
        )
    return _labelled(field, Markup('<select class="inp"{}>{}</select>').format(_wired(field), join(options)))


def _choice(field: Question, number: int, kind: str, value: str, label: str, hint: str | None, on: bool) -> Markup:
    return Markup('<label class="choice"><input{}><div>{}{}</div></label>').format(
        attributes(
            type=kind,
            name=field.name,
            value=value,
            id=field.id if number == 0 else f"{field.id}-{number}",
            checked=on,
            aria_invalid="true" if field.fault else None,
        ),
        label,
        Markup("<span>{}</span>").format(hint) if hint else "",
    )


def draw_radios(field: Question) -> Markup:
    """Draw one choice of a few."""
    if field.given.type == "yes_no":
        known: list[tuple[str, str, str | None, bool]] = [
            ("yes", "是", None, field.data in (True, "yes")),
            ("no", "否", None, field.data is False or field.data == "no"),
        ]
    else:
        known = [(one.value, one.value, one.hint, field.data == one.value) for one in field.given.options]
    rows = join(_choice(field, i, "radio", value, label, hint, on) for i, (value, label, hint, on) in enumerate(known))
    few = (
        len(known) <= 3
        and not any(hint for _, _, hint, _ in known)
        and sum(len(label) for _, label, _, _ in known) < 16
    )
    return _grouped(field, Markup('<div class="abreast">{}</div>').format(rows) if few else rows)


def draw_boxes(field: Question) -> Markup:
    """Draw several choices at once."""
    ticked = field.data if isinstance(field.data, list | tuple) else [field.data]
    rows = join(
        _choice(field, i, "checkbox", one.value, one.value, one.hint, one.value in ticked)
        for i, one in enumerate(field.given.options)
    )
    return _grouped(field, rows)


def draw_tick(field: Question) -> Markup:
    """Draw a single box to tick, which is never ticked beforehand."""
    hint = Markup("<span>{}</span>").format(field.given.hint) if field.given.hint else ""
    box = Markup("<input{}>").format(
        _wired(field) + attributes(type="checkbox", value="yes", checked=field.data in (True, "yes"))
    )
    return Markup('<div{}>{}<label class="choice" for="{}">{}<div>{}{}{}</div></label></div>').format(
        _outer(field), _told(field), field.id, box, field.given.label, _optional(field), hint
    )


def draw_statement(field: Question) -> Markup:
    """Draw a text to read."""
    return Markup('<div{}><div class="note"><h3>{}</h3><p>{}</p>{}</div></div>').format(
        _outer(field), field.given.label, field.given.text, _told(field)
    )


def draw_files(field: Question) -> Markup:
    """Draw the files that were uploaded, and a way to add more."""
    given, handles = field.given, field.data if isinstance(field.data, list | tuple) else []
    kinds = "、".join(KINDS[kind] for kind in given.accept)
    said = f"{kinds}，每份不超过 {given.max_mb} MB，最多 {most_files(given)} 份"
    rows = join(_file_row(field, str(handle)) for handle in handles)
    picker = Markup("<input{}>").format(
        attributes(
            type="file",
            id=field.id,
            name=f"up-{field.name}",
            multiple=most_files(given) > 1,
            accept=",".join(ACCEPT[kind] for kind in given.accept),
            aria_describedby=" ".join(filter(None, (f"{field.id}-s", described_by(field)))),
            aria_invalid="true" if field.fault else None,
        )
    )
    return Markup(
        '<div{}{}><label class="lab" for="{}">{}{}</label>{}{}<div class="ups">{}</div>'
        '<div class="drop">{}<span class="small muted" id="{}-s">{}</span></div></div>'
    ).format(
        _outer(field),
        attributes(data_max=most_files(given), data_mb=given.max_mb),
        field.id,
        field.given.label,
        Markup(' <span class="opt">{}</span>').format(_need_words(field)) if not given.is_required else "",
        Markup('<p class="hint">{}</p>').format(f"{given.when}要交。") if given.when else "",
        _told(field),
        rows,
        picker,
        field.id,
        said,
    )


def _need_words(field: Question) -> str:
    return "可以后补" if field.given.need == "容缺" else "没有可以不传"


def _file_row(field: Question, handle: str) -> Markup:
    return Markup(
        '<div class="up"><b>{0}</b><label class="small"><input type="checkbox" name="drop" value="{1}"> 不要这份</label>'
        '<span class="s"><span class="st ok">已传好</span></span><input type="hidden" name="{2}" value="{1}">'
        '<input type="hidden" name="names" value="{1} {0}"></div>'
    ).format(field.file_names.get(handle, "已上传的文件"), handle, field.name)


# --- repeating groups ----------------------------------------------------------------------------------

ROW_MARK, NUMBER_MARK = "__row__", "__number__"
"""What the script replaces in the row that it copies."""


def draw_group(group: Group) -> Markup:
    """Draw the rows of a group, a button for one more, and a row for the script to copy."""
    least = max(least_rows(group.given), 1)
    item = group.given.item or group.given.label
    rows = join(_draw_row(group, row, str(n), str(n + 1), n >= least) for n, row in enumerate(group.rows()))
    pattern = _draw_row(group, group.make_row(ROW_MARK, {}), ROW_MARK, NUMBER_MARK, True)
    more = Markup('<button class="btn quiet" name="more" value="{}" data-more>再加一个{}</button>').format(
        group.name, item
    )
    inside = Markup('<div class="rows" data-most="{}">{}</div>{}<template>{}</template>').format(
        most_rows(group.given), rows, more, pattern
    )
    return _grouped(group, inside)


def _draw_row(group: Group, row: Sequence[Question], key: str, number: str, removable: bool) -> Markup:
    item = group.given.item or group.given.label
    less = Markup('<button class="link" name="less" value="{}-{}" data-less>删去这一个</button>').format(
        group.name, key
    )
    return Markup(
        '<div class="row-of" role="group" aria-label="{0} {1}"><p class="row-h"><b>{0} <i>{1}</i></b>{2}</p>{3}</div>'
    ).format(item, number, less if removable else "", join(one() for one in row))


Widget = Callable[[Any], Markup]
WIDGETS: dict[str, Widget] = {
    "textarea": draw_textarea,
    "choice": draw_radios,
    "choices": draw_boxes,
    "yes_no": draw_radios,
    "region": draw_select,
    "union": draw_select,
    "ethnicity": draw_select,
    "education": draw_select,
    "political_status": draw_select,
    "file": draw_files,
    "consent": draw_tick,
    "statement": draw_statement,
}
"""Field type → its widget; all others are a line to type in."""
