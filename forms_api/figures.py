"""Figures of the office gathered from the store: the courses of all cases, new members; as tables, workbooks, files of the site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from forms_api.back_office import Member, Office
from forms_api.indicator_files import IndicatorFile, Observation, list_observations
from forms_api.model import Actor, Case, NewEvent
from forms_api.registers import members
from forms_api.reports import (
    Aid,
    Period,
    Table,
    read_period,
    report_aid,
    report_growth,
    report_petitions,
    report_ratings,
    report_services,
)
from forms_api.spreadsheets import write_xlsx
from forms_api.timelines import Course, follow_course

CASES_AT_ONCE = 500
Publish = Callable[[str, Callable[[str | None], str], str], str]
"""Path, text that stands there → text that is to stand there, message → commit; see `content_clone.ContentClone.change`."""


def make_reports(
    office: Office, period: Period, payments: Iterable[Aid] = (), *, opened: bool = True
) -> tuple[Table, ...]:
    """Return every table of a period; `payments` are those of the period. Without `opened` those that need no key.

    Raises what the keyring raises.
    """
    courses = list(gather_courses(office, period))
    titles = {name: form.title for name, form in office.bundle.forms.items()}
    plain = (
        *report_petitions(courses, titles, period),
        *report_services(courses, titles, period),
        report_ratings(courses, titles, period),
    )
    if not opened:
        return plain
    return (
        *plain,
        report_growth(count_growth(office, period), period),
        *report_aid(payments, period),
    )


def gather_courses(office: Office, period: Period) -> Iterator[Course]:
    """Yield the courses of the cases that came in a period."""
    calendar, today = office.bundle.calendar, office.today()
    for case in _list_cases(office):
        form = office.find_definition(case)
        events = [one for one in office.store.list_events(case.id) if "state" in one.data or one.kind == "rated"]
        course = follow_course(case, form.workflow, events, office.find_limit(case.form), calendar, today)
        if period.first <= course.received <= period.last:
            yield course


def _list_cases(office: Office) -> Iterator[Case]:
    after = ""
    while found := office.store.list_cases(after=after, limit=CASES_AT_ONCE):
        yield from found
        after = found[-1].id


def count_growth(office: Office, period: Period) -> Mapping[tuple[str, str], int]:
    """Return (month, kind of work) → how many became members then, in the whole county."""
    fields = office.bundle.forms["membership"].fields() if "membership" in office.bundle.forms else ()
    kinds = [str(option.value) for one in fields if one.name == "worker_kind" for option in one.options]
    blind, find = office.keyring.blind, office.store.find_keyed
    by_kind = {
        kind: find(members.REGISTER, "worker_kind", blind("worker_kind", kind)) for kind in (*kinds, members.UNSTATED)
    }
    counts: dict[tuple[str, str], int] = {}
    for month in range(period.first.month, period.last.month + 1):
        name = f"{period.first.year}-{month:02}"
        admitted = find(members.REGISTER, "month", blind("month", name))
        counts |= {(name, kind): len(admitted & ids) for kind, ids in by_kind.items()}
    return counts


def export_table(office: Office, member: Member, period: Period, table: Table) -> bytes:
    """Return a table as a workbook, and leave a trace."""
    told = {"report": table.name, "period": period.name, "as": "xlsx"}
    office.store.append_event(NewEvent("figures_exported", office.clock(), Actor("staff", member.id), told))
    rows = [*table.rows, *([(table.note, *("" for _ in table.head[1:]))] if table.note else [])]
    return write_xlsx(f"{period.name} {table.title}".replace("：", " "), table.head, rows, office.clock())


def publish_figures(office: Office, member: Member, month: str, publish: Publish) -> list[str]:
    """Put the figures of a month that is over into the files of the site and return their paths.

    Raises ValueError for a month that is not over, and what `publish` raises.
    """
    period = read_period(month)
    if period.last >= office.today() or period.first.month != period.last.month:
        raise ValueError(f"{period.words}还没有过完，或者不是一个月。请选已经过完的一个月。")
    found = list(list_observations(period, make_reports(office, period)))
    for indicator, observation in found:
        publish(indicator.path, _put(indicator, [observation]), f"按月更新指标：{indicator.title}（{period.words}）")
    told = {"report": "indicators", "period": period.name, "as": "site"}
    office.store.append_event(NewEvent("figures_exported", office.clock(), Actor("staff", member.id), told))
    return [indicator.path for indicator, _ in found]


def _put(indicator: IndicatorFile, observations: Sequence[Observation]) -> Callable[[str | None], str]:
    return lambda before: indicator.write(observations, before)


def list_periods(today: date) -> list[Period]:
    """Return what may be chosen: this year and the last, each quarter and month that has begun, the latest first."""
    names = [f"{year}-{month:02}" for year in (today.year, today.year - 1) for month in range(12, 0, -1)]
    names += [f"{year}-q{quarter}" for year in (today.year, today.year - 1) for quarter in range(4, 0, -1)]
    names += [str(today.year), str(today.year - 1)]
    return [period for period in map(read_period, names) if period.first <= today]
