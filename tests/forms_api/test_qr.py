"""The drawn code is the code: every module of it, with its quiet zone."""

from __future__ import annotations

import re

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from forms_api.qr import MASK, QUIET_ZONE, draw_code

ADDRESS = "https://gonghui.yunxi.example/policies/20261109-knzgbfssbf/"


def read_path(path: str) -> set[tuple[int, int]]:
    """Return the dark modules that a path covers."""
    dark, x, y = set(), 0, 0
    for command, first, second in re.findall(r"([Mmh])(\d+)(?: (\d+(?:\.5)?))?", path):
        if command == "M":
            x, y = int(first), int(float(second))
        elif command == "m":
            x += int(first)
        else:
            dark |= {(x + step, y) for step in range(int(first))}
            x += int(first)
    return dark


def check(address: str) -> None:
    drawn = draw_code(address)
    dark = read_path(drawn.path)
    code = segno.make_qr(address, error="m", boost_error=False, mask=MASK, mode="byte")
    wanted = {
        (x, y) for y, row in enumerate(code.matrix_iter(border=QUIET_ZONE)) for x, module in enumerate(row) if module
    }
    assert dark == wanted
    assert drawn.side == code.symbol_size(border=QUIET_ZONE)[0]
    assert min(min(x, y) for x, y in dark) == QUIET_ZONE


@pytest.mark.parametrize(
    "address",
    [ADDRESS, "a", *("https://g.example/" + "x" * more for more in (0, 20, 30, 50, 70, 90, 120, 200)), "政策"],
)
def test_the_path_covers_exactly_the_dark_modules(address: str) -> None:
    check(address)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=130))
def test_any_address_is_the_code_that_segno_makes_of_it(address: str) -> None:
    check(address)


def test_a_code_is_the_same_every_time_and_small() -> None:
    assert draw_code(ADDRESS) == draw_code(ADDRESS)
    assert len(draw_code(ADDRESS).path) < 3000
