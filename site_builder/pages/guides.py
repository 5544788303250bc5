"""办事服务: the list of guides, each guide, and each form as a blank to print: under apply/ until the service answers there, then under blanks/."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

from forms_api.definitions import FormDefinition
from forms_api.windows import Windows, find_standing, list_turns, say_standing, write_windows
from site_builder.accepting import list_windows
from site_builder.model import Library
from site_builder.numbering import write_numeral
from site_builder.pages.grounds import list_doubts, list_grounds
from site_builder.records import Basis, Duration, Guide, Material, Place, Step, Venue
from site_builder.render import Theme
from site_builder.values import GeneratedFile

HOME = ("办事服务", "guides/")
UNSAID = "未注明"
OUTCOMES: dict[Outcome, str] = {"approved": "办成的", "refused": "没办成的", "withdrawn": "自己撤回的"}
OTHER_TOPIC = "其他服务"
_WEB_HOURS = re.compile("网上全天[；，]?")


Outcome = Literal["approved", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a service is given: the words of the guide, filled in from the venue that it names."""

    name: str
    address: str
    hours: str
    phone: str
    note: str
    url: str | None
    geo: str
    """Address that a phone's own map opens, or nothing."""


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of a guide, each with the last working day that it may take (0 where it names none), and their sum."""

    stages: tuple[tuple[Step, int], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Row:
    """One material of the list; `files` are (what it is, path below the site root)."""

    name: str
    need: str
    source: str
    copies: int
    medium: str
    when: str
    note: str
    files: tuple[tuple[str, str], ...]


def list_materials(theme: Theme, guide: Guide) -> list[Row]:
    """Return the materials of a guide: those of its form, so that the two never differ, else its own."""
    form = theme.library.forms.get(guide.form or "")
    if form:
        return form_materials(form)
    return [_row(one, lambda file: theme.file_path(guide, file)) for one in guide.materials]


def form_materials(form: FormDefinition) -> list[Row]:
    """Return the materials that a form asks for."""
    return [_row(Material.model_validate(one, from_attributes=True), _form_file) for one in form.materials()]


def _row(material: Material, find_path: Callable[[str], str]) -> Row:
    files = (("空表", material.blank), ("样表", material.sample))
    return Row(
        name=material.name,
        need=material.need,
        source=material.source or "",
        copies=material.copies,
        medium=material.medium,
        when=material.when or "",
        note=material.note or "",
        files=tuple((label, find_path(one.file)) for label, one in files if one),
    )


def _form_file(file: str) -> str:
    return file if file.startswith("assets/") else posixpath.normpath(f"forms/{file}")


def add_up(guide: Guide) -> Course:
    """Return the steps with their working days added up."""
    sums = list(accumulate(step.days or 0 for step in guide.steps))
    stages = [(step, total if step.days else 0) for step, total in zip(guide.steps, sums, strict=True)]
    return Course(tuple(stages), sums[-1] if sums else 0)


def find_spot(library: Library, place: Place) -> Spot:
    """Return a place in full: what the guide says goes before what the venue says."""
    found = library.get("venues", place.venue) if place.venue else None
    venue = found if isinstance(found, Venue) else None
    return Spot(
        name=place.name or (venue.title if venue else ""),
        address=place.address or (venue.address if venue else ""),
        hours=place.hours or (venue.hours if venue else None) or "",
        phone=(venue.phone if venue else None) or "",
        note=place.note or "",
        url=venue.url if venue else None,
        geo="geo:{1},{0}".format(*venue.coordinates) if venue and venue.coordinates else "",
    )


def write_duration(duration: Duration | None) -> str:
    """Return a time limit with its unit, or that none is stated."""
    if duration is None:
        return UNSAID
    return "当场办结" if duration.days == 0 else f"{duration.days}个{duration.unit}"


def write_visits(guide: Guide) -> str:
    """Return how often one must come."""
    if guide.visits is None:
        return UNSAID
    return "不用跑" if guide.visits == 0 else f"{guide.visits}次"


def list_channels(guide: Guide, online: bool) -> list[str]:
    """Return the ways to apply; the web is one only where the forms can be sent."""
    return [one for one in guide.channels if online or one != "网上"]


def find_hours(guide: Guide, spots: Sequence[Spot], online: bool = True) -> str:
    """Return when one can come: as the guide says, else as the first of its places does; the web only where it is open."""
    said = guide.hours or next((spot.hours for spot in spots if spot.hours), "")
    return said if online else "；".join(part for part in _WEB_HOURS.sub("", said).split("；") if part.strip("，, "))


def list_elements(
    guide: Guide, spots: Sequence[Spot], online: bool = True, windows: Windows | None = None
) -> list[tuple[str, str]]:
    """Return the elements of a guide that the site standard names (domain.md B3), as (name, text), in its order.

    `online` tells whether the forms can be sent: what goes by the web is left out where they cannot.
    """
    phones = "、".join(guide.phones)
    return [
        ("事项名称", guide.title),
        ("事项编码", guide.code or UNSAID),
        ("事项类型", guide.kind or UNSAID),
        ("实施主体", guide.authority or UNSAID),
        ("服务对象", guide.audience or UNSAID),
        ("设定依据", "；".join(_cite(basis) for basis in guide.basis) or UNSAID),
        ("办理形式", "、".join(list_channels(guide, online)) or UNSAID),
        ("到现场次数", write_visits(guide)),
        ("法定办结时限", write_duration(guide.legal_limit)),
        ("承诺办结时限", write_duration(guide.promised_limit)),
        ("收费", guide.fee or UNSAID),
        ("办理地点", "；".join(filter(None, (spot.name or spot.address for spot in spots))) or UNSAID),
        *([("受理期", write_windows(windows) or "随活动报名")] if windows is not None else []),
        ("办理时间", find_hours(guide, spots, online) or UNSAID),
        ("联系电话", phones or UNSAID),
        ("监督投诉电话", guide.complaint_phone or UNSAID),
        ("结果名称", guide.result or UNSAID),
    ]


def _cite(basis: Basis) -> str:
    return f"《{basis.title}》{basis.article or ''}"


def group_guides(guides: Sequence[Guide]) -> list[tuple[str, list[Guide]]]:
    """Return (topic, guides) by the first topic of each, in the order of the guides; what has no topic comes last."""
    groups: dict[str, list[Guide]] = {}
    for guide in sorted(guides, key=lambda one: (not one.topics, one.order, one.id)):
        groups.setdefault(guide.topics[0] if guide.topics else OTHER_TOPIC, []).append(guide)
    return list(groups.items())


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the list, the guides, and a page for each form."""
    guides = theme.library.all(Guide)
    yield theme.page(
        "guides/",
        "guides.html",
        title="办事服务",
        current="guides",
        crumbs=[("办事服务", "")],
        groups=group_guides(guides),
        total=len(guides),
        online=sum(is_online(theme, one) for one in guides),
        blanks=sum(one.form in theme.library.forms for one in guides),
        is_online=lambda one: is_online(theme, one),
        find_standing=lambda one: _tell_windows(theme, list_windows(theme.library, one))["standing"],
        channels=list_channels,
        duration=write_duration,
    )
    for guide in guides:
        yield _guide(theme, guide)
    for form in theme.library.forms.values():
        yield _form(theme, form, f"apply/{form.id}/")
        if theme.site.forms_open:  # the service answers under apply/, and paper must not end where the web begins
            yield _form(theme, form, find_blank(theme, form.id))


def is_online(theme: Theme, guide: Guide) -> bool:
    """Tell whether a service can be applied for on this site now: it has a form, and the forms service runs."""
    return theme.site.forms_open and guide.form in theme.library.forms


def find_blank(theme: Theme, form: str) -> str:
    """Return the address where a form lies as a blank to print."""
    return f"blanks/{form}/" if theme.site.forms_open else f"apply/{form}/"


def _guide(theme: Theme, guide: Guide) -> GeneratedFile:
    spots = [find_spot(theme.library, place) for place in guide.places]
    windows = list_windows(theme.library, guide)
    form = theme.library.forms.get(guide.form or "")
    grounds = list_grounds(theme, guide)
    online = is_online(theme, guide)
    return theme.page(
        guide.url,
        "guide.html",
        title=guide.title,
        current="guides",
        crumbs=[HOME, (guide.short or guide.title, "")],
        record=guide,
        guide=guide,
        form=form,
        apply=f"apply/{form.id}/" if form else None,
        blank=find_blank(theme, form.id) if form else None,
        facts=_facts(guide),
        online=online,
        **_tell_windows(theme, windows),
        materials=list_materials(theme, guide),
        grounds=grounds,
        doubts=list_doubts(theme, guide, grounds),
        course=add_up(guide),
        spots=spots,
        hours=find_hours(guide, spots, online),
        elements=list_elements(guide, spots, online, windows),
        limit=write_duration(guide.promised_limit),
        prose=theme.prose(guide),
        related=[one for one in theme.library.all(Guide) if one != guide and set(one.topics) & set(guide.topics)][:4],
    )


def _tell_windows(theme: Theme, windows: Windows | None) -> dict[str, Any]:
    """Return what a page says of when applications are taken: today, and from each later day on which that changes."""
    if windows is None:
        return {"standing": None, "turns": []}
    return {
        "standing": find_standing(windows, theme.today),
        "turns": list_turns(windows, theme.today),
        "say_standing": say_standing,
    }


def _facts(guide: Guide) -> list[tuple[str, str]]:
    """Return the facts that stand under the title: how long, what it costs, what one gets (its first clause)."""
    money = ("补助多少", re.split("[；。]", guide.benefit)[0]) if guide.benefit else ("跑几趟", write_visits(guide))
    limit = write_duration(guide.promised_limit or guide.legal_limit)
    return [("多久办好", limit), ("收费", guide.fee or UNSAID), money]


def _form(theme: Theme, form: FormDefinition, url: str) -> GeneratedFile:
    found = theme.library.get("guides", form.guide) if form.guide else None
    guide = found if isinstance(found, Guide) else None
    return theme.page(
        url,
        "apply.html",
        title=f"{form.title}（空白表）",
        current="guides",
        crumbs=[HOME, *([(guide.short or guide.title, guide.url)] if guide else []), ("空白表", "")],
        column="guides",
        form=form,
        sections=[one for one in form.sections if any(field.type != "file" for field in one.fields)],
        guide=guide,
        **_tell_windows(theme, list_windows(theme.library, guide) if guide else None),
        spots=[find_spot(theme.library, place) for place in guide.places] if guide else [],
        materials=form_materials(form),
        number=write_numeral,
        retention=[(word, form.privacy.retention_for(key).words) for key, word in OUTCOMES.items()],
    )
