"""Candidates for an honour: recommended, shown to the public, named. Pure.

Domain brief B5.4: democratic recommendation, the opinions of the authorities, 公示 of five working days, then naming; A001-10:
whoever comes first in a competition of the county is a candidate without further ado.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms_api.values import Frozen
from forms_api.workflow import StepStopped

REGISTER = "candidate"
STATES: dict[str, str] = {"recommended": "已推荐", "shown": "已公示，待命名", "named": "已命名", "dropped": "未命名"}


class Happening(Frozen):
    """One thing that happened to a candidate."""

    day: date
    act: str
    staff: str
    words: str = ""


class Candidate(Frozen):
    """What is kept of a candidate: what may be published after 公示, and the case that it came from."""

    honour: str
    kind: str
    name: str
    sex: str = ""
    employer: str = ""
    union: str
    post: str = ""
    citation: str = ""
    deeds: str = ""
    route: str = ""
    competition: str = ""
    case_id: str = ""
    consented: bool = False
    history: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that may happen to a candidate."""

    label: str
    from_states: frozenset[str]
    to_state: str
    words: bool = False


MOVES: dict[str, Move] = {
    "show": Move("公示过了", frozenset({"recommended"}), "shown"),
    "name": Move("命名", frozenset({"shown"}), "named", words=True),
    "drop": Move("不予命名", frozenset({"recommended", "shown"}), "dropped", words=True),
}


def take(answers: Mapping[str, Any], case_id: str, sex: str, day: date, staff: str) -> Candidate:
    """Return a candidate from the answers of a recommendation that was shown to the public and approved."""
    return Candidate(
        honour=str(answers["honour"]),
        kind=str(answers["kind"]),
        name=str(answers.get("full_name") or answers.get("team") or ""),
        sex=sex,
        employer=str(answers.get("employer") or ""),
        union=str(answers.get("union") or ""),
        post=str(answers.get("post") or ""),
        citation=str(answers.get("citation") or ""),
        deeds=str(answers.get("deeds") or ""),
        route=str(answers.get("route") or ""),
        competition=str(answers.get("competition") or ""),
        case_id=case_id,
        consented=bool(answers.get("agree_publication")),
        history=(Happening(day=day, act="recommend", staff=staff, words="推荐申请已经公示、审批"),),
    )


def move(one: Candidate, state: str, act: str, words: str, day: date, staff: str) -> tuple[Candidate, str]:
    """Return a candidate after something happened, and its state. Raises StepStopped with a sentence."""
    found = MOVES[act]
    if state not in found.from_states:
        raise StepStopped("state", f"这名候选现在是“{STATES[state]}”，不能办“{found.label}”。请刷新页面看最新的情况。")
    if act == "show" and not one.consented:
        raise StepStopped("need", "本人还没有同意公示，不能公示。请先取得本人同意，记入档案。")
    if found.words and not words.strip():
        raise StepStopped("missing", "命名要写命名文件的文号，不予命名要写原因。请补上。")
    happening = Happening(day=day, act=act, staff=staff, words=words.strip())
    return one.model_copy(update={"history": (*one.history, happening)}), found.to_state
