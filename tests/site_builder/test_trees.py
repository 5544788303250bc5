"""Two trees in turn: whatever stops a build, a reader sees a whole site, and the next build is right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from site_builder.trees import State, Trees, digest_of, write_folder
from tests.builds import DATES, check, prepare, run, write_policy
from tests.trees import read_tree, snapshot


def put_site(trees: Trees, files: dict[str, bytes]) -> None:
    """Make the site hold exactly these files."""
    with trees.held():
        last = trees.recall(trees.site, "p") or State()
        before = trees.open_spare("p")
        manifest = {path: digest_of(content) for path, content in files.items()}
        fresh = {path for path, digest in manifest.items() if last.manifest.get(path) != digest}
        for path in fresh:
            trees.write(path, files[path])
        trees.align(before, manifest, fresh)
        trees.switch("p", State(manifest, "memory"))
        trees.double("p", State(manifest))


SITES: tuple[dict[str, bytes], ...] = (
    {"index.html": b"1", "a/index.html": b"a", "b": b"b"},
    {"index.html": b"2", "a/index.html": b"a", "b/c": b"c"},
    {"index.html": b"2", "b/c": b"d", "a": b"x"},
    {"index.html": b"1", "a/index.html": b"a", "b": b"b"},
    {"index.html": b"1", "a/index.html": b"a"},
)


def test_each_site_is_exactly_what_was_put(tmp_path: Path) -> None:
    trees = Trees(tmp_path / "site")
    for files in (*SITES, *SITES[::-1], *SITES):
        put_site(trees, files)
        assert read_tree(tmp_path / "site") == files
        state = trees.recall(trees.site, "p")
        assert state is not None
        assert state.memory == "memory"
        assert trees.recall(trees.site, "q") is None


def test_nothing_is_known_of_a_tree_while_it_changes(tmp_path: Path) -> None:
    trees = Trees(tmp_path / "site")
    put_site(trees, SITES[0])
    put_site(trees, SITES[1])
    with trees.held():
        assert trees.open_spare("p") == {path: digest_of(content) for path, content in SITES[0].items()}
        assert trees.recall(trees.spare, "p") is None
        assert trees.open_spare("p") == {}
    assert read_tree(tmp_path / "site") == SITES[1]


def test_the_files_of_another_program_are_used_but_not_what_it_remembers(tmp_path: Path) -> None:
    trees = Trees(tmp_path / "site")
    put_site(trees, SITES[0])
    put_site(trees, SITES[1])
    with trees.held():
        assert trees.recall(trees.site, "q") is None
        assert trees.open_spare("q") == {path: digest_of(content) for path, content in SITES[0].items()}
        assert trees.open_spare("p") == {}


def test_without_exchange_the_trees_still_change_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Libc:
        """A system that knows no renameat2."""

    monkeypatch.setattr("site_builder.trees.ctypes.CDLL", lambda *_, **__: Libc())
    trees = Trees(tmp_path / "site")
    for files in SITES:
        put_site(trees, files)
        assert read_tree(tmp_path / "site") == files


def test_a_folder_beside_the_site_holds_exactly_its_files(tmp_path: Path) -> None:
    write_folder(tmp_path / "beside", {"a/b": b"1", "c": b"2"})
    kept = (tmp_path / "beside" / "c").stat().st_mtime_ns
    write_folder(tmp_path / "beside", {"d/e": b"3", "c": b"2"})
    assert read_tree(tmp_path / "beside") == {"d/e": b"3", "c": b"2"}
    assert not (tmp_path / "beside" / "a").exists()
    assert (tmp_path / "beside" / "c").stat().st_mtime_ns == kept


# --- killed at any moment ----------------------------------------------------------------------


def kill_builds(folder: Path, rounds: int, seed: int) -> None:
    """Kill builds of two contents in turn at random moments; the site is always one of those that were ordered."""
    dice = random.Random(seed)
    for number in range(1, 6):
        write_policy(folder, number)
    good = [run(folder).manifest]
    command = [sys.executable, "-m", "site_builder", "build", "--date", DATES[0]]
    for step in range(rounds):
        write_policy(folder, dice.randint(1, 8), title=f"关于第{step}步的意见{dice.randint(1, 999)}")
        build = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        try:
            build.communicate(timeout=dice.uniform(0.3, 2.5))
        except subprocess.TimeoutExpired:
            os.killpg(build.pid, signal.SIGKILL)
            build.communicate()
        site = snapshot(folder / "site")
        if site not in good:
            good.append(check(folder))
            assert site == good[-1]
    check(folder)


def test_a_killed_build_leaves_a_whole_site(tmp_path: Path) -> None:
    kill_builds(prepare(tmp_path), 4, 1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_many_killed_builds_leave_a_whole_site(tmp_path: Path, seed: int) -> None:
    kill_builds(prepare(tmp_path), 25, 100 + seed)
