"""The daily head of the chain of events as a register of the site, so that whoever audits can prove the chain alone.

A head that was published stands in git and on every copy of the site; the chain that runs through it cannot be cut off before
it, or written anew, without that showing (`forms-api audit verify --head`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from forms_api.definitions import CHINA
from forms_api.model import SYSTEM, NewEvent
from forms_api.storage import Store, TrailQuery

Publish = Callable[[str, Callable[[str | None], str], str], str]
"""Path, text that stands there → text that is to stand there, message → commit; see `content_clone.ContentClone.change`."""
_ROW = re.compile(r"  - \{day: (\d{4}-\d\d-\d\d), number: (\d+), head: \"?([0-9a-f]{64})\"?\}")


class HeadsDiffer(ValueError):
    """A head that was published is not in the chain, or not at its place; nothing more must be published before it is explained."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain on a day: how many events, and the digest (hex) of the last."""

    day: date
    number: int
    digest: str


def find_path(day: date) -> str:
    """Return where the heads of a year lie in the repository."""
    return f"content/registers/shijian-zhaiyao-{day.year}.yml"


def read_heads(text: str) -> list[Head]:
    """Return the heads of a register's file, as they stand there."""
    found = map(_ROW.fullmatch, text.splitlines())
    return [Head(date.fromisoformat(one[1]), int(one[2]), one[3]) for one in found if one]


def write_heads(year: int, heads: list[Head]) -> str:
    """Return the file of a register that holds the heads of a year, oldest first."""
    rows = "".join(f'  - {{day: {one.day}, number: {one.number}, head: "{one.digest}"}}\n' for one in heads)
    return (
        f"title: 审核系统事件链每日摘要（{year}年）\n"
        "summary: 审核系统里每看、每改、每导出一次都记一条事件，后一条扣住前一条。这里每天公布最后一条的序号和摘要，经审会用它可以独立核对："
        "以前的事件有没有被改过、删过。摘要里没有任何人的信息。\n"
        f"updated: {heads[-1].day}\n"
        "columns:\n"
        "  - {name: day, label: 日期, type: date, public: true}\n"
        "  - {name: number, label: 事件序号, type: number, public: true}\n"
        "  - {name: head, label: 摘要, public: true}\n"
        f"rows:\n{rows}"
    )


def publish_head(store: Store, now: datetime, publish: Publish) -> Head | None:
    """Publish the end of the chain, once a day, and return it; None where the day has one already or there is no event.

    Raises HeadsDiffer, and what `publish` raises. Killed between pushing and noting it, it finds its row the next time.
    """
    day = now.astimezone(CHINA).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    done = store.list_trail(TrailQuery(frozenset({"head_published"}), since=midnight, size=1))[1]
    last = store.find_last_event()
    if done or last is None:
        return None
    found = [Head(day, last.seq, last.digest.hex())]

    def add(before: str | None) -> str:
        heads = read_heads(before or "")
        for one in heads:
            _check(store, one)
        if heads and heads[-1].day >= day:
            found[0] = heads[-1]
            return before or ""
        return write_heads(day.year, [*heads, found[0]])

    publish(find_path(day), add, f"公布事件链摘要（{day}，第 {last.seq} 条）")
    head = found[0]
    store.append_event(NewEvent("head_published", now, SYSTEM, {"number": head.number, "head": head.digest}))
    return head


def _check(store: Store, head: Head) -> None:
    """Raise HeadsDiffer unless a head that was published stands in the chain where it stood."""
    event = next(store.list_events(after=head.number - 1), None)
    if event is None or event.seq != head.number or event.digest.hex() != head.digest:
        raise HeadsDiffer(
            f"{head.day} 公布的摘要和现在的第 {head.number} 条事件对不上。请先运行 forms-api audit verify --head {head.digest}。"
        )
