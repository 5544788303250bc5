"""Sweeping once an hour, beside the answering: uploads that no case took, drafts and limits that have run out."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from threading import Event, Thread

from forms_api.attachments import Shelf, sweep_files
from forms_api.receiving import Intake
from forms_api.serving import CannotServe, hold_lock

log = logging.getLogger("forms_api.intake")

FIRST_SECONDS, EVERY_SECONDS = 60.0, 3600.0
"""A while after the start, when the service is busy with other things; then each hour."""


def start_sweeping(
    intake: Intake,
    shelf: Shelf | None,
    lock: Path,
    stop: Event,
    pauses: tuple[float, float] = (FIRST_SECONDS, EVERY_SECONDS),
) -> Thread:
    """Sweep in a thread of its own until `stop` is set; of all processes of a data folder only the one with the lock does."""

    def run() -> None:
        held, pause = None, pauses[0]
        while not stop.wait(pause):
            pause = pauses[1]
            try:
                held = held or hold_lock(lock)
                sweep_once(intake, shelf)
            except CannotServe:
                continue
            except Exception as error:  # a full disk now is no reason never to sweep again
                log.error("sweeping failed", exc_info=error, extra={"event": "error"})
        if held:
            os.close(held)

    thread = Thread(target=run, name="sweeping", daemon=True)
    thread.start()
    return thread


def sweep_once(intake: Intake, shelf: Shelf | None) -> int:
    """Forget what has run out and return how much that was."""
    gone = intake.store.sweep(intake.clock()) + (sweep_files(shelf) if shelf else 0)
    if gone:
        log.info("swept", extra={"event": "swept", "count": gone})
    return gone
