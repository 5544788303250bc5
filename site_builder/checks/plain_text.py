"""The words of a text file as lines, the cells of a table row parted by tabs: HTML, Markdown, CSV, JSON, calendars. Pure."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterator
from functools import lru_cache

_COMMENT_MARKS = re.compile(r"<!--|-->")
_CELL_END = re.compile(r"</t[dh]>\s*(?:<!--.*?-->\s*)*<t[dh](?:\s[^>]*)?>", re.IGNORECASE | re.DOTALL)
_INLINE_TAG = re.compile(
    r"</?(?:b|i|em|strong|span|a|small|mark|time|u|s|font|sub|sup|code|bdi|wbr|abbr)(?:\s[^>]*)?>", re.IGNORECASE
)
_TAG = re.compile(r"<[/a-zA-Z!?][^>]*>")
_VALUE = re.compile(r"""=(?:"(?![Mm][\d .-]|\[\[|[\d .]{1,10}")([^"<>]*\d[^"<>]*)"|'([^'<>]*\d[^'<>]*)')""")
_FOLDED = re.compile(r"\r?\n[ \t]")


def from_html(source: str) -> str:
    """Return the words of an HTML or XML page, its comments and scripts too, and the values of its attributes."""
    body, main, end = source.find("<body"), source.find("<main"), source.rfind("</main>")
    if not 0 < body < main < end:
        return _tell_part(source)
    parts = (
        _tell_part(source[:body]),
        _tell_frame(source[body:main]),
        _tell_part(source[main:end]),
        _tell_frame(source[end:]),
    )
    return "\n".join(parts)


def _tell_part(source: str) -> str:
    # the outlines of drawings, tables of hours and short figures hold nobody's number
    values = [double or single for double, single in _VALUE.findall(source)]
    text = _COMMENT_MARKS.sub("\n", source) if "<!--" in source else source
    # pages of a list stand as 16 15 14 13 12 1: a link beside a link is a word of its own
    text = text.replace("</a><a ", "</a>\n<a ")
    # line ends in the source of a row of cells are no line ends of the text
    text = _TAG.sub("\n", _INLINE_TAG.sub("", _CELL_END.sub("\t", text)))
    told = "\n".join([text, *values])
    return html.unescape(told) if "&" in told else told


_tell_frame = lru_cache(maxsize=256)(_tell_part)
"""The frames of a site's pages are the same few again and again."""


def from_xml(source: str) -> str:
    """Return the words of a feed or another XML file, also those of pages that it holds as escaped text."""
    text = source.replace("<![CDATA[", "").replace("]]>", "")
    return from_html(html.unescape(text))


def from_markdown(source: str) -> str:
    """Return Markdown with tabs between the cells of its tables; every line stays where it is."""
    if "|" not in source:
        return source
    return "\n".join(_cells(line) if line.lstrip().startswith("|") else line for line in source.split("\n"))


def _cells(line: str) -> str:
    return re.sub(r"\s*(?<!\\)\|\s*", "\t", line.strip().strip("|").strip())


def from_csv(source: str) -> str:
    """Return a CSV table, its cells parted by tabs; a broken one as it is."""
    try:
        rows = list(csv.reader(source.splitlines(), strict=True))
    except csv.Error:
        return source
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def from_json(source: str) -> str:
    """Return the words and numbers of a JSON file: a list of objects as a table, all else one value a line."""
    try:
        told = json.loads(source)
    except (ValueError, RecursionError):
        return source
    return "\n".join(_tell(told))


def _tell(told: object) -> Iterator[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            if isinstance(value, dict | list):
                yield key
                yield from _tell(value)
            else:
                yield f"{key}：{value}"
    elif isinstance(told, list):
        rows = [one for one in told if isinstance(one, dict)]
        heads = list(dict.fromkeys(key for row in rows for key in row))
        if rows and len(rows) == len(told):
            yield "\t".join([*heads, ""])
            yield from ("\t".join([_flat(row.get(head)) for head in heads] + [""]) for row in rows)
        else:
            for one in told:
                yield from _tell(one)
    else:
        yield str(told)


def _flat(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())


def from_calendar(source: str) -> str:
    """Return an iCalendar file with its folded lines joined (RFC 5545, 3.1)."""
    return _FOLDED.sub("", source).replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";")
