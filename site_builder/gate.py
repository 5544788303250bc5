"""Run the rules over content/ and over the built site: read, look at each file once, keep what was found, judge.

What a file gave is kept (`gate_memory`) by the digest of its bytes and of the rules' own code, so that after a change only
the changed files are looked at again. Records are read through a shelf that is kept with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from site_builder.checks import RULES, judge_library
from site_builder.checks.exemptions import Mark, apply_exemptions, find_marks
from site_builder.checks.rules import BuiltSite
from site_builder.content_files import read_library
from site_builder.forking import forked
from site_builder.gate_memory import Looked, Memory, no_collection
from site_builder.model import Library
from site_builder.reading.shelf import Shelf
from site_builder.reading.source_files import RECORD_SUFFIXES, NotText, decode, list_files
from site_builder.values import Problem, Severity

WORTH_SHARING = 100
_CHUNK = 25
STRICT = (
    "guide-vague",
    "notice-period",
    "guide-details",
    "published-fields",
    "organisation-short",
    "organisation-names",
    "validity-missing",
)
"""What costs points when a government site is inspected (国办秘函〔2019〕19号): errors there, whatever they are elsewhere."""


class Outcome(NamedTuple):
    """What content/ came to: its library, every problem, and the marks by path."""

    library: Library
    problems: list[Problem]
    marks: dict[str, tuple[Mark, ...]]


def check_content(content: Path, today: date, memory: Memory, jobs: int) -> Outcome:
    """Read and check all of `content`; exceptions are not applied yet."""
    shelf = Shelf(memory.shelf, jobs)
    with no_collection():
        reading = read_library(content, shelf)
    found = _look_at_files(content.resolve(), reading.library, memory, jobs)
    memory.shelf = shelf.forget_bodies()
    memory.looked = found
    judged = judge_library(reading.library, today, memory.judged.get(content.name))
    memory.judged = {content.name: judged}
    problems = {*reading.problems, *judged.problems}
    problems.update(problem for looked in found.values() for problem in looked.problems)
    problems.update(_judge_gathered(found, reading.library, today))
    marks = {f"{reading.library.root}/{path}": one.marks for path, one in found.items() if one.marks}
    return Outcome(reading.library, sorted(problems), marks)


def _judge_gathered(found: Mapping[str, Looked], library: Library, today: date) -> Iterator[Problem]:
    gathered = {path: one.gathered for path, one in found.items() if one.gathered}
    by_rule: dict[str, dict[tuple[str, str], tuple[Any, ...]]] = {}
    for key, origin in library.origins.items() if gathered else ():
        for name, said in gathered.get(origin.path, ()) if key in library.records else ():
            by_rule.setdefault(name, {})[key] = said
    for rule in RULES.values():
        if rule.judge:
            yield from rule.judge(by_rule.get(rule.name, {}), library, today)


# --- files one by one ----------------------------------------------------------------------------


class _Task(NamedTuple):
    path: str
    file: str
    key: tuple[str, str] | None
    digest: str


_LIBRARY: Library | None = None
"""What the working processes look records up in; they inherit it and never change it."""


def _look_at_files(content: Path, library: Library, memory: Memory, jobs: int) -> dict[str, Looked]:
    keys = {origin.path: key for key, origin in library.origins.items()}
    found: dict[str, Looked] = {}
    tasks = []
    for path, file in list_files(content).files.items():
        key = keys.get(path)
        digest = (library.digests.get(key, "") if key else "") or _digest_file(file)
        if key in library.records:
            digest = f"{digest} as a record"  # the same bytes may be none, where another file has their id
        kept = memory.looked.get(path)
        if kept and kept.digest == digest:
            found[path] = kept
        else:
            tasks.append(_Task(path, file, key, digest))
    global _LIBRARY  # noqa: PLW0603 # forked processes inherit it; a pickled library would cost more than the work
    _LIBRARY = library
    try:
        found |= _share(_look, tasks, jobs)
    finally:
        _LIBRARY = None
    return found


def _share(look: Callable[[Any], Any], tasks: Sequence[Any], jobs: int) -> dict[str, Any]:
    if jobs == 1 or len(tasks) < WORTH_SHARING:
        return dict(map(look, tasks))
    with forked(jobs) as pool:
        return dict(pool.imap_unordered(look, tasks, _CHUNK))


def _digest_file(file: str) -> str:
    try:
        return sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""


def _functions(kind: str) -> tuple[Callable[..., Iterator[Problem]], ...]:
    return tuple(dict.fromkeys(check for rule in RULES.values() if (check := getattr(rule, kind))))


_GATHERERS = tuple((rule.name, rule.gather) for rule in RULES.values() if rule.gather)
_RECORD_CHECKS, _TEXT_CHECKS, _FILE_CHECKS = _functions("record"), _functions("text"), _functions("file")


def _look(task: _Task) -> tuple[str, Looked]:
    if _LIBRARY is None:
        raise RuntimeError("files are looked at only while a library stands")
    shown = f"{_LIBRARY.root}/{task.path}"
    try:
        data = Path(task.file).read_bytes()
    except OSError:
        return task.path, Looked(task.digest, (), ())  # reading has said so already
    if not task.path.endswith((*RECORD_SUFFIXES, ".yaml")):
        return task.path, Looked(task.digest, _run(_FILE_CHECKS, shown, data), ())
    try:
        text = decode(data)
    except NotText:
        return task.path, Looked(task.digest, (), ())
    problems = _run(_TEXT_CHECKS, shown, text)
    gathered: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    if task.key and (record := _LIBRARY.records.get(task.key)):
        origin = _LIBRARY.origins[task.key]
        problems += _run(_RECORD_CHECKS, record, origin, shown)
        gathered = tuple((name, said) for name, gather in _GATHERERS if (said := gather(record, origin)))
    return task.path, Looked(task.digest, problems, find_marks(text), gathered)


def _run(checks: Iterable[Callable[..., Iterator[Problem]]], *given: object) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problem for check in checks for problem in check(*given)))


# --- the built site ------------------------------------------------------------------------------


class SiteFolder:
    """A built site on disk, as the rules ask for it."""

    is_whole = True

    def __init__(self, folder: Path, memory: Memory, jobs: int, sums: Mapping[str, str]) -> None:
        self.folder, self.memory, self.jobs, self.sums = folder, memory, jobs, sums

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Return every path below the folder, sorted, with '/'."""
        if self.sums:
            return tuple(sorted(self.sums))
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return tuple(sorted(path.relative_to(self.folder).as_posix() for path in files))

    def read(self, path: str) -> bytes:
        """Return the bytes of one file; raise KeyError where there is none."""
        try:
            return (self.folder / path).read_bytes()
        except OSError:
            raise KeyError(path) from None

    def facts(self, gather: Callable[[str, bytes], Any]) -> Mapping[str, Any]:
        """Return path → what `gather` makes of each file, from memory where the file is the same."""
        name = f"{gather.__module__}.{gather.__qualname__}"
        kept = {path: self.memory.facts.get((name, path)) for path in self.paths}
        found = {path: fact for path, fact in kept.items() if fact and fact[0] == self.sums.get(path)}
        tasks = [(gather, self.folder, path, kept[path]) for path in self.paths if path not in found]
        found |= _share(_gather, tasks, self.jobs)
        self.memory.facts = {key: fact for key, fact in self.memory.facts.items() if key[0] != name}
        self.memory.facts |= {(name, path): fact for path, fact in found.items()}
        return {path: fact for path, (_, fact) in found.items()}


def _gather(task: tuple[Callable[[str, bytes], Any], Path, str, tuple[str, Any] | None]) -> tuple[str, tuple[str, Any]]:
    gather, folder, path, kept = task
    data = (folder / path).read_bytes()
    digest = sha256(data).hexdigest()
    if kept and kept[0] == digest:
        return path, kept
    return path, (digest, gather(path, data))


def check_site(
    folder: Path, library: Library, today: date, memory: Memory, jobs: int, sums: Mapping[str, str] | None = None
) -> list[Problem]:
    """Check a built site; paths of problems are below `folder`.

    `sums` is path → sha256 of its files, as whoever built it knows them: what has not changed is then not even read.
    """
    return run_site_checks(SiteFolder(folder, memory, jobs, sums or {}), library, today)


def run_site_checks(site: BuiltSite, library: Library, today: date) -> list[Problem]:
    """Return what the rules about a built site find."""
    checks = dict.fromkeys(rule.site for rule in RULES.values() if rule.site)
    return sorted({problem for check in checks for problem in check(site, library, today)})


# --- judging -------------------------------------------------------------------------------------


def judge(outcome: Outcome, found: Iterable[Problem], today: date, profile: str) -> list[Problem]:
    """Return all problems, those `found` in the built site among them, after exceptions and as the profile weighs them."""
    every = [*outcome.problems, *found]
    left = apply_exemptions(every, outcome.library, outcome.marks, RULES, today)
    return [_weigh(problem, profile) for problem in left]


def _weigh(problem: Problem, profile: str) -> Problem:
    if profile != "政府子站" or problem.rule not in STRICT or problem.severity == "error":
        return problem
    severity: Severity = "error"
    return Problem(problem.path, problem.line, problem.rule, problem.message, problem.fix, severity)


def choose(problems: Iterable[Problem], paths: Sequence[Path], content: Path) -> list[Problem]:
    """Return the problems of the files and folders named, or all of them if none is named."""
    wanted = {name for path in paths for name in _names(path, content)}
    if not wanted:
        return list(problems)
    return [one for one in problems if one.path in wanted or any(one.path.startswith(f"{name}/") for name in wanted)]


def _names(path: Path, content: Path) -> Iterator[str]:
    yield path.as_posix().removeprefix("./").rstrip("/")
    absolute, root = path.resolve(), content.resolve()
    if absolute == root or root in absolute.parents:
        yield (Path(root.name) / absolute.relative_to(root)).as_posix()
