"""互动与活动: campaigns, the calendar of events, messages and their replies, consultations, and the page 互动."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Day
from itertools import groupby
from statistics import median

from site_builder.pages.series import Progress, conclude, measure_progress
from site_builder.records import Campaign, Consultation, Event, Guide, Indicator, Message, Record
from site_builder.render import Span, Theme
from site_builder.values import GeneratedFile, Period, Reference

HOME = ("互动", "interact/")
REPLY_DAYS = 7
"""Working days for a reply (国办发〔2017〕47号)."""
PAGE_SIZE = 30
LINK_FOLDERS = (
    "guides", "campaigns", "events", "news", "venues", "consultations", "finance", "cases", "indicators", "honors",
)  # fmt: skip

_WORDS = {"before": "未开始", "open": "进行中", "over": "已结束"}
_CLASSES = {"before": "none", "open": "act", "over": "end"}


@dataclass(frozen=True, slots=True)
class State:
    """Where something dated stands: word, class of its mark, both days."""

    word: str
    css: str
    start: Day
    end: Day
    open: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """One message with what became of it: working days taken, or waited until today."""

    message: Message
    days: int
    late: bool

    @property
    def answered(self) -> bool:
        """Tell whether there is a reply."""
        return self.message.replied is not None


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many messages came and were answered, and the median of working days taken (None without replies)."""

    received: int
    answered: int
    days: float | None
    in_time: int


def judge(theme: Theme, record: Record, period: Period | None = None) -> State | None:
    """Return where the period of a record stands today, in the words of an activity."""
    span = theme.span(record, period)
    return None if span is None else _state(span)


def _state(span: Span) -> State:
    here = span.state
    return State(_WORDS[here], _CLASSES[here], span.start, span.end, open=here == "open", over=here == "over")


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the page 互动, campaigns, events, messages and consultations."""
    replies = list_replies(theme)
    yield _landing(theme, replies)
    yield from _campaigns(theme)
    yield from _events(theme)
    yield from _messages(theme, replies)
    yield from _consultations(theme)


def _landing(theme: Theme, replies: list[Reply]) -> GeneratedFile:
    consultations = [(one, judge(theme, one)) for one in theme.library.all(Consultation)]
    coming, _ = split_events(theme)
    return theme.page(
        "interact/",
        "interact.html",
        title="互动",
        current="interact",
        crumbs=[("互动", "")],
        suggestion=find_suggestion(theme),
        running=[(one, state) for one, state in consultations if state and state.open],
        ended=[(one, state) for one, state in consultations if state and not state.open][:3],
        replies=[one for one in replies if one.answered][:4],
        statistics=count_replies(replies),
        receptions=[one for one in coming if one.kind == "接访"][:3],
        coming=[one for one in coming if one.kind != "接访"][:4],
        campaigns=[(one, state) for one, state in list_campaigns(theme) if not one.archived and state.open][:3],
    )


def find_suggestion(theme: Theme) -> Guide | None:
    """Return the guide by which a message is left, if there is one."""
    return next((one for one in theme.library.all(Guide) if one.form == "suggestion" or one.id == "suggestion"), None)


# --- campaigns --------------------------------------------------------------------------------


def list_campaigns(theme: Theme) -> list[tuple[Campaign, State]]:
    """Return every campaign with its state, newest first."""
    found = ((one, judge(theme, one)) for one in theme.library.all(Campaign))
    return [(one, state) for one, state in found if state]


def is_archived(campaign: Campaign, state: State) -> bool:
    """Tell whether a campaign is marked 归档: its editor said so, or its last day is past."""
    return campaign.archived or state.over


def _campaigns(theme: Theme) -> Iterator[GeneratedFile]:
    every = list_campaigns(theme)
    yield theme.page(
        "campaigns/",
        "campaigns.html",
        title="专题",
        current="interact",
        crumbs=[HOME, ("专题", "")],
        running=[(one, state) for one, state in every if not is_archived(one, state)],
        archived=[(one, state) for one, state in every if is_archived(one, state)],
    )
    for campaign, state in every:
        yield _campaign(theme, campaign, state)


def _campaign(theme: Theme, campaign: Campaign, state: State) -> GeneratedFile:
    windows = [(one, judge(theme, campaign, one.period), _guide(theme, one.guide)) for one in campaign.windows]
    return theme.page(
        campaign.url,
        "campaign.html",
        title=campaign.title,
        current="interact",
        crumbs=[HOME, ("专题", "campaigns/"), (campaign.title, "")],
        record=campaign,
        campaign=campaign,
        state=state,
        archived=is_archived(campaign, state),
        windows=windows,
        indicators=_progress(theme, campaign.indicators),
        related=[link for one in campaign.related if (link := find_link(theme, one))],
        prose=theme.prose(campaign),
    )


def _guide(theme: Theme, guide_id: str | None) -> Guide | None:
    found = theme.library.get("guides", guide_id) if guide_id else None
    return found if isinstance(found, Guide) else None


def _progress(theme: Theme, ids: Sequence[str]) -> list[tuple[Indicator, str, Progress | None]]:
    found = (theme.library.get("indicators", one) for one in ids)
    return [(one, conclude(one), measure_progress(one)) for one in found if isinstance(one, Indicator)]


def find_link(theme: Theme, reference: Reference) -> tuple[str, str | None] | None:
    """Return (title, address here or elsewhere, or None) of what a reference means; None when it means nothing."""
    record = theme.library.resolve(reference)
    if record is None and reference.id:
        record = next((one for folder in LINK_FOLDERS if (one := theme.library.get(folder, reference.id))), None)
    if record:
        return record.title, record.url
    title = reference.title or (str(reference.doc_number) if reference.doc_number else "")
    return (title, reference.url) if title else None


# --- events -----------------------------------------------------------------------------------


def last_day(event: Event) -> Day:
    """Return the last day of an event."""
    return (event.end or event.start).date()


def split_events(theme: Theme) -> tuple[list[Event], list[Event]]:
    """Return the events that are not over, the next first, and those that are, the latest first."""
    every = sorted(theme.library.all(Event), key=lambda one: (one.start.replace(tzinfo=None), one.id))
    coming = [one for one in every if last_day(one) >= theme.today]
    return coming, [one for one in reversed(every) if last_day(one) < theme.today]


def group_by_month(events: list[Event]) -> list[tuple[str, list[Event]]]:
    """Return (month in words, its events) in the order given."""
    return [
        (f"{year}年{month}月", list(group))
        for (year, month), group in groupby(events, key=lambda one: (one.start.year, one.start.month))
    ]


def write_hours(event: Event) -> str:
    """Return from when to when, leaving out what goes without saying."""
    start, end = event.start, event.end
    begin = f"{start:%H:%M}" if (start.hour, start.minute) != (0, 0) else ""
    if end is None:
        return begin
    finish = f"{end:%H:%M}" if (end.hour, end.minute) != (0, 0) else ""
    if end.date() == start.date():
        return f"{begin}–{finish}" if begin and finish else begin
    return f"{begin} 至{end.month}月{end.day}日 {finish}".strip()


def _events(theme: Theme) -> Iterator[GeneratedFile]:
    coming, past = split_events(theme)
    yield theme.page(
        "events/",
        "events.html",
        title="活动日程",
        current="interact",
        crumbs=[HOME, ("活动日程", "")],
        coming=group_by_month(coming),
        past=group_by_month(past),
        count=len(coming),
        hours=write_hours,
        signups={one.id: state for one in coming if one.signup and (state := judge(theme, one, one.signup))},
    )
    for event in (*coming, *past):
        yield theme.page(
            event.url,
            "event.html",
            title=event.title,
            current="interact",
            crumbs=[HOME, ("活动日程", "events/"), (event.title, "")],
            record=event,
            event=event,
            over=last_day(event) < theme.today,
            hours=write_hours(event),
            signup=judge(theme, event, event.signup) if event.signup else None,
            guide=_guide(theme, event.guide),
            venue=theme.library.get("venues", event.venue) if event.venue else None,
        )


# --- messages ---------------------------------------------------------------------------------


def list_replies(theme: Theme) -> list[Reply]:
    """Return every message with the working days that it took or has waited, newest first."""
    return [weigh_reply(theme, message) for message in theme.library.all(Message)]


def weigh_reply(theme: Theme, message: Message) -> Reply:
    """Return a message with its working days: those after the day of the question, up to the reply or today."""
    end = message.replied or max(theme.today, message.asked)
    days = theme.calendar.count(message.asked, end) - theme.calendar.is_workday(message.asked)
    return Reply(message, days, days > REPLY_DAYS)


def count_replies(replies: list[Reply]) -> Statistics:
    """Return the figures of all messages."""
    answered = [one for one in replies if one.answered]
    days = median(one.days for one in answered) if answered else None
    return Statistics(len(replies), len(answered), days, sum(not one.late for one in answered))


def _messages(theme: Theme, replies: list[Reply]) -> Iterator[GeneratedFile]:
    years = sorted({one.message.asked.year for one in replies}, reverse=True)
    of_year = {year: [one for one in replies if one.message.asked.year == year] for year in years}
    lists = [("messages/", "留言选登", replies[:PAGE_SIZE])]
    lists += [(f"messages/{year}/", f"{year}年留言", shown) for year, shown in of_year.items()]
    for url, title, shown in lists:
        whole = url == "messages/"
        yield theme.page(
            url,
            "messages.html",
            title=title,
            current="interact",
            crumbs=[HOME, ("留言选登", "")] if whole else [HOME, ("留言选登", "messages/"), (title, "")],
            replies=shown,
            years=years,
            year=None if whole else shown[0].message.asked.year,
            statistics=count_replies(replies if whole else shown),
            reply_days=REPLY_DAYS,
            suggestion=find_suggestion(theme),
        )
    for reply in replies:
        yield theme.page(
            reply.message.url,
            "message.html",
            title=reply.message.title,
            current="interact",
            crumbs=[HOME, ("留言选登", "messages/"), (reply.message.title, "")],
            record=reply.message,
            reply=reply,
            message=reply.message,
            reply_days=REPLY_DAYS,
            alike=_alike(reply, replies),
        )


def _alike(reply: Reply, replies: list[Reply]) -> list[Reply]:
    topics = set(reply.message.topics)
    return [one for one in replies if one is not reply and one.answered and topics & set(one.message.topics)][:3]


# --- consultations ----------------------------------------------------------------------------


def _consultations(theme: Theme) -> Iterator[GeneratedFile]:
    every = [(one, state) for one in theme.library.all(Consultation) if (state := judge(theme, one))]
    yield theme.page(
        "consultations/",
        "consultations.html",
        title="意见征集",
        current="interact",
        crumbs=[HOME, ("意见征集", "")],
        running=[(one, state) for one, state in every if not state.over],
        ended=[(one, state) for one, state in every if state.over],
    )
    for consultation, state in every:
        yield theme.page(
            consultation.url,
            "consultation.html",
            title=consultation.title,
            current="interact",
            crumbs=[HOME, ("意见征集", "consultations/"), (consultation.title, "")],
            record=consultation,
            consultation=consultation,
            state=state,
            form=consultation.form if consultation.form in theme.library.forms else None,
            prose=theme.prose(consultation),
        )
