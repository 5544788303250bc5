"""Rules about document and index numbers: their form, their years, doubles and gaps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from site_builder.checks.rules import Rule, problem_of
from site_builder.model import Library
from site_builder.records import Notice, Policy, Record
from site_builder.values import Problem

_DIGITS = "0123456789"
_WHOLE = 4
"""A series counts as kept here in full if at most one number in so many is missing; else the site shows an excerpt."""


def _numbers(library: Library, field: str) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in (*library.all(Policy), *library.all(Notice)):
        if number := getattr(record, field, None):
            found.setdefault(str(number), []).append(record)
    return found


def _doubles(library: Library, found: dict[str, list[Record]], field: str, rule: str, word: str) -> Iterator[Problem]:
    for number, records in found.items():
        for record in records if len(records) > 1 else ():
            others = "、".join(f"{library.root}/{library.origin(one).path}" for one in records if one is not record)
            message = f"{word} {number} 与 {others} 相同。"
            yield problem_of(library, record, field, rule, message, f"请核对原文，改正其中一个{word}。")


def check_doc_numbers(library: Library, today: date) -> Iterator[Problem]:
    """Find document numbers used twice."""
    found = _numbers(library, "doc_number")
    yield from _doubles(library, found, "doc_number", "duplicate-doc-number", "文号")


def check_index_numbers(library: Library, today: date) -> Iterator[Problem]:
    """Find index numbers used twice, and those left out of a series, of one year and office, kept here nearly in full."""
    found = _numbers(library, "index_number")
    yield from _doubles(library, found, "index_number", "duplicate-index-number", "索引号")
    yield from _index_gaps(library, found) if library.site.index_pattern else ()


def check_index_pattern(library: Library, today: date) -> Iterator[Problem]:
    """Find index numbers that do not fit the pattern of site.yml, or a pattern that is no regular expression."""
    if not library.site.index_pattern:
        return
    try:
        pattern = re.compile(library.site.index_pattern)
    except re.error:
        origin = library.origins["", "site"]
        message = f"索引号格式（index_pattern）“{library.site.index_pattern}”不是正确的正则表达式。"
        path = f"{library.root}/{origin.path}"
        yield Problem(path, origin.line("index_pattern"), "index-pattern", message, r"例如 YX-GH-\d{4}-\d{5}。")
        return
    for policy in library.all(Policy):
        if policy.index_number and not pattern.fullmatch(policy.index_number.text):
            message = f"索引号 {policy.index_number} 不合本站格式 {library.site.index_pattern}。"
            yield problem_of(library, policy, "index_number", "index-pattern", message, "请照格式改写索引号。")


def _index_gaps(library: Library, found: dict[str, list[Record]]) -> Iterator[Problem]:
    series: dict[str, dict[int, Record]] = {}
    for text, records in found.items():
        head = text.rstrip(_DIGITS)
        if head != text:
            series.setdefault(head, {})[int(text[len(head) :])] = records[0]
    for known in series.values():
        first, last = min(known), max(known)
        missing = last - first + 1 - len(known)
        if 0 < missing <= len(known) // _WHOLE:
            yield from _gaps(library, known, first, last)


def _gaps(library: Library, known: dict[int, Record], first: int, last: int) -> Iterator[Problem]:
    before = first
    for serial in range(first + 1, last + 1):
        if serial not in known:
            continue
        if serial > before + 1:
            record, left_out = known[serial], serial - before - 1
            message = f"索引号 {getattr(record, 'index_number', '')} 前面少了 {left_out} 个号。"
            fix = "请核对是编号时跳过了，还是有文件没有放上来。"
            yield problem_of(library, record, "index_number", "index-gap", message, fix, "hint")
        before = serial


def check_number_years(library: Library, today: date) -> Iterator[Problem]:
    """Find document and index numbers whose year is not that of the document."""
    for policy in library.all(Policy):
        years = {day.year for day in (policy.issued, policy.published) if day}
        number, index = policy.doc_number, policy.index_number
        if number and number.year and years and number.year not in years:
            message = f"文号 {number} 的年份与成文、公开日期都不同。"
            yield problem_of(library, policy, "doc_number", "number-year", message, "请核对文号和日期。", "warning")
        if index and index.year and years and index.year not in years:
            message = f"索引号 {index} 的年份 {index.year} 与成文、公开日期都不同。"
            yield problem_of(library, policy, "index_number", "number-year", message, "请核对索引号和日期。", "warning")


RULES = (
    Rule(
        "duplicate-doc-number",
        "error",
        "两份文件用了同一个文号。",
        "核对原文，改正其中一个。",
        "records",
        check_doc_numbers,
    ),
    Rule(
        "duplicate-index-number",
        "error",
        "两份文件用了同一个索引号。",
        "改正其中一个。",
        "records",
        check_index_numbers,
    ),
    Rule(
        "index-pattern",
        "error",
        "索引号不合本站设置的格式。",
        "照 site.yml 中 index_pattern 的格式改写。",
        "records",
        check_index_pattern,
    ),
    Rule(
        "number-year",
        "warning",
        "文号、索引号里的年份与成文日期、公开日期的年份都不同。",
        "核对编号和日期。",
        "records",
        check_number_years,
    ),
    Rule(
        "index-gap",
        "hint",
        "同一年的索引号中间少了号。",
        "核对是跳号，还是漏放了文件。",
        "records",
        check_index_numbers,
    ),
)
