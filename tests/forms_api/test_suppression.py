"""Nothing from 1 to 4 is told, and nothing from 1 to 4 can be worked out, by anybody who subtracts."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms_api.suppression import HELD, SMALL, Shown, protect


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([[7, 9], [6, 8]], [[7, 9, 16], [6, 8, 14], [13, 17, 30]]),
        ([[0, 9], [6, 0]], [[0, 9, 9], [6, 0, 6], [6, 9, 15]]),
        ([[3, 20], [30, 40]], [[SMALL, HELD, 23], [HELD, HELD, 70], [33, 60, 93]]),
        ([[2]], [[SMALL, SMALL], [SMALL, SMALL]]),
        ([], []),
    ],
)
def test_what_may_be_shown(counts: list[list[int]], shown: list[list[Shown]]) -> None:
    assert protect(counts) == shown


def test_a_column_alone_adds_up_down_only() -> None:
    assert protect([[3], [20], [9]], across=False) == [[SMALL], [20], [HELD], [32]]
    assert protect([[3, 20]], across=False, down=False) == [[SMALL, 20]]


def work_out(line: list[Shown], truth: list[int]) -> list[set[int]]:
    """Return what each part that only says “<5” can be, as a reader finds out by trying; the total is the last."""
    *parts, total = line
    known = sum(one for one in parts if isinstance(one, int))
    smalls = [at for at, one in enumerate(parts) if one == SMALL]
    held = [truth[at] for at, one in enumerate(parts) if one == HELD]
    least = sum(5 if one >= 5 else 0 for one in held)
    found: list[set[int]] = [set() for _ in smalls]
    for guess in product(range(1, 5), repeat=len(smalls)):
        rest = known + sum(guess)
        if total == HELD:
            fits = True
        elif total == SMALL:
            fits = (rest + least) < 5
        else:
            assert isinstance(total, int)
            fits = rest + least <= total if held else rest == total
        for values, one in zip(found, guess, strict=True):
            if fits:
                values.add(one)
    return found


tables = st.integers(1, 4).flatmap(
    lambda wide: st.lists(st.lists(st.integers(0, 12), min_size=wide, max_size=wide), min_size=1, max_size=4)
)


@settings(max_examples=300)
@given(tables)
def test_no_row_and_no_column_gives_a_small_count_away(counts: list[list[int]]) -> None:
    rows = protect(counts)
    truth = [[*row, sum(row)] for row in counts]
    truth.append([sum(column) for column in zip(*truth, strict=True)])
    for shown, true in zip(rows, truth, strict=True):
        assert all(one == value or isinstance(one, str) for one, value in zip(shown, true, strict=True))
        assert not any(one == value and 0 < value < 5 for one, value in zip(shown, true, strict=True))
        assert all(one != SMALL or 0 < value < 5 for one, value in zip(shown, true, strict=True))
    lines = [*zip(rows, truth, strict=True), *zip(zip(*rows, strict=True), zip(*truth, strict=True), strict=True)]
    for shown, true in lines:
        assert all(len(values) > 1 for values in work_out(list(shown), list(true)))


@given(tables)
def test_what_need_not_be_held_back_is_told(counts: list[list[int]]) -> None:
    if all(value == 0 or value > 4 for row in counts for value in row):
        assert not any(isinstance(one, str) for row in protect(counts) for one in row)
