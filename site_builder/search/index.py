"""The search index: files that a browser fetches one by one as a query needs them. docs/search.md describes each of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain

from site_builder.forking import share
from site_builder.records import Record
from site_builder.render import Theme
from site_builder.search import facets
from site_builder.search.arrangement import Group, arrange, count_older, recall_group
from site_builder.search.changes import FEW, Kept, update_group
from site_builder.search.entries import Entry, list_entries, list_entry
from site_builder.search.normalising import list_all_folds, list_folds
from site_builder.search.segments import File, Row, Segment, Sources, deflate, inflate, join_blocks, make_segment
from site_builder.search.state import (
    GroupState,
    LastIndex,
    State,
    make_version,
    place,
    read_state,
    shard_path,
    write_state,
)
from site_builder.values import GeneratedFile

FOLDER = "search/data/"
FORMAT = 2
TITLES = 8
_COUNTS = 48


@dataclass(frozen=True, slots=True)
class Index:
    """The index: its version, files that are new or changed, paths that are gone, and what the next build needs.

    `version` is a digest of everything that can be found; without a last build `files` are all of them.
    """

    version: str
    files: list[GeneratedFile]
    gone: list[str]
    state: bytes


def build_index(
    theme: Theme,
    last: LastIndex | None = None,
    *,
    bodies: Mapping[str, str] | None = None,
    workers: int | None = None,
    only_bodies: bool = False,
) -> Index:
    """Return the index of everything on the site: the same bytes for the same records and day, whatever stood before.

    `bodies` holds what `entries.read_body` gave for a record, by its address, where a page was made already.
    `only_bodies` tells that nothing but bodies of records differs from the last build: entries stand where they stood.
    """
    sources = Sources(theme.library.digests, bodies or {})
    before = read_state(last.state) if last else None
    if only_bodies and last and before and (found := _update_bodies(theme, last, before, sources)):
        return found
    entries = list_entries(theme)
    groups = arrange(entries)
    kept = _keep(last, before, sources, entries)
    if kept:
        made = [update_group(group, old, kept) for group, old in zip(groups, kept.state.groups, strict=True)]
    else:
        made = _make_groups(groups, sources, workers or os.cpu_count() or 1)
    state = State(tuple(one for one, _ in made), {})
    small, digests = _list_small(theme, groups, state, before)
    state = State(state.groups, digests)
    gone = sorted(set(before.paths()).difference(state.paths())) if before else []
    return _tell(state, chain(*(files for _, files in made), small), gone)


def _tell(state: State, files: Iterable[File], gone: Sequence[str]) -> Index:
    told = [f"{row.url} {row.content}" for row in state.rows.values()]
    told += [f"{path} {digest}" for path, digest in state.digests.items()]
    made = [GeneratedFile(FOLDER + path, data) for path, data in files]
    return Index(make_version(told), made, [FOLDER + path for path in gone], write_state(state))


def _keep(last: LastIndex | None, before: State | None, sources: Sources, entries: Sequence[Entry]) -> Kept | None:
    """Return what may be reused of the last build; None if too much has changed."""
    if last is None or before is None:
        return None

    def read(path: str) -> bytes:
        return last.read(FOLDER + path)

    def names(folder: str, number: int) -> list[str]:
        rows = inflate(read(folder + place("titles", number // TITLES))).decode("gb18030").split("\n")
        cells = rows[1 + number % TITLES].split("\t")
        return [cells[1], cells[2], *cells[7:]]

    kept = Kept(before, read, sources, names)
    return kept if kept.find_changed(entries) else None


def _update_bodies(theme: Theme, last: LastIndex, before: State, sources: Sources) -> Index | None:
    """Return the index after a change of a few bodies and nothing else; None where more than some shards would differ."""
    records = {one.url: one for one in theme.library.records.values()}
    groups = [recall_group(old.folder, [_recall(one, records) for one in old.segments]) for old in before.groups]
    changed = {
        entry.url: list_entry(theme, entry.record)
        for group in groups
        for entry in group.entries
        if entry.record and before.rows[entry.url].source != sources.digest(entry)
    }
    kept = _keep(last, before, sources, list(changed.values()))
    if kept is None or any(kept.row(entry).parts != before.rows[url].parts for url, entry in changed.items()):
        return None
    made = []
    for group, old in zip(groups, before.groups, strict=True):
        segments = tuple(tuple([changed.get(entry.url, entry) for entry in one]) for one in group.segments)
        if group.bits != old.bits or any(sum(one.url in changed for one in part) > FEW for part in segments):
            return None  # names of all entries would be needed
        made.append(update_group(replace(group, segments=segments), old, kept))
    state = State(tuple(one for one, _ in made), before.digests)
    return _tell(state, chain.from_iterable(files for _, files in made), [])


def _recall(rows: Sequence[Row], records: Mapping[str, Record]) -> list[Entry]:
    """Return the entries of some rows with no more than their places and lengths."""
    return [Entry(row.url, "", "", record=records.get(row.url)) for row in rows]


# --- everything anew -----------------------------------------------------------------------------


def _make_groups(groups: Sequence[Group], sources: Sources, workers: int) -> list[tuple[GroupState, list[File]]]:
    runs = [(segment, group.bits, sources) for group in groups for segment in group.segments]
    segments = iter(_share(runs, workers))
    return [_assemble(group, [next(segments) for _ in group.segments]) for group in groups]


def _assemble(group: Group, segments: Sequence[Segment]) -> tuple[GroupState, list[File]]:
    files = list(chain.from_iterable(segment.files for segment in segments))
    for number, blocks in enumerate(zip(*(segment.blocks for segment in segments), strict=True)):
        files.append((shard_path(group.folder, number), join_blocks(blocks)))
    return GroupState(group.folder, group.bits, tuple(tuple(segment.rows) for segment in segments)), files


def _share(runs: Sequence[tuple[Sequence[Entry], int, Sources]], workers: int) -> list[Segment]:
    # the longest runs first, so that all end together
    order = sorted(range(len(runs)), key=lambda number: -len(runs[number][0]))
    made = dict(zip(order, share(lambda number: make_segment(*runs[number]), order, workers, 1), strict=True))
    return [made[number] for number in range(len(runs))]


# --- small files, compared by digest ---------------------------------------------------------------


def _list_small(
    theme: Theme, groups: Sequence[Group], state: State, before: State | None
) -> tuple[list[File], dict[str, str]]:
    """Return the files of titles, facets and the rest that differ from the last build's, and the digests of all."""
    texts = dict(_write_small(theme, groups, state))
    digests = {path: blake2b(data, digest_size=8).hexdigest() for path, data in texts.items()}
    old = before.digests if before else {}
    return [(path, deflate(data)) for path, data in texts.items() if digests[path] != old.get(path)], digests


def _write_small(theme: Theme, groups: Sequence[Group], state: State) -> Iterator[File]:
    for group in groups:
        yield from _write_titles(group)
    entries = [entry for group in groups for entry in group.entries]
    yield "facets.bin", facets.write_facets(entries)
    yield "folds.bin", list_all_folds().encode("gb18030")
    yield "near.bin", _json([list(terms) for terms in theme.library.synonyms.groups])
    rows = [row for group in state.groups for segment in group.segments for row in segment]
    meta = {
        "format": FORMAT,
        "titles": TITLES,
        "groups": [[group.folder, group.bits, [len(segment) for segment in group.segments]] for group in state.groups],
        "older": _gaps(count_older(groups)),
        "counts": "".join(
            [chr(_COUNTS + row.parts * 2 + entry.ended) for row, entry in zip(rows, entries, strict=True)]
        ),
    }
    yield "meta.bin", _json(meta)


def _gaps(numbers: Sequence[int]) -> list[int]:
    return [number - before for before, number in zip([0, *numbers], numbers, strict=False)]


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("gb18030", "replace")


def _write_titles(group: Group) -> Iterator[File]:
    rows = [_title_row(entry) for entry in group.entries]
    blocks = ["\n".join(rows[at : at + TITLES]) for at in range(0, len(rows), TITLES)]
    for number, (folds, block) in enumerate(zip(list_folds(blocks), blocks, strict=True)):
        yield group.folder + place("titles", number), f"{folds}\n{block}".encode("gb18030", "replace")


def _title_row(entry: Entry) -> str:
    day = str(entry.day) if entry.day else ""
    cells = (entry.url, entry.title, entry.number, day, entry.kind, entry.css, entry.word, *entry.names)
    row = "\t".join(cells)
    if row.count("\t") == len(cells) - 1 and "\n" not in row and "\r" not in row:
        return row
    return "\t".join([" ".join(cell.split()) for cell in cells])
