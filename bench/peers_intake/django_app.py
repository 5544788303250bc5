"""Django with a ModelForm, its own ORM on SQLite."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

import accepting
import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_I18N=False,
    SECRET_KEY=secrets.token_hex(),
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": accepting.DATABASE,
            "CONN_MAX_AGE": None,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": accepting.PRAGMAS, "timeout": 30},
        }
    },
)
django.setup()

from django import forms  # noqa: E402 - Django wants its settings first
from django.core.exceptions import ValidationError  # noqa: E402
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


def check_number(text: str) -> None:
    """Refuse a number that is none."""
    if not accepting.is_resident_id(text):
        raise ValidationError("号码不对")


def build(field: dict[str, Any]) -> models.Field[Any, Any]:
    """Return the field of a model."""
    kind, label = field["type"], field["label"]
    if kind == "choice":
        return models.CharField(label, max_length=60, choices=[(one, one) for one in field["options"]])
    if kind == "date":
        return models.DateField(label)
    if kind == "number":
        bounds = [MinValueValidator(field["min"]), MaxValueValidator(field["max"])]
        return models.IntegerField(label, validators=bounds)
    if kind == "money":
        return models.DecimalField(label, max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    if kind == "resident_id":
        return models.CharField(label, max_length=18, validators=[check_number])
    if kind == "mobile":
        return models.CharField(label, max_length=11, validators=[RegexValidator(r"^1\d{10}$")])
    return models.CharField(label, max_length=field.get("length", 60))


class _Meta:
    app_label = "peer"
    managed = False


Answers = type("Answers", (models.Model,), {
    **{one["name"]: build(one) for one in accepting.FIELDS}, "__module__": __name__, "Meta": _Meta,
})  # fmt: skip


class Application(models.Model):
    """An application."""

    id = models.TextField(primary_key=True)
    reference = models.TextField()
    sealed = models.BinaryField()
    blind = models.BinaryField()
    state = models.TextField()
    at = models.TextField()

    class Meta:
        app_label = "peer"
        db_table = "application"


class Event(models.Model):
    """Something that happened to it."""

    id = models.TextField(primary_key=True)
    application_id = models.TextField()
    kind = models.TextField()
    at = models.TextField()
    data = models.TextField()

    class Meta:
        app_label = "peer"
        db_table = "event"


class AnswersForm(forms.ModelForm):
    """The form that its model makes."""

    class Meta:
        model = Answers
        fields = tuple(one["name"] for one in accepting.FIELDS)


AnswersForm.base_fields[accepting.CONSENT] = forms.BooleanField()


def accept(request: HttpRequest) -> HttpResponse:
    """Accept an application."""
    form = AnswersForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_json(), status=422)
    now, number, reference = datetime.now(UTC).isoformat(), secrets.token_hex(16), accepting.make_reference()
    sealed, blind = accepting.seal(form.cleaned_data), accepting.blind(form.cleaned_data["id_number"])
    with transaction.atomic():
        Application.objects.create(
            id=number, reference=reference, sealed=sealed, blind=blind, state="submitted", at=now
        )
        Event.objects.create(id=secrets.token_hex(16), application_id=number, kind="submitted", at=now, data="{}")
    page = accepting.show_receipt(reference)
    return HttpResponse(page, headers={"Content-Length": len(page)})


urlpatterns = [path("apply", accept)]
app = get_wsgi_application()
