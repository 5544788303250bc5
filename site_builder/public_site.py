"""The public library on one day: what holds, what may be shown, and what a record says of itself. No I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import cache

from forms_api.workdays import WorkCalendar
from site_builder.asking import AskedLibrary, Notes, kept
from site_builder.disclosure import is_open, is_withheld
from site_builder.history import Change, History
from site_builder.model import Library
from site_builder.periods import Span, tell_span
from site_builder.records import Notice, Policy, Record, Register
from site_builder.values import Period, ValidityPhase


@cache
def _pick_genres(kind: type[Record]) -> tuple[str, ...]:
    """Return the fields that say what kind of document a record is (asking a record for one it lacks is slow)."""
    return tuple(name for name in ("genre", "kind", "form") if name in kind.model_fields)


class PublicSite:
    """What every generator may ask: the public library on one day; `notes` gathers the questions.

    `history` is what git knows of each record's file, and pages without it tell no history.
    """

    def __init__(self, library: Library, now: datetime, drafts: bool = False, history: History | None = None) -> None:
        self.notes = Notes()
        self._now = now
        self._today = now.date()
        self.site = library.site
        self.drafts = drafts
        self.calendar = WorkCalendar(
            {year: (frozenset(own.holidays), frozenset(own.workdays)) for year, own in library.holidays.items()}
        )
        self.history = history or History()
        public = library.public(now, drafts=drafts)
        shown = {key: self._redact(one) for key, one in public.records.items()}
        self.plain = Library(**{**public.__dict__, "records": shown})
        self.redacted = {key for key, one in shown.items() if one is not public.records[key]}
        self.library = AskedLibrary.of(self.plain, self.notes)

    # --- what is noted when it is asked ---

    @property
    def now(self) -> datetime:
        """Return the moment of the build; few things should ask for it, as they change with every build."""
        self.notes.note("moment")
        return self._now

    @property
    def today(self) -> date:
        """Return the day of the build."""
        self.notes.note("day")
        return self._today

    def changes(self, record: Record) -> tuple[Change, ...]:
        """Return the changes of a record's file, newest first; none where the site is not built from a repository."""
        path = self.library.origin(record).path
        self.notes.note("changes", path)
        return self.history.changes.get(path, ())

    # --- what holds today ---

    def phase(self, policy: Policy) -> ValidityPhase:
        """Return whether a policy is in force today."""
        return self.library.phase(policy, self.today)

    def end_of(self, period: Period) -> date:
        """Return the last day of a period, counting working days where it gives those."""
        if period.end:
            return period.end
        return self.calendar.last_day(period.start, period.working_days or 1)

    def span(self, record: Record, period: Period | None = None, day: date | None = None) -> Span | None:
        """Return how the period of a record (default: its own) stands on a day (default: today), or None without one."""
        day = day or self.today
        period = period or getattr(record, "period", None)
        if period is None:
            return None
        end = self.end_of(period)
        estimated = period.end is None and self.calendar.is_estimated(end.year)
        return tell_span(record, period.start, end, day, estimated=estimated)

    def is_taken_down(self, record: Record) -> bool:
        """Tell whether a 公示 has ended: its names and files are then no longer shown (国办 2018 要点 on de-identifying)."""
        span = self.span(record) if isinstance(record, Notice) and record.kind == "公示" else None
        return span is not None and span.state == "over"

    def _redact(self, record: Record) -> Record:
        """Return a record without what may not be shown (any longer), so that nothing made from the library can show it."""
        if isinstance(record, Notice) and self.is_taken_down(record):
            return record.model_copy(update={"body": "", "summary": None, "keywords": (), "attachments": ()})
        if is_withheld(record):
            hidden = {"body": "", "summary": None, "gist": (), "keywords": (), "attachments": (), "note": None}
            return record.model_copy(update=hidden)
        return record

    @kept
    def released(self) -> tuple[Record, ...]:
        """Return what feeds, site map and open data may tell, by address: no drafts, nothing taken down, no closed register."""
        shown = (one for one in self.showing().records.values() if one.status == "published")
        open_ones = (one for one in shown if not isinstance(one, Register) or is_open(one))
        return tuple(sorted(open_ones, key=lambda one: one.url))

    def showing(self) -> Library:
        """Return the library without what has been taken down: only its records' files may be published."""
        records = {key: one for key, one in self.library.records.items() if not self.is_taken_down(one)}
        return replace(self.plain, records=records)  # taking all records was noted

    # --- what a record says of itself ---

    def address(self, url: str) -> str:
        """Return the whole address of a page."""
        return f"https://{self.site.domain}/{url}"

    def source(self, record: Record) -> str:
        """Return who published a record: its source, else its issuer, else the federation."""
        named = getattr(record, "source", None) or getattr(record, "issuer", None)
        return str(named or self.site.organisation)

    def summary(self, record: Record) -> str:
        """Return what a record says of itself in a sentence; nothing once it has been taken down."""
        if self.is_taken_down(record):
            return ""
        gist = getattr(record, "gist", ())
        return str(getattr(record, "summary", None) or (gist[0] if gist else "") or "")

    def genre(self, record: Record) -> str:
        """Return the word that says what kind of document a record is."""
        named = next(filter(None, (getattr(record, name) for name in _pick_genres(type(record)))), None)
        return str(named or record.label)

    def list_words(self, record: Record) -> str:
        """Return the sentence under a title in a list: what took a repealed document's place, else the summary."""
        if self.is_taken_down(record):
            return "公示期满，名单已经撤下。"
        if isinstance(record, Policy) and self.phase(record) == "repealed" and (heir := self.heir(record)):
            verb = "替代" if self._replaces(heir, record) else "废止"
            return f"已由{heir.doc_number or f'《{heir.title}》'}{verb}，仅供查考。"
        return self.summary(record)

    def heir(self, policy: Policy) -> Policy | None:
        """Return the document on this site that replaced or repealed a policy: one that replaces it before others."""
        enders = [
            one
            for name, one in self.library.incoming(policy)
            if name in ("replaces", "repeals") and isinstance(one, Policy)
        ]
        return max(enders, key=lambda one: (self._replaces(one, policy), one.published or date.min), default=None)

    def _replaces(self, heir: Policy, policy: Policy) -> bool:
        return ("replaces", heir) in self.library.incoming(policy)
