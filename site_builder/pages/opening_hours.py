"""开放时间: read the hours that an editor wrote, so that a browser can tell whether a place is open now. Pure.

The grammar: 每天 / 周一至周五 / 周六、周日 / 每周三, then times as 8:30–12:00，14:00–17:30, an end after midnight as 次日 2:00,
全天 24 小时, 每周三延时到 20:00; parts are separated by ；. Words in brackets are remarks. A first part that does not fit
gives nothing: the page then shows the text alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import chain

DAY_MINUTES = 24 * 60
_DAYS = "一二三四五六日"
_DAY = r"(?:周|星期)[一二三四五六日天]"
_DAY_PART = re.compile(rf"每天|每日|全年|每?{_DAY}(?:(?:至|到|[-–—~～])(?:{_DAY}))?(?:、?{_DAY})*")
_TIMES = re.compile(r"(\d{1,2})[:：](\d{2})\s*(?:[-–—~～至到])\s*(次日)?\s*(\d{1,2})[:：](\d{2})")
_ROUND_THE_CLOCK = re.compile(r"(?:全天(?:\s*24\s*小时)?|24\s*小时)(?=$|[，,])")
_LONGER = re.compile(rf"每?({_DAY})延时到\s*(\d{{1,2}})[:：](\d{{2}})")
_REMARK = re.compile(r"（[^（）]*）|\([^()]*\)")

Span = tuple[int, int, int]
"""Day of the week (0 is Monday), opening and closing minute of that day; closing after midnight is more than 1,440."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a place is open in a usual week; `whole` tells that nothing in the text was left over."""

    spans: tuple[Span, ...]
    whole: bool

    @property
    def data(self) -> str:
        """Return what assets/hours.js reads: the spans, and whether more is said in words."""
        return json.dumps([self.spans, 0 if self.whole else 1], separators=(",", ":"))

    def is_open(self, day: int, minute: int) -> bool:
        """Tell whether the place is open on a day of the week at a minute of it."""
        for start_day, start, end in self.spans:
            after_midnight = minute + DAY_MINUTES if (start_day + 1) % 7 == day else -1
            if (start_day == day and start <= minute < end) or start <= after_midnight < end:
                return True
        return False


def read_hours(text: str | None) -> OpeningHours | None:
    """Return the hours that a text means, or None when its first part is not understood."""
    parts = [part.strip() for part in re.split("[；;。]", _REMARK.sub("", text or "")) if part.strip()]
    if not parts:
        return None
    spans, rest = _read_part(parts[0])
    if not spans:
        return None
    left = bool(rest)
    for part in parts[1:]:
        if longer := _LONGER.fullmatch(part):
            spans = _lengthen(spans, _DAYS.index(longer[1][-1]), _minute(longer[2], longer[3]))
            continue
        more, rest = _read_part(part)
        spans += more
        left = left or bool(rest) or not more
    return OpeningHours(tuple(sorted(set(spans))), whole=not left)


def _read_part(part: str) -> tuple[list[Span], str]:
    """Return the spans at the head of a part and the words after them; days without times give nothing."""
    spans: list[Span] = []
    days = list(range(7)) if _ROUND_THE_CLOCK.match(part) else []
    while part:
        if found := _DAY_PART.match(part):
            days = _read_days(found[0])
        elif found := _ROUND_THE_CLOCK.match(part):
            spans += [(day, 0, DAY_MINUTES) for day in days]
        elif (found := _TIMES.match(part)) and days:
            start, end = _minute(found[1], found[2]), _minute(found[4], found[5])
            end += DAY_MINUTES if found[3] or end <= start else 0
            spans += [(day, start, end) for day in days]
        else:
            break
        part = part[found.end() :].lstrip(" ，,、")
    return spans, part


def _read_days(text: str) -> list[int]:
    if text in ("每天", "每日", "全年"):
        return list(range(7))
    named = [_DAYS.index("日" if day == "天" else day) for day in re.findall(r"(?:周|星期)([一二三四五六日天])", text)]
    if re.search("[至到–—~～-]", text):
        first, last = named[:2]
        run = [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]
        return list(chain(run, named[2:]))
    return named


def _minute(hours: str, minutes: str) -> int:
    return int(hours) * 60 + int(minutes)


def _lengthen(spans: list[Span], day: int, end: int) -> list[Span]:
    last = max((span for span in spans if span[0] == day), key=lambda span: span[2], default=None)
    if last is None or end <= last[2]:
        return spans
    return [(*span[:2], end) if span == last else span for span in spans]
