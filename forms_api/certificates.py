"""How long the certificates of the web server are good for, asked of openssl: Python's own library reads none from a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from forms_api.machine import ask

NGINX = Path("/etc/nginx/conf.d/workers-home.conf")
_END = re.compile(r"notAfter=(.+) GMT")


def make_command(path: Path) -> list[str]:
    """Return the command that tells the end of a certificate."""
    return ["openssl", "x509", "-noout", "-enddate", "-in", str(path)]


def count_days(told: str | None, now: datetime) -> int | None:
    """Return the whole days that are left by what the command told, below 0 once it is over; None where it told nothing."""
    found = _END.search(told or "")
    if found is None:
        return None
    return (datetime.strptime(f"{found[1]} +0000", "%b %d %H:%M:%S %Y %z") - now).days


def find_fewest_days(paths: Iterable[Path], now: datetime) -> int | None:
    """Return the days of the certificate that ends first, of those that can be read; None without one."""
    days = [left for path in paths if (left := count_days(ask(make_command(path)), now)) is not None]
    return min(days, default=None)


def find_certificates(path: Path = NGINX) -> tuple[Path, ...]:
    """Return the certificates that a configuration of nginx names; none where it cannot be read."""
    if not os.access(path, os.R_OK):
        return ()
    named = re.findall(r"^\s*ssl_certificate\s+([^;]+);", path.read_text("utf-8"), re.MULTILINE)
    return tuple(Path(one) for one in dict.fromkeys(named))
