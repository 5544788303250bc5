"""A self-inspection to read: lines for a terminal, JSON for a monitor, one HTML file for staff that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from site_builder.clock import CHINA
from site_builder.inspection import STANDING_WORDS, Inspection, Item
from site_builder.model import Library, Site
from site_builder.render import THEME_DIR, Theme

_CSS = {"good": "ok", "near": "warn", "failed": "act", "person": "none"}


def write_report(inspection: Inspection, form: str) -> str:
    """Return the report as 'text', 'json' or 'html'."""
    if form == "text":
        return "\n".join(write_text(inspection))
    return write_json(inspection) if form == "json" else write_html(inspection)


def write_text(inspection: Inspection) -> Iterator[str]:
    """Yield the lines of a report, what fails first."""
    yield f"{inspection.name}（{inspection.profile}）{inspection.day} 自查：{say_whole(inspection)}"
    for item in sort_items(inspection):
        veto = "〔单项否决〕" if item.veto else ""
        yield f"[{STANDING_WORDS[item.standing]}] {item.code} {item.title}{veto}{say_left(item)}"
        yield from (f"    {line}" for line in item.evidence if item.standing != "good")


def say_whole(inspection: Inspection) -> str:
    """Return the outcome in one sentence."""
    if inspection.vetoed:
        return f"有单项否决，{inspection.count('failed')} 项不合格。"
    if inspection.failed:
        return f"没有单项否决，{inspection.count('failed')} 项不合格。"
    return f"没有不合格的，{inspection.count('near')} 项临近期限。"


def say_left(item: Item) -> str:
    """Return how many days are left, or how many have passed."""
    if item.days_left is None:
        return ""
    return f"，还有 {item.days_left} 天" if item.days_left >= 0 else f"，已超过 {-item.days_left} 天"


def sort_items(inspection: Inspection) -> list[Item]:
    """Return the items with what fails first, then what is near, each veto item before others."""
    order = ["failed", "near", "person", "good"]
    return sorted(inspection.items, key=lambda item: (order.index(item.standing), not item.veto))


def write_json(inspection: Inspection) -> str:
    """Return the report for a monitor: version, outcome, and every item with its standing and days left."""
    told = {
        "version": 1,
        "date": str(inspection.day),
        "organisation": inspection.name,
        "profile": inspection.profile,
        "failed": inspection.failed,
        "vetoed": inspection.vetoed,
        "items": [
            {
                "code": item.code,
                "title": item.title,
                "requirement": item.requirement,
                "veto": item.veto,
                "standing": item.standing,
                "days_left": item.days_left,
                "evidence": list(item.evidence),
            }
            for item in inspection.items
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def write_html(inspection: Inspection) -> str:
    """Return the report as one HTML file in the look of the site; it is no part of the public site."""
    # no clock and no content take part: the theme is there for its templates
    theme = Theme(Library(Site(name="", organisation="", domain="")), datetime.min.replace(tzinfo=CHINA))
    return theme.env.get_template("inspection.html").render(
        inspection=inspection,
        whole=say_whole(inspection),
        groups=_group(inspection),
        words=STANDING_WORDS,
        css=_CSS,
        left=say_left,
        style=(THEME_DIR / "assets" / "style.css").read_text(encoding="utf-8"),
    )


def _group(inspection: Inspection) -> list[tuple[str, str, list[Item]]]:
    items = sort_items(inspection)
    columns = [item for item in items if item.code.startswith("C-")]
    vetoes = [item for item in items if item.veto]
    others = [item for item in items if not item.veto and item not in columns]
    return [
        ("单项否决", "有一项不合格，整个网站就不合格。", vetoes),
        ("栏目更新", "每个栏目离更新期限还有几天。", columns),
        ("扣分项", "不合格的要扣分。", others),
    ]
