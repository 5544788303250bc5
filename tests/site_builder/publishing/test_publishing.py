"""Journeys of a push with real git: published, refused, at once with another, taken back, withdrawn, timed."""

from __future__ import annotations

import json
import os
import subprocess
import threading

import pytest

from tests.publishing_desk import Desk, write_news, write_publicity


def test_a_push_is_published_as_a_release_with_a_manifest(desk):
    writer = desk.person("甲")
    writer.write("content/news/2026/20261118-xin.md", write_news("新的消息"))
    commit = writer.commit("发一条消息")
    said = writer.push()
    assert "已发布：" in said
    assert commit[:12] in desk.live()
    assert "新的消息" in (desk.site / "news" / "20261118-xin" / "index.html").read_text(encoding="utf-8")
    manifest = json.loads((desk.home / "current" / "manifest.json").read_text(encoding="utf-8"))
    files = {path.relative_to(desk.site).as_posix() for path in desk.site.rglob("*") if path.is_file()}
    assert set(manifest) == files
    assert (desk.home / "current" / "forms-bundle" / "bundle.json").is_file()
    assert "与清单不符" not in desk.command("releases", "--verify", date=False).stdout


def test_a_push_with_faults_is_refused_with_the_report_and_changes_nothing(desk):
    before = desk.live()
    writer = desk.person("甲")
    writer.write("content/news/2026/20261118-cuo.md", "---\ntitel: 写错\npublished: 昨天\n---\n正文\n")
    writer.commit("写错了")
    said = writer.push(fails=True)
    assert "content/news/2026/20261118-cuo.md:2: " in said
    assert "content/news/2026/20261118-cuo.md:3: " in said
    assert "title" in said
    assert "没有接收，网站保持原样" in said
    assert desk.live() == before
    assert desk.run("git", "-C", str(desk.repository), "rev-parse", "main").strip()[:12] in before
    writer.write("content/news/2026/20261118-cuo.md", write_news("改好了"))
    writer.commit("改好")
    assert "已发布" in writer.push()


def test_other_branches_are_told_of_faults_and_accepted(desk):
    writer, before = desk.person("甲"), desk.live()
    writer.write("content/news/2026/20261118-cuo.md", "---\ntitel: 写错\n---\n正文\n")
    writer.commit("还没写完")
    assert "content/news/2026/20261118-cuo.md:2: " in writer.push("gaogao")
    assert desk.live() == before


@pytest.mark.long
def test_history_is_not_rewritten_and_the_branch_not_deleted(desk):
    writer = desk.person("甲")
    writer.git("commit", "--amend", "--quiet", "--message", "改写")
    assert "不能改写" in writer.git("push", "--force", "origin", "HEAD:refs/heads/main", fails=True)
    assert "不能删除" in writer.git("push", "origin", ":refs/heads/main", fails=True)


@pytest.mark.long
def test_of_two_pushes_at_once_none_is_lost(desk):
    people = [desk.person("甲"), desk.person("乙")]
    for number, person in enumerate(people):
        person.write(f"content/news/2026/2026111{number}-bingfa.md", write_news(f"同时的消息{number}"))
        person.commit(f"消息{number}")
    said: dict[int, str] = {}

    def push(number: int) -> None:
        for _ in range(5):  # who comes second has to take in the first
            person = people[number]
            done = subprocess.run(
                ["git", "push", "origin", "HEAD:refs/heads/main"], cwd=person.clone, env=desk.environ, text=True,
                check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            said[number] = done.stdout
            if done.returncode == 0:
                return
            person.git("pull", "--quiet", "--rebase", "origin", "main")

    threads = [threading.Thread(target=push, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(2):
        assert (desk.site / "news" / f"2026111{number}-bingfa" / "index.html").is_file(), said
    log = (desk.site / "publications" / "index.html").read_text(encoding="utf-8")
    assert "同时的消息0" in log
    assert "同时的消息1" in log


def test_a_queued_push_publishes_the_newest_head_or_finds_it_published(desk):
    """Two branches of work, one after the other, while the lock is held: the second run has nothing left to do."""
    writer = desk.person("甲")
    from site_builder.publishing.home import Home

    pushes: list[subprocess.Popen[str]] = []
    with Home(desk.home).lock("publish", print):
        for number in range(2):
            writer.write(f"content/news/2026/2026111{number}-pai.md", write_news(f"排队的消息{number}"))
            writer.commit(f"消息{number}")
            push = subprocess.Popen(
                ["git", "push", "origin", "HEAD:refs/heads/main"], cwd=writer.clone, env=desk.environ, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            assert push.stdout is not None
            assert any("排队等候" in line for line in iter(push.stdout.readline, ""))
            pushes.append(push)
    said = [push.communicate(timeout=120)[0] for push in pushes]
    assert [push.returncode for push in pushes] == [0, 0]
    assert sum("已发布：" in text for text in said) == 1
    assert sum("已经和前面的推送一起发布" in text for text in said) == 1
    for number in range(2):
        assert (desk.site / "news" / f"2026111{number}-pai" / "index.html").is_file()
        assert f"排队的消息{number}" in (desk.site / "publications" / "index.html").read_text(encoding="utf-8")


def test_rollback_brings_back_a_commit_but_not_what_has_ended_or_was_withdrawn(desk):
    writer = desk.person("甲")
    writer.write("content/notices/2026/20261116-gongshi.md", write_publicity("拟帮扶名单公示", "郗若冰"))
    writer.write("content/news/2026/20261102-che.md", write_news("要撤下的消息"))
    good = writer.commit("公示")
    writer.send()
    assert desk.holding("郗若冰")
    first = desk.live()
    done = desk.command("withdraw", "20261102-che", "--reason", "数字有误，重新核对")
    assert done.returncode == 0, done.stdout
    writer.write("content/news/2026/20261118-huai.md", write_news("坏消息"))
    writer.commit("坏消息")
    writer.send()
    assert desk.holding("坏消息")
    desk.set_clock("2026-11-24T09:00")  # the period has ended
    done = desk.command("rollback", first)
    assert done.returncode == 0, done.stdout
    assert good[:12] in desk.live()
    assert desk.holding("坏消息") == []
    assert desk.holding("郗若冰") == []
    assert "拟帮扶名单公示" in (desk.site / "notices" / "20261116-gongshi" / "index.html").read_text(encoding="utf-8")
    assert "这一页已经撤下" in (desk.site / "news" / "20261102-che" / "index.html").read_text(encoding="utf-8")
    held = desk.live()
    assert "不用更新" in desk.command("publish", "--live").stdout
    desk.set_clock("2026-11-25T00:01")
    assert desk.command("publish", "--live").returncode == 0
    assert good[:12] in desk.live(), "the timer builds what is live, not the head of the branch"
    assert desk.live() != held
    writer.write("content/news/2026/20261118-huai.md", write_news("改正的消息"))
    writer.commit("改正")
    writer.send()
    assert desk.holding("改正的消息")


def test_withdrawal_takes_a_page_out_of_the_site_and_of_every_release(desk):
    writer = desk.person("甲")
    writer.write("content/notices/2026/20261116-gongshi.md", write_publicity("钟离秋水等人名单公示", "钟离秋水"))
    writer.commit("公示")
    writer.send()
    for number in range(1):
        writer.write(f"content/news/2026/2026110{number + 2}-a.md", write_news(f"消息{number}"))
        writer.commit("消息")
        writer.send()
    assert len({path.split("/")[0] for path in desk.holding("钟离秋水", desk.home / "releases")}) == 2
    done = desk.command("withdraw", "notices/20261116-gongshi", "--reason", "名单有误，重新公示")
    assert done.returncode == 0, done.stdout
    assert desk.holding("钟离秋水", desk.home / "releases") == []
    page = (desk.site / "notices" / "20261116-gongshi" / "index.html").read_text(encoding="utf-8")
    assert "名单有误，重新公示" in page
    assert "2026年11月20日" in page
    assert '<meta name="robots" content="noindex">' in page
    assert "20261116-gongshi" not in (desk.site / "sitemap.xml").read_text(encoding="utf-8")
    assert [path for path in desk.holding("20261116-gongshi") if not path.endswith(".html")] == []
    writer.write("content/news/2026/20261105-a.md", write_news("又一条"))
    writer.commit("又一条")
    writer.send()
    assert desk.holding("钟离秋水", desk.home / "releases") == []
    listed = desk.command("releases", date=False).stdout
    assert "页面已删（有撤稿）" in listed


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["meiyou", "--reason", "内容有误"], "没有编号为“meiyou”的内容"),
        (["20261101-weiwen", "--reason", "短"], "理由太短"),
        (["20261101-weiwen", "--reason", "电话 13800001234 写错了"], "不能有身份证号码"),
        (["20261101-weiwen"], "缺少理由"),
    ],
)
def test_a_withdrawal_that_cannot_be_is_explained(desk, words, sentence):
    done = desk.command("withdraw", *words)
    assert done.returncode != 0
    assert sentence in done.stdout
    assert not (desk.home / "withdrawals.jsonl").exists()


def test_a_scheduled_publicity_goes_up_and_comes_down_by_the_clock(desk):
    writer = desk.person("甲")
    desk.set_clock("2026-11-15T09:00")
    text = write_publicity("定时公示", "宇文青禾").replace("kind: 公示", "publish_at: 2026-11-16 08:30\nkind: 公示")
    writer.write("content/notices/2026/20261116-dingshi.md", text)
    writer.commit("定时公示")
    writer.send()
    assert desk.holding("宇文青禾", desk.home / "current") == []
    assert desk.holding("20261116-dingshi", desk.home / "current") == []
    assert desk.holding("定时公示", desk.home / "current") == []
    desk.set_clock("2026-11-16T08:25")
    desk.command("publish", "--live")
    assert desk.holding("宇文青禾") == []
    desk.set_clock("2026-11-16T08:30")
    done = desk.command("publish", "--live")
    assert "已发布" in done.stdout
    assert "notices/20261116-dingshi/index.html" in desk.holding("宇文青禾")
    desk.set_clock("2026-11-20T23:59")
    desk.command("publish", "--live")
    assert desk.holding("宇文青禾")
    desk.set_clock("2026-11-21T00:01")
    desk.command("publish", "--live")
    assert desk.holding("宇文青禾") == []
    assert "名单已经撤下" in (desk.site / "notices" / "20261116-dingshi" / "index.html").read_text(encoding="utf-8")


@pytest.mark.long
def test_releases_are_kept_by_commit_and_pruned(desk):
    writer = desk.person("甲")
    for number in range(5):
        writer.write("content/news/2026/20261101-weiwen.md", write_news(f"第{number}稿"))
        writer.commit("改稿")
        writer.send()
    for day in (21, 22, 23):
        desk.set_clock(f"2026-11-{day}T00:01")
        desk.command("publish", "--live")
    names = sorted(path.name for path in (desk.home / "releases").glob("[!.]*"))
    commits = {name.split("-")[1] for name in names}
    assert len(commits) == 3
    assert len(names) <= 5
    assert desk.live() in names


def test_a_home_that_is_none_is_explained(tmp_path):
    desk = Desk(tmp_path)
    assert "还没有发布过" in desk.command("publish", "--live").stdout
    assert "没有“main”" in desk.command("publish").stdout
    (desk.home / "publish.yml").write_text("repository: nowhere\n", encoding="utf-8")
    assert "不是 git 裸仓库" in desk.command("publish").stdout
    (desk.home / "publish.yml").write_text("repo: site.git\n", encoding="utf-8")
    assert "publish.yml:1: " in desk.command("publish").stdout
    os.remove(desk.home / "publish.yml")
    assert "--home" in desk.command("publish").stdout
