"""When a service takes applications, as its guide says or as the events for which one signs up by it do. Pure."""

from __future__ import annotations

from forms_api.windows import Window, Windows, join
from site_builder.model import Library
from site_builder.records import Event, Guide


def list_windows(library: Library, guide: Guide) -> Windows | None:
    """Return the windows of a guide in order; None where it takes applications all year."""
    if guide.by_events:
        return join(list_signups(library, guide))
    return join(Window(one.start, one.end) for one in guide.windows if one.end) if guide.windows else None


def list_signups(library: Library, guide: Guide) -> list[Window]:
    """Return the sign-up periods of the events that name a guide and are held as announced."""
    held = (one for one in library.all(Event) if one.guide == guide.id and one.is_on and one.status != "withdrawn")
    return [Window(one.signup.start, one.signup.end) for one in held if one.signup and one.signup.end]
