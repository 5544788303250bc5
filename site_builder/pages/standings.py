"""What a reader must know of a policy before its title: whether it is in force, since when, and what replaced it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from site_builder.records import Policy
from site_builder.render import Theme
from site_builder.values import EXPIRING_DAYS, PHASE_CLASS, PHASE_WORDS, ValidityPhase


@dataclass(frozen=True, slots=True)
class Amendment:
    """A document that amended another, and since when."""

    policy: Policy
    since: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a policy is in force, since and until when, and which documents came before and after it."""

    phase: ValidityPhase
    word: str
    css: str
    since: date | None
    until: date | None
    ended: date | None
    days_left: int
    heir: Policy | None
    ends_with: Policy | None
    """What will replace or repeal it on a day still to come."""
    amended_by: tuple[Amendment, ...]
    takes_over: tuple[Policy, ...]


def _starts(policy: Policy) -> date | None:
    return policy.validity.effective or policy.published


def tell_standing(theme: Theme, policy: Policy, day: date | None = None) -> Standing:
    """Return where a policy stands on a day (default: today)."""
    day = day or theme.today
    phase, validity = theme.library.phase(policy, day), policy.validity
    over = PHASE_CLASS[phase] == "end"
    heir, coming = theme.heir(policy), None
    if heir and (starts := _starts(heir)) and starts > day:
        heir, coming = None, heir
    ended = validity.repealed or (_starts(heir) if heir else None)
    until = validity.expires if phase in ("effective", "expiring", "expired", "amended") else None
    return Standing(
        phase=phase,
        word=PHASE_WORDS[phase],
        css=PHASE_CLASS[phase],
        since=validity.effective,
        until=until,
        ended=ended if phase == "repealed" else None,
        days_left=(until - day).days if until else 0,
        heir=heir if over else None,
        ends_with=None if over else coming,
        amended_by=() if over else tuple(_amendments(theme, policy, day)),
        takes_over=() if over else _taken_over(theme, policy),
    )


def _amendments(theme: Theme, policy: Policy, day: date) -> Iterator[Amendment]:
    for name, one in theme.library.incoming(policy):
        if name == "amends" and isinstance(one, Policy) and (_starts(one) or date.max) <= day:
            yield Amendment(one, _starts(one))


def _taken_over(theme: Theme, policy: Policy) -> tuple[Policy, ...]:
    before = [
        target
        for name, reference in policy.relations.pairs()
        if name in ("replaces", "repeals") and isinstance(target := theme.library.resolve(reference), Policy)
    ]
    return tuple({one.id: one for one in before}.values())


def tell_turns(theme: Theme, policy: Policy) -> list[tuple[date, Standing]]:
    """Return where a policy will stand from each coming day on which that changes, as far as it is known today.

    A page carries these sentences with it, so that a build of yesterday tells the truth today.
    """
    validity = theme.library.validity(policy)
    days = {validity.effective, validity.amended, validity.repealed}
    if validity.expires:
        days |= {validity.expires - timedelta(EXPIRING_DAYS), validity.expires + timedelta(1)}
    days |= {_starts(one) for name, one in theme.library.incoming(policy) if isinstance(one, Policy)}
    coming = sorted(one for one in days if one and one > theme.today)
    if not coming:
        return []
    turns, last = [], tell_standing(theme, policy)
    for day in coming:
        standing = tell_standing(theme, policy, day)
        if (standing.phase, standing.heir, standing.amended_by) != (last.phase, last.heir, last.amended_by):
            turns.append((day, standing))
            last = standing
    return turns
