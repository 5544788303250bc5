"""What a guide rests on: its legal bases as records of this site, the clause that is meant, and whether it still holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date as Day

from site_builder.clauses import cut
from site_builder.numbering import read_numeral
from site_builder.records import Basis, Guide, Notice, Policy
from site_builder.render import Theme
from site_builder.values import Reference, ValidityPhase

_NUMERAL = "[〇零一二三四五六七八九十百\\d]+"
_ARTICLE = re.compile(rf"第({_NUMERAL})条(?:之({_NUMERAL}))?")
_PART = re.compile(rf"第({_NUMERAL})部分|({_NUMERAL})、")
_ITEM = re.compile(rf"（({_NUMERAL})）")


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal basis with its document on this site, the address of its clause, and what holds of it today."""

    basis: Basis
    document: Policy | Notice | None
    url: str
    phase: ValidityPhase | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A document under a guide that lost its force or was changed after the guide was last looked at."""

    document: Policy
    phase: ValidityPhase
    since: Day | None
    successor: Policy | None


def list_grounds(theme: Theme, guide: Guide) -> list[Ground]:
    """Return the legal bases of a guide, each with its document here and its validity today."""
    return [_ground(theme, basis) for basis in guide.basis]


def _ground(theme: Theme, basis: Basis) -> Ground:
    found = theme.library.resolve(Reference(id=basis.policy) if basis.policy else Reference(title=basis.title))
    document = found if isinstance(found, Policy | Notice) else None
    if document is None or theme.is_taken_down(document):
        return Ground(basis, document, document.url if document else "", None)
    anchor = find_anchor(document.body, basis.article or "")
    phase = theme.phase(document) if isinstance(document, Policy) else None
    return Ground(basis, document, document.url + (f"#{anchor}" if anchor else ""), phase)


def find_anchor(body: str, article: str) -> str:
    """Return the anchor of a clause as a guide cites it (第十二条, 第三部分（四）, （四）), or of what is above it, or nothing."""
    anchors = cut(body).by_anchor()
    items = [str(read_numeral(item)) for item in _ITEM.findall(article)]
    if found := _ARTICLE.search(article):
        head = f"t{read_numeral(found[1])}" + (f"z{read_numeral(found[2])}" if found[2] else "")
    elif found := _PART.search(article):
        head = f"s{read_numeral(found[1] or found[2])}"
    elif items:
        inside = [one for one in anchors if re.fullmatch(rf"s\d+-{items[0]}", one)]
        return inside[0] if len(inside) == 1 else ""
    else:
        return ""
    paths = ["-".join([head, *items[:depth]]) for depth in range(len(items), -1, -1)]
    return next((path for path in paths if path in anchors), "")


def list_doubts(theme: Theme, guide: Guide, grounds: list[Ground]) -> list[Doubt]:
    """Return the documents that put a guide in doubt, each once: ended ones always, changed ones if the guide is older."""
    doubts: dict[str, Doubt] = {}
    for ground in grounds:
        if isinstance(ground.document, Policy) and (doubt := _doubt(theme, guide, ground.document)):
            doubts.setdefault(ground.document.id, doubt)
    return list(doubts.values())


def _doubt(theme: Theme, guide: Guide, policy: Policy) -> Doubt | None:
    phase = theme.phase(policy)
    if phase in ("repealed", "expired"):
        return Doubt(policy, phase, policy.validity.repealed or policy.validity.expires, theme.heir(policy))
    if phase != "amended":
        return None
    amender = _newest_amender(theme, policy)
    since = policy.validity.amended or (_start(amender) if amender else None)
    if guide.updated and since and guide.updated >= since:
        return None
    return Doubt(policy, phase, since, amender)


def _newest_amender(theme: Theme, policy: Policy) -> Policy | None:
    found = [one for name, one in theme.library.incoming(policy) if name == "amends" and isinstance(one, Policy)]
    return max((one for one in found if _start(one) <= theme.today), key=_start, default=None)


def _start(policy: Policy) -> Day:
    return policy.validity.effective or policy.published or Day.max
