"""Events as iCalendar (RFC 5545), for the calendar of a phone. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from site_builder.clock import CHINA
from site_builder.records import Event

ZONE = "Asia/Shanghai"
LINE_OCTETS = 75
_ZONE_LINES = (
    "BEGIN:VTIMEZONE",
    f"TZID:{ZONE}",
    "BEGIN:STANDARD",
    "DTSTART:19920101T000000",  # China has not changed its clocks since the summer of 1991
    "TZOFFSETFROM:+0800",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
)
_STATUS = {"取消": "CANCELLED", "延期": "TENTATIVE", "改期": "CONFIRMED", "换地点": "CONFIRMED"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One event with what a calendar shows beside it: its page and its place in words."""

    event: Event
    page: str
    place: str = ""


def write_calendar(entries: Iterable[Entry], name: str, domain: str, today: date) -> str:
    """Return a calendar of events, the earliest first; lines end in CRLF and are folded at 75 octets."""
    ordered = sorted(entries, key=lambda one: (one.event.start, one.event.id))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{domain}//Workers' Home//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape_text(name)}",
        f"X-WR-TIMEZONE:{ZONE}",
        *_ZONE_LINES,
    ]
    for entry in ordered:
        lines += _write_event(entry, domain, today)
    return "".join(f"{fold_line(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _write_event(entry: Entry, domain: str, today: date) -> Iterator[str]:
    event = entry.event
    yield "BEGIN:VEVENT"
    yield f"UID:{event.id}@{domain}"
    yield f"DTSTAMP:{_stamp(event, today)}"
    yield from _write_times(event)
    # Many phones show no STATUS: what became of the event stands before its name.
    yield f"SUMMARY:{escape_text(f'【{event.change.word}】{event.title}' if event.change else event.title)}"
    if entry.place:
        yield f"LOCATION:{escape_text(entry.place)}"
    if words := _describe(event):
        yield f"DESCRIPTION:{escape_text(words)}"
    yield f"CATEGORIES:{escape_text(event.kind)}"
    yield f"URL:{entry.page}"
    if event.change:
        # A calendar takes an entry again only if its number is higher; the days since year 1 never fall.
        yield f"SEQUENCE:{event.change.announced.toordinal()}"
    yield f"STATUS:{_STATUS[event.change.kind] if event.change else 'CONFIRMED'}"
    yield "END:VEVENT"


def _describe(event: Event) -> str:
    contact = event.contact.phone if event.contact else None
    labelled = (("主办单位", event.organiser), ("参加对象", event.audience), ("联系电话", contact))
    reason = event.change.reason if event.change else None
    return "\n".join(
        [*filter(None, [reason, event.text]), *(f"{label}：{value}" for label, value in labelled if value)]
    )


def _stamp(event: Event, today: date) -> str:
    # The day on which this entry was last vouched for: a past event's file never changes again.
    day = min((event.end or event.start).date(), today)
    return f"{datetime.combine(day, time(0), CHINA) - timedelta(hours=8):%Y%m%dT%H%M%SZ}"


def _write_times(event: Event) -> Iterator[str]:
    start, end = event.start, event.end
    if start.time() == time(0) and (end is None or end.time() == time(0)):
        last = end or start
        yield f"DTSTART;VALUE=DATE:{start:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}"  # the end of whole days is not included
        return
    yield f"DTSTART;TZID={ZONE}:{start:%Y%m%dT%H%M%S}"
    if end:
        yield f"DTEND;TZID={ZONE}:{end:%Y%m%dT%H%M%S}"


def escape_text(text: str) -> str:
    """Return a TEXT value (RFC 5545, 3.3.11)."""
    text = text.strip().replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def fold_line(line: str) -> str:
    """Return a content line folded so that no part is longer than 75 octets nor cuts a character."""
    parts, used = [""], 0
    for letter in line:
        size = len(letter.encode())
        if used + size > LINE_OCTETS:
            parts.append("")
            used = 1  # the space that begins a folded line counts
        parts[-1] += letter
        used += size
    return "\r\n ".join(parts)
