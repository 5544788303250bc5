"""A mirror of the content's repository on another disk or machine: fetched by a timer, tried out by the rehearsal.

Nothing that was ever fetched is given up: a branch that was cut off or written anew on the server keeps its earlier commits
here (each move of a branch is noted, and nothing is collected), since a mirror that follows every mistake is no backup.
"""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

SECONDS = 900
BRANCH = "main"
SETTINGS = {"core.logAllRefUpdates": "always", "gc.auto": "0", "gc.reflogExpire": "never", "gc.pruneExpire": "never"}


class MirrorFault(Exception):
    """The mirror could not be brought up to date, or does not hold; the sentence says what to do."""


def mirror_content(remote: str, folder: Path, key: Path | None = None) -> str:
    """Bring a mirror up to date, made if it is not there, and return the commit of its main branch. Raises MirrorFault."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MirrorFault(f"不能写 {folder}（{error.strerror}）。请检查路径和权限。") from None
    if not (folder / "HEAD").exists():
        _demand(folder, "这个文件夹里建不了镜像仓库", "init", "--quiet", "--bare", f"--initial-branch={BRANCH}")
    for name, value in SETTINGS.items():
        _demand(folder, "镜像仓库设置不了", "config", name, value)
    said = f"连不上内容仓库 {remote}。请检查地址、网络和密钥"
    _demand(folder, said, "fetch", "--quiet", remote, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", key=key)
    return _demand(folder, f"镜像里没有 {BRANCH} 分支。请检查仓库地址", "rev-parse", "--verify", f"refs/heads/{BRANCH}")


def rehearse_mirror(folder: Path, place: Path, now: datetime, most: timedelta) -> str:
    """Check every object of a mirror, clone it into `place` and return the commit that came out. Raises MirrorFault."""
    try:
        fetched = datetime.fromtimestamp((folder / "FETCH_HEAD").stat().st_mtime, UTC)
    except OSError:
        raise MirrorFault(f"{folder} 不是内容仓库的镜像。请先运行 forms-api content-mirror --to {folder}。") from None
    if now - fetched > most:
        hours = int((now - fetched).total_seconds() // 3600)
        raise MirrorFault(f"内容仓库的镜像已经 {hours} 小时没有更新。请检查它的定时任务。")
    said = "内容仓库的镜像有损坏。请把它挪开，重新镜像一份，再查磁盘"
    _demand(folder, said, "fsck", "--full", "--no-dangling", "--no-progress")
    _demand(folder, said, "clone", "--quiet", "--no-hardlinks", f"--branch={BRANCH}", str(folder), str(place))
    if not (place / "content").is_dir():
        raise MirrorFault("内容仓库的镜像里没有 content 文件夹。请检查镜像的是不是网站的仓库。")
    return _demand(place, said, "rev-parse", "HEAD")


def _demand(folder: Path, said: str, *words: str, key: Path | None = None) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environ |= {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0"}
    if key:
        environ["GIT_SSH_COMMAND"] = f"ssh -i '{key}' -o IdentitiesOnly=yes -o BatchMode=yes"
    try:
        done = subprocess.run(  # noqa: S603 - git, with words of our own
            ["git", "-c", "safe.directory=*", *words],  # noqa: S607 - the system's git
            cwd=folder, env=environ, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MirrorFault(
            f"git {words[0]} 没有成功（{type(error).__name__}）。请看是不是装了 git，过一会儿再试。"
        ) from None
    if done.returncode:
        raise MirrorFault(f"{said}（git {words[0]}：{done.stderr.strip()[-300:]}）。")
    return done.stdout.strip()
