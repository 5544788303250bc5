"""What is new, for feed readers (Atom, RFC 4287, and JSON Feed 1.1) and for calendars (iCalendar).

A feed tells title, summary and address, never the body: a reader keeps what it fetched, but a 公示 must end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime, time
from xml.sax.saxutils import escape, quoteattr

from site_builder.calendars import Entry, write_calendar
from site_builder.clock import CHINA
from site_builder.metatags import FEEDS, column_of, find_day
from site_builder.records import Event, Notice, Published, Record, Venue
from site_builder.render import Theme
from site_builder.values import GeneratedFile

NEWEST = 50
EVENTS = "活动日程"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed."""

    record: Record
    address: str
    published: datetime
    updated: datetime
    summary: str
    author: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: the page it belongs to (below the site root), its name, and its entries, the newest first."""

    url: str
    title: str
    subtitle: str
    items: tuple[Item, ...]


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield both feeds of every column and of the whole site, and the calendars."""
    for feed in list_feeds(theme):
        yield GeneratedFile(f"{feed.url}feed.xml", write_atom(theme, feed))
        yield GeneratedFile(f"{feed.url}feed.json", write_json_feed(theme, feed))
    yield from _calendars(theme)


# --- what is in a feed ----------------------------------------------------------------------------


def list_feeds(theme: Theme) -> list[Feed]:
    """Return the feed of each column, and last that of the whole site."""
    site = theme.site
    released: dict[str, list[Record]] = {folder: [] for folder in FEEDS}
    for one in theme.released:
        if one.folder in released:
            released[one.folder].append(one)
    items = {folder: list_items(theme, released[folder]) for folder in FEEDS}
    feeds = [
        Feed(f"{folder}/", f"{name} · {site.name}", column_of(site, folder).description, tuple(items[folder]))
        for folder, name in FEEDS.items()
    ]
    every = sorted((one for group in items.values() for one in group), key=_newest, reverse=True)
    whole = Feed("", f"{site.name} · {site.organisation}", column_of(site, "").description, tuple(every[:NEWEST]))
    return [*feeds, whole]


def list_items(theme: Theme, records: Iterable[Record]) -> list[Item]:
    """Return the newest entries of a column, the newest first: records with a date that has come."""
    days = ((find_day(one, theme.today), one) for one in records)
    dated = [(day, one) for day, one in days if day and day <= theme.today]
    if len(dated) > NEWEST:  # an entry is made for those only that can be among the newest
        oldest = sorted((day for day, _ in dated), reverse=True)[NEWEST - 1]
        dated = [(day, one) for day, one in dated if day >= oldest]
    return sorted((_item(theme, one, day) for day, one in dated), key=_newest, reverse=True)[:NEWEST]


def _newest(item: Item) -> tuple[datetime, str]:
    return item.updated, item.address


def _item(theme: Theme, record: Record, day: Day) -> Item:
    hour = (
        time.fromisoformat(record.published_time) if isinstance(record, Published) and record.published_time else None
    )
    moment = datetime.combine(day, hour or time(0), CHINA)
    return Item(
        record=record,
        address=theme.address(record.url),
        published=moment,
        updated=moment,
        summary="" if isinstance(record, Notice) and record.kind == "公示" else theme.summary(record),
        author=theme.source(record),
        words=tuple(dict.fromkeys([theme.genre(record), *getattr(record, "topics", ())])),
    )


# --- Atom -----------------------------------------------------------------------------------------


def write_atom(theme: Theme, feed: Feed) -> str:
    """Return a feed as Atom."""
    home, own = theme.address(feed.url), theme.address(f"{feed.url}feed.xml")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">',
        f"<title>{escape(feed.title)}</title>",
        f"<subtitle>{escape(feed.subtitle)}</subtitle>",
        f"<id>{escape(own)}</id>",
        f"<updated>{_moment(theme, feed)}</updated>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(own)}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(home)}/>',
        f"<author><name>{escape(theme.site.organisation)}</name></author>",
        *map(_atom_entry, feed.items),
        "</feed>",
    ]
    return "\n".join(lines) + "\n"


def _moment(theme: Theme, feed: Feed) -> str:
    """Return when a feed last changed: its newest entry, or the day of the build where it has none."""
    newest = max((item.updated for item in feed.items), default=None)
    return (newest or datetime.combine(theme.today, time(0), CHINA)).isoformat()


def _atom_entry(item: Item) -> str:
    summary = f"<summary>{escape(item.summary)}</summary>" if item.summary else ""
    words = "".join(f"<category term={quoteattr(word)}/>" for word in item.words)
    return (
        f"<entry><title>{escape(item.record.title)}</title><id>{escape(item.address)}</id>"
        f'<link rel="alternate" type="text/html" href={quoteattr(item.address)}/>'
        f"<published>{item.published.isoformat()}</published><updated>{item.updated.isoformat()}</updated>"
        f"<author><name>{escape(item.author)}</name></author>{summary}{words}</entry>"
    )


# --- JSON Feed ------------------------------------------------------------------------------------


def write_json_feed(theme: Theme, feed: Feed) -> str:
    """Return a feed as JSON Feed."""
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": theme.address(feed.url),
        "feed_url": theme.address(f"{feed.url}feed.json"),
        "description": feed.subtitle,
        "language": "zh-CN",
        "authors": [{"name": theme.site.organisation, "url": theme.address("")}],
        "items": [_json_item(item) for item in feed.items],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _json_item(item: Item) -> dict[str, object]:
    return {
        "id": item.address,
        "url": item.address,
        "title": item.record.title,
        "content_text": item.summary or item.record.title,
        "date_published": item.published.isoformat(),
        "date_modified": item.updated.isoformat(),
        "authors": [{"name": item.author}],
        "tags": list(item.words),
    }


# --- calendars ------------------------------------------------------------------------------------


def _calendars(theme: Theme) -> Iterator[GeneratedFile]:
    site, events = theme.site, [one for one in theme.released if isinstance(one, Event)]
    entries = [Entry(event, theme.address(event.url), _place(theme, event)) for event in events]
    whole = write_calendar(entries, f"{EVENTS} · {site.name}", site.domain, theme.today)
    yield GeneratedFile("events/events.ics", _bytes(whole))
    for entry in entries:
        content = write_calendar([entry], entry.event.title, site.domain, theme.today)
        yield GeneratedFile(f"{entry.event.url}{entry.event.id}.ics", _bytes(content))


def _bytes(text: str) -> bytes:
    return text.encode()  # as bytes, so that no writer on the way touches the CRLF


def _place(theme: Theme, event: Event) -> str:
    found = theme.library.get("venues", event.venue) if event.venue else None
    venue = found if isinstance(found, Venue) else None
    if venue is None:
        return event.place or ""
    return f"{event.place or venue.title}（{venue.address}）"
