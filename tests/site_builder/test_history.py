"""What the log of a repository tells of each file, in real repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from site_builder.driver import build
from site_builder.history import Change, read_history, trace_changes
from tests.trees import read_tree

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "tests" / "sites" / "good"
NOBODY = {"NAME": "某甲", "EMAIL": "moujia@yunxi.example"}


class Repository:
    """A repository in a folder, with commits of given moments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content = folder / "content"
        self.content.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, moment: str = "2026-01-01T12:00:00+08:00") -> None:
        people = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in NOBODY.items()}
        moments = {"GIT_COMMITTER_DATE": moment, "GIT_AUTHOR_DATE": "2001-01-01T00:00:00+08:00"}
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(
            ["git", *arguments], cwd=self.folder, env={**os.environ, **people, **moments, **quiet}, check=True
        )

    def write(self, path: str, text: str) -> None:
        file = self.content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, subject: str, moment: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject, moment=moment)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "r")


def told(content: Path, path: str) -> list[tuple[str, str, str]]:
    changes = read_history(content).changes.get(path, ())
    return [(str(one.day), one.kind, one.subject) for one in changes]


def test_changes_newest_first_with_the_day_in_china(repository: Repository) -> None:
    repository.write("policies/2026/办法.md", "一")
    repository.commit("公布办法", "2026-11-16T23:30:00Z")
    repository.write("policies/2026/办法.md", "二")
    repository.commit("改正错字", "2026-11-18T10:00:00+08:00")
    assert told(repository.content, "policies/2026/办法.md") == [
        ("2026-11-18", "修改", "改正错字"),
        ("2026-11-17", "发布", "公布办法"),
    ]


def test_a_record_is_followed_when_it_moves(repository: Repository) -> None:
    text = "".join(f"第{n}行\n" for n in range(20))
    repository.write("policies/2025/a.md", text)
    repository.write("policies/2025/b.md", text.replace("第3行", "另一行"))
    repository.commit("发布", "2026-01-02T12:00:00+08:00")
    repository.git("mv", "content/policies/2025/a.md", "content/policies/a.md")
    repository.commit("换了文件夹", "2026-01-03T12:00:00+08:00")
    repository.write("policies/a.md", text + "末行\n")
    repository.commit("补一行", "2026-01-04T12:00:00+08:00")
    assert [kind for _, kind, _ in told(repository.content, "policies/a.md")] == ["修改", "移动", "发布"]
    assert told(repository.content, "policies/2025/a.md") == []


def test_a_like_record_in_the_place_of_another_does_not_get_its_past(repository: Repository) -> None:
    text = "".join(f"第{n}行\n" for n in range(20))
    repository.write("notices/first.md", text)
    repository.commit("公示甲", "2026-01-02T12:00:00+08:00")
    (repository.content / "notices/first.md").unlink()
    repository.write("notices/second.md", text.replace("第3行", "乙").replace("第4行", "丙").replace("第5行", "丁"))
    repository.commit("公示乙", "2026-01-03T12:00:00+08:00")
    assert told(repository.content, "notices/second.md") == [("2026-01-03", "发布", "公示乙")]


def test_no_name_and_no_mail_is_told(repository: Repository) -> None:
    repository.write("a.md", "一")
    repository.commit(
        "改错 <moujia@yunxi.example>（moujia@yunxi.example）\n\nSigned-off-by: 某甲", "2026-01-02T12:00:00+08:00"
    )
    assert told(repository.content, "a.md") == [("2026-01-02", "发布", "改错")]


def test_what_is_not_committed_is_not_told(repository: Repository) -> None:
    repository.write("a.md", "一")
    repository.commit("发布", "2026-01-02T12:00:00+08:00")
    repository.write("a.md", "二")
    repository.write("b.md", "新")
    repository.git("add", "-A")
    assert [kind for _, kind, _ in told(repository.content, "a.md")] == ["发布"]
    assert told(repository.content, "b.md") == []


def test_changes_of_a_branch_are_told_and_its_merge_is_not(repository: Repository) -> None:
    repository.write("a.md", "一")
    repository.commit("发布", "2026-01-02T12:00:00+08:00")
    repository.git("checkout", "-q", "-b", "work")
    repository.write("a.md", "二")
    repository.commit("修订", "2026-01-03T12:00:00+08:00")
    repository.git("checkout", "-q", "main")
    repository.write("b.md", "乙")
    repository.commit("另一件", "2026-01-04T12:00:00+08:00")
    repository.git("merge", "-q", "--no-ff", "-m", "合并", "work", moment="2026-01-05T12:00:00+08:00")
    assert [subject for _, _, subject in told(repository.content, "a.md")] == ["修订", "发布"]


def test_a_shallow_clone_says_so_and_gives_no_dates(repository: Repository, tmp_path: Path) -> None:
    for text in "一二":
        repository.write("a.md", text)
        repository.commit(text, "2026-01-02T12:00:00+08:00")
    url = repository.folder.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", url, tmp_path / "shallow"], check=True)
    subprocess.run(["git", "clone", "-q", url, tmp_path / "whole"], check=True)
    cut = read_history(tmp_path / "shallow" / "content")
    assert (cut.shallow, cut.changes) == (True, {})
    assert read_history(tmp_path / "whole" / "content") == read_history(repository.content)


def test_without_a_repository_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    known = read_history(tmp_path / "content")
    assert (known.changes, known.shallow) == ({}, False)
    assert read_history(tmp_path / "nowhere").changes == {}


def test_without_a_commit_or_without_git_nothing_is_known(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_history(repository.content).changes == {}
    monkeypatch.setenv("PATH", "")
    assert read_history(repository.content).changes == {}


def test_the_variables_of_a_hook_lead_nowhere_else(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("a.md", "一")
    repository.commit("发布", "2026-01-02T12:00:00+08:00")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert told(repository.content, "a.md") == [("2026-01-02", "发布", "发布")]


def test_two_clones_are_built_to_the_same_bytes(repository: Repository, tmp_path: Path) -> None:
    shutil.copytree(GOOD / "content", repository.content, dirs_exist_ok=True)
    shutil.copy(ROOT / "mkdocs.yml", repository.folder)
    repository.commit("公布内容", "2026-11-16T10:00:00+08:00")
    repository.git("clone", "-q", ".", str(tmp_path / "clone"))
    made = []
    for folder in (repository.folder, tmp_path / "clone"):
        result = build(folder / "mkdocs.yml", folder / "out" / "site", "2026-11-10T09:00")
        assert [problem for problem in result.problems if problem.severity != "hint"] == []
        made.append(read_tree(folder / "out"))
    assert made[0] == made[1]
    assert any("公布内容".encode() in data for data in made[0].values())


def test_a_build_of_a_shallow_clone_tells_its_editor(repository: Repository, tmp_path: Path) -> None:
    shutil.copytree(GOOD / "content", repository.content, dirs_exist_ok=True)
    shutil.copy(ROOT / "mkdocs.yml", repository.folder)
    repository.commit("公布内容", "2026-11-16T10:00:00+08:00")
    repository.write("news/2026/more.md", "---\ntitle: 又一条\nsource: 甲\npublished: 2026-11-17\n---\n有。\n")
    repository.commit("又一条", "2026-11-17T10:00:00+08:00")
    repository.git("clone", "-q", "--depth", "1", repository.folder.as_uri(), str(tmp_path / "shallow"))
    result = build(tmp_path / "shallow" / "mkdocs.yml", tmp_path / "out" / "site", "2026-11-20T09:00")
    assert [(one.rule, one.severity) for one in result.problems if one.rule == "history-cut-off"] == [
        ("history-cut-off", "hint")
    ]
    assert not any("本页更新记录".encode() in data for data in read_tree(tmp_path / "out").values())


def test_a_file_that_came_back_keeps_its_first_day() -> None:
    log = "\x1e1700000300\x1f三\0\nA\0a.md\0\x1e1700000200\x1f二\0\nD\0a.md\0\x1e1700000100\x1f一\0\nA\0a.md\0"
    assert [one.kind for one in trace_changes(log)["a.md"]] == ["发布", "撤下", "发布"]


def test_control_characters_in_a_subject_break_nothing() -> None:
    log = "\x1e1700000300\x1f三\x1e1\x1f\0\nM\0a.md\0\x1e1700000100\x1f\0\nA\0a.md\0"
    assert trace_changes(log)["a.md"][1] == Change(date(2023, 11, 15), "", "发布")
