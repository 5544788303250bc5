"""From content/ to the files of the site: read, check, then what every generator makes. Knows all of them, and no MkDocs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from site_builder import bundle, feeds, open_data, sitemap
from site_builder.asking import BODIES, Question
from site_builder.checks import Judged, check_single, judge_library
from site_builder.content_files import published_files, read_library
from site_builder.forking import aside, share
from site_builder.history import History, read_history
from site_builder.making import Generator, Maker, encode
from site_builder.model import Library
from site_builder.pages import (
    activities,
    documents,
    events,
    figures,
    guides,
    home,
    honours,
    moves,
    organisation,
    records_of_change,
    redlines,
    venues,
)
from site_builder.reading.shelf import Shelf
from site_builder.render import Theme
from site_builder.search.entries import read_body
from site_builder.tables import Table
from site_builder.values import GeneratedFile, Problem

GENERATORS: tuple[Generator, ...] = (
    home.generate,
    home.generate_search,
    documents.generate,
    documents.generate_lists,
    redlines.generate,
    guides.generate,
    honours.generate,
    organisation.generate,
    venues.generate,
    figures.generate,
    activities.generate,
    events.generate,
    moves.generate,
    records_of_change.generate,
    feeds.generate,
    open_data.generate,
)
SEARCH = "search"
FILES = 1000
"""Files of the index that one process writes at a time."""
TABLES = "tables of open data"
SEARCH_VERSION = "search version"

_CUT_OFF = Problem(
    "content",
    1,
    "history-cut-off",
    "仓库只取了最近的提交，文件的发布和修改日期无从查起，页面上不显示更新记录。",
    "请取回全部提交再生成网站：git fetch --unshallow。",
    "hint",
)


class FaultyContent(Exception):
    """Content that cannot be published; `problems` holds everything found, hints included."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        self.faults = [problem for problem in self.problems if problem.severity == "error"]
        lines = "\n".join(str(problem) for problem in self.faults)
        super().__init__(f"内容有 {len(self.faults)} 处问题，网站没有更新：\n{lines}")


@dataclass
class Assembly:
    """What the site is made from: the theme with its library, the files to be copied (path → source), and problems."""

    theme: Theme
    media: dict[str, Path]
    problems: list[Problem]
    settings: str
    """Digest of what every page depends on: site.yml and the holidays."""
    judged: Judged
    """What the rules about everything at once found, for the next build."""


def assemble(
    content: Path,
    now: datetime,
    generator: str,
    *,
    drafts: bool = False,
    shelf: Shelf | None = None,
    last: Judged | None = None,
    tell_history: Callable[[Path], History] = read_history,
) -> Assembly:
    """Read and check everything; raise FaultyContent."""
    reading = read_library(content, shelf)
    judged = judge_library(reading.library, now.date(), last)
    problems = sorted({*reading.problems, *judged.problems, *_list_single(reading.library, shelf)})
    if any(problem.severity == "error" for problem in problems):
        raise FaultyContent(problems)
    history = tell_history(content)
    if history.shallow:
        problems.append(_CUT_OFF)
    library = reading.library.public(now, drafts=drafts)
    theme = Theme(library, now, drafts=drafts, generator=generator, history=history)
    media = published_files(content, theme.showing())
    theme.file_sizes = {path: source.stat().st_size for path, source in media.items()}
    return Assembly(theme, media, problems, _digest_settings(reading.library), judged)


def _list_single(library: Library, shelf: Shelf | None) -> Iterator[Problem]:
    """Yield what each record by itself gives rise to, which a shelf knows since it was read."""
    if shelf is None:
        yield from check_single(library)
        return
    for key in library.records:
        yield from shelf.used[library.origins[key].path].found


def _digest_settings(library: Library) -> str:
    own = sorted(
        (key, digest) for key, digest in library.digests.items() if key == ("", "site") or key[0] == "holidays"
    )
    return sha256(repr(own).encode()).hexdigest()


def generate_all(assembly: Assembly) -> list[GeneratedFile]:
    """Return every file that is made from records, for MkDocs to write; raise FaultyContent for a clash of addresses."""
    from site_builder.search.index import build_index

    theme = assembly.theme
    found = build_index(theme)
    theme.search_version = found.version
    files = [file for generate in GENERATORS for file in generate(theme)] + found.files
    refuse_clashes(assembly, [file.path for file in files])
    return [*files, *sitemap.generate(theme, [file.path for file in files])]


def make_all(assembly: Assembly, maker: Maker, read_last: Callable[[str], bytes]) -> None:
    """Make every file of the site but those that are copied, the pages written by hand included; raise FaultyContent.

    `read_last` returns a file of the last site by its path.
    """
    with making_index(assembly.theme, maker, read_last) as finish_index:
        apart = (home.generate_search, open_data.generate)
        maker.generate([*(one for one in GENERATORS if one not in apart), home.generate_leaves])
        make_data(assembly.theme, maker)
        finish_index()
    maker.run("search page", home.generate_search, assembly.theme.search_version)
    refuse_clashes(assembly, list(maker.files))
    paths = sorted(maker.files)
    maker.run("site map", partial(sitemap.generate_map, paths=paths), sha256("\n".join(paths).encode()).hexdigest())
    maker.run("rules for robots", sitemap.generate_rules)


def make_data(theme: Theme, maker: Maker) -> None:
    """Make the open data, as far as its tables would differ from the last ones."""
    tables: list[Table] | None = None
    given = maker.last.words.get(TABLES, "")
    if not maker.reuse(TABLES, ""):
        with theme.notes.taking() as asked:
            tables = open_data.list_tables(theme)
        maker.keep(TABLES, "", asked, ())
        given = sha256(repr(tables).encode()).hexdigest()
    maker.memory.words[TABLES] = given

    def write(theme: Theme) -> Iterator[GeneratedFile]:
        return open_data.write_all(theme, open_data.list_tables(theme) if tables is None else tables)

    maker.run("open data", write, given)


class IndexMade(NamedTuple):
    """What came of making the search index: its questions, the files that were put, those gone, version and state."""

    asked: set[Question]
    made: list[tuple[str, str]]
    gone: list[str]
    version: str
    state: bytes


@contextmanager
def making_index(theme: Theme, maker: Maker, read_last: Callable[[str], bytes]) -> Iterator[Callable[[], None]]:
    """Make the search index, as far as it would differ from the last one; what is lent finishes it.

    Where most of it stands already it is made aside while the pages are made; only the search page tells its version.
    Where nothing does it is made after them, from the bodies that they have cut.
    """
    if maker.reuse(SEARCH, ""):
        yield partial(_keep_version, theme, maker, maker.last.words[SEARCH_VERSION], maker.last.search)
        return
    make = partial(_make_index, theme, maker, read_last)
    if maker.last.search and maker.jobs > 1:
        with aside(make) as wait:
            yield lambda: _keep_index(theme, maker, wait())
    else:
        theme.read_body = None if maker.last.search else read_body
        yield lambda: _keep_index(theme, maker, make())


def _make_index(theme: Theme, maker: Maker, read_last: Callable[[str], bytes]) -> IndexMade:
    from site_builder.search.index import build_index  # late: numpy is loaded aside, while the pages are made
    from site_builder.search.state import LastIndex

    state, same = maker.last.search, maker.lacks_only(SEARCH, BODIES)
    with theme.notes.taking() as asked:
        last = LastIndex(state, read_last) if state else None
        found = build_index(theme, last, bodies=maker.bodies, workers=maker.jobs, only_bodies=same)
    asked = {BODIES, *(question for question in asked if question[0] != "body")}
    if same:  # then not all was asked again
        asked = {*maker.list_asked(SEARCH)}
    digests = share(lambda file: maker.sink.put(file.path, encode(file)), found.files, maker.jobs, FILES)
    made = [(file.path, digest) for file, digest in zip(found.files, digests, strict=True)]
    return IndexMade(asked, made, found.gone, found.version, found.state)


def _keep_index(theme: Theme, maker: Maker, index: IndexMade) -> None:
    files = dict(maker.last.pieces[SEARCH].files) if maker.last.search else {}
    for path in index.gone:
        files.pop(path, None)
    maker.keep(SEARCH, "", index.asked, index.made, files.items())
    _keep_version(theme, maker, index.version, index.state)


def _keep_version(theme: Theme, maker: Maker, version: str, state: bytes) -> None:
    theme.search_version = version
    maker.memory.words[SEARCH_VERSION], maker.memory.search = version, state


def refuse_clashes(assembly: Assembly, paths: list[str]) -> None:
    """Raise FaultyContent if an old address is one where something else stands."""
    if clashes := moves.find_clashes(assembly.theme, [*paths, *assembly.media]):
        raise FaultyContent([*assembly.problems, *clashes])


def make_bundle(theme: Theme) -> dict[str, dict[str, bytes]]:
    """Return what stands beside the public folder, by folder and path: for the forms service and for the web server."""
    tables = [moves.write_redirects(theme), moves.write_gone(theme)]
    return {"forms-bundle": _contents(list(bundle.generate(theme))), "web-server": _contents(tables)}


def _contents(files: list[GeneratedFile]) -> dict[str, bytes]:
    return {file.path: file.content if isinstance(file.content, bytes) else file.content.encode() for file in files}
