"""Events of one kind: contests with places and candidates, receptions, and what must be held so often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from site_builder.duties import count_turns
from site_builder.model import Duty
from site_builder.pages import events
from site_builder.records import Event, Guide
from site_builder.render import Theme
from site_builder.values import GeneratedFile
from tests.page_faults import find_faults, words
from tests.small_library import NOW, make_library

RECOMMEND = Guide.model_validate({"id": "recommend", "title": "推荐", "form": "recommendation"})
PLACES = [
    {"rank": 2, "name": "钱二", "unit": "乙厂", "score": "90分"},
    {"rank": 1, "name": "赵一", "unit": "甲厂", "score": "96分", "consent": True},
]


def event(name: str, day: str, kind: str = "技能比武", **more: Any) -> Event:
    return Event.model_validate(
        {"id": name, "title": f"{name}的事", "kind": kind, "start": f"{day}T09:00:00+08:00", **more}
    )


CONTEST = event("chache", "2026-11-07", winners=PLACES, candidate_for="县五一劳动奖章")
HIDDEN = event(
    "huli", "2026-07-07", winners=[{"rank": 1, "name": "孙三", "unit": "丙院"}], candidate_for="县五一劳动奖章"
)
PLAIN = event("canyin", "2026-09-07", winners=[{"rank": 1, "name": "李四", "consent": True}])
AHEAD = event("hangong", "2026-12-12", signup={"start": "2026-11-16", "end": "2026-12-01"})
OFF = event("tuichi", "2026-10-10", change={"kind": "取消", "announced": "2026-10-01"})
MEETING = event("lianxi", "2026-12-22", kind="联席会议")
PAST_MEETING = event("shangban", "2026-06-18", kind="联席会议", results="定了三件事")


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    library = make_library(RECOMMEND, CONTEST, HIDDEN, PLAIN, AHEAD, OFF, MEETING, PAST_MEETING)
    duty = Duty.model_validate({"title": "联席会议", "kinds": ["联席会议"], "source": "县政府文件"})
    library = replace(library, site=library.site.model_copy(update={"duties": (duty,)}))
    files = list(events.generate(Theme(library, NOW)))
    assert find_faults(files, ("events/",)) == []
    return {file.path: str(file.content) for file in files}


def read(site: dict[str, str], path: str) -> str:
    return words([GeneratedFile(f"{path}index.html", site[f"{path}index.html"])], path)


def test_each_kind_that_there_is_has_a_page(site: dict[str, str]) -> None:
    assert {"events/contests/index.html", "events/meetings/index.html"} <= set(site)
    assert "events/jobs/index.html" not in site
    assert 'href="../events/contests/"' in site["events/index.html"]


def test_who_comes_first_is_a_candidate(site: dict[str, str]) -> None:
    said = read(site, "events/contests/")
    assert "赵一" in said
    assert "县五一劳动奖章" in said
    assert "推荐怎么走" in said
    assert "李四" not in said, "no honour was promised there"
    page = read(site, "events/chache/")
    assert page.index("第1名") < page.index("第2名")
    assert "第一名列为“县五一劳动奖章”推荐对象" in page


def test_nobody_is_named_who_did_not_agree(site: dict[str, str]) -> None:
    for page in site.values():
        assert "孙三" not in page
        assert "钱二" not in page
    assert "姓名未公开" in read(site, "events/huli/")


def test_a_month_counts_what_was_held(site: dict[str, str]) -> None:
    said = read(site, "events/contests/")
    assert "9月1" in said
    assert "10月0" in said, "what was called off does not count"


def test_a_duty_says_how_it_stands(site: dict[str, str]) -> None:
    said = read(site, "events/meetings/")
    assert "每年至少1次（县政府文件）。2026年已办1次，已排1次。" in said


def test_places_belong_to_contests() -> None:
    with pytest.raises(ValueError, match="只有劳动竞赛、技能比武才写名次"):
        event("jiangzuo", "2026-11-07", kind="讲座", winners=PLACES)


def test_another_meeting_of_the_kind_is_not_the_one_that_is_owed() -> None:
    duty = Duty.model_validate({"title": "联席会议", "kinds": ["联席会议"], "named": "lianxi"})
    turn = count_turns(duty, [MEETING, PAST_MEETING], date(2026, 11, 20))
    assert (turn.held, turn.planned) == (0, 1)


@pytest.mark.parametrize(
    ("every", "at_least", "today", "held", "planned", "missing", "last"),
    [
        ("年", 1, "2026-11-20", 1, 1, 0, "2026-12-31"),
        ("年", 3, "2026-11-20", 1, 1, 1, "2026-12-31"),
        ("年", 1, "2027-01-01", 0, 0, 1, "2027-12-31"),
        ("月", 1, "2026-12-01", 0, 1, 0, "2026-12-31"),
        ("月", 1, "2026-11-20", 0, 0, 1, "2026-11-30"),
        ("月", 1, "2028-02-10", 0, 0, 1, "2028-02-29"),
    ],
)
def test_turns(every: str, at_least: int, today: str, held: int, planned: int, missing: int, last: str) -> None:
    duty = Duty.model_validate({"title": "联席会议", "kinds": ["联席会议"], "every": every, "at_least": at_least})
    turn = count_turns(duty, [MEETING, PAST_MEETING, CONTEST], date.fromisoformat(today))
    assert (turn.held, turn.planned, turn.missing, turn.last) == (held, planned, missing, date.fromisoformat(last))
