"""Words and filters of the service's templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal

from markupsafe import Markup

OUTCOMES: dict[Literal["approved", "refused", "withdrawn"], str] = {
    "approved": "办成的",
    "refused": "没办成的",
    "withdrawn": "自己撤回的",
}

FILE_GONE = "有一份文件没有传好，或者放得太久，已经清掉。请重新上传。"


def date_cn(day: date) -> str:
    """Write a date as 2026年12月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def day_cn(day: date) -> str:
    """Write month and day as 12月1日."""
    return f"{day.month}月{day.day}日"


def moment_cn(moment: datetime) -> str:
    """Write day and minute as 11月20日 14:41."""
    return f"{day_cn(moment)} {moment:%H:%M}"


def thousands(value: float) -> str:
    """Write a number with separators."""
    text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def keep_words(text: str) -> Markup:
    """Return a title that breaks between its phrases only where the browser knows them."""
    return Markup('<span class="kw">{}</span>').format(text)


def write_plain(value: Any) -> str:
    """Return a value as text: what the shared macros ask of filters that pages of the service have no use for."""
    return str(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "date_cn": date_cn,
    "day_cn": day_cn,
    "moment_cn": moment_cn,
    "thousands": thousands,
    "kw": keep_words,
    "size": write_plain,
    "file_kind": write_plain,
    "surname": write_plain,
}
