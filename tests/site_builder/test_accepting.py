from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from forms_api.windows import Window
from site_builder.accepting import list_windows
from site_builder.records import Event, Guide
from tests.small_library import make_library

MARCH = {"start": "2026-03-01", "end": "2026-03-10"}


def make_guide(**more: Any) -> Guide:
    return Guide.model_validate({"id": "contest", "title": "竞赛报名", **more})


def make_event(number: int, **more: Any) -> Event:
    told = {
        "id": f"e{number}",
        "title": "竞赛",
        "kind": "劳动竞赛",
        "start": "2026-06-01T09:00:00+08:00",
        "guide": "contest",
    }
    return Event.model_validate(told | more)


def test_a_guide_without_windows_is_open_all_year() -> None:
    guide = make_guide()
    assert list_windows(make_library(guide), guide) is None


def test_its_own_windows_come_in_order() -> None:
    guide = make_guide(windows=[{"start": "2027-01-01", "end": "2027-01-05"}, MARCH])
    assert list_windows(make_library(guide), guide) == (
        Window(date(2026, 3, 1), date(2026, 3, 10)),
        Window(date(2027, 1, 1), date(2027, 1, 5)),
    )


def test_those_of_its_events_are_joined_and_what_is_called_off_opens_nothing() -> None:
    guide = make_guide(by_events=True)
    off = {"kind": "取消", "announced": "2026-03-02"}
    library = make_library(
        guide,
        make_event(1, signup=MARCH),
        make_event(2, signup={"start": "2026-03-08", "end": "2026-03-20"}),
        make_event(3, signup={"start": "2026-05-01", "end": "2026-05-20"}, change=off),
        make_event(4, signup={"start": "2026-05-01", "end": "2026-05-20"}, guide="other"),
        make_event(5),
    )
    assert list_windows(library, guide) == (Window(date(2026, 3, 1), date(2026, 3, 20)),)
    assert list_windows(make_library(guide), guide) == ()


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"windows": [{"start": "2026-03-01", "working_days": 5}]}, "要写截止日"),
        ({"windows": [MARCH], "by_events": True}, "只写一样"),
        ({"windows": [{"start": "2026-03-10", "end": "2026-03-01"}]}, "早于开始日期"),
    ],
)
def test_a_window_has_two_days_in_order_and_one_owner(told: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        make_guide(**told)
