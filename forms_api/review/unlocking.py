"""The addresses where the private key is unlocked after a start, and locked again."""

from __future__ import annotations

from flask import Blueprint, Response, request

from forms_api.custody import KeyFault
from forms_api.review import frame
from forms_api.review.access import needs
from forms_api.reviewing import lock_vault, unlock_vault
from forms_api.staff import DUTIES

pages = Blueprint("unlocking", __name__)
UNLOCKERS = tuple(duty for duty in DUTIES if duty != "auditor")
"""Who audits needs nothing that is sealed."""


@pages.get("/unlock")
@needs(*UNLOCKERS)
def ask() -> Response:
    """Ask for the passphrase of the private key."""
    return _ask(frame.find_target(request.args.get("to", "")))


@pages.post("/unlock")
@needs(*UNLOCKERS)
def unlock() -> Response:
    """Unlock the key and go on to where one wanted to go."""
    to = frame.find_target(request.form.get("to", ""))
    try:
        unlock_vault(frame.review(), frame.signed_in(), request.form.get("passphrase", "").strip())
    except KeyFault as fault:
        return _ask(to, str(fault), 422)
    return frame.go(to, "unlocked")


@pages.post("/lock")
@needs(*UNLOCKERS)
def lock() -> Response:
    """Forget the key until somebody unlocks it again."""
    lock_vault(frame.review(), frame.signed_in())
    return frame.go("/unlock", "locked")


def _ask(to: str, fault: str = "", status: int = 200) -> Response:
    return frame.page("unlock.html", "解锁私钥", status, to=to, fault=fault)
