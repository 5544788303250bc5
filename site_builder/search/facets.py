"""What results can be narrowed by, a column each: type, year, issuer, validity, topic. One file, fetched after the first results."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from site_builder.search.entries import Entry

FACETS = ("type", "year", "issuer", "validity", "topic")


def write_facets(entries: Sequence[Entry]) -> bytes:
    """Return a length (4 bytes), the names of each facet as JSON, then a column for each: a byte for every entry.

    A column of more than 255 different values has two bytes for each entry, all low bytes first. 0 stands for nothing,
    n for the n-th value; a value of the topic column is a set of topics, written as their numbers.
    """
    topics = _count(topic for entry in entries for topic in entry.topics)
    columns = {
        "type": [entry.kind for entry in entries],
        "year": [str(entry.day.year) if entry.day else "" for entry in entries],
        "issuer": [entry.issuer for entry in entries],
        "validity": [entry.word for entry in entries],
        "topic": [",".join(str(topics.index(topic)) for topic in entry.topics) for entry in entries],
    }
    names: dict[str, list[str]] = {}
    data = []
    for facet in FACETS:
        names[facet] = _count(columns[facet])
        data.append(_write_column(columns[facet], names[facet]))
    told = {"names": names, "topics": topics, "entries": len(entries)}
    head = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("gb18030", "replace")
    return len(head).to_bytes(4, "little") + head + b"".join(data)


def _count(values: Iterable[str]) -> list[str]:
    counts = Counter(value for value in values if value)
    return [value for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


def _write_column(values: Sequence[str], names: Sequence[str]) -> bytes:
    number = {name: at for at, name in enumerate(["", *names])}
    column = [number[value] for value in values]
    low = bytes(value & 255 for value in column)
    return low if len(names) < 256 else low + bytes(value >> 8 for value in column)
