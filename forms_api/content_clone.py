"""A clone of the site's content that the review side owns: one file changed, checked, committed, signed and pushed.

Nothing is kept in the clone: every change begins at the head of the branch, so that whatever a crash left is gone, and a
push that came second is done anew on what came first. The branch of the server alone says what is published.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LOOK_SECONDS = 10
SECONDS = 900
"""The hooks of the server check, build and publish while a push waits."""
TRIES = 5
_LATE = ("fetch first", "non-fast-forward", "cannot lock ref", "failed to update ref", "stale info")
"""What git says where another push came first."""
SHOWN_LINES = 60


class PushRefused(Exception):
    """The check or the hook of the server refused the text; `report` is what it said, line by line. Nothing has changed."""

    def __init__(self, report: Sequence[str]) -> None:
        super().__init__("\n".join(report))
        self.report = tuple(report)


class CannotPush(Exception):
    """The server or the program could not be reached; the sentence says what to do. Whether it was taken is not known."""


class PathTaken(Exception):
    """Another file lies there."""


Make = Callable[[str | None], str]
"""The text of the file as it stands (None: not there) → as it is to stand. May raise PathTaken."""


@dataclass(frozen=True, slots=True)
class ContentClone:
    """Where the clone lies, where it pushes to, how it signs, and the command that checks."""

    folder: Path
    remote: str
    command: tuple[str, ...] = ("site-builder",)
    branch: str = "main"
    key: Path | None = None
    """The private SSH key of the service: it signs the commits, and opens the way to the server."""
    environ: Mapping[str, str] = field(default_factory=dict)

    def change(self, path: str, make: Make, message: str) -> str:
        """Change one file on the branch and return the commit; where it stands there already, nothing is done.

        Raises PushRefused, CannotPush, and what `make` raises.
        """
        with self._lock():
            for _ in range(TRIES):
                self._begin()
                there = self._read(path)
                text = make(there)
                if text == there:
                    return self._git("rev-parse", "HEAD").stdout.strip()
                file = self.folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
                self._check(path)
                self._commit(path, message)
                if self._push():
                    return self._git("rev-parse", "HEAD").stdout.strip()
        raise CannotPush("别人一直在推送，轮不到这一次。请过几分钟再试。")

    def read(self, path: str) -> str | None:
        """Return a file as it stands on the branch of the server. Raises CannotPush."""
        with self._lock():
            self._begin()
            return self._read(path)

    def is_behind(self) -> bool | None:
        """Tell whether others have pushed since the clone was last brought up; None before the first time. Changes nothing.

        Raises CannotPush.
        """
        where = f"refs/heads/{self.branch}"
        place = self.folder if (self.folder / ".git").is_dir() else self.folder.parent
        asked = self._run(["git", "ls-remote", "--exit-code", self.remote, where], place, LOOK_SECONDS)
        if asked.returncode:
            raise CannotPush("连不上内容仓库。请检查网络、仓库的地址和发布用的密钥。")
        if place != self.folder:
            return None
        own = self._git("rev-parse", "--quiet", "--verify", f"refs/remotes/origin/{self.branch}").stdout.strip()
        return own != asked.stdout.partition("\t")[0]

    # --- git ---

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.folder.with_name(f"{self.folder.name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _begin(self) -> None:
        """Bring the clone to the head of the branch, whatever a crash left in it."""
        if not (self.folder / ".git").is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._demand("init", "--quiet")
        for lock in (self.folder / ".git").glob("*.lock"):  # nobody else works here: we hold the lock
            lock.unlink()
        where = f"refs/heads/{self.branch}"
        self._demand("fetch", "--quiet", "--no-tags", self.remote, f"+{where}:refs/remotes/origin/{self.branch}")
        self._demand("checkout", "--quiet", "--force", "--detach", f"refs/remotes/origin/{self.branch}")
        self._demand("clean", "--quiet", "--force", "-d", "--", "content")

    def _read(self, path: str) -> str | None:
        file = self.folder / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def _commit(self, path: str, message: str) -> None:
        self._demand("add", "--", path)
        sign = ("--gpg-sign",) if self.key else ()
        self._demand("commit", "--quiet", "--no-verify", *sign, "--message", message)

    def _push(self) -> bool:
        """Push what was committed; tell whether it was taken, or another came first."""
        done = self._git("push", "--porcelain", self.remote, f"HEAD:refs/heads/{self.branch}")
        if done.returncode == 0:
            return True
        said = f"{done.stdout}\n{done.stderr}"
        if any(word in said for word in _LATE):
            return False
        told = [line.removeprefix("remote:").strip() for line in said.splitlines() if line.startswith("remote:")]
        if "[remote rejected]" in said:
            raise PushRefused([line for line in told if line][:SHOWN_LINES] or ["服务器没有接收，也没有说明原因。"])
        raise CannotPush("连不上发布服务器。请过几分钟再试；一直不行，请管理员检查网络和发布用的密钥。")

    def _check(self, path: str) -> None:
        """Run the gate over the file as it is to be published."""
        line = [*self.command, "check", "--source", "--no-memory", path]
        try:
            done = self._run(line)
        except OSError as error:
            raise CannotPush(f"检查程序 {self.command[0]} 运行不了。请管理员检查 FORMS_SITE_BUILDER。") from error
        if done.returncode:
            said = [row for row in (done.stdout + done.stderr).splitlines() if row.strip()]
            raise PushRefused(said[:SHOWN_LINES] or ["检查没有通过，也没有说明原因。请管理员在服务器上运行一次检查。"])

    def _demand(self, *words: str) -> None:
        done = self._git(*words)
        if done.returncode:
            raise CannotPush(f"git {words[0]} 没有成功。请过几分钟再试；一直不行，请管理员检查发布服务器的地址和密钥。")

    def _git(self, *words: str) -> subprocess.CompletedProcess[str]:
        own = {"user.name": "审核系统", "user.email": "review@localhost", "core.hooksPath": os.devnull}
        if self.key:
            own |= {"gpg.format": "ssh", "user.signingkey": str(self.key)}
        settings = [part for name, value in own.items() for part in ("-c", f"{name}={value}")]
        return self._run(["git", *settings, *words])

    def _run(
        self, line: Sequence[str], place: Path | None = None, seconds: int = SECONDS
    ) -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environ |= {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0"}
        if self.key:
            environ["GIT_SSH_COMMAND"] = f"ssh -i '{self.key}' -o IdentitiesOnly=yes -o BatchMode=yes"
        try:
            return subprocess.run(  # noqa: S603 - git and the site's own check, with words of our own
                line, cwd=place or self.folder, env={**environ, **self.environ}, capture_output=True, text=True, check=False,
                stdin=subprocess.DEVNULL, timeout=seconds,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise CannotPush("等了十五分钟没有结果。请到网站上看一眼，再决定要不要重试。") from error
