"""Releases as folders: made whole or not at all, shown in one step, kept, cleared, compared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from site_builder.releases import Damaged, Release, Shelf


def make_built(folder: Path, **files: str) -> Path:
    for part in ("site", "forms-bundle"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "forms-bundle" / "bundle.json").write_text("{}", encoding="utf-8")
    for name, text in files.items():
        (folder / "site" / name).mkdir(exist_ok=True)
        (folder / "site" / name / "index.html").unlink(missing_ok=True)
        (folder / "site" / name / "index.html").write_text(text, encoding="utf-8")
    return folder


def describe(number: int, commit: str = "") -> Release:
    commit = commit or f"{number:040x}"
    return Release(f"2026112{number}T000000Z-{commit[:12]}", commit, "", "2026-11-20T09:00:00+08:00", "推送")


def test_a_release_is_whole_and_shown_in_one_step(tmp_path):
    shelf, built = Shelf(tmp_path / "home"), make_built(tmp_path / "built", a="一", b="二")
    assert (shelf.live(), shelf.releases()) == (None, [])
    one = shelf.add(describe(1), built)
    assert shelf.live() is None
    shelf.switch(one.name)
    assert shelf.live() == one
    assert (tmp_path / "home" / "current" / "site" / "a" / "index.html").read_text(encoding="utf-8") == "一"
    two = shelf.add(describe(2), make_built(built, a="改了"))
    assert (tmp_path / "home" / "current" / "site" / "a" / "index.html").read_text(encoding="utf-8") == "一"
    shelf.switch(two.name)
    assert (tmp_path / "home" / "current" / "site" / "a" / "index.html").read_text(encoding="utf-8") == "改了"
    assert [release.name for release in shelf.releases()] == [two.name, one.name]
    assert shelf.compare(one.name) == shelf.compare(two.name) == []
    shared = (tmp_path / "home" / "releases" / name / "site" / "b" / "index.html" for name in (one.name, two.name))
    assert len({path.stat().st_ino for path in shared}) == 1


def test_a_copy_that_differs_from_its_manifest_is_no_release(tmp_path):
    shelf, built = Shelf(tmp_path / "home"), make_built(tmp_path / "built", a="一")
    with pytest.raises(Damaged) as raised:
        shelf.add(describe(1), built, {"a/index.html": "0" * 64})
    assert raised.value.paths == ["a/index.html"]
    assert list((tmp_path / "home" / "releases").iterdir()) == []
    with pytest.raises(FileNotFoundError):
        shelf.add(describe(1), built, {"missing.html": "0" * 64})
    assert shelf.releases() == []


def test_two_releases_of_one_second_have_two_names(tmp_path):
    shelf, built = Shelf(tmp_path / "home"), make_built(tmp_path / "built", a="一")
    assert [shelf.add(describe(1), built).name[-2:] for _ in range(3)] == ["00", "-2", "-3"]


def test_damage_is_found_by_reading_every_byte(tmp_path):
    shelf, built = Shelf(tmp_path / "home"), make_built(tmp_path / "built", a="一", b="二")
    name = shelf.add(describe(1), built).name
    page = tmp_path / "home" / "releases" / name / "site" / "a" / "index.html"
    page.unlink()
    page.write_text("改", encoding="utf-8")
    (page.parent / "more.html").write_text("多", encoding="utf-8")
    assert shelf.compare(name) == ["a/index.html", "a/more.html"]


def test_what_a_crash_left_is_swept(tmp_path):
    shelf, built = Shelf(tmp_path / "home"), make_built(tmp_path / "built", a="一")
    name = shelf.add(describe(1), built).name
    for left in (".new-abc", ".old-abc"):
        (tmp_path / "home" / "releases" / left / "site").mkdir(parents=True)
    (tmp_path / "home" / ".current-abc").symlink_to("releases/none")
    assert [release.name for release in shelf.releases()] == [name]
    shelf.sweep()
    assert [path.name for path in (tmp_path / "home" / "releases").iterdir()] == [name]
    assert not (tmp_path / "home" / ".current-abc").is_symlink()


def test_the_newest_release_of_each_commit_is_kept_and_the_live_one(tmp_path):
    shelf, built = Shelf(tmp_path / "home"), make_built(tmp_path / "built", a="一")
    for number in range(1, 7):
        shelf.add(describe(number, f"{'c' if number > 4 else number:0>40}"), built)
    first = shelf.releases()[-1].name
    shelf.switch(first)
    shelf.prune(2)
    assert [release.name[:8] for release in shelf.releases()] == ["20261126", "20261125", "20261124", "20261121"]
    assert shelf.live() is not None


def test_a_pruned_release_becomes_the_next_one(tmp_path):
    shelf, folder = Shelf(tmp_path / "home"), tmp_path / "home" / "releases"
    built = make_built(tmp_path / "built", a="一", old="旧")
    for number in range(1, 5):
        shelf.switch(shelf.add(describe(number), make_built(built, a=str(number))).name)
        shelf.prune(2)
    spare = folder / ".spare" / "site"
    assert (spare / "a" / "index.html").read_text(encoding="utf-8") == "2"
    inode = spare.stat().st_ino
    (built / "site" / "old" / "index.html").unlink()
    (built / "site" / "old").rmdir()
    name = shelf.add(describe(5), make_built(built, a="五", new="新")).name
    assert (folder / name / "site").stat().st_ino == inode
    assert shelf.compare(name) == []
    assert sorted(path.name for path in (folder / name / "site").iterdir()) == ["a", "new"]
    assert sorted(shelf.manifest(name)) == ["a/index.html", "new/index.html"]
    assert not (folder / ".spare").exists()
    shelf.prune(2)
    shelf.clear_others(name)
    assert sorted(path.name for path in folder.glob(".*")) == [], "what was withdrawn lies in no folder"


def test_cleared_releases_keep_their_description_alone(tmp_path):
    shelf, built = Shelf(tmp_path / "home"), make_built(tmp_path / "built", a="秘密")
    names = [shelf.add(describe(number), built).name for number in (1, 2)]
    shelf.switch(names[1])
    assert shelf.clear_others(names[1]) == [names[0]]
    assert sorted(path.name for path in (tmp_path / "home" / "releases" / names[0]).iterdir()) == [
        "manifest.json", "release.json",
    ]  # fmt: skip
    assert [release.cleared for release in shelf.releases()] == [False, True]
    assert shelf.clear_others(names[1]) == []


def test_a_file_system_without_hard_links_gets_copies(tmp_path, monkeypatch):
    def refuse(source: str, target: str) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    shelf = Shelf(tmp_path / "home")
    name = shelf.add(describe(1), make_built(tmp_path / "built", a="一")).name
    assert shelf.compare(name) == []


def test_many_new_files_are_flushed_at_once(tmp_path):
    built = make_built(tmp_path / "built", **{f"p{number}": "页" for number in range(210)})
    shelf = Shelf(tmp_path / "home")
    assert len(shelf.manifest(shelf.add(describe(1), built).name)) == 210
