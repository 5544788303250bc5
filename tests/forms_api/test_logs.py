import io
import json
import logging
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from forms_api.logs import begin_trace, find_trace, start_logging

SECRET = "11010519491231002X"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    opened = io.StringIO()
    start_logging(opened)
    yield opened
    logging.captureWarnings(False)
    root.handlers[:], root.level = before, level


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0123456789abcdef" * 2, True),
        (None, False),
        ("", False),
        ("x" * 32, False),
        (SECRET, False),
        ("0" * 32 + "\n", False),
    ],
)
def test_the_lines_of_a_request_carry_its_id(stream: io.StringIO, given: str | None, kept: bool) -> None:
    def answer() -> str:
        trace = begin_trace(given)
        logging.getLogger("x").info("kept")
        return trace

    trace = copy_context().run(answer)
    logging.getLogger("x").info("outside of a request")
    inside, outside = read(stream)
    assert inside["trace"] == trace
    assert "trace" not in outside
    assert (trace == given) == kept
    assert len(trace) == 32
    assert find_trace() == ""


def test_a_line_has_time_level_message_and_known_keys(stream: io.StringIO) -> None:
    logging.getLogger("x").warning("case kept", extra={"case": "c1", "answer": SECRET, "seconds": 0.5})
    (line,) = read(stream)
    assert line.pop("time")
    assert line == {"level": "warning", "logger": "x", "message": "case kept", "case": "c1", "seconds": 0.5}


def test_arguments_and_texts_of_errors_are_not_told(stream: io.StringIO) -> None:
    try:
        raise ValueError(f"bad number {SECRET}")
    except ValueError as error:
        logging.getLogger("x").exception("failed with %s", SECRET)
        logging.getLogger("x").error(error)
    first, second = read(stream)
    assert (first["message"], first["error"]) == ("failed with %s", "ValueError")
    assert "test_logs.py" in str(first["at"])
    assert second["message"] == "ValueError"
    assert SECRET not in stream.getvalue()


def test_starting_again_does_not_double_lines(stream: io.StringIO) -> None:
    start_logging(stream)
    logging.getLogger("x").info("once")
    assert len(read(stream)) == 1
