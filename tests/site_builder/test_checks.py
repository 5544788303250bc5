"""Rules for content/: one small broken tree for each, with the exact lines that an editor reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from site_builder.checks import RULES, check_records
from site_builder.content_files import read_library
from site_builder.gate import check_content, judge
from site_builder.gate_memory import Memory
from site_builder.values import Problem

SITES = Path(__file__).parents[1] / "sites"
BROKEN = sorted(path.name for path in (SITES / "broken").iterdir())
TODAY = date(2026, 11, 10)


def find_problems(tree: Path) -> list[Problem]:
    """Return what the gate says of a tree; hints of other rules than the one that the tree is for are left out."""
    outcome = check_content(tree / "content", TODAY, Memory(), 1)
    problems = judge(outcome, (), TODAY, outcome.library.site.profile)
    return [one for one in problems if one.severity != "hint" or tree.name.startswith(one.rule)]


def test_the_good_tree_has_no_problem() -> None:
    assert find_problems(SITES / "good") == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_tree_gives_exactly_its_problems(name: str) -> None:
    expected = (SITES / "broken" / name / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{problem}\n" for problem in find_problems(SITES / "broken" / name)) == expected


@pytest.mark.parametrize(
    "rule", [name for name, rule in RULES.items() if rule.family in ("reading", "records", "gate") and not rule.file]
)
def test_every_rule_about_records_has_a_broken_tree(rule: str) -> None:
    trees = [name for name in BROKEN if name == rule or name.startswith(f"{rule}-")]
    assert any(problem.rule == rule for name in trees for problem in find_problems(SITES / "broken" / name))


@pytest.mark.parametrize("name", BROKEN)
def test_every_problem_has_a_known_rule_and_whole_sentences(name: str) -> None:
    rank = ("hint", "warning", "error")
    for problem in find_problems(SITES / "broken" / name):
        rule = RULES[problem.rule]
        assert rank.index(problem.severity) <= rank.index(rule.severity)
        assert problem.message.endswith("。")
        assert problem.fix.endswith(("。", "？"))
        assert problem.line >= 1


@pytest.mark.parametrize("name", RULES)
def test_every_rule_explains_itself(name: str) -> None:
    rule = RULES[name]
    assert rule.name == name
    assert rule.explain.endswith("。")
    assert rule.fix.endswith("。")


def test_a_repeal_that_has_not_come_yet_is_no_conflict() -> None:
    library = read_library(SITES / "broken" / "validity-conflict" / "content").library
    count = {
        day: sum(one.rule == "validity-conflict" for one in check_records(library, day))
        for day in (date(2026, 1, 31), date(2026, 2, 1), date(2027, 1, 1))
    }
    assert list(count.values()) == [0, 1, 2]


def test_a_citation_is_judged_again_when_only_the_cited_document_changed(tmp_path: Path) -> None:
    content = tmp_path / "content"
    copytree(SITES / "broken" / "citation-ended" / "content", content)
    memory, trial = Memory(), content / "policies" / "2020" / "20200106-trial.md"

    def find_lines() -> list[int]:
        problems = check_content(content, TODAY, memory, 1).problems
        return [one.line for one in problems if one.rule == "citation-ended" and one.path.endswith("cites.md")]

    assert find_lines() == [9, 11]
    looked = memory.looked["policies/2026/20260305-cites.md"]
    trial.write_text(trial.read_text("utf-8").replace("expires: 2022-01-05", "expires: 2028-01-05"), "utf-8")
    assert find_lines() == [9]
    assert memory.looked["policies/2026/20260305-cites.md"] is looked


def test_a_way_to_object_is_wanted_until_the_period_is_over() -> None:
    library = read_library(SITES / "broken" / "notice-period" / "content").library
    told = {
        day: [
            one.severity for one in check_records(library, day) if one.path.endswith("e.md") and "异议" in one.message
        ]
        for day in (date(2026, 1, 13), date(2026, 1, 14))
    }
    assert told == {date(2026, 1, 13): ["error"], date(2026, 1, 14): ["warning"]}


def test_a_file_with_faults_of_its_own_is_not_called_missing_too() -> None:
    library, problems = read_library(SITES / "broken" / "bad-value" / "content")
    assert ("policies", "20260105-order") in library.origins
    assert ("policies", "20260105-order") not in library.records
    assert problems


def test_an_image_too_heavy_for_a_phone_is_found() -> None:
    (check,) = {rule.file for rule in RULES.values() if rule.name == "image-weight"}
    assert check
    (problem,) = check("content/assets/tu.jpg", bytes(1_500_000))
    assert (problem.rule, problem.severity) == ("image-weight", "warning")
    assert "1.5 MB" in problem.message
    assert list(check("content/assets/tu.jpg", bytes(900_000))) == []
    assert list(check("content/assets/biao.pdf", bytes(1_500_000))) == []
