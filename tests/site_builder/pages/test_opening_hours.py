"""Opening hours as editors write them."""

import json
from pathlib import Path

import pytest
import yaml

from site_builder.pages.opening_hours import OpeningHours, read_hours

VENUES = Path(__file__).parents[3] / "content" / "venues"


def read(text: str) -> OpeningHours:
    hours = read_hours(text)
    assert hours is not None, text
    return hours


def at(day: int, hour: int, minute: int = 0) -> tuple[int, int]:
    return day, hour * 60 + minute


@pytest.mark.parametrize(
    ("text", "opened", "shut"),
    [
        ("周一至周五 8:30–12:00，14:00–17:30", [at(0, 8, 30), at(4, 17, 29)], [at(0, 12), at(4, 17, 30), at(5, 9)]),
        ("每天 6:30–21:30", [at(0, 6, 30), at(6, 21)], [at(6, 6, 29)]),
        ("全天 24 小时（刷会员卡进入）", [at(0, 0), at(6, 23, 59)], []),
        ("周二至周日 9:00–21:00，周一闭馆检修", [at(1, 9), at(6, 20)], [at(0, 10)]),
        ("周一至周五 18:30–21:00，周六周日 8:30–17:00", [at(4, 20), at(5, 9), at(6, 9)], [at(5, 20), at(0, 9)]),
        ("每天 9:00–次日 2:00", [at(0, 1, 59), at(6, 23), at(0, 9)], [at(0, 2), at(0, 8)]),
        ("周五 22:00-2:00", [at(4, 23), at(5, 1)], [at(4, 1), at(5, 22)]),
        ("周一至周五 8:30–12:00，13:30–17:30；每周三延时到 20:00", [at(2, 19)], [at(1, 19), at(2, 13)]),
        ("周一至周五 8:30–17:30；周六 9:00–12:00 值班", [at(5, 9)], [at(5, 13), at(6, 9)]),
        ("周六至周一 9:00-17:00", [at(5, 9), at(6, 9), at(0, 9)], [at(1, 9)]),
        ("周一、周三、周五 9:00-17:00", [at(0, 9), at(2, 9), at(4, 9)], [at(1, 9)]),
        ("星期日 9:00至11:00", [at(6, 10)], [at(6, 11)]),
        ("周一至周五 8:30–12:00；周三全天有律师值班", [at(2, 9)], [at(2, 13)]),
    ],
)
def test_when_a_place_is_open(text: str, opened: list[tuple[int, int]], shut: list[tuple[int, int]]) -> None:
    hours = read(text)
    assert [moment for moment in opened if not hours.is_open(*moment)] == []
    assert [moment for moment in shut if hours.is_open(*moment)] == []


@pytest.mark.parametrize("text", [None, "", "生产日 6:00–22:00", "请先打电话", "9:00–17:00", "春茶季每天 8:00–18:00"])
def test_what_is_not_understood_gives_nothing(text: str | None) -> None:
    assert read_hours(text) is None


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("每天 8:00–18:00", True),
        ("每天 8:00–18:00（节假日照常）", True),
        ("每天 8:00–18:00；雨雪天延时", False),
        ("每天 7:00–23:00，跟三班倒的交接时间走", False),
    ],
)
def test_words_left_over_are_told(text: str, whole: bool) -> None:
    assert read(text).whole == whole
    assert json.loads(read(text).data)[1] == (0 if whole else 1)


def test_most_of_the_sample_is_understood() -> None:
    texts = [yaml.safe_load(path.read_text("utf-8")).get("hours") for path in sorted(VENUES.glob("*.yml"))]
    assert [text for text in texts if read_hours(text) is None] == ["生产日 6:00–22:00"]
