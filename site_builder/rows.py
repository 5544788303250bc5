"""Documents in lists as HTML, one row each. A row stands in three lists or more, so Python draws it, faster than a template."""

from __future__ import annotations

from markupsafe import Markup

from site_builder.public_site import PublicSite
from site_builder.records import Policy, Published
from site_builder.templates import escape_quickly
from site_builder.values import PHASE_CLASS, PHASE_WORDS
from site_builder.wording import day_cn, title_html


def draw_phase(site: PublicSite, policy: Policy) -> Markup:
    """Return whether a policy is in force today, with the days on which that changes, for a reader of tomorrow (site.js)."""
    phase, validity, today = site.phase(policy), site.library.validity(policy), site.today
    days = {
        "from": validity.effective,
        "until": validity.expires,
        "amended": validity.amended,
        "repealed": validity.repealed,
    }
    ahead = left = ""
    if any(day and day >= today for day in days.values()):
        told = "".join([f' data-{name}="{day}"' for name, day in days.items() if day])
        ahead = f' data-valid="{validity.state or ""}"{told}'
    if phase == "expiring" and policy.validity.expires:
        left = f" · {day_cn(policy.validity.expires)}"
    html = f'<span class="st {PHASE_CLASS[phase]}"{ahead}>{PHASE_WORDS[phase]}{left}</span>'
    return Markup(html)  # noqa: S704 - words of our own and dates


def draw_row(site: PublicSite, root: str, record: Published, status: Markup) -> Markup:
    """Return the row of a document: status (as HTML), kind and topics, title, summary, number and day."""
    gone = " gone" if isinstance(record, Policy) and site.phase(record) in ("repealed", "expired") else ""
    told = [site.genre(record), *record.topics[:2]]
    meta = "".join([f"<span>{escape_quickly(one)}</span>" for one in told])
    said, number, day = site.list_words(record), getattr(record, "doc_number", None), record.day
    words = f"<p>{escape_quickly(said)}</p>" if said else ""
    side = f"<span>{escape_quickly(number)}</span>" if number else ""
    side += f'<time datetime="{day}">{day}</time>' if day else ""
    html = (
        f'<div class="doc{gone}"><div class="meta">{status}{meta}</div>'
        f'<h2><a href="{root}{escape_quickly(record.url)}">{title_html(record.title)}</a></h2>{words}'
        f'<div class="meta side">{side}</div></div>'
    )
    return Markup(html)  # noqa: S704 - its parts are escaped
