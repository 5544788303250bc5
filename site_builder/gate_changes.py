"""Check of a built site what changed since it was let through last: a push of one document waits for one document.

The rules about a built site may look at a file, at what its links lead to, at the site's settings and at the numbers that
the library declares public (`name_ground`). So what they found in a file holds while all of these are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from site_builder.checks.built_pages import PageFacts, read_page
from site_builder.checks.privacy import list_public
from site_builder.gate import SiteFolder, run_site_checks
from site_builder.gate_memory import Memory, load_value, save_value
from site_builder.model import Library
from site_builder.values import Problem

FEW = 1000
"""More files than this are looked at by several processes, which the whole check does."""
SHARED = "assets/"
"""What every page loads; a change there is a change of every page."""


class Passed(NamedTuple):
    """What is known of a built site that was let through: the ground it was judged on, and its files."""

    ground: str
    sums: Mapping[str, str]
    errors: tuple[Problem, ...]
    """Those that were let through all the same, by an exception for instance."""
    anchors: Mapping[str, frozenset[str]]
    """By page, the anchors to which other pages lead, or led once."""


def name_ground(library: Library) -> str:
    """Return a digest of what else the rules about a built site look at."""
    return sha256(repr((library.site, sorted(list_public(library)))).encode()).hexdigest()


def load_passed(file: Path) -> Passed | None:
    """Return what the same code kept in `file`, or None."""
    found = load_value(file)
    return found if isinstance(found, Passed) else None


def save_passed(file: Path, passed: Passed) -> None:
    """Keep what is known in `file`, whole or not at all."""
    save_value(file, passed)


class _Facts(Mapping[str, Any]):
    """Facts of files, made when they are asked for; goes through those alone that are to be judged."""

    def __init__(self, make: Callable[[str], Any], judged: frozenset[str]) -> None:
        self.make, self.judged = make, judged
        self.known: dict[str, Any] = {}

    def __getitem__(self, path: str) -> Any:
        """Return the facts of any file."""
        if path not in self.known:
            self.known[path] = self.make(path)
        return self.known[path]

    def __iter__(self) -> Iterator[str]:
        """Yield the paths of the files that are to be judged."""
        return iter(sorted(self.judged))

    def __len__(self) -> int:
        """Return how many files are to be judged."""
        return len(self.judged)


class ChangedSite(SiteFolder):
    """A built site of which only some files are to be judged."""

    is_whole = False

    def __init__(self, folder: Path, sums: Mapping[str, str], changed: frozenset[str]) -> None:
        super().__init__(folder, Memory(), 1, sums)
        self.changed = changed
        self.found: dict[Callable[[str, bytes], Any], _Facts] = {}

    def facts(self, gather: Callable[[str, bytes], Any]) -> Mapping[str, Any]:
        """Return what `gather` makes of any file; whoever goes through it meets the changed ones."""
        if gather not in self.found:
            self.found[gather] = _Facts(lambda path: gather(path, self.read(path)), self.changed)
        return self.found[gather]


def check_changes(
    folder: Path, library: Library, today: date, passed: Passed, sums: Mapping[str, str]
) -> Passed | None:
    """Return how the site stands after a change, or None if only the whole check can tell.

    It can tell where something is gone to which a page that did not change may lead.
    """
    ground = name_ground(library)
    changed = frozenset(path for path, digest in sums.items() if passed.sums.get(path) != digest)
    if passed.ground != ground or len(changed) > FEW or passed.sums.keys() - sums.keys():
        return None
    if any(path.startswith(SHARED) for path in changed):
        return None
    site = ChangedSite(folder, sums, changed)
    pages: Mapping[str, PageFacts] = site.facts(read_page)
    if any(passed.anchors[path] - pages[path].ids for path in changed & passed.anchors.keys()):
        return None
    kept = [one for one in passed.errors if one.path not in changed]
    errors = [one for one in run_site_checks(site, library, today) if one.severity == "error"]
    anchors = {**passed.anchors}
    for page, wanted in list_anchors(pages).items():
        anchors[page] = anchors.get(page, frozenset()) | wanted
    return Passed(ground, sums, tuple(sorted({*kept, *errors})), anchors)


def check_whole(
    folder: Path, library: Library, today: date, memory: Memory, jobs: int, sums: Mapping[str, str]
) -> Passed:
    """Return how the site stands, looking at every file that the memory does not hold."""
    site = SiteFolder(folder, memory, jobs, sums)
    errors = [one for one in run_site_checks(site, library, today) if one.severity == "error"]
    return Passed(name_ground(library), sums, tuple(errors), list_anchors(site.facts(read_page)))


def list_anchors(pages: Mapping[str, PageFacts]) -> dict[str, frozenset[str]]:
    """Return by page the anchors to which others among `pages` lead."""
    wanted: dict[str, set[str]] = {}
    for path, facts in pages.items():
        for link in facts.links:
            target, mark, anchor = link.partition("#")
            if mark and target != path:
                wanted.setdefault(target, set()).add(anchor)
    return {target: frozenset(anchors) for target, anchors in wanted.items()}
