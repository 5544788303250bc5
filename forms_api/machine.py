"""What is asked of the system that this runs on: its programs, its own ports, and how far its clock is from a server's."""

from __future__ import annotations

import ssl
import subprocess
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

PATIENCE = 10
OWN = ("http://127.0.0.1:", "http://localhost:")


def ask(command: list[str]) -> str | None:
    """Run a program of the system and return what it said; None where it is not there or fails without a word."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603 - names of our own
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 or done.stdout else None


def fetch(address: str) -> str | None:
    """Return the text at an address of this machine; None where nobody answers."""
    if not address.startswith(OWN):
        return None
    try:
        with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - this machine alone, see above
            return str(answer.read().decode())
    except (URLError, OSError):
        return None


def measure_skew(address: str) -> float | None:
    """Return by how many seconds the clock of a web server is ahead of ours, to about a second; None where it cannot be asked.

    No redirect is followed, nothing but the time is taken, and the certificate is not judged: with a wrong clock the right one
    would be refused.
    """
    parts = urlsplit(address)
    try:
        connection = _connect(parts.scheme, parts.netloc)
        begun = time.time()
        connection.request("HEAD", "/", headers={"Cache-Control": "no-cache"})
        headers = connection.getresponse().headers
        connection.close()
        middle = (begun + time.time()) / 2
        told = parsedate_to_datetime(headers["Date"]).timestamp()
        return told + 0.5 + int(headers.get("Age", "0")) - middle
    except (OSError, HTTPException, ValueError, TypeError):
        return None


def _connect(scheme: str, place: str) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(place, timeout=PATIENCE)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # see above
    return HTTPSConnection(place, timeout=PATIENCE, context=trusting)
