"""Exceptions from the gate: marks in a file and entries of allow.yml, each with a reason and an end. No I/O.

A mark holds for its own line and for the next line that is not empty; an entry of allow.yml holds for a file or a
pattern of files. What is marked `veto` may be excepted in allow.yml only, where a name stands under it; what reading
itself finds cannot be excepted at all, since nothing could be published with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from site_builder.checks.rules import Rule
from site_builder.model import Exemption, Library
from site_builder.values import Problem

_MARK = re.compile(r"(?:<!--|(?:^|(?<=\s))#)[ \t]*允许[ \t]*[:：][ \t]*(?P<said>[^\n]*?)[ \t]*(?:-->|$)", re.MULTILINE)
_SAID = re.compile(r"(?P<rule>[a-z-]+)[ \t]+(?P<reason>\S.*?)[ \t]+(?P<end>\d{4}-\d{2}-\d{2})")
_SHORTEST_REASON = 4
_EXAMPLE = "例如 <!-- 允许: official-wording 引用原文如此 2027-06-30 -->。"


class Mark(NamedTuple):
    """A mark as it stands in a file: its line, the lines that it holds for, and what it says."""

    line: int
    holds: tuple[int, ...]
    said: str


def find_marks(text: str) -> tuple[Mark, ...]:
    """Return the marks of a text."""
    if "允许" not in text or not (found := list(_MARK.finditer(text))):
        return ()
    lines = text.split("\n")
    marks = []
    for match in found:
        line = text.count("\n", 0, match.start()) + 1
        after = next((number for number in range(line + 1, len(lines) + 1) if lines[number - 1].strip()), line)
        marks.append(Mark(line, (line, after), match["said"]))
    return tuple(marks)


def apply_exemptions(
    problems: Iterable[Problem],
    library: Library,
    marks: Mapping[str, Collection[Mark]],
    rules: Mapping[str, Rule],
    today: date,
) -> list[Problem]:
    """Return what is left of `problems`, with what is wrong with the exceptions themselves; marks are by path."""
    judge = _Judge(library, rules, today)
    for path, found in marks.items():
        judge.take_marks(path, found)
    judge.take_entries(library.allow.exemptions)
    left = [problem for problem in problems if not judge.excepts(problem)]
    return sorted({*left, *judge.problems, *judge.tell_unused()})


class _Judge:
    def __init__(self, library: Library, rules: Mapping[str, Rule], today: date) -> None:
        self.library, self.rules, self.today = library, rules, today
        self.problems: list[Problem] = []
        self.marks: dict[tuple[str, int, str], Problem] = {}
        self.entries: list[tuple[Exemption, Problem]] = []
        self.used: set[Problem] = set()

    def take_marks(self, path: str, marks: Collection[Mark]) -> None:
        for mark in marks:
            said = _SAID.fullmatch(mark.said)
            if said is None or len(said["reason"]) < _SHORTEST_REASON:
                message = f"允许标记“{mark.said}”没有写全规则、理由（至少四个字）和到期日。"
                self.report(path, mark.line, "allow-form", message, _EXAMPLE)
                continue
            if not (end := _read_day(said["end"])):
                self.report(path, mark.line, "allow-form", f"到期日 {said['end']} 不存在。", _EXAMPLE)
            elif self.may_except(path, mark.line, said["rule"], in_file=True, end=end):
                unused = self.unused(path, mark.line, said["rule"])
                self.marks |= {(path, line, said["rule"]): unused for line in mark.holds}

    def take_entries(self, exemptions: Iterable[Exemption]) -> None:
        for index, entry in enumerate(exemptions):
            origin = self.library.origins["", "allow"]
            path, line = f"{self.library.root}/{origin.path}", origin.line(f"exemptions.{index}")
            if self.may_except(path, line, entry.rule, in_file=False, end=entry.expires):
                self.entries.append((entry, self.unused(path, line, entry.rule)))

    def may_except(self, path: str, line: int, name: str, *, in_file: bool, end: date) -> bool:
        rule = self.rules.get(name)
        if rule is None:
            self.report(path, line, "allow-form", f"没有“{name}”这条规则。", "规则名称见报告中冒号前的英文词。")
        elif rule.family in ("reading", "gate"):
            self.report(path, line, "allow-form", f"规则 {name} 不能例外。", "请照它的提示改正内容。")
        elif in_file and rule.veto:
            message = f"规则 {name} 涉及个人信息，不能在文件里自行例外。"
            self.report(path, line, "allow-veto", message, "确需例外的，写进 allow.yml，并写明批准人（by）。")
        elif end < self.today:
            self.report(path, line, "allow-expired", f"对 {name} 的例外已于 {end} 到期。", "请改正内容，并删去例外。")
        else:
            return True
        return False

    def excepts(self, problem: Problem) -> bool:
        if mark := self.marks.get((problem.path, problem.line, problem.rule)):
            self.used.add(mark)
            return True
        for entry, unused in self.entries:
            if entry.rule == problem.rule and self.is_for(entry, problem):
                self.used.add(unused)
                return True
        return False

    def is_for(self, entry: Exemption, problem: Problem) -> bool:
        paths = (problem.path, problem.path.removeprefix(f"{self.library.root}/"))
        wanted = entry.path.removeprefix(f"{self.library.root}/")
        return any(fnmatchcase(path, wanted) for path in paths) and (entry.text or "") in problem.message

    def unused(self, path: str, line: int, name: str) -> Problem:
        message = f"对 {name} 的例外没有用上：这里已经没有这种问题。"
        return Problem(path, line, "allow-unused", message, "请删去。", "warning")

    def tell_unused(self) -> Iterator[Problem]:
        known = [*self.marks.values(), *(unused for _, unused in self.entries)]
        yield from (unused for unused in dict.fromkeys(known) if unused not in self.used)

    def report(self, path: str, line: int, rule: str, message: str, fix: str) -> None:
        self.problems.append(Problem(path, line, rule, message, fix, self.rules[rule].severity))


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


RULES = (
    Rule(
        "allow-form",
        "error",
        "允许标记或 allow.yml 没有写全，或者写了没有的、不能例外的规则。",
        "写全规则、理由和到期日，" + _EXAMPLE,
        "gate",
    ),
    Rule("allow-veto", "error", "涉及个人信息的规则不能在文件里例外。", "写进 allow.yml，并写明批准人。", "gate"),
    Rule("allow-expired", "warning", "例外已经到期，不再起作用。", "改正内容，删去例外。", "gate"),
    Rule("allow-unused", "warning", "例外没有用上。", "删去。", "gate"),
)
