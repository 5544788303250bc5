"""Building through the command and through MkDocs itself."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from site_builder.__main__ import main
from site_builder.driver import CannotBuild, build
from tests.trees import snapshot

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "tests" / "sites" / "good"
MKDOCS_YML = "site_name: 职工之家\ndocs_dir: content\ntheme: {name: material, language: zh, font: false}\nplugins: [workers-home]\n"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a folder outside the repository with the good content and a mkdocs.yml."""
    shutil.copytree(GOOD / "content" if (GOOD / "content").is_dir() else GOOD, tmp_path / "content")
    (tmp_path / "mkdocs.yml").write_text(MKDOCS_YML, encoding="utf-8")
    return tmp_path


def mkdocs_build(folder: Path, site_dir: Path, epoch: int) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site_dir)]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


LIVERELOAD = re.compile(rb"<script>.*?</script>| &#39;sha256-[^&]+&#39;", re.DOTALL)  # pages of ours have neither
EPOCH = 1795136400  # 2026-11-20T09:00 in China


def test_sample_site_is_the_same_bytes_by_command_and_by_mkdocs(sample_site, tmp_path):
    run = mkdocs_build(ROOT, tmp_path / "by-mkdocs" / "site", EPOCH)
    assert run.returncode == 0, run.stderr
    assert snapshot(tmp_path / "by-mkdocs") == snapshot(sample_site.parent)


def test_two_builds_are_the_same_bytes(elsewhere):
    for name in ("one", "two"):
        assert not build(elsewhere / "mkdocs.yml", elsewhere / name / "site", "2026-11-20T09:00").failed
    assert snapshot(elsewhere / "one") == snapshot(elsewhere / "two")


def test_a_site_is_mkdocs_yml_and_content_in_any_folder(elsewhere):
    result = build(elsewhere / "mkdocs.yml", date="2026-11-10")
    assert [problem for problem in result.problems if problem.severity != "hint"] == []
    assert (elsewhere / "site" / "index.html").is_file()
    assert (elsewhere / "forms-bundle" / "bundle.json").is_file()


def test_only_allowed_files_reach_the_output(elsewhere):
    content = elsewhere / "content"
    plants = {
        "editors.yml~": "x", "notes.txt": "内部", "policies/secret.docx": "内部", "policies/2026/stray.png": "x", ".hidden": "x",
    }  # fmt: skip
    for name, text in plants.items():
        (content / name).parent.mkdir(parents=True, exist_ok=True)
        (content / name).write_text(text, encoding="utf-8")
    (content / "assets").mkdir(exist_ok=True)
    (content / "assets" / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    build(elsewhere / "mkdocs.yml", date="2026-11-20")
    out = snapshot(elsewhere / "site")
    assert "assets/logo.svg" in out
    assert not [
        path for path in out if path.endswith(("notes.txt", "secret.docx", "stray.png", ".hidden", "~", ".yml", ".md"))
    ]


def test_drafts_are_built_only_when_asked_for(elsewhere):
    draft = elsewhere / "content" / "policies" / "2026" / "20261120-cg.md"
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text("---\ntitle: 一份草稿\nstatus: draft\n---\n正文。\n", encoding="utf-8")
    build(elsewhere / "mkdocs.yml", date="2026-11-20")
    assert not (elsewhere / "site" / "policies" / "20261120-cg").exists()
    assert "一份草稿" not in (elsewhere / "site" / "sitemap.xml").read_text(encoding="utf-8")
    build(elsewhere / "mkdocs.yml", date="2026-11-20", drafts=True)
    assert "草稿" in (elsewhere / "site" / "policies" / "20261120-cg" / "index.html").read_text(encoding="utf-8")


def test_publish_at_hides_a_record_until_its_time(elsewhere):
    timed = elsewhere / "content" / "news" / "2026" / "20261121-ds.md"
    timed.parent.mkdir(parents=True, exist_ok=True)
    timed.write_text(
        "---\ntitle: 定时发布\nsource: 云溪县总工会\npublished: 2026-11-21\npublish_at: 2026-11-21 08:00\n---\n正文。\n",
        encoding="utf-8",
    )
    page = elsewhere / "site" / "news" / "20261121-ds" / "index.html"
    build(elsewhere / "mkdocs.yml", date="2026-11-21T07:59")
    assert not page.exists()
    build(elsewhere / "mkdocs.yml", date="2026-11-21T08:00")
    assert page.is_file()


def test_an_ended_publicity_takes_its_names_and_files_down(elsewhere):
    folder = elsewhere / "content" / "notices" / "2026"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "20261116-gs.md").write_text(
        "---\ntitle: 拟帮扶名单公示\nkind: 公示\nissuer: 云溪县总工会\npublished: 2026-11-16\n"
        "period: {start: 2026-11-16, working_days: 5}\nobjection: {unit: 云溪县总工会, phone: 0000-6010001}\n"
        "attachments: [{file: mingdan.csv, title: 名单}]\n---\n张某某，云溪纺织厂。\n",
        encoding="utf-8",
    )
    (folder / "mingdan.csv").write_text("张某某", encoding="utf-8")
    site = elsewhere / "site"
    build(elsewhere / "mkdocs.yml", date="2026-11-20")
    assert (site / "notices" / "2026" / "mingdan.csv").is_file()
    assert "张某某" in (site / "notices" / "20261116-gs" / "index.html").read_text(encoding="utf-8")
    build(elsewhere / "mkdocs.yml", date="2026-11-21")
    whole = b"".join(path.read_bytes() for path in site.rglob("*") if path.is_file())
    assert "张某某".encode() not in whole
    assert "拟帮扶名单公示".encode() in whole
    assert not (site / "notices" / "2026" / "mingdan.csv").exists()


def test_faulty_content_leaves_the_site_as_it_was_and_lists_every_fault(elsewhere):
    build(elsewhere / "mkdocs.yml", date="2026-11-20")
    before = snapshot(elsewhere / "site")
    folder = elsewhere / "content" / "policies" / "2026"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.md").write_text("---\ntitel: 写错的键\n---\n", encoding="utf-8")
    (folder / "b.md").write_bytes("---\ntitle: 国标编码\n---\n".encode("gbk"))
    run = CliRunner().invoke(main, ["build", "-f", str(elsewhere / "mkdocs.yml"), "--date", "2026-11-20"])
    assert run.exit_code == 1
    assert "content/policies/2026/a.md:2: " in run.output
    assert "content/policies/2026/b.md:2: " in run.output
    assert "title" in run.output
    assert snapshot(elsewhere / "site") == before


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            MKDOCS_YML.replace("material", "mkdocs").replace(", font: false", "").replace(", language: zh", ""),
            "material",
        ),
        (MKDOCS_YML.replace("[workers-home]", "[]"), "workers-home"),
        ("site_name: [", "mkdocs.yml"),
    ],
)
def test_unusable_settings_are_told(elsewhere, config, sentence):
    (elsewhere / "mkdocs.yml").write_text(config, encoding="utf-8")
    with pytest.raises(CannotBuild, match=sentence):
        build(elsewhere / "mkdocs.yml", date="2026-11-20")


def test_build_command_says_what_it_made(elsewhere):
    run = CliRunner().invoke(main, ["build", "-f", str(elsewhere / "mkdocs.yml"), "--date", "2026-11-20"])
    assert run.exit_code == 0, run.output
    assert "网站已生成" in run.output


def test_unclear_date_and_missing_config_are_told(elsewhere):
    run = CliRunner().invoke(main, ["build", "-f", str(elsewhere / "mkdocs.yml"), "--date", "明天"])
    assert (run.exit_code, "2026-11-20T08:30" in run.output) == (1, True)
    run = CliRunner().invoke(main, ["build", "-f", str(elsewhere / "none.yml")])
    assert (run.exit_code, "-f" in run.output) == (2, True)


def test_properdocs_is_not_installed():
    from importlib.metadata import distributions

    assert "properdocs" not in {distribution.metadata["Name"].lower() for distribution in distributions()}


def test_preview_serves_the_bytes_of_a_build(elsewhere):
    build(elsewhere / "mkdocs.yml", date="2026-11-20")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        sys.executable,
        "-m",
        "site_builder",
        "serve",
        "--no-drafts",
        "--date",
        "2026-11-20",
        "--address",
        address,
    ]
    preview = subprocess.Popen(command, cwd=elsewhere, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert preview.stdout is not None
        assert any("请打开" in line for line in iter(preview.stdout.readline, ""))
        site = elsewhere / "site"
        for path in sorted(site.rglob("*")):
            if path.is_file() and path.name != "404.html":
                with urlopen(f"http://{address}/{quote(path.relative_to(site).as_posix())}", timeout=20) as answer:
                    served = LIVERELOAD.sub(b"", answer.read())
                assert served == path.read_bytes(), path
    finally:
        preview.send_signal(signal.SIGINT)
        preview.communicate(timeout=20)


def test_a_taken_address_is_told(elsewhere):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [sys.executable, "-m", "site_builder", "serve", "--address", address]
        run = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, address in run.stderr, "--address" in run.stderr) == (1, True, True)
