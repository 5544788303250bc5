"""Draw an address as a QR code for a page. The only module that knows segno. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET_ZONE = 4
"""Light modules on every side (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code in units of one module: the side of the square, quiet zone included, and the path of its dark lines."""

    side: int
    path: str


def draw_code(address: str) -> QrCode:
    """Return the code of an address; the path is to be stroked one unit wide."""
    code = segno.make_qr(address, error="m", boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=QUIET_ZONE)]
    return QrCode(len(rows), "".join(_draw_row(row, height) for height, row in enumerate(rows)))


def _draw_row(row: list[int], height: int) -> str:
    """Return the dark runs of a row: the first from an absolute point, the others from where the last one ended."""
    drawn, column, pen = "", 0, -1
    for dark, run in groupby(row, key=bool):
        length = len(list(run))
        if dark:
            start = f"M{column} {height}.5" if pen < 0 else f"m{column - pen} 0"
            drawn, pen = f"{drawn}{start}h{length}", column + length
        column += length
    return drawn
