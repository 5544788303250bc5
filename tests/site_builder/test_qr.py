"""The drawn code is the code: every module of it, with its quiet zone."""

from __future__ import annotations

import re

import segno

from site_builder.qr import QUIET_ZONE, draw_code

ADDRESS = "https://gonghui.yunxi.example/policies/20261109-knzgbfssbf/"


def test_the_path_covers_exactly_the_dark_modules() -> None:
    drawn, dark = draw_code(ADDRESS), set()
    x = y = 0
    for command, first, second in re.findall(r"([Mmh])(\d+)(?: (\d+(?:\.5)?))?", drawn.path):
        if command == "M":
            x, y = int(first), int(float(second))
        elif command == "m":
            x += int(first)
        else:
            dark |= {(x + step, y) for step in range(int(first))}
            x += int(first)
    code = segno.make_qr(ADDRESS, error="m", boost_error=False)
    wanted = {
        (x, y) for y, row in enumerate(code.matrix_iter(border=QUIET_ZONE)) for x, module in enumerate(row) if module
    }
    assert dark == wanted
    assert drawn.side == code.symbol_size(border=QUIET_ZONE)[0]
    assert min(min(x, y) for x, y in dark) == QUIET_ZONE


def test_a_code_is_the_same_every_time_and_small() -> None:
    assert draw_code(ADDRESS) == draw_code(ADDRESS)
    assert len(draw_code(ADDRESS).path) < 3000
