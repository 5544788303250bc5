"""Old addresses: a small page at each that leads to the new one, and the table by which nginx redirects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from site_builder.model import Library
from site_builder.records import Record
from site_builder.render import Theme
from site_builder.values import GeneratedFile, Problem

REDIRECTS = "redirects.map"
GONE = "gone.map"
RULE = "moved-address"


def generate(theme: Theme) -> Iterator[GeneratedFile]:
    """Yield the page at each old address; the address of the new one is in its link, its refresh and its canonical link."""
    for old, record in theme.library.moves.items():
        yield theme.page(
            old,
            "moved.html",
            title=f"网址已更换：{record.title}",
            column=record.folder,
            crumbs=[("网址已更换", "")],
            target=record,
        )


def write_redirects(theme: Theme) -> GeneratedFile:
    """Return the table of old and new addresses, to be included in a `map $uri …` of nginx."""
    lines = [f'"/{old}" "/{record.url}";' for old, record in theme.library.moves.items()]
    return GeneratedFile(REDIRECTS, "".join(f"{line}\n" for line in lines))


def write_gone(theme: Theme) -> GeneratedFile:
    """Return the table of addresses, old ones too, of withdrawn pages, each with the file that says so, for a `map $uri …`."""
    library = theme.library
    taken = {*library.moves, *(record.url for record in library.records.values())}
    gone: dict[str, str] = {}
    for one in library.tombstones.values():
        for url in (one.url, *(old for old in one.moved_from if old not in taken)):
            names = (url, f"{url}index.html") if url.endswith("/") else (url,)
            gone |= dict.fromkeys(names, f"{one.url}index.html")
    return GeneratedFile(GONE, "".join(f'"/{url}" "/{shown}";\n' for url, shown in sorted(gone.items())))


def find_clashes(theme: Theme, paths: Iterable[str]) -> list[Problem]:
    """Return the old addresses at which something else stands; `paths` are all files of the site, those of `generate` too."""
    if not theme.library.moves:
        return []
    every = list(paths)
    files, folders = Counter(every), {parent for path in every for parent in _parents(path)}
    clashes = []
    for old, record in theme.library.moves.items():
        path = f"{old}index.html" if old.endswith("/") else old
        if files[path] > 1 or path in folders or any(parent in files for parent in _parents(path)):
            clashes.append(_problem(theme.library, record, old))
    return clashes


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _problem(library: Library, record: Record, old: str) -> Problem:
    origin = library.origin(record)
    return Problem(
        f"{library.root}/{origin.path}",
        origin.line("moved_from"),
        RULE,
        f"旧网址 /{old} 现在就有一页。",
        "核对旧网址，或者从 moved_from 里删去。",
    )
