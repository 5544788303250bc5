"""Build and preview the site: the other module that knows MkDocs."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from site_builder.assembly import FaultyContent
from site_builder.building import Order, build_site
from site_builder.clock import UnclearDate, read_moment
from site_builder.model import Library
from site_builder.reading.shelf import ContentChanged
from site_builder.reading.yaml_files import load_yaml
from site_builder.trees import CannotSwitch
from site_builder.values import Problem

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

    from site_builder.plugin import WorkersHomePlugin

PLUGIN = "workers-home"


class CannotBuild(Exception):
    """A build that cannot start or finish for another reason than its content; the text is a sentence for the user."""


@dataclass(frozen=True)
class BuildResult:
    """What a build came to: the folder, its files (path → sha256) and everything noticed in the content."""

    site_dir: Path
    manifest: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    library: Library | None = None
    """What was public, where our own builder made the site."""

    @property
    def written(self) -> int:
        """Return the number of files of the site."""
        return len(self.manifest)

    @property
    def failed(self) -> bool:
        """Tell whether the content had errors, in which case the site folder was left as it was."""
        return any(problem.severity == "error" for problem in self.problems)


def build(
    config_file: Path,
    site_dir: Path | None = None,
    date: str | None = None,
    *,
    drafts: bool = False,
    jobs: int | None = None,
    clean: bool = False,
) -> BuildResult:
    """Build the site, the same bytes as `mkdocs build` makes, and return what it holds; raise CannotBuild.

    A mkdocs.yml that names more than our plugin and Material's looks is left to MkDocs as a whole.
    """
    plain = read_config(config_file)
    if plain is None:
        return _build_by_mkdocs(config_file, site_dir, date, drafts=drafts)
    try:
        now = read_moment(date or plain.date, os.environ, datetime.now(UTC))
        folder = site_dir or plain.site_dir
        order = Order(plain.content, folder, now, drafts or plain.drafts, jobs or os.cpu_count() or 1, clean)
        built = build_site(order)
    except FaultyContent as found:
        return BuildResult(folder, {}, found.problems)
    except (UnclearDate, ContentChanged, CannotSwitch) as error:
        raise CannotBuild(str(error)) from None
    return BuildResult(folder, built.manifest, built.problems, built.library)


@dataclass(frozen=True)
class PlainConfig:
    """What a mkdocs.yml says that names nothing but our plugin."""

    content: Path
    site_dir: Path
    date: str | None = None
    drafts: bool = False


_KEYS = frozenset(("site_name", "docs_dir", "site_dir", "theme", "plugins"))
_LOOKS = frozenset(("name", "language", "font"))


def read_config(config_file: Path) -> PlainConfig | None:
    """Return what a plain mkdocs.yml says, or None for one that only MkDocs can read."""
    loaded = load_yaml(config_file.read_text(encoding="utf-8", errors="replace"))
    data = loaded.data
    if loaded.faults or not isinstance(data, dict) or not _KEYS.issuperset(data) or "site_name" not in data:
        return None
    theme, settings = data.get("theme"), _read_settings(data.get("plugins"))
    if not isinstance(theme, dict) or theme.get("name") != "material" or not _LOOKS.issuperset(theme):
        return None
    content, site = data.get("docs_dir", "docs"), data.get("site_dir", "site")
    if settings is None or not (isinstance(content, str) and isinstance(site, str)):
        return None
    base = config_file.resolve().parent
    folders = (base / content).resolve(), (base / site).resolve()
    if not folders[0].is_dir() or folders[0].is_relative_to(folders[1]) or folders[1].is_relative_to(folders[0]):
        return None
    return PlainConfig(*folders, settings.get("date"), settings.get("drafts", False))


def _read_settings(plugins: object) -> dict[str, Any] | None:
    if plugins == [PLUGIN]:
        return {}
    if not (isinstance(plugins, list) and len(plugins) == 1 and isinstance(plugins[0], dict)):
        return None
    settings = plugins[0].get(PLUGIN, None) if list(plugins[0]) == [PLUGIN] else None
    if not isinstance(settings, dict) or not {"date", "drafts"}.issuperset(settings):
        return None
    right = isinstance(settings.get("date", ""), str) and isinstance(settings.get("drafts", False), bool)
    return settings if right else None


def _build_by_mkdocs(config_file: Path, site_dir: Path | None, date: str | None, *, drafts: bool) -> BuildResult:
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.exceptions import Abort

    config, plugin = _load(config_file, site_dir=str(site_dir) if site_dir else None, date=date, drafts=drafts)
    with _quiet() as messages:
        try:
            config.plugins.on_startup(command="build", dirty=False)
            mkdocs_build(config)
        except Abort as abort:
            if plugin.problems:
                return BuildResult(Path(config.site_dir), {}, plugin.problems)
            raise CannotBuild("\n".join(messages) or str(abort)) from abort
        finally:
            config.plugins.on_shutdown()
    root = Path(config.site_dir)
    files = sorted(path for path in root.rglob("*") if path.is_file())
    manifest = {path.relative_to(root).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}
    return BuildResult(root, manifest, plugin.problems)


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
    from mkdocs.commands.serve import serve as mkdocs_serve
    from mkdocs.exceptions import Abort, ConfigurationError

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
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError

    from site_builder.plugin import WorkersHomePlugin

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
