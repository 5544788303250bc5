"""Tickets: by one, a member of staff fills in the workers' own form for somebody at the window, or from paper.

The staff app makes a ticket and leads to the form with it; intake reads it when the form is sent. It names who fills in, how
and when the application came and which form it is for, is signed with a key that both sides have, and ends after half a day.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from forms_api.tokens import IntakeKeys, TokenForged

LIFE = timedelta(hours=12)
_SIGNATURE_BYTES = 16
_LONGEST = 400

Way = Literal["window", "paper"]
WAYS: dict[Way, str] = {"window": "申请人在窗口，当面代填", "paper": "照交来的纸质表填"}


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who fills in for somebody else, and how the application came."""

    staff: str
    channel: Way
    dated: date
    """The day on which it was brought or handed in: it is this day that must lie in the window of the form."""


def issue_ticket(keys: IntakeKeys, form: str, ticket: Ticket, now: datetime) -> str:
    """Return a ticket for one form, to be put into an address."""
    told = [ticket.staff, ticket.channel, form, int((now + LIFE).timestamp()), ticket.dated.isoformat()]
    body = json.dumps(told, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(keys, body) + body).decode().rstrip("=")


def read_ticket(keys: IntakeKeys, form: str, text: str, now: datetime) -> Ticket:
    """Return what a ticket says. Raises TokenForged where it is not ours, for another form, or has ended."""
    try:
        raw = base64.b64decode(text[:_LONGEST] + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(_sign(keys, body), signature):
            raise TokenForged
        staff, channel, wanted, until, day = json.loads(body)
        dated = date.fromisoformat(day)
    except ValueError:
        raise TokenForged from None
    if wanted != form or now.timestamp() >= until:
        raise TokenForged
    return Ticket(staff, channel, dated)


def _sign(keys: IntakeKeys, body: bytes) -> bytes:
    return hmac.digest(keys.ticket, body, "sha256")[:_SIGNATURE_BYTES]
