"""A server folder with a bare repository and the real hooks, and people who push to it, for tests of publishing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from site_builder.__main__ import main

ROOT = Path(__file__).parents[1]
SITE_YML = "name: 职工之家\norganisation: 云溪县总工会\ndomain: gonghui.yunxi.example\nsample: true\n"
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "COVERAGE_PROCESS_"))}


@dataclass(frozen=True)
class Person:
    """Someone with a clone; `login` is what the server calls the pusher, `key` the private key that signs."""

    desk: Desk
    clone: Path
    name: str
    login: str | None = None
    key: Path | None = None

    def git(self, *command: str, fails: bool = False, **environ: str) -> str:
        """Run git in the clone and return all it says."""
        own = {"WORKERS_HOME_PUSHER": self.login} if self.login else {}
        done = subprocess.run(
            ["git", *command], cwd=self.clone, env={**self.desk.environ, **own, **environ}, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Save a file in the clone."""
        (self.clone / path).parent.mkdir(parents=True, exist_ok=True)
        (self.clone / path).write_text(text, encoding="utf-8")

    def commit(self, message: str) -> str:
        """Commit what was saved, even nothing, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def push(self, branch: str = "main", *, fails: bool = False, **environ: str) -> str:
        """Push HEAD to a branch of the server and return what the server says."""
        said = self.git("push", "origin", f"HEAD:refs/heads/{branch}", fails=fails, **environ)
        return "\n".join(line.removeprefix("remote: ").rstrip() for line in said.splitlines())

    def send(self, branch: str = "main", *, fails: bool = False) -> str:
        """Do what a push does, with the hooks' commands run in this process: quicker, and measured."""
        ref, new = f"refs/heads/{branch}", self.git("rev-parse", "HEAD").strip()
        bare = ("git", "--git-dir", str(self.desk.repository))
        self.desk.run(*bare, "fetch", "--quiet", str(self.clone), "HEAD")
        old = self.desk.run(*bare, "for-each-ref", "--format=%(objectname)", ref).strip() or "0" * 40
        line, environ = f"{old} {new} {ref}\n", {"WORKERS_HOME_PUSHER": self.login} if self.login else {}
        done = self.desk.command("receive", "pre-receive", given=line, environ=environ)
        assert (done.returncode != 0) == fails, done.stdout
        if fails:
            return done.stdout
        self.desk.run(*bare, "update-ref", ref, new, old)
        after = self.desk.command("receive", "post-receive", given=line, environ=environ)
        self.git("fetch", "--quiet", "origin")
        return done.stdout + after.stdout


class Done(NamedTuple):
    """What a command came to: its exit status and all that it said."""

    returncode: int
    stdout: str


class Desk:
    """The server: `home` with publish.yml, the repository, and the clock that hooks and commands are given."""

    def __init__(self, folder: Path, date: str = "2026-11-20T09:00") -> None:
        """Make an empty server in `folder`."""
        self.folder, self.home = folder, folder / "home"
        self.command_file = folder / "site-builder"
        self.environ = {
            **CLEAN,
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "署名不算数",
            "GIT_AUTHOR_EMAIL": "a@yunxi.example",
            "GIT_COMMITTER_NAME": "署名不算数",
            "GIT_COMMITTER_EMAIL": "a@yunxi.example",
        }
        self.home.mkdir(parents=True)
        self.repository = self.home / "site.git"
        self.run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.repository))
        (self.home / "publish.yml").write_text("repository: site.git\nkeep: 3\n", encoding="utf-8")
        self.clock = folder / "clock"
        self.set_clock(date)
        self._install()

    def _install(self) -> None:
        self.command_file.write_text(
            f'#!/bin/sh\nexec {sys.executable} -m site_builder "$@" --date "$(cat {self.clock})"\n', encoding="utf-8"
        )
        self.command_file.chmod(0o755)
        for name, value in (("folder", self.home), ("command", self.command_file)):
            self.run("git", "-C", str(self.repository), "config", f"workershome.{name}", str(value))
        for hook in ("pre-receive", "post-receive"):
            shutil.copy(ROOT / "deploy" / "hooks" / hook, self.repository / "hooks" / hook)

    def copy(self, folder: Path) -> Desk:
        """Return a server of its own that has published the same."""
        copy = Desk(folder, self.clock.read_text(encoding="utf-8"))
        shutil.rmtree(copy.home)
        shutil.copytree(self.home, copy.home, symlinks=True, ignore=shutil.ignore_patterns("work"))
        copy._install()
        return copy

    def run(self, *command: str) -> str:
        """Run a command and return what it prints; it must succeed."""
        return subprocess.run(command, env=self.environ, check=True, capture_output=True, text=True).stdout

    def set_clock(self, date: str) -> None:
        """Let hooks and commands believe that it is `date`."""
        self.clock.write_text(date, encoding="utf-8")

    def command(
        self, *words: str, date: bool = True, given: str = "", environ: Mapping[str, str] | None = None
    ) -> Done:
        """Run `site-builder …` for this home by the clock, in this process."""
        moment = ["--date", self.clock.read_text(encoding="utf-8")] if date else []
        line = [*words, "--home", str(self.home), *moment]
        names = dict.fromkeys(("WORKERS_HOME_PUSHER", "GL_USERNAME", "GITEA_PUSHER_NAME"))
        done = CliRunner().invoke(main, line, input=given, env={**names, **(environ or {})})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.output)

    def person(self, name: str, login: str | None = None) -> Person:
        """Return someone with a fresh clone."""
        clone = self.folder / f"clone-{name}"
        if not clone.exists():
            self.run("git", "clone", "--quiet", str(self.repository), str(clone))
        return Person(self, clone, name, login)

    @property
    def site(self) -> Path:
        """Return the folder that readers see."""
        return self.home / "current" / "site"

    def live(self) -> str:
        """Return the name of the live release."""
        return Path(os.readlink(self.home / "current")).name

    def holding(self, word: str, folder: Path | None = None) -> list[str]:
        """Return the files of the live site (or of a folder) whose path or bytes hold a word."""
        top = folder or self.site
        found = [path for path in sorted(top.rglob("*")) if path.is_file()]
        return [str(path.relative_to(top)) for path in found if word in str(path) or word.encode() in path.read_bytes()]


def write_news(title: str, *, status: str = "published", more: str = "") -> str:
    """Return a news item as its file."""
    return f"---\ntitle: {title}\nstatus: {status}\nsource: 云溪县总工会\npublished: 2026-11-18\n{more}---\n{title}的正文。\n"


def write_policy(title: str, *, body: str = "各单位照此执行。") -> str:
    """Return a policy as its file."""
    return f"---\ntitle: {title}\nissuer: 云溪县总工会\npublished: 2026-11-18\n---\n{body}\n"


def write_publicity(title: str, names: str) -> str:
    """Return a 公示 of five working days from 2026-11-16 as its file."""
    return (
        f"---\ntitle: {title}\nkind: 公示\nissuer: 云溪县总工会\nsource: 云溪县总工会\npublished: 2026-11-16\n"
        "period: {start: 2026-11-16, working_days: 5}\nobjection: {unit: 权益保障部, phone: 0000-6010002}\n"
        f"---\n{names}，云溪纺织厂。\n"
    )


def start_site(person: Person, **settings: str) -> None:
    """Fill the empty repository with a small site and push it."""
    shutil.copy(ROOT / "mkdocs.yml", person.clone / "mkdocs.yml")
    person.write("content/site.yml", SITE_YML + "".join(f"{key}: {value}\n" for key, value in settings.items()))
    person.write("content/news/2026/20261101-weiwen.md", write_news("走访慰问"))
    person.commit("开站")
    person.push()
