"""Draw an address as a QR code for a page. The only module that knows segno. No I/O.

Every document page bears a code, so drawing one must cost next to nothing. All modules of a code are sums (over bits) of
what each byte of the text contributes, error correction included: the contributions are worked out once, and a code is
their sum. The mask is always the same one; a reader reads it from the code and takes any (ISO/IEC 18004, 7.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import groupby, product
from operator import xor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

QUIET_ZONE = 4
"""Light modules on every side (ISO/IEC 18004)."""
MASK = 0
_SHAPES = {1: (16, 1, 10), 2: (28, 1, 16), 3: (44, 1, 26), 4: (64, 2, 18), 5: (86, 2, 24), 6: (108, 4, 16)}
"""Version → data bytes, blocks, and correction bytes of a block, at level M; from version 7 on segno draws alone."""
_PADDING = b"\0" + b"\xec\x11" * 54
"""As segno pads: a byte of zeros first, which belongs to the end mark."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code in units of one module: the side of the square, quiet zone included, and the path of its dark lines."""

    side: int
    path: str


def draw_code(address: str) -> QrCode:
    """Return the code of an address; the path is to be stroked one unit wide."""
    version = next((version for version, shape in _SHAPES.items() if len(address) + 2 <= shape[0]), 0)
    if version and address.isascii():
        sheet = _sheet(version)
        size, modules = sheet.size, sheet.draw(address)
    else:
        matrix = _ask(address).matrix
        size, modules = len(matrix), _pack(matrix)
    return QrCode(size + 2 * QUIET_ZONE, _draw_rows(size, modules))


def _ask(address: str, version: int | None = None) -> segno.QRCode:
    import segno  # late: a build that changes few pages draws no code of a new length

    return segno.make_qr(address, error="m", boost_error=False, mask=MASK, version=version, mode="byte")


def _width(size: int) -> int:
    """Return how many bytes hold a row; what is over at its end is light."""
    return -(-size // 8)


def _pack(matrix: Sequence[Sequence[int]]) -> bytes:
    """Return the modules as bits, the first of a row the highest, each row in whole bytes."""
    width = _width(len(matrix))
    return b"".join(int("".join(map(str, row)).ljust(8 * width, "0"), 2).to_bytes(width) for row in matrix)


def _draw_eight(bits: int) -> str:
    """Return the strokes of eight modules, ending where the next eight begin."""
    runs = ((value, len(list(run))) for value, run in groupby(f"{bits:08b}"))
    return "".join(f"h{length}" if value == "1" else f"m{length} 0" for value, length in runs)


_EIGHT = [_draw_eight(bits) for bits in range(256)]
_STARTS = [f"M{QUIET_ZONE} {QUIET_ZONE + row}.5" for row in range(177)]


def _draw_rows(size: int, modules: bytes) -> str:
    """Return the dark lines, row by row, from a table of all groups of eight: much quicker than looking for runs."""
    width = _width(size)
    strokes = [_EIGHT[byte] for byte in modules]
    for row in range(size):
        strokes[row * width] = _STARTS[row] + strokes[row * width]
    return "".join(strokes)


# --- a code as a sum ---------------------------------------------------------------------------


@cache
def _sheet(version: int) -> _Sheet:
    return _Sheet(version)


class _Sheet:
    """The codes of one version; its modules are the bits of a number, packed as bytes are."""

    def __init__(self, version: int) -> None:
        self.capacity, self.blocks, self.correction = _SHAPES[version]
        self.size = 17 + 4 * version
        self.places = _list_places(version, self.size)
        self.shares = _Shares(self)
        self.powers = _list_remainders(self.capacity // self.blocks, self.correction)
        self.blank = self._add("a", int.from_bytes(_pack(_ask("a", version).matrix)))

    def draw(self, address: str) -> bytes:
        """Return the modules of the code of an address."""
        return self._add(address, self.blank).to_bytes(self.size * _width(self.size))

    def _add(self, address: str, modules: int) -> int:
        return reduce(xor, map(self.shares.__getitem__, enumerate(self.spell(address))), modules)

    def spell(self, address: str) -> bytes:
        """Return the data bytes: mode, length, text and padding."""
        text = address.encode("ascii")
        head = ((4 << 8 | len(text)) << 8 * len(text) | int.from_bytes(text)) << 4
        data = head.to_bytes(len(text) + 2)
        return data + _PADDING[: self.capacity - len(data)]

    def work_out(self, place: int, value: int) -> int:
        """Return the modules that one data byte turns."""
        length = self.capacity // self.blocks
        block, index = divmod(place, length)
        streams = {index * self.blocks + block: value}
        for number, power in enumerate(self.powers[index]):
            streams[self.capacity + number * self.blocks + block] = _multiply(value, power)
        bits = [(8 * at + bit) for at, one in streams.items() for bit in range(8) if one >> (7 - bit) & 1]
        return sum(1 << self.places[bit] for bit in bits)


class _Shares(dict[tuple[int, int], int]):
    """What each data byte, as (place, value), turns: worked out when it is first asked for."""

    def __init__(self, sheet: _Sheet) -> None:
        super().__init__()
        self._sheet = sheet

    def __missing__(self, byte: tuple[int, int]) -> int:
        self[byte] = self._sheet.work_out(*byte)
        return self[byte]


def _list_places(version: int, size: int) -> list[int]:
    """Return the place of each bit: two columns at a time, upwards and downwards in turn, around the fixed patterns."""
    places = []
    right = size - 1
    while right > 0:
        right -= right == 6  # the timing pattern
        upwards = not (right + 1) & 2
        rows = range(size - 1, -1, -1) if upwards else range(size)
        for row, column in product(rows, (right, right - 1)):
            if not _is_fixed(row, column, size, version):
                places.append((size - row) * 8 * _width(size) - 1 - column)
        right -= 2
    return places


def _is_fixed(row: int, column: int, size: int, version: int) -> bool:
    corner = (row < 9 and (column < 9 or column >= size - 8)) or (row >= size - 8 and column < 9)
    centre = size - 7
    aligned = version > 1 and abs(row - centre) <= 2 and abs(column - centre) <= 2
    return corner or aligned or row == 6 or column == 6


# --- the field of 256 elements -----------------------------------------------------------------


def _multiply(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product


def _list_remainders(length: int, correction: int) -> list[list[int]]:
    """Return for each place of a block the correction bytes of a lone 1 there."""
    generator, root = [1], 1
    for _ in range(correction):
        shifted = [*generator, 0]
        generator = [a ^ _multiply(b, root) for a, b in zip(shifted, [0, *generator], strict=True)]
        root = _multiply(root, 2)
    remainders = [generator[1:]]
    for _ in range(length - 1):
        first, *rest = remainders[-1]
        remainders.append([a ^ _multiply(first, b) for a, b in zip([*rest, 0], generator[1:], strict=True)])
    return remainders[::-1]
