"""What the staff app does by itself: take up what arrived, send what waits, and tell staff each morning what is stuck."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from forms_api.arrivals import take_in_all
from forms_api.certificates import find_fewest_days
from forms_api.content_clone import CannotPush, PathTaken, PushRefused
from forms_api.notice_texts import Condition
from forms_api.notice_upkeep import keep_notices
from forms_api.notifications import Notifier, NullNotifier, Undelivered
from forms_api.reviewing import Review
from forms_api.sending import send_waiting
from forms_api.standing import DIGEST_HOUR, Pace
from forms_api.storage import CaseChanged, EntryChanged
from forms_api.vault import Locked
from forms_api.watching import gather_condition, list_figures, make_digest

log = logging.getLogger("forms_api.review")
EVERY_SECONDS = 30.0
AGAIN = timedelta(minutes=10)


@dataclass
class Rounds:
    """One round after the other; what carries messages to workers and to staff, and the day of the last digest."""

    review: Review
    notifier: Notifier
    staff: Notifier
    free_least: int
    certificates: tuple[Path, ...] = ()
    """Those of the web server, whose end staff are told of in time."""
    told: date | None = field(default=None)
    show: Callable[[Mapping[str, float]], None] | None = None
    """Takes the figures of each round, where a monitor reads them."""
    failed: datetime | None = field(default=None)
    """When the lists on the site could not be brought up to date, to wait before the next try."""
    begun: datetime | None = field(default=None)
    went: datetime | None = field(default=None)
    """When the last round came to its end."""

    def tell_pace(self) -> Pace:
        """Return how the rounds go, for the page of those who look after the service."""
        tells = not isinstance(self.staff, NullNotifier)
        return Pace(self.begun or self.review.clock(), self.went, self.failed, self.told if tells else None, tells)

    def go(self) -> None:
        """Make one round. While the key is locked nothing can be opened, and the digest says so."""
        try:
            if self.review.vault.is_open:
                take_in_all(self.review.office)
                send_waiting(self.review.office, self.notifier)
                self.keep_lists()
        except Locked:  # locked meanwhile
            pass
        if self.show:
            self.show(list_figures(self._gather()))
        self.tell_staff()
        self.went = self.review.clock()

    def keep_lists(self) -> None:
        """Bring the 公示 on the site up to date; where that fails, staff see it on their page, and it is tried again later."""
        now = self.review.clock()
        if self.review.clone is None or (self.failed and now < self.failed + AGAIN):
            return
        try:
            keep_notices(self.review.office, self.review.clone)
            self.failed = None
        except (CannotPush, PushRefused, PathTaken, CaseChanged, EntryChanged) as error:
            log.warning("lists not updated", extra={"event": "undelivered", "reason": type(error).__name__})
            self.failed = now

    def tell_staff(self) -> None:
        """Tell staff once a day what is stuck; a message that does not get through is tried again on the next round."""
        now = self.review.clock()
        if now.hour < DIGEST_HOUR or self.told == now.date():
            return
        days = find_fewest_days(self.certificates, now)
        digest = make_digest(self.review.office, replace(self._gather(), certificate_days=days))
        try:
            if digest:
                self.staff.send("", digest, f"digest-{now.date()}")
        except Undelivered as failed:
            log.warning("digest not sent", extra={"event": "undelivered", "reason": failed.cause})
            return
        self.told = now.date()

    def _gather(self) -> Condition:
        review, locked = self.review, not self.review.vault.is_open
        return gather_condition(review.office, review.folder.root, locked=locked, free_least=self.free_least)


def start_rounds(rounds: Rounds, stop: Event, pause: float = EVERY_SECONDS) -> Thread:
    """Make rounds in a thread of their own until `stop` is set."""
    rounds.begun = rounds.review.clock()

    def run() -> None:
        while not stop.wait(pause):
            try:
                rounds.go()
            except Exception as error:  # a full disk now is no reason never to go again
                log.error("round failed", exc_info=error, extra={"event": "error"})

    thread = Thread(target=run, name="rounds", daemon=True)
    thread.start()
    return thread
