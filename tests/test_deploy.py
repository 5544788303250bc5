"""What deploy/ and the editor settings hold is well formed and calls commands that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from forms_api.__main__ import main as forms_main
from forms_api.intake.beside import SERVICE
from forms_api.notice_texts import Condition
from forms_api.watching import list_figures
from site_builder.__main__ import main
from site_builder.importers.blanks import list_types
from site_builder.reading.schemas import make_schemas
from tests.publishing_desk import SITE_YML, Desk, write_news

ROOT = Path(__file__).parents[1]
HOOKS = sorted((ROOT / "deploy" / "hooks").iterdir())
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SCRIPTS = sorted((ROOT / "deploy").rglob("*.sh"))
CI = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "deploy" / "ci").glob("*.yml")}


def steps(kind: str) -> list[str]:
    """Return every command line that a CI template runs."""
    if kind == "gitlab":
        jobs = [job for job in CI[kind].values() if isinstance(job, dict) and "script" in job]
        return [line for job in jobs for line in job["script"]] + CI[kind]["default"]["before_script"]
    return [step["run"] for job in CI[kind]["jobs"].values() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.name)
def test_hooks_are_plain_sh_and_executable(hook):
    assert hook.stat().st_mode & 0o111
    assert hook.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", str(hook)], check=False).returncode == 0


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_ci_checks_then_builds_a_preview_from_the_whole_history(kind):
    lines = "\n".join(steps(kind))
    assert "--require-hashes -r requirements/run.lock" in lines
    assert re.search(r"site-builder check", lines)
    assert re.search(r"site-builder build --drafts --site-dir preview/site", lines)
    text = (ROOT / "deploy" / "ci" / f"{kind}.yml").read_text(encoding="utf-8")
    assert 'GIT_DEPTH: "0"' in text if kind == "gitlab" else "fetch-depth: 0" in text
    if kind != "gitlab":
        assert set(CI[kind]) == {
            "name",
            True,
            "jobs",
            *(["permissions"] if kind == "github" else []),
        }  # YAML 1.1 reads on as true
        assert all(("uses" in step) != ("run" in step) for job in CI[kind]["jobs"].values() for step in job["steps"])
        assert all({"runs-on", "steps"} <= set(job) for job in CI[kind]["jobs"].values())
    else:
        assert CI[kind]["stages"] == ["check", "preview"]
        assert all(CI[kind][job]["stage"] == job for job in CI[kind]["stages"])


def test_the_pre_commit_configuration_calls_the_check():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    assert [hook["entry"] for hook in hooks] == ["site-builder check --source"]


def test_every_schema_is_wired_to_its_files():
    wired = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    by_folder = {Path(path).stem: pattern for path, pattern in wired.items()}
    by_itself = {
        "policy",
        "interpretation",
        "notice",
        "news",
        "guide",
        "case",
        "campaign",
        "finance",
        "page",
        "consultation",
    }
    assert set(by_folder) == set(make_schemas()) - by_itself, "front matter is checked by the task 检查内容"
    assert all((ROOT / path).is_file() for path in wired)


def test_the_tasks_mark_faults_and_know_every_type():
    tasks = json.loads((ROOT / ".vscode" / "tasks.json").read_text(encoding="utf-8"))
    assert tasks["inputs"][0]["options"] == list_types()
    pattern = re.compile(tasks["tasks"][0]["problemMatcher"]["pattern"]["regexp"])
    found = pattern.match("content/news/2026/a.md:3: bad-value: 日期写错了。请改正。")
    assert found is not None
    assert found.groups() == ("content/news/2026/a.md", "3", "bad-value", "日期写错了。请改正。")
    for task in tasks["tasks"]:
        assert task["command"].split()[1] in main.commands


needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_plain_sh_and_executable(script):
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", str(script)], check=False).returncode == 0


@needs_systemd
@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda path: path.name)
def test_a_service_may_do_little_beyond_its_task(unit):
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=25", str(unit)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@needs_systemd
def test_units_are_well_formed():
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, UNITS)], check=False, capture_output=True, text=True
    )
    said = [line for line in done.stderr.splitlines() if "deploy/systemd" in line or "/systemd/forms-" in line]
    assert [line for line in said if "is not executable" not in line] == []


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda path: path.name)
def test_a_service_calls_a_command_that_there_is(unit):
    """Every program that a unit starts exists, with the options that the unit gives it."""
    started = re.findall(r"^ExecStart=/opt/workers-home/(\S+) ?(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert started
    for program, words in started:
        if program.startswith("deploy/"):
            assert (ROOT / program).is_file()
            continue
        command = {"bin/forms-api": forms_main, "bin/site-builder": main}[program]
        for word in words.split():
            if isinstance(command, click.Group) and word in command.commands:
                command = command.commands[word]
        assert not isinstance(command, click.Group), words
        known = {name for option in command.params for name in option.opts}
        assert {word for word in words.split() if word.startswith("--")} <= known


def test_every_setting_has_its_place_in_the_file_and_a_default():
    text = (ROOT / "deploy" / "settings.env").read_text(encoding="utf-8")
    named = re.findall(r"^(?:# )?([A-Z_0-9]+)=", text, re.MULTILINE)
    sources = [(ROOT / "forms_api" / name).read_text(encoding="utf-8") for name in ("config.py", "environment.py")]
    read = set(re.findall(r'"(FORMS_[A-Z_]+)"', "".join(sources)))
    assert len(named) == len(set(named))
    assert read - {"FORMS_FONT"} <= set(named)
    script = "".join((ROOT / "deploy" / name).read_text(encoding="utf-8") for name in ("install.sh", "setup.sh"))
    ours = {name for name in named if name.startswith(("SITE_", "REVIEW_", "TLS_", "HTTP"))}
    assert ours <= set(re.findall(r"\$\{?:?\s?([A-Z_]+)", script)) | {"TLS_CERTIFICATE"}


def test_alerts_ask_for_figures_that_there_are_and_say_what_to_do():
    """Every figure that a rule names is given by one of the apps; tests of both see them on their ports."""
    (group,) = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    given = {"up", "forms_requests_total", "forms_request_seconds_bucket", "forms_free_bytes"}
    condition = Condition(drill_age=1, backup_age=1, rehearsal_age=1)
    given |= list_figures(condition).keys()
    named = set()
    for rule in group["rules"]:
        assert (
            {"alert", "expr", "labels", "annotations"}
            <= rule.keys()
            <= {"alert", "expr", "for", "labels", "annotations"}
        )
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"].keys() == {"summary", "fix"}
        assert rule["annotations"]["summary"].endswith("。")
        named |= set(re.findall(r"\b(?:up|forms_\w+)\b", rule["expr"]))
    assert named <= given
    assert list_figures(condition).keys() - named == {"forms_cases_unassigned"}


def test_nginx_hands_on_what_belongs_to_the_service_and_keeps_no_copy():
    folder = ROOT / "deploy" / "nginx"
    text = (folder / "workers-home.conf").read_text(encoding="utf-8")
    assert tuple(re.findall(r"location \^~ (\S+) +\{ include \S+/intake.conf", text)) == SERVICE
    proxy = (folder / "proxy.conf").read_text(encoding="utf-8")
    assert "proxy_request_buffering off;" in proxy
    assert "proxy_max_temp_file_size 0;" in proxy
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in (folder / "tls.conf").read_text(encoding="utf-8")


@needs_systemd
def test_the_timer_runs_after_midnight_in_china():
    text = (ROOT / "deploy" / "systemd" / "publish.timer").read_text(encoding="utf-8")
    for moment in re.findall(r"^OnCalendar=(.*)$", text, re.MULTILINE):
        done = subprocess.run(
            ["systemd-analyze", "calendar", "--base-time=2026-11-20 12:00:00 UTC", moment],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert re.search(r"Next elapse: ", done)
    midnight = subprocess.run(
        ["systemd-analyze", "calendar", "--base-time=2026-11-20 12:00:00 UTC", "*-*-* 00:00:20 Asia/Shanghai"],
        check=True, capture_output=True, text=True, env={"TZ": "UTC"},
    ).stdout  # fmt: skip
    assert "2026-11-20 16:00:20 UTC" in midnight


def test_the_plain_hook_checks_what_is_staged(tmp_path):
    desk = Desk(tmp_path)
    person = desk.person("甲")
    shutil.copy(ROOT / "mkdocs.yml", person.clone)
    person.write("content/site.yml", SITE_YML)
    person.git("config", "workershome.command", str(plain_command(tmp_path)))
    (person.clone / ".git" / "hooks" / "pre-commit").symlink_to(ROOT / "deploy" / "hooks" / "pre-commit")
    person.write("content/news/2026/20261118-a.md", "---\ntitel: 写错\n---\n正文\n")
    person.git("add", "--all")
    said = person.git("commit", "--message", "写错", fails=True)
    assert "content/news/2026/20261118-a.md:2: " in said
    assert "没有提交" in said
    person.write("content/news/2026/20261118-a.md", write_news("改好"))
    assert "没有提交" in person.git("commit", "--message", "没有 add", fails=True)
    person.git("add", "--all")
    person.git("commit", "--quiet", "--message", "改好")


def plain_command(folder: Path) -> Path:
    """Return a program that is site-builder, as a hook calls it."""
    path = folder / "plain-site-builder"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m site_builder "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_the_handbook_quotes_of_reports_is_what_they_say():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "site_builder").rglob("*.py"))
    text = (ROOT / "content" / "pages" / "handbook-faults.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in text.split("\n") if line.startswith("| ")]
    quoted = [part for row in rows[1:] for part in re.split("……|、|(?<=还缺)", row) if part]
    assert len(quoted) > 10
    assert [part for part in quoted if part not in code] == []


def test_the_handbook_has_one_source():
    """docs/handbook/ shows the pages of the site, and every page of it can be reached from the first."""
    pages = sorted((ROOT / "content" / "pages").glob("handbook*.md"))
    shown = sorted(path.resolve() for path in (ROOT / "docs" / "handbook").iterdir())
    assert shown == pages
    first = (ROOT / "content" / "pages" / "handbook.md").read_text(encoding="utf-8")
    assert all(f"({path.name})" in first for path in pages if path.name != "handbook.md")
