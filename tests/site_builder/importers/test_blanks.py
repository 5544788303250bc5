"""`site-builder new`: a draft of every type that passes the rules as it is."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from site_builder.__main__ import main
from site_builder.checks import check_records
from site_builder.clock import CHINA
from site_builder.content_files import read_library
from site_builder.importers.blanks import FORM, list_types, write_blank

ROOT = Path(__file__).parents[3]
GOOD = ROOT / "tests" / "sites" / "good" / "content"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)


@pytest.mark.parametrize("kind", list_types())
def test_a_blank_of_every_type_is_a_draft_without_faults(kind, tmp_path):
    content = tmp_path / "content"
    shutil.copytree(GOOD, content)
    path = write_blank(kind, "新建的内容", content, NOW)
    library, problems = read_library(content)
    own = path.relative_to(tmp_path).as_posix()
    assert [one for one in [*problems, *check_records(library, NOW.date())] if one.path == own] == []
    made = library.forms.get(path.stem) if kind == FORM else library.get(path.relative_to(content).parts[0], path.stem)
    assert made is not None
    assert (made.title, made.status) == ("新建的内容", "draft")
    text = path.read_text(encoding="utf-8")
    schema = text.split("$schema=")[1].split("\n")[0]
    assert (path.parent / schema).resolve() == (content / ".schema" / f"{kind}.json").resolve()


def test_a_blank_names_every_field_in_chinese(tmp_path):
    content = tmp_path / "content"
    shutil.copytree(GOOD, content)
    text = write_blank("policy", "新办法", content, NOW).read_text(encoding="utf-8")
    assert "# doc_number:  # 文号" in text
    assert "# review_due:  # 复核期限" in text


def test_the_command_writes_beside_the_year_and_never_over_a_file(tmp_path):
    content = tmp_path / "content"
    shutil.copytree(GOOD, content)
    words = ["new", "news", "--title", "慰问", "--content", str(content), "--date", "2026-11-20"]
    paths = []
    for _ in range(2):
        run = CliRunner().invoke(main, words)
        assert run.exit_code == 0, run.output
        paths.append(run.output.splitlines()[0].removeprefix("已新建："))
    assert [Path(path).relative_to(content).as_posix() for path in paths] == [
        "news/2026/20261120-ww.md", "news/2026/20261120-ww-2.md",
    ]  # fmt: skip


def test_an_unknown_type_is_told_with_the_known_ones(tmp_path):
    (tmp_path / "content").mkdir()
    run = CliRunner().invoke(main, ["new", "blog", "--content", str(tmp_path / "content")])
    assert (run.exit_code, "policy、" in run.output) == (2, True)
