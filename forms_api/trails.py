"""What those who audit ask of the events: by kind, actor, day and case; counts; and what is out of the ordinary. No answers.

Every look is an event itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from forms_api.back_office import Member, Office
from forms_api.definitions import CHINA
from forms_api.model import EVENT_KEYS, Actor, Event, NewEvent
from forms_api.purging import digest_reference
from forms_api.storage import TrailQuery

READS = frozenset(
    {"case_read", "file_read", "revealed", "searched", "entry_read", "entry_revealed", "register_searched", "printed"}
)
REVEALS = frozenset({"revealed", "entry_revealed"})
EXPORTS = frozenset(kind for kind in EVENT_KEYS if kind.endswith("_exported"))
REFUSALS = frozenset({"login_failed", "locked_out", "vault_refused", "staff_row_refused"})
MANY_REVEALS = 20
"""Reveals by one account on one day from which somebody should ask what for."""
OFFICE_HOURS = (time(7, 0), time(20, 0))
DAYS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the events; an empty part asks for all, both days are included."""

    kind: str = ""
    actor: str = ""
    reference: str = ""
    since: date | None = None
    until: date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something out of the ordinary: what, whose account, on which day, how often."""

    what: str
    actor: str
    day: date
    count: int


def list_trail(office: Office, member: Member, asked: Asked, size: int = 50) -> tuple[list[Event], int]:
    """Return events, the latest first, and how many there are in all; and leave a trace of the look."""
    query = _make_query(office, asked, size)
    found: tuple[list[Event], int] = ([], 0) if query is None else office.store.list_trail(query)
    event = NewEvent("trail_read", office.clock(), Actor("staff", member.id), {"found": found[1]})
    office.store.append_event(event)
    return found


def count_events(office: Office, days: int = DAYS) -> tuple[dict[str, int], dict[str, int]]:
    """Return kind → how many, and actor → how many, of the last days; the most frequent first."""
    counts = office.store.count_trail(TrailQuery(since=_begin(office.today() - timedelta(days=days - 1))))
    kinds, actors = Counter[str](), Counter[str]()
    for (kind, actor), number in counts.items():
        kinds[kind] += number
        actors[actor] += number
    return dict(kinds.most_common()), dict(actors.most_common())


def find_anomalies(office: Office, days: int = DAYS) -> list[Anomaly]:
    """Return what is out of the ordinary in the last days, the latest first; counts only, and no judgement."""
    since = _begin(office.today() - timedelta(days=days - 1))
    reads = list(_list_all(office, TrailQuery(READS | EXPORTS | REFUSALS, since=since, size=1000)))
    reveals = _count(event for event in reads if event.kind in REVEALS)
    found = [
        Anomaly("一天里多次查看遮盖的内容", *key, number) for key, number in reveals.items() if number >= MANY_REVEALS
    ]
    for what, kinds in (("导出", EXPORTS), ("登录或解锁被拒绝", REFUSALS)):
        counted = _count(event for event in reads if event.kind in kinds)
        found += [Anomaly(what, *key, number) for key, number in counted.items()]
    odd = _count(event for event in reads if event.kind in READS and event.actor.id and _is_odd(office, event.at))
    found += [Anomaly("休息时间查阅", *key, number) for key, number in odd.items()]
    return sorted(found, key=lambda one: (one.day, one.count), reverse=True)


def _count(events: Iterable[Event]) -> Counter[tuple[str, date]]:
    return Counter((event.actor.id or event.actor.role, event.at.astimezone(CHINA).date()) for event in events)


def _is_odd(office: Office, at: datetime) -> bool:
    local = at.astimezone(CHINA)
    return not office.bundle.calendar.is_workday(local.date()) or not OFFICE_HOURS[0] <= local.time() < OFFICE_HOURS[1]


def _list_all(office: Office, query: TrailQuery) -> Iterator[Event]:
    seen, page = 0, 1
    while True:
        events, total = office.store.list_trail(TrailQuery(query.kinds, since=query.since, page=page, size=query.size))
        yield from events
        seen, page = seen + len(events), page + 1
        if not events or seen >= total:
            return


def _make_query(office: Office, asked: Asked, size: int) -> TrailQuery | None:
    """Return what to ask of the store; None where no case has, or had, the reference."""
    case_id = _find_case_id(office, asked.reference) if asked.reference else ""
    if case_id is None:
        return None
    return TrailQuery(
        frozenset({asked.kind} if asked.kind else ()),
        asked.actor,
        case_id,
        _begin(asked.since) if asked.since else None,
        _begin(asked.until + timedelta(days=1)) if asked.until else None,
        max(1, asked.page),
        size,
    )


def _find_case_id(office: Office, reference: str) -> str | None:
    """Return the id of a case by its reference, also of one that was deleted and left only its events."""
    plain = reference.strip().upper()
    case = office.store.find_case(plain)
    if case:
        return case.id
    digest = digest_reference(plain)
    purged = _list_all(office, TrailQuery(frozenset({"purged"}), size=1000))
    return next((event.case_id for event in purged if event.data["reference"] == digest), None)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
