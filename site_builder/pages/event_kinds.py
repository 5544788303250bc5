"""The kinds of events that have a page of their own. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from site_builder.records import CONTESTS, Event


@dataclass(frozen=True, slots=True)
class Kind:
    """A page of the events of one kind: its address, its name, what it is for."""

    slug: str
    title: str
    lead: str
    kinds: tuple[str, ...]

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return f"events/{self.slug}/"


KINDS = (
    Kind("contests", "竞赛日历", "哪个月比什么、怎么报名、谁得了第一，一年的竞赛都在这里。", CONTESTS),
    Kind("receptions", "领导接访日程", "哪天、在哪里、谁来听您说，不用预约。", ("接访",)),
    Kind(
        "meetings",
        "联席会议和三方会议",
        "工会和政府、企业方坐下来商议的事，会前公布议题，会后公布结果。",
        ("联席会议",),
    ),
    Kind("training", "培训和讲座", "学手艺、学政策，都不收费。", ("培训", "讲座")),
    Kind("jobs", "招聘会", "送岗位上门，现场登记技能培训。", ("招聘",)),
    Kind("law", "法律服务和普法", "律师到工地、站点、车间，当面问、当场受理。", ("法律服务",)),
    Kind("leisure", "文体活动", "健步走、读书、球赛，职工和家属都能来。", ("文体活动",)),
)


def list_kinds(events: Iterable[Event]) -> list[Kind]:
    """Return the kinds of which there are events."""
    known = {one.kind for one in events}
    return [kind for kind in KINDS if known & set(kind.kinds)]
