"""What of a record may be shown at all: one set of rules for pages, feeds, structured data and open data. No I/O."""

from __future__ import annotations

from site_builder.records import Column, Indicator, Observation, Policy, Recipient, Record, Register, Winner

PERSONAL_GROUPS = frozenset({"六项精准度"})
"""Groups of indicators that count households of people in need."""
SMALLEST_CELL = 5
"""A count from 1 to one below this is never shown, nor a rate that would give it away; a true zero names nobody."""
PERCENT_UNITS = frozenset({"%", "％"})


def is_hidden(indicator: Indicator, observation: Observation) -> bool:
    """Tell whether an observation counts so few people that it must not be shown."""
    if indicator.group not in PERSONAL_GROUPS:
        return False
    n, of = observation.n, observation.of
    if n is None and of is None and indicator.unit not in PERCENT_UNITS:
        return 0 < observation.figure < SMALLEST_CELL
    return (n is not None and 0 < n < SMALLEST_CELL) or (of is not None and of < SMALLEST_CELL)


def is_withheld(record: Record) -> bool:
    """Tell whether only the catalogue entry of a document may be shown: it is open on request, or not at all (条例 art. 15–17)."""
    return isinstance(record, Policy) and record.disclosure in ("依申请公开", "不予公开")


def may_tell(recipient: Recipient) -> bool:
    """Tell whether more than name and unit may be shown of an honour: a person must have agreed; a unit needs not."""
    return recipient.kind == "集体" or recipient.consent


def tell_winner(winner: Winner) -> str:
    """Return the name of who won a place, where they agreed that it is told."""
    return winner.name if winner.consent else "姓名未公开"


def open_columns(register: Register) -> list[Column]:
    """Return the columns of a register that may be shown."""
    return [column for column in register.columns if column.public]


def is_open(register: Register) -> bool:
    """Tell whether a register may be shown: it is public and has at least one public column."""
    return register.public and bool(open_columns(register))
