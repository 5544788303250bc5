"""Everything that may go wrong, planted at once into one content folder and one built site: the gate tells of all of it.

The tables are those of the families' own tests; here they go through the whole gate, as a push does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from site_builder.checks import RULES
from site_builder.clock import CHINA
from site_builder.gate import check_content, check_site, judge
from site_builder.gate_memory import Memory
from site_builder.importers import run_import
from site_builder.values import Problem
from tests.conftest import ROOT
from tests.site_builder.checks import test_language as language
from tests.site_builder.checks import test_privacy as privacy
from tests.site_builder.checks import test_site_rules as pages
from tests.site_builder.test_checks import BROKEN, SITES

TODAY = date(2026, 11, 20)
LEAST = 80
FORMATS = {
    ".docx", ".xlsx", ".pptx", ".pdf", ".zip", ".jpg", ".png", ".webp", ".mp4", ".csv", ".json", ".html", ".xml", ".svg",
    ".ics", ".txt", ".sqlite", ".bin", ".doc", ".rar", ".odt",
}  # fmt: skip
"""Every kind of file that is opened, and those that cannot be, which are refused."""
SITE_YML = "name: 职工之家\norganisation: 云溪县总工会\ndomain: yunxi.example\n"
DOCUMENT = (
    "---\ntitle: 云溪县总工会关于做好送温暖工作的通知\nissuer: 云溪县总工会\npublished: 2026-11-06\n---\n\n{body}\n"
)


class Planted(NamedTuple):
    """One fault: the beginning of the path that must be named, its rule, the suffix of the file and its bytes."""

    place: str
    rule: str
    suffix: str
    content: bytes


def plant_content() -> Iterator[Planted]:
    """Yield what goes into content/: texts with a slip of language, attachments with something inside."""
    for number, (rule, body) in enumerate(language.PLANTED):
        text = DOCUMENT.format(body=body)
        yield Planted(f"content/policies/2026/text-{number}.md", rule, ".md", text.encode())
    for number, (name, make, rule) in enumerate(privacy.PLANTED.values()):
        yield Planted(f"content/assets/f{number}/{name}", rule, Path(name).suffix, make())


def plant_site() -> Iterator[Planted]:
    """Yield what goes into the built site: pages with a fault, and files of every kind that tell a number."""
    for number, (rule, page) in enumerate(pages.PLANTED.values()):
        content = page if isinstance(page, bytes) else page.encode()
        yield Planted(f"p{number}/index.html", rule, ".html", content)
    for number, (name, make, rule) in enumerate(privacy.PLANTED.values()):
        if rule in ("resident-id", "mobile-number", "bank-card"):
            yield Planted(f"f{number}/{name}", rule, Path(name).suffix, make())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Return (path, rule) of all that the gate finds in both folders."""
    folder = tmp_path_factory.mktemp("planted")
    for one in plant_content():
        _write(folder / one.place, one.content)
    _write(folder / "content" / "site.yml", SITE_YML.encode())
    for planted in plant_site():
        _write(folder / "site" / planted.place, planted.content)
    _write(folder / "site" / "index.html", pages.HOME.encode())
    _write(folder / "site" / "robots.txt", b"")
    outcome = check_content(folder / "content", TODAY, Memory(), 1)
    found = check_site(folder / "site", outcome.library, TODAY, Memory(), 1)
    return {(one.path, one.rule) for one in judge(outcome, found, TODAY, "独立站")}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_everything_planted_is_found(told: set[tuple[str, str]]) -> None:
    planted = [*plant_content(), *plant_site()]
    missed = [one for one in planted if not any(_names(one, path, rule) for path, rule in told)]
    assert missed == []


def _names(planted: Planted, path: str, rule: str) -> bool:
    """Tell whether a problem is of this fault; a number in a file's name is told with the name masked."""
    folder, _, name = planted.place.rpartition("/")
    masked = any(number in name for number in (privacy.ID, privacy.MOBILE, privacy.CARD))
    return rule == planted.rule and (path.startswith(f"{folder}/") if masked else path == planted.place)


def _broken() -> set[str]:
    lines = [
        line for name in BROKEN for line in (SITES / "broken" / name / "expected.txt").read_text("utf-8").splitlines()
    ]
    return {line.split(": ")[1] for line in lines}


def test_there_are_at_least_eighty_and_every_rule_and_format_is_among_them() -> None:
    planted = [*plant_content(), *plant_site()]
    assert len(planted) + len(BROKEN) >= LEAST * 3
    alone = {"orphan-page", "image-weight", "organisation-short"}  # each has a test of its own beside its family
    assert {one.rule for one in planted} | _broken() | alone == set(RULES)
    assert {one.suffix for one in planted} >= FORMATS


def test_the_sample_has_none_of_all_this(sample_site: Path) -> None:
    outcome = check_content(ROOT / "content", TODAY, Memory(), 1)
    found = check_site(sample_site, outcome.library, TODAY, Memory(), 1)
    problems: list[Problem] = judge(outcome, found, TODAY, outcome.library.site.profile)
    assert [str(one) for one in problems if one.severity == "error"] == []


def test_clean_statutes_have_no_error(shared: Path, tmp_path: Path) -> None:
    laws = sorted((shared / "laws").glob("*.md"))
    run_import(tuple(laws), "policy", tmp_path / "content", False, True, datetime(2026, 11, 20, tzinfo=CHINA))
    _write(tmp_path / "content" / "site.yml", SITE_YML.encode())
    outcome = check_content(tmp_path / "content", TODAY, Memory(), 1)
    assert len(outcome.library.records) == len(laws)
    assert [str(one) for one in judge(outcome, (), TODAY, "独立站") if one.severity == "error"] == []
