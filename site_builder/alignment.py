"""Pair the parts of two texts by what they say, not by their numbers: kept, moved, split, merged. No I/O."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

MIN_SCORE = 0.2
"""Likeness (0-1) below which two parts that stand in the same order are not the same part."""
MIN_MOVED = 0.5
"""Likeness that a part needs to be found again out of order."""
MIN_SHARE = 0.5
"""Share of a part's words that another must hold to count as its origin or its heir."""
MIN_COUNT = 6
"""Pairs of characters that must be shared for a share to mean anything."""
MIN_KIN = 0.35
"""Share of a part's words that another must hold to be named as a place to look."""
MAX_CANDIDATES = 8
MAX_GAP = 12


class Part(NamedTuple):
    """What is compared of a part: its words without marks, and its title or ''."""

    words: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Matching:
    """Which old part became which new one (by index), and which leftover belongs to a pair or only resembles a part.

    `splits`: new part → old part that it was split from; `merges`: old part → new part that it was merged into; both
    stand beside the pair of that part. `origins` and `heirs` are the same for parts that stand elsewhere.
    """

    pairs: Mapping[int, int]
    moved: frozenset[int] = frozenset()
    splits: Mapping[int, int] = field(default_factory=dict)
    merges: Mapping[int, int] = field(default_factory=dict)
    origins: Mapping[int, int] = field(default_factory=dict)
    heirs: Mapping[int, int] = field(default_factory=dict)


def match_parts(old: Sequence[Part], new: Sequence[Part]) -> Matching:
    """Pair the parts of two texts; time grows with their number, not with its square."""
    scores = _score(old, new)
    pairs = _fill_gaps(_add_moved(_keep_order(scores), scores), scores)
    _pair_leftovers(pairs, old, new)
    in_order = find_chain(
        (i, j, (len(old[i].words) + 1) * max(scores.get((i, j), 0), MIN_SCORE)) for i, j in pairs.items()
    )
    moved = frozenset(pairs.keys() - in_order.keys())
    return _find_kin(old, new, pairs, moved)


# --- likeness --------------------------------------------------------------------------------

_Scores = dict[tuple[int, int], float]


def _pairs_of(words: str) -> frozenset[str]:
    return frozenset(words[at : at + 2] for at in range(max(len(words) - 1, 1))) if words else frozenset()


def _score(old: Sequence[Part], new: Sequence[Part]) -> _Scores:
    """Return the likeness of every pair worth a look: equal parts first, the rest by weighted pairs of characters."""
    scores = _match_equal(old, new)
    taken_old, taken_new = {i for i, _ in scores}, {j for _, j in scores}
    ours = {i: _pairs_of(part.words) for i, part in enumerate(old) if i not in taken_old}
    theirs = {j: _pairs_of(part.words) for j, part in enumerate(new) if j not in taken_new}
    near = _measure(ours, theirs)
    for (i, j), score in near.items():
        distance = abs(i / max(len(old), 1) - j / max(len(new), 1))
        near[i, j] = score + 0.05 * (1 - distance)
        if old[i].title and old[i].title == new[j].title:
            near[i, j] = max(near[i, j], 0.3) + 0.1
    scores.update(_best_of(near))
    return scores


def _match_equal(old: Sequence[Part], new: Sequence[Part]) -> _Scores:
    """Pair parts of the same words: the n-th with the n-th where there are several."""
    places: dict[str, list[int]] = defaultdict(list)
    for j, part in enumerate(new):
        places[part.words].append(j)
    counts: Counter[str] = Counter()
    scores: _Scores = {}
    for i, part in enumerate(old):
        at = counts[part.words]
        if at < len(places.get(part.words, ())):
            scores[i, places[part.words][at]] = 1.2
            counts[part.words] += 1
    return scores


def _measure(ours: Mapping[int, frozenset[str]], theirs: Mapping[int, frozenset[str]]) -> _Scores:
    """Return the likeness of the parts that share something rare: half of it mutual, half as share of the shorter."""
    homes_old, homes_new = _index(ours), _index(theirs)
    ceiling = 60 * max(len(ours), len(theirs))  # what stands in half of all parts tells nothing and costs most
    total = len(ours) + len(theirs)
    shared: dict[tuple[int, int], float] = defaultdict(float)
    weight_old: dict[int, float] = defaultdict(float)
    weight_new: dict[int, float] = defaultdict(float)
    for pair in homes_old.keys() | homes_new.keys():
        here, there = homes_old.get(pair, []), homes_new.get(pair, [])
        if len(here) * len(there) > ceiling:
            continue
        weight = log(1 + total / (len(here) + len(there)))
        for i in here:
            weight_old[i] += weight
            for j in there:
                shared[i, j] += weight
        for j in there:
            weight_new[j] += weight
    return {
        (i, j): value / (weight_old[i] + weight_new[j]) + 0.5 * value / min(weight_old[i], weight_new[j])
        for (i, j), value in shared.items()
    }


def _index(parts: Mapping[int, frozenset[str]]) -> dict[str, list[int]]:
    homes: dict[str, list[int]] = defaultdict(list)
    for at, pairs in parts.items():
        for pair in pairs:
            homes[pair].append(at)
    return homes


def _best_of(scores: _Scores) -> _Scores:
    """Keep the best few candidates of each part."""
    kept: _Scores = {}
    for side in (0, 1):
        groups: dict[int, list[tuple[float, tuple[int, int]]]] = defaultdict(list)
        for key, score in scores.items():
            if score >= MIN_SCORE:
                groups[key[side]].append((score, key))
        for group in groups.values():
            kept.update((key, score) for score, key in sorted(group, reverse=True)[:MAX_CANDIDATES])
    return kept


# --- order -----------------------------------------------------------------------------------


def find_chain(candidates: Iterable[tuple[int, int, float]]) -> dict[int, int]:
    """Return the heaviest set of pairs in which both sides rise; O(n log n)."""
    ordered = sorted(candidates, key=lambda one: (one[0], -one[1]))
    columns = sorted({j for _, j, _ in ordered})
    best: list[tuple[float, int]] = [(0.0, -1)] * (
        len(columns) + 1
    )  # Fenwick tree of the heaviest chain up to a column
    before: list[int] = []
    top = (0.0, -1)
    for at, (_, j, weight) in enumerate(ordered):
        column = bisect_left(columns, j)
        heaviest, place = (0.0, -1), column
        while place > 0:
            heaviest = max(heaviest, best[place])
            place -= place & -place
        before.append(heaviest[1])
        here, place = (heaviest[0] + weight, at), column + 1
        top = max(top, here)
        while place < len(best):
            best[place] = max(best[place], here)
            place += place & -place
    chain, at = {}, top[1]
    while at >= 0:
        chain[ordered[at][0]] = ordered[at][1]
        at = before[at]
    return chain


def _keep_order(scores: _Scores) -> dict[int, int]:
    """Return the pairs that stand in the same order on both sides; a strong likeness outweighs several weak ones."""
    return find_chain((i, j, score**2) for (i, j), score in scores.items())


def _add_moved(pairs: dict[int, int], scores: _Scores) -> dict[int, int]:
    """Add strong pairs out of order; one that is much stronger takes the place of a weak one."""
    back = {j: i for i, j in pairs.items()}
    for (i, j), score in sorted(scores.items(), key=lambda one: (-one[1], one[0])):
        if score < MIN_MOVED:
            break
        if pairs.get(i) == j:
            continue
        rivals = [(i, pairs[i])] if i in pairs else []
        if j in back and back[j] != i:
            rivals.append((back[j], j))
        if any(scores[rival] > score - 0.3 for rival in rivals):
            continue
        for rival in rivals:
            del pairs[rival[0]], back[rival[1]]
        pairs[i], back[j] = j, i
    return pairs


def _fill_gaps(pairs: dict[int, int], scores: _Scores) -> dict[int, int]:
    """Pair leftovers whose neighbours went together, as in a chapter that moved as a whole: little likeness is enough."""
    taken = set(pairs.values())
    known = sorted(pairs)
    for (i, j), score in sorted(scores.items(), key=lambda one: (-one[1], one[0])):
        if score < MIN_SCORE or i in pairs or j in taken:
            continue
        at = bisect_left(known, i)
        low = pairs[known[at - 1]] if at else -1
        high = pairs[known[at]] if at < len(known) else low + MAX_GAP
        if low < j < high <= low + MAX_GAP:
            pairs[i] = j
            taken.add(j)
            known.insert(at, i)
    return pairs


def _pair_leftovers(pairs: dict[int, int], old: Sequence[Part], new: Sequence[Part]) -> None:
    """Pair parts without a partner of which one holds most words of the other."""
    theirs = {j: _pairs_of(part.words) for j, part in enumerate(new) if j not in set(pairs.values())}
    ours = {i: _pairs_of(part.words) for i, part in enumerate(old) if i not in pairs}
    index = _index(theirs)
    found = []
    for i, words in ours.items():
        for j, count in Counter(j for pair in words for j in index.get(pair, ())).items():
            share = count / min(len(words), len(theirs[j]))
            if share >= MIN_SHARE and count >= MIN_COUNT:
                found.append((-share, i, j))
    for _, i, j in sorted(found):
        if i not in pairs and j in theirs:
            pairs[i] = j
            del theirs[j]


# --- splits and merges -----------------------------------------------------------------------


def _find_kin(old: Sequence[Part], new: Sequence[Part], pairs: Mapping[int, int], moved: frozenset[int]) -> Matching:
    back = {j: i for i, j in pairs.items()}
    splits, origins = _adopt(new, old, back)
    merges, heirs = _adopt(old, new, pairs)
    # an old part that takes part in both would make one row of many: a split is told, the merge only named
    for orphan, home in list(merges.items()):
        if home in splits or back[home] in splits.values():
            heirs[orphan] = merges.pop(orphan)
    return Matching(pairs, moved, splits, merges, origins, heirs)


def _adopt(
    orphans: Sequence[Part], homes: Sequence[Part], pairs: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return for parts without a partner (orphan → home) whose words stand in a home: beside its partner, elsewhere.

    `pairs` leads from the orphans' side to the homes' side. What the home's own partner explains does not count.
    """
    back = {home: own for own, home in pairs.items()}
    home_pairs = [_pairs_of(part.words) for part in homes]
    own_pairs = [_pairs_of(part.words) for part in orphans]
    index = _index(dict(enumerate(home_pairs)))
    beside: dict[int, int] = {}
    elsewhere: dict[int, int] = {}
    for at, words in enumerate(own_pairs):
        if at in pairs or not words:
            continue
        counts = Counter(home for pair in words for home in index.get(pair, ()))
        ranked = []
        for home, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MAX_CANDIDATES]:
            explained = own_pairs[back[home]] if home in back else frozenset()
            shared = len((words - explained) & home_pairs[home])
            if shared >= MIN_COUNT and shared >= MIN_KIN * len(words):
                ranked.append((shared, -home))
        if ranked:
            shared, home = max(ranked)[0], -max(ranked)[1]
            group = {own for own, other in beside.items() if other == home} | {back.get(home, -9)}
            near = shared >= MIN_SHARE * len(words) and {at - 1, at + 1} & group
            (beside if near else elsewhere)[at] = home
    return beside, elsewhere
