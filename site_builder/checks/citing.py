"""Documents cited as if they were in force although they had ended: by title, by number, and as the basis of a guide.

Each body is read once, by the reader of citations that the pages use, for the titles and numbers in it; which record each
means, and whether that had ended on the day of the citing document, is judged anew every time, since other files decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from site_builder.checks.rules import Rule, problem_of
from site_builder.citations import CitationIndex, CitationReader, compare_form, drop_version
from site_builder.model import Library, Origin, Site
from site_builder.records import Guide, Interpretation, Policy, Published, Record
from site_builder.values import Problem

_TELLS_END = re.compile(
    "废止|失效|停止执行|停止使用|不再执行|不再适用|不再沿用|代替|取代|替代|修订|修改|作废|清理|原《|原来|原办法|旧|此前|以前|过去|当时|曾|相比|对照|沿革|历史"
)
"""A sentence with one of these tells that a document is of the past, or is the document that ends it."""
_END = re.compile("[。；\n]")


class Cited(NamedTuple):
    """What a body cites: line in its file, title in its form for comparison and number ('' if none)."""

    line: int
    title: str
    number: str


@cache
def _nothing() -> CitationIndex:
    return CitationIndex(Library(site=Site(name="", organisation="", domain="")))


def gather_cited(record: Record, origin: Origin) -> tuple[Cited, ...]:
    """Return what a document cites, each title and number once; not where the sentence says that it is of the past."""
    if not isinstance(record, Published) or not ("《" in record.body or "号" in record.body):
        return ()
    reader = CitationReader(_nothing(), record)
    found: dict[tuple[str, str], Cited] = {}
    for number, line in enumerate(record.body.split("\n")):
        for one in reader.read(line) if "《" in line or "号" in line else ():
            title = compare_form(one.title)
            if not _TELLS_END.search(_sentence(line, one.start, one.end)):
                found.setdefault((title, one.number), Cited(origin.body_line + number, title, one.number))
    return tuple(found.values())


def _sentence(line: str, start: int, end: int) -> str:
    """Return the sentence around a citation, without what is cited: a title may say 修订 itself."""
    begin = max((match.end() for match in _END.finditer(line, 0, start)), default=0)
    stop = _END.search(line, end)
    return line[begin:start] + "《》" + line[end : stop.start() if stop else None]


def judge_cited(cited: Mapping[tuple[str, str], tuple[Cited, ...]], library: Library, today: date) -> Iterator[Problem]:
    """Find citations of documents that had ended before the day of the citing one, and guides that rest on such."""
    ended = _list_ended(library, today)
    yield from _guide_faults(library, ended)
    gone = CitationIndex(replace(library, records={key: library.records[key] for key in ended}))
    suspects = [
        (record, one)
        for key, found in cited.items()
        if isinstance(record := library.records[key], Published) and record.status != "withdrawn"
        for one in found
        if one.number in gone.by_number
        or gone.list_candidates(one.title)
        or gone.list_candidates(drop_version(one.title))
    ]
    if not suspects:
        return
    index = CitationIndex(library)
    for record, one in suspects:
        target = index.find_number(one.number) if one.number else index.find_title(one.title, record)
        day = getattr(record, "issued", None) or record.day
        end = ended.get((target.folder, target.id)) if target and target is not record else None
        if target and day and end and end < day and not _is_told(library, record, target):
            yield _fault(library, record, one, target, end)


def _list_ended(library: Library, today: date) -> dict[tuple[str, str], date]:
    """Return the first day on which each policy no longer held, where that day is known and has come."""
    ended = {}
    for policy in library.all(Policy):
        validity = library.validity(policy)
        if validity.repealed or validity.expires:
            last = validity.expires + timedelta(days=1) if validity.expires else date.max
            first = min(validity.repealed or date.max, last)
            if first <= today:
                ended[policy.folder, policy.id] = first
    return ended


def _is_told(library: Library, record: Published, target: Record) -> bool:
    """Tell whether the citing document names the ended one among its relations, or explains the one that ended it."""
    near = [library.resolve(reference) for _, reference in record.relations.pairs()]
    if isinstance(record, Interpretation):
        near.append(library.get("policies", record.policy))
    ends = [one for name, one in library.incoming(target) if name in ("repeals", "replaces")]
    return any(one is target or one in ends for one in near if one)


def _fault(library: Library, record: Published, one: Cited, target: Record, end: date) -> Problem:
    origin = library.origin(record)
    title = f"《{target.title}》" + (f"（{one.number}）" if one.number else "")
    message = f"引用的{title}自 {end} 起已不再有效，早于本文件的日期。"
    return Problem(
        f"{library.root}/{origin.path}", one.line, "citation-ended", message, _fix(library, target), "warning"
    )


def _fix(library: Library, target: Record) -> str:
    newer = [one.title for name, one in library.incoming(target) if name == "replaces"]
    instead = f"《{newer[-1]}》" if newer else "现行的文件"
    return f"请改为引用{instead}；只是说明来历的，写明它已经废止或失效。"


def _guide_faults(library: Library, ended: Mapping[tuple[str, str], date]) -> Iterator[Problem]:
    for guide in library.all(Guide):
        for index, basis in enumerate(guide.basis):
            end = ended.get(("policies", basis.policy or ""))
            target = library.get("policies", basis.policy or "")
            if end and target and guide.status == "published":
                message = f"设定依据《{target.title}》自 {end} 起已不再有效。"
                fix = _fix(library, target)
                yield problem_of(library, guide, f"basis.{index}", "citation-ended", message, fix, "warning")


RULES = (
    Rule(
        "citation-ended",
        "warning",
        "引用的文件在本文件成文之前已经废止或失效，或者办事指南的设定依据已经废止、失效。",
        "改为引用现行的文件，或写明它已经废止。",
        "records",
        gather=gather_cited,
        judge=judge_cited,
    ),
)
