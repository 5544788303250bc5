"""The MkDocs plugin: it translates MkDocs' events into calls and decides what reaches the site."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import jinja2
import material
import mkdocs
from mkdocs.config import base
from mkdocs.config import config_options as c
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.utils.templates import TemplateContext

from site_builder import bundle, feeds, open_data, sitemap
from site_builder.checks import check_records
from site_builder.clock import UnclearDate, read_moment
from site_builder.content_files import published_files, read_library
from site_builder.history import read_history
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
from site_builder.records import Page
from site_builder.render import THEME_DIR, Theme, dress
from site_builder.search.index import build_index
from site_builder.security import allow_script
from site_builder.values import GeneratedFile, Problem

GENERATORS = (
    home.generate,
    documents.generate,
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


_CUT_OFF = Problem(
    "content",
    1,
    "history-cut-off",
    "仓库只取了最近的提交，文件的发布和修改日期无从查起，页面上不显示更新记录。",
    "请取回全部提交再生成网站：git fetch --unshallow。",
    "hint",
)


class ContentFaults(PluginError):
    """Content that cannot be published; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        lines = "\n".join(str(problem) for problem in problems)
        super().__init__(f"内容有 {len(problems)} 处问题，网站没有更新：\n{lines}")


class Settings(base.Config):
    """What mkdocs.yml may say about the plugin."""

    date = c.Optional(c.Type(str))
    drafts = c.Type(bool, default=False)


class WorkersHomePlugin(BasePlugin[Settings]):
    """Build the site's records beside MkDocs' hand-written pages."""

    def __init__(self) -> None:
        super().__init__()
        self.serving = False
        self.problems: list[Problem] = []

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether this is a preview."""
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Put the theme in front of Material's and keep every page out of MkDocs' own navigation."""
        self.problems = []  # MkDocs may keep one plugin for several builds
        if config.theme.name != "material":
            raise PluginError("mkdocs.yml 里的主题（theme: name）应当是 material。")
        config.theme.dirs.insert(0, str(THEME_DIR))
        config.theme.static_templates.clear()
        config.nav = []
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Read, check and generate everything before MkDocs empties the site folder, so that a fault changes nothing."""
        try:
            now = read_moment(self.config.date, os.environ, datetime.now(UTC))
        except UnclearDate as unclear:
            raise PluginError(str(unclear)) from None
        content = Path(config.docs_dir)
        library = self._read(content, now)
        generator = f"mkdocs-{mkdocs.__version__}, mkdocs-material-{material.__version__}"
        history = read_history(content)
        if history.shallow:
            self.problems.append(_CUT_OFF)
        self.theme = Theme(library, now, drafts=self.config.drafts, generator=generator, history=history)
        self.media = published_files(content, self.theme.showing())
        self.theme.file_sizes = {path: source.stat().st_size for path, source in self.media.items()}
        found = build_index(self.theme)
        self.theme.search_version = found.version
        self.files = [file for generate in GENERATORS for file in generate(self.theme)] + found.files
        if clashes := moves.find_clashes(self.theme, [*(file.path for file in self.files), *self.media]):
            self.problems = sorted([*self.problems, *clashes])
            raise ContentFaults(clashes)
        self.files += sitemap.generate(self.theme, [file.path for file in self.files])
        self.bundle = list(bundle.generate(self.theme))
        self.redirects = moves.write_redirects(self.theme)

    def _read(self, content: Path, now: datetime) -> Library:
        reading = read_library(content)
        self.problems = sorted([*reading.problems, *check_records(reading.library, now.date())])
        if faults := [problem for problem in self.problems if problem.severity == "error"]:
            raise ContentFaults(faults)
        return reading.library.public(now, drafts=self.config.drafts)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Let through the theme's files, named media and hand-written pages, and add what was generated."""
        chosen = [file for file in files if self._belongs(file)]
        shown = InclusionLevel.INCLUDED
        chosen += [
            File.generated(config, path, abs_src_path=str(source), inclusion=shown)
            for path, source in self.media.items()
        ]
        chosen += [File.generated(config, file.path, content=file.content, inclusion=shown) for file in self.files]
        return Files(chosen)

    def _belongs(self, file: File) -> bool:
        if file.src_dir == str(THEME_DIR):
            return True
        file.inclusion = InclusionLevel.NOT_IN_NAV
        return self._record_of(file) is not None

    def _record_of(self, file: File) -> Page | None:
        folder, _, name = file.src_uri.partition("/")
        record = self.theme.library.get(folder, name.removesuffix(".md")) if name.endswith(".md") else None
        return record if isinstance(record, Page) else None

    def on_page_markdown(self, markdown: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
        """Keep MkDocs' own Markdown out: all content speaks one dialect, that of `prose`."""
        return ""

    def on_env(self, env: jinja2.Environment, *, config: MkDocsConfig, files: Files) -> jinja2.Environment:
        """Give MkDocs' environment the filters and names that our templates use."""
        dress(env, self.theme)
        return env

    def on_page_context(
        self, context: TemplateContext, *, page: MkDocsPage, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Add the record that the page was made from."""
        if record := self._record_of(page.file):
            context.update(home.page_context(self.theme, record))  # type: ignore[typeddict-item]  # our templates' names
        return context

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[[], None]
    ) -> LiveReloadServer:
        """Let the script that a preview puts into each page pass its Content-Security-Policy."""
        inject: Callable[[bytes, int], bytes] = server._inject_js_into_html
        setattr(server, "_inject_js_into_html", lambda content, epoch: allow_script(inject(content, epoch)))  # noqa: B010 - a method
        return server

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write what the forms service and the web server read beside the public folder (a preview writes neither)."""
        if not self.serving:
            write_files(Path(config.site_dir).parent / "web-server", [self.redirects])
            write_files(Path(config.site_dir).parent / "forms-bundle", self.bundle)


def write_files(folder: Path, files: list[GeneratedFile]) -> None:
    """Make `folder` hold exactly `files`."""
    wanted = {folder / file.path: file.content for file in files}
    for old in sorted(folder.rglob("*"), reverse=True):
        if old.is_dir() and not old.is_symlink():
            if not any(old.iterdir()):
                old.rmdir()
        elif old not in wanted:
            old.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
