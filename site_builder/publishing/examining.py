"""The one place where publishing calls the gate and the builder, so that what stands behind them can change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from site_builder.clock import CHINA
from site_builder.content_files import read_library
from site_builder.gate import Outcome, check_content, judge
from site_builder.gate_changes import check_changes, check_whole, load_passed, save_passed
from site_builder.gate_memory import Memory
from site_builder.model import Library
from site_builder.releases import SITE
from site_builder.values import Problem

CONTENT = "content"
CONFIG = "mkdocs.yml"
JOBS = 2
BY_THE_BUILDER = frozenset({"page-size"})
"""Faults of a built page that no editor can mend: `check` tells of them, a push is not held up by them."""


class CannotPublish(Exception):
    """A commit that cannot go on the site; the text is for the user, `problems` are those of the content.

    `again` tells that it is worth another try: the machine failed, not the content.
    """

    def __init__(self, message: str, problems: list[Problem] | None = None, *, again: bool = False) -> None:
        super().__init__(message)
        self.problems, self.again = problems or [], again


@dataclass(frozen=True, slots=True)
class Built:
    """A folder with site/ and forms-bundle/, and path → sha256 of the site's files where the builder knows them."""

    folder: Path
    sums: Mapping[str, str] = field(default_factory=dict)


def examine(tree: Path, today: date) -> list[Problem]:
    """Return what the gate finds in the content of a laid-out commit; what it learns is kept beside the folder."""
    memory = Memory.load(tree.with_name(f"{tree.name}.memory"))
    outcome = check_content(tree / CONTENT, today, memory, JOBS)
    memory.save()
    return judge(outcome, (), today, outcome.library.site.profile)


def examine_built(tree: Path, built: Built, library: Library, today: date) -> list[Problem]:
    """Return the errors that the gate finds in the built site; its content was judged when it was pushed and built."""
    site, file = built.folder / SITE, tree.with_name(f"{built.folder.name}.passed")
    passed = load_passed(file) if built.sums else None
    found = check_changes(site, library, today, passed, built.sums) if passed else None
    if found is None:
        memory = Memory.load(tree.with_name(f"{built.folder.name}.memory"))
        found = check_whole(site, library, today, memory, JOBS, built.sums)
        memory.save()
    left = judge(Outcome(library, [], {}), found.errors, today, library.site.profile)
    own = set(found.errors)  # what is wrong with the exceptions was said of the content
    refused = [one for one in left if one in own and one.rule not in BY_THE_BUILDER]
    if not refused:
        save_passed(file, found)
    return refused


def build_site(tree: Path, folder: Path, moment: datetime) -> Built:
    """Build a laid-out commit as of `moment` into `folder`; raise CannotPublish."""
    from site_builder.driver import CannotBuild, build  # a push that is only judged need not wait for the builder

    if not (tree / CONFIG).is_file():
        raise CannotPublish(f"这个提交里没有 {CONFIG}，不是网站的仓库。")
    try:
        result = build(tree / CONFIG, folder / SITE, f"{moment.astimezone(CHINA):%Y-%m-%dT%H:%M}")
    except CannotBuild as error:
        raise CannotPublish(f"网站生成失败，没有更新：{error}") from error
    except OSError as error:
        raise CannotPublish(f"网站没有写完，没有更新：{error}", again=True) from error
    if result.failed:
        errors = [problem for problem in result.problems if problem.severity == "error"]
        raise CannotPublish(f"内容有 {len(errors)} 处错误，网站没有更新。", errors)
    built = Built(folder, result.manifest)
    library = result.library or read_library(tree / CONTENT).library
    if errors := examine_built(tree, built, library, moment.astimezone(CHINA).date()):
        raise CannotPublish(f"生成的网页有 {len(errors)} 处错误，没有发布。", errors)
    return built
