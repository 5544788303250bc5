"""How the service stands, gathered for the digest that staff get each morning."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from forms_api.back_office import Office
from forms_api.inbox import list_overdue
from forms_api.notice_texts import Condition, list_troubles, write_digest

MEGABYTE = 1_000_000


def gather_condition(office: Office, folder: Path, *, locked: bool, free_least: int) -> Condition:
    """Return how the service stands, in figures; nothing of it needs the private key."""
    now = office.clock()
    waiting, since = office.store.count_waiting()
    late, soon, unassigned = list_overdue(office)
    rehearsed = office.store.find_last_of("backup_drilled")
    return Condition(
        stuck=len(office.store.list_stuck()),
        waiting_hours=int((now - since).total_seconds() // 3600) if waiting and since else 0,
        overdue=late,
        due_soon=soon,
        unassigned=unassigned,
        locked=locked,
        drill_age=_age(office, "key_drilled", now),
        backup_age=_age(office, "backed_up", now),
        rehearsal_age=_age(office, "backup_drilled", now),
        rehearsal_failed=rehearsed is not None and rehearsed.data["result"] != "passed",
        free_megabytes=shutil.disk_usage(folder).free // MEGABYTE,
        free_least=free_least,
    )


def make_digest(office: Office, condition: Condition) -> str | None:
    """Return the day's digest, or None where all is well."""
    return write_digest(office.bundle.site["organisation"], office.today(), list_troubles(condition))


def list_figures(condition: Condition) -> dict[str, float]:
    """Return what a monitor is told of the condition; what never happened has no age."""
    figures = {
        "forms_vault_open": 0 if condition.locked else 1,
        "forms_messages_stuck": condition.stuck,
        "forms_messages_waiting_hours": condition.waiting_hours,
        "forms_cases_overdue": condition.overdue,
        "forms_cases_unassigned": condition.unassigned,
    }
    figures["forms_rehearsal_failed"] = int(condition.rehearsal_failed)
    ages = {
        "forms_key_drill_age_days": condition.drill_age,
        "forms_backup_age_days": condition.backup_age,
        "forms_rehearsal_age_days": condition.rehearsal_age,
    }
    return {name: float(value) for name, value in {**figures, **ages}.items() if value is not None}


def _age(office: Office, kind: str, now: datetime) -> int | None:
    """Return how many days ago something of a kind last happened, or None if it never did."""
    event = office.store.find_last_of(kind)
    return (now - event.at).days if event else None
