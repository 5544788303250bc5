"""Build the site into its folder: what did not change is taken from the last build, and the new site appears at once."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from site_builder.asking import WHOLE, hearing_bodies
from site_builder.assembly import Assembly, assemble, make_all, make_bundle
from site_builder.checks import check_record
from site_builder.making import Maker, Memory
from site_builder.model import Library
from site_builder.reading.shelf import Kept, Shelf, Signature, is_fresh, sign
from site_builder.render import THEME_DIR
from site_builder.trees import Manifest, State, Trees, digest_of, write_folder
from site_builder.values import Problem

SETTINGS = "settings"
COPIED = "copied"
READ = "read"
JUDGED = "judged"


@dataclass(frozen=True)
class Order:
    """What is to be built: from where, to where, for which moment, and how."""

    content: Path
    site_dir: Path
    now: datetime
    drafts: bool = False
    jobs: int = 1
    clean: bool = False


class Built(NamedTuple):
    """A finished build: path → sha256 of every file, everything noticed in the content, and what was public of it."""

    manifest: Manifest
    problems: list[Problem]
    library: Library


class Copied(NamedTuple):
    """What is kept of a file that is copied: how its source stood when its digest was taken."""

    signature: Signature
    read_at: int
    digest: str


def build_site(order: Order) -> Built:
    """Build and switch; raise FaultyContent, ContentChanged or CannotSwitch, in which case the site stays as it was."""
    trees = Trees(order.site_dir)
    with trees.held():
        if order.clean:
            trees.clean()
        return _build(order, trees)


def _build(order: Order, trees: Trees) -> Built:
    program = digest_program(order)
    gc.disable()  # thousands of kept records would be searched for garbage again and again while they are read
    try:
        readings = _load_readings(trees, program)
        shelf = Shelf(
            {path: kept for group in readings.values() for path, kept in group.items()}, order.jobs, check_record
        )
        last = trees.load(JUDGED, program)
        assembly = assemble(order.content, order.now, name_generator(), drafts=order.drafts, shelf=shelf, last=last)
        assembly.theme.compiled = trees.folder("compiled", program)
        gc.freeze()
    finally:
        gc.enable()
    state = trees.recall(trees.site, program) or State()
    before = trees.open_spare(program)
    sink = _Spare(trees, before)
    maker = Maker(assembly.theme, sink, _choose_memory(state, assembly), order.jobs)
    with hearing_bodies(assembly.theme.notes):
        make_all(assembly, maker, trees.read)
    copied = copy_files(assembly, maker, sink, trees.load(COPIED, program) or {})
    maker.memory.words |= {SETTINGS: assembly.settings, WHOLE[0]: assembly.theme.answers.answer(WHOLE)}
    trees.align(before, maker.files, maker.fresh)
    now = State(maker.files, maker.memory)
    trees.switch(program, now)
    trees.save(COPIED, program, copied)
    trees.save(JUDGED, program, assembly.judged)
    _save_readings(trees, program, readings, shelf.forget_bodies())
    for name, files in make_bundle(assembly.theme).items():
        write_folder(trees.site.parent / name, files)
    trees.double(program, now, order.jobs)
    return Built(maker.files, assembly.problems, assembly.theme.library)


def _load_readings(trees: Trees, program: str) -> dict[str, dict[str, Kept]]:
    """Return what is kept of the records by the names under which it is saved; each is right or wrong by itself."""
    return {name: trees.load(name, program) or {} for name in trees.list_saved(READ)}


def _save_readings(trees: Trees, program: str, before: dict[str, dict[str, Kept]], used: Mapping[str, Kept]) -> None:
    """Save what is known of the records folder by folder, those folders alone in which something has changed.

    A folder is written whole, so that nothing stays of a record that is gone.
    """
    groups: dict[str, dict[str, Kept]] = {}
    for path, kept in used.items():
        groups.setdefault(f"{READ}-{digest_of(path.rpartition('/')[0].encode())[:16]}", {})[path] = kept
    for name, group in groups.items():
        old = before.get(name, {})
        if len(old) != len(group) or any(old.get(path) is not kept for path, kept in group.items()):
            trees.save(name, program, group)
    trees.forget(before.keys() - groups.keys())


def _choose_memory(state: State, assembly: Assembly) -> Memory | None:
    memory = state.memory
    return memory if isinstance(memory, Memory) and memory.words.get(SETTINGS) == assembly.settings else None


class _Spare:
    """Puts files into the spare tree, as far as they are not there already."""

    def __init__(self, trees: Trees, before: Manifest) -> None:
        self.trees = trees
        self.before = before

    def put(self, path: str, content: bytes) -> str:
        """Write a file and return its sha256."""
        digest = digest_of(content)
        if self.before.get(path) != digest:
            self.trees.write(path, content)
        return digest


def copy_files(assembly: Assembly, maker: Maker, sink: _Spare, last: dict[str, Copied]) -> dict[str, Copied]:
    """Copy the theme's files and the media that records name; return what is known of them, to be kept."""
    theme_files = {f"assets/{file.name}": file for file in sorted((THEME_DIR / "assets").iterdir())}
    copied: dict[str, Copied] = {}
    for path, source in {**theme_files, **assembly.media}.items():
        name = str(source)
        copied[name] = known = _know(name, last.get(name))
        if sink.before.get(path) != known.digest:
            sink.put(path, source.read_bytes())
            maker.fresh.add(path)
        maker.files[path] = known.digest
    return copied


def _know(source: str, last: Copied | None) -> Copied:
    read_at, signature = time.time_ns(), sign(source)
    if last and last.signature == signature and not is_fresh(signature, last.read_at):
        return last
    return Copied(signature, read_at, digest_of(Path(source).read_bytes()))


# --- what a cache holds for --------------------------------------------------------------------


def name_generator() -> str:
    """Return the value of the generator tag: the pages are the same whoever writes them."""
    return f"mkdocs-{version('mkdocs')}, mkdocs-material-{version('mkdocs-material')}"


def digest_program(order: Order) -> str:
    """Return a digest of this program, of the libraries installed beside it, and of how it is used."""
    digest = sha256(repr((sys.version, str(order.content.resolve()), order.drafts)).encode())
    package = Path(__file__).parent
    for folder in (package, package.parent / "forms_api"):
        for file in _list_sources(str(folder)):
            digest.update(file.encode() + b"\0" + Path(file).read_bytes())
    for place in sys.path:
        if place.endswith("site-packages") and os.path.isdir(place):
            digest.update(repr(sorted(name for name in os.listdir(place) if name.endswith("-info"))).encode())
    return digest.hexdigest()


def _list_sources(folder: str) -> Iterable[str]:
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _list_sources(entry.path)
        elif entry.name.endswith((".py", ".html", ".js", ".css", ".svg")):
            yield entry.path
