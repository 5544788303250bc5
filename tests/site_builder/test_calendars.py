"""iCalendar files, read back by a small parser of RFC 5545."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_builder.calendars import LINE_OCTETS, Entry, escape_text, fold_line, write_calendar
from site_builder.records import Event

TODAY = date(2026, 11, 20)
TALK = {
    "id": "talk",
    "title": "讲座：工资, 加班; 还有\\别的",
    "kind": "讲座",
    "start": "2026-11-26 14:00",
    "end": "2026-11-26 16:30",
    "organiser": "云溪县总工会",
    "text": "第一行。\n第二行，讲的是怎么算加班费、怎么留证据、去哪里说理，一共讲两个半小时，中间休息十分钟。",
    "contact": {"phone": "0000-6010002"},
}


def unfold(text: str) -> list[str]:
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def read_events(text: str) -> list[dict[str, str]]:
    """Return the properties of each VEVENT; parameters stay in the name."""
    events: list[dict[str, str]] = []
    depth: list[str] = []
    for line in unfold(text):
        name, _, value = line.partition(":")
        if name == "BEGIN":
            depth.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert depth.pop() == value
        elif depth[-1] == "VEVENT":
            assert name not in events[-1], f"{name} twice"
            events[-1][name] = value
    assert depth == []
    return events


def write(*records: dict[str, object], today: date = TODAY) -> str:
    entries = [
        Entry(one := Event.model_validate(record), f"https://a.example/{one.url}", "文昌路18号") for record in records
    ]
    return write_calendar(entries, "活动日程", "a.example", today)


def test_an_event_says_what_rfc_5545_requires():
    text = write(TALK)
    head = unfold(text)
    assert head[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert any(line.startswith("PRODID:") for line in head)
    assert head.index("BEGIN:VTIMEZONE") < head.index("BEGIN:VEVENT")
    (event,) = read_events(text)
    assert event["UID"] == "talk@a.example"
    assert event["DTSTART;TZID=Asia/Shanghai"] == "20261126T140000"
    assert event["DTEND;TZID=Asia/Shanghai"] == "20261126T163000"
    assert event["SUMMARY"] == "讲座：工资\\, 加班\\; 还有\\\\别的"
    assert event["DESCRIPTION"].startswith("第一行。\\n第二行，")
    assert event["DESCRIPTION"].endswith("\\n主办单位：云溪县总工会\\n联系电话：0000-6010002")
    assert event["LOCATION"] == "文昌路18号"
    assert event["STATUS"] == "CONFIRMED"
    assert event["URL"] == "https://a.example/events/talk/"


def test_no_line_is_longer_than_75_octets_and_no_character_is_cut():
    lines = write(TALK).encode().split(b"\r\n")
    assert max(map(len, lines)) <= LINE_OCTETS
    for line in lines:
        line.decode()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_folding_loses_nothing(text):
    folded = fold_line(text)
    assert folded.replace("\r\n ", "") == text
    assert all(len(line.encode()) <= LINE_OCTETS for line in folded.split("\r\n"))


@pytest.mark.parametrize(("today", "stamp"), [(TODAY, "20261119T160000Z"), (date(2027, 3, 1), "20261125T160000Z")])
def test_the_stamp_follows_the_day_until_the_event_is_over(today, stamp):
    assert read_events(write(TALK, today=today))[0]["DTSTAMP"] == stamp


def test_whole_days_end_on_the_day_after():
    (event,) = read_events(write({**TALK, "start": "2026-11-26", "end": "2026-11-27"}))
    assert event["DTSTART;VALUE=DATE"] == "20261126"
    assert event["DTEND;VALUE=DATE"] == "20261128"


def test_an_event_without_an_end_has_none():
    (event,) = read_events(write({key: value for key, value in TALK.items() if key != "end"}))
    assert not any(name.startswith("DTEND") for name in event)


def test_events_stand_in_order():
    texts = write({**TALK, "id": "late", "start": "2026-12-01 09:00", "end": None}, TALK)
    assert [one["UID"] for one in read_events(texts)] == ["talk@a.example", "late@a.example"]


def test_line_breaks_of_any_kind_are_told_as_one():
    assert escape_text("甲\r\n乙\n丙") == "甲\\n乙\\n丙"


@pytest.mark.parametrize(
    ("change", "status", "mark"),
    [
        ({"kind": "取消"}, "CANCELLED", "已取消"),
        ({"kind": "延期"}, "TENTATIVE", "延期，时间另定"),
        ({"kind": "改期", "was": "2026-11-25 14:00"}, "CONFIRMED", "已改期"),
        ({"kind": "换地点", "was_place": "书屋"}, "CONFIRMED", "已换地点"),
    ],
)
def test_a_changed_event_says_so_in_status_name_and_reason(change, status, mark):
    whole = {"announced": "2026-11-20", "reason": "场地检修。", **change}
    (event,) = read_events(write({**TALK, "change": whole}))
    assert event["STATUS"] == status
    assert event["SUMMARY"].startswith(f"【{mark}】讲座")
    assert event["DESCRIPTION"].startswith("场地检修。\\n第一行。")
    assert int(event["SEQUENCE"]) == TODAY.toordinal()


def test_an_event_as_announced_has_no_number_of_changes():
    assert "SEQUENCE" not in read_events(write(TALK))[0]
