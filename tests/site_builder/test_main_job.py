"""The main job on real input: captured web documents and real statutes go in, a good site comes out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import html

from site_builder.__main__ import main
from site_builder.content_files import read_library
from site_builder.records import Policy

ROOT = Path(__file__).parents[2]
NOISE = ("浏览次数", "百科知识", "版权反馈", "【摘要】", "免责声明", "我要反馈", "首页", "时间:2022")


def run(*arguments: object):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with a mkdocs.yml and nothing in content/ but site.yml."""
    (tmp_path / "content").mkdir()
    shutil.copy(ROOT / "content" / "site.yml", tmp_path / "content" / "site.yml")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path / "mkdocs.yml")
    return tmp_path


def policies(content: Path) -> list[Policy]:
    reading = read_library(content)
    assert [problem for problem in reading.problems if problem.rule != "missing-file"] == []
    return sorted(reading.library.all(Policy), key=lambda policy: policy.title)


def test_captured_documents_become_drafts(shared, tmp_path):
    result = run("import", *sorted((shared / "samples").glob("*.txt")), "--out", tmp_path)
    assert result.exit_code == 0, result.output
    essay, opinion = sorted(policies(tmp_path), key=lambda policy: "意见" in policy.title)
    assert (opinion.title, str(opinion.doc_number), str(opinion.index_number)) == (
        "龙游县人民政府办公室关于新形势下进一步支持工会工作的意见",
        "龙政办发〔2022〕90号",
        "01251010-001/2022-142321",
    )
    assert (str(opinion.issued), str(opinion.published), opinion.status) == ("2022-12-21", "2022-12-26", "draft")
    assert opinion.addressee is not None
    assert opinion.addressee.startswith("各镇、乡人民政府")
    assert "有效性" in result.output
    assert len(re.findall(r"^## ", opinion.body, re.MULTILINE)) == 4
    assert re.findall(r"^(\d+)\.", opinion.body, re.MULTILINE) == [str(number) for number in range(1, 14)]
    assert opinion.signature == ("龙游县人民政府办公室",)
    assert "此件公开发布" in (opinion.note or "")
    assert essay.title == "对黄山市黄山区工会工作的一点思考"
    assert len(re.findall(r"^## ", essay.body, re.MULTILINE)) == 6
    for policy in (opinion, essay):
        assert not [word for word in NOISE if word in policy.body + policy.title]
    assert len(list(tmp_path.rglob("*.provenance.yml"))) == 2


def test_statutes_become_a_site_with_chapters_and_articles(shared, site):
    laws = sorted((shared / "laws").glob("*.md"))
    assert len(laws) == 99
    result = run("import", "--accept", *laws, "--out", site / "content")
    assert result.exit_code == 0, result.output
    result = run("build", "-f", site / "mkdocs.yml", "--date", "2026-11-20")
    assert result.exit_code == 0, result.output
    records = policies(site / "content")
    assert len(records) == 99
    for policy in records:
        page = html.document_fromstring((site / "site" / policy.url / "index.html").read_bytes())
        ids = set(page.xpath("//@id"))
        articles = set(re.findall(r"^第[一二三四五六七八九十百零]+条(?!之)", policy.body, re.MULTILINE))
        chapters = re.findall(r"^## 第[一二三四五六七八九十百零]+章", policy.body, re.MULTILINE)
        assert len([one for one in ids if re.fullmatch(r"t\d+", one)]) >= len(articles) > 0, policy.title
        assert len([one for one in ids if re.fullmatch(r"c\d+", one)]) == len(chapters), policy.title
    with_chapters = [policy for policy in records if "\n## 第" in "\n" + policy.body]
    assert len(with_chapters) > 60


def test_dry_run_writes_nothing_and_a_refusal_is_one_sentence(tmp_path):
    source = tmp_path / "通知.txt"
    source.write_text(
        "云溪县总工会关于开展走访的通知\n\n各基层工会：\n\n一、时间安排\n\n十二月上旬完成。\n", encoding="utf-8"
    )
    out = tmp_path / "out"
    result = run("import", source, "--out", out, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "关于开展走访的通知" in result.output
    assert not out.exists() or not list(out.rglob("*"))
    broken = tmp_path / "坏文件.docx"
    broken.write_bytes(b"PK\x03\x04 not a zip")
    result = run("import", broken, "--out", out)
    assert result.exit_code == 1
    assert "坏文件.docx" in result.output
    assert not out.exists() or not list(out.rglob("*"))
    assert run("import", tmp_path / "没有.txt", "--out", out).exit_code == 1
    assert run("import", source, "--type", "nothing", "--out", out).exit_code == 2


def test_schemas_are_written_and_those_in_content_are_up_to_date(tmp_path):
    result = run("schema", "--content", tmp_path)
    assert result.exit_code == 0, result.output
    written = {path.name: path.read_bytes() for path in (tmp_path / ".schema").iterdir()}
    standing = {path.name: path.read_bytes() for path in (ROOT / "content" / ".schema").iterdir()}
    assert standing == written, "run `site-builder schema`"


@pytest.mark.parametrize(
    "arguments",
    [[], ["--help"], ["build", "--help"], ["serve", "-h"], ["import", "-h"], ["schema", "-h"], ["--version"]],
)
def test_help_is_there(arguments):
    result = run(*arguments)
    assert result.exit_code in (0, 2)
    assert result.output
