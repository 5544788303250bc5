"""Tell when each file of content/ was published and changed, from one pass over the log of git.

Only the day and the subject of a commit are read, never who made it. What is told depends on HEAD alone.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from site_builder.clock import CHINA

Kind = Literal["发布", "修改", "移动", "撤下"]

SECONDS = 120
"""The longest that git may take; 10,000 commits to folders of 500 files take about one second."""
RENAME_CANDIDATES = 400
_LOG = (
    "git", "--no-pager", "-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "diff.ignoreSubmodules=all",
    "log", "-z", "--topo-order", "--relative", "--name-status", "--no-merges", "--encoding=UTF-8", "--no-ext-diff",
    "--find-renames=60%", f"-l{RENAME_CANDIDATES}", "--format=%x1e%ct%x1f%s", "HEAD", "--", ".",
)  # fmt: skip
_KINDS: dict[str, Kind] = {"A": "发布", "M": "修改", "T": "修改", "R": "移动", "C": "发布", "D": "撤下"}
_SURE_RENAME = 95
"""Above this likeness a renamed file is the same record whatever its name; records of one kind are alike up to here."""
_ADDRESS = re.compile(r"[<＜(（]?[\w.+-]+@[\w-]+(?:\.[\w-]+)+[>＞)）]?")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a record: the day in China, what the commit says of itself, and what was done to the file."""

    day: date
    subject: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class History:
    """The changes of every file by its path below content/, newest first; the last is its publication.

    `shallow` tells that the log was cut off, so that its dates would be wrong and none are given.
    """

    changes: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    shallow: bool = False


def read_history(content: Path) -> History:
    """Read the log of the repository that `content` lies in; without one, or without git, nothing is known."""
    shallow = _ask(("git", "rev-parse", "--is-shallow-repository"), content)
    if shallow is None or not shallow.startswith("false"):
        return History(shallow=bool(shallow and shallow.startswith("true")))
    return History(trace_changes(_ask(_LOG, content) or ""))


def _ask(command: tuple[str, ...], folder: Path) -> str | None:
    """Return what git answers, or None where it cannot; the variables of a hook would lead it to another repository."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {**own, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - the command is one of the two of this module
            command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def trace_changes(log: str) -> dict[str, tuple[Change, ...]]:
    """Return the changes of every file under the name that it has now, from a log that is newest first."""
    changes: dict[str, list[Change]] = {}
    current: dict[str, str] = {}
    for day, subject, files in _read_commits(log):
        for status, old, new in files:
            path = current.get(new, new)
            if status[0] == "R":
                if not _is_same(old, new, status):
                    changes.setdefault(path, []).append(Change(day, subject, "发布"))
                    continue
                current[old] = path
                current.pop(new, None)
            changes.setdefault(path, []).append(Change(day, subject, _KINDS.get(status[0], "修改")))
    return {path: tuple(found) for path, found in changes.items()}


def _read_commits(log: str) -> Iterator[tuple[date, str, list[tuple[str, str, str]]]]:
    for entry in ("\0" + log).split("\0\x1e")[1:]:
        head, _, rest = entry.partition("\0")
        moment, _, subject = head.partition("\x1f")
        day = datetime.fromtimestamp(int(moment), CHINA).date()
        yield day, _ADDRESS.sub("", subject).strip(), list(_read_files(rest.lstrip("\n").split("\0")))


def _read_files(parts: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield status, old path and new path of each file of a commit."""
    position = 0
    while position + 1 < len(parts):
        status = parts[position]
        width = 2 if status[:1] in ("R", "C") else 1
        yield status, parts[position + 1], parts[position + width]
        position += 1 + width


def _is_same(old: str, new: str, status: str) -> bool:
    """Tell whether a file that git takes for renamed is one record: its id stayed, or hardly a word changed."""
    return Path(old).stem == Path(new).stem or int(status[1:] or 0) >= _SURE_RENAME
