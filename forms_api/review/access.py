"""Who may open an address: every view says so beside its definition, and the guard of `auth` goes by it.

    @pages.get("/payments/")
    @needs("cashier", "approver")
    def index() -> Response: …

`@signed_in` lets in any member of staff, `@open_to_all` anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from forms_api.staff import DUTIES

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE = "access"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may open an address, and what the guard makes of a visit."""

    duties: frozenset[str] = frozenset()
    """One of these is needed; none means nobody."""
    everybody: bool = False
    errands: bool = False
    """Whether it opens before somebody has a password and a second factor of their own."""

    def allows(self, duties: frozenset[str]) -> bool:
        """Tell whether somebody with these duties may open it."""
        return self.everybody or bool(self.duties & duties)


@dataclass(frozen=True, slots=True)
class Cookie:
    """The cookie of a session: for this host alone, not for scripts, not from other sites."""

    secure: bool = True

    @property
    def name(self) -> str:
        """Return its name; browsers keep one named so only if it is secure and belongs to this host alone."""
        return "__Host-staff" if self.secure else "staff"


def needs(*duties: str) -> Callable[[View], View]:
    """Let in staff with one of these duties. Raises ValueError for a duty that there is not."""
    if not duties or not set(duties) <= set(DUTIES):
        raise ValueError(duties)
    return _declare(Access(frozenset(duties)))


def signed_in(view: View) -> View:
    """Let in every member of staff."""
    return _declare(Access(frozenset(DUTIES)))(view)


def open_to_all(view: View) -> View:
    """Let in anybody."""
    return _declare(Access(everybody=True))(view)


def on_errands(view: View) -> View:
    """Let in every member of staff, also before they have a password and a second factor of their own."""
    return _declare(Access(frozenset(DUTIES), errands=True))(view)


def find_access(view: Callable[..., Any]) -> Access:
    """Return what a view says. Raises AttributeError where it says nothing."""
    found: Access = getattr(view, _ATTRIBUTE)
    return found


def _declare(access: Access) -> Callable[[View], View]:
    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, access)
        return view

    return declare
