"""Atom (RFC 4287), JSON Feed 1.1 and what must not be in them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from lxml import etree

from site_builder.feeds import NEWEST, generate, list_items
from site_builder.metatags import FEEDS
from site_builder.records import Event, News, Notice, Page, Venue
from site_builder.render import Theme
from tests.small_library import NOW, make_library

ATOM = "{http://www.w3.org/2005/Atom}"
DRAFT = News.model_validate({"id": "draft", "title": "还没写完", "published": "2026-11-19", "status": "draft"})


def make(*more, drafts=False, **site):
    return Theme(make_library(*more, **site), NOW, drafts=drafts)


def files_of(theme):
    return {file.path: file.content for file in generate(theme)}


def find_atom_faults(text: str) -> list[str]:
    """Return where a feed breaks RFC 4287: required elements once, dates with an offset, absolute addresses."""
    feed = etree.fromstring(text.encode())
    faults = [] if feed.tag == f"{ATOM}feed" else [feed.tag]
    for element in [feed, *feed.findall(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            if len(element.findall(ATOM + name)) != 1 or not (element.findtext(ATOM + name) or "").strip():
                faults.append(f"{element.tag}: {name}")
        faults += [f"not absolute: {i.text}" for i in element.findall(f"{ATOM}id") if not i.text.startswith("https://")]
        if not element.findall(f"{ATOM}author/{ATOM}name"):
            faults.append("no author")
        alternates = [link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        if len(alternates) != 1:
            faults.append(f"{len(alternates)} alternates")
        for link in element.findall(f"{ATOM}link"):
            if not link.get("href").startswith("https://"):
                faults.append(f"not absolute: {link.get('href')}")
        for name in ("updated", "published"):
            for moment in element.findall(ATOM + name):
                if datetime.fromisoformat(moment.text).utcoffset() != timedelta(hours=8):
                    faults.append(f"{name}: {moment.text}")
        for words in element.findall(f"{ATOM}category"):
            if not words.get("term"):
                faults.append("category without term")
    ids = [one.text for one in feed.findall(f"{ATOM}entry/{ATOM}id")]
    return faults + (["an id twice"] if len(set(ids)) < len(ids) else [])


def test_every_column_and_the_site_have_both_feeds():
    files = files_of(make())
    for way in ("", *(f"{folder}/" for folder in FEEDS)):
        assert find_atom_faults(files[f"{way}feed.xml"]) == [], way
        feed = json.loads(files[f"{way}feed.json"])
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["feed_url"] == f"https://yunxi.example/{way}feed.json"
        ids = [item["id"] for item in feed["items"]]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("way", ["notices/", ""])
def test_a_list_of_names_that_has_ended_is_in_no_feed(way):
    files = files_of(make())
    for name in ("feed.xml", "feed.json"):
        assert "拟帮扶名单公示" in files[way + name]
        assert "助学名单公示" not in files[way + name]
        assert "closed-list" not in files[way + name]


def test_the_words_of_a_list_of_names_are_not_told():
    notice = Notice.model_validate(
        {
            "id": "winners",
            "title": "拟表彰人选公示",
            "kind": "公示",
            "published": "2026-11-19",
            "summary": "拟表彰沈岳宁等三人。",
            "period": {"start": "2026-11-19", "working_days": 5},
        }
    )
    files = files_of(make(notice))
    assert "拟表彰人选公示" in files["notices/feed.xml"]
    assert "沈岳宁" not in files["notices/feed.xml"] + files["notices/feed.json"] + files["feed.json"]


def test_drafts_are_in_no_feed_even_in_a_preview():
    assert "还没写完" not in "".join(
        text for text in files_of(make(DRAFT, drafts=True)).values() if isinstance(text, str)
    )


def test_the_newest_come_first_and_no_more_than_fifty():
    news = [
        News.model_validate(
            {"id": f"n{n}", "title": f"第{n}条", "published": "2026-11-01", "published_time": f"0{n // 10}:{n % 10}0"}
        )
        for n in range(6)
    ]
    many = [News.model_validate({"id": f"m{n}", "title": "多", "published": "2024-01-01"}) for n in range(NEWEST)]
    items = json.loads(files_of(make(*news, *many))["news/feed.json"])["items"]
    assert len(items) == NEWEST
    moments = [item["date_modified"] for item in items]
    assert moments == sorted(moments, reverse=True)


def test_what_has_no_date_or_a_later_one_waits():
    theme = make(News.model_validate({"id": "later", "title": "以后", "published": "2026-12-01"}))
    assert "guides/aid/" not in {
        item.record.url for item in list_items(theme, [one for one in theme.released if one.folder == "guides"])
    }
    assert "news/later/" not in {
        item.record.url for item in list_items(theme, [one for one in theme.released if one.folder == "news"])
    }


def test_marks_in_titles_stay_text():
    title = '关于印发<办法>的通知 & "说明"'
    files = files_of(make(News.model_validate({"id": "x", "title": title, "published": "2026-11-20"})))
    entry = etree.fromstring(files["news/feed.xml"].encode()).find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == title


def test_an_empty_feed_is_valid():
    library = make_library()
    theme = Theme(type(library)(site=library.site), NOW)
    assert find_atom_faults(files_of(theme)["feed.xml"]) == []


def test_calendars_for_all_events_and_for_each():
    event = {"id": "talk", "title": "讲座", "kind": "讲座", "start": "2026-11-26 14:00", "venue": "hall"}
    venue = Venue.model_validate({"id": "hall", "title": "文化宫", "kind": "工人文化宫", "address": "文昌路20号"})
    draft = Event.model_validate({**event, "id": "no", "title": "没定", "status": "draft"})
    files = files_of(make(Event.model_validate(event), venue, draft, drafts=True))
    whole, one = files["events/events.ics"].decode(), files["events/talk/talk.ics"].decode()
    assert "LOCATION:文化宫（文昌路20号）" in one.replace("\r\n ", "")
    assert "UID:talk@yunxi.example" in whole
    assert "没定" not in whole
    assert "events/no/no.ics" not in files


def test_pages_name_the_feeds_of_their_column():
    theme = make()
    html = str(theme.page("policies/2026/", "status.html", title="甲", guides=[]).content)
    assert 'type="application/atom+xml" title="政策文件 · 职工之家" href="../../policies/feed.xml"' in html
    home = str(theme.page("unions/", "status.html", title="甲", guides=[]).content)
    assert 'type="application/feed+json" title="职工之家" href="../feed.json"' in home


def test_the_date_of_a_page_written_by_hand_is_its_update():
    page = Page.model_validate({"id": "p", "title": "说明", "updated": "2026-11-02"})
    tags = dict(make(page).metas(page.url, page.title, "pages", page))
    assert (tags["ArticleTitle"], tags["PubDate"]) == ("说明", "2026-11-02 00:00")
