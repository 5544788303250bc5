"""How dates, numbers, sizes, names and titles are written on a page: the filters of the templates."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from markupsafe import Markup

from site_builder.prose import break_title


def date_cn(day: date) -> str:
    """Write a date as 2026年12月1日 (GB/T 9704: no leading zeros)."""
    return f"{day.year}年{day.month}月{day.day}日"


def day_cn(day: date) -> str:
    """Write month and day as 12月1日."""
    return f"{day.month}月{day.day}日"


def weekday_cn(day: date) -> str:
    """Write the day of the week as 星期五."""
    return "星期" + "一二三四五六日"[day.weekday()]


def thousands(value: float) -> str:
    """Write a number with separators, at most two decimals and none that are zero."""
    text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def size_words(size: int) -> str:
    """Write a number of bytes as a reader says it: 38 KB, 1.4 MB."""
    if size < 999_500:
        return f"{max(1, round(size / 1000))} KB"
    return f"{size / 1000 / 1000:.1f} MB"


def file_kind(path: str) -> str:
    """Return the kind of a file in capitals, as its name ends: PDF, DOCX."""
    return posixpath.splitext(path)[1].lstrip(".").upper() or "文件"


_COMPOUND_SURNAMES = re.compile(
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|"
    "太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|闾丘|子车|亓官|司寇|令狐|呼延"
)


def surname(name: str) -> str:
    """Return the surname of a person as the monogram of a card, or the first character of a unit."""
    return name[:2] if _COMPOUND_SURNAMES.match(name) and len(name) > 2 else name[:1]


@lru_cache(maxsize=1 << 16, typed=True)  # a title stands in several lists; Markup is not escaped again
def title_html(title: str) -> Markup:
    """Return a title that breaks only between its phrases."""
    return Markup('<span class="kw">%s</span>') % break_title(title)


_HOURS = re.compile(r"(\d{1,2}:\d\d[–—～~-]\d{1,2}:\d\d)")


def hours_html(hours: str | None) -> Markup:
    """Return opening hours with every span of time (8:30–12:00) whole on its line; nothing where none are told."""
    return Markup("").join(
        Markup('<span class="nw">%s</span>') % part if place % 2 else part
        for place, part in enumerate(_HOURS.split(hours or ""))
    )


FILTERS: dict[str, Callable[..., str]] = {
    "date_cn": date_cn,
    "day_cn": day_cn,
    "weekday_cn": weekday_cn,
    "thousands": thousands,
    "size": size_words,
    "file_kind": file_kind,
    "surname": surname,
    "kw": title_html,
    "hours": hours_html,
}
