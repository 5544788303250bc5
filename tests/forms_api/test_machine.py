"""The system is asked by its programs, its own ports, and the clock of a server by one header."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from forms_api import machine


@contextmanager
def serving(headers: dict[str, str], body: bytes = b"", status: int = 200) -> Iterator[str]:
    """Serve one answer and lend the address of it."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        thread.join()


def test_addresses_of_this_machine_are_asked_and_no_others() -> None:
    with serving({}, b"forms_vault_open 1.0\n") as address:
        assert machine.fetch(f"{address}/metrics") == "forms_vault_open 1.0\n"
    assert machine.fetch(f"{address}/metrics") is None
    assert machine.fetch("http://elsewhere.example/metrics") is None


def test_programs_are_asked() -> None:
    assert machine.ask(["sh", "-c", "echo ja"]) == "ja\n"
    assert machine.ask(["sh", "-c", "exit 1"]) is None
    assert machine.ask(["no-such-program"]) is None


@pytest.mark.parametrize(("ahead", "age"), [(0, None), (3600, None), (-90, None), (0, 120)])
def test_the_clock_of_a_server_is_measured_also_behind_a_cache(ahead: int, age: int | None) -> None:
    headers = {"Date": formatdate(time.time() + ahead - (age or 0), usegmt=True)}
    with serving(headers | ({"Age": str(age)} if age else {})) as address:
        skew = machine.measure_skew(address)
    assert skew is not None
    assert abs(skew - ahead) < 5


def test_no_redirect_is_followed() -> None:
    where = {"Location": "http://elsewhere.example/", "Date": formatdate(time.time(), usegmt=True)}
    with serving(where, status=301) as address:
        assert machine.measure_skew(address) is not None


@pytest.mark.parametrize("headers", [{}, {"Date": "gestern"}, {"Date": formatdate(usegmt=True), "Age": "x"}])
def test_a_server_that_tells_no_time_tells_nothing(headers: dict[str, str]) -> None:
    with serving(headers) as address:
        assert machine.measure_skew(address) is None


def test_a_server_that_is_not_there_tells_nothing() -> None:
    with serving({}) as address:
        machine.fetch(f"{address}/")
    assert machine.measure_skew(address) is None
    assert machine.measure_skew(address.replace("http:", "https:")) is None
