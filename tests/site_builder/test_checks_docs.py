"""docs/checks.md against the registry: every rule in the chapter of its family, with its severity and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from site_builder.checks import FAMILIES, RULES
from site_builder.checks.rules import FAMILY_WORDS
from site_builder.gate import STRICT
from site_builder.reports import SEVERITY_WORDS

DOCS = Path(__file__).parents[2] / "docs" / "checks.md"
_ENTRY = re.compile(r"^### `([a-z-]+)`\n\n\*\*(错误|警告|提示)\*\*。(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def read_entries() -> list[tuple[str, str, str, str]]:
    """Return (chapter, name, severity word, text) of every entry."""
    chapters = re.split(r"^## (.+)\n", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [
        (chapter, *entry)
        for chapter, text in zip(chapters[::2], chapters[1::2], strict=True)
        for entry in _ENTRY.findall(text)
    ]


def test_every_name_is_used_once() -> None:
    names = [rule.name for family in FAMILIES for rule in family]
    assert sorted(names) == sorted(set(names))


def test_the_docs_tell_every_rule_once_in_its_chapter_with_its_severity() -> None:
    told = sorted((name, chapter, severity) for chapter, name, severity, _ in read_entries())
    known = sorted((rule.name, FAMILY_WORDS[rule.family], SEVERITY_WORDS[rule.severity]) for rule in RULES.values())
    assert told == known


def test_no_heading_of_the_docs_is_left_without_its_parts() -> None:
    headings = re.findall(r"^### (.+)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [f"`{name}`" for _, name, _, _ in read_entries()]


@pytest.mark.parametrize("entry", read_entries(), ids=lambda entry: entry[1])
def test_every_entry_tells_what_to_do(entry: tuple[str, str, str, str]) -> None:
    said, _, remedy = entry[3].partition("改法：")
    assert said.strip().endswith("。")
    assert len(remedy.strip()) >= 3


def test_the_rules_that_weigh_more_on_a_government_site_are_named() -> None:
    sentence = re.search(r"几条一律算错误：(.*?)。", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert sentence
    assert set(re.findall(r"`([a-z-]+)`", sentence[1])) == set(STRICT)
