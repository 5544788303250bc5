"""Amounts as a text writes them, and whether parts come to a total as exactly as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

_SCALE = {"": Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000)}


class Amount(NamedTuple):
    """A number and half of the last place that it is written with; 0 for a whole number, which is exact."""

    value: Decimal
    slack: Decimal


def read_amount(digits: str, scale: str = "") -> Amount:
    """Return the amount that digits (with commas, with decimals) and 万 or 亿 behind them mean."""
    plain = digits.replace(",", "")
    places = len(plain.partition(".")[2])
    slack = _SCALE[scale] * Decimal(5).scaleb(-places - 1) if places or scale else Decimal(0)
    return Amount(Decimal(plain) * _SCALE[scale], slack)


def add(parts: Sequence[Amount]) -> Amount:
    """Return the sum of some amounts."""
    nothing = Decimal(0)
    return Amount(sum((part.value for part in parts), nothing), sum((part.slack for part in parts), nothing))


def agree(parts: Sequence[Amount], total: Amount) -> bool:
    """Tell whether the parts may come to the total, each being rounded as it is written."""
    found = add(parts)
    return abs(found.value - total.value) <= found.slack + total.slack


def write_value(value: Decimal) -> str:
    """Return a value in plain digits: 1,711,000 or 460.5."""
    return f"{value:,f}".rstrip("0").rstrip(".") if value != int(value) else f"{int(value):,}"
