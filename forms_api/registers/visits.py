"""Visits to households: two people, a day, what was found, what follows from it. Pure.

After the county's measure (two members of staff call at the home) and domain brief B5.3 (入户调查; 走访记录).
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from forms_api.values import Frozen
from forms_api.workflow import StepStopped

REGISTER = "visit"
RECORDED = "recorded"
KINDS: dict[str, str] = {
    "survey": "入户调查",
    "return": "发放后回访",
    "tracking": "退出后跟踪",
    "season": "节日和季节走访",
}
RESULTS: dict[str, str] = {
    "true": "和申请写的一致",
    "partly": "有出入，已经写明",
    "untrue": "和申请写的不符",
    "better": "情况好转",
    "worse": "情况变差",
}
AT_LEAST = 2
"""How many people call at a home together."""


class Visit(Frozen):
    """What is kept of a visit."""

    kind: str
    day: date
    visitors: tuple[str, ...]
    found: str = Field(max_length=2000)
    result: str
    staff: str
    """Who wrote it down."""


def make_visit(
    kind: str, day: date, visitors: tuple[str, ...], found: str, result: str, *, staff: str, today: date
) -> Visit:
    """Return a visit as it is kept. Raises StepStopped with a sentence that says what is missing."""
    named = tuple(dict.fromkeys(one.strip() for one in visitors if one.strip()))
    if len(named) < AT_LEAST:
        raise StepStopped("missing", "入户要两个人一起去。请写两名走访人的姓名。")
    if day > today:
        raise StepStopped("missing", "走访日期不能晚于今天。请写实际上门的那一天。")
    if len(found.strip()) < 10:
        raise StepStopped("missing", "请写看到和听到的情况，不少于十个字。")
    if kind not in KINDS or result not in RESULTS:
        raise StepStopped("missing", "请选走访的种类和结论。")
    return Visit(kind=kind, day=day, visitors=named, found=found.strip(), result=result, staff=staff)
