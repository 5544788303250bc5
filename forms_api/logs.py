"""Logs for programs: one JSON object a line with ids and causes, and never what anybody wrote.

The text of an exception may hold an answer, and so may its arguments and local variables: of an exception only its type and
the lines it came through are written. Of a record only its message template and known keys are.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO

KEYS = (
    "event",
    "reference",
    "case",
    "form",
    "reason",
    "seconds",
    "status",
    "method",
    "area",
    "pid",
    "request",
    "count",
)
"""What a log line may carry beside its message: `logger.info("…", extra={"case": …})`."""


_trace: ContextVar[str] = ContextVar("trace", default="")


def begin_trace(given: str | None) -> str:
    """Let all lines of a request carry its id, which is the one given by our own web server, or a new one; return it."""
    found = given if given and re.fullmatch("[0-9a-f]{32}", given) else secrets.token_hex(16)
    _trace.set(found)
    return found


def find_trace() -> str:
    """Return the id of the request that is being answered; empty outside of one."""
    return _trace.get()


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.msg if isinstance(record.msg, str) else type(record.msg).__name__,
        }
        if trace := find_trace():
            line["trace"] = trace
        line |= {key: value for key in KEYS if isinstance(value := getattr(record, key, None), str | int | float)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["at"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def start_logging(stream: IO[str] | None = None) -> None:
    """Send all logs of this process to a stream (standard error) as JSON; may be called again."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
