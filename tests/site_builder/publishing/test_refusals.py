"""What cannot be taken or published, and why: the live site stays, the reason is said, and the next try goes on."""

from __future__ import annotations

import pytest

from tests.publishing_desk import Desk, write_news

ID = "11010519491231002X"


def try_commit(desk: Desk, path: str, text: str | None) -> str:
    """Commit a file, or that it goes, on a branch of its own, which no rule holds up, and publish that commit."""
    writer = desk.person("乙")
    if text is None:
        (writer.clone / path).unlink()
    else:
        writer.write(path, text)
    commit = writer.commit("试")
    writer.send("try")
    done = desk.command("publish", commit)
    assert done.returncode == 1
    return done.stdout


def test_history_the_branch_and_tags(desk):
    writer = desk.person("甲")
    head = writer.git("rev-parse", "HEAD").strip()
    none = "0" * 40
    gone = desk.command("receive", "pre-receive", given=f"{head} {none} refs/heads/main\n")
    assert (gone.returncode, "不能删除" in gone.stdout) == (1, True)
    for hook in ("pre-receive", "post-receive"):
        assert desk.command("receive", hook, given=f"{none} {head} refs/tags/v1\n") == (0, "")
    writer.git("commit", "--amend", "--quiet", "--message", "改写")
    assert "不能改写" in writer.send(fails=True)


def test_words_that_name_nothing(desk, tmp_path):
    assert "没有“nosuch”这个提交" in desk.command("publish", "nosuch").stdout
    assert desk.command("publish", "main", "--live").returncode == 2
    assert desk.command("publish", "--date", "明天", date=False).returncode == 2
    assert "理由太短" in desk.command("withdraw", "20261101-weiwen", "--reason", "错").stdout
    desk.home = tmp_path / "nowhere"
    assert "--home" in desk.command("receive", "pre-receive").stdout


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("content/news/2026/20261120-cuo.md", "---\ntitel: 错\n---\n\n错。\n", "内容有 "),
        ("content/assets/biao.csv", f"姓名,证件\n张三,{ID}\n", "生成的网页有 1 处错误"),
        ("content/withdrawals.yml", "withdrawals: 没有\n", "withdrawals.yml 读不出来"),
        ("mkdocs.yml", "site_name: 职工之家\ndocs_dir: content\nplugins: [nosuchplugin]\n", "网站生成失败"),
        ("mkdocs.yml", None, "没有 mkdocs.yml"),
    ],
)
def test_a_commit_that_cannot_be_built_leaves_the_live_site(desk, path, text, reason):
    live = desk.live()
    said = try_commit(desk, path, text)
    assert reason in said
    assert ID not in said
    assert desk.live() == live


@pytest.mark.parametrize(
    ("place", "reason"), [("work/built", "没有写完"), ("work/tree", "取不出提交"), ("current", "新版本没有写完")]
)
def test_a_folder_that_stands_in_the_way_is_told_and_the_push_waits(desk, place, reason):
    writer = desk.person("甲")
    writer.write("content/news/2026/20261120-deng.md", write_news("等着发布"))
    writer.commit("消息")
    before = (desk.home / "current").readlink()
    _block(desk, place)
    assert reason in writer.send()
    assert "等待发布" in desk.command("releases", date=False).stdout
    _clear(desk, place)
    if place == "current":
        (desk.home / "current").symlink_to(before)
    assert "已发布" in desk.command("publish", "--live").stdout
    assert (desk.site / "news" / "20261120-deng" / "index.html").is_file()


def _block(desk: Desk, place: str) -> None:
    path = desk.home / place
    path.parent.mkdir(exist_ok=True)
    if place == "current":
        path.unlink()
        (path / "x").mkdir(parents=True)
    else:
        path.write_text("", encoding="utf-8")


def _clear(desk: Desk, place: str) -> None:
    path = desk.home / place
    if place == "current":
        (path / "x").rmdir()
        path.rmdir()
    else:
        path.unlink()


def test_damage_and_a_withdrawal_without_a_build(desk):
    record = "20261101-weiwen"
    (desk.home / "work").mkdir(exist_ok=True)
    (desk.home / "work" / "built").write_text("", encoding="utf-8")
    said = desk.command("withdraw", record, "--reason", "内容有误，重新核对")
    assert said.returncode == 1
    assert "没有能重新生成" in said.stdout
    assert "内容有误" in (desk.site / "news" / record / "index.html").read_text(encoding="utf-8")
    (desk.site / "news" / record / "index.html").write_text("改", encoding="utf-8")
    listed = desk.command("releases", "--verify", date=False)
    assert (listed.returncode, "与清单不符的文件 1 个" in listed.stdout) == (1, True)
