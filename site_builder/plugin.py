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

from site_builder.assembly import FaultyContent, assemble, generate_all, make_bundle
from site_builder.clock import UnclearDate, read_moment
from site_builder.pages import home
from site_builder.records import Page
from site_builder.render import THEME_DIR, dress
from site_builder.security import allow_script
from site_builder.trees import write_folder
from site_builder.values import Problem


class ContentFaults(PluginError):
    """Content that cannot be published; carries every problem found."""

    def __init__(self, found: FaultyContent) -> None:
        self.problems = found.problems
        super().__init__(str(found))


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
        generator = f"mkdocs-{mkdocs.__version__}, mkdocs-material-{material.__version__}"
        try:
            assembly = assemble(Path(config.docs_dir), now, generator, drafts=self.config.drafts)
            self.files = generate_all(assembly)
        except FaultyContent as found:
            self.problems = found.problems
            raise ContentFaults(found) from None
        self.theme, self.media, self.problems = assembly.theme, assembly.media, assembly.problems
        self.beside = make_bundle(self.theme)

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
            return not file.src_uri.startswith("staff/")  # the staff app hands these out on its own host
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
            for name, files in self.beside.items():
                write_folder(Path(config.site_dir).parent / name, files)
