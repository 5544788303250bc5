"""The folder that a site is published from: its settings, where everything lies in it, and its locks."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

from site_builder.reading.record_text import Page, read_source
from site_builder.releases import Shelf
from site_builder.values import Frozen

SETTINGS_FILE = "publish.yml"
PUSHER_VARIABLES = ("WORKERS_HOME_PUSHER", "GL_USERNAME", "GITEA_PUSHER_NAME")
"""What names the pusher: a key's environment= in authorized_keys, GitLab, Gitea."""


class NotAHome(Exception):
    """A folder that no site can be published from; its text is a sentence for the user."""


class Settings(Frozen):
    """publish.yml."""

    repository: str = Field(title="仓库", description="裸仓库的路径；相对路径从本文件夹算起")
    branch: str = Field("main", title="发布分支")
    keep: int = Field(10, title="保留版本数", ge=2)
    pusher: str | None = Field(
        None, title="推送人变量", description="服务器用哪个环境变量说明推送人；不写时依次看常见的几个"
    )


class Home:
    """One publishing folder. Everything below `work/` can be made again; the rest is the site's record."""

    def __init__(self, folder: Path) -> None:
        """Read the settings; raise NotAHome."""
        self.folder = folder.resolve()
        path = self.folder / SETTINGS_FILE
        if not path.is_file():
            raise NotAHome(f"{self.folder} 里没有 {SETTINGS_FILE}。请用 --home 指出发布文件夹，或者照运维手册新建。")
        source = read_source(Page(path.read_text(encoding="utf-8"), 1, "", 1), SETTINGS_FILE, str(self.folder))
        settings = source.validate(Settings) if source.data is not None else None
        if settings is None:
            raise NotAHome("\n".join(str(problem) for problem in source.problems))
        self.settings = settings
        self.repository = (self.folder / settings.repository).resolve()
        if not (self.repository / "objects").is_dir():
            raise NotAHome(f"{SETTINGS_FILE} 里写的仓库 {self.repository} 不是 git 裸仓库。请改正 repository。")
        self.work = self.folder / "work"
        self.work.mkdir(exist_ok=True)
        self.shelf = Shelf(self.folder)

    def pusher(self) -> str | None:
        """Return who pushes, as the server says in the environment of a hook; None where it says nothing."""
        names = (self.settings.pusher,) if self.settings.pusher else PUSHER_VARIABLES
        return next((value for name in names if (value := os.environ.get(name))), None)

    @contextmanager
    def lock(self, name: str, say: Callable[[str], None]) -> Iterator[None]:
        """Hold the lock `name`; who has to wait is told so. The kernel lets it go with the process, however that ends."""
        with (self.work / f"{name}.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("前面还有一次发布正在进行，排队等候……")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield


# --- files that must survive a crash -------------------------------------------------------------


def append_line(path: Path, data: Any) -> None:
    """Add one line of JSON to a file and see it onto the disk."""
    with path.open("ab") as file:
        end = "" if _ends_whole(path) else "\n"  # a crash may have left half a line
        file.write((end + json.dumps(data, ensure_ascii=False) + "\n").encode())
        file.flush()
        os.fsync(file.fileno())


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of such a file."""
    try:
        rows = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for row in rows:
        try:
            yield json.loads(row)
        except ValueError:
            continue
