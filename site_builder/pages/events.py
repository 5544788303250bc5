"""活动日程: what is to come, a page with a grid for each month, and a page for each event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as Day

from site_builder.disclosure import tell_winner
from site_builder.duties import Turn, count_turns
from site_builder.model import Duty
from site_builder.pages.event_kinds import Kind, list_kinds
from site_builder.pages.months import (
    Month,
    last_of_month,
    lay_out_month,
    list_months,
    month_of,
    month_slug,
    write_month,
)
from site_builder.pages.schedules import judge, last_day, split_events, write_hours
from site_builder.records import CONTESTS, Event, Guide
from site_builder.render import Theme
from site_builder.values import GeneratedFile

HOME = ("互动", "interact/")
EVENTS = ("活动日程", "events/")


def group_by_month(events: list[Event]) -> list[tuple[Month, list[Event]]]:
    """Return (month, the events that begin in it) in the order given."""
    months: dict[Month, list[Event]] = {}
    for event in events:
        months.setdefault(month_of(event.start.date()), []).append(event)
    return list(months.items())


def month_url(month: Month) -> str:
    """Return the address of the page of a month."""
    return f"events/{month_slug(month)}/"


def list_pages(events: list[Event], today: Day) -> list[Month]:
    """Return the months that get a page: from the first event to the last, this month among them, none left out."""
    days = [today, *(event.start.date() for event in events), *(last_day(event) for event in events)]
    return list_months(month_of(min(days)), month_of(max(days)))


def days_of(event: Event) -> tuple[Day, Day]:
    """Return the first and the last day of an event."""
    return event.start.date(), last_day(event)


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the events to come, the months, and the events."""
    coming, past = split_events(theme)
    months = list_pages([*coming, *past], theme.today)
    this = month_of(theme.today)
    signups = {one.id: state for one in coming if one.signup and (state := judge(theme, one, one.signup))}
    yield theme.page(
        "events/",
        "events.html",
        title="活动日程",
        current="interact",
        crumbs=[HOME, ("活动日程", "")],
        coming=group_by_month(coming),
        past=group_by_month(past),
        count=len(coming),
        month=this,
        weeks=lay_out_month(this, [*coming, *past], days_of),
        around=_around(months, this),
        hours=write_hours,
        signups=signups,
        month_url=month_url,
        write_month=write_month,
        kinds=list_kinds([*coming, *past]),
    )
    for kind in list_kinds([*coming, *past]):
        yield _kind(theme, kind, coming, past)
    for month in months:
        yield _month(theme, month, [*coming, *reversed(past)], months)
    for event in (*coming, *past):
        yield _event(theme, event)


def list_turns(theme: Theme, kind: Kind) -> list[tuple[Duty, Turn]]:
    """Return what of a kind must be held so often, and how it stands."""
    events = theme.library.all(Event)
    return [
        (duty, count_turns(duty, events, theme.today))
        for duty in theme.site.duties
        if set(duty.kinds) & set(kind.kinds)
    ]


def count_months(events: list[Event], year: int) -> list[int]:
    """Return how many of the events begin in each month of a year; what was called off or put off does not count."""
    starts = [one.start.date() for one in events if one.is_on]
    return [sum((day.year, day.month) == (year, month) for day in starts) for month in range(1, 13)]


def _kind(theme: Theme, kind: Kind, coming: list[Event], past: list[Event]) -> GeneratedFile:
    ahead, gone = ([one for one in events if one.kind in kind.kinds] for events in (coming, past))
    contests = kind.kinds == CONTESTS
    return theme.page(
        kind.url,
        "event_kind.html",
        title=kind.title,
        current="interact",
        crumbs=[HOME, EVENTS, (kind.title, "")],
        kind=kind,
        coming=ahead,
        past=gone,
        hours=write_hours,
        signups={one.id: state for one in ahead if one.signup and (state := judge(theme, one, one.signup))},
        turns=list_turns(theme, kind),
        months=count_months([*ahead, *gone], theme.today.year) if contests else [],
        firsts=[(one, winner, tell_winner(winner)) for one in gone for winner in one.firsts],
        recommend=_find_recommendation(theme),
        report=theme.library.get("guides", "suggestion") if kind.slug == "receptions" else None,
    )


def _find_recommendation(theme: Theme) -> Guide | None:
    """Return the guide by which somebody is recommended for an honour, if there is one."""
    return next((one for one in theme.library.all(Guide) if one.form == "recommendation"), None)


def _around(months: list[Month], here: Month) -> tuple[Month | None, Month | None]:
    """Return the months before and after one, where they have a page."""
    at = months.index(here)
    return months[at - 1] if at else None, months[at + 1] if at + 1 < len(months) else None


def _month(theme: Theme, month: Month, events: list[Event], months: list[Month]) -> GeneratedFile:
    first, last = Day(*month, 1), last_of_month(month)
    own = [one for one in events if days_of(one)[0] <= last and days_of(one)[1] >= first]
    return theme.page(
        month_url(month),
        "month.html",
        title=f"{write_month(month)}的活动",
        current="interact",
        crumbs=[HOME, EVENTS, (write_month(month), "")],
        month=month,
        weeks=lay_out_month(month, own, days_of),
        events=sorted(own, key=lambda one: (one.start.replace(tzinfo=None), one.id)),
        around=_around(months, month),
        hours=write_hours,
        month_url=month_url,
        write_month=write_month,
    )


def _event(theme: Theme, event: Event) -> GeneratedFile:
    library = theme.library
    guide = library.get("guides", event.guide) if event.guide else None
    month = month_of(event.start.date())
    return theme.page(
        event.url,
        "event.html",
        title=event.title,
        current="interact",
        crumbs=[HOME, EVENTS, (write_month(month), month_url(month)), (event.title, "")],
        record=event,
        event=event,
        over=last_day(event) < theme.today,
        hours=write_hours(event),
        signup=judge(theme, event, event.signup) if event.signup else None,
        guide=guide if isinstance(guide, Guide) else None,
        venue=library.get("venues", event.venue) if event.venue else None,
        winners=[(one, tell_winner(one)) for one in sorted(event.winners, key=lambda one: one.rank)],
        recommend=_find_recommendation(theme) if event.firsts else None,
    )
