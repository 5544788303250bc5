"""逐条对照: a page for every policy that took the place of an older version, article beside article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from site_builder.clock import CHINA
from site_builder.model import Library, Site
from site_builder.pages.comparisons import Comparison, find_pairs
from site_builder.records import Policy
from site_builder.redline import Head, Redline, Row, RowKind, SideLine
from site_builder.render import THEME_DIR, Theme
from site_builder.values import GeneratedFile

LIST = ("政策公开", "policies/")


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the comparison of every new policy with the version before it."""
    for pair in find_pairs(theme):
        yield theme.later(pair.url, _page, pair.old, pair.new)


def _page(theme: Theme, old: Policy, new: Policy) -> GeneratedFile:
    pair = Comparison(old, new)
    return theme.page(
        pair.url,
        "redline.html",
        title=f"新旧对照：{pair.new.title}",
        current="policies",
        crumbs=(LIST, (pair.new.title, pair.new.url), ("新旧对照", "")),
        column="policies",
        pair=pair,
        redline=pair.redline,
        more=say_more(pair.redline),
        sides=(_describe(pair.old, pair.old_name), _describe(pair.new, pair.new_name)),
        entries=lay_out(pair.redline),
    )


def draw_alone(redline: Redline, old_title: str, new_title: str) -> str:
    """Return a comparison of any two texts as one HTML file that needs nothing else."""
    # no clock and no content take part: the theme is there for its templates
    theme = Theme(Library(Site(name="", organisation="", domain="")), datetime.min.replace(tzinfo=CHINA))
    return theme.env.get_template("redline_alone.html").render(
        redline=redline,
        more=say_more(redline),
        sides=(SideHead(old_title, "", "旧文", "", None), SideHead(new_title, "", "新文", "", None)),
        entries=lay_out(redline),
        style=(THEME_DIR / "assets" / "style.css").read_text(encoding="utf-8"),
    )


# --- what the head of the page says ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SideHead:
    """One of the two documents: title, address below the root or '', short name, and what is known of it."""

    title: str
    url: str
    name: str
    said: str
    policy: Policy | None


def _describe(policy: Policy, name: str) -> SideHead:
    return SideHead(policy.title, policy.url, name, str(policy.doc_number or ""), policy)


def say_more(redline: Redline) -> str:
    """Return a sentence on what moved, what bears another number and what differs in punctuation only, or ''."""
    counts = redline.counts
    parts = (
        (counts.moved, "条移了位置"),
        (counts.renumbered, "条换了条号"),
        (counts.marks, "条只改了标点或全半角"),
    )
    said = "，".join(f"{number} {word}" for number, word in parts if number)
    return f"其中 {said}。" if said else ""


# --- rows as the page shows them ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as the template shows it.

    `number` and `anchor` are those of the new text, or of the old where the row went; `origin` says where the words came
    from or went to; `tags` are (word, class); `is_joint` tells that one side holds several units.
    """

    row: Row
    number: str
    anchor: str
    origin: str
    tags: tuple[tuple[str, str], ...]
    old: tuple[SideLine, ...]
    new: tuple[SideLine, ...]

    @property
    def is_joint(self) -> bool:
        """Tell whether one side holds several units, so that each must be named where it begins."""
        return len(self.row.old) > 1 or len(self.row.new) > 1

    @property
    def pairs(self) -> list[tuple[str, SideLine]]:
        """Return the lines of an untouched row once: each with the anchor that it had in the old text."""
        anchors = [line.anchor for line in self.old]
        return [(anchors[at] if at < len(anchors) else "", line) for at, line in enumerate(self.new)]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the page shows next: a heading, a row, or rows folded because nothing in them changed.

    `level` is the HTML level of the heading, or of a row's number.
    """

    kind: Literal["head", "row", "fold"]
    level: int
    rows: tuple[RowView, ...] = ()
    label: str = ""
    head: Head | None = None
    continued: bool = False


def lay_out(redline: Redline) -> list[Entry]:
    """Return headings, rows and folds in the order of the page."""
    flat: list[Entry] = []
    here = -1
    for item in redline.order:
        if item < 0:
            here = -1 - item
            flat.append(_head_entry(redline, here))
            continue
        row = redline.rows[item]
        if row.head != here and row.head >= 0:
            here = row.head
            flat.append(_head_entry(redline, here, continued=True))
        flat.append(Entry("row", TOP if here < 0 else _level(redline, here) + 1, (_view(row),)))
    return list(_fold(flat))


TOP = 3
"""HTML level of the uppermost headings of the two texts: h1 is the page's title, h2 that of the comparison."""


def _level(redline: Redline, index: int) -> int:
    level, above = TOP, redline.heads[index].parent
    while above >= 0:
        level, above = min(level + 1, 5), redline.heads[above].parent
    return level


def _head_entry(redline: Redline, index: int, *, continued: bool = False) -> Entry:
    return Entry("head", _level(redline, index), head=redline.heads[index], continued=continued)


def _fold(entries: list[Entry]) -> Iterator[Entry]:
    """Join neighbouring rows of which nothing changed but perhaps the number."""
    for untouched, group in groupby(entries, key=lambda one: bool(one.rows and one.rows[0].row.is_untouched)):
        if untouched:
            rows = tuple(view for one in group for view in one.rows)
            yield Entry("fold", TOP, rows, _name_fold(rows))
        else:
            yield from group


def _name_fold(rows: tuple[RowView, ...]) -> str:
    first, last = rows[0].row.new[0], rows[-1].row.new[-1]
    if len(rows) == 1:
        names = first.number
    elif first.is_numbered and last.is_numbered:
        names = f"{first.number}至{last.number}，{len(rows)} 条"
    else:
        names = f"{len(rows)} 条"
    return f"{names}文字未变{'，条号有变' if any(view.row.renumbered for view in rows) else ''}"


def _view(row: Row) -> RowView:
    units = row.new or row.old
    return RowView(
        row,
        "、".join(unit.number for unit in units),
        units[0].anchor,
        say_origin(row),
        tuple(_tag(row)),
        row.read_side("old"),
        row.read_side("new"),
    )


def say_origin(row: Row) -> str:
    """Return what stands under the number of a row: where its words came from or went to, or ''."""
    before = "、".join(unit.name for unit in row.old)
    if row.kind == "added":
        return f"部分文字出自旧文{row.kin[0].name}" if row.kin else ""
    if row.kind == "removed":
        return f"部分文字见新文{row.kin[0].name}" if row.kin else ""
    if len(row.new) > 1:
        return f"由旧文{before}拆分"
    if len(row.old) > 1:
        return f"由旧文{before}合并"
    return f"原{before}" if row.renumbered else ""


_TAGS: dict[RowKind, tuple[str, str]] = {
    "changed": ("修改", "warn"),
    "added": ("新增", "ok"),
    "removed": ("删去", "end"),
    "same": ("文字未变", "none"),
}


def _tag(row: Row) -> Iterator[tuple[str, str]]:
    """Yield the words and classes that say what happened to a row."""
    if row.marks_only:
        yield "只改标点", "none"
    elif len(row.new) > 1:
        yield "拆分", "warn"
    elif len(row.old) > 1:
        yield "合并", "warn"
    else:
        yield _TAGS[row.kind]
    if row.moved:
        yield "移位", "none"
