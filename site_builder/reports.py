"""What the gate found, for people and for programs: text, JSON, SARIF 2.1.0, GitHub annotations. No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from site_builder.checks import RULES
from site_builder.values import Problem, Severity

_SARIF_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "hint": "note"}
_GITHUB_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "hint": "notice"}
SEVERITY_WORDS: dict[Severity, str] = {"error": "错误", "warning": "警告", "hint": "提示"}


def write_report(problems: Sequence[Problem], form: str) -> str:
    """Return the problems in a format, without a line end behind the last line."""
    if form == "json":
        return json.dumps({"version": 1, "problems": [_plain(one) for one in problems]}, ensure_ascii=False, indent=2)
    if form == "sarif":
        return json.dumps(_sarif(problems), ensure_ascii=False, indent=2)
    return "\n".join(_github(one) if form == "github" else _text(one) for one in problems)


def count_words(problems: Sequence[Problem], *, saw_site: bool) -> str:
    """Return the last line of a report for people: how many of each kind, and what was not looked at."""
    counts = {word: sum(one.severity == name for one in problems) for name, word in SEVERITY_WORDS.items()}
    told = "、".join(f"{count} 处{word}" for word, count in counts.items() if count) or "没有问题"
    left = "" if saw_site else "（只查了内容文件，没有查生成的网站）"
    return f"检查完毕：{told}{left}。"


def _text(problem: Problem) -> str:
    mark = "" if problem.severity == "error" else f"（{SEVERITY_WORDS[problem.severity]}）"
    return f"{problem.path}:{problem.line}: {problem.rule}: {mark}{problem.message}{problem.fix}"


def _plain(problem: Problem) -> dict[str, Any]:
    names = ("path", "line", "rule", "severity", "message", "fix")
    return {name: getattr(problem, name) for name in names}


def _github(problem: Problem) -> str:
    place = f"file={_property(problem.path)},line={problem.line},title={_property(problem.rule)}"
    return f"::{_GITHUB_LEVELS[problem.severity]} {place}::{_data(problem.message + problem.fix)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    names = sorted({problem.rule for problem in problems})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "site-builder", "rules": [_sarif_rule(name) for name in names]}},
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(problem, names.index(problem.rule)) for problem in problems],
            }
        ],
    }


def _sarif_rule(name: str) -> dict[str, Any]:
    rule = RULES.get(name)
    if rule is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": rule.explain},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
    }


def _sarif_result(problem: Problem, index: int) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": _uri(problem.path)}, "region": {"startLine": problem.line}}
    return {
        "ruleId": problem.rule,
        "ruleIndex": index,
        "level": _SARIF_LEVELS[problem.severity],
        "message": {"text": problem.message + problem.fix},
        "locations": [{"physicalLocation": place}],
    }


def _uri(path: str) -> str:
    return quote(path)
