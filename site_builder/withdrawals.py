"""What was taken off the site and must stay off it, whatever commit is built: withdrawals.yml. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Day

from pydantic import Field

from site_builder.clock import CHINA
from site_builder.editors import COLUMNS
from site_builder.records import Case, Honour, Message, Notice, Record, Register
from site_builder.values import Frozen, Moment

FILE = "withdrawals.yml"
"""Stands in content/, and beside the releases for what was withdrawn on the server; a build obeys both."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stands at the address of a record that was taken off: no more than may be told."""

    folder: str
    id: str
    title: str | None = None
    day: Day | None = None
    reason: str | None = None
    moved_from: tuple[str, ...] = ()
    """Addresses that the page had before: what is gone is gone there too."""

    @property
    def key(self) -> tuple[str, str]:
        """Return folder and id, as the library keeps its records."""
        return (self.folder, self.id)

    @property
    def url(self) -> str:
        """Return the address that the page had and its tombstone has."""
        return f"{self.folder}/{self.id}/"

    @property
    def label(self) -> str:
        """Return what kind of record it was, in Chinese."""
        return COLUMNS.get(self.folder, "内容")


class Withdrawal(Frozen):
    """One record taken off the site: what stood where, since when and why; the title only where it may be told."""

    folder: str = Field(title="目录")
    id: str = Field(title="编号")
    at: Moment = Field(title="撤下时间")
    reason: str = Field(title="理由", min_length=4, description="会公开，不要写姓名和号码")
    title: str | None = Field(None, title="原标题", description="标题里没有个人信息时才写")
    moved_from: tuple[str, ...] = Field((), title="旧网址", description="这一页以前的网址，一并撤下")

    @property
    def key(self) -> tuple[str, str]:
        """Return folder and id, as the library keeps its records."""
        return (self.folder, self.id)

    @property
    def tombstone(self) -> Tombstone:
        """Return what stands in the place of the record."""
        day = self.at.astimezone(CHINA).date()
        return Tombstone(self.folder, self.id, self.title, day, self.reason, self.moved_from)


class Withdrawals(Frozen):
    """withdrawals.yml: everything that was withdrawn, in the order of time."""

    withdrawals: tuple[Withdrawal, ...] = ()

    def joined(self, more: Iterable[Withdrawal]) -> Withdrawals:
        """Return these and `more`; of two for one record the earlier holds."""
        found: dict[tuple[str, str], Withdrawal] = {}
        for one in sorted([*self.withdrawals, *more], key=lambda entry: entry.at):
            found.setdefault(one.key, one)
        return Withdrawals(withdrawals=tuple(found.values()))


def bury(record: Record) -> Tombstone:
    """Return what stands in the place of a record whose own file says that it is withdrawn."""
    title = record.title if may_tell_title(record) else None
    reason, moved_from = record.withdrawn_reason, record.moved_from
    return Tombstone(record.folder, record.id, title, record.withdrawn_on, reason, moved_from)


def may_tell_title(record: Record) -> bool:
    """Tell whether a tombstone may repeat a title: not where titles hold people's names or what befell them."""
    if isinstance(record, Notice):
        return record.kind != "公示"
    return not isinstance(record, Honour | Case | Message | Register)
