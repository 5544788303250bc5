"""Why intake says no: conditions that pages and API put into words."""

from __future__ import annotations

from typing import Literal

from forms_api.model import FileRef
from forms_api.windows import Standing, say_standing

Closed = Literal["key", "disk", "store", "stopped"]
"""Why intake takes nothing: no right public key, disk nearly full, the store does not answer, stopped by the staff."""


class IntakeClosed(Exception):
    """Nothing is taken just now; the phone number is the way."""

    def __init__(self, reason: Closed) -> None:
        super().__init__(reason)
        self.reason = reason


class OutsideWindow(Exception):
    """The form takes nothing on this day; `standing` tells when it did and will."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(say_standing(standing))
        self.standing = standing


class OtherAnswers(Exception):
    """The token was used for other answers; ask whether this is a second application, with a new token."""


class UploadMissing(Exception):
    """Files that are no longer there, unfinished or part of another case; ask for them again."""

    def __init__(self, files: tuple[FileRef, ...]) -> None:
        super().__init__(", ".join(file.field for file in files))
        self.files = files


class TooMany(Exception):
    """A limit is reached; the seconds until it is free again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


class TooFast(Exception):
    """The page was sent sooner than a person can fill it in."""


class UnknownCase(Exception):
    """No case has that reference and secret; which of the two is wrong is not told."""


class StepRefused(Exception):
    """The case is in a state in which the worker cannot do that, or has just been changed by someone else."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state
