"""A withdrawal takes effect at once: before whoever is publishing has ended, and where no build succeeds."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys

from site_builder.publishing.home import Home
from tests.publishing_desk import Desk, write_publicity

PAGE = "notices/20261116-gongshi/index.html"
OLD = "art/2026/1116.html"
WORDS = ["withdraw", "20261116-gongshi", "--reason", "名单有误，重新公示", "--date", "2026-11-20T10:00"]


def publish_list(desk: Desk) -> None:
    """Publish a 公示 whose title and text hold a name."""
    writer = desk.person("甲")
    text = write_publicity("钟离秋水等人名单公示", "钟离秋水")
    text = text.replace("title:", f"moved_from: [/{OLD}]\ntitle:", 1)
    writer.write("content/notices/2026/20261116-gongshi.md", text)
    writer.commit("公示")
    writer.send()
    assert {PAGE, OLD} <= set(desk.holding("钟离秋水"))


def start(desk: Desk, limit: int = 0) -> subprocess.Popen[str]:
    """Start a withdrawal; with a limit no file may grow beyond so many bytes, as on a full disk."""

    def fill() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    return subprocess.Popen(
        [sys.executable, "-m", "site_builder", *WORDS, "--home", str(desk.home)],
        env=desk.environ,
        preexec_fn=fill,  # noqa: PLW1509 - no thread is running here
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_the_page_goes_at_once_and_every_trace_even_if_no_build_succeeds(desk):
    publish_list(desk)
    shutil.rmtree(desk.home / "work" / "built")  # so that the build has much to write
    with Home(desk.home).lock("publish", print):  # somebody is publishing, and that may take long
        withdrawal = start(desk, 60_000)
        assert withdrawal.stdout is not None
        assert any("排队等候" in line for line in iter(withdrawal.stdout.readline, ""))
        page = (desk.site / PAGE).read_text(encoding="utf-8")
        assert "名单有误，重新公示" in page
        assert "2026年11月20日" in page
        assert 'content="noindex"' in page
        assert "钟离秋水" not in page
        assert not (desk.site / OLD).exists(), "the old address told the title"
    said = withdrawal.communicate(timeout=120)[0]
    assert withdrawal.returncode == 1, said
    assert "没有能重新生成" in said
    assert desk.holding("钟离秋水", desk.home / "releases") == []
    assert "名单有误，重新公示" in (desk.site / PAGE).read_text(encoding="utf-8")
    assert "（已撤下）" in (desk.site / "notices" / "index.html").read_text(encoding="utf-8")
    listed = desk.command("releases", "--verify", date=False).stdout
    assert "与清单不符" not in listed
    assert "有撤稿，还没有重新生成" in listed
    done = desk.command("publish", "--live")  # the timer, once there is room again
    assert "已发布" in done.stdout
    assert desk.holding("钟离秋水", desk.home / "releases" / desk.live() / "site") == []
    page = (desk.site / PAGE).read_text(encoding="utf-8")
    assert "名单有误，重新公示" in page
    assert "看发布记录" in page
    table = (desk.site.parent / "web-server" / "gone.map").read_text(encoding="utf-8")
    assert f'"/{OLD}" "/{PAGE}";' in table
    assert list((desk.site / "search").iterdir())
