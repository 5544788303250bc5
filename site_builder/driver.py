"""Build and preview the site: the other module that knows MkDocs."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.commands.serve import serve as mkdocs_serve
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, ConfigurationError

from site_builder.plugin import WorkersHomePlugin
from site_builder.values import Problem

PLUGIN = "workers-home"


class CannotBuild(Exception):
    """A build that cannot start or finish for another reason than its content; the text is a sentence for the user."""


@dataclass(frozen=True)
class BuildResult:
    """What a build came to: the folder, the files written and everything noticed in the content."""

    site_dir: Path
    written: int
    problems: list[Problem] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Tell whether the content had errors, in which case the site folder was left as it was."""
        return any(problem.severity == "error" for problem in self.problems)


def build(
    config_file: Path, site_dir: Path | None = None, date: str | None = None, *, drafts: bool = False
) -> BuildResult:
    """Build the site as `mkdocs build` does and return what was written; raise CannotBuild."""
    config, plugin = _load(config_file, site_dir=str(site_dir) if site_dir else None, date=date, drafts=drafts)
    with _quiet() as messages:
        try:
            config.plugins.on_startup(command="build", dirty=False)
            mkdocs_build(config)
        except Abort as abort:
            if plugin.problems:
                return BuildResult(Path(config.site_dir), 0, plugin.problems)
            raise CannotBuild("\n".join(messages) or str(abort)) from abort
        finally:
            config.plugins.on_shutdown()
    written = sum(1 for path in Path(config.site_dir).rglob("*") if path.is_file())
    return BuildResult(Path(config.site_dir), written, plugin.problems)


def serve(
    config_file: Path,
    address: str,
    announce: Callable[[str], None],
    date: str | None = None,
    *,
    drafts: bool = True,
) -> None:
    """Serve a preview at `address` (host:port) that follows every change, until it is interrupted; raise CannotBuild.

    `announce` gets a line for every build and for everything that went wrong.
    """
    config, plugin = _load(config_file, date=date, drafts=drafts)
    ours = {PLUGIN: dict(plugin.config)}
    plugins = [ours if name == PLUGIN else {name: dict(other.config)} for name, other in config.plugins.items()]
    with _listening(_Announcer(announce), logging.INFO):
        try:
            mkdocs_serve(str(config_file), dev_addr=address, plugins=plugins)
        except ConfigurationError as error:
            raise CannotBuild(f"预览地址“{address}”不能用。请写成 127.0.0.1:8000 这样的形式。") from error
        except Abort as abort:
            raise CannotBuild("内容有错误，预览没有开始。请照上面的说明改好再来一次。") from abort
        except OSError as error:
            raise CannotBuild(
                f"预览地址 {address} 已被占用。请用 --address 换一个端口，例如 127.0.0.1:8001。"
            ) from error


def _load(
    config_file: Path, site_dir: str | None = None, date: str | None = None, *, drafts: bool
) -> tuple[MkDocsConfig, WorkersHomePlugin]:
    overrides: dict[str, Any] = {"site_dir": site_dir} if site_dir else {}
    with _quiet() as messages:
        try:
            config = load_config(str(config_file), **overrides)
        except (Abort, ConfigurationError) as error:
            raise CannotBuild(f"{config_file} 不能用：{'；'.join(messages) or error}") from error
    plugin = config.plugins.get(PLUGIN)
    if not isinstance(plugin, WorkersHomePlugin):
        raise CannotBuild(f"{config_file} 没有启用插件 {PLUGIN}。请在 plugins 下加一行“- {PLUGIN}”。")
    if date:
        plugin.config.date = date
    plugin.config.drafts = plugin.config.drafts or drafts
    return config, plugin


class _Collector(logging.Handler):
    """Keep messages in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


class _Announcer(logging.Handler):
    """Say in Chinese what MkDocs logs while it serves: a finished build, and every warning."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        super().__init__()
        self.announce = announce

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.announce(message)
        elif seconds := re.search(r"built in ([\d.]+) seconds", message):
            self.announce(f"网站已生成，用时 {seconds[1]} 秒。")
        elif address := re.search(r"Serving on (http\S+)", message):
            self.announce(f"请打开 {address[1]} （按 Ctrl+C 结束）")


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Collect MkDocs' warnings and errors instead of printing its English log."""
    collector = _Collector()
    with _listening(collector, logging.WARNING):
        yield collector.messages


@contextmanager
def _listening(handler: logging.Handler, level: int) -> Iterator[None]:
    """Let `handler` alone hear MkDocs' log from `level` on."""
    logger = logging.getLogger("mkdocs")
    before = logger.handlers[:], logger.propagate, logger.level
    handler.setLevel(level)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.handlers, logger.propagate = before[:2]
        logger.setLevel(before[2])
