"""Whatever is killed, and whenever: a reader sees whole releases, and a push that was taken is published in the end."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.publishing_desk import Desk, write_news

REFRESH = "2026-11-{day:02}T00:01"


class Reader:
    """Someone who keeps reading the live site: each time one release, every file of it, against its manifest."""

    def __init__(self, home: Path) -> None:
        self.home, self.faults, self.seen = home, [], set[str]()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self) -> None:
        last = False
        while not last:
            last = self.over.is_set()  # so that one pass begins after everything has ended
            release = (self.home / "current").resolve()
            self.seen.add(release.name)
            for path, digest in json.loads((release / "manifest.json").read_text(encoding="utf-8")).items():
                try:
                    data = (release / "site" / path).read_bytes()
                except OSError as error:
                    self.faults.append(f"{release.name}: {error}")
                    continue
                if hashlib.sha256(data).hexdigest() != digest:
                    self.faults.append(f"{release.name}: {path}")

    def stop(self) -> None:
        self.over.set()
        self.thread.join()


def start_refresh(desk: Desk) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "site_builder", "publish", "--live", "--home", str(desk.home)]
    command += ["--date", desk.clock.read_text(encoding="utf-8")]
    return subprocess.Popen(
        command, env=desk.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


@pytest.mark.long
def test_a_reader_sees_whole_releases_whenever_a_publisher_is_killed(desk):
    chance, reader, days = random.Random(5), Reader(desk.home), iter(range(1, 31))
    try:
        desk.set_clock(REFRESH.format(day=next(days)))
        start = time.monotonic()
        assert start_refresh(desk).wait(120) == 0
        whole = time.monotonic() - start
        for _ in range(16):
            desk.set_clock(REFRESH.format(day=next(days)))
            publisher = start_refresh(desk)
            with_luck = chance.uniform(0.05, 1.3) * whole  # from before the build to after the switch
            try:
                publisher.wait(with_luck)
            except subprocess.TimeoutExpired:
                os.killpg(publisher.pid, signal.SIGKILL)
                publisher.wait()
        desk.set_clock(REFRESH.format(day=next(days)))
        assert start_refresh(desk).wait(120) == 0
    finally:
        reader.stop()
    assert reader.faults == []
    assert len(reader.seen) > 2
    left = [path.name for path in (desk.home / "releases").iterdir() if path.name.startswith((".new-", ".old-"))]
    assert left == []
    assert "与清单不符" not in desk.command("releases", "--verify", date=False).stdout


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("site_builder.publishing.publisher.build_site", marks=pytest.mark.long),
        pytest.param("site_builder.releases._link_files", marks=pytest.mark.long),
        pytest.param("site_builder.releases.Shelf._verify", marks=pytest.mark.long),
        pytest.param("site_builder.releases.Shelf.switch", marks=pytest.mark.long),
        pytest.param("site_builder.releases.Shelf.prune", marks=pytest.mark.long),
        "os.replace",
    ],
)
def test_a_push_that_was_taken_is_published_after_a_crash_at_any_step(desk, step):
    """The publisher of the push dies on entering one step; the timer finishes its work."""
    writer, before = desk.person("甲"), desk.live()
    writer.write("content/news/2026/20261118-xin.md", write_news("断电时的消息"))
    commit = writer.commit("消息")
    (desk.folder / "sitecustomize.py").write_text(_DIE.format(step=step), encoding="utf-8")
    environ = {**desk.environ, "PYTHONPATH": f"{desk.folder}:{desk.environ['PYTHONPATH']}", "DIE_IN": "post-receive"}
    subprocess.run(
        ["git", "push", "origin", "HEAD:refs/heads/main"],
        cwd=writer.clone,
        env=environ,
        check=False,
        capture_output=True,
    )
    assert desk.repository.joinpath("refs/heads/main").read_text(encoding="utf-8").strip() == commit
    live = desk.live()
    assert live == before or live.endswith(commit[:12])
    done = desk.command("releases", "--verify", date=False)
    assert (done.returncode, "与清单不符" in done.stdout) == (0, False)
    assert f"等待发布：{commit[:12]}" in done.stdout
    done = desk.command("publish", "--live")
    assert done.returncode == 0, done.stdout
    assert commit[:12] in desk.live()
    assert desk.holding("断电时的消息")
    assert "断电时的消息" in (desk.site / "publications" / "index.html").read_text(encoding="utf-8")
    assert "等待发布" not in desk.command("releases", date=False).stdout
    assert [path.name for path in (desk.home / "releases").iterdir() if path.name.startswith((".new-", ".old-"))] == []


_DIE = """
import importlib, os, signal, sys
if os.environ.get("DIE_IN", "-") in sys.orig_argv:
    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)
    module, _, name = "{step}".rpartition(".")
    if module == "os":  # the switch itself: the new symlink is made, the rename never happens
        real = os.replace
        os.replace = lambda source, target, **more: die() if str(target).endswith("current") else real(source, target, **more)
    else:
        holder, _, inner = module.rpartition(".")
        try:
            owner = importlib.import_module(module)
        except ModuleNotFoundError:
            owner = getattr(importlib.import_module(holder), inner)
        setattr(owner, name, die)
"""


@pytest.mark.parametrize("limit", [pytest.param(2_000, marks=pytest.mark.long), 60_000])
def test_a_full_disk_leaves_the_live_site_and_the_push_is_published_later(desk, limit):
    """No file may grow beyond `limit` bytes, which fails a write as a full disk does."""
    writer, before = desk.person("甲"), desk.live()
    writer.write("content/news/2026/20261118-xin.md", write_news("磁盘满时的消息"))
    commit = writer.commit("消息")

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    done = subprocess.run(
        [sys.executable, "-m", "site_builder", "publish", "--home", str(desk.home), "--date", "2026-11-21"],
        env=desk.environ, check=False, preexec_fn=fill, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "没有写完" in done.stderr or "取不出提交" in done.stderr
    assert desk.live() == before
    assert "与清单不符" not in desk.command("releases", "--verify", date=False).stdout
    writer.push()
    assert commit[:12] in desk.live()
    assert desk.holding("磁盘满时的消息")
