"""The `check` command end to end: formats, paths, profiles, exit status, what it remembers, exceptions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from site_builder.__main__ import main
from site_builder.gate_command import Request, run_check
from site_builder.reports import write_report
from site_builder.values import Problem

SITE = "name: 职工之家\norganisation: 云溪县总工会\ndomain: yunxi.example\n"
HEAD = "---\ntitle: 云溪县总工会关于做好冬季送温暖工作的通知\nissuer: 云溪县总工会\nissued: 2026-11-05\npublished: 2026-11-06\nvalidity: effective\n{more}---\n\n"
WARNING = "content/policies/2026/20261105-a.md:11: official-wording: （警告）“帐目”有误。请改为“账目”。"
SAID = "检查完毕：1 处错误、1 处警告、1 处提示（只查了内容文件，没有查生成的网站）。\n"


def write(place: Path, text: str) -> None:
    """Write a file and the folders above it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


def write_policy(tree: Path, name: str, body: str, more: str = "") -> None:
    """Write one policy of 2026."""
    write(tree / "content" / "policies" / "2026" / f"{name}.md", HEAD.format(more=more) + body)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, the working one, whose content has an error, a warning and a hint in two files."""
    write(tmp_path / "content" / "site.yml", SITE)
    for year in (2026, 2027):
        write(tmp_path / "content" / "holidays" / f"{year}.yml", f"holidays: [{year}-01-01]\nworkdays: []\n")
    write_policy(tmp_path, "20261105-a", "各单位：\n\n核对帐目。\n")
    write_policy(tmp_path, "20261105-b", "依据《工会法》、《劳动法》。\n", "titel: 通知\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    """Run the command on content alone, on the day of the sample."""
    return CliRunner().invoke(main, ["check", "--source", "--date", "2026-11-20T09:00", *words])


def tell(result: Result) -> list[str]:
    """Return which rules a report in JSON names."""
    return [one["rule"] for one in json.loads(result.stdout)["problems"]]


def test_text_is_a_line_for_each_fault_and_a_sum(tree: Path) -> None:
    result = run()
    assert result.stdout.splitlines()[0] == WARNING
    assert [line.split(": ")[1] for line in result.stdout.splitlines()] == ["official-wording", "unknown-key", "dunhao"]
    assert result.stderr == SAID
    assert result.exit_code == 1


def test_json_has_exactly_its_shape(tree: Path) -> None:
    result = run("--format", "json")
    report = json.loads(result.stdout)
    assert list(report) == ["version", "problems"]
    assert report["version"] == 1
    assert report["problems"][0] == {
        "path": "content/policies/2026/20261105-a.md",
        "line": 11,
        "rule": "official-wording",
        "severity": "warning",
        "message": "“帐目”有误。",
        "fix": "请改为“账目”。",
    }
    assert {tuple(one) for one in report["problems"]} == {("path", "line", "rule", "severity", "message", "fix")}
    assert [one["severity"] for one in report["problems"]] == ["warning", "error", "hint"]
    assert result.stderr == ""


def test_json_without_faults_is_whole_too(tree: Path) -> None:
    assert json.loads(run("--format", "json", "content/site.yml").stdout) == {"version": 1, "problems": []}


def check_sarif(log: dict[str, Any]) -> None:
    """Assert what SARIF 2.1.0 requires of the objects that we write (chapters 3.13 to 3.49)."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].startswith("https://")
    (part,) = log["runs"]
    driver = part["tool"]["driver"]
    assert driver["name"]
    names = [rule["id"] for rule in driver["rules"]]
    assert len(names) == len(set(names))
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    for result in part["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note")
        assert names[result["ruleIndex"]] == result["ruleId"]
        for location in result["locations"]:
            place = location["physicalLocation"]
            assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", place["artifactLocation"]["uri"])
            assert place["region"]["startLine"] >= 1


def test_sarif_is_what_the_standard_asks_for(tree: Path) -> None:
    log = json.loads(run("--format", "sarif").stdout)
    check_sarif(log)
    results = log["runs"][0]["results"]
    assert [one["level"] for one in results] == ["warning", "error", "note"]
    assert results[0]["message"]["text"] == "“帐目”有误。请改为“账目”。"
    check_sarif(json.loads(run("--format", "sarif", "content/site.yml").stdout))


def test_sarif_writes_any_path_as_an_address() -> None:
    log = json.loads(write_report([Problem("content/附 件#1.md", 2, "encoding", "坏了。")], "sarif"))
    check_sarif(log)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "content/%E9%99%84%20%E4%BB%B6%231.md"


def test_github_annotations_name_place_and_level(tree: Path) -> None:
    lines = run("--format", "github").stdout.splitlines()
    place = "file=content/policies/2026/20261105-a.md,line=11,title=official-wording"
    assert lines[0] == f"::warning {place}::“帐目”有误。请改为“账目”。"
    assert [line.split(" ")[0] for line in lines] == ["::warning", "::error", "::notice"]


def test_github_annotations_escape_what_ends_them() -> None:
    line = write_report([Problem("content/a,b:c.md", 1, "encoding", "100%\n坏了。")], "github")
    assert line == "::error file=content/a%2Cb%3Ac.md,line=1,title=encoding::100%25%0A坏了。"


@pytest.mark.parametrize(
    ("path", "rules"),
    [
        ("content/policies/2026/20261105-a.md", ["official-wording"]),
        ("./content/policies/2026/20261105-b.md", ["unknown-key", "dunhao"]),
        ("content/policies/", ["official-wording", "unknown-key", "dunhao"]),
        ("content", ["official-wording", "unknown-key", "dunhao"]),
        ("content/policies/2026/20261105", []),
        ("content/news", []),
    ],
)
def test_paths_limit_what_is_reported(tree: Path, path: str, rules: list[str]) -> None:
    result = run("--format", "json", path)
    assert tell(result) == rules
    assert result.exit_code == ("unknown-key" in rules)


def test_a_path_may_be_absolute(tree: Path) -> None:
    path = tree / "content" / "policies" / "2026" / "20261105-a.md"
    assert tell(run("--format", "json", str(path))) == ["official-wording"]


def test_a_government_site_fails_for_what_costs_points(tree: Path) -> None:
    (tree / "content" / "policies" / "2026" / "20261105-b.md").unlink()
    write(
        tree / "content" / "news" / "2026" / "20261105-c.md",
        "---\ntitle: 送温暖\nsource: 云溪县总工会\n---\n\n走访。\n",
    )
    path = "content/news"
    plain, strict = run("--format", "json", path), run("--format", "json", "--profile", "政府子站", path)
    assert [(one["rule"], one["severity"]) for one in json.loads(plain.stdout)["problems"]] == [
        ("published-fields", "warning")
    ]
    assert [(one["rule"], one["severity"]) for one in json.loads(strict.stdout)["problems"]] == [
        ("published-fields", "error")
    ]
    assert (plain.exit_code, strict.exit_code) == (0, 1)


def test_warnings_alone_do_not_fail(tree: Path) -> None:
    (tree / "content" / "policies" / "2026" / "20261105-b.md").unlink()
    result = run()
    assert result.exit_code == 0
    assert result.stdout == f"{WARNING}\n"


@pytest.mark.parametrize("words", [["--format", "xml"], ["--date", "gestern"], ["--content", "nowhere"], ["--speed"]])
def test_what_cannot_be_understood_is_status_two(tree: Path, words: list[str]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


# --- what it remembers ---------------------------------------------------------------------------


def test_a_second_run_says_the_same_and_writes_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "site_builder.reading.shelf.MARGIN", 0
    )  # these files are too fresh for their times to be trusted
    first = run()
    memory = tree / "build" / "check.memory"
    written = memory.stat().st_ino, memory.stat().st_mtime_ns
    assert run().stdout == first.stdout
    assert (memory.stat().st_ino, memory.stat().st_mtime_ns) == written
    write_policy(tree, "20261105-a", "各单位：\n\n核对账目。\n")
    run()
    assert memory.stat().st_mtime_ns > written[1]
    assert [path.name for path in memory.parent.iterdir()] == ["check.memory"]


def test_a_changed_a_new_and_a_removed_file_are_seen(tree: Path) -> None:
    run()
    write_policy(tree, "20261105-a", "各单位：\n\n核对账目。\n")
    write_policy(tree, "20261105-c", "截止目前。\n")
    (tree / "content" / "policies" / "2026" / "20261105-b.md").unlink()
    result = json.loads(run("--format", "json").stdout)["problems"]
    assert [(Path(one["path"]).name, one["rule"]) for one in result] == [("20261105-c.md", "official-wording")]


def test_a_change_of_the_day_is_seen(tree: Path) -> None:
    write_policy(tree, "20261105-a", "各单位：\n\n请执行。\n", "review_due: 2027-03-01\n")
    path = "content/policies/2026/20261105-a.md"
    assert tell(run("--format", "json", path)) == []
    assert tell(run("--format", "json", "--date", "2027-03-02T09:00", path)) == ["review-due"]


def test_a_file_that_becomes_a_record_is_judged_as_one(tree: Path) -> None:
    """While two files claim an id only one is a record; when it goes, the rules about records look at the other."""
    body = "![](a.png)\n"
    write(tree / "content" / "policies" / "2026" / "a.png", "")
    for year in ("2025", "2026"):
        write(tree / "content" / "policies" / year / "20261105-a.md", HEAD.format(more="") + body)
    run()
    for year, other in (("2025", "2026"), ("2026", "2025")):
        gone = tree / "content" / "policies" / year / "20261105-a.md"
        text = gone.read_text(encoding="utf-8")
        gone.unlink()
        path = f"content/policies/{other}"
        assert tell(run("--format", "json", path)) == tell(run("--format", "json", "--no-memory", path))
        gone.write_text(text, encoding="utf-8")
        run()


@pytest.mark.parametrize("damage", ["empty", "cut", "turned", "other program", "folder"])
def test_a_memory_that_is_not_ours_or_not_whole_is_not_used(tree: Path, damage: str) -> None:
    first = run()
    memory = tree / "build" / "check.memory"
    data = memory.read_bytes()
    changed = {
        "empty": b"",
        "cut": data[: len(data) // 2],
        "turned": data[:200] + bytes([data[200] ^ 255]) + data[201:],
        "other program": bytes(32) + data[32:],
    }
    memory.unlink()
    if damage == "folder":
        memory.mkdir()
    else:
        memory.write_bytes(changed[damage])
    again = run()
    assert (again.stdout, again.exit_code) == (first.stdout, first.exit_code)
    if damage != "folder":
        assert len(memory.read_bytes()) > len(data) // 2


def test_what_changed_is_added_to_the_memory(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("site_builder.reading.shelf.MARGIN", 0)
    monkeypatch.setattr("site_builder.gate_memory._TAIL", 1)
    for number in range(20):
        write_policy(tree, f"20261104-{number}", "各单位：\n\n请执行。\n")
    run()
    memory = tree / "build" / "check.memory"
    whole = memory.read_bytes()
    write_policy(tree, "20261105-a", "各单位：\n\n核对帐目。\n")
    (tree / "content" / "policies" / "2026" / "20261105-b.md").unlink()
    told = run("--format", "json").stdout
    longer = memory.read_bytes()
    assert longer.startswith(whole)
    assert 0 < len(longer) - len(whole) < len(whole) // 2
    assert run("--format", "json").stdout == told
    assert memory.read_bytes() == longer, "and it is read back, or it would be found changed again"
    memory.write_bytes(longer[:-1])
    broken = memory.stat().st_ino
    assert run("--format", "json").stdout == told, "what was added is not whole: the file is looked at again"
    assert memory.stat().st_ino != broken, "and all is written anew"


def test_a_memory_that_grew_too_long_is_written_anew(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("site_builder.gate_memory._TAIL", 1_000_000)
    run()
    memory = tree / "build" / "check.memory"
    written = memory.stat().st_ino
    write_policy(tree, "20261105-a", "各单位：\n\n核对帐目。\n")
    run()
    assert memory.stat().st_ino != written


def test_checking_content_waits_for_no_builder_and_no_reader_of_files() -> None:
    program = (
        "import sys, site_builder.gate_command\n"
        "print(sorted({'mkdocs', 'pypdf', 'PIL', 'numpy', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_no_memory_leaves_nothing_behind(tree: Path) -> None:
    assert run("--no-memory").exit_code == 1
    assert not (tree / "build").exists()


# --- exceptions ----------------------------------------------------------------------------------

ALLOW = "exemptions:\n  - rule: {rule}\n    path: {path}\n    reason: 引用原文如此\n    expires: {end}\n    by: 周山\n"


def test_a_mark_in_the_file_excepts_its_line_and_the_next(tree: Path) -> None:
    mark = "<!-- 允许: official-wording 引用原文如此 2027-06-30 -->"
    write_policy(tree, "20261105-a", f"{mark}\n\n核对帐目。\n\n再核对帐目。\n")
    path = "content/policies/2026/20261105-a.md"
    problems = json.loads(run("--format", "json", path).stdout)["problems"]
    assert [(one["rule"], one["line"]) for one in problems] == [("official-wording", 13)]
    late = json.loads(run("--format", "json", "--date", "2027-07-01T09:00", path).stdout)["problems"]
    assert [(one["rule"], one["line"]) for one in late] == [
        ("allow-expired", 9),
        ("official-wording", 11),
        ("official-wording", 13),
    ]


def test_the_list_excepts_by_path_until_its_end(tree: Path) -> None:
    write(
        tree / "content" / "allow.yml",
        ALLOW.format(rule="official-wording", path="policies/2026/*.md", end="2027-06-30"),
    )
    assert tell(run("--format", "json")) == ["unknown-key", "dunhao"]
    late = tell(run("--format", "json", "--date", "2027-07-01T09:00"))
    assert {"allow-expired", "official-wording"} <= set(late)


def test_what_reading_finds_cannot_be_excepted(tree: Path) -> None:
    write(tree / "content" / "allow.yml", ALLOW.format(rule="unknown-key", path="policies/2026/*.md", end="2027-06-30"))
    result = run("--format", "json")
    assert {"allow-form", "unknown-key"} <= set(tell(result))
    assert result.exit_code == 1


# --- with the site built ------------------------------------------------------------------------


def test_the_site_is_built_and_looked_at_when_content_has_no_error(tree: Path) -> None:
    config = tree / "mkdocs.yml"
    config.write_text(
        "site_name: 职工之家\ndocs_dir: content\ntheme:\n  name: material\n  font: false\nplugins:\n  - workers-home\n",
        encoding="utf-8",
    )
    request = Request(tree / "content", config, date="2026-11-20T09:00", jobs=1)
    assert not run_check(request).saw_site
    (tree / "content" / "policies" / "2026" / "20261105-b.md").unlink()
    report = run_check(request)
    assert report.saw_site
    assert not [str(one) for one in report.problems if one.severity == "error"]
    assert not (tree / "site").exists()


def test_a_site_that_stands_already_is_looked_at(tree: Path) -> None:
    write(tree / "public" / "index.html", "<p>空</p>")
    result = run("--site-dir", "public", "--format", "json")
    assert {"page-title", "page-csp", "official-wording"} <= set(tell(result))
