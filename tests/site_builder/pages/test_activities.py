"""互动与活动: what is open and what is over by the date of the build, replies in working days, results."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from lxml import html
from pydantic import ValidationError

from forms_api.definitions import FormDefinition
from site_builder.model import Library
from site_builder.pages import activities, events
from site_builder.pages.activities import count_replies, find_link, list_replies, weigh_reply
from site_builder.pages.events import group_by_month, list_pages, month_url
from site_builder.pages.schedules import judge, split_events, write_hours
from site_builder.records import Campaign, Consultation, Event, Guide, Indicator, Message
from site_builder.render import Theme
from site_builder.values import GeneratedFile, Period, Reference
from tests.page_faults import find_faults, words
from tests.small_library import NOW, make_library

OWN = ("interact/", "campaigns/", "events/", "messages/", "consultations/")


def event(name: str, start: str, end: str | None = None, kind: str = "培训", **more: Any) -> Event:
    return Event.model_validate({"id": name, "title": f"{name}班", "kind": kind, "start": start, "end": end, **more})


def message(name: str, asked: str, replied: str | None = None, **more: Any) -> Message:
    values = {"id": name, "title": f"{name}怎么办", "asked": asked, "question": "请问怎么办？"}
    reply = {"replied": replied, "reply": "这样办。", "unit": "权益部"} if replied else {}
    return Message.model_validate({**values, **reply, **more})


CAMPAIGN = Campaign.model_validate({
    "id": "seasons", "title": "四季帮扶", "period": {"start": "2026-01-01", "end": "2027-03-31"},
    "windows": [
        {"title": "春", "period": {"start": "2026-02-24", "end": "2026-04-30"}, "guide": "aid"},
        {"title": "冬", "period": {"start": "2026-11-20", "end": "2027-02-28"}, "guide": "aid"},
        {"title": "来年", "period": {"start": "2026-11-21", "working_days": 5}},
        {"title": "开春", "period": {"start": "2027-03-01", "end": "2027-03-31"}, "guide": "aid"},
    ],
    "goals": ["帮扶一千户"], "indicators": ["stations", "flow", "unknown"],
    "related": ["new", "aid", {"title": "外面的文件", "url": "https://x.example/"}, {"id": "lost"}],
    "body": "一年四季。",
})  # fmt: skip
OVER = Campaign.model_validate(
    {"id": "over", "title": "去年活动", "period": {"start": "2025-01-01", "end": "2025-12-31"}}
)
SHUT = Campaign.model_validate(
    {"id": "shut", "title": "提前收尾", "period": {"start": "2026-01-01", "end": "2026-12-31"}, "archived": True}
)
FLOW = Indicator.model_validate(
    {"id": "flow", "title": "岗位", "group": "帮扶", "unit": "个", "series": [{"date": "2026-10-31", "value": 9}]}
)
EVENTS = [
    event("later", "2026-12-05T08:30:00", "2026-12-06T17:00:00", signup={"start": "2026-11-25", "end": "2026-12-01"}),
    event("soon", "2026-11-28T14:00:00+08:00", "2026-11-28T16:00:00+08:00", guide="aid", signup={"start": "2026-11-01", "end": "2026-11-20"}),
    event("visit", "2026-12-15T09:00:00", kind="接访"),
    event("today", "2026-11-20T08:00:00", "2026-11-20T08:30:00"),
    event("off", "2026-12-08T09:00:00", guide="aid", signup={"start": "2026-11-01", "end": "2026-12-01"},
          change={"kind": "取消", "announced": "2026-11-19", "reason": "场地检修。"}),
    event("wait", "2026-12-09T09:00:00", change={"kind": "延期", "announced": "2026-11-19"}),
    event("moved", "2026-12-10T09:00:00", guide="aid", signup={"start": "2026-11-01", "end": "2026-12-01"},
          change={"kind": "改期", "announced": "2026-11-19", "was": "2026-12-03T08:30:00"}),
    event("elsewhere", "2026-12-11T09:00:00",
          change={"kind": "换地点", "announced": "2026-11-19", "was_place": "书屋"}),
    event("done", "2026-10-15T09:00:00", results="第一名是\n某某班组。"),
]  # fmt: skip
MESSAGES = [
    message("quick", "2026-11-13", "2026-11-16", topics=["会籍"]),
    message("slow", "2026-11-02", "2026-11-12", topics=["会籍"]),
    message("open", "2026-11-18"),
    message("lastyear", "2025-12-03", "2025-12-03"),
]
RUNNING = Consultation.model_validate({
    "id": "running", "title": "明年办什么", "period": {"start": "2026-11-10", "end": "2026-11-20"}, "form": "suggestion",
    "contact": {"unit": "办公室", "phone": "0000-6010001", "email": "a@yunxi.example"}, "body": "说说看。",
})  # fmt: skip
ENDED = Consultation.model_validate({
    "id": "ended", "title": "办法修订", "period": {"start": "2026-08-01", "end": "2026-09-01"}, "received": 86, "adopted": 31,
    "result": "采纳三十一条。", "result_published": "2026-09-16",
})  # fmt: skip
FORM = FormDefinition.model_validate({
    "id": "suggestion", "title": "咨询建言", "guide": "suggestion", "workflow": "petition",
    "privacy": {"purpose": "答复", "basis": "信访工作条例", "retention": {"approved": "1y", "refused": "1y"}},
    "sections": [{"title": "内容", "fields": [{"name": "text", "label": "内容", "type": "textarea"}]}],
})  # fmt: skip
SUGGEST = Guide(id="suggestion", title="留言和建议", form="suggestion")


def make_content() -> Library:
    library = make_library(CAMPAIGN, OVER, SHUT, FLOW, *EVENTS, *MESSAGES, RUNNING, ENDED, SUGGEST)
    return replace(library, forms={"suggestion": FORM})


@pytest.fixture(scope="module")
def theme() -> Theme:
    return Theme(make_content(), NOW)


@pytest.fixture(scope="module")
def site(theme: Theme) -> list[GeneratedFile]:
    return [*activities.generate(theme), *events.generate(theme)]


def test_pages_are_whole(site: list[GeneratedFile]) -> None:
    assert len({file.path for file in site}) == len(site)
    assert find_faults(site, OWN) == []


def test_empty() -> None:
    bare = Theme(replace(make_library(), records={}), NOW)
    files = [*activities.generate(bare), *events.generate(bare)]
    assert find_faults(files, OWN) == []
    assert "近期的接访日还没有排出来" in words(files, "interact/")


# --- campaigns ---


@pytest.mark.parametrize(
    ("start", "end", "word"),
    [
        ("2026-11-21", "2026-11-22", "未开始"),
        ("2026-11-20", "2026-11-20", "进行中"),
        ("2026-11-01", "2026-11-19", "已结束"),
    ],
)
def test_a_window_is_open_on_its_first_and_last_day(theme: Theme, start: str, end: str, word: str) -> None:
    state = judge(theme, CAMPAIGN, Period.model_validate({"start": start, "end": end}))
    assert state is not None
    assert state.word == word


def test_campaign_page(site: list[GeneratedFile]) -> None:
    text = words(site, "campaigns/seasons/")
    assert "已结束春2026年2月24日至4月30日看指南" in text
    assert "进行中冬2026年11月20日至2027年2月28日去办理" in text
    assert "未开始来年2026年11月21日至11月27日" in text
    for told in (
        "帮扶一千户",
        "新建驿站14／20座",
        "岗位2026年10月9个",
        "一年四季。",
        "帮扶办法（2026年修订）",
        "困难职工帮扶",
        "外面的文件",
    ):
        assert told in text


def test_the_way_into_a_window_turns_on_its_days(site: list[GeneratedFile]) -> None:
    page = next(str(file.content) for file in site if file.path == "campaigns/seasons/index.html")
    turns = re.findall(r'<template data-turn="(\S+)" data-place="(\S+)"><a class="btn (\S+)" data-at="(\S+)"', page)
    assert turns == [
        ("2027-03-01", "window-2", "quiet", "window-2"),
        ("2027-03-01", "window-4", "pri", "window-4"),
        ("2027-04-01", "window-4", "quiet", "window-4"),
    ]
    assert "<template" not in next(str(file.content) for file in site if file.path == "campaigns/shut/index.html")


def test_campaigns_are_archived_by_word_or_by_date(site: list[GeneratedFile]) -> None:
    text = words(site, "campaigns/")
    running, archived = text.split("已归档")
    assert "四季帮扶" in running
    assert "归档2025年1月1日至12月31日" in archived
    assert "提前收尾归档" in archived
    assert "内容留作查考" in words(site, "campaigns/over/")


def test_a_reference_that_means_nothing_gives_no_link(theme: Theme) -> None:
    assert find_link(theme, Reference(id="lost")) is None
    assert find_link(theme, Reference(title="某文件")) == ("某文件", None)


# --- events ---


def test_events_of_today_are_still_to_come(theme: Theme) -> None:
    coming, past = split_events(theme)
    assert [one.id for one in coming] == ["today", "soon", "later", "off", "wait", "moved", "elsewhere", "visit"]
    assert [one.id for one in past] == ["done"]
    assert [(month, [one.id for one in found]) for month, found in group_by_month(coming)] == [
        ((2026, 11), ["today", "soon"]),
        ((2026, 12), ["later", "off", "wait", "moved", "elsewhere", "visit"]),
    ]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (datetime(2026, 12, 5, 8, 30), datetime(2026, 12, 5, 17), "08:30–17:00"),
        (datetime(2026, 12, 5, 8, 30), datetime(2026, 12, 6, 17), "08:30 至12月6日 17:00"),
        (datetime(2026, 12, 5, 8, 30), None, "08:30"),
        (datetime(2026, 12, 5), datetime(2026, 12, 7), "至12月7日"),
        (datetime(2026, 12, 5), None, ""),
    ],
)
def test_hours(start: datetime, end: datetime | None, said: str) -> None:
    assert write_hours(Event(id="e", title="会", kind="培训", start=start, end=end)) == said


def test_event_pages(site: list[GeneratedFile]) -> None:
    assert "soon班将举办培训报名中我要报名" in words(site, "events/soon/")
    later = words(site, "events/later/")
    assert "报名未开始" in later
    assert "我要报名" not in later
    done = words(site, "events/done/")
    assert "已结束" in done
    assert "结果第一名是某某班组。" in done
    calendar = words(site, "events/")
    assert calendar.index("soon班") < calendar.index("later班") < calendar.index("已经办过") < calendar.index("done班")


def test_every_month_from_first_to_last_has_a_page(site: list[GeneratedFile]) -> None:
    assert list_pages(EVENTS, NOW.date()) == [(2026, 10), (2026, 11), (2026, 12)]
    assert list_pages([], NOW.date()) == [(2026, 11)]
    assert "这个月没有排定的活动" not in words(site, month_url((2026, 12)))
    december = words(site, month_url((2026, 12)))
    assert december.index("←2026年11月") < december.index("later班") < december.index("visit班")
    assert "2027年1月→" not in december


def test_the_grid_shows_an_event_on_each_of_its_days(site: list[GeneratedFile]) -> None:
    source = next(str(file.content) for file in site if file.path == "events/2026-12/index.html")
    page = html.document_fromstring(source)
    [grid] = page.xpath("//table[@class='month']")
    assert len(grid.xpath(".//th[@scope='col']")) == 7
    days = [cell.xpath("string(time)") for cell in grid.xpath(".//td[a[contains(., 'later班')]]")]
    assert days == ["5", "6"]
    [today] = html.document_fromstring(
        next(str(file.content) for file in site if file.path == "events/index.html")
    ).xpath("//td[contains(@class,'now')]/time")
    assert today.get("datetime") == "2026-11-20"


# --- messages ---


def test_days_are_working_days_after_the_question(theme: Theme) -> None:
    taken = {reply.message.id: (reply.days, reply.late) for reply in list_replies(theme)}
    assert taken == {"quick": (1, False), "slow": (8, True), "open": (2, False), "lastyear": (0, False)}


def test_statistics(theme: Theme) -> None:
    counts = count_replies(list_replies(theme))
    assert (counts.received, counts.answered, counts.days, counts.in_time) == (4, 3, 1, 2)
    rated = [
        message("a", "2026-11-13", "2026-11-16", rating="满意"),
        message("b", "2026-11-13", "2026-11-16", rating="不满意"),
    ]
    counts = count_replies([weigh_reply(theme, one) for one in rated])
    assert (counts.rated, counts.content) == (2, 1)
    nothing = count_replies([])
    assert (nothing.received, nothing.days) == (0, None)


def test_message_pages(site: list[GeneratedFile]) -> None:
    text = words(site, "messages/")
    assert "收到留言4件已经答复3件一般用时1个工作日7个工作日内答复2件" in text
    assert "我要留言" in text
    assert "slow" not in words(site, "messages/2025/")
    reply = words(site, "messages/quick/")
    for told in (
        "已答复咨询用了1个工作日",
        "留言一位职工2026年11月13日请问怎么办？",
        "答复权益部2026年11月16日这样办。",
        "类似的留言全部留言slow怎么办",
    ):
        assert told in reply
    waiting = words(site, "messages/open/")
    assert "正在办理咨询已等2个工作日" in waiting
    assert "一般7个工作日内答复" in waiting
    assert "当天答复" in words(site, "messages/lastyear/")


# --- events that changed ---


def test_an_event_called_off_says_so_and_offers_nothing(site: list[GeneratedFile]) -> None:
    text = words(site, "events/off/")
    assert "已取消" in text
    assert "取消。2026年11月19日公布。场地检修。" in text
    assert "原定时间2026年12月8日" in text
    for gone in ("将举办", "报名中", "我要报名", "加到手机日历"):
        assert gone not in text
    assert "延期，时间另定" in words(site, "events/wait/")
    assert "将举办" not in words(site, "events/wait/")


def test_an_event_held_at_another_time_or_place_says_what_was(site: list[GeneratedFile]) -> None:
    moved = words(site, "events/moved/")
    for told in ("已改期", "将举办", "我要报名", "原定2026年12月3日星期四08:30", "加到手机日历"):
        assert told in moved
    assert "已换地点" in words(site, "events/elsewhere/")
    assert "原定地点书屋" in words(site, "events/elsewhere/")


def test_lists_and_the_calendar_tell_what_changed(site: list[GeneratedFile]) -> None:
    text = words(site, "events/2026-12/")
    assert "取消：off班" in text
    assert "延期：wait班" in text
    for told in ("已取消", "延期，时间另定", "已改期", "已换地点"):
        assert told in text
        assert told in words(site, "events/")


@pytest.mark.parametrize("change", [{"kind": "改期"}, {"kind": "换地点"}])
def test_a_change_says_what_was(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="was"):
        event("x", "2026-12-08T09:00:00", change={"announced": "2026-11-19", **change})


# --- consultations ---


def test_consultations(site: list[GeneratedFile]) -> None:
    text = words(site, "consultations/")
    running, ended = text.split("已经结束")
    assert "明年办什么" in running
    assert "办法修订已公布结果收到86条采纳31条2026年9月1日结束" in ended
    one = words(site, "consultations/running/")
    assert "书面打印意见表" in one
    for told in ("说说看。", "电话0000-6010001", "邮箱a@yunxi.example"):
        assert told in one
    over = words(site, "consultations/ended/")
    assert "征集结果收到意见86条采纳31条采纳三十一条。2026年9月16日公布" in over
    assert "怎么提意见" not in over


def test_landing(site: list[GeneratedFile]) -> None:
    text = words(site, "interact/")
    for told in ("12351", "我要留言", "收到留言4件", "明年办什么", "办法修订", "visit班", "soon班", "四季帮扶"):
        assert told in text
    assert "提前收尾" not in text
