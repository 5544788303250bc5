"""Sending what waits in the outbox: the contact is opened when a message goes out, and forgotten again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from forms_api.back_office import Office, merge
from forms_api.model import SYSTEM, Case, Message, NewEvent
from forms_api.notice_texts import TEMPLATES, find_wait, write_notice
from forms_api.notifications import Notifier, Undelivered
from forms_api.opening import CannotOpen

AT_ONCE = 50
log = logging.getLogger("forms_api.sending")


def send_waiting(office: Office, notifier: Notifier) -> int:
    """Send what is due and return how many messages went out. The keys must be unlocked.

    A message that was not taken waits longer each time; one that never will be is left to staff. Who chose to give no number
    asked not to be called: they see on the status page how it stands, and nothing waits for staff. Whoever is killed between
    sending and noting it sends once more, under the same key.
    """
    sent = 0
    while waiting := office.store.list_waiting(office.clock(), AT_ONCE):
        for message, tries in waiting:
            sent += _send(office, notifier, message, tries + 1)
    return sent


def _send(office: Office, notifier: Notifier, message: Message, tries: int) -> bool:
    now, case = office.clock(), office.store.find_case_by_id(message.case_id)
    try:
        to = _find_mobile(office, case) if case else ""
    except CannotOpen:
        to = ""
    if to is None:
        office.store.settle(message.id, now, _tell(message, "nobody_told", now))
        return False
    if case is None or not to or message.template not in TEMPLATES:
        office.store.give_up(message.id, tries - 1, "no contact")
        return False
    form = office.bundle.forms.get(case.form)
    site = office.bundle.site
    text = write_notice(
        message.template,
        organisation=site["organisation"],
        form=form.title if form else "申请",
        reference=case.reference,
        hotline=site["hotline"],
    )
    try:
        notifier.send(to, text, message.id)
    except Undelivered as failed:
        _note_failure(office, message, tries, failed)
        return False
    office.store.settle(message.id, now, _tell(message, "notice_sent", now))
    return True


def _tell(message: Message, kind: str, now: datetime) -> NewEvent:
    return NewEvent(kind, now, SYSTEM, {"template": message.template}, message.case_id)


def _note_failure(office: Office, message: Message, tries: int, failed: Undelivered) -> None:
    log.warning("message not sent", extra={"event": "undelivered", "case": message.case_id, "reason": failed.cause})
    wait = find_wait(tries) if failed.again else None
    if wait is None:
        office.store.give_up(message.id, tries, failed.cause)
    else:
        office.store.postpone(message.id, tries, office.clock() + timedelta(seconds=wait), failed.cause)


def _find_mobile(office: Office, case: Case) -> str | None:
    """Return the number that a worker gave to be told at, the first of the form; None for whoever gave none.

    Raises CannotOpen.
    """
    answers = merge(office.read_sent(case.id))
    fields = office.find_definition(case).fields()
    return next((str(answers[one.name]) for one in fields if one.type == "mobile" and answers.get(one.name)), None)
