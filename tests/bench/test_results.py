"""What a measurement leaves: its own section of the results, and a fault that says what was said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.__main__ import SUBJECTS, main
from bench.corpus import make_document
from bench.measuring import CommandFailed, Run, measure, middle
from bench.peers import BUILDERS
from bench.results import write_section


def test_a_section_takes_the_place_of_the_last_run(tmp_path: Path):
    path = tmp_path / "RESULTS.md"
    write_section("build", "first", path)
    write_section("search", "other \\1", path)
    write_section("build", "second", path)
    text = path.read_text(encoding="utf-8")
    assert text.count("<!-- build -->") == 1
    assert "first" not in text
    assert text.index("second") < text.index("other \\1")


def test_the_results_have_a_place_for_every_subject():
    text = (Path(__file__).parents[2] / "bench" / "RESULTS.md").read_text(encoding="utf-8")
    assert [name for name in SUBJECTS if f"<!-- {name} -->" not in text or f"<!-- /{name} -->" not in text] == []


def test_an_unknown_subject_is_wrong_use(capsys: pytest.CaptureFixture[str]):
    assert main(["nothing"]) == 2
    assert "build" in capsys.readouterr().err


def test_a_command_that_fails_says_why(tmp_path: Path):
    folder = tmp_path / "place"
    folder.mkdir()
    with pytest.raises(CommandFailed, match="没有"):
        measure([sys.executable, "-X", "utf8", "-c", "print('没有'); raise SystemExit(3)"], folder, {})
    assert measure([sys.executable, "-c", "pass"], folder, {}).wall > 0
    assert middle([Run(1, 2, 3), Run(3, 2, 1), Run(2, 9, 9)]) == Run(2, 2, 3)


@pytest.mark.parametrize("name", [name for name in BUILDERS if name != "eleventy"])
def test_a_cold_run_begins_with_the_inputs_alone(name: str, tmp_path: Path):
    builder = BUILDERS[name]()
    builder.prepare(tmp_path, [make_document(number, 3) for number in range(3)])
    before = sorted(path.name for path in tmp_path.iterdir())
    (tmp_path / "site").mkdir()
    (tmp_path / "state.bin").write_bytes(b"")
    builder.clean(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == before == sorted(set(builder.inputs) & set(before))
    assert len(list(tmp_path.rglob("*-p00000*.md"))) == 3
