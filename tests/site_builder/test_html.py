"""Valid HTML, by independent checkers: html5lib's parser on every page, and the Nu HTML checker where Java is."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_builder.checks.built_pages import read_page
from tests.conftest import ROOT

OF_HTML = ("html-syntax", "duplicate-element-id")

with warnings.catch_warnings():  # html5lib's own imports warn on newer Pythons
    warnings.simplefilter("ignore", DeprecationWarning)
    import html5lib


def find_faults(source: str) -> Iterator[str]:
    """Yield what is wrong with a whole page: parse errors of the HTML standard, and what the gate's own rule finds."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    parser.parse(source)
    yield from (f"line {position[0]}: {code} {data}" for position, code, data in parser.errors)
    yield from (fault for rule, _, fault in read_page("a/index.html", source.encode()).faults if rule in OF_HTML)


def test_every_page_is_valid_html(sample_site):
    faults = [
        f"{path.relative_to(sample_site)}: {fault}"
        for path in sorted(sample_site.rglob("*.html"))
        for fault in find_faults(path.read_text(encoding="utf-8"))
    ]
    assert faults == []


PAGE = '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>题</title></head><body>{}</body></html>'


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("<p>一<div>二</div></p>", "<div> 不能放在 <p> 里"),
        ("<ul><p>一</p></ul>", "<p> 不能直接放在 <ul> 里"),
        ("<p>一 & 二</p><p>&nosuch;</p>", "named-entity"),
        ('<p id="a">一</p><p id="a">二</p>', "“a”用了两次"),
    ],
)
def test_a_planted_fault_is_found(markup, said):
    assert list(find_faults(PAGE.format("<p>好</p>"))) == []
    assert any(said in fault for fault in find_faults(PAGE.format(markup)))


@pytest.mark.long
def test_the_nu_html_checker_finds_no_error(sample_site):
    jar = Path(os.environ.get("VNU_JAR", ROOT / ".venv" / "vnu" / "vnu.jar"))
    if not shutil.which("java") or not jar.is_file():
        pytest.skip("needs Java and the Nu HTML checker: `requirements/vnu.sh` fetches it from npm")
    command = ["java", "-jar", str(jar), "--errors-only", "--skip-non-html", "--format", "gnu"]
    planted = sample_site.parent / "planted.html"
    planted.write_text(PAGE.format("<p><div></div></p>"), encoding="utf-8")
    assert subprocess.run([*command, str(planted)], capture_output=True, check=False).returncode == 1
    run = subprocess.run([*command, str(sample_site)], capture_output=True, text=True, check=False)
    assert run.stderr.splitlines() == []
    assert run.returncode == 0
