"""互动与活动: campaigns, messages and their replies, consultations, and the page 互动."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from site_builder.disclosure import is_open
from site_builder.pages.schedules import State, judge, split_events
from site_builder.pages.series import Progress, conclude, measure_progress
from site_builder.records import Campaign, Consultation, Guide, Indicator, Message, Register
from site_builder.render import Theme
from site_builder.values import GeneratedFile, Reference

HOME = ("互动", "interact/")
REPLY_DAYS = 7
"""Working days for a reply (国办发〔2017〕47号)."""
PAGE_SIZE = 30
LINK_FOLDERS = (
    "guides", "campaigns", "events", "news", "venues", "consultations", "finance", "cases", "indicators", "honors",
)  # fmt: skip


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
    """How many messages came and were answered, the median of working days taken (None without replies), and how they were rated."""

    received: int
    answered: int
    days: float | None
    in_time: int
    rated: int
    content: int


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the page 互动, campaigns, messages and consultations."""
    replies = list_replies(theme)
    yield _landing(theme, replies)
    yield from _campaigns(theme)
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
        media=find_media(theme),
    )


def find_suggestion(theme: Theme) -> Guide | None:
    """Return the guide by which a message is left, if there is one."""
    return next((one for one in theme.library.all(Guide) if one.form == "suggestion" or one.id == "suggestion"), None)


def find_media(theme: Theme) -> Register | None:
    """Return the public register of the federation's accounts on other platforms, if there is one."""
    registers = (one for one in theme.library.all(Register) if is_open(one))
    return next((one for one in registers if "新媒体" in one.title), None)


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
    ratings = [one.message.rating for one in answered if one.message.rating]
    return Statistics(
        received=len(replies),
        answered=len(answered),
        days=days,
        in_time=sum(not one.late for one in answered),
        rated=len(ratings),
        content=sum(rating != "不满意" for rating in ratings),
    )


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
