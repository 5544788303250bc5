"""The `check` command: content first, then the site built from it, every fault at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from site_builder.clock import read_moment
from site_builder.gate import check_content, check_site, choose, judge
from site_builder.gate_memory import Memory
from site_builder.values import Problem


class CannotCheck(Exception):
    """A site that cannot be built to be checked; its text is a sentence for the user."""


@dataclass(frozen=True)
class Request:
    """What to check: the content, the configuration for a build, or a built site, and which paths to report."""

    content: Path
    config_file: Path
    paths: tuple[Path, ...] = ()
    profile: str | None = None
    date: str | None = None
    site_dir: Path | None = None
    with_site: bool = True
    memory_file: Path | None = None
    jobs: int = 2


@dataclass(frozen=True)
class Report:
    """What was found, and whether the built site was looked at too."""

    problems: list[Problem]
    saw_site: bool

    @property
    def failed(self) -> bool:
        """Tell whether there is an error."""
        return any(problem.severity == "error" for problem in self.problems)


def run_check(request: Request, environment: Mapping[str, str] = os.environ) -> Report:
    """Check and report; raise UnclearDate and CannotCheck.

    The site is built into a temporary folder unless there is one already; content with errors cannot be built, so that
    then only the content is checked.
    """
    today = read_moment(request.date, environment, datetime.now(UTC)).date()
    memory = Memory.load(request.memory_file)
    outcome = check_content(request.content, today, memory, request.jobs)
    profile = request.profile or outcome.library.site.profile
    errors = [one for one in judge(outcome, (), today, profile) if one.severity == "error"]
    found: list[Problem] = []
    saw_site = request.site_dir is not None or (request.with_site and request.config_file.is_file() and not errors)
    if request.site_dir is not None:
        found = check_site(request.site_dir, outcome.library, today, memory, request.jobs)
    elif saw_site:
        with tempfile.TemporaryDirectory(prefix="site-builder-") as folder:
            if sums := _build(request, Path(folder) / "site"):
                found = check_site(Path(folder) / "site", outcome.library, today, memory, request.jobs, sums)
    memory.save()
    problems = judge(outcome, found, today, profile)
    return Report(choose(problems, request.paths, request.content), saw_site)


def _build(request: Request, folder: Path) -> Mapping[str, str]:
    """Build into `folder` and return path → sha256 of its files; nothing if content has errors."""
    from site_builder.driver import (
        CannotBuild,
        build,
    )  # content alone is checked in less time than these take to import

    try:
        result = build(request.config_file, folder, request.date)
    except CannotBuild as error:
        raise CannotCheck(str(error)) from error
    return {} if result.failed else result.manifest
