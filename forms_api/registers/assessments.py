"""六好: what a union says of itself by the six criteria of its level, and what a reviewer makes of the evidence. Pure.

Domain brief A002-01 … A002-03 (three levels, six criteria each), A002-41 (90 % are to reach the standard), A002-28 (95 % of
the workers of a union that reaches it are members).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms_api.definitions import FormDefinition
from forms_api.values import Frozen
from forms_api.workflow import StepStopped

REGISTER = "assessment"
STATES: dict[str, str] = {"claimed": "待评分", "scored": "已评分"}
LEVELS = ("县级工会", "镇街和行业工会", "基层工会")
MARKS: dict[str, int] = {"做到了": 2, "部分做到": 1, "没有做到": 0}
MOST = 12
GOAL, MEMBERS_GOAL = 90, 95
"""Per cent of the unions of a level that are to reach the standard; of the workers of such a union that are members."""


class Criterion(Frozen):
    """One criterion: what the union says, with which evidence; what the reviewer says, and why where it is less."""

    name: str
    label: str
    claim: str
    proof: str = ""
    mark: str = ""
    words: str = ""


class Assessment(Frozen):
    """What is kept of an assessment."""

    union: str
    level: str
    year: int
    members: int
    weak: str = ""
    criteria: tuple[Criterion, ...]
    scored_on: date | None = None
    scored_by: str = ""

    @property
    def points(self) -> int:
        """Return the points that the reviewer gave, of 12."""
        return sum(MARKS.get(one.mark, 0) for one in self.criteria)

    @property
    def reached(self) -> bool:
        """Tell whether the standard is reached: all six criteria are met."""
        return bool(self.scored_on) and all(one.mark == "做到了" for one in self.criteria)


def take(definition: FormDefinition, answers: Mapping[str, Any]) -> Assessment:
    """Return an assessment from the answers of a form. Raises StepStopped where not all six criteria were answered."""
    criteria = tuple(_list_criteria(definition, answers))
    if len(criteria) != len(LEVELS) * 2:
        raise StepStopped("missing", "六条标准没有填全，不能评分。请先请填表人补充。")
    return Assessment(
        union=str(answers["union"]),
        level=str(answers["level"]),
        year=int(answers["year"]),
        members=int(answers["members"]),
        weak=str(answers.get("weak") or ""),
        criteria=criteria,
    )


def score(one: Assessment, marks: Mapping[str, tuple[str, str]], day: date, staff: str) -> Assessment:
    """Return an assessment with the reviewer's marks (criterion → mark, words). Raises StepStopped."""
    if set(marks) != {criterion.name for criterion in one.criteria} or any(
        mark not in MARKS for mark, _ in marks.values()
    ):
        raise StepStopped("missing", "六条都要评。请逐条选一项。")
    for criterion in one.criteria:
        mark, words = marks[criterion.name]
        if MARKS[mark] < MARKS[criterion.claim] and len(words.strip()) < 4:
            raise StepStopped("missing", f"“{criterion.label}”评得比自评低，请写明理由，填表的工会要看到。")
    scored = (
        criterion.model_copy(update={"mark": marks[criterion.name][0], "words": marks[criterion.name][1].strip()})
        for criterion in one.criteria
    )
    return one.model_copy(update={"criteria": tuple(scored), "scored_on": day, "scored_by": staff})


@dataclass(frozen=True, slots=True)
class Reach:
    """How many unions of a level reach the standard, n of N; how many of its workers are members, n of N."""

    level: str
    n: int
    of: int
    members: int
    workers: int

    @property
    def reached(self) -> bool | None:
        """Tell whether the goal of the level is reached; None where nothing was scored."""
        return self.n * 100 >= GOAL * self.of if self.of else None


KIND_LEVELS = {"county": LEVELS[0], "township": LEVELS[1], "industry": LEVELS[1], "grassroots": LEVELS[2]}


def count_reach(found: Iterable[Assessment], unions: Iterable[Mapping[str, Any]], year: int) -> tuple[Reach, ...]:
    """Return for each level how many of its unions reach the standard in a year, of those whose assessment was scored."""
    latest = {
        one.union: one
        for one in sorted(found, key=lambda one: str(one.scored_on))
        if one.scored_on and one.year == year
    }
    listed = list(unions)
    reach = []
    for level in LEVELS:
        scored = [one for one in latest.values() if one.level == level]
        known = [one for one in listed if KIND_LEVELS.get(one["kind"]) == level and one.get("workers")]
        members, workers = (sum(int(one.get(key) or 0) for one in known) for key in ("members", "workers"))
        reach.append(Reach(level, sum(one.reached for one in scored), len(scored), members, workers))
    return tuple(reach)


def _list_criteria(definition: FormDefinition, answers: Mapping[str, Any]) -> Iterator[Criterion]:
    """Yield the criteria of the level that was answered: each a choice of the three marks, its evidence beside it."""
    for one in definition.fields():
        values = [option.value for option in one.options or ()]
        if values == list(MARKS) and (claim := answers.get(one.name)):
            proof = str(answers.get(f"{one.name}_proof") or "")
            yield Criterion(name=one.name, label=one.label, claim=str(claim), proof=proof)
