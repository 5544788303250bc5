"""What git is asked for: commits with their signatures and files, the files of a commit, and folders that hold them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ZERO = re.compile(r"0+")
"""What a hook is given for a branch that did not exist before, or is to be deleted."""
_QUARANTINE = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
_FIELDS = ("%H", "%P", "%ct", "%G?", "%GS", "%GF", "%GP", "%B")
_LOG = ("log", "-z", "--topo-order", "--reverse", f"--format={'%x00'.join(_FIELDS)}")
"""Parted by NUL, the one character that a message cannot hold: whoever writes one must not be able to invent a commit."""
_SAFE = ("-c", "core.quotePath=false", "-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false")


class GitFailed(Exception):
    """A git command that ended with an error; the text is what git said."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its parents, time, what its signature is worth (git's %G?), by which signer and key, and its message."""

    name: str
    parents: tuple[str, ...]
    time: int
    verdict: str
    signer: str
    key: str
    message: str

    def trailers(self, name: str) -> list[str]:
        """Return the values of a trailer such as Reviewed-by, wherever in the message it stands."""
        found = re.findall(
            rf"^{re.escape(name)}[ \t]*[:：][ \t]*(.+?)[ \t]*$", self.message, re.MULTILINE | re.IGNORECASE
        )
        return [str(value) for value in found]


class Repository:
    """A bare repository, asked through the git command."""

    def __init__(self, path: Path, config: Iterable[str] = (), environ: Mapping[str, str] | None = None) -> None:
        """Take its path, settings (name=value) and variables for every call."""
        self.path = path
        self.config = [word for setting in config for word in ("-c", setting)]
        self.environ = dict(environ or {})

    def ask(self, *command: str, given: str | None = None, environ: Mapping[str, str] | None = None) -> str:
        """Return what `git …` prints; raise GitFailed. Objects that a push has in quarantine are seen."""
        return _run(["--git-dir", str(self.path), *self.config, *command], given, {**self.environ, **(environ or {})})

    def head(self, branch: str) -> str | None:
        """Return the commit that a branch is at, or None."""
        try:
            return self.ask("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").strip()
        except GitFailed:
            return None

    def find_commit(self, text: str) -> str | None:
        """Return the whole name of the commit that `text` means, or None."""
        try:
            return self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}").strip()
        except GitFailed:
            return None

    def contains(self, commit: str, other: str) -> bool:
        """Tell whether `other` is `commit` or comes before it."""
        try:
            self.ask("merge-base", "--is-ancestor", other, commit)
        except GitFailed:
            return False
        return True

    # --- commits ---

    def commits(self, new: str, *without: str) -> list[Commit]:
        """Return the commits of `new` that `without` do not have, parents before children."""
        return _read_log(self.ask(*_LOG, new, *(f"^{one}" for one in without), "--"))

    def new_commits(self, new: str) -> list[Commit]:
        """Return the commits of `new` that no branch of the repository has yet."""
        return _read_log(self.ask(*_LOG, new, "--not", "--all"))

    def files_of(self, commit: Commit) -> list[str]:
        """Return the files that a commit changed itself: of a merge, those that differ from every parent."""
        merge = ("-c",) if len(commit.parents) > 1 else ("-r", "--root")
        text = self.ask("diff-tree", *merge, "--no-commit-id", "--name-only", "--no-renames", "-z", commit.name)
        return [path for path in text.split("\0") if path]

    def changed(self, old: str | None, new: str) -> list[tuple[str, str]]:
        """Return (A, M or D; path) of every file that differs between two commits; all are new without `old`."""
        if old is None:
            names = self.ask("ls-tree", "-r", "-z", "--name-only", new)
            return [("A", path) for path in names.split("\0") if path]
        parts = self.ask("diff", "--name-status", "--no-renames", "-z", old, new).split("\0")
        return [(parts[index][0], parts[index + 1]) for index in range(0, len(parts) - 1, 2)]

    def blobs(self, commit: str, paths: Iterable[str]) -> dict[str, str]:
        """Return path → name of the blob of those of `paths` that a commit has."""
        wanted = list(paths)
        found: dict[str, str] = {}
        for start in range(0, len(wanted), 500):
            text = self.ask("ls-tree", "-z", commit, "--", *(f":(literal){one}" for one in wanted[start : start + 500]))
            for row in text.split("\0"):
                head, _, path = row.partition("\t")
                if path:
                    found[path] = head.split()[2]
        return found

    def read_many(self, commit: str, paths: Iterable[str]) -> dict[str, str]:
        """Return path → text of those of `paths` that are files of a commit, in one call."""
        wanted = [path for path in paths if "\n" not in path]
        if not wanted:
            return {}
        given = "".join(f"{commit}:{path}\n" for path in wanted)
        out = _run_bytes(["--git-dir", str(self.path), "cat-file", "--batch"], given.encode(), self.environ)
        found, position = {}, 0
        for path in wanted:
            end = out.index(b"\n", position)
            head = out[position:end].split(b" ")
            position = end + 1
            if not head[-1].isdigit():  # missing, or in a quarantine that was given up
                continue
            size = int(head[-1])
            if head[-2] == b"blob":
                found[path] = out[position : position + size].decode(errors="replace")
            position += size + 1
        return found

    def read(self, commit: str, path: str) -> str | None:
        """Return the text of a file of a commit, or None without it."""
        try:
            return self.ask("cat-file", "blob", f"{commit}:{path}")
        except GitFailed:
            return None

    def grep(self, commit: str, pattern: str, folder: str) -> list[str]:
        """Return the lines below a folder of a commit that match a basic pattern."""
        try:
            return self.ask("grep", "-h", "-I", "-e", pattern, commit, "--", folder).splitlines()
        except GitFailed:
            return []

    # --- folders ---

    def lay_out(self, commit: str, folder: Path) -> None:
        """Make `folder` hold the files of a commit; only what differs is written, and no ref is touched (quarantine)."""
        index = folder.with_name(f"{folder.name}.index")
        beside = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(folder)}

        def fill() -> None:
            folder.mkdir(parents=True, exist_ok=True)
            index.with_name(f"{index.name}.lock").unlink(
                missing_ok=True
            )  # left by a run that was killed; ours is the only one
            self.ask("-C", str(folder), "read-tree", "--reset", "-u", commit, environ=beside)
            self.ask("-C", str(folder), "clean", "-ffdxq", environ=beside)

        def drop() -> None:
            index.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)

        _try_twice(fill, drop)

    def check_out(self, commit: str, folder: Path) -> None:
        """Make `folder` a clone that stands at a commit, so that the log of its files can be read there too."""
        at = ["-C", str(folder)]

        def fill() -> None:
            if not (folder / ".git" / "HEAD").is_file():
                _run(["clone", "--quiet", "--shared", "--no-checkout", str(self.path), str(folder)], None, {})
            for lock in (folder / ".git").glob("*.lock"):
                lock.unlink()
            _run([*at, "checkout", "--quiet", "--force", "--detach", commit], None, {})
            _run([*at, "clean", "-ffdxq"], None, {})

        _try_twice(fill, lambda: shutil.rmtree(folder, ignore_errors=True))


def _try_twice(fill: Callable[[], None], drop: Callable[[], None]) -> None:
    """Fill a folder that is kept from run to run; one that a crash left unusable is dropped and filled anew."""
    try:
        fill()
    except GitFailed:
        drop()
        fill()


def _run(command: list[str], given: str | None, environ: Mapping[str, str]) -> str:
    return _run_bytes(command, given.encode() if given is not None else None, environ).decode(errors="replace")


def _run_bytes(command: list[str], given: bytes | None, environ: Mapping[str, str]) -> bytes:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _QUARANTINE}
    done = subprocess.run(  # noqa: S603 - the commands are those of this module, their names are object names or literal paths
        ["git", *_SAFE, *command],  # noqa: S607 - git is where the system has it
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        env={**own, "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", **environ},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise GitFailed(done.stderr.decode(errors="replace").strip() or f"git {' '.join(command)}")
    return done.stdout


def _read_log(text: str) -> list[Commit]:
    parts = text.split("\0")
    return [_read_commit(parts[start : start + len(_FIELDS)]) for start in range(0, len(parts) - 1, len(_FIELDS))]


def _read_commit(fields: list[str]) -> Commit:
    name, parents, time, verdict, signer, key, primary, message = fields
    return Commit(name, tuple(parents.split()), int(time), verdict, signer, primary or key, message.strip())
