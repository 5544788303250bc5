"""What a worker sees: templates drawn into the site's own shell. Blank form pages are drawn once per version and day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from forms_api import qr
from forms_api.answers import Checked
from forms_api.computed import ComputedHint, say, work_out
from forms_api.definitions import CHINA, FormDefinition
from forms_api.fields import ApplicationForm, Told, build_form, flatten, list_choices
from forms_api.following import CaseView
from forms_api.forms_bundle import MAIN_MARK, TITLE_MARK, Bundle, find_line
from forms_api.intake.holes import CutPages, mark
from forms_api.samples import list_numbers
from forms_api.summaries import list_summary
from forms_api.wording import FILTERS, OUTCOMES
from forms_api.workflow import RATINGS, REASONS, STATES

HTML = "text/html; charset=utf-8"
_BLANK_HOLES = ("token",)
_RECEIPT_HOLES = ("reference", "secret", "clock", "code")


class Pages:
    """Draw pages from one bundle; safe to share between threads, since what is kept is only ever added to."""

    def __init__(self, bundle: Bundle, work_bits: int) -> None:
        """Prepare the templates; `work_bits` is how much work the script is asked for."""
        self.bundle, self.site = bundle, bundle.site
        self.env = Environment(
            loader=ChoiceLoader(
                [FileSystemLoader(Path(__file__).with_name("templates")), DictLoader({"macros.html": bundle.macros})]
            ),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
            auto_reload=False,
        )
        self.env.filters.update(FILTERS)
        self.env.globals.update(site=self.site, work_bits=work_bits)
        self._classes: dict[str, type[ApplicationForm]] = {}
        self._cut = CutPages(8 * len(bundle.forms) + 16)

    # --- the form ---

    def form_class(self, form: FormDefinition) -> type[ApplicationForm]:
        """Return the WTForms class of a form, made once per version."""
        if form.version not in self._classes:
            lists = list_choices(self.bundle.regions, self.bundle.group_unions())
            self._classes[form.version] = build_form(form, lists)
        return self._classes[form.version]

    def blank(self, form: FormDefinition, token: str, today: date) -> bytes:
        """Return the empty page of a form with this token spliced in."""
        cut = self._cut.find_or_draw(
            (form.version, today, "blank"),
            _BLANK_HOLES,
            lambda: self.fill(form, {}, Told(), mark("token"), today),
        )
        return cut.fill(token=token)

    def has_blank(self, form: FormDefinition, today: date) -> bool:
        """Tell whether the empty page of a form was drawn before."""
        return self._cut.find((form.version, today, "blank")) is not None

    def fill(
        self,
        form: FormDefinition,
        given: Mapping[str, Any],
        told: Told,
        token: str,
        today: date,
        *,
        note: str = "",
        step: int = 0,
        draft: str = "",
        ticket: str = "",
    ) -> bytes:
        """Return the page of a form with what was given, and what is wrong with it."""
        shown = self.form_class(form)(data=dict(given), meta={"told": told})
        parts = list(shown.parts())
        return self._draw(
            "form.html",
            form.title,
            form=form,
            parts=parts,
            faults=[(path.replace(".", "-"), sentence) for path, sentence in told.faults.items()],
            note=note,
            step=step,
            token=token,
            draft=draft,
            ticket=ticket,
            guide=self.bundle.guides.get(form.id),
            trial=list_numbers(form, self.bundle.world(today)) if self.site.get("sample") else [],
            retention=[(word, form.privacy.retention_for(key).words) for key, word in OUTCOMES.items()],
            hints={hint.after: self._tell_hint(hint, given, today) for hint in form.hints},
        )

    def _tell_hint(self, hint: ComputedHint, answers: Mapping[str, Any], today: date) -> dict[str, Any] | None:
        line = find_line(self.bundle, hint, today)
        if line is None:
            return None
        value = work_out(hint, answers)
        data = hint.model_dump(mode="json") | {"amount": line.amount, "since": line.since}
        return {"data": data, "text": "" if value is None else say(hint, value, line)}

    # --- drafts ---

    def draft(self, form: FormDefinition, code: str, until: datetime, address: str) -> bytes:
        """Return the page that shows the code of a draft."""
        qr_code = draw_code(f"{address}apply/{form.id}/draft", "取回草稿的二维码")
        guide, end = self.bundle.guides.get(form.id), until.astimezone(CHINA)
        return self._draw("draft.html", "草稿", form=form, code=code, until=end, qr=qr_code, guide=guide)

    def draft_entry(self, form: FormDefinition, fault: str = "") -> bytes:
        """Return the page that asks for the code of a draft."""
        guide = self.bundle.guides.get(form.id)
        return self._draw("draft_entry.html", "取回草稿", form=form, fault=fault, guide=guide)

    # --- after it ---

    def check(
        self,
        form: FormDefinition,
        checked: Checked,
        told: Told,
        token: str,
        proof: str,
        today: date,
        *,
        note: str = "",
        draft: str = "",
        ticket: str = "",
        shut: bool = False,
    ) -> bytes:
        """Return the page that shows all answers once more before they are sent, or gives them back where it is `shut`."""
        hints = [self._tell_hint(hint, checked.answers, today) for hint in form.hints]
        return self._draw(
            "check.html",
            f"核对：{form.title}",
            form=form,
            parts=list_summary(form, checked.answers, told.file_names, dict(self.bundle.world(today).unions)),
            hidden=list(flatten(checked.answers)),
            names=list(told.file_names.items()),
            confirmed=sorted(checked.confirmed),
            hints=[hint["text"] for hint in hints if hint and hint["text"]],
            token=token,
            proof=proof,
            note=note,
            draft=draft,
            ticket=ticket,
            shut=shut,
            guide=self.bundle.guides.get(form.id),
        )

    def receipt(self, form: FormDefinition, reference: str, secret: str | None, at: datetime, address: str) -> bytes:
        """Return the receipt; without a secret it says where that is."""
        moment = at.astimezone(CHINA)
        day = moment.date()
        cut = self._cut.find_or_draw(
            (form.version, day, "receipt" if secret else "replay"),
            _RECEIPT_HOLES,
            lambda: self._draw_receipt(form, day, with_secret=secret is not None),
        )
        code = draw_code(f"{address}status/?no={reference}")
        return cut.fill(reference=reference, secret=secret or "", clock=f"{moment:%H:%M}", code=code)

    def _draw_receipt(self, form: FormDefinition, day: date, *, with_secret: bool) -> bytes:
        guide = self.bundle.guides.get(form.id)
        return self._draw(
            "receipt.html",
            "回执",
            form=form,
            reference=mark("reference"),
            secret=mark("secret") if with_secret else None,
            day=day,
            clock=mark("clock"),
            code=mark("code"),
            guide=guide,
            due=self._due(guide, day),
            answer_by=self.bundle.calendar.after(day, 1),
        )

    def _due(self, guide: Mapping[str, Any] | None, day: date) -> date | None:
        limit = guide["limit"] if guide else None
        if not limit or not limit["days"]:
            return None
        return (
            self.bundle.calendar.after(day, limit["days"])
            if limit["unit"] == "工作日"
            else day + timedelta(limit["days"])
        )

    def status_entry(self, reference: str = "", fault: str = "") -> bytes:
        """Return the page that asks for reference and secret."""
        return self._draw("entry.html", "我的申请", "status", reference=reference, fault=fault)

    def status(
        self,
        view: CaseView,
        secret: str,
        supplement: FormDefinition,
        given: Mapping[str, Any],
        told: Told,
        token: str,
        fault: str,
    ) -> bytes:
        """Return how a case stands, with the small form for what was asked for."""
        state, received = STATES[view.state], view.received_at.astimezone(CHINA)
        shown = self.form_class(supplement)(data=dict(given), meta={"told": told})
        return self._draw(
            "status.html",
            "我的申请",
            "status",
            view=view,
            secret=secret,
            fault=fault,
            state=state,
            closed=state.closed,
            headline=f"还差 {len(view.asked.fields)} 样东西" if view.asked and view.asked.fields else state.label,
            asked=view.asked,
            until=view.asked.until.astimezone(CHINA).date() if view.asked and view.asked.until else None,
            reason=REASONS.get(view.reason or "", ""),
            title_of_form=supplement.title,
            received=received,
            due=self._due(self.bundle.guides.get(view.form), received.date()),
            steps=[
                {
                    "label": STATES[one.state].label if one.kind != "supplied" else "您补了材料",
                    "at": one.at.astimezone(CHINA),
                    "words": "。".join(filter(None, (REASONS.get(one.reason or ""), one.note))),
                }
                for one in view.history
            ],
            ratings=RATINGS,
            fields=[field for _, _, fields in shown.parts() for field in fields],
            token=token,
        )

    def message(self, title: str, text: str, *, back: str = "", back_words: str = "") -> bytes:
        """Return a page that says one thing, always with the phone number."""
        return self._draw("message.html", title, text=text, back=back, back_words=back_words)

    def _draw(self, template: str, title: str, current: str = "guides", **context: Any) -> bytes:
        main = (
            self.env.get_template(template).render(title=title, **context).replace("\0", "\ufffd")
        )  # no HTML holds NUL
        shell = self.bundle.shells[current].replace(TITLE_MARK, str(escape(title)))
        return shell.replace(MAIN_MARK, main).encode()


def draw_code(address: str, label: str = "查进度的二维码") -> Markup:
    """Return the QR code of an address as SVG."""
    code = qr.draw_code(address)
    return Markup('<svg viewBox="0 0 {0} {0}" role="img" aria-label="{1}"><path d="{2}"/></svg>').format(
        code.side, label, code.path
    )
