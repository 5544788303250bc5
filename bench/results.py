"""The generated parts of bench/RESULTS.md: what stands between <!-- name --> and <!-- /name --> is written by a run."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def write_section(name: str, text: str, path: Path = RESULTS) -> None:
    """Put text in the place of what the last run of a subject wrote; at the end if it never ran."""
    whole = path.read_text(encoding="utf-8") if path.exists() else "# What was measured\n"
    section = f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->"
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    held, count = pattern.subn(lambda _: section, whole)
    path.write_text(held if count else f"{whole.rstrip()}\n\n{section}\n", encoding="utf-8")


def tell_machine() -> str:
    """Return a sentence on when and on what something was measured."""
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load average when it began {load:.1f}."
    )
