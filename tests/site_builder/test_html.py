"""Valid HTML, by independent checkers: html5lib's parser on every page, and the Nu HTML checker where Java is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import ROOT

with warnings.catch_warnings():  # html5lib's own imports warn on newer Pythons
    warnings.simplefilter("ignore", DeprecationWarning)
    import html5lib

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
PHRASING_ONLY = {
    "p",
    "span",
    "b",
    "i",
    "em",
    "strong",
    "small",
    "h1",
    "h2",
    "h3",
    "h4",
    "label",
    "button",
    "dt",
    "summary",
    "s",
    "u",
    "time",
    "mark",
}
BLOCK = {
    "div", "p", "ul", "ol", "dl", "table", "section", "article", "aside", "nav", "header", "footer", "main", "form", "fieldset",
    "figure", "blockquote", "pre", "hr", "h1", "h2", "h3", "h4", "details", "address",
}  # fmt: skip
INTERACTIVE = {"a", "button", "input", "select", "textarea", "summary", "details", "label", "iframe"}
OBSOLETE_TAGS = {
    "center",
    "font",
    "big",
    "tt",
    "strike",
    "marquee",
    "blink",
    "frame",
    "acronym",
    "applet",
    "basefont",
    "dir",
}
OBSOLETE_ATTRIBUTES = {
    "align",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "valign",
    "nowrap",
    "frameborder",
    "hspace",
    "vspace",
    "clear",
}
CHILDREN = {
    "ul": {"li", "script", "template"}, "ol": {"li", "script", "template"}, "dl": {"dt", "dd", "div", "script", "template"},
    "tr": {"td", "th", "script", "template"}, "thead": {"tr"}, "tbody": {"tr"}, "select": {"option", "optgroup", "hr"},
}  # fmt: skip


class _Nesting(HTMLParser):
    """Collect what is nested, repeated or obsolete against the standard, from the source as it is written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._check(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._check(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self._say(f"</{tag}> closes <{self.open[-1] if self.open else ''}>")
        while self.open and self.open.pop() != tag:
            pass

    def _check(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "svg" in self.open:
            return
        parent = self.open[-1] if self.open else ""
        if parent in CHILDREN and tag not in CHILDREN[parent]:
            self._say(f"<{tag}> is no child for <{parent}>")
        if tag in BLOCK and (inside := next((one for one in reversed(self.open) if one in PHRASING_ONLY), "")):
            headed_summary = inside == "summary" and re.fullmatch("h[1-6]", tag)
            if not headed_summary:
                self._say(f"<{tag}> stands inside <{inside}>")
        if tag in INTERACTIVE and any(one in ("a", "button") for one in self.open):
            self._say(f"<{tag}> stands inside a link or a button")
        names = [name for name, _ in attrs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._say(f"{name} twice on <{tag}>")
        for name in sorted(OBSOLETE_ATTRIBUTES & set(names)):
            self._say(f"{name} on <{tag}> is obsolete")
        if tag in OBSOLETE_TAGS:
            self._say(f"<{tag}> is obsolete")

    def _say(self, fault: str) -> None:
        self.faults.append(f"line {self.getpos()[0]}: {fault}")


def find_faults(source: str) -> Iterator[str]:
    """Yield what is wrong with a whole page: parse errors of the HTML standard, nesting, and references by id."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    tree = parser.parse(source)
    yield from (f"line {position[0]}: {code} {data}" for position, code, data in parser.errors)
    nesting = _Nesting()
    nesting.feed(source)
    yield from nesting.faults
    elements = [node for node in tree.iter() if isinstance(node.tag, str)]
    ids = [node.get("id") for node in elements if node.get("id") is not None]
    yield from (f"id “{one}” twice" for one in sorted({one for one in ids if ids.count(one) > 1}))
    yield from (f"id “{one}” is empty or has a space" for one in ids if not one or re.search(r"\s", one))
    for node in elements:
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "list", "form"):
            yield from (f"{name}=“{one}” points at nothing" for one in (node.get(name) or "").split() if one not in ids)


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
        ("<p>一<div>二</div></p>", "<div> stands inside <p>"),
        ("<span><p>一</p></span>", "<p> stands inside <span>"),
        ('<a href="#"><button>按</button></a>', "inside a link"),
        ('<p class="a" class="b">一</p>', "class twice on <p>"),
        ('<table align="center"><tbody><tr><td>一</td></tr></tbody></table>', "align on <table>"),
        ("<center>一</center>", "<center> is obsolete"),
        ("<ul><p>一</p></ul>", "<p> is no child for <ul>"),
        ("<b><i>一</b></i>", "</b> closes <i>"),
        ('<p id="a">一</p><p id="a">二</p>', "id “a” twice"),
        ('<label for="nobody">一</label>', "for=“nobody”"),
        ("<p>一 & 二</p><p>&nosuch;</p>", "named-entity"),
        ("<div><p>一</p>", "</body> closes <div>"),
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
