"""What was published when, and on whose word: publications.yml, which the server keeps. No I/O."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from site_builder.values import Frozen, Moment

FILE = "publications.yml"
"""Laid into content/ by the server from its journal of pushes; the file itself is never published."""
SHOWN = 500
"""Newest publications that a build is given."""
NAMED = 40
"""Records of one publication that are named; a bulk load says how many more there were."""

Action = Literal["发布", "修改", "撤下"]


class Published(Frozen):
    """One record of a publication; its title is looked up when the page is made, as it may have to be withheld by then."""

    folder: str = Field(title="目录")
    id: str = Field(title="编号")
    action: Action = Field(title="动作")


class Publication(Frozen):
    """One push that was published: its records and who wrote, reviewed and approved them."""

    at: Moment = Field(title="时间")
    commit: str = Field("", title="提交")
    records: tuple[Published, ...] = Field((), title="内容")
    more: int = Field(0, title="其余条数", ge=0)
    written: tuple[str, ...] = Field((), title="写稿")
    reviewed: tuple[str, ...] = Field((), title="审核")
    approved: tuple[str, ...] = Field((), title="批准")
    forced: str | None = Field(None, title="免审理由")


class Publications(Frozen):
    """publications.yml: the newest first."""

    publications: tuple[Publication, ...] = ()
